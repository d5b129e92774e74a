"""The measure button of the tool bar: a click takes the tool last used, the arrow opens all of them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from covidviewer.imaging.measure import Kind
from covidviewer.ui.actions import Actions

FIRST = "tool.length"


class MeasureButton(QToolButton):
    """Made from the action table; shows the tool last used."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("measure")
        self.setIconSize(QSize(20, 20))
        self.setMinimumSize(44, 30)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = QMenu(self)
        for kind in Kind:
            action = actions[f"tool.{kind.value}"]
            if kind in (Kind.ELLIPSE, Kind.ARROW):
                menu.addSeparator()
            menu.addAction(action)
            action.triggered.connect(self._on_used)
        menu.addSeparator()
        menu.addAction(actions["measure.undo"])
        menu.addAction(actions["measure.redo"])
        self.setMenu(menu)
        self.setDefaultAction(actions[FIRST])
        self._name()

    @Slot()
    def _on_used(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.setDefaultAction(action)
            self._name()

    def _name(self) -> None:
        self.setAccessibleName(self.tr("Measure: {tool}").format(tool=self.defaultAction().text()))
