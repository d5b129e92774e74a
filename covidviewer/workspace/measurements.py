"""What the reader measured on the images that are open; kept at once in the reader's store."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from covidviewer.imaging.measure import Kind, Note, Result, Scale, evaluate, scale_of
from covidviewer.imaging.volume import Volume
from covidviewer.study import Series
from covidviewer.workspace.measured_plane import NO_FRAME
from covidviewer.workspace.measurement import ImageKey, Measurement, from_row, to_row
from covidviewer.workspace.reader_data import ReaderData
from covidviewer.workspace.reader_store import Row

Change = tuple[Measurement | None, Measurement | None]


class Measurements(QObject):
    """All measurements of the images that were shown, and which of them is selected. Lives in the main thread."""

    changed = Signal(object)  # frozenset of ImageKey whose measurements are others now
    selected_changed = Signal()
    steps_changed = Signal()
    edited = Signal(object)  # tuple of (before, after) that the reader changed: for the history

    def __init__(self, data: ReaderData, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._data = data
        self._by_id: dict[str, Measurement] = {}
        self._by_image: dict[ImageKey, dict[str, Measurement]] = {}
        self._selected = ""
        data.loaded.connect(self._on_rows)
        #: (steps that can be undone, steps that can be done again); told by whoever keeps the history.
        self.steps = (0, 0)

    # -- what there is --

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, id: str) -> Measurement | None:
        return self._by_id.get(id)

    def on_image(self, image: ImageKey) -> tuple[Measurement, ...]:
        """Measurements of one image in the order in which they were made."""
        return tuple(self._by_image.get(image, {}).values())

    def of_series(self, series: Series) -> tuple[tuple[int, Measurement], ...]:
        """(index in data order, measurement) of a series, by slice; at the end, with -1, those on computed planes."""
        images = [(index, (frame.sop_instance_uid, frame.frame)) for index, frame in enumerate(series.instances)]
        if series.uid:
            images.append((-1, (series.uid, NO_FRAME)))
        return tuple((index, found) for index, image in images for found in self.on_image(image))

    @property
    def selected(self) -> Measurement | None:
        return self._by_id.get(self._selected)

    def select(self, id: str) -> None:
        """Select one; "" selects none."""
        if id not in self._by_id:
            id = ""
        if id != self._selected:
            self._selected = id
            self.selected_changed.emit()

    def set_steps(self, undo: int, redo: int) -> None:
        """How many steps of the history lead back and forth."""
        if self.steps != (undo, redo):
            self.steps = (undo, redo)
            self.steps_changed.emit()

    # -- changing --

    def put(self, *measurements: Measurement) -> None:
        """Add measurements, or replace those of the same id; saved at once."""
        if not measurements:
            return
        for measurement in measurements:
            self._keep(measurement)
        self._data.save({m.id: to_row(m) for m in measurements})
        self.changed.emit(frozenset(m.image for m in measurements))

    def remove(self, *ids: str) -> None:
        """Remove measurements; those that are not there are none."""
        gone = [m for id in ids if (m := self._by_id.pop(id, None)) is not None]
        for measurement in gone:
            self._by_image[measurement.image].pop(measurement.id, None)
        if not gone:
            return
        self._data.save({m.id: None for m in gone})
        if self._selected and self._selected not in self._by_id:
            self._selected = ""
            self.selected_changed.emit()
        self.changed.emit(frozenset(m.image for m in gone))

    def edit(self, *changes: Change) -> None:
        """What the reader changed, as one step of the history: (before, after), None for "not there"."""
        self.apply(*changes)
        self.edited.emit(changes)

    def apply(self, *changes: Change) -> None:
        """Bring about the second of each (before, after); the history calls this with them turned round."""
        self.put(*(after for _, after in changes if after is not None))
        self.remove(*(before.id for before, after in changes if before is not None and after is None))

    def measure(self, measurement: Measurement, series: Series, index: int, volume: Volume | None) -> Measurement:
        """The same measurement with its numbers, from the values of the slice where they are there."""
        result = measured(measurement, series, index, volume)
        return measurement if result == measurement.result else replace(measurement, result=result)

    def measure_on_plane(
        self, measurement: Measurement, values: NDArray[np.generic] | None, volume: Volume | None
    ) -> Measurement:
        """The same for a computed plane. values : (rows, columns) of the whole picture, NaN where nothing is known."""
        assert measurement.plane is not None
        row, column = measurement.plane.plane.spacing
        result = evaluate(
            Kind(measurement.kind),
            measurement.points,
            Scale(row, column, "mm", Note.NONE),
            values,
            value_unit=volume.units if volume is not None else "",
            padding=volume.padding if volume is not None else None,
        )
        return measurement if result == measurement.result else replace(measurement, result=result)

    def load(self, series: Series) -> None:
        """Fetch what the store holds for the images of a series."""
        self._data.load(series)

    def _keep(self, measurement: Measurement) -> None:
        self._by_id[measurement.id] = measurement
        self._by_image.setdefault(measurement.image, {})[measurement.id] = measurement

    @Slot(object)
    def _on_rows(self, rows: tuple[Row, ...]) -> None:
        found = [m for row in rows if row.id not in self._by_id and (m := from_row(row)) is not None]
        for measurement in found:
            self._keep(measurement)
        if found:
            self.changed.emit(frozenset(m.image for m in found))


def measured(measurement: Measurement, series: Series, index: int, volume: Volume | None) -> Result:
    """The numbers of a measurement on a slice; without values while the slice is loading."""
    frame = series.instances[index]
    scale = scale_of(
        frame.spacing,
        frame.spacing_kind,
        aspect=frame.aspect,
        modality=series.modality,
        magnification=frame.magnification,
    )
    values = volume.slice(index) if volume is not None and volume.filled[index] else None
    return evaluate(
        Kind(measurement.kind),
        measurement.points,
        scale,
        values,
        value_unit=volume.units if volume is not None else "",
        padding=volume.padding if volume is not None else None,
    )
