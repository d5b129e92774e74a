"""Planes against answers known beforehand: axes, an oblique phantom, planes that end before they meet."""

from __future__ import annotations

import math

import numpy as np
import pytest

from covidviewer.imaging.slice_plane import SlicePlane, crossing, nearest, reach

AXIAL = SlicePlane((-100.0, -80.0, 40.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.5, 0.8), 321, 251)
# Rows run to the back, columns to the feet; the plane lies at x = 20.
SAGITTAL = SlicePlane((20.0, -80.0, 100.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (2.0, 1.0), 61, 161)


def turned(degrees: float, origin: tuple[float, float, float]) -> SlicePlane:
    """Rows along x, columns turned about x by an angle: a tilted axial plane."""
    a = math.radians(degrees)
    return SlicePlane(origin, (1.0, 0.0, 0.0), (0.0, math.cos(a), math.sin(a)), (1.0, 1.0), 200, 200)


def test_point_and_pixel_of_an_axial_plane_with_pixels_that_are_not_square() -> None:
    assert AXIAL.point(10, 20) == pytest.approx((-100 + 20 * 0.8, -80 + 10 * 0.5, 40))
    assert AXIAL.pixel((-84.0, -75.0, 40.0)) == pytest.approx((10, 20))
    assert AXIAL.distance((0.0, 0.0, 43.5)) == pytest.approx(3.5)
    assert AXIAL.normal == pytest.approx((0, 0, 1))
    assert AXIAL.middle == pytest.approx((0.0, 0.0, 40.0))


@pytest.mark.parametrize("seed", range(8))
def test_point_and_pixel_are_inverse_on_oblique_planes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    plane = SlicePlane(tuple(rng.normal(size=3) * 100), tuple(q[0]), tuple(q[1]), (0.7, 1.3), 100, 120)
    row, column, away = rng.uniform(-20, 120), rng.uniform(-20, 120), rng.uniform(-50, 50)
    point = np.array(plane.point(row, column)) + away * np.array(plane.normal)
    assert plane.pixel(point) == pytest.approx((row, column))
    assert plane.distance(point) == pytest.approx(away)


def test_plane_of_an_affine() -> None:
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = (0, 0, 3), (0, 0.5, 0), (0.8, 0, 0)
    affine[:3, 3] = (-100, -80, 40)
    plane = SlicePlane.of_affine(affine, 2, 10, 20)
    assert plane.point(4, 5) == pytest.approx(tuple((affine @ (2, 4, 5, 1))[:3]))
    assert plane.orientation == pytest.approx((1, 0, 0, 0, 1, 0))


def test_axial_and_sagittal_meet_in_a_known_line() -> None:
    # On the sagittal image the axial plane at z = 40 is row (100 - 40) / 2 = 30; y runs from -80 to 80 on both.
    ends = crossing(SAGITTAL, AXIAL)
    assert ends is not None
    (r0, c0), (r1, c1) = sorted(ends, key=lambda p: p[1])
    assert (r0, r1) == pytest.approx((30, 30))
    # The axial rows reach from y = -80.25 to 80.25, within the sagittal's own -80.5 to 80.5.
    assert (c0, c1) == pytest.approx((-0.25, 160.25))
    # On the axial image the sagittal plane at x = 20 is column 150, over the rows of z = 40: all of them.
    back = crossing(AXIAL, SAGITTAL)
    assert back is not None
    assert {round(p[1], 6) for p in back} == {150.0}


def test_a_tilted_plane_crosses_where_it_must() -> None:
    tilted = turned(30, (-100.0, 0.0, 40.0 - 50 * math.sin(math.radians(30))))
    ends = crossing(AXIAL, tilted)
    assert ends is not None
    # z reaches 40 after 50 mm down the tilted image, which is at y = 50 cos 30.
    row = (50 * math.cos(math.radians(30)) + 80) / 0.5
    assert [p[0] for p in ends] == pytest.approx([row, row])
    for end in ends:
        assert tilted.distance(AXIAL.point(*end)) == pytest.approx(0, abs=1e-9)


def test_parallel_planes_and_planes_that_end_before_they_meet_have_no_line() -> None:
    assert crossing(AXIAL, turned(0, (-100.0, -80.0, 90.0))) is None
    assert crossing(AXIAL, turned(0.5, (-100.0, -80.0, 40.0))) is None
    far = SlicePlane((20.0, -80.0, 300.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (2.0, 1.0), 61, 161)
    assert crossing(AXIAL, far) is None
    assert crossing(far, AXIAL) is None


def test_parallel_is_blind_to_the_direction_of_counting_but_alike_is_not() -> None:
    flipped = SlicePlane((0.0, 0.0, 0.0), (-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 1.0), 10, 10)
    assert AXIAL.parallel(flipped)
    assert not AXIAL.alike(flipped)
    assert AXIAL.alike(turned(0.5, (0.0, 0.0, 0.0)))
    assert not AXIAL.parallel(turned(5, (0.0, 0.0, 0.0)))


def test_nearest_slice_with_uneven_and_descending_positions() -> None:
    assert nearest(np.array([0.0, 1.0, 5.0, 6.0]), 3.5) == 2
    assert nearest(np.array([60.0, 50.0, 40.0]), 44.9) == 2
    assert nearest(np.array([60.0, 50.0, 40.0]), -100.0) == 2
    assert reach(np.array([0.0, 5.0, 10.0])) == pytest.approx(2.5, rel=0.03)
    assert reach(np.array([7.0])) == 5.0
