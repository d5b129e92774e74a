"""What the reader measured on the images that are open; kept at once in the reader's store.

The screen asks and changes it in the main thread; reading and writing the file is a lane's work. A change is on the
disk some milliseconds after it was made, in the order in which changes were made.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from covidviewer import assets
from covidviewer.errors import Cancelled, CovidViewerError
from covidviewer.imaging.measure import Kind, Result, evaluate, scale_of
from covidviewer.imaging.volume import Volume
from covidviewer.jobs.lane import Lane
from covidviewer.jobs.queue import Ticket
from covidviewer.study import Series
from covidviewer.workspace.measurement import ImageKey, Measurement, from_row, to_row
from covidviewer.workspace.problems import Problems
from covidviewer.workspace.reader_store import ReaderStore, Row

FILE = "reader.sqlite"
_DRAIN_S = 5.0

Change = tuple[Measurement | None, Measurement | None]


class Measurements(QObject):
    """All measurements of the images that were shown, and which of them is selected. Lives in the main thread.

    Parameters
    ----------
    problems : where a failure to read or write is told. path : the store's file, by default in the user's data folder.
    """

    changed = Signal(object)  # frozenset of ImageKey whose measurements are others now
    selected_changed = Signal()
    steps_changed = Signal()
    edited = Signal(object)  # tuple of (before, after) that the reader changed: for the history
    saved = Signal(object)  # tuple of ids that are on the disk now

    def __init__(self, problems: Problems, path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._problems = problems
        self._path = path
        self._store: ReaderStore | None = None
        self._lane: Lane | None = None
        self._by_id: dict[str, Measurement] = {}
        self._by_image: dict[ImageKey, dict[str, Measurement]] = {}
        self._known: set[str] = set()
        self._unsaved: dict[str, Measurement | None] = {}
        self._written: threading.Event | None = None
        self._selected = ""
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
        """(index in data order, measurement) of a series, by slice."""
        return tuple(
            (index, found)
            for index, frame in enumerate(series.instances)
            for found in self.on_image((frame.sop_instance_uid, frame.frame))
        )

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
            self._unsaved[measurement.id] = measurement
        self._save()
        self.changed.emit(frozenset(m.image for m in measurements))

    def remove(self, *ids: str) -> None:
        """Remove measurements; those that are not there are none."""
        gone = [m for id in ids if (m := self._by_id.pop(id, None)) is not None]
        for measurement in gone:
            self._by_image[measurement.image].pop(measurement.id, None)
            self._unsaved[measurement.id] = None
        if not gone:
            return
        self._save()
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

    # -- reading and writing --

    def load(self, series: Series) -> None:
        """Fetch what the store holds for the images of a series; those that were fetched before are not again."""
        wanted = {frame.sop_instance_uid for frame in series.instances} - self._known - {""}
        if not wanted:
            return
        self._known |= wanted
        store = self._where()
        self._work().submit(
            lambda ticket: store.rows(wanted), done=self._on_rows, failed=lambda error: self._on_unread(wanted, error)
        )

    def shut_down(self) -> bool:
        """Wait until all is written, end the lane; idempotent. False when it took too long."""
        written, self._written = self._written, None
        whole = written is None or written.wait(_DRAIN_S)
        return (self._lane is None or self._lane.stop()) and whole

    def _work(self) -> Lane:
        if self._lane is None:
            self._lane = Lane("reader", parent=self)
        return self._lane

    def _where(self) -> ReaderStore:
        if self._store is None:
            self._store = ReaderStore(self._path or assets.data_dir() / FILE)
        return self._store

    def _keep(self, measurement: Measurement) -> None:
        self._by_id[measurement.id] = measurement
        self._by_image.setdefault(measurement.image, {})[measurement.id] = measurement

    def _save(self) -> None:
        """One transaction for all that is not on the disk yet, what failed before included."""
        changes = dict(self._unsaved)
        put = [to_row(m) for m in changes.values() if m is not None]
        gone = [id for id, m in changes.items() if m is None]
        written = self._written = threading.Event()
        self._work().submit(
            _write_job(self._where(), put, gone, written),
            done=lambda value: self._on_saved(changes),
            failed=self._on_unsaved,
        )

    def _on_saved(self, changes: dict[str, Measurement | None]) -> None:
        for id, measurement in changes.items():
            if id in self._unsaved and self._unsaved[id] is measurement:
                del self._unsaved[id]
        self.saved.emit(tuple(changes))

    def _on_unsaved(self, error: object) -> None:
        if isinstance(error, CovidViewerError) and not isinstance(error, Cancelled):
            self._problems.add_error(error)

    def _on_unread(self, wanted: Iterable[str], error: object) -> None:
        self._known -= set(wanted)
        self._on_unsaved(error)

    def _on_rows(self, value: object) -> None:
        assert isinstance(value, tuple)
        found = [m for row in value if isinstance(row, Row) and (m := from_row(row)) is not None]
        # What was changed here since the question was asked is newer.
        fresh = [m for m in found if m.id not in self._by_id and m.id not in self._unsaved]
        for measurement in fresh:
            self._keep(measurement)
        if fresh:
            self.changed.emit(frozenset(m.image for m in fresh))


def _write_job(
    store: ReaderStore, put: list[Row], gone: list[str], written: threading.Event
) -> Callable[[Ticket], object]:
    def job(ticket: Ticket) -> None:
        try:
            store.write(put, gone)
        finally:
            written.set()

    return job


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
