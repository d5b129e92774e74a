"""A tile as it would be with another of its slices on screen."""

from __future__ import annotations

from collections.abc import Hashable

from covidviewer.dicom.catalog import Frame
from covidviewer.imaging.slice_plane import SlicePlane
from covidviewer.imaging.volume import Volume
from covidviewer.study import Series
from covidviewer.workspace.state import OverlayState, ViewState
from covidviewer.workspace.tile import Tile


class TileAt:
    """A tile as it would be with another of its slices on screen, for what is worked out from a tile."""

    def __init__(self, tile: Tile, index: int) -> None:
        self._tile = tile
        self.index = index
        assert tile.slices is not None
        self._slices = tile.slices

    @property
    def series(self) -> Series | None:
        return self._tile.series

    @property
    def volume(self) -> Volume | None:
        return self._tile.volume

    @property
    def count(self) -> int:
        return self._tile.count

    @property
    def computed(self) -> bool:
        return self._tile.computed

    @property
    def position(self) -> int:
        return self._tile.to_position(self.index)

    @property
    def view(self) -> ViewState:
        return self._tile.view

    @property
    def overlay(self) -> OverlayState:
        return self._tile.overlay

    def slice_key(self) -> Hashable:
        return self._slices.key(self.index)

    def shape(self) -> tuple[int, int]:
        return self._slices.shape(self.index)

    def frame(self) -> Frame | None:
        return self._slices.frame(self.index)

    def plane(self) -> SlicePlane | None:
        return self._slices.plane(self.index)
