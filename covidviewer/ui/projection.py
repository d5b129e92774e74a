"""Where image points lie on the widget, and back: the one place that knows aspect, flips, turns, zoom and pixel ratio.

Image coordinates are (row, column) with pixel *centres* at integers, as DICOM positions are (PS3.3 C.7.6.2.1.1);
the image therefore covers -0.5 to n - 0.5. Screen coordinates are logical pixels of the widget, x to the right and
y down. Image, map, contour, letters and probe all go through the same object, so that they cannot drift apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QTransform

from covidviewer.imaging.scaling import Orientation
from covidviewer.workspace.state import ViewState

#: Device pixels per image column that a reader can reach.
ZOOM_RANGE = (0.02, 64.0)

_CLOCKWISE = ((1.0, 0.0, 0.0, 1.0), (0.0, -1.0, 1.0, 0.0), (-1.0, 0.0, 0.0, -1.0), (0.0, 1.0, -1.0, 0.0))


def pixel_aspect(spacing_mm: Sequence[float], ratio: tuple[float, float] | None = None) -> float:
    """Height of a pixel over its width.

    Parameters
    ----------
    spacing_mm : (row, column) distance in mm; NaN or not positive where unknown.
    ratio : Pixel Aspect Ratio (0028,0034), vertical then horizontal, used only where there is no spacing
        (PS3.3 C.7.6.3.1.7).
    """
    for pair in (tuple(spacing_mm), ratio):
        if pair is not None and len(pair) == 2 and all(math.isfinite(v) and v > 0 for v in pair):
            return min(max(pair[0] / pair[1], 0.01), 100.0)
    return 1.0


@dataclass(frozen=True, slots=True)
class Projection:
    """An affine map without shear between image and screen.

    Attributes
    ----------
    rows, columns : size of the image in pixels.
    a, b, c, d, tx, ty : x = a * column + b * row + tx; y = c * column + d * row + ty, logical pixels.
    zoom : device pixels per image column.
    dpr : device pixels per logical pixel.
    """

    rows: int
    columns: int
    a: float
    b: float
    c: float
    d: float
    tx: float
    ty: float
    zoom: float
    dpr: float
    aspect: float = 1.0

    @classmethod
    def make(cls, rows: int, columns: int, aspect: float, view: ViewState, area: QRectF, dpr: float) -> Projection:
        """Lay an image into an area of the widget.

        Parameters
        ----------
        rows, columns : size of the image. aspect : pixel height over pixel width (`pixel_aspect`).
        view : flips, then clockwise quarter turns, then zoom about ``view.center``; None fits the image,
            or as much of it as ``view.part`` says.
        area : where a fitted image goes, and whose middle ``view.center`` falls on; logical pixels.
        dpr : device pixels per logical pixel.
        """
        turns = view.quarter_turns % 4
        part = view.part or (rows, columns)
        zoom = view.zoom if view.zoom is not None else _fit(part[0], part[1], aspect, turns, area, dpr)
        zoom = min(max(zoom, ZOOM_RANGE[0]), ZOOM_RANGE[1])
        step = zoom / dpr
        sx = -step if view.flip_h else step
        sy = (-step if view.flip_v else step) * aspect
        r = _CLOCKWISE[turns]
        a, b, c, d = r[0] * sx, r[1] * sy, r[2] * sx, r[3] * sy
        row, column = view.center or ((rows - 1) / 2, (columns - 1) / 2)
        tx = area.center().x() - (a * column + b * row)
        ty = area.center().y() - (c * column + d * row)
        # The upper left corner on the screen lies on a whole device pixel: at 1:1 nothing is interpolated.
        x0, y0 = (
            min(start - (u + v) / 2, start + u * (columns - 0.5) + v * (rows - 0.5))
            for start, u, v in ((tx, a, b), (ty, c, d))
        )
        tx += round(x0 * dpr) / dpr - x0
        ty += round(y0 * dpr) / dpr - y0
        return cls(rows, columns, a, b, c, d, tx, ty, zoom, dpr, aspect)

    def to_screen(self, row: float, column: float) -> QPointF:
        """Logical pixel of an image point."""
        return QPointF(self.a * column + self.b * row + self.tx, self.c * column + self.d * row + self.ty)

    def to_image(self, point: QPointF) -> tuple[float, float]:
        """(row, column) of a logical pixel; may lie outside the image."""
        x, y = point.x() - self.tx, point.y() - self.ty
        determinant = self.a * self.d - self.b * self.c
        return (self.a * y - self.c * x) / determinant, (self.d * x - self.b * y) / determinant

    def pixel_at(self, point: QPointF) -> tuple[int, int] | None:
        """(row, column) of the pixel under a logical point, None outside the image."""
        row, column = (math.floor(v + 0.5) for v in self.to_image(point))
        return (row, column) if 0 <= row < self.rows and 0 <= column < self.columns else None

    def transform(self, reduction: int = 1) -> QTransform:
        """For a painter that draws image (x = column, y = row), pixel centres at integers.

        reduction : the picture drawn has one pixel for each ``reduction`` x ``reduction`` block of the image.
        """
        k, shift = reduction, (reduction - 1) / 2
        return QTransform(
            self.a * k,
            self.c * k,
            self.b * k,
            self.d * k,
            self.tx + (self.a + self.b) * shift,
            self.ty + (self.c + self.d) * shift,
        )

    def placing(self, reduction: int = 1) -> tuple[Orientation, float, float]:
        """How a picture of one pixel a block lies on the screen, and device pixels of its pixels along x and y."""
        exchanged = self.a == 0
        x, y = (self.b, self.c) if exchanged else (self.a, self.d)
        scale = reduction * self.dpr
        return Orientation(exchanged, x < 0, y < 0), abs(x) * scale, abs(y) * scale

    def image_rect(self) -> QRectF:
        """The image's outline on the screen, logical pixels."""
        p, q = self.to_screen(-0.5, -0.5), self.to_screen(self.rows - 0.5, self.columns - 0.5)
        return QRectF(p, q).normalized()

    @property
    def fine(self) -> float:
        """Device pixels along the shorter edge of an image pixel."""
        return self.zoom * min(1.0, self.aspect)

    def centered_so(self, point: QPointF, at: tuple[float, float], area: QRectF) -> tuple[float, float]:
        """The ``ViewState.center`` that brings image point ``at`` under ``point``, other things being equal."""
        row, column = self.to_image(point)
        middle = self.to_image(area.center())
        return middle[0] + at[0] - row, middle[1] + at[1] - column


def _fit(rows: float, columns: float, aspect: float, turns: int, area: QRectF, dpr: float) -> float:
    width, height = columns, rows * aspect
    if turns % 2:
        width, height = height, width
    return max(min(area.width() / width, area.height() / height) * dpr, ZOOM_RANGE[0])
