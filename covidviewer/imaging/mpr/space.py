"""Where the voxels of a stack lie: one orientation, true positions of every slice; or why no plane can be cut.

Slices may be unevenly spaced and shifted against each other (a tilted gantry): each keeps its own place. Coordinates
are LPS millimetres; *local* ones are (along the normal, down the columns, along the rows) from the first pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from covidviewer.errors import UnsupportedError
from covidviewer.imaging.mpr.policy import mpr_policy

if TYPE_CHECKING:
    from covidviewer.dicom.catalog import Stack

#: Slices nearer than this are at one place; origins may stray by as much and still be called straight.
SAME_MM = 0.01
#: Neighbouring steps that a step is compared with before it is called a gap.
AROUND = 9

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Space:
    """Geometry of a stack.

    origin : (3,) LPS mm, centre of the first pixel of the first slice.
    axes : (3, 3), unit rows: the normal, down the columns, along the rows.
    spacing : (between rows, between columns) in mm. rows, columns : size of a slice.
    positions : (n,) mm of the slices along the normal from the first, ascending.
    shifts : (n, 2) mm, how far the origin of a slice lies (down, along) from the first one's; None where straight.
    gaps : (n - 1,) bool, between which slices something is missing.
    half : (n - 1,) mm, how far a slice reaches into the step beyond it where nothing may be interpolated.
    """

    origin: Vector
    axes: Vector
    spacing: tuple[float, float]
    rows: int
    columns: int
    positions: Vector
    shifts: Vector | None
    gaps: NDArray[np.bool_]
    half: Vector

    @classmethod
    def of_stack(cls, stack: Stack) -> Space:
        """From the header records. Raises UnsupportedError with the reason where no plane can be cut truly."""
        why = refusal(stack)
        if why:
            raise UnsupportedError(why, advice="The images themselves can be read as they are.")
        first = stack.frames[0]
        assert first.orientation is not None
        assert first.spacing is not None
        origins = np.array([frame.position for frame in stack.frames], np.float64)
        return cls.of_planes(origins, first.orientation, first.spacing, stack.rows, stack.columns)

    @classmethod
    def of_planes(
        cls,
        origins: Vector,
        orientation: tuple[float, ...],
        spacing: tuple[float, float],
        rows: int,
        columns: int,
    ) -> Space:
        """origins : (n, 3) LPS mm in order along row x column. orientation : row cosines, then column cosines."""
        along = np.asarray(orientation[:3], np.float64)
        normal = np.cross(along, np.asarray(orientation[3:], np.float64))
        normal /= np.linalg.norm(normal)
        along /= np.linalg.norm(along)
        axes = np.stack((normal, np.cross(normal, along), along))
        local = (origins - origins[0]) @ axes.T
        steps = np.diff(local[:, 0])
        shifts: Vector | None = local[:, 1:]
        if float(np.abs(local[:, 1:]).max()) <= max(SAME_MM, 0.02 * min(spacing)):
            shifts = None
        gaps, usual = _gaps(steps)
        return cls(
            origins[0],
            axes,
            (float(spacing[0]), float(spacing[1])),
            rows,
            columns,
            local[:, 0],
            shifts,
            gaps,
            usual / 2,
        )

    @property
    def count(self) -> int:
        return len(self.positions)

    @property
    def straight(self) -> bool:
        """Whether the slices lie exactly above each other."""
        return self.shifts is None

    @property
    def finest_mm(self) -> float:
        """The smaller of the two distances of pixels in a slice."""
        return min(self.spacing)

    def local(self, points: Vector) -> Vector:
        """(..., 3) LPS mm to local mm."""
        result: Vector = (points - self.origin) @ self.axes.T
        return result

    def corners(self) -> Vector:
        """(8, 3) LPS mm: centres of the outermost voxels."""
        height, width = (self.rows - 1) * self.spacing[0], (self.columns - 1) * self.spacing[1]
        found = []
        for k in (0, self.count - 1):
            down, along = self.shifts[k] if self.shifts is not None else (0.0, 0.0)
            found += [(self.positions[k], down + r, along + c) for r in (0.0, height) for c in (0.0, width)]
        result: Vector = self.origin + np.array(found) @ self.axes
        return result

    @property
    def middle(self) -> Vector:
        """(3,) LPS mm of the middle of the stack."""
        result: Vector = self.corners().mean(axis=0)
        return result

    def tilt_degrees(self) -> float:
        """Angle between the way the slices are stacked and their normal."""
        if self.shifts is None:
            return 0.0
        depth = self.positions[-1] - self.positions[0]
        return float(np.degrees(np.arctan2(np.linalg.norm(self.shifts[-1]), depth)))


def refusal(stack: Stack) -> str:
    """Why no plane can be cut through a stack, in one sentence; empty when it can."""
    frames = stack.frames
    if stack.color:
        return "Planes cannot be cut through colour images."
    if len(frames) < 2:
        return "A single image has no other planes."
    if stack.positions_mm is None or any(f.position is None or f.orientation is None for f in frames):
        return "The positions of these images are not known, so no plane can be cut through them."
    if any(f.spacing is None for f in frames) or frames[0].spacing_kind != "patient":
        return "The size of the pixels in the patient is not known, so a plane would be squeezed or stretched."
    if any(f.spacing != frames[0].spacing or f.orientation != frames[0].orientation for f in frames):
        first = np.array([*(frames[0].spacing or ()), *(frames[0].orientation or ())])
        if any(np.abs(np.array([*(f.spacing or ()), *(f.orientation or ())]) - first).max() > 1e-3 for f in frames):
            return "The images do not share one orientation and pixel size, so no plane can be cut through them."
    if float(np.diff(stack.positions_mm).min()) < SAME_MM:
        return "Several images lie at one place (phases or repeats), so a plane would mix them."
    return ""


def _gaps(steps: Vector) -> tuple[NDArray[np.bool_], Vector]:
    """Steps much longer than those around them, and the usual step at each: both (n - 1,)."""
    usual = np.empty_like(steps)
    reach = AROUND // 2
    for i in range(len(steps)):
        usual[i] = np.median(steps[max(i - reach, 0) : i + reach + 1])
    gaps = steps > mpr_policy().gap_factor * usual
    return gaps, np.where(gaps, usual, steps)
