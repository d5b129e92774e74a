"""Figures of a classifier (NETWORKS.md 7): ranks, calibration, and intervals that resample patients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Interval",
    "auc",
    "balanced_accuracy",
    "bootstrap_by_patient",
    "brier",
    "ece",
    "fit_temperature",
    "nll",
    "roc_points",
    "sensitivity_specificity",
    "softmax",
    "youden_threshold",
]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % percentile interval and what it rests on."""

    value: float
    low: float
    high: float
    patients: tuple[int, int]  # positive, negative
    reliable: bool  # at least 20 patients (groups) in each class


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """Rows of N x K logits to probabilities."""
    scaled = logits / temperature
    scaled = scaled - scaled.max(axis=1, keepdims=True)
    powers = np.exp(scaled)
    result: Floats = powers / powers.sum(axis=1, keepdims=True)
    return result


def auc(scores: Floats, positive: Bools) -> float:
    """P(s+ > s-) + P(s+ = s-)/2, from mid-ranks, so that ties count one half. NaN without both classes."""
    n_positive = int(positive.sum())
    n_negative = positive.size - n_positive
    if n_positive == 0 or n_negative == 0:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2.0)[inverse]
    return float((ranks[positive].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def sensitivity_specificity(scores: Floats, positive: Bools, threshold: float) -> tuple[float, float]:
    """Shares of positives at or over the threshold and of negatives under it."""
    called = scores >= threshold
    sensitivity = float(called[positive].mean()) if positive.any() else float("nan")
    specificity = float((~called[~positive]).mean()) if (~positive).any() else float("nan")
    return sensitivity, specificity


def balanced_accuracy(scores: Floats, positive: Bools, threshold: float) -> float:
    """Mean of sensitivity and specificity."""
    return sum(sensitivity_specificity(scores, positive, threshold)) / 2


def roc_points(scores: Floats, positive: Bools) -> tuple[Floats, Floats, Floats]:
    """Thresholds (descending), sensitivity and specificity at each distinct score."""
    thresholds = np.unique(scores)[::-1]
    called = scores[None, :] >= thresholds[:, None]
    sensitivity = called[:, positive].mean(axis=1)
    specificity = (~called[:, ~positive]).mean(axis=1)
    return thresholds, sensitivity, specificity


def youden_threshold(scores: Floats, positive: Bools, weights: Floats | None = None) -> float:
    """Threshold with the largest weighted sensitivity + specificity, midway between neighbouring scores.

    Parameters
    ----------
    scores
        Probability of the positive class.
    positive
        Truth.
    weights
        One weight a picture (say, so that each source counts the same); equal when absent.
    """
    weights = np.ones_like(scores) if weights is None else weights
    order = np.argsort(-scores, kind="stable")
    ranked, truth, weight = scores[order], positive[order], weights[order]
    gain = np.cumsum(np.where(truth, weight, 0.0)) / weight[truth].sum()
    gain = gain - np.cumsum(np.where(truth, 0.0, weight)) / weight[~truth].sum()
    distinct = np.append(ranked[1:] != ranked[:-1], True)
    best = int(np.argmax(np.where(distinct, gain, -np.inf)))
    below = ranked[best + 1] if best + 1 < ranked.size else 0.0
    return float((ranked[best] + below) / 2)


def nll(probabilities: Floats, labels: NDArray[np.int64]) -> float:
    """Mean negative log likelihood of the true class."""
    chosen = probabilities[np.arange(labels.size), labels]
    return float(-np.log(np.clip(chosen, 1e-12, None)).mean())


def brier(probabilities: Floats, labels: NDArray[np.int64]) -> float:
    """Mean over pictures of the sum over classes of (p - y)^2."""
    truth = np.eye(probabilities.shape[1])[labels]
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())


def ece(probabilities: Floats, labels: NDArray[np.int64], bins: int = 15) -> float:
    """Expected calibration error of the top class, equal-width bins."""
    top = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    place = np.minimum((top * bins).astype(int), bins - 1)
    total = 0.0
    for index in range(bins):
        inside = place == index
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - top[inside].mean())
    return float(total)


def fit_temperature(logits: Floats, labels: NDArray[np.int64], weights: Floats | None = None) -> float:
    """T > 0 with the least (weighted) NLL: golden section over log T in [-3, 3] (arXiv 1706.04599)."""
    weights = np.ones(labels.size) if weights is None else weights

    def cost(log_t: float) -> float:
        chosen = softmax(logits, float(np.exp(log_t)))[np.arange(labels.size), labels]
        return float(-(weights * np.log(np.clip(chosen, 1e-12, None))).sum() / weights.sum())

    low, high = -3.0, 3.0
    ratio = (np.sqrt(5.0) - 1) / 2
    for _ in range(60):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if cost(left) < cost(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def bootstrap_by_patient(
    statistic: Callable[[NDArray[np.int64]], float],
    patients: Sequence[str],
    positive: Bools,
    replicates: int = 2000,
    seed: int = 0,
) -> Interval:
    """Percentile interval (2.5 to 97.5) from resampling patients, stratified by their label.

    Parameters
    ----------
    statistic
        Figure of the pictures with the given indices.
    patients
        Patient (or group) of each picture. A patient is positive when one of his pictures is.
    positive
        Truth of each picture.
    replicates
        Draws; those whose statistic is NaN are left out.
    seed
        Start of the random numbers.
    """
    members: dict[str, list[int]] = {}
    for index, patient in enumerate(patients):
        members.setdefault(patient, []).append(index)
    strata: tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]] = ([], [])
    for indices in members.values():
        array = np.array(indices, dtype=np.int64)
        strata[0 if positive[array].any() else 1].append(array)
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(replicates):
        chosen: list[NDArray[np.int64]] = []
        for stratum in strata:
            chosen += [stratum[i] for i in rng.integers(0, len(stratum), len(stratum))] if stratum else []
        value = statistic(np.concatenate(chosen))
        if np.isfinite(value):
            values.append(value)
    counts = (len(strata[0]), len(strata[1]))
    low, high = np.percentile(values, [2.5, 97.5]) if values else (float("nan"), float("nan"))
    everything = np.arange(len(patients), dtype=np.int64)
    return Interval(statistic(everything), float(low), float(high), counts, min(counts) >= 20)
