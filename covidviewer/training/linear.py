"""Logistic regressions on frozen features: soft labels for training pictures, and the first head of the trunk.

Weighted so that each source counts the same. Soft labels are cross-fitted by patient: the regression that judges a
picture has seen no picture of the same patient, so it cannot repeat a label by heart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from covidviewer.training.augment import plain
from covidviewer.training.data import Example
from covidviewer.training.loop import normalise

__all__ = ["FEATURE_GROUPS", "cross_fitted", "fit_logistic", "frozen_features", "source_share"]

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

    Convolutions run in bfloat16.
    """
    parts = []
    for start in range(0, len(examples), batch):
        part = examples[start : start + batch]
        squares = [plain(e.picture, size) if view is None else view(e.picture) for e in part]
        x = normalise([np.ascontiguousarray(s[:, ::-1]) for s in squares] if flip else squares)
        with torch.autocast("cpu", torch.bfloat16):
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


def cross_fitted(
    views: Sequence[Floats],
    examples: Sequence[Example],
    positive_label: str,
    strength: float = 0.03,
    folds: int = 5,
    seed: int = 0,
) -> Floats:
    """Probability of the positive class for each training picture, from regressions that never saw its patient.

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
        Patients are dealt into folds at random.

    Returns
    -------
    ndarray, shape (N,)
        Mean of the four regressions of ``FEATURE_GROUPS``, scaled to the least weighted log loss.
    """
    positive = np.array([e.label == positive_label for e in examples])
    weights = source_share(examples)
    patients = sorted({e.patient for e in examples})
    rng = np.random.default_rng(seed)
    place = dict(zip(patients, rng.permutation(len(patients)) % folds, strict=True))
    fold = np.array([place[e.patient] for e in examples])
    total = np.zeros(len(examples))
    for columns in FEATURE_GROUPS.values():
        score = np.zeros(len(examples))
        for number in range(folds):
            seen, held = fold != number, fold == number
            rows = np.concatenate([view[seen][:, columns] for view in views])
            repeat = len(views)
            weight, intercept, mean, variance = fit_logistic(
                rows, np.tile(positive[seen], repeat), np.tile(weights[seen], repeat) / repeat, strength
            )
            scaled = [(view[held][:, columns] - mean) / np.sqrt(variance) for view in views]
            score[held] = np.mean([s @ weight + intercept for s in scaled], axis=0)
        total += score / score.std()
    total /= len(FEATURE_GROUPS)
    signs = np.where(positive, 1.0, -1.0)
    factors = np.linspace(0.1, 5.0, 200)
    losses = [np.average(np.logaddexp(0, -f * total * signs), weights=weights) for f in factors]
    best = factors[int(np.argmin(losses))]
    result: Floats = 1 / (1 + np.exp(-best * total))
    return result
