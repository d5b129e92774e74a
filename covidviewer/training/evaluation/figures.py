"""Figures of a classifier with bootstrap intervals, all replicates at once (NETWORKS 7).

A replicate is a row of weights: how often each picture was drawn with its patient. Every figure is then a weighted sum,
so that 2000 replicates of all figures cost a few matrix products instead of 2000 passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.training import metrics

__all__ = ["Judged", "curves", "figures_of", "interval", "patient_weights", "weighted_auc"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Judged:
    """What a network said of N pictures of K classes.

    Parameters
    ----------
    probabilities
        N x K, calibrated.
    uncalibrated
        N x K, temperature 1.
    labels, called
        (N,) true class and the class decided for.
    patients
        N names; intervals resample them.
    classes, positive
        Names of the K columns and which of them a two-class AUC is about.
    """

    probabilities: Floats
    uncalibrated: Floats
    labels: Ints
    called: Ints
    patients: tuple[str, ...]
    classes: tuple[str, ...]
    positive: str

    def part(self, chosen: NDArray[np.bool_]) -> Judged:
        """The pictures where ``chosen`` is True."""
        index = np.flatnonzero(chosen)
        return Judged(
            self.probabilities[index],
            self.uncalibrated[index],
            self.labels[index],
            self.called[index],
            tuple(self.patients[i] for i in index),
            self.classes,
            self.positive,
        )


def patient_weights(patients: Sequence[str], labels: Ints, replicates: int, seed: int) -> Floats:
    """How often each picture is drawn in each replicate.

    Patients (not pictures) are drawn with replacement, within the patients of the same label or labels.

    Returns
    -------
    ndarray of float64, shape (1 + replicates, N)
        The first row is the sample itself: ones.
    """
    names, index = np.unique(np.asarray(patients), return_inverse=True)
    kinds: dict[tuple[int, ...], list[int]] = {}
    for number in range(len(names)):
        kinds.setdefault(tuple(np.unique(labels[index == number]).tolist()), []).append(number)
    rng = np.random.default_rng(seed)
    draws = np.zeros((replicates, len(names)))
    for members in kinds.values():
        share = np.full(len(members), 1 / len(members))
        draws[:, members] = rng.multinomial(len(members), share, size=replicates)
    return np.concatenate([np.ones((1, len(index))), draws[:, index]])


def weighted_auc(scores: Floats, positive: NDArray[np.bool_], weights: Floats) -> Floats:
    """Area under the ROC curve of each row of weights; ties count one half, NaN without both classes.

    Parameters
    ----------
    scores, positive
        (N,).
    weights
        (R, N), not negative.
    """
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]]) if ranked.size else np.zeros(0, np.intp)
    if not ranked.size:
        return np.full(len(weights), np.nan)
    sorted_weights = weights[:, order]
    truth = positive[order]
    up = np.add.reduceat(sorted_weights * truth, starts, axis=1)
    down = np.add.reduceat(sorted_weights * ~truth, starts, axis=1)
    below = np.cumsum(down, axis=1) - down
    total = up.sum(axis=1) * down.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        result: Floats = np.where(total > 0, (up * (below + down / 2)).sum(axis=1) / total, np.nan)
    return result


def interval(values: Floats, reliable: bool) -> dict[str, Any]:
    """``{value, low, high, reliable}`` from a figure's row of replicates; NaN becomes None (JSON knows no NaN)."""
    finite = values[1:][np.isfinite(values[1:])]
    low, high = np.percentile(finite, [2.5, 97.5]) if finite.size else (np.nan, np.nan)
    cells = (float(values[0]), float(low), float(high))
    value, bottom, top = (v if np.isfinite(v) else None for v in cells)
    return {"value": value, "low": bottom, "high": top, "reliable": reliable}


def figures_of(judged: Judged, replicates: int, seed: int, enough: int, bins: int = 15) -> dict[str, Any]:
    """Every figure of a group of pictures.

    Parameters
    ----------
    judged
        The group.
    replicates, seed
        Of the bootstrap.
    enough
        Patients that each class needs for an interval to be called reliable.
    bins
        Of the calibration error.

    Returns
    -------
    dict
        ``n``, ``patients`` by class, overall figures and ``per_class``; each figure ``{value, low, high, reliable}``.
        Balanced accuracy is the mean recall of the classes that are there; AUC that of the positive class (two
        classes) or the mean of one-against-the-rest.
    """
    n, k = judged.probabilities.shape
    labels, called, names = judged.labels, judged.called, judged.classes
    weights = patient_weights(judged.patients, labels, replicates, seed)
    present = [c for c in range(k) if (labels == c).any()]
    counts = {names[c]: len({p for p, own in zip(judged.patients, labels, strict=True) if own == c}) for c in range(k)}
    reliable = min((counts[names[c]] for c in present), default=0) >= enough
    total = weights.sum(axis=1)
    right = (labels == called).astype(np.float64)
    rows: dict[str, Floats] = {"accuracy": weights @ right / total}
    per_class: dict[str, dict[str, Floats]] = {}
    with np.errstate(invalid="ignore", divide="ignore"):
        for c in range(k):
            per_class[names[c]] = _class_rows(judged, c, weights)
        for name in ("precision", "recall", "f1"):
            stacked = np.stack([per_class[names[c]][name] for c in present])
            rows["macro_" + name] = stacked.mean(axis=0)
    rows["balanced_accuracy"] = rows.pop("macro_recall")
    rows["auc"] = _overall_auc(judged, per_class)
    truth = np.eye(k)[labels]
    rows["brier"] = weights @ ((judged.probabilities - truth) ** 2).sum(axis=1) / total
    chosen = np.clip(judged.probabilities[np.arange(n), labels], 1e-12, None)
    rows["nll"] = weights @ -np.log(chosen) / total
    rows["ece"] = _ece_rows(judged.probabilities, labels, weights, bins)
    rows["ece_uncalibrated"] = _ece_rows(judged.uncalibrated, labels, weights, bins)
    return {
        "n": n,
        "patients": counts,
        **{name: interval(row, reliable) for name, row in rows.items()},
        "per_class": {
            name: {"n": int((labels == c).sum()), "patients": counts[name]}
            | {key: interval(row, counts[name] >= enough) for key, row in per_class[name].items()}
            for c, name in enumerate(names)
        },
    }


def _class_rows(judged: Judged, c: int, weights: Floats) -> dict[str, Floats]:
    """Precision, recall, specificity, F1 and AUC of one class against the rest, a value a replicate."""
    own, said = judged.labels == c, judged.called == c
    hits = weights @ (own & said).astype(np.float64)
    misses = weights @ (own & ~said).astype(np.float64)
    alarms = weights @ (~own & said).astype(np.float64)
    quiet = weights @ (~own & ~said).astype(np.float64)
    return {
        "precision": hits / (hits + alarms),
        "recall": hits / (hits + misses),
        "specificity": quiet / (quiet + alarms),
        "f1": 2 * hits / (2 * hits + misses + alarms),
        "auc": weighted_auc(judged.probabilities[:, c], own, weights),
    }


def _overall_auc(judged: Judged, per_class: dict[str, dict[str, Floats]]) -> Floats:
    if len(judged.classes) == 2:
        return per_class[judged.positive]["auc"]
    present = [c for i, c in enumerate(judged.classes) if (judged.labels == i).any()]
    mean: Floats = np.stack([per_class[c]["auc"] for c in present]).mean(axis=0)
    return mean


def _ece_rows(probabilities: Floats, labels: Ints, weights: Floats, bins: int) -> Floats:
    top = probabilities.max(axis=1)
    gap = (probabilities.argmax(axis=1) == labels) - top
    place = np.minimum((top * bins).astype(int), bins - 1)
    total = np.zeros(len(weights))
    for index in np.unique(place):
        inside = place == index
        total += np.abs(weights[:, inside] @ gap[inside])
    result: Floats = total / weights.sum(axis=1)
    return result


def curves(judged: Judged, bins: int) -> dict[str, Any]:
    """What the figures draw: confusion counts, ROC points by class, reliability by bin."""
    k = len(judged.classes)
    confusion = np.zeros((k, k), int)
    np.add.at(confusion, (judged.labels, judged.called), 1)
    roc: dict[str, Any] = {}
    for c, name in enumerate(judged.classes):
        own = judged.labels == c
        if own.any() and (~own).any():
            _, sensitivity, specificity = metrics.roc_points(judged.probabilities[:, c], own)
            roc[name] = {
                "false_positive_rate": [0.0, *(1 - specificity).round(5).tolist()],
                "true_positive_rate": [0.0, *sensitivity.round(5).tolist()],
            }
    top = judged.probabilities.max(axis=1)
    right = judged.probabilities.argmax(axis=1) == judged.labels
    place = np.minimum((top * bins).astype(int), bins - 1)
    reliability = [
        {"bin": int(b), "n": int((place == b).sum()), "confidence": float(top[place == b].mean()),
         "accuracy": float(right[place == b].mean())}
        for b in np.unique(place)
    ]  # fmt: skip
    return {"confusion": confusion.tolist(), "roc": roc, "reliability": reliability}
