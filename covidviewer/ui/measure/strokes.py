"""Lines and handles of one measurement, kept as a picture: smooth wide lines cost milliseconds each to draw.

The picture depends on the drawing's shape on the screen, not on where it lies, so that panning draws nothing again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from covidviewer.ui import ink
from covidviewer.ui.measure import outline
from covidviewer.ui.measure.handles import handles
from covidviewer.ui.projection import Projection
from covidviewer.ui.stamps import Stamps
from covidviewer.workspace.measurement import Measurement

HANDLE = 4.0  # radius of a handle, logical pixels
SMALL_HANDLE = 2.5  # of the many corners of a free-hand outline
#: Reach of lines, crosses, heads and handles beyond the points.
_AROUND = 16.0
_MANY = 12
#: Larger drawings, in device pixels, are no pictures: at high zoom they reach far beyond the screen.
_LARGEST = 2_500_000


@dataclass(frozen=True, slots=True)
class Mode:
    """How one measurement is drawn now."""

    hovered: bool = False
    selected: bool = False

    @property
    def active(self) -> bool:
        return self.hovered or self.selected

    @property
    def color(self) -> QColor:
        return ink.MEASURE_ACTIVE if self.active else ink.MEASURE


class Strokes:
    """Draws lines and handles; keeps the pictures."""

    def __init__(self) -> None:
        self._stamps = Stamps()

    def draw(
        self, painter: QPainter, area: QRectF, measurement: Measurement, mode: Mode, projection: Projection
    ) -> None:
        """Draw one measurement without its label, if it is in sight. area : the whole canvas, logical pixels."""
        dpr = painter.device().devicePixelRatioF()
        origin = QPointF(math.floor(projection.tx * dpr) / dpr, math.floor(projection.ty * dpr) / dpr)
        local = replace(projection, tx=round(projection.tx - origin.x(), 6), ty=round(projection.ty - origin.y(), 6))
        box = outline.bounds(measurement, local).adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND)
        painter.save()
        painter.translate(origin)
        if box.width() * box.height() * dpr * dpr > _LARGEST:
            _paint(painter, measurement, mode, local)
        elif area.intersects(box.translated(origin)):
            key = (measurement.kind, measurement.points, mode, local)
            self._stamps.draw(painter, key, box, lambda inner: _paint(inner, measurement, mode, local))
        painter.restore()


def _paint(painter: QPainter, measurement: Measurement, mode: Mode, projection: Projection) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _lines(painter, measurement, mode, projection)
    if mode.active:
        _handles(painter, measurement, projection)


def _lines(painter: QPainter, measurement: Measurement, mode: Mode, projection: Projection) -> None:
    drawn = outline.lines(measurement, projection)
    width = 2.2 if mode.active else 1.5
    link = outline.cobb_link(measurement, projection)
    arc = outline.angle_arc(measurement, projection)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, thick in ((ink.HALO_LINE, width + 2.0), (mode.color, width)):
        painter.setPen(pen(color, thick))
        for line in drawn:
            painter.drawPolyline(line)
        if arc is not None:
            painter.setPen(pen(color, thick - 0.5))
            painter.drawPolyline(arc)
        if link is not None:
            painter.setPen(pen(color, thick - 0.5, Qt.PenStyle.DashLine))
            painter.drawPolyline(link)


def _handles(painter: QPainter, measurement: Measurement, projection: Projection) -> None:
    places = outline.on_screen(handles(measurement), projection)
    radius = SMALL_HANDLE if len(places) > _MANY else HANDLE
    painter.setBrush(QBrush(ink.SURFACE))
    for color, width in ((ink.HALO_LINE, 3.5), (ink.MEASURE, 1.5)):
        painter.setPen(pen(color, width))
        for place in places:
            painter.drawEllipse(place, radius, radius)


def pen(color: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A pen with round ends and corners."""
    return QPen(color, width, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
