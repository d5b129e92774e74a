"""Undo and redo of what was measured, 50 steps; goes to the image that a step is about."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from covidviewer.ui.measure.places import go_to
from covidviewer.workspace.measurements import Change
from covidviewer.workspace.workspace import Workspace

STEPS = 50


class _Step(QUndoCommand):
    """One step: what was before, what is after."""

    def __init__(self, history: History, changes: tuple[Change, ...]) -> None:
        super().__init__()
        self._history = history
        self._changes = changes
        self._done = True  # the reader did it before it became a step

    def redo(self) -> None:
        if self._done:
            self._done = False
            return
        self._history.bring(self._changes)

    def undo(self) -> None:
        self._history.bring(tuple((after, before) for before, after in self._changes))


class History(QObject):
    """Listens to the reader's changes of the workspace's measurements; one for the whole window."""

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(STEPS)
        workspace.measurements.edited.connect(self._on_edited)
        self.stack.indexChanged.connect(self._tell)

    def undo(self) -> None:
        self.stack.undo()

    def redo(self) -> None:
        self.stack.redo()

    def bring(self, changes: tuple[Change, ...]) -> None:
        """Apply changes and show the image that they are on, if its series is on the active tile."""
        self._workspace.measurements.apply(*changes)
        touched = next((m for change in changes for m in change if m is not None), None)
        tile = self._workspace.active_tile
        if touched is not None:
            go_to(self._workspace, tile, touched)

    @Slot(object)
    def _on_edited(self, changes: tuple[Change, ...]) -> None:
        self.stack.push(_Step(self, changes))

    @Slot()
    def _tell(self) -> None:
        index = self.stack.index()
        self._workspace.measurements.set_steps(index, self.stack.count() - index)
