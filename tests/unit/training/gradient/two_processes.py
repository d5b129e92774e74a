"""One process of a distributed training of the toy network; started by the test with torchrun's variables."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from covidviewer.inference import registry
from covidviewer.inference.manifest import InputSpec
from covidviewer.training.gradient.run import train_gradient
from covidviewer.training.gradient.settings import (
    GradientRecipe,
    MixSettings,
    OptimiserSettings,
    TrainSettings,
    ViewSettings,
)

RECIPE = GradientRecipe(
    id="toy.v1",
    network="toy",
    classes=("normal", "pneumonia", "covid"),
    positive="covid",
    view=ViewSettings(flip_horizontal=0.5, crop_area=(0.7, 1.0)),
    mix=MixSettings(mixup=0.5, cutmix=0.3),
    optimiser=OptimiserSettings(rate=1e-3),
    train=TrainSettings(epochs=2, batch=8, workers=0, balance="loss", average=0.9),
    input=InputSpec(size=(32, 32)),
)


def train_here(data: Path, out: Path) -> None:
    """Train in this process; the toy network must be in the registry."""
    train_gradient(RECIPE, data, out, log=lambda line: None)


if __name__ == "__main__":
    torch.set_num_threads(1)
    registry.NETWORKS["toy"] = "toynet:build"
    train_here(Path(sys.argv[1]), Path(sys.argv[2]))
