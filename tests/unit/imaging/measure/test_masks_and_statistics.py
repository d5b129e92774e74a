"""The rule of pixel centres: counted by hand, against a slow peer, and on values that are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from covidviewer.imaging.measure import region_mask, statistics_of

SHAPE = (12, 15)


def whole(kind: str, points: list[tuple[float, float]]) -> np.ndarray:
    box, mask = region_mask(kind, points, SHAPE)
    full = np.zeros(SHAPE, bool)
    full[box] = mask
    return full


@pytest.mark.parametrize(
    ("points", "rows", "columns"),
    [
        ([(2, 3), (5, 7)], range(2, 6), range(3, 8)),  # on centres: they belong
        ([(5, 7), (2, 3)], range(2, 6), range(3, 8)),  # drawn the other way round
        ([(2.1, 3.1), (4.9, 6.9)], range(3, 5), range(4, 7)),
        ([(1.5, 2.5), (5.5, 7.5)], range(2, 6), range(3, 8)),  # edges between pixels: whole pixels
        ([(-9, -9), (99, 99)], range(12), range(15)),
    ],
)
def test_rectangle_holds_the_centres_inside(points: list, rows: range, columns: range) -> None:
    wanted = np.zeros(SHAPE, bool)
    wanted[np.ix_(rows, columns)] = True
    assert np.array_equal(whole("rectangle", points), wanted)


@pytest.mark.parametrize("points", [[(3.2, 4.2), (3.8, 4.8)], [(20, 20), (30, 30)], [(-5, 2), (-1, 9)]])
@pytest.mark.parametrize("kind", ["rectangle", "ellipse"])
def test_no_centre_inside_is_no_pixel(kind: str, points: list) -> None:
    assert whole(kind, points).sum() == 0


def test_ellipse_counted_by_hand() -> None:
    # Centre (5, 6), half axes 2 rows and 3 columns: the ends of both axes lie on the outline and belong.
    found = whole("ellipse", [(3, 3), (7, 9)])
    wanted = np.zeros(SHAPE, bool)
    for row, reach in ((3, 0), (4, 2), (5, 3), (6, 2), (7, 0)):
        wanted[row, 6 - reach : 6 + reach + 1] = True
    assert np.array_equal(found, wanted)


def test_ellipse_against_the_slow_formula() -> None:
    rng = np.random.default_rng(3)
    for _ in range(40):
        a, b = rng.uniform(-3, 14, 2), rng.uniform(-3, 14, 2)
        centre, half = (a + b) / 2, np.abs(a - b) / 2
        slow = [
            [((r - centre[0]) / half[0]) ** 2 + ((c - centre[1]) / half[1]) ** 2 <= 1 for c in range(15)]
            for r in range(12)
        ]
        assert np.array_equal(whole("ellipse", [tuple(a), tuple(b)]), np.array(slow))


def ray(row: float, column: float, points: list[tuple[float, float]]) -> bool:
    """Even-odd by a ray to the left: the textbook way, one pixel at a time."""
    inside = False
    for (r0, c0), (r1, c1) in zip(points, [*points[1:], points[0]], strict=True):
        if (r0 <= row) != (r1 <= row) and c0 + (row - r0) / (r1 - r0) * (c1 - c0) <= column:
            inside = not inside
    return inside


def test_polygon_against_a_ray_a_pixel() -> None:
    rng = np.random.default_rng(4)
    for count in (3, 4, 7, 30):
        for _ in range(15):
            points = [(float(r), float(c)) for r, c in rng.uniform(-2, 16, (count, 2))]  # most cross themselves
            slow = np.array([[ray(r, c, points) for c in range(15)] for r in range(12)])
            assert np.array_equal(whole("freehand", points), slow)


def test_polygons_that_share_an_edge_share_no_pixel_and_leave_none() -> None:
    corners = [(1.0, 1.0), (1.0, 9.0), (9.0, 9.0), (9.0, 1.0)]
    above, below = [corners[0], corners[1], corners[2]], [corners[0], corners[2], corners[3]]
    a, b = whole("freehand", above), whole("freehand", below)
    assert not (a & b).any()
    assert np.array_equal(a | b, whole("freehand", corners))
    assert (a | b).sum() == 64  # upper and left edges belong, lower and right ones do not


def test_the_share_of_pixels_tends_to_the_area() -> None:
    shape = (900, 900)
    _, mask = region_mask("ellipse", [(100.3, 80.7), (800.3, 640.7)], shape)
    assert mask.sum() == pytest.approx(math.pi * 350 * 280, rel=1e-3)


def test_statistics_of_known_values() -> None:
    values = np.array([[1, 2, 3], [4, 5, 600]], np.int16)
    mask = np.array([[True, True, True], [True, True, False]])
    found = statistics_of(values, mask)
    assert found is not None
    assert (found.n, found.mean, found.minimum, found.maximum, found.left_out) == (5, 3.0, 1.0, 5.0, 0)
    assert found.sd == pytest.approx(math.sqrt(2.0))  # by n: sqrt((4 + 1 + 0 + 1 + 4) / 5)


def test_padding_and_values_that_are_none_are_left_out() -> None:
    values = np.array([[-2000.0, 10.0], [np.nan, 30.0]], np.float32)
    found = statistics_of(values, np.ones((2, 2), bool), padding=-2000.0)
    assert found is not None
    assert (found.n, found.mean, found.minimum, found.left_out) == (2, 20.0, 10.0, 2)
    assert statistics_of(values, np.zeros((2, 2), bool)) is None
    assert statistics_of(np.full((2, 2), 7, np.int16), np.ones((2, 2), bool), padding=7) is None


def test_sums_of_many_int16_do_not_overflow() -> None:
    found = statistics_of(np.full((600, 600), 30_000, np.int16), np.ones((600, 600), bool))
    assert found is not None
    assert (found.mean, found.sd, found.n) == (30_000.0, 0.0, 360_000)
