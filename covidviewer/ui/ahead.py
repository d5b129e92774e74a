"""What the next slices need is made ready while nobody waits: a reader who scrolls one way goes on that way.

Lines of the map and texts of a slice cost more the first time than all that is drawn again. They are made in small
steps from the event loop, each only when nothing else is to be done, so that no key and no paint waits for more than
one of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QTimer, Slot
from PySide6.QtGui import QPaintDevice, QPixmap
from PySide6.QtWidgets import QWidget

#: Slices on, in the direction of the last step, and one back.
STEPS = (1, 2, -1)
#: Milliseconds after a paint: what was asked for with it comes first.
PAUSE_MS = 2


class Ahead(QObject):
    """Asks for the parts of neighbouring slices, one at a time, once a slice has been on screen for a moment.

    Parameters
    ----------
    prepare : called with a slice (data order) and the number of a part. parts : how many there are.
    """

    def __init__(self, prepare: Callable[[int, int], None], parts: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._prepare = prepare
        self._parts = parts
        self._jobs: deque[tuple[int, int]] = deque()
        self._index = -1
        self._look: Hashable = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_idle)

    def drawn(self, index: int, count: int, look: Hashable) -> None:
        """A slice was drawn.

        index, count : of the slice and of all, data order. look : what the preparations depend on beside the slice.
        """
        if index == self._index and look == self._look:
            return
        way = -1 if index < self._index else 1
        self._index, self._look = index, look
        self._jobs.clear()
        for step in STEPS:
            neighbour = index + way * step
            if 0 <= neighbour < count:
                self._jobs.extend((neighbour, part) for part in range(self._parts))
        self._timer.start(PAUSE_MS)

    def stop(self) -> None:
        """Nothing is to be prepared any more: another series, or none."""
        self._jobs.clear()
        self._timer.stop()
        self._index, self._look = -1, None

    @Slot()
    def _on_idle(self) -> None:
        if self._jobs:
            self._prepare(*self._jobs.popleft())
        if self._jobs:
            self._timer.start(0)  # whatever has come meanwhile goes first


class Nowhere:
    """Takes the place of a painter on a widget: what is drawn is made and kept, and goes nowhere."""

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget

    def device(self) -> QPaintDevice:
        return self._widget

    def viewport(self) -> QRect:
        return QRect(QPoint(0, 0), self._widget.size())

    def drawPixmap(self, point: QPointF, picture: QPixmap, /) -> None:
        """Nothing."""
