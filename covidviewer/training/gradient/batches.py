"""Batches that are the same whatever reads them: number of workers, number of processes, resumed or not.

All chance of a picture comes from (seed, epoch, place in the epoch), all chance of a batch from (seed, epoch, step).
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from covidviewer.training.data import DataError, Example
from covidviewer.training.gradient.mixing import Mixing, draw_mixing, mix
from covidviewer.training.gradient.settings import GradientRecipe
from covidviewer.training.gradient.views import random_view

__all__ = ["Batches", "class_weights", "epoch_order", "load_epoch"]

Grey = NDArray[np.uint8]


def class_weights(labels: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """Weight of each class in the loss so that all count the same; mean over pictures 1."""
    counts = np.bincount(labels, minlength=classes).astype(np.float64)
    return len(labels) / classes / np.maximum(counts, 1)


def epoch_order(examples: Sequence[Example], recipe: GradientRecipe, epoch: int) -> NDArray[np.int64]:
    """Pictures of one epoch in their order, a whole number of batches (at least one).

    Without balance each picture once (the last batch is filled from the beginning); with it, drawn so that each class
    ("class") or pair of set and class ("set") is as frequent.
    """
    rng = np.random.default_rng([recipe.train.seed, epoch, 1])
    steps = max(1, round(len(examples) / recipe.train.batch))
    wanted = steps * recipe.train.batch
    if recipe.train.balance in ("none", "loss"):
        return np.resize(rng.permutation(len(examples)), wanted).astype(np.int64)
    groups = [(e.set_name if recipe.train.balance == "set" else "", e.label) for e in examples]
    pools = [np.array([i for i, g in enumerate(groups) if g == own]) for own in sorted(set(groups))]
    shares = np.full(len(pools), wanted // len(pools))
    shares[: wanted - shares.sum()] += 1
    # Each pool goes round as often as needed, so that no picture is drawn much more often than its neighbour.
    parts = [
        np.concatenate([rng.permutation(pool) for _ in range(-(-int(n) // len(pool)))])[:n] if n else pool[:0]
        for pool, n in zip(pools, shares, strict=True)
    ]
    return rng.permutation(np.concatenate(parts)).astype(np.int64)


class Batches(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """The batches of one epoch; item ``step`` is this process's part of the batch.

    Parameters
    ----------
    squares
        Pictures of ``examples``, square, grey.
    examples
        For labels and balance.
    recipe, epoch
        What to do.
    rank, world
        Which part of each batch; a batch must divide evenly.
    """

    def __init__(
        self,
        squares: Sequence[Grey],
        examples: Sequence[Example],
        recipe: GradientRecipe,
        epoch: int,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        if recipe.train.batch % world:
            raise DataError(f"A batch of {recipe.train.batch} cannot be shared evenly by {world} processes.")
        self._squares, self._recipe, self._epoch = squares, recipe, epoch
        self._labels = np.array([recipe.classes.index(e.label) for e in examples], dtype=np.int64)
        self._order = epoch_order(examples, recipe, epoch)
        part = recipe.train.batch // world
        self._part = slice(rank * part, (rank + 1) * part)
        weights = class_weights(self._labels, len(recipe.classes))
        self._weights = weights if recipe.train.balance == "loss" else np.ones(len(recipe.classes))
        self._mean = np.asarray(recipe.input.mean, np.float32)[:, None, None] * 255
        self._std = np.asarray(recipe.input.std, np.float32)[:, None, None] * 255

    def __len__(self) -> int:
        return len(self._order) // self._recipe.train.batch

    def __getitem__(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        """Normalised pictures (n, C, S, S) float32, targets (n, K) and weights in the loss (n,)."""
        if step >= len(self):
            raise IndexError(step)
        recipe = self._recipe
        batch, size = recipe.train.batch, recipe.input.size[0]
        rng = np.random.default_rng([recipe.train.seed, self._epoch, 2, step])
        off = self._epoch >= recipe.train.epochs - recipe.mix.clean_epochs
        mixing = draw_mixing(batch, size, recipe.mix, rng, off)
        places = np.arange(batch)[self._part]
        pictures, labels = self._read(step, places, mixing)
        smooth = recipe.train.label_smoothing
        target = labels * (1 - smooth) + smooth / len(recipe.classes)
        weights = (labels @ self._weights).astype(np.float32)
        x = (pictures - self._mean) / self._std
        return torch.from_numpy(x.astype(np.float32)), torch.from_numpy(target), torch.from_numpy(weights)

    def _read(
        self, step: int, places: NDArray[np.int64], mixing: Mixing
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        own = self._views(step, places)
        columns = [mixing.partners[places, k] for k in range(mixing.partners.shape[1])]
        others = [self._views(step, column) for column in columns]
        return mix(mixing, own[0], own[1], [o[0] for o in others], [o[1] for o in others])

    def _views(self, step: int, places: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        recipe = self._recipe
        size, first = recipe.input.size[0], step * recipe.train.batch
        channels = recipe.input.channels if recipe.view.color > 0 else 1
        stack = np.empty((len(places), recipe.input.channels, size, size), np.float32)
        for row, place in enumerate(places):
            rng = np.random.default_rng([recipe.train.seed, self._epoch, 3, first + int(place)])
            index = self._order[first + int(place)]
            stack[row] = random_view(self._squares[index], size, rng, recipe.view, channels)
        labels = np.eye(len(recipe.classes), dtype=np.float32)[self._labels[self._order[first + places]]]
        return stack, labels


def _quiet_worker(_: int) -> None:
    # Ctrl+C goes to the whole process group; the training decides what it means, its workers do not.
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)


def load_epoch(batches: Batches, workers: int, pin: bool) -> DataLoader[tuple[Tensor, Tensor, Tensor]]:
    """The batches in their order, read by other processes where ``workers`` is above 0 (no more than processors)."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = min(workers, processors)
    return DataLoader(
        batches,
        batch_size=None,
        num_workers=workers,
        worker_init_fn=_quiet_worker,
        pin_memory=pin,
        prefetch_factor=2 if workers else None,
    )
