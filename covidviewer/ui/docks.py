"""The panes at the sides of the window: made, folded, brought back where and as wide as the reader left them."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QToolButton, QWidget

if TYPE_CHECKING:
    from covidviewer.workspace.preferences import PreferenceStore

#: Widths of docks in logical pixels before the reader changes them; those in tabs share one.
WIDTHS = {"studies": 268, "reading": 340, "measure": 340, "objects": 340, "tags": 380}
#: Least widths of their contents.
LEAST_WIDTHS = {"studies": 180, "reading": 304, "measure": 240, "objects": 304, "tags": 304}
#: Narrower windows take width from the docks, which is not what the reader gave them.
NARROW = 1100


class Docks(QObject):
    """The docks of one window by name.

    Widths count as the reader's own while the window is at least `NARROW` wide.
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.by_name: dict[str, QDockWidget] = {}
        self._widths = dict(WIDTHS)
        self._kept: dict[str, int] = {}  # of the last time

    def add(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> None:
        """Make a dock with a head of its own; name : of `WIDTHS`, and of the place that is written down."""
        from covidviewer.ui.icons import icon

        dock = QDockWidget(title, self._window)
        dock.setObjectName(name)
        dock.setWidget(widget)
        widget.setMinimumWidth(LEAST_WIDTHS[name])
        head = QWidget()
        head.setObjectName("dockTitle")
        head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        label = QLabel(title)
        close = QToolButton()
        close.setIcon(icon("close"))
        close.setIconSize(QSize(14, 14))
        close.setMinimumSize(24, 24)
        close.setToolTip(self.tr("Fold away"))
        close.setAccessibleName(self.tr("Fold away: {name}").format(name=title))
        close.clicked.connect(dock.close)
        row = QHBoxLayout(head)
        row.setContentsMargins(14, 3, 4, 3)
        row.addWidget(label, 1)
        row.addWidget(close)
        dock.setTitleBarWidget(head)
        self._window.addDockWidget(area, dock)
        self.by_name[name] = dock

    def toggle(self, name: str) -> None:
        """Fold a dock away, or bring it to the front where it is folded or behind another tab."""
        dock = self.by_name[name]
        tabs = bool(self._window.tabifiedDockWidgets(dock))
        behind = not dock.isHidden() and tabs and dock.visibleRegion().isEmpty()
        dock.setVisible(dock.isHidden() or behind)
        if not dock.isHidden():
            dock.raise_()

    def show(self, name: str) -> None:
        """Bring a dock to the front."""
        self.by_name[name].show()
        self.by_name[name].raise_()

    def shown(self, name: str) -> bool:
        """Whether a dock is not folded away; it may lie behind another tab."""
        return not self.by_name[name].isHidden()

    # -- places and widths --

    def keep(self, preferences: PreferenceStore) -> None:
        """Write down where the docks are and how wide."""
        preferences.set_layout("docks", bytes(self._window.saveState(self._version()).data()))
        preferences.set_layout("dock_widths", json.dumps(self._widths).encode())

    def restore(self, preferences: PreferenceStore) -> None:
        """Bring the docks back where they were, as wide as they were.

        On a window that is on screen already Qt's own restoring gives each of them half the window.
        """
        for dock in self.by_name.values():
            dock.installEventFilter(self)
        self._kept = {**self._widths, **_widths(preferences.layout("dock_widths"))}
        if self._window.restoreState(preferences.layout("docks"), self._version()):
            QTimer.singleShot(0, self, self._give_kept)  # once Qt has laid the docks out
        self._give_kept()

    def give_widths(self) -> None:
        """Give each dock, and of docks in tabs the first, the width that the reader gave it."""
        first: list[QDockWidget] = []
        for dock in self.by_name.values():
            if not any(other in first for other in self._window.tabifiedDockWidgets(dock)):
                first.append(dock)
        widths = [self._widths[d.objectName()] for d in first]
        self._window.resizeDocks(first, widths, Qt.Orientation.Horizontal)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(event, QResizeEvent) and self._window.width() >= NARROW:
            width = event.size().width()
            if width != event.oldSize().width() and isinstance(watched, QDockWidget):
                tabs = self._window.tabifiedDockWidgets(watched)
                if not tabs or not watched.visibleRegion().isEmpty():  # Qt gives those behind widths of its own
                    self._widths.update({dock.objectName(): width for dock in (watched, *tabs)})
        return False

    @Slot()
    def _give_kept(self) -> None:
        self._widths = dict(self._kept)  # not what they had for a moment
        self.give_widths()

    def _version(self) -> int:
        """Changes with the docks that there are: places written down without one would put it anywhere."""
        return zlib.crc32(" ".join(sorted(self.by_name)).encode()) >> 1  # Qt takes a signed number


def _widths(kept: bytes) -> dict[str, int]:
    """Widths of docks by name as they were kept; what is no such table is no width."""
    try:
        found = json.loads(kept or b"{}")
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: width for name, width in found.items() if name in WIDTHS and isinstance(width, int)}
