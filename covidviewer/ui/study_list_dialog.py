"""The local study list: search over every place that was opened, one click opens a study again."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Slot
from PySide6.QtGui import QBrush, QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from covidviewer.ui import theme
from covidviewer.ui.corner_text import date_text
from covidviewer.ui.person import isolated, person_name
from covidviewer.workspace.study_index import StudyEntry
from covidviewer.workspace.workspace import Workspace

_Index = QModelIndex | QPersistentModelIndex
SEARCH_MS = 120  # after the last letter
WIDTHS = (190, 110, 96, 80, 200, 70)


class StudyModel(QAbstractTableModel):
    """Rows of `StudyList.entries`. With identities hidden neither person nor path is told."""

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._rows: tuple[StudyEntry, ...] = ()
        self._heads = (
            self.tr("Patient"), self.tr("ID"), self.tr("Date"), self.tr("Modality"), self.tr("Description"),
            self.tr("Images"), self.tr("Place"),
        )  # fmt: skip

    def show(self, rows: tuple[StudyEntry, ...]) -> None:
        """Other rows."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def entry(self, row: int) -> StudyEntry:
        return self._rows[row]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own signature)
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._heads)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry = self._rows[index.row()]
        if role == Qt.ItemDataRole.ForegroundRole and not entry.there:
            return QBrush(theme.color("faint"))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 5:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole and not entry.there:
            return self.tr("This place cannot be reached now. Delete takes it off the list.")
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        return self._texts(entry)[index.column()]

    def _texts(self, entry: StudyEntry) -> tuple[str, ...]:
        hidden = self._workspace.preferences.value.hide_identity
        place = self.tr("hidden") if hidden else entry.place
        return (
            self.tr("Name hidden") if hidden else person_name(entry.name),
            self.tr("hidden") if hidden else isolated(entry.patient_id),
            date_text(entry.date),
            entry.modality,
            isolated(entry.description),
            str(entry.images),
            place if entry.there else self.tr("missing: {place}").format(place=place),
        )

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._heads[section]
        return None


class _Table(QTableView):
    """Enter opens, Delete takes off."""

    def __init__(self, dialog: StudyListDialog) -> None:
        super().__init__()
        self._dialog = dialog

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._dialog.open_row(self.currentIndex())
        elif event.key() == Qt.Key.Key_Delete:
            self._dialog.remove_row(self.currentIndex())
        else:
            super().keyPressEvent(event)


class StudyListDialog(QDialog):
    """Non-modal. Opening the list reads the list alone: no folder is looked through."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._list = workspace.study_list
        self.setWindowTitle(self.tr("Study list"))
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Search: name, ID, date, modality, description"))
        self.field.setAccessibleName(self.tr("Search the study list"))
        self.field.setClearButtonEnabled(True)
        self.field.setMinimumHeight(30)
        self.model = StudyModel(workspace, self)
        self.table = _Table(self)
        self.table.setModel(self.model)
        self.table.setAccessibleName(self.tr("Studies of the places that you opened"))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setTabKeyNavigation(False)
        self.table.setCursor(Qt.CursorShape.PointingHandCursor)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(28)
        heads = self.table.horizontalHeader()
        heads.setHighlightSections(False)
        heads.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate(WIDTHS):
            self.table.setColumnWidth(column, width)
        heads.setSectionResizeMode(len(WIDTHS), QHeaderView.ResizeMode.Stretch)
        self.table.clicked.connect(self.open_row)
        self._count = QLabel()
        self._count.setProperty("role", "muted")
        self.remember = QCheckBox(self.tr("Remember the studies and places that I open"))
        self.remember.setChecked(workspace.preferences.value.remember_studies)
        self.remember.toggled.connect(self._on_remember)
        self.forget = QPushButton(self.tr("Forget all"))
        self.forget.clicked.connect(self._list.forget)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.close)
        for button in (self.forget, close):
            button.setAutoDefault(False)
        row = QHBoxLayout()
        row.addWidget(self.remember)
        row.addStretch(1)
        row.addWidget(self.forget)
        row.addWidget(close)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 14, 16, 12)
        box.setSpacing(10)
        box.addWidget(self.field)
        box.addWidget(self.table, 1)
        box.addWidget(self._count)
        box.addLayout(row)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(SEARCH_MS)
        self._later.timeout.connect(self._search)
        self.field.textChanged.connect(self._start)
        self.field.returnPressed.connect(self._open_first)
        self._list.changed.connect(self._search)
        self._list.found.connect(self._on_found)
        workspace.preferences.changed.connect(self._search)
        self.resize(980, 520)
        self._search()
        self.field.setFocus()

    @Slot()
    def _start(self) -> None:
        self._later.start()

    @Slot()
    def _search(self) -> None:
        if self.remember.isChecked() != self._workspace.preferences.value.remember_studies:
            self.remember.setChecked(self._workspace.preferences.value.remember_studies)
        self._list.search(self.field.text())

    @Slot()
    def _on_found(self) -> None:
        self.model.show(self._list.entries)
        count = self.model.rowCount()
        if count:
            self._count.setText(self.tr("Studies: {n}. A click opens, Delete takes off the list.").format(n=count))
        elif self.field.text():
            self._count.setText(self.tr("No study in the list has all of these words."))
        else:
            self._count.setText(self.tr("Nothing yet: what you open will be listed here."))

    @Slot()
    def _open_first(self) -> None:
        if self.model.rowCount():
            self.open_row(self.model.index(0, 0))

    @Slot(QModelIndex)
    def open_row(self, index: QModelIndex) -> None:
        """Open the place of a row; one that is missing stays where it is."""
        if not index.isValid():
            return
        entry = self.model.entry(index.row())
        if entry.there:
            self._workspace.open_study(Path(entry.place), entry.uid)

    def remove_row(self, index: QModelIndex) -> None:
        """Take the place of a row off the list; nothing of the place itself is touched."""
        if index.isValid():
            self._list.remove(self.model.entry(index.row()).place)

    @Slot(bool)
    def _on_remember(self, on: bool) -> None:
        self._workspace.preferences.update(remember_studies=on)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._later.stop()
        super().closeEvent(event)
