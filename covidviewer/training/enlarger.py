"""The enlarger learns from films and their halves: absolute differences alone, no judge (NETWORKS.md 4.9).

A film is halved by averaging 2 x 2 pixels, and the generator learns to undo that. It starts as a bilinear enlargement,
exactly, so that it never has to learn what arithmetic knows. All classes and sources enter alike: enlarging one class
only would hand a classifier the enlarger's print as a shortcut.
"""

from __future__ import annotations

import json
import math
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from covidviewer.errors import UsageError
from covidviewer.inference.networks.esrgan import Enlarger, build
from covidviewer.training.data import DataError, read_sets
from covidviewer.training.finish import save
from covidviewer.training.precision import quick_half

__all__ = ["EnlargerRecipe", "halves", "psnr", "read_enlarger", "start_bilinear", "train_enlarger"]


@dataclass(frozen=True)
class EnlargerRecipe:
    """How the enlarger is trained; ``minutes`` count processor time of one thread."""

    id: str
    kind: str = "enlarger"
    sets: tuple[str, ...] = ("cxr",)
    labels: tuple[str, ...] = ("normal", "bacterial", "viral", "pneumonia", "covid")
    options: dict[str, float] = field(default_factory=dict)
    minutes: float = 3.0
    patch: int = 48
    batch: int = 8
    rate: float = 4e-4
    seed: int = 1


def read_enlarger(path: Path) -> EnlargerRecipe:
    """Read and check a recipe.

    Raises
    ------
    UsageError
        The file is missing or no TOML, or a key is missing or unknown.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return EnlargerRecipe(**values)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError) as error:
        raise UsageError(f"The recipe {path.name} cannot be read: {error}.") from error


@torch.no_grad()
def start_bilinear(network: Enlarger) -> None:
    """Make a fresh generator of grey pictures give the bilinear enlargement, exactly, borders apart.

    Channel 0 carries the picture; nearest doubling and the kernel (1, 2, 1) / 4 along both axes are the bilinear one.
    """

    def carry(convolution: nn.Conv2d, kernel: Sequence[float]) -> None:
        convolution.weight[0].zero_()
        convolution.weight[0, 0] = torch.outer(torch.tensor(kernel), torch.tensor(kernel))

    carry(network.first, (0.0, 1.0, 0.0))
    network.trunk.weight.zero_()
    for number, convolution in enumerate(network.enlarge):
        assert isinstance(convolution, nn.Conv2d)
        carry(convolution, (0.25, 0.5, 0.25) if number < len(network.enlarge) else (0.0, 1.0, 0.0))
    carry(network.large, (0.0, 1.0, 0.0))
    network.last.weight.zero_()
    network.last.weight[0, 0, 1, 1] = 1.0


def halves(picture: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A picture cut to even sides and its half by averaging 2 x 2 pixels, both 0 to 1."""
    rows, columns = picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2
    large: NDArray[np.float32] = picture[:rows, :columns].astype(np.float32) / np.float32(255)
    small = large.reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3))
    return large, small


def psnr(found: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """Peak signal to noise ratio in dB, peak 1."""
    return float(-10 * math.log10(max(float(np.square(np.clip(found, 0, 1) - truth).mean()), 1e-12)))


def bicubic(small: NDArray[np.float32]) -> NDArray[np.float32]:
    """Twice the size by Pillow's bicubic, what the enlarger must beat."""
    from PIL import Image

    size = (2 * small.shape[1], 2 * small.shape[0])
    return np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC), dtype=np.float32)


@torch.inference_mode()
def compare(network: Enlarger, pictures: Sequence[NDArray[np.uint8]]) -> dict[str, float]:
    """Mean PSNR of the network and of bicubic, and on how many pictures the network is the better one."""
    network.eval()
    ours, theirs = [], []
    for picture in pictures:
        large, small = halves(picture)
        found = network(torch.from_numpy(small)[None, None])[0, 0].numpy()
        ours.append(psnr(found, large))
        theirs.append(psnr(bicubic(small), large))
    better = float(np.mean(np.array(ours) > np.array(theirs)))
    return {"psnr": float(np.mean(ours)), "bicubic": float(np.mean(theirs)), "better": better}


def _patches(
    pictures: Sequence[NDArray[np.uint8]], recipe: EnlargerRecipe, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    large, small = [], []
    side = 2 * recipe.patch
    for _ in range(recipe.batch):
        picture = pictures[int(rng.integers(len(pictures)))]
        top = 2 * int(rng.integers((picture.shape[0] - side) // 2 + 1))
        left = 2 * int(rng.integers((picture.shape[1] - side) // 2 + 1))
        cut = picture[top : top + side, left : left + side]
        if rng.random() < 0.5:
            cut = cut[:, ::-1]
        one, half = halves(cut)
        large.append(one)
        small.append(half)
    return torch.from_numpy(np.stack(small))[:, None], torch.from_numpy(np.stack(large))[:, None]


def train_enlarger(
    recipe: EnlargerRecipe,
    data: Path,
    out: Path,
    minutes: float = math.inf,
    log: Callable[[str], None] = print,
) -> dict[str, float]:
    """Train, save as float16, and compare with bicubic on every sixth validation film.

    Parameters
    ----------
    recipe
        What to do.
    data
        Folder of the picture sets; the test split is not read.
    out
        Receives the weight file.
    minutes
        Less than the recipe's, if wanted.
    """
    train = [e.picture for e in read_sets(data, recipe.sets, ("train",), recipe.labels)]
    train = [p for p in train if min(p.shape) >= 2 * recipe.patch]
    validation = [e.picture for e in read_sets(data, recipe.sets, ("val",), recipe.labels)]
    if not train or not validation:
        raise DataError("The enlarger needs films to train on and films to validate.")
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    network = build(1, **recipe.options)
    start_bilinear(network)
    optimiser = torch.optim.Adam(network.parameters(), recipe.rate, betas=(0.9, 0.99))
    budget = min(minutes, recipe.minutes) * 60
    log(
        json.dumps(
            {"films": len(train), **{f"start {k}": round(v, 3) for k, v in compare(network, validation[::24]).items()}}
        )
    )
    began, step, smooth = time.process_time(), 0, math.nan
    while (used := time.process_time() - began) < budget:
        step += 1
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * min(1.0, step / 20) * (0.02 + 0.49 * (1 + math.cos(math.pi * used / budget)))
        small, large = _patches(train, recipe, rng)
        network.train()
        with quick_half():
            found = network(small.contiguous(memory_format=torch.channels_last))
        loss = functional.l1_loss(found.float(), large)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 0.5)
        optimiser.step()
        smooth = loss.item() if math.isnan(smooth) else 0.95 * smooth + 0.05 * loss.item()
        if step % 25 == 0:
            log(json.dumps({"step": step, "seconds": round(used), "loss": round(smooth, 5)}))
    out.mkdir(parents=True, exist_ok=True)
    sha = save(network.eval(), out / f"{recipe.id}.safetensors")
    figures = compare(network, validation[::6])
    log(json.dumps({"recipe": asdict(recipe), "steps": step, "sha256": sha, **figures}))
    return figures
