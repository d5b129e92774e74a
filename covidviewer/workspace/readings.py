"""Results of the second reading, by series: what is known, what is missing, what was refused."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from covidviewer.errors import CovidViewerError
from covidviewer.inference.doubts import Doubt, mean_trial, series_doubts, slice_doubts
from covidviewer.inference.results import GateResult, Provenance, SeriesScore, SliceReading, Trial
from covidviewer.inference.scoring import lung_areas, may_lead

#: Series whose readings are kept; maps of a 600-slice series on the fine grid take about 8 MB.
KEPT_SERIES = 24


class State(StrEnum):
    """Where the reading of a series stands."""

    NONE = "none"  # nobody asked yet
    WAITING = "waiting"  # asked; network or slices are still loading
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"  # the gate: no network for this
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass
class SeriesReadings:
    """All that is known of one series under the present choice of network, method and precision.

    probabilities : (slices, classes) float32, NaN where not evaluated; None before the classes are known.
    skipped : slice index -> why it was not evaluated. trials : of the slices that were put to one.
    devices : that answered, in the order of their first answers.
    doubts : slice index -> red flags of its score for the positive class; only slices that have any.
    positions_mm : (slices,) along the stack's normal, None where unknown.
    """

    key: str
    count: int
    state: State = State.NONE
    classes: tuple[str, ...] = ()
    probabilities: NDArray[np.float32] | None = None
    slices: dict[int, SliceReading] = field(default_factory=dict)
    skipped: dict[int, str] = field(default_factory=dict)
    gate: GateResult | None = None
    score: SeriesScore | None = None
    provenance: Provenance | None = None
    devices: list[str] = field(default_factory=list)
    message: str = ""
    seconds: float = 0.0
    positions_mm: NDArray[np.float64] | None = None
    trials: dict[int, Trial] = field(default_factory=dict)
    doubts: dict[int, tuple[Doubt, ...]] = field(default_factory=dict)

    @property
    def evaluated(self) -> int:
        return len(self.slices)

    @property
    def settled(self) -> int:
        """Slices with an answer or a reason for none."""
        return len(self.slices) + len(self.skipped)

    def column(self, label: str) -> NDArray[np.float32]:
        """Probabilities of one class over the slices, (slices,), NaN where not evaluated."""
        if self.probabilities is None or label not in self.classes:
            return np.full(self.count, np.nan, np.float32)
        column: NDArray[np.float32] = self.probabilities[:, self.classes.index(label)]
        return column

    def leading(self, label: str) -> NDArray[np.intp]:
        """Slices that may lead a list by score, best first: evaluated, and none of little lung (apex, base)."""
        column = self.column(label)
        able = may_lead(np.flatnonzero(np.isfinite(column)), lung_areas(self.count, self.slices.values()))
        best: NDArray[np.intp] = able[np.argsort(-column[able], kind="stable")]
        return best

    def doubts_for(self, label: str, index: int) -> tuple[Doubt, ...]:
        """Red flags of a slice's score for a class; "" is the positive one. None are known of a third class."""
        return self.doubts.get(index, ()) if self._flagged_class(label) else ()

    def doubted(self, label: str) -> NDArray[np.bool_]:
        """(slices,) bool, True where a slice has a red flag for the class."""
        found = np.zeros(self.count, bool)
        if self._flagged_class(label):
            found[[i for i in self.doubts if i < self.count]] = True
        return found

    def series_doubts(self, label: str) -> tuple[Doubt, ...]:
        """Red flags of the series' score for a class."""
        if self.score is None or self.provenance is None or not self._flagged_class(label):
            return ()
        column = self.column(self.provenance.positive)
        return series_doubts(self.score, self.slices, self.trials, column, self.positions_mm)

    def mean_trial(self) -> Trial | None:
        """Mean of the trials under the series' score; None until all were made."""
        return None if self.score is None else mean_trial(self.score, self.trials)

    def look_again(self, indices: Iterable[int]) -> None:
        """Find the red flags of slices, and of their neighbours, anew."""
        if self.provenance is None:
            return
        column = self.column(self.provenance.positive)
        for index in {i + d for i in indices for d in (-1, 0, 1)} & self.slices.keys():
            found = slice_doubts(self.slices[index], self.trials.get(index), column, self.positions_mm)
            if found:
                self.doubts[index] = found
            else:
                self.doubts.pop(index, None)

    def _flagged_class(self, label: str) -> bool:
        """Of two classes either stands for both: one's probability is what the other's leaves."""
        p = self.provenance
        return p is not None and (label in ("", p.positive) or (len(self.classes) == 2 and label in self.classes))

    def runs_above(self, label: str, threshold: float) -> list[tuple[int, int]]:
        """Runs of neighbouring slices at or above the threshold as (first, last), ascending. Gaps end a run."""
        above = np.nan_to_num(self.column(label), nan=-1.0) >= threshold
        edges = np.flatnonzero(np.diff(np.concatenate(([0], above.astype(np.int8), [0]))))
        return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def reading_key(series: str, network: str) -> str:
    """Names a reading: the series' key, with the network where a tile chose its own."""
    return f"{series} by {network}" if network else series


class Readings(QObject):
    """Keeps `SeriesReadings`; the newest series are kept, the oldest go first."""

    slices_changed = Signal(object)  # (series key, tuple of slice indices)
    series_changed = Signal(object)  # series key: state, gate, score or message

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._series: OrderedDict[str, SeriesReadings] = OrderedDict()

    def get(self, key: str) -> SeriesReadings | None:
        return self._series.get(key)

    def start(self, key: str, count: int, positions_mm: NDArray[np.float64] | None = None) -> SeriesReadings:
        """The readings of a series, made when absent. positions_mm : (count,) along the stack's normal."""
        found = self._series.get(key)
        if found is None or found.count != count:
            found = self._series[key] = SeriesReadings(key, count, positions_mm=positions_mm)
        self._series.move_to_end(key)
        while len(self._series) > KEPT_SERIES:
            self._series.popitem(last=False)
        return found

    def drop(self, key: str) -> None:
        if self._series.pop(key, None) is not None:
            self.series_changed.emit(key)

    def reset(self) -> None:
        """Another network, method or precision: no old answer may be shown as a new one."""
        keys = list(self._series)
        self._series.clear()
        for key in keys:
            self.series_changed.emit(key)

    def accept(self, key: str, readings: tuple[SliceReading, ...]) -> None:
        """Take answers of the device lane; those of a series that is gone are dropped."""
        series = self._series.get(key)
        if series is None or not readings:
            return
        for reading in readings:
            if series.provenance is not None and _differ(series.provenance, reading.provenance):
                continue  # a late answer of the network chosen before
            if series.probabilities is None or series.classes != reading.classes:
                series.classes = reading.classes
                series.probabilities = np.full((series.count, len(reading.classes)), np.nan, np.float32)
            series.provenance = series.provenance or reading.provenance
            if reading.provenance.device not in series.devices:
                series.devices.append(reading.provenance.device)
            series.slices[reading.slice_index] = reading
            series.skipped.pop(reading.slice_index, None)
            series.probabilities[reading.slice_index] = reading.probabilities
        series.look_again(r.slice_index for r in readings)
        self.slices_changed.emit((key, tuple(r.slice_index for r in readings)))

    def accept_trials(self, key: str, trials: tuple[Trial, ...]) -> None:
        """What altered copies of slices got; for slices that are not known here it is dropped."""
        series = self._series.get(key)
        if series is None:
            return
        known = [t for t in trials if t.slice_index in series.slices and len(t.mirrored) == len(series.classes)]
        if known:
            series.trials.update((t.slice_index, t) for t in known)
            series.look_again(t.slice_index for t in known)
            self.slices_changed.emit((key, tuple(t.slice_index for t in known)))

    def skip(self, key: str, reasons: dict[int, str]) -> None:
        """Slices that were looked at and not evaluated, with the reason."""
        series = self._series.get(key)
        if series is not None and reasons:
            series.skipped.update({i: why for i, why in reasons.items() if i not in series.slices})
            self.slices_changed.emit((key, tuple(reasons)))

    def set_gate(self, key: str, gate: GateResult) -> None:
        series = self._series.get(key)
        if series is None:
            return
        series.gate = gate
        if gate.refused:
            series.state = State.REFUSED
            series.score = None
            series.message = " ".join(gate.reasons)
        self.series_changed.emit(key)

    def set_state(self, key: str, state: State, message: str = "", seconds: float | None = None) -> None:
        series = self._series.get(key)
        if series is None:
            return
        if series.state is State.REFUSED and state in (State.RUNNING, State.WAITING, State.DONE):
            return  # only a new start lifts a refusal
        series.state, series.message = state, message
        if seconds is not None:
            series.seconds = seconds
        self.series_changed.emit(key)

    def set_score(self, key: str, score: SeriesScore | None) -> None:
        series = self._series.get(key)
        if series is not None and series.state is not State.REFUSED:
            series.score = score
            self.series_changed.emit(key)

    def fail(self, key: str, error: CovidViewerError) -> None:
        self.set_state(key, State.FAILED, str(error))


def _differ(a: Provenance, b: Provenance) -> bool:
    return (a.network, a.weights_sha256, a.method) != (b.network, b.weights_sha256, b.method)
