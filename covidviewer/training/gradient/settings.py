"""The recipe of a training by gradient: ``kind = "gradient"`` and one table a concern; unknown keys are errors."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from covidviewer.errors import UsageError
from covidviewer.inference.manifest import InputSpec

__all__ = [
    "GradientRecipe",
    "MixSettings",
    "OptimiserSettings",
    "ScheduleSettings",
    "TrainSettings",
    "ViewSettings",
    "read_gradient_recipe",
]

T = TypeVar("T")


@dataclass(frozen=True)
class ViewSettings:
    """Random changes of one picture; probabilities and ranges of 0 switch a change off.

    resize : the whole picture is brought to this side first, then cropped and turned; 0: the input's own side.
    crop_area : (least, most) share of the area that a random crop keeps; crop_aspect : most log ratio of its sides.
    rotation, shear : degrees either way. shift : share of the side either way. scale : (least, most).
    brightness, contrast : share either way. color : each channel's own gain, share either way (three channels).
    blur, noise : probabilities; blur_sigma in pixels, noise_sigma as a share of the range, both (least, most).
    coarse, jpeg : probabilities that the view is brought to fewer pixels and back (``coarse_scale``: share of the side
    that is left), and stored as JPEG of a ``jpeg_quality`` and read again, both (least, most).
    corners : probability that corners are filled, with one grey; corner_share : of the side, (least, most).
    sharp : probability of an unsharp mask of 1 pixel, ``sharp_amount`` of what it takes away is added, (least, most).
    otherwise : of tuned recipes: share of the views that are made otherwise at all (all from ``brightness`` on).
    """

    resize: int = 0
    flip_horizontal: float = 0.0
    flip_vertical: float = 0.0
    rotation: float = 0.0
    shear: float = 0.0
    shift: float = 0.0
    scale: tuple[float, float] = (1.0, 1.0)
    crop_area: tuple[float, float] = (1.0, 1.0)
    crop_aspect: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    color: float = 0.0
    blur: float = 0.0
    blur_sigma: tuple[float, float] = (0.3, 1.2)
    noise: float = 0.0
    noise_sigma: tuple[float, float] = (0.0, 0.03)
    coarse: float = 0.0
    coarse_scale: tuple[float, float] = (0.35, 0.9)
    jpeg: float = 0.0
    jpeg_quality: tuple[int, int] = (30, 90)
    corners: float = 0.0
    corner_share: tuple[float, float] = (0.05, 0.16)
    sharp: float = 0.0
    sharp_amount: tuple[float, float] = (0.3, 1.5)
    otherwise: float = 1.0


@dataclass(frozen=True)
class MixSettings:
    """Mixing of examples (NETWORKS 5); probabilities are per batch, at most one kind a batch.

    clean_epochs : the last epochs without mixing, so that batch norms end on real pictures.
    """

    mixup: float = 0.0
    mixup_alpha: float = 0.4
    cutmix: float = 0.0
    mosaic: float = 0.0
    clean_epochs: int = 0


@dataclass(frozen=True)
class OptimiserSettings:
    """``name``: adam, adamw, sgd, adadelta, adagrad. ``rate_of``: part of a parameter's name -> factor on the rate."""

    name: str = "adamw"
    rate: float = 1e-4
    weight_decay: float = 1e-4
    momentum: float = 0.9
    rate_of: dict[str, float] = field(default_factory=dict)
    clip: float = 0.0


@dataclass(frozen=True)
class ScheduleSettings:
    """``kind``: cosine (``period`` epochs a wave, 0: one wave in all) or constant; ``final``: share at its end."""

    kind: str = "cosine"
    warm_up: float = 0.0
    period: float = 0.0
    final: float = 0.0


@dataclass(frozen=True)
class TrainSettings:
    """Length, batches and what keeps small data from being learnt by heart.

    balance : "none", "loss" (rare classes weigh more), "class" or "set" (drawn so that each class, or each pair of
    set and class, is as frequent). average : decay of the moving average of weights, 0: none. patience : epochs
    without a better validation before it stops, 0: never. monitor : "auc", "balanced_accuracy" or "nll".
    precision : "auto", "float32", "bfloat16", "float16". norms : "live", batch norms follow the batches, or "fixed",
    they keep the statistics they came with (for a network that starts from weights; scales and shifts still learn).
    """

    epochs: int = 30
    batch: int = 32
    seed: int = 1
    balance: str = "class"
    label_smoothing: float = 0.0
    average: float = 0.0
    patience: int = 0
    monitor: str = "auc"
    precision: str = "auto"
    norms: str = "live"
    channels_last: bool = True
    workers: int = 2


@dataclass(frozen=True)
class GradientRecipe:
    """All that a training does. ``differs``: where it leaves its paper and why; ``ran``: what was run of it."""

    id: str
    network: str
    classes: tuple[str, ...]
    positive: str
    paper: str = ""
    differs: tuple[str, ...] = ()
    ran: str = ""
    sets: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    measure_normalisation: bool = False
    storage: str = "float16"
    view: ViewSettings = ViewSettings()
    mix: MixSettings = MixSettings()
    optimiser: OptimiserSettings = OptimiserSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    train: TrainSettings = TrainSettings()
    input: InputSpec = field(default_factory=InputSpec)
    manifest: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Changes when anything that a checkpoint depends on changes: all but the texts, the workers, the patience."""
        kept = replace(self, differs=(), ran="", manifest={}, train=replace(self.train, workers=0, patience=0))
        return hashlib.sha256(repr(kept).encode()).hexdigest()[:16]


def _make(kind: type[T], table: dict[str, Any], where: str) -> T:
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise UsageError(f"The recipe's table {where} has unknown keys: {', '.join(unknown)}.")
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    return kind(**values)


TABLES: dict[str, type] = {
    "view": ViewSettings,
    "mix": MixSettings,
    "optimiser": OptimiserSettings,
    "schedule": ScheduleSettings,
    "train": TrainSettings,
    "input": InputSpec,
}


def read_gradient_recipe(path: Path) -> GradientRecipe:
    """Read and check a recipe with ``kind = "gradient"``.

    Raises
    ------
    UsageError
        The file is missing or no TOML, a key is missing or unknown, or a value cannot be.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The recipe {path.name} cannot be read: {error}.") from error
    data.pop("kind", None)
    try:
        made: dict[str, Any] = {name: _make(kind, data.pop(name, {}), f"[{name}]") for name, kind in TABLES.items()}
        recipe = _make(GradientRecipe, data | made, "at the top")
    except (KeyError, TypeError) as error:
        raise UsageError(f"The recipe {path.name} lacks or misuses {error}.") from error
    _check(recipe)
    return recipe


def _check(recipe: GradientRecipe) -> None:
    t, m, o = recipe.train, recipe.mix, recipe.optimiser
    v = recipe.view
    shares = (
        m.mixup,
        m.cutmix,
        m.mosaic,
        v.flip_horizontal,
        v.flip_vertical,
        v.blur,
        v.noise,
        v.coarse,
        v.jpeg,
        v.corners,
    )
    wrong = [
        (
            len(recipe.classes) < 2 or recipe.positive not in recipe.classes,
            "positive must be one of two or more classes",
        ),
        (t.epochs < 1 or t.batch < 2, "epochs must be at least 1, batch at least 2"),
        (t.balance not in ("none", "loss", "class", "set"), "balance is none, loss, class or set"),
        (t.monitor not in ("auc", "balanced_accuracy", "nll"), "monitor is auc, balanced_accuracy or nll"),
        (
            t.precision not in ("auto", "float32", "bfloat16", "float16"),
            "precision is auto, float32, bfloat16 or float16",
        ),
        (
            o.name not in ("adam", "adamw", "sgd", "adadelta", "adagrad"),
            "optimiser is adam, adamw, sgd, adadelta, adagrad",
        ),
        (recipe.schedule.kind not in ("cosine", "constant"), "schedule is cosine or constant"),
        (
            any(not 0 <= s <= 1 for s in shares) or m.mixup + m.cutmix + m.mosaic > 1,
            "probabilities lie between 0 and 1",
        ),
        (not 0 < recipe.view.crop_area[0] <= recipe.view.crop_area[1] <= 1, "crop_area is two shares above 0"),
        (t.norms not in ("live", "fixed"), "norms is live or fixed"),
        (not 0 <= t.average < 1, "average lies between 0 and 1"),
    ]
    for is_wrong, sentence in wrong:
        if is_wrong:
            raise UsageError(f"The recipe {recipe.id} cannot be: {sentence}.")
