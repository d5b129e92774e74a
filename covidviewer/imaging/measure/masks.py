"""Which pixels belong to a region: those whose *centre* lies in it. No weights, no partial pixels.

Rectangle and ellipse hold the centres on their outline too. A polygon is filled by the even-odd rule; of centres
exactly on its outline those at its upper and left edges belong to it, so that two polygons that share an edge share no
pixel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Box = tuple[slice, slice]
_EDGE = 1e-9


def region_mask(kind: str, points: Sequence[Point], shape: tuple[int, int]) -> tuple[Box, NDArray[np.bool_]]:
    """The pixels of a region, as a box of the image and a mask over that box.

    Parameters
    ----------
    kind : "rectangle", "ellipse" (two opposite corners of the box around it) or "freehand" (corners of a polygon).
    points : (row, column) each. shape : (rows, columns) of the image; what reaches beyond it is cut off.

    Returns
    -------
    ((rows, columns) slices, bool mask of that shape); an empty box where no centre lies inside.
    """
    rows = np.array([p[0] for p in points], np.float64)
    columns = np.array([p[1] for p in points], np.float64)
    top, left = (max(math.ceil(v.min() - _EDGE), 0) for v in (rows, columns))
    bottom = min(math.floor(rows.max() + _EDGE) + 1, shape[0])
    right = min(math.floor(columns.max() + _EDGE) + 1, shape[1])
    if bottom <= top or right <= left:
        return (slice(0, 0), slice(0, 0)), np.zeros((0, 0), bool)
    box = (slice(top, bottom), slice(left, right))
    if kind == "rectangle":
        return box, np.ones((bottom - top, right - left), bool)
    if kind == "ellipse":
        return box, _ellipse(rows, columns, box)
    return box, _polygon(rows, columns, box)


def _ellipse(rows: NDArray[np.float64], columns: NDArray[np.float64], box: Box) -> NDArray[np.bool_]:
    half_rows, half_columns = np.ptp(rows) / 2, np.ptp(columns) / 2
    if half_rows <= 0 or half_columns <= 0:
        return np.zeros((box[0].stop - box[0].start, box[1].stop - box[1].start), bool)
    down = (np.arange(box[0].start, box[0].stop) - (rows.max() + rows.min()) / 2) / half_rows
    across = (np.arange(box[1].start, box[1].stop) - (columns.max() + columns.min()) / 2) / half_columns
    inside: NDArray[np.bool_] = (down**2)[:, None] + (across**2)[None, :] <= 1 + _EDGE
    return inside


def _polygon(rows: NDArray[np.float64], columns: NDArray[np.float64], box: Box) -> NDArray[np.bool_]:
    """Scan lines through the centres: each crossing of an edge turns all pixels to its right over."""
    height, width = box[0].stop - box[0].start, box[1].stop - box[1].start
    lines = np.arange(box[0].start, box[0].stop, dtype=np.float64)[:, None]
    r0, c0 = rows[None, :], columns[None, :]
    r1, c1 = np.roll(rows, -1)[None, :], np.roll(columns, -1)[None, :]
    crossed = (np.minimum(r0, r1) <= lines) & (lines < np.maximum(r0, r1))
    line, edge = np.nonzero(crossed)
    share = (lines[line, 0] - r0[0, edge]) / (r1 - r0)[0, edge]
    at = c0[0, edge] + share * (c1 - c0)[0, edge]
    first = np.clip(np.ceil(at - _EDGE).astype(np.int64) - box[1].start, 0, width)
    turns = np.zeros((height, width + 1), np.int32)
    np.add.at(turns, (line, first), 1)
    inside: NDArray[np.bool_] = np.cumsum(turns[:, :width], axis=1) % 2 == 1
    return inside
