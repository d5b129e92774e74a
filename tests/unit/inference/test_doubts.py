"""Red flags: each limit from both sides, on numbers with known answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from covidviewer.inference import doubts
from covidviewer.inference.doubts import Doubt
from covidviewer.inference.results import Provenance, SeriesScore, SliceReading, Trial

NAN = float("nan")
POSITIONS = np.arange(9) * 5.0


def reading(index: int, score: float, inside: float | None = 1.0, threshold: float | None = 0.5) -> SliceReading:
    provenance = Provenance("net", "net.v1", "ab" * 32, threshold, "covid", "CPU", "gradcam", "1")
    values = np.array([score, 1 - score], np.float32)
    key = ("s", index, "net", "ab" * 32, "gradcam", "float32", "1")
    return SliceReading(key, index, ("covid", "other"), values, {}, {}, provenance, 1.0, inside_lungs=inside)


def trial(index: int, mirrored: float, out: float | None = None) -> Trial:
    lungs = None if out is None else np.array([out, 1 - out], np.float32)
    return Trial(index, np.array([mirrored, 1 - mirrored], np.float32), lungs)


def flat(score: float) -> np.ndarray:
    return np.full(9, score, np.float32)


@pytest.mark.parametrize(
    ("score", "inside", "flagged"), [(0.6, 0.69, True), (0.6, 0.71, False), (0.09, 0.1, False), (0.6, None, False)]
)
def test_a_map_outside_the_lungs_is_flagged_where_there_is_a_map(score: float, inside: float, flagged: bool) -> None:
    found = doubts.slice_doubts(reading(4, score, inside), None, flat(score), POSITIONS)
    assert (Doubt.OUTSIDE in found) == flagged


@pytest.mark.parametrize(("mirrored", "flagged"), [(0.55, False), (0.49, True), (0.95, True), (0.85, False)])
def test_a_score_that_changes_in_the_mirror(mirrored: float, flagged: bool) -> None:
    found = doubts.slice_doubts(reading(4, 0.7), trial(4, mirrored), flat(0.7), POSITIONS)
    assert (Doubt.MIRROR in found) == flagged


@pytest.mark.parametrize(
    ("score", "out", "threshold", "flagged"),
    [
        (0.8, 0.57, 0.5, True),
        (0.8, 0.55, 0.5, False),
        (0.4, 0.39, 0.5, False),  # below the operating point nothing is claimed
        (0.4, 0.39, 0.3, True),
        (0.6, 0.5, None, True),
        (0.8, None, 0.5, False),
    ],
)
def test_a_score_that_needs_no_lungs(score: float, out: float | None, threshold: float | None, flagged: bool) -> None:
    one = reading(4, score, threshold=threshold)
    found = doubts.slice_doubts(one, trial(4, score, out), flat(score), POSITIONS)
    assert (Doubt.LUNGS_OUT in found) == flagged


@pytest.mark.parametrize(
    ("before", "after", "flagged"), [(0.4, 0.4, True), (0.4, 0.7, False), (0.5, 0.5, False), (NAN, 0.2, False)]
)
def test_a_spike_is_flagged_and_an_edge_is_not(before: float, after: float, flagged: bool) -> None:
    column = flat(0.8)
    column[3], column[5] = before, after
    found = doubts.slice_doubts(reading(4, 0.8), None, column, POSITIONS)
    assert (Doubt.NEIGHBOURS in found) == flagged


def test_far_neighbours_and_the_ends_are_not_compared() -> None:
    column = np.where(np.arange(9) == 4, 0.9, 0.1).astype(np.float32)
    assert doubts.jump(column, 4, POSITIONS) == pytest.approx(0.8)
    assert doubts.jump(column, 4, POSITIONS * 3) == 0
    assert doubts.jump(column, 4, None) == 0
    assert doubts.jump(column[:5], 4, POSITIONS[:5]) == 0
    assert doubts.jump(column, 0, POSITIONS) == 0


def test_the_flags_of_a_series_are_of_its_means_and_wait_for_all_trials() -> None:
    slices = {i: reading(i, s, inside) for i, s, inside in ((3, 0.9, 0.9), (4, 0.8, 0.9), (5, 0.7, 0.1))}
    score = SeriesScore(np.array([0.8, 0.2], np.float32), "mean", (3, 4, 5))
    column = flat(0.8)
    trials = {3: trial(3, 0.6, 0.9), 4: trial(4, 0.5, 0.5)}
    assert doubts.series_doubts(score, slices, trials, column, POSITIONS) == (Doubt.OUTSIDE,)
    trials[5] = trial(5, 0.6, 0.5)
    assert doubts.mean_trial(score, trials).mirrored[0] == pytest.approx(0.5667, abs=1e-4)
    found = doubts.series_doubts(score, slices, trials, column, POSITIONS)
    assert found == (Doubt.OUTSIDE, Doubt.LUNGS_OUT, Doubt.MIRROR)
    trials[5] = trial(5, 0.8, None)  # of one slice no lungs are known: then nothing is said of all without lungs
    assert doubts.series_doubts(score, slices, trials, column, POSITIONS) == (Doubt.OUTSIDE,)


def test_most_of_the_leading_slices_must_jump() -> None:
    column = np.array([0.1, 0.9, 0.1, 0.9, 0.1, 0.9, 0.8, 0.9, 0.8], np.float32)
    slices = {i: reading(i, float(column[i])) for i in range(9)}
    lone = SeriesScore(np.array([0.9, 0.1], np.float32), "mean", (1, 3, 7))
    assert Doubt.NEIGHBOURS in doubts.series_doubts(lone, slices, {}, column, POSITIONS)
    steady = SeriesScore(np.array([0.9, 0.1], np.float32), "mean", (5, 6, 7))
    assert Doubt.NEIGHBOURS not in doubts.series_doubts(steady, slices, {}, column, POSITIONS)


def test_an_image_far_from_the_training_pictures() -> None:
    near, far = replace(reading(4, 0.2), strangeness=0.99), replace(reading(4, 0.2), strangeness=1.01)
    assert doubts.slice_doubts(near, None, flat(0.2), POSITIONS) == ()
    assert doubts.slice_doubts(far, None, flat(0.2), POSITIONS) == (Doubt.UNFAMILIAR,)
    score = SeriesScore(np.array([0.2, 0.8], np.float32), "mean", (3, 4, 5))
    slices = {3: replace(far, slice_index=3), 4: replace(far, slice_index=4), 5: replace(near, slice_index=5)}
    assert doubts.mean_strangeness(score, slices) == pytest.approx((2 * 1.01 + 0.99) / 3)
    assert doubts.series_doubts(score, slices, {}, flat(0.2), POSITIONS) == (Doubt.UNFAMILIAR,)
    assert doubts.mean_strangeness(score, {4: reading(4, 0.2)}) is None


def test_only_scores_near_the_threshold_or_above_are_worth_a_trial() -> None:
    assert doubts.worth_trying(0.41, 0.5)
    assert not doubts.worth_trying(0.39, 0.5)
    assert doubts.worth_trying(0.45, None)
    assert not doubts.worth_trying(NAN, 0.5)


def test_the_range_over_mirroring() -> None:
    assert doubts.mirrored_range(0.7, trial(0, 0.5), 0) == pytest.approx((0.5, 0.7))
    assert doubts.mirrored_range(0.3, trial(0, 0.5), 0) == pytest.approx((0.3, 0.5))
    assert doubts.mirrored_range(0.7, None, 0) is None
