"""The local study list for the screen: hears of scans, writes and searches on a lane of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from covidviewer import assets
from covidviewer.dicom.catalog import Stack
from covidviewer.errors import Cancelled, CovidViewerError
from covidviewer.jobs.lane import Lane
from covidviewer.jobs.queue import Ticket
from covidviewer.workspace.preferences import PreferenceStore
from covidviewer.workspace.problems import Problems
from covidviewer.workspace.study_index import StudyEntry, StudyIndex, entries_of

FILE = "studies.sqlite"


class StudyList(QObject):
    """Lives in the main thread. The lane is made when it is first needed.

    Parameters
    ----------
    path : of the file, by default in the user's data folder.
    """

    changed = Signal()  # other entries than before, as far as they are listed
    found = Signal()  # `entries` are those of the last search

    def __init__(
        self, preferences: PreferenceStore, problems: Problems, path: Path | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._preferences, self._problems, self._path = preferences, problems, path
        self._lane: Lane | None = None
        self._search: Ticket | None = None
        self._entries: tuple[StudyEntry, ...] = ()
        self._remembers = preferences.value.remember_studies
        preferences.changed.connect(self._on_preferences)

    @property
    def entries(self) -> tuple[StudyEntry, ...]:
        """What the last search found."""
        return self._entries

    def add(self, places: Sequence[Path], stacks: Sequence[Stack]) -> None:
        """Keep what a scan of these places found, unless the reader wants nothing kept."""
        if not self._preferences.value.remember_studies or not places:
            return
        whole = [path.absolute() for path in places]
        index = self._index()

        def write(ticket: Ticket) -> None:
            index.put(whole, entries_of(whole, stacks))

        self._work().submit(write, done=lambda value: self.changed.emit(), failed=self._on_failed)

    def search(self, text: str) -> None:
        """Look for words; `found` tells when `entries` holds the answer. With identities hidden, not by person."""
        if self._search is not None:
            self._search.cancel()
        index, people = self._index(), not self._preferences.value.hide_identity
        self._search = self._work().submit(
            lambda ticket: index.search(text, people=people), done=self._on_found, failed=self._on_failed
        )

    def remove(self, place: str) -> None:
        """Forget one place."""
        index = self._index()
        self._work().submit(
            lambda ticket: index.remove(place), done=lambda value: self.changed.emit(), failed=self._on_failed
        )

    def forget(self) -> None:
        """Forget every study and the recent paths."""
        self._preferences.update(recent=(), last_folder="")
        index = self._index()
        self._work().submit(
            lambda ticket: index.forget(), done=lambda value: self.changed.emit(), failed=self._on_failed
        )

    def shut_down(self) -> bool:
        """End the lane; idempotent."""
        return self._lane is None or self._lane.stop()

    def _index(self) -> StudyIndex:
        return StudyIndex(self._path or assets.data_dir() / FILE)

    def _work(self) -> Lane:
        if self._lane is None:
            self._lane = Lane("studies", parent=self)
        return self._lane

    def _on_found(self, value: object) -> None:
        assert isinstance(value, tuple)
        self._entries = value
        self.found.emit()

    def _on_failed(self, error: object) -> None:
        if isinstance(error, CovidViewerError) and not isinstance(error, Cancelled):
            self._problems.add_error(error, "warning")

    def _on_preferences(self) -> None:
        """Turning the memory off forgets what there is."""
        remembers = self._preferences.value.remember_studies
        if self._remembers and not remembers:
            self._remembers = False  # before `forget`, which changes preferences itself
            self.forget()
        self._remembers = remembers
