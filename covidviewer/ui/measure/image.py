"""The image that a tile shows: what a measurement on it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from covidviewer.imaging.volume import Volume
from covidviewer.study import Series
from covidviewer.workspace.measurement import ImageKey
from covidviewer.workspace.tile import Tile


@dataclass(frozen=True, slots=True)
class ShownImage:
    """One image of a series on a tile. index : in data order."""

    series: Series
    index: int
    volume: Volume | None

    @property
    def key(self) -> ImageKey:
        frame = self.series.instances[self.index]
        return frame.sop_instance_uid, frame.frame

    @property
    def shape(self) -> tuple[int, int]:
        return self.series.rows, self.series.columns


def shown_image(tile: Tile) -> ShownImage | None:
    """None while the tile shows nothing, or nothing that is one image of a series: there is nothing to measure on."""
    series = tile.series
    if series is None or tile.frame() is None:
        return None
    return ShownImage(series, tile.index, tile.volume)
