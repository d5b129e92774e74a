"""The elements of the file on screen, read on the disk lane; the newest wish wins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from covidviewer.dicom.catalog import Kind
from covidviewer.dicom.elements import Element, Header
from covidviewer.errors import Cancelled, CovidViewerError
from covidviewer.jobs.lane import Lane
from covidviewer.jobs.queue import Priority, Ticket

if TYPE_CHECKING:
    from covidviewer.workspace.workspace import Workspace

__all__ = ["Element", "Header", "Headers"]

#: A header is read after this pause in scrolling, milliseconds.
DELAY_MS = 120


class Headers(QObject):
    """Follows the active tile while someone looks. Lives in the main thread, belongs to the workspace."""

    changed = Signal()

    def __init__(self, workspace: Workspace, disk: Lane) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._disk = disk
        self._following = False
        self._asked: Path | None = None
        self._ticket: Ticket | None = None
        #: The header of the file on screen; None while it is read, and without an image.
        self.header: Header | None = None
        #: Why there is none, one sentence.
        self.error = ""
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(DELAY_MS)
        self._later.timeout.connect(self._ask)
        workspace.active.series_changed.connect(self._on_slice)
        workspace.active.slice_changed.connect(self._on_slice)

    def follow(self, on: bool) -> None:
        """Read headers from now on, or no more."""
        self._following = on
        if on:
            self._ask()
        else:
            self._later.stop()

    def stop(self) -> None:
        """Ask for nothing more (the program ends)."""
        self.follow(False)
        if self._ticket is not None:
            self._ticket.cancel()

    @Slot()
    def _on_slice(self) -> None:
        if self._following:
            self._later.start()

    @Slot()
    def _ask(self) -> None:
        tile = self._workspace.active_tile
        series = tile.series
        frame = tile.frame()  # none for a computed plane
        path = frame.path if frame is not None else None
        if path == self._asked and (self.header is not None or self.error or self._ticket is not None):
            return
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None
        self._asked, self.header, self.error = path, None, ""
        if path is None or series is None:
            self.changed.emit()
        elif series.kind is Kind.PICTURE:
            self.error = self.tr("A picture has no DICOM elements.")
            self.changed.emit()
        else:
            self._ticket = self._disk.submit(
                lambda ticket: _read(path, ticket),
                priority=Priority.NEIGHBOUR,
                slot="header",
                done=self._on_read,
                failed=self._on_failed,
            )

    def _on_read(self, value: object) -> None:
        assert isinstance(value, Header)
        if value.path == self._asked:
            self._ticket = None
            self.header = value
            self.changed.emit()

    def _on_failed(self, error: object) -> None:
        if isinstance(error, CovidViewerError) and not isinstance(error, Cancelled):
            self._ticket = None
            self.error = str(error)
            self.changed.emit()


def _read(path: Path, ticket: Ticket) -> Header:
    from covidviewer.dicom import elements  # late: it brings pydicom

    return elements.read(path, lambda: ticket.cancelled)
