"""Keeps keys and wheel where the user expects them.

Arrows, Home, End and Page keys are shortcuts of the window (slices and series). A slider, list or menu box that was
reached by Tab needs them itself; a click on one must not take them away from the image, and a wheel turned over the
side panel must scroll the panel, not change a value below the pointer. Nor may a click on a button: Space, which shows
the image without its map, would press it again, or the next one once the clicked one is hidden.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QScrollArea,
    QScrollBar,
    QWidget,
)

_OWN_KEYS = frozenset(
    {
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
    }
)
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class FocusGuard(QObject):
    """An event filter for the controls below a widget; it sees only their events, not the image's."""

    def watch(self, root: QWidget) -> None:
        """Guard every control that is below ``root`` now."""
        for control in root.findChildren(QWidget):
            if isinstance(control, QScrollBar):
                continue
            # A press that a button lets pass goes on to the panel around it.
            clicked = isinstance(control, (QAbstractButton, QScrollArea))
            if clicked and control.focusPolicy() & Qt.FocusPolicy.ClickFocus:
                control.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            if isinstance(control, (QAbstractSlider, QComboBox, QAbstractSpinBox, QAbstractItemView)):
                control.setFocusPolicy(Qt.FocusPolicy.TabFocus)
                control.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() in _OWN_KEYS and event.modifiers() in _PLAIN:
                event.accept()  # the key then comes to the control as a key press
                return True
        elif kind == QEvent.Type.Wheel and isinstance(watched, (QAbstractSlider, QComboBox, QAbstractSpinBox)):
            event.setAccepted(watched.hasFocus())
            return not watched.hasFocus()
        return False
