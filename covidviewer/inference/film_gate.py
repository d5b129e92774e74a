"""The input check for films: frontal, of a chest, with two lungs of the usual shape. Tags alone are not believed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import Stack
from covidviewer.imaging.film_lungs import FilmLungs, find_film_lungs
from covidviewer.inference import prepare
from covidviewer.inference.gate import Finding, Level
from covidviewer.inference.manifest import GateLimits, WeightsCard

__all__ = ["check_film_headers", "check_film_lungs", "check_film_values"]

#: Body Part Examined that may hold a chest film; anything else that is given refuses.
CHEST = ("CHEST", "THORAX", "LUNG", "RIB", "HEART", "MEDIAST")
#: Patient Orientation of a row that leads forwards or backwards: the film is a lateral one.
SIDEWAYS = ("A", "P")


def check_film_headers(stack: Stack) -> list[Finding]:
    """What the headers of a CR or DX say about body part and view."""
    part = stack.body_part.upper()
    if part and not any(word in part for word in CHEST):
        return [Finding(Level.REFUSE, f"No network for this: the body part is {part.lower()}, not the chest.")]
    along_row = stack.patient_orientation[0].upper() if stack.patient_orientation else ""
    if along_row.startswith(SIDEWAYS):
        return [Finding(Level.REFUSE, "No network for this: it is a lateral film; the network knows frontal films.")]
    findings = [] if part else [Finding(Level.NOTE, "The header names no body part.")]
    if stack.color:
        findings.append(Finding(Level.CAUTION, "A colour image."))
    return findings


def check_film_values(
    values: NDArray[np.generic],
    card: WeightsCard,
    *,
    units: str = "",
    inverted: bool = False,
    padding: float | None = None,
) -> list[Finding]:
    """What the film itself shows: lungs of the usual shape, or not.

    Parameters
    ----------
    values
        (rows, columns) modality values or (rows, columns, 3) uint8.
    card
        The weights, with their limits.
    units, inverted, padding
        As for `prepare.grey`.
    """
    picture = prepare.grey(values, card.input, units=units, inverted=inverted, padding=padding)
    return check_film_lungs(find_film_lungs(picture), card.gate)


def check_film_lungs(lungs: FilmLungs, limits: GateLimits) -> list[Finding]:
    """The same from lungs already looked for."""
    if lungs.box is None or lungs.likeness < limits.film_lungs_caution:
        text = "No network for this: no two lungs of a frontal chest film are found."
        if lungs.box is None or lungs.likeness < limits.film_lungs_refuse:
            return [Finding(Level.REFUSE, text)]
        return [Finding(Level.CAUTION, "The lungs have an unusual shape; the network may have cut out the wrong part.")]
    return []
