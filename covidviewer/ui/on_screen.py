"""Windows come back to a screen that is there: the one they were on may have been unplugged since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDockWidget, QWidget

#: Logical pixels of a window's head that have to be on a screen, so that it can be taken hold of.
GRIP = (120, 30)


def placed(frame: QRect, screens: Sequence[QRect]) -> QRect:
    """The frame itself where it can be taken hold of, else the same size, as far as it fits, on the first screen."""
    head = QRect(frame.topLeft(), frame.topLeft() + QPoint(frame.width() - 1, GRIP[1] - 1))
    for screen in screens:
        seen = head.intersected(screen)
        if seen.width() >= min(GRIP[0], frame.width()) and seen.height() >= GRIP[1] // 2:
            return frame
    if not screens:
        return frame
    first = screens[0]
    width, height = min(frame.width(), first.width()), min(frame.height(), first.height())
    left, top = first.x() + (first.width() - width) // 2, first.y() + (first.height() - height) // 2
    return QRect(left, top, width, height)


def bring_back(windows: Iterable[QWidget]) -> None:
    """Move top-level windows and floating docks that lie beside all screens back to the first one."""
    screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
    for window in windows:
        if isinstance(window, QDockWidget) and not window.isFloating():
            continue
        frame = window.frameGeometry()
        there = placed(frame, screens)
        if there != frame:
            window.resize(there.size() - (frame.size() - window.size()))
            window.move(there.topLeft())
