"""A head for several sources: one regression with a shared part and a part a source, and a gate between them.

The two CT sources pull one regression apart: what speaks for covid among slices cut from papers does not among
screen captures of one city. So each source gets its own weights, but not freely: they are the sum of a shared vector
and the source's own deviation, both penalised alike (Daume, "Frustratingly easy domain adaptation", ACL 2007). With few
pictures a source, this lies between one regression for all and one for each, and it won out of fold against both.

The gate is a regression of the source on the same pooled values, with slope and border chosen out of fold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covidviewer.training.data import DataError, Example
from covidviewer.training.linear import deal_folds, source_share
from covidviewer.training.metrics import auc

__all__ = ["Experts", "GateSettings", "fit_experts", "fit_gate", "fit_head", "patient_share", "source_factors"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Experts:
    """Readings of raw pooled values.

    Parameters
    ----------
    sources
        Names of the sets, in the order of the rows.
    weight, intercept
        Logit of the positive class a source: S x D and S.
    gate_weight, gate_intercept
        Logits of the gate: S x D and S.
    """

    sources: tuple[str, ...]
    weight: Floats
    intercept: Floats
    gate_weight: Floats
    gate_intercept: Floats


@dataclass(frozen=True)
class GateSettings:
    """The gate: C of its regression; factor of its logits; and by how many logits its border lies from the middle.

    The border is moved towards the second source (in the order of their names) when ``shift`` is above 0: the first
    expert reads more. With a source of many scanners and one of few, the foreign slice is the wide one's.
    """

    strength: float = 0.01
    slope: float = 1.0
    shift: float = 0.0


def patient_share(examples: Sequence[Example]) -> Floats:
    """Weight of each picture: every source has the same sum, and within it every patient; mean 1."""
    pictures = Counter(e.patient for e in examples)
    patients = Counter(e.set_name for e in {e.patient: e for e in examples}.values())
    return np.array([len(examples) / len(patients) / patients[e.set_name] / pictures[e.patient] for e in examples])


def _sources(examples: Sequence[Example]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    names = tuple(sorted({e.set_name for e in examples}))
    if len(names) < 2:
        raise DataError("experts need pictures of at least two sets")
    return names, np.array([names.index(e.set_name) for e in examples], dtype=np.int64)


def fit_experts(
    rows: Floats, positive: Bools, source: NDArray[np.int64], weights: Floats, strength: float
) -> tuple[Floats, Floats]:
    """Shared and own weights of each source on standardised values.

    Parameters
    ----------
    rows
        N x D, standardised (and scaled, where a level is to be penalised more).
    positive, source, weights
        Truth, number of the source, weight; N each.
    strength
        C of the regression; shared and own parts bear the same penalty.

    Returns
    -------
    tuple
        Weight S x D and intercept S.
    """
    from sklearn.linear_model import LogisticRegression

    count = int(source.max()) + 1
    own = np.eye(count)[source]
    # An intercept a source, hardly penalised; features halved in power, because each picture's come twice.
    table = np.concatenate([rows, *(rows * own[:, k : k + 1] for k in range(count))], axis=1) * np.sqrt(0.5)
    table = np.concatenate([table, 3.0 * own], axis=1).astype(np.float32)
    model = LogisticRegression(C=strength, max_iter=300).fit(table, positive, sample_weight=weights)
    found, width = model.coef_[0].astype(np.float64), rows.shape[1]
    shared = found[:width]
    weight = np.stack([shared + found[(k + 1) * width : (k + 2) * width] for k in range(count)]) * np.sqrt(0.5)
    return weight, float(model.intercept_[0]) + 3.0 * found[-count:]


def _out_of_fold(
    views: Sequence[Floats],
    positive: Bools,
    source: NDArray[np.int64],
    weights: Floats,
    fold: NDArray[np.int64],
    strength: float,
) -> Floats:
    """Logits of each first view by all experts, N x S, fitted on all views of the other folds' pictures."""
    score, repeat = np.zeros((len(positive), int(source.max()) + 1)), len(views)
    for number in np.unique(fold):
        seen, held = fold != number, fold == number
        weight, intercept = fit_experts(
            np.concatenate([view[seen] for view in views]),
            np.tile(positive[seen], repeat),
            np.tile(source[seen], repeat),
            np.tile(weights[seen], repeat) / repeat,
            strength,
        )
        score[held] = views[0][held] @ weight.T + intercept
    return score


def source_factors(scores: Floats, positive: Bools, source: NDArray[np.int64], weights: Floats) -> Floats:
    """Factor of each source's logits with the least weighted log loss, 0.05 to 3.

    On out-of-fold scores: a regression in more dimensions than pictures is too sure of itself, and not equally so in
    every source.
    """
    candidates = np.linspace(0.05, 3.0, 296)
    signs = np.where(positive, 1.0, -1.0)
    best = []
    for k in range(int(source.max()) + 1):
        own = source == k
        losses = [np.average(np.logaddexp(0, -f * scores[own] * signs[own]), weights=weights[own]) for f in candidates]
        best.append(candidates[int(np.argmin(losses))])
    return np.array(best)


def fit_gate(rows: Floats, source: NDArray[np.int64], weights: Floats, settings: GateSettings) -> tuple[Floats, Floats]:
    """Logits of two sources on rows that share one scale (standardised columns, or principal directions of such).

    Parameters
    ----------
    rows, source, weights
        N x D, number of the source (0 or 1), weight; N each.
    settings
        Penalty, slope and place of the border.

    Returns
    -------
    tuple
        Weight 2 x D and intercept 2.

    Raises
    ------
    DataError
        There are not exactly two sources.
    """
    from sklearn.linear_model import LogisticRegression

    if set(np.unique(source)) != {0, 1}:
        raise DataError("the gate is made for two sets")
    # Not fit_logistic: it would standardise the principal directions, and so make noise as loud as the rest.
    model = LogisticRegression(C=settings.strength, max_iter=300).fit(rows, source == 1, sample_weight=weights)
    half = np.array([-0.5, 0.5]) * settings.slope
    return half[:, None] * model.coef_[0], half * (float(model.intercept_[0]) - settings.shift)


def _mixture(logits: Floats, gate_logits: Floats) -> Floats:
    """Logits of the experts mixed by the softmax of the gate's; N x S both."""
    powers = np.exp(gate_logits - gate_logits.max(axis=1, keepdims=True))
    result: Floats = (logits * powers).sum(axis=1) / powers.sum(axis=1)
    return result


def _directions(rows: Floats, count: int) -> Floats:
    """The ``count`` principal directions of N x D rows, D x count; all that they span when there are fewer."""
    values, vectors = np.linalg.eigh(rows @ rows.T)
    order = np.argsort(values)[::-1][:count]
    order = order[values[order] > 1e-9 * values[order[0]]]
    result: Floats = rows.T @ vectors[:, order] / np.sqrt(values[order])
    return result


def fit_head(
    views: Sequence[Floats],
    examples: Sequence[Example],
    positive_label: str,
    strengths: Sequence[float],
    scale: Floats,
    gate: GateSettings,
    folds: int = 5,
    seed: int = 0,
    deals: int = 3,
    directions: int = 900,
) -> tuple[Experts, dict[str, object]]:
    """All of it: penalty chosen out of fold, experts fitted on everything, calibrated by source, gate.

    Parameters
    ----------
    views
        Pooled values of the same pictures under several views, each N x D; the first, plain pictures, is judged.
    examples, positive_label
        Training pictures in the order of the rows, and the class that the logits speak of.
    strengths
        Penalties (C) to choose from: the highest mean AUC over sources and ``deals`` dealings of the folds.
    scale
        Factor of each standardised column, D; 0 leaves a column out, also for the gate.
    gate
        As in `fit_gate`.
    folds, seed, deals
        As in `covidviewer.training.linear.deal_folds`, with ``deals`` seeds from ``seed`` on.
    directions
        Regressions are fitted in so many principal directions of the plain pictures: the same figures in less time.

    Returns
    -------
    tuple
        The experts for raw pooled values, and what was found on the way: out-of-fold AUC by C and source (each read
        by its own expert), the same by the gated mixture, C, factors.
    """
    names, source = _sources(examples)
    positive = np.array([e.label == positive_label for e in examples])
    weights = patient_share(examples)
    kept = scale > 0
    mean, deviation = views[0].mean(axis=0), np.sqrt(views[0].var(axis=0) + 1e-6)
    plain = [((view - mean) / deviation * scale)[:, kept] for view in views]
    turn = _directions(plain[0], directions)
    rows = [view @ turn for view in plain]
    dealt = [deal_folds(examples, folds, seed + k) for k in range(deals)]
    figures: dict[float, dict[str, float]] = {}
    held: dict[float, list[Floats]] = {}
    for strength in sorted(set(strengths)):
        held[strength] = [_out_of_fold(rows, positive, source, weights, fold, strength) for fold in dealt]
        own = [score[np.arange(len(source)), source] for score in held[strength]]
        figures[strength] = _by_source(own, names, source, positive)
    best = max(figures, key=lambda c: (float(np.mean(list(figures[c].values()))), -c))
    own = [score[np.arange(len(source)), source] for score in held[best]]
    factors = np.mean([source_factors(score, positive, source, weights) for score in own], axis=0)
    evenly = source_share(examples)
    mixed = []
    for score, fold in zip(held[best], dealt, strict=True):
        gate_logits = np.zeros((len(source), 2))
        for number in np.unique(fold):
            seen = fold != number
            vectors, offsets = fit_gate(rows[0][seen], source[seen], evenly[seen], gate)
            gate_logits[~seen] = rows[0][~seen] @ vectors.T + offsets
        mixed.append(_mixture(score * factors, gate_logits))
    repeat = len(views)
    weight, intercept = fit_experts(
        np.concatenate(rows),
        np.tile(positive, repeat),
        np.tile(source, repeat),
        np.tile(weights, repeat) / repeat,
        best,
    )

    def raw(table: Floats, offsets: Floats) -> tuple[Floats, Floats]:
        whole = np.zeros((len(names), len(scale)))
        whole[:, kept] = (table @ turn.T) * (scale / deviation)[kept]
        return whole, offsets - whole @ mean

    found: dict[str, object] = {
        "head_strength": best,
        "out_of_fold_auc": figures,
        "out_of_fold_auc_gated": _by_source(mixed, names, source, positive),
        "factors": dict(zip(names, factors.round(3).tolist(), strict=True)),
    }
    reading = raw(weight * factors[:, None], intercept * factors)
    return Experts(names, *reading, *raw(*fit_gate(rows[0], source, evenly, gate))), found


def _by_source(
    scores: Sequence[Floats], names: Sequence[str], source: NDArray[np.int64], positive: Bools
) -> dict[str, float]:
    """AUC by source, mean over dealings."""
    return {
        name: round(float(np.mean([auc(score[source == k], positive[source == k]) for score in scores])), 4)
        for k, name in enumerate(names)
    }
