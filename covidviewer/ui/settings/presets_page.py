"""Windows: ours may be changed, own ones added; they are in the menus at once."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from covidviewer.imaging import voi
from covidviewer.imaging.voi import Preset
from covidviewer.workspace.own_settings import preset_lines, presets_of
from covidviewer.workspace.workspace import Workspace


class PresetsPage(QWidget):
    """Reads and writes `Preferences.presets`; ids are fixed, keys bind to ids."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = workspace.preferences
        self._tile = workspace.active
        self._filling = False
        self.table = QTableWidget(0, 3)
        self.table.setAccessibleName(self.tr("Windows: name, width, level"))
        self.table.setHorizontalHeaderLabels([self.tr("Name"), self.tr("Width"), self.tr("Level")])
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.verticalHeader().setDefaultSectionSize(28)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.itemChanged.connect(self._on_item)
        self.add = QPushButton(self.tr("Add the window on screen"))
        self.add.clicked.connect(self._on_add)
        self.remove = QPushButton(self.tr("Remove, or as it was"))
        self.remove.clicked.connect(self._on_remove)
        self.defaults = QPushButton(self.tr("Restore defaults"))
        self.defaults.clicked.connect(self._on_defaults)
        words = QLabel(self.tr("A double click or F2 changes a value. Width and level in HU; the width is at least 1."))
        words.setProperty("role", "muted")
        words.setWordWrap(True)
        row = QHBoxLayout()
        for button in (self.add, self.remove):
            button.setAutoDefault(False)
            row.addWidget(button)
        self.defaults.setAutoDefault(False)
        row.addStretch(1)
        row.addWidget(self.defaults)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(words)
        box.addWidget(self.table, 1)
        box.addLayout(row)
        self._preferences.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Write the windows of now."""
        self._filling = True
        records = voi.preset_records()
        self.table.setRowCount(len(records))
        for row, record in enumerate(records):
            for column, text in enumerate((record.name, f"{record.width:g}", f"{record.level:g}")):
                item = self.table.item(row, column)
                if item is None:
                    item = QTableWidgetItem()
                    self.table.setItem(row, column, item)
                item.setText(text)
        self._filling = False

    @Slot(QTableWidgetItem)
    def _on_item(self, item: QTableWidgetItem) -> None:
        if self._filling:
            return
        record = voi.preset_records()[item.row()]
        texts = [self.table.model().index(item.row(), column).data().strip() for column in range(3)]
        texts[1:] = [text.replace("\u2212", "-").replace(",", ".") for text in texts[1:]]
        name = texts[0].replace("\t", " ") or record.name
        changed = presets_of(["\t".join((record.id, name, *texts[1:]))])
        if changed:
            self._keep(changed[0])
        self.refresh()  # what is no number is put back

    def _keep(self, preset: Preset) -> None:
        own = {p.id: p for p in presets_of(self._preferences.value.presets)}
        own[preset.id] = preset
        self._preferences.update(presets=preset_lines(own.values()))

    @Slot()
    def _on_add(self) -> None:
        window = self._tile.tile.view.window
        width, level = (window.width, window.center) if window is not None else (400.0, 40.0)
        used = {record.id for record in voi.preset_records()}
        number = next(n for n in range(1, 1000) if f"own_{n}" not in used)
        name = self.tr("Own window {n}").format(n=number)
        self._keep(Preset(f"own_{number}", name, max(width, 1.0), level, "CT", ""))
        self.table.setCurrentCell(self.table.rowCount() - 1, 0)

    @Slot()
    def _on_remove(self) -> None:
        row = self.table.currentRow()
        if row >= 0:
            gone = voi.preset_records()[row].id
            own = [p for p in presets_of(self._preferences.value.presets) if p.id != gone]
            self._preferences.update(presets=preset_lines(own))

    @Slot()
    def _on_defaults(self) -> None:
        self._preferences.update(presets=())
