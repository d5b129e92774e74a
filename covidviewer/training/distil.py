"""layer4 learns, without labels, what the teacher sees at a higher resolution.

There are no pretrained filters for layer4, and training it on labels from chance alone gave little. The teacher at
288 pixels holds more than our trunk at 224: maxima and deviations of its channels, and its finer grid. So layer4,
reading the finished layer3, is trained to make those statistics a linear function of its own pooled map. The maps of
layer3 are computed once for each picture and its mirror image; the linear part is thrown away afterwards.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from covidviewer.inference.networks.resnet50_fpn_attention import ResNet50FpnAttention
from covidviewer.training.augment import plain
from covidviewer.training.data import Example
from covidviewer.training.linear import source_share
from covidviewer.training.loop import normalise
from covidviewer.training.precision import quick_half

__all__ = ["DistilSettings", "c4_maps", "distil_layer4"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DistilSettings:
    """Distillation of the teacher's statistics into layer4."""

    minutes: float = 12.0
    max_steps: int = 2000
    batch: int = 32
    rate: float = 6e-4
    weight_decay: float = 0.05
    size: int = 224
    seed: int = 1


@torch.no_grad()
def c4_maps(
    network: ResNet50FpnAttention, examples: Sequence[Example], size: int, flip: bool, batch: int = 32
) -> NDArray[np.float16]:
    """Maps of layer3 of squeezed pictures, N x h x w x 1024."""
    network.eval()
    parts = []
    for start in range(0, len(examples), batch):
        squares = [plain(e.picture, size) for e in examples[start : start + batch]]
        x = normalise([np.ascontiguousarray(s[:, ::-1]) for s in squares] if flip else squares)
        with quick_half():
            x = functional.max_pool2d(functional.relu(network.bn1(network.conv1(x))), 3, 2, 1)
            x = network.layer3(network.layer2(network.layer1(x)))
        parts.append(x.float().permute(0, 2, 3, 1).numpy().astype(np.float16))
    return np.concatenate(parts)


def _draw(maps: Sequence[NDArray[np.float16]], chosen: NDArray[np.int64], views: NDArray[np.int64]) -> Tensor:
    stack = np.stack([maps[v][i] for i, v in zip(chosen, views, strict=True)])
    return torch.from_numpy(stack).permute(0, 3, 1, 2).to(torch.bfloat16)


def distil_layer4(
    network: ResNet50FpnAttention,
    maps: Sequence[NDArray[np.float16]],
    targets: Sequence[Floats],
    examples: Sequence[Example],
    settings: DistilSettings,
    checkpoint: Path,
    log: Callable[[str], None] = print,
) -> None:
    """Train layer4 (its attention too) on cached maps.

    Parameters
    ----------
    network
        layer4 is changed; all else stays.
    maps
        One array of `c4_maps` a view (plain, mirrored).
    targets
        The teacher's statistics of the same views, N x D.
    examples
        Training pictures in the order of the rows; sources are drawn alike.
    settings
        Length and rates; rates fall with the time used.
    checkpoint
        Receives layer4's state.
    """
    torch.manual_seed(settings.seed)
    rng = np.random.default_rng(settings.seed)
    mean, spread = targets[0].mean(axis=0), targets[0].std(axis=0) + 1e-3
    goals = [np.clip((t - mean) / spread, -5, 5).astype(np.float32) for t in targets]
    assert network.layer4 is not None
    layer = network.layer4.requires_grad_(True).train()
    standardise = nn.BatchNorm1d(2048, affine=False, momentum=0.05)
    reading = nn.Linear(2048, goals[0].shape[1])
    nn.init.normal_(reading.weight, 0.0, 0.01)
    nn.init.zeros_(reading.bias)
    parameters = [*layer.parameters(), *reading.parameters()]
    optimiser = torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": settings.weight_decay},
            {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
        ],
        lr=settings.rate,
        betas=(0.9, 0.98),
    )
    chance = source_share(examples) / len(examples)
    began = time.monotonic()
    for step in range(1, settings.max_steps + 1):
        used = max(step / settings.max_steps, (time.monotonic() - began) / 60 / settings.minutes)
        if used >= 1:
            break
        for group in optimiser.param_groups:
            wave = max(0.01, 0.5 * (1 + math.cos(math.pi * used)))
            group["lr"] = settings.rate * min(1.0, step / 30) * wave
        chosen = rng.choice(len(examples), settings.batch, p=chance / chance.sum())
        views = rng.integers(0, len(maps), settings.batch)
        x = _draw(maps, chosen, views)
        if rng.random() < 0.5:
            down, across = (int(v) for v in rng.integers(-1, 2, 2))
            x = torch.roll(x, (down, across), (2, 3))
        x = x * (1 + 0.05 * torch.randn(settings.batch, 1, 1, 1)).to(x.dtype)
        goal = torch.from_numpy(np.stack([goals[v][i] for i, v in zip(chosen, views, strict=True)]))
        with quick_half():
            deepest = layer(x.contiguous(memory_format=torch.channels_last))
        guess = reading(functional.dropout(standardise(deepest.float().mean(dim=(2, 3))), 0.1))
        loss = functional.smooth_l1_loss(guess, goal)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        if step % 40 == 0:
            seconds = round(time.monotonic() - began)
            log(json.dumps({"distillation": step, "seconds": seconds, "loss": round(loss.item(), 4)}))
    network.requires_grad_(False).eval()
    torch.save(layer.state_dict(), checkpoint)
