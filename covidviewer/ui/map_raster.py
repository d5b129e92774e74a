"""Maps from the network's grid to the pixels of the picture, quick enough for every paint."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging import display
from covidviewer.inference.results import Heatmap


@dataclass(frozen=True, slots=True)
class Box:
    """Part of a picture, in its pixels."""

    top: int
    left: int
    rows: int
    columns: int


def shifted(heat: Heatmap, box: Box) -> Heatmap:
    """The same map for a part of the picture."""
    to_slice = heat.to_slice.copy()
    to_slice[:, 2] -= (box.top, box.left)
    return replace(heat, to_slice=to_slice)


def hot_box(heat: Heatmap, threshold: float, shape: tuple[int, int]) -> Box | None:
    """The part of the picture outside which the map stays below the threshold; None where it does everywhere.

    Between cells the map is bilinear, so it passes the threshold only beside a cell that does. Most of a slice lies
    below, and needs neither interpolation nor blending.
    """
    hot = heat.values >= threshold - 1.5 / 255  # values are rounded to 256 steps
    sides = []
    for axis in (0, 1):
        places = np.flatnonzero(hot.any(axis=1 - axis))
        if not places.size:
            return None
        step, start = float(heat.to_slice[axis, axis]), float(heat.to_slice[axis, 2])
        ends = sorted((step * (places[0] - 1) + start, step * (places[-1] + 1) + start))
        low = min(max(int(np.floor(ends[0])), 0), shape[axis])
        sides.append((low, min(max(int(np.ceil(ends[1])) + 1, low), shape[axis])))
    (top, bottom), (left, right) = sides
    return Box(top, left, bottom - top, right - left) if bottom > top and right > left else None


class Spread:
    """Brings maps to the picture's pixels, bilinear between cell centres, as `prepare.map_to_levels` does.

    That one multiplies matrices, which is quickest alone but wakes the threads of the linear algebra library: with a
    network at work beside it a paint then takes many milliseconds. This one stays in its thread and in its memory.
    """

    def __init__(self, size: int) -> None:
        """size : pixels of the largest picture."""
        self._memory = np.empty((2, size), np.float32)

    def levels(self, heat: Heatmap, out: NDArray[np.uint8]) -> None:
        """Fill ``out`` (rows, columns), C order, with 0..255 for 0..1; 0 also where the network did not look."""
        cells = np.clip(np.nan_to_num(heat.values, nan=0.0), 0.0, 1.0) * np.float32(255)
        shape = (out.shape[0], out.shape[1])
        low, step = (part[: out.size].reshape(shape) for part in self._memory)
        first, share, seen = _along(heat.to_slice[1, 1], heat.to_slice[1, 2], cells.shape[1], shape[1])
        second = np.minimum(first + 1, cells.shape[1] - 1)
        wide = cells[:, first] + (cells[:, second] - cells[:, first]) * share
        wide[:, ~seen] = 0.0
        first, share, seen = _along(heat.to_slice[0, 0], heat.to_slice[0, 2], cells.shape[0], shape[0])
        np.take(wide, first, axis=0, out=low, mode="clip")
        np.take(wide, first + 1, axis=0, out=step, mode="clip")
        step -= low
        step *= share[:, None]
        low += step
        low += np.float32(0.5)  # truncation then rounds
        if not seen.all():
            low[~seen] = 0.0
        np.copyto(out, low, casting="unsafe")


def _along(
    step: float, start: float, cells: int, pixels: int
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.bool_]]:
    """Along one axis, for each pixel: the cell before it, the share of the next, and whether the grid reaches it."""
    at = (np.arange(pixels) - start) / step
    seen = (at >= -0.5 - 1e-9) & (at <= cells - 0.5 + 1e-9)
    at = np.clip(at, 0, cells - 1)
    first = np.minimum(at.astype(np.intp), max(cells - 2, 0))
    return first, (at - first).astype(np.float32), seen


def nearest_cells(heat: Heatmap, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """The map's true cells in 256 steps, (rows, columns) of ``shape``; 0 outside the grid."""
    return _spread_cells(display.quantised(heat.values), 0, heat, shape)


def signed_cells(heat: Heatmap, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """The same for -1..1: 128 is 0, and stands outside the grid."""
    return _spread_cells(display.signed_levels(heat.values), 128, heat, shape)


def _spread_cells(levels: NDArray[np.uint8], outside: int, heat: Heatmap, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Cells are quantised before they are spread, and spread along one axis after the other."""
    rows, columns = levels.shape
    cells = np.full((rows + 1, columns + 1), outside, np.uint8)  # the last row and column stand for "outside"
    cells[:-1, :-1] = levels
    places = []
    for axis, (count, size) in enumerate(((rows, shape[0]), (columns, shape[1]))):
        at = np.rint((np.arange(size) - heat.to_slice[axis, 2]) / heat.to_slice[axis, axis]).astype(np.intp)
        places.append(np.where((at >= 0) & (at < count), at, count))
    index: NDArray[np.uint8] = np.take(np.take(cells, places[0], axis=0), places[1], axis=1)
    return index


#: Points along the longer side of the grid on which a contour is followed.
CONTOUR_GRID = 64

# Edges (0 top, 1 right, 2 bottom, 3 left) that a line joins, for each pattern of corners at or above the level
# (1 top left, 2 top right, 4 bottom right, 8 bottom left); 16 and 17 are the saddles 5 and 10 with a high middle.
_JOINED = np.full((18, 2, 2), -1, np.intp)
for _pattern, _pairs in {
    1: ((3, 0),), 2: ((0, 1),), 3: ((3, 1),), 4: ((1, 2),), 5: ((3, 0), (1, 2)), 6: ((0, 2),), 7: ((3, 2),),
    8: ((2, 3),), 9: ((2, 0),), 10: ((0, 1), (2, 3)), 11: ((2, 1),), 12: ((1, 3),), 13: ((1, 0),), 14: ((0, 3),),
    16: ((1, 0), (3, 2)), 17: ((0, 3), (2, 1)),
}.items():  # fmt: skip
    _JOINED[_pattern, : len(_pairs)] = _pairs
# (row, column) from a cell's top left corner to the first corner of each edge, and from there to its second.
_FIRST = np.array(((0, 0), (0, 1), (1, 0), (0, 0)), np.intp)
_ALONG = np.array(((0, 1), (1, 0), (0, 1), (1, 0)), np.intp)


def crossings(values: NDArray[np.float32], level: float) -> NDArray[np.float64]:
    """Where values, linear between neighbours, pass a level: loose segments (n, 2, 2), ends as (row, column).

    For the screen nothing need be joined; all cells are done at once.
    """
    high = (values >= level).astype(np.uint8)
    pattern = high[:-1, :-1] + 2 * high[:-1, 1:] + 4 * high[1:, 1:] + 8 * high[1:, :-1]
    cell = np.argwhere((pattern > 0) & (pattern < 15))
    row, column = cell[:, 0], cell[:, 1]
    code = pattern[row, column].astype(np.intp)
    saddle = np.flatnonzero((code == 5) | (code == 10))
    if saddle.size:
        r, c = row[saddle], column[saddle]
        middle = (values[r, c] + values[r, c + 1] + values[r + 1, c] + values[r + 1, c + 1]) / 4 >= level
        code[saddle[middle]] = np.where(code[saddle[middle]] == 5, 16, 17)
    joined = _JOINED[code]
    which, line = np.nonzero(joined[..., 0] >= 0)
    edge = joined[which, line]  # (n, 2): the edges on which each segment ends
    first = cell[which, None] + _FIRST[edge]
    along = _ALONG[edge]
    second = first + along
    start = values[first[..., 0], first[..., 1]].astype(np.float64)
    rise = values[second[..., 0], second[..., 1]] - start  # never 0: the level lies between
    return np.asarray(first + along * ((level - start) / rise)[..., None], np.float64)


def contour_segments(heat: Heatmap, level: float) -> NDArray[np.float64]:
    """Where the map, bilinear between cell centres as the fill is, passes the level: (n, 2, 2), slice (row, column).

    The network's grid is coarse: lines are followed on a refined one, so that they run as the fill's edge does. What
    reaches the border of the part that the network saw is closed there.
    """
    rows, columns = heat.values.shape
    if not bool((heat.values >= level).any()):
        return np.empty((0, 2, 2))
    factor = max(CONTOUR_GRID // max(rows, columns), 1)
    values = np.nan_to_num(heat.values, nan=-1.0)
    if factor > 1:
        values = _refined(_refined(values, factor).T, factor).T
    values = _walled(values, min(float(values.min()), level) - 1e3)
    # Refined cell u (2 after the padding) lies at grid place (u + 0.5) / factor - 0.5.
    place = np.clip((crossings(values, level) - 1.5) / factor - 0.5, -0.5, (rows - 0.5, columns - 0.5))
    return np.asarray(place @ heat.to_slice[:, :2].T + heat.to_slice[:, 2], np.float64)


def _walled(values: NDArray[np.float32], below: float) -> NDArray[np.float32]:
    """The map on to the border of its outer cells, and around it one more cell ``below``, which closes lines there."""
    wide = np.full((values.shape[0] + 4, values.shape[1] + 4), below, np.float32)
    wide[2:-2, 2:-2] = values
    wide[1, 2:-2], wide[-2, 2:-2] = values[0], values[-1]
    wide[1:-1, 1], wide[1:-1, -2] = wide[1:-1, 2], wide[1:-1, -3]
    return wide


def _refined(values: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """``factor`` rows for each, linear between the centres of the old ones, constant beyond the outermost."""
    first, share, _ = _along(factor, (factor - 1) / 2, len(values), len(values) * factor)
    low = values[first]
    finer: NDArray[np.float32] = low + (values[np.minimum(first + 1, len(values) - 1)] - low) * share[:, None]
    return finer
