"""The picture of a slice: values through a look-up table into one 32-bit buffer, the map blended in, one `QImage`."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPainter

from covidviewer.imaging import voi
from covidviewer.imaging.display import ImageBuffer
from covidviewer.imaging.lookup import loaded, look_up
from covidviewer.imaging.scaling import Orientation, Scaler
from covidviewer.imaging.voi import Quantizer, Window
from covidviewer.ui.heat_layer import MapPicture

#: Largest reduction; smaller tiles than this leave to the smooth draw.
MAX_REDUCTION = 8


def reduction_for(fine: float) -> int:
    """Blocks of how many pixels are averaged before the draw, for ``fine`` device pixels per image pixel.

    Qt's smooth draw looks at four neighbours only; below half size it would skip pixels, and thin lines of a film
    would come and go.
    """
    return min(max(int(1.0 / max(fine, 1e-6) + 1e-6), 1), MAX_REDUCTION)


def reduced(values: NDArray[Any], factor: int) -> NDArray[Any]:
    """Means of blocks of ``factor`` x ``factor`` pixels, same dtype.

    values : (rows, columns) or (rows, columns, 3). A block cut by the edge is filled up with the edge's values.
    """
    if factor == 1:
        return values
    pad = [(0, -n % factor) for n in values.shape[:2]] + [(0, 0)] * (values.ndim - 2)
    if any(after for _, after in pad):
        values = np.pad(values, pad, mode="edge")
    whole = values.dtype.kind in "iu"
    total = np.zeros(
        (values.shape[0] // factor, values.shape[1] // factor, *values.shape[2:]), np.int32 if whole else np.float32
    )
    for i in range(factor):
        for j in range(factor):
            total += values[i::factor, j::factor]
    if whole:
        total += factor * factor // 2
        total //= factor * factor
    else:
        total /= factor * factor
    return total.astype(values.dtype)


class ImageLayer:
    """Keeps the picture of one slice and rebuilds only what changed.

    Each array is kept as long as the image that looks into it.
    """

    def __init__(self) -> None:
        self._values_key: Hashable = None
        self._values: NDArray[Any] | None = None
        self._tables = _Tables()
        self._buffer: ImageBuffer | None = None
        self._shades: NDArray[np.uint8] | None = None
        self._image: QImage | None = None
        self._plain: QImage | None = None  # the same memory, said to have no alpha
        self._painted: Hashable = None
        self._shaded: Hashable = None
        self._scaler = Scaler()
        self._scaled: Hashable = None
        self._scaled_image: QImage | None = None

    def clear(self) -> None:
        """Forget the slice: nothing here may keep a closed volume alive, or be shown for another."""
        self._values = None
        self._values_key = self._painted = self._shaded = self._scaled = self._scaled_image = None
        self._scaler.clear()

    def picture(
        self,
        key: Hashable,
        values: NDArray[Any],
        window: Window | None,
        inverted: bool,
        reduction: int = 1,
        overlay: MapPicture | None = None,
        smooth: bool = True,
    ) -> QImage:
        """The slice as an opaque picture of 32 bits a pixel, the map blended in.

        Parameters
        ----------
        key : changes whenever ``values`` do.
        values : (rows, columns) int16 or float32, or (rows, columns, 3) uint8; a view is enough.
        window : None for colour. inverted : greys turned round (MONOCHROME1 and the reader's wish, by xor).
        reduction : of `reduction_for`. overlay : in pixels of the reduced picture. smooth : how it will be drawn, which
        chooses the format that Qt draws faster so; the pixels are the same.
        """
        values = self._take(key, values, reduction)
        look = (self._values_key, window, inverted)
        painted = (look, overlay.key if overlay is not None else None)
        shape = (values.shape[0], values.shape[1])
        if self._buffer is None or self._buffer.shape != shape or self._image is None:
            self._buffer = ImageBuffer(*shape)
            # The buffer is opaque; said to have (full) alpha, it goes through the quicker of Qt's smooth draws, and
            # without through the quicker of its plain ones.
            self._image, self._plain = (
                QImage(self._buffer.out.data, shape[1], shape[0], shape[1] * 4, kind)
                for kind in (QImage.Format.Format_ARGB32_Premultiplied, QImage.Format.Format_RGB32)
            )
            self._painted = None
        if painted != self._painted:
            self._paint(self._buffer, values, window, inverted)
            if overlay is not None:
                painter = QPainter(self._image)
                painter.drawImage(overlay.place, overlay.image)
                painter.end()
            self._painted = painted
        assert self._plain is not None
        return self._image if smooth else self._plain

    def scaled(
        self,
        key: Hashable,
        values: NDArray[Any],
        window: Window | None,
        inverted: bool,
        reduction: int,
        placing: tuple[Orientation, float, float],
    ) -> QImage | None:
        """The slice alone at the screen's resolution, interpolated; None where that cannot be had here.

        Parameters
        ----------
        key, values, window, inverted, reduction : as for `picture`.
        placing : orientation and screen pixels a picture's pixel along x and y, as for `Scaler.scale`.
        """
        if loaded() is None:
            return None
        source: NDArray[np.uint8] | NDArray[np.uint32]
        if values.ndim == 2 and window is not None:
            # One byte a pixel until the screen needs four.
            source = self._shade(self._take(key, values, reduction), window, inverted)
            made: Hashable = self._shaded
        else:
            self.picture(key, values, window, inverted, reduction)
            assert self._buffer is not None
            source, made = self._buffer.out, self._painted
        wanted = (source.dtype.char, made, placing)
        if wanted != self._scaled or self._scaled_image is None:
            before = self._scaler.out
            out = self._scaler.scale(source, *placing)
            if out is None:
                return None
            if out is not before or self._scaled_image is None:
                rows, columns = out.shape
                self._scaled_image = QImage(out.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
            self._scaled = wanted
        return self._scaled_image

    def _take(self, key: Hashable, values: NDArray[Any], reduction: int) -> NDArray[Any]:
        """The slice, reduced, kept until it is another."""
        if self._values is None or self._values_key != (key, reduction):
            self._values = reduced(values, reduction)
            self._values_key = (key, reduction)
        return self._values

    def _shade(self, values: NDArray[Any], window: Window, inverted: bool) -> NDArray[np.uint8]:
        """Grey of the slice, rows x columns."""
        shaded = (self._values_key, window, inverted)
        if self._shades is None or self._shades.shape != values.shape:
            self._shades, self._shaded = np.empty(values.shape, np.uint8), None
        if shaded != self._shaded:
            table, bits = self._tables.grey(values, window, inverted)
            look_up(table, bits, self._shades)
            self._shaded = shaded
        return self._shades

    def _paint(self, buffer: ImageBuffer, values: NDArray[Any], window: Window | None, inverted: bool) -> None:
        if values.ndim == 3:
            buffer.paint_color(values, invert=inverted)
        elif window is None:
            buffer.clear()
        else:
            table, bits = self._tables.wide(values, window, inverted)
            buffer.paint(bits, table)


class _Tables:
    """Look-up tables of the present window, for 8-bit greys and for 32-bit pixels, and what they are looked up by."""

    def __init__(self) -> None:
        self._grey: tuple[Hashable, NDArray[np.uint8]] | None = None
        self._wide: tuple[Hashable, NDArray[np.uint32]] | None = None
        self._index: NDArray[np.int16] | None = None

    def grey(
        self, values: NDArray[Any], window: Window, inverted: bool
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
        """The table (65536,) uint8 and the bits of the values."""
        quantizer, key = self._quantizer(values, window), (window, inverted, values.dtype.char)
        if self._grey is None or self._grey[0] != key:
            self._grey = key, voi.lut(window, inverted=inverted, quantizer=quantizer)
        return self._grey[1], self._bits(values, quantizer)

    def wide(
        self, values: NDArray[Any], window: Window, inverted: bool
    ) -> tuple[NDArray[np.uint32], NDArray[np.uint16]]:
        """The table (65536,) uint32 0xFFrrggbb and the bits of the values."""
        quantizer, key = self._quantizer(values, window), (window, inverted, values.dtype.char)
        if self._wide is None or self._wide[0] != key:
            self._wide = key, voi.lut_u32(window, inverted=inverted, quantizer=quantizer)
        return self._wide[1], self._bits(values, quantizer)

    def _quantizer(self, values: NDArray[Any], window: Window) -> Quantizer | None:
        return None if values.dtype == np.int16 else _quantizer(window)

    def _bits(self, values: NDArray[Any], quantizer: Quantizer | None) -> NDArray[np.uint16]:
        if quantizer is None:
            return values.view(np.uint16)
        if self._index is None or self._index.shape != values.shape:
            self._index = np.empty(values.shape, np.int16)
        return quantizer.index(values, out=self._index).view(np.uint16)


def _quantizer(window: Window) -> Quantizer:
    """Steps for float values that spend their 65,536 entries around the window, not on the volume's range."""
    reach = max(window.width, 1e-9) * (4.0 if window.function == "SIGMOID" else 1.0)
    return Quantizer(window.center - reach, 2.0 * reach / 65535.0)
