"""Mouse and keys over one canvas: draw with the tool in hand, take hold of what is there.

Each method answers whether it took the event; what it leaves goes on to the canvas's own mouse.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPolygonF

from covidviewer.imaging.measure import Kind, point_count
from covidviewer.ui.measure import outline
from covidviewer.ui.measure.drawing import Drawing
from covidviewer.ui.measure.handles import handles, inside, moved, with_handle
from covidviewer.ui.measure.image import ShownImage, shown_image
from covidviewer.ui.mouse import CLICK_PIXELS, Mouse, Tool
from covidviewer.ui.projection import Projection
from covidviewer.workspace.measurement import Measurement, Point
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

LINE_REACH = 6.0  # logical pixels from a line at which the pointer is on it
HANDLE_REACH = 12.0  # from a handle: a target of 24 pixels
LEAST_REACH = 5.0
STEP = 2.0  # a free-hand line takes a point this often, logical pixels
#: Regions over more pixels than this get their statistics when the drag ends, not at each of its steps.
LIVE_PIXELS = 1_000_000

Left = Qt.MouseButton.LeftButton
_KINDS = {Tool(kind.value): kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Hold:
    """What the pointer is on. part : index of a handle, or -1 for the whole, -2 for the label."""

    id: str
    part: int


WHOLE, LABEL = -1, -2


@dataclass
class Drag:
    """A drag of something that is there. grip : image point of the press, ``label`` middle of the label then."""

    before: Measurement
    hold: Hold
    grip: Point
    label: Point
    now: Measurement


class Editor(QObject):
    """Drawing and changing measurements on one canvas. Emits `changed` when the canvas must be painted again."""

    changed = Signal()
    cursor_changed = Signal()
    words_wanted = Signal(object, object)  # (Measurement or None for a new text, image point)

    def __init__(
        self,
        workspace: Workspace,
        tile: Tile,
        mouse: Mouse,
        projection: Callable[[], Projection | None],
        labels: Callable[[], dict[str, object]],
        parent: QObject,
    ) -> None:
        """labels : id -> QRectF of each label as last painted."""
        super().__init__(parent)
        self._workspace = workspace
        self._tile = tile
        self._mouse = mouse
        self._projection = projection
        self._labels = labels
        self._drawing: Drawing | None = None
        self._drag: Drag | None = None
        self._press = QPointF()
        self._hover: Hold | None = None
        self._pressed = False
        mouse.tool_changed.connect(self._on_tool)
        tile.slice_changed.connect(self._on_slice)
        tile.series_changed.connect(self._on_slice)

    # -- what is to be painted --

    @property
    def hover(self) -> Hold | None:
        return self._hover

    @property
    def drawing(self) -> Measurement | None:
        """The drawing in the making as a measurement with its numbers so far."""
        image = shown_image(self._tile)
        if self._drawing is None or image is None:
            return None
        points = self._drawing.points
        if self._drawing.kind in (Kind.POLYLINE, Kind.FREEHAND) or len(points) == _wanted(self._drawing.kind):
            return self._made(self._drawing.kind, points, image) if points else None
        # Two of three points of an angle are a line without a number yet.
        return image.new(Kind.POLYLINE, points) if points else None

    def shown(self) -> list[Measurement]:
        """Measurements of the image on screen, the one being dragged as it is now."""
        image = shown_image(self._tile)
        if image is None:
            return []
        found = [here for m in self._workspace.measurements.on_image(image.key) if (here := image.on(m)) is not None]
        drag = self._drag
        return [drag.now if drag is not None and m.id == drag.before.id else m for m in found]

    # -- mouse --

    def press(self, event: QMouseEvent) -> bool:
        image, projection = shown_image(self._tile), self._projection()
        if event.button() != Left or image is None or projection is None:
            return False
        self._press = event.position()
        point = inside(projection.to_image(event.position()), image.shape)
        kind = kind_of(self._mouse.tool)
        if kind is not None:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                return False  # pans, as with every tool
            self._pressed = True
            self._draw_press(kind, point, image)
            return True
        if self._mouse.tool is Tool.REGION:
            return False
        hold = self.hold_at(event.position())
        measurements = self._workspace.measurements
        if hold is None:
            measurements.select("")
            return False
        found = next(m for m in self.shown() if m.id == hold.id)
        measurements.select(hold.id)
        label = self._label_middle(found, projection)
        self._drag = Drag(found, hold, projection.to_image(event.position()), label, found)
        return True

    def move(self, event: QMouseEvent) -> bool:
        image, projection = shown_image(self._tile), self._projection()
        if image is None or projection is None:
            return False
        at = projection.to_image(event.position())
        if self._drag is not None:
            if not event.buttons() & Left:
                self._drop_drag()  # the release went to somebody else
                return False
            self._drag_to(at, image)
            return True
        if self._drawing is not None:
            held = bool(event.buttons() & Left) and self._pressed
            self._draw_move(inside(at, image.shape), event.position(), held)
            return held
        if not event.buttons():
            self._set_hover(self.hold_at(event.position()) if kind_of(self._mouse.tool) is None else None)
        return False

    def release(self, event: QMouseEvent) -> bool:
        if event.button() != Left:
            return False
        if self._drag is not None:
            self._end_drag()
            return True
        if not self._pressed:
            return False
        self._pressed = False
        image, projection = shown_image(self._tile), self._projection()
        if self._drawing is not None and image is not None and projection is not None:
            far = (event.position() - self._press).manhattanLength() >= CLICK_PIXELS
            self._draw_release(inside(projection.to_image(event.position()), image.shape), far)
        return True

    def double_click(self, event: QMouseEvent) -> bool:
        """Ends a polyline; over something that is there, writes its words."""
        if event.button() != Left:
            return False
        if self._drawing is not None:
            self.finish()
            return True
        if kind_of(self._mouse.tool) is not None:
            return True
        hold = self.hold_at(event.position())
        found = next((m for m in self.shown() if hold is not None and m.id == hold.id), None)
        projection = self._projection()
        if found is None or projection is None:
            return False
        self.words_wanted.emit(found, self._label_middle(found, projection))
        return True

    def leave(self) -> None:
        self._set_hover(None)

    # -- keys --

    def wants(self, event: QKeyEvent) -> bool:
        """Whether a key means something to the drawing in the making, whatever else it is bound to."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace)
        return self._drawing is not None and event.key() in keys

    def key(self, event: QKeyEvent) -> bool:
        """Enter ends a polyline, Backspace takes its last point back."""
        if not self.wants(event):
            return False
        assert self._drawing is not None
        if event.key() == Qt.Key.Key_Backspace:
            if not self._drawing.undo_point():
                self._drawing = None
            self.changed.emit()
        else:
            self.finish()
        return True

    def cancel(self) -> bool:
        """Give up a drawing or a drag, else the selection; True when there was one."""
        if self._drag is not None:
            self._drop_drag()
            return True
        if self._drawing is not None:
            self._drawing = None
            self._mouse.cancel()
            self.changed.emit()
            return True
        if kind_of(self._mouse.tool) is not None:
            return self._mouse.cancel()
        if self._workspace.measurements.selected is not None:
            self._workspace.measurements.select("")
            return True
        return False

    # -- what is where --

    def hold_at(self, point: QPointF) -> Hold | None:
        """What can be taken hold of at a logical pixel; handles before lines before labels, the newest first."""
        projection = self._projection()
        if projection is None:
            return None
        selected = self._workspace.measurements.selected
        shown = self.shown()[::-1]
        shown.sort(key=lambda m: selected is None or m.id != selected.id)
        for measurement in shown:
            places = outline.on_screen(handles(measurement), projection)
            away = [math.hypot(place.x() - point.x(), place.y() - point.y()) for place in places]
            near = min(range(len(away)), key=away.__getitem__, default=None)
            if near is not None and away[near] <= _reach(measurement, places):
                return Hold(measurement.id, near)
        for measurement in shown:
            if outline.distance(point, outline.lines(measurement, projection)) <= LINE_REACH:
                return Hold(measurement.id, WHOLE)
        labels = self._labels()
        for measurement in shown:
            box = labels.get(measurement.id)
            if box is not None and box.contains(point):  # type: ignore[attr-defined]
                return Hold(measurement.id, WHOLE if measurement.kind is Kind.TEXT else LABEL)
        return None

    # -- drawing --

    def _draw_press(self, kind: Kind, point: Point, image: ShownImage) -> None:
        drawing = self._drawing
        if drawing is None:
            drawing = self._drawing = Drawing(kind)
            self._workspace.measurements.select("")
        elif drawing.placed and self._near(point, drawing.placed[-1]):
            return  # the second click of a double click, or a slip of the hand
        drawing.place(point)
        if drawing.complete:
            self.finish()
        self.changed.emit()

    def _draw_move(self, point: Point, at: QPointF, held: bool) -> None:
        assert self._drawing is not None
        self._drawing.floating = point
        if held and self._drawing.kind is Kind.FREEHAND and (at - self._press).manhattanLength() >= STEP:
            self._press = at
            self._drawing.place(point)
        self.changed.emit()

    def _draw_release(self, point: Point, far: bool) -> None:
        drawing = self._drawing
        assert drawing is not None
        if drawing.kind is Kind.FREEHAND:
            self.finish()
        elif far and drawing.placed and not self._near(point, drawing.placed[-1]):
            drawing.place(point)
            if drawing.complete:
                self.finish()

    def finish(self) -> None:
        """Keep the drawing if its points are enough, give the tool before back; else wait for more."""
        drawing, image = self._drawing, shown_image(self._tile)
        if drawing is None or image is None:
            return
        points = drawing.finished()
        if points is None:
            if drawing.kind is Kind.FREEHAND:
                self._drawing = None  # a click is no outline; the tool stays in hand
            self.changed.emit()
            return
        self._drawing = None
        self._mouse.cancel()
        if drawing.kind is Kind.TEXT:
            self.words_wanted.emit(None, points[0])
        else:
            made = self._made(drawing.kind, points, image)
            self._workspace.measurements.edit((None, made))
            self._workspace.measurements.select(made.id)
        self.changed.emit()

    def write(self, measurement: Measurement | None, point: Point, text: str) -> None:
        """The reader's words for something that is there, or for a new text at a place."""
        measurements, image = self._workspace.measurements, shown_image(self._tile)
        if measurement is not None:
            present = measurements.get(measurement.id)
            if present is None or present.text == text:
                return
            gone = present.kind is Kind.TEXT and not text
            measurements.edit((present, None if gone else replace(present, text=text)))
        elif text and image is not None:
            made = replace(self._made(Kind.TEXT, (point,), image), text=text)
            measurements.edit((None, made))
            measurements.select(made.id)

    def _made(self, kind: Kind, points: tuple[Point, ...], image: ShownImage) -> Measurement:
        return self._measured(image.new(kind, points), image)

    def _measured(self, measurement: Measurement, image: ShownImage, live: bool = False) -> Measurement:
        rows, columns = zip(*measurement.points, strict=True)
        size = (max(rows) - min(rows)) * (max(columns) - min(columns))
        return image.measured(self._workspace.measurements, measurement, live and size > LIVE_PIXELS)

    def _near(self, a: Point, b: Point) -> bool:
        projection = self._projection()
        if projection is None:
            return False
        return (projection.to_screen(*a) - projection.to_screen(*b)).manhattanLength() < CLICK_PIXELS

    # -- dragging --

    def _drag_to(self, at: Point, image: ShownImage) -> None:
        drag = self._drag
        assert drag is not None
        by = (at[0] - drag.grip[0], at[1] - drag.grip[1])
        if drag.hold.part == LABEL:
            drag.now = replace(drag.before, label=(drag.label[0] + by[0], drag.label[1] + by[1]))
        elif drag.hold.part == WHOLE:
            drag.now = self._measured(moved(drag.before, by, image.shape), image, live=True)
        else:
            place = handles(drag.before)[drag.hold.part]
            to = inside((place[0] + by[0], place[1] + by[1]), image.shape)
            drag.now = self._measured(with_handle(drag.before, drag.hold.part, to), image, live=True)
        self.changed.emit()

    def _end_drag(self) -> None:
        drag, self._drag = self._drag, None
        image = shown_image(self._tile)
        assert drag is not None
        if image is not None and (drag.now.points, drag.now.label) != (drag.before.points, drag.before.label):
            # On a computed plane `before` is the record as it lies on this one; the history keeps the record itself.
            record = self._workspace.measurements.get(drag.before.id)
            if record is not None:
                self._workspace.measurements.edit((record, self._measured(drag.now, image)))
        self.changed.emit()

    def _drop_drag(self) -> None:
        self._drag = None
        self.changed.emit()

    def _label_middle(self, measurement: Measurement, projection: Projection) -> Point:
        box = self._labels().get(measurement.id)
        if box is None:
            return measurement.label or measurement.points[0]
        return projection.to_image(box.center())  # type: ignore[attr-defined]

    def _set_hover(self, hold: Hold | None) -> None:
        if hold != self._hover:
            self._hover = hold
            self.cursor_changed.emit()
            self.changed.emit()

    # -- what happens elsewhere --

    @Slot()
    def _on_slice(self) -> None:
        """A drawing belongs to one image: leaving it gives the drawing up, not the tool."""
        self._hover = None
        self._pressed = False
        if self._drawing is not None or self._drag is not None:
            self._drawing = self._drag = None
            self.changed.emit()

    @Slot(str)
    def _on_tool(self, name: str) -> None:
        if self._drawing is not None and name != self._drawing.kind.value:
            self._drawing = None
            self._pressed = False
            self.changed.emit()


def kind_of(tool: Tool) -> Kind | None:
    """What a tool draws; None for those that draw nothing."""
    return _KINDS.get(tool)


def _reach(measurement: Measurement, places: list[QPointF]) -> float:
    """How near a handle must be: less on small drawings, or they could not be moved as a whole."""
    if measurement.kind is Kind.FREEHAND:
        return LEAST_REACH
    box = QPolygonF(places).boundingRect()
    return min(max(math.hypot(box.width(), box.height()) / 4, LEAST_REACH), HANDLE_REACH)


def _wanted(kind: Kind) -> int:
    return point_count(kind) or 0
