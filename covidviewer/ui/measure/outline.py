"""Drawings on the screen: the lines of each kind through a projection, and how far a pointer is from them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPolygonF

from covidviewer.imaging.measure import Kind
from covidviewer.ui.projection import Projection
from covidviewer.workspace.measurement import Measurement, Point

CROSS = 5.0  # reach of a point's cross, logical pixels
HEAD = 11.0  # length of an arrow's head
_HEAD_ANGLE = math.radians(24)
ARC = 22.0  # radius of an angle's arc
_ELLIPSE_STEPS = 72
_ARC_STEPS = 16


def on_screen(points: Sequence[Point], projection: Projection) -> list[QPointF]:
    """Logical pixels of image points."""
    return [projection.to_screen(row, column) for row, column in points]


def lines(measurement: Measurement, projection: Projection) -> list[QPolygonF]:
    """Open lines, logical pixels; closed outlines end where they began. None for a text."""
    points, kind = measurement.points, measurement.kind
    if kind is Kind.TEXT or not points:
        return []
    if kind is Kind.PROBE:
        return _cross(projection.to_screen(*points[0]))
    if kind is Kind.RECTANGLE and len(points) == 2:
        (r0, c0), (r1, c1) = points
        return [QPolygonF(on_screen(((r0, c0), (r0, c1), (r1, c1), (r1, c0), (r0, c0)), projection))]
    if kind is Kind.ELLIPSE and len(points) == 2:
        return [QPolygonF(on_screen(_ellipse(points), projection))]
    placed = on_screen(points, projection)
    if kind is Kind.COBB:
        return [QPolygonF(placed[i : i + 2]) for i in range(0, len(placed), 2)]
    if kind is Kind.FREEHAND:
        return [QPolygonF([*placed, placed[0]])]
    if kind is Kind.ARROW and len(placed) == 2:
        return [QPolygonF(placed), _head(placed[0], placed[1])]
    return [QPolygonF(placed)]


def cobb_link(measurement: Measurement, projection: Projection) -> QPolygonF | None:
    """The dashed line between the middles of the two lines of a Cobb angle."""
    if measurement.kind is not Kind.COBB or len(measurement.points) < 4:
        return None
    a, b, c, d = on_screen(measurement.points, projection)
    return QPolygonF([(a + b) / 2, (c + d) / 2])


def angle_arc(measurement: Measurement, projection: Projection) -> QPolygonF | None:
    """The small arc at the corner of an angle, between its legs."""
    if measurement.kind is not Kind.ANGLE or len(measurement.points) < 3:
        return None
    a, corner, b = on_screen(measurement.points, projection)
    legs = (a - corner, b - corner)
    reach = min(ARC, *(math.hypot(leg.x(), leg.y()) / 2 for leg in legs))
    start, end = (math.atan2(leg.y(), leg.x()) for leg in legs)
    sweep = math.remainder(end - start, 2 * math.pi)
    turns = (start + sweep * i / _ARC_STEPS for i in range(_ARC_STEPS + 1))
    return QPolygonF([corner + QPointF(math.cos(t) * reach, math.sin(t) * reach) for t in turns])


def bounds(measurement: Measurement, projection: Projection) -> QRectF:
    """Box around all points on the screen."""
    placed = QPolygonF(on_screen(measurement.points, projection))
    return placed.boundingRect()


def distance(point: QPointF, drawn: Sequence[QPolygonF]) -> float:
    """Logical pixels from a pointer to the nearest line; infinite where nothing is drawn."""
    return min((_to_line(point, line) for line in drawn), default=math.inf)


def _to_line(point: QPointF, line: QPolygonF) -> float:
    nearest = math.inf
    for i in range(line.size() - 1):
        a, b = line.at(i), line.at(i + 1)
        dx, dy = b.x() - a.x(), b.y() - a.y()
        square = dx * dx + dy * dy
        share = ((point.x() - a.x()) * dx + (point.y() - a.y()) * dy) / square if square else 0.0
        share = min(max(share, 0.0), 1.0)
        nearest = min(nearest, math.hypot(point.x() - a.x() - share * dx, point.y() - a.y() - share * dy))
    return nearest


def _ellipse(points: Sequence[Point]) -> list[Point]:
    (r0, c0), (r1, c1) = points
    middle, half = ((r0 + r1) / 2, (c0 + c1) / 2), ((r1 - r0) / 2, (c1 - c0) / 2)
    turns = (2 * math.pi * i / _ELLIPSE_STEPS for i in range(_ELLIPSE_STEPS + 1))
    return [(middle[0] + half[0] * math.sin(t), middle[1] + half[1] * math.cos(t)) for t in turns]


def _cross(at: QPointF) -> list[QPolygonF]:
    across, down = QPointF(CROSS, 0), QPointF(0, CROSS)
    return [QPolygonF([at - across, at + across]), QPolygonF([at - down, at + down])]


def _head(tip: QPointF, tail: QPointF) -> QPolygonF:
    away = tail - tip
    length = math.hypot(away.x(), away.y())
    if length < 1e-6:
        return QPolygonF([tip, tip])
    reach = min(HEAD, length)
    turn = math.atan2(away.y(), away.x())
    left, right = (
        tip + QPointF(math.cos(turn + side) * reach, math.sin(turn + side) * reach)
        for side in (_HEAD_ANGLE, -_HEAD_ANGLE)
    )
    return QPolygonF([left, tip, right])
