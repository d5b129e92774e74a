"""Logistic regressions on frozen features: soft labels for training pictures, and the first head of the trunk.

Weighted so that each set counts the same. Soft labels, and the figures by which a penalty is chosen, are cross-fitted
by fold group (``data.Example``): the regression that judges a picture has seen no picture of the same patient nor of
the same paper, so it can neither repeat a label by heart nor recognise a paper by its print.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from covidviewer.training.augment import plain
from covidviewer.training.data import DataError, Example
from covidviewer.training.loop import normalise
from covidviewer.training.metrics import auc
from covidviewer.training.precision import quick_half

__all__ = [
    "FEATURE_GROUPS",
    "choose_strength",
    "cross_fitted",
    "deal_folds",
    "fit_logistic",
    "frozen_features",
    "source_share",
]

Floats = NDArray[np.float64]

FEATURE_GROUPS = {
    "mean and maximum": np.arange(0, 2048),
    "mean": np.arange(0, 1024),
    "mean and deviation": np.r_[0:1024, 2048:3072],
    "all with stage 2": np.arange(0, 4096),
}
"""Columns of ``ResNet50V2Lower.statistics`` that each of four regressions reads."""


def source_share(examples: Sequence[Example]) -> Floats:
    """Weight of each picture so that every source has the same sum; mean 1."""
    names = [e.set_name for e in examples]
    counts = {name: names.count(name) for name in set(names)}
    return np.array([len(names) / len(counts) / counts[name] for name in names])


@torch.no_grad()
def frozen_features(
    reader: Callable[[Tensor], Tensor],
    examples: Sequence[Example],
    size: int,
    flip: bool = False,
    view: Callable[[NDArray[np.uint8]], NDArray[np.uint8]] | None = None,
    batch: int = 32,
) -> Floats:
    """Rows of ``reader``'s values for squeezed pictures (or for ``view`` of each), mirrored where asked.

    Convolutions run in bfloat16 where the processor has it.
    """
    parts = []
    for start in range(0, len(examples), batch):
        part = examples[start : start + batch]
        squares = [plain(e.picture, size) if view is None else view(e.picture) for e in part]
        x = normalise([np.ascontiguousarray(s[:, ::-1]) for s in squares] if flip else squares)
        with quick_half():
            parts.append(reader(x).float())
    return torch.cat(parts).numpy().astype(np.float64)


def fit_logistic(
    features: Floats, positive: NDArray[np.bool_], weights: Floats, strength: float, scale: Floats | None = None
) -> tuple[Floats, float, Floats, Floats]:
    """Weighted L2 logistic regression on standardised columns: weight, intercept, mean, variance.

    ``scale`` multiplies standardised columns before the fit: a smaller one means a stronger penalty there. The
    returned weight is that of the unscaled standardised columns.
    """
    from sklearn.linear_model import LogisticRegression

    mean, variance = features.mean(axis=0), features.var(axis=0) + 1e-6
    factor = np.ones(features.shape[1]) if scale is None else scale
    scaled = (features - mean) / np.sqrt(variance) * factor
    model = LogisticRegression(C=strength, max_iter=300).fit(scaled, positive, sample_weight=weights)
    return model.coef_[0] * factor, float(model.intercept_[0]), mean, variance


def deal_folds(examples: Sequence[Example], folds: int = 5, seed: int = 0) -> NDArray[np.int64]:
    """Fold of each picture: fold groups are dealt at random, those of one set and class evenly.

    Raises
    ------
    DataError
        A patient lies in two fold groups, or a set has pictures of a class in one fold only, so that a regression
        would never see that class there.
    """
    home: dict[str, str] = {}
    kind: dict[str, tuple[str, str]] = {}
    for e in examples:
        if home.setdefault(e.patient, e.fold_group) != e.fold_group:
            raise DataError(f"{e.patient} lies in two fold groups, {home[e.patient]} and {e.fold_group}")
        kind.setdefault(e.fold_group, (e.set_name, e.label))
    rng = np.random.default_rng(seed)
    dealt = sorted(rng.permutation(sorted(kind)).tolist(), key=lambda group: kind[group])
    place = {group: number % folds for number, group in enumerate(dealt)}
    fold = np.array([place[e.fold_group] for e in examples], dtype=np.int64)
    for pair in {(e.set_name, e.label) for e in examples}:
        if len({place[e.fold_group] for e in examples if (e.set_name, e.label) == pair}) < 2:
            raise DataError(
                f"all pictures of {pair[1]} in {pair[0]} lie in one fold: name their source in the recipe's collections"
                " where it is one"
            )
    return fold


def _held_out(
    views: Sequence[Floats],
    judged: Sequence[Floats],
    positive: NDArray[np.bool_],
    weights: Floats,
    fold: NDArray[np.int64],
    strength: float,
    scale: Floats | None = None,
) -> Floats:
    """Logit of each picture, mean over ``judged``, from a regression on ``views`` of the other folds' pictures."""
    score, repeat = np.zeros(len(positive)), len(views)
    for number in np.unique(fold):
        seen, held = fold != number, fold == number
        weight, intercept, mean, variance = fit_logistic(
            np.concatenate([view[seen] for view in views]),
            np.tile(positive[seen], repeat),
            np.tile(weights[seen], repeat) / repeat,
            strength,
            scale,
        )
        scaled = [(view[held] - mean) / np.sqrt(variance) for view in judged]
        score[held] = np.mean([s @ weight + intercept for s in scaled], axis=0)
    return score


def choose_strength(
    views: Sequence[Floats],
    examples: Sequence[Example],
    positive_label: str,
    strengths: Sequence[float],
    folds: int = 5,
    seed: int = 0,
    deals: int = 3,
    scale: Floats | None = None,
) -> tuple[float, dict[float, dict[str, float]]]:
    """C with the highest cross-fitted AUC on training pictures, mean over sets; the smallest of equals.

    Parameters
    ----------
    views
        Feature rows of the same pictures under several views. Regressions are fitted on all, and judged on the
        first, the plain pictures, which is what the network will read.
    examples, positive_label
        Training pictures in the order of the rows, and the class whose AUC counts.
    strengths
        What to choose from, at least one. One alone is taken without a fit.
    folds, seed, deals
        As in ``deal_folds``, with ``deals`` seeds from ``seed`` on, over which AUC is averaged: with few papers it
        depends more on the dealing than on C.
    scale
        As in ``fit_logistic``.

    Returns
    -------
    tuple
        C, and the AUC by set of each candidate.
    """
    candidates = sorted(set(strengths))
    if len(candidates) == 1:
        return candidates[0], {}
    positive = np.array([e.label == positive_label for e in examples])
    sets = np.array([e.set_name for e in examples])
    weights = source_share(examples)
    dealt = [deal_folds(examples, folds, seed + k) for k in range(deals)]
    figures: dict[float, dict[str, float]] = {}
    for strength in candidates:
        scores = [_held_out(views, views[:1], positive, weights, fold, strength, scale) for fold in dealt]
        figures[strength] = {
            str(name): float(np.mean([auc(score[sets == name], positive[sets == name]) for score in scores]))
            for name in np.unique(sets)
        }
    means = [np.mean(list(figures[strength].values())) for strength in candidates]
    return candidates[int(np.argmax(means))], figures


def cross_fitted(
    views: Sequence[Floats],
    examples: Sequence[Example],
    positive_label: str,
    strength: float = 0.03,
    folds: int = 5,
    seed: int = 0,
) -> Floats:
    """Probability of the positive class for each training picture, from regressions that never saw its fold group.

    Parameters
    ----------
    views
        Feature rows of the same pictures under several views (plain, mirrored); each N x 4096.
    examples
        Training pictures, in the order of the rows.
    positive_label
        Its class.
    strength
        C of the regressions.
    folds, seed
        As in ``deal_folds``.

    Returns
    -------
    ndarray, shape (N,)
        Mean of the four regressions of ``FEATURE_GROUPS``, scaled to the least weighted log loss.
    """
    positive = np.array([e.label == positive_label for e in examples])
    weights, fold = source_share(examples), deal_folds(examples, folds, seed)
    total = np.zeros(len(examples))
    for columns in FEATURE_GROUPS.values():
        chosen = [view[:, columns] for view in views]
        score = _held_out(chosen, chosen, positive, weights, fold, strength)
        total += score / score.std()
    total /= len(FEATURE_GROUPS)
    signs = np.where(positive, 1.0, -1.0)
    factors = np.linspace(0.1, 5.0, 200)
    losses = [np.average(np.logaddexp(0, -f * total * signs), weights=weights) for f in factors]
    best = factors[int(np.argmin(losses))]
    result: Floats = 1 / (1 + np.exp(-best * total))
    return result
