"""Labelled pictures of the prepared sets, held in memory as 8-bit grey.

A set is a folder with ``labels.csv`` (columns file, label, split, patient, source, notes). Splits are taken from
that table and never redrawn: whoever asks for "train" cannot get a test picture.

Folds within a split are dealt by *fold group*. Pictures of one source (a paper, a hospital) look alike, so the source
is the fold group. Only where a source is named as a collection, put together from many places or the only one of its
set, is the patient the fold group. A collection that nobody names gives folds that are too coarse, never a split paper.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from covidviewer.errors import CovidViewerError

__all__ = ["DataError", "Example", "SourceBalancedSampler", "find_sets", "read_set", "read_sets"]


class DataError(CovidViewerError):
    """A data folder that cannot be used, with the reason."""


@dataclass(frozen=True)
class Example:
    """One labelled picture.

    Parameters
    ----------
    picture
        Grey, uint8, rows x columns, as stored.
    label, split, patient
        As in the table; ``patient`` is prefixed by the set's name, so that ids of two sets never meet. Intervals
        resample patients.
    set_name, file
        Where it came from.
    fold_group
        What two folds never share (see the module's head), prefixed by the set's name.
    source, age, original
        Where the picture was made, the patient's age in years (None where unknown), and the label before it was
        mapped to a class of the network.
    """

    picture: NDArray[np.uint8]
    label: str
    split: str
    patient: str
    set_name: str
    file: str
    fold_group: str
    source: str = ""
    age: float | None = None
    original: str = ""


def find_sets(folder: Path, names: Sequence[str]) -> dict[str, Path]:
    """Folders of the named sets: ``folder`` itself when it is one set, else its sub-folders.

    Raises
    ------
    DataError
        When none of the names is there.
    """
    if (folder / "labels.csv").is_file():
        return {folder.resolve().name: folder}
    found = {name: folder / name for name in names if (folder / name / "labels.csv").is_file()}
    if not found:
        raise DataError(f"no labels.csv in {folder}, and none of {', '.join(names)} below it")
    return found


def read_set(
    folder: Path, splits: Sequence[str], labels: Sequence[str], collections: Sequence[str] = ()
) -> list[Example]:
    """Examples of the wanted splits and labels of one set, in the table's order.

    Parameters
    ----------
    folder
        Holds ``labels.csv`` and the pictures.
    splits, labels
        What is wanted.
    collections
        Values of the column ``source`` within which the patient is the fold group, as where the source is empty.
    """
    name = folder.resolve().name
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as handle:
        rows = [row for row in csv.DictReader(handle) if row["split"] in splits and row["label"] in labels]
    examples = []
    for row in rows:
        with Image.open(folder / row["file"]) as image:
            picture = np.asarray(image.convert("L"), dtype=np.uint8)
        patient, source = f"{name}/{row['patient']}", row["source"]
        group = f"{name}/source {source}" if source and source not in collections else patient
        examples.append(Example(picture, row["label"], row["split"], patient, name, row["file"], group))
    return examples


def read_sets(
    folder: Path, names: Sequence[str], splits: Sequence[str], labels: Sequence[str], collections: Sequence[str] = ()
) -> list[Example]:
    """Examples of several sets, one after the other (``read_set``)."""
    examples: list[Example] = []
    for path in find_sets(folder, names).values():
        examples += read_set(path, splits, labels, collections)
    if not examples:
        raise DataError(f"{folder} holds no picture of the splits {', '.join(splits)}")
    return examples


class SourceBalancedSampler:
    """Batches in which every pair of set and class has the same share.

    The two CT sets pull a network apart, and the larger one wins when pictures are drawn evenly.

    Parameters
    ----------
    examples
        What to draw from.
    batch
        Pictures a batch; a multiple of the number of (set, label) pairs.
    """

    def __init__(self, examples: Sequence[Example], batch: int) -> None:
        pairs = sorted({(example.set_name, example.label) for example in examples})
        if batch % len(pairs):
            raise DataError(f"a batch of {batch} cannot hold {len(pairs)} pairs of set and class evenly")
        self.share = batch // len(pairs)
        self.pools = [np.array([i for i, e in enumerate(examples) if (e.set_name, e.label) == pair]) for pair in pairs]

    def draw(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Indices of one batch, each pair's share without repetition where its pool allows."""
        parts = [rng.choice(pool, self.share, replace=len(pool) < self.share) for pool in self.pools]
        return np.concatenate(parts).astype(np.int64)
