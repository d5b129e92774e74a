"""Red flags: what speaks against relying on a score (UX 5). Pure numbers, limits in ``resources/presets/doubts.toml``.

Three come from what is known anyway (where the map lies, what the neighbouring slices got, how far the image lies from
the training pictures), two from trials: the slice
mirrored, and the slice with its lungs blacked out. A network that reads lungs minds the second and not the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from covidviewer.assets import preset
from covidviewer.inference.results import SeriesScore, SliceReading, Trial

__all__ = [
    "Doubt",
    "DoubtPolicy",
    "doubt_policy",
    "mean_strangeness",
    "mean_trial",
    "mirrored_range",
    "series_doubts",
    "slice_doubts",
    "worth_trying",
]

#: Stands for the operating point of a class that has none.
NO_POINT = 0.5


class Doubt(StrEnum):
    """One red flag; the value is its name in tables."""

    OUTSIDE = "outside_lungs"  # the map lies outside the lungs
    LUNGS_OUT = "lungs_out"  # the score stays when the lungs are blacked out
    MIRROR = "mirror"  # the score changes when left and right are exchanged
    NEIGHBOURS = "neighbours"  # the score jumps from slice to slice
    UNFAMILIAR = "unfamiliar"  # the image lies far from those that the network learnt from


@dataclass(frozen=True, slots=True)
class DoubtPolicy:
    """Limits; what each means is said in the file."""

    outside_share: float
    outside_from: float
    lungs_out_share: float
    mirror_change: float
    neighbour_jump: float
    neighbour_mm: float
    tried_below: float


@lru_cache(maxsize=1)
def doubt_policy() -> DoubtPolicy:
    """Read once; a missing or unknown entry is a `TypeError` of the checkout."""
    return DoubtPolicy(**preset("doubts"))


def jump(column: NDArray[np.float32], index: int, positions_mm: NDArray[np.float64] | None) -> float:
    """By how much a slice's score differs from the nearer of its two neighbours' scores.

    Parameters
    ----------
    column
        (slices,) probabilities of one class along the stack, NaN where not evaluated.
    index
        The slice.
    positions_mm
        (slices,) along the stack's normal; None where unknown.

    Returns
    -------
    float
        0 to 1; 0 where a neighbour is missing, was not evaluated or lies too far away to be compared.
    """
    if not 0 < index < len(column) - 1 or positions_mm is None or len(positions_mm) != len(column):
        return 0.0
    three = column[index - 1 : index + 2].astype(np.float64)
    steps = np.abs(np.diff(positions_mm[index - 1 : index + 2]))
    if not np.isfinite(three).all() or steps.max() > doubt_policy().neighbour_mm:
        return 0.0
    return float(np.abs(three[[0, 2]] - three[1]).min())


def slice_doubts(
    reading: SliceReading,
    trial: Trial | None,
    column: NDArray[np.float32],
    positions_mm: NDArray[np.float64] | None = None,
) -> tuple[Doubt, ...]:
    """Red flags of one slice, for the class that is looked for.

    Parameters
    ----------
    reading, trial
        Answers for the slice; without a trial two flags are left unsaid.
    column, positions_mm
        As for `jump`, of the positive class.
    """
    policy, point = doubt_policy(), reading.provenance.threshold
    at = reading.classes.index(reading.provenance.positive)
    score = float(reading.probabilities[at])
    found = []
    if reading.inside_lungs is not None and score >= policy.outside_from:
        found += [Doubt.OUTSIDE] * (1 - reading.inside_lungs > policy.outside_share)
    if trial is not None:
        found += _tried(score, trial, at, NO_POINT if point is None else point)
    if jump(column, reading.slice_index, positions_mm) > policy.neighbour_jump:
        found.append(Doubt.NEIGHBOURS)
    if reading.strangeness is not None and reading.strangeness > 1:
        found.append(Doubt.UNFAMILIAR)
    return tuple(found)


def series_doubts(
    score: SeriesScore,
    slices: Mapping[int, SliceReading],
    trials: Mapping[int, Trial],
    column: NDArray[np.float32],
    positions_mm: NDArray[np.float64] | None = None,
) -> tuple[Doubt, ...]:
    """Red flags of the score of a series: the same tests on the means over the slices that it rests on.

    The two that need trials are left unsaid until all of these slices were tried; the jump from slice to slice counts
    when more than half of them jump.
    """
    leading = [slices[i] for i in score.slices if i in slices]
    if not leading:
        return ()
    policy, provenance = doubt_policy(), leading[0].provenance
    at = leading[0].classes.index(provenance.positive)
    mean = float(score.probabilities[at])
    found = []
    inside = [r.inside_lungs for r in leading if r.inside_lungs is not None]
    if inside and mean >= policy.outside_from and 1 - float(np.mean(inside)) > policy.outside_share:
        found.append(Doubt.OUTSIDE)
    tried = mean_trial(score, trials)
    if tried is not None:
        found += _tried(mean, tried, at, NO_POINT if provenance.threshold is None else provenance.threshold)
    jumps = [jump(column, r.slice_index, positions_mm) > policy.neighbour_jump for r in leading]
    if 2 * sum(jumps) > len(jumps):
        found.append(Doubt.NEIGHBOURS)
    strange = mean_strangeness(score, slices)
    if strange is not None and strange > 1:
        found.append(Doubt.UNFAMILIAR)
    return tuple(found)


def mean_strangeness(score: SeriesScore, slices: Mapping[int, SliceReading]) -> float | None:
    """Mean distance of the slices that a series' score rests on; None where none is known."""
    known = [s for i in score.slices if i in slices and (s := slices[i].strangeness) is not None]
    return sum(known) / len(known) if known else None


def mean_trial(score: SeriesScore, trials: Mapping[int, Trial]) -> Trial | None:
    """Mean of the trials of the slices that a series' score rests on; None until all were tried."""
    if not score.slices or any(i not in trials for i in score.slices):
        return None
    rows = [trials[i] for i in score.slices]
    blacked = [t.lungs_out for t in rows if t.lungs_out is not None]
    out = _mean(blacked) if len(blacked) == len(rows) else None
    return Trial(-1, _mean([t.mirrored for t in rows]), out)


def _mean(rows: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    result: NDArray[np.float32] = np.stack(rows).mean(axis=0, dtype=np.float64).astype(np.float32)
    return result


def mirrored_range(score: float, trial: Trial | None, at: int) -> tuple[float, float] | None:
    """Lowest and highest of a probability and its mirrored slice's; None without a trial."""
    if trial is None or not np.isfinite(score):
        return None
    other = float(trial.mirrored[at])
    return min(score, other), max(score, other)


def worth_trying(score: float, threshold: float | None) -> bool:
    """Whether a slice's score is near enough to being acted on to be put to trial."""
    return bool(np.isfinite(score)) and score >= (NO_POINT if threshold is None else threshold) - (
        doubt_policy().tried_below
    )


def _tried(score: float, trial: Trial, at: int, threshold: float) -> list[Doubt]:
    policy = doubt_policy()
    found = []
    # Far below the threshold nothing is claimed of the lungs, so nothing can stay without them.
    if trial.lungs_out is not None and score >= threshold:
        found += [Doubt.LUNGS_OUT] * (float(trial.lungs_out[at]) > policy.lungs_out_share * score)
    if abs(float(trial.mirrored[at]) - score) > policy.mirror_change:
        found.append(Doubt.MIRROR)
    return found
