"""Shapes of the thorax as signed distances (mm, negative inside) of patient coordinates.

x grows to the patient's left, y to the back, z to the head. Distances are good near the surface, where they
make the edge of an organ, and only right in sign far from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.phantom.plane import Array, Number, smooth_max, smooth_min

TOP, BOTTOM = 112.0, -132.0  # z of the highest and lowest slice that is worth making

# z, then half width, half depth and y of the centre at that height.
_BODY = np.array(
    [
        (-220.0, 150.0, 104.0, 2.0),
        (-130.0, 154.0, 107.0, 1.0),
        (-40.0, 159.0, 109.0, 0.0),
        (40.0, 165.0, 107.0, 1.0),
        (85.0, 172.0, 99.0, 6.0),
        (115.0, 172.0, 88.0, 14.0),
        (130.0, 162.0, 80.0, 18.0),
        (145.0, 132.0, 70.0, 20.0),
        (158.0, 96.0, 62.0, 20.0),
        (172.0, 66.0, 58.0, 18.0),
        (220.0, 58.0, 56.0, 16.0),
    ]
)
_CAVITY = np.array(
    [
        (-220.0, 134.0, 90.0, -1.0),
        (-130.0, 134.0, 90.0, -1.0),
        (-70.0, 134.0, 90.0, -2.0),
        (-20.0, 132.0, 88.0, -1.0),
        (20.0, 127.0, 85.0, 2.0),
        (45.0, 119.0, 80.0, 5.0),
        (70.0, 104.0, 71.0, 11.0),
        (88.0, 87.0, 58.0, 19.0),
        (100.0, 70.0, 44.0, 27.0),
        (109.0, 51.0, 29.0, 34.0),
        (115.0, 31.0, 16.0, 38.0),
        (119.0, 6.0, 5.0, 39.0),
        (220.0, 4.0, 4.0, 39.0),
    ]
)


def _profile(table: NDArray[np.float64], z: Array) -> tuple[Array, Array, Array]:
    a, b, c = (np.interp(z, table[:, 0], table[:, k]).astype(np.float32) for k in (1, 2, 3))
    return a, b, c


def _round(x: Array, y: Array, z: Array, table: NDArray[np.float64], power: float) -> Array:
    """Distance along the ray from the axis to a superellipse whose size changes with height."""
    a, b, centre = _profile(table, z)
    dy = y - centre
    q = ((np.abs(x) / a) ** power + (np.abs(dy) / b) ** power) ** np.float32(1 / power)
    result: Array = np.sqrt(x * x + dy * dy) * (1 - 1 / np.maximum(q, np.float32(0.05)))
    return result


def ellipsoid(x: Array, y: Array, z: Array, centre: tuple[float, ...], radii: tuple[float, ...]) -> Array:
    """Distance to an ellipsoid (first order, right at the surface)."""
    u, v, w = ((p - np.float32(c)) / np.float32(r) for p, c, r in zip((x, y, z), centre, radii, strict=True))
    rx, ry, rz = (np.float32(r) for r in radii)
    # The small term keeps the quotient finite in the very centre, where it would be 0 / 0.
    tiny = np.float32(1e-6)
    q = np.sqrt(u * u + v * v + w * w + tiny)
    slope = np.sqrt((u / rx) ** 2 + (v / ry) ** 2 + (w / rz) ** 2 + tiny / max(radii) ** 2)
    result: Array = (q - 1) * (q / slope)
    return result


def rod(x: Array, y: Array, p: tuple[Number, Number], q: tuple[Number, Number]) -> Array:
    """Distance in the axial plane to the line from ``p`` to ``q`` (x, y; may change with z)."""
    ex, ey = np.float32(1) * (q[0] - p[0]), np.float32(1) * (q[1] - p[1])
    wx, wy = x - p[0], y - p[1]
    t = np.clip((wx * ex + wy * ey) / (ex * ex + ey * ey), 0, 1)
    wx, wy = wx - t * ex, wy - t * ey
    result: Array = np.sqrt(wx * wx + wy * wy)
    return result


def body(x: Array, y: Array, z: Array) -> Array:
    """Skin."""
    d = _round(x, y, z, _BODY, 2.35)
    # Furrows over the spine and the sternum.
    furrow = 7 * np.exp(-((x / 16) ** 2)) * (y > 0) + 4 * np.exp(-((x / 20) ** 2)) * (y < 0)
    result: Array = d + furrow.astype(np.float32)
    return result


def fat_mm(x: Array, y: Array, z: Array) -> Array:
    """Thickness of the fat under the skin: more in front and below."""
    level = np.interp(z, [-140, -40, 60, 120], [13, 9, 7, 6]).astype(np.float32)
    side = (x * x - y * y) / np.maximum(x * x + y * y, 1)
    result: Array = level - side * np.float32(2.5) + np.float32(2.0) * (y < 0) * np.clip(-y / 90, 0, 1)
    return result


def cavity(x: Array, y: Array, z: Array) -> Array:
    """Inside of the rib cage."""
    return _round(x, y, z, _CAVITY, 2.3)


def spine_bump(x: Array, y: Array, z: Array) -> Array:
    """Vertebrae and the muscles beside them, where no lung is."""
    bump = rod(x, y, (0.0, 60.0), (0.0, 110.0)) - 22
    return bump + 0 * z


def diaphragm(x: Array, y: Array, z: Array) -> Array:
    """Below the domes (negative below); the right one stands higher."""
    right = -44 - 88 * (((x + 64) / 82) ** 2 + ((y - 2) / 92) ** 2)
    left = -58 - 88 * (((x - 66) / 82) ** 2 + ((y - 4) / 92) ** 2)
    height = smooth_max(right.astype(np.float32), left.astype(np.float32), 10)
    return (z - height) * np.float32(0.72)


def heart(x: Array, y: Array, z: Array) -> Array:
    """Heart muscle and chambers, its apex to the front left."""
    ventricles = ellipsoid(x - 0.30 * y, y + 0.35 * x, z, (42, -24, -42), (48, 40, 42))
    atria = ellipsoid(x, y, z, (2, -8, -22), (40, 34, 36))
    return smooth_min(ventricles, atria, 12)


def mediastinum(x: Array, y: Array, z: Array, heart_mm: Array) -> Array:
    """All between the lungs, around the heart (its distance)."""
    width, depth, centre = (
        np.interp(z, [-150, -60, -10, 20, 45, 70, 95, 118], row).astype(np.float32)
        for row in (
            (24, 24, 25, 25, 25, 27, 32, 30),
            (62, 66, 70, 66, 62, 54, 40, 30),
            (-8, -8, -8, -8, -8, -2, 8, 24),
        )
    )
    dy = y - centre
    q = np.sqrt((x - 3) ** 2 / width**2 + dy * dy / depth**2)
    column = np.sqrt((x - 3) ** 2 + dy * dy) * (1 - 1 / np.maximum(q, np.float32(0.05)))
    hila = ellipsoid(np.abs(x - 2), y, z, (34, 10, -4), (15, 15, 24))
    knob = ellipsoid(x, y, z, (19, 24, 44), (17, 28, 15))
    return smooth_min(smooth_min(smooth_min(column, heart_mm - 5, 8), hila, 8), knob, 5)


def lungs(
    x: Array,
    y: Array,
    z: Array,
    cavity_mm: Array | None = None,
    dome_mm: Array | None = None,
    heart_mm: Array | None = None,
) -> Array:
    """Both lungs; distances to `cavity`, `diaphragm` and `heart` are taken where the caller has them."""
    chest = (cavity(x, y, z) if cavity_mm is None else cavity_mm) + np.float32(2.5)
    between = mediastinum(x, y, z, heart(x, y, z) if heart_mm is None else heart_mm)
    d = smooth_max(chest, -between, 4)
    d = smooth_max(d, -(diaphragm(x, y, z) if dome_mm is None else dome_mm), 4)
    return smooth_max(d, -spine_bump(x, y, z), 6)


def fissure(x: Array, y: Array, z: Array) -> Array:
    """Distance to the oblique fissures and, on the right, the horizontal one (never negative)."""
    wave = 4 * np.sin(x / np.float32(17))
    oblique = np.abs(z - (np.float32(1.05) * y - 18 + wave + 10 * (x > 0))) * np.float32(0.69)
    front = z - (np.float32(1.05) * y - 18 + wave)
    horizontal = np.abs(z - (6 + wave + 0.08 * y)) + 1000 * ((x > 0) | (front < 0))
    result: Array = np.minimum(oblique, horizontal).astype(np.float32)
    return result


@dataclass(frozen=True)
class Lesion:
    """An ellipsoid of diseased lung; ``rough`` mm of its edge are uneven, ``soft_mm`` is how it fades."""

    name: str
    kind: str  # "ground glass" or "consolidation"
    centre: tuple[float, float, float]
    radii: tuple[float, float, float]
    hu: float
    soft_mm: float
    rough_mm: float


LESIONS = (
    Lesion("right lower ground glass", "ground glass", (-90.0, 42.0, -8.0), (31.0, 29.0, 28.0), -600.0, 7.0, 6.0),
    Lesion("right upper ground glass", "ground glass", (-92.0, -10.0, 46.0), (19.0, 24.0, 17.0), -640.0, 7.0, 5.0),
    Lesion("left lower ground glass", "ground glass", (92.0, 44.0, -26.0), (26.0, 27.0, 33.0), -600.0, 7.0, 6.0),
    Lesion("left upper ground glass", "ground glass", (88.0, -26.0, 36.0), (19.0, 19.0, 16.0), -660.0, 7.0, 5.0),
    Lesion("lingular ground glass", "ground glass", (114.0, -12.0, -8.0), (14.0, 25.0, 20.0), -630.0, 6.0, 5.0),
    Lesion("left consolidation", "consolidation", (88.0, 62.0, -34.0), (20.0, 14.0, 22.0), 30.0, 4.0, 4.5),
    Lesion("right consolidation", "consolidation", (-74.0, 71.0, -14.0), (22.0, 10.0, 16.0), 20.0, 4.0, 4.5),
)

# Balls of 4 mm radius that hold exactly this HU (before noise): what a test or a reader may check against.
PROBE_MM = 4.0
POINTS: dict[str, tuple[tuple[float, float, float], int]] = {
    "air": ((-165.0, -112.0, 0.0), -1000),
    "right_lung": ((-70.0, -40.0, -2.0), -850),
    "left_lung": ((84.0, 8.0, 40.0), -850),
    "ground_glass": ((-92.0, 36.0, -8.0), -600),
    "consolidation": ((88.0, 62.0, -34.0), 30),
    "heart": ((30.0, -28.0, -36.0), 40),
    "aorta": ((21.0, 50.0, -20.0), 45),
    "liver": ((-62.0, 4.0, -92.0), 58),
    "muscle": ((-34.0, 92.0, 0.0), 55),
    "fat": ((0.0, -60.0, 62.0), -100),
    "bone": ((0.0, 62.0, 12.0), 400),
    "trachea": ((0.0, 18.0, 62.0), -1000),
}
