"""All steps of a recipe of the kind "tuned-films": regression on the untouched trunk, tuning, head, weight file.

Labels teach what speaks for each class, outlines where it has to lie: the evidence of each cell for the film's own
class is asked to say whether the cell is lesion. What is tuned, and how it becomes the network's, is a `Subject`
(`residual` for DA-COVID-Net, `dual` for DPN-92).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from covidviewer.errors import UsageError
from covidviewer.inference.manifest import WeightsCard
from covidviewer.training import metrics
from covidviewer.training.data import Example, find_sets
from covidviewer.training.finish import Fitted, finish, manifest_entry
from covidviewer.training.folder import policy, read_folder
from covidviewer.training.labels import class_of
from covidviewer.training.tuned import dual, residual
from covidviewer.training.tuned.fitting import lower_maps, on_lesions
from covidviewer.training.tuned.loop import tune
from covidviewer.training.tuned.pictures import (
    Grey,
    Outlined,
    joint_view,
    looks_of,
    read_outlined_films,
    shares,
    with_twins,
)
from covidviewer.training.tuned.recipe import FilmRecipe, of_run
from covidviewer.training.tuned.subject import FLOOR, Subject
from covidviewer.training.tuned.top import ClassTop

__all__ = ["film_shares", "train_tuned_films"]

Log = Callable[[str], None]
Floats = NDArray[np.float64]

#: How each network is tuned.
SUBJECTS: dict[str, Callable[[FilmRecipe], Subject]] = {
    "da_covid_net": residual.subject,
    "dpn92_gc": dual.subject,
    "dpn92_se": dual.subject,
}


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
    if recipe.network not in SUBJECTS:
        raise UsageError(f"A recipe of this kind tunes one of {', '.join(sorted(SUBJECTS))}, not {recipe.network}.")
    if recipe.input.looks != 1:
        raise UsageError("A recipe of this kind reads one look at a film.")
    subject = SUBJECTS[recipe.network](recipe)
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

    def look_at(state: ClassTop) -> dict[str, Any]:
        return _judge(state, subject, judged, recipe)

    def steps_of(number: int) -> Callable[[ClassTop, np.random.Generator], tuple[Tensor, Tensor]]:
        view, tuning = of_run(recipe.view, recipe.tuning, number)
        seen = replace(recipe, view=view, tuning=tuning)
        return lambda state, rng: _losses(state, subject, made, rng, seen)

    tuned = tune(
        subject.top,
        lambda state: _start(state, subject.lower, made, plain, recipe),
        steps_of,
        look_at,
        recipe.tuning,
        out,
        recipe.digest,
        resume,
        log,
    )
    usual = _pooled(tuned, subject.lower, plain, recipe).double().numpy()
    network = subject.write(tuned, usual)
    card = WeightsCard(
        id=recipe.id, network=recipe.network, file=f"{recipe.id}.safetensors", sha256="0" * 64, classes=classes,
        positive=recipe.positive, input=spec, options={k: int(v) for k, v in recipe.options.items()},
        modality=recipe.manifest["modality"], licence=recipe.manifest["licence"], version=recipe.manifest["version"],
        data_origin=recipe.manifest["data_origin"], card=recipe.manifest["card"],
    )  # fmt: skip
    done, fitted = finish(card, network, held, out / card.file, recipe.storage, train, subject.halves)
    (out / "manifest.toml").write_text("schema = 1\n\n" + manifest_entry(done), encoding="utf-8")
    log(json.dumps({"fitted": fitted.__dict__, "sha256": done.sha256}))
    return done, fitted


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
    """Means of every film's map, N x channels."""
    parts = [looks[start : start + 32] for start in range(0, len(looks), 32)]
    views = (part[..., ::-1] if mirror else part for part in parts)
    return torch.cat([top.pooled(top.maps(lower_maps(lower, view, recipe.input))) for view in views])


def _start(top: ClassTop, lower: torch.nn.Module, made: Material, plain: Grey, recipe: FilmRecipe) -> None:
    """Standardisation, and a regression on the untouched trunk as the first reading."""
    from sklearn.linear_model import LogisticRegression

    views = [_pooled(top, lower, plain, recipe, mirror) for mirror in (False, True)]
    table = torch.cat(views)
    top.mean.copy_(table.mean(dim=0))
    top.deviation.copy_(torch.sqrt(table.var(dim=0) + FLOOR))
    rows = ((table - top.mean) / top.deviation).double().numpy()
    model = LogisticRegression(C=recipe.tuning.strength, max_iter=300)
    model.fit(rows, np.tile(made.labels, 2), sample_weight=np.tile(made.chance, 2) / 2)
    weight = torch.from_numpy(model.coef_).float() / top.deviation
    share = recipe.tuning.start
    top.read_as(weight * share, (torch.from_numpy(model.intercept_).float() - weight @ top.mean) * share)


def _losses(
    top: ClassTop, subject: Subject, made: Material, rng: np.random.Generator, recipe: FilmRecipe
) -> tuple[Tensor, Tensor]:
    """Losses of one step: of labels, and of outlines."""
    settings, size = recipe.tuning, recipe.input.size[0]
    drawn = rng.choice(len(made.looks), settings.batch, replace=False, p=made.chance / made.chance.sum())
    count = min(settings.outlined, len(made.outlined.looks))
    some = rng.choice(len(made.outlined.looks), count, replace=False)
    plain = replace(recipe.view, otherwise=0.0) if settings.twins else recipe.view
    views = [joint_view([made.looks[i]], size, rng, plain)[0] for i in drawn]
    pairs = [joint_view([made.outlined.looks[i, 0], made.outlined.masks[i, 0]], size, rng, recipe.view) for i in some]
    views, of = with_twins(views, settings.twins, rng.spawn(1)[0], recipe.view)
    c4 = top.maps(lower_maps(subject.lower, np.stack([*views, *(picture for picture, _ in pairs)]), recipe.input))
    pooled = top.pooled(c4[: len(of)])
    by_label = functional.cross_entropy(
        top.answers(pooled), torch.from_numpy(made.labels[drawn][of]), label_smoothing=settings.smoothing
    )
    if settings.twins:
        moved = top.apart(pooled[len(drawn) :], pooled[of[len(drawn) :]])
        # Only differences of answers mean something.
        by_label = by_label + settings.twin_weight * (moved - moved.mean(dim=1, keepdim=True)).square().mean()
    share = torch.from_numpy(shares(np.stack([mask for _, mask in pairs]), subject.cell))
    weight = 1 + (settings.inside - 1) * (share > 0.25).float()
    told = top.lesion_logits(c4[len(of) :], torch.from_numpy(made.outlined_labels[some]))
    return by_label, functional.binary_cross_entropy_with_logits(told, share, weight)


@torch.no_grad()
def _judge(top: ClassTop, subject: Subject, held: Held, recipe: FilmRecipe) -> dict[str, Any]:
    """Balanced accuracy of all and of adults, log loss, the positive class inside each source, maps on lesions."""
    top.train(False)
    answers = top.answers(_pooled(top, subject.lower, held.looks, recipe)).double().numpy()
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
    c4 = top.maps(lower_maps(subject.lower, held.outlined.looks[:, 0], recipe.input))
    evidence = top.evidence(c4, torch.from_numpy(held.outlined_labels)).numpy()
    return {
        "balanced": _balanced(called, held.labels),
        "adults": _balanced(called[grown], held.labels[grown]),
        "log_loss": round(float(metrics.nll(probabilities, held.labels)), 4),
        "inside": inside,
        "lesion": on_lesions(evidence, shares(held.outlined.masks[:, 0], subject.cell)),
    }


def _balanced(called: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    """Mean recall of the classes that there are."""
    return round(float(np.mean([(called[labels == k] == k).mean() for k in np.unique(labels)])), 4)
