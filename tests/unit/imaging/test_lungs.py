"""Lungs by HU: found in chests, not in what only resembles one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from covidviewer.imaging import lungs


def ellipse(shape: tuple[int, int], centre: tuple[float, float], radii: tuple[float, float]) -> NDArray[np.bool_]:
    y, x = np.mgrid[: shape[0], : shape[1]]
    inside: NDArray[np.bool_] = ((y - centre[0]) / radii[0]) ** 2 + ((x - centre[1]) / radii[1]) ** 2 < 1
    return inside


def trunk(shape: tuple[int, int] = (512, 512)) -> NDArray[np.int16]:
    """Air, a body with a table that touches it."""
    hu = np.full(shape, -1000.0)
    hu[ellipse(shape, (250, 256), (150, 220))] = 40
    hu[402:412, 60:460] = 80
    hu[396:404, 250:262] = 80
    return (hu + np.random.default_rng(0).normal(0, 10, shape)).astype(np.int16)


def chest(hu_of_lung: float = -850) -> NDArray[np.int16]:
    values = trunk()
    for column in (150, 362):
        values[ellipse(values.shape, (240, column), (100, 80))] = hu_of_lung
    return values


def test_both_lungs_with_their_area() -> None:
    found = lungs.find_lungs(chest(), (0.7, 0.7))
    truth = np.pi * 100 * 80 * 0.49 / 100
    assert found.area_cm2 == pytest.approx((truth, truth), rel=0.06)
    assert found.found
    assert found.both_sides
    assert found.mean_hu == pytest.approx(-840, abs=25)
    assert found.air_peak_hu == pytest.approx(-1000, abs=15)


def test_unknown_spacing_is_guessed_and_not_fatal() -> None:
    assert lungs.find_lungs(chest()).found


def test_abdomen_with_gas_is_no_chest() -> None:
    values = trunk()
    values[ellipse(values.shape, (200, 180), (22, 60))] = -990  # a loop of gas, 20 cm2
    values[ellipse(values.shape, (230, 330), (30, 30))] = -995
    found = lungs.find_lungs(values, (0.7, 0.7))
    assert not found.found
    assert sum(found.area_cm2) == 0


def test_one_lung_is_found_on_its_side() -> None:
    values = trunk()
    values[ellipse(values.shape, (240, 150), (100, 80))] = -850
    found = lungs.find_lungs(values, (0.7, 0.7))
    assert found.found
    assert not found.both_sides
    assert found.area_cm2[0] > 100 > found.area_cm2[1]


def test_a_lung_at_the_cut_edge_of_the_field_is_still_inside() -> None:
    values = chest()[:, 40:480]  # the body reaches the edge on both sides
    assert lungs.find_lungs(values, (0.7, 0.7)).both_sides


def test_padding_far_below_air_changes_nothing() -> None:
    values = chest()
    values[~ellipse(values.shape, (256, 256), (255, 255))] = -3024
    found = lungs.find_lungs(values, (0.7, 0.7))
    assert found.both_sides
    assert found.air_peak_hu == pytest.approx(-1000, abs=15)


def test_a_dense_part_belongs_to_the_region_of_the_lung() -> None:
    values = chest()
    dense = ellipse(values.shape, (280, 150), (25, 25))
    values[dense] = 30
    found = lungs.find_lungs(values, (0.7, 0.7))
    region = lungs.lung_region(found)
    row, column = 280 // found.step[0], 150 // found.step[1]
    assert not found.mask[row, column]
    assert region[row, column]
    assert not region[2, 2]


def test_box_round_the_body_without_the_table() -> None:
    top, left, bottom, right = lungs.body_box(chest(), margin=0.0)  # type: ignore[misc]
    assert (top, bottom) == pytest.approx((100, 400), abs=8)
    assert (left, right) == pytest.approx((36, 476), abs=8)


def test_no_body_no_box() -> None:
    assert lungs.body_box(np.full((256, 256), -1000, np.int16)) is None
    empty = lungs.find_lungs(np.full((256, 256), -1000, np.int16))
    assert not empty.found
    assert np.isnan(empty.mean_hu)


def test_reduced_means() -> None:
    values = np.arange(320 * 161, dtype=np.int16).reshape(320, 161)
    small, step = lungs.reduce(values)
    assert step == (2, 2)
    assert small.shape == (160, 80)
    assert small[0, 0] == values[:2, :2].mean()
