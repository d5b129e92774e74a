"""Numbers behind the score of a series and the word "weak": ``resources/presets/scoring.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from covidviewer.assets import preset


@dataclass(frozen=True, slots=True)
class ScoringPolicy:
    """Shares are 0 to 1.

    top_share, top_least : slices that the score of a series rests on. lung_share : of the largest lung area of the
    series; slices with less may not lead. weak_auc, weak_sensitivity : figures of a test set below these are weak.
    """

    top_share: float
    top_least: int
    lung_share: float
    weak_auc: float
    weak_sensitivity: float


@lru_cache(maxsize=1)
def scoring_policy() -> ScoringPolicy:
    """Read once; a missing or unknown entry is a `TypeError` of the checkout."""
    return ScoringPolicy(**preset("scoring"))
