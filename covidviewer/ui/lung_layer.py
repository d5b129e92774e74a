"""The lungs as the input check found them (UX 7): a thin outline on request, and hatching for attention beside them.

Attention outside the lungs is evidence of a shortcut: it is drawn hatched, never hidden. The mask is rough.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTransform

from covidviewer.inference.results import LungMask
from covidviewer.ui.map_raster import Box, crossings
from covidviewer.ui.raster import HATCH, Raster

_COLORS = (QColor(0, 0, 0, 150), QColor(120, 200, 255, 210))


def outside(lungs: LungMask, box: Box, raster: Raster) -> NDArray[np.bool_]:
    """Pixels of a part of a grid over the slice that lie outside the lungs: (rows, columns) bool.

    box : in pixels of the grid.
    """
    mask = _mask(lungs)
    places: dict[int, NDArray[np.intp]] = {}
    for axis, (first, count) in enumerate(((box.top, box.rows), (box.left, box.columns))):
        own = raster.axes[axis]
        cells = (raster.along(axis, first, count) + 0.5) / lungs.step[own]
        places[own] = np.clip(cells.astype(np.intp), 0, mask.shape[own] - 1)
    found: NDArray[np.bool_] = ~mask[places[0]][:, places[1]]
    return found if raster.axes == (0, 1) else found.T


def beside(lungs: LungMask, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether points (n, 2), (row, column) in slice pixels, lie outside the lungs: (n,) bool."""
    mask = _mask(lungs)
    cells = ((points + 0.5) / np.asarray(lungs.step, np.float64)).astype(np.intp)
    row, column = (np.clip(cells[:, axis], 0, mask.shape[axis] - 1) for axis in (0, 1))
    found: NDArray[np.bool_] = ~mask[row, column]
    return found


def hatched(out: NDArray[np.uint32], beside: NDArray[np.bool_], hatch: int = HATCH) -> None:
    """Take stripes of the map away where it lies beside the lungs.

    out : (rows, columns) premultiplied ARGB, changed in place. beside : the same shape. hatch : pixels from stripe to
    stripe; half of them show the image alone.
    """
    rows, columns = out.shape
    free = (np.arange(rows)[:, None] + np.arange(columns)[None, :]) % hatch < hatch // 2
    out[beside & free] = 0


@lru_cache(maxsize=64)
def _mask(lungs: LungMask) -> NDArray[np.bool_]:
    return lungs.mask()


@lru_cache(maxsize=64)
def outline(lungs: LungMask) -> NDArray[np.float64]:
    """Edge of the lungs as loose lines: (n, 2, 2), ends as (row, column) in slice pixels, centres at integers."""
    values = np.pad(_mask(lungs).astype(np.float32), 1)
    points = crossings(values, 0.5) - 1.0
    step = np.asarray(lungs.step, np.float64)
    result: NDArray[np.float64] = (points + 0.5) * step - 0.5
    result.setflags(write=False)
    return result


def draw_outline(painter: QPainter, lungs: LungMask, transform: QTransform) -> None:
    """Draw the edge of the lungs, one logical pixel wide with a dark one around it.

    transform : slice pixels (x = column, y = row) to the painter's coordinates.
    """
    t, segments = transform, outline(lungs)
    if not len(segments):
        return
    x = segments[..., 1] * t.m11() + segments[..., 0] * t.m21() + t.dx()
    y = segments[..., 1] * t.m12() + segments[..., 0] * t.m22() + t.dy()
    lines = [QLineF(*ends) for ends in np.stack((x[:, 0], y[:, 0], x[:, 1], y[:, 1]), axis=1).tolist()]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for color, width in zip(_COLORS, (2.5, 1.0), strict=True):
        painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawLines(lines)
    painter.restore()
