"""The input check: what passes, what is cautioned, what gets no number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from covidviewer.dicom.catalog import Frame, Kind, Note, NoteCode, Stack
from covidviewer.imaging.lungs import LungFinding
from covidviewer.inference import gate
from covidviewer.inference.manifest import WeightsCard

Make = Callable[..., Any]
CARD = WeightsCard("a", "n", "a.safetensors", "0" * 64, "CT", ("covid", "noncovid"), "covid")
FILM = replace(CARD, modality="FILM")


def verdict(stack: Stack, units: str = "HU", card: WeightsCard = CARD) -> tuple[str, str, bool]:
    result = gate.combine(gate.check_headers(stack, card, units))
    return result.verdict, " ".join(result.reasons), result.series_score


def with_frames(stack: Stack, **changes: Any) -> Stack:
    return replace(stack, frames=tuple(replace(f, **changes) for f in stack.frames))


def test_a_good_chest_ct_passes(stack_of: Make) -> None:
    assert verdict(stack_of()) == ("pass", "", True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: replace(s, kind=Kind.FILM, modality="DX"), "a film"),
        (lambda s: replace(s, kind=Kind.IMAGE, modality="MR"), "modality MR"),
        (lambda s: replace(s, kind=Kind.DOCUMENT, document="Segmentation"), "Segmentation"),
        (lambda s: with_frames(s, image_type=("ORIGINAL", "PRIMARY", "LOCALIZER")), "localizer"),
        (lambda s: replace(s, notes=(Note(NoteCode.LOCALIZER, "x"),)), "localizer"),
        (lambda s: replace(s, sop_class="1.2.840.10008.5.1.4.1.1.7.4"), "secondary capture"),
        (lambda s: with_frames(s, image_type=("DERIVED", "SECONDARY", "SCREEN SAVE")), "secondary capture"),
        (lambda s: with_frames(s, rescale_given=False), "no rescale"),
        (lambda s: with_frames(s, format=replace(s.frames[0].format, bits_stored=8)), "8-bit"),
        (lambda s: with_frames(s, format=replace(s.frames[0].format, samples=3)), "colour"),
        (lambda s: with_frames(s, orientation=(1.0, 0.0, 0.0, 0.0, 0.0, -1.0)), "not axial"),
        (lambda s: replace(s, spacing_mm=(2.5, 0.3, 0.3)), "field of view"),
        (lambda s: replace(s, spacing_mm=(2.5, 2.5, 2.5)), "field of view"),
    ],
)
def test_what_no_network_may_judge_is_refused(stack_of: Make, change: Callable[[Stack], Stack], said: str) -> None:
    result, reasons, series = verdict(change(stack_of()))
    assert result == "refuse"
    assert said in reasons
    assert reasons.startswith("No network for this")
    assert not series


def test_values_that_are_no_hu_are_refused_even_with_a_rescale(stack_of: Make) -> None:
    assert verdict(stack_of(), units="US")[0] == "refuse"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: with_frames(s, image_type=("DERIVED", "PRIMARY", "AXIAL")), "derived"),
        (lambda s: with_frames(s, orientation=None), "orientation"),
        (lambda s: with_frames(s, orientation=(1.0, 0.0, 0.0, 0.0, np.cos(0.5), -np.sin(0.5))), "oblique (29°"),
        (lambda s: replace(s, thickness=5.0), "Thick slices (5 mm)"),
        (lambda s: replace(s, thickness=None, spacing_mm=(float("nan"), 1.25, 1.0)), "thickness is unknown"),
        (lambda s: replace(s, spacing_mm=(2.5, float("nan"), float("nan"))), "spacing is unknown"),
        (lambda s: replace(s, spacing_mm=(2.5, 1.45, 1.45)), "field of view (464 mm)"),
        (lambda s: replace(s, lossy=True), "loss"),
        (lambda s: replace(s, patient_position="HFP"), "HFP"),
        (lambda s: replace(s, contrast="OMNIPAQUE"), "Contrast"),
        (lambda s: replace(s, kernel="BONEPLUS"), "Sharp"),
        (lambda s: replace(s, tilt_degrees=12.0), "tilted by 12°"),
        (lambda s: replace(s, notes=(Note(NoteCode.DUPLICATE, "x"),)), "more than one image"),
        (lambda s: replace(s, positions_mm=np.delete(np.arange(41) * 2.5, 20)), "1 slices are missing"),
        (lambda s: replace(s, positions_mm=np.arange(40) * 2.5 + 0.1 * (np.arange(40) == 9)), "uneven slice spacing"),
    ],
)
def test_what_is_only_cautioned(stack_of: Make, change: Callable[[Stack], Stack], said: str) -> None:
    result, reasons, series = verdict(change(stack_of()))
    assert result == "caution"
    assert said.lower() in reasons.lower()
    assert series


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: replace(s, thickness=10.0), "10 mm"),
        (lambda s: replace(s, positions_mm=None), "no position"),
        (lambda s: replace(s, positions_mm=np.delete(np.arange(45) * 2.5, [3, 9, 20, 30, 31])), "5 slices are missing"),
        (lambda s: replace(s, frames=s.frames[:9], positions_mm=s.positions_mm[:9]), "Only 9 slices"),
    ],
)
def test_what_has_slice_scores_only(stack_of: Make, change: Callable[[Stack], Stack], said: str) -> None:
    result, reasons, series = verdict(change(stack_of()))
    assert result == "caution"
    assert said in reasons
    assert not series


def test_few_slices_are_cautioned(stack_of: Make) -> None:
    assert verdict(stack_of(count=12)) == ("caution", "Only 12 slices.", True)


def test_limits_are_those_of_the_weights(stack_of: Make) -> None:
    strict = replace(CARD, gate=replace(CARD.gate, thickness_pass_mm=1.0))
    assert verdict(stack_of(), card=strict)[0] == "caution"


def test_a_film_network_takes_films_alone(stack_of: Make) -> None:
    film = replace(stack_of(count=1), kind=Kind.FILM, modality="DX")
    assert verdict(film, card=FILM)[0] == "pass"
    assert verdict(stack_of(), card=FILM)[0] == "refuse"


def test_a_whole_chest(stack_of: Make, volume_of: Make) -> None:
    stack = stack_of(count=20, rows=128, columns=160, spacing=(2.5, 2.0))
    inner = volume_of(stack, lungs=lambda i: 3 <= i < 17)
    assert gate.combine(gate.check_series(inner, stack, CARD)).verdict == "pass"
    cut = volume_of(stack, lungs=lambda i: i < 10)
    assert "cut off" in gate.combine(gate.check_series(cut, stack, CARD)).reasons[0]


@pytest.mark.parametrize(
    ("lungs", "result", "said"),
    [
        (lambda i: False, "refuse", "no lungs are found by HU"),
        (lambda i: i < 2, "refuse", "10% of the slices only"),
        (lambda i: 2 < i < 7, "caution", "20% of the slices"),
    ],
)
def test_lungs_are_looked_for_whatever_the_tags_say(
    stack_of: Make, volume_of: Make, lungs: Callable[[int], bool], result: str, said: str
) -> None:
    stack = stack_of(count=20, rows=128, columns=160, spacing=(2.5, 2.0), body_part="CHEST")
    found = gate.combine(gate.check_series(volume_of(stack, lungs=lungs), stack, CARD))
    assert found.verdict == result
    assert said in " ".join(found.reasons)


def test_wrong_rescale_is_noticed_by_the_air(stack_of: Make, volume_of: Make) -> None:
    stack = stack_of(count=12, rows=128, columns=160, spacing=(2.5, 2.0))
    volume = volume_of(stack)
    volume.values += 100
    found = gate.combine(gate.check_series(volume, stack, CARD))
    assert found.verdict == "caution"
    assert "Air has -8" in found.reasons[0] or "Air has -9" in found.reasons[0]
    volume.values += 100
    assert gate.combine(gate.check_series(volume, stack, CARD)).verdict == "refuse"


def test_a_slice_with_too_little_lung_is_skipped_and_says_so(stack_of: Make, slice_of_chest: Make) -> None:
    stack = stack_of(count=1)
    assert gate.skip_reason(gate.check_slice(slice_of_chest(), stack, CARD)[1]) == ""
    reason = gate.skip_reason(gate.check_slice(slice_of_chest(lungs=False), stack, CARD)[1])
    assert reason == "Too little lung in this slice."
    apices = LungFinding((5.0, 5.0), 0.04, -850.0, -1000.0, np.ones((1, 1), bool), (1, 1))
    assert gate.skip_reason(apices) == "Too little lung in this slice."


@pytest.mark.parametrize(
    ("kind", "asked", "result", "said"),
    [
        ("ct", "", "caution", "guessed to be a CT slice"),
        ("other", "ct", "caution", "said to be a CT slice"),
        ("film", "", "refuse", "looks like a chest film"),
        ("other", "", "refuse", "--kind ct"),
        ("ct", "film", "refuse", "does not know a chest film"),
    ],
)
def test_pictures(kind: str, asked: str, result: str, said: str) -> None:
    found = gate.combine(gate.check_picture(kind, asked, CARD))
    assert found.verdict == result
    assert said in " ".join(found.reasons)
    assert not found.series_score


def test_frames_are_what_the_catalog_makes(stack_of: Make) -> None:
    """The check reads records alone: no path is opened for it."""
    assert all(isinstance(f, Frame) and not Path(f.path).exists() for f in stack_of().frames)
