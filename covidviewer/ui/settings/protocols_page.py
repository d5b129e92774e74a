"""Hanging protocols: the text of each, checked before it is kept; one's own replaces ours of the same id."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from covidviewer.assets import protocol_dirs
from covidviewer.errors import ProtocolError
from covidviewer.ui import theme
from covidviewer.workspace import protocols
from covidviewer.workspace.workspace import Workspace

_PATH = Qt.ItemDataRole.UserRole


class ProtocolsPage(QWidget):
    """Edits the files of the user's own folder; ours are read only, an edit of one is kept beside them."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Hanging protocols"))
        self.list.setMaximumWidth(190)
        self.list.currentItemChanged.connect(self._on_current)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(self.tr("Text of the protocol"))
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.state.setMinimumHeight(34)
        self.keep = QPushButton(self.tr("Check and keep"))
        self.keep.clicked.connect(self._on_keep)
        self.drop = QPushButton(self.tr("Remove own"))
        self.drop.clicked.connect(self._on_drop)
        row = QHBoxLayout()
        row.addWidget(self.state, 1)
        for button in (self.keep, self.drop):
            button.setAutoDefault(False)
            row.addWidget(button)
        side = QVBoxLayout()
        side.addWidget(self.text, 1)
        side.addLayout(row)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.list)
        box.addLayout(side, 1)
        self.refresh()

    def refresh(self, chosen: str = "") -> None:
        """List the files anew; ours first, one's own marked."""
        ours, own = protocol_dirs()
        found: dict[str, tuple[str, Path]] = {}
        for folder in (ours, own):
            for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
                try:
                    protocol = protocols.read(path)
                    id, name = protocol.id, protocol.name
                except ProtocolError:
                    id, name = path.stem, self.tr("{name} (faulty)").format(name=path.stem)
                found[id] = (self.tr("{name} (own)").format(name=name) if folder == own else name, path)
        self.list.clear()
        for id, (name, path) in found.items():
            item = QListWidgetItem(name, self.list)
            item.setData(_PATH, str(path))
            item.setToolTip(name)
            item.setSizeHint(QSize(0, 30))
            if id == chosen:
                self.list.setCurrentItem(item)
        if self.list.currentItem() is None and self.list.count():
            self.list.setCurrentRow(0)

    @property
    def path(self) -> Path | None:
        item = self.list.currentItem()
        return Path(str(item.data(_PATH))) if item is not None else None

    @Slot()
    def _on_current(self) -> None:
        path = self.path
        if path is None:
            return
        try:
            self.text.setPlainText(path.read_text("utf-8", "replace")[: protocols.MOST_BYTES])
        except OSError as error:
            self._tell(str(error), "error")
            return
        self.drop.setEnabled(path.parent == protocol_dirs()[1])
        self._tell(self.tr("A new id makes a new protocol; the same id replaces ours."), "muted")

    @Slot()
    def _on_keep(self) -> None:
        """Check the text; only what is whole is kept."""
        text = self.text.toPlainText()
        own = protocol_dirs()[1]
        with tempfile.TemporaryDirectory() as folder:
            trial = Path(folder) / "protocol.toml"
            trial.write_text(text, "utf-8")
            try:
                protocol = protocols.read(trial)
            except ProtocolError as error:
                self._tell(error.message.replace("protocol.toml: ", ""), "error")
                return
        try:
            own.mkdir(parents=True, exist_ok=True)
            (own / f"{protocol.id}.toml").write_text(text, "utf-8")
        except OSError as error:
            self._tell(self.tr("It could not be written: {why}").format(why=error.strerror), "error")
            return
        self._workspace.hanging.reload()
        self.refresh(protocol.id)
        self._tell(self.tr("Kept. Ctrl+0 hangs the study anew."), "muted")

    @Slot()
    def _on_drop(self) -> None:
        path = self.path
        if path is not None and path.parent == protocol_dirs()[1]:
            path.unlink(missing_ok=True)
            self._workspace.hanging.reload()
            self.refresh(path.stem)

    def _tell(self, text: str, color: str) -> None:
        self.state.setText(text)
        self.state.setStyleSheet(f"color: {theme.COLORS[color]}")
