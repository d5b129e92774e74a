"""All steps of a recipe of the kind "tuned-films": regression on the untouched trunk, tuning, head, weight file.

Labels teach what speaks for each class, outlines where it has to lie: the evidence of each cell for the film's own
class is asked to say whether the cell is lesion. The tuned layer3 and its reading are written into DA-COVID-Net
exactly (`covidviewer.training.attention_head`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from covidviewer.errors import UsageError
from covidviewer.inference import registry
from covidviewer.inference.loading import load_network
from covidviewer.inference.manifest import WeightsCard
from covidviewer.inference.networks.da_covid_net import DaCovidNet, build
from covidviewer.inference.networks.resnet50_fpn_attention import ResNet50FpnAttention
from covidviewer.training import metrics
from covidviewer.training.attention_head import carry_layer3, write_evidence
from covidviewer.training.data import Example, find_sets
from covidviewer.training.finish import Fitted, finish, manifest_entry
from covidviewer.training.folder import policy, read_folder
from covidviewer.training.labels import class_of
from covidviewer.training.tuned.fitting import CELL, lower_maps, on_lesions
from covidviewer.training.tuned.loop import tune
from covidviewer.training.tuned.pictures import Grey, Outlined, joint_view, looks_of, read_outlined_films, shares
from covidviewer.training.tuned.recipe import FilmRecipe
from covidviewer.training.tuned.top import ClassTop, carry_into, folded, lower_trunk

__all__ = ["film_shares", "train_tuned_films"]

Log = Callable[[str], None]
Floats = NDArray[np.float64]

#: Variance that every pooled value is given at least: channels that hardly ever answer are not to be blown up.
_FLOOR = 1e-4


@dataclass(frozen=True)
class Material:
    """What is learnt from. ``looks`` : N x side x side; ``labels``, ``chance`` : of each, the chance to be drawn."""

    looks: Grey
    labels: NDArray[np.int64]
    chance: Floats
    outlined: Outlined
    outlined_labels: NDArray[np.int64]


@dataclass(frozen=True)
class Held:
    """Validation, at the network's own size."""

    examples: Sequence[Example]
    looks: Grey
    labels: NDArray[np.int64]
    outlined: Outlined
    outlined_labels: NDArray[np.int64]


def film_shares(examples: Sequence[Example], adults: float) -> Floats:
    """Weight of each film: classes alike, sources of a class by the root of their number, adults more; mean 1."""
    pairs = [(e.label, e.source) for e in examples]
    count = Counter(pairs)
    age = float(policy()["figures"]["adult_age"])
    grown = np.array([e.age is not None and e.age >= age for e in examples])
    weight = np.array([count[pair] ** -0.5 for pair in pairs]) * np.where(grown, adults, 1.0)
    labels = np.array([e.label for e in examples])
    for name in np.unique(labels):
        weight[labels == name] /= weight[labels == name].sum()
    return np.asarray(weight / weight.mean())


def train_tuned_films(
    recipe: FilmRecipe, data: Path, out: Path, resume: bool = False, log: Log = print
) -> tuple[WeightsCard, Fitted]:
    """Run a recipe; the test split is not read.

    Parameters
    ----------
    data
        Folder of the picture sets, that with outlines among them.
    out
        Receives the checkpoints, the weight file and ``manifest.toml``.
    resume
        Go on with the checkpoints that an earlier run left in ``out``.

    Raises
    ------
    UsageError
        Options of the recipe that do not go together, or a trunk that cannot be carried over.
    DataError
        Folders that do not hold what is needed.
    """
    trunk = _checked(recipe)
    out.mkdir(parents=True, exist_ok=True)
    classes, spec = recipe.classes, recipe.input
    side = recipe.view.resize or spec.size[0]
    wanted = ("train", "val")
    examples, folder = read_folder(data, classes, wanted, (recipe.set,), spec, needed=wanted)
    for line in folder.said:
        log(line)
    train, held = ([e for e in examples if e.split == name] for name in wanted)
    log(f"{len(train)} films to train on, {len(held)} to validate")
    outlines = find_sets(data, (recipe.outlines,))[recipe.outlines]
    learnt = _outlined(outlines, "train", recipe, side)
    made = Material(
        looks_of(train, spec, side)[:, 0], _numbers(train, classes), film_shares(train, recipe.adults), *learnt
    )
    plain = looks_of(train, spec, spec.size[0])[:, 0]
    checked = _outlined(outlines, "val", recipe, spec.size[0])
    judged = Held(held, looks_of(held, spec, spec.size[0])[:, 0], _numbers(held, classes), *checked)

    lower = lower_trunk(trunk)
    top = ClassTop(folded(trunk.layer3), len(classes), recipe.tuning.dropout)
    top = top.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def look_at(state: ClassTop) -> dict[str, Any]:
        return _judge(state, lower, judged, recipe)

    def step(state: ClassTop, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        return _losses(state, lower, made, rng, recipe)

    tuned = tune(
        top,
        lambda state: _start(state, lower, made, plain, recipe),
        step,
        look_at,
        recipe.tuning,
        out,
        recipe.digest,
        resume,
        log,
    )
    network = _network(recipe, tuned, lower, plain)
    card = WeightsCard(
        id=recipe.id, network=recipe.network, file=f"{recipe.id}.safetensors", sha256="0" * 64, classes=classes,
        positive=recipe.positive, input=spec, options={k: int(v) for k, v in recipe.options.items()},
        modality=recipe.manifest["modality"], licence=recipe.manifest["licence"], version=recipe.manifest["version"],
        data_origin=recipe.manifest["data_origin"], card=recipe.manifest["card"],
    )  # fmt: skip
    done, fitted = finish(card, network, held, out / card.file, recipe.storage, train)
    (out / "manifest.toml").write_text("schema = 1\n\n" + manifest_entry(done), encoding="utf-8")
    log(json.dumps({"fitted": fitted.__dict__, "sha256": done.sha256}))
    return done, fitted


def _checked(recipe: FilmRecipe) -> ResNet50FpnAttention:
    """The trunk that is tuned, without the attentions, which DA-COVID-Net's has not."""
    if int(recipe.options.get("output_stride", 8)) != CELL or recipe.input.looks != 1:
        raise UsageError(f"A recipe of this kind reads one look at output_stride = {CELL}.")
    network = load_network(registry.choose(recipe.trunk))
    if not isinstance(network, ResNet50FpnAttention):
        raise UsageError(f"The trunk {recipe.trunk} is no ResNet-50's; this recipe tunes one.")
    x = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    before = _c4(network, x)
    for stage in (network.layer2, network.layer3):
        for block in stage:
            cast(Any, block).attention = None
    if not torch.equal(before, _c4(network, x)):
        raise UsageError(f"The attention in {recipe.trunk} is trained; {recipe.network} has none in its trunk.")
    return network


@torch.no_grad()
def _c4(network: ResNet50FpnAttention, x: Tensor) -> Tensor:
    stem = functional.max_pool2d(functional.relu(network.bn1(network.conv1(x))), 3, 2, 1)
    result: Tensor = network.layer3(network.layer2(network.layer1(stem)))
    return result


def _numbers(examples: Sequence[Example], classes: Sequence[str]) -> NDArray[np.int64]:
    return np.array([classes.index(e.label) for e in examples], dtype=np.int64)


def _outlined(folder: Path, split: str, recipe: FilmRecipe, side: int) -> tuple[Outlined, NDArray[np.int64]]:
    """Outlined films whose label is a class, and its number."""
    found = read_outlined_films(folder, (split,), recipe.input, side)
    named = [class_of(label, recipe.classes) for label in found.labels]
    kept = [i for i, name in enumerate(named) if name is not None]
    labels = np.array([recipe.classes.index(str(named[i])) for i in kept], dtype=np.int64)
    return Outlined(found.looks[kept], found.masks[kept], tuple(found.labels[i] for i in kept)), labels


@torch.no_grad()
def _pooled(top: ClassTop, lower: torch.nn.Module, looks: Grey, recipe: FilmRecipe, mirror: bool = False) -> Tensor:
    """Means of every film's map, N x 1024."""
    parts = [looks[start : start + 32] for start in range(0, len(looks), 32)]
    views = (part[..., ::-1] if mirror else part for part in parts)
    return torch.cat([top.pooled(top.maps(lower_maps(lower, view, recipe.input))) for view in views])


def _start(top: ClassTop, lower: torch.nn.Module, made: Material, plain: Grey, recipe: FilmRecipe) -> None:
    """Standardisation, and a regression on the untouched trunk as the first reading."""
    from sklearn.linear_model import LogisticRegression

    views = [_pooled(top, lower, plain, recipe, mirror) for mirror in (False, True)]
    table = torch.cat(views)
    top.mean.copy_(table.mean(dim=0))
    top.deviation.copy_(torch.sqrt(table.var(dim=0) + _FLOOR))
    rows = ((table - top.mean) / top.deviation).double().numpy()
    model = LogisticRegression(C=recipe.tuning.strength, max_iter=300)
    model.fit(rows, np.tile(made.labels, 2), sample_weight=np.tile(made.chance, 2) / 2)
    weight = torch.from_numpy(model.coef_).float() / top.deviation
    share = recipe.tuning.start
    top.read_as(weight * share, (torch.from_numpy(model.intercept_).float() - weight @ top.mean) * share)


def _losses(
    top: ClassTop, lower: torch.nn.Module, made: Material, rng: np.random.Generator, recipe: FilmRecipe
) -> tuple[Tensor, Tensor]:
    """Losses of one step: of labels, and of outlines."""
    settings, size = recipe.tuning, recipe.input.size[0]
    drawn = rng.choice(len(made.looks), settings.batch, replace=False, p=made.chance / made.chance.sum())
    count = min(settings.outlined, len(made.outlined.looks))
    some = rng.choice(len(made.outlined.looks), count, replace=False)
    views = [joint_view([made.looks[i]], size, rng, recipe.view)[0] for i in drawn]
    pairs = [joint_view([made.outlined.looks[i, 0], made.outlined.masks[i, 0]], size, rng, recipe.view) for i in some]
    c4 = top.maps(lower_maps(lower, np.stack([*views, *(picture for picture, _ in pairs)]), recipe.input))
    by_label = functional.cross_entropy(
        top.answers(top.pooled(c4[: len(drawn)])),
        torch.from_numpy(made.labels[drawn]),
        label_smoothing=settings.smoothing,
    )
    share = torch.from_numpy(shares(np.stack([mask for _, mask in pairs]), CELL))
    weight = 1 + (settings.inside - 1) * (share > 0.25).float()
    told = top.lesion_logits(c4[len(drawn) :], torch.from_numpy(made.outlined_labels[some]))
    return by_label, functional.binary_cross_entropy_with_logits(told, share, weight)


@torch.no_grad()
def _judge(top: ClassTop, lower: torch.nn.Module, held: Held, recipe: FilmRecipe) -> dict[str, Any]:
    """Balanced accuracy of all and of adults, log loss, the positive class inside each source, maps on lesions."""
    top.train(False)
    answers = top.answers(_pooled(top, lower, held.looks, recipe)).double().numpy()
    probabilities = metrics.softmax(answers)
    called, index = probabilities.argmax(axis=1), recipe.classes.index(recipe.positive)
    age = float(policy()["figures"]["adult_age"])
    grown = np.array([e.age is not None and e.age >= age for e in held.examples])
    inside = {}
    for name in sorted({e.source for e in held.examples}):
        own = np.array([e.source == name for e in held.examples])
        truth = held.labels[own] == index
        if truth.any() and not truth.all():
            inside[name] = round(float(metrics.auc(probabilities[own, index], truth)), 4)
    c4 = top.maps(lower_maps(lower, held.outlined.looks[:, 0], recipe.input))
    evidence = top.evidence(c4, torch.from_numpy(held.outlined_labels)).numpy()
    return {
        "balanced": _balanced(called, held.labels),
        "adults": _balanced(called[grown], held.labels[grown]),
        "log_loss": round(float(metrics.nll(probabilities, held.labels)), 4),
        "inside": inside,
        "lesion": on_lesions(evidence, shares(held.outlined.masks[:, 0], CELL)),
    }


def _balanced(called: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    """Mean recall of the classes that there are."""
    return round(float(np.mean([(called[labels == k] == k).mean() for k in np.unique(labels)])), 4)


def _network(recipe: FilmRecipe, tuned: ClassTop, lower: torch.nn.Module, plain: Grey) -> DaCovidNet:
    """The recipe's network with the trunk's lower stages, the tuned layer3 and its reading; evaluation mode."""
    torch.manual_seed(0)
    network = build(recipe.classes, in_channels=recipe.input.channels, **recipe.options).eval()
    below = load_network(registry.choose(recipe.trunk)).state_dict()
    parts = {k: v for k, v in below.items() if k.startswith(("conv1", "bn1", "layer1", "layer2"))}
    parts = {k: v for k, v in parts.items() if ".attention." not in k}  # the identity, see `_checked`
    unexpected = network.load_state_dict(parts, strict=False).unexpected_keys
    assert not unexpected
    carry_into(network.layer3, tuned.layer3)
    pooled = _pooled(tuned, lower, plain, recipe).double().numpy()
    mean, deviation = pooled.mean(axis=0), np.sqrt(pooled.var(axis=0) + _FLOOR)
    carry_layer3(network, mean, deviation, unit=True)
    weight, bias = (values.double().numpy() for values in tuned.rows())
    weight, bias = weight - weight.mean(axis=0), bias - bias.mean()
    read, centre = np.zeros((2 * len(mean), len(weight))), np.zeros(2 * len(mean))
    read[: len(mean)], centre[: len(mean)] = (weight * deviation).T, mean / deviation
    write_evidence(network, read, bias, centre)
    _spare_rows(network)
    return network


@torch.no_grad()
def _spare_rows(network: DaCovidNet) -> None:
    """Rows that carry no evidence become part of the embedding alone: random mixtures of C5 at each place.

    The distance from the training pictures (`covidviewer.inference.familiarity`) reads the embedding: with the evidence
    alone it could not tell a film from a photograph. Their middle taps are enough, and leave 8-bit rounding a ninth of
    the columns. The other path adds nothing.
    """
    rows = 2 * len(network.class_names)
    first, other = network.position_in[0], network.channel_in[0]
    assert isinstance(first, torch.nn.Conv2d)
    assert isinstance(other, torch.nn.Conv2d)
    middle = first.weight[rows:, :, 1, 1].clone() * 3.0
    first.weight[rows:] = 0
    first.weight[rows:, :, 1, 1] = middle
    other.weight.zero_()
