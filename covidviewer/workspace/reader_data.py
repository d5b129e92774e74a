"""The way between what the reader made and the store: rows are fetched by series, changes written at once.

One lane of its own reads and writes; changes go to the disk in the order in which they were made, some milliseconds
after. What could not be written is kept and tried again with the next change.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from covidviewer import assets
from covidviewer.errors import Cancelled, CovidViewerError
from covidviewer.jobs.lane import Lane
from covidviewer.jobs.queue import Ticket
from covidviewer.study import Series
from covidviewer.workspace.problems import Problems
from covidviewer.workspace.reader_store import ReaderStore, Row

FILE = "reader.sqlite"
_DRAIN_S = 5.0


class ReaderData(QObject):
    """Lives in the main thread.

    Parameters
    ----------
    problems : where a failure to read or write is told. path : the store's file, by default in the user's data folder.
    """

    loaded = Signal(object)  # tuple of Row that the store holds for the images of a series
    saved = Signal(object)  # tuple of ids that are on the disk now

    def __init__(self, problems: Problems, path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._problems = problems
        self._path = path
        self._store: ReaderStore | None = None
        self._lane: Lane | None = None
        self._known: set[str] = set()
        self._unsaved: dict[str, Row | None] = {}
        self._written: threading.Event | None = None

    def load(self, series: Series) -> None:
        """Fetch what the store holds for the images of a series; those that were fetched before are not again."""
        # What lies on computed planes is named by the series.
        wanted = {frame.sop_instance_uid for frame in series.instances} | {series.uid}
        wanted -= self._known | {""}
        if not wanted:
            return
        self._known |= wanted
        store = self._where()
        self._work().submit(
            lambda ticket: store.rows(wanted), done=self._on_rows, failed=lambda error: self._on_unread(wanted, error)
        )

    def save(self, changes: Mapping[str, Row | None]) -> None:
        """Write rows by their ids, None removes; one transaction with all that is not on the disk yet."""
        self._unsaved |= changes
        now = dict(self._unsaved)
        written = self._written = threading.Event()
        self._work().submit(
            _write_job(self._where(), now, written), done=lambda value: self._on_saved(now), failed=self._on_unsaved
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

    def _on_saved(self, changes: dict[str, Row | None]) -> None:
        for id, row in changes.items():
            if id in self._unsaved and self._unsaved[id] is row:
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
        # What was changed here since the question was asked is newer.
        self.loaded.emit(tuple(row for row in value if row.id not in self._unsaved))


def _write_job(
    store: ReaderStore, changes: dict[str, Row | None], written: threading.Event
) -> Callable[[Ticket], object]:
    def job(ticket: Ticket) -> None:
        try:
            put = [row for row in changes.values() if row is not None]
            store.write(put, [id for id, row in changes.items() if row is None])
        finally:
            written.set()

    return job
