"""Marching squares."""

from __future__ import annotations

import numpy as np
import pytest

from covidviewer.imaging.contours import contours


def hill(rows: int, columns: int, centre: tuple[float, float]) -> np.ndarray:
    i, j = np.mgrid[:rows, :columns]
    return 10 - np.hypot(i - centre[0], j - centre[1])


def area(line: np.ndarray) -> float:
    row, column = line.T
    return float(np.sum(column[:-1] * row[1:] - column[1:] * row[:-1]) / 2)


def test_a_circle_is_one_closed_line_of_its_radius() -> None:
    (line,) = contours(hill(31, 41, (14.3, 20.6)), 4.0)
    assert np.array_equal(line[0], line[-1])
    radius = np.hypot(line[:, 0] - 14.3, line[:, 1] - 20.6)
    assert radius == pytest.approx(6.0, abs=0.05)
    assert abs(area(line)) == pytest.approx(np.pi * 36, rel=0.02)


def test_holes_run_the_other_way_round() -> None:
    ring = -np.abs(np.hypot(*(np.mgrid[:41, :41] - 20.0)) - 12)
    inner, outer = sorted((area(line) for line in contours(ring, -4.0)), key=abs)
    assert abs(inner) == pytest.approx(np.pi * 64, rel=0.03)
    assert abs(outer) == pytest.approx(np.pi * 256, rel=0.03)
    assert inner * outer < 0


def test_lines_that_leave_the_grid_are_open() -> None:
    ramp = np.tile(np.arange(5.0), (4, 1))
    (line,) = contours(ramp, 1.25)
    assert len(line) == 4
    assert line[:, 1] == pytest.approx(1.25)
    assert sorted(line[:, 0]) == [0, 1, 2, 3]


def test_saddles_are_decided_by_the_mean() -> None:
    low, high = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.4], [0.4, 1.0]])
    for grid in (low, high):
        lines = contours(grid, 0.5 if grid is high else 0.6)
        assert len(lines) == 2
    # Joined through the middle: each line keeps one low corner apart.
    corners = [np.round(line.mean(axis=0)) for line in contours(high, 0.5)]
    assert sorted(map(tuple, corners)) == [(0, 1), (1, 0)]
    corners = [np.round(line.mean(axis=0)) for line in contours(low, 0.6)]
    assert sorted(map(tuple, corners)) == [(0, 0), (1, 1)]


def test_the_affine_leads_to_the_slice() -> None:
    affine = np.array([[4.0, 0.0, 1.5], [0.0, 8.0, 3.5]])
    (line,) = contours(hill(21, 21, (10, 10)), 5.0, affine)
    assert (line.min(axis=0) + line.max(axis=0)) / 2 == pytest.approx([41.5, 83.5], abs=0.1)
    assert np.ptp(line[:, 0]) == pytest.approx(40, abs=0.5)
    assert np.ptp(line[:, 1]) == pytest.approx(80, abs=1.0)


def test_nothing_to_draw() -> None:
    assert contours(np.zeros((5, 5)), 0.5) == []
    assert contours(np.ones((5, 5)), 0.5) == []
    assert contours(np.ones((1, 5)), 0.5) == []
    assert contours(np.full((4, 4), np.nan), 0.5) == []


def test_no_number_counts_as_below() -> None:
    grid = np.ones((5, 5))
    grid[2, 2] = np.nan
    (line,) = contours(grid, 0.5)
    assert np.array_equal(line[0], line[-1])
