"""The second reading on computed planes: maps and lungs of the slices, brought to a plane by their own places.

Each point of a plane takes the map of the slice nearest to it: between slices of different score nothing is invented,
and scores stay with the slices.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.mpr.space import Space
from covidviewer.imaging.overlay_policy import overlay_policy
from covidviewer.imaging.slice_plane import SlicePlane
from covidviewer.inference.results import LungMask, SliceReading
from covidviewer.workspace.plane_slices import PlaneSlices
from covidviewer.workspace.readings import SeriesReadings

#: Pixels of a plane along an edge of one point of its map: maps are coarse.
STEP = 2


@dataclass(frozen=True, eq=False)
class _Stack:
    """Maps of all slices, read once for many planes.

    values : (slices, h, w) float32, 0 where there is none. start, step : (slices, 2) pixel of the first cell's centre
    and pixels a cell, along rows and columns. lungs : (slices, h, w) bool or None. lung_step : pixels of a slice.
    """

    values: NDArray[np.float32]
    start: NDArray[np.float64]
    step: NDArray[np.float64]
    lungs: NDArray[np.bool_] | None
    lung_step: tuple[int, int]


class PlaneMaps:
    """For one tile: keeps the stacked maps and the last plane."""

    def __init__(self) -> None:
        self._stack_key: Hashable = None
        self._stack: _Stack | None = None
        self._key: Hashable = None
        self._reading: SliceReading | None = None
        self._made = 0

    def clear(self) -> None:
        """Forget everything: it may not keep a closed series alive."""
        self._stack_key = self._stack = self._key = self._reading = None

    @property
    def cells(self) -> tuple[tuple[int, int], tuple[float, float]]:
        """The network's own grid, and pixels of a slice along the edges of a cell; both (rows, columns)."""
        if self._stack is None:
            return (0, 0), (np.nan, np.nan)
        shape, step = self._stack.values.shape, np.abs(self._stack.step).max(axis=0)
        return (shape[1], shape[2]), (float(step[0]), float(step[1]))

    def reading(
        self, planes: PlaneSlices, index: int, found: SeriesReadings, label: str, grid: str
    ) -> SliceReading | None:
        """What is known of a plane as if it were a slice of its own; its probabilities are NaN. None without maps."""
        stack_key = (found.key, id(found), found.evaluated, label, grid)
        if stack_key != self._stack_key:
            self._stack_key, self._stack = stack_key, _stacked(planes.space.count, found, label, grid)
        if self._stack is None or found.provenance is None:
            return None
        plane = planes.plane(index)
        key = (stack_key, plane)
        if key != self._key and plane is not None:
            self._key = key
            self._made += 1
            values, lungs = sample(planes.space, self._stack, plane)
            p = found.provenance
            self._reading = SliceReading(
                (found.key, self._made, p.network, p.weights_sha256, p.method, "plane", p.preparation),
                index,
                (label,),
                np.full(1, np.nan, np.float32),
                {grid: values[None].astype(np.float16)},
                {grid: np.array([[STEP, 0.0, (STEP - 1) / 2], [0.0, STEP, (STEP - 1) / 2]])},
                p,
                0.0,
                lungs=LungMask.packed(lungs, (STEP, STEP)) if lungs is not None else None,
            )
        return self._reading


def _stacked(count: int, found: SeriesReadings, label: str, grid: str) -> _Stack | None:
    """All maps of a class; slices that score too little for a map have none (UX 7)."""
    scores, least = found.column(label), overlay_policy().map_from_score
    maps = {
        index: (heat, reading.lungs)
        for index, reading in found.slices.items()
        if (heat := reading.heatmap(label, grid)) is not None and index < count
    }
    if not maps:
        return None
    shape = next(iter(maps.values()))[0].values.shape
    values = np.zeros((count, *shape), np.float32)
    start, step = np.zeros((count, 2)), np.ones((count, 2))
    known = next((lungs for _, lungs in maps.values() if lungs is not None), None)
    masks = np.zeros((count, *known.shape), np.bool_) if known is not None else None
    for index, (heat, lungs) in maps.items():
        if heat.values.shape == shape and scores[index] >= least:
            values[index] = np.nan_to_num(heat.values, nan=0.0)
        start[index], step[index] = heat.to_slice[:, 2], (heat.to_slice[0, 0], heat.to_slice[1, 1])
        if masks is not None and known is not None and lungs is not None and lungs.shape == known.shape:
            masks[index] = lungs.mask()
    return _Stack(values, start, step, masks, known.step if known is not None else (1, 1))


def sample(space: Space, stack: _Stack, plane: SlicePlane) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None]:
    """Map and lungs on a plane, on every `STEP`-th pixel: linear in the nearest slice, 0 beside the stack."""
    middle = (STEP - 1) / 2
    rows, columns = (np.arange(-(-n // STEP)) * STEP + middle for n in (plane.rows, plane.columns))
    first = space.local(np.array(plane.origin))
    down = np.array(plane.column_direction) @ space.axes.T * plane.spacing[0]
    along = np.array(plane.row_direction) @ space.axes.T * plane.spacing[1]

    def local(axis: int) -> NDArray[np.float64]:
        return np.asarray(np.add.outer(first[axis] + rows * down[axis], columns * along[axis]), np.float64)

    depth = local(0)
    between = (space.positions[1:] + space.positions[:-1]) / 2
    nearest = np.searchsorted(between, depth)
    # A slice reaches half its step to each side, and no further into a gap.
    reach = np.append(space.half, space.half[-1])
    reach[1:] = np.maximum(reach[1:], space.half)
    inside = np.abs(depth - space.positions[nearest]) <= reach[nearest] + 1e-6
    at = []
    for axis in (0, 1):
        place = local(axis + 1)
        if space.shifts is not None:
            place -= space.shifts[nearest, axis]
        at.append(place / space.spacing[axis])
    shape = stack.values.shape[1:]
    low, share = [], []
    for axis in (0, 1):
        cell = (at[axis] - stack.start[nearest, axis]) / stack.step[nearest, axis]
        inside &= (cell >= -0.5 - 1e-9) & (cell <= shape[axis] - 0.5 + 1e-9)
        cell = np.clip(cell, 0, shape[axis] - 1)
        whole = np.minimum(cell.astype(np.intp), max(shape[axis] - 2, 0))
        low.append(whole)
        share.append((cell - whole).astype(np.float32))
    flat, width = stack.values.reshape(-1), shape[1]
    start = (nearest * shape[0] + low[0]) * width + low[1]
    right, below = min(1, width - 1), width * min(1, shape[0] - 1)
    upper = flat[start] + (flat[start + right] - flat[start]) * share[1]
    lower = flat[start + below] + (flat[start + below + right] - flat[start + below]) * share[1]
    values: NDArray[np.float32] = np.where(inside, upper + (lower - upper) * share[0], np.float32(0))
    if stack.lungs is None:
        return values, None
    size = stack.lungs.shape[1:]
    cells = [((at[axis] + 0.5) / stack.lung_step[axis]).astype(np.intp) for axis in (0, 1)]
    known = np.abs(depth - space.positions[nearest]) <= reach[nearest] + 1e-6
    for axis in (0, 1):
        known &= (at[axis] >= -0.5) & (cells[axis] < size[axis])
        cells[axis] = np.clip(cells[axis], 0, size[axis] - 1)
    return values, stack.lungs[nearest, cells[0], cells[1]] & known
