"""A field over the image for the reader's words: Enter or leaving it keeps them, Esc does not."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

WIDTH, MOST = 220, 200


class WordField(QLineEdit):
    """Lives on the canvas while words are written."""

    done = Signal(object)  # the words, None when given up

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = parent
        self.setAccessibleName(self.tr("Words on the image"))
        self.setPlaceholderText(self.tr("Write, then Enter"))
        self.setMaxLength(MOST)
        self.setFixedWidth(WIDTH)
        self._open = False
        self.returnPressed.connect(self._on_return)
        self.hide()

    def ask(self, middle: QPoint, text: str) -> None:
        """Open with its middle at a point of the canvas, kept inside it."""
        place = QRect(QPoint(), self.sizeHint())
        place.setWidth(WIDTH)
        place.moveCenter(middle)
        room = self._canvas.rect()
        place.moveLeft(max(min(place.left(), room.right() - WIDTH), room.left()))
        place.moveTop(max(min(place.top(), room.bottom() - place.height()), room.top()))
        self.move(place.topLeft())
        self.setText(text)
        self.selectAll()
        self._open = True
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def open(self) -> bool:
        return self._open

    def close_with(self, text: str | None) -> None:
        """End; the focus goes back to the image."""
        if not self._open:
            return
        self._open = False
        had = self.hasFocus()
        self.hide()
        if had:
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        self.done.emit(text)

    @Slot()
    def _on_return(self) -> None:
        self.close_with(self.text().strip())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.close_with(self.text().strip())

    def event(self, event: QEvent) -> bool:
        # Esc belongs to the field while it is open, not to the window's own key.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_with(None)
            return
        super().keyPressEvent(event)
        event.accept()  # keys of the field are not the image's
