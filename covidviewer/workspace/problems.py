"""What went wrong and what is running: one list each, shown in one place."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, Signal

from covidviewer.errors import CovidViewerError

_ids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of the bar. severity : "info", "warning" or "error".

    action : what a button beside the message says; do : what it does. Both or none.
    """

    title: str
    message: str
    advice: str = ""
    severity: str = "warning"
    code: str = ""
    details: str = ""
    id: int = field(default_factory=lambda: next(_ids))
    action: str = ""
    do: Callable[[], None] | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, error: CovidViewerError, severity: str = "error") -> Problem:
        cause = error.__cause__
        details = f"{type(cause).__name__}: {cause}" if cause is not None else ""
        if error.path is not None:
            details = f"{error.path}\n{details}".strip()
        return cls(error.title, error.message, error.advice, severity, error.code, details)


@dataclass(frozen=True, slots=True)
class Task:
    """Something that runs: text, share done (None: unknown), and how to call it off."""

    key: str
    text: str
    done: float | None = None
    cancel: Callable[[], None] | None = None


class Problems(QObject):
    """Problems newest last, equal ones kept once; running tasks by key."""

    changed = Signal()
    tasks_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._problems: list[Problem] = []
        self._tasks: dict[str, Task] = {}

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(self._problems)

    @property
    def tasks(self) -> tuple[Task, ...]:
        return tuple(self._tasks.values())

    def add(self, problem: Problem) -> None:
        if any(replace(p, id=0) == replace(problem, id=0) for p in self._problems):
            return
        self._problems.append(problem)
        self.changed.emit()

    def add_error(self, error: CovidViewerError, severity: str = "error") -> None:
        self.add(Problem.of(error, severity))

    def dismiss(self, problem: Problem) -> None:
        if problem in self._problems:
            self._problems.remove(problem)
            self.changed.emit()

    def clear(self) -> None:
        if self._problems:
            self._problems.clear()
            self.changed.emit()

    def set_task(self, task: Task) -> None:
        if self._tasks.get(task.key) != task:
            self._tasks[task.key] = task
            self.tasks_changed.emit()

    def end_task(self, key: str) -> None:
        if self._tasks.pop(key, None) is not None:
            self.tasks_changed.emit()
