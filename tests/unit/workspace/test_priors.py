"""Who is the same patient, which study is the prior, which of its series belongs beside the present one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from covidviewer.dicom.catalog import Frame, Kind, Patient, PixelFormat, Stack
from covidviewer.workspace.priors import best_match, likeness, may_be_same, prior_of, same_patient, surely_same

JANE = Patient(name="Doe^Jane", id="77", birth_date="19600102")
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def stack(key: str = "a", study: str = "1.1", date: str = "20240131", **fields: object) -> Stack:
    orientation = fields.pop("orientation", AXIAL)
    format = PixelFormat("1.2.840.10008.1.2.1", 8, 8, 16, 16, 15, True)
    count = int(str(fields.pop("count", 3)))
    frames = tuple(
        Frame(Path(f"{i}.dcm"), f"1.{i}", 1, format, orientation=orientation)
        for i in range(count)  # type: ignore[arg-type]
    )
    made = Stack(key, Kind.CT, "CT", "Thorax", "1", study, frames, patient=JANE, study_date=date, kernel="B31f")
    return replace(made, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (JANE, True),
        (replace(JANE, name="Smith^Jane"), True),  # married: the birth date says who it is
        (replace(JANE, birth_date="19610102"), False),
        (replace(JANE, birth_date=""), True),
        (replace(JANE, birth_date="", name="doe jane"), True),
        (replace(JANE, birth_date="", name="Smith^Jane"), False),
        (replace(JANE, id="78"), False),
        (replace(JANE, id=""), False),
        (Patient(), False),
    ],
)
def test_same_patient(other: Patient, same: bool) -> None:
    assert same_patient(JANE, other) is same
    assert same_patient(other, JANE) is same


def test_nobody_is_not_the_same_as_nobody() -> None:
    assert not same_patient(Patient(), Patient())
    bare = stack(patient=Patient())
    assert may_be_same(bare, replace(bare, study_uid="9"))
    assert not surely_same(bare, replace(bare, study_uid="9"))
    assert surely_same(bare, bare)


def test_one_study_uid_does_not_make_two_patients_one() -> None:
    assert not may_be_same(stack(), stack(patient=replace(JANE, id="78")))
    assert not surely_same(stack(), stack(patient=replace(JANE, id="78")))


def test_the_prior_is_the_newest_earlier_study_of_the_patient() -> None:
    now = [stack(date="20240131")]
    old, older = [stack(study="1.2", date="20230510")], [stack(study="1.3", date="20210101")]
    later = [stack(study="1.4", date="20240201")]
    someone = [stack(study="1.5", date="20240130", patient=replace(JANE, id="5"))]
    undated = [stack(study="1.6", date="")]
    assert prior_of(now, [now, older, old, later, someone, undated]) is old
    assert prior_of(older, [now, older, old]) is None
    assert prior_of(undated, [now, old]) is None


def test_an_earlier_study_with_nothing_comparable_is_passed_over() -> None:
    now, old = [stack(date="20240131")], [stack(study="1.2", date="20230510")]
    film = [stack(study="1.3", date="20231231", modality="DX")]
    assert prior_of(now, [film, old]) is film
    assert prior_of(now, [film, old], now[0]) is old
    assert prior_of(now, [film], now[0]) is None


def test_two_studies_of_one_day_are_told_apart_by_time() -> None:
    morning = [stack(study="1.2", study_time="080000")]
    evening = [stack(study="1.3", study_time="190000")]
    assert prior_of(evening, [morning, evening]) is morning
    assert prior_of(morning, [morning, evening]) is None


def test_series_are_matched_by_plane_then_words_then_kernel() -> None:
    lung = stack("lung", description="Thorax 1.0 Lung", kernel="B60f")
    same = stack("b", description="Thorax 2.0 Lung", kernel="B60f")
    soft = stack("c", description="Thorax 2.0 Soft", kernel="B31f")
    coronal = stack("d", description="Thorax 1.0 Lung", kernel="B60f", orientation=CORONAL)
    film = stack("e", modality="DX", description="Thorax 1.0 Lung")
    assert best_match(lung, [soft, coronal, film, same]) is same
    assert best_match(lung, [coronal, film]) is None
    assert likeness(lung, coronal) == 0.0
    assert likeness(lung, lung) > likeness(lung, same) > likeness(lung, soft) > 0


def test_of_equals_the_series_with_more_images_is_taken() -> None:
    few, many = stack("few", count=1), stack("many", count=30)
    assert best_match(stack(), [few, many]) is many
