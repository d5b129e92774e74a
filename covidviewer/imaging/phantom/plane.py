"""A plane of pixels in patient space, and what is evaluated on it without a loop over pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Number = Array | np.floating | float
Vector = tuple[float, float, float]
# Pixels below this are fine enough for the texture to be computed on every second one.
_SHORT_MM = 0.8


@dataclass(frozen=True)
class Plane:
    """Pixel centres ``origin + row * row_step + column * column_step`` in LPS millimetres.

    origin : centre of pixel (0, 0). row_step, column_step : way to the next row, to the next column, in mm.
    shape : (rows, columns).
    """

    origin: Vector
    row_step: Vector
    column_step: Vector
    shape: tuple[int, int]

    @classmethod
    def of(cls, affine: NDArray[np.float64], index: float, shape: tuple[int, int]) -> Plane:
        """Slice ``index`` of a volume whose (4, 4) ``affine`` leads from (slice, row, column, 1) to LPS mm."""
        origin = affine[:3, 3] + index * affine[:3, 0]
        return cls(_vector(origin), _vector(affine[:3, 1]), _vector(affine[:3, 2]), shape)

    @cached_property
    def points(self) -> tuple[Array, Array, Array]:
        """x, y, z of the pixel centres, float32, each only as large as it varies: (rows or 1, columns or 1).

        An axis-parallel plane thus costs a fraction: what depends on one coordinate alone stays a vector.
        """
        rows = np.arange(self.shape[0], dtype=np.float64)[:, None]
        columns = np.arange(self.shape[1], dtype=np.float64)[None, :]
        axes: list[Array] = []
        for start, down, right in zip(self.origin, self.row_step, self.column_step, strict=True):
            value = np.full((1, 1), start)
            if down:
                value = value + rows * down
            if right:
                value = value + columns * right
            axes.append(value.astype(np.float32))
        return axes[0], axes[1], axes[2]

    def crop(self, box: tuple[slice, slice]) -> Plane:
        """The part of the plane that ``array[box]`` is of an array on the plane."""
        (top, bottom, _), (left, right, _) = (part.indices(n) for part, n in zip(box, self.shape, strict=True))
        origin = np.array(self.origin) + top * np.array(self.row_step) + left * np.array(self.column_step)
        return Plane(_vector(origin), self.row_step, self.column_step, (bottom - top, right - left))

    @cached_property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector at right angles to the plane: row direction x column direction."""
        normal = np.cross(self.column_step, self.row_step)
        result: NDArray[np.float64] = normal / np.linalg.norm(normal)
        return result

    def around(self, centre: Vector, reach_mm: float) -> tuple[slice, slice] | None:
        """Box (rows, columns) of the pixels within ``reach_mm`` of a point; None where there are none."""
        away = tuple(c - o for c, o in zip(centre, self.origin, strict=True))
        if abs(_dot(away, tuple(self.normal.tolist()))) > reach_mm:
            return None
        # Steps at right angles to one another, as image planes have them.
        box: list[slice] = []
        for step, count in ((self.row_step, self.shape[0]), (self.column_step, self.shape[1])):
            square = _dot(step, step)
            middle, reach = _dot(away, step) / square, reach_mm / square**0.5
            low, high = int(middle - reach), int(middle + reach) + 2
            if high <= 0 or low >= count:
                return None
            box.append(slice(max(low, 0), min(high, count)))
        return box[0], box[1]

    @property
    def pixel_mm(self) -> float:
        """Mean distance of neighbouring pixels."""
        return float((np.linalg.norm(self.row_step) + np.linalg.norm(self.column_step)) / 2)


def _vector(values: NDArray[np.float64]) -> Vector:
    # Cosines such as 6e-17 would cost the full-size arrays that axis-parallel planes are spared.
    a, b, c = (0.0 if abs(v) < 1e-9 else float(v) for v in values)
    return a, b, c


def _dot(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return sum(p * q for p, q in zip(a, b, strict=True))


@dataclass(frozen=True)
class Texture:
    """A smooth random field in space: a sum of plane waves, about standard normal.

    On any plane the wave ``sin(a_row + b_column)`` is a sum of two products, so that the whole field is one
    matrix product, oblique or not.

    waves : (n, 3) float64, radians per mm. phases : (n,) float64.
    """

    waves: NDArray[np.float64]
    phases: NDArray[np.float64]

    @classmethod
    def random(cls, seed: int, shortest_mm: float, longest_mm: float, count: int = 48) -> Texture:
        """Waves in random directions with lengths spread evenly (log) between two limits."""
        rng = np.random.default_rng(seed)
        direction = rng.normal(size=(count, 3))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        length = np.exp(rng.uniform(np.log(shortest_mm), np.log(longest_mm), size=(count, 1)))
        return cls(direction * (2 * np.pi / length), rng.uniform(0, 2 * np.pi, count))

    def on(self, plane: Plane) -> Array:
        """Values at the pixels, float32 (rows, columns).

        Of a fine grid every second pixel is computed, the rest lies between: the waves are longer than that. Not by
        BLAS, whose threads wait for each other on a busy machine longer than this product takes.
        """
        every = 2 if plane.pixel_mm < _SHORT_MM else 1
        rows, columns = (n if every == 1 else n // 2 + 2 for n in plane.shape)
        start = self.waves @ np.array(plane.origin) + self.phases
        down = every * np.arange(rows)[:, None] * (self.waves @ np.array(plane.row_step))[None, :] + start
        right = every * np.arange(columns)[:, None] * (self.waves @ np.array(plane.column_step))[None, :]
        left = np.concatenate([np.sin(down), np.cos(down)], axis=1).astype(np.float32)
        both = np.concatenate([np.cos(right), np.sin(right)], axis=1).astype(np.float32)
        left *= np.float32(np.sqrt(2.0 / len(self.waves)))
        field: Array = np.einsum("ik,jk->ij", left, both)
        if every == 2:
            field = _doubled(_doubled(field).T).T[: plane.shape[0], : plane.shape[1]]
        return field


def _doubled(values: Array) -> Array:
    """Twice as many rows, the new ones halfway between."""
    result = np.empty((2 * len(values) - 1, values.shape[1]), np.float32)
    result[::2] = values
    np.add(values[:-1], values[1:], out=result[1::2])
    result[1::2] *= np.float32(0.5)
    return result


def coverage(distance: Array, soft_mm: float) -> Array:
    """Share of a pixel that lies inside (negative ``distance``, mm), over an edge of ``soft_mm``: 0..1."""
    share = np.multiply(distance, np.float32(-1.0 / soft_mm))
    share += np.float32(0.5)
    result: Array = np.clip(share, np.float32(0), np.float32(1), out=share)
    return result


def bounds(mask: NDArray[np.bool_]) -> tuple[slice, slice] | None:
    """Smallest box (rows, columns) that holds all that is true, or None."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def blend(image: Array, share: Array, hu: Number) -> None:
    """Replace ``share`` of each pixel's matter by matter of ``hu``, in place."""
    image += share * (hu - image)


def smooth_max(a: Array, b: Array, radius_mm: float) -> Array:
    """The larger of two distances with a rounded edge (polynomial)."""
    h: Array = np.clip(0.5 + (a - b) * np.float32(0.5 / radius_mm), 0, 1)
    result: Array = b + (a - b) * h + np.float32(radius_mm) * h * (1 - h)
    return result


def smooth_min(a: Array, b: Array, radius_mm: float) -> Array:
    """The smaller of two distances with a rounded edge."""
    return -smooth_max(-a, -b, radius_mm)
