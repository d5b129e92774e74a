"""Stars of key images on the track beside the slices."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from covidviewer.ui import ink
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

RADIUS = 5.0
_INNER = 0.42
_POINTS = tuple(
    (
        math.sin(math.pi * i / 5) * (1.0 if i % 2 == 0 else _INNER),
        -math.cos(math.pi * i / 5) * (1.0 if i % 2 == 0 else _INNER),
    )
    for i in range(10)
)


def star(middle: QPointF, radius: float = RADIUS) -> QPolygonF:
    """A five-pointed star about a point."""
    return QPolygonF([middle + QPointF(x * radius, y * radius) for x, y in _POINTS])


def draw_stars(painter: QPainter, workspace: Workspace, tile: Tile, area: QRectF) -> None:
    """A star at each key image of a tile's series, at the left of the track; first image at the top."""
    if tile.series is None or tile.computed:
        return
    keys = [index for index, mark in workspace.image_marks.of_series(tile.series) if mark.key]
    if not keys:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink.HALO_LINE, 1))
    painter.setBrush(ink.MEASURE)
    for index in keys:
        y = area.top() + (tile.to_position(index) + 0.5) * area.height() / tile.count
        middle = QPointF(area.left() + RADIUS + 1, min(max(y, area.top() + RADIUS), area.bottom() - RADIUS))
        painter.drawPolygon(star(middle), Qt.FillRule.WindingFill)
    painter.restore()
