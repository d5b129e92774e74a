"""Everything that can leave the program, in one place, with a preview of what it will be."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from covidviewer.ui.actions import Actions
from covidviewer.ui.icons import icon
from covidviewer.ui.out.exporter import Exporter
from covidviewer.ui.out.picture import Look
from covidviewer.ui.out.policy import export_policy
from covidviewer.workspace.workspace import Workspace

PREVIEW = QSize(460, 400)
PREVIEW_MS = 120  # after the last change on screen


class ExportDialog(QDialog):
    """Non-modal; follows the active tile. The identity is off each time it opens."""

    def __init__(self, workspace: Workspace, exporter: Exporter, actions: Actions, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._workspace, self._exporter = workspace, exporter
        self.setWindowTitle(self.tr("Export"))
        value = workspace.preferences.value
        self.preview = QLabel()
        self.preview.setFixedSize(PREVIEW)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.preview.setAccessibleName(self.tr("Preview"))
        self.texts = QCheckBox(self.tr("Corner texts, letters and scale"))
        self.texts.setChecked(value.export_texts)
        self.identity = QCheckBox(self.tr("Name, ID and birth date of the patient"))
        self.scales = QButtonGroup(self)
        self._warning = QLabel()
        self._warning.setProperty("role", "muted")
        self._warning.setWordWrap(True)
        self._warning.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._warning.setMinimumHeight(4 * self.fontMetrics().height())
        side = QVBoxLayout()
        side.setSpacing(8)
        head = QLabel(self.tr("Picture"))
        head.setProperty("role", "head")
        side.addWidget(head)
        side.addWidget(self.texts)
        side.addWidget(self.identity)
        for scale in export_policy().scales:
            choice = QRadioButton()
            choice.setMinimumHeight(24)
            choice.setChecked(scale == value.export_scale)
            self.scales.addButton(choice, scale)
            side.addWidget(choice)
        side.addWidget(self._warning)
        side.addSpacing(6)
        self.save = self._button("export", self.tr("Save picture…"), exporter.save)
        self.copy = self._button("copy", self.tr("Copy picture"), exporter.copy)
        self.film = self._button("play", self.tr("Save film (GIF)…"), exporter.save_cine)
        for button in (self.save, self.copy, self.film):
            side.addWidget(button)
        for id in ("export.print", "export.csv", "export.json"):
            side.addWidget(self._row(actions, id))
        side.addStretch(1)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.close)
        side.addWidget(close)
        box = QHBoxLayout(self)
        box.setContentsMargins(16, 16, 16, 14)
        box.setSpacing(18)
        box.addWidget(self.preview)
        box.addLayout(side)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(PREVIEW_MS)
        self._later.timeout.connect(self.refresh)
        self.texts.toggled.connect(self._on_chosen)
        self.identity.toggled.connect(self._on_chosen)
        self.scales.idClicked.connect(self._on_chosen)
        active = workspace.active
        for signal in (
            active.series_changed, active.slice_changed, active.slice_filled, active.view_changed,
            active.overlay_changed, workspace.preferences.changed, workspace.readings.slices_changed,
        ):  # fmt: skip
            signal.connect(self._on_changed)
        self.save.setDefault(True)
        self.refresh()

    @property
    def look(self) -> Look:
        """What is chosen here."""
        return Look(self.texts.isChecked(), self.identity.isChecked(), max(self.scales.checkedId(), 1))

    def _button(self, picture: str, text: str, does: object) -> QPushButton:
        button = QPushButton(icon(picture), text)
        button.setIconSize(QSize(18, 18))
        button.setMinimumHeight(30)
        button.clicked.connect(lambda: does(self.look))  # type: ignore[operator]
        return button

    def _row(self, actions: Actions, id: str) -> QPushButton:
        action = actions[id]
        button = QPushButton(action.icon(), action.text())
        button.setIconSize(QSize(18, 18))
        button.setMinimumHeight(30)
        button.setEnabled(action.isEnabled())
        button.clicked.connect(action.trigger)
        action.enabledChanged.connect(button.setEnabled)
        return button

    @Slot()
    def _on_changed(self, *_args: object) -> None:
        self._later.start()

    @Slot()
    def _on_chosen(self, *_args: object) -> None:
        self._workspace.preferences.update(
            export_texts=self.texts.isChecked(), export_scale=max(self.scales.checkedId(), 1)
        )
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Draw the preview anew and say what may be chosen."""
        hidden = self._workspace.preferences.value.hide_identity
        self.identity.setEnabled(self.texts.isChecked() and not hidden)
        if hidden:
            self.identity.setChecked(False)
        words = self.tr("Nothing of the patient is written, but pixels may hold burnt-in names: look before you send.")
        if self.identity.isChecked() and self.identity.isEnabled():
            words = self.tr("The picture will say who the patient is.")
        self._warning.setText(words)
        some = self._workspace.active_tile.series is not None
        for button in (self.save, self.copy):
            button.setEnabled(some)
        self.film.setEnabled(self._workspace.active_tile.count > 1)
        if not some:
            self.preview.setText(self.tr("No image"))
            return
        image = self._exporter.picture(Look(self.look.texts, self.look.identity, 1))
        for scale in export_policy().scales:
            text = self.tr("{columns} × {rows} pixels").format(
                columns=image.width() * scale, rows=image.height() * scale
            )
            self.scales.button(scale).setText(text)
        ratio = self.devicePixelRatioF()
        small = image.scaled(
            PREVIEW * ratio, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        small.setDevicePixelRatio(ratio)
        self.preview.setPixmap(QPixmap.fromImage(small))

    def closeEvent(self, event: QCloseEvent) -> None:
        self._later.stop()
        super().closeEvent(event)
