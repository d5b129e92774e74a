"""Recipes: one TOML file says all that a training run does; unknown keys are errors, not silence."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from covidviewer.errors import UsageError
from covidviewer.inference.manifest import InputSpec
from covidviewer.inference.storage import STORAGES
from covidviewer.training.augment import AugmentSettings
from covidviewer.training.distil import DistilSettings
from covidviewer.training.loop import FitSettings
from covidviewer.training.warmstart import ImitateSettings

__all__ = ["LinearSettings", "Recipe", "read_recipe"]

T = TypeVar("T")


@dataclass(frozen=True)
class LinearSettings:
    """Regressions on frozen features: soft labels of the teacher, first head of the trunk.

    ``head_strengths`` are the penalties (C) from which the first head's is chosen by cross-fitted AUC on training
    pictures, mean of ``deals`` dealings; one alone is taken as it is. ``folds`` and ``seed`` deal the folds of soft
    labels and of that choice.
    ``head_factor`` shrinks the first head: a regression in more dimensions than pictures is too sure of itself.
    ``random_views`` views by the recipe's ``[augment]`` join the plain and the mirrored picture.
    ``level_scale`` weakens (below 1) the pooled values of C2, C3, C4, C5.
    ``experts`` gives each of two sets its own part of the head, mixed by a gate (``training/experts.py``), and
    ``gate_strength``, ``gate_slope``, ``gate_shift`` are its settings; ``head_factor`` is not used then, because
    each expert is scaled out of fold.
    """

    teacher_size: int = 288
    teacher_strength: float = 0.03
    folds: int = 5
    seed: int = 0
    deals: int = 3
    head_strengths: tuple[float, ...] = (0.003, 0.01, 0.03, 0.1, 0.3)
    head_factor: float = 0.5
    random_views: int = 2
    level_scale: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    experts: bool = False
    gate_strength: float = 0.01
    gate_slope: float = 1.0
    gate_shift: float = 0.0

    def __post_init__(self) -> None:
        if not self.head_strengths or min(self.head_strengths) <= 0:
            raise UsageError("The recipe's head_strengths are a list of numbers above 0.")
        if self.folds < 2 or self.deals < 1:
            raise UsageError("The recipe's folds are at least 2, its deals at least 1.")


@dataclass(frozen=True)
class Recipe:
    """One network's training from warm start to weight file.

    ``collections`` names the values of ``source`` within which folds are dealt by patient; everywhere else they are
    dealt by source (``covidviewer.training.data``). ``storage`` is how the weight file is written
    (``covidviewer.inference.storage``).
    """

    id: str
    network: str
    sets: tuple[str, ...]
    collections: tuple[str, ...]
    classes: tuple[str, ...]
    positive: str
    imitation_sets: tuple[str, ...]
    imitate: ImitateSettings
    distil: DistilSettings
    linear: LinearSettings
    trunk: FitSettings
    whole: FitSettings
    input: InputSpec
    manifest: dict[str, str]
    storage: str = "float16"

    def __post_init__(self) -> None:
        if self.linear.experts and (self.trunk.steps or self.whole.steps or len(self.sets) != 2):
            raise UsageError(
                "A recipe with experts has two sets and no steps of training by gradient.",
                advice="Set trunk.steps and whole.steps to 0.",
            )
        if self.storage not in STORAGES:
            raise UsageError(f"The recipe's storage is {self.storage}; there are: {', '.join(STORAGES)}.")


def _make(kind: type[T], table: dict[str, Any], where: str) -> T:
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise UsageError(f"The recipe's table {where} has unknown keys: {', '.join(unknown)}.")
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    return kind(**values)


def read_recipe(path: Path) -> Recipe:
    """Read and check a recipe.

    Raises
    ------
    UsageError
        The file is missing or no TOML, or a key is missing or unknown.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The recipe {path.name} cannot be read: {error}.") from error
    try:
        view = _make(AugmentSettings, data.pop("augment", {}), "augment")
        made = {
            "imitate": _make(ImitateSettings, data.pop("imitate", {}), "imitate"),
            "distil": _make(DistilSettings, data.pop("distil", {}), "distil"),
            "linear": _make(LinearSettings, data.pop("linear", {}), "linear"),
            "trunk": _make(FitSettings, data.pop("trunk") | {"augment": view}, "trunk"),
            "whole": _make(FitSettings, data.pop("whole") | {"augment": view}, "whole"),
            "input": _make(InputSpec, data.pop("input", {}), "input"),
        }
        return _make(Recipe, data | made, "at the top")
    except (KeyError, TypeError) as error:
        raise UsageError(f"The recipe {path.name} lacks or misuses {error}.") from error
