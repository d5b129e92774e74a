"""Who is the same patient, and which earlier study and series belong beside the present ones.

The rule for a patient: the same non-empty Patient ID, and the same birth date where both headers give one; where one
of them gives none, the same name. Studies without an ID belong to nobody known: they have no priors.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

import numpy as np

from covidviewer.dicom.catalog import Kind, Patient, Stack
from covidviewer.imaging import planes


def same_patient(a: Patient, b: Patient) -> bool:
    """Whether two headers certainly speak of one person."""
    if not a.id.strip() or a.id.strip() != b.id.strip():
        return False
    born = a.birth_date.strip(), b.birth_date.strip()
    if all(born):
        return born[0] == born[1]
    return _plain(a.name) == _plain(b.name)


def may_be_same(a: Stack, b: Stack) -> bool:
    """Whether nothing in two headers says that they are of different people."""
    given = ((a.patient.id, b.patient.id), (a.patient.birth_date, b.patient.birth_date))
    return not any(x.strip() and y.strip() and x.strip() != y.strip() for x, y in given)


def surely_same(a: Stack, b: Stack) -> bool:
    """Whether two stacks are certainly of one person: of one study or by `same_patient`, and nothing against it."""
    return may_be_same(a, b) and (a.study_uid == b.study_uid or same_patient(a.patient, b.patient))


def study_moment(stacks: Sequence[Stack]) -> str:
    """Study date and time as sortable text; "" where the date is unknown."""
    first = stacks[0] if stacks else None
    return f"{first.study_date} {first.study_time}" if first is not None and first.study_date else ""


def prior_of(
    stacks: Sequence[Stack], others: Iterable[Sequence[Stack]], main: Stack | None = None
) -> Sequence[Stack] | None:
    """The newest study that is earlier than this one and of the same patient, None when there is none.

    stacks : of the present study. others : stacks of each open study (the present one may be among them).
    main : only studies with a series that can stand beside this one.
    """
    now = study_moment(stacks)
    if not now:
        return None
    found = [
        study
        for study in others
        if study and "" < study_moment(study) < now and same_patient(study[0].patient, stacks[0].patient)
    ]
    if main is not None:
        found = [study for study in found if best_match(main, study) is not None]
    return max(found, key=study_moment, default=None)


def likeness(a: Stack, b: Stack) -> float:
    """How well one series stands beside another, 0 to 1; 0 where modality or orientation differ.

    Words of the description count most, then the kernel, then the distance of the slices.
    """
    if a.modality != b.modality or a.kind is Kind.DOCUMENT or b.kind is Kind.DOCUMENT:
        return 0.0
    if _plane(a) != _plane(b):
        return 0.0
    words = _words(a.description), _words(b.description)
    common = len(words[0] & words[1]) / max(len(words[0] | words[1]), 1)
    kernel = 1.0 if _plain(a.kernel) == _plain(b.kernel) else 0.0
    steps = a.spacing_mm[0], b.spacing_mm[0]
    step = min(steps) / max(steps) if all(math.isfinite(s) and s > 0 for s in steps) else 0.0
    return 0.1 + 0.5 * common + 0.25 * kernel + 0.15 * step


def best_match(stack: Stack, among: Iterable[Stack]) -> Stack | None:
    """The series most like this one; of equals the one with more images. None when none is comparable."""
    found = [(likeness(stack, other), len(other.frames), other) for other in among]
    score, _, best = max(found, key=lambda entry: entry[:2], default=(0.0, 0, None))
    return best if score > 0 else None


def _plane(stack: Stack) -> str:
    orientation = stack.frames[0].orientation if stack.frames else None
    if orientation is None:
        return "/".join(stack.patient_orientation)
    name = planes.plane_name(orientation)
    if name != "oblique":
        return name
    normal = np.round(np.cross(orientation[:3], orientation[3:]), 1)
    return f"oblique {np.abs(normal).tolist()}"


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+", text.casefold()))


def _plain(text: str) -> str:
    return " ".join(re.split(r"[\s^=]+", text.casefold())).strip()
