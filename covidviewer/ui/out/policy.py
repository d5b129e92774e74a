"""Sizes of what leaves the program: ``resources/presets/export.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from covidviewer.assets import preset


@dataclass(frozen=True, slots=True)
class ExportPolicy:
    """As in the file; lengths in pixels."""

    least_edge: int
    most_aspect: float
    scales: tuple[int, ...]
    cine_edge: int
    cine_frames: int
    print_dpi: int


@lru_cache(maxsize=1)
def export_policy() -> ExportPolicy:
    """The file, read once."""
    return ExportPolicy(**preset("export"))
