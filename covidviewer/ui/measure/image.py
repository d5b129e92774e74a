"""The image that a tile shows, of a file or computed: what a measurement on it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.measure import Kind
from covidviewer.imaging.mpr.sampling import VOID
from covidviewer.imaging.slice_plane import SlicePlane
from covidviewer.imaging.volume import Volume
from covidviewer.study import Series
from covidviewer.workspace.measured_plane import NO_FRAME, MeasuredPlane
from covidviewer.workspace.measurement import ImageKey, Measurement, Point, carried, new, new_on_plane
from covidviewer.workspace.measurements import Measurements
from covidviewer.workspace.plane_slices import PlaneSlices
from covidviewer.workspace.reformats import planes_of
from covidviewer.workspace.tile import Tile


@dataclass(frozen=True, slots=True)
class ShownImage:
    """One image on a tile. index : in data order. planes, here : for a computed one, None for an image of a file."""

    series: Series
    index: int
    volume: Volume | None
    planes: PlaneSlices | None = None
    here: SlicePlane | None = None

    @property
    def key(self) -> ImageKey:
        if self.planes is not None:
            return self.series.uid, NO_FRAME
        frame = self.series.instances[self.index]
        return frame.sop_instance_uid, frame.frame

    @property
    def shape(self) -> tuple[int, int]:
        return (self.here.rows, self.here.columns) if self.here is not None else (self.series.rows, self.series.columns)

    @property
    def plane(self) -> MeasuredPlane | None:
        """As it is kept with what is drawn on it."""
        if self.planes is None or self.here is None:
            return None
        return MeasuredPlane(self.planes.name, self.here, self.planes.slab)

    @property
    def ready(self) -> bool:
        """Whether its values are there, and more than a draft of them."""
        if self.planes is not None:
            return self.planes.values(self.index) is not None and self.planes.whole
        return self.volume is not None and bool(self.volume.filled[self.index])

    def new(self, kind: Kind, points: tuple[Point, ...]) -> Measurement:
        """A measurement on this image, without numbers yet."""
        series, plane = self.series, self.plane
        if plane is not None:
            return new_on_plane(kind, plane, points, series.uid, series.study_uid)
        return new(kind, series.instances[self.index], points, series.uid, series.study_uid)

    def measured(self, measurements: Measurements, measurement: Measurement, live: bool = False) -> Measurement:
        """The same with its numbers. live : geometry alone."""
        if self.planes is None:
            volume = None if live else self.volume
            return measurements.measure(measurement, self.series, self.index, volume)
        measurement = replace(measurement, plane=self.plane)  # with the slab that is seen now
        return measurements.measure_on_plane(measurement, None if live else self._values(), self.volume)

    def on(self, measurement: Measurement) -> Measurement | None:
        """A measurement of this key as it lies on this image; None where it lies on another plane."""
        plane = self.plane
        if plane is None or self.planes is None:
            return measurement
        return carried(measurement, plane, self.planes.cut.step_mm / 2 + 1e-6)

    def _values(self) -> NDArray[np.generic] | None:
        """The whole picture, NaN beside the stack and where slices are missing: no value counts there."""
        assert self.planes is not None
        found = self.planes.values(self.index)
        if found is None or not self.planes.whole:
            return None
        unknown = found == VOID
        return np.where(unknown, np.float32(np.nan), found) if unknown.any() else found


def shown_image(tile: Tile) -> ShownImage | None:
    """None while the tile shows nothing that can be named: there is nothing to measure on."""
    series = tile.series
    if series is None:
        return None
    if tile.frame() is not None:
        return ShownImage(series, tile.index, tile.volume)
    planes, here = planes_of(tile), tile.plane()
    if planes is None or here is None or not series.uid:
        return None
    return ShownImage(series, tile.index, tile.volume, planes, here)
