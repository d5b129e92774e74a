"""Several networks read one series in turn: who reads, in what order, and how far they agree.

The first reader is the network of the present choice; its reading is that of every other part of the screen. The
others are extra readings of the same series under keys of their own (`readings.reading_key`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from covidviewer.dicom.catalog import Kind
from covidviewer.inference.manifest import WeightsCard
from covidviewer.workspace.readings import SeriesReadings, State, reading_key
from covidviewer.workspace.tile import Tile

if TYPE_CHECKING:
    from covidviewer.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Reader:
    """One network of the series' modality.

    reason : why it cannot read here, "" when it can. key : of its reading. first : the network of the present choice.
    chosen : by the reader, to read beside the first. shown : its map and track are on the tile. reads : it is asked.
    """

    card: WeightsCard
    reason: str
    key: str
    chosen: bool
    first: bool
    shown: bool
    reads: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """How several probabilities of the positive class stand to each other and to their own thresholds.

    answers : how many there are. judged : those of networks that have an operating point. above : of these, at or above
    their own. mean, low, high : NaN without an answer.
    """

    answers: int
    judged: int
    above: int
    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, answers: Sequence[tuple[float, float | None]]) -> Agreement:
        """From (probability, threshold or None); NaN is no answer."""
        known = [(p, t) for p, t in answers if math.isfinite(p)]
        if not known:
            return cls(0, 0, 0, math.nan, math.nan, math.nan)
        values = [p for p, _ in known]
        judged = [(p, t) for p, t in known if t is not None]
        above = sum(p >= t for p, t in judged)
        return cls(len(known), len(judged), above, float(np.mean(values)), min(values), max(values))


class Readers(QObject):
    """Lives in the main thread; asks for readings through the workspace."""

    changed = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        workspace.networks_changed.connect(self.changed)
        workspace.choice_changed.connect(self.changed)
        workspace.readings.series_changed.connect(self._on_series)

    # -- who reads --

    def of(self, tile: Tile) -> tuple[Reader, ...]:
        """All networks of the tile's modality, the first reader in front, the rest as the manifest has them."""
        series = tile.series
        if series is None or not self.modality_of(tile):
            return ()
        first = self.first_of(tile)
        chosen = self._workspace.preferences.value.readers
        found = []
        for entry in self._workspace.networks:
            card = _card(entry)
            if card is None or card.modality != self.modality_of(tile):
                continue
            is_first = card.id == first
            key = series.key if is_first else reading_key(series.key, card.id)
            shown = tile.overlay.network == card.id or (is_first and not tile.overlay.network)
            reason = str(getattr(entry, "reason", ""))
            asked = shown or card.id in chosen or (is_first and bool(chosen))
            found.append(Reader(card, reason, key, card.id in chosen, is_first, shown, asked and not reason))
        return tuple(sorted(found, key=lambda reader: not reader.first))

    def modality_of(self, tile: Tile) -> str:
        """CT or FILM, as the networks name it; "" of a picture of which it is not known yet."""
        series = tile.series
        if series is None:
            return "CT"
        if series.kind is Kind.PICTURE:
            said = self._workspace.picture_kind(series.key)
            found = self._workspace.readings.get(series.key)
            used = found.provenance.weights if found is not None and found.provenance is not None else ""
            card = self._by_id(used)
            if not said:
                return card.modality if card is not None else ""
            return "FILM" if said == "film" else "CT"
        return "FILM" if series.kind is Kind.FILM else "CT"

    def first_of(self, tile: Tile) -> str:
        """Id of the weights of the present choice for a tile; "" where there are none."""
        series = tile.series
        found = self._workspace.readings.get(series.key) if series is not None else None
        if found is not None and found.provenance is not None:
            return found.provenance.weights
        modality = self.modality_of(tile)
        usable = [card for card, reason in self._cards() if not reason and card.modality == modality]
        name = self._workspace.choice.network
        named = [card for card in usable if name and name in (card.id, card.network)]
        among = named or usable
        return next((card.id for card in among if card.default), among[0].id if among else "")

    def keys_of(self, tile: Tile) -> tuple[str, ...]:
        """Names of the readings that are wanted for a tile's series."""
        return tuple(reader.key for reader in self.of(tile) if reader.reads)

    # -- requests --

    def set_reads(self, weights: str, on: bool) -> None:
        """Let a network read beside the first, or no longer."""
        store = self._workspace.preferences
        rest = tuple(name for name in store.value.readers if name != weights)
        store.update(readers=(*rest, weights) if on else rest)
        for tile in self._workspace.tiles:
            if on:
                self.ask(tile)
            elif tile.series is not None:
                self._workspace.drop_unshown(tile.series.key)
        self.changed.emit()

    def show(self, weights: str) -> None:
        """Show the map and the track of one reader on the active tile."""
        tile = self._workspace.active_tile
        self._workspace.choose_network("" if weights == self.first_of(tile) else weights)
        self.changed.emit()

    def ask(self, tile: Tile) -> None:
        """Ask the readers beside the one shown for a tile's series; that one, and its slice, stay in front."""
        asked = False
        for reader in self.of(tile):
            if reader.reads and not reader.shown:
                found = self._workspace.readings.get(reader.key)
                if found is None or found.state in (State.NONE, State.CANCELLED, State.FAILED):
                    asked |= self._workspace.ask_reading(tile, reader.key, reader.card.id)
        if asked:
            self._workspace.attend()

    # -- what they said --

    def readings(self, reader: Reader, count: int) -> SeriesReadings | None:
        """A reader's answers on a series of ``count`` slices; None without, and after a refusal."""
        found = self._workspace.readings.get(reader.key)
        if found is None or found.count != count or found.state is State.REFUSED or found.probabilities is None:
            return None
        return found

    def slice_score(self, reader: Reader, count: int, index: int) -> float:
        """Probability of the reader's positive class on a slice, NaN without an answer."""
        found = self.readings(reader, count)
        return math.nan if found is None else float(found.column(reader.card.positive)[index])

    def series_score(self, reader: Reader, count: int) -> float:
        """The same of the series."""
        found = self.readings(reader, count)
        if found is None or found.score is None or reader.card.positive not in found.classes:
            return math.nan
        return float(found.score.probabilities[found.classes.index(reader.card.positive)])

    # -- parts --

    @Slot(object)
    def _on_series(self, key: str) -> None:
        """What a picture shows is known with its first reading only; its other readers are asked then."""
        found = self._workspace.readings.get(key)
        if found is None or found.state is not State.DONE:
            return
        for tile in self._workspace.tiles:
            if tile.series is not None and tile.series.kind is Kind.PICTURE and self._workspace.key_of(tile) == key:
                self.ask(tile)

    def _cards(self) -> list[tuple[WeightsCard, str]]:
        found = ((_card(entry), str(getattr(entry, "reason", ""))) for entry in self._workspace.networks)
        return [(card, reason) for card, reason in found if card is not None]

    def _by_id(self, id: str) -> WeightsCard | None:
        return next((card for card, _ in self._cards() if card.id == id), None)


def _card(entry: object) -> WeightsCard | None:
    """The manifest entry of an element of `Workspace.networks`: itself, or a listing with a reason."""
    found = getattr(entry, "card", entry)
    return found if isinstance(found, WeightsCard) else None
