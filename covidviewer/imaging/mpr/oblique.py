"""Planes that lie anyhow: linear in the two slices around each pixel, at the pixel's foot on each of them.

For a stack whose slices lie exactly above each other this is trilinear interpolation. Where they are shifted (tilt),
each slice is asked at its own place.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.mpr.cut import Cut
from covidviewer.imaging.mpr.depth import Depth
from covidviewer.imaging.mpr.even import Even, is_even
from covidviewer.imaging.mpr.slab import Slab
from covidviewer.imaging.mpr.space import Space, Vector

Scratch = Callable[..., NDArray[Any]]
#: Pixels worked on at a time: fewer cost more calls than the cache gives back (measured).
PIECE = 65_536


@dataclass(frozen=True, eq=False)
class Grid:
    """Pixels of a plane in local mm (normal, down, along): start + row * per_row + column * per_column.

    through : (3,) local mm from plane to plane of a slab.
    """

    start: Vector
    per_row: Vector
    per_column: Vector
    through: Vector
    step_mm: float

    @classmethod
    def of(cls, space: Space, cut: Cut, index: int, every: int = 1) -> Grid:
        """Of plane ``index``; every n-th row and column, the middle of each n x n."""
        pixel = cut.pixel_mm * every
        down, along, normal = cut.down @ space.axes.T, cut.along @ space.axes.T, cut.normal @ space.axes.T
        first = space.local(cut.first + index * cut.step_mm * cut.normal)
        first = first + (every - 1) / 2 * cut.pixel_mm * (down + along)
        step = cut.step_mm * (every if every > 1 else 1)
        return cls(first, down * pixel, along * pixel, normal * step, step)


def fill(
    values: NDArray[Any],
    space: Space,
    grid: Grid,
    depth: Depth,
    slab: Slab,
    out: NDArray[Any],
    part: slice,
    scratch: Scratch,
    void: int,
) -> None:
    """Write rows ``part`` of a plane into ``out``."""
    columns = out.shape[1]
    if is_even(values, space, depth, len(slab.offsets(grid.step_mm)), grid.through):
        Even(values, space, grid, depth, scratch).fill(out, part, slab, void)
        return
    rows = max(PIECE // columns, 1)
    piece = _Piece(values, space, grid, depth, columns, scratch)
    for top in range(part.start, part.stop, rows):
        target = out[top : min(top + rows, part.stop)]
        piece.fill(top, target, slab, void)


class _Piece:
    """Some rows of a plane at a time."""

    def __init__(
        self, values: NDArray[Any], space: Space, grid: Grid, depth: Depth, columns: int, scratch: Scratch
    ) -> None:
        self._flat = values.reshape(-1)
        self._shape = values.shape
        self._space, self._grid, self._depth, self._scratch = space, grid, depth, scratch
        self._across = np.arange(columns)[:, None] * grid.per_column
        self._bounds = [depth.ends]
        for axis in (1, 2):
            aside = space.shifts[:, axis - 1] if space.shifts is not None else np.zeros(1)
            mm, size = space.spacing[axis - 1], self._shape[axis]
            self._bounds.append((float(aside.min()) - 0.5 * mm, float(aside.max()) + (size - 0.5) * mm))

    def fill(self, top: int, target: NDArray[Any], slab: Slab, void: int) -> None:
        shape = target.shape
        total, seen = self._scratch("total", shape, np.float32), self._scratch("seen", shape, np.uint16)
        seen[...] = 0
        total[...] = {"max": -np.inf, "min": np.inf}.get(slab.mode, 0.0)
        down = self._grid.start + np.arange(top, top + shape[0])[:, None] * self._grid.per_row
        for step in slab.offsets(self._grid.step_mm):
            start = down + step * self._grid.through
            reach = self._reach(start)
            if reach.start >= reach.stop:
                continue
            found, known = self._sample(start, self._across[reach], (shape[0], reach.stop - reach.start))
            part = total[:, reach]
            if slab.mode == "max":
                np.maximum(part, found, out=part, where=known)
            elif slab.mode == "min":
                np.minimum(part, found, out=part, where=known)
            else:
                np.add(part, found, out=part, where=known)
            seen[:, reach] += known
        if slab.mode == "mean":
            np.divide(total, seen, out=total, where=seen > 0)
        empty = np.equal(seen, 0)
        if target.dtype.kind in "iu":
            np.rint(total, out=total)
        total[empty] = void
        np.copyto(target, total, casting="unsafe")

    def _reach(self, down: Vector) -> slice:
        """Columns outside of which no pixel of these rows lies in the stack."""
        first, last = 0.0, len(self._across) - 1.0
        for axis, (low, high) in enumerate(self._bounds):
            step = float(self._grid.per_column[axis])
            start, stop = float(down[:, axis].min()), float(down[:, axis].max())
            if abs(step) < 1e-9:
                if stop < low or start > high:
                    return slice(0, 0)
                continue
            ends = [(edge - row) / step for edge in (low, high) for row in (start, stop)]
            first, last = max(first, min(ends)), min(last, max(ends))
        return slice(max(math.floor(first), 0), max(math.ceil(last) + 1, 0))

    def _sample(
        self, down: Vector, across: Vector, shape: tuple[int, ...]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Values of one plane on these rows and columns, and where they are known."""
        scratch = self._scratch
        low, high = (scratch(name, shape, np.float32) for name in ("low", "high"))
        place = scratch("depth", shape, np.float64)
        np.add(down[:, :1], across[:, 0], out=place)
        before, share, known = self._between(place, shape)
        foot = self._foot(down, across, before, 0, shape, known)
        self._bilinear(foot, 0, low)
        if not self._space.straight:
            foot = self._foot(down, across, before, 1, shape, known)
        self._bilinear(foot, self._shape[1] * self._shape[2], high)
        high -= low
        high *= share
        low += high
        return low, known

    def _between(
        self, place: NDArray[np.float64], shape: tuple[int, ...]
    ) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.bool_]]:
        """`Depth.at`, without new memory where every step is the same and nothing is missing."""
        depth = self._depth
        if not depth.uniform or not depth.complete:
            return depth.at(place)
        before = self._scratch("before", shape, np.intp)
        share, known = self._scratch("share", shape, np.float32), self._scratch("known", shape, np.bool_)
        np.greater_equal(place, depth.ends[0] - 1e-6, out=known)
        known &= place <= depth.ends[1] + 1e-6
        place *= 1 / depth.uniform
        np.clip(place, 0, len(depth.positions) - 1, out=place)
        np.copyto(before, place, casting="unsafe")
        np.minimum(before, len(depth.positions) - 2, out=before)
        np.subtract(place, before, out=share, casting="same_kind")
        return before, share, known

    def _foot(
        self,
        down: Vector,
        across: Vector,
        before: NDArray[np.intp],
        ahead: int,
        shape: tuple[int, ...],
        known: NDArray[np.bool_],
    ) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.float32]]:
        """Where pixels lie on the slice before (or ahead of) them: flat index, share of next row, of next column.

        Pixels that lie beside the slice are struck from ``known``.
        """
        scratch, space = self._scratch, self._space
        index = scratch("index", shape, np.intp)
        whole = scratch("whole", shape, np.int32)
        np.multiply(before, self._shape[1] * self._shape[2], out=index)
        shares = []
        for axis, stride in ((1, self._shape[2]), (2, 1)):
            at = scratch(f"share{axis}", shape, np.float32)
            mm = space.spacing[axis - 1]
            np.add(down[:, axis : axis + 1] / mm, across[:, axis] / mm, out=at, casting="same_kind")
            if space.shifts is not None:
                at -= np.take((space.shifts[:, axis - 1] / mm).astype(np.float32), before + ahead)
            size = self._shape[axis]
            known &= at >= -0.5
            known &= at <= size - 0.5
            np.clip(at, 0, size - 1, out=at)
            np.copyto(whole, at, casting="unsafe")
            np.minimum(whole, size - 2, out=whole)
            at -= whole
            whole *= stride
            index += whole
            shares.append(at)
        return index, shares[0], shares[1]

    def _bilinear(
        self,
        foot: tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.float32]],
        offset: int,
        out: NDArray[np.float32],
    ) -> None:
        """Four neighbours in one slice, ``offset`` elements on."""
        index, share_row, share_column = foot
        shape, width = out.shape, self._shape[2]
        a, b = (self._scratch(name, shape, self._flat.dtype) for name in ("one", "two"))
        step, lower = (self._scratch(name, shape, np.float32) for name in ("step", "lower"))
        for start, result in ((offset, out), (offset + width, lower)):
            np.take(self._flat[start:], index, out=a, mode="clip")
            np.take(self._flat[start + 1 :], index, out=b, mode="clip")
            np.copyto(result, a)
            np.subtract(b, result, out=step)
            step *= share_column
            result += step
        lower -= out
        lower *= share_row
        out += lower
