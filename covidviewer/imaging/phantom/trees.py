"""Vessels, airways and ribs of the phantom: grown once from a seed, then only painted."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.phantom import anatomy
from covidviewer.imaging.phantom.tubes import Tubes

Points = NDArray[np.float64]


def _inside(points: Points) -> NDArray[np.float32]:
    x, y, z = points.astype(np.float32).T
    return anatomy.lungs(x, y, z)


def grow(root: Points, side: int, leaves: int, seed: int, root_mm: float, power: float, depth_mm: float) -> Tubes:
    """A tree from ``root`` (n, 3: the stem's way into the lung) to ``leaves`` random points of one lung.

    Each point joins the node that keeps both the new twig and the way back to the root short; radii follow
    Murray's law with exponent ``power``, so that the stem has ``root_mm``.

    side : -1 right, 1 left. depth_mm : how far from the pleura the tips stay.
    """
    rng = np.random.default_rng(seed)
    box = rng.uniform((8, -92, -134), (136, 95, 118), size=(leaves * 8, 3)) * (side, 1, 1)
    goals = box[_inside(box) < -depth_mm][:leaves]
    goals = goals[np.argsort(np.linalg.norm(goals - root[-1], axis=1))]
    room = 40 * (len(goals) + len(root))
    nodes, way, parent = np.zeros((room, 3)), np.zeros(room), np.full(room, -1)
    count = len(root)
    nodes[:count] = root
    parent[1:count] = np.arange(count - 1)
    for goal in goals:
        gap = np.linalg.norm(nodes[:count] - goal, axis=1)
        best = int(np.argmin(gap + 0.55 * way[:count] + 1e6 * (np.arange(count) < len(root) - 1)))
        steps = max(1, min(30, int(gap[best] // 7)))
        span = goal - nodes[best]
        bend = rng.normal(size=3) * gap[best] * 0.06
        t = np.arange(1, steps + 1)[:, None] / steps
        fresh = nodes[best] + t * span + np.sin(np.pi * t) * bend
        fresh[:-1] += rng.normal(size=(steps - 1, 3)) * 0.5
        nodes[count : count + steps] = fresh
        parent[count : count + steps] = [best, *range(count, count + steps - 1)]
        way[count : count + steps] = way[best] + gap[best] * t[:, 0]
        count += steps
    load = np.zeros(count)
    load[np.setdiff1d(np.arange(count), parent[:count])] = 1.0
    for k in range(count - 1, 0, -1):
        load[parent[k]] += load[k]
    radius = root_mm * (load / load[0]) ** (1 / power)
    child = np.arange(1, count)
    mother = parent[1:count]
    # A twig does not begin as wide as the branch that it leaves.
    begin = np.minimum(radius[mother], radius[child] * 1.25)
    return Tubes(nodes[mother], nodes[child], begin, radius[child])


def _path(*points: tuple[float, float, float]) -> Points:
    return np.array(points, np.float64)


@lru_cache(maxsize=1)
def vessels() -> tuple[Tubes, ...]:
    """Arteries and veins of both lungs: four trees."""
    right = [
        grow(_path((-26, 4, 4), (-40, 8, 0)), -1, 620, 11, 7.0, 2.5, 2.5),
        grow(_path((-24, 8, -18), (-38, 6, -20)), -1, 520, 12, 6.6, 2.5, 2.5),
    ]
    left = [
        grow(_path((28, 8, 8), (42, 14, 4)), 1, 560, 13, 6.8, 2.5, 2.5),
        grow(_path((30, 8, -14), (44, 6, -14)), 1, 480, 14, 6.4, 2.5, 2.5),
    ]
    return (*right, *left)


@lru_cache(maxsize=1)
def all_vessels() -> Tubes:
    """The four trees as one."""
    return Tubes.join(list(vessels()))


@lru_cache(maxsize=1)
def airways() -> Tubes:
    """Trachea, main bronchi and their branches: the lumen's radius."""
    trachea = Tubes.chain(_path((0, 24, 150), (0, 20, 90), (0, 18, 60), (1, 17, 24)), 8.5)
    right = _path((1, 17, 24), (-18, 19, 10), (-34, 20, -2), (-40, 20, -10))
    left = _path((1, 17, 24), (22, 21, 8), (42, 24, -6), (50, 24, -12))
    main = [Tubes.chain(right[:3], np.array([7.0, 6.8, 6.2])), Tubes.chain(left[:3], np.array([6.6, 6.2, 5.6]))]
    branches = [grow(right[2:], -1, 26, 31, 5.6, 2.3, 16.0), grow(left[2:], 1, 22, 32, 5.2, 2.3, 16.0)]
    return Tubes.join([trachea, *main, *branches])


@lru_cache(maxsize=1)
def great_vessels() -> Tubes:
    """Aorta, caval vein, pulmonary trunk and their first branches."""
    aorta = Tubes.chain(
        _path(
            (-8, -20, -10), (-16, -28, 10), (-16, -30, 32), (-8, -22, 47), (4, -4, 54), (15, 18, 52),
            (21, 38, 42), (23, 48, 24), (22, 50, 0), (20, 50, -50), (12, 48, -110), (8, 46, -180),
        ),
        np.array([15, 16, 15.5, 14.5, 13.5, 13, 12.5, 12, 12, 11.5, 11, 10.5]),
    )  # fmt: skip
    cava = Tubes.chain(_path((-24, -14, -16), (-25, -16, 20), (-22, -20, 60), (-24, -14, 100)), 8.5)
    lower_cava = Tubes.chain(_path((-22, 4, -30), (-24, 12, -60), (-20, 24, -110), (-18, 28, -180)), 11.0)
    azygos = Tubes.chain(_path((-8, 50, -130), (-8, 48, 20), (-16, 34, 34), (-24, 0, 34)), 4.0)
    trunk = Tubes.chain(_path((16, -40, -8), (18, -30, 12), (20, -10, 18)), np.array([14.0, 13.5, 11.5]))
    left = Tubes.chain(_path((20, -10, 18), (32, 10, 14), (44, 16, 4)), np.array([11.0, 9.5, 7.0]))
    right = Tubes.chain(_path((18, -20, 14), (0, -8, 8), (-24, 2, 4), (-40, 8, 0)), np.array([11.0, 10.0, 9.0, 7.0]))
    arch = [
        Tubes.chain(_path((-4, -16, 52), (-14, -8, 75), (-26, -4, 104)), 6.0),
        Tubes.chain(_path((5, -4, 56), (8, 0, 80), (14, 4, 120)), 4.2),
        Tubes.chain(_path((14, 14, 56), (22, 10, 80), (36, 6, 106)), 4.6),
        Tubes.chain(_path((-22, -22, 66), (10, -32, 72), (34, -18, 92)), 6.0),
    ]
    veins = [
        Tubes.chain(_path((0, 8, -18), (-22, 8, -18), (-38, 6, -20)), np.array([8.0, 7.0, 6.0])),
        Tubes.chain(_path((8, 8, -16), (30, 8, -14), (44, 6, -14)), np.array([8.0, 7.0, 6.0])),
    ]
    return Tubes.join([aorta, cava, lower_cava, azygos, trunk, left, right, *arch, *veins])


def _rib(number: int) -> tuple[Points, Points]:
    """Centre line of right rib 1..12: the bony part and its cartilage (empty for the last two)."""
    head = 112.0 - 20.5 * (number - 1)
    drop = min(46.0 + 9.0 * number, 104.0)
    reach = (0.80, 0.83, 0.82, 0.81, 0.79, 0.77, 0.74, 0.70, 0.64, 0.56, 0.42, 0.32)[number - 1]
    angle = np.linspace(0.10, np.pi * reach, 30)  # from the back (0) round the side to the front (pi)
    z = head + 6 * np.sin(angle) - drop * (1 - np.cos(angle)) / 2
    x, y = _wall(angle, z, 7.5)
    bone = np.stack([x, y, z], axis=1)
    if number > 10:
        return bone, np.zeros((0, 3))
    rise = np.linspace(0, 1, 8)[:, None]
    goal = np.array([-15.0, -90.0 + 0.10 * abs(bone[-1, 2]), min(max(bone[-1, 2] + 14, -42.0), 74.0)])
    line = bone[-1] + rise * (goal - bone[-1])
    x, y = _wall(np.arctan2(-line[:, 0], line[:, 1]), line[:, 2], 8.0)
    cartilage = np.stack([x, y, line[:, 2]], axis=1)
    return bone, cartilage


def _wall(angle: NDArray[np.float64], z: NDArray[np.float64], beyond_mm: float) -> tuple[Points, Points]:
    """x, y on the right side of the rib cage at an angle from the back, ``beyond_mm`` outside the cavity."""
    radius = np.full_like(angle, 90.0)
    for _ in range(25):  # the distance along the ray is exact for a fixed height, so this settles at once
        x, y = -radius * np.sin(angle), radius * np.cos(angle)
        d = anatomy.cavity(x.astype(np.float32), y.astype(np.float32), np.minimum(z, 96).astype(np.float32))
        radius = radius - 0.8 * (d - beyond_mm)
    return -radius * np.sin(angle), radius * np.cos(angle)


@lru_cache(maxsize=1)
def ribs() -> tuple[tuple[Tubes, ...], tuple[Tubes, ...]]:
    """Bony parts and cartilages, right side then left, one tube each."""
    bones, cartilages = [], []
    for number in range(1, 13):
        bone, cartilage = _rib(number)
        thick = 4.4 if number < 11 else 3.6
        bones.append(Tubes.chain(bone, thick, tall=1.6))
        if len(cartilage):
            cartilages.append(Tubes.chain(cartilage, 4.2, tall=1.6))
    return (
        (*bones, *(b.mirrored() for b in bones)),
        (*cartilages, *(c.mirrored() for c in cartilages)),
    )


@lru_cache(maxsize=1)
def all_ribs() -> tuple[Tubes, Tubes]:
    """Bony parts as one, cartilages as one."""
    bones, cartilages = ribs()
    return Tubes.join(list(bones)), Tubes.join(list(cartilages))


@lru_cache(maxsize=1)
def clavicles() -> tuple[Tubes, Tubes]:
    """Right and left collar bone."""
    line = _path((-17, -74, 94), (-45, -76, 99), (-80, -56, 106), (-112, -28, 114), (-140, -12, 118))
    right = Tubes.chain(line, np.array([7.0, 5.5, 5.0, 5.5, 6.0]))
    return right, right.mirrored()


@lru_cache(maxsize=1)
def processes() -> Tubes:
    """Transverse and spinous processes of the vertebrae."""
    parts = []
    for level in range(-9, 8):
        z = 24.0 * level
        parts.append(Tubes.chain(_path((-10, 76, z + 4), (-33, 84, z + 7)), np.array([5.0, 4.0])))
        parts.append(Tubes.chain(_path((10, 76, z + 4), (33, 84, z + 7)), np.array([5.0, 4.0])))
        parts.append(Tubes.chain(_path((0, 88, z + 2), (0, 102, z - 13)), np.array([3.6, 3.0])))
        parts.append(Tubes.chain(_path((-11, 77, z + 4), (0, 89, z)), 3.2))
        parts.append(Tubes.chain(_path((11, 77, z + 4), (0, 89, z)), 3.2))
    return Tubes.join(parts)
