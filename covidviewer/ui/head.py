"""The head of the window over its whole width: menus, tool bar, problems bar."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QSizePolicy, QToolBar, QToolButton, QVBoxLayout, QWidget

from covidviewer.ui.actions import MENUS, Actions
from covidviewer.ui.layout_button import LayoutButton, fill_protocols
from covidviewer.ui.measure.button import MeasureButton
from covidviewer.ui.preset_button import PresetButton, fill_menu
from covidviewer.ui.problems_bar import ProblemsBar
from covidviewer.workspace.workspace import Workspace

#: Ids of the action table in the order of the tool bar; "" is a rule.
TOOLBAR: tuple[str, ...] = (
    "view.studies", "", "file.open_folder", "file.open_file", "",
    "tool.window", "tool.pan", "tool.zoom", "tool.scroll", "tool.region", "*measure", "",
    "*preset", "",
    "view.fit", "view.actual", "view.rotate", "view.flip_h", "view.flip_v", "view.invert", "view.reset", "",
    "cine.toggle", "",
    "*layout", "link.tiles", "tool.cursor", "",
    "reading.run", "reading.cancel", "overlay.toggle", "reading.top", "*space",
    "view.identity", "view.full_screen", "help.keys", "view.reading",
)  # fmt: skip

#: Rows with a rule above them in their menu.
SEPARATED = frozenset(
    {
        "file.demo", "file.settings", "export.picture", "export.csv", "export.print",
        "series.previous", "cine.toggle", "view.fit", "overlay.toggle", "reading.card",
        "tool.ellipse", "tool.arrow", "measure.delete", "image.key",
        "view.studies", "help.about", "layout.1", "link.tiles",
    }
)  # fmt: skip


class Head(QWidget):
    """Made from the action table; takes the place of the menu bar, so that it is wider than the docks."""

    def __init__(self, workspace: Workspace, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._actions = actions
        self.problems = ProblemsBar(workspace.problems)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self.menus = QMenuBar()
        for id, text in MENUS.items():
            menu = self.menus.addMenu(QApplication.translate("actions", text))
            self._fill_menu(menu, id)
        self.toolbar = self._build_toolbar()
        box.addWidget(self.menus)
        box.addWidget(self.toolbar)
        box.addWidget(self.problems)

    def _fill_menu(self, menu: QMenu, id: str) -> None:
        for action in self._actions.of_menu(id):
            if action.objectName() in SEPARATED:
                menu.addSeparator()
            menu.addAction(action)
            if action.objectName() == "file.open_file":
                self._recent = menu.addMenu(self.tr("Recent"))
                self._recent.aboutToShow.connect(self._fill_recent)
            if action.objectName() == "layout.1+3":
                self._protocols = menu.addMenu(self.tr("Hanging"))
                self._protocols.aboutToShow.connect(self._fill_protocols)
            if action.objectName() == "tool.region":
                self._presets = menu.addMenu(self.tr("Windows"))
                self._presets.aboutToShow.connect(self._fill_presets)

    def _build_toolbar(self) -> QToolBar:
        bar = QToolBar(self.tr("Tools"))
        bar.setObjectName("tools")
        bar.setIconSize(QSize(20, 20))
        bar.setMovable(False)
        bar.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for id in TOOLBAR:
            if id == "":
                bar.addSeparator()
            elif id == "*preset":
                self.preset_button = PresetButton(self._workspace, self._actions)
                bar.addWidget(self.preset_button)
            elif id == "*layout":
                self.layout_button = LayoutButton(self._workspace, self._actions)
                bar.addWidget(self.layout_button)
            elif id == "*measure":
                self.measure_button = MeasureButton(self._actions)
                bar.addWidget(self.measure_button)
            elif id == "*space":
                space = QWidget()
                space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
                bar.addWidget(space)
            else:
                action = self._actions[id]
                bar.addAction(action)
                button = bar.widgetForAction(action)
                button.setAccessibleName(action.text())
                button.setMinimumSize(30, 30)
        for button in bar.findChildren(QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # by Tab alone: a click leaves the keys with the image
        return bar

    @Slot()
    def _fill_recent(self) -> None:
        self._recent.clear()
        value = self._workspace.preferences.value
        for name in () if value.hide_identity else value.recent:
            action = self._recent.addAction(name)
            action.setData(name)
            action.triggered.connect(self._on_recent)
        if self._recent.isEmpty():
            self._recent.addAction(self.tr("Nothing yet")).setEnabled(False)

    @Slot()
    def _on_recent(self) -> None:
        action = self.sender()
        if action is not None:
            self._workspace.open([Path(str(action.data()))])  # type: ignore[attr-defined]

    @Slot()
    def _fill_protocols(self) -> None:
        fill_protocols(self._protocols, self._workspace)

    @Slot()
    def _fill_presets(self) -> None:
        self._presets.clear()
        fill_menu(self._presets, self._workspace.active_tile, self._actions)
