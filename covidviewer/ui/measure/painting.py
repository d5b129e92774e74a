"""Draws measurements: lines with a dark halo, handles, labels that can be dragged off, with a line back to them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from covidviewer.imaging.measure import Kind
from covidviewer.ui import ink
from covidviewer.ui.halo_text import HaloText
from covidviewer.ui.measure import outline
from covidviewer.ui.measure.handles import handles
from covidviewer.ui.measure.words import label_lines
from covidviewer.ui.projection import Projection
from covidviewer.workspace.measurement import Measurement

HANDLE = 4.0  # radius of a handle, logical pixels
SMALL_HANDLE = 2.5  # of the many corners of a free-hand outline
GAP = 10.0  # between a drawing and its label
_MANY = 12


@dataclass(frozen=True, slots=True)
class Mode:
    """How one measurement is drawn now."""

    hovered: bool = False
    selected: bool = False


class Painting:
    """Keeps rendered lines of text, and where each label was put."""

    def __init__(self) -> None:
        self._text = HaloText()
        self.labels: dict[str, QRectF] = {}

    def draw(
        self,
        painter: QPainter,
        area: QRectF,
        projection: Projection,
        font: QFont,
        shown: list[tuple[Measurement, Mode]],
        hidden_label: str = "",
    ) -> None:
        """Draw measurements, the later above the earlier.

        Parameters
        ----------
        area : the whole canvas, logical pixels. hidden_label : id whose words are being written in a field.
        """
        self.labels.clear()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for measurement, mode in shown:
            self._lines(painter, measurement, mode, projection)
        for measurement, mode in shown:
            if measurement.id != hidden_label:
                self._label(painter, area, measurement, mode, projection, font)
        for measurement, mode in shown:
            if mode.hovered or mode.selected:
                self._handles(painter, measurement, projection)
        painter.restore()

    def _lines(self, painter: QPainter, measurement: Measurement, mode: Mode, projection: Projection) -> None:
        drawn = outline.lines(measurement, projection)
        width = 2.2 if mode.hovered or mode.selected else 1.5
        link = outline.cobb_link(measurement, projection)
        arc = outline.angle_arc(measurement, projection)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, thick in ((ink.HALO, width + 2.0), (_color(mode), width)):
            painter.setPen(_pen(color, thick))
            for line in drawn:
                painter.drawPolyline(line)
            if arc is not None:
                painter.setPen(_pen(color, thick - 0.5))
                painter.drawPolyline(arc)
            if link is not None:
                painter.setPen(_pen(color, thick - 0.5, Qt.PenStyle.DashLine))
                painter.drawPolyline(link)

    def _handles(self, painter: QPainter, measurement: Measurement, projection: Projection) -> None:
        places = outline.on_screen(handles(measurement), projection)
        radius = SMALL_HANDLE if len(places) > _MANY else HANDLE
        painter.setBrush(QBrush(ink.SURFACE))
        for color, width in ((ink.HALO, 3.5), (ink.MEASURE, 1.5)):
            painter.setPen(_pen(color, width))
            for place in places:
                painter.drawEllipse(place, radius, radius)

    def _label(
        self,
        painter: QPainter,
        area: QRectF,
        measurement: Measurement,
        mode: Mode,
        projection: Projection,
        font: QFont,
    ) -> None:
        lines = label_lines(measurement)
        if not lines:
            return
        metrics = QFontMetricsF(font)
        height = metrics.height()
        width = max(metrics.horizontalAdvance(line) for line in lines)
        place = label_place(measurement, projection, area, width, height * len(lines))
        self.labels[measurement.id] = place.adjusted(-4, -2, 4, 2)
        if measurement.label is not None and measurement.kind is not Kind.TEXT:
            self._leader(painter, measurement, projection, place)
        if mode.selected or mode.hovered:
            painter.setPen(_pen(_color(mode), 1.0, Qt.PenStyle.DotLine))
            painter.setBrush(QColor(0, 0, 0, 90))
            painter.drawRoundedRect(place.adjusted(-4, -2, 4, 2), 3, 3)
        for i, line in enumerate(lines):
            self._text.draw(painter, place.topLeft() + QPointF(0, i * height), line, font, _color(mode))

    def _leader(self, painter: QPainter, measurement: Measurement, projection: Projection, place: QRectF) -> None:
        """A dashed line from a label that was dragged away to the nearest place of its drawing."""
        middle = place.center()
        ends = outline.on_screen(handles(measurement), projection)
        nearest = min(ends, key=lambda p: (p - middle).manhattanLength())
        edge = _edge_towards(place.adjusted(-4, -2, 4, 2), nearest)
        if edge is None:
            return
        for color, width in ((ink.HALO, 2.5), (ink.MEASURE, 1.0)):
            painter.setPen(_pen(color, width, Qt.PenStyle.DashLine))
            painter.drawPolyline(QPolygonF([edge, nearest]))


def label_place(measurement: Measurement, projection: Projection, area: QRectF, width: float, height: float) -> QRectF:
    """Where a label of this size goes: where the reader put its middle, else beside the drawing, inside the canvas."""
    if measurement.kind is Kind.TEXT or measurement.label is not None:
        middle = projection.to_screen(*(measurement.label or measurement.points[0]))
        return QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
    box = outline.bounds(measurement, projection)
    leftward = False
    if measurement.kind is Kind.ARROW:
        tip, tail = outline.on_screen(measurement.points, projection)
        box, leftward = QRectF(tail, tail), tip.x() > tail.x()  # words stand behind the tail
    elif measurement.kind is Kind.PROBE:
        box.adjust(-outline.CROSS, 0, outline.CROSS, 0)
    x = box.right() + GAP
    if leftward or x + width > area.right() - GAP:
        x = box.left() - GAP - width
    x = min(max(x, area.left() + GAP), max(area.right() - GAP - width, area.left() + GAP))
    y = box.center().y() - height / 2
    y = min(max(y, area.top() + GAP), max(area.bottom() - GAP - height, area.top() + GAP))
    return QRectF(x, y, width, height)


def _edge_towards(box: QRectF, point: QPointF) -> QPointF | None:
    """Where the line from the box's middle to a point leaves the box; None for a point inside."""
    if box.contains(point):
        return None
    middle = box.center()
    dx, dy = point.x() - middle.x(), point.y() - middle.y()
    reach = min(
        box.width() / 2 / abs(dx) if dx else float("inf"), box.height() / 2 / abs(dy) if dy else float("inf"), 1.0
    )
    return QPointF(middle.x() + dx * reach, middle.y() + dy * reach)


def _color(mode: Mode) -> QColor:
    return ink.MEASURE_ACTIVE if mode.selected or mode.hovered else ink.MEASURE


def _pen(color: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    return QPen(color, width, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
