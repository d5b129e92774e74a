"""Alt let go after Alt and the wheel must not open the menu bar.

Qt's menu bar takes the keys when Alt is pressed and let go with nothing between; a turn of the wheel is nothing to it.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent


class AltRelease(QObject):
    """Swallows the next release of Alt; any other key, or another window, ends the wait."""

    def arm(self) -> None:
        """Call it when the wheel was turned with Alt."""
        app = QCoreApplication.instance()
        if app is not None:
            # The filter that came last is asked first: the menu bar put its own there when Alt was pressed.
            app.removeEventFilter(self)
            app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        swallowed = False
        if isinstance(event, QKeyEvent) and kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            if event.key() != Qt.Key.Key_Alt:
                self._disarm()
            elif kind == QEvent.Type.KeyRelease:
                self._disarm()
                swallowed = True
        elif kind == QEvent.Type.ApplicationDeactivate:
            self._disarm()
        return swallowed

    def _disarm(self) -> None:
        app = QCoreApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
