"""Lungs on films: a drawn chest, a drawn knee, and the U-Net in numpy against torch."""

from __future__ import annotations

import numpy as np
import pytest

from covidviewer.imaging import film_lungs
from covidviewer.imaging.film_lungs import SIDE, find_film_lungs, lung_logits


def drawn_chest(rows: int = 300, columns: int = 320) -> np.ndarray:
    """Bright body, two dark lungs with a bright heart between them."""
    y, x = np.mgrid[0 : 1 : rows * 1j, 0 : 1 : columns * 1j]
    film = np.full((rows, columns), 190.0)
    for centre, wide in ((0.31, 0.15), (0.69, 0.14)):
        inside = ((x - centre - 0.1 * (0.5 - y) * np.sign(0.5 - centre)) / wide) ** 2 + ((y - 0.47) / 0.3) ** 2 < 1
        film[inside] = 70
    film[((x - 0.56) / 0.12) ** 2 + ((y - 0.62) / 0.14) ** 2 < 1] = 200
    film += np.random.default_rng(0).normal(0, 4, film.shape)
    return np.clip(film, 0, 255).astype(np.uint8)


def test_a_drawn_chest_has_two_lungs_in_their_places():
    lungs = find_film_lungs(drawn_chest())
    assert lungs.box is not None
    top, left, bottom, right = lungs.box
    assert 0.1 * 300 < top < 0.3 * 300
    assert 0.65 * 300 < bottom < 0.85 * 300
    assert 0.1 * 320 < left < 0.25 * 320
    assert 0.75 * 320 < right < 0.9 * 320
    assert min(lungs.left, lungs.right) > 0.05
    assert lungs.area == pytest.approx(lungs.left + lungs.right)
    assert lungs.likeness > 0.65


@pytest.mark.parametrize("picture", [np.full((90, 70), 128, np.uint8), np.zeros((64, 64), np.uint8)])
def test_a_flat_picture_has_no_lung_shape(picture):
    assert find_film_lungs(picture).likeness < 0.5


def test_a_bone_is_no_chest():
    y, x = np.mgrid[-1:1:200j, -1:1:150j]
    knee = 30 + 190 * (np.abs(x) < 0.35 + 0.2 * np.exp(-(y**2) * 8)) - 60 * ((np.abs(y) < 0.04) & (np.abs(x) < 0.5))
    assert find_film_lungs(np.clip(knee, 0, 255).astype(np.uint8)).likeness < 0.5


def test_probability_covers_the_film_and_stays_in_bounds():
    found = find_film_lungs(drawn_chest())
    assert found.probability.shape == (SIDE, SIDE)
    assert found.probability.dtype == np.float32
    assert 0 <= found.probability.min() <= found.probability.max() <= 1


def test_the_layers_in_numpy_equal_torch():
    torch = pytest.importorskip("torch")
    layers = {k: torch.from_numpy(v) for k, v in film_lungs._layers(film_lungs._path()).items()}
    from torch.nn import functional

    def double(x, name):
        for part in ("a", "b"):
            x = functional.conv2d(x, layers[f"{name}.{part}.weight"], layers[f"{name}.{part}.bias"], padding=1).relu()
        return x

    square = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE)).astype(np.uint8)
    x = torch.from_numpy(square.astype(np.float32))[None, None] / 255
    x = (x - x.mean()) / (x.std(unbiased=False) + 1e-3)
    kept = []
    for level in range(5):
        x = double(x if level == 0 else functional.max_pool2d(x, 2), f"down.{level}")
        kept.append(x)
    for level in range(4):
        x = double(
            torch.cat((kept[3 - level], functional.interpolate(x, scale_factor=2, mode="nearest")), 1), f"up.{level}"
        )
    wanted = functional.conv2d(x, layers["out.weight"], layers["out.bias"])[0, 0].numpy()
    np.testing.assert_allclose(lung_logits(square), wanted, atol=1e-3)
