"""The note of the image on screen: follows the slice, saved when the reader pauses, goes on or leaves."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from covidviewer.ui.image_name import name_on
from covidviewer.ui.measure.image import ShownImage, shown_image
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

PAUSE_MS = 600
LINES = 3


class _Edit(QPlainTextEdit):
    """Esc goes back to the image; the other keys are the field's."""

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Up, Qt.Key.Key_Down)
        ):
            event.accept()
            return True
        return super().event(event)


class NoteField(QWidget):
    """A few lines below the list."""

    left = Signal()
    """The reader is done writing: the keys belong to the image again."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._about: ShownImage | None = None
        self.edit = _Edit()
        self.edit.setAccessibleName(self.tr("Note of this image"))
        self.edit.setPlaceholderText(self.tr("Note of this image (N)"))
        self.edit.setTabChangesFocus(True)
        self.edit.setFixedHeight(round(self.edit.fontMetrics().lineSpacing() * LINES + 22))
        self._place = QLabel()
        self._place.setProperty("role", "muted")
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 6, 10, 10)
        box.setSpacing(4)
        box.addWidget(self._place)
        box.addWidget(self.edit)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.save)
        self.edit.textChanged.connect(self._pause.start)
        self.edit.installEventFilter(self)
        workspace.active.slice_changed.connect(self._on_slice)
        workspace.active.series_changed.connect(self._on_slice)
        workspace.image_marks.changed.connect(self._on_marks)
        self._tile = workspace.active_tile

    def follow(self, tile: Tile) -> None:
        """Show the note of a tile's image."""
        self._tile = tile
        self._on_slice()

    def begin(self) -> None:
        """Take the keys; Esc gives them back to the image."""
        self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.edit.moveCursor(self.edit.textCursor().MoveOperation.End)

    @Slot()
    def save(self) -> None:
        """Keep what is written about the image that it was written about."""
        self._pause.stop()
        if self._about is None:
            return
        text = self.edit.toPlainText().strip()
        kept = self._workspace.image_marks.of(self._about.key)
        if text != (kept.note if kept is not None else ""):
            self._workspace.image_marks.set_note(self._about.series, self._about.index, text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            self.save()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.save()
            self._leave()
            return True
        return False

    def _leave(self) -> None:
        """Give the keys back to the image."""
        if self.edit.hasFocus():
            self.edit.clearFocus()
            self.left.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        self.save()  # the window closes, or another tab came to the front
        super().hideEvent(event)

    @Slot()
    def _on_slice(self) -> None:
        self.save()
        self._leave()  # what is typed next would be written of another image
        shown = shown_image(self._tile)
        self._about = shown if shown is not None and shown.planes is None else None  # planes have no notes
        self._show()

    @Slot(object)
    def _on_marks(self, images: frozenset[tuple[str, int]]) -> None:
        if self._about is not None and not self.edit.hasFocus() and self._about.key in images:
            self._show()

    def _show(self) -> None:
        text = ""
        if self._about is not None:
            kept = self._workspace.image_marks.of(self._about.key)
            text = kept.note if kept is not None else ""
        self.edit.setEnabled(self._about is not None)
        place = self.tr("Note of {image}").format(image=name_on(self._tile))
        self._place.setText(place if self._about is not None else self.tr("Note"))
        if text != self.edit.toPlainText():
            blocked = self.edit.blockSignals(True)
            self.edit.setPlainText(text)
            self.edit.blockSignals(blocked)
