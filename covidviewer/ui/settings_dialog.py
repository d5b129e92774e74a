"""The settings of this version: each takes effect at once and is kept."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from covidviewer.ui.appearance import Appearance
from covidviewer.ui.cine import FPS_STEPS
from covidviewer.ui.commands import TEXT_LEVELS
from covidviewer.workspace.workspace import Workspace


class SettingsDialog(QDialog):
    """Non-modal; reads and writes `Preferences`."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._preferences = workspace.preferences
        self.setWindowTitle(self.tr("Settings"))
        self._boxes: dict[str, QCheckBox] = {}
        form = QFormLayout()
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(8)
        self._head(form, self.tr("Appearance"))
        self.appearance = Appearance(form, self._preferences, self)
        self._head(form, self.tr("Display"))
        self._check(form, "smooth", self.tr("Smooth enlarged images"))
        self._check(form, "up_is_brighter", self.tr("Dragging up makes the image brighter"))
        self._texts = QComboBox()
        for level, text in zip(TEXT_LEVELS, (self.tr("all"), self.tr("minimal"), self.tr("none")), strict=True):
            self._texts.addItem(text, level)
        self._texts.activated.connect(self._on_texts)
        form.addRow(self.tr("Corner texts"), self._texts)
        self._fps = QComboBox()
        for fps in FPS_STEPS:
            self._fps.addItem(self.tr("{n} images a second").format(n=fps), fps)
        self._fps.activated.connect(self._on_fps)
        form.addRow(self.tr("Cine speed"), self._fps)
        self._head(form, self.tr("Second reading"))
        self._check(form, "read_on_open", self.tr("Start when a series is shown"))
        self._head(form, self.tr("Privacy"))
        self._check(form, "hide_identity", self.tr("Hide identity (names, IDs, dates of birth)"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 16, 20, 14)
        box.setSpacing(14)
        box.addLayout(form)
        box.addStretch(1)
        box.addWidget(buttons)
        self._preferences.changed.connect(self.refresh)
        self.refresh()
        self.resize(460, 400)

    def _head(self, form: QFormLayout, text: str) -> None:
        label = QLabel(text)
        label.setProperty("role", "head")
        form.addRow(label)

    def _check(self, form: QFormLayout, field: str, text: str) -> None:
        box = QCheckBox(text)
        box.setObjectName(field)
        box.toggled.connect(self._on_toggled)
        self._boxes[field] = box
        form.addRow(box)

    @Slot()
    def refresh(self) -> None:
        value = self._preferences.value
        for field, box in self._boxes.items():
            box.setChecked(bool(getattr(value, field)))
        self._texts.setCurrentIndex(max(self._texts.findData(value.corner_texts), 0))
        self._fps.setCurrentIndex(max(self._fps.findData(value.cine_fps), 0))

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        sender = self.sender()
        if sender is not None:
            self._preferences.update(**{sender.objectName(): on})
            if sender.objectName() == "read_on_open":
                self._workspace.read_automatically = on

    @Slot()
    def _on_texts(self) -> None:
        self._preferences.update(corner_texts=str(self._texts.currentData()))

    @Slot()
    def _on_fps(self) -> None:
        self._preferences.update(cine_fps=int(self._fps.currentData()))
