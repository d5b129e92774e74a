"""Planes in the patient: their names, the letters at their edges, points on them, the order on screen.

Coordinates are LPS millimetres: x to the patient's left, y to the back, z to the head (PS3.3 C.7.6.2.1.1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from covidviewer.dicom.catalog import Stack

Orientation = tuple[float, float, float, float, float, float]

_POSITIVE, _NEGATIVE = "LPH", "RAF"
_OPPOSITE = {"L": "R", "R": "L", "A": "P", "P": "A", "H": "F", "F": "H"}
#: A direction is named by its second axis too when that carries more than this share (about 12 degrees).
OBLIQUE_SHARE = 0.2
#: A plane within this angle of an anatomical one bears its name.
NAMED_WITHIN_DEGREES = 10.0

# Turning clockwise by a quarter moves what is at the left to the top.
_CLOCKWISE = np.array([[0, -1], [1, 0]])


@dataclass(frozen=True, slots=True)
class EdgeLetters:
    """Letters at the four edges as drawn; empty strings where unknown."""

    left: str = ""
    top: str = ""
    right: str = ""
    bottom: str = ""

    def __bool__(self) -> bool:
        return bool(self.left or self.top or self.right or self.bottom)


def direction_letters(direction: Sequence[float]) -> str:
    """One or two of L R A P H F, nearest first, for a direction in patient space; "" for one of no length."""
    vector = np.asarray(direction, np.float64)
    length = float(np.linalg.norm(vector))
    if not math.isfinite(length) or length < 1e-6:
        return ""
    vector = vector / length
    order = np.argsort(-np.abs(vector), kind="stable")[:2]
    return "".join(
        (_POSITIVE if vector[axis] > 0 else _NEGATIVE)[axis]
        for place, axis in enumerate(order)
        if place == 0 or abs(vector[axis]) > OBLIQUE_SHARE
    )


def opposite(letters: str) -> str:
    """Letters of the other direction: "LF" gives "RH"."""
    return "".join(_OPPOSITE[letter] for letter in letters)


def view_matrix(quarter_turns: int, flip_h: bool, flip_v: bool) -> NDArray[np.int64]:
    """(2, 2) int: (column, row) steps of the image to (x, y) steps on screen: flips, then clockwise turns."""
    matrix = np.array([[-1 if flip_h else 1, 0], [0, -1 if flip_v else 1]])
    for _ in range(quarter_turns % 4):
        matrix = _CLOCKWISE @ matrix
    return matrix


def edge_letters(
    orientation: Orientation | None,
    patient_orientation: Sequence[str] = (),
    *,
    quarter_turns: int = 0,
    flip_h: bool = False,
    flip_v: bool = False,
) -> EdgeLetters:
    """Letters for the edges of the view.

    Parameters
    ----------
    orientation : row then column cosines, LPS (PS3.3 C.7.6.2.1.1), or None.
    patient_orientation : where the first row and the first column lead to, for projections (PS3.3 C.7.6.1.1.1);
        used only where there is no orientation. Values that are not made of A P R L H F are not shown.
    quarter_turns, flip_h, flip_v : of the view: flips first, then clockwise turns.

    Returns
    -------
    Empty letters where neither is known.
    """
    if orientation is not None:
        right, down = direction_letters(orientation[:3]), direction_letters(orientation[3:])
    elif len(patient_orientation) == 2:
        right, down = (_clean(value) for value in patient_orientation)
    else:
        return EdgeLetters()
    if not right or not down:
        return EdgeLetters()
    matrix = view_matrix(quarter_turns, flip_h, flip_v)
    at: dict[tuple[int, int], str] = {}
    for letters, (x, y) in ((right, matrix[:, 0]), (down, matrix[:, 1])):
        at[int(x), int(y)] = letters
        at[-int(x), -int(y)] = opposite(letters)
    return EdgeLetters(at[-1, 0], at[0, -1], at[1, 0], at[0, 1])


def _clean(value: str) -> str:
    letters = value.strip().upper()[:2]
    return letters if letters and all(letter in _OPPOSITE for letter in letters) else ""


def plane_name(orientation: Orientation | None) -> str:
    """ "axial", "coronal", "sagittal", "oblique", or "" without orientation."""
    if orientation is None:
        return ""
    normal = np.abs(np.cross(orientation[:3], orientation[3:]))
    axis = int(np.argmax(normal))
    if normal[axis] < math.cos(math.radians(NAMED_WITHIN_DEGREES)) * np.linalg.norm(normal):
        return "oblique"
    return ("sagittal", "coronal", "axial")[axis]


def head_first(stack: Stack) -> bool:
    """Whether the screen shows this stack against its data order, so that the head comes first.

    Data ascend along row x column. Stacks that run mostly along the body are shown from the head down; all
    others, and those without geometry, keep the order of the data.
    """
    if stack.positions_mm is None or not stack.frames or stack.frames[0].orientation is None:
        return False
    orientation = stack.frames[0].orientation
    normal = np.cross(orientation[:3], orientation[3:])
    return bool(np.argmax(np.abs(normal)) == 2 and normal[2] > 0)


def patient_point(affine: NDArray[np.float64], index: float, row: float, column: float) -> NDArray[np.float64]:
    """(3,) LPS mm of a voxel (slice, row, column), fractions allowed."""
    point: NDArray[np.float64] = (affine @ np.array([index, row, column, 1.0]))[:3]
    return point


def voxel_of(affine: NDArray[np.float64], point: Sequence[float]) -> NDArray[np.float64]:
    """(3,) slice, row, column, with fractions, of a point in LPS mm; raises LinAlgError for a flat affine."""
    voxel: NDArray[np.float64] = np.linalg.solve(affine, np.array([*point, 1.0]))[:3]
    return voxel


def patient_text(point: Sequence[float]) -> str:
    """LPS mm to the reader's words: distances to the right, front and head, ``R 43.1 A −12.0 H 88.5``."""
    x, y, z = (float(v) for v in point)
    return f"R {_signed(-x)} A {_signed(-y)} H {_signed(z)}"


def _signed(value: float) -> str:
    text = f"{abs(value):.1f}"
    return text if value >= 0 or text == "0.0" else f"−{text}"
