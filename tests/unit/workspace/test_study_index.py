"""The file of the study list: what is kept, what is found, what is forgotten."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from covidviewer.workspace.study_index import StudyEntry, StudyIndex, StudyIndexError


def entry(place: Path, uid: str = "1.2", **fields: object) -> StudyEntry:
    values = {
        "name": "Müller^Jane", "patient_id": "A_77", "date": "20240131", "modality": "CT, SR",
        "description": "Thorax 100%", "series": 2, "images": 412, **fields,
    }  # fmt: skip
    return StudyEntry(str(place), uid, **values)  # type: ignore[arg-type]


@pytest.fixture
def index(tmp_path: Path) -> StudyIndex:
    return StudyIndex(tmp_path / "data" / "studies.sqlite")


def test_nothing_is_made_by_looking(index: StudyIndex) -> None:
    assert index.search("x") == ()
    index.remove("/nowhere")
    index.forget()
    assert not index.path.parent.exists()


@pytest.mark.parametrize(
    "text",
    ["müller", "JANE müller", "a_77", "20240131", "2024-01", "ct", "thorax ct 2024", "100%", ""],
)
def test_found_by_name_id_date_modality_and_description(index: StudyIndex, tmp_path: Path, text: str) -> None:
    index.put([tmp_path], [entry(tmp_path)])
    assert [found.uid for found in index.search(text)] == ["1.2"]


@pytest.mark.parametrize("text", ["smith", "müller mr", "a%77", "AX77", "2024-02", "%%", "' OR 1 --"])
def test_not_found_by_other_words(index: StudyIndex, tmp_path: Path, text: str) -> None:
    index.put([tmp_path], [entry(tmp_path)])
    assert index.search(text) == ()


def test_without_people_the_search_says_nothing_of_them(index: StudyIndex, tmp_path: Path) -> None:
    index.put([tmp_path], [entry(tmp_path)])
    assert index.search("müller", people=False) == ()
    assert index.search("a_77", people=False) == ()
    assert len(index.search("thorax", people=False)) == 1


def test_a_place_that_is_missing_is_said_to_be(index: StudyIndex, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    index.put([tmp_path, gone], [entry(tmp_path), entry(gone, "1.3")])
    assert {found.uid: found.there for found in index.search()} == {"1.2": True, "1.3": False}


def test_a_new_scan_of_a_place_replaces_the_old(index: StudyIndex, tmp_path: Path) -> None:
    index.put([tmp_path], [entry(tmp_path), entry(tmp_path, "1.3")])
    index.put([tmp_path], [entry(tmp_path, "1.3", images=7)])
    assert [(found.uid, found.images) for found in index.search()] == [("1.3", 7)]
    index.remove(str(tmp_path))
    assert index.search() == ()


def test_for_this_user_alone_and_forgotten_whole(index: StudyIndex, tmp_path: Path) -> None:
    index.put([tmp_path], [entry(tmp_path)])
    assert stat.S_IMODE(index.path.stat().st_mode) == 0o600
    index.forget()
    assert list(index.path.parent.iterdir()) == []


def test_what_was_removed_is_not_in_the_bytes(index: StudyIndex, tmp_path: Path) -> None:
    index.put([tmp_path], [entry(tmp_path, name="Unmistakable^Name")])
    assert b"Unmistakable" in index.path.read_bytes()
    index.remove(str(tmp_path))
    assert b"Unmistakable" not in index.path.read_bytes()


def test_a_file_of_a_newer_version_is_left_alone(index: StudyIndex, tmp_path: Path) -> None:
    index.path.parent.mkdir()
    with sqlite3.connect(index.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StudyIndexError, match="newer"):
        index.search()


def test_a_damaged_file_is_told_and_forgotten(index: StudyIndex, tmp_path: Path) -> None:
    index.path.parent.mkdir()
    index.path.write_bytes(b"no database" * 100)
    with pytest.raises(StudyIndexError):
        index.search()
    index.forget()
    index.put([tmp_path], [entry(tmp_path)])
    assert len(index.search()) == 1
