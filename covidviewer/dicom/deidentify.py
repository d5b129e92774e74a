"""What of a patient may be shown and what may be logged."""

from __future__ import annotations

import hashlib
from pathlib import Path

from covidviewer.dicom.catalog import Patient

HIDDEN = "ANON"


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


def log_name(value: Path | str) -> str:
    """A short name for a path or UID in a log line: tells two apart and leads nobody back.

    Paths and UIDs hold names, dates and numbers of patients often enough.
    """
    digest = hashlib.blake2s(str(value).encode("utf-8", "surrogateescape"), digest_size=5)
    return f"#{digest.hexdigest()}"
