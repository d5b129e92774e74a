"""What makes figures too good: patients in two splits, near-duplicates across splits, labels that follow the source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from covidviewer.training.data import DataError

__all__ = ["Pair", "cramers_v", "difference_hash", "near_duplicates", "refuse_torn_patients"]


class Placed(Protocol):
    """What has a patient and a split (``Entry``, ``Example``)."""

    @property
    def patient(self) -> str: ...
    @property
    def split(self) -> str: ...
    @property
    def set_name(self) -> str: ...


@dataclass(frozen=True)
class Pair:
    """Two pictures of different splits that look alike; indices into the given pictures."""

    first: int
    second: int
    bits: int
    correlation: float


def refuse_torn_patients(entries: Sequence[Placed]) -> None:
    """Raise `DataError` where a patient has pictures in two splits: every figure would be too good."""
    home: dict[tuple[str, str], set[str]] = {}
    for e in entries:
        home.setdefault((e.set_name, e.patient), set()).add(e.split)
    torn = {key: splits for key, splits in home.items() if len(splits) > 1}
    if torn:
        (_, patient), splits = next(iter(sorted(torn.items())))
        raise DataError(
            f"{len(torn)} patient(s) lie in two splits, for example {patient} ({', '.join(sorted(splits))}).",
            advice="Figures would be too good. Put all pictures of a patient into one split.",
        )


def difference_hash(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint64]:
    """64 bits a picture: whether each of 8 x 8 cells is brighter than its right neighbour (after area reduction)."""
    from PIL import Image

    bits = np.empty((len(pictures), 64), bool)
    for i, picture in enumerate(pictures):
        small = np.asarray(Image.fromarray(picture).resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
        bits[i] = (small[:, :-1] > small[:, 1:]).ravel()
    packed = np.packbits(bits, axis=1)
    return packed.view(np.uint64)[:, 0]


def near_duplicates(
    pictures: Sequence[NDArray[np.uint8]], splits: Sequence[str], bits: int, correlation: float
) -> list[Pair]:
    """Pairs of different splits that are alike by hash and by thumbnail.

    Parameters
    ----------
    pictures
        N grey pictures of any size.
    splits
        N names.
    bits
        Most bits of the difference hash in which the two may differ.
    correlation
        Least correlation of their 32 x 32 thumbnails.

    Returns
    -------
    list of Pair
        Most alike first. Flat pictures (no variance) are left out.
    """
    from PIL import Image

    hashes = difference_hash(pictures)
    names = np.asarray(splits)
    found: list[tuple[int, int, int]] = []
    for i in range(len(pictures) - 1):
        distance = np.bitwise_count(hashes[i] ^ hashes[i + 1 :])
        close = np.flatnonzero((distance <= bits) & (names[i + 1 :] != names[i]))
        found += [(i, int(j) + i + 1, int(distance[j])) for j in close]
    thumbs: dict[int, NDArray[np.float64] | None] = {}
    for index in {i for pair in found for i in pair[:2]}:
        small = np.asarray(Image.fromarray(pictures[index]).resize((32, 32), Image.Resampling.BOX), np.float64).ravel()
        small = small - small.mean()
        norm = float(np.linalg.norm(small))
        thumbs[index] = small / norm if norm > 0 else None
    pairs = []
    for i, j, distance_bits in found:
        a, b = thumbs[i], thumbs[j]
        if a is not None and b is not None and float(a @ b) >= correlation:
            pairs.append(Pair(i, j, distance_bits, float(a @ b)))
    return sorted(pairs, key=lambda p: -p.correlation)


def cramers_v(labels: Sequence[str], sources: Sequence[str]) -> float:
    """Cramer's V of label and source: 0 independent, 1 one tells the other; NaN with one row or column.

    V = sqrt(chi2 / (n (min(rows, columns) - 1))) (NETWORKS 8).
    """
    _, rows = np.unique(np.asarray(labels), return_inverse=True)
    _, columns = np.unique(np.asarray(sources), return_inverse=True)
    table = np.zeros((rows.max(initial=-1) + 1, columns.max(initial=-1) + 1))
    if min(table.shape) < 2:
        return float("nan")
    np.add.at(table, (rows, columns), 1)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    chi2 = float(((table - expected) ** 2 / expected).sum())
    return float(np.sqrt(chi2 / (table.sum() * (min(table.shape) - 1))))
