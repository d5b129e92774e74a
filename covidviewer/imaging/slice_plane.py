"""One image as a piece of a plane in the patient: points on it, distances from it, where it meets another.

Coordinates are LPS millimetres (PS3.3 C.7.6.2.1.1); image points are (row, column), pixel centres at integers, so an
image of n columns reaches from -0.5 to n - 0.5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = tuple[float, float, float]
Point = tuple[float, float]

#: Planes whose normals differ by less than this run parallel: scanners write direction cosines to a few digits.
PARALLEL_DEGREES = 1.0


@dataclass(frozen=True, slots=True)
class SlicePlane:
    """Where an image lies.

    origin : centre of the first pixel, LPS mm.
    row_direction : unit vector of growing column index (along a row). column_direction : of growing row index.
    spacing : (between rows, between columns) in mm. rows, columns : size of the image.
    """

    origin: Vector
    row_direction: Vector
    column_direction: Vector
    spacing: Point
    rows: int
    columns: int

    @classmethod
    def of_affine(cls, affine: NDArray[np.float64], index: float, rows: int, columns: int) -> SlicePlane:
        """The plane of slice ``index`` of a grid; affine (4, 4): (slice, row, column, 1) to LPS mm."""
        down, along = affine[:3, 1], affine[:3, 2]
        spacing = float(np.linalg.norm(down)), float(np.linalg.norm(along))
        return cls(
            _vector(affine[:3, 3] + index * affine[:3, 0]),
            _vector(along / spacing[1]),
            _vector(down / spacing[0]),
            spacing,
            rows,
            columns,
        )

    @property
    def normal(self) -> Vector:
        """Row direction x column direction: the way in which slices are counted."""
        (a, b, c), (d, e, f) = self.row_direction, self.column_direction
        return b * f - c * e, c * d - a * f, a * e - b * d  # asked at every step of a scroll: no array for it

    @property
    def orientation(self) -> tuple[float, float, float, float, float, float]:
        """As Image Orientation (Patient): row cosines, then column cosines."""
        return (*self.row_direction, *self.column_direction)

    @property
    def middle(self) -> Vector:
        """LPS mm of the middle of the image."""
        return self.point((self.rows - 1) / 2, (self.columns - 1) / 2)

    def point(self, row: float, column: float) -> Vector:
        """LPS mm of an image point."""
        r, c = row * self.spacing[0], column * self.spacing[1]
        o, x, y = self.origin, self.row_direction, self.column_direction
        return o[0] + c * x[0] + r * y[0], o[1] + c * x[1] + r * y[1], o[2] + c * x[2] + r * y[2]

    def pixel(self, point: Sequence[float] | NDArray[np.float64]) -> Point:
        """(row, column), with fractions, of the foot of a point (LPS mm) on this plane; may lie outside the image."""
        away = [float(p) - o for p, o in zip(point, self.origin, strict=True)]
        row, column = _dot(away, self.column_direction), _dot(away, self.row_direction)
        return row / self.spacing[0], column / self.spacing[1]

    def distance(self, point: Sequence[float] | NDArray[np.float64]) -> float:
        """Signed distance in mm of a point from this plane, positive along the normal."""
        return _dot([float(p) - o for p, o in zip(point, self.origin, strict=True)], self.normal)

    def contains(self, row: float, column: float) -> bool:
        """Whether an image point lies on the image."""
        return -0.5 <= row <= self.rows - 0.5 and -0.5 <= column <= self.columns - 0.5

    def parallel(self, other: SlicePlane) -> bool:
        """Whether both planes run the same way, whichever way they are counted."""
        return abs(_dot(self.normal, other.normal)) >= math.cos(math.radians(PARALLEL_DEGREES))

    def alike(self, other: SlicePlane) -> bool:
        """Whether rows and columns run the same way too, so that zoom and pan can be shared."""
        least = math.cos(math.radians(PARALLEL_DEGREES))
        return (
            _dot(self.row_direction, other.row_direction) >= least
            and _dot(self.column_direction, other.column_direction) >= least
        )


def crossing(shown: SlicePlane, other: SlicePlane) -> tuple[Point, Point] | None:
    """Where another image cuts this one.

    Returns
    -------
    The two ends, (row, column) on ``shown``, of the line that both images share: on the line where their planes meet,
    the piece that lies within both. None for parallel planes, and where one image ends before it reaches the other.
    """
    if shown.parallel(other):
        return None
    n, m = np.array(shown.normal), np.array(other.normal)
    way = np.cross(n, m)
    length = float(np.linalg.norm(way))
    way = way / length
    # A point on both planes: solve n.p = n.o, m.p = m.q, way.p = way.o.
    system = np.stack((n, m, way))
    right = np.array([n @ np.array(shown.origin), m @ np.array(other.origin), way @ np.array(shown.origin)])
    base = np.linalg.solve(system, right)
    low, high = -math.inf, math.inf
    for plane in (shown, other):
        start, step = plane.pixel(base), plane.pixel(base + way)
        for at, size in ((0, plane.rows), (1, plane.columns)):
            low, high = _clip(low, high, start[at], step[at] - start[at], size)
    if not low < high:
        return None
    return shown.pixel(base + low * way), shown.pixel(base + high * way)


def nearest(positions_mm: NDArray[np.float64], target_mm: float) -> int:
    """Index of the slice nearest to a distance along the normal; of two equally near the first.

    positions_mm : (n,) distances of the slices along the normal, any order and spacing.
    """
    return int(np.abs(positions_mm - target_mm).argmin())


def reach(positions_mm: NDArray[np.float64]) -> float:
    """How far from a slice, in mm, a point may lie and still be called on it: half the widest common step.

    A single slice reaches half a centimetre.
    """
    if len(positions_mm) < 2:
        return 5.0
    return max(float(np.median(np.abs(np.diff(positions_mm)))) / 2, 1e-3) * 1.02


def _clip(low: float, high: float, start: float, step: float, size: int) -> tuple[float, float]:
    """Keep the part of a line (start + t step) within -0.5 .. size - 0.5."""
    if abs(step) < 1e-9:
        return (low, high) if -0.5 <= start <= size - 0.5 else (math.inf, -math.inf)
    a, b = sorted(((-0.5 - start) / step, (size - 0.5 - start) / step))
    return max(low, a), min(high, b)


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _vector(values: NDArray[np.float64]) -> Vector:
    x, y, z = (float(v) for v in values)
    return x, y, z
