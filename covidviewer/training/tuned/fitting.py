"""The loop: each step draws labelled pictures, every pair of set and class alike, and slices with outlines beside them.

Labels teach what speaks for a class, outlines where it has to lie: the evidence of each cell for the class is asked to
say whether the cell is lesion. Chance comes from (seed, step), so a run that was broken off goes on to the same bits.
"""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from covidviewer.inference.manifest import InputSpec
from covidviewer.training.data import Example, SourceBalancedSampler
from covidviewer.training.gradient.settings import ViewSettings
from covidviewer.training.metrics import auc
from covidviewer.training.tuned.pictures import Grey, Outlined, joint_view, shares
from covidviewer.training.tuned.recipe import TuneSettings
from covidviewer.training.tuned.top import Top

__all__ = ["Figures", "Material", "checkpoint", "fit", "judge", "keep", "pooled_looks"]

#: Pixels of the input along a cell of C4.
CELL = 16


@dataclass(frozen=True)
class Material:
    """What is learnt from. ``looks`` : N x looks x side x side, in the examples' order; ``source`` : of each."""

    examples: Sequence[Example]
    looks: Grey
    positive: NDArray[np.bool_]
    source: NDArray[np.int64]
    outlined: Outlined


@dataclass(frozen=True)
class Figures:
    """On validation: AUC of each source by its own reading, and what maps of outlined slices say of lesions."""

    auc: dict[str, float]
    lesion: dict[str, float]


def normalised(pictures: Grey, spec: InputSpec) -> Tensor:
    """N x H x W grey as the network gets it, N x 3 x H x W."""
    x = torch.from_numpy(np.ascontiguousarray(pictures)).float()[:, None] / 255
    mean, std = (torch.tensor(values)[None, :, None, None] for values in (spec.mean, spec.std))
    return ((x - mean) / std).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def lower_maps(lower: nn.Module, pictures: Grey, spec: InputSpec) -> Tensor:
    """C3 of the frozen lower trunk."""
    x = normalised(pictures, spec)
    return lower(x.to(next(lower.parameters()).dtype))  # type: ignore[no-any-return]


@torch.no_grad()
def pooled_looks(top: Top, lower: nn.Module, looks: Grey, spec: InputSpec, mirror: bool = False) -> Tensor:
    """Means and peaks of every look, N x looks x D."""
    flat = looks.reshape(-1, *looks.shape[2:])
    parts = []
    for start in range(0, len(flat), 32):
        part = flat[start : start + 32]
        parts.append(top.pooled(top.maps(lower_maps(lower, part[..., ::-1] if mirror else part, spec))))
    return torch.cat(parts).reshape(len(looks), looks.shape[1], -1)


def scores(top: Top, pooled: Tensor) -> NDArray[np.float64]:
    """Logits by the readings of each source, mean over looks: N x looks x D to N x sources."""
    weight, bias = top.rows()
    count = pooled.shape[1]
    rows = weight.reshape(count, top.sources, -1)
    found = torch.einsum("nld,lsd->ns", pooled, rows) + bias.reshape(count, top.sources).sum(dim=0)
    return (found / count).double().numpy()


@torch.no_grad()
def judge(
    top: Top, lower: nn.Module, examples: Sequence[Example], looks: Grey, outlined: Outlined, spec: InputSpec,
    positive: str, names: Sequence[str],
) -> Figures:  # fmt: skip
    """Figures on pictures that were not learnt from; ``looks`` and ``outlined`` at the network's own size."""
    top.train(False)
    found = scores(top, pooled_looks(top, lower, looks, spec))
    truth = np.array([e.label == positive for e in examples])
    aucs = {}
    for number, name in enumerate(names):
        own = np.array([e.set_name == name for e in examples])
        aucs[name] = round(float(auc(found[own, number], truth[own])), 4)
    energy, hits, blind = [], [], []
    for look in range(outlined.looks.shape[1]):
        c4 = top.maps(lower_maps(lower, outlined.looks[:, look], spec))
        row = torch.full((len(c4),), look * top.sources)
        evidence = top.evidence(c4, row).clamp_min(0).numpy()
        inside = shares(outlined.masks[:, look], CELL)
        for cells, share in zip(evidence, inside, strict=True):
            total = float(cells.sum())
            energy.append(float((cells * share).sum()) / total if total > 0 else 0.0)
            hits.append(float(share.ravel()[int(cells.argmax())] > 0.5))
            blind.append(float(share.mean()))
    lesion = {"energy": np.mean(energy), "hit": np.mean(hits), "blind": np.mean(blind)}
    return Figures(aucs, {name: round(float(value), 4) for name, value in lesion.items()})


def _rate(step: int, settings: TuneSettings) -> float:
    return min(1.0, (step + 1) / settings.warm_up) * (0.5 + 0.5 * math.cos(math.pi * step / settings.steps))


def _loss(
    top: Top, lower: nn.Module, made: Material, sampler: SourceBalancedSampler, rng: np.random.Generator,
    spec: InputSpec, view: ViewSettings, settings: TuneSettings,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Losses of one step: of labels, and of outlines."""
    size, count = spec.size[0], made.looks.shape[1]
    drawn = sampler.draw(rng)
    look = rng.integers(0, count, len(drawn))
    pictures = [joint_view([made.looks[i, k]], size, rng, view)[0] for i, k in zip(drawn, look, strict=True)]
    some = rng.choice(len(made.outlined.looks), min(settings.outlined, len(made.outlined.looks)), replace=False)
    their = rng.integers(0, count, len(some))
    pairs = [
        joint_view([made.outlined.looks[i, k], made.outlined.masks[i, k]], size, rng, view)
        for i, k in zip(some, their, strict=True)
    ]
    c3 = lower_maps(lower, np.stack([*pictures, *(picture for picture, _ in pairs)]), spec)
    c4 = top.maps(c3)
    labelled, outlined = c4[: len(drawn)], c4[len(drawn) :]
    row = torch.from_numpy(look * top.sources + made.source[drawn])
    target = torch.from_numpy(made.positive[drawn].astype(np.float32))
    target = target * (1 - 2 * settings.smoothing) + settings.smoothing
    by_label = functional.binary_cross_entropy_with_logits(top.logits(top.pooled(labelled), row), target)
    row = torch.from_numpy(their * top.sources + rng.integers(0, top.sources, len(some)))
    share = torch.from_numpy(shares(np.stack([mask for _, mask in pairs]), CELL))
    weight = 1 + (settings.inside - 1) * (share > 0.25).float()
    by_outline = functional.binary_cross_entropy_with_logits(top.lesion_logits(outlined, row), share, weight)
    return by_label, by_outline


def fit(
    top: Top, lower: nn.Module, made: Material, spec: InputSpec, view: ViewSettings, settings: TuneSettings,
    look_at: Callable[[Top], Figures], kept: Path, digest: str, seed: int, state: dict[str, Any] | None,
    log: Callable[[str], None],
) -> Top:  # fmt: skip
    """Tune ``top`` and give back the moving average of its weights.

    Parameters
    ----------
    look_at
        Figures of a state on validation: they are logged and choose nothing.
    kept
        Checkpoint, written whole or not at all every ``check_every`` steps.
    digest
        Of the recipe, written into the checkpoint.
    seed
        Of the chance of this run, one of the recipe's.
    state
        A checkpoint to go on with (`checkpoint`).
    """
    named = [(name, p) for name, p in top.named_parameters() if not name.startswith("layer3")]
    groups = [
        {"params": list(top.layer3.parameters()), "weight_decay": settings.weight_decay, "start": settings.rate},
        {"params": [p for _, p in named], "weight_decay": 0.0, "start": settings.head_rate},
    ]
    optimiser = torch.optim.AdamW(groups, lr=settings.rate, betas=(0.9, 0.99))
    average, begin = copy.deepcopy(top), 0
    if state is not None:
        begin = int(state["step"])
        top.load_state_dict(state["top"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        log(f"going on at step {begin}")
    sampler = SourceBalancedSampler(made.examples, settings.batch)
    torch.set_flush_denormal(True)
    begun, shown = time.monotonic(), np.zeros(2)
    for step in range(begin, settings.steps):
        torch.manual_seed(seed * 1_000_003 + step)
        rng = np.random.default_rng((seed, step))
        for group in optimiser.param_groups:
            group["lr"] = group["start"] * _rate(step, settings)
        top.train()
        losses = _loss(top, lower, made, sampler, rng, spec, view, settings)
        optimiser.zero_grad()
        (losses[0] + settings.outline_weight * losses[1]).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(top.parameters(), settings.clip)
        optimiser.step()
        shown += [float(loss.detach()) for loss in losses]
        decay = min(settings.average, (step + 1) / (step + 10))
        with torch.no_grad():
            for ours, theirs in zip(average.parameters(), top.parameters(), strict=True):
                ours.lerp_(theirs, 1 - decay)
        done = step + 1
        if done % settings.check_every == 0 or done == settings.steps:
            keep(
                kept,
                {
                    "digest": digest, "step": done, "top": top.state_dict(), "average": average.state_dict(),
                    "optimiser": optimiser.state_dict(),
                },
            )  # fmt: skip
            found = look_at(average)
            since = done - max(begin, (done - 1) // settings.check_every * settings.check_every)
            means = [round(float(v), 4) for v in shown / since]
            seconds = round((time.monotonic() - begun) / (done - begin), 2)
            log(
                json.dumps(
                    {"step": done, "losses": means, "seconds": seconds, "auc": found.auc, "lesion": found.lesion}
                )
            )
            shown[:] = 0
    return average.train(False)


def checkpoint(kept: Path, digest: str) -> dict[str, Any] | None:
    """What an earlier run left; None where there is nothing, or it is of another recipe."""
    if not kept.is_file():
        return None
    state: dict[str, Any] = torch.load(kept, weights_only=True)
    return state if state["digest"] == digest else None


def keep(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint, whole or not at all."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)
