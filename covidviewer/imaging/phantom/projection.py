"""The phantom as a chest film: rays from a point source through the body, summed plane by plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.phantom import trees
from covidviewer.imaging.phantom.ct import tissue
from covidviewer.imaging.phantom.plane import Array, Plane
from covidviewer.imaging.phantom.tubes import Tubes, chords

SOURCE_MM, DETECTOR_MM = 1650.0, -150.0  # y of the focus behind the patient, y of the detector before the chest
BITS = 14
# Attenuation of water for a filtered 125 kV beam; one figure stands for the spectrum.
_WATER_PER_MM = 0.0175


@dataclass(frozen=True)
class Film:
    """A projection image.

    pixels : (rows, columns) uint16, 14 bits, dense tissue bright (MONOCHROME2).
    spacing_mm : distance of pixels on the detector (row, column).
    magnification : of the middle of the body (ERMF, PS3.3 C.8.7.1).
    """

    pixels: NDArray[np.uint16]
    spacing_mm: tuple[float, float]
    magnification: float


def film(rows: int = 1150, columns: int = 1280, pixel_mm: float = 0.32, seed: int = 7) -> Film:
    """A postero-anterior chest film: rows from head to foot, columns from the patient's right to the left.

    The soft parts are summed on a coarse grid; ribs, vessels and the spine's processes, which make the fine
    lines of a film, are projected tube by tube on the full grid.
    """
    detector = Plane(
        (-(columns - 1) / 2 * pixel_mm, 0.0, (rows - 1) / 2 * pixel_mm - 4.0),
        (0.0, 0.0, -pixel_mm),
        (pixel_mm, 0.0, 0.0),
        (rows, columns),
    )
    path = _enlarge(_soft_parts(detector, 5), (rows, columns), 5)
    bones, cartilages = trees.ribs()
    for rib in bones:
        half = len(rib.start) // 2
        # The front of a rib crosses its back and adds to it; the ball where they meet is in both.
        for part, sign in ((slice(None, half), 1), (slice(half, None), 1), (slice(half, half + 1), -1)):
            end = rib.end[part] if sign > 0 else rib.start[part]
            piece = Tubes(rib.start[part], end, rib.start_mm[part], rib.end_mm[part])
            _add_bone(path, piece, detector, sign * 1.15, sign * 0.75)
    for clavicle in trees.clavicles():
        _add_bone(path, clavicle, detector, 1.15, 0.75)
    for cartilage in cartilages:
        _add_bone(path, cartilage, detector, 0.06, 0.0)
    path += np.float32(0.6) * chords(_projected(trees.processes()), detector)
    for tree in trees.vessels():
        path += 0.85 * _slanted(tree, detector)
    dose = np.exp(path * np.float32(_WATER_PER_MM / 2))
    rng = np.random.default_rng([21, seed])
    absorbance = path * np.float32(_WATER_PER_MM)
    absorbance += np.float32(0.005) * dose * rng.standard_normal(path.shape, dtype=np.float32)
    return Film(_rendered(absorbance, pixel_mm), (pixel_mm, pixel_mm), _magnified(0.0))


def _magnified(y: NDArray[np.float64] | float) -> float:
    return float((SOURCE_MM - DETECTOR_MM) / (SOURCE_MM - float(y)))


def _soft_parts(detector: Plane, coarser: int, step_mm: float = 4.0) -> Array:
    """Way through matter in mm of water for every ``coarser``-th detector pixel."""
    shape = (-(-detector.shape[0] // coarser) + 1, -(-detector.shape[1] // coarser) + 1)
    total = np.zeros(shape, np.float32)
    for y in np.arange(-112.0, 114.0, step_mm):
        m = _magnified(y)
        plane = Plane(
            (detector.origin[0] / m, float(y), detector.origin[2] / m),
            (0.0, 0.0, detector.row_step[2] * coarser / m),
            (detector.column_step[0] * coarser / m, 0.0, 0.0),
            shape,
        )
        total += np.maximum(tissue(plane, tubes=False, table=False, soft_mm=3.5) * np.float32(1e-3) + 1, 0)
    return total * np.float32(step_mm)


def _projected(tubes: Tubes) -> Tubes:
    """The tubes' shadows on the detector, lying in the plane y = 0."""

    def point(p: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        m = (SOURCE_MM - DETECTOR_MM) / (SOURCE_MM - p[:, 1])
        return np.stack([p[:, 0] * m, 0 * m, p[:, 2] * m], axis=1), m

    start, near = point(tubes.start)
    end, far = point(tubes.end)
    return Tubes(start, end, tubes.start_mm * near, tubes.end_mm * far)


def _slanted(tubes: Tubes, detector: Plane) -> Array:
    """Chords of thin tubes; one that runs along the ray is longer than its width."""
    along = tubes.end - tubes.start
    across = np.hypot(along[:, 0], along[:, 2]) / np.maximum(np.linalg.norm(along, axis=1), 1e-9)
    out = np.zeros(detector.shape, np.float32)
    for low, high, factor in ((0.0, 0.5, 2.0), (0.5, 0.8, 1.4), (0.8, 1.01, 1.0)):
        part = (across >= low) & (across < high)
        np.maximum(out, np.float32(factor) * chords(_projected(tubes.only(part)), detector), out=out)
    return out


def _add_bone(path: Array, tubes: Tubes, detector: Plane, cortex: float, marrow_less: float, mm: float = 1.6) -> None:
    """Add bone with a dense rim, in mm of water beyond the soft tissue whose place it takes, where its shadow falls."""
    shadow = _projected(tubes)
    ends = np.concatenate([shadow.start, shadow.end])
    reach = float(max(shadow.start_mm.max(), shadow.end_mm.max())) + 1.0
    box: list[slice] = []
    for axis, step, count in ((2, detector.row_step[2], path.shape[0]), (0, detector.column_step[0], path.shape[1])):
        span = [ends[:, axis].min() - reach, ends[:, axis].max() + reach]
        low, high = sorted((edge - detector.origin[axis]) / step for edge in span)
        box.append(slice(min(max(int(low), 0), count), min(max(int(high) + 2, 0), count)))
    where = (box[0], box[1])
    part = detector.crop(where)
    if min(part.shape) <= 0:
        return
    path[where] += np.float32(cortex) * chords(shadow, part)
    if marrow_less:
        path[where] -= np.float32(marrow_less) * chords(_projected(tubes.grown(-mm)), part)


def _enlarge(image: Array, shape: tuple[int, int], every: int) -> Array:
    """Linear between the values of every n-th pixel (the first included); beyond the last, its value."""

    def weights(n: int, m: int) -> Array:
        at = np.minimum(np.arange(n) / every, m - 1.0)
        low = np.minimum(at.astype(np.int64), m - 2)
        matrix = np.zeros((n, m), np.float32)
        matrix[np.arange(n), low] = 1 - (at - low)
        matrix[np.arange(n), low + 1] = at - low
        return matrix

    result: Array = weights(shape[0], image.shape[0]) @ image @ weights(shape[1], image.shape[1]).T
    return result


def _rendered(absorbance: Array, pixel_mm: float) -> NDArray[np.uint16]:
    """Grey values as a digital detector's processing gives them: wide contrasts flattened, fine ones kept."""
    # Air round the body must not pull down the skin.
    solid = np.maximum(absorbance, np.float32(1.0))
    broad = _enlarge(_blurred(solid[::6, ::6], max(1, round(16 / pixel_mm / 6))), solid.shape, 6)
    near = _blurred(solid, max(1, round(3 / pixel_mm)))
    value = np.float32(0.72) * broad + np.float32(1.7) * (near - broad) + np.float32(2.3) * (absorbance - near)
    grey = 1 / (1 + np.exp((np.float32(1.52) - value) * np.float32(1.75)))
    floor = 1 / (1 + np.exp(np.float32((1.52 - 0.6) * 1.75)))
    stored = np.rint((grey - floor) * np.float32(((1 << BITS) - 1) / (1 - floor)))
    result: NDArray[np.uint16] = np.clip(stored, 0, (1 << BITS) - 1).astype(np.uint16)
    return result


def _blurred(image: Array, radius: int) -> Array:
    """Two box means of (2 radius + 1) pixels along each axis, edges repeated."""
    for axis in (0, 1, 0, 1):
        edge = [(0, 0), (0, 0)]
        edge[axis] = (radius + 1, radius)
        total = np.cumsum(np.pad(image, edge, mode="edge"), axis=axis, dtype=np.float64)
        n = image.shape[axis]
        span = 2 * radius + 1
        high = np.take(total, np.arange(span, span + n), axis=axis)
        low = np.take(total, np.arange(n), axis=axis)
        image = ((high - low) / span).astype(np.float32)
    return image
