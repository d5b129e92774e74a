"""A structured report as a tree to read, beside the images: no modal box, items lead to the images that they name."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Slot
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from covidviewer.ui.person import person_name
from covidviewer.ui.theme import color
from covidviewer.workspace.objects import DicomObject, Node
from covidviewer.workspace.workspace import Workspace

#: Logical pixels above and below the words of a row.
PADDING = 4
_NODE = int(Qt.ItemDataRole.UserRole) + 1


class _Rows(QStyledItemDelegate):
    """Rows as high as their words need at the width of their column; the view's own guess cuts long ones."""

    def __init__(self, tree: QTreeWidget) -> None:
        super().__init__(tree)
        self._tree = tree

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        width = self._tree.columnWidth(index.column()) - 8
        above = index.parent()
        while index.column() == 0 and above.isValid():
            width -= self._tree.indentation()
            above = above.parent()
        if index.column() == 0:
            width -= self._tree.indentation()
        room = QRect(0, 0, max(width, 40), 100_000)
        words = QFontMetrics(option.font).boundingRect(room, int(Qt.TextFlag.TextWordWrap), str(index.data()))
        return QSize(words.width(), max(words.height(), option.fontMetrics.height()) + 2 * PADDING)


class ReportDialog(QDialog):
    """Non-modal window over one report."""

    def __init__(self, workspace: Workspace, report: DicomObject, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        assert report.report is not None
        self._workspace = workspace
        self._report = report
        self._items: list[QTreeWidgetItem] = []
        self.setWindowTitle(report.title or self.tr("Report"))
        title = QLabel(report.title or self.tr("Report"))
        font = QFont(title.font())
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setWeight(QFont.Weight.DemiBold)
        title.setFont(font)
        status = QLabel(self.status_text())
        status.setProperty("role", "muted")
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Find in this report"))
        self.search.setAccessibleName(self.tr("Find in this report"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._on_search)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(self.tr("Items of the report"))
        self.tree.setColumnCount(2)
        self.tree.setHeaderLabels([self.tr("Item"), self.tr("Value")])
        self.tree.setWordWrap(True)
        self.tree.setUniformRowHeights(False)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.tree.setAlternatingRowColors(True)
        self.tree.setItemDelegate(_Rows(self.tree))
        header = self.tree.header()
        header.sectionResized.connect(self.tree.scheduleDelayedItemsLayout)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(0, 300)
        self.tree.itemActivated.connect(self._on_activated)
        self.tree.itemSelectionChanged.connect(self._on_selection)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._on_menu)
        self.go = QPushButton(self.tr("Show the image"))
        self.go.setEnabled(False)
        self.go.clicked.connect(self._on_go)
        copy = QPushButton(self.tr("Copy"))
        copy.setToolTip(self.tr("Copy the chosen items, or the whole report"))
        copy.clicked.connect(self.copy)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addWidget(self.go)
        buttons.addWidget(copy)
        buttons.addStretch(1)
        buttons.addWidget(close)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 14, 16, 14)
        box.setSpacing(8)
        box.addWidget(title)
        box.addWidget(status)
        box.addWidget(self.search)
        box.addWidget(self.tree, 1)
        box.addLayout(buttons)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.tree, self.copy)
        workspace.preferences.changed.connect(self._fill)
        self.resize(720, 620)
        self._fill()
        self.tree.setFocus()

    def status_text(self) -> str:
        """Whether the report is complete and verified, and that it is another's."""
        assert self._report.report is not None
        said = self._report.report.status
        return (
            self.tr("Written by others, shown as it is: {status}").format(status=said)
            if said
            else self.tr("Written by others, shown as it is")
        )

    @Slot()
    def _fill(self) -> None:
        assert self._report.report is not None
        hidden = self._workspace.preferences.value.hide_identity
        self._items.clear()
        self.tree.clear()
        stack: list[QTreeWidgetItem] = []
        top: list[QTreeWidgetItem] = []
        for node in self._report.report.nodes[1:]:
            value = self.tr("Name hidden") if node.person and hidden else self._value_text(node)
            item = QTreeWidgetItem([node.name, value])
            item.setData(0, _NODE, node)
            item.setToolTip(0, node.relation)
            if node.kind == "CONTAINER":
                bold = item.font(0)
                bold.setWeight(QFont.Weight.DemiBold)
                item.setFont(0, bold)
            elif node.kind in ("IMAGE", "REFERENCE"):
                item.setForeground(1, color("accent"))
            del stack[node.level - 1 :]
            if stack:
                stack[-1].addChild(item)
            else:
                top.append(item)
            stack.append(item)
            self._items.append(item)
        self.tree.addTopLevelItems(top)
        self.tree.expandAll()
        self._on_search(self.search.text())

    def _value_text(self, node: Node) -> str:
        if node.kind == "IMAGE":
            return f"{self.tr('image')} {node.value}".strip()
        if node.person:
            return person_name(node.value)
        if node.kind == "REFERENCE":
            return self.tr("see item {place}").format(place=node.value)
        return node.value

    # -- asking --

    @Slot(str)
    def _on_search(self, text: str) -> None:
        """Show items that hold the text, with what they are in."""
        wanted = text.strip().lower()
        shown: list[QTreeWidgetItem] = []
        for item in self._items:
            hit = not wanted or wanted in item.text(0).lower() or wanted in item.text(1).lower()
            item.setHidden(not hit)
            if hit and wanted:
                shown.append(item)
        for item in shown:
            above = item.parent()
            while above is not None and above.isHidden():
                above.setHidden(False)
                above = above.parent()

    @Slot()
    def _on_selection(self) -> None:
        self.go.setEnabled(self._target() is not None)

    def _target(self) -> Node | None:
        """The chosen item, or one right below it, that names an image."""
        chosen = self.tree.selectedItems()
        if not chosen:
            return None
        for item in (chosen[0], *(chosen[0].child(i) for i in range(chosen[0].childCount()))):
            node = item.data(0, _NODE) if item is not None else None
            if isinstance(node, Node) and node.target is not None and node.kind == "IMAGE":
                return node
        return None

    @Slot()
    def _on_activated(self) -> None:
        if self._target() is not None:
            self._on_go()

    @Slot()
    def _on_go(self) -> None:
        node = self._target()
        if node is None or node.target is None:
            return
        if not self._workspace.objects.go_to(node.target, self._workspace.active_tile):
            self.go.setText(self.tr("That image is not open"))
            self.go.setEnabled(False)

    @Slot(QPoint)
    def _on_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Copy"), self.copy)
        menu.popup(self.tree.viewport().mapToGlobal(place))

    @Slot()
    def copy(self) -> None:
        """Put the chosen items (all when none is chosen) on the clipboard, one a line."""
        chosen = bool(self.tree.selectedItems())
        lines = []
        for item in self._items:
            if not chosen or item.isSelected():
                node = item.data(0, _NODE)
                level = node.level - 1 if isinstance(node, Node) else 0
                lines.append(f"{'  ' * level}{item.text(0)}: {item.text(1)}".rstrip(": "))
        QGuiApplication.clipboard().setText("\n".join(lines))
