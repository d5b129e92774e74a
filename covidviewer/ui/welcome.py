"""What stands in the middle while nothing is open."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from covidviewer.ui.icons import icon
from covidviewer.workspace.workspace import Workspace

RECENT_SHOWN = 5
MARGIN = 24
LEAST = 200  # logical pixels, with the margins; the buttons then stand one below the other


class Welcome(QWidget):
    """Open, demo, recent studies; the place to drop files on."""

    folder_wanted = Signal()
    file_wanted = Signal()
    demo_wanted = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        title = QLabel("covidviewer")
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 2.4)
        font.setWeight(QFont.Weight.Light)
        title.setFont(font)
        lead = QLabel(self.tr("Chest CT, read by you, with a second reading by a network beside it."))
        lead.setProperty("role", "muted")
        lead.setWordWrap(True)
        self._folder = self._button("open-folder", self.tr("Open folder"), primary=True)
        self._folder.clicked.connect(self.folder_wanted)
        self._file = self._button("open-file", self.tr("Open file"))
        self._file.clicked.connect(self.file_wanted)
        self._demo = self._button("demo", self.tr("Demo study"))
        self._demo.clicked.connect(self.demo_wanted)
        hint = QLabel(self.tr("Or drop a folder, DICOM files, a ZIP or a DICOMDIR anywhere on this window."))
        hint.setProperty("role", "faint")
        hint.setWordWrap(True)
        self._recent_head = QLabel(self.tr("Recent"))
        self._recent_head.setProperty("role", "head")
        self._recent = [self._link() for _ in range(RECENT_SHOWN)]
        foot = QLabel(self.tr("Research use only. Works offline: nothing leaves this computer."))
        foot.setProperty("role", "faint")
        foot.setWordWrap(True)

        self._buttons = buttons = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        buttons.setSpacing(8)
        for button in (self._folder, self._file, self._demo):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QWidget()
        column.setMinimumWidth(LEAST)
        column.setMaximumWidth(560)
        self._column = column
        self._box = box = QVBoxLayout(column)
        box.setContentsMargins(MARGIN, 0, MARGIN, 0)
        box.setSpacing(8)
        box.addWidget(title)
        box.addWidget(lead)
        box.addSpacing(14)
        box.addLayout(buttons)
        box.addWidget(hint)
        box.addSpacing(18)
        box.addWidget(self._recent_head)
        links = QVBoxLayout()
        links.setSpacing(2)
        for link in self._recent:
            links.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
        box.addLayout(links)
        box.addSpacing(18)
        box.addWidget(foot)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(column, 6)
        middle.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addStretch(3)
        outer.addLayout(middle)
        outer.addStretch(4)
        workspace.preferences.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the recent paths; with the identity hidden only how many there are is not told either."""
        value = self._workspace.preferences.value
        # Folder names often carry a patient's name: they fall under the same switch.
        recent = () if value.hide_identity else value.recent[:RECENT_SHOWN]
        self._recent_head.setVisible(bool(recent))
        for i, link in enumerate(self._recent):
            link.setVisible(i < len(recent))
            if i < len(recent):
                path = Path(recent[i])
                text = f"{path.name}  –  {path.parent}"
                room = max(LEAST, self._column.width()) - 2 * MARGIN - 12
                link.setText(self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, min(480, room)))
                link.setToolTip(recent[i])
                link.setAccessibleName(self.tr("Open {name}").format(name=recent[i]))
                link.setProperty("path", recent[i])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._workspace.hanging.room = self.width()
        wide = sum(button.sizeHint().width() + 8 for button in (self._folder, self._file, self._demo))
        row = self.width() >= wide + 2 * MARGIN
        margin = MARGIN if row else MARGIN // 2
        self._box.setContentsMargins(margin, 0, margin, 0)
        self._buttons.setDirection(QBoxLayout.Direction.LeftToRight if row else QBoxLayout.Direction.TopToBottom)
        self._box.activate()
        self.refresh()

    def _button(self, name: str, text: str, *, primary: bool = False) -> QPushButton:
        button = QPushButton(icon(name), text)
        button.setIconSize(QSize(20, 20))
        button.setProperty("primary", primary)
        button.setMinimumHeight(36)
        return button

    def _link(self) -> QPushButton:
        link = QPushButton()
        link.setProperty("link", True)
        link.setCursor(Qt.CursorShape.PointingHandCursor)
        link.clicked.connect(self._on_recent)
        return link

    @Slot()
    def _on_recent(self) -> None:
        link = self.sender()
        if isinstance(link, QPushButton):
            self._workspace.open([Path(str(link.property("path")))])
