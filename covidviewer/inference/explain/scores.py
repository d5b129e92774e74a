"""How well a map points: against outlines of radiologists, and against the network itself. Arrays only.

Each takes a map on the picture's pixels, above 0 for the class, and says nothing where the map has nothing above 0
(NaN), which the tables count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from covidviewer.inference.explain.lime import Predict

__all__ = ["energy_inside", "iou_at_otsu", "otsu", "pointing_hit", "rank_change", "steps_curve"]


def pointing_hit(values: NDArray[np.float32], region: NDArray[np.bool_]) -> float:
    """1.0 where the highest pixel lies inside the region, else 0.0 (Zhang et al. 2016, pointing game, no margin)."""
    if not values.max() > 0:
        return float("nan")
    return float(region[np.unravel_index(int(values.argmax()), values.shape)])


def energy_inside(values: NDArray[np.float32], region: NDArray[np.bool_]) -> float:
    """Share of what lies above 0 that is inside the region, 0 to 1; chance is the region's share of the picture."""
    positive = np.maximum(values, 0).astype(np.float64)
    total = positive.sum()
    return float(positive[region].sum() / total) if total > 0 else float("nan")


def otsu(values: NDArray[np.float32]) -> float:
    """Threshold that parts two groups of values best (Otsu 1979), 256 bins over what lies above 0."""
    positive = np.maximum(values, 0)
    counts, edges = np.histogram(positive, 256, (0.0, float(positive.max()) or 1.0))
    middles = (edges[:-1] + edges[1:]) / 2
    below, moment = np.cumsum(counts), np.cumsum(counts * middles)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (moment / below - (moment[-1] - moment) / above) ** 2
    return float(edges[int(np.nanargmax(between[:-1])) + 1])


def iou_at_otsu(values: NDArray[np.float32], region: NDArray[np.bool_]) -> float:
    """Intersection over union of the region and the map above its own Otsu threshold."""
    if not values.max() > 0:
        return float("nan")
    marked = values > otsu(values)
    union = int((marked | region).sum())
    return float((marked & region).sum() / union) if union else float("nan")


def steps_curve(
    picture: NDArray[np.uint8],
    values: NDArray[np.float32],
    predict: Predict,
    target: int,
    *,
    insert: bool,
    steps: int = 16,
) -> float:
    """Area under the deletion or insertion curve (Petsiuk et al. 2018, arXiv 1806.07421).

    Pixels in the map's order go from the picture to its blurred copy (deletion: a good map falls fast, a low area) or
    the other way round (insertion: a high area). A blurred copy and no black one, as black is itself a sign to CT
    networks.

    Parameters
    ----------
    picture
        (rows, columns) uint8, the network's own input. values: the map on the same pixels.
    predict, target
        The network and the class whose probability is followed.
    insert
        True: insertion.
    steps
        Equal shares of pixels between nothing and all.

    Returns
    -------
    float
        0 to 1, trapezoid rule.
    """
    from scipy.ndimage import gaussian_filter

    blurred = gaussian_filter(picture.astype(np.float32), 8.0).round().astype(np.uint8)
    start, end = (blurred, picture) if insert else (picture, blurred)
    order = np.argsort(-values.ravel(), kind="stable")
    stack = np.repeat(start[None], steps + 1, axis=0).reshape(steps + 1, -1)
    cuts = np.linspace(0, order.size, steps + 1).round().astype(int)
    for n, cut in enumerate(cuts):
        stack[n, order[:cut]] = end.ravel()[order[:cut]]
    said = predict(stack.reshape(steps + 1, *picture.shape))[:, target].astype(np.float64)
    return float(np.trapezoid(said, dx=1 / steps))


def rank_change(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """1 minus Spearman's correlation of two maps of one picture: 0 alike, 1 unrelated (Adebayo et al. 2018)."""
    from scipy.stats import spearmanr

    if first.min() == first.max() or second.min() == second.max():
        return float("nan")
    return 1.0 - float(spearmanr(first.ravel(), second.ravel()).statistic)
