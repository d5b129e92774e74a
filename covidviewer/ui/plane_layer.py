"""Computed planes over one canvas: lines of other planes to take hold of, what is not known, words about it.

A line is moved by its middle; by its outer parts its plane is turned about the cursor (else about its middle).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QBrush, QColor, QMouseEvent, QPainter, QPen, QPolygonF

from covidviewer.imaging.mpr.strips import strips
from covidviewer.imaging.slice_plane import Point, SlicePlane, crossing
from covidviewer.inference.results import SliceReading
from covidviewer.ui import ink
from covidviewer.ui.class_words import class_word
from covidviewer.ui.legend import LegendText, legend_text
from covidviewer.ui.marks import Mark
from covidviewer.ui.mouse import ONCE, Mouse
from covidviewer.ui.projection import Projection
from covidviewer.workspace.links import frame_key
from covidviewer.workspace.plane_maps import PlaneMaps
from covidviewer.workspace.plane_slices import OWN
from covidviewer.workspace.readings import State
from covidviewer.workspace.reformats import planes_of
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

REACH = 7.0  # logical pixels from a line at which the pointer is on it
HANDLE = 4.5  # radius of the mark of an end that turns
#: Part of a line at each end by which its plane is turned.
TURN_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Grip:
    """What the pointer holds. turns : the plane of ``other`` is turned, else moved. pivot : LPS mm."""

    other: Tile
    turns: bool
    pivot: tuple[float, float, float]
    ends: tuple[Point, Point]


class PlaneLayer(QObject):
    """For one canvas; `changed` asks for a new frame."""

    changed = Signal()
    cursor_changed = Signal()

    def __init__(self, workspace: Workspace, tile: Tile, mouse: Mouse, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._tile, self._mouse = workspace, tile, mouse
        self._hover: Grip | None = None
        self._held: Grip | None = None
        self._angle = 0.0
        self._maps = PlaneMaps()
        workspace.reformats.changed.connect(self._on_changed)
        tile.series_changed.connect(self._on_changed)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """That the image is computed, and what is missing on it."""
        planes = planes_of(self._tile)
        if planes is None:
            return ()
        word = {"none": "MPR", "max": "MIP", "min": "MinIP", "mean": "MEAN"}[planes.slab.mode]
        if planes.slab.on:
            word += f" {planes.slab.mm:g} mm"
        text = _tr(
            "Computed from the images of the series; values between their pixels are interpolated. What is measured "
            "here belongs to this plane."
        )
        found = [Mark(word, text)]
        if planes.space.tilt_degrees() > 0.0:
            found.append(Mark("TILT CORRECTED", _tr("Each slice was put at its own place.")))
        if planes.depth().unknown():
            text = _tr("Hatched: slices that are missing or still to come. Nothing was filled in there.")
            found.append(Mark("INCOMPLETE", text))
        reading = self.map()
        if reading is not None and self._tile.overlay.visible:
            p, threshold = reading.provenance, self._tile.overlay.threshold
            text = _tr(
                "Map of {label} by {network} from {threshold:.2f}: each point shows the slice nearest to it that was "
                "read; scores are of the slices. Research use."
            )
            text = text.format(label=class_word(reading.classes[0]), network=p.network, threshold=threshold)
            found.append(Mark("MAP · RESEARCH USE", text))
        return tuple(found)

    def legend(self, peek: bool) -> LegendText | None:
        """What stands beside the bar of the map on a computed plane."""
        reading, planes = self.map(), planes_of(self._tile)
        if reading is None or planes is None:
            return None
        grid, cell = self._maps.cells
        mm = cell[0] * planes.space.spacing[0], cell[1] * planes.space.spacing[1]
        overlay = self._tile.overlay
        more = (_tr("of the nearest slice"),)
        return legend_text(reading.classes[0], grid, mm, overlay.threshold, overlay.visible and not peek, more)

    def map(self) -> SliceReading | None:
        """Map and lungs of the second reading on a computed plane; None without, and for methods on demand."""
        workspace, tile, planes = self._workspace, self._tile, planes_of(self._tile)
        if planes is None or workspace.explanations.on_demand(tile):
            return None
        found = workspace.readings.get(workspace.key_of(tile))
        if found is None or found.provenance is None or found.state is State.REFUSED:
            return None
        label = tile.overlay.label if tile.overlay.label in found.classes else found.provenance.positive
        grids = next((list(reading.maps) for reading in found.slices.values() if reading.maps), [])
        if not grids:
            return None
        grid = tile.overlay.grid if tile.overlay.grid in grids else grids[0]
        return self._maps.reading(planes, tile.index, found, label, grid)

    def cursor(self) -> Qt.CursorShape | None:
        """The pointer's shape over a line."""
        grip = self._held or self._hover
        if grip is None:
            return None
        return Qt.CursorShape.CrossCursor if grip.turns else Qt.CursorShape.SizeAllCursor

    # -- painting --

    def draw(self, painter: QPainter, projection: Projection) -> None:
        """Draw what is not known, and the ends of the line that the pointer is on."""
        planes, plane = planes_of(self._tile), self._tile.plane()
        if planes is not None and plane is not None:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(ink.QUIET, 1, Qt.PenStyle.DashLine))
            for corners in strips(planes.space, planes.depth(), plane):
                shape = QPolygonF([projection.to_screen(*corner) for corner in corners])
                painter.setBrush(ink.SURFACE)
                painter.drawPolygon(shape)
                painter.setBrush(QBrush(QColor(ink.QUIET), Qt.BrushStyle.BDiagPattern))
                painter.drawPolygon(shape)
            painter.restore()
        grip = self._held or self._hover
        if grip is not None:
            self._draw_grip(painter, projection, grip)

    def _draw_grip(self, painter: QPainter, projection: Projection, grip: Grip) -> None:
        there, here = grip.other.plane(), self._tile.plane()
        ends = crossing(here, there) if here is not None and there is not None else None
        if ends is None:
            return
        start, stop = (projection.to_screen(*end) for end in ends)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for color, width in ((ink.HALO, 4.5), (ink.ACCENT, 2.0)):
            painter.setPen(QPen(color, width))
            painter.drawLine(start, stop)
        if _turns(grip.other):
            for share in (TURN_SHARE / 2, 1 - TURN_SHARE / 2):
                at = start + (stop - start) * share
                painter.setPen(QPen(ink.HALO, 3.5))
                painter.setBrush(QColor(ink.ACCENT) if grip.turns else Qt.BrushStyle.NoBrush)
                painter.drawEllipse(at, HANDLE, HANDLE)
                painter.setPen(QPen(ink.ACCENT, 1.5))
                painter.drawEllipse(at, HANDLE, HANDLE)
        painter.restore()

    # -- mouse: True where an event is taken --

    def press(self, event: QMouseEvent, projection: Projection | None) -> bool:
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if event.button() != Qt.MouseButton.LeftButton or not plain or projection is None:
            return False
        self._held = self._at(event.position(), projection)
        if self._held is not None:
            self._angle = self._angle_of(event.position(), projection, self._held)
            self.changed.emit()
        return self._held is not None

    def move(self, event: QMouseEvent, projection: Projection | None) -> bool:
        if projection is None:
            return False
        if self._held is not None and not event.buttons() & Qt.MouseButton.LeftButton:
            self._let_go()  # the release went to somebody else
        if self._held is None:
            self._set_hover(self._at(event.position(), projection) if not event.buttons() else self._hover)
            return False
        plane = self._tile.plane()
        if plane is None:
            return True
        if self._held.turns:
            angle = self._angle_of(event.position(), projection, self._held)
            step = math.degrees(math.remainder(angle - self._angle, math.tau))
            self._angle = angle
            if step:
                self._workspace.reformats.turn(self._held.other, plane.normal, step, self._held.pivot)
        else:
            self._workspace.reformats.move(self._held.other, plane.point(*projection.to_image(event.position())))
        return True

    def release(self, event: QMouseEvent) -> bool:
        if self._held is None or event.button() != Qt.MouseButton.LeftButton:
            return False
        self._let_go()
        return True

    def leave(self) -> None:
        self._set_hover(None)

    def cancel(self) -> bool:
        """Let go of a line; True when one was held."""
        held = self._held is not None
        self._let_go()
        return held

    # -- inside --

    def _let_go(self) -> None:
        if self._held is not None:
            self._held = None
            self.changed.emit()

    def _set_hover(self, grip: Grip | None) -> None:
        if grip != self._hover:
            self._hover = grip
            self.cursor_changed.emit()
            self.changed.emit()

    @Slot()
    def _on_changed(self) -> None:
        if self._held is None:
            self._hover = None
        if planes_of(self._tile) is None:
            self._maps.clear()
        self.changed.emit()

    def _at(self, point: QPointF, projection: Projection) -> Grip | None:
        """The line under the pointer, of the tiles that show planes of the same space."""
        workspace, plane = self._workspace, self._tile.plane()
        if plane is None or self._mouse.tool in ONCE or not workspace.preferences.value.reference_lines:
            return None
        best: tuple[float, Grip] | None = None
        for other in workspace.tiles:
            there = other.plane()
            if other is self._tile or there is None or frame_key(other) != frame_key(self._tile):
                continue
            if not (other.computed or self._tile.computed):
                continue
            ends = crossing(plane, there)
            if ends is None:
                continue
            start, stop = (projection.to_screen(*end) for end in ends)
            away, share = _distance(point, start, stop)
            if away <= REACH and (best is None or away < best[0]):
                outer = share < TURN_SHARE or share > 1 - TURN_SHARE
                best = away, Grip(other, outer and _turns(other), self._pivot(plane, there, ends), ends)
        return best[1] if best is not None else None

    def _pivot(self, plane: SlicePlane, there: SlicePlane, ends: tuple[Point, Point]) -> tuple[float, float, float]:
        cursor = self._workspace.links.cursor
        if cursor is not None and abs(there.distance(cursor.point)) <= 2 * max(there.spacing):
            return cursor.point
        return plane.point(*((a + b) / 2 for a, b in zip(*ends, strict=True)))

    def _angle_of(self, point: QPointF, projection: Projection, grip: Grip) -> float:
        """Angle of the pointer about the pivot, in the image's own millimetres, from its rows to its columns."""
        plane = self._tile.plane()
        assert plane is not None
        at, middle = projection.to_image(point), plane.pixel(grip.pivot)
        return math.atan2((at[0] - middle[0]) * plane.spacing[0], (at[1] - middle[1]) * plane.spacing[1])


def _turns(tile: Tile) -> bool:
    planes = planes_of(tile)
    return planes is not None and planes.name != OWN


def _distance(point: QPointF, start: QPointF, stop: QPointF) -> tuple[float, float]:
    """From a point to a line, in logical pixels, and where along it, 0 to 1."""
    way, away = stop - start, point - start
    length = QPointF.dotProduct(way, way)
    share = min(max(QPointF.dotProduct(away, way) / length, 0.0), 1.0) if length else 0.0
    rest = away - way * share
    return math.hypot(rest.x(), rest.y()), share


def _tr(text: str) -> str:
    return QCoreApplication.translate("PlaneLayer", text)
