"""Where a measurement can be taken hold of, and what it becomes when it is: all in (row, column) of the image."""

from __future__ import annotations

from dataclasses import replace

from covidviewer.imaging.measure import Kind
from covidviewer.workspace.measurement import Measurement, Point

_BOXES = (Kind.ELLIPSE, Kind.RECTANGLE)
#: Corners and edge middles of a box, as (share of rows, share of columns) between its two points.
_PLACES = ((0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.5), (0.5, 1.0), (1.0, 0.5), (0.5, 0.0))


def handles(measurement: Measurement) -> tuple[Point, ...]:
    """Points that can be dragged. A text has none: it is taken as a whole."""
    if measurement.kind is Kind.TEXT:
        return ()
    if measurement.kind not in _BOXES:
        return measurement.points
    (r0, c0), (r1, c1) = measurement.points
    return tuple((r0 + (r1 - r0) * down, c0 + (c1 - c0) * across) for down, across in _PLACES)


def with_handle(measurement: Measurement, index: int, to: Point) -> Measurement:
    """The measurement after one of `handles` was dragged to a place."""
    if measurement.kind not in _BOXES:
        points = list(measurement.points)
        points[index] = to
        return replace(measurement, points=tuple(points), result=None)
    (r0, c0), (r1, c1) = measurement.points
    down, across = _PLACES[index]
    if down == 0.0:
        r0 = to[0]
    elif down == 1.0:
        r1 = to[0]
    if across == 0.0:
        c0 = to[1]
    elif across == 1.0:
        c1 = to[1]
    return replace(measurement, points=((r0, c0), (r1, c1)), result=None)


def moved(measurement: Measurement, by: Point, shape: tuple[int, int]) -> Measurement:
    """The measurement moved as a whole, kept inside the image; its label goes along."""
    down = _kept(by[0], [p[0] for p in measurement.points], shape[0])
    across = _kept(by[1], [p[1] for p in measurement.points], shape[1])
    label = measurement.label
    return replace(
        measurement,
        points=tuple((r + down, c + across) for r, c in measurement.points),
        label=(label[0] + down, label[1] + across) if label is not None else None,
        result=None,
    )


def inside(point: Point, shape: tuple[int, int]) -> Point:
    """The nearest place that the image covers."""
    row, column = (min(max(v, -0.5), n - 0.5) for v, n in zip(point, shape, strict=True))
    return row, column


def _kept(by: float, places: list[float], count: int) -> float:
    low, high = -0.5 - min(places), count - 0.5 - max(places)
    return min(max(by, low), high) if low <= high else 0.0
