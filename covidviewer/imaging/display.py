"""A slice and its map to what the screen draws fastest: persistent 32-bit buffers, filled by one look-up each.

The screen takes ``0xFFrrggbb`` (Qt's RGB32) for images and premultiplied ``0xaarrggbb`` (ARGB32_Premultiplied) for
maps, both uint32 in the machine's byte order. No buffer is allocated while slices go by; turns, flips and zoom are
the painter's.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging import colormaps
from covidviewer.imaging.lookup import look_up
from covidviewer.imaging.overlay_policy import overlay_policy

Pixels = NDArray[np.uint32]


class ImageBuffer:
    """What is drawn of a slice.

    Attributes
    ----------
    out : (rows, columns) uint32 0xFFrrggbb, C order; the same memory for the buffer's whole life, so that the
        screen may wrap it once.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self.out: Pixels = np.full((rows, columns), 0xFF000000, np.uint32)

    @property
    def shape(self) -> tuple[int, int]:
        return self.out.shape[0], self.out.shape[1]

    def paint(self, values: NDArray[np.int16] | NDArray[np.uint16], lut: Pixels) -> Pixels:
        """Look up a 16-bit slice.

        values : (rows, columns) int16 or uint16. lut : (65536,) uint32, indexed by the *bits* of a value, so that
        for int16 the entries of -32768..-1 follow those of 0..32767.
        """
        return look_up(lut, values.view(np.uint16), self.out)

    def paint_color(self, values: NDArray[np.uint8], *, invert: bool = False) -> Pixels:
        """Show a colour slice, (rows, columns, 3) uint8 red green blue, as it is."""
        out = self.out
        np.copyto(out, values[..., 0], casting="unsafe")
        for channel in (1, 2):
            np.left_shift(out, 8, out=out)
            np.bitwise_or(out, values[..., channel], out=out)
        if invert:
            np.bitwise_xor(out, np.uint32(0x00FFFFFF), out=out)
        return np.bitwise_or(out, np.uint32(0xFF000000), out=out)

    def clear(self, color: int = 0xFF000000) -> Pixels:
        """Nothing to show: one colour."""
        self.out.fill(color)
        return self.out


class MapBuffer:
    """What is drawn of a map, at the resolution of the image.

    Attributes
    ----------
    index : (rows, columns) uint8: map value 0..1 in 256 steps. Changes with the slice.
    out : (rows, columns) uint32, premultiplied ARGB. Changes with threshold, opacity and colours too.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self.index: NDArray[np.uint8] = np.zeros((rows, columns), np.uint8)
        self.out: Pixels = np.zeros((rows, columns), np.uint32)

    def set_values(self, values: NDArray[np.float32]) -> None:
        """Take map values on the image's pixels, (rows, columns), 1.0 is the scale's top; no number counts as 0."""
        np.copyto(self.index, quantised(values))

    def paint(self, lut: Pixels) -> Pixels:
        """Colour the map with a table of `map_colors`."""
        return look_up(lut, self.index, self.out)


def quantised(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Map values to 256 steps, rounded, clipped to 0..1; no number counts as 0."""
    steps = np.multiply(values, np.float32(255), dtype=np.float32)
    steps += np.float32(0.5)
    np.clip(steps, 0, 255, out=steps)
    if np.isnan(steps).any():
        np.nan_to_num(steps, copy=False, nan=0.0)
    result: NDArray[np.uint8] = steps.astype(np.uint8)
    return result


@lru_cache(maxsize=64)
def map_colors(colormap: str, threshold: float, opacity: float) -> Pixels:
    """(256,) uint32 premultiplied ARGB for map values 0..1: nothing below the threshold, full a ramp above it (UX 7).

    threshold : 0..1, of the map. opacity : 0..1, but never above the policy's maximum. The table is read-only.
    """
    policy = overlay_policy()
    value = np.arange(256) / 255
    ramp = np.clip((value - threshold) / policy.ramp, 0, 1)
    # A value on the threshold belongs to the map: its first step is faint, not absent.
    ramp = np.where(value + 0.5 / 255 >= threshold, np.maximum(ramp, 0.05), 0.0)
    alpha = np.rint(ramp * min(max(opacity, 0.0), policy.opacity_max) * 255).astype(np.uint32)
    color = colormaps.table(colormap).astype(np.uint32)
    part = (color * alpha[:, None] + 127) // 255
    result = (alpha << 24 | part[:, 0] << 16 | part[:, 1] << 8 | part[:, 2]).astype(np.uint32)
    result.setflags(write=False)
    return result


def signed_levels(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Signed map values to the entries of a signed table: -1..1 to 1..255, 0 and no number to 128."""
    steps = np.clip(np.nan_to_num(values, nan=0.0), -1.0, 1.0) * np.float32(127)
    result: NDArray[np.uint8] = (np.rint(steps) + 128).astype(np.uint8)
    return result


@lru_cache(maxsize=64)
def signed_colors(colormap: str, threshold: float, opacity: float) -> Pixels:
    """(256,) uint32 premultiplied ARGB for `signed_levels`: nothing where the value is nearer to 0 than the threshold.

    threshold : 0..1, of the map's size on either side. opacity : as for `map_colors`. Full at once at the threshold:
    what is drawn are whole superpixels, which have no edge to fade.
    """
    size = np.abs(np.arange(256) - 128) / 127
    shown = size + 0.5 / 127 >= max(threshold, 1 / 127)
    alpha = np.where(shown, np.uint32(round(min(max(opacity, 0.0), overlay_policy().opacity_max) * 255)), np.uint32(0))
    color = colormaps.signed_table(colormap).astype(np.uint32)
    part = (color * alpha[:, None] + 127) // 255
    result = (alpha << 24 | part[:, 0] << 16 | part[:, 1] << 8 | part[:, 2]).astype(np.uint32)
    result.setflags(write=False)
    return result


def composed(image: Pixels, overlay: Pixels) -> Pixels:
    """Map over image without a painter (export, tests): 0xFFrrggbb uint32, a new array.

    image : (rows, columns) 0xFFrrggbb. overlay : the same shape, premultiplied ARGB.
    """
    rest = 255 - (overlay >> 24)
    result = np.full(image.shape, 0xFF000000, np.uint32)
    for shift in (16, 8, 0):
        below, above = image >> shift & 0xFF, overlay >> shift & 0xFF
        result |= np.minimum(above + (below * rest + 127) // 255, 255) << shift
    return result


def rgb(pixels: Pixels) -> NDArray[np.uint8]:
    """0x..rrggbb pixels to (rows, columns, 3) uint8 red green blue, for files."""
    return np.stack([pixels >> 16 & 0xFF, pixels >> 8 & 0xFF, pixels & 0xFF], axis=-1).astype(np.uint8)
