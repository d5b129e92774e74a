"""The one place where problems show: a bar under the tool bar that blocks nothing (UX 11)."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from covidviewer.ui.icons import icon
from covidviewer.ui.sentences import say
from covidviewer.workspace.problems import Problem, Problems

_RANK = {"error": 0, "warning": 1, "info": 2}
DETAILS_HEIGHT = 96
LEFT_OUT = "F01"  # code of the message that files were left out (UX 11)


class ProblemsBar(QWidget):
    """Shows the gravest problem, newest first among equals, with how many more there are.

    Signal words and icons stand beside the colour, so that no state is told by colour alone.
    """

    list_wanted = Signal()  # of the files that were left out

    def __init__(self, problems: Problems, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("problems")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Messages"))
        self._problems = problems
        self._shown: Problem | None = None
        self._at = 0

        self._icon = QLabel()
        self._icon.setFixedSize(22, 22)
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._next = self._button("", self.tr("Show the next message"), self._show_next)
        self._action = self._button("", self.tr("Do what the message offers"), self._act)
        self._list = self._button(self.tr("List"), self.tr("Show what was left out and why"), self.list_wanted)
        self._more = self._button(self.tr("Details"), self.tr("Show or hide the details"), self._toggle_details)
        self._more.setCheckable(True)
        self._copy = self._button(self.tr("Copy"), self.tr("Copy the message with its details"), self._copy_text)
        self._close = QToolButton()
        self._close.setIcon(icon("close"))
        self._close.setIconSize(QSize(16, 16))
        self._close.setToolTip(self.tr("Dismiss this message"))
        self._close.setAccessibleName(self.tr("Dismiss this message"))
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._close.clicked.connect(self._dismiss)

        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._details.setAccessibleName(self.tr("Details of the message"))
        self._details.setFixedHeight(DETAILS_HEIGHT)
        self._details.hide()

        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._text, 1)
        for button in (self._action, self._next, self._list, self._more, self._copy, self._close):
            line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 4, 8, 4)
        box.setSpacing(4)
        box.addLayout(line)
        box.addWidget(self._details)
        problems.changed.connect(self.refresh)
        self.refresh()

    @property
    def shown(self) -> Problem | None:
        """The problem on screen."""
        return self._shown

    @Slot()
    def refresh(self) -> None:
        """Show the gravest problem, or the one that the reader went to, or nothing."""
        order = self._order()
        if not order:
            self._shown = None
            self._at = 0
            self.hide()
            return
        self._at = min(self._at, len(order) - 1) if self._shown in order else 0
        self._show(order[self._at], len(order))

    def _order(self) -> list[Problem]:
        return sorted(self._problems.problems, key=lambda p: (_RANK.get(p.severity, 1), -p.id))

    def _show(self, problem: Problem, count: int) -> None:
        fresh = problem != self._shown
        self._shown = problem
        self._icon.setPixmap(icon(problem.severity if problem.severity in _RANK else "warning").pixmap(20, 20))
        self._icon.setToolTip(self._word(problem.severity))
        title = say(problem.title)
        body = " ".join(say(part) for part in (problem.message, problem.advice) if part)
        code = f" <span>[{problem.code}]</span>" if problem.code else ""
        self._text.setText(f"<b>{_escaped(title)}</b> – {_escaped(body)}{code}")
        self._text.setAccessibleName(f"{self._word(problem.severity)}: {title}. {body}")
        self._details.setPlainText(problem.details)
        self._more.setVisible(bool(problem.details))
        self._list.setVisible(problem.code == LEFT_OUT)
        self._action.setVisible(problem.do is not None)
        self._action.setText(problem.action)
        self._action.setAccessibleName(problem.action)
        self._action.setToolTip(problem.action)
        if fresh:
            self._more.setChecked(False)
            self._details.hide()
        self._next.setVisible(count > 1)
        self._next.setText(self.tr("{at} of {count}").format(at=self._at + 1, count=count))
        if self.property("severity") != problem.severity:
            self.setProperty("severity", problem.severity)
            self.style().unpolish(self)
            self.style().polish(self)
        self.show()

    def _word(self, severity: str) -> str:
        return {"error": self.tr("Error"), "info": self.tr("Note")}.get(severity, self.tr("Warning"))

    def as_text(self) -> str:
        """The problem on screen as plain text, as it is copied."""
        p = self._shown
        if p is None:
            return ""
        head = f"{self._word(p.severity)} {p.code}".strip()
        return "\n".join(part for part in (f"{head}: {say(p.title)}", say(p.message), say(p.advice), p.details) if part)

    @Slot()
    def _show_next(self) -> None:
        order = self._order()
        if order:
            self._at = (self._at + 1) % len(order)
            self._show(order[self._at], len(order))

    @Slot()
    def _toggle_details(self) -> None:
        self._details.setVisible(self._more.isChecked())

    @Slot()
    def _copy_text(self) -> None:
        QGuiApplication.clipboard().setText(self.as_text())

    @Slot()
    def _act(self) -> None:
        problem = self._shown
        if problem is not None and problem.do is not None:
            self._problems.dismiss(problem)
            problem.do()

    @Slot()
    def _dismiss(self) -> None:
        if self._shown is not None:
            self._problems.dismiss(self._shown)

    def _button(self, text: str, name: str, slot: object) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("link", True)
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(slot)
        return button


def _escaped(text: str) -> str:
    # Texts may quote file names and header values; they must not become mark-up.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
