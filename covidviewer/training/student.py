"""A small network learns from labels and from a large frozen one: the recipes of the thesis's seven networks.

Some hundred pictures are too few for a network that starts from chance. So beside the labels it gets the teacher's
soft labels (regressions on frozen ResNet-50 v2 features, cross-fitted by paper) and, without labels, the teacher's own
statistics of the picture: the leading principal components, predicted by a linear layer from the embedding. That layer
is thrown away. Sizes grow from stage to stage, the budget is processor time.
"""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from covidviewer.errors import UsageError
from covidviewer.inference import registry
from covidviewer.inference.manifest import InputSpec, WeightsCard
from covidviewer.training.augment import AugmentSettings, augment, mixup_pairs, plain
from covidviewer.training.data import Example, SourceBalancedSampler, read_sets
from covidviewer.training.finish import Fitted, finish, manifest_entry
from covidviewer.training.linear import cross_fitted, frozen_features
from covidviewer.training.loop import normalise
from covidviewer.training.metrics import auc
from covidviewer.training.precision import quick_half
from covidviewer.training.recipe_file import read_recipe_file
from covidviewer.training.teachers import load_teacher

__all__ = ["StudentRecipe", "StudentSettings", "principal_targets", "read_student", "train_student"]

Floats = NDArray[np.float64]
Log = Callable[[str], None]


@dataclass(frozen=True)
class StudentSettings:
    """How it learns.

    ``sizes`` are the sides of the pictures, one a stage; ``shares`` the stages' shares of ``minutes``, which count
    processor time of one thread. ``soft_share`` is the teacher's part of a label, ``statistics`` the weight of the
    loss on its ``components`` principal components; both fall to a third in the last stage. ``offset_rate`` is the
    learning rate of deformable offsets by that of the rest. Validation is looked at every ``check_minutes``.
    """

    minutes: float = 5.0
    sizes: tuple[int, ...] = (128, 192)
    shares: tuple[float, ...] = (0.7, 0.3)
    batch: int = 24
    rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up: int = 20
    offset_rate: float = 0.1
    soft_share: float = 0.5
    statistics: float = 1.0
    components: int = 64
    mixup_alpha: float = 0.4
    mixup_probability: float = 0.5
    label_smoothing: float = 0.05
    average: float = 0.98
    check_minutes: float = 0.75
    teacher_size: int = 288
    seed: int = 1

    def __post_init__(self) -> None:
        if len(self.sizes) != len(self.shares) or not self.sizes or abs(sum(self.shares) - 1) > 1e-6:
            raise UsageError("The recipe's sizes and shares are as many, and the shares sum to 1.")


@dataclass(frozen=True)
class StudentRecipe:
    """One network's training; fields as in `covidviewer.training.recipe.Recipe`."""

    id: str
    network: str
    sets: tuple[str, ...]
    collections: tuple[str, ...]
    classes: tuple[str, ...]
    positive: str
    kind: str = "student"
    options: dict[str, float] = field(default_factory=dict)
    storage: str = "float16"
    student: StudentSettings = field(default_factory=StudentSettings)
    augment: AugmentSettings = field(default_factory=AugmentSettings)
    input: InputSpec = field(default_factory=InputSpec)
    manifest: dict[str, str] = field(default_factory=dict)


def read_student(path: Path) -> StudentRecipe:
    """Read and check a recipe.

    Raises
    ------
    UsageError
        The file is missing or no TOML, or a key is missing or unknown.
    """
    return read_recipe_file(
        path, StudentRecipe, {"student": StudentSettings, "augment": AugmentSettings, "input": InputSpec}
    )


def principal_targets(views: Sequence[Floats], components: int) -> list[NDArray[np.float32]]:
    """Leading principal components of the teacher's standardised statistics, each of unit variance.

    Parameters
    ----------
    views
        Statistics of the same pictures under several views, N x D each; mean and directions are the first one's.
    components
        How many.
    """
    mean, spread = views[0].mean(axis=0), views[0].std(axis=0) + 1e-3
    scaled = [np.clip((view - mean) / spread, -5, 5) for view in views]
    _, strength, directions = np.linalg.svd(scaled[0], full_matrices=False)
    count = min(components, len(strength) - 1)
    factor = np.sqrt(len(views[0])) / strength[:count]
    return [(view @ directions[:count].T * factor).astype(np.float32) for view in scaled]


def _statistics(recipe: StudentRecipe, train: Sequence[Example], pretrained: Path, out: Path) -> list[Floats]:
    """The frozen teacher's statistics of the training pictures and of their mirror images, kept in ``out``."""
    path = out / "teacher.npz"
    if path.is_file():
        with np.load(path) as stored:
            if len(stored["plain"]) == len(train):
                return [stored["plain"].astype(np.float64), stored["mirrored"].astype(np.float64)]
    teacher = load_teacher(pretrained)
    size = recipe.student.teacher_size
    views = [frozen_features(teacher.statistics, train, size, flip) for flip in (False, True)]
    np.savez(path, plain=views[0].astype(np.float32), mirrored=views[1].astype(np.float32))
    return views


class _Average:
    """Exponential moving average of weights and running statistics."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network, self.decay, self.steps = copy.deepcopy(network), decay, 0

    @torch.no_grad()
    def follow(self, network: nn.Module) -> None:
        self.steps += 1
        decay = min(self.decay, self.steps / (self.steps + 10))
        mine = dict(network.state_dict())
        for name, value in self.network.state_dict().items():
            if value.is_floating_point():
                value.lerp_(mine[name], 1 - decay)
            else:
                value.copy_(mine[name])


def _optimiser(network: nn.Module, reading: nn.Module, settings: StudentSettings) -> torch.optim.Optimizer:
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in (*network.named_parameters(), *reading.named_parameters()):
        rate = settings.rate * (settings.offset_rate if ".offset." in name else 1.0)
        groups.setdefault((rate, settings.weight_decay if parameter.ndim > 1 else 0.0), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": p, "lr": r, "base": r, "weight_decay": d} for (r, d), p in groups.items()], betas=(0.9, 0.99)
    )


def _figures(network: nn.Module, recipe: StudentRecipe, validation: Sequence[Example], size: int) -> dict[str, float]:
    """AUC by source at this size."""
    network.eval()
    index = recipe.classes.index(recipe.positive)
    scores = []
    with torch.inference_mode():
        for start in range(0, len(validation), 32):
            x = normalise([plain(e.picture, size) for e in validation[start : start + 32]])
            with quick_half():
                scores.append(network(x).float().softmax(dim=1)[:, index])
    score = torch.cat(scores).numpy().astype(np.float64)
    truth = np.array([e.label == recipe.positive for e in validation])
    names = np.array([e.set_name for e in validation])
    return {str(n): auc(score[names == n], truth[names == n]) for n in np.unique(names)}


@dataclass
class _Lesson:
    """One batch's pictures and what they should give."""

    x: Tensor
    target: Tensor
    goal: Tensor


def _lesson(
    recipe: StudentRecipe,
    train: Sequence[Example],
    chosen: NDArray[np.int64],
    size: int,
    soft_share: float,
    soft: Floats,
    goals: Sequence[NDArray[np.float32]],
    rng: np.random.Generator,
) -> _Lesson:
    settings, classes = recipe.student, recipe.classes
    flips = rng.integers(0, 2, len(chosen))
    pictures = [train[i].picture[:, ::-1] if f else train[i].picture for i, f in zip(chosen, flips, strict=True)]
    x = normalise([augment(np.ascontiguousarray(p), size, rng, recipe.augment) for p in pictures])
    labels = torch.tensor([classes.index(train[i].label) for i in chosen])
    target = functional.one_hot(labels, len(classes)).float()
    target = target * (1 - settings.label_smoothing) + settings.label_smoothing / len(classes)
    target = target * (1 - soft_share) + soft_share * torch.from_numpy(soft[chosen]).float()
    goal = torch.from_numpy(np.stack([goals[f][i] for i, f in zip(chosen, flips, strict=True)]))
    if rng.random() < settings.mixup_probability:
        partner, share = mixup_pairs(len(chosen), settings.mixup_alpha, rng)
        x = share * x + (1 - share) * x[partner]
        target = share * target + (1 - share) * target[partner]
        goal = share * goal + (1 - share) * goal[partner]
    return _Lesson(x.contiguous(memory_format=torch.channels_last), target, goal)


def _fit(
    recipe: StudentRecipe,
    network: Any,
    train: Sequence[Example],
    validation: Sequence[Example],
    soft: Floats,
    goals: Sequence[NDArray[np.float32]],
    out: Path,
    resume: bool,
    log: Log,
) -> None:
    """All stages; the average with the best mean validation AUC of the last stage ends in ``network``."""
    settings = recipe.student
    rng = np.random.default_rng(settings.seed)
    sampler = SourceBalancedSampler(train, settings.batch)
    with torch.no_grad():
        probe = network.eval().head(network.backbone(torch.zeros(1, recipe.input.channels, *recipe.input.size)))[1]
    reading = nn.Sequential(nn.BatchNorm1d(probe.shape[1], affine=False), nn.Linear(probe.shape[1], goals[0].shape[1]))
    optimiser = _optimiser(network, reading, settings)
    average = _Average(network, settings.average)
    edges = np.cumsum(settings.shares) * settings.minutes * 60
    used, step, best, checked = 0.0, 0, -1.0, 0.0
    last = out / "last.pt"
    if resume and last.is_file():
        state = torch.load(last, weights_only=False)  # our own file: it holds the generator's state
        network.load_state_dict(state["network"])
        reading.load_state_dict(state["reading"])
        average.network.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        rng.bit_generator.state = state["rng"]
        used, step, best, average.steps = state["used"], state["step"], state["best"], state["step"]
        checked = used
    began = time.process_time() - used
    smooth = math.nan
    while used < edges[-1]:
        stage = int(np.searchsorted(edges, used, side="right"))
        final = stage == len(edges) - 1
        less = 1 / 3 if final and len(edges) > 1 else 1.0
        step += 1
        wave = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * used / edges[-1]))
        for group in optimiser.param_groups:
            group["lr"] = group["base"] * wave * min(1.0, step / settings.warm_up)
        size = settings.sizes[stage]
        lesson = _lesson(recipe, train, sampler.draw(rng), size, settings.soft_share * less, soft, goals, rng)
        network.train()
        reading.train()
        with quick_half():
            features = network.backbone(lesson.x)
        logits, embedding = network.head({k: tuple(v.float() for v in values) for k, values in features.items()})
        loss = -(lesson.target * functional.log_softmax(logits, dim=1)).sum(dim=1).mean()
        if settings.statistics:
            loss = loss + settings.statistics * less * functional.smooth_l1_loss(reading(embedding), lesson.goal)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        average.follow(network)
        smooth = loss.item() if math.isnan(smooth) else 0.95 * smooth + 0.05 * loss.item()
        used = time.process_time() - began
        if used - checked < settings.check_minutes * 60 and used < edges[-1]:
            continue
        figures = _figures(average.network, recipe, validation, size)
        mean = float(np.mean(list(figures.values())))
        # Earlier stages end in another size: only what will be shipped at the last one is a candidate.
        if final and mean > best:
            best = mean
            torch.save(average.network.state_dict(), out / "best.pt")
        row = {"step": step, "size": size, "seconds": round(used), "loss": round(smooth, 4)}
        log(json.dumps(row | {k: round(v, 4) for k, v in figures.items()}))
        began = time.process_time() - used  # looking at validation is not training
        checked = used
        torch.save(
            {
                "network": network.state_dict(), "reading": reading.state_dict(), "used": used, "step": step,
                "average": average.network.state_dict(), "optimiser": optimiser.state_dict(), "best": best,
                "rng": rng.bit_generator.state,
            },
            last,
        )  # fmt: skip
    network.load_state_dict(torch.load(out / "best.pt", weights_only=True))


def train_student(
    recipe: StudentRecipe,
    data: Path,
    pretrained: Path,
    out: Path,
    resume: bool = False,
    minutes: float = math.inf,
    log: Log = print,
) -> tuple[WeightsCard, Fitted]:
    """Run a recipe; the test split is not read. Parameters as for `covidviewer.training.run.train`."""
    out.mkdir(parents=True, exist_ok=True)
    train = read_sets(data, recipe.sets, ("train",), recipe.classes, recipe.collections)
    validation = read_sets(data, recipe.sets, ("val",), recipe.classes)
    log(f"{len(train)} pictures to train on, {len(validation)} to validate")
    views = _statistics(recipe, train, pretrained, out)
    likely = cross_fitted(views, train, recipe.positive)
    soft = np.stack([likely if name == recipe.positive else 1 - likely for name in recipe.classes], axis=1)
    goals = principal_targets(views, recipe.student.components)
    torch.manual_seed(recipe.student.seed)
    network = registry.builder(recipe.network)(recipe.classes, in_channels=recipe.input.channels, **recipe.options)
    network.to(memory_format=torch.channels_last)
    if minutes < recipe.student.minutes:
        recipe = _shortened(recipe, minutes)
    _fit(recipe, network, train, validation, soft, goals, out, resume, log)
    card, fitted = finish(
        _card(recipe), network.eval(), validation, out / f"{recipe.id}.safetensors", recipe.storage, train
    )
    (out / "manifest.toml").write_text("schema = 1\n\n" + manifest_entry(card), encoding="utf-8")
    log(json.dumps({"fitted": fitted.__dict__, "sha256": card.sha256}))
    return card, fitted


def _shortened(recipe: StudentRecipe, minutes: float) -> StudentRecipe:
    from dataclasses import replace

    return replace(recipe, student=replace(recipe.student, minutes=minutes))


def _card(recipe: StudentRecipe) -> WeightsCard:
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
        options=dict(recipe.options),
        licence=text.get("licence", ""),
        data_origin=text.get("data_origin", ""),
        card=text.get("card", ""),
        version=text.get("version", "1"),
        default=False,
    )
