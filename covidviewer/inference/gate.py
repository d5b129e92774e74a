"""The input check: may this network judge this input? Passes, cautions, refuses, with reasons (UX 5).

In three steps: the headers; the slice on screen, before its own run; the whole series, once the volume is full. The
limits belong to the weights. Tags alone are not believed: lungs are looked for by HU.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import Kind, NoteCode, Stack
from covidviewer.imaging.lungs import LungFinding, find_lungs
from covidviewer.imaging.volume import Volume
from covidviewer.inference.manifest import GateLimits, WeightsCard
from covidviewer.inference.results import GateResult

#: Slices of a series that are looked through for lungs, spread evenly.
SAMPLED = 48
#: Cosine to the body's axis: above the first the slices are axial, below the second they are not.
AXIAL, OBLIQUE = 0.966, 0.70
_SHARP = ("SHARP", "BONE", "EDGE", "LUNG", "DETAIL")


class Level(IntEnum):
    """How grave a finding is."""

    NOTE = 0  # stated, changes nothing
    CAUTION = 1
    NO_SERIES_SCORE = 2  # slice scores only
    REFUSE = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the check found, as a sentence for the reader."""

    level: Level
    text: str


def combine(findings: Iterable[Finding]) -> GateResult:
    """Findings to one verdict; a refusal keeps only the reasons to refuse."""
    found = list(dict.fromkeys(findings))
    worst = max((f.level for f in found), default=Level.NOTE)
    if worst is Level.REFUSE:
        reasons = tuple(f.text for f in found if f.level is Level.REFUSE)
        return GateResult("refuse", reasons, series_score=False)
    verdict = "caution" if worst >= Level.CAUTION else "pass"
    return GateResult(verdict, tuple(f.text for f in found), series_score=worst < Level.NO_SERIES_SCORE)


def check_headers(stack: Stack, card: WeightsCard, units: str = "HU") -> list[Finding]:
    """First step: what the headers say.

    Parameters
    ----------
    stack
        The series.
    card
        The weights, with their modality and limits.
    units
        Units of the volume's values ("HU" where the rescale is there).

    Returns
    -------
    list of Finding
        A refusal comes alone: what follows would not matter.
    """
    refusal = _kind_refusal(stack, card, units)
    if refusal:
        return [Finding(Level.REFUSE, refusal)]
    if stack.kind is Kind.FILM:
        from covidviewer.inference.film_gate import check_film_headers

        return check_film_headers(stack)
    if card.modality != "CT" or stack.kind is not Kind.CT:
        return []
    findings = _axis_findings(stack)
    if any(f.level is Level.REFUSE for f in findings):
        return findings
    return findings + _type_findings(stack) + _size_findings(stack, card.gate) + _spacing_findings(stack, card.gate)


def _kind_refusal(stack: Stack, card: WeightsCard, units: str) -> str:
    """Why this kind of object has no network, "" when it has."""
    if stack.kind is Kind.DOCUMENT:
        return f"No network for this: it is no image ({stack.document or 'a document'})."
    if stack.kind is Kind.PICTURE:
        return ""
    if card.modality == "FILM":
        return "" if stack.kind is Kind.FILM else "No network for this: it is no chest film."
    if stack.kind is Kind.FILM:
        return "No network for this: it is a film; the network knows chest CT."
    if stack.kind is not Kind.CT:
        name = f"modality {stack.modality}" if stack.modality else "an unnamed modality"
        return f"No network for this: it is {name}; the network knows chest CT."
    kinds = {part.upper() for frame in stack.frames[:1] for part in frame.image_type}
    if "LOCALIZER" in kinds or any(n.code is NoteCode.LOCALIZER for n in stack.notes):
        return "No network for this: it is a localizer (scout)."
    if stack.sop_class.startswith("1.2.840.10008.5.1.4.1.1.7") or kinds & {"SCREEN SAVE", "SCREENSAVE"}:
        return "No network for this: it is a secondary capture (a picture of a screen)."
    if stack.color:
        return "No network for this: it is a colour image."
    if stack.frames and stack.frames[0].format.bits_stored <= 8:
        return "No network for this: 8-bit values hold no HU."
    if not all(f.rescale_given or f.modality_lut is not None for f in stack.frames):
        return "No network for this: there is no rescale, so the values are not HU."
    if units != "HU":
        return f"No network for this: the values are no HU{f' but {units}' if units else ''}."
    return ""


def _axis_findings(stack: Stack) -> list[Finding]:
    orientation = stack.frames[0].orientation if stack.frames else None
    if orientation is None:
        return [Finding(Level.CAUTION, "The orientation of the slices is unknown.")]
    normal = np.cross(orientation[:3], orientation[3:])
    axial = abs(float(normal[2]))
    if axial < OBLIQUE:
        text = "No network for this: the slices are not axial (the network knows axial slices)."
        return [Finding(Level.REFUSE, text)]
    if axial < AXIAL:
        angle = float(np.degrees(np.arccos(min(1.0, axial))))
        return [Finding(Level.CAUTION, f"The slices are oblique ({angle:.0f}° to the axial plane).")]
    return []


def _type_findings(stack: Stack) -> list[Finding]:
    findings = []
    kinds = {part.upper() for frame in stack.frames[:1] for part in frame.image_type}
    if "DERIVED" in kinds or any(n.code is NoteCode.DERIVED for n in stack.notes):
        findings.append(Finding(Level.CAUTION, "The images are derived, not as the scanner made them."))
    if stack.lossy:
        findings.append(Finding(Level.CAUTION, "The images were compressed with loss."))
    position = stack.patient_position.upper()
    if position and position not in ("HFS", "FFS"):
        findings.append(Finding(Level.CAUTION, f"The patient did not lie on the back (position {position})."))
    if stack.contrast:
        findings.append(Finding(Level.CAUTION, "Contrast was given."))
    if any(word in stack.kernel.upper() for word in _SHARP):
        findings.append(Finding(Level.CAUTION, f"Sharp reconstruction kernel ({stack.kernel})."))
    return findings


def _size_findings(stack: Stack, limits: GateLimits) -> list[Finding]:
    findings = []
    count = len(stack.frames)
    if count < limits.slices_series_score:
        findings.append(Finding(Level.NO_SERIES_SCORE, f"Only {count} slices: slice scores only."))
    elif count < limits.slices_pass:
        findings.append(Finding(Level.CAUTION, f"Only {count} slices."))
    thickness = stack.thickness if stack.thickness is not None else stack.spacing_mm[0]
    if not np.isfinite(thickness) or thickness <= 0:
        findings.append(Finding(Level.CAUTION, "The slice thickness is unknown."))
    elif thickness > limits.thickness_series_score_mm:
        text = f"Slice thickness {thickness:g} mm is outside the validated range: slice scores only."
        findings.append(Finding(Level.NO_SERIES_SCORE, text))
    elif thickness > limits.thickness_pass_mm:
        findings.append(Finding(Level.CAUTION, f"Thick slices ({thickness:g} mm)."))
    width, height = stack.columns * stack.spacing_mm[2], stack.rows * stack.spacing_mm[1]
    field = max(width, height)
    if not np.isfinite(field):
        findings.append(Finding(Level.CAUTION, "The pixel spacing is unknown."))
    elif not limits.field_caution_mm[0] <= field <= limits.field_caution_mm[1]:
        findings.append(
            Finding(Level.REFUSE, f"No network for this: the field of view is {field:.0f} mm, not that of a chest.")
        )
    elif not limits.field_pass_mm[0] <= field <= limits.field_pass_mm[1]:
        findings.append(Finding(Level.CAUTION, f"Unusual field of view ({field:.0f} mm)."))
    return findings


def _spacing_findings(stack: Stack, limits: GateLimits) -> list[Finding]:
    findings = []
    positions = stack.positions_mm
    if positions is None:
        if len(stack.frames) > 1:
            text = "The slices have no position: slice scores only."
            findings.append(Finding(Level.NO_SERIES_SCORE, text))
    elif len(positions) > 2:
        steps = np.diff(np.asarray(positions, float))
        steps = steps[steps > 1e-3]
        median = float(np.median(steps)) if steps.size else 0.0
        if median > 0:
            deviation = np.abs(steps / median - 1)
            missing = int(np.sum(np.round(steps / median) - 1)) if steps.size else 0
            small = deviation[np.round(steps / median) <= 1]
            uneven = float(small.max()) if small.size else 0.0
            if missing > limits.missing_caution or uneven > limits.spacing_caution:
                what = f"{missing} slices are missing" if missing > limits.missing_caution else "uneven slice spacing"
                findings.append(Finding(Level.NO_SERIES_SCORE, f"{what.capitalize()}: slice scores only."))
            elif missing or uneven > limits.spacing_pass:
                what = f"{missing} slices are missing" if missing else f"uneven slice spacing ({uneven:.0%})"
                findings.append(Finding(Level.CAUTION, f"{what.capitalize()}."))
    if abs(stack.tilt_degrees) > limits.tilt_pass_degrees:
        text = f"The gantry was tilted by {abs(stack.tilt_degrees):.0f}°; the network is not validated for tilt."
        findings.append(Finding(Level.CAUTION, text))
    codes = {note.code for note in stack.notes}
    if NoteCode.DUPLICATE in codes:
        findings.append(Finding(Level.CAUTION, "Some places have more than one image; each is scored."))
    if NoteCode.PHASES in codes:
        findings.append(Finding(Level.CAUTION, "The series held several phases, which were separated."))
    if NoteCode.DAMAGED in codes:
        findings.append(Finding(Level.CAUTION, "Some images are damaged and left out."))
    return findings


def check_slice(
    values: NDArray[np.generic], stack: Stack, card: WeightsCard
) -> tuple[list[Finding], LungFinding | None]:
    """Second step: the values of one slice.

    Returns
    -------
    tuple of (list of Finding, LungFinding or None)
        The lungs are None where they are not looked for (films, pictures).
    """
    if card.modality != "CT" or stack.kind is not Kind.CT:
        return [], None
    lungs = find_lungs(values, (stack.spacing_mm[1], stack.spacing_mm[2]))
    return _air_findings([lungs.air_peak_hu], card.gate, found=lungs.found), lungs


def _air_findings(peaks: list[float], limits: GateLimits, *, found: bool) -> list[Finding]:
    known = [p for p in peaks if np.isfinite(p)]
    if not known:
        if found:
            return [Finding(Level.CAUTION, "No air round the body to check the HU by.")]
        return [Finding(Level.REFUSE, "No network for this: no air and no lung is found by HU.")]
    off = abs(float(np.median(known)) + 1000.0)
    if off > limits.air_peak_caution_hu:
        text = f"No network for this: air has {np.median(known):.0f} HU, so the values are not HU."
        return [Finding(Level.REFUSE, text)]
    if off > limits.air_peak_pass_hu:
        return [Finding(Level.CAUTION, f"Air has {np.median(known):.0f} HU instead of -1000.")]
    return []


def skip_reason(lungs: LungFinding | None) -> str:
    """Why a slice of an accepted series is not evaluated, "" when it is. Some lung may be there all the same."""
    if lungs is not None and not lungs.found:
        return "Too little lung in this slice."
    return ""


def check_series(volume: Volume, stack: Stack, card: WeightsCard) -> list[Finding]:
    """Third step: the whole series, when the volume is full. Lungs by HU, whatever the tags say."""
    if card.modality != "CT" or stack.kind is not Kind.CT:
        return []
    usable = np.flatnonzero(volume.filled)
    usable = usable[[int(i) not in volume.failed for i in usable]] if usable.size else usable
    if usable.size == 0:
        return [Finding(Level.REFUSE, "No network for this: no slice could be read.")]
    chosen = usable[np.unique(np.linspace(0, usable.size - 1, min(SAMPLED, usable.size)).round().astype(int))]
    spacing = (stack.spacing_mm[1], stack.spacing_mm[2])
    lungs = [find_lungs(volume.slice(int(i)), spacing) for i in chosen]
    share = float(np.mean([x.found for x in lungs]))
    limits = card.gate
    findings = _air_findings([x.air_peak_hu for x in lungs], limits, found=share > 0)
    if share < limits.lung_slice_share / 2:
        what = "no lungs are found by HU" if share == 0 else f"lungs are found in {share:.0%} of the slices only"
        return [Finding(Level.REFUSE, f"No network for this: {what}.")]
    if not any(x.both_sides for x in lungs):
        findings.append(Finding(Level.CAUTION, "Lung is found on one side only."))
    if share < limits.lung_slice_share:
        findings.append(Finding(Level.CAUTION, f"Lungs are found in {share:.0%} of the slices."))
    elif len(lungs) >= 5 and any(sum(lungs[end].area_cm2) > 0.35 * _largest(lungs) for end in (0, -1)):
        findings.append(Finding(Level.CAUTION, "The lungs are cut off at the first or the last slice."))
    return findings


def _largest(lungs: list[LungFinding]) -> float:
    return max(sum(x.area_cm2) for x in lungs)


def check_picture(kind: str, asked: str, card: WeightsCard) -> list[Finding]:
    """A picture (PNG, JPEG, TIFF) has no HU and no geometry: scored at most with caution.

    Parameters
    ----------
    kind
        What the picture looks like: "ct", "film" or "other" (`covidviewer.inference.picture_kind`).
    asked
        What the reader said: "ct", "film" or "".
    card
        The weights.
    """
    wanted = "ct" if card.modality == "CT" else "film"
    names = {"ct": "a CT slice", "film": "a chest film", "other": "neither a CT slice nor a chest film"}
    if asked and asked != wanted:
        return [Finding(Level.REFUSE, f"No network for this: the network does not know {names[asked]}.")]
    if not asked and kind != wanted:
        advice = f"if it is {names[wanted]}, say so: --kind {wanted}"
        return [Finding(Level.REFUSE, f"No network for this: the picture looks like {names[kind]} ({advice}).")]
    said = f"said to be {names[asked]}" if asked else f"guessed to be {names[kind]}"
    return [
        Finding(Level.CAUTION, f"A picture without HU and spacing, {said}."),
        Finding(Level.NO_SERIES_SCORE, "Slice scores only."),
    ]
