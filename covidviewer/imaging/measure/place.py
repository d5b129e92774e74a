"""From the pixels of one image to the patient."""

from __future__ import annotations

from collections.abc import Sequence

Vector = tuple[float, float, float]


def patient_points(
    points: Sequence[tuple[float, float]],
    position: Vector | None,
    orientation: Sequence[float] | None,
    spacing_mm: Sequence[float] | None,
) -> tuple[Vector, ...]:
    """LPS millimetres of (row, column) points (PS3.3 C.7.6.2.1.1, equation C.7.6.2.1-1); empty where unknown.

    Parameters
    ----------
    position : Image Position (Patient), centre of the first pixel. orientation : row cosines then column cosines.
    spacing_mm : (between rows, between columns).
    """
    if position is None or orientation is None or spacing_mm is None:
        return ()
    along_row, along_column = orientation[:3], orientation[3:]
    found = []
    for row, column in points:
        x, y, z = (
            p + r * column * spacing_mm[1] + c * row * spacing_mm[0]
            for p, r, c in zip(position, along_row, along_column, strict=True)
        )
        found.append((x, y, z))
    return tuple(found)
