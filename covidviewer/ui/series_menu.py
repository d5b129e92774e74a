"""The menu of a series: show it as it is, or as planes cut through it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, QPoint, Qt, Slot
from PySide6.QtWidgets import QMenu, QTreeView

from covidviewer.ui.series_card import KEY_ROLE
from covidviewer.workspace.workspace import Workspace


class SeriesMenu(QObject):
    """Opens on a right click, or on the menu key, over a series of the tree."""

    def __init__(self, workspace: Workspace, tree: QTreeView) -> None:
        super().__init__(tree)
        self._workspace, self._tree = workspace, tree
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._on_wanted)

    @Slot(QPoint)
    def _on_wanted(self, place: QPoint) -> None:
        index = self._tree.indexAt(place)
        key = str(index.data(KEY_ROLE) or "") if index.isValid() else ""
        if key:
            menu = self.menu(key)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self._tree.viewport().mapToGlobal(place))

    def menu(self, key: str) -> QMenu:
        """The menu of one series."""
        menu = QMenu(self._tree)
        menu.setToolTipsVisible(True)
        series = self._workspace.series(key)
        why = self._workspace.reformats.refusal(series)
        for name, text in (
            ("", _tr("Show the images")),
            ("axial", _tr("Show as axial")),
            ("coronal", _tr("Show as coronal")),
            ("sagittal", _tr("Show as sagittal")),
        ):
            action = menu.addAction(text)
            action.setObjectName(f"show.{name or 'images'}")
            action.setEnabled(not (name and why))
            if name and why:
                action.setToolTip(why)
            action.triggered.connect(_Choice(self._workspace, key, name, menu).choose)
        return menu


class _Choice(QObject):
    """Shows one series in one way; lives as long as its menu."""

    def __init__(self, workspace: Workspace, key: str, name: str, menu: QMenu) -> None:
        super().__init__(menu)
        self._workspace, self._key, self._name = workspace, key, name

    @Slot()
    def choose(self) -> None:
        if self._name:
            self._workspace.reformats.show_series(self._key, self._name)
        else:
            self._workspace.show(self._key)


def _tr(text: str) -> str:
    return QCoreApplication.translate("SeriesMenu", text)
