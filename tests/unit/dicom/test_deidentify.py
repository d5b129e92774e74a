"""What may be shown and logged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from covidviewer.dicom.catalog import Patient
from covidviewer.dicom.deidentify import log_name, shown_identity
from covidviewer.dicom.reading import read_header
from covidviewer.errors import CovidViewerError


def test_hidden_identity() -> None:
    patient = Patient("Doe, Jane", "4711", "19700101", "F", "054Y")
    assert shown_identity(patient, hidden=False) is patient
    assert shown_identity(patient, hidden=True) == Patient("ANON", "", "", "F", "054Y")


def test_log_names_tell_apart_and_tell_nothing() -> None:
    path = Path("/data/Doe_Jane/1.dcm")
    assert log_name(path) == log_name(str(path))
    assert log_name(path) != log_name("/data/Doe_Jane/2.dcm")
    assert "Doe" not in log_name(path)


def test_messages_hold_no_identity(dicom: Any) -> None:
    with pytest.raises(CovidViewerError) as caught:
        read_header(dicom.file(t00280010=None))
    assert "Doe" not in str(caught.value)
