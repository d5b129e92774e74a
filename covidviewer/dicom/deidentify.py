"""What of a patient may be shown and what may be logged."""

from __future__ import annotations

import hashlib
from pathlib import Path

from covidviewer.dicom.catalog import Patient

HIDDEN = "ANON"

#: Attributes of group 0010 that matter to the reading and name nobody: sex, age, size, weight, smoking, pregnancy.
_KEPT = frozenset({0x00100040, 0x00101010, 0x00101020, 0x00101030, 0x001021A0, 0x001021C0})
#: Others that name or describe a person, a visit or a place (after PS3.15 Table E.1-1), persons' names aside.
_NAMING = frozenset({
    0x00080050, 0x00080080, 0x00080081, 0x00080082, 0x00080092, 0x00080094, 0x00081010, 0x00081040, 0x00081041,
    0x00081080, 0x00084000, 0x00081084, 0x00081110, 0x00081120, 0x00184000, 0x00181000, 0x00181004, 0x00181008,
    0x00200010, 0x00204000, 0x00321030, 0x00321033, 0x00321070, 0x00324000, 0x00400241, 0x00400242, 0x00400243,
    0x00400253, 0x00400275, 0x00401001, 0x00401005, 0x00401400, 0x00402016, 0x00402017, 0x00402400, 0x0040A027,
    0x00420010, 0x40000010, 0x40084000,
})  # fmt: skip


def shown_identity(patient: Patient, hidden: bool) -> Patient:
    """Identity for the screen, the window's title and pictures that leave the program.

    Parameters
    ----------
    patient : as in the header.
    hidden : whether names are hidden; sex and age stay, as they matter to the reading.
    """
    if not hidden:
        return patient
    return Patient(name=HIDDEN, id="", birth_date="", sex=patient.sex, age=patient.age)


def identifies(tag: int, representation: str) -> bool:
    """Whether an element may lead to a person, so that "hide identity" hides its value.

    Parameters
    ----------
    tag : group and element. representation : value representation; persons' names (PN) always count.

    All private elements count: nobody knows what is in them.
    """
    group = tag >> 16
    if representation == "PN" or group % 2:
        return True
    return (group == 0x0010 and tag not in _KEPT) or group == 0x0038 or tag in _NAMING


def log_name(value: Path | str) -> str:
    """A short name for a path or UID in a log line: tells two apart and leads nobody back.

    Paths and UIDs hold names, dates and numbers of patients often enough.
    """
    digest = hashlib.blake2s(str(value).encode("utf-8", "surrogateescape"), digest_size=5)
    return f"#{digest.hexdigest()}"
