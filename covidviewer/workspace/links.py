"""Tiles that move together: slices by patient position, zoom and pan, window; the shared cursor. No widgets.

Linked by themselves are parallel stacks of one patient with the same Frame of Reference UID (0020,0052): then
millimetres mean the same place. Where the frames of reference differ, an offset is needed that only the reader can
know: `toggle` takes it from the slices that are on screen. Other patients are never linked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from covidviewer.imaging import slice_plane
from covidviewer.imaging.slice_plane import Point, Vector
from covidviewer.workspace.priors import may_be_same, surely_same
from covidviewer.workspace.tile import Tile

if TYPE_CHECKING:
    from covidviewer.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Link:
    """How one tile follows another: a point of the first, moved by ``offset_mm`` (LPS), is a point of the second.

    by : "position" (one frame of reference), "offset" (set by the reader) or "number" (one series without geometry).
    """

    by: str
    offset_mm: Vector = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The shared cursor: a point in LPS mm of a frame of reference (`frame_key`)."""

    point: Vector
    frame: str


class Links(QObject):
    """Follows all tiles of a workspace."""

    changed = Signal()  # switched on or off, another offset, or another cursor
    moved = Signal()  # slices, series or active tile changed; once for all that moved together

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._on = True
        self._offsets: dict[tuple[str, str], Vector] = {}
        self._cursor: Cursor | None = None
        self._loose: set[Tile] = set()
        self._reaches: dict[Tile, tuple[NDArray[np.float64], float]] = {}
        self._followers: dict[Tile, _Follower] = {}
        self._busy = False

    # -- state --

    @property
    def on(self) -> bool:
        return self._on

    @property
    def cursor(self) -> Cursor | None:
        return self._cursor

    def link(self, a: Tile, b: Tile) -> Link | None:
        """How ``b`` follows ``a``, None when they are not linked (whether or not links are switched on)."""
        if a.series is None or b.series is None or a is b or a in self._loose or b in self._loose:
            return None
        frames = frame_key(a), frame_key(b)
        planes = a.plane(), b.plane()
        if planes[0] is None or planes[1] is None:
            alone = a.series is b.series and not a.computed and not b.computed
            return Link("number") if alone else None
        if b.slices is None or b.slices.positions() is None or not planes[0].parallel(planes[1]):
            return None
        if not may_be_same(a.series.stack, b.series.stack):
            return None
        if frames[0] == frames[1]:
            return Link("position")
        offset = self._offsets.get((frames[0], frames[1]))
        if offset is None or not surely_same(a.series.stack, b.series.stack):
            return None
        return Link("offset", offset)

    def linkable(self, a: Tile, b: Tile) -> bool:
        """Whether the reader could link two tiles that are not: parallel, one patient for certain, other frames."""
        if a.series is None or b.series is None or a is b or self.link(a, b) is not None:
            return False
        p, q = a.plane(), b.plane()
        if p is None or q is None or not p.parallel(q):
            return False
        return surely_same(a.series.stack, b.series.stack)

    def other_patient(self, a: Tile, b: Tile) -> bool:
        """Whether two tiles show different people, as far as their headers say."""
        return a.series is not None and b.series is not None and not may_be_same(a.series.stack, b.series.stack)

    # -- requests --

    def toggle(self) -> bool:
        """Unlink, or link at the slices that are on screen; True when linked after it.

        While links are on and a tile could still be linked to the active one, that is done first.
        """
        active = self._workspace.active_tile
        self._loose.clear()
        fresh = [tile for tile in self._workspace.tiles if self.linkable(active, tile)]
        if self._on and not fresh:
            self._on = False
        else:
            self._on = True
            self._offsets.clear()
            for tile in self._workspace.tiles:
                self._set_offset(active, tile)
        self.changed.emit()
        self.moved.emit()
        return self._on

    def align(self, tile: Tile) -> None:
        """Bring a tile that shows something new to where the others are."""
        if not self._on:
            return
        leaders = (self._workspace.active_tile, *self._workspace.tiles)
        for leader in leaders:
            if leader is not tile and leader.series is not None and self.link(leader, tile) is not None:
                self._busy = True
                try:
                    self._follow_slice(leader, tile)
                finally:
                    self._busy = False
                self.moved.emit()  # what is told of the tiles' places was told of the place before
                return

    def set_cursor(self, tile: Tile, row: float, column: float) -> bool:
        """Put the shared cursor on an image point of a tile; the tiles of its frame of reference go there."""
        plane = tile.plane()
        if plane is None:
            return False
        self._cursor = Cursor(plane.point(row, column), frame_key(tile))
        self._busy = True
        try:
            for other in self._workspace.tiles:
                positions = other.slices.positions() if other.slices is not None else None
                if other is not tile and positions is not None and frame_key(other) == self._cursor.frame:
                    self._go(other, self._cursor.point, positions)
        finally:
            self._busy = False
        self.changed.emit()
        self.moved.emit()
        return True

    def clear_cursor(self) -> None:
        if self._cursor is not None:
            self._cursor = None
            self.changed.emit()

    def cursor_on(self, tile: Tile) -> tuple[Point, bool] | None:
        """(row, column) of the cursor on a tile, and whether the slice on screen holds it; None elsewhere."""
        plane = tile.plane()
        if self._cursor is None or plane is None or frame_key(tile) != self._cursor.frame:
            return None
        positions = tile.slices.positions() if tile.slices is not None else None
        near = self._reach(tile) if positions is not None else 0.0
        return plane.pixel(self._cursor.point), abs(plane.distance(self._cursor.point)) <= near

    def beyond_mm(self, leader: Tile, tile: Tile) -> float:
        """How far the leader's slice lies from the slice that follows it, in mm beyond half a step; 0 on it."""
        link, plane, there = self.link(leader, tile), leader.plane(), tile.plane()
        positions = tile.slices.positions() if tile.slices is not None else None
        if link is None or link.by == "number" or plane is None or there is None or positions is None:
            return 0.0
        away = abs(there.distance(_moved(plane.middle, link.offset_mm)))
        return away if away > max(self._reach(tile), self._reach(leader)) else 0.0

    def _reach(self, tile: Tile) -> float:
        """`slice_plane.reach` of a tile, worked out once for what it shows."""
        slices = tile.slices
        positions = slices.positions() if slices is not None else None
        if positions is None:
            return 0.0
        known = self._reaches.get(tile)
        if known is None or known[0] is not positions:
            known = self._reaches[tile] = (positions, slice_plane.reach(positions))
        return known[1]

    # -- following --

    def watch(self, tile: Tile) -> None:
        """Follow a new tile, until it is deleted."""
        self._followers[tile] = _Follower(self, tile)

    def set_loose(self, tile: Tile, on: bool) -> None:
        """Let a tile follow no other and lead none, until `toggle`."""
        (self._loose.add if on else self._loose.discard)(tile)

    def forget(self, tile: Tile) -> None:
        self._loose.discard(tile)
        self._followers.pop(tile, None)
        self._reaches.pop(tile, None)

    def lead_slice(self, tile: Tile) -> None:
        """A tile went to another slice: those linked to it go along."""
        if self._busy:
            return
        if self._on:
            self._busy = True
            try:
                for other in self._workspace.tiles:
                    if other is not tile:
                        self._follow_slice(tile, other)
            finally:
                self._busy = False
        self.moved.emit()

    def lead_view(self, tile: Tile, zoom: bool, window: bool) -> None:
        """A tile was zoomed, moved or windowed: those linked to it do the same where that is switched on."""
        preferences = self._workspace.preferences.value
        zoom, window = zoom and preferences.link_view, window and preferences.link_window
        if self._busy or not self._on or not (zoom or window):
            return
        self._busy = True
        try:
            for other in self._workspace.tiles:
                link = self.link(tile, other)
                if link is not None and zoom:
                    _follow_zoom(tile, other, link)
                if link is not None and window and _one_unit(tile, other):
                    other.set_view(window=tile.view.window, preset=tile.view.preset)
        finally:
            self._busy = False

    def _follow_slice(self, leader: Tile, tile: Tile) -> None:
        link, plane = self.link(leader, tile), leader.plane()
        if link is None:
            return
        positions = tile.slices.positions() if tile.slices is not None else None
        if link.by == "number":
            tile.go_to_index(leader.index)
        elif plane is not None and positions is not None:
            self._go(tile, _moved(plane.middle, link.offset_mm), positions)

    @staticmethod
    def _go(tile: Tile, point: Vector, positions: np.ndarray) -> None:
        plane = tile.plane()
        if plane is not None:
            tile.go_to_index(slice_plane.nearest(positions, float(np.dot(point, plane.normal))))

    def _set_offset(self, a: Tile, b: Tile) -> None:
        """Take the present slices of two tiles for the same place."""
        p, q = a.plane(), b.plane()
        if p is None or q is None or not self.linkable(a, b):
            return
        away = -q.distance(p.middle)
        offset = tuple(away * c for c in q.normal)
        keys = frame_key(a), frame_key(b)
        self._offsets[keys] = (offset[0], offset[1], offset[2])
        self._offsets[keys[::-1]] = (-offset[0], -offset[1], -offset[2])


class _Follower(QObject):
    """Hears one tile and tells the links which tile it was."""

    def __init__(self, links: Links, tile: Tile) -> None:
        super().__init__(tile)
        self._links, self._tile = links, tile
        self._view = tile.view
        self._new = False
        tile.series_changed.connect(self._on_series)
        tile.slice_changed.connect(self._on_slice)
        tile.view_changed.connect(self._on_view)

    @Slot()
    def _on_series(self) -> None:
        # `Tile.show` tells of the series, then of its slice: a series that was just put there leads nobody.
        self._new = True
        self._view = self._tile.view

    @Slot()
    def _on_slice(self) -> None:
        if self._new:
            self._new = False
            self._links.moved.emit()
        else:
            self._links.lead_slice(self._tile)

    @Slot()
    def _on_view(self) -> None:
        old, new = self._view, self._tile.view
        self._view = new
        zoom = (old.zoom, old.center) != (new.zoom, new.center)
        self._links.lead_view(self._tile, zoom, (old.window, old.preset) != (new.window, new.preset))


def frame_key(tile: Tile) -> str:
    """What coordinates of a tile's series mean: its frame of reference; without one, the series alone."""
    if tile.series is None:
        return ""
    return tile.series.stack.frame_of_reference or f"series {tile.series.key}"


def _follow_zoom(leader: Tile, tile: Tile, link: Link) -> None:
    """The same millimetres in the middle, at the same size; rows and columns must run the same way."""
    view, p, q = leader.view, leader.plane(), tile.plane()
    if p is None or q is None:
        tile.set_view(zoom=view.zoom, center=view.center)
        return
    if not p.alike(q):
        return
    zoom = view.zoom * q.spacing[1] / p.spacing[1] if view.zoom is not None else None
    center = q.pixel(_moved(p.point(*view.center), link.offset_mm)) if view.center is not None else None
    tile.set_view(zoom=zoom, center=center)


def _one_unit(a: Tile, b: Tile) -> bool:
    return (
        a.volume is not None
        and b.volume is not None
        and a.volume.units == b.volume.units
        and a.volume.values.ndim == b.volume.values.ndim == 3
        and a.series is not None
        and b.series is not None
        and a.series.modality == b.series.modality
    )


def _moved(point: Vector, by: Vector) -> Vector:
    return point[0] + by[0], point[1] + by[1], point[2] + by[2]
