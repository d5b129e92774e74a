"""Objects of others -> pixels of one slice: masks, lines and texts where they belong, within half a voxel.

A mask is never interpolated: each pixel of the slice takes the voxel that its centre lies in. Planes of a mask belong
to a slice when the slice cuts their voxels; contours belong to the nearest slice of a parallel stack, and are cut by
the plane of any other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import Frame, Stack
from covidviewer.dicom.objects.policy import object_policy
from covidviewer.dicom.objects.records import Contour, Grid, Label, Part, Plane, Reference, Shutter

#: Normals whose cross product is shorter are parallel: 500 mm from the origin that is half a millimetre.
PARALLEL = 1e-3
_CLOSE_MM = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class SlicePlane:
    """One slice as a target.

    shape : rows, columns. grid : its place in the patient, None where unknown.
    spacing : mm from slice to slice; what lies within half of it belongs to the slice.
    """

    sop_instance_uid: str
    frame: int
    shape: tuple[int, int]
    grid: Grid | None
    spacing: float


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Values on the slice's own pixels: (h, w) from pixel (row, column) on; uint8 coverage or float32 (NaN: none)."""

    values: NDArray[np.generic]
    row: int
    column: int


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """(n, 2) float64 points of the slice, row and column, pixel centres at integers; one point alone is a mark."""

    points: NDArray[np.float64]
    closed: bool
    filled: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A text beside a point of the slice. anchor : where a line leads to."""

    text: str
    at: tuple[float, float]
    anchor: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """What one part puts on one slice."""

    patches: tuple[Patch, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    labels: tuple[Written, ...] = ()
    shutters: tuple[Shutter, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.patches or self.strokes or self.labels or self.shutters)


NOTHING = Placed()


def slice_plane(stack: Stack, index: int) -> SlicePlane:
    """The target for one slice of a stack, by the record of its own frame."""
    frame = stack.frames[index]
    spacing = stack.spacing_mm[0]
    if not (math.isfinite(spacing) and spacing > 0):
        spacing = frame.thickness or 1.0
    return SlicePlane(
        frame.sop_instance_uid, frame.frame, (frame.format.rows, frame.format.columns), _grid(frame), spacing
    )


def _grid(frame: Frame) -> Grid | None:
    from covidviewer.dicom.objects.grids import grid_of

    return grid_of(frame)


class PartPlacer:
    """Places one part; keeps what all slices share.

    Parameters
    ----------
    part : what to place.
    everywhere : references of the whole object, for drawings that name no image of their own.
    patient : whether patient coordinates may be used (same Frame of Reference, or the object names these images).
    """

    def __init__(self, part: Part, everywhere: frozenset[str] = frozenset(), patient: bool = True) -> None:
        self.part = part
        self._everywhere = everywhere
        self._patient = patient
        self._stack = _PlaneStack([p for p in part.planes if p.grid is not None]) if patient else None
        self._spans: dict[bytes, NDArray[np.float64]] = {}

    def place(self, target: SlicePlane) -> Placed:
        """What the part puts on a slice."""
        part = self.part
        patches = self._patches(target) if part.planes else ()
        strokes: list[Stroke] = []
        if part.contours and self._patient and target.grid is not None:
            strokes += self._contours(target, target.grid)
        strokes += [Stroke(d.points, d.closed, d.filled) for d in part.drawings if self._named(d.references, target)]
        labels = [w for label in part.labels if (w := self._label(label, target)) is not None]
        # A shutter is for all images of its state, and a bitmap for those of its own size.
        shutters = tuple(
            s
            for s in (part.shutters if target.sop_instance_uid in self._everywhere else ())
            if s.hidden is None or s.hidden.shape == target.shape
        )
        return Placed(tuple(patches), tuple(strokes), tuple(labels), shutters) or NOTHING

    def _named(self, references: tuple[Reference, ...], target: SlicePlane) -> bool:
        if not references:
            return target.sop_instance_uid in self._everywhere
        return any(r.names(target.sop_instance_uid, target.frame) for r in references)

    # -- masks and maps --

    def _patches(self, target: SlicePlane) -> tuple[Patch, ...]:
        direct = [
            Patch(p.values, p.row, p.column)
            for p in self.part.planes
            if p.shape == target.shape
            and p.reference is not None
            and p.reference.names(target.sop_instance_uid, target.frame)
            and (p.grid is None or target.grid is None or _same_pixels(p.grid, target.grid))
        ]
        if direct or self._stack is None or target.grid is None:
            return tuple(direct)
        found = self._stack.cut(target.grid, target.spacing)
        return (found,) if found is not None else ()

    # -- contours --

    def _contours(self, target: SlicePlane, grid: Grid) -> list[Stroke]:
        normal = grid.normal
        spans = self._spans_along(normal)
        here = float(grid.origin @ normal)
        flat = spans[:, 1] - spans[:, 0] <= max(target.spacing / 2, _CLOSE_MM)
        middle = (spans[:, 0] + spans[:, 1]) / 2
        on = flat & (np.abs(middle - here) <= target.spacing / 2 + _CLOSE_MM)
        strokes = []
        for i in np.flatnonzero(on):
            contour = self.part.contours[i]
            strokes.append(Stroke(_on_plane(contour.points, grid), contour.closed))
        crossed = ~flat & (spans[:, 0] <= here) & (here <= spans[:, 1])
        for i in np.flatnonzero(crossed):
            strokes += _chords(self.part.contours[i], grid, here)
        return strokes

    def _spans_along(self, normal: NDArray[np.float64]) -> NDArray[np.float64]:
        """(contours, 2) least and greatest distance of each contour along a normal."""
        key = np.round(normal, 6).tobytes()
        if key not in self._spans:
            contours = self.part.contours
            along = np.concatenate([c.points for c in contours]) @ normal
            starts = np.cumsum([0, *(len(c.points) for c in contours[:-1])])
            self._spans[key] = np.stack(
                [np.minimum.reduceat(along, starts), np.maximum.reduceat(along, starts)], axis=1
            )
        return self._spans[key]

    def _label(self, label: Label, target: SlicePlane) -> Written | None:
        if len(label.at) == 2:
            if not self._named(label.references, target):
                return None
            return Written(label.text, (label.at[0], label.at[1]), label.anchor)
        if target.grid is None or not self._patient:
            return None
        point = np.array(label.at)
        if abs(float((point - target.grid.origin) @ target.grid.normal)) > target.spacing / 2 + _CLOSE_MM:
            return None
        row, column = _on_plane(point[None], target.grid)[0]
        return Written(label.text, (float(row), float(column)))


def _same_pixels(a: Grid, b: Grid) -> bool:
    """Whether two grids of one shape put every pixel centre within half a pixel (and half a slice) of the other."""
    corners = [(0, 0), (a.shape[0] - 1, 0), (0, a.shape[1] - 1)]
    limit = 0.5 * min(np.linalg.norm(b.row), np.linalg.norm(b.column))
    return all(
        np.linalg.norm((a.origin + r * a.row + c * a.column) - (b.origin + r * b.row + c * b.column)) < limit
        for r, c in corners
    )


def _on_plane(points: NDArray[np.float64], grid: Grid) -> NDArray[np.float64]:
    """(n, 3) LPS mm -> (n, 2) row, column of the foot of each point on the plane."""
    offset = points - grid.origin
    return np.stack([offset @ grid.row / (grid.row @ grid.row), offset @ grid.column / (grid.column @ grid.column)], 1)


def _chords(contour: Contour, grid: Grid, here: float) -> list[Stroke]:
    """Where a plane cuts a contour that is not parallel to it: pieces inside a closed one, points of an open one."""
    points = contour.points
    if len(points) < 2:
        return []
    after = np.roll(points, -1, axis=0) if contour.closed else points[1:]
    before = points if contour.closed else points[:-1]
    side, other = before @ grid.normal - here, after @ grid.normal - here
    cross = (side > 0) != (other > 0)
    share = (side / np.where(cross, side - other, 1.0))[cross][:, None]
    met = _on_plane(before[cross] + share * (after[cross] - before[cross]), grid)
    if not contour.closed or len(met) % 2:
        return [Stroke(point[None], False) for point in met]
    spread = met.max(axis=0) - met.min(axis=0) if len(met) else np.zeros(2)
    met = met[np.argsort(met[:, int(np.argmax(spread))])]
    return [Stroke(met[i : i + 2], False) for i in range(0, len(met), 2)]


class _PlaneStack:
    """Planes of one part with places, ready to be cut by slices."""

    def __init__(self, planes: list[Plane]) -> None:
        self._planes = planes
        self._grid: Grid | None = planes[0].grid if planes else None
        self._places = np.empty(0)
        self._step = math.nan
        self._volume: tuple[NDArray[np.generic], NDArray[np.float64], int, int] | None = None
        self._volume_made = False
        if self._grid is not None:
            normal = self._grid.normal
            self._places = np.array([float(p.grid.origin @ normal) for p in planes if p.grid is not None])
            thickness = self._grid.thickness
            self._step = thickness if math.isfinite(thickness) and thickness > 0 else math.nan

    def cut(self, target: Grid, spacing: float) -> Patch | None:
        """The values on a slice's pixels, None where the slice meets none."""
        grid = self._grid
        if grid is None:
            return None
        normal = grid.normal
        step = self._step if math.isfinite(self._step) else spacing
        if np.linalg.norm(np.cross(normal, target.normal)) < PARALLEL:
            distance = np.abs(self._places - float(target.origin @ normal))
            nearest = int(distance.argmin())
            if distance[nearest] > step / 2 + _CLOSE_MM:
                return None
            return self._cut_plane(self._planes[nearest], target)
        return self._cut_volume(target, step)

    def _cut_plane(self, plane: Plane, target: Grid) -> Patch | None:
        assert plane.grid is not None
        matrix = np.stack([_share(plane.grid.row, plane.grid, target), _share(plane.grid.column, plane.grid, target)])
        matrix[0, 2] -= plane.row
        matrix[1, 2] -= plane.column
        return _gather(plane.values[None], np.concatenate([np.zeros((1, 3)), matrix]), target.shape)

    def _cut_volume(self, target: Grid, step: float) -> Patch | None:
        made = self._dense(step)
        grid = self._grid
        if made is None or grid is None:
            return None
        values, origin, top, left = made
        first = Grid(origin, grid.row, grid.column, grid.shape)
        matrix = np.stack(
            [
                _share(grid.normal * step, first, target),
                _share(grid.row, first, target),
                _share(grid.column, first, target),
            ]
        )
        matrix[1, 2] -= top
        matrix[2, 2] -= left
        return _gather(values, matrix, target.shape)

    def _dense(self, step: float) -> tuple[NDArray[np.generic], NDArray[np.float64], int, int] | None:
        """All planes as one block, with the origin of its first plane and its first row and column.

        None where the planes are not one upon the other, or the block would be too large.
        """
        if self._volume_made:
            return self._volume
        self._volume_made = True
        grid = self._grid
        assert grid is not None
        first = int(self._places.argmin())
        base = self._planes[first].grid
        assert base is not None
        levels = np.rint((self._places - self._places[first]) / step).astype(int)
        for plane in self._planes:
            other = plane.grid
            assert other is not None
            aside = (other.origin - base.origin) - ((other.origin - base.origin) @ grid.normal) * grid.normal
            if np.linalg.norm(aside) > 0.5 * min(np.linalg.norm(grid.row), np.linalg.norm(grid.column)):
                return None
        top, left = min(p.row for p in self._planes), min(p.column for p in self._planes)
        bottom = max(p.row + p.values.shape[0] for p in self._planes)
        right = max(p.column + p.values.shape[1] for p in self._planes)
        dtype = self._planes[0].values.dtype
        shape = (int(levels.max()) + 1, bottom - top, right - left)
        if math.prod(shape) * dtype.itemsize > object_policy().max_mask_mb << 20:
            return None
        block = np.full(shape, np.nan, dtype) if dtype.kind == "f" else np.zeros(shape, dtype)
        for plane, level in zip(self._planes, levels, strict=True):
            r, c = plane.row - top, plane.column - left
            block[level, r : r + plane.values.shape[0], c : c + plane.values.shape[1]] = plane.values
        self._volume = (block, base.origin, top, left)
        return self._volume


def _share(vector: NDArray[np.float64], grid: Grid, target: Grid) -> NDArray[np.float64]:
    """(3,) so that (row, column, 1) of the target gives the index along ``vector`` of the grid."""
    per = vector / (vector @ vector)
    return np.array([target.row @ per, target.column @ per, (target.origin - grid.origin) @ per])


def _gather(block: NDArray[np.generic], matrix: NDArray[np.float64], shape: tuple[int, int]) -> Patch | None:
    """Nearest voxels of a block for the pixels of a slice.

    Parameters
    ----------
    block : (planes, rows, columns). matrix : (3, 3), slice (row, column, 1) -> block index.
    shape : of the slice.
    """
    window = _window(block.shape, matrix, shape)
    if window is None:
        return None
    r0, r1, c0, c1 = window
    rows, columns = np.arange(r0, r1, dtype=np.float64)[:, None], np.arange(c0, c1, dtype=np.float64)[None, :]
    empty = np.nan if block.dtype.kind == "f" else 0
    index, inside = [], np.ones((1, 1), bool)
    for (by_row, by_column, offset), size in zip(matrix, block.shape, strict=True):
        # An axis that follows one direction of the slice alone stays a single row or column of indices.
        along: NDArray[np.float64] = np.full((1, 1), offset)
        if abs(by_row) * shape[0] > 1e-6:
            along = along + by_row * rows
        if abs(by_column) * shape[1] > 1e-6:
            along = along + by_column * columns
        # The tiny shift decides ties the same way on every machine.
        nearest = np.floor(along + 0.5 - 1e-9).astype(np.intp)
        inside = inside & (nearest >= 0) & (nearest < size)
        index.append(np.clip(nearest, 0, size - 1))
    values = block[tuple(index)]
    values = np.where(np.broadcast_to(inside, values.shape), values, np.asarray(empty, block.dtype))
    values = np.broadcast_to(values, (r1 - r0, c1 - c0))
    there = ~np.isnan(values) if values.dtype.kind == "f" else values != 0
    return Patch(np.ascontiguousarray(values), r0, c0) if there.any() else None


def _window(
    block: tuple[int, ...], matrix: NDArray[np.float64], shape: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    """Rows and columns of the slice that can meet the block, when it lies along the slice's axes; else the whole."""
    limits = [0, shape[0], 0, shape[1]]
    for (by_row, by_column, offset), size in zip(matrix, block, strict=True):
        for place, by, other, length in ((0, by_row, by_column, shape[1]), (2, by_column, by_row, shape[0])):
            if abs(by) < 1e-9 or abs(other) * length > 1e-6:
                continue
            ends = sorted(((-0.5 - offset) / by, (size - 0.5 - offset) / by))
            limits[place] = max(limits[place], math.floor(ends[0]))
            limits[place + 1] = min(limits[place + 1], math.ceil(ends[1]) + 1)
    r0, r1, c0, c1 = limits
    return (r0, r1, c0, c1) if r0 < r1 and c0 < c1 else None


def edges(mask: NDArray[np.bool_], row: int = 0, column: int = 0) -> NDArray[np.float64]:
    """(n, 4) lines (row, column, row, column) along the pixel edges between inside and outside, runs joined.

    Parameters
    ----------
    mask : (h, w). row, column : of its first pixel in the slice.
    """
    padded = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), bool)
    padded[1:-1, 1:-1] = mask
    across = padded[1:] != padded[:-1]  # between rows
    down = padded[:, 1:] != padded[:, :-1]
    horizontal = _runs(across)
    vertical = _runs(down.T)
    lines = [
        (horizontal[:, 0] - 0.5, horizontal[:, 1] - 1.5, horizontal[:, 0] - 0.5, horizontal[:, 2] - 1.5),
        (vertical[:, 1] - 1.5, vertical[:, 0] - 0.5, vertical[:, 2] - 1.5, vertical[:, 0] - 0.5),
    ]
    found = np.concatenate([np.stack(line, axis=1) for line in lines])
    moved: NDArray[np.float64] = found + np.array([row, column, row, column])
    return moved


def _runs(flags: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n, 3) line number, start, end of each run of True along the rows."""
    padded = np.zeros((flags.shape[0], flags.shape[1] + 2), np.int8)
    padded[:, 1:-1] = flags
    change = np.diff(padded, axis=1)
    line, start = np.nonzero(change == 1)
    _, end = np.nonzero(change == -1)
    return np.stack([line, start, end], axis=1).astype(np.float64)
