"""Keys and mouse on one sheet over the window, made from the action table."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFont, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from covidviewer.ui.actions import SECTIONS, Actions
from covidviewer.ui.icons import icon
from covidviewer.ui.texts import mark as _
from covidviewer.workspace.preferences import Preferences, PreferenceStore

#: Words for what preferences say of buttons and wheel.
DOES = {
    "window": _("help", "window"),
    "pan": _("help", "pan"),
    "zoom": _("help", "zoom about the point"),
    "scroll": _("help", "scroll"),
    "slices": _("help", "slices"),
    "fast": _("help", "5 slices at a time"),
    "opacity": _("help", "opacity of the map"),
}


def mouse_rows(chosen: Preferences) -> list[tuple[str, str]]:
    """What the mouse does now, (how, what); the keys come from the table of actions."""
    left, right = _("help", "Left drag"), _("help", "Right drag")
    shift, click = _("help", "Shift + left drag"), _("help", "Right click")
    if chosen.left_handed:
        left, right = right, left
        shift, click = _("help", "Shift + right drag"), _("help", "Left click")
    rows = (
        (left, _("help", "tool in hand")),
        (_("help", "Ctrl + drag"), _("help", "the same, finer")),
        (_("help", "Middle drag"), DOES.get(chosen.mouse_middle, "pan")),
        (shift, DOES.get(chosen.mouse_shift, "pan")),
        (right, DOES.get(chosen.mouse_right, "zoom about the point")),
        (click, _("help", "menu")),
        (_("help", "Wheel"), DOES.get(chosen.wheel_plain, "slices")),
        (_("help", "Alt + wheel"), DOES.get(chosen.wheel_alt, "5 slices at a time")),
        (_("help", "Ctrl + wheel"), DOES.get(chosen.wheel_ctrl, "zoom at the pointer")),
        (_("help", "Shift + wheel"), DOES.get(chosen.wheel_shift, "opacity of the map")),
        (_("help", "Double click"), _("help", "this tile alone, and back")),
        (_("help", "Ctrl + double click"), _("help", "window as at the start")),
        (_("help", "Hold Space"), _("help", "peek below the map")),
    )
    return [(_tr(keys), _tr(text)) for keys, text in rows]


MOST_COLUMNS = 4


class HelpSheet(QWidget):
    """Covers its parent while shown; Esc, ? or a click beside the sheet close it."""

    def __init__(self, actions: Actions, preferences: PreferenceStore, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self._preferences = preferences
        self._cover = parent
        self._columns = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Keys and mouse"))
        self._sheet = QFrame()
        self._sheet.setObjectName("sheet")
        title = QLabel(self.tr("Keys and mouse"))
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.4)
        title.setFont(font)
        close = QToolButton()
        close.setIcon(icon("close"))
        close.setIconSize(QSize(18, 18))
        close.setToolTip(self.tr("Close (Esc)"))
        close.setAccessibleName(self.tr("Close the sheet"))
        close.clicked.connect(self.hide)
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(close)
        self._area = QScrollArea()
        self._area.setObjectName("side")
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        box = QVBoxLayout(self._sheet)
        box.setContentsMargins(24, 16, 16, 18)
        box.setSpacing(10)
        box.addLayout(head)
        box.addWidget(self._area, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 20, 20, 20)
        outer.addWidget(self._sheet, 0, Qt.AlignmentFlag.AlignCenter)
        self._body = QWidget()
        self._widths = [self._build(n).sizeHint().width() for n in range(1, MOST_COLUMNS + 1)]
        parent.installEventFilter(self)
        actions.keys_changed.connect(self._on_keys)
        preferences.changed.connect(self._on_keys)
        self._fit()

    def _fit(self) -> None:
        """Cover the parent; as many columns as its width holds."""
        self.setGeometry(self._cover.rect())
        room = self.width() - 40 - 60
        columns = next((n for n in range(len(self._widths), 0, -1) if self._widths[n - 1] <= room), 1)
        if columns != self._columns:
            self._columns = columns
            self._body = self._build(columns)
            self._area.setWidget(self._body)
        wanted = self._body.sizeHint()
        self._sheet.setFixedSize(
            min(wanted.width() + 60, self.width() - 40), min(wanted.height() + 84, self.height() - 40)
        )

    def _build(self, columns: int) -> QWidget:
        sections = [
            (QCoreApplication.translate("actions", title), [self._row(id) for id in ids]) for title, ids in SECTIONS
        ]
        sections.append((self.tr("Mouse"), mouse_rows(self._preferences.value)))
        # The next section goes to the shortest column, in order of the sheet.
        heights = [0] * columns
        piles: list[list[tuple[str, list[tuple[str, str]]]]] = [[] for _i in range(columns)]
        for section in sections:
            at = heights.index(min(heights))
            piles[at].append(section)
            heights[at] += len(section[1]) + 3
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 4, 8, 4)
        row.setSpacing(36)
        for pile in piles:
            column = QVBoxLayout()
            column.setSpacing(20)
            for title, entries in pile:
                column.addWidget(self._section(title, entries))
            column.addStretch(1)
            row.addLayout(column, 1)
        return body

    def _row(self, id: str) -> tuple[str, str]:
        return self._actions.keys_text(id), self._actions.spec(id).label()

    def _section(self, title: str, entries: list[tuple[str, str]]) -> QWidget:
        section = QWidget()
        grid = QGridLayout(section)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        head = QLabel(title)
        head.setProperty("role", "head")
        head.setContentsMargins(0, 0, 0, 6)
        grid.addWidget(head, 0, 0, 1, 2)
        for at, (keys, text) in enumerate(entries, start=1):
            caps = QLabel(keys)
            caps.setProperty("role", "key")
            grid.addWidget(caps, at, 0, Qt.AlignmentFlag.AlignLeft)
            words = QLabel(text)
            words.setProperty("role", "muted")
            grid.addWidget(words, at, 1)
        return section

    @Slot()
    def _on_keys(self) -> None:
        self._columns = 0
        if self.isVisible():
            self._fit()

    @Slot()
    def open(self) -> None:
        self._fit()
        self.show()
        self.raise_()
        self.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(0, 0, 0, 165))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._sheet.geometry().contains(event.position().toPoint()):
            self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if QKeySequence(event.keyCombination()).toString() in ("Esc", "?", "F1"):
            self.hide()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._fit()
        return False


def _tr(text: str) -> str:
    return QCoreApplication.translate("help", text)
