"""Where slices lie: order along the normal, spacing, gaps, tilt, and the way from voxels to millimetres.

Only Image Position and Image Orientation (Patient) count (PS3.3 C.7.6.2.1.1). Slice Thickness, Spacing Between
Slices, Slice Location and the instance number say other things and lie often. All coordinates are LPS mm.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import Frame, Note, NoteCode

#: Positions closer than this are the same place.
SAME_MM = 0.01
#: A step may differ from the median by this share of it (or by `SAME_MM`) and still be regular.
STEP_SHARE = 0.01
_TILT_DEGREES = 0.3
_SIDEWAYS_MM = 1.0
_MANY = 0.25
_TOLD = 5

RULE_GEOMETRY = "by position along the slice normal"
RULE_NUMBER = "by instance number, as positions are missing"
RULE_NAME = "by file name, as positions and instance numbers are missing"
RULE_FRAME = "by frame number inside the file"
RULE_ONE = "a single image"


@dataclass(frozen=True, slots=True)
class Geometry:
    """Places of the frames of a stack in their order; `Stack` explains the fields."""

    positions_mm: NDArray[np.float64] | None
    spacing_mm: tuple[float, float, float]
    affine: NDArray[np.float64]
    uniform: bool | None
    tilt_degrees: float
    notes: tuple[Note, ...]


def normal_of(orientation: Sequence[float]) -> NDArray[np.float64]:
    """Unit normal of a slice: row cosines x column cosines, (3,)."""
    normal: NDArray[np.float64] = np.cross(np.asarray(orientation[:3], float), np.asarray(orientation[3:], float))
    return normal / np.linalg.norm(normal)


def has_place(frame: Frame) -> bool:
    """Whether a frame lies somewhere: position and orientation are there."""
    return frame.position is not None and frame.orientation is not None


def distances(frames: Sequence[Frame], normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of each frame along the normal, mm, (n,)."""
    return np.asarray([frame.position for frame in frames], np.float64).reshape(-1, 3) @ normal


def order(frames: Sequence[Frame]) -> tuple[list[int], str]:
    """Order of frames in a stack, and the rule in words.

    By position along the normal where all have a place; else by instance number; else by file name. Equal places fall
    back on number and name, so that the same files always give the same order.
    """
    if len(frames) == 1:
        return [0], RULE_ONE
    names = [
        (frame.instance_number or 0, frame.origin or frame.path.name, str(frame.path), frame.frame) for frame in frames
    ]
    if frames and all(map(has_place, frames)):
        assert frames[0].orientation is not None
        along = distances(frames, normal_of(frames[0].orientation))
        rounded = np.round(along / SAME_MM).tolist()
        return sorted(range(len(frames)), key=lambda i: (rounded[i], names[i])), RULE_GEOMETRY
    if len({frame.path for frame in frames}) == 1 and len(frames) > 1:
        return sorted(range(len(frames)), key=lambda i: frames[i].frame), RULE_FRAME
    if all(frame.instance_number is not None for frame in frames):
        return sorted(range(len(frames)), key=lambda i: names[i]), RULE_NUMBER
    return sorted(range(len(frames)), key=lambda i: names[i][1:]), RULE_NAME


def measure(frames: Sequence[Frame]) -> Geometry:
    """Measure a stack whose frames are in order.

    Returns
    -------
    Geometry
        With positions (n,) float64 in mm and affine (4, 4) float64, voxel index (slice, row, column, 1) -> LPS mm.
        The slice axis of the affine runs from first to last image, so a tilted stack is sheared, as it was acquired.
        For uneven steps it holds the median step: true positions are in ``positions_mm``.
    """
    in_plane = _common_spacing(frames)
    if not frames or not all(map(has_place, frames)):
        return Geometry(None, (math.nan, *in_plane), np.eye(4), None, 0.0, ())
    assert frames[0].orientation is not None
    row, column = np.asarray(frames[0].orientation[:3]), np.asarray(frames[0].orientation[3:])
    normal = normal_of(frames[0].orientation)
    places = np.asarray([frame.position for frame in frames], np.float64)
    along = places @ normal
    steps = np.diff(along)
    true_steps = steps[steps > SAME_MM]
    median = float(np.median(true_steps)) if len(true_steps) else math.nan
    direction = normal
    tilt = 0.0
    notes: list[Note] = []
    if len(true_steps):
        track = places[-1] - places[0]
        direction = track / (track @ normal)  # one mm along the normal
        cosine = min(1.0, 1.0 / float(np.linalg.norm(direction)))
        tilt = math.degrees(math.acos(cosine))
        if tilt < _TILT_DEGREES:
            direction, tilt = (direction, 0.0) if _sideways(places, along, direction) < SAME_MM else (normal, 0.0)
        else:
            notes.append(_tilt_note(tilt))
        notes.extend(_step_notes(along, steps, median))
        aside = _sideways(places, along, direction)
        if aside > _SIDEWAYS_MM:
            notes.append(
                Note(
                    NoteCode.UNEVEN,
                    f"Slices are shifted sideways by up to {aside:.1f} mm - the stack is no box - "
                    "compare positions between slices with care.",
                )
            )
    scale = [1.0 if math.isnan(value) else value for value in in_plane]
    depth = median if not math.isnan(median) else (frames[0].thickness or 1.0)
    affine = np.eye(4)
    affine[:3, 0] = direction * depth
    affine[:3, 1] = column * scale[0]
    affine[:3, 2] = row * scale[1]
    affine[:3, 3] = places[0]
    uniform = bool(len(steps) and np.all(np.abs(steps - median) <= max(SAME_MM, STEP_SHARE * median)))
    return Geometry(along, (median, *in_plane), affine, uniform if len(steps) else None, tilt, tuple(notes))


def _common_spacing(frames: Sequence[Frame]) -> tuple[float, float]:
    spacing = frames[0].spacing if frames else None
    return spacing if spacing is not None else (math.nan, math.nan)


def _sideways(places: NDArray[np.float64], along: NDArray[np.float64], direction: NDArray[np.float64]) -> float:
    """How far slices lie beside the straight line through the first along ``direction``, mm."""
    expected = places[0] + (along - along[0])[:, None] * direction
    return float(np.max(np.linalg.norm(places - expected, axis=1)))


def _tilt_note(tilt: float) -> Note:
    return Note(
        NoteCode.TILT,
        f"The gantry was tilted by {tilt:.1f}° - the stack is sheared, distances inside a slice are right - "
        "the networks are not validated for tilt.",
    )


def _step_notes(along: NDArray[np.float64], steps: NDArray[np.float64], median: float) -> list[Note]:
    """Gaps (a few steps near multiples of the median) or uneven spacing (anything else), with their places."""
    odd = np.flatnonzero((np.abs(steps - median) > max(SAME_MM, STEP_SHARE * median)) & (steps > SAME_MM))
    if not len(odd):
        return []
    missing = np.rint(steps[odd] / median).astype(int) - 1
    near = np.abs(steps[odd] - (missing + 1) * median) <= 0.1 * median
    slices = tuple(sorted({int(i) for k in odd for i in (k, k + 1)}))
    if (
        bool(np.all(near & (missing >= 1)))
        and len(odd) <= max(1, _MANY * len(steps))
        and missing.sum() <= 2 * len(along)
    ):
        count = int(missing.sum())
        places = _listed(along, odd)
        return [
            Note(
                NoteCode.GAP,
                f"{count} {'slice is' if count == 1 else 'slices are'} missing (at {places} mm) - positions "
                "across the gap are right, nothing was filled in - look for the missing images.",
                slices,
            )
        ]
    low, high = float(steps[steps > SAME_MM].min()), float(steps.max())
    return [
        Note(
            NoteCode.UNEVEN,
            f"Slices are not equally spaced ({low:.2f} to {high:.2f} mm, at {_listed(along, odd)} mm) - "
            "true positions are used, nothing was interpolated - measure across slices with care.",
            slices,
        )
    ]


def _listed(along: NDArray[np.float64], odd: NDArray[np.intp]) -> str:
    """``-24.0 - -9.5, 30.0 - 36.0 and 2 more``: the ends of each step, mm; dashes are the screen's to draw."""
    told = ", ".join(f"{along[k]:.1f} - {along[k + 1]:.1f}" for k in odd[:_TOLD])
    return told + (f" and {len(odd) - _TOLD} more" if len(odd) > _TOLD else "")
