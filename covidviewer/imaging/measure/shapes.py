"""Lengths, angles and areas of points that are in one unit along both axes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


def path_length(points: Points) -> float:
    """Length of the line through (n, 2) points, in their unit."""
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def angle_at(points: Points) -> float | None:
    """Degrees 0 to 180 at the second of (3, 2) points; None where two of them are one."""
    return _between(points[0] - points[1], points[2] - points[1])


def cobb_angle(points: Points) -> float | None:
    """Degrees 0 to 90 between the line of the first two and the line of the last two of (4, 2) points.

    Lines have no direction: it does not matter from which end each was drawn. An angle above 90 therefore comes as its
    supplement. None for a line without length.
    """
    found = _between(points[1] - points[0], points[3] - points[2])
    return None if found is None else min(found, 180.0 - found)


def _between(a: Points, b: Points) -> float | None:
    if not np.any(a) or not np.any(b):
        return None
    cross = a[0] * b[1] - a[1] * b[0]
    # atan2 stays exact near 0 and 180 degrees, where the arc cosine does not.
    return float(np.degrees(np.arctan2(abs(cross), a @ b)))


def polygon_area(points: Points) -> float:
    """Area inside a closed outline of (n, 2) points that does not cross itself (the surveyor's formula)."""
    centred = points - points.mean(axis=0)  # far from the origin the products would lose digits
    x, y = centred[:, 1], centred[:, 0]
    return float(abs(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2)


def ellipse_area(points: Points) -> float:
    """Area of the ellipse in the box between two opposite corners, (2, 2)."""
    height, width = np.abs(points[1] - points[0])
    return float(np.pi * height * width / 4)


def rectangle_area(points: Points) -> float:
    """Area of the box between two opposite corners, (2, 2)."""
    height, width = np.abs(points[1] - points[0])
    return float(height * width)


def crosses_itself(points: Points) -> bool:
    """Whether two edges of the closed outline through (n, 2) points cross at a point inside both."""
    count = len(points)
    if count < 4:
        return False
    a, b = points, np.roll(points, -1, axis=0)
    # Side of every corner's edge start and end on the line of every edge: (edge, edge).
    start = _side(a[:, None], b[:, None], a[None, :])
    end = _side(a[:, None], b[:, None], b[None, :])
    parted = start * end < 0
    crossing = parted & parted.T
    i, j = np.nonzero(np.triu(crossing, 2))
    return bool(np.any(~((i == 0) & (j == count - 1))))


def _side(a: Points, b: Points, p: Points) -> NDArray[np.float64]:
    d, e = b - a, p - a
    side: NDArray[np.float64] = d[..., 0] * e[..., 1] - d[..., 1] * e[..., 0]
    return side


def simplified(points: Points, tolerance: float) -> Points:
    """Fewer of (n, 2) points, ends kept, none left out that lies farther than ``tolerance`` from the line.

    Douglas and Peucker, Cartographica 10(2), 1973, with a stack instead of recursion.
    """
    keep = np.zeros(len(points), bool)
    keep[[0, -1]] = True
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        between = points[first + 1 : last]
        along = points[last] - points[first]
        length = float(np.hypot(*along))
        away = between - points[first]
        if length > 0:
            distance = np.abs(along[0] * away[:, 1] - along[1] * away[:, 0]) / length
        else:
            distance = np.hypot(away[:, 0], away[:, 1])
        farthest = int(np.argmax(distance))
        if distance[farthest] > tolerance:
            middle = first + 1 + farthest
            keep[middle] = True
            spans += [(first, middle), (middle, last)]
    kept: Points = points[keep]
    return kept
