"""HiResCAM, Grad-CAM++, LIME, occlusion and the scores, on models whose answer is known by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from covidviewer.errors import Cancelled
from covidviewer.inference import registry
from covidviewer.inference.explain import lime, occlusion, scores, superpixels

SIZE = 48


def quarters() -> NDArray[np.intp]:
    """16 square segments."""
    rows, columns = np.indices((SIZE, SIZE)) // 12
    return (rows * 4 + columns).astype(np.intp)


def picture(seed: int = 1) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (SIZE, SIZE)).astype(np.uint8)


class LinearOfPresence:
    """Probability of class 1: a sum over the segments that are as in the picture."""

    def __init__(self, image: NDArray[np.uint8], coefficients: NDArray[np.float64]) -> None:
        self.image, self.coefficients, self.calls = image, coefficients, 0

    def __call__(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.calls += 1
        same = (pictures == self.image).reshape(len(pictures), 4, 12, 4, 12).all(axis=(2, 4)).reshape(len(pictures), 16)
        p = 0.5 + same @ self.coefficients
        return np.stack([1 - p, p], axis=1).astype(np.float32)


def test_lime_finds_the_coefficients_of_a_linear_model() -> None:
    truth = np.linspace(-0.03, 0.03, 16)
    image = picture()
    found = lime.explain(image, LinearOfPresence(image, truth), quarters(), samples=800, seed=3)
    assert (np.argsort(found.weights[:, 1]) == np.arange(16)).all()
    assert (np.sign(found.weights[np.abs(truth) > 0.005, 1]) == np.sign(truth[np.abs(truth) > 0.005])).all()
    assert found.weights[:, 1] == pytest.approx(truth, abs=2e-3)
    assert found.weights[:, 0] == pytest.approx(-found.weights[:, 1], abs=1e-7)
    assert found.r2[1] > 0.98
    assert found.local[1] == pytest.approx(0.5 + truth.sum(), abs=5e-3)
    assert found.map(1)[0, 0] == pytest.approx(found.weights[0, 1])


def test_lime_is_the_same_for_the_same_seed_and_asks_in_batches() -> None:
    image = picture()
    model = LinearOfPresence(image, np.linspace(-0.02, 0.03, 16))
    first = lime.explain(image, model, quarters(), samples=100, seed=5, batch=32)
    assert model.calls == 4
    again = lime.explain(image, model, quarters(), samples=100, seed=5, batch=16)
    other = lime.explain(image, model, quarters(), samples=100, seed=6)
    assert (first.weights == again.weights).all()
    assert (first.weights != other.weights).any()
    assert lime.rank_agreement(first, other, 1) > 0.9


def test_lime_agrees_with_ridge_of_scikit_learn() -> None:
    """The same weighted ridge by the library, intercept not punished, penalty 1, kernel of NETWORKS 6.5."""
    linear_model = pytest.importorskip("sklearn.linear_model")
    image, segments = picture(), quarters()
    shown: list[NDArray[np.uint8]] = []
    said: list[NDArray[np.float32]] = []
    noise = np.random.default_rng(0)

    def predict(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        p = noise.random(len(pictures)).astype(np.float32)
        shown.append(pictures.copy())
        said.append(p)
        return np.stack([1 - p, p], axis=1)

    found = lime.explain(image, predict, segments, samples=64, seed=2)
    pictures = np.concatenate(shown)
    z = (pictures == image).reshape(64, 4, 12, 4, 12).all(axis=(2, 4)).reshape(64, 16).astype(float)
    assert z[0].all()
    kernel = np.sqrt(np.exp(-((1 - np.sqrt(z.mean(axis=1))) ** 2) / 0.25**2))
    ridge = linear_model.Ridge(alpha=1.0).fit(z, np.concatenate(said), sample_weight=kernel)
    assert found.weights[:, 1] == pytest.approx(ridge.coef_, abs=1e-6)
    assert found.intercept[1] == pytest.approx(ridge.intercept_, abs=1e-6)


def test_lime_shows_means_where_a_segment_is_absent() -> None:
    image, segments = picture(), quarters()
    shown: list[NDArray[np.uint8]] = []

    def predict(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        shown.append(pictures.copy())
        return np.full((len(pictures), 2), 0.5, np.float32)

    lime.explain(image, predict, segments, samples=20)
    means = np.array([int(image[segments == s].mean()) for s in range(16)], np.uint8)[segments]
    for one in np.concatenate(shown):
        assert ((one == image) | (one == means)).all()


def test_lime_can_be_stopped() -> None:
    def stop(done: int, total: int) -> None:
        assert total == 500
        if done >= 64:
            raise Cancelled

    image = picture()
    model = LinearOfPresence(image, np.zeros(16))
    with pytest.raises(Cancelled):
        lime.explain(image, model, quarters(), samples=500, batch=32, progress=stop)
    assert model.calls == 2


def test_superpixels_cover_the_picture() -> None:
    pytest.importorskip("skimage")
    image = np.zeros((64, 64), np.uint8)
    image[:, 32:] = 200
    for labels in (superpixels.quickshift(image), superpixels.slic(image, 16)):
        assert labels.shape == image.shape
        assert (np.unique(labels) == np.arange(labels.max() + 1)).all()
        assert labels[5, 5] != labels[5, 60]
    assert (superpixels.quickshift(image, 4) == superpixels.quickshift(image, 4)).all()


def test_occlusion_finds_the_square_that_counts() -> None:
    image = np.full((SIZE, SIZE), 100, np.uint8)
    image[24:32, 8:16] = 200

    def predict(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        p = (pictures[:, 24:32, 8:16] > 150).mean(axis=(1, 2)).astype(np.float32)
        return np.stack([1 - p, p], axis=1)

    fall = occlusion.explain(image, predict, square=8, step=8, fill=0)
    assert fall.shape == (2, 6, 6)
    expected = np.zeros((6, 6))
    expected[3, 1] = 1
    assert fall[1] == pytest.approx(expected)
    assert fall[0] == pytest.approx(-expected)
    wide = occlusion.explain(image, predict, square=16, step=8, fill=0)
    # Four of the four squares over the cell cover the block whole, so the mean fall there is 1; beside it half of them.
    assert wide[1, 3, 1] == pytest.approx(1)
    assert wide[1, 3, 0] == pytest.approx(0.5)
    assert wide[1, 2, 0] == pytest.approx(0.25)
    with pytest.raises(ValueError, match="divide"):
        occlusion.explain(image, predict, square=10, step=4)


def test_hirescam_is_exact_where_each_place_has_its_own_weight() -> None:
    torch = pytest.importorskip("torch")

    class Flattened(torch.nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.fc = torch.nn.Linear(2 * 16, 3)

        def backbone(self, x: torch.Tensor) -> dict[str, tuple[torch.Tensor, ...]]:
            return {"cam": (x,)}

        def head(self, features: dict[str, tuple[torch.Tensor, ...]]) -> tuple[torch.Tensor, torch.Tensor]:
            flat = features["cam"][0].flatten(1)
            return self.fc(flat), flat

    torch.manual_seed(0)
    network = Flattened()
    x = torch.randn(3, 2, 4, 4)
    maps = registry.method("hirescam")(network, x, 2)["fine"]
    logits = network.head({"cam": (x,)})[0][:, 2].detach().numpy()
    assert maps.sum(axis=(1, 2)) + float(network.fc.bias[2].detach()) == pytest.approx(logits, abs=1e-5)
    gradcam = registry.method("gradcam")(network, x, 2)["fine"]
    assert np.abs(gradcam - maps).max() > 0.1


def test_gradcam_plus_plus_by_its_formula() -> None:
    torch = pytest.importorskip("torch")

    class Squared(torch.nn.Module):  # type: ignore[name-defined,misc]
        def backbone(self, x: torch.Tensor) -> dict[str, tuple[torch.Tensor, ...]]:
            return {"cam": (x,)}

        def head(self, features: dict[str, tuple[torch.Tensor, ...]]) -> tuple[torch.Tensor, torch.Tensor]:
            pooled = (features["cam"][0] ** 2).sum(dim=(2, 3))
            return pooled.sum(dim=1, keepdim=True), pooled

    a = np.random.default_rng(4).normal(size=(2, 3, 3))
    g = 2 * a
    expected = np.zeros((3, 3))
    for k in range(2):
        weight = 0.0
        for i in range(3):
            for j in range(3):
                below = 2 * g[k, i, j] ** 2 + a[k].sum() * g[k, i, j] ** 3
                weight += g[k, i, j] ** 2 / below * max(g[k, i, j], 0)
        expected += weight * a[k]
    x = torch.tensor(a[None], dtype=torch.float32)
    assert registry.method("gradcam++")(Squared(), x, 0)["fine"][0] == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_scores_of_a_map_that_points_right_and_of_one_that_points_wrong() -> None:
    region = np.zeros((20, 20), bool)
    region[5:10, 5:10] = True
    right = np.where(region, 1.0, 0.1).astype(np.float32)
    wrong = np.where(region, -1.0, 1.0).astype(np.float32)
    assert scores.pointing_hit(right, region) == 1
    assert scores.pointing_hit(wrong, region) == 0
    assert scores.energy_inside(right, region) == pytest.approx(25 / (25 + 37.5))
    assert scores.energy_inside(wrong, region) == 0
    assert scores.iou_at_otsu(right, region) == 1
    assert scores.iou_at_otsu(wrong, region) == 0
    empty = np.full((20, 20), -1, np.float32)
    assert all(np.isnan(f(empty, region)) for f in (scores.pointing_hit, scores.energy_inside, scores.iou_at_otsu))


def test_deletion_falls_and_insertion_rises_with_the_right_order() -> None:
    rng = np.random.default_rng(0)
    image = np.zeros((32, 32), np.uint8)
    image[8:16, 8:16] = rng.integers(0, 2, (8, 8)) * 255  # what the blur destroys

    def predict(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        p = (pictures[:, 8:16, 8:16] == image[8:16, 8:16]).mean(axis=(1, 2)).astype(np.float32)
        return np.stack([1 - p, p], axis=1)

    right = np.zeros((32, 32), np.float32)
    right[8:16, 8:16] = 1
    wrong = -right
    for insert, better in ((False, -1), (True, 1)):
        a = scores.steps_curve(image, right, predict, 1, insert=insert)
        b = scores.steps_curve(image, wrong, predict, 1, insert=insert)
        assert better * (a - b) > 0.5


def test_rank_change() -> None:
    a = np.random.default_rng(0).random((30, 30)).astype(np.float32)
    b = np.random.default_rng(1).random((30, 30)).astype(np.float32)
    assert scores.rank_change(a, 2 * a + 1) == pytest.approx(0)
    assert scores.rank_change(a, -a) == pytest.approx(2)
    assert scores.rank_change(a, b) == pytest.approx(1, abs=0.15)
    assert np.isnan(scores.rank_change(a, np.zeros_like(a)))
