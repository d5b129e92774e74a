"""Part of the overlay panel: by which method the map is made, and what making it on demand takes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from covidviewer.inference.methods import METHODS
from covidviewer.ui.explained_words import EXPLAIN_KEY, name_of, unstable, worth
from covidviewer.ui.icons import icon
from covidviewer.workspace.explanations import USUAL, Progress, compare_methods, signed
from covidviewer.workspace.workspace import Workspace


class ExplainBox(QWidget):
    """Choice of method for the active tile; runs, calls off and tells of explanations of the slice on screen."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.method = QComboBox()
        self.method.setAccessibleName(self.tr("Method of the map"))
        self.method.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.method.setMinimumContentsLength(8)
        self.method.setToolTip(self.tr("How the map of this tile is made; each tile may have its own"))
        for name in METHODS:
            self.method.addItem(self._entry(name), name)
        self.method.activated.connect(self._on_method)
        self.explain = QPushButton(self.tr("Explain this slice"))
        self.explain.setToolTip(self.tr("Make this map for the slice on screen ({key})").format(key=EXPLAIN_KEY))
        self.explain.clicked.connect(self._on_explain)
        self.cancel = QPushButton(icon("cancel"), self.tr("Cancel"))
        self.cancel.setAccessibleName(self.tr("Cancel the explanation"))
        self.cancel.setToolTip(self.tr("Esc or Shift+F5"))
        self.cancel.clicked.connect(self._on_cancel)
        self.compare = QPushButton(icon("layout-1x2"), self.tr("Compare methods"))
        self.compare.setToolTip(self.tr("The same slice beside itself, with another method (Shift+C)"))
        self.compare.clicked.connect(self._on_compare)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress of the explanation"))
        self.told = QLabel()
        self.told.setWordWrap(True)
        self.told.setProperty("role", "muted")
        self.warning = QLabel()
        self.warning.setWordWrap(True)
        self.warning.setProperty("role", "warning")

        # One below the other: side by side they are wider than the dock in some languages.
        row = QVBoxLayout()
        row.setSpacing(6)
        for button in (self.explain, self.cancel, self.compare):
            row.addWidget(button)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(self.method)
        box.addLayout(row)
        box.addWidget(self.progress)
        box.addWidget(self.told)
        box.addWidget(self.warning)

        active = workspace.active
        for changed in (active.overlay_changed, active.series_changed, active.slice_changed):
            changed.connect(self.refresh)
        workspace.explanations.changed.connect(self.refresh)
        workspace.readings.slices_changed.connect(self.refresh)
        workspace.readings.series_changed.connect(self.refresh)
        workspace.layout_changed.connect(self.refresh)
        self.refresh()

    def _entry(self, method: str) -> str:
        if signed(method):
            return self.tr("{name}, for and against").format(name=name_of(method))
        return name_of(method)

    @Slot()
    @Slot(object)
    def refresh(self, *_args: object) -> None:
        """Show what is known of the slice on the active tile."""
        explanations, tile = self._workspace.explanations, self._workspace.active_tile
        method = explanations.method_of(tile)
        self.method.setCurrentIndex(self.method.findData(method))
        self.method.setEnabled(tile.series is not None and not tile.computed)
        running = explanations.running(tile)
        able = bool(explanations.askable())
        self.explain.setEnabled(
            able or running is not None
        )  # disabled, it would lose the keys before they are handed on
        self._exchange(running is not None)
        self.explain.setEnabled(able)
        self.compare.setEnabled(tile.series is not None and not tile.computed)
        self.progress.setVisible(running is not None)
        if running is not None:
            self.progress.setRange(0, running.total)
            self.progress.setValue(running.done)
        told, warning = self._words(method, running)
        self.told.setText(told)
        self.told.setVisible(bool(told))
        self.warning.setText(warning)
        self.warning.setVisible(bool(warning))

    def _exchange(self, running: bool) -> None:
        """One button takes the other's place, and the keys if that had them: left to Qt they would go to the next."""
        shown, hidden = (self.cancel, self.explain) if running else (self.explain, self.cancel)
        held = hidden.hasFocus()
        shown.setVisible(True)
        if held and shown.isEnabled():
            shown.setFocus(Qt.FocusReason.OtherFocusReason)
        hidden.setVisible(False)

    def _words(self, method: str, running: Progress | None) -> tuple[str, str]:
        explanations, tile = self._workspace.explanations, self._workspace.active_tile
        readings = self._workspace.current_readings()
        reading = readings.slices.get(tile.index) if readings is not None and not tile.computed else None
        if reading is None:
            return "", ""
        if not explanations.on_demand(tile):
            return worth(method, True) + self.tr(": comes with the reading"), ""
        found = explanations.get(tile)
        warning = unstable(found, self._workspace.label()) if found is not None else ""
        if running is not None:
            if not running.total:
                return self.tr("Preparing…"), warning
            return self.tr("{done} of {count} changed pictures").format(done=running.done, count=running.total), warning
        if found is None:
            return self.tr("No {name} map for this slice yet.").format(name=name_of(method)), ""
        text = self.tr("{worth}; {s:.1f} s").format(worth=worth(method, found.exact), s=found.seconds)
        label = self._workspace.label()
        if found.stability is not None and label in found.reading.classes and not warning:
            agreement = found.stability[found.reading.classes.index(label)]
            text += "; " + self.tr("two seeds agree by {r:.2f}").format(r=agreement)
        return text, warning

    @Slot()
    def _on_method(self) -> None:
        method = str(self.method.currentData())
        self._workspace.active_tile.set_overlay(method="" if method == USUAL else method)

    @Slot()
    def _on_explain(self) -> None:
        self._workspace.explanations.ask_shown()

    @Slot()
    def _on_cancel(self) -> None:
        self._workspace.explanations.cancel()

    @Slot()
    def _on_compare(self) -> None:
        compare_methods(self._workspace)
