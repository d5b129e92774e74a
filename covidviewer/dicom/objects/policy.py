"""Limits of reading objects and how they are drawn when nobody has chosen otherwise: ``objects.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from covidviewer.assets import preset


@dataclass(frozen=True, slots=True)
class ObjectPolicy:
    """Entries of ``resources/presets/objects.toml``, which explains them."""

    max_file_mb: int
    max_points: int
    max_nodes: int
    max_depth: int
    max_planes: int
    max_mask_mb: int
    max_rows: int
    max_value: int
    pdf_max_mb: int
    pdf_max_pages: int
    pdf_max_pixels: int
    pdf_seconds: float
    pdf_memory_mb: int
    opacity: float
    opacity_max: float
    outline_width: float
    auto_above: int
    colors: tuple[str, ...]
    map_colormap: str


@lru_cache(maxsize=1)
def object_policy() -> ObjectPolicy:
    """Read once; a missing or unknown entry is a `TypeError` of the checkout."""
    return ObjectPolicy(**preset("objects"))
