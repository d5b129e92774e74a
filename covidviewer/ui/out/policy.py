"""Sizes of what leaves the program: ``resources/presets/export.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache

from covidviewer.assets import resource_dir


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
    with open(resource_dir() / "presets" / "export.toml", "rb") as file:
        data = tomllib.load(file)
    return ExportPolicy(
        int(data["least_edge"]),
        float(data["most_aspect"]),
        tuple(int(scale) for scale in data["scales"]),
        int(data["cine_edge"]),
        int(data["cine_frames"]),
        int(data["print_dpi"]),
    )
