"""Altered copies on which an honest network must fail (NETWORKS.md 8): frame, thumbnail, shuffled pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["frame_only", "shuffled", "thumbnail"]

Grey = NDArray[np.uint8]


def frame_only(picture: Grey, fill: int, share: float = 0.12) -> Grey:
    """Keep the outer border, fill the middle."""
    rows, columns = picture.shape
    result = picture.copy()
    top, left = round(rows * share), round(columns * share)
    result[top : rows - top, left : columns - left] = fill
    return result


def thumbnail(picture: Grey, side: int = 16) -> Grey:
    """Reduce to side x side by area and enlarge again."""
    from PIL import Image

    small = Image.fromarray(picture).resize((side, side), Image.Resampling.BOX)
    large = small.resize((picture.shape[1], picture.shape[0]), Image.Resampling.BICUBIC)
    return np.asarray(large, dtype=np.uint8)


def shuffled(picture: Grey, rng: np.random.Generator) -> Grey:
    """All pixels at random places: only the histogram is left."""
    return rng.permutation(picture.ravel()).reshape(picture.shape)
