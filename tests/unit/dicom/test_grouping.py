"""What becomes one stack and what does not."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from covidviewer.dicom.catalog import Kind, NoteCode, ScanProgress
from covidviewer.dicom.grouping import Catalog
from covidviewer.dicom.scan import Batch, scan

Open = Callable[..., Catalog]
PLACES = [0.0, 5.0, 10.0, 15.0]


def pixels(seed: int) -> tuple[str, bytes]:
    return ("OW", struct.pack("<12H", *range(seed, seed + 12)))


def names(catalog: Catalog) -> list[list[str]]:
    return [[frame.path.name for frame in stack.frames] for stack in catalog.stacks()]


def codes(catalog: Catalog) -> list[set[NoteCode]]:
    return [{note.code for note in stack.notes} for stack in catalog.stacks()]


def test_one_plain_series(dicom: Any, stacks_of: Open) -> None:
    dicom.series(PLACES[::-1])
    catalog = stacks_of(dicom.folder)
    (stack,) = catalog.stacks()
    assert [f.path.name for f in stack.frames] == ["s003", "s002", "s001", "s000"]
    assert stack.kind is Kind.CT
    assert (stack.modality, stack.uid, stack.study_uid) == ("CT", "1.2.9", "1.2")
    assert stack.patient.name == "Doe^Jane"
    assert stack.spacing_mm == (5.0, 0.5, 0.75)
    # 2 mm thick, 5 mm apart: true of these files, so it is told; nothing else is.
    assert codes(catalog) == [{NoteCode.THICKNESS}]
    assert catalog.left_out == ()


def test_two_phases_at_equal_places_are_apart(dicom: Any, stacks_of: Open) -> None:
    dicom.series(PLACES, "a")
    dicom.series(PLACES, "b", first=11, t00200012=("IS", "2"))
    catalog = stacks_of(dicom.folder)
    assert names(catalog) == [[f"a{i:03d}" for i in range(4)], [f"b{i:03d}" for i in range(4)]]
    assert all(NoteCode.PHASES in told for told in codes(catalog))
    assert "acquisition" in catalog.stacks()[0].sorting_rule


def test_acquisitions_half_a_step_apart_are_not_interleaved(dicom: Any, stacks_of: Open) -> None:
    dicom.series([0.0, 10.0, 20.0, 30.0], "a")
    dicom.series([5.0, 15.0, 25.0, 35.0], "b", first=11, t00200012=("IS", "2"))
    assert names(stacks_of(dicom.folder)) == [[f"a{i:03d}" for i in range(4)], [f"b{i:03d}" for i in range(4)]]


def test_step_and_shoot_stays_one_stack(dicom: Any, stacks_of: Open) -> None:
    for k in range(4):
        dicom.series([10.0 * k, 10.0 * k + 2.5, 10.0 * k + 5, 10.0 * k + 7.5], f"shot{k}", first=1 + 4 * k,
                     t00200012=("IS", str(k + 1)))  # fmt: skip
    (stack,) = stacks_of(dicom.folder).stacks()
    assert len(stack.frames) == 16
    assert stack.uniform is True


def test_times_that_differ_in_each_slice_do_not_cut_a_stack(dicom: Any, stacks_of: Open) -> None:
    for i, place in enumerate(PLACES):
        dicom.file(f"a{i}", z=place, number=i + 1, t00080032=("TM", f"1000{i:02d}"))
        dicom.file(f"b{i}", z=place, number=i + 11, t00080032=("TM", f"1100{i:02d}"))
    catalog = stacks_of(dicom.folder)
    assert names(catalog) == [[f"a{i}" for i in range(4)], [f"b{i}" for i in range(4)]]
    assert "instance number" in catalog.stacks()[0].sorting_rule


def test_dynamic_study_with_echoes_and_time_points(dicom: Any, stacks_of: Open) -> None:
    number = 0
    for time in (1, 2, 3):
        for echo in (1, 2):
            number += 10
            dicom.series(PLACES, f"t{time}e{echo}_", first=number, t00200100=("IS", str(time)),
                         t00180086=("IS", str(echo)))  # fmt: skip
    assert [sorted(group) for group in names(stacks_of(dicom.folder))] == [
        [f"t{t}e{e}_{i:03d}" for i in range(4)] for t in (1, 2, 3) for e in (1, 2)
    ]


def test_acquisitions_that_overlap_in_part(dicom: Any, stacks_of: Open) -> None:
    dicom.series([0.0, 5.0, 10.0, 15.0, 20.0], "a")
    dicom.series([15.0, 20.0, 25.0, 30.0, 35.0], "b", first=11, t00200012=("IS", "2"))
    assert names(stacks_of(dicom.folder)) == [[f"a{i:03d}" for i in range(5)], [f"b{i:03d}" for i in range(5)]]


def test_one_place_at_many_times_is_one_stack(dicom: Any, stacks_of: Open) -> None:
    for k in range(12):
        dicom.file(f"t{11 - k:02d}", z=5.0, number=k + 1, t00200012=("IS", str(k)), t00080032=("TM", f"10{k:02d}00"))
    catalog = stacks_of(dicom.folder)
    assert names(catalog) == [[f"t{11 - k:02d}" for k in range(12)]]
    assert NoteCode.PHASES in codes(catalog)[0]
    assert NoteCode.DUPLICATE not in codes(catalog)[0]


def test_double_in_an_archive_is_named_as_there(dicom: Any, stacks_of: Open) -> None:
    import zipfile

    content = dicom.file().read_bytes()
    with zipfile.ZipFile(dicom.folder / "study.zip", "w") as file:
        file.writestr("disc/A", content)
        file.writestr("disc/B", content)
    catalog = stacks_of(dicom.folder / "study.zip")
    (left,) = catalog.left_out
    assert left.path.as_posix() == "study.zip/disc/B"
    assert "same pixels as A;" in left.reason


def test_a_file_that_changes_is_compared_anew(dicom: Any, stacks_of: Open) -> None:
    first = dicom.file("a", z=5.0, number=1)
    second = dicom.file("b", z=5.0, number=2, t7fe00010=pixels(1))
    assert len(stacks_of(first, second).left_out) == 1
    dicom.file("b", z=5.0, number=2, t7fe00010=("OW", bytes(24)), t00081030=("LO", "longer now"))
    assert stacks_of(first, second).left_out == ()


def test_double_with_equal_pixels_is_shown_once(dicom: Any, stacks_of: Open) -> None:
    dicom.series(PLACES)
    shutil.copy(dicom.folder / "s001", dicom.folder / "copy")
    catalog = stacks_of(dicom.folder)
    assert names(catalog) == [["s000", "copy", "s002", "s003"]]
    (left,) = catalog.left_out
    assert left.path.name == "s001"
    assert left.reason == "Same position and same pixels as copy; that one is shown."
    assert NoteCode.DUPLICATE in codes(catalog)[0]


def test_double_with_other_pixels_is_kept_beside(dicom: Any, stacks_of: Open) -> None:
    dicom.series(PLACES)
    dicom.file("other", z=5.0, number=50)
    catalog = stacks_of(dicom.folder)
    assert names(catalog) == [["s000", "s001", "other", "s002", "s003"]]
    assert catalog.left_out == ()
    (stack,) = catalog.stacks()
    (note,) = (note for note in stack.notes if note.code is NoteCode.DUPLICATE)
    assert note.slices == (1, 2)
    assert stack.spacing_mm[0] == 5.0


def test_equal_bytes_with_another_rescale_are_no_double(dicom: Any, stacks_of: Open) -> None:
    dicom.series(PLACES, t7fe00010=pixels(1))
    dicom.file("other", z=5.0, number=50, t7fe00010=pixels(1), t00281052=("DS", "0"))
    catalog = stacks_of(dicom.folder)
    assert catalog.left_out == ()
    assert sum(map(len, names(catalog))) == 5


def test_one_uid_at_two_places_shows_twice(dicom: Any, stacks_of: Open) -> None:
    dicom.file("a", z=0.0, t00080018=("UI", "1.2.3.9"))
    dicom.file("b", z=5.0, t00080018=("UI", "1.2.3.9"))
    assert names(stacks_of(dicom.folder)) == [["a", "b"]]


@pytest.mark.parametrize(
    "change",
    [
        {"t0020000e": ("UI", "1.2.91")},
        {"t00200037": ("DS", [0.0, 1.0, 0.0, 0.0, 0.0, -1.0])},
        {"t00200037": ("DS", [1.0, 0.0, 0.0, 0.0, 0.99999, 0.0045])},
        {"t00280010": ("US", 4), "t7fe00010": ("OW", bytes(32))},
        {"t00200052": ("UI", "1.2.8")},
        {"t00080008": ("CS", "ORIGINAL\\PRIMARY\\LOCALIZER")},
        {"t00280004": ("CS", "MONOCHROME1")},
        {"t00080016": ("UI", "1.2.840.10008.5.1.4.1.1.7")},
        {"t00200032": None},
        {"t00280002": ("US", 3), "t00280004": ("CS", "RGB"), "t00280100": ("US", 8), "t7fe00010": ("OB", bytes(36))},
    ],
)
def test_what_never_mixes(dicom: Any, stacks_of: Open, change: dict[str, object]) -> None:
    dicom.series(PLACES)
    dicom.file("x", z=20.0, number=9, **change)
    assert names(stacks_of(dicom.folder)) == [["s000", "s001", "s002", "s003"], ["x"]]


def test_orientations_within_rounding_are_one(dicom: Any, stacks_of: Open) -> None:
    dicom.series(PLACES)
    dicom.file("x", z=20.0, number=9, t00200037=("DS", [1.0, 0.0005, 0.0, -0.0005, 1.0, 0.0]))
    assert len(stacks_of(dicom.folder).stacks()) == 1


def test_localizer_comes_last_and_is_named(dicom: Any, stacks_of: Open) -> None:
    dicom.file("loc", number=1, t00200037=("DS", [1.0, 0.0, 0.0, 0.0, 0.0, -1.0]),
               t00080008=("CS", "ORIGINAL\\PRIMARY\\LOCALIZER"))  # fmt: skip
    dicom.series(PLACES, first=2)
    catalog = stacks_of(dicom.folder)
    assert names(catalog)[-1] == ["loc"]
    assert NoteCode.LOCALIZER in codes(catalog)[-1]
    assert NoteCode.LOCALIZER not in codes(catalog)[0]


def test_films_stand_alone(dicom: Any, stacks_of: Open) -> None:
    film = {
        "t00080016": ("UI", "1.2.840.10008.5.1.4.1.1.1.1"),
        "t00080060": ("CS", "DX"),
        "t00200032": None,
        "t00200037": None,
        "t00280030": None,
        "t00181164": ("DS", [0.2, 0.2]),
    }
    dicom.file("pa", number=1, t00200020=("CS", "L\\F"), **film)
    dicom.file("lateral", number=2, t00200020=("CS", "P\\F"), **film)
    stacks = stacks_of(dicom.folder).stacks()
    assert [(s.kind, s.patient_orientation) for s in stacks] == [(Kind.FILM, ("L", "F")), (Kind.FILM, ("P", "F"))]
    assert {s.frames[0].spacing_kind for s in stacks} == {"detector"}
    assert all(NoteCode.DETECTOR_SPACING in {n.code for n in s.notes} for s in stacks)


def test_a_film_and_its_copy(dicom: Any, stacks_of: Open) -> None:
    path = dicom.file("film", t00080060=("CS", "CR"), t00080016=("UI", "1.2.840.10008.5.1.4.1.1.1"))
    shutil.copy(path, dicom.folder / "film again")
    catalog = stacks_of(dicom.folder)
    assert names(catalog) == [["film"]]
    assert [left.path.name for left in catalog.left_out] == ["film again"]


def test_files_without_a_series_uid_group_by_folder(dicom: Any, stacks_of: Open) -> None:
    for folder in ("one", "two"):
        for i in range(2):
            dicom.file(f"{folder}/{i}", z=5.0 * i, number=i, t0020000e=None)
    assert sorted(names(stacks_of(dicom.folder))) == [["0", "1"], ["0", "1"]]


def test_multi_frame_loop_keeps_its_order(dicom: Any, stacks_of: Open) -> None:
    loop = {"t00280008": ("IS", "3"), "t7fe00010": ("OW", bytes(72)), "t00080060": ("CS", "US"),
            "t00080016": ("UI", "1.2.840.10008.5.1.4.1.1.3.1")}  # fmt: skip
    dicom.file("loop1", number=1, **loop)
    dicom.file("loop2", number=2, **loop)
    stacks = stacks_of(dicom.folder).stacks()
    assert [[f.frame for f in s.frames] for s in stacks] == [[1, 2, 3], [1, 2, 3]]
    assert all(s.positions_mm is None for s in stacks)


def test_growing_catalog_builds_only_what_changed(dicom: Any) -> None:
    dicom.series(PLACES, "a")
    dicom.series(PLACES, "b", first=20, t0020000e=("UI", "1.2.91"))
    headers = [header for batch in scan([dicom.folder]) for header in batch.headers]
    catalog = Catalog()
    catalog.add(Batch(tuple(headers[:6]), (), ScanProgress()))
    first, second = catalog.stacks()
    catalog.add(Batch(tuple(headers[6:]), (), ScanProgress()))
    after = catalog.stacks()
    assert after[0] is first
    assert after[1] is not second
    assert after[1].key == second.key
    assert len(after[1].frames) == 4
    assert catalog.stacks()[1] is after[1]


def test_key_stays_when_a_second_phase_arrives(dicom: Any) -> None:
    dicom.series(PLACES, "a")
    dicom.series(PLACES, "b", first=20, t00200012=("IS", "2"))
    headers = [header for batch in scan([dicom.folder]) for header in batch.headers]
    catalog = Catalog()
    catalog.add(Batch(tuple(headers[:4]), (), ScanProgress()))
    (before,) = catalog.stacks()
    catalog.add(Batch(tuple(headers[4:]), (), ScanProgress()))
    assert [s.key == before.key for s in catalog.stacks()] == [True, False]


def test_a_file_given_twice_is_taken_once(dicom: Any) -> None:
    path = dicom.file()
    catalog = Catalog()
    for _ in range(2):
        for batch in scan([path]):
            catalog.add(batch)
    assert [len(s.frames) for s in catalog.stacks()] == [1]
    assert catalog.left_out == ()


def test_stacks_cross_a_process_border(dicom: Any, stacks_of: Open) -> None:
    import pickle

    dicom.series(PLACES)
    (stack,) = stacks_of(dicom.folder).stacks()
    copy = pickle.loads(pickle.dumps(stack))
    assert copy.frames == stack.frames
    np.testing.assert_array_equal(copy.affine, stack.affine)


def test_names_do_not_lead_outside(dicom: Any, stacks_of: Open) -> None:
    dicom.file(t0020000e=("UI", "../../etc/passwd"))
    (stack,) = stacks_of(dicom.folder).stacks()
    assert "/" not in stack.key
    assert Path(stack.key).name == stack.key
