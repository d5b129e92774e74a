"""Red flags in words: one short sentence each, with the numbers behind it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from covidviewer.inference.doubts import Doubt, mean_strangeness, mirrored_range
from covidviewer.inference.results import Trial
from covidviewer.ui.class_words import class_word
from covidviewer.workspace.readings import SeriesReadings

__all__ = ["do_not_rely", "doubt_sentences", "range_text", "sentences_of"]


def do_not_rely() -> str:
    """What stands beside a score with a red flag."""
    return _tr("do not rely on it")


def doubt_sentences(
    doubts: Iterable[Doubt],
    score: float,
    trial: Trial | None,
    at: int,
    inside: float | None,
    strangeness: float | None = None,
    name: str = "",
) -> list[str]:
    """One sentence a flag.

    Parameters
    ----------
    doubts
        Of a slice or a series.
    score
        That they speak of: probability of the class with the place ``at``.
    trial
        The altered copies' probabilities, where there are any.
    inside
        Share of the map inside the lungs, 0 to 1, where known.
    strangeness
        Distance from the training pictures, 1 is the limit, where known.
    name
        Of that class: beside the score of another class, a number must say whose it is.
    """
    mirrored = trial.mirrored[at] if trial is not None else float("nan")
    out = trial.lungs_out[at] if trial is not None and trial.lungs_out is not None else float("nan")
    outside = 100 * (1 - inside) if inside is not None else float("nan")
    name = class_word(name)
    words = {
        Doubt.OUTSIDE: _tr("{p:.0f} % of the map lies outside the lungs.").format(p=outside),
        Doubt.LUNGS_OUT: _tr("With the lungs blacked out {name} is still {a:.2f}, of {b:.2f}.").format(
            name=name, a=out, b=score
        ),
        Doubt.MIRROR: _tr("Mirrored, {name} is {a:.2f} instead of {b:.2f}.").format(name=name, a=mirrored, b=score),
        Doubt.NEIGHBOURS: _tr("The score jumps from slice to slice."),
        Doubt.UNFAMILIAR: _tr("Unlike the images that the network learnt from: {d:.1f} times the limit.").format(
            d=strangeness if strangeness is not None else float("nan")
        ),
    }
    return [words[doubt] for doubt in doubts]


def sentences_of(found: SeriesReadings, label: str, index: int | None) -> list[str]:
    """Red flags of a slice (data order), or of the series' score where no slice is named, in words."""
    p, score = found.provenance, found.score
    if p is None:
        return []
    at = found.classes.index(p.positive)
    if index is not None:
        reading = found.slices.get(index)
        if reading is None:
            return []
        flags, trial = found.doubts_for(label, index), found.trials.get(index)
        value, inside = float(reading.probabilities[at]), reading.inside_lungs
        return doubt_sentences(flags, value, trial, at, inside, reading.strangeness, p.positive)
    if score is None:
        return []
    shares = [found.slices[i].inside_lungs for i in score.slices if i in found.slices]
    known = [share for share in shares if share is not None]
    mean = sum(known) / len(known) if known else None
    flags = found.series_doubts(label)
    strange = mean_strangeness(score, found.slices)
    return doubt_sentences(flags, float(score.probabilities[at]), found.mean_trial(), at, mean, strange, p.positive)


def range_text(found: SeriesReadings, label: str, index: int | None, score: float) -> str:
    """``range over mirroring 0.74–0.88``: the score and the mirrored images'; "" where they agree or none is known."""
    trial = found.mean_trial() if index is None else found.trials.get(index)
    if label not in found.classes:
        return ""
    ends = mirrored_range(score, trial, found.classes.index(label))
    if ends is None or round(ends[0], 2) == round(ends[1], 2):
        return ""
    return _tr("range over mirroring {low:.2f}–{high:.2f}").format(low=ends[0], high=ends[1])


def _tr(text: str) -> str:
    return QCoreApplication.translate("DoubtWords", text)
