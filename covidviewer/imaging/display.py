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

Pixels = NDArray[np.uint32]

#: The map is full at this much above its threshold (UX 7).
RAMP = 0.10
#: Anatomy never vanishes under the map (UX 7).
MAX_OPACITY = 0.70


class ImageBuffer:
    """What is drawn of a slice.

    Attributes
    ----------
    out : (rows, columns) uint32 0xFFrrggbb, C order; the same memory for the buffer's whole life, so that the
        screen may wrap it once.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self.out: Pixels = np.full((rows, columns), 0xFF000000, np.uint32)
        self._index: NDArray[np.uint16] | None = None
        self._scaled: NDArray[np.float32] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        return self.out.shape[0], self.out.shape[1]

    def paint(self, values: NDArray[np.int16] | NDArray[np.uint16], lut: Pixels) -> Pixels:
        """Look up a 16-bit slice.

        values : (rows, columns) int16 or uint16. lut : (65536,) uint32, indexed by the *bits* of a value, so that
        for int16 the entries of -32768..-1 follow those of 0..32767.
        """
        return np.take(lut, values.view(np.uint16), out=self.out, mode="clip")

    def paint_float(
        self, values: NDArray[np.float32], lut: Pixels, low: float, high: float, nan: int = 0xFF000000
    ) -> Pixels:
        """Look up a float slice, quantised to 65536 steps from ``low`` to ``high``; beyond them the ends hold.

        lut : (65536,) uint32; entry k stands for ``low + k / 65535 * (high - low)``. nan : colour of what is no number.
        """
        if self._index is None or self._scaled is None:
            self._index, self._scaled = np.empty(self.shape, np.uint16), np.empty(self.shape, np.float32)
        span = max(high - low, 1e-30)
        # Subtract first: a large offset times a large factor would eat the steps that float32 has.
        np.subtract(values, np.float32(low), out=self._scaled)
        np.multiply(self._scaled, np.float32(65535.0 / span), out=self._scaled)
        np.add(self._scaled, np.float32(0.5), out=self._scaled)
        np.clip(self._scaled, 0, 65535, out=self._scaled)
        odd = np.isnan(self._scaled)
        some = bool(odd.any())
        if some:
            self._scaled[odd] = 0
        np.copyto(self._index, self._scaled, casting="unsafe")
        np.take(lut, self._index, out=self.out, mode="clip")
        if some:
            self.out[odd] = nan
        return self.out

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
        return np.take(lut, self.index, out=self.out, mode="clip")


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
    """(256,) uint32 premultiplied ARGB for map values 0..1: nothing below the threshold, full 0.10 above it.

    threshold : 0..1, of the map. opacity : 0..1, at most `MAX_OPACITY` is used. Read-only.
    """
    value = np.arange(256) / 255
    ramp = np.clip((value - threshold) / RAMP, 0, 1)
    # A value on the threshold belongs to the map: its first step is faint, not absent.
    ramp = np.where(value + 0.5 / 255 >= threshold, np.maximum(ramp, 0.05), 0.0)
    alpha = np.rint(ramp * min(max(opacity, 0.0), MAX_OPACITY) * 255).astype(np.uint32)
    color = colormaps.table(colormap).astype(np.uint32)
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


def blocks(values: NDArray[np.float32], to_slice: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float32]:
    """A map as its true cells on the slice: each pixel takes the nearest cell, 0 outside the grid.

    Parameters
    ----------
    values : (h, w) float32. to_slice : (2, 3), cell centre (row, column, 1) -> slice pixel (row, column).
    shape : rows and columns of the slice.
    """
    back = np.linalg.inv(to_slice[:, :2])
    shift = -back @ to_slice[:, 2]
    rows, columns = np.arange(shape[0], dtype=np.float64), np.arange(shape[1], dtype=np.float64)
    if back[0, 1] == 0 and back[1, 0] == 0:
        i, j = np.rint(back[0, 0] * rows + shift[0]), np.rint(back[1, 1] * columns + shift[1])
        result = np.zeros(shape, np.float32)
        in_i, in_j = _within(i, values.shape[0]), _within(j, values.shape[1])
        result[np.ix_(in_i, in_j)] = values[np.ix_(i[in_i].astype(np.intp), j[in_j].astype(np.intp))]
        return result
    i = np.rint(back[0, 0] * rows[:, None] + back[0, 1] * columns[None, :] + shift[0])
    j = np.rint(back[1, 0] * rows[:, None] + back[1, 1] * columns[None, :] + shift[1])
    inside = _within(i, values.shape[0]) & _within(j, values.shape[1])
    result = np.zeros(shape, np.float32)
    result[inside] = values[i[inside].astype(np.intp), j[inside].astype(np.intp)]
    return result


def _within(place: NDArray[np.float64], count: int) -> NDArray[np.bool_]:
    return (place >= 0) & (place < count)
