"""What `analyze` knows of one series: readings, trials, score and the red flags that go into its tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from covidviewer.imaging.volume import Volume
    from covidviewer.inference.pipeline import Pipeline
    from covidviewer.inference.results import GateResult, SeriesScore, SliceReading, Trial
    from covidviewer.study import Series

#: Red flags by name; probability of the positive class when mirrored, and with the lungs blacked out (where tried);
#: distance from the training pictures, 1 is the 95th percentile of held-out ones.
FLAGS = ["red_flags", "mirrored", "lungs_out", "distance"]


@dataclass
class Found:
    """What is known of one series."""

    series: Series
    pipeline: Pipeline
    slices: dict[int, SliceReading] = field(default_factory=dict)
    trials: dict[int, Trial] = field(default_factory=dict)

    def put_to_trial(self, volume: Volume, readings: Sequence[SliceReading], *, all_of: bool = False) -> None:
        """Altered copies of slices whose score matters, or of all that are given."""
        from covidviewer.inference.doubts import worth_trying
        from covidviewer.inference.trials import try_slices

        card = self.pipeline.card
        at = card.classes.index(card.positive)
        wanted = [
            r
            for r in readings
            if r.slice_index not in self.trials and (all_of or worth_trying(float(r.probabilities[at]), card.threshold))
        ]
        for trial in try_slices(self.pipeline, volume, self.series.stack, wanted):
            self.trials[trial.slice_index] = trial

    def probabilities(self) -> NDArray[np.float32]:
        """(slices, classes), NaN where not evaluated."""
        result = np.full((len(self.series), len(self.pipeline.card.classes)), np.nan, np.float32)
        for index, reading in self.slices.items():
            result[index] = reading.probabilities
        return result

    def score(self, verdict: GateResult) -> SeriesScore | None:
        from covidviewer.inference.scoring import lung_areas, series_score

        if not verdict.series_score:
            return None
        card = self.pipeline.card
        areas = lung_areas(len(self.series), self.slices.values())
        return series_score(self.probabilities(), card.classes, card.positive, areas)

    def _column(self) -> NDArray[np.float32]:
        card = self.pipeline.card
        column: NDArray[np.float32] = self.probabilities()[:, card.classes.index(card.positive)]
        return column

    def flagged(self) -> Iterator[tuple[SliceReading, dict[str, str]]]:
        """Each reading with its columns `FLAGS`."""
        from covidviewer.inference.doubts import slice_doubts

        column, positions = self._column(), self.series.stack.positions_mm
        for reading in self.slices.values():
            trial = self.trials.get(reading.slice_index)
            yield reading, self._row(slice_doubts(reading, trial, column, positions), trial, reading.strangeness)

    def series_flags(self, score: SeriesScore) -> dict[str, str]:
        """Columns `FLAGS` of the series' score."""
        from covidviewer.inference.doubts import mean_strangeness, mean_trial, series_doubts

        positions = self.series.stack.positions_mm
        doubts = series_doubts(score, self.slices, self.trials, self._column(), positions)
        return self._row(doubts, mean_trial(score, self.trials), mean_strangeness(score, self.slices))

    def _row(self, doubts: Sequence[str], trial: Trial | None, strangeness: float | None) -> dict[str, str]:
        card = self.pipeline.card
        at = card.classes.index(card.positive)
        mirrored = "" if trial is None else f"{trial.mirrored[at]:.6f}"
        out = "" if trial is None or trial.lungs_out is None else f"{trial.lungs_out[at]:.6f}"
        away = "" if strangeness is None else f"{strangeness:.4f}"
        return dict(zip(FLAGS, (";".join(doubts), mirrored, out, away), strict=True))
