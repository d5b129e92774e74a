"""Which series there are: scans through the disk lane, what they found, what they left out, what is shown first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from covidviewer.dicom.catalog import Kind, LeftOut, ScanProgress
from covidviewer.errors import Cancelled, CovidViewerError
from covidviewer.jobs.lane import Lane
from covidviewer.jobs.queue import Priority, Ticket
from covidviewer.study import Series
from covidviewer.workspace.hanging import starting_series
from covidviewer.workspace.loading import ScanReport, scan_job
from covidviewer.workspace.problems import Problem, Task

if TYPE_CHECKING:
    from covidviewer.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class OpenStudy:
    """A study as the tree shows it: series of one Study Instance UID, from any number of opened paths."""

    uid: str
    series: tuple[Series, ...]

    @property
    def first(self) -> Series:
        return self.series[0]


class Scans(QObject):
    """Scans that run and what they found. The workspace's signals tell of changes."""

    def __init__(self, workspace: Workspace, disk: Lane) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._disk = disk
        #: Every series by its key, in the order in which they were found.
        self.found: dict[str, Series] = {}
        self.opened: list[Path] = []
        self.progress = ScanProgress(finished=True)
        self._count = 0
        self._of_scan: dict[int, tuple[str, ...]] = {}
        self._left_out: dict[int, tuple[LeftOut, ...]] = {}
        self._tickets: dict[int, Ticket] = {}
        self._places: dict[int, tuple[Path, ...]] = {}
        self._fresh: set[int] = set()  # scans that have found nothing yet
        self._study_wanted: dict[int, str] = {}  # to be shown when its scan has ended

    @property
    def studies(self) -> tuple[OpenStudy, ...]:
        groups: dict[str, list[Series]] = {}
        for series in self.found.values():
            groups.setdefault(series.study_uid, []).append(series)
        return tuple(
            OpenStudy(uid, tuple(sorted(found, key=lambda s: (s.stack.number is None, s.stack.number or 0, s.key))))
            for uid, found in groups.items()
        )

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        return tuple(item for items in self._left_out.values() for item in items)

    # -- requests --

    def start(self, paths: Sequence[Path | str], siblings: bool) -> None:
        """See `Workspace.open`."""
        wanted = tuple(Path(p) for p in paths)
        if not wanted:
            return
        at: Path | None = None
        if siblings and len(wanted) == 1 and wanted[0].is_file():
            at = wanted[0]
        self._count += 1
        number = self._count
        self.progress = ScanProgress()
        self._tickets[number] = self._disk.submit(
            lambda t: scan_job(wanted, t, at),
            priority=Priority.NEIGHBOUR,
            report=lambda value: self.take(number, value),
            done=lambda value: self._on_done(number, value, at),
            failed=lambda error: self._on_failed(number, error),
        )
        self._places[number] = wanted
        self._fresh.add(number)
        workspace = self._workspace
        workspace.problems.set_task(Task(f"scan-{number}", self.tr("Looking for images"), None, self.cancel))
        workspace.scan_changed.emit()
        for path in paths:
            whole = Path(path).absolute()
            if whole.exists() and whole not in self.opened:
                self.opened.append(whole)

    def start_for_study(self, place: Path, uid: str) -> None:
        """Scan a place and hang the study with this UID when that has ended."""
        self.start([place], siblings=False)
        self._study_wanted[self._count] = uid

    def cancel(self) -> None:
        """Stop all running scans; what was found stays."""
        for ticket in self._tickets.values():
            ticket.cancel()

    def clear(self) -> None:
        """Forget all that was found."""
        self.opened.clear()
        self.found.clear()
        self._of_scan.clear()
        self._left_out.clear()

    # -- answers of the lane --

    def take(self, number: int, value: object) -> None:
        """What scan ``number`` has found so far (`ScanReport`)."""
        assert isinstance(value, ScanReport)
        workspace = self._workspace
        # A scan that runs ends in `_end`, when its series can be shown.
        self.progress = replace(value.state, finished=value.state.finished and number not in self._tickets)
        if value.stacks and number in self._fresh:
            self._fresh.discard(number)
            self._remember(self._places.get(number, ()))
        known: list[str] = []
        fresh = False
        for stack in value.stacks:
            known.append(stack.key)
            old = self.found.get(stack.key)
            if old is None or old.stack is not stack:
                shown = [t for t in workspace.tiles if old is not None and t.series is old]
                if shown and len(old.instances) == len(stack.frames):  # type: ignore[union-attr]
                    continue  # the same images; what is on screen stays
                self.found[stack.key] = series = Series(stack)
                fresh = True
                if shown:
                    workspace.replace_shown(shown, series)
        for gone in set(self._of_scan.get(number, ())) - set(known):
            self.found.pop(gone, None)
            fresh = True
        self._of_scan[number] = tuple(known)
        left = value.left_out
        if left != self._left_out.get(number, ()):
            self._left_out[number] = left
            workspace.left_out_changed.emit()
        if fresh:
            workspace.studies_changed.emit()
        workspace.scan_changed.emit()

    def _on_done(self, number: int, value: object, at: Path | None) -> None:
        assert isinstance(value, ScanReport)
        self.take(number, value)
        workspace, places = self._workspace, self._places.get(number, ())
        workspace.study_list.add(places, value.stacks)
        wanted = self._study_wanted.get(number)  # None is no study; files without a UID have ""
        self._end(number)
        keys = self._of_scan.get(number, ())
        images = [self.found[k] for k in keys if self.found[k].kind is not Kind.DOCUMENT]
        if value.left_out:
            self._tell_left_out(value, bool(images))
        elif not value.stacks:
            self._tell_nothing(places)
        study = next((study for study in self.studies if study.uid == wanted), None)
        if study is not None:
            workspace.hanging.hang(study)
        elif at is None or not self._show_file(at, keys, images):
            self._show_start(images)

    def _remember(self, places: Sequence[Path]) -> None:
        """Put places at the head of the recent ones; only those where something was found are worth going back to."""
        for place in places:
            whole = place.absolute()
            if whole.exists():
                self._workspace.preferences.add_recent(whole)

    def _tell_nothing(self, places: Sequence[Path]) -> None:
        """Say that a scan found no file at all. Without the name of the place: it may name the patient."""
        folder = len(places) == 1 and places[0].is_dir()
        self._workspace.problems.add(
            Problem(
                self.tr("No images"),
                self.tr("There are no images in this folder.")
                if folder
                else self.tr("There are no images in what was opened."),
                self.tr("Choose a folder, an archive or files with DICOM images or pictures."),
                code="F05",
            )
        )

    def _tell_left_out(self, value: ScanReport, images: bool) -> None:
        self._workspace.problems.add(
            Problem(
                self.tr("Files left out"),
                self.tr("{n} of {all} files are not shown.").format(
                    n=len(value.left_out), all=max(value.state.files_found, len(value.left_out))
                ),
                self.tr("The list says why for each."),
                severity="info" if images else "warning",
                code="F01",
            )
        )

    def _show_file(self, at: Path, keys: Sequence[str], images: Sequence[Series]) -> bool:
        """Show the file that was asked for by its name."""
        for key in keys:  # a report or a segmentation
            found = self.found[key]
            if found.kind is Kind.DOCUMENT and any(frame.path == at for frame in found.instances):
                self._workspace.show(key)
                return True
        for series in images:
            for i, frame in enumerate(series.instances):
                if frame.path == at:
                    self._workspace.show(series.key, i)
                    return True
        return False

    def _show_start(self, images: Sequence[Series]) -> None:
        """Hang what the reading starts with. The selection is never stolen later."""
        workspace = self._workspace
        if images and all(tile.series is None for tile in workspace.tiles):
            best = starting_series(images)
            workspace.hanging.hang(next(study for study in self.studies if study.uid == best.study_uid), best)
        else:
            workspace.hanging.look_for_prior()

    def _on_failed(self, number: int, error: object) -> None:
        self._end(number)
        if isinstance(error, CovidViewerError) and not isinstance(error, Cancelled):
            self._workspace.problems.add_error(error)

    def _end(self, number: int) -> None:
        self._tickets.pop(number, None)
        self._places.pop(number, None)
        self._fresh.discard(number)
        self._study_wanted.pop(number, None)
        self.progress = replace(self.progress, finished=not self._tickets)
        self._workspace.problems.end_task(f"scan-{number}")
        self._workspace.scan_changed.emit()
