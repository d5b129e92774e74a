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


def test_slices_with_little_lung_do_not_lead() -> None:
    """Apex and base score highest here, with a twentieth of the lung of the middle."""
    values = [0.99] * 3 + [0.2] * 24 + [0.6] * 3 + [0.98] * 3
    areas = np.array([8.0] * 3 + [160.0] * 27 + [10.0] * 3, np.float32)
    score = series_score(table(values), CLASSES, "covid", areas)
    assert score is not None
    assert score.slices == (27, 28, 29)
    assert score.probabilities[1] == pytest.approx(0.6)
    assert "27 slices (of 33 evaluated) with at least 25% of the largest lung area" in score.rule
    without = series_score(table(values), CLASSES, "covid")
    assert without is not None
    assert without.probabilities[1] > 0.95


def test_lung_that_was_not_looked_for_changes_nothing() -> None:
    values = [0.2, 0.9, 0.4, 0.5, 0.1]
    plain = series_score(table(values), CLASSES, "covid")
    unknown = series_score(table(values), CLASSES, "covid", np.full(5, np.nan, np.float32))
    assert plain is not None
    assert unknown is not None
    assert (plain.slices, plain.rule) == (unknown.slices, unknown.rule)
    # A slice whose lungs are not known may lead; one that is known to have next to none may not.
    mixed = series_score(table(values), CLASSES, "covid", np.array([100, np.nan, 90, 100, 3], np.float32))
    assert mixed is not None
    assert mixed.slices == (1, 2, 3)


def test_too_few_slices_with_lung_leave_all() -> None:
    score = series_score(table([0.9, 0.2, 0.3, 0.4]), CLASSES, "covid", np.array([1, 100, 2, 1], np.float32))
    assert score is not None
    assert len(score.slices) == 3


def test_the_ends_of_the_phantom_do_not_lead() -> None:
    """Areas by the input check on the phantom: from above the lungs to below them."""
    from covidviewer.imaging import phantom
    from covidviewer.imaging.lungs import find_lungs

    pixel = 360.0 / 128
    corner = -(128 - 1) / 2 * pixel
    areas = []
    for z in np.arange(-200.0, 201.0, 12.5):
        plane = phantom.Plane((corner, corner, float(z)), (0, pixel, 0), (pixel, 0, 0), (128, 128))
        areas.append(sum(find_lungs(phantom.sample(plane, noise=10, seed=1), (pixel, pixel)).area_cm2))
    found = np.array(areas, np.float32)
    inside = np.flatnonzero(found > 0)
    values = np.full(found.size, np.nan, np.float32)
    values[inside] = 0.3
    values[[inside[0], inside[-1]]] = 0.99  # the network sees things at the apex and the base
    score = series_score(table(values.tolist()), CLASSES, "covid", found)
    assert score is not None
    assert (found[list(score.slices)] >= 0.25 * found.max()).all()
    little = inside[found[inside] < 0.25 * found.max()]
    assert little.size >= 1
    assert not set(little.tolist()) & set(score.slices)


def test_a_mask_goes_through_its_packing() -> None:
    from covidviewer.inference.results import LungMask

    mask = np.random.default_rng(0).random((37, 53)) > 0.5
    packed = LungMask.packed(mask, (4, 5))
    assert (packed.mask() == mask).all()
    assert len(packed.bits) < mask.size / 7
