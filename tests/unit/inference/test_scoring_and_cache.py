"""Score of a series, and answers that are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from covidviewer.inference.cache import ReadingCache
from covidviewer.inference.results import Provenance, SliceReading
from covidviewer.inference.scoring import series_score

CLASSES = ("noncovid", "covid")


def table(positive: list[float]) -> np.ndarray:
    p = np.array(positive, np.float32)
    return np.stack([1 - p, p], axis=1)


def test_the_score_is_the_mean_of_the_top_tenth() -> None:
    values = [0.1] * 56 + [0.9, 0.8, 0.7, 0.6]
    score = series_score(table(values), CLASSES, "covid")
    assert score is not None
    assert score.slices[-4:] == (56, 57, 58, 59)
    assert len(score.slices) == 6
    assert score.probabilities[1] == pytest.approx((0.9 + 0.8 + 0.7 + 0.6 + 0.1 + 0.1) / 6, abs=1e-6)
    assert score.probabilities.sum() == pytest.approx(1)
    assert "6 of 60" in score.rule
    assert "not calibrated" in score.rule


def test_at_least_three_slices_and_only_evaluated_ones() -> None:
    values = [float("nan")] * 10 + [0.2, 0.4, 0.6, 0.5]
    score = series_score(table(values), CLASSES, "covid")
    assert score is not None
    assert score.slices == (11, 12, 13)
    assert score.probabilities[1] == pytest.approx(0.5)


def test_nothing_evaluated_is_no_score() -> None:
    assert series_score(table([float("nan")] * 5), CLASSES, "covid") is None


def test_one_slice_is_its_own_score() -> None:
    score = series_score(table([0.3]), CLASSES, "covid")
    assert score is not None
    assert score.slices == (0,)


def reading(index: int, key: str = "a", precision: str = "float32") -> SliceReading:
    provenance = Provenance("n", "w", "0" * 64, 0.5, "covid", "CPU", "gradcam", "1")
    full = (key, index, "w", "0" * 64, "gradcam", precision, "1")
    return SliceReading(full, index, CLASSES, np.zeros(2, np.float32), {}, {}, provenance, 1.0)


def test_an_answer_is_found_by_its_whole_key() -> None:
    cache = ReadingCache()
    cache.put([reading(1), reading(2)])
    assert cache.get(reading(1).key) is not None
    assert cache.get(reading(3).key) is None
    assert cache.get(reading(1, precision="bfloat16").key) is None
    newer = replace(reading(1), milliseconds=2.0)
    cache.put([newer])
    assert cache.get(newer.key) is newer
    assert len(cache) == 2


def test_the_oldest_answers_go_first() -> None:
    cache = ReadingCache(kept=3)
    cache.put([reading(i) for i in range(3)])
    cache.get(reading(0).key)
    cache.put([reading(3)])
    assert cache.get(reading(1).key) is None
    assert cache.get(reading(0).key) is not None


def test_a_series_can_be_forgotten() -> None:
    cache = ReadingCache()
    cache.put([reading(1), reading(1, key="b")])
    cache.forget("a")
    assert cache.get(reading(1).key) is None
    assert cache.get(reading(1, key="b").key) is not None
