"""From the probabilities of slices to the score of a series."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from covidviewer.inference.results import SeriesScore, SliceReading
from covidviewer.inference.scoring_policy import scoring_policy


def lung_areas(count: int, readings: Iterable[SliceReading]) -> NDArray[np.float32]:
    """Area of lung on each slice, (count,) float32 cm2, NaN where it was not looked for or not evaluated."""
    areas = np.full(count, np.nan, np.float32)
    for reading in readings:
        if reading.lung_cm2 is not None:
            areas[reading.slice_index] = reading.lung_cm2
    return areas


def series_score(
    probabilities: NDArray[np.float32],
    classes: tuple[str, ...],
    positive: str,
    lung_cm2: NDArray[np.float32] | None = None,
) -> SeriesScore | None:
    """Mean over the tenth of the slices that look most like the positive class.

    A finding fills a part of the lungs only, so a mean over all slices would drown it, and the maximum would follow
    one slice's error. Slices at the apex and the base show little lung and much else, and a network sees things there
    that are none: they keep their own score, but may not lead that of the series. The network was trained and
    calibrated on slices: what this number means for a patient was never measured, and the rule says so.

    Parameters
    ----------
    probabilities
        (slices, classes) float32, NaN where not evaluated.
    classes, positive
        Names in the order of the columns, and which of them is looked for.
    lung_cm2
        (slices,) of `lung_areas`; None (or all NaN) where lungs were not looked for.

    Returns
    -------
    SeriesScore or None
        None when no slice was evaluated.
    """
    policy = scoring_policy()
    column = probabilities[:, classes.index(positive)]
    evaluated = np.flatnonzero(np.isfinite(column))
    if evaluated.size == 0:
        return None
    leading = may_lead(evaluated, lung_cm2)
    count = min(leading.size, max(policy.top_least, round(policy.top_share * leading.size)))
    top = leading[np.argsort(column[leading], kind="stable")[::-1][:count]]
    among = f"{leading.size} evaluated slices"
    if leading.size < evaluated.size:
        among = (
            f"{leading.size} slices (of {evaluated.size} evaluated) with at least {policy.lung_share:.0%} of the "
            "largest lung area"
        )
    rule = (
        f"mean of the {count} of {among} with the highest probability of {positive} "
        f"(top {policy.top_share:.0%}, at least {policy.top_least}); not calibrated for a whole series"
    )
    mean: NDArray[np.float32] = probabilities[top].mean(axis=0, dtype=np.float64).astype(np.float32)
    return SeriesScore(mean, rule, tuple(int(i) for i in np.sort(top)))


def may_lead(evaluated: NDArray[np.intp], lung_cm2: NDArray[np.float32] | None) -> NDArray[np.intp]:
    """Slices that may lead the score of a series, and the list of top slices.

    Parameters
    ----------
    evaluated
        Indices, ascending.
    lung_cm2
        (slices,) of `lung_areas`, or None.

    Returns
    -------
    ndarray of int
        Those with enough lung, or not known how much; all where fewer than the least number would stay.
    """
    policy = scoring_policy()
    if lung_cm2 is None:
        return evaluated
    areas = lung_cm2[evaluated]
    if not np.isfinite(areas).any():
        return evaluated
    kept: NDArray[np.intp] = evaluated[~(areas < policy.lung_share * float(np.nanmax(areas)))]
    return kept if kept.size >= min(policy.top_least, evaluated.size) else evaluated
