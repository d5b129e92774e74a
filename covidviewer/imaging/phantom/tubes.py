"""Tubes: chains of tapering capsules (vessels, bronchi, ribs), painted only where they are.

All capsules that meet a plane are evaluated together in small square patches, grouped by size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.phantom.plane import Array, Plane

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Tubes:
    """Capsules from ``start`` to ``end`` whose radius goes from ``start_mm`` to ``end_mm``.

    start, end : (n, 3) float64, LPS mm. start_mm, end_mm : (n,) float64.
    tall : how much taller than deep the cross-section is (ribs); 1 is round.
    """

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    start_mm: NDArray[np.float64]
    end_mm: NDArray[np.float64]
    tall: float = 1.0

    @classmethod
    def chain(cls, points: NDArray[np.float64], radii: NDArray[np.float64] | float, tall: float = 1.0) -> Tubes:
        """One tube through ``points`` (n, 3)."""
        r = np.broadcast_to(np.asarray(radii, np.float64), (len(points),))
        return cls(points[:-1], points[1:], r[:-1], r[1:], tall)

    @classmethod
    def join(cls, parts: list[Tubes]) -> Tubes:
        """All capsules of several tubes of one ``tall``."""
        return cls(
            np.concatenate([p.start for p in parts]),
            np.concatenate([p.end for p in parts]),
            np.concatenate([p.start_mm for p in parts]),
            np.concatenate([p.end_mm for p in parts]),
            parts[0].tall,
        )

    def only(self, part: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Tubes:
        """Some of the capsules."""
        return Tubes(self.start[part], self.end[part], self.start_mm[part], self.end_mm[part], self.tall)

    def grown(self, mm: float) -> Tubes:
        """The same with radii larger by ``mm`` (smaller where negative, never below 0.2 mm)."""
        return replace(self, start_mm=np.maximum(self.start_mm + mm, 0.2), end_mm=np.maximum(self.end_mm + mm, 0.2))

    def mirrored(self) -> Tubes:
        """The same on the other side of the body."""
        flip = np.array([-1.0, 1.0, 1.0])
        return replace(self, start=self.start * flip, end=self.end * flip)


def cover(tubes: Tubes, plane: Plane, soft_mm: float) -> Array:
    """Share of each pixel inside any tube, float32 (rows, columns), 0..1."""
    out = np.zeros(plane.shape, np.float32)
    _splat(out, tubes, plane, soft_mm, chord=False)
    return out


def chords(tubes: Tubes, plane: Plane) -> Array:
    """Longest way in mm through any one tube across the plane, for tubes projected into it; float32."""
    out = np.zeros(plane.shape, np.float32)
    _splat(out, tubes, plane, plane.pixel_mm, chord=True)
    return out


def _splat(out: Array, tubes: Tubes, plane: Plane, soft_mm: float, *, chord: bool) -> None:
    metric = np.array([1.0, 1.0, 1.0 / tubes.tall])
    origin, down, right = (np.array(v) * metric for v in (plane.origin, plane.row_step, plane.column_step))
    normal = np.cross(right, down)
    normal /= np.linalg.norm(normal)
    reach = np.maximum(tubes.start_mm, tubes.end_mm) + soft_mm
    near, far = ((p - plane.origin) @ (normal * metric) for p in (tubes.start, tubes.end))
    close = np.flatnonzero((np.minimum(near, far) <= reach) & (np.maximum(near, far) >= -reach))
    if not len(close):
        return
    tubes, near, far, reach = tubes.only(close), near[close], far[close], reach[close]
    start, end = tubes.start * metric, tubes.end * metric
    # The part of each axis that lies within reach of the plane bounds the patch.
    slope = far - near
    slope = np.where(np.abs(slope) < 1e-9, 1e-9, slope)
    first, last = np.sort(np.stack([(-reach - near) / slope, (reach - near) / slope]), axis=0)
    first, last = np.clip(first, 0, 1), np.clip(last, 0, 1)
    meets = np.minimum(np.abs(near + first * slope), np.abs(near + last * slope)) <= reach + 1e-6
    meets |= (near < 0) != (far < 0)
    frame = np.stack([down, right])
    back = np.linalg.inv(frame @ frame.T) @ frame  # (2, 3): mm -> (row, column)
    ends = np.stack([start + first[:, None] * (end - start), start + last[:, None] * (end - start)])
    pixel = (ends - origin) @ back.T
    extent = reach[:, None] * np.linalg.norm(back, axis=1)
    low = np.floor(pixel.min(axis=0) - extent).astype(np.int64)
    high = np.ceil(pixel.max(axis=0) + extent).astype(np.int64)
    limit = np.array(plane.shape) - 1
    meets &= (high >= 0).all(axis=1) & (low <= limit).all(axis=1)
    low, high = np.clip(low, 0, limit), np.clip(high, 0, limit)
    size = 2 ** np.ceil(np.log2(np.maximum((high - low).max(axis=1) + 1, 4))).astype(np.int64)
    for edge in np.unique(size[meets]):
        chosen = np.flatnonzero(meets & (size == edge))
        for part in np.array_split(chosen, max(1, len(chosen) * int(edge) ** 2 // 400_000)):
            _patches(out, (tubes, start, end, origin, down, right), part, low[part], int(edge), soft_mm, chord)


def _patches(
    out: Array,
    geometry: tuple[Tubes, Points, Points, Points, Points, Points],
    part: NDArray[np.int64],
    low: NDArray[np.int64],
    edge: int,
    soft_mm: float,
    chord: bool,
) -> None:
    tubes, start, end, origin, down, right = geometry
    corner = origin + low[:, :1] * down + low[:, 1:] * right - start[part]
    along = end[part] - start[part]
    square = np.maximum((along * along).sum(axis=1), 1e-12)

    def flat(values: NDArray[np.float64]) -> Array:
        return values.astype(np.float32)[:, None, None]

    i = np.arange(edge, dtype=np.float32)[None, :, None]
    j = np.arange(edge, dtype=np.float32)[None, None, :]
    ahead = flat((corner * along).sum(axis=1))
    ahead = ahead + i * flat(along @ down) + j * flat(along @ right)
    away = flat((corner * corner).sum(axis=1)) + i * (2 * flat(corner @ down)) + j * (2 * flat(corner @ right))
    away = away + (
        i * i * np.float32(down @ down) + j * j * np.float32(right @ right) + i * j * np.float32(2 * down @ right)
    )
    t = np.clip(ahead / flat(square), 0, 1)
    away += t * (t * flat(square) - 2 * ahead)
    np.maximum(away, 0, out=away)
    radius = flat(tubes.start_mm[part]) + t * flat(tubes.end_mm[part] - tubes.start_mm[part])
    if chord:
        value = 2 * np.sqrt(np.maximum(radius * radius - away, 0))
    else:
        value = np.clip(np.float32(0.5) - (np.sqrt(away) - radius) * np.float32(1 / soft_mm), 0, 1)
    rows = low[:, 0][:, None, None] + np.arange(edge)[None, :, None]
    columns = low[:, 1][:, None, None] + np.arange(edge)[None, None, :]
    inside = (value > 0) & (rows < out.shape[0]) & (columns < out.shape[1])
    index = (rows * out.shape[1] + columns)[inside]
    np.maximum.at(out.reshape(-1), index, value[inside])
