"""Thick slabs that lie anyhow, in whole stacks whose slices lie evenly and exactly above each other: trilinear.

The same values as `oblique` gives, in a third of the time. The slab is cut into tiles. The voxels round a tile of all
its planes are widened to float32 once and laid out as one tall picture, slice below slice; OpenCV interpolates in the
slice before and in the slice behind all of the tile's places at once. For a few planes the surroundings of a tile are
too large beside what is seen of them, and `oblique` is as quick.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.mpr.depth import Depth
from covidviewer.imaging.mpr.slab import Slab
from covidviewer.imaging.mpr.space import Space, Vector
from covidviewer.imaging.opencv import opencv

if TYPE_CHECKING:
    from covidviewer.imaging.mpr.oblique import Grid, Scratch

__all__ = ["Even", "is_even"]

Floats = NDArray[np.float32]
#: Edge of a tile in pixels.
TILE = 64
#: Fewest planes for which tiles are worth their surroundings (measured).
LEAST_PLANES = 6
#: Tallest picture: below it a place in float32 is exact to 0.00025 voxels: a value to 0.4 at steps of 1500.
TALLEST = 8192
#: Voxels of a tile's surroundings; a tile that needs more is divided.
MOST_VOXELS = 2_000_000
#: Rows of a picture that OpenCV writes; its own limit is 32,767.
MOST_ROWS = 32_000


@lru_cache(maxsize=1)
def _cv2() -> Any:
    """OpenCV, where its remapping is exact (since 5.0; before, places were rounded to 1/32 of a pixel); else None."""
    cv2 = opencv()
    if cv2 is None:
        return None
    steps = np.linspace(0, 2, 50, dtype=np.float32)[None]
    line = np.array([[0.0, 1000.0, -500.0, 0.0]] * 2, np.float32)
    found = cv2.remap(line, steps, np.zeros_like(steps), cv2.INTER_LINEAR)
    return cv2 if np.abs(found - np.interp(steps, np.arange(4), line[0])).max() < 0.01 else None


def is_even(values: NDArray[Any], space: Space, depth: Depth, planes: int, through: Vector | None = None) -> bool:
    """Whether `Even` may be asked: enough planes, nothing missing, one step, no tilt, and OpenCV is there.

    through : (3,) mm from plane to plane; what one pixel of the slab runs through must fit into one picture.
    """
    even = space.straight and bool(depth.uniform) and depth.complete and min(values.shape) >= 2
    if not even or not LEAST_PLANES <= planes <= MOST_ROWS or _cv2() is None:
        return False
    if through is None:
        return True
    step = np.array([depth.uniform, *space.spacing])
    reach = np.minimum(np.abs(through / step) * planes + 3, values.shape)
    return float(reach[0] * reach[1]) <= TALLEST


class Even:
    """A slab round a plane.

    Parameters
    ----------
    values : (slices, rows, columns). scratch : memory that is used again.
    """

    def __init__(self, values: NDArray[Any], space: Space, grid: Grid, depth: Depth, scratch: Scratch) -> None:
        self._values, self._scratch = values, scratch
        step = np.array([depth.uniform, space.spacing[0], space.spacing[1]])
        self._start, self._per_row, self._per_column = grid.start / step, grid.per_row / step, grid.per_column / step
        self._through, self._step_mm = grid.through / step, grid.step_mm
        # Half a voxel beyond the outermost centres still belongs to the stack; along the normal half a slice.
        self._low = np.array([depth.ends[0] / depth.uniform - 1e-6, -0.5, -0.5])
        self._high = np.array([depth.ends[1] / depth.uniform + 1e-6, values.shape[1] - 0.5, values.shape[2] - 0.5])
        self._last = np.array(values.shape) - 1.0

    def fill(self, out: NDArray[Any], part: slice, slab: Slab, void: int) -> None:
        """Write the rows ``part`` of ``out``; ``void`` beside the stack."""
        steps = np.array(slab.offsets(self._step_mm), np.float64)
        for top in range(part.start, part.stop, TILE):
            for left in range(0, out.shape[1], TILE):
                target = out[top : min(top + TILE, part.stop), left : left + TILE]
                self._tile(top, left, target, steps, slab.mode, void)

    def _tile(
        self, top: int, left: int, target: NDArray[Any], steps: NDArray[np.float64], mode: str, void: int
    ) -> None:
        rows, columns = target.shape
        start = self._start + top * self._per_row + left * self._per_column
        low, high = self._extent(start, (rows, columns), steps)
        if (high < self._low).any() or (low > self._high).any():
            target[...] = void
            return
        first = np.clip(np.floor(low), 0, self._last - 1).astype(int)
        stop = np.clip(np.floor(high) + 2, first + 2, self._last + 1).astype(int)
        size = stop - first
        large = size[0] * size[1] > TALLEST or int(size.prod()) > MOST_VOXELS or len(steps) * rows > MOST_ROWS
        if large and max(rows, columns) > 1:
            half = (max(rows // 2, 1), columns) if rows >= columns else (rows, max(columns // 2, 1))
            for r in range(0, rows, half[0]):
                for c in range(0, columns, half[1]):
                    self._tile(top + r, left + c, target[r : r + half[0], c : c + half[1]], steps, mode, void)
            return
        places = self._places(start - first, (len(steps), rows, columns), steps)
        inside = bool((low >= 0).all() and (high <= self._last).all())
        known = None if inside else self._known(places, first)
        found = self._interpolated(places, first, size)
        self._join(found, known, mode, target, void)

    def _extent(
        self, start: Vector, shape: tuple[int, int], steps: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Least and greatest place (slice, row, column) of a tile of all planes; they lie at its corners."""
        ways = (self._per_row * (shape[0] - 1), self._per_column * (shape[1] - 1))
        ends = (self._through * steps[0], self._through * steps[-1])
        low = start + sum(np.minimum(way, 0) for way in ways) + np.minimum(*ends)
        high = start + sum(np.maximum(way, 0) for way in ways) + np.maximum(*ends)
        return low, high

    def _places(self, start: Vector, shape: tuple[int, ...], steps: NDArray[np.float64]) -> list[Floats]:
        """Along slices, rows and columns in voxels from ``start``'s zero on: three times (planes, rows, columns)."""
        found = []
        for axis in range(3):
            place = self._scratch(f"place{axis}", shape, np.float32)
            flat = start[axis] + np.arange(shape[1])[:, None] * self._per_row[axis]
            flat = flat + np.arange(shape[2]) * self._per_column[axis]
            np.add(
                flat.astype(np.float32),
                (steps * self._through[axis]).astype(np.float32)[:, None, None],
                out=place,
            )
            found.append(place)
        return found

    def _known(self, places: list[Floats], first: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Where places, counted from voxel ``first``, lie in the stack; all of them are put onto its grid."""
        known, held = (self._scratch(name, places[0].shape, np.bool_) for name in ("known", "held"))
        known[...] = True
        for axis, place in enumerate(places):
            zero = first[axis]
            np.greater_equal(place, np.float32(self._low[axis] - zero), out=held)
            known &= held
            np.less_equal(place, np.float32(self._high[axis] - zero), out=held)
            known &= held
            np.clip(place, np.float32(-zero), np.float32(self._last[axis] - zero), out=place)
        return known

    def _interpolated(self, places: list[Floats], first: NDArray[np.intp], size: NDArray[np.intp]) -> Floats:
        """Values at the places (from voxel ``first`` on), (planes, rows, columns); the places are used up."""
        cv2 = _cv2()
        block = self._scratch("block", tuple(size), np.float32)
        np.copyto(block, self._values[tuple(slice(f, f + n) for f, n in zip(first, size, strict=True))])
        tall = block.reshape(size[0] * size[1], size[2])
        shape = places[0].shape
        flat = (shape[0] * shape[1], shape[2])
        before = self._scratch("before", shape, np.float32)
        share, down, across = places
        np.floor(share, out=before)
        np.clip(before, np.float32(0), np.float32(size[0] - 2), out=before)
        share -= before
        before *= np.float32(size[1])
        before += down
        lower, upper = (self._scratch(name, flat, np.float32) for name in ("lower", "upper"))
        column, row = across.reshape(flat), before.reshape(flat)
        cv2.remap(tall, column, row, cv2.INTER_LINEAR, lower, cv2.BORDER_REPLICATE)
        row += np.float32(size[1])
        cv2.remap(tall, column, row, cv2.INTER_LINEAR, upper, cv2.BORDER_REPLICATE)
        upper -= lower
        upper *= share.reshape(flat)
        lower += upper
        return lower.reshape(shape)

    def _join(self, found: Floats, known: NDArray[np.bool_] | None, mode: str, target: NDArray[Any], void: int) -> None:
        """Planes to what is seen through them, rounded where the volume is whole-numbered."""
        if known is not None:
            np.copyto(found, {"max": -np.inf, "min": np.inf}.get(mode, 0.0), where=~known)
        if mode in ("max", "min"):
            total: Floats = (np.max if mode == "max" else np.min)(found, axis=0)
        elif known is None:
            total = found.mean(axis=0, dtype=np.float32)
        else:
            total = found.sum(axis=0, dtype=np.float32) / np.maximum(known.sum(axis=0), 1)
        if target.dtype.kind in "iu":
            np.rint(total, out=total)
        if known is not None:
            total[~known.any(axis=0)] = void
        np.copyto(target, total, casting="unsafe")
