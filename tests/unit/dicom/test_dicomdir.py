"""The index of a disc: files that are there, absent, elsewhere; damaged and empty ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from covidviewer.dicom import dicomdir
from covidviewer.dicom.scan import Batch, scan

DIRECTORY_META = "1.2.840.10008.1.2.1"


def record(dicom: Any, *parts: str, kind: str = "IMAGE", in_use: int = 0xFFFF, following: int = 0) -> bytes:
    content: bytes = dicom.element(0x00041400, "UL", following) + dicom.element(0x00041410, "US", in_use)
    content += dicom.element(0x00041430, "CS", kind)
    if parts:
        content += dicom.element(0x00041500, "CS", "\\".join(parts))
    return content


def index(dicom: Any, *records: bytes, name: str = "DICOMDIR") -> Path:
    body = dicom.element(0x00041130, "CS", "DISC") + dicom.sequence(0x00041220, *records, defined=True)
    path: Path = dicom.raw(dicom.meta(DIRECTORY_META) + body, name)
    return path


def run(path: Path) -> tuple[list[str], dict[str, tuple[str, str]], Batch]:
    batches = list(scan([path]))
    shown = [header.frames[0].path.name for batch in batches for header in batch.headers]
    left = {e.path.name: (e.reason, e.code) for batch in batches for e in batch.left_out}
    return shown, left, batches[-1]


def test_listed_files_and_no_others(dicom: Any) -> None:
    dicom.file("IMG/A", number=1)
    dicom.file("IMG/B", number=2)
    dicom.file("IMG/NOTLISTED", number=3)
    path = index(dicom, record(dicom, kind="PATIENT"), record(dicom, "IMG", "B"), record(dicom, "IMG", "A"))
    shown, left, last = run(path)
    assert shown == ["B", "A"]
    assert left == {}
    assert (last.progress.files_found, last.progress.finished) == (2, True)


def test_names_in_other_case_and_with_version(dicom: Any) -> None:
    dicom.file("img/a;1", number=1)
    assert run(index(dicom, record(dicom, "IMG", "A")))[0] == ["a;1"]


def test_absent_files_are_named(dicom: Any) -> None:
    dicom.file("A")
    shown, left, _ = run(index(dicom, record(dicom, "A"), record(dicom, "GONE"), record(dicom, "IMG", "LOST")))
    assert shown == ["A"]
    assert left == dict.fromkeys(("GONE", "LOST"), ("The disc index lists this file, but it is not there.", ""))


@pytest.mark.parametrize(
    "parts", [("..", "SECRET"), ("IMG", "..", "..", "SECRET"), ("../SECRET",), ("/etc/passwd",), ("C:", "SECRET")]
)
def test_entries_that_point_outside(dicom: Any, parts: tuple[str, ...]) -> None:
    dicom.file("SECRET", number=7)
    dicom.file("disc/A")
    shown, left, _ = run(index(dicom, record(dicom, *parts), record(dicom, "A"), name="disc/DICOMDIR"))
    assert shown == ["A"]
    assert [code for _, code in left.values()] == ["F04"]


def test_link_that_leads_outside(dicom: Any) -> None:
    secret = dicom.file("SECRET", number=7)
    dicom.file("disc/A")
    try:
        (dicom.folder / "disc" / "B").symlink_to(secret)
    except OSError:
        pytest.skip("links cannot be made here")
    shown, left, _ = run(index(dicom, record(dicom, "B"), record(dicom, "A"), name="disc/DICOMDIR"))
    assert shown == ["A"]
    assert left["B"][1] == "F04"


def test_records_out_of_use_are_passed_over(dicom: Any) -> None:
    dicom.file("A")
    dicom.file("OLD", number=2)
    assert run(index(dicom, record(dicom, "OLD", in_use=0), record(dicom, "A")))[0] == ["A"]


def test_offsets_that_go_round_in_circles(dicom: Any) -> None:
    dicom.file("A")
    assert run(index(dicom, record(dicom, "A", following=10), record(dicom, kind="SERIES", following=10)))[0] == ["A"]


@pytest.mark.parametrize("content", [b"", b"nothing of the kind, just a text", bytes(500)])
def test_broken_index_falls_back_to_the_folder(dicom: Any, content: bytes) -> None:
    dicom.file("A")
    path = dicom.raw(content, "DICOMDIR")
    assert dicomdir.read(path) is None
    assert run(path)[0] == ["A"]


def test_empty_index_falls_back_to_the_folder(dicom: Any) -> None:
    dicom.file("A")
    assert run(index(dicom))[0] == ["A"]


def test_index_in_a_scanned_folder_tells_what_is_absent(dicom: Any) -> None:
    dicom.file("A")
    dicom.file("EXTRA", number=2)
    index(dicom, record(dicom, "A"), record(dicom, "GONE"))
    shown, left, last = run(dicom.folder)
    assert shown == ["A", "EXTRA"]
    assert set(left) == {"GONE"}
    assert last.progress.files_found == 2


def test_cut_index(dicom: Any) -> None:
    dicom.file("A")
    path = index(dicom, record(dicom, "A"), record(dicom, "A"))
    path.write_bytes(path.read_bytes()[:-30])
    assert run(path)[0] == ["A"]


def test_file_ids_of_many_parts(dicom: Any) -> None:
    dicom.file("A/B/C/D/E/F/G/H")
    assert run(index(dicom, record(dicom, *"ABCDEFGH")))[0] == ["H"]
