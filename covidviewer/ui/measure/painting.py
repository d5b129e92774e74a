"""Draws measurements: lines and handles (`strokes`), labels that can be dragged off, with a line back to them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPolygonF

from covidviewer.imaging.measure import Kind
from covidviewer.ui import font_measures, ink
from covidviewer.ui.halo_text import HaloText
from covidviewer.ui.measure import outline
from covidviewer.ui.measure.handles import handles
from covidviewer.ui.measure.strokes import Mode, Strokes, pen
from covidviewer.ui.measure.words import label_lines
from covidviewer.ui.projection import Projection
from covidviewer.ui.stamps import Stamps
from covidviewer.workspace.measurement import Measurement

GAP = 10.0  # between a drawing and its label
#: Below this a tile has room for one line of numbers; all of them when the pointer is on the drawing.
SMALL_TILE = 520.0
_REMEMBERED = 500
SCALE_BAR = 24.0  # at the right edge, kept free


class Painting:
    """Keeps rendered lines of text, and where each label was put."""

    def __init__(self) -> None:
        self._text = HaloText()
        self._strokes = Strokes()
        self._stamps = Stamps()
        self._boxes: dict[str, QRectF] = {}
        self._words: dict[str, tuple[Measurement, str, tuple[tuple[str, ...], float, float]]] = {}
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
        self._boxes = {m.id: outline.bounds(m, projection) for m, _ in shown}
        for measurement, mode in shown:
            self._strokes.draw(painter, area, measurement, mode, projection)
        for measurement, mode in shown:
            if measurement.id != hidden_label:
                self._label(painter, area, measurement, mode, projection, font)
        painter.restore()

    def _label(
        self,
        painter: QPainter,
        area: QRectF,
        measurement: Measurement,
        mode: Mode,
        projection: Projection,
        font: QFont,
    ) -> None:
        short = min(area.width(), area.height()) < SMALL_TILE and not mode.active
        lines, width, height = self._words_of(measurement, font, short)
        if not lines:
            return
        others = (box for id, box in self._boxes.items() if id != measurement.id)
        taken = (*self.labels.values(), *others)
        place = label_place(measurement, projection, area, width, height * len(lines), taken)
        self.labels[measurement.id] = place.adjusted(-4, -2, 4, 2)
        if not area.intersects(place):
            return
        if measurement.label is not None and measurement.kind is not Kind.TEXT:
            self._leader(painter, measurement, projection, place)
        dpr = painter.device().devicePixelRatioF()
        corner = QPointF(round(place.left() * dpr) / dpr, round(place.top() * dpr) / dpr)
        painter.translate(corner)
        box = QRectF(0, 0, width, height * len(lines)).adjusted(-5, -3, 5, 3)
        paint = partial(self._paint_label, lines=lines, height=height, font=font, mode=mode, box=box)
        self._stamps.draw(painter, (lines, mode.active, font_measures.key(font)), box, paint)
        painter.translate(-corner)

    def _paint_label(
        self, painter: QPainter, lines: tuple[str, ...], height: float, font: QFont, mode: Mode, box: QRectF
    ) -> None:
        if mode.active:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(pen(mode.color, 1.0, Qt.PenStyle.DotLine))
            painter.setBrush(QColor(0, 0, 0, 90))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 3, 3)
        for i, line in enumerate(lines):
            self._text.draw(painter, QPointF(0, i * height), line, font, mode.color)

    def _words_of(self, measurement: Measurement, font: QFont, short: bool) -> tuple[tuple[str, ...], float, float]:
        """Lines of a label, their greatest width and the height of each; remembered by measurement."""
        known, form = self._words.get(measurement.id), f"{font_measures.key(font)} {short}"
        if known is None or known[0] is not measurement or known[1] != form:
            lines = label_lines(measurement, short)
            width = max((font_measures.advance(line, font) for line in lines), default=0.0)
            known = self._words[measurement.id] = (measurement, form, (lines, width, font_measures.height(font)))
            while len(self._words) > _REMEMBERED:
                self._words.pop(next(iter(self._words)))
        return known[2]

    def _leader(self, painter: QPainter, measurement: Measurement, projection: Projection, place: QRectF) -> None:
        """A dashed line from a label that was dragged away to the nearest place of its drawing."""
        middle = place.center()
        ends = outline.on_screen(handles(measurement), projection)
        nearest = min(ends, key=lambda p: (p - middle).manhattanLength())
        edge = _edge_towards(place.adjusted(-4, -2, 4, 2), nearest)
        if edge is None:
            return
        for color, width in ((ink.HALO_LINE, 2.5), (ink.MEASURE, 1.0)):
            painter.setPen(pen(color, width, Qt.PenStyle.DashLine))
            painter.drawPolyline(QPolygonF([edge, nearest]))


def label_place(
    measurement: Measurement,
    projection: Projection,
    area: QRectF,
    width: float,
    height: float,
    taken: Sequence[QRectF] = (),
) -> QRectF:
    """Where a label of this size goes: where the reader put its middle, else beside the drawing, inside the canvas.

    taken : places of other labels and drawings; one beside the drawing that is free of them is better.
    """
    if measurement.kind is Kind.TEXT or measurement.label is not None:
        middle = projection.to_screen(*(measurement.label or measurement.points[0]))
        place = QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
        # Words whose place is in sight are so as a whole; those that were panned away go away.
        return _kept_inside(place, area) if area.contains(middle) else place
    box = outline.bounds(measurement, projection)
    leftward = False
    if measurement.kind is Kind.ARROW:
        tip, tail = outline.on_screen(measurement.points, projection)
        box, leftward = QRectF(tail, tail), tip.x() > tail.x()  # words stand behind the tail
    elif measurement.kind is Kind.PROBE:
        box.adjust(-outline.CROSS, 0, outline.CROSS, 0)
    if not area.intersects(box.adjusted(-1, -1, 1, 1)):
        return QRectF(box.right() + GAP, box.center().y() - height / 2, width, height)
    places = _around(box, width, height)
    if leftward:
        places = places[1:]
    room = area.adjusted(GAP, GAP, -SCALE_BAR, -GAP)
    inside = [place for place in places if room.contains(place)] or [_kept_inside(places[0], area)]
    return min(inside, key=lambda place: _covered(place, taken))  # of equal ones the first


def _around(box: QRectF, width: float, height: float) -> list[QRectF]:
    """Places beside a drawing, the best first: right, left, below, above, then the corners."""
    right, left = box.right() + GAP, box.left() - GAP - width
    below, above = box.bottom() + GAP, box.top() - GAP - height
    across, down = box.center().x() - width / 2, box.center().y() - height / 2
    sides = ((right, down), (left, down), (across, below), (across, above))
    corners = (*sides, (right, below), (right, above), (left, below), (left, above))
    return [QRectF(x, y, width, height) for x, y in corners]


def _covered(place: QRectF, taken: Sequence[QRectF]) -> float:
    """Square pixels of a place that others take."""
    shared = (place.intersected(other) for other in taken)
    return sum(box.width() * box.height() for box in shared)


def _kept_inside(place: QRectF, area: QRectF) -> QRectF:
    """Moved into the canvas by as little as needed; its upper left corner counts where it is too large."""
    room = area.adjusted(GAP, GAP, -SCALE_BAR, -GAP)
    x = max(min(place.left(), room.right() - place.width()), room.left())
    y = max(min(place.top(), room.bottom() - place.height()), room.top())
    return QRectF(x, y, place.width(), place.height())


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
