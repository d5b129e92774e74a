"""All replicates at once give what one at a time gives, and intervals resample patients."""

from __future__ import annotations

import numpy as np
import pytest

from covidviewer.training import metrics
from covidviewer.training.evaluation.figures import Judged, curves, figures_of, patient_weights, weighted_auc


def judged(n: int = 120, k: int = 3, seed: int = 0, per_patient: int = 3) -> Judged:
    rng = np.random.default_rng(seed)
    labels = np.repeat(rng.integers(0, k, n // per_patient), per_patient)
    logits = rng.normal(size=(n, k)) + 1.5 * np.eye(k)[labels]
    probabilities = metrics.softmax(logits)
    patients = tuple(f"p{i // per_patient}" for i in range(n))
    names = ("a", "b", "c", "d")[:k]
    return Judged(probabilities, metrics.softmax(logits * 2), labels, probabilities.argmax(1), patients, names, "a")


def test_weighted_auc_equals_the_plain_one_on_repeated_pictures():
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 9, 60) / 9  # many ties
    positive = rng.random(60) < 0.4
    weights = rng.integers(0, 4, (20, 60)).astype(float)
    found = weighted_auc(scores, positive, weights)
    for row, value in zip(weights, found, strict=True):
        index = np.repeat(np.arange(60), row.astype(int))
        assert value == pytest.approx(metrics.auc(scores[index], positive[index]))
    assert np.isnan(weighted_auc(scores, np.ones(60, bool), weights)).all()


def test_the_sample_itself_is_the_first_row():
    one = judged()
    report = figures_of(one, 50, 0, 20)
    assert report["accuracy"]["value"] == pytest.approx((one.called == one.labels).mean())
    assert report["ece"]["value"] == pytest.approx(metrics.ece(one.probabilities, one.labels))
    assert report["brier"]["value"] == pytest.approx(metrics.brier(one.probabilities, one.labels))
    assert report["nll"]["value"] == pytest.approx(metrics.nll(one.probabilities, one.labels))
    recalls = [report["per_class"][c]["recall"]["value"] for c in "abc"]
    assert report["balanced_accuracy"]["value"] == pytest.approx(np.mean(recalls))
    areas = [metrics.auc(one.probabilities[:, c], one.labels == c) for c in range(3)]
    assert report["auc"]["value"] == pytest.approx(np.mean(areas))
    hit = ((one.called == 0) & (one.labels == 0)).sum()
    assert report["per_class"]["a"]["precision"]["value"] == pytest.approx(hit / (one.called == 0).sum())


def test_the_interval_is_that_of_the_slow_bootstrap():
    one = judged(k=2)
    report = figures_of(one, 2000, 0, 20)
    slow = metrics.bootstrap_by_patient(
        lambda i: metrics.auc(one.probabilities[i, 0], one.labels[i] == 0), one.patients, one.labels == 0, 2000
    )
    assert report["auc"]["value"] == pytest.approx(slow.value)
    assert report["auc"]["low"] == pytest.approx(slow.low, abs=0.015)
    assert report["auc"]["high"] == pytest.approx(slow.high, abs=0.015)


def test_patients_are_drawn_not_pictures():
    one = judged(n=90)
    weights = patient_weights(one.patients, one.labels, 200, 0)
    assert weights.shape == (201, 90)
    assert (weights[0] == 1).all()
    assert (weights.reshape(201, 30, 3) == weights.reshape(201, 30, 3)[:, :, :1]).all()
    for c in range(3):  # stratified: as many patients of each class in each draw
        own = one.labels == c
        assert (weights[:, own].sum(axis=1) == own.sum()).all()
    # Ten pictures of each of four patients: the interval is far wider than that of forty patients.
    few = judged(n=40, k=2, per_patient=10, seed=4)
    assert figures_of(few, 200, 0, 20)["accuracy"]["reliable"] is False


def test_a_class_that_is_not_there_is_left_out():
    one = judged()
    part = one.part(one.labels != 2)
    report = figures_of(part, 50, 0, 20)
    recalls = [report["per_class"][c]["recall"]["value"] for c in "ab"]
    assert report["balanced_accuracy"]["value"] == pytest.approx(np.mean(recalls))
    assert report["per_class"]["c"]["recall"]["value"] is None
    drawn = curves(part, 15)
    assert np.sum(drawn["confusion"]) == len(part.labels)
    assert set(drawn["roc"]) == {"a", "b"}
    assert sum(b["n"] for b in drawn["reliability"]) == len(part.labels)
