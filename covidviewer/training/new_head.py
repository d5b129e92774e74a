"""A new head for a shipped trunk: experts behind a gate, fitted by regression (recipes of the kind "head").

No gradient and no teacher: the trunk of other weights is taken as it is, levels (and their peaks) of one or two looks
are pooled once, and penalty, experts and gate are found on them (`covidviewer.training.experts`). What the file shares
with the trunk's own is not stored twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from covidviewer.errors import UsageError
from covidviewer.inference import prepare, registry
from covidviewer.inference.loading import load_network
from covidviewer.inference.manifest import InputSpec, SharedFile, WeightsCard
from covidviewer.inference.networks.resnet50_fpn_attention import ResNet50FpnAttention, build
from covidviewer.training.data import Example, read_sets
from covidviewer.training.experts import GateSettings, fit_head
from covidviewer.training.finish import Fitted, finish, manifest_entry
from covidviewer.training.precision import quick_half
from covidviewer.training.pyramid import level_channels, pooled_levels, seed_pyramid
from covidviewer.training.recipe_file import read_recipe_file

__all__ = ["HeadRecipe", "HeadSettings", "read_head", "train_head"]

Floats = NDArray[np.float64]
Log = Callable[[str], None]


@dataclass(frozen=True)
class HeadSettings:
    """Names as in `covidviewer.training.recipe.LinearSettings`; plain and mirrored pictures are fitted on."""

    head_strengths: tuple[float, ...] = (0.003, 0.01, 0.03)
    level_scale: tuple[float, ...] = (0.0, 0.0, 1.0, 1.0)
    folds: int = 5
    seed: int = 0
    deals: int = 3
    gate_strength: float = 0.01
    gate_slope: float = 1.0
    gate_shift: float = 0.0


@dataclass(frozen=True)
class HeadRecipe:
    """What to fit on which trunk; ``trunk`` is the id of shipped weights, ``options`` are the network's."""

    id: str
    network: str
    trunk: str
    sets: tuple[str, ...]
    collections: tuple[str, ...]
    classes: tuple[str, ...]
    positive: str
    kind: str = "head"
    options: dict[str, float] = field(default_factory=dict)
    head: HeadSettings = field(default_factory=HeadSettings)
    input: InputSpec = field(default_factory=InputSpec)
    manifest: dict[str, str] = field(default_factory=dict)


def read_head(path: Path) -> HeadRecipe:
    """Read and check a recipe.

    Raises
    ------
    UsageError
        The file is missing or no TOML, or a key is missing or unknown.
    """
    return read_recipe_file(path, HeadRecipe, {"head": HeadSettings, "input": InputSpec})


def train_head(recipe: HeadRecipe, data: Path, out: Path, log: Log = print) -> tuple[WeightsCard, Fitted]:
    """Run a recipe; the test split is not read.

    Parameters
    ----------
    data
        Folder of the picture sets.
    out
        Receives the pooled values (kept, used again), the weight file and ``manifest.toml``.
    """
    out.mkdir(parents=True, exist_ok=True)
    train = read_sets(data, recipe.sets, ("train",), recipe.classes, recipe.collections)
    validation = read_sets(data, recipe.sets, ("val",), recipe.classes)
    log(f"{len(train)} pictures to train on, {len(validation)} to validate")
    below = registry.choose(recipe.trunk)
    network = _with_trunk(recipe, below)
    views = _pooled(network, train, recipe.input, out / "pooled.npz")
    settings = recipe.head
    scale = np.tile(np.repeat(settings.level_scale, level_channels(network)), network.looks)
    experts, found = fit_head(
        views, train, recipe.positive, settings.head_strengths, scale,
        GateSettings(settings.gate_strength, settings.gate_slope, settings.gate_shift),
        settings.folds, settings.seed, settings.deals,
    )  # fmt: skip
    log(json.dumps(found))
    signs = np.array([0.5 if name == recipe.positive else -0.5 for name in recipe.classes])
    rows = np.concatenate([*(signs[:, None] * row for row in experts.weight), experts.gate_weight])
    bias = np.concatenate([(experts.intercept[:, None] * signs).ravel(), experts.gate_intercept])
    some = np.random.default_rng(0).choice(len(train), min(192, len(train)), replace=False)
    weight, offsets, means = (torch.from_numpy(v).float() for v in (rows, bias, views[0][some]))
    seed_pyramid(network, weight, offsets, means, torch.Generator().manual_seed(0))
    card = WeightsCard(
        id=recipe.id, network=recipe.network, file=f"{recipe.id}.safetensors", sha256="0" * 64,
        classes=recipe.classes, positive=recipe.positive, input=recipe.input, options=_options(network),
        shares=SharedFile(below.file, below.sha256, below.folder),
        modality=recipe.manifest["modality"], licence=recipe.manifest["licence"], version=recipe.manifest["version"],
        data_origin=recipe.manifest["data_origin"], card=recipe.manifest["card"],
    )  # fmt: skip
    done, fitted = finish(card, network, validation, out / card.file)
    (out / "manifest.toml").write_text("schema = 1\n\n" + manifest_entry(done), encoding="utf-8")
    log(json.dumps({"fitted": fitted.__dict__, "sha256": done.sha256}))
    return done, fitted


def _options(network: ResNet50FpnAttention) -> dict[str, float]:
    gates = 1 if network.gate is None else network.gate.out_features
    return {"experts": gates, "looks": network.looks, "peaks": int(network.peaks)}


def _with_trunk(recipe: HeadRecipe, below: WeightsCard) -> ResNet50FpnAttention:
    """The recipe's network with the trunk of other weights, evaluation mode."""
    if len(recipe.sets) != 2:
        raise UsageError("A recipe of this kind fits one expert for each of two sets.")
    if recipe.network != below.network:
        raise UsageError(f"The trunk {below.id} is of the network {below.network}, not {recipe.network}.")
    options = {"experts": float(len(recipe.sets))} | recipe.options
    network = build(recipe.classes, in_channels=recipe.input.channels, **options)
    if network.looks != recipe.input.looks:
        raise UsageError("The recipe's option looks and its input's crop do not go together.")
    parts = {k: v for k, v in load_network(below).state_dict().items() if k.startswith(("conv1", "bn1", "layer"))}
    missing, unexpected = network.load_state_dict(parts, strict=False)
    assert not unexpected
    assert all(name.startswith(("lateral", "smooth", "fc", "gate")) for name in missing)
    return network.eval()


@torch.no_grad()
def _pooled(network: ResNet50FpnAttention, train: Sequence[Example], spec: InputSpec, kept: Path) -> list[Floats]:
    """Pooled levels of plain and mirrored pictures, as inference prepares them."""
    if kept.is_file():
        with np.load(kept) as stored:
            if len(stored["plain"]) == len(train):
                return [stored["plain"].astype(np.float64), stored["mirrored"].astype(np.float64)]
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    views: list[list[NDArray[np.float32]]] = [[], []]
    for start in range(0, len(train), 16):
        pictures = [prepare.forward(e.picture, spec, units="grey")[0] for e in train[start : start + 16]]
        for rows, shown in zip(views, (pictures, [prepare.mirrored(p, spec) for p in pictures]), strict=True):
            with quick_half():
                rows.append(pooled_levels(network, torch.from_numpy(prepare.batch(shown, spec))).numpy())
    plain, mirrored = (np.concatenate(rows) for rows in views)
    np.savez(kept, plain=plain, mirrored=mirrored)
    return [plain.astype(np.float64), mirrored.astype(np.float64)]
