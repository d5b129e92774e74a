"""The line at the bottom: value under the cursor, what runs, device, memory."""

from __future__ import annotations

import mmap

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QWidget

from covidviewer.ui.icons import icon
from covidviewer.workspace.workspace import Workspace

MEMORY_MS = 2000
#: Below this width the memory figure goes, below the second the device too; probe and progress stay.
NARROW, NARROWER = 900, 700


class StatusLine(QWidget):
    """Reads tasks and device from the workspace; `set_probe` is told by the viewport through the window."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusLine")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._workspace = workspace
        self._probe = QLabel()
        self._probe.setObjectName("probe")
        self._probe.setAccessibleName(self.tr("Value under the cursor"))
        self._probe.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._task = QLabel()
        self._task.setAccessibleName(self.tr("What is running"))
        self._bar = QProgressBar()
        self._bar.setFixedWidth(110)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress"))
        self._cancel = QToolButton()
        self._cancel.setIcon(icon("cancel"))
        self._cancel.setIconSize(QSize(14, 14))
        self._cancel.setToolTip(self.tr("Call this off"))
        self._cancel.setAccessibleName(self.tr("Call this off"))
        self._cancel.clicked.connect(self._on_cancel)
        self._device = QLabel()
        self._device.setAccessibleName(self.tr("Device of the second reading"))
        self._memory = QLabel()
        self._memory.setAccessibleName(self.tr("Memory of this program"))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 12, 2)
        row.setSpacing(10)
        row.addWidget(self._probe, 1)
        for widget in (self._task, self._bar, self._cancel, self._device, self._memory):
            row.addWidget(widget)
        self.setMinimumHeight(26)
        self._clock = QTimer(self)
        self._clock.setInterval(MEMORY_MS)
        self._clock.timeout.connect(self._on_clock)
        self._clock.start()
        workspace.problems.tasks_changed.connect(self._on_tasks)
        answered = workspace.readings.slices_changed
        for signal in (workspace.device_changed, workspace.active.changed, workspace.shown_changed, answered):
            signal.connect(self._on_device)
        self._on_tasks()
        self._on_device()
        self._on_clock()

    @Slot(str)
    def set_probe(self, text: str) -> None:
        """Text of the value under the cursor; "" while the cursor is off the image."""
        self._probe.setText(text)

    @Slot()
    def _on_tasks(self) -> None:
        tasks = self._workspace.problems.tasks
        task = tasks[-1] if tasks else None
        for widget in (self._task, self._bar):
            widget.setVisible(task is not None)
        self._cancel.setVisible(task is not None and task.cancel is not None)
        if task is None:
            return
        more = self.tr(" (+{n})").format(n=len(tasks) - 1) if len(tasks) > 1 else ""
        self._task.setText(task.text + more)
        if task.done is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, 100)
            self._bar.setValue(round(100 * task.done))

    @Slot()
    def _on_cancel(self) -> None:
        tasks = self._workspace.problems.tasks
        if tasks and tasks[-1].cancel is not None:
            tasks[-1].cancel()

    @Slot()
    def _on_device(self) -> None:
        self._device.setText(self._workspace.device_text)
        self._device.setVisible(bool(self._device.text()) and self.width() >= NARROWER)

    @Slot()
    def _on_clock(self) -> None:
        resident = resident_bytes()
        self._memory.setText("" if resident is None else self.tr("{n} MB").format(n=round(resident / 1e6)))
        self._memory.setVisible(bool(self._memory.text()) and self.width() >= NARROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._memory.setVisible(bool(self._memory.text()) and self.width() >= NARROW)
        self._device.setVisible(bool(self._device.text()) and self.width() >= NARROWER)


def resident_bytes() -> int | None:
    """Memory that this process holds, in bytes; None where the system does not tell without a further library."""
    try:
        with open("/proc/self/statm", "rb") as file:
            pages = int(file.read().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * mmap.PAGESIZE
