"""How a map lies over the image when nobody has chosen otherwise, and the limits of choosing: ``overlay.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from covidviewer.assets import preset


@dataclass(frozen=True, slots=True)
class OverlayPolicy:
    """Defaults and limits (UX 7).

    ramp : the map is full this much above its threshold. contour_width : logical pixels.
    map_from_score : slices that score less get no map.
    """

    form: str
    forms: tuple[str, ...]
    colormap: str
    colormaps: tuple[str, ...]
    signed_colormap: str
    signed_colormaps: tuple[str, ...]
    opacity: float
    opacity_max: float
    opacity_step: float
    threshold: float
    threshold_min: float
    threshold_max: float
    threshold_step: float
    ramp: float
    contour_width: float
    map_from_score: float


@lru_cache(maxsize=1)
def overlay_policy() -> OverlayPolicy:
    """Read from ``resources/presets/overlay.toml``; a missing or unknown entry is a `TypeError` of the checkout."""
    return OverlayPolicy(**preset("overlay"))
