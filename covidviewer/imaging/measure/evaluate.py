"""One measurement on one image: what was drawn, and the numbers that follow from it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.measure import shapes
from covidviewer.imaging.measure.masks import region_mask
from covidviewer.imaging.measure.scale import Note, Scale
from covidviewer.imaging.measure.statistics import Statistics, statistics_of


class Kind(StrEnum):
    """What can be drawn."""

    LENGTH = "length"
    ANGLE = "angle"
    COBB = "cobb"
    ELLIPSE = "ellipse"
    RECTANGLE = "rectangle"
    FREEHAND = "freehand"
    POLYLINE = "polyline"
    PROBE = "probe"
    ARROW = "arrow"
    TEXT = "text"


#: Those that have an area and statistics.
REGIONS = frozenset({Kind.ELLIPSE, Kind.RECTANGLE, Kind.FREEHAND})
_COUNTS = {
    Kind.LENGTH: 2,
    Kind.ANGLE: 3,
    Kind.COBB: 4,
    Kind.ELLIPSE: 2,
    Kind.RECTANGLE: 2,
    Kind.PROBE: 1,
    Kind.ARROW: 2,
    Kind.TEXT: 1,
}


def point_count(kind: Kind) -> int | None:
    """How many points a drawing of this kind has; None where the reader decides (polyline 2 or more, freehand 3)."""
    return _COUNTS.get(kind)


@dataclass(frozen=True, slots=True)
class Result:
    """Numbers of one measurement; None where the kind has none, or where they cannot be known.

    length : in ``unit``. area : in ``unit`` squared, inside the outline as drawn; where a free-hand outline crosses
    itself, the area of the pixels inside (``crossing``). angle : degrees. value : at a point probe, one number, or
    three for colour. statistics : of the pixels whose centre is inside. value_unit : "HU", another rescale type or "".
    """

    unit: str = "px"
    note: Note = Note.NONE
    length: float | None = None
    angle: float | None = None
    area: float | None = None
    value: tuple[float, ...] | None = None
    value_unit: str = ""
    statistics: Statistics | None = None
    crossing: bool = False


def evaluate(
    kind: Kind,
    points: Sequence[tuple[float, float]],
    scale: Scale,
    values: NDArray[np.generic] | None = None,
    *,
    value_unit: str = "",
    padding: float | None = None,
) -> Result:
    """Measure.

    Parameters
    ----------
    points : (row, column) each, as `point_count` says. scale : `scale_of` the image.
    values : (rows, columns) modality values, (rows, columns, 3) for colour, or None while they are not there: geometry
        needs none.
    value_unit, padding : as in `Volume`.
    """
    drawn = np.asarray(points, np.float64).reshape(-1, 2)
    real = drawn * (scale.row, scale.column)
    base: dict[str, object] = {"unit": scale.unit, "note": scale.note, "value_unit": value_unit}
    if kind in (Kind.LENGTH, Kind.POLYLINE):
        return Result(length=shapes.path_length(real), **base)  # type: ignore[arg-type]
    if kind is Kind.ANGLE:
        return Result(angle=shapes.angle_at(real), **base)  # type: ignore[arg-type]
    if kind is Kind.COBB:
        return Result(angle=shapes.cobb_angle(real), **base)  # type: ignore[arg-type]
    if kind is Kind.PROBE:
        return Result(value=_value_at(drawn[0], values, padding), **base)  # type: ignore[arg-type]
    if kind in REGIONS:
        return _region(kind, points, real, scale, values, padding, base)
    return Result(**base)  # type: ignore[arg-type]


def _region(
    kind: Kind,
    points: Sequence[tuple[float, float]],
    real: NDArray[np.float64],
    scale: Scale,
    values: NDArray[np.generic] | None,
    padding: float | None,
    base: dict[str, object],
) -> Result:
    crossing = kind is Kind.FREEHAND and shapes.crosses_itself(real)
    found: Statistics | None = None
    pixels: int | None = None
    if values is not None:
        box, mask = region_mask(kind, points, (values.shape[0], values.shape[1]))
        pixels = int(mask.sum())
        found = statistics_of(values[box], mask, padding) if values.ndim == 2 else None
    if crossing:
        area = None if pixels is None else pixels * scale.row * scale.column
    else:
        shape = {Kind.ELLIPSE: shapes.ellipse_area, Kind.RECTANGLE: shapes.rectangle_area}
        area = shape.get(kind, shapes.polygon_area)(real)
    return Result(area=area, statistics=found, crossing=crossing, **base)  # type: ignore[arg-type]


def _value_at(
    point: NDArray[np.float64], values: NDArray[np.generic] | None, padding: float | None
) -> tuple[float, ...] | None:
    if values is None:
        return None
    row, column = (math.floor(v + 0.5) for v in point)
    if not (0 <= row < values.shape[0] and 0 <= column < values.shape[1]):
        return None
    found = tuple(float(v) for v in np.atleast_1d(values[row, column]))
    outside = padding is not None and found == (padding,)
    return found if all(map(math.isfinite, found)) and not outside else None
