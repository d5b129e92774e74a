"""The rectangle round the lungs on an axial slice that is only grey: pictures have no HU.

Otsu's threshold parts the slice into tissue and dark; the body is the largest piece of tissue with what it encloses,
and its large dark pieces are lungs. Consolidated parts may be missed, but a rectangle round the rest mostly holds them.
A slice in HU through a lung window goes the same way, so that one network sees both alike.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["Box", "grey_lung_box"]

#: (top, left, bottom, right) in edge coordinates: the first pixel reaches from 0 to 1.
Box = tuple[int, int, int, int]

#: Longest side of the reduced slice on which lungs are looked for.
REDUCED = 160
#: Least area of one dark piece, and of all together, by the slice's area.
PIECE_SHARE, LUNG_SHARE = 0.012, 0.05
#: Free space round the lungs, by the size of their rectangle.
MARGIN = 0.03
#: A rectangle lower or narrower than this share of the slice is no pair of lungs: one side was lost.
LEAST_HEIGHT, LEAST_WIDTH = 0.35, 0.45


def grey_lung_box(picture: NDArray[np.uint8]) -> Box | None:
    """The lungs with a margin; None where no such pair is found.

    Parameters
    ----------
    picture
        (rows, columns) grey, dark lungs, cut to about the body.
    """
    from scipy import ndimage

    factor = max(1, math.ceil(max(picture.shape) / REDUCED))
    rows, columns = (n // factor * factor for n in picture.shape)
    if min(rows, columns) < 8 * factor:
        return None
    grey = picture[:rows, :columns].astype(np.float32)
    small = grey.reshape(rows // factor, factor, columns // factor, factor).mean((1, 3))
    threshold = _otsu(small)
    labels, count = ndimage.label(small > threshold)
    if not count:
        return None
    body = ndimage.binary_fill_holes(labels == _sizes(labels).argmax())
    labels, count = ndimage.label(body & (small <= threshold))
    if not count:
        return None
    lungs = (_sizes(labels) >= PIECE_SHARE * small.size)[labels]
    if lungs.sum() < LUNG_SHARE * small.size:
        return None
    (top, bottom), (left, right) = (_ends(lungs.any(axis=axis)) for axis in (1, 0))
    down, across = MARGIN * (bottom - top), MARGIN * (right - left)
    high, wide = small.shape
    top, bottom = max(0.0, top - down), min(high, bottom + down)
    left, right = max(0.0, left - across), min(wide, right + across)
    if bottom - top < LEAST_HEIGHT * high or right - left < LEAST_WIDTH * wide:
        return None
    return int(top * factor), int(left * factor), round(bottom * factor), round(right * factor)


def _otsu(grey: NDArray[np.float32]) -> float:
    """The grey that parts a picture best in two (Otsu 1979), in 64 steps of 0 to 256."""
    counts, edges = np.histogram(grey, bins=64, range=(0, 256))
    middles = (edges[:-1] + edges[1:]) / 2
    below, sums = np.cumsum(counts), np.cumsum(counts * middles)
    above = below[-1] - below
    first = sums[:-1] / np.maximum(below[:-1], 1)
    second = (sums[-1] - sums[:-1]) / np.maximum(above[:-1], 1)
    return float(edges[(below[:-1] * above[:-1] * (first - second) ** 2).argmax() + 1])


def _sizes(labels: NDArray[np.integer]) -> NDArray[np.int64]:
    """Pixels of each label; none for the ground."""
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return sizes


def _ends(there: NDArray[np.bool_]) -> tuple[float, float]:
    found = np.flatnonzero(there)
    return float(found[0]), float(found[-1] + 1)
