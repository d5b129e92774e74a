"""What was left out, and why: a list to read, copy and keep as CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from covidviewer.ui.sentences import say
from covidviewer.workspace.problems import Problem
from covidviewer.workspace.workspace import Workspace

_Index = QModelIndex | QPersistentModelIndex


class LeftOutModel(QAbstractTableModel):
    """Rows of `Workspace.left_out`: path, reason."""

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._rows = workspace.left_out
        self._heads = (self.tr("File"), self.tr("Why it is not shown"))
        workspace.left_out_changed.connect(self._reload)

    @Slot()
    def _reload(self) -> None:
        self.beginResetModel()
        self._rows = self._workspace.left_out
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own signature)
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 2

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        item = self._rows[index.row()]
        return str(item.path) if index.column() == 0 else say(item.reason)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._heads[section]
        return None

    def as_csv(self, rows: list[int] | None = None) -> str:
        """Lines of path and reason with a head, of some rows or all; the columns of ``skipped.csv`` of `analyze`."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("path", "reason"))
        for i in range(len(self._rows)) if rows is None else rows:
            writer.writerow((str(self._rows[i].path), self._rows[i].reason))
        return out.getvalue()


class _PathDelegate(QStyledItemDelegate):
    """A path is told by its end and its beginning."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: _Index) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle


class LeftOutDialog(QDialog):
    """Non-modal window with the list; follows a scan that still runs."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.setWindowTitle(self.tr("Files left out"))
        self._head = QLabel()
        self._head.setProperty("role", "muted")
        self._head.setWordWrap(True)
        self.model = LeftOutModel(workspace, self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName(self.tr("Files left out and why"))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(26)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(0, 360)
        self.table.setItemDelegateForColumn(0, _PathDelegate(self.table))
        copy = QPushButton(self.tr("Copy"))
        copy.setToolTip(self.tr("Copy the chosen rows, or all"))
        copy.clicked.connect(self.copy)
        save = QPushButton(self.tr("Save as CSV…"))
        save.clicked.connect(self._ask_save)
        close = QPushButton(self.tr("Close"))
        close.setDefault(True)
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addWidget(copy)
        buttons.addWidget(save)
        buttons.addStretch(1)
        buttons.addWidget(close)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 14, 16, 14)
        box.setSpacing(10)
        box.addWidget(self._head)
        box.addWidget(self.table, 1)
        box.addLayout(buttons)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.table, self.copy)
        workspace.left_out_changed.connect(self._count)
        self._count()
        self.resize(920, 460)

    @Slot()
    def _count(self) -> None:
        self._head.setText(
            self.tr("{n} files are not shown. Each row says why; nothing was changed or deleted.").format(
                n=self.model.rowCount()
            )
        )

    @Slot()
    def copy(self) -> None:
        """Put the chosen rows (all when none is chosen) on the clipboard."""
        rows = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        QGuiApplication.clipboard().setText(self.model.as_csv(rows or None))

    @Slot()
    def _ask_save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Save the list"), "left-out.csv", self.tr("CSV (*.csv)"))
        if name:
            self.save(Path(name))

    def save(self, path: Path) -> bool:
        """Write the list; a failure becomes a problem in the bar."""
        try:
            path.write_text(self.model.as_csv(), "utf-8")
        except OSError as error:
            self._workspace.problems.add(
                Problem(
                    self.tr("List not saved"),
                    self.tr("The list could not be written."),
                    self.tr("Choose another folder."),
                    severity="error",
                    details=f"{path}\n{error.strerror or error}",
                )
            )
            return False
        return True
