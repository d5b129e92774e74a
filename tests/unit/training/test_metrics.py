"""Figures on toy data whose answers are known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from covidviewer.training import metrics


def test_auc_counts_ties_one_half():
    scores = np.array([0.1, 0.4, 0.4, 0.8])
    positive = np.array([False, True, False, True])
    assert metrics.auc(scores, positive) == pytest.approx((1 + 0.5 + 1 + 1) / 4)
    assert metrics.auc(np.zeros(4), positive) == pytest.approx(0.5)
    assert np.isnan(metrics.auc(scores, np.ones(4, dtype=bool)))


def test_auc_equals_pair_counting():
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 20, 200) / 20
    positive = rng.random(200) < 0.4
    a, b = scores[positive][:, None], scores[~positive][None, :]
    assert metrics.auc(scores, positive) == pytest.approx(float((a > b).mean() + (a == b).mean() / 2))


def test_sensitivity_and_specificity_at_a_threshold():
    scores = np.array([0.9, 0.5, 0.4, 0.2])
    positive = np.array([True, True, False, True])
    assert metrics.sensitivity_specificity(scores, positive, 0.5) == (pytest.approx(2 / 3), 1.0)
    assert metrics.balanced_accuracy(scores, positive, 0.5) == pytest.approx(5 / 6)


def test_youden_threshold_separates_what_can_be_separated():
    scores = np.array([0.1, 0.2, 0.7, 0.9])
    positive = np.array([False, False, True, True])
    threshold = metrics.youden_threshold(scores, positive)
    assert 0.2 < threshold < 0.7
    thresholds, sensitivity, specificity = metrics.roc_points(scores, positive)
    assert thresholds[0] == 0.9
    assert sensitivity[-1] == 1.0
    assert specificity[0] == 1.0


def test_youden_threshold_heeds_weights():
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    positive = np.array([True, False, True, False, True])
    light = metrics.youden_threshold(scores, positive, np.array([1.0, 0.01, 1.0, 1.0, 0.01]))
    assert 0.6 < light < 0.7


def test_ece_of_a_calibrated_toy_set_is_zero():
    probabilities = np.repeat([[0.75, 0.25]], 4, axis=0)
    labels = np.array([0, 0, 0, 1])
    assert metrics.ece(probabilities, labels) == pytest.approx(0.0)
    assert metrics.ece(probabilities, np.ones(4, dtype=int)) == pytest.approx(0.75)


def test_brier_and_nll():
    probabilities = np.array([[0.8, 0.2], [0.3, 0.7]])
    labels = np.array([0, 1])
    assert metrics.brier(probabilities, labels) == pytest.approx((0.04 + 0.04 + 0.09 + 0.09) / 2)
    assert metrics.nll(probabilities, labels) == pytest.approx(-(np.log(0.8) + np.log(0.7)) / 2)


def test_temperature_is_found_and_keeps_the_order():
    rng = np.random.default_rng(3)
    logits = np.stack([rng.normal(0, 2, 4000), np.zeros(4000)], axis=1)
    labels = (rng.random(4000) > metrics.softmax(logits)[:, 0]).astype(np.int64)
    temperature = metrics.fit_temperature(logits * 2.5, labels)
    assert temperature == pytest.approx(2.5, rel=0.1)
    cooled = metrics.softmax(logits * 2.5, temperature)
    assert np.array_equal(cooled.argmax(axis=1), logits.argmax(axis=1))


def test_bootstrap_draws_patients_and_not_pictures():
    # One patient a class with many pictures: resampling patients cannot change the figure.
    patients = ["a"] * 10 + ["b"] * 10
    positive = np.array([True] * 10 + [False] * 10)
    scores = np.linspace(0, 1, 20)
    result = metrics.bootstrap_by_patient(
        lambda i: metrics.auc(scores[i], positive[i]), patients, positive, replicates=50
    )
    assert result.low == result.high == result.value == 0.0
    assert result.patients == (1, 1)
    assert not result.reliable


def test_bootstrap_interval_holds_the_figure():
    rng = np.random.default_rng(5)
    positive = np.arange(120) % 2 == 0
    scores = rng.normal(positive.astype(float), 1.0)
    patients = [f"p{i // 2}-{i % 2}" for i in range(120)]
    result = metrics.bootstrap_by_patient(
        lambda i: metrics.auc(scores[i], positive[i]), patients, positive, replicates=300
    )
    assert result.low < result.value < result.high
    assert result.reliable
