"""Which class a tile speaks of, and how its score on a slice is worded: track, map and band must agree."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from covidviewer.imaging.overlay_policy import overlay_policy
from covidviewer.inference.doubts import Doubt
from covidviewer.inference.explanation import Explanation
from covidviewer.inference.results import SliceReading
from covidviewer.workspace.explanations import signed
from covidviewer.workspace.readings import SeriesReadings, State
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

#: A score this near to the threshold is called so (UX 5).
NEAR = 0.10


@dataclass(frozen=True, slots=True)
class Explained:
    """The explanation on demand of the slice on a tile. running : (done, all) while it is being made."""

    method: str
    found: Explanation | None
    running: tuple[int, int] | None

    @property
    def key(self) -> Hashable:
        """Equal where the same would be drawn: how far it is matters to the panel, not to the image."""
        found = None if self.found is None else (self.found.reading.key, self.found.stability, self.found.exact)
        return self.method, self.running is not None, found


def explained(workspace: Workspace, tile: Tile) -> Explained | None:
    """What a tile shows that does not come with the reading."""
    explanations = workspace.explanations
    if not explanations.on_demand(tile):
        return None
    progress = explanations.running(tile)
    running = None if progress is None else (progress.done, progress.total)
    return Explained(explanations.method_of(tile), explanations.get(tile), running)


def map_shown(score: float) -> bool:
    """Whether a slice with this score gets a map at all (UX 7)."""
    return math.isfinite(score) and score >= overlay_policy().map_from_score


@dataclass(frozen=True, slots=True)
class ShownClass:
    """The class on screen with the readings of its series.

    threshold : operating point, only of the class that it was fixed for; None elsewhere.
    explained : what was asked for on demand for the slice on screen; None where the map comes with the reading.
    """

    readings: SeriesReadings
    label: str
    threshold: float | None
    explained: Explained | None = None

    def map_reading(self, index: int) -> SliceReading | None:
        """The reading whose map is drawn on a slice: by the method chosen, or None while there is none by it."""
        reading = self.readings.slices.get(index)
        if self.explained is None or reading is None:
            return reading
        found = self.explained.found
        return found.reading if found is not None and found.reading.slice_index == index else None

    def drawn_method(self, index: int) -> str:
        """Method of the map that is drawn on a slice; "" while there is none."""
        reading = self.map_reading(index)
        return reading.provenance.method if reading is not None and self.maps_anything(index) else ""

    @property
    def signed(self) -> bool:
        """Whether the map speaks for and against the class."""
        return self.explained is not None and signed(self.explained.method)

    def maps_anything(self, index: int) -> bool:
        """Whether a map is drawn: of a slice with too low a score none is, but by a method in units of probability."""
        return self.signed or map_shown(self.score(index))

    def doubts(self, index: int) -> tuple[Doubt, ...]:
        """Red flags of the score on a slice (data order)."""
        return self.readings.doubts_for(self.label, index)

    def flagged(self, index: int) -> bool:
        """Whether the score on a slice is not to be relied on: for a red flag, or a caution of the input check."""
        gate = self.readings.gate
        return (gate is not None and gate.verdict == "caution") or bool(self.doubts(index))

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
    threshold = provenance.threshold if label == provenance.positive else None
    return ShownClass(found, label, threshold, explained(workspace, tile))


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
