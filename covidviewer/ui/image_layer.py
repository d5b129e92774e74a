"""The picture of a slice: values through a look-up table into one 32-bit buffer, the map blended in, one `QImage`."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPainter

from covidviewer.imaging import voi
from covidviewer.imaging.display import ImageBuffer
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

    The array is kept as long as the image that looks into it.
    """

    def __init__(self) -> None:
        self._buffer: ImageBuffer | None = None
        self._index: NDArray[np.int16] | None = None
        self._image: QImage | None = None
        self._plain: QImage | None = None  # the same memory, said to have no alpha
        self._values_key: Hashable = None
        self._values: NDArray[Any] | None = None
        self._table_key: Hashable = None
        self._table: NDArray[np.uint32] | None = None
        self._quantizer: Quantizer | None = None
        self._painted: Hashable = None

    def clear(self) -> None:
        """Forget the slice: nothing here may keep a closed volume alive, or be shown for another."""
        self._values = None
        self._values_key = self._painted = None

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
        color = values.ndim == 3
        values_key = (key, reduction)
        if values_key != self._values_key or self._values is None:
            self._values = reduced(values, reduction)
            self._values_key = values_key
        table_key = (window, window.table is not None if window else None, inverted, self._values.dtype.char, color)
        if table_key != self._table_key and not color and window is not None:
            self._quantizer = None if self._values.dtype == np.int16 else _quantizer(window)
            self._table = voi.lut_u32(window, inverted=inverted, quantizer=self._quantizer)
        self._table_key = table_key
        painted = (values_key, table_key, overlay.key if overlay is not None else None)
        shape = (self._values.shape[0], self._values.shape[1])
        if self._buffer is None or self._buffer.shape != shape or self._image is None:
            self._buffer = ImageBuffer(*shape)
            self._index = None
            # The buffer is opaque; said to have (full) alpha, it goes through the quicker of Qt's smooth draws, and
            # without through the quicker of its plain ones.
            self._image, self._plain = (
                QImage(self._buffer.out.data, shape[1], shape[0], shape[1] * 4, kind)
                for kind in (QImage.Format.Format_ARGB32_Premultiplied, QImage.Format.Format_RGB32)
            )
            self._painted = None
        if painted != self._painted:
            self._paint(self._buffer, self._values, window, inverted)
            if overlay is not None:
                painter = QPainter(self._image)
                painter.drawImage(overlay.place, overlay.image)
                painter.end()
            self._painted = painted
        assert self._plain is not None
        return self._image if smooth else self._plain

    def _paint(self, buffer: ImageBuffer, values: NDArray[Any], window: Window | None, inverted: bool) -> None:
        if values.ndim == 3:
            buffer.paint_color(values, invert=inverted)
        elif window is None or self._table is None:
            buffer.clear()
        elif self._quantizer is not None:
            if self._index is None:
                self._index = np.empty(buffer.shape, np.int16)
            buffer.paint(self._quantizer.index(values, out=self._index), self._table)
        else:
            buffer.paint(values, self._table)


def _quantizer(window: Window) -> Quantizer:
    """Steps for float values that spend their 65,536 entries around the window, not on the volume's range."""
    reach = max(window.width, 1e-9) * (4.0 if window.function == "SIGMOID" else 1.0)
    return Quantizer(window.center - reach, 2.0 * reach / 65535.0)
