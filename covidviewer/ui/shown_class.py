"""Which class a tile speaks of, and how its score on a slice is worded: track, map and band must agree."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from covidviewer.workspace.readings import SeriesReadings, State
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

#: A score this near to the threshold is called so (UX 5).
NEAR = 0.10


@dataclass(frozen=True, slots=True)
class ShownClass:
    """The class on screen with the readings of its series.

    threshold : operating point, only of the class that it was fixed for; None elsewhere.
    """

    readings: SeriesReadings
    label: str
    threshold: float | None

    def score(self, index: int) -> float:
        """Probability of the class on a slice (data order), NaN where not evaluated."""
        return float(self.readings.column(self.label)[index])


def shown_class(workspace: Workspace, tile: Tile) -> ShownClass | None:
    """What is known of the tile's series, None before the first answer and after a refusal."""
    if tile.series is None or tile.computed:
        return None
    found = workspace.readings.get(workspace.key_of(tile))
    if found is None or found.provenance is None or found.probabilities is None or found.count != tile.count:
        return None
    if found.state is State.REFUSED:
        return None
    provenance = found.provenance
    label = tile.overlay.label if tile.overlay.label in found.classes else provenance.positive
    return ShownClass(found, label, provenance.threshold if label == provenance.positive else None)


def band_text(score: float, threshold: float | None) -> str:
    """``above threshold``, ``below threshold`` or ``near threshold``; never a diagnosis."""
    if not math.isfinite(score):
        return _tr("not evaluated")
    if threshold is None:
        return _tr("no operating point")
    if abs(score - threshold) <= NEAR:
        return _tr("near threshold, above") if score >= threshold else _tr("near threshold, below")
    return _tr("above threshold") if score >= threshold else _tr("below threshold")


def _tr(text: str) -> str:
    return QCoreApplication.translate("ShownClass", text)
