"""The recipes of a tuned trunk, for CT and films: what is drawn, how fast it learns, what outlines weigh. No torch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

from covidviewer.inference.manifest import InputSpec
from covidviewer.training.gradient.settings import ViewSettings
from covidviewer.training.recipe_file import read_recipe_file

__all__ = ["FilmRecipe", "GateTable", "TuneSettings", "TunedRecipe", "of_run", "read_film_recipe", "read_tuned"]


@dataclass(frozen=True)
class TuneSettings:
    """Length, rates and weights.

    steps, batch, outlined : of the fitting; pictures with a label, and pictures with outlines, in each step.
    rate, head_rate : of the tuned stage and of the reading of its map; cosine after ``warm_up`` steps.
    weight_decay : of the stage.
    start, strength : the reading starts as ``start`` times a regression with this C on the untouched trunk.
    outline_weight : of the outlines' loss beside the labels'. inside : how much more a cell within an outline weighs.
    dropout : on pooled values. smoothing : of labels. average : decay of the moving average that is kept.
    clip : norm of the gradient.
    check_every : steps between two looks at validation, and two checkpoints.
    seeds : one run each from the same start; the weights of all are averaged.
    twins : so many pictures of a step are shown as they are and made otherwise (the rest as they are), and how far
    answers to the two differ, squared, counts ``twin_weight`` beside the labels' loss. 0: views are made otherwise by
    chance, each once.
    plain_runs : so many of the first runs see views as they are alone (no twins, nothing made otherwise).
    """

    steps: int = 400
    batch: int = 32
    outlined: int = 8
    rate: float = 1.5e-4
    head_rate: float = 5e-3
    weight_decay: float = 0.02
    warm_up: int = 30
    start: float = 0.5
    strength: float = 0.01
    outline_weight: float = 0.2
    inside: float = 3.0
    dropout: float = 0.3
    smoothing: float = 0.05
    average: float = 0.99
    clip: float = 5.0
    seeds: tuple[int, ...] = (1,)
    check_every: int = 60
    twins: int = 0
    twin_weight: float = 0.2
    plain_runs: int = 0


def of_run(view: ViewSettings, tuning: TuneSettings, number: int) -> tuple[ViewSettings, TuneSettings]:
    """What run ``number`` (from 0) of a recipe sees."""
    if number >= tuning.plain_runs:
        return view, tuning
    return replace(view, otherwise=0.0), replace(tuning, twins=0)


@dataclass(frozen=True)
class GateTable:
    """As `covidviewer.training.experts.GateSettings`.

    otherwise : views of every picture, made otherwise as the recipe's ``view`` says, that the gate is fitted on too.
    """

    strength: float = 0.01
    slope: float = 1.0
    shift: float = 0.0
    otherwise: int = 0


@dataclass(frozen=True)
class TunedRecipe:
    """What to tune on what; ``trunk`` is the id of shipped weights, ``outlines`` a set with outlines of lesions."""

    id: str
    network: str
    trunk: str
    sets: tuple[str, ...]
    outlines: str
    collections: tuple[str, ...]
    classes: tuple[str, ...]
    positive: str
    ran: str = ""
    kind: str = "tuned"
    storage: str = "int8"
    options: dict[str, float] = field(default_factory=dict)
    view: ViewSettings = field(default_factory=ViewSettings)
    tuning: TuneSettings = field(default_factory=TuneSettings)
    gate: GateTable = field(default_factory=GateTable)
    input: InputSpec = field(default_factory=InputSpec)
    manifest: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Changes when anything that a checkpoint depends on changes: all but what follows the tuning."""
        kept = replace(self, ran="", manifest={}, storage="", gate=GateTable())
        return hashlib.sha256(repr(kept).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class FilmRecipe:
    """Films of one set that several hospitals fill: one look, classes that exclude each other.

    A picture is drawn by ``adults`` (how much more a film of an adult counts) and so that classes count alike, and
    within a class sources by the square root of their number.
    """

    id: str
    network: str
    trunk: str
    set: str
    outlines: str
    classes: tuple[str, ...]
    positive: str
    ran: str = ""
    kind: str = "tuned-films"
    adults: float = 1.0
    storage: str = "int8"
    options: dict[str, float] = field(default_factory=dict)
    view: ViewSettings = field(default_factory=ViewSettings)
    tuning: TuneSettings = field(default_factory=TuneSettings)
    input: InputSpec = field(default_factory=InputSpec)
    manifest: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Changes when anything that a checkpoint depends on changes."""
        kept = replace(self, ran="", manifest={}, storage="")
        return hashlib.sha256(repr(kept).encode()).hexdigest()[:16]


def read_film_recipe(path: Path) -> FilmRecipe:
    """Read and check a recipe of the kind "tuned-films".

    Raises
    ------
    UsageError
        The file is missing or no TOML, or a key is missing or unknown.
    """
    return read_recipe_file(path, FilmRecipe, {"view": ViewSettings, "tuning": TuneSettings, "input": InputSpec})


def read_tuned(path: Path) -> TunedRecipe:
    """Read and check a recipe.

    Raises
    ------
    UsageError
        The file is missing or no TOML, or a key is missing or unknown.
    """
    tables = {"view": ViewSettings, "tuning": TuneSettings, "gate": GateTable, "input": InputSpec}
    return read_recipe_file(path, TunedRecipe, tables)
