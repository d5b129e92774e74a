"""What was drawn as pictures alone, kept as a list of them: drawn again without being worked out again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPaintDevice, QPixmap


class Surface(Protocol):
    """What text and stamps need of a painter."""

    def device(self) -> QPaintDevice: ...

    def drawPixmap(self, point: QPointF, picture: QPixmap, /) -> None: ...


Beside = TypeVar("Beside")


@dataclass(slots=True)
class Drawing(Generic[Beside]):
    """Pictures and their places, and what else came of drawing them (places that answer the mouse)."""

    beside: Beside | None = None
    pictures: list[tuple[QPointF, QPixmap]] = field(default_factory=list)

    def replay(self, painter: Surface) -> None:
        """Draw all pictures again."""
        for point, picture in self.pictures:
            painter.drawPixmap(point, picture)


class Recorder:
    """Stands in for a painter and writes down what goes through."""

    def __init__(self, painter: Surface, drawing: Drawing[Beside]) -> None:
        self._painter = painter
        self._pictures = drawing.pictures

    def device(self) -> QPaintDevice:
        return self._painter.device()

    def drawPixmap(self, point: QPointF, picture: QPixmap, /) -> None:
        self._pictures.append((point, picture))
        self._painter.drawPixmap(point, picture)


class Replay(Generic[Beside]):
    """The newest drawings by what they depend on.

    limit : how many are kept; each holds the pictures of the lines that are its own.
    """

    def __init__(self, limit: int = 128) -> None:
        self._limit = limit
        self._kept: OrderedDict[Hashable, Drawing[Beside]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._kept

    def clear(self) -> None:
        """Forget all drawings."""
        self._kept.clear()

    def get(self, key: Hashable) -> Drawing[Beside] | None:
        """The drawing for an equal key, None where there is none."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: Hashable, drawing: Drawing[Beside]) -> None:
        """Remember a drawing; the oldest goes."""
        self._kept[key] = drawing
        if len(self._kept) > self._limit:
            self._kept.popitem(last=False)
