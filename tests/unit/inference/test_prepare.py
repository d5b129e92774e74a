"""Slice to input and back: greys, placement, alignment, speed on the way to the screen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from covidviewer.inference import prepare
from covidviewer.inference.manifest import InputSpec
from covidviewer.inference.results import Heatmap

AIR, PADDING = -1000.0, -3024


def test_hu_go_through_the_window_of_the_weights() -> None:
    hu = np.array([[-3000, -1350, -1024, -600, 150, 3000]], np.int16)
    spec = InputSpec(window_center=-600, window_width=1500)
    expected = [(-1024 + 1350) / 1500 * 255, (-1024 + 1350) / 1500 * 255, (-1024 + 1350) / 1500 * 255, 127.5, 255, 255]
    # Below -1024 counts as -1024: -1350 is no air either.
    assert prepare.grey(hu, spec).ravel() == pytest.approx(expected, abs=0.51)
    assert np.array_equal(prepare.grey(hu, spec), prepare.grey(hu.astype(np.float32), spec))


def test_padding_is_air_and_not_tissue() -> None:
    hu = np.array([[2000, 40]], np.int16)
    spec = InputSpec()
    assert prepare.grey(hu, spec).tolist() == [[255, 236]]
    assert prepare.grey(hu, spec, padding=2000).tolist() == [[55, 236]]
    assert prepare.grey(hu.astype(np.float32), spec, padding=2000).tolist() == [[55, 236]]


def test_monochrome1_is_turned_once_and_hu_are_not() -> None:
    film = np.array([[0, 100, 255]], np.int16)
    spec = InputSpec()
    assert prepare.grey(film, spec, units="").tolist() == [[0, 100, 255]]
    assert prepare.grey(film, spec, units="", inverted=True).tolist() == [[255, 155, 0]]
    assert np.array_equal(prepare.grey(film, spec), prepare.grey(film, spec, inverted=True))


def test_wide_grey_is_stretched_and_colour_becomes_grey() -> None:
    wide = np.linspace(0, 4000, 10000).reshape(100, 100).astype(np.int16)
    found = prepare.grey(wide, InputSpec(), units="")
    assert (found.min(), found.max()) == (0, 255)
    assert abs(int(found[50, 0]) - 127) <= 2
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 200
    assert prepare.grey(red, InputSpec(), units="").tolist() == np.full((4, 4), 60).tolist()


def test_the_input_equals_the_training_filter() -> None:
    from PIL import Image

    picture = np.random.default_rng(0).integers(0, 256, (300, 410)).astype(np.uint8)
    found, _ = prepare.forward(picture, InputSpec(), units="")
    expected = np.asarray(Image.fromarray(picture).resize((224, 224), Image.Resampling.BILINEAR))
    assert np.array_equal(found, expected)


def test_mean_and_deviation_come_from_the_manifest() -> None:
    spec = InputSpec(size=(16, 16), mean=(0.1, 0.2, 0.3), std=(0.5, 0.25, 1.0))
    pictures = [np.full((16, 16), 51, np.uint8), np.full((16, 16), 255, np.uint8)]
    found = prepare.batch(pictures, spec)
    assert found.shape == (2, 3, 16, 16)
    assert found.dtype == np.float32
    assert found[0, :, 0, 0] == pytest.approx([0.2, 0.0, -0.1], abs=1e-6)
    assert found[1, :, 5, 5] == pytest.approx([1.8, 3.2, 0.7], abs=1e-6)


def test_an_image_may_be_normalised_by_itself() -> None:
    picture = np.arange(256, dtype=np.uint8).reshape(16, 16)
    found = prepare.batch([picture, picture // 2], InputSpec(size=(16, 16), normalise="image"))
    assert found.mean(axis=(2, 3)) == pytest.approx(np.zeros((2, 3)), abs=1e-5)
    assert found.std(axis=(2, 3)) == pytest.approx(np.ones((2, 3)), abs=1e-2)


def blob(shape: tuple[int, int], spot: tuple[float, float], radius: float) -> NDArray[np.int16]:
    y, x = np.mgrid[: shape[0], : shape[1]]
    share = np.exp(-((y - spot[0]) ** 2 + (x - spot[1]) ** 2) / (2 * radius**2))
    return np.round(AIR + 1100 * share).astype(np.int16)


def seen(picture: NDArray[np.uint8], cells: int, spec: InputSpec) -> NDArray[np.float32]:
    """A toy explainer: the mean grey of each cell above that of air."""
    edge = spec.size[0] // cells
    means = picture.astype(np.float32).reshape(cells, edge, cells, edge).mean(axis=(1, 3))
    air = prepare.grey(np.full((1, 1), AIR, np.int16), spec)
    return np.maximum(means - float(air[0, 0]), 0)


@pytest.mark.parametrize("resize", ["squeeze", "pad", "crop"])
@pytest.mark.parametrize("aspect", [1.0, 0.6, 1.7])
@pytest.mark.parametrize("box", [None, (20.0, 30.5, 270.25, 400.0)])
@pytest.mark.parametrize("cells", [56, 28])
def test_a_bright_spot_comes_back_within_half_a_pixel(
    resize: str, aspect: float, box: tuple[float, float, float, float] | None, cells: int
) -> None:
    shape, spot = (300, 460), (140.0, 215.0)
    spec = InputSpec(resize=resize)
    values = blob(shape, spot, 14.0)
    placement = prepare.place(shape, spec, box=box, aspect=aspect)
    picture = prepare.render(prepare.grey(values, spec), placement)
    grid = (cells, cells)
    heat = Heatmap(seen(picture, cells, spec), placement.to_slice(grid), "toy", "spot", grid)
    back = prepare.map_to_slice(heat, shape).astype(np.float64)
    y, x = np.mgrid[: shape[0], : shape[1]]
    assert (y * back).sum() / back.sum() == pytest.approx(spot[0], abs=0.5)
    assert (x * back).sum() / back.sum() == pytest.approx(spot[1], abs=0.5)


def test_a_single_voxel_comes_back_to_its_own_cell() -> None:
    """A grid as fine as the slice: one bright voxel is the brightest pixel of the map."""
    shape = (224, 224)
    values = np.full(shape, -1000, np.int16)
    values[37, 190] = 400
    spec = InputSpec()
    picture, placement = prepare.forward(values, spec)
    heat = Heatmap(picture.astype(np.float32), placement.to_slice(shape), "toy", "spot", shape)
    back = prepare.map_to_slice(heat, shape)
    assert np.unravel_index(back.argmax(), shape) == (37, 190)


def test_the_body_is_cut_out_and_the_map_knows_it(slice_of_chest: Callable[..., Any]) -> None:
    chest = slice_of_chest(256, 320)
    wide = np.full((400, 512), -1000, np.int16)
    wide[60:316, 150:470] = chest
    picture, placement = prepare.forward(wide, InputSpec(crop="body"))
    top, left, bottom, right = placement.box
    assert 60 < top < 110
    assert 150 < left < 190
    assert 280 < bottom < 316
    assert 440 < right < 470
    assert picture[112, 8] > 200  # chest wall at the edge, no air beside it
    affine = placement.to_slice((7, 7))
    assert affine[0, 0] == pytest.approx((bottom - top) / 7)
    assert affine @ [3, 3, 1] == pytest.approx([(top + bottom) / 2 - 0.5, (left + right) / 2 - 0.5])


def test_outside_of_what_was_seen_is_marked() -> None:
    placement = prepare.place((100, 100), InputSpec(), box=(20.0, 30.0, 80.0, 90.0))
    heat = Heatmap(np.ones((7, 7), np.float32), placement.to_slice((7, 7)), "toy", "a", (7, 7))
    back = prepare.map_to_slice(heat, (100, 100))
    inside = np.zeros((100, 100), bool)
    inside[20:80, 30:90] = True
    assert np.array_equal(back > 0, inside)
    assert back[inside] == pytest.approx(np.ones(3600), abs=1e-6)
    marked = prepare.map_to_slice(heat, (100, 100), outside=np.nan)
    assert np.array_equal(np.isnan(marked), ~inside)


def test_levels_for_the_screen_agree_with_the_map() -> None:
    rng = np.random.default_rng(1)
    placement = prepare.place((512, 500), InputSpec())
    values = rng.normal(0.4, 0.5, (56, 56)).astype(np.float32)
    heat = Heatmap(values, placement.to_slice((56, 56)), "toy", "a", (56, 56))
    levels = prepare.map_to_levels(heat, (512, 500))
    clipped = Heatmap(np.clip(values, 0, 1), heat.to_slice, "toy", "a", (56, 56))
    expected = prepare.map_to_slice(clipped, (512, 500)) * 255
    assert levels.dtype == np.uint8
    assert np.abs(levels - expected).max() <= 0.51


def test_a_turned_affine_is_refused() -> None:
    heat = Heatmap(np.ones((7, 7), np.float32), np.array([[1, 0.1, 0], [0, 1, 0]]), "toy", "a", (7, 7))
    with pytest.raises(ValueError, match="turn"):
        prepare.map_to_slice(heat, (10, 10))


def test_a_map_reaches_the_screen_fast() -> None:
    """Less than 5 ms for 512 x 512 (PERFORMANCE 3); the best of some, for other work runs on the machine."""
    placement = prepare.place((512, 512), InputSpec())
    values = np.random.default_rng(2).random((56, 56), dtype=np.float32)
    heat = Heatmap(values, placement.to_slice((56, 56)), "toy", "a", (56, 56))
    times = []
    for _ in range(20):
        began = time.perf_counter()
        prepare.map_to_levels(heat, (512, 512))
        times.append(time.perf_counter() - began)
    assert min(times) < 0.005
