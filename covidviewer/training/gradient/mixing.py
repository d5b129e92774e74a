"""mixup, CutMix and Mosaic (NETWORKS 5). Each works on plain arrays and gives the shares of the labels with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covidviewer.training.gradient.settings import MixSettings

__all__ = ["Mixing", "cutmix_box", "draw_mixing", "mix", "mosaic_shares"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Mixing:
    """What is done to a whole batch.

    kind : "none", "mixup", "cutmix" or "mosaic". partners : (N, k) places in the batch of the other examples, k is 1
    (3 for mosaic). share : of the example's own label (mixup). box : (top, left, bottom, right) pixels of the partner's
    part (cutmix). split : (x, y) where the quadrants meet, shares of the side (mosaic).
    """

    kind: str
    partners: NDArray[np.int64]
    share: float = 1.0
    box: tuple[int, int, int, int] = (0, 0, 0, 0)
    split: tuple[float, float] = (0.5, 0.5)


def cutmix_box(size: int, share: float, rng: np.random.Generator) -> tuple[tuple[int, int, int, int], float]:
    """Box of a CutMix (arXiv 1905.04899) and the share that is left after clipping it to the picture.

    Parameters
    ----------
    size
        Side of the picture.
    share
        Wanted share of the first picture, 0 to 1.

    Returns
    -------
    tuple
        (top, left, bottom, right) and 1 - area of the box / area of the picture.
    """
    side = size * np.sqrt(1 - share)
    x, y = rng.uniform(0, size, 2)
    top, bottom = (int(np.clip(round(y + d * side / 2), 0, size)) for d in (-1, 1))
    left, right = (int(np.clip(round(x + d * side / 2), 0, size)) for d in (-1, 1))
    return (top, left, bottom, right), 1 - (bottom - top) * (right - left) / size**2


def mosaic_shares(split: tuple[float, float]) -> tuple[float, float, float, float]:
    """Areas of the quadrants: top left, top right, bottom left, bottom right. Their sum is 1."""
    x, y = split
    return x * y, (1 - x) * y, x * (1 - y), (1 - x) * (1 - y)


def draw_mixing(count: int, size: int, settings: MixSettings, rng: np.random.Generator, off: bool = False) -> Mixing:
    """What happens to a batch of ``count`` pictures of side ``size``; nothing when ``off``."""
    chance = rng.random()
    partners = np.stack([rng.permutation(count) for _ in range(3)], axis=1)
    if off or chance >= settings.mixup + settings.cutmix + settings.mosaic:
        return Mixing("none", partners[:, :0])
    if chance < settings.mixup:
        share = 1.0 if settings.mixup_alpha <= 0 else float(rng.beta(settings.mixup_alpha, settings.mixup_alpha))
        return Mixing("mixup", partners[:, :1], share)
    if chance < settings.mixup + settings.cutmix:
        box, share = cutmix_box(size, float(rng.beta(1.0, 1.0)), rng)
        return Mixing("cutmix", partners[:, :1], share, box)
    x, y = rng.uniform(0.3, 0.7, 2)
    return Mixing("mosaic", partners, split=(float(x), float(y)))


def mix(
    mixing: Mixing, pictures: Floats, labels: Floats, others: Sequence[Floats], other_labels: Sequence[Floats]
) -> tuple[Floats, Floats]:
    """The mixed pictures and labels.

    Parameters
    ----------
    mixing
        As drawn.
    pictures, labels
        (N, C, S, S) and one-hot (N, K).
    others, other_labels
        The partners' in the same order, one array a column of ``mixing.partners``.

    Returns
    -------
    tuple of ndarray
        New arrays; rows of the labels keep their sum.
    """
    if mixing.kind == "none":
        return pictures, labels
    if mixing.kind == "mosaic":
        x, y = (round(v * pictures.shape[-1]) for v in mixing.split)
        return _mosaic(x, y, (pictures, *others)), _weighted(
            (labels, *other_labels), mosaic_shares((x / pictures.shape[-1], y / pictures.shape[-1]))
        )
    share = np.float32(mixing.share)
    target = share * labels + (1 - share) * other_labels[0]
    if mixing.kind == "mixup":
        return share * pictures + (1 - share) * others[0], target
    top, left, bottom, right = mixing.box
    result = pictures.copy()
    result[..., top:bottom, left:right] = others[0][..., top:bottom, left:right]
    return result, target


def _weighted(labels: Sequence[Floats], shares: Sequence[float]) -> Floats:
    total = np.zeros_like(labels[0])
    for own, share in zip(labels, shares, strict=True):
        total += np.float32(share) * own
    return total


def _mosaic(x: int, y: int, four: Sequence[Floats]) -> Floats:
    """Four pictures resized (nearest by area of the quadrant) to the quadrants that meet at (x, y)."""
    size = four[0].shape[-1]
    result = np.empty_like(four[0])
    places = ((0, y, 0, x), (0, y, x, size), (y, size, 0, x), (y, size, x, size))
    for picture, (top, bottom, left, right) in zip(four, places, strict=True):
        rows = ((np.arange(bottom - top) + 0.5) * size / (bottom - top)).astype(np.intp)
        columns = ((np.arange(right - left) + 0.5) * size / (right - left)).astype(np.intp)
        result[..., top:bottom, left:right] = picture[..., rows[:, None], columns]
    return result
