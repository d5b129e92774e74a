"""All steps of a recipe of the kind "tuned": regression on the untouched trunk, tuning, gate, weight file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from covidviewer.errors import UsageError
from covidviewer.inference import registry
from covidviewer.inference.loading import load_network
from covidviewer.inference.manifest import WeightsCard
from covidviewer.inference.networks.resnet50_fpn_attention import ResNet50FpnAttention, build
from covidviewer.training.data import SourceBalancedSampler, find_sets, read_sets
from covidviewer.training.experts import GateSettings, fit_experts, fit_gate, patient_share, source_factors
from covidviewer.training.finish import Fitted, finish, manifest_entry
from covidviewer.training.gradient.views import made_otherwise
from covidviewer.training.linear import source_share
from covidviewer.training.pyramid import seed_pyramid
from covidviewer.training.tuned.fitting import Material, judge, losses, pooled_looks, scores
from covidviewer.training.tuned.loop import tune
from covidviewer.training.tuned.pictures import looks_of, read_outlined
from covidviewer.training.tuned.recipe import TunedRecipe, of_run
from covidviewer.training.tuned.top import CHANNELS, Top, carry_into, folded, lower_trunk

__all__ = ["train_tuned"]

Log = Callable[[str], None]
Floats = NDArray[np.float64]

#: Variance that every pooled value is given at least: channels that hardly ever answer are not to be blown up.
_FLOOR = 1e-4


def train_tuned(
    recipe: TunedRecipe, data: Path, out: Path, resume: bool = False, log: Log = print
) -> tuple[WeightsCard, Fitted]:
    """Run a recipe; the test split is not read.

    Parameters
    ----------
    data
        Folder of the picture sets, that with outlines among them.
    out
        Receives the checkpoint, the weight file and ``manifest.toml``.
    resume
        Go on with the checkpoint that an earlier run left in ``out``.

    Raises
    ------
    UsageError
        Options of the recipe that do not go together.
    """
    _check(recipe)
    out.mkdir(parents=True, exist_ok=True)
    below = registry.choose(recipe.trunk)
    train = read_sets(data, recipe.sets, ("train",), recipe.classes, recipe.collections)
    held = read_sets(data, recipe.sets, ("val",), recipe.classes)
    folder = find_sets(data, (recipe.outlines,))[recipe.outlines]
    log(f"{len(train)} pictures to train on, {len(held)} to validate")
    names = tuple(sorted({e.set_name for e in train}))
    spec, side = recipe.input, recipe.view.resize or recipe.input.size[0]
    source = np.array([names.index(e.set_name) for e in train], dtype=np.int64)
    positive = np.array([e.label == recipe.positive for e in train])
    made = Material(train, looks_of(train, spec, side), positive, source, read_outlined(folder, ("train",), spec, side))
    seen, checked = looks_of(held, spec, spec.size[0]), read_outlined(folder, ("val",), spec, spec.size[0])
    plain = looks_of(train, spec, spec.size[0])

    trunk = _trunk(below)
    lower = lower_trunk(trunk)
    top = Top(folded(trunk.layer3), spec.looks, len(names), recipe.tuning.dropout, bool(recipe.options.get("peaks")))
    top = top.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def look_at(state: Top) -> dict[str, Any]:
        return asdict(judge(state, lower, held, seen, checked, spec, recipe.positive, names))

    sampler = SourceBalancedSampler(train, recipe.tuning.batch)

    def steps_of(number: int) -> Callable[[Top, np.random.Generator], tuple[torch.Tensor, torch.Tensor]]:
        view, tuning = of_run(recipe.view, recipe.tuning, number)
        return lambda state, rng: losses(state, lower, made, sampler, rng, spec, view, tuning)

    tuned = tune(
        top,
        lambda state: _start(state, lower, made, plain, recipe),
        steps_of,
        look_at,
        recipe.tuning,
        out,
        recipe.digest,
        resume,
        log,
    )
    network = _network(recipe, below, tuned)
    pooled = pooled_looks(tuned, lower, plain, spec)
    held_scores = scores(tuned, pooled_looks(tuned, lower, seen, spec))
    held_source = np.array([names.index(e.set_name) for e in held], dtype=np.int64)
    truth = np.array([e.label == recipe.positive for e in held])
    own = held_scores[np.arange(len(held)), held_source]
    factors = source_factors(own, truth, held_source, patient_share(held))
    log(json.dumps({"factors": dict(zip(names, factors.round(3).tolist(), strict=True))}))
    gate = _gate(recipe, tuned, lower, plain, pooled, source, source_share(train))
    _write_head(network, recipe, tuned, pooled, gate, factors)
    card = WeightsCard(
        id=recipe.id, network=recipe.network, file=f"{recipe.id}.safetensors", sha256="0" * 64,
        classes=recipe.classes, positive=recipe.positive, input=spec,
        options={**{k: int(v) for k, v in recipe.options.items()}, "experts": len(names)},
        modality=recipe.manifest["modality"], licence=recipe.manifest["licence"], version=recipe.manifest["version"],
        data_origin=recipe.manifest["data_origin"], card=recipe.manifest["card"],
    )  # fmt: skip
    done, fitted = finish(card, network, held, out / card.file, recipe.storage, train)
    (out / "manifest.toml").write_text("schema = 1\n\n" + manifest_entry(done), encoding="utf-8")
    log(json.dumps({"fitted": fitted.__dict__, "sha256": done.sha256}))
    return done, fitted


def _check(recipe: TunedRecipe) -> None:
    if len(recipe.sets) != 2:
        raise UsageError("A recipe of this kind tunes one reading for each of two sets.")
    looks = int(recipe.options.get("looks", 1))
    if looks != recipe.input.looks:
        raise UsageError("The recipe's option looks and its input's crop do not go together.")
    if int(recipe.options.get("levels", 4)) != 3:
        raise UsageError("A recipe of this kind reads C4: levels = 3.")


def _trunk(below: WeightsCard) -> ResNet50FpnAttention:
    network = load_network(below)
    if not isinstance(network, ResNet50FpnAttention):
        raise UsageError(f"The trunk {below.id} is of the network {below.network}; this recipe tunes a ResNet-50's.")
    return network


def _start(top: Top, lower: torch.nn.Module, made: Material, plain: NDArray[np.uint8], recipe: TunedRecipe) -> None:
    """Standardisation, and a regression on the untouched trunk as the first reading."""
    views = [pooled_looks(top, lower, plain, recipe.input, mirror) for mirror in (False, True)]
    every = torch.cat([view.flatten(0, 1) for view in views])
    top.mean.copy_(every.mean(dim=0))
    top.deviation.copy_(torch.sqrt(every.var(dim=0) + _FLOOR))
    tables: list[Floats] = [view.flatten(1).double().numpy() for view in views]
    mean, deviation = tables[0].mean(axis=0), np.sqrt(tables[0].var(axis=0) + _FLOOR)
    weight, intercept = fit_experts(
        np.concatenate([(table - mean) / deviation for table in tables]),
        np.tile(made.positive, 2),
        np.tile(made.source, 2),
        np.tile(patient_share(made.examples), 2) / 2,
        recipe.tuning.strength,
    )
    # A reading is a sum over looks; here each look answers alone, and the answers are averaged.
    looks, share = plain.shape[1], recipe.tuning.start
    raw = weight / deviation
    bias = intercept - raw @ mean
    by_look = (raw * looks).reshape(len(raw), looks, -1).transpose(1, 0, 2)
    middle = mean.reshape(looks, -1)
    rest = np.einsum("lsd,ld->ls", by_look, middle)
    # The constant is dealt so that each look's answer is centred on its own usual picture.
    offsets = (bias + np.einsum("lsd,ld->s", by_look, middle) / looks)[None] - rest
    top.read_as(
        torch.from_numpy(by_look.reshape(-1, by_look.shape[2]) * share).float(),
        torch.from_numpy(offsets.ravel() * share).float(),
    )


def _network(recipe: TunedRecipe, below: WeightsCard, tuned: Top) -> ResNet50FpnAttention:
    """The recipe's network with the lower trunk of other weights and the tuned layer3, evaluation mode."""
    network = build(
        recipe.classes, in_channels=recipe.input.channels, **{**recipe.options, "experts": float(tuned.sources)}
    )
    parts = {
        k: v for k, v in load_network(below).state_dict().items() if k.startswith(("conv1", "bn1", "layer1", "layer2"))
    }
    missing, unexpected = network.load_state_dict(parts, strict=False)
    assert not unexpected
    assert all(name.startswith(("layer3", "lateral", "smooth", "fc", "gate")) for name in missing)
    carry_into(network.layer3, tuned.stage)
    return network.eval()


def _gate(
    recipe: TunedRecipe, tuned: Top, lower: torch.nn.Module, plain: NDArray[np.uint8], pooled: torch.Tensor,
    source: NDArray[np.int64], share: Floats,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Rows and constants of the gate on raw pooled values: S x (looks D) and S."""
    views = [pooled]
    for number in range(recipe.gate.otherwise):
        rng = np.random.default_rng((recipe.tuning.seeds[0], number))
        flat = plain.reshape(-1, *plain.shape[2:])
        # Both looks of a picture are made otherwise alike: they are cut from one picture.
        made = [
            made_otherwise(look, np.random.default_rng(seed), replace(recipe.view, otherwise=1.0))
            for look, seed in zip(flat, np.repeat(rng.integers(2**32, size=len(plain)), plain.shape[1]), strict=True)
        ]
        views.append(pooled_looks(tuned, lower, np.stack(made).reshape(plain.shape), recipe.input))
    table = torch.cat(views).flatten(1).double().numpy()
    mean, deviation = table.mean(axis=0), np.sqrt(table.var(axis=0) + _FLOOR)
    settings = GateSettings(recipe.gate.strength, recipe.gate.slope, recipe.gate.shift)
    rows, offsets = fit_gate(
        (table - mean) / deviation, np.tile(source, len(views)), np.tile(share, len(views)) / len(views), settings
    )
    rows = rows / deviation
    return rows, offsets - rows @ mean


def _write_head(
    network: ResNet50FpnAttention, recipe: TunedRecipe, tuned: Top, pooled: torch.Tensor,
    gate_of: tuple[Floats, Floats], factors: Floats,
) -> None:  # fmt: skip
    """Readings and gate into the pyramid: levels below C4 are left out."""
    looks, own = pooled.shape[1], pooled.shape[2]
    before = own // CHANNELS * (256 + 512)
    weight, bias = (v.double().numpy() for v in tuned.rows())
    by_look = weight.reshape(looks, tuned.sources, -1) / looks
    gate, offsets = gate_of
    signs = np.array([0.5 if name == recipe.positive else -0.5 for name in recipe.classes])
    reading = np.concatenate(list(by_look.transpose(1, 0, 2).reshape(tuned.sources, 1, -1)))
    constant = bias.reshape(looks, tuned.sources).sum(axis=0) / looks
    rows = np.concatenate([*(signs[:, None] * (r * f) for r, f in zip(reading, factors, strict=True)), gate])
    constants = np.concatenate([(signs[None] * (constant * factors)[:, None]).ravel(), offsets])
    whole = np.zeros((len(rows), looks, before + own))
    whole[:, :, before:] = rows.reshape(len(rows), looks, own)
    usual = np.zeros((len(pooled), looks, before + own))
    usual[:, :, before:] = pooled.double().numpy()
    # Random rows of the levels that are not read are scaled by chance alone; they only fill the embedding.
    usual[:, :, :before] = np.random.default_rng(0).normal(size=(len(pooled), looks, before))
    some = np.random.default_rng(0).choice(len(pooled), min(192, len(pooled)), replace=False)
    seed_pyramid(
        network,
        torch.from_numpy(whole.reshape(len(rows), -1)).float(),
        torch.from_numpy(constants).float(),
        torch.from_numpy(usual.reshape(len(pooled), -1)[some]).float(),
        torch.Generator().manual_seed(0),
    )
