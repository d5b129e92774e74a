"""Where the frames of an object lie in the patient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from covidviewer.dicom.catalog import Frame
from covidviewer.dicom.objects.records import Grid
from covidviewer.dicom.objects.source import first, number

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

#: Planes closer than this, mm, are one place.
SAME_PLACE = 1e-3


def grid_of(frame: Frame, thickness: float = math.nan) -> Grid | None:
    """The grid of one frame; None where position, orientation or spacing is missing."""
    if frame.position is None or frame.orientation is None or frame.spacing is None:
        return None
    along_row, along_column = np.array(frame.orientation[:3]), np.array(frame.orientation[3:])
    # Row cosines point along a row, that is, to the next column (PS3.3 C.7.6.2.1.1).
    return Grid(
        np.array(frame.position),
        along_column * frame.spacing[0],
        along_row * frame.spacing[1],
        (frame.format.rows, frame.format.columns),
        thickness,
    )


def thickness_of(frames: Sequence[Frame], shared: Dataset | None) -> float:
    """How far a pixel reaches along the normal, mm; NaN where nothing says.

    The least distance of two planes, as empty planes are left out of segmentations; a spacing that the header gives
    counts where there is one plane only, or where it is smaller.
    """
    measures = first(shared, "PixelMeasuresSequence")
    said = number(measures, "SpacingBetweenSlices")
    thick = number(measures, "SliceThickness")
    given = next((abs(v) for v in (said, thick) if v is not None and abs(v) > SAME_PLACE), math.nan)
    placed = [f for f in frames if f.position is not None and f.orientation is not None]
    if not placed:
        return given
    orientation = placed[0].orientation
    assert orientation is not None
    normal = np.cross(orientation[:3], orientation[3:])
    places = np.unique(np.round(np.array([f.position for f in placed]) @ normal, 4))
    steps = np.diff(places)
    steps = steps[steps > SAME_PLACE]
    if not steps.size:
        return given
    least = float(steps.min())
    return min(least, given) if said is not None and math.isfinite(given) else least
