"""All steps of a recipe, one after the other; a finished step is not repeated when a run is resumed.

1. lower trunk from ImageNet, layer3 grafted from the teacher and trained to imitate it   ``imitated.pt``
2. layer4 trained to predict the frozen teacher's statistics                              ``layer4.pt``
3. regression on the trunk's own pooled maps, its penalty chosen out of fold: the first head; with ``linear.experts``
   one a set behind a gate, and steps 4 and 5 consist of seeding the pyramid
4. trunk and head on labels and cross-fitted soft labels (left out when ``trunk.steps`` is 0)   ``trunk/best.pt``
5. pyramid seeded with the same function; the whole network (left out when ``whole.steps`` is 0) ``whole/best.pt``
6. half precision, temperature, operating point, scale of the maps                        weight file, manifest
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from covidviewer.inference.manifest import WeightsCard
from covidviewer.inference.networks.resnet50_fpn_attention import ResNet50FpnAttention, build
from covidviewer.training.augment import augment
from covidviewer.training.data import Example, read_sets
from covidviewer.training.distil import c4_maps, distil_layer4
from covidviewer.training.experts import Experts, GateSettings, fit_head
from covidviewer.training.finish import Fitted, finish, manifest_entry
from covidviewer.training.linear import (
    choose_strength,
    cross_fitted,
    deal_folds,
    fit_logistic,
    frozen_features,
    source_share,
)
from covidviewer.training.loop import fit
from covidviewer.training.pyramid import LEVEL_CHANNELS, PooledTrunk, seed_pyramid
from covidviewer.training.recipe import Recipe
from covidviewer.training.teachers import load_teacher
from covidviewer.training.warmstart import graft_layer3, imitate, load_lower_trunk, training_views

__all__ = ["Workshop", "experts_network", "train"]

Log = Callable[[str], None]
Floats = NDArray[np.float64]


@dataclass
class Workshop:
    """What the steps share."""

    recipe: Recipe
    train: list[Example]
    validation: list[Example]
    unlabelled: list[Example]
    pretrained: Path
    out: Path
    log: Log
    minutes: float


def train(
    recipe: Recipe,
    data: Path,
    pretrained: Path,
    out: Path,
    resume: bool = False,
    minutes: float = float("inf"),
    log: Log = print,
) -> tuple[WeightsCard, Fitted]:
    """Run a recipe. The test split is not read.

    Parameters
    ----------
    recipe
        What to do.
    data
        Folder of the picture sets.
    pretrained
        Folder of the ImageNet files.
    out
        Receives checkpoints, the weight file and ``manifest.toml``.
    resume
        Use what an earlier run left in ``out``.
    minutes
        Limit of each of the two fitting steps.
    """
    out.mkdir(parents=True, exist_ok=True)
    shop = Workshop(
        recipe,
        read_sets(data, recipe.sets, ("train",), recipe.classes, recipe.collections),
        read_sets(data, recipe.sets, ("val",), recipe.classes),
        read_sets(data, recipe.imitation_sets, ("train",), recipe.classes),
        pretrained,
        out,
        log,
        minutes,
    )
    log(f"{len(shop.train)} pictures to train on, {len(shop.validation)} to validate")
    deal_folds(shop.train, recipe.linear.folds, recipe.linear.seed)  # refuse tables that cannot be dealt now, not late
    groups = Counter((e.set_name, e.label) for e in {e.fold_group: e for e in shop.train}.values())
    log(json.dumps({"fold_groups": {" ".join(pair): count for pair, count in sorted(groups.items())}}))
    network = _warm_start(shop, resume)
    teacher_views = _teacher_views(shop, resume)
    _deepest(shop, network, teacher_views, resume)
    if recipe.linear.experts:
        network = _with_experts(shop, network)
        return _finished(shop, network)
    soft = _soft_labels(shop, teacher_views)
    model = _first_head(shop, network)
    if recipe.trunk.steps:
        best = fit(
            model, recipe.classes, recipe.positive, shop.train, shop.validation, recipe.trunk, out / "trunk", soft,
            resume, log, minutes,
        )  # fmt: skip
        model.load_state_dict(torch.load(best, weights_only=True))
    network = seeded(model, shop.train, recipe.trunk.size)
    if recipe.whole.steps:
        best = fit(
            network, recipe.classes, recipe.positive, shop.train, shop.validation, recipe.whole, out / "whole", soft,
            resume, log, minutes,
        )  # fmt: skip
        network.load_state_dict(torch.load(best, weights_only=True))
    return _finished(shop, network)


def _finished(shop: Workshop, network: ResNet50FpnAttention) -> tuple[WeightsCard, Fitted]:
    recipe, out = shop.recipe, shop.out
    path = out / f"{recipe.id}.safetensors"
    card, fitted = finish(first_card(recipe), network, shop.validation, path, recipe.storage, shop.train)
    (out / "manifest.toml").write_text("schema = 1\n\n" + manifest_entry(card), encoding="utf-8")
    shop.log(json.dumps({"fitted": fitted.__dict__, "sha256": card.sha256}))
    return card, fitted


def _warm_start(shop: Workshop, resume: bool) -> ResNet50FpnAttention:
    torch.manual_seed(shop.recipe.imitate.seed)
    network = build(shop.recipe.classes)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    path = shop.out / "imitated.pt"
    if resume and path.is_file():
        network.load_state_dict(torch.load(path, weights_only=True))
        return network
    load_lower_trunk(network, shop.pretrained)
    teacher = load_teacher(shop.pretrained)
    settings = shop.recipe.imitate
    fits = graft_layer3(network, teacher, training_views(shop.unlabelled, settings))
    shop.log(json.dumps({"graft_r2": [round(v, 3) for v in fits]}))
    imitate(network, teacher, shop.unlabelled, settings, path, shop.log)
    return network


def _teacher_views(shop: Workshop, resume: bool) -> list[Floats]:
    """The frozen teacher's statistics of the training pictures and of their mirror images."""
    path = shop.out / "teacher.npz"
    if resume and path.is_file():
        with np.load(path) as stored:
            return [stored["plain"], stored["mirrored"]]
    teacher, size = load_teacher(shop.pretrained), shop.recipe.linear.teacher_size
    views = [frozen_features(teacher.statistics, shop.train, size, flip) for flip in (False, True)]
    np.savez(path, plain=views[0], mirrored=views[1])
    return views


def _deepest(shop: Workshop, network: ResNet50FpnAttention, views: Sequence[Floats], resume: bool) -> None:
    assert network.layer4 is not None
    path = shop.out / "layer4.pt"
    if resume and path.is_file():
        network.layer4.load_state_dict(torch.load(path, weights_only=True))
        return
    maps = [c4_maps(network, shop.train, shop.recipe.distil.size, flip) for flip in (False, True)]
    distil_layer4(network, maps, views, shop.train, shop.recipe.distil, path, shop.log)


def _soft_labels(shop: Workshop, views: Sequence[Floats]) -> Floats | None:
    """Soft labels, in the order of the classes; none where no phase asks for them."""
    settings = shop.recipe.linear
    if not any(phase.steps and phase.soft_share for phase in (shop.recipe.trunk, shop.recipe.whole)):
        return None
    positive = cross_fitted(
        views, shop.train, shop.recipe.positive, settings.teacher_strength, settings.folds, settings.seed
    )
    columns = [positive if name == shop.recipe.positive else 1 - positive for name in shop.recipe.classes]
    return np.stack(columns, axis=1)


def _pooled_views(shop: Workshop, model: PooledTrunk) -> list[Floats]:
    """Means of C2 to C5 of each training picture, its mirror image and random views."""
    settings = shop.recipe.linear
    size, changes = shop.recipe.trunk.size, shop.recipe.trunk.augment
    rng = np.random.default_rng(settings.seed + 11)
    views = [frozen_features(model.pooled, shop.train, size, flip) for flip in (False, True)]
    views += [
        frozen_features(model.pooled, shop.train, size, view=lambda picture: augment(picture, size, rng, changes))
        for _ in range(settings.random_views)
    ]
    return views


def _with_experts(shop: Workshop, network: ResNet50FpnAttention) -> ResNet50FpnAttention:
    """The trunk below a new pyramid with an expert a set and a gate, all found by regression."""
    settings, recipe = shop.recipe.linear, shop.recipe
    views = _pooled_views(shop, PooledTrunk(network).eval())
    experts, found = fit_head(
        views,
        shop.train,
        recipe.positive,
        settings.head_strengths,
        np.repeat(settings.level_scale, LEVEL_CHANNELS),
        GateSettings(settings.gate_strength, settings.gate_slope, settings.gate_shift),
        settings.folds,
        settings.seed,
        settings.deals,
    )
    shop.log(json.dumps(found))
    return experts_network(network, experts, recipe.classes, recipe.positive, views[0])


def experts_network(
    network: ResNet50FpnAttention, experts: Experts, classes: Sequence[str], positive: str, means: Floats
) -> ResNet50FpnAttention:
    """A network with a trained trunk and the experts written into its pyramid.

    Parameters
    ----------
    network
        Its trunk is taken.
    experts
        Readings of the raw pooled values.
    classes, positive
        Order of the logits; the positive one gets half of a logit, all others minus half.
    means
        Pooled values of training pictures, N x 3840.
    """
    made = build(classes, experts=len(experts.sources))
    trunk = {k: v for k, v in network.state_dict().items() if k.startswith(("conv1", "bn1", "layer"))}
    missing, unexpected = made.load_state_dict(trunk, strict=False)
    assert not unexpected
    assert all(name.startswith(("lateral", "smooth", "fc", "gate")) for name in missing)
    signs = np.array([0.5 if name == positive else -0.5 for name in classes])
    rows = np.concatenate([*(signs[:, None] * row for row in experts.weight), experts.gate_weight])
    bias = np.concatenate([(experts.intercept[:, None] * signs).ravel(), experts.gate_intercept])
    some = np.random.default_rng(0).choice(len(means), min(192, len(means)), replace=False)
    seed_pyramid(
        made.eval(),
        torch.from_numpy(rows).float(),
        torch.from_numpy(bias).float(),
        torch.from_numpy(means[some]).float(),
        torch.Generator().manual_seed(0),
    )
    return made


def _first_head(shop: Workshop, network: ResNet50FpnAttention) -> PooledTrunk:
    """A two-class head: regression on C2 to C5 of each training picture, its mirror image and random views."""
    settings = shop.recipe.linear
    model = PooledTrunk(network).eval()
    views = _pooled_views(shop, model)
    positive = np.array([e.label == shop.recipe.positive for e in shop.train])
    scale = np.repeat(settings.level_scale, LEVEL_CHANNELS)
    strength, figures = choose_strength(
        views,
        shop.train,
        shop.recipe.positive,
        settings.head_strengths,
        settings.folds,
        settings.seed,
        settings.deals,
        scale,
    )
    shop.log(json.dumps({"head_strength": strength, "out_of_fold_auc": figures}))
    weight, intercept, mean, variance = fit_logistic(
        np.concatenate(views),
        np.tile(positive, len(views)),
        np.tile(source_share(shop.train), len(views)) / len(views),
        strength,
        scale,
    )
    index = shop.recipe.classes.index(shop.recipe.positive)
    signs = torch.tensor([1.0 if k == index else -1.0 for k in range(len(shop.recipe.classes))])
    half = settings.head_factor / 2
    model.start_from(
        signs[:, None] * torch.from_numpy(weight).float() * half,
        signs * intercept * half,
        torch.from_numpy(mean).float(),
        torch.from_numpy(variance).float(),
    )
    return model


@torch.no_grad()
def seeded(model: PooledTrunk, examples: Sequence[Example], size: int, count: int = 192) -> ResNet50FpnAttention:
    """The network of a trained trunk, with the same function in its pyramid."""
    network = model.eval().network
    chosen = np.random.default_rng(0).choice(len(examples), min(count, len(examples)), replace=False)
    means = frozen_features(model.pooled, [examples[i] for i in chosen], size)
    weight, bias = model.plain_weights()
    seed_pyramid(network, weight, bias, torch.from_numpy(means).float(), torch.Generator().manual_seed(0))
    return network


def first_card(recipe: Recipe) -> WeightsCard:
    """Manifest entry before training: what the recipe knows."""
    text = recipe.manifest
    return WeightsCard(
        id=recipe.id,
        network=recipe.network,
        file=f"{recipe.id}.safetensors",
        sha256="",
        modality=text.get("modality", "CT"),
        classes=recipe.classes,
        positive=recipe.positive,
        input=recipe.input,
        licence=text.get("licence", ""),
        data_origin=text.get("data_origin", ""),
        card=text.get("card", ""),
        version=text.get("version", "1"),
        default=True,
        options={"experts": float(len(recipe.sets))} if recipe.linear.experts else {},
    )
