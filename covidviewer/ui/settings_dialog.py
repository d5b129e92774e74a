"""The settings: a page for each subject; each change takes effect at once and is kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from covidviewer.errors import CovidViewerError
from covidviewer.imaging import colormaps
from covidviewer.ui.appearance import Appearance
from covidviewer.ui.cine import FPS_STEPS
from covidviewer.ui.commands import TEXT_LEVELS
from covidviewer.ui.settings.colors_page import ColorsPage
from covidviewer.ui.settings.keys_page import KeysPage
from covidviewer.ui.settings.mouse_page import MousePage
from covidviewer.ui.settings.presets_page import PresetsPage
from covidviewer.ui.settings.protocols_page import ProtocolsPage
from covidviewer.workspace import own_settings
from covidviewer.workspace.workspace import Workspace

PAGE_LIST_WIDTH = 168
ROW_HEIGHT = 30


class SettingsDialog(QDialog):
    """Non-modal; reads and writes `Preferences`."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._preferences = workspace.preferences
        self.setWindowTitle(self.tr("Settings"))
        self._boxes: dict[str, QCheckBox] = {}
        self._choices: dict[str, QComboBox] = {}
        self.pages = QListWidget()
        self.pages.setAccessibleName(self.tr("Pages of the settings"))
        self.pages.setFixedWidth(PAGE_LIST_WIDTH)
        self._stack = QStackedWidget()
        self.keys, self.presets = KeysPage(workspace), PresetsPage(workspace)
        self.mouse, self.protocols = MousePage(workspace), ProtocolsPage(workspace)
        self.colors = ColorsPage(workspace)
        for title, page in (
            (self.tr("Appearance"), self._appearance()),
            (self.tr("Display"), self._display()),
            (self.tr("Mouse"), self.mouse),
            (self.tr("Keys"), self.keys),
            (self.tr("Windows"), self.presets),
            (self.tr("Hanging"), self.protocols),
            (self.tr("Second reading"), self._second_reading()),
            (self.tr("Colours"), self.colors),
            (self.tr("Privacy"), self._privacy()),
        ):
            self._add(title, page)
        self.pages.currentRowChanged.connect(self._stack.setCurrentIndex)
        self.pages.setCurrentRow(0)
        self._state = QLabel()
        self._state.setProperty("role", "muted")
        row = QHBoxLayout()
        for text, does in (
            (self.tr("Export settings…"), self._on_export),
            (self.tr("Import settings…"), self._on_import),
        ):
            row.addWidget(self._button(text, does))
        row.addWidget(self._state, 1)
        row.addWidget(self._button(self.tr("Close"), self.close))
        middle = QHBoxLayout()
        middle.setSpacing(16)
        middle.addWidget(self.pages)
        middle.addWidget(self._stack, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 14, 16, 12)
        box.setSpacing(12)
        box.addLayout(middle, 1)
        box.addLayout(row)
        self._preferences.changed.connect(self.refresh)
        self.refresh()
        self.resize(860, 560)

    # -- building --

    def _add(self, title: str, page: QWidget) -> None:
        holder = QWidget()
        box = QVBoxLayout(holder)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(10)
        head = QLabel(title)
        head.setProperty("role", "head")
        box.addWidget(head)
        box.addWidget(page, 1)
        item = QListWidgetItem(title, self.pages)
        item.setSizeHint(QSize(0, ROW_HEIGHT))
        self._stack.addWidget(holder)

    def _appearance(self) -> QWidget:
        page, form = self._form()
        self.appearance = Appearance(form, self._preferences, self)
        return page

    def _display(self) -> QWidget:
        page, form = self._form()
        self._check(form, "smooth", self.tr("Smooth enlarged images"))
        self._check(form, "reference_lines", self.tr("Reference lines of other tiles"))
        self._check(form, "hang_by_protocol", self.tr("Hang studies by protocol"))
        levels = zip(TEXT_LEVELS, (self.tr("all"), self.tr("minimal"), self.tr("none")), strict=True)
        self._choice(form, "corner_texts", self.tr("Corner texts"), [(text, level) for level, text in levels])
        speeds = [(self.tr("{n} images a second").format(n=fps), fps) for fps in FPS_STEPS]
        self._choice(form, "cine_fps", self.tr("Cine speed"), speeds)
        return page

    def _second_reading(self) -> QWidget:
        page, form = self._form()
        self._check(form, "read_on_open", self.tr("Start when a series is shown"))
        self._choice(form, "overlay_colormap", self.tr("Colours of the map"), _colors())
        forms = [(self.tr("contour"), "contour"), (self.tr("fill"), "fill"), (self.tr("blocks"), "blocks")]
        self._choice(form, "overlay_form", self.tr("Form of the map"), forms)
        return page

    def _privacy(self) -> QWidget:
        page, form = self._form()
        self._check(form, "hide_identity", self.tr("Hide identity (names, IDs, dates of birth)"))
        self._check(form, "remember_studies", self.tr("Remember the studies and places that I open"))
        words = QLabel(self.tr("Turning the second off forgets the study list and the recent places at once."))
        words.setProperty("role", "muted")
        words.setWordWrap(True)
        form.addRow(words)
        return page

    def _form(self) -> tuple[QWidget, QFormLayout]:
        page = QWidget()
        form = QFormLayout(page)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(10)
        return page, form

    def _button(self, text: str, does: object) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(does)
        return button

    def _check(self, form: QFormLayout, field: str, text: str) -> None:
        box = QCheckBox(text)
        box.setObjectName(field)
        box.setMinimumHeight(24)
        box.toggled.connect(self._on_toggled)
        self._boxes[field] = box
        form.addRow(box)

    def _choice(self, form: QFormLayout, field: str, text: str, choices: Sequence[tuple[str, object]]) -> None:
        box = self._choices[field] = QComboBox()
        box.setObjectName(field)
        box.setAccessibleName(text)
        box.setMinimumHeight(28)
        for name, value in choices:
            box.addItem(name, value)
        box.activated.connect(self._on_choice)
        form.addRow(text, box)

    # -- following and asking --

    @Slot()
    def refresh(self) -> None:
        """Show what is so now."""
        value = self._preferences.value
        for field, box in self._boxes.items():
            box.setChecked(bool(getattr(value, field)))
        colors, wanted = self._choices["overlay_colormap"], _colors()
        if [colors.itemData(i) for i in range(colors.count())] != [id for _, id in wanted]:
            colors.clear()
            for name, id in wanted:
                colors.addItem(name, id)
        for field, choice in self._choices.items():
            choice.setCurrentIndex(max(choice.findData(getattr(value, field)), 0))

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        sender = self.sender()
        if sender is not None:
            self._preferences.update(**{sender.objectName(): on})
            if sender.objectName() == "read_on_open":
                self._workspace.read_automatically = on

    @Slot()
    def _on_choice(self) -> None:
        box = self.sender()
        if isinstance(box, QComboBox):
            field, value = box.objectName(), box.currentData()
            self._preferences.update(**{field: value})
            if field.startswith("overlay_"):
                for tile in self._workspace.tiles:
                    tile.set_overlay(**{field.removeprefix("overlay_"): value})

    @Slot()
    def _on_export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export settings"), "covidviewer-settings.json", self.tr("JSON (*.json)"), "",
            QFileDialog.Option.DontUseNativeDialog,
        )  # fmt: skip
        if name:
            self._tell(lambda: own_settings.to_file(Path(name), self._preferences.value), self.tr("Settings exported."))

    @Slot()
    def _on_import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, self.tr("Import settings"), "", self.tr("JSON (*.json)"), "",
            QFileDialog.Option.DontUseNativeDialog,
        )  # fmt: skip
        if name:
            self._tell(
                lambda: self._preferences.update(**own_settings.from_file(Path(name))), self.tr("Settings imported.")
            )

    def _tell(self, does: object, done: str) -> None:
        try:
            does()  # type: ignore[operator]
        except CovidViewerError as error:
            done = f"{error.message} {error.advice}"
        self._state.setText(done)


def _colors() -> list[tuple[str, object]]:
    """(name, id) of colour maps, the reader's own after ours."""
    return [*((name, name) for name in colormaps.NAMES), *((name, id) for id, name in colormaps.own_names().items())]
