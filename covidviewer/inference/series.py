"""A whole series at once: to the `Reading` that scripts and notebooks get. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from covidviewer.dicom.catalog import Kind, Stack
from covidviewer.errors import NotEvaluableError
from covidviewer.imaging.volume import Volume
from covidviewer.inference import gate, scoring, trials
from covidviewer.inference.modality import modality_of
from covidviewer.inference.pipeline import Answers, Pipeline
from covidviewer.inference.results import Choice, GateResult, Reading, SliceReading

#: From this many slices on, a graph for OpenVINO (seconds) is made first; fewer are answered by torch sooner.
MANY = 24

if TYPE_CHECKING:
    from covidviewer.study import Series


def collect(pipeline: Pipeline, stack: Stack, volume: Volume, units: Iterator[Answers], verdict: GateResult) -> Reading:
    """Units of a series to the `Reading` that scripts get; slices that its score rests on are put to trial."""
    classes = pipeline.card.classes
    probabilities = np.full((len(volume), len(classes)), np.nan, np.float32)
    slices: dict[int, SliceReading] = {}
    skipped: dict[int, str] = {}
    for unit in units:
        skipped.update(unit.skipped)
        for reading in unit.readings:
            slices[reading.slice_index] = reading
            probabilities[reading.slice_index] = reading.probabilities
    score = None
    if verdict.series_score:
        areas = scoring.lung_areas(len(volume), slices.values())
        score = scoring.series_score(probabilities, classes, pipeline.card.positive, areas)
    shape = (volume.shape[1], volume.shape[2])
    provenance = pipeline.provenance
    wanted = [slices[i] for i in trials.to_try(score, slices)]
    tried = {trial.slice_index: trial for trial in trials.try_slices(pipeline, volume, stack, wanted)}
    return Reading(
        classes, probabilities, slices, score, verdict, provenance, shape, skipped, tried, stack.positions_mm
    )


def read(
    series: Series,
    network: str | None = None,
    device: str = "auto",
    *,
    precision: str = "auto",
    kind: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Reading:
    """The second reading of a series: the Python face's ``covidviewer.read``.

    Parameters
    ----------
    series
        From ``covidviewer.open(path).series``.
    network
        Id of the weights or name of the network; the default of the modality when None.
    device, precision
        "auto", "cpu" or "cuda"; "auto", "float32" or "bfloat16".
    kind
        For pictures: "ct" or "film"; guessed when "".
    progress
        Called with (slices settled, slices).

    Raises
    ------
    NotEvaluableError
        No network may judge this series; the message holds the reasons.
    CovidViewerError
        The series, the weights or the device cannot be read or used.
    """
    stack = series.stack
    volume = series.load() if stack.kind is Kind.PICTURE and not kind else None
    pipeline = Pipeline(
        Choice(network=network or "", device=device, precision=precision),
        modality_of(stack, volume, kind),
        convert_in="now" if len(series) >= MANY else "never",
    )
    try:
        findings = gate.check_headers(stack, pipeline.card, series.units if stack.kind is Kind.CT else "HU")
        if any(f.level is gate.Level.REFUSE for f in findings):
            raise NotEvaluableError(" ".join(gate.combine(findings).reasons))
        volume = series.load() if volume is None else volume
        verdict = pipeline.judge(stack, volume, kind)
        if verdict.refused:
            raise NotEvaluableError(" ".join(verdict.reasons))

        def units() -> Iterator[Answers]:
            settled = 0
            for unit in pipeline.read_series(volume, stack, len(volume) // 2):
                settled += len(unit.readings) + len(unit.skipped)
                if progress is not None:
                    progress(settled, len(volume))
                yield unit

        return collect(pipeline, stack, volume, units(), verdict)
    finally:
        pipeline.close()
