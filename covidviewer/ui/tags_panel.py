"""Right dock: the elements of the file on screen. Follows the slice; searched by name, number and value."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, QPoint, QSize, Qt, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from covidviewer.ui.theme import color
from covidviewer.workspace.headers import Element
from covidviewer.workspace.workspace import Workspace

_Index = QModelIndex | QPersistentModelIndex
NUMBER, NAME, VALUE = range(3)


class TagModel(QAbstractItemModel):
    """A tree over rows that are listed depth first; ``keep`` says which of them are shown."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Element, ...] = ()
        self._hidden = False
        self._children: dict[int, list[int]] = {-1: []}
        self._place: dict[int, int] = {}
        self._small = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)

    def show_rows(self, rows: tuple[Element, ...], wanted: str, private: bool, hide_identity: bool) -> int:
        """Show a header; returns how many rows fit.

        wanted : text that name, number or value must hold; what holds such a row, and what is below it, stays too.
        private : whether private elements are shown. hide_identity : values that may lead to a person are not
        shown, and not searched.
        """
        self.beginResetModel()
        self._rows, self._hidden = rows, hide_identity
        keep = [private or not row.private for row in rows]
        for i, row in enumerate(rows):  # below a private sequence all is private
            if row.parent >= 0 and not keep[row.parent]:
                keep[i] = False
        needle = wanted.strip().lower()
        hits = len(rows)
        if needle:
            found = [keep[i] and needle in self._searched(row) for i, row in enumerate(rows)]
            hits = sum(found)
            below = list(found)
            for i, row in enumerate(rows):
                below[i] = found[i] or (row.parent >= 0 and below[row.parent])
            above = list(found)
            for i in range(len(rows) - 1, -1, -1):
                if above[i] and rows[i].parent >= 0:
                    above[rows[i].parent] = True
            keep = [k and (a or b) for k, a, b in zip(keep, above, below, strict=True)]
        else:
            hits = sum(keep)
        self._children = {-1: []}
        self._place = {}
        for i, row in enumerate(rows):
            if keep[i]:
                siblings = self._children.setdefault(row.parent, [])
                self._place[i] = len(siblings)
                siblings.append(i)
        self.endResetModel()
        return hits

    def _searched(self, row: Element) -> str:
        number = row.number.strip("()")
        value = "" if self._hidden and row.identity else row.value
        return f"{row.name}\n{number}\n{number.replace(',', '')}\n{value}".lower()

    def element(self, index: _Index) -> Element:
        """The row of an index."""
        return self._rows[index.internalId()]

    def value_text(self, row: Element) -> str:
        """The value as it is shown."""
        return self.tr("hidden") if self._hidden and row.identity else row.value

    def index_of(self, tag: int) -> QModelIndex:
        """The first row of a number at the top."""
        for i in self._children[-1]:
            if self._rows[i].tag == tag:
                return self.createIndex(self._place[i], 0, i)
        return QModelIndex()

    # -- what Qt asks --

    def index(self, row: int, column: int, parent: _Index = QModelIndex()) -> QModelIndex:  # noqa: B008  (Qt's own)
        below = self._children.get(parent.internalId() if parent.isValid() else -1, [])
        return self.createIndex(row, column, below[row]) if 0 <= row < len(below) else QModelIndex()

    def parent(self, index: _Index) -> QModelIndex:  # type: ignore[override]
        above = self._rows[index.internalId()].parent if index.isValid() else -1
        return self.createIndex(self._place[above], 0, above) if above in self._place else QModelIndex()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        if parent.column() > 0:
            return 0
        return len(self._children.get(parent.internalId() if parent.isValid() else -1, []))

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 3

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return (self.tr("Number"), self.tr("Name"), self.tr("Value"))[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row, column = self._rows[index.internalId()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            if column == VALUE:
                return self.value_text(row).replace("\n", " ")
            return row.number.strip("()") if column == NUMBER else row.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{row.number} {row.name} {row.representation}\n{self.value_text(row)}".strip()
        if role == Qt.ItemDataRole.FontRole and column == NUMBER:
            return self._small
        if role == Qt.ItemDataRole.ForegroundRole:
            quiet = column == NUMBER or row.representation in ("", "SQ") or (self._hidden and row.identity)
            return color("muted") if quiet and column != NAME else None
        return None


class TagsPanel(QWidget):
    """Asks the workspace to read headers only while it can be seen."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self.setObjectName("tagsPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Name, number or value"))
        self.search.setAccessibleName(self.tr("Search elements by name, number or value"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._show)
        self.private = QCheckBox(self.tr("Private"))
        self.private.setToolTip(self.tr("Show the elements of makers (odd groups) too"))
        self.private.setMinimumHeight(24)
        self.private.toggled.connect(self._show)
        self.model = TagModel(self)
        self.tree = QTreeView()
        self.tree.setModel(self.model)
        self.tree.setAccessibleName(self.tr("Elements of the file on screen"))
        self.tree.setUniformRowHeights(True)
        self.tree.setAlternatingRowColors(True)
        self.tree.setIndentation(9)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._on_menu)
        header = self.tree.header()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setMinimumSectionSize(48)
        self._count = QLabel()
        self._count.setProperty("role", "faint")
        self._count.setWordWrap(True)
        self.copy_value = QPushButton(self.tr("Copy value"))
        self.copy_row = QPushButton(self.tr("Copy row"))
        self.copy_value.clicked.connect(self.copy_values)
        self.copy_row.clicked.connect(self.copy_rows)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.search, 1)
        top.addWidget(self.private)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._count, 1)
        foot.addWidget(self.copy_value)
        foot.addWidget(self.copy_row)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 10, 12, 10)
        box.setSpacing(8)
        box.addLayout(top)
        box.addWidget(self.tree, 1)
        box.addLayout(foot)
        self._set_columns()
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.tree, self.copy_values)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)  # the constructor's own argument is not heeded
        workspace.headers.changed.connect(self._show)
        workspace.preferences.changed.connect(self._on_preferences)
        self._hidden = workspace.preferences.value.hide_identity

    def sizeHint(self) -> QSize:
        return QSize(380, 420)

    def _set_columns(self) -> None:
        """Room for ``0000,0000`` and an ordinary name; the value has the rest."""
        width = self.fontMetrics().horizontalAdvance("0000,0000") + 46
        self.tree.header().resizeSection(NUMBER, width)
        self.tree.header().resizeSection(NAME, self.fontMetrics().averageCharWidth() * 19)

    @Slot(bool)
    def follow(self, on: bool) -> None:
        """Read the header of whatever slice is on screen, from now on; or no more."""
        self._workspace.headers.follow(on)
        if on:
            self._show()

    @Slot()
    def _on_preferences(self) -> None:
        hidden = self._workspace.preferences.value.hide_identity
        if hidden != self._hidden:
            self._hidden = hidden
            self._show()

    @Slot()
    def _show(self, *_args: object) -> None:
        """Show the header again; the row that was chosen and the place in the list stay."""
        headers = self._workspace.headers
        current = self.tree.currentIndex()
        tag = self.model.element(current).tag if current.isValid() else -1
        scroll = self.tree.verticalScrollBar().value()
        rows = headers.header.rows if headers.header is not None else ()
        hits = self.model.show_rows(rows, self.search.text(), self.private.isChecked(), self._hidden)
        if self.search.text().strip():
            self.tree.expandAll()
        if tag >= 0:
            self.tree.setCurrentIndex(self.model.index_of(tag))
        self.tree.verticalScrollBar().setValue(scroll)
        if headers.error:
            self._count.setText(headers.error)
        elif headers.header is None:
            shown = self._workspace.active_tile.series is not None
            self._count.setText(self.tr("Reading the header…") if shown else "")
        elif headers.header.complete:
            self._count.setText(self.tr("{n} elements").format(n=hits))
        else:
            self._count.setText(self.tr("{n} elements; the rest of the file is not listed").format(n=hits))
        for button in (self.copy_value, self.copy_row):
            button.setEnabled(bool(rows))

    # -- copying --

    def _chosen(self) -> list[Element]:
        return [self.model.element(index) for index in self.tree.selectionModel().selectedRows()]

    @Slot()
    def copy_values(self) -> None:
        """Put the values of the chosen rows on the clipboard, one a line."""
        chosen = self._chosen()
        if chosen:
            QGuiApplication.clipboard().setText("\n".join(self.model.value_text(row) for row in chosen))

    @Slot()
    def copy_rows(self) -> None:
        """Put number, name, representation and value of the chosen rows on the clipboard, with tabs between."""
        chosen = self._chosen()
        if chosen:
            lines = ((r.number, r.name, r.representation, self.model.value_text(r)) for r in chosen)
            QGuiApplication.clipboard().setText("\n".join("\t".join(line) for line in lines))

    @Slot(QPoint)
    def _on_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Copy value"), self.copy_values)
        menu.addAction(self.tr("Copy row"), self.copy_rows)
        menu.popup(self.tree.viewport().mapToGlobal(place))
