"""Fits what `covidviewer.inference.familiarity` reads: on embeddings of training pictures, limit on held-out ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from covidviewer.inference.familiarity import Familiarity

__all__ = ["fit_familiarity", "save_familiarity"]

#: Principal directions that are kept, of up to thousands of values and few pictures.
DIRECTIONS = 64
#: Share of a ball in the covariance: with few pictures its small directions are noise (NETWORKS 7).
SHRINKAGE = 0.1
PERCENTILE = 95.0

Floats = NDArray[np.float64]


def fit_familiarity(
    train: Floats, labels: NDArray[np.int64], held_out: Floats, directions: int = DIRECTIONS
) -> Familiarity:
    """Class means and one covariance in the principal directions of the training pictures.

    Parameters
    ----------
    train, labels
        Embeddings (N, D) and class numbers (N,) of training pictures.
    held_out
        Embeddings (M, D) of validation pictures: the limit is the 95th percentile of their distances.
    directions
        At most so many, and no more than the pictures span.
    """
    mean = train.mean(axis=0)
    left = train - mean
    _, sizes, across = np.linalg.svd(left, full_matrices=False)
    kept = min(directions, int((sizes > 1e-6 * sizes[0]).sum()))
    turn = across[:kept].T
    places = left @ turn
    centres = np.stack([places[labels == k].mean(axis=0) for k in np.unique(labels)])
    inside = places - centres[np.searchsorted(np.unique(labels), labels)]
    covariance = inside.T @ inside / len(inside)
    ball = np.eye(kept) * np.trace(covariance) / kept
    precision = np.linalg.inv((1 - SHRINKAGE) * covariance + SHRINKAGE * ball)
    mean32, turn32 = mean.astype(np.float32), turn.astype(np.float32)
    found = Familiarity(mean32, turn32, centres.astype(np.float32), precision.astype(np.float32), 1.0)
    limit = float(np.percentile(found.distances(held_out.astype(np.float32)), PERCENTILE))
    return replace(found, limit=limit)


def save_familiarity(found: Familiarity, path: Path, weights_sha256: str) -> None:
    """Write the file; the directions in half precision, the rest in single."""
    from safetensors.numpy import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    parts = {
        "mean": found.mean,
        "directions": np.ascontiguousarray(found.directions.astype(np.float16)),
        "centres": np.ascontiguousarray(found.centres),
        "precision": np.ascontiguousarray(found.precision),
    }
    save_file(parts, path, metadata={"weights_sha256": weights_sha256, "limit": f"{found.limit:.6g}"})
