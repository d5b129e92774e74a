"""How long a step from pixel to pixel is, in which unit, and what a reader must know about that."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

#: Magnifications outside this cannot be: the detector is never nearer to the source than the body (PS3.3 C.8.7.5).
MAGNIFICATIONS = (1.0, 20.0)


class Note(StrEnum):
    """What restricts the truth of a length."""

    NONE = ""
    MISSING = "missing"  # no spacing: pixels
    DETECTOR = "detector"  # measured at the detector, the body is magnified by an unknown factor
    ESTIMATED = "estimated"  # the detector's spacing over the Estimated Radiographic Magnification Factor
    ULTRASOUND = "ultrasound"  # the regions of an ultrasound image have scales of their own: pixels


@dataclass(frozen=True, slots=True)
class Scale:
    """Length of one step to the next row and to the next column, in ``unit`` ("mm" or "px")."""

    row: float = 1.0
    column: float = 1.0
    unit: str = "px"
    note: Note = Note.MISSING


def scale_of(
    spacing_mm: Sequence[float] | None,
    kind: str,
    *,
    aspect: tuple[float, float] | None = None,
    modality: str = "",
    magnification: float | None = None,
) -> Scale:
    """The scale of an image.

    Parameters
    ----------
    spacing_mm : (between rows, between columns) in mm, None or NaN where unknown (PS3.3 10.7.1.3).
    kind : "patient", "detector" (Imager Pixel Spacing, or a Pixel Spacing equal to it) or "".
    aspect : Pixel Aspect Ratio (0028,0034), vertical then horizontal; used only where there is no spacing, so that
        angles stay true: lengths then count columns.
    modality : "US" has regions with scales of their own (0018,6011), which are not read: pixels.
    magnification : Estimated Radiographic Magnification Factor (0018,1114); turns the detector's spacing into the
        estimate for the body (PS3.3 C.8.7.5).
    """
    known = spacing_mm is not None and len(spacing_mm) == 2 and all(math.isfinite(v) and v > 0 for v in spacing_mm)
    if modality == "US" or not known:
        row = 1.0
        if not known and aspect is not None and all(math.isfinite(v) and v > 0 for v in aspect):
            row = aspect[0] / aspect[1]
        return Scale(row, 1.0, "px", Note.ULTRASOUND if modality == "US" else Note.MISSING)
    assert spacing_mm is not None
    row, column = float(spacing_mm[0]), float(spacing_mm[1])
    if kind != "detector":
        return Scale(row, column, "mm", Note.NONE)
    if magnification is not None and MAGNIFICATIONS[0] <= magnification <= MAGNIFICATIONS[1]:
        return Scale(row / magnification, column / magnification, "mm", Note.ESTIMATED)
    return Scale(row, column, "mm", Note.DETECTOR)
