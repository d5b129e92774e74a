"""Answers that were given already, by the key of their request: choosing a network again costs nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from covidviewer.inference.results import SliceReading, Trial

#: Slices whose answers are kept; one takes about 13 kB (two classes, 56 x 56 and 7 x 7, half precision).
KEPT = 1200

Key = tuple[str, int, str, str, str, str, str]


class ReadingCache:
    """The newest answers are kept, the oldest go first."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._readings: OrderedDict[Key, SliceReading] = OrderedDict()

    def __len__(self) -> int:
        return len(self._readings)

    def put(self, readings: Iterable[SliceReading]) -> None:
        """Keep answers under their keys."""
        for reading in readings:
            self._readings[reading.key] = reading
            self._readings.move_to_end(reading.key)
        while len(self._readings) > self._kept:
            self._readings.popitem(last=False)

    def get(self, key: Key) -> SliceReading | None:
        """The answer to a request with this key, or None."""
        found = self._readings.get(key)
        if found is not None:
            self._readings.move_to_end(key)
        return found

    def forget(self, series_key: str) -> None:
        """Drop all answers of a series (its files were changed or closed for good)."""
        for key in [k for k in self._readings if k[0] == series_key]:
            del self._readings[key]


class TrialCache:
    """The same for trials, by the key of the reading that was tried; they are a few numbers each."""

    def __init__(self, kept: int = 4 * KEPT) -> None:
        self._kept = kept
        self._trials: OrderedDict[Key, Trial] = OrderedDict()

    def put(self, key: Key, trial: Trial) -> None:
        """Keep a trial; the oldest goes where there are too many."""
        self._trials[key] = trial
        self._trials.move_to_end(key)
        while len(self._trials) > self._kept:
            self._trials.popitem(last=False)

    def get(self, key: Key) -> Trial | None:
        """The trial of a reading, or None."""
        return self._trials.get(key)
