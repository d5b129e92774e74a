"""Slab of the active tile, in the bottom bar: a plane, MIP, MinIP or mean, and how thick."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QLabel, QWidget

from covidviewer.imaging.mpr.policy import mpr_policy
from covidviewer.imaging.mpr.slab import MODES, PLANE, Slab
from covidviewer.workspace.workspace import Workspace


class SlabControl(QWidget):
    """Shows and sets the slab of the active tile; hidden where no plane can be cut."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        limits = mpr_policy().slab
        self._mm = limits.usual_mm
        self.mode = QComboBox()
        for mode, text in zip(MODES, (self.tr("Plane"), "MIP", "MinIP", self.tr("Mean")), strict=True):
            self.mode.addItem(text, mode)
        self.mode.setAccessibleName(self.tr("Slab"))
        self.mode.setToolTip(self.tr("What is seen through a slab: the largest, the smallest or the mean value"))
        self.thickness = QDoubleSpinBox()
        self.thickness.setDecimals(0)
        self.thickness.setRange(limits.least_mm, limits.most_mm)
        self.thickness.setSingleStep(limits.step_mm)
        self.thickness.setValue(limits.usual_mm)
        self.thickness.setSuffix(" mm")
        self.thickness.setKeyboardTracking(False)
        self.thickness.setAccessibleName(self.tr("Thickness of the slab in millimetres"))
        self.thickness.setToolTip(self.thickness.accessibleName())
        label = QLabel(self.tr("Slab"))
        label.setProperty("role", "muted")
        label.setBuddy(self.mode)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 12, 0)
        row.setSpacing(6)
        for widget in (label, self.mode, self.thickness):
            row.addWidget(widget)
        for field in (self.mode, self.thickness):
            field.setMinimumHeight(24)
        self.mode.activated.connect(self._on_chosen)
        self.thickness.valueChanged.connect(self._on_chosen)
        workspace.active.series_changed.connect(self.refresh)
        workspace.reformats.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Read the active tile."""
        tile = self._workspace.active_tile
        slab = self._workspace.reformats.slab(tile)
        self.setVisible(self._workspace.reformats.possible(tile))
        self.mode.setCurrentIndex(MODES.index(slab.mode))
        self.thickness.setEnabled(slab.on)
        if slab.on:
            self.thickness.blockSignals(True)
            self.thickness.setValue(slab.mm)
            self.thickness.blockSignals(False)

    @Slot()
    def _on_chosen(self, *_value: object) -> None:
        mode = str(self.mode.currentData())
        slab = Slab.of(mode, self.thickness.value()) if mode != "none" else PLANE
        self._workspace.reformats.set_slab(self._workspace.active_tile, slab)
        self.refresh()
