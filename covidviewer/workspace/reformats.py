"""Multiplanar reformation for the tiles: which tile shows which planes, turning, slabs, one window for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from covidviewer.errors import CovidViewerError
from covidviewer.imaging.mpr.policy import mpr_policy
from covidviewer.imaging.mpr.sampling import Sampler
from covidviewer.imaging.mpr.slab import MODES, PLANE, Slab
from covidviewer.imaging.mpr.space import Space, refusal
from covidviewer.imaging.slice_plane import nearest
from covidviewer.imaging.volume import Volume
from covidviewer.jobs.lane import Lane
from covidviewer.jobs.queue import Priority
from covidviewer.study import Series
from covidviewer.workspace.layouts import Layout
from covidviewer.workspace.measured_plane import MeasuredPlane, alike
from covidviewer.workspace.plane_slices import OWN, PlaneSlices, Wanted
from covidviewer.workspace.slices import StackSlices
from covidviewer.workspace.tile import Tile

if TYPE_CHECKING:
    from covidviewer.workspace.workspace import Workspace

#: The tiles of the MPR layout, along the rows.
TILES = ("axial", "coronal", "sagittal", "free")
LAYOUT = "2x2"

Point = Sequence[float]


def planes_of(tile: Tile) -> PlaneSlices | None:
    """The computed planes on a tile, None where it shows images as they are."""
    return tile.slices if isinstance(tile.slices, PlaneSlices) else None


class Reformats(QObject):
    """Requests for planes; pictures that take long are worked out on a lane of their own."""

    changed = Signal()  # planes were put on a tile, turned or thickened

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._lane: Lane | None = None
        self._samplers: dict[Volume, Sampler] = {}
        self._sharing = False
        self._thickness = mpr_policy().slab.usual_mm
        workspace.active.view_changed.connect(self._share_window)
        workspace.shown_changed.connect(self._forget)

    # -- what can be asked --

    def refusal(self, series: Series | None) -> str:
        """Why no plane can be cut through a series, in one sentence; empty when it can."""
        return refusal(series.stack) if series is not None else ""

    def possible(self, tile: Tile) -> bool:
        """Whether planes can be cut through what a tile shows."""
        return tile.series is not None and tile.volume is not None and not self.refusal(tile.series)

    @property
    def hung(self) -> bool:
        """Whether the tiles stand as the MPR layout has them."""
        names = [p.name if (p := planes_of(t)) is not None else "" for t in self._workspace.tiles]
        return len(names) == len(TILES) and names[1:] == list(TILES[1:])

    # -- requests --

    def hang(self) -> None:
        """Axial, coronal, sagittal and a free plane of the active tile's series; the cursor in the middle of it."""
        workspace = self._workspace
        source = workspace.active_tile
        series = source.series
        if series is None or not self._allowed(series):
            return
        view, index = source.view, source.index if not source.computed else None
        workspace.set_layout(Layout.parse(LAYOUT))
        for name, tile in zip(TILES, workspace.tiles, strict=True):
            if tile.series is not series or tile.computed:
                workspace.show(series.key, index, tile)
            if name != "axial" or not _axial(series):
                self.show(tile, name)
            elif index is not None:
                tile.go_to_index(index)
            tile.set_view(window=view.window, preset=view.preset, invert=view.invert)
        first = workspace.tiles[0]
        workspace.activate(first)
        rows, columns = first.shape()
        workspace.links.set_cursor(first, (rows - 1) / 2, (columns - 1) / 2)
        self.changed.emit()

    def show_series(self, key: str, name: str) -> None:
        """Put a series on the active tile as planes of a name."""
        series = self._workspace.series(key)
        if series is None or not self._allowed(series):
            return
        tile = self._workspace.active_tile
        if tile.series is not series:
            self._workspace.show(key, tile=tile)
        if tile.series is series:
            self.show(tile, name)

    def show(self, tile: Tile, name: str) -> None:
        """Show what is on a tile as planes of a name; "" or the images as they are (`plain`)."""
        series, volume = tile.series, tile.volume
        if series is None or volume is None or not self._allowed(series):
            return
        view, here = tile.view, tile.plane()
        planes = PlaneSlices(Space.of_stack(series.stack), volume, name, lambda wanted: self._ask(tile, wanted))
        cursor = self._workspace.links.cursor
        point = cursor.point if cursor is not None else here.middle if here is not None else None
        index = planes.cut.index_of(np.array(point)) if point is not None else None
        tile.show_slices(planes, series, volume, index)
        tile.set_view(window=view.window, preset=view.preset, invert=view.invert)
        self.changed.emit()

    def plain(self, tile: Tile) -> None:
        """Show the images of the series as they are again, at the nearest to the present plane."""
        series, volume, here, view = tile.series, tile.volume, tile.plane(), tile.view
        if series is None or volume is None or not tile.computed:
            return
        images, index = StackSlices(series, volume), None
        first, positions = images.plane(0), images.positions()
        if here is not None and positions is not None and first is not None:
            index = nearest(positions, float(np.dot(first.normal, here.middle)))
        tile.show(series, volume, index)
        tile.set_view(window=view.window, preset=view.preset, invert=view.invert)
        self.changed.emit()

    def set_slab(self, tile: Tile, slab: Slab) -> None:
        """See a tile through a slab. Images as they are become computed planes for it, and come back without it."""
        planes = planes_of(tile)
        if planes is None:
            if not slab.on or not self.possible(tile):
                return
            view, here = tile.view, tile.plane()
            self.show(tile, OWN)
            planes = planes_of(tile)
            if planes is None:
                return
            if here is not None:
                tile.go_to_index(planes.cut.index_of(np.array(here.middle)))
            tile.set_view(zoom=view.zoom, center=view.center)
        if planes.name == OWN and not slab.on:
            self.plain(tile)
        elif planes.set_slab(slab):
            tile.redraw()
            self.changed.emit()

    def slab(self, tile: Tile) -> Slab:
        planes = planes_of(tile)
        return planes.slab if planes is not None else PLANE

    def next_slab(self, tile: Tile) -> None:
        """The next kind of slab: plane, MIP, MinIP, mean; as thick as before."""
        now = self.slab(tile)
        if now.on:
            self._thickness = now.mm
        mode = MODES[(MODES.index(now.mode) + 1) % len(MODES)]
        self.set_slab(tile, Slab.of(mode, self._thickness) if mode != "none" else PLANE)

    def thicken(self, tile: Tile, steps: int) -> None:
        """Change the thickness of a slab by steps of the policy."""
        now = self.slab(tile)
        if now.on:
            self.set_slab(tile, Slab.of(now.mode, now.mm + steps * mpr_policy().slab.step_mm))

    def turn(self, tile: Tile, axis: Point, degrees: float, pivot: Point | None = None) -> bool:
        """Turn the planes of a tile about an axis (LPS) through a point, by default the cursor or their middle."""
        planes, here = planes_of(tile), tile.plane()
        if planes is None or here is None:
            return False
        if planes.name == OWN:
            return False
        if pivot is None:
            cursor = self._workspace.links.cursor
            pivot = cursor.point if cursor is not None else here.middle
        index = planes.turn(np.array(axis, np.float64), degrees, np.array(pivot, np.float64))
        self._put(tile, index)
        return True

    def move(self, tile: Tile, point: Point) -> None:
        """Let the slice of a tile run through a point (LPS mm)."""
        planes, here = planes_of(tile), tile.plane()
        slices = tile.slices
        if planes is not None:
            tile.go_to_index(planes.cut.index_of(np.array(point)))
        elif slices is not None and here is not None and (positions := slices.positions()) is not None:
            tile.go_to_index(nearest(positions, float(np.dot(here.normal, point))))

    def show_measured(self, tile: Tile, record: MeasuredPlane, point: Point) -> Tile:
        """Show the plane that something was measured on, through ``point`` of it; gives the tile that shows it.

        A tile whose planes run the same way is taken, the given one first; else the given one becomes such.
        """
        series = tile.series
        shown = (tile, *(other for other in self._workspace.tiles if other.series is series))
        found = next((t for t in shown if t.computed and (p := t.plane()) and alike(p, record.plane)), None)
        if found is None:
            found = next((t for t in shown if (q := planes_of(t)) is not None and q.name == record.name), tile)
            if planes_of(found) is None:
                self.show(found, record.name)
        planes, here = planes_of(found), found.plane()
        if planes is None or here is None:
            return found
        at = np.array(point, np.float64)
        if not alike(here, record.plane):
            planes.lie(record.plane)
        planes.set_slab(record.slab)
        self._put(found, planes.go_through(at))
        return found

    def straighten(self, tile: Tile) -> None:
        """Turn the planes of a tile back to where they stood at first."""
        planes, here = planes_of(tile), tile.plane()
        if planes is not None and here is not None and planes.oblique:
            planes.straighten()
            self._put(tile, planes.cut.index_of(np.array(here.middle)))

    def turn_by_key(self, tile: Tile, about_rows: bool, steps: int) -> bool:
        """Turn the planes of a tile about their own rows or columns, by steps of the policy."""
        here = tile.plane()
        if here is None:
            return False
        axis = here.row_direction if about_rows else here.column_direction
        return self.turn(tile, axis, steps * mpr_policy().turn.key_degrees)

    def stop(self) -> bool:
        """End the lane; idempotent."""
        return self._lane is None or self._lane.stop()

    # -- inside --

    def _allowed(self, series: Series) -> bool:
        why = self.refusal(series)
        if why:
            error = CovidViewerError(why, advice=self.tr("The images themselves can be read as they are."))
            error.title = self.tr("No planes through this series")
            self._workspace.problems.add_error(error, "info")
        return not why

    def _put(self, tile: Tile, index: int) -> None:
        tile.redraw()
        tile.go_to_index(index)
        self._workspace.links.moved.emit()
        self.changed.emit()

    def _ask(self, tile: Tile, wanted: Wanted) -> None:
        planes = planes_of(tile)
        if planes is None:
            return
        if self._lane is None:
            self._lane = Lane("planes", parent=self)
        sampler = self._samplers.get(planes.volume)
        if sampler is None:
            sampler = self._samplers[planes.volume] = Sampler(planes.space, planes.volume.values)

        def done(picture: object) -> None:
            assert isinstance(picture, np.ndarray)
            if tile.slices is planes and planes.accept(wanted, picture):
                tile.slice_filled.emit()

        self._lane.submit(
            lambda ticket: sampler.plane(wanted.cut, wanted.index, wanted.depth, wanted.slab),
            priority=Priority.VISIBLE,
            slot=f"tile-{id(tile)}",
            done=done,
        )

    @Slot()
    def _forget(self) -> None:
        """Working memory of volumes that no tile shows any more."""
        shown = [tile.volume for tile in self._workspace.tiles if tile.computed]
        self._samplers = {volume: s for volume, s in self._samplers.items() if volume in shown}
        self.changed.emit()

    @Slot()
    def _share_window(self) -> None:
        """Tiles of one series have one window as soon as one of them shows computed planes."""
        tile = self._workspace.active_tile
        alike = self._workspace.tiles_of(tile.series.key) if tile.series is not None else ()
        if self._sharing or not any(other.computed for other in alike):
            return
        self._sharing = True
        try:
            for other in alike:
                if other is not tile:
                    other.set_view(window=tile.view.window, preset=tile.view.preset, invert=tile.view.invert)
        finally:
            self._sharing = False


def _axial(series: Series) -> bool:
    """Whether the images themselves are axial planes."""
    orientation = series.instances[0].orientation
    if orientation is None:
        return False
    from covidviewer.imaging import planes

    return planes.plane_name(orientation) == "axial"
