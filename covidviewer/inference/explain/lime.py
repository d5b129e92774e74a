"""LIME for pictures in batches (Ribeiro et al. 2016, arXiv 1602.04938; the method of paper 001; NETWORKS 6.5).

Which superpixels speak for a class and which against it: the picture is shown to the network a thousand times, each
time with a random half of its superpixels replaced by their mean, and a weighted linear model is fitted to what the
network said. It needs no gradient: only probabilities, from whatever engine is in use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: (N, rows, columns) uint8 pictures of the network's size -> (N, classes) probabilities.
Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
#: Called with (done, all) after each batch; raises `covidviewer.errors.Cancelled` to stop.
Progress = Callable[[int, int], None]

KERNEL_WIDTH = 0.25
PENALTY = 1.0


def _quiet(done: int, total: int) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Lime:
    """What LIME found.

    weights : (M, classes) float64, change of the probability by a superpixel's presence, in the linear model.
    intercept, r2, local : (classes,): the model's constant, its weighted R2, and its probability of the whole picture.
    segments : (rows, columns), labels 0 to M - 1.
    form : the form of the network that was asked ("8 bits"), where it is another than that of the readings.
    """

    segments: NDArray[np.intp]
    weights: NDArray[np.float64]
    intercept: NDArray[np.float64]
    r2: NDArray[np.float64]
    local: NDArray[np.float64]
    form: str = ""

    def map(self, target: int) -> NDArray[np.float32]:
        """Weight of each pixel's superpixel for a class, (rows, columns); above 0 speaks for it."""
        values: NDArray[np.float32] = self.weights[self.segments, target].astype(np.float32)
        return values


def explain(
    picture: NDArray[np.uint8],
    predict: Predict,
    segments: NDArray[np.intp],
    *,
    samples: int = 1000,
    seed: int = 0,
    batch: int = 16,
    progress: Progress = _quiet,
) -> Lime:
    """Fit the local linear model.

    Parameters
    ----------
    picture
        (rows, columns) the network's own 8-bit input.
    predict
        The network, its preparation of grey included.
    segments
        Superpixels, labels 0 to M - 1.
    samples
        Perturbed pictures, the whole one among them.
    seed
        Equal seeds give equal answers.
    batch
        Pictures a call of ``predict``.
    progress
        Hears of each batch; may raise to stop.

    Returns
    -------
    Lime
    """
    count = int(segments.max()) + 1
    present = np.random.default_rng(seed).integers(0, 2, (samples, count), dtype=np.uint8)
    present[0] = 1
    said = _ask(picture, predict, segments, present, batch, progress)
    return _fit(present, said, segments)


def filled_with_means(picture: NDArray[np.uint8], segments: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Each superpixel with its own mean grey (step 2)."""
    sizes = np.bincount(segments.ravel())
    means = np.bincount(segments.ravel(), weights=picture.ravel()) / sizes
    filled: NDArray[np.uint8] = means.astype(np.uint8)[segments]  # cut off, not rounded, as the reference does
    return filled


def perturbed(picture: NDArray[np.uint8], segments: NDArray[np.intp], present: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pictures with some superpixels as they are and the others at their means.

    Parameters
    ----------
    picture, segments
        As for `explain`.
    present
        (N, M) 0 or 1.

    Returns
    -------
    ndarray
        (N, rows, columns) uint8.
    """
    replaced = filled_with_means(picture, segments)
    return _mixed(picture - replaced, replaced, segments, present)


def _mixed(
    gain: NDArray[np.uint8], replaced: NDArray[np.uint8], segments: NDArray[np.intp], present: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """``gain`` wraps round in uint8, and back when it is added."""
    mask = np.take(present, segments, axis=1)
    np.multiply(mask, gain, out=mask)
    np.add(mask, replaced, out=mask)
    return mask


def _ask(
    picture: NDArray[np.uint8],
    predict: Predict,
    segments: NDArray[np.intp],
    present: NDArray[np.uint8],
    batch: int,
    progress: Progress,
) -> NDArray[np.float64]:
    """Probabilities of every perturbed picture, (samples, classes)."""
    replaced = filled_with_means(picture, segments)
    gain, parts = picture - replaced, []
    for start in range(0, len(present), batch):
        parts.append(predict(_mixed(gain, replaced, segments, present[start : start + batch])))
        progress(min(start + batch, len(present)), len(present))
    return np.concatenate(parts).astype(np.float64)


def _fit(present: NDArray[np.uint8], said: NDArray[np.float64], segments: NDArray[np.intp]) -> Lime:
    """Weighted ridge with an intercept that is not punished (steps 5 and 6)."""
    share = present.mean(axis=1)
    kernel = np.sqrt(np.exp(-((1 - np.sqrt(share)) ** 2) / KERNEL_WIDTH**2))
    total = kernel.sum()
    z = present.astype(np.float64)
    z_mean, p_mean = kernel @ z / total, kernel @ said / total
    z -= z_mean
    p = said - p_mean
    weighted = z * kernel[:, None]
    beta = np.linalg.solve(weighted.T @ z + PENALTY * np.eye(z.shape[1]), weighted.T @ p)
    intercept = p_mean - z_mean @ beta
    rest = kernel @ (p - z @ beta) ** 2
    spread = kernel @ p**2
    r2 = 1 - np.divide(rest, spread, out=np.ones_like(rest), where=spread > 0)
    return Lime(segments, beta, intercept, r2, intercept + beta.sum(axis=0))


def rank_agreement(first: Lime, second: Lime, target: int) -> float:
    """Spearman's correlation of two runs' weights of one class: seed-to-seed stability (step 8).

    The segments must be the same. 1.0 for a single superpixel.
    """
    from scipy.stats import spearmanr

    a, b = first.weights[:, target], second.weights[:, target]
    return float(spearmanr(a, b).statistic) if len(a) > 1 else 1.0
