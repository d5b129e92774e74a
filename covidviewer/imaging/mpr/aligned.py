"""Planes along the stack's own rows or columns: pixels fall on voxels, only the way between slices is interpolated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.mpr.cut import Cut
from covidviewer.imaging.mpr.depth import Depth
from covidviewer.imaging.mpr.slab import Slab
from covidviewer.imaging.mpr.space import Space, Vector

Scratch = Callable[..., NDArray[Any]]
_TINY = 1e-4


@dataclass(frozen=True, eq=False)
class Lines:
    """How a plane lies on the voxels.

    along : stack axis (1 rows, 2 columns) that the image's rows follow; down : that of its columns, 0 between slices.
    start : (3,) whole voxel of the first pixel; that of axis 0 is not used. signs : steps along, down, through.
    depths : (rows,) mm along the normal of each image row, or (1,) where the plane is parallel to the slices.
    """

    along: int
    down: int
    start: tuple[int, int, int]
    signs: tuple[int, int, int]
    depths: Vector


def find(space: Space, cut: Cut, index: int) -> Lines | None:
    """How a plane lies on the voxels, None where its pixels fall between them."""
    if not space.straight:
        return None
    ways = np.stack((cut.along, cut.down, cut.normal)) @ space.axes.T
    axis = np.abs(ways).argmax(axis=1)
    if np.abs(np.abs(ways).max(axis=1) - 1).max() > 1e-9 or len(set(axis.tolist())) < 3 or axis[0] == 0:
        return None
    pitch = {int(axis[0]): cut.pixel_mm, int(axis[1]): cut.pixel_mm, int(axis[2]): cut.step_mm}
    if any(abs(pitch[a] - space.spacing[a - 1]) > 1e-9 for a in (1, 2)):
        return None
    first = space.local(cut.first + index * cut.step_mm * cut.normal)
    start = first / np.array([1.0, *space.spacing])
    if np.abs(start[1:] - np.rint(start[1:])).max() > _TINY:
        return None
    signs = tuple(int(np.sign(ways[i, axis[i]])) for i in range(3))
    rows = np.arange(cut.rows) if axis[1] == 0 else np.zeros(1)
    depths = first[0] + rows * signs[1] * cut.pixel_mm
    whole = (0, int(np.rint(start[1])), int(np.rint(start[2])))
    return Lines(int(axis[0]), int(axis[1]), whole, (signs[0], signs[1], signs[2]), depths)


def fill(
    values: NDArray[Any],
    lines: Lines,
    depth: Depth,
    cut: Cut,
    slab: Slab,
    out: NDArray[Any],
    part: slice,
    scratch: Scratch,
    void: int,
) -> None:
    """Write rows ``part`` of a plane into ``out``."""
    if lines.down == 0:
        _across(values, lines, depth, cut, slab, out, part, scratch, void)
    else:
        _parallel(values, lines, depth, cut, slab, out, part, scratch, void)


def _across(
    values: NDArray[Any],
    lines: Lines,
    depth: Depth,
    cut: Cut,
    slab: Slab,
    out: NDArray[Any],
    part: slice,
    scratch: Scratch,
    void: int,
) -> None:
    """Coronal and sagittal of an axial stack: each row of the image lies between two slices."""
    before, share, known = depth.at(lines.depths[part])
    fixed = 3 - lines.along
    offsets = slab.offsets(cut.step_mm)
    at = lines.start[fixed]
    low, high = (max(at + n * 1, 0) for n in (offsets[0], offsets[-1]))
    high = min(high, values.shape[fixed] - 1)
    low = min(low, high)
    run = _run(lines.start[lines.along], lines.signs[0], cut.columns)
    if slab.mode in ("max", "min") and high > low:
        _extremes(
            values, lines.along, slice(low, high + 1), run, slab, (before, share, known), out[part], scratch, void
        )
        return
    count, columns = len(values), cut.columns
    sheet = scratch("sheet", (count, columns), np.float32)
    # Only the slices that this part of the image touches are read.
    first, last = int(before.min()), int(before.max()) + 2
    block = values[first:last, low : high + 1, run] if lines.along == 2 else values[first:last, run, low : high + 1]
    if high > low:
        np.mean(block, axis=1 if lines.along == 2 else 2, dtype=np.float32, out=sheet[first:last])
    else:
        np.copyto(sheet[first:last], block[:, 0] if lines.along == 2 else block[:, :, 0])
    rows = len(before)
    a, b = (scratch(name, (rows, columns), np.float32) for name in ("low", "high"))
    np.take(sheet, before, axis=0, out=a, mode="clip")
    np.take(sheet, before + 1, axis=0, out=b, mode="clip")
    _blend(a, b, share[:, None])
    _store(a, out[part])
    out[part][~known] = void


def _extremes(
    values: NDArray[Any],
    along: int,
    through: slice,
    run: slice,
    slab: Slab,
    rows: tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.bool_]],
    out: NDArray[Any],
    scratch: Scratch,
    void: int,
) -> None:
    """MIP and MinIP: the extreme of interpolated planes, which is not the interpolation of extremes."""
    reduce = np.maximum.reduce if slab.mode == "max" else np.minimum.reduce
    columns, thick = out.shape[1], through.stop - through.start
    shape = (thick, columns) if along == 2 else (columns, thick)
    axis = 0 if along == 2 else 1
    a, b = (scratch(name, shape, np.float32) for name in ("near", "next"))
    line = scratch("line", (columns,), np.float32)
    place = (through, run) if along == 2 else (run, through)
    for i, (before, share, known) in enumerate(zip(*(part.tolist() for part in rows), strict=True)):
        if not known:
            out[i] = void
            continue
        near, following = values[before][place], values[before + 1][place]
        if share == 0.0 or share == 1.0:
            out[i] = reduce(near if share == 0.0 else following, axis=axis)
            continue
        np.copyto(a, near)
        np.copyto(b, following)
        _blend(a, b, np.float32(share))
        reduce(a, axis=axis, out=line)
        _store(line, out[i])


def _parallel(
    values: NDArray[Any],
    lines: Lines,
    depth: Depth,
    cut: Cut,
    slab: Slab,
    out: NDArray[Any],
    part: slice,
    scratch: Scratch,
    void: int,
) -> None:
    """Planes parallel to the slices: between two of them, or through a slab of them."""
    offsets = np.array(slab.offsets(cut.step_mm))
    places = depth.at(lines.depths + offsets * lines.signs[2] * cut.step_mm)
    down = _run(lines.start[lines.down], lines.signs[1], cut.rows)
    run = _run(lines.start[lines.along], lines.signs[0], cut.columns)
    target = out[part]
    a, b, total = (scratch(name, target.shape, np.float32) for name in ("low", "high", "total"))
    seen = 0
    for before, share, known in zip(*(p.tolist() for p in places), strict=True):
        if not known:
            continue
        np.copyto(a, _turned(values[before], lines, down, run)[part])
        if share:
            np.copyto(b, _turned(values[before + 1], lines, down, run)[part])
            _blend(a, b, np.float32(share))
        if not seen:
            np.copyto(total, a)
        elif slab.mode == "max":
            np.maximum(total, a, out=total)
        elif slab.mode == "min":
            np.minimum(total, a, out=total)
        else:
            total += a
        seen += 1
    if not seen:
        target[...] = void
        return
    if slab.mode == "mean":
        total /= np.float32(seen)
    _store(total, target)


def _turned(image: NDArray[Any], lines: Lines, down: slice, run: slice) -> NDArray[Any]:
    """A slice as the plane shows it: a view."""
    return image[down, run] if lines.down == 1 else image[run, down].T


def _run(start: int, sign: int, count: int) -> slice:
    stop = start + sign * count
    return slice(start, stop if stop >= 0 else None, sign)


def _blend(a: NDArray[np.float32], b: NDArray[np.float32], share: Any) -> None:
    """a + (b - a) * share, in place of a."""
    b -= a
    b *= share
    a += b


def _store(found: NDArray[np.float32], out: NDArray[Any]) -> None:
    if out.dtype.kind in "iu":
        np.rint(found, out=found)
    np.copyto(out, found, casting="unsafe")
