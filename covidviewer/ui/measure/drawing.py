"""A drawing in the making: points placed so far and the one that follows the pointer."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from covidviewer.imaging.measure import Kind, point_count
from covidviewer.imaging.measure.shapes import simplified
from covidviewer.workspace.measurement import Point

#: A free-hand outline leaves out corners nearer than this to the line, in image pixels: far below what a hand can do.
TOLERANCE = 0.2


@dataclass
class Drawing:
    """Points of one kind on one image. ``floating`` follows the pointer and is not placed yet."""

    kind: Kind
    placed: list[Point] = field(default_factory=list)
    floating: Point | None = None

    def place(self, point: Point) -> None:
        self.placed.append(point)
        self.floating = point

    def undo_point(self) -> bool:
        """Take the last placed point back; False when none is left."""
        if self.placed:
            self.placed.pop()
        return bool(self.placed)

    @property
    def complete(self) -> bool:
        """Whether the kind needs no more points; a polyline or a free-hand outline never says so."""
        count = point_count(self.kind)
        return count is not None and len(self.placed) >= count

    @property
    def points(self) -> tuple[Point, ...]:
        """Placed points and the floating one: what is on screen."""
        if self.floating is not None and not self.complete:
            return (*self.placed, self.floating)
        return tuple(self.placed)

    def finished(self) -> tuple[Point, ...] | None:
        """The points to keep, None when they make no drawing yet."""
        points = tuple(self.placed)
        if self.kind is Kind.FREEHAND:
            if len(points) < 3:
                return None
            kept = simplified(np.asarray((*points, points[0])), TOLERANCE)[:-1]
            return tuple((float(r), float(c)) for r, c in kept) if len(kept) >= 3 else None
        if self.kind is Kind.POLYLINE:
            return points if len(points) >= 2 else None
        return points if self.complete else None
