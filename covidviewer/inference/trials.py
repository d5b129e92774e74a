"""A slice put to trial: mirrored, and with its lungs blacked out. What a network says of these tells what it reads.

The same alterations as in the battery of `covidviewer.training.evaluation`, but on what the network was shown of this
very slice. Costs one pass for the class alone each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import Stack
from covidviewer.imaging.volume import Volume
from covidviewer.inference import prepare
from covidviewer.inference.doubts import worth_trying
from covidviewer.inference.results import SeriesScore, SliceReading, Trial

if TYPE_CHECKING:
    from covidviewer.inference.pipeline import Pipeline

__all__ = ["in_input", "to_try", "try_slices"]

#: Slices of one unit: twice as many passes.
UNIT = 4


def to_try(score: SeriesScore | None, slices: Mapping[int, SliceReading]) -> list[int]:
    """Slices that a finished series' trials begin with: those its score rests on, or the one that stands alone."""
    if score is not None:
        return [i for i in score.slices if i in slices]
    if len(slices) != 1:
        return []
    (only,) = slices.values()
    at = only.classes.index(only.provenance.positive)
    return [only.slice_index] if worth_trying(float(only.probabilities[at]), only.provenance.threshold) else []


def in_input(mask: NDArray[np.bool_], step: tuple[float, float], placement: prepare.Placement) -> NDArray[np.bool_]:
    """A mask on a reduced grid of the slice, looked up under the pixels of the network's input.

    Parameters
    ----------
    mask
        (rows, columns) bool.
    step
        Slice pixels in one cell of the mask, (rows, columns).
    placement
        Of the input on the slice.

    Returns
    -------
    ndarray of bool
        Rows and columns of the input; False outside the mask's grid.
    """
    if placement.beside is not None:
        looks = replace(placement, beside=None), placement.beside
        return np.concatenate([in_input(mask, step, look) for look in looks], axis=1)
    affine = placement.to_slice(placement.size)
    found, inside = [], []
    for axis in (0, 1):
        pixel = np.arange(placement.size[axis]) * affine[axis, axis] + affine[axis, 2]
        cell = np.floor((pixel + 0.5) / step[axis]).astype(np.intp)
        inside.append((cell >= 0) & (cell < mask.shape[axis]))
        found.append(np.clip(cell, 0, mask.shape[axis] - 1))
    result: NDArray[np.bool_] = mask[np.ix_(*found)] & inside[0][:, None] & inside[1][None, :]
    return result


def try_slices(
    pipeline: Pipeline,
    volume: Volume,
    stack: Stack,
    readings: Sequence[SliceReading],
    check: Callable[[], None] = lambda: None,
) -> list[Trial]:
    """Trials of slices that were read; slices that are not in memory any more are left out.

    Parameters
    ----------
    pipeline
        Of the network that read them.
    volume, stack
        The series.
    readings
        Their answers, with the lungs where they were looked for.
    check
        Called before each pass; raises to stop.
    """
    found = []
    for start in range(0, len(readings), UNIT):
        part = [r for r in readings[start : start + UNIT] if volume.filled[r.slice_index]]
        if not part:
            continue
        check()
        pictures: list[NDArray[np.uint8]] = []
        blacked: dict[int, int] = {}
        for reading in part:
            picture, placement = pipeline.input_of(volume, stack, reading.slice_index)
            pictures.append(prepare.mirrored(picture, pipeline.card.input))
            lungs = _lungs(pipeline, volume, reading, placement)
            if lungs is not None and lungs.any():
                blacked[reading.slice_index] = len(pictures)
                pictures.append(np.where(lungs, np.uint8(0), picture))
        answers = pipeline.predict(np.stack(pictures))
        place = 0
        for reading in part:
            out = blacked.get(reading.slice_index)
            found.append(Trial(reading.slice_index, answers[place], None if out is None else answers[out]))
            place += 1 if out is None else 2
    return found


def _lungs(
    pipeline: Pipeline, volume: Volume, reading: SliceReading, placement: prepare.Placement
) -> NDArray[np.bool_] | None:
    """Lungs under the input's pixels: those of the input check, for a film those of its own small network."""
    if reading.lungs is not None:
        return in_input(reading.lungs.mask(), reading.lungs.step, placement)
    if pipeline.card.modality != "FILM":
        return None
    from covidviewer.imaging.film_lungs import SIDE, find_film_lungs

    values = volume.slice(reading.slice_index)
    picture = prepare.grey(
        values, pipeline.card.input, units=volume.units, inverted=volume.inverted, padding=volume.padding
    )
    lungs = find_film_lungs(picture)
    step = (picture.shape[0] / SIDE, picture.shape[1] / SIDE)
    return in_input(lungs.probability > 0.5, step, placement)
