"""What ties a tile to the others, over its image: reference lines, shared cursor, and words where it is not tied."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLineF, QObject, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPen

from covidviewer.imaging.slice_plane import Point, crossing
from covidviewer.ui import ink
from covidviewer.ui.marks import Mark
from covidviewer.ui.projection import Projection
from covidviewer.workspace.links import frame_key
from covidviewer.workspace.priors import same_patient, study_moment
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

GAP = 8.0  # logical pixels free around the cursor's point, so that it hides nothing
MINUS = "\u2212"

Line = tuple[Point, Point, bool]  # the last: of the active tile


class LinkLayer(QObject):
    """Computes what is to be drawn when tiles move, not when they are painted; `changed` asks for a new frame."""

    changed = Signal()

    def __init__(self, workspace: Workspace, tile: Tile, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._tile = tile
        self._state: tuple[tuple[Line, ...], tuple[Point, bool] | None, tuple[Mark, ...]] = ((), None, ())
        self._taken = False
        workspace.links.moved.connect(self.refresh)
        workspace.links.changed.connect(self.refresh)
        workspace.active.changed.connect(self.refresh)
        workspace.layout_changed.connect(self.refresh)
        workspace.preferences.changed.connect(self.refresh)

    @property
    def lines(self) -> tuple[Line, ...]:
        """Where other tiles' slices cut this one: both ends (row, column), and whether that tile is the active one."""
        return self._state[0]

    @property
    def marks(self) -> tuple[Mark, ...]:
        return self._state[2]

    def take(self, other: LinkLayer) -> None:
        """Show what another layer shows: that of a copy, which is none of the workspace's tiles."""
        self._state, self._taken = other._state, True

    @Slot()
    def refresh(self) -> None:
        """Look at the other tiles again."""
        if self._taken:
            return
        state = (self._lines(), self._workspace.links.cursor_on(self._tile), self._marks())
        if state != self._state:
            self._state = state
            self.changed.emit()

    def _lines(self) -> tuple[Line, ...]:
        workspace, tile = self._workspace, self._tile
        plane = tile.plane()
        if plane is None or len(workspace.tiles) < 2 or not workspace.preferences.value.reference_lines:
            return ()
        found: dict[tuple[Point, Point], bool] = {}
        for other in workspace.tiles:
            there = other.plane()
            if other is tile or there is None or frame_key(other) != frame_key(tile):
                continue
            if workspace.links.other_patient(other, tile):
                continue
            ends = crossing(plane, there)
            if ends is not None:
                found[ends] = found.get(ends, False) or other is workspace.active_tile
        return tuple((*ends, active) for ends, active in found.items())

    def _marks(self) -> tuple[Mark, ...]:
        """What a reader of several tiles must know of this one: that it is earlier, or not tied to the active one."""
        return self._earlier() + self._tie()

    def _earlier(self) -> tuple[Mark, ...]:
        """Two studies side by side look alike: the older says so, whichever is active."""
        series = self._tile.series
        shown = [tile.series.stack for tile in self._workspace.tiles if tile.series is not None]
        if series is None or not any(
            stack.study_uid != series.study_uid
            and study_moment([stack]) > study_moment([series.stack]) > ""
            and same_patient(stack.patient, series.stack.patient)
            for stack in shown
        ):
            return ()
        return (Mark("PRIOR", _tr("An earlier study of this patient than another one on screen.")),)

    def _tie(self) -> tuple[Mark, ...]:
        links, active, tile = self._workspace.links, self._workspace.active_tile, self._tile
        if tile is active or tile.series is None or active.series is None:
            return ()
        if links.other_patient(active, tile):
            return (Mark("OTHER PATIENT", _tr("This tile and the active one show different patients."), True),)
        if not links.on:
            return ()
        link = links.link(active, tile)
        if link is None:
            if links.linkable(active, tile):
                text = _tr("Another frame of reference. Y links the slices that are on screen now.")
                return (Mark("NOT LINKED", text),)
            return ()
        marks = []
        if link.by == "offset":
            plane = tile.plane()
            along = sum(o * n for o, n in zip(link.offset_mm, plane.normal, strict=True)) if plane is not None else 0
            word = f"OFFSET {along:+.1f} mm".replace("-", MINUS)
            marks.append(Mark(word, _tr("Linked by the offset that you set with Y.")))
        away = links.beyond_mm(active, tile)
        if away > 0:
            text = _tr("The active tile's slice lies {mm:.0f} mm from the nearest slice here.").format(mm=away)
            marks.append(Mark("NOT COVERED", text))
        return tuple(marks)

    def draw(self, painter: QPainter, projection: Projection) -> None:
        """Draw lines and cursor over the image."""
        lines, cursor, _ = self._state
        if not lines and cursor is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for start, end, active in lines:
            line = QLineF(projection.to_screen(*start), projection.to_screen(*end))
            _stroke(painter, [line], 1.5 if active else 1.0, active, Qt.PenStyle.SolidLine)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # upright lines are sharper without
        if cursor is not None:
            self._draw_cursor(painter, projection, *cursor)
        painter.restore()

    @staticmethod
    def _draw_cursor(painter: QPainter, projection: Projection, at: Point, here: bool) -> None:
        point, place = projection.to_screen(*at), projection.image_rect()
        if not place.contains(point):
            return
        x, y = point.x(), point.y()
        arms = [
            QLineF(QPointF(place.left(), y), QPointF(max(x - GAP, place.left()), y)),
            QLineF(QPointF(min(x + GAP, place.right()), y), QPointF(place.right(), y)),
            QLineF(QPointF(x, place.top()), QPointF(x, max(y - GAP, place.top()))),
            QLineF(QPointF(x, min(y + GAP, place.bottom())), QPointF(x, place.bottom())),
        ]
        # A dashed cross says that the point lies on another slice.
        _stroke(painter, arms, 1.0, here, Qt.PenStyle.SolidLine if here else Qt.PenStyle.DashLine)


def _stroke(painter: QPainter, lines: list[QLineF], width: float, strong: bool, style: Qt.PenStyle) -> None:
    painter.setPen(QPen(ink.HALO, width + 1.5))
    painter.drawLines(lines)
    painter.setPen(QPen(ink.REFERENCE if strong else ink.REFERENCE_PALE, width, style))
    painter.drawLines(lines)


def _tr(text: str) -> str:
    return QCoreApplication.translate("LinkLayer", text)
