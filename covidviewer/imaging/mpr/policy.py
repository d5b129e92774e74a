"""Numbers of the reformation: ``resources/presets/mpr.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from covidviewer.assets import preset


@dataclass(frozen=True, slots=True)
class SlabLimits:
    """Thickness of a slab in mm."""

    least_mm: float
    most_mm: float
    usual_mm: float
    step_mm: float


@dataclass(frozen=True, slots=True)
class Turning:
    """key_degrees : one press of a key. free_degrees : the free plane at first. draft : every n-th pixel."""

    key_degrees: float
    free_degrees: float
    draft: int


@dataclass(frozen=True, slots=True)
class MprPolicy:
    """The file's own comments say what each entry is."""

    gap_factor: float
    straight_degrees: float
    tilt_degrees: float
    slab: SlabLimits
    turn: Turning


@lru_cache(maxsize=1)
def mpr_policy() -> MprPolicy:
    """Read once; a missing or unknown entry is a `TypeError` of the checkout."""
    entries = preset("mpr")
    slab, turn = SlabLimits(**entries.pop("slab")), Turning(**entries.pop("turn"))
    return MprPolicy(slab=slab, turn=turn, **entries)
