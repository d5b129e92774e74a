"""Graphic types of presentation states and reports (PS3.3 C.10.5.1.2, C.18.6.1.2, C.18.9.1.2) -> polylines.

Works in two dimensions (row, column) and in three (LPS mm) alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
#: Pieces of a full turn: a circle of 1,000 pixels is then off by a tenth of a pixel at most.
_TURN = 144
#: Pieces between two points of a curve.
_CURVE = 12


def image_points(graphic_data: Points) -> Points:
    """(column, row) pairs from the corner of the first pixel -> (n, 2) row, column from its centre."""
    pairs = graphic_data[: graphic_data.size // 2 * 2].reshape(-1, 2)
    return pairs[:, ::-1] - 0.5


def polylines(kind: str, points: Points) -> tuple[tuple[Points, bool], ...]:
    """(points, closed) of one graphic; several for MULTIPOINT; none where the points do not fit the type.

    Parameters
    ----------
    kind : POINT, MULTIPOINT, POLYLINE, POLYGON, INTERPOLATED, CIRCLE (2-D), ELLIPSE, ELLIPSOID.
    points : (n, 2) or (n, 3).
    """
    count = len(points)
    if not count or not np.isfinite(points).all():
        return ()
    if kind == "POINT":
        return ((points[:1], False),)
    if kind == "MULTIPOINT":
        return tuple((points[i : i + 1], False) for i in range(min(count, 10_000)))
    if kind == "CIRCLE" and count == 2:
        return ((_circle(points[0], points[1]), True),)
    if kind == "ELLIPSE" and count == 4:
        return ((_ellipse(points), True),)
    if kind == "ELLIPSOID" and count == 6:
        axes = ((0, 1, 2, 3), (0, 1, 4, 5), (2, 3, 4, 5))
        return tuple((_ellipse(points[list(axis)]), True) for axis in axes)
    if kind == "INTERPOLATED" and count > 2:
        closed = bool(np.allclose(points[0], points[-1]))
        return ((_curve(points, closed), closed),)
    if kind in ("POLYLINE", "POLYGON", "INTERPOLATED"):
        closed = kind == "POLYGON" or (count > 3 and bool(np.allclose(points[0], points[-1])))
        return ((points, closed),)
    return ()


def _circle(center: Points, edge: Points) -> Points:
    turn = np.linspace(0, 2 * np.pi, _TURN, endpoint=False)
    radius = np.linalg.norm(edge - center)
    circle: Points = center + radius * np.stack([np.sin(turn), np.cos(turn)], axis=1)
    return circle


def _ellipse(points: Points) -> Points:
    """Ends of the major axis, then of the minor axis."""
    center = points.mean(axis=0)
    major, minor = (points[1] - points[0]) / 2, (points[3] - points[2]) / 2
    turn = np.linspace(0, 2 * np.pi, _TURN, endpoint=False)[:, None]
    ellipse: Points = center + np.cos(turn) * major + np.sin(turn) * minor
    return ellipse


def _curve(points: Points, closed: bool) -> Points:
    """A curve through all points (Catmull-Rom); the standard leaves the kind of curve open."""
    if closed:
        points = points[:-1]
        before, after = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)
        beyond = np.roll(points, -2, axis=0)
        start = points
    else:
        padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
        before, start, after, beyond = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = np.linspace(0, 1, _CURVE, endpoint=False)[:, None, None]
    curve = 0.5 * (
        2 * start
        + (after - before) * t
        + (2 * before - 5 * start + 4 * after - beyond) * t**2
        + (3 * start - before - 3 * after + beyond) * t**3
    )
    flat = curve.transpose(1, 0, 2).reshape(-1, points.shape[1])
    return flat if closed else np.concatenate([flat, points[-1:]])
