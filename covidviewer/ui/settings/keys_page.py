"""Keys: each row of the action table with the keys that it has now, conflicts in red, defaults in one click."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QBrush, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from covidviewer.ui import theme
from covidviewer.ui.actions import TABLE, bindings, conflicts
from covidviewer.workspace.own_settings import key_lines, keys_of
from covidviewer.workspace.workspace import Workspace

_ID = Qt.ItemDataRole.UserRole


class KeysPage(QWidget):
    """Reads and writes `Preferences.keys`; a binding goes to an id, so that texts and languages may change."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = workspace.preferences
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search: command or key"))
        self.search.setAccessibleName(self.tr("Search the keys"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(self.tr("Commands and their keys"))
        self.tree.setHeaderLabels([self.tr("Command"), self.tr("Keys"), ""])
        self.tree.setRootIsDecorated(False)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.tree.setUniformRowHeights(True)
        self._rows: dict[str, QTreeWidgetItem] = {}
        for spec in TABLE:
            row = QTreeWidgetItem(self.tree, [spec.label(), "", ""])
            row.setData(0, _ID, spec.id)
            self._rows[spec.id] = row
        self.tree.setColumnWidth(0, 300)
        self.tree.setColumnWidth(1, 130)
        self.tree.currentItemChanged.connect(self._on_current)
        self.edit = QKeySequenceEdit()
        self.edit.setMaximumSequenceLength(1)
        self.edit.setAccessibleName(self.tr("New key of the chosen command"))
        self.edit.setMinimumHeight(28)
        self.edit.keySequenceChanged.connect(self._tell)
        self.set = self._button(self.tr("Set"), self._on_set)
        self.none = self._button(self.tr("No key"), self._on_none)
        self.default = self._button(self.tr("Default"), self._on_default)
        self.all_defaults = self._button(self.tr("Restore all defaults"), self._on_all_defaults)
        self.warning = QLabel()
        self.warning.setWordWrap(True)
        self.warning.setMinimumHeight(34)
        row_box = QHBoxLayout()
        row_box.addWidget(self.edit, 1)
        for button in (self.set, self.none, self.default):
            row_box.addWidget(button)
        foot = QHBoxLayout()
        foot.addWidget(self.warning, 1)
        foot.addWidget(self.all_defaults)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.search)
        box.addWidget(self.tree, 1)
        box.addLayout(row_box)
        box.addLayout(foot)
        self._preferences.changed.connect(self.refresh)
        self.refresh()
        self.choose(TABLE[0].id)

    def _button(self, text: str, does: object) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.setMinimumHeight(28)
        button.clicked.connect(does)
        return button

    @property
    def current(self) -> str:
        """Id of the chosen row, "" when there is none."""
        item = self.tree.currentItem()
        return str(item.data(0, _ID)) if item is not None else ""

    def choose(self, id: str) -> None:
        """Choose a row by its id."""
        self.tree.setCurrentItem(self._rows[id])

    @Slot()
    def refresh(self) -> None:
        """Write the keys of now; who shares a key is red and says with whom."""
        bound = bindings(keys_of(self._preferences.value.keys))
        shared: dict[str, set[str]] = {}
        for ids in conflicts(bound).values():
            for id in ids:
                shared.setdefault(id, set()).update(set(ids) - {id})
        for id, row in self._rows.items():
            row.setText(1, ", ".join(_native(key) for key in bound[id]))
            others = ", ".join(self._rows[other].text(0) for other in sorted(shared.get(id, ())))
            row.setText(2, self.tr("also: {others}").format(others=others) if others else "")
            brush = QBrush(theme.color("error")) if others else QBrush()
            for column in (1, 2):
                row.setForeground(column, brush)
        self._filter()
        self._tell()

    @Slot()
    def _filter(self) -> None:
        words = self.search.text().casefold().split()
        for row in self._rows.values():
            text = f"{row.text(0)} {row.text(1)}".casefold()
            row.setHidden(not all(word in text for word in words))

    @Slot()
    def _on_current(self) -> None:
        self.edit.clear()
        self._tell()

    @Slot()
    def _tell(self) -> None:
        """Say at once whom a new key belongs to."""
        wanted = self.edit.keySequence()
        self.set.setEnabled(bool(self.current) and not wanted.isEmpty())
        bound = bindings(keys_of(self._preferences.value.keys))
        owners = [
            self._rows[id].text(0)
            for id, keys in bound.items()
            if id != self.current and any(QKeySequence(key) == wanted for key in keys)
        ]
        if not wanted.isEmpty() and owners:
            key = wanted.toString(QKeySequence.SequenceFormat.NativeText)
            text = self.tr("{key} belongs to “{other}”: two commands with one key, and neither answers.")
            self.warning.setText(text.format(key=key, other=", ".join(owners)))
            self.warning.setStyleSheet(f"color: {theme.COLORS['warning']}")
            return
        count = len(conflicts(bound))
        self.warning.setStyleSheet(f"color: {theme.COLORS['error' if count else 'muted']}")
        self.warning.setText(
            self.tr("Keys of more than one command: {n}").format(n=count) if count else self.tr("No conflicts.")
        )

    @Slot()
    def _on_set(self) -> None:
        wanted = self.edit.keySequence()
        if self.current and not wanted.isEmpty():
            self._keep(self.current, (wanted.toString(),))
            self.edit.clear()

    @Slot()
    def _on_none(self) -> None:
        if self.current:
            self._keep(self.current, ())

    @Slot()
    def _on_default(self) -> None:
        own = keys_of(self._preferences.value.keys)
        own.pop(self.current, None)
        self._preferences.update(keys=key_lines(own))

    @Slot()
    def _on_all_defaults(self) -> None:
        self._preferences.update(keys=())

    def _keep(self, id: str, keys: tuple[str, ...]) -> None:
        own = keys_of(self._preferences.value.keys)
        own[id] = keys
        if keys == next(spec.keys for spec in TABLE if spec.id == id):
            own.pop(id)
        self._preferences.update(keys=key_lines(own))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            for spec in TABLE:
                self._rows[spec.id].setText(0, spec.label())
        super().changeEvent(event)


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
