"""Warm start of the trunk: what exists is loaded, layer3 is grafted from another network and imitates it.

Stem, layer1 and layer2 of ResNet-50 are at hand; layer3 is not, but stage 3 of ResNet-50 v2 is. The two differ in
order (v2: batch norm and ReLU before each convolution, and a sum that is never clipped) and in what they read:

* filters fit one to one. In v2, block k reads ``relu(bn(x))``; that is ``a . relu(x - t)`` with one threshold t and
  one slope a a channel. Our blocks clip each sum at 0, so each block's last batch norm is shifted such that 0 is the
  next block's threshold; the slopes go into the next block's 1x1 filters;
* a ridge regression from our layer2 to what v2's stage 3 reads (R2 0.60 on training views) is multiplied into the
  first block's filters;
* all batch norms are then set from statistics of training views.

The fit decays with depth (clipped sums lose what lies under a threshold), so the grafted stage is then trained to
give v2's activated maps, block by block, on unlabelled augmented views of the training splits.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from covidviewer.inference.networks.resnet50_fpn_attention import ResNet50FpnAttention
from covidviewer.training.augment import AugmentSettings, augment
from covidviewer.training.data import Example
from covidviewer.training.loop import normalise
from covidviewer.training.precision import quick_half
from covidviewer.training.teachers import TRUNK_FILE, ResNet50V2Lower, load_floats

__all__ = ["ImitateSettings", "graft_layer3", "imitate", "load_lower_trunk", "slope_and_threshold", "training_views"]


@dataclass(frozen=True)
class ImitateSettings:
    """Imitation of the teacher's stage 3."""

    steps: int = 135
    batch: int = 32
    rate: float = 1e-3
    size: int = 224
    min_area: float = 0.5
    graft_views: int = 160
    seed: int = 7


def slope_and_threshold(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """a and t of ``bn(x) = a (x - t)``, one of each a channel."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    slope = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return slope, norm.running_mean - norm.bias / slope


def load_lower_trunk(network: ResNet50FpnAttention, folder: Path) -> None:
    """Stem, layer1, layer2 (and the first convolution of layer3) from the ImageNet file; the rest is kept."""
    missing, unexpected = network.load_state_dict(load_floats(folder / TRUNK_FILE), strict=False)
    lower = [n for n in missing if n.startswith(("conv1", "bn1", "layer1", "layer2")) and "attention" not in n]
    wrong = [n for n in lower if not n.endswith("num_batches_tracked")] + list(unexpected)
    if wrong:
        raise ValueError(f"{TRUNK_FILE} does not fit: {', '.join(wrong[:5])}")


def training_views(examples: Sequence[Example], settings: ImitateSettings) -> Tensor:
    """Random views of training pictures for the graft's regression and statistics, N x 3 x S x S."""
    rng = np.random.default_rng(5)
    count = min(settings.graft_views, len(examples))
    chosen = rng.choice(len(examples), count, replace=False)
    view = AugmentSettings()
    return normalise([augment(examples[i].picture, settings.size, rng, view) for i in chosen])


def _lower(network: ResNet50FpnAttention, x: Tensor) -> Tensor:
    stem = functional.max_pool2d(functional.relu(network.bn1(network.conv1(x))), 3, 2, 1)
    result: Tensor = network.layer2(network.layer1(stem))
    return result


def _statistics(norm: nn.BatchNorm2d, values: Tensor, scale: Tensor, shift: Tensor) -> None:
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean.copy_(values.mean((0, 2, 3)))
    norm.running_var.copy_(values.var((0, 2, 3)))
    norm.weight.copy_(scale)
    norm.bias.copy_(shift)


def _as_seen(norm: nn.BatchNorm2d, values: Tensor) -> tuple[Tensor, Tensor]:
    """Deviation and mean of ``norm(values)``: what a matched batch norm must give."""
    slope, threshold = slope_and_threshold(norm)
    return slope.abs() * values.std((0, 2, 3)), slope * (values.mean((0, 2, 3)) - threshold)


@torch.no_grad()
def graft_layer3(network: ResNet50FpnAttention, teacher: ResNet50V2Lower, views: Tensor) -> list[float]:
    """Copy stage 3 of the teacher into layer3; return the R2 of each block's map against the teacher's.

    Parameters
    ----------
    network
        With its lower trunk loaded; layer3 is overwritten.
    teacher
        ResNet-50 v2.
    views
        N x 3 x S x S training views for the regression and the statistics.
    """
    network.eval()
    mine, theirs = _lower(network, views), teacher.stage2(views)
    fits = []
    blocks: list[Any] = list(network.layer3)
    sources: list[Any] = list(teacher.layer3)
    readers = [*(source.bn1 for source in sources[1:]), teacher.bn_out]
    for number, (block, source) in enumerate(zip(blocks, sources, strict=True)):
        slope_next, threshold_next = slope_and_threshold(readers[number])
        read = functional.relu(source.bn1(theirs))
        slope, threshold = slope_and_threshold(source.bn1)
        mix = _ridge(mine, read) if number == 0 else torch.diag(slope)
        block.conv1.weight.copy_((source.conv1.weight[:, :, 0, 0] @ mix)[:, :, None, None])
        ours, goal = block.conv1(mine), source.conv1(read)
        _statistics(block.bn1, ours, *_as_seen(source.bn2, goal))
        block.conv2.weight.copy_(source.conv2.weight)
        ours, goal = block.conv2(functional.relu(block.bn1(ours))), source.conv2(functional.relu(source.bn2(goal)))
        _statistics(block.bn2, ours, *_as_seen(source.bn3, goal))
        block.conv3.weight.copy_(source.conv3.weight)
        ours, goal = block.conv3(functional.relu(block.bn2(ours))), source.conv3(functional.relu(source.bn3(goal)))
        mean = goal.mean((0, 2, 3))
        if number == 0:
            convolution, norm = block.downsample
            convolution.weight.copy_((source.downsample.weight[:, :, 0, 0] @ mix)[:, :, None, None])
            straight = source.downsample(read)
            _statistics(block.bn3, ours, goal.std((0, 2, 3)), mean)
            shift = straight.mean((0, 2, 3)) - threshold_next
            _statistics(norm, convolution(mine), straight.std((0, 2, 3)), shift)
        else:
            _statistics(block.bn3, ours, goal.std((0, 2, 3)), mean + threshold - threshold_next)
        mine, theirs = block(mine), source(theirs)
        wanted = functional.relu(torch.sign(slope_next)[:, None, None] * (theirs - threshold_next[:, None, None]))
        spread = wanted - wanted.mean((0, 2, 3), keepdim=True)
        fits.append(float(1 - ((mine - wanted) ** 2).mean() / (spread**2).mean()))
    return fits


def _ridge(source: Tensor, target: Tensor, penalty: float = 1e-3) -> Tensor:
    """Channels of ``target`` from channels of ``source`` at each position, with intercept; out x in."""
    x = source.permute(0, 2, 3, 1).flatten(0, 2).double()
    y = target.permute(0, 2, 3, 1).flatten(0, 2).double()
    x = torch.cat([x, x.new_ones(len(x), 1)], dim=1)
    gram = x.T @ x / len(x)
    gram += torch.eye(len(gram), dtype=gram.dtype) * gram.diagonal()[:-1].mean() * penalty
    result: Tensor = torch.linalg.solve(gram, x.T @ y / len(x))[:-1].T.float()
    return result


def imitate(
    network: ResNet50FpnAttention,
    teacher: ResNet50V2Lower,
    examples: Sequence[Example],
    settings: ImitateSettings,
    checkpoint: Path,
    log: Callable[[str], None] = print,
) -> None:
    """Train layer3 to give the teacher's activated maps, all blocks at once, on unlabelled training views.

    Loss of a block: mean over channels of 1 - R2 (limited to 20). The last block counts 2, the others 0.3; the
    pooled values of the last block count 0.3 more, because the head reads these.
    """
    rng = np.random.default_rng(settings.seed)
    view = AugmentSettings(min_area=settings.min_area)
    network.requires_grad_(False).eval()
    parameters = [p for n, p in network.layer3.named_parameters() if "attention" not in n]
    for parameter in parameters:
        parameter.requires_grad_(True)
    optimiser = torch.optim.AdamW(parameters, lr=settings.rate, weight_decay=1e-4, betas=(0.9, 0.98))
    blocks: list[Any] = list(network.layer3)
    sources: list[Any] = list(teacher.layer3)
    norms = [*(source.bn1 for source in sources[1:]), teacher.bn_out]
    slopes = [slope_and_threshold(norm)[0].abs()[:, None, None] for norm in norms]
    began = time.monotonic()
    for step in range(1, settings.steps + 1):
        wave = max(0.03, 0.5 * (1 + math.cos(math.pi * step / settings.steps)))
        for group in optimiser.param_groups:
            group["lr"] = settings.rate * min(1.0, step / 20) * wave
        chosen = rng.choice(len(examples), settings.batch, replace=len(examples) < settings.batch)
        x = normalise([augment(examples[i].picture, settings.size, rng, view) for i in chosen])
        network.layer3.train()
        losses = []
        with quick_half():
            with torch.no_grad():
                goals, signed = [], teacher.stage2(x)
                for block, norm, slope in zip(sources, norms, slopes, strict=True):
                    signed = block(signed)
                    goals.append(functional.relu(norm(signed)).float() / slope)
                mine = _lower(network, x)
            for block, goal in zip(blocks, goals, strict=True):
                mine = block(mine)
                error = ((mine.float() - goal) ** 2).mean((0, 2, 3)) / (goal.var((0, 2, 3)) + 1e-4)
                losses.append(error.clamp(max=20).mean())
            means = mine.float().mean((2, 3)) - goals[-1].mean((2, 3))
            gap = ((means**2).mean(0) / (goals[-1].mean((2, 3)).var(0) + 1e-4)).clamp(max=20).mean()
            loss = 2.0 * losses[-1] + 0.3 * gap + 0.3 * torch.stack(losses[:-1]).sum()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 5.0)
        optimiser.step()
        if step % 10 == 0 or step == settings.steps:
            row = {"imitation": step, "seconds": round(time.monotonic() - began)}
            log(
                json.dumps(row | {"one_minus_r2": [round(v.item(), 3) for v in losses], "pooled": round(gap.item(), 3)})
            )
            torch.save(network.state_dict(), checkpoint)
    network.eval()
