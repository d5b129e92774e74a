"""CT slices of several sets: what a step learns from, and how a state is judged.

Each step draws labelled pictures, every pair of set and class alike, and slices with outlines beside them. Labels teach
what speaks for a class, outlines where it has to lie: the evidence of each cell for the class is asked to say whether
the cell is lesion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from covidviewer.inference.manifest import InputSpec
from covidviewer.training.data import Example, SourceBalancedSampler
from covidviewer.training.gradient.settings import ViewSettings
from covidviewer.training.metrics import auc
from covidviewer.training.tuned.pictures import Grey, Outlined, joint_view, shares, with_twins
from covidviewer.training.tuned.recipe import TuneSettings
from covidviewer.training.tuned.top import Top

__all__ = [
    "CELL",
    "Figures",
    "Material",
    "judge",
    "losses",
    "lower_maps",
    "on_lesions",
    "pooled_looks",
    "scores",
]

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
    evidence, inside = [], []
    for look in range(outlined.looks.shape[1]):
        c4 = top.maps(lower_maps(lower, outlined.looks[:, look], spec))
        row = torch.full((len(c4),), look * top.sources)
        evidence.append(top.evidence(c4, row).numpy())
        inside.append(shares(outlined.masks[:, look], CELL))
    return Figures(aucs, on_lesions(np.concatenate(evidence), np.concatenate(inside)))


def on_lesions(evidence: NDArray[np.float32], inside: NDArray[np.float32]) -> dict[str, float]:
    """How well evidence, N x h x w, lies where cells are lesion (``inside``: share of each).

    Mean share of the evidence above zero in lesions (``energy``), share of pictures whose highest cell is one
    (``hit``), mean share of the picture that is lesion (``blind``: what a map that knows nothing has).
    """
    energy, hits, blind = [], [], []
    for cells, share in zip(np.maximum(evidence, 0), inside, strict=True):
        total = float(cells.sum())
        energy.append(float((cells * share).sum()) / total if total > 0 else 0.0)
        hits.append(float(share.ravel()[int(cells.argmax())] > 0.5))
        blind.append(float(share.mean()))
    found = {"energy": np.mean(energy), "hit": np.mean(hits), "blind": np.mean(blind)}
    return {name: round(float(value), 4) for name, value in found.items()}


def losses(
    top: Top, lower: nn.Module, made: Material, sampler: SourceBalancedSampler, rng: np.random.Generator,
    spec: InputSpec, view: ViewSettings, settings: TuneSettings,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Losses of one step: of labels, and of outlines.

    Parameters
    ----------
    sampler
        Draws labelled pictures, every pair of set and class alike.
    rng
        Of this step.
    """
    size, count = spec.size[0], made.looks.shape[1]
    drawn = sampler.draw(rng)
    look = rng.integers(0, count, len(drawn))
    plain = replace(view, otherwise=0.0) if settings.twins else view
    pictures = [joint_view([made.looks[i, k]], size, rng, plain)[0] for i, k in zip(drawn, look, strict=True)]
    some = rng.choice(len(made.outlined.looks), min(settings.outlined, len(made.outlined.looks)), replace=False)
    their = rng.integers(0, count, len(some))
    pairs = [
        joint_view([made.outlined.looks[i, k], made.outlined.masks[i, k]], size, rng, view)
        for i, k in zip(some, their, strict=True)
    ]
    pictures, of = with_twins(pictures, settings.twins, rng.spawn(1)[0], view)
    c3 = lower_maps(lower, np.stack([*pictures, *(picture for picture, _ in pairs)]), spec)
    c4 = top.maps(c3)
    pooled, outlined = top.pooled(c4[: len(of)]), c4[len(of) :]
    row = torch.from_numpy((look * top.sources + made.source[drawn])[of])
    target = torch.from_numpy(made.positive[drawn][of].astype(np.float32))
    target = target * (1 - 2 * settings.smoothing) + settings.smoothing
    by_label = functional.binary_cross_entropy_with_logits(top.logits(pooled, row), target)
    if settings.twins:
        moved = top.apart(pooled[len(drawn) :], pooled[of[len(drawn) :]]).gather(1, row[len(drawn) :, None])
        by_label = by_label + settings.twin_weight * moved.square().mean()
    row = torch.from_numpy(their * top.sources + rng.integers(0, top.sources, len(some)))
    share = torch.from_numpy(shares(np.stack([mask for _, mask in pairs]), CELL))
    weight = 1 + (settings.inside - 1) * (share > 0.25).float()
    by_outline = functional.binary_cross_entropy_with_logits(top.lesion_logits(outlined, row), share, weight)
    return by_label, by_outline
