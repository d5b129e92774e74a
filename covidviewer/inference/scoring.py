"""From the probabilities of slices to the score of a series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from covidviewer.inference.results import SeriesScore

#: Share of the evaluated slices that the score rests on, and the least number of them.
TOP_SHARE = 0.10
TOP_LEAST = 3


def series_score(probabilities: NDArray[np.float32], classes: tuple[str, ...], positive: str) -> SeriesScore | None:
    """Mean over the tenth of the slices that look most like the positive class.

    A finding fills a part of the lungs only, so a mean over all slices would drown it, and the maximum would follow
    one slice's error. The network was trained and calibrated on slices: what this number means for a patient was
    never measured, and the rule says so.

    Parameters
    ----------
    probabilities
        (slices, classes) float32, NaN where not evaluated.
    classes, positive
        Names in the order of the columns, and which of them is looked for.

    Returns
    -------
    SeriesScore or None
        None when no slice was evaluated.
    """
    column = probabilities[:, classes.index(positive)]
    evaluated = np.flatnonzero(np.isfinite(column))
    if evaluated.size == 0:
        return None
    count = min(evaluated.size, max(TOP_LEAST, round(TOP_SHARE * evaluated.size)))
    top = evaluated[np.argsort(column[evaluated], kind="stable")[::-1][:count]]
    rule = (
        f"mean of the {count} of {evaluated.size} evaluated slices with the highest probability of {positive} "
        f"(top {TOP_SHARE:.0%}, at least {TOP_LEAST}); not calibrated for a whole series"
    )
    mean: NDArray[np.float32] = probabilities[top].mean(axis=0, dtype=np.float64).astype(np.float32)
    return SeriesScore(mean, rule, tuple(int(i) for i in np.sort(top)))
