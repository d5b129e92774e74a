"""The computed plane that something was measured on: where it lay, and through which slab it was seen.

A record on a plane is named by the series UID and frame number 0 (no image has it); its points are (row, column) of the
plane as it was then, and the plane says where that is in the patient.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from covidviewer.imaging.mpr.slab import PLANE, Slab
from covidviewer.imaging.slice_plane import Point, SlicePlane

#: Frame number of records on computed planes.
NO_FRAME = 0
#: Rows and columns that differ by less than this are the same: boxes keep their edges.
ALIKE_DEGREES = 0.5


@dataclass(frozen=True, slots=True)
class MeasuredPlane:
    """name : as `PlaneSlices` has it. plane : in LPS mm. slab : what was seen, and what statistics are of."""

    name: str
    plane: SlicePlane
    slab: Slab = PLANE

    def on(self, shown: SlicePlane, points: Iterable[Point], reach_mm: float) -> bool:
        """Whether points of this plane lie on another one, no farther than ``reach_mm`` from it."""
        return alike(self.plane, shown) and all(
            abs(shown.distance(self.plane.point(*point))) <= reach_mm for point in points
        )

    def carried(self, point: Point, shown: SlicePlane) -> Point:
        """(row, column) of another plane where a point of this one lies."""
        return shown.pixel(self.plane.point(*point))

    def to_body(self) -> dict[str, object]:
        """For JSON: millimetres and unit vectors in LPS."""
        p = self.plane
        return {
            "name": self.name,
            "origin_lps_mm": p.origin,
            "row_direction": p.row_direction,
            "column_direction": p.column_direction,
            "spacing_mm": p.spacing,
            "shape": (p.rows, p.columns),
            "slab": self.slab.mode,
            "slab_mm": self.slab.mm,
        }


def plane_of_body(body: object) -> MeasuredPlane:
    """Back; raises KeyError, TypeError or ValueError for what is no plane."""
    if not isinstance(body, dict):
        raise TypeError("no plane")
    origin, along, down = (_numbers(body[name], 3) for name in ("origin_lps_mm", "row_direction", "column_direction"))
    spacing, shape = _numbers(body["spacing_mm"], 2), _numbers(body["shape"], 2)
    if min(spacing) <= 0 or min(shape) < 1 or any(abs(math.hypot(*way) - 1) > 1e-3 for way in (along, down)):
        raise ValueError("no plane")
    plane = SlicePlane(
        (origin[0], origin[1], origin[2]), (along[0], along[1], along[2]), (down[0], down[1], down[2]),
        (spacing[0], spacing[1]), int(shape[0]), int(shape[1]),
    )  # fmt: skip
    mode = str(body.get("slab", "none"))
    return MeasuredPlane(str(body["name"]), plane, Slab.of(mode, float(body["slab_mm"])) if mode != "none" else PLANE)


def alike(one: SlicePlane, other: SlicePlane) -> bool:
    """Whether rows and columns run the same way."""
    least = math.cos(math.radians(ALIKE_DEGREES))
    pairs = ((one.row_direction, other.row_direction), (one.column_direction, other.column_direction))
    return all(sum(a * b for a, b in zip(first, second, strict=True)) >= least for first, second in pairs)


def _numbers(value: object, count: int) -> tuple[float, ...]:
    found = tuple(float(v) for v in value)  # type: ignore[attr-defined]
    if len(found) != count or not all(map(math.isfinite, found)):
        raise ValueError("no numbers")
    return found
