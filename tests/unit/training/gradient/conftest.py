"""A toy network in the registry, a small data folder, and one thread."""

from __future__ import annotations

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from pictures import write_set  # noqa: E402

from covidviewer.inference import registry  # noqa: E402
from covidviewer.inference.manifest import InputSpec  # noqa: E402
from covidviewer.training.gradient.settings import (  # noqa: E402
    GradientRecipe,
    MixSettings,
    OptimiserSettings,
    TrainSettings,
    ViewSettings,
)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setitem(registry.NETWORKS, "toy", "toynet:build")


@pytest.fixture(scope="session")
def films(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("films") / "cxr", {"normal": 40, "bacterial": 110, "covid": 200}, 24)


@pytest.fixture
def recipe():
    return GradientRecipe(
        id="toy.v1",
        network="toy",
        classes=("normal", "pneumonia", "covid"),
        positive="covid",
        view=ViewSettings(resize=40, flip_horizontal=0.5, crop_area=(0.7, 1.0), rotation=5, noise=0.3),
        mix=MixSettings(mixup=0.3, cutmix=0.2, mosaic=0.1, clean_epochs=1),
        optimiser=OptimiserSettings(rate=5e-3),
        train=TrainSettings(epochs=4, batch=8, average=0.9, workers=0, label_smoothing=0.05),
        input=InputSpec(size=(32, 32)),
    )


@pytest.fixture
def shorter(recipe):
    def make(**changes):
        return replace(recipe, train=replace(recipe.train, **changes))

    return make
