"""Two looks at one slice: side by side in the input, one map on the screen, the network's sums kept."""

from __future__ import annotations

import numpy as np
import pytest

from covidviewer.imaging import phantom
from covidviewer.inference import prepare
from covidviewer.inference.manifest import InputSpec
from covidviewer.inference.trials import in_input

SPEC = InputSpec(size=(64, 64), crop="body+lungs")


@pytest.fixture(scope="module")
def chest() -> np.ndarray:
    pixel = 360.0 / 256
    corner = -255 / 2 * pixel
    plane = phantom.Plane((corner, corner, 0.0), (0, pixel, 0), (pixel, 0, 0), (256, 256))
    return phantom.sample(plane, noise=16, seed=1)


def test_the_second_look_is_the_lungs_and_lies_to_the_right(chest: np.ndarray) -> None:
    picture, placement = prepare.forward(chest, SPEC)
    assert picture.shape == SPEC.shape == (64, 128)
    assert placement.beside is not None
    inner, outer = np.array(placement.beside.box), np.array(placement.box)
    assert (inner[:2] >= outer[:2]).all()
    assert (inner[2:] <= outer[2:]).all()
    assert (inner[2:] - inner[:2] < 0.95 * (outer[2:] - outer[:2])).all()
    alone = prepare.forward(chest, InputSpec(size=(64, 64), crop="body"))[0]
    np.testing.assert_array_equal(picture[:, :64], alone)
    np.testing.assert_array_equal(picture[:, 64:], prepare.render(prepare.grey(chest, SPEC), placement.beside))
    assert (picture[:, 64:] != picture[:, :64]).mean() > 0.3


def test_without_lungs_the_second_look_is_the_first_again() -> None:
    hu = np.full((100, 120), -1000, np.int16)
    hu[20:80, 20:100] = 40
    picture, placement = prepare.forward(hu, SPEC)
    assert placement.beside is not None
    assert placement.beside.box == placement.box
    np.testing.assert_array_equal(picture[:, :64], picture[:, 64:])


def test_a_spot_in_either_look_comes_back_at_its_place_and_sums_are_kept(chest: np.ndarray) -> None:
    _, placement = prepare.forward(chest, SPEC)
    assert placement.beside is not None
    cells = 32
    for look, offset in ((placement, 0), (placement.beside, cells)):
        values = np.zeros((3, cells, 2 * cells), np.float32)
        values[1, 13, offset + 21] = 5.0
        laid = placement.unfolded(values)
        assert laid.shape == (3, cells, cells)
        np.testing.assert_allclose(laid.sum(axis=(1, 2)), [0, 5, 0], rtol=1e-6)
        rows, columns = np.mgrid[:cells, :cells]
        weight = laid[1] / laid[1].sum()
        middle = np.array([(rows * weight).sum(), (columns * weight).sum(), 1.0])
        found = placement.to_slice((cells, cells)) @ middle
        expected = look.to_slice((cells, cells)) @ (13, 21, 1)
        cell = np.diag(placement.to_slice((cells, cells))[:, :2])
        assert (np.abs(found - expected) <= 0.5 * cell).all()


def test_any_map_keeps_its_sum(chest: np.ndarray) -> None:
    _, placement = prepare.forward(chest, SPEC)
    values = np.random.default_rng(0).normal(size=(2, 7, 14)).astype(np.float32)
    np.testing.assert_allclose(placement.unfolded(values).sum(axis=(1, 2)), values.sum(axis=(1, 2)), atol=1e-5)
    single = prepare.forward(chest, InputSpec(size=(64, 64)))[1]
    assert single.unfolded(values) is values


def test_each_look_is_mirrored_by_itself(chest: np.ndarray) -> None:
    picture, _ = prepare.forward(chest, SPEC)
    turned = prepare.mirrored(picture, SPEC)
    np.testing.assert_array_equal(turned[:, :64], picture[:, :64][:, ::-1])
    np.testing.assert_array_equal(turned[:, 64:], picture[:, 64:][:, ::-1])
    single = InputSpec(size=(64, 128))
    np.testing.assert_array_equal(prepare.mirrored(picture, single), picture[:, ::-1])


def test_a_mask_is_looked_up_in_both(chest: np.ndarray) -> None:
    _, placement = prepare.forward(chest, SPEC)
    mask = np.zeros((256, 256), bool)
    mask[90:150, 60:110] = True
    found = in_input(mask, (1, 1), placement)
    drawn = prepare.render((mask * np.uint8(255)).astype(np.uint8), placement) > 127
    assert found.shape == drawn.shape == (64, 128)
    assert (found != drawn).mean() < 0.01
    assert found[:, 64:].sum() > found[:, :64].sum()
