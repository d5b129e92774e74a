"""Damaged files: each shows or gives one sentence, memory stays small, and the rest of the folder opens."""

from __future__ import annotations

import csv
import tracemalloc
from pathlib import Path

import pytest

from covidviewer.dicom.catalog import Kind, LeftOut, NoteCode, Stack
from covidviewer.dicom.grouping import Catalog
from covidviewer.dicom.scan import scan


def open_all(*paths: Path) -> tuple[tuple[Stack, ...], tuple[LeftOut, ...]]:
    catalog = Catalog()
    batch = None
    for batch in scan(paths):
        catalog.add(batch)
    assert batch is not None
    assert batch.progress.finished
    return catalog.stacks(), catalog.left_out


def table(folder: Path, name: str) -> dict[str, str]:
    with (folder / name).open(newline="") as file:
        return {row["file"]: row["expected"] for row in csv.DictReader(file)}


def is_sentence(reason: str) -> bool:
    return len(reason) > 15 and reason.endswith(".") and "Traceback" not in reason and "\n" not in reason


def test_each_hostile_file_alone(shared_data: Path) -> None:
    folder = shared_data / "dicom" / "hostile_derived"
    expected = table(folder, "hostile.csv")
    assert len(expected) > 70
    wrong = []
    for name, wanted in expected.items():
        stacks, left_out = open_all(folder / name)
        shown = [f for s in stacks for f in s.frames]
        outcome = "shows" if shown else "message"
        clear = shown or (len(left_out) == 1 and is_sentence(left_out[0].reason) and left_out[0].path.name == name)
        if outcome not in wanted.split("|") or not clear:
            wrong.append((name, wanted, outcome, left_out))
    assert not wrong


def test_whole_hostile_folder_at_once(shared_data: Path) -> None:
    folder = shared_data / "dicom" / "hostile_derived"
    expected = table(folder, "hostile.csv")
    stacks, left_out = open_all(folder)
    shown = {f.path.name for s in stacks for f in s.frames}
    missed = {entry.path.name for entry in left_out}
    assert shown | missed == {path.name for path in folder.iterdir()}
    assert not shown & missed
    # A file that must show may only be absent as the double of one that shows.
    for name in (name for name, wanted in expected.items() if wanted == "shows" and name in missed):
        reason = next(entry.reason for entry in left_out if entry.path.name == name)
        assert reason.startswith("Same position and same pixels as ")
        assert reason.removeprefix("Same position and same pixels as ").split(";")[0] in shown
    assert {"duplicate_uid_b.dcm", "good_256.dcm"} <= shown


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("rescale_slope_zero.dcm", NoteCode.NO_RESCALE),
        ("rescale_slope_nan.dcm", NoteCode.NO_RESCALE),
        ("rescale_slope_comma.dcm", NoteCode.NO_RESCALE),
        ("rescale_slope_huge.dcm", NoteCode.NO_RESCALE),
        ("missing_RescaleSlope.dcm", NoteCode.NO_RESCALE),
        ("ipp_nan.dcm", NoteCode.NO_POSITION),
        ("missing_ImagePositionPatient.dcm", NoteCode.NO_POSITION),
        ("missing_ImageOrientationPatient.dcm", NoteCode.NO_ORIENTATION),
        ("iop_not_orthogonal.dcm", NoteCode.NO_ORIENTATION),
        ("missing_PixelSpacing.dcm", NoteCode.NO_SPACING),
        ("spacing_zero.dcm", NoteCode.NO_SPACING),
        ("spacing_single.dcm", NoteCode.NO_SPACING),
        ("window_text.dcm", NoteCode.NO_WINDOW),
        ("window_zero.dcm", NoteCode.NO_WINDOW),
        ("frames_5_of_1.dcm", NoteCode.DAMAGED),
        ("bits_stored_over_allocated.dcm", NoteCode.DAMAGED),
    ],
)
def test_what_is_odd_is_told(shared_data: Path, name: str, code: NoteCode) -> None:
    stacks, _ = open_all(shared_data / "dicom" / "hostile_derived" / name)
    assert code in {note.code for note in stacks[0].notes}
    if code is NoteCode.NO_RESCALE:
        frame = stacks[0].frames[0]
        assert (frame.slope, frame.intercept, frame.rescale_given) == (1.0, 0.0, False)


def test_a_good_slice_has_no_notes(shared_data: Path) -> None:
    stacks, left_out = open_all(shared_data / "dicom" / "hostile_derived" / "good_256.dcm")
    assert stacks[0].notes == ()
    assert stacks[0].kind is Kind.CT
    assert left_out == ()


def test_memory_stays_small(shared_data: Path) -> None:
    folder = shared_data / "dicom" / "hostile_derived"
    open_all(folder)  # imports and caches first
    tracemalloc.start()
    try:
        open_all(folder)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40e6


def test_hostile_streams_are_found_but_not_decoded(shared_data: Path) -> None:
    stacks, left_out = open_all(shared_data / "dicom" / "hostile_codec")
    assert {f.path.name for s in stacks for f in s.frames} == {
        "jpegls_truncated_slow.dcm",
        "jpeg_damaged_aborts_gdcm.dcm",
    }
    assert all(is_sentence(entry.reason) for entry in left_out)
