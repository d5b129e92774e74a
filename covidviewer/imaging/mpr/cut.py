"""A set of parallel planes through a stack: which way they face, how large, how far apart. Pixels are square."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from covidviewer.imaging.mpr.policy import mpr_policy
from covidviewer.imaging.mpr.space import Space, Vector
from covidviewer.imaging.slice_plane import SlicePlane

#: As the screen shows them: along the rows, then down the columns, in LPS; the normal is their cross product.
ANATOMICAL: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "axial": ((1, 0, 0), (0, 1, 0)),
    "coronal": ((1, 0, 0), (0, 0, -1)),
    "sagittal": ((0, 1, 0), (0, 0, -1)),
}
_TINY = 1e-6


@dataclass(frozen=True, eq=False)
class Cut:
    """Parallel planes that cover a stack.

    first : (3,) LPS mm, centre of the first pixel of plane 0. along, down : unit vectors of growing column and row.
    pixel_mm : edge of a pixel. step_mm : between planes, along ``along`` x ``down``.
    """

    first: Vector
    along: Vector
    down: Vector
    pixel_mm: float
    step_mm: float
    rows: int
    columns: int
    count: int

    @property
    def normal(self) -> Vector:
        result: Vector = np.cross(self.along, self.down)
        return result

    def plane(self, index: float) -> SlicePlane:
        """Plane ``index`` as a piece of a plane in the patient."""
        at = self.first + index * self.step_mm * self.normal
        return SlicePlane(
            (float(at[0]), float(at[1]), float(at[2])),
            (float(self.along[0]), float(self.along[1]), float(self.along[2])),
            (float(self.down[0]), float(self.down[1]), float(self.down[2])),
            (self.pixel_mm, self.pixel_mm),
            self.rows,
            self.columns,
        )

    def index_of(self, point: Vector) -> int:
        """The plane nearest to a point (LPS mm), within those there are."""
        at = float((point - self.first) @ self.normal) / self.step_mm
        return min(max(round(at), 0), self.count - 1)


def cut(space: Space, along: Vector, down: Vector, through: Vector, pixel_mm: float, step_mm: float) -> Cut:
    """Planes that face ``along`` x ``down``, one of them through a point, over the whole stack.

    Parameters
    ----------
    along, down : (3,) unit vectors at right angles, LPS. through : (3,) LPS mm; a pixel centre lies on it.
    """
    ways = np.stack((along, down, np.cross(along, down)))
    pitch = np.array([pixel_mm, pixel_mm, step_mm])
    reach = (space.corners() - through) @ ways.T / pitch
    low = np.ceil(reach.min(axis=0) - _TINY)
    high = np.maximum(np.floor(reach.max(axis=0) + _TINY), low)
    columns, rows, count = (int(n) + 1 for n in high - low)
    return Cut(through + (low * pitch) @ ways, along, down, pixel_mm, step_mm, rows, columns, count)


def standard(space: Space, name: str) -> Cut:
    """The axial, coronal or sagittal planes.

    A straight stack that lies nearly as the body does keeps its own rows and columns, so that nothing is interpolated
    within a slice; a tilted or oblique one is cut along the body's axes.
    """
    wanted = np.array(ANATOMICAL[name], np.float64)
    least = math.cos(math.radians(mpr_policy().straight_degrees))
    own = wanted @ space.axes.T  # (2, 3): shares of the stack's own axes
    axis = np.argmax(np.abs(own), axis=1)
    if space.straight and axis[0] != axis[1] and bool((np.abs(own).max(axis=1) >= least).all()):
        signs = np.sign(own[np.arange(2), axis])
        along, down = (signs[i] * space.axes[axis[i]] for i in range(2))
        third = 3 - int(axis[0]) - int(axis[1])
        pixel = _pixel(space, int(axis[0]), int(axis[1]))
        return cut(space, along, down, space.origin, pixel, _pitch(space, third))
    turned = np.abs(space.axes @ np.cross(wanted[0], wanted[1]))
    step = _pitch(space, 0) if int(np.argmax(turned)) == 0 else space.finest_mm
    return cut(space, wanted[0], wanted[1], space.middle, space.finest_mm, step)


def turned(planes: Cut, space: Space, axis: Vector, degrees: float, pivot: Vector) -> Cut:
    """The planes turned about an axis through a point; one of them runs through that point.

    axis : (3,) unit vector, LPS; a positive angle turns as the fingers of the right hand do.
    """
    along, down = (_turn(way, axis, math.radians(degrees)) for way in (planes.along, planes.down))
    along = along / np.linalg.norm(along)
    down = down - (down @ along) * along  # many small turns must not add up to a skewed plane
    down = down / np.linalg.norm(down)
    return cut(space, along, down, pivot, space.finest_mm, space.finest_mm)


def moved(planes: Cut, point: Vector) -> Cut:
    """The same planes, shifted along their normal by less than a step, so that one runs through a point."""
    at = float((point - planes.first) @ planes.normal) / planes.step_mm
    return replace(planes, first=planes.first + (at - round(at)) * planes.step_mm * planes.normal)


def _turn(way: Vector, axis: Vector, angle: float) -> Vector:
    """Rodrigues' formula."""
    result: Vector = (
        way * math.cos(angle) + np.cross(axis, way) * math.sin(angle) + axis * (axis @ way) * (1 - math.cos(angle))
    )
    return result


def _pixel(space: Space, along: int, down: int) -> float:
    """Edge of a square pixel: the distance of the stack's pixels in the plane, the finer where both are there."""
    return min(space.spacing[axis - 1] for axis in (along, down) if axis)


def _pitch(space: Space, axis: int) -> float:
    if axis:
        return space.spacing[axis - 1]
    return float(np.median(np.diff(space.positions)))
