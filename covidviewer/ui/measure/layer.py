"""Measuring over one canvas: what is painted and what the mouse does, behind one face for the canvas."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QPoint, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QFont, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from covidviewer.imaging.measure import REGIONS, Kind
from covidviewer.ui.marks import Mark
from covidviewer.ui.measure.editor import LABEL, WHOLE, Editor
from covidviewer.ui.measure.image import shown_image
from covidviewer.ui.measure.judgements import judged_sentence, judgement_word
from covidviewer.ui.measure.painting import Painting
from covidviewer.ui.measure.strokes import Mode
from covidviewer.ui.measure.word_field import WordField
from covidviewer.ui.measure.words import hint
from covidviewer.ui.mouse import Mouse
from covidviewer.ui.projection import Projection
from covidviewer.workspace.measurement import Measurement, Point
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace


def lacks_values(measurement: Measurement) -> bool:
    """Whether numbers are missing that the values of the slice would give."""
    result = measurement.result
    if result is None:
        return True
    if measurement.kind is Kind.PROBE:
        return result.value is None
    return measurement.kind in REGIONS and result.statistics is None


class MeasureLayer(QObject):
    """Follows one tile; any number of canvases may show the same image, each has a layer."""

    def __init__(self, workspace: Workspace, tile: Tile, mouse: Mouse, canvas: QWidget) -> None:
        """canvas : a `Canvas`; asked for its projection and its cursor."""
        super().__init__(canvas)
        self._workspace = workspace
        self._tile = tile
        self._canvas = canvas
        self._painting = Painting()
        self._field: WordField | None = None
        self._written: tuple[Measurement | None, Point] = (None, (0.0, 0.0))
        self.editor = Editor(workspace, tile, mouse, self._projection, lambda: dict(self._painting.labels), self)
        self.editor.changed.connect(canvas.update)
        self.editor.cursor_changed.connect(self._on_cursor)
        self.editor.words_wanted.connect(self._on_words_wanted)
        measurements = workspace.measurements
        measurements.changed.connect(self._on_changed)
        workspace.image_marks.changed.connect(self._on_changed)
        measurements.selected_changed.connect(canvas.update)
        tile.series_changed.connect(self._on_series)
        tile.slice_changed.connect(self._on_slice)
        tile.slice_filled.connect(self._on_filled)
        self._on_series()

    def _projection(self) -> Projection | None:
        found: Projection | None = self._canvas.projection()  # type: ignore[attr-defined]
        return found

    # -- painting --

    def draw(self, painter: QPainter, area: QRectF, projection: Projection, font: QFont) -> None:
        """Draw all measurements of the image on screen."""
        selected, hover = self._workspace.measurements.selected, self.editor.hover
        shown = [
            (m, Mode(hover is not None and hover.id == m.id, selected is not None and selected.id == m.id))
            for m in self.editor.shown()
        ]
        drawing = self.editor.drawing
        if drawing is not None:
            shown.append((drawing, Mode(selected=True)))
        written = self._written[0]
        hidden = written.id if written is not None and self._field is not None and self._field.open else ""
        if shown:
            self._painting.draw(painter, area, projection, font, shown, hidden)
        else:
            self._painting.labels.clear()

    def marks(self) -> tuple[Mark, ...]:
        """What the reader keeps about the image on screen: a star, a judgement, a note."""
        image = shown_image(self._tile)
        kept = self._workspace.image_marks.of(image.key) if image is not None else None
        if kept is None:
            return ()
        found = [Mark(f"★ {self.tr('KEY')}", self.tr("A key image."))] if kept.key else []
        if kept.judged.says:
            found.append(Mark(judgement_word(kept.judged.says), judged_sentence(kept.judged)))
        return (*found, Mark(self.tr("NOTE"), kept.note)) if kept.note else tuple(found)

    def sentence_at(self, point: QPointF) -> str:
        """What restricts the truth of the lengths under the pointer."""
        hold = self.editor.hold_at(point)
        found = self._workspace.measurements.get(hold.id) if hold is not None else None
        return hint(found) if found is not None else ""

    # -- events of the canvas: True where they are taken --

    def press(self, event: QMouseEvent) -> bool:
        self._close_field()
        return self.editor.press(event)

    def move(self, event: QMouseEvent) -> bool:
        return self.editor.move(event)

    def release(self, event: QMouseEvent) -> bool:
        return self.editor.release(event)

    def double_click(self, event: QMouseEvent) -> bool:
        return self.editor.double_click(event)

    def leave(self) -> None:
        self.editor.leave()

    def key(self, event: QKeyEvent) -> bool:
        return self.editor.key(event)

    def wants(self, event: QKeyEvent) -> bool:
        return self.editor.wants(event)

    def cancel(self) -> bool:
        """Give up what is being drawn or moved, else the selection."""
        return self.editor.cancel()

    def cursor(self) -> Qt.CursorShape | None:
        """The pointer's shape over what can be taken hold of."""
        hover = self.editor.hover
        if hover is None:
            return None
        if hover.part in (WHOLE, LABEL):
            return Qt.CursorShape.SizeAllCursor
        return Qt.CursorShape.PointingHandCursor

    def write(self, measurement: Measurement) -> None:
        """Open the field for the words of a measurement on screen."""
        place = self._painting.labels.get(measurement.id)
        projection = self._projection()
        if projection is not None:
            at = projection.to_image(place.center()) if place is not None else measurement.points[0]
            self._on_words_wanted(measurement, at)

    # -- what changed --

    @Slot()
    def _on_cursor(self) -> None:
        self._canvas.refresh_cursor()  # type: ignore[attr-defined]

    @Slot(object)
    def _on_changed(self, images: frozenset[tuple[str, int]]) -> None:
        image = shown_image(self._tile)
        if image is not None and image.key in images:
            self._canvas.update()

    @Slot()
    def _on_series(self) -> None:
        self._on_slice()
        series = self._tile.series
        if series is not None:
            self._workspace.measurements.load(series)

    @Slot()
    def _on_slice(self) -> None:
        self._close_field()
        self._on_filled()

    @Slot()
    def _on_filled(self) -> None:
        """Numbers that could not be known while the slice was loading."""
        image = shown_image(self._tile)
        if image is None:
            return
        measurements = self._workspace.measurements
        slab = image.plane.slab if image.plane is not None else None
        waiting = [m for m in self.editor.shown() if lacks_values(m) and (m.plane is None or m.plane.slab == slab)]
        if not waiting or not image.ready:
            return
        # Of a record from a plane beside this one only the numbers are taken: it stays where it was drawn.
        numbers = {m.id: image.measured(measurements, m).result for m in waiting}
        records = [r for m in waiting if (r := measurements.get(m.id)) is not None and r.result != numbers[m.id]]
        measurements.put(*(replace(record, result=numbers[record.id]) for record in records))

    # -- words --

    @Slot(object, object)
    def _on_words_wanted(self, measurement: Measurement | None, point: Point) -> None:
        projection = self._projection()
        if projection is None:
            return
        if self._field is None:
            self._field = WordField(self._canvas)
            self._field.done.connect(self._on_words)
        self._close_field()
        self._written = (measurement, point)
        middle: QPoint = projection.to_screen(*point).toPoint()
        self._field.ask(middle, measurement.text if measurement is not None else "")
        self._canvas.update()

    @Slot(object)
    def _on_words(self, text: str | None) -> None:
        measurement, point = self._written
        self._written = (None, (0.0, 0.0))
        if text is not None:
            self.editor.write(measurement, point, text)
        self._canvas.update()

    def _close_field(self) -> None:
        if self._field is not None and self._field.open:
            self._field.close_with(self._field.text().strip())
