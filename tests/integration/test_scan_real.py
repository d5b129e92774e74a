"""Real and special files: series, enhanced objects, documents, indexes; the walker against pydicom over all of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from covidviewer.dicom import tags, walker
from covidviewer.dicom.catalog import Kind, NoteCode
from covidviewer.dicom.grouping import Catalog
from covidviewer.dicom.guard import open_source
from covidviewer.dicom.reading import read_header
from covidviewer.dicom.scan import scan, siblings
from covidviewer.errors import CovidViewerError

PYDICOM_FILES = Path(pydicom.__file__).parent / "data" / "test_files"


def open_all(*paths: Path) -> Catalog:
    catalog = Catalog()
    batch = None
    for batch in scan(paths):
        catalog.add(batch)
    assert batch is not None
    assert batch.progress.finished
    assert batch.progress.files_read == batch.progress.files_found
    catalog.stacks()
    return catalog


def compare_with_pydicom(files: list[Path]) -> int:
    compared = 0
    for path in files:
        try:
            with open_source(path) as source:
                walked = walker.walk(source)
        except CovidViewerError:
            continue
        if walked is None:
            continue
        try:
            dataset = pydicom.dcmread(path)
        except Exception:  # noqa: BLE001  (pydicom raises anything on damaged files; those are not for comparison)
            continue
        if not len(dataset):
            continue  # pydicom gave up inside the pixels and kept nothing
        compared += 1
        values = {}
        for key in dataset._dict:
            if int(key) in tags.WANTED:
                value = dataset.get_item(key).value
                values[int(key)] = (value or b"")[: tags.MAX_VALUE] if isinstance(value, bytes | None) else None
        assert set(values) == set(walked.raw), path.name
        for tag, value in values.items():
            assert value is None or value == walked.raw[tag], (path.name, hex(tag))
        for tag in tags.PIXEL_TAGS & set(map(int, dataset._dict)):
            element = dataset.get_item(tag)
            place = walked.pixels
            assert place is not None, path.name
            assert place.offset == (element.value_tell if hasattr(element, "value_tell") else element.file_tell)
    return compared


def test_walker_sees_what_pydicom_sees(shared_data: Path) -> None:
    files = [path for path in sorted((shared_data / "dicom").rglob("*")) if path.is_file()]
    assert compare_with_pydicom(files) > 200


def test_walker_sees_what_pydicom_sees_in_its_own_files() -> None:
    assert compare_with_pydicom([p for p in sorted(PYDICOM_FILES.rglob("*")) if p.is_file()]) > 100


def test_every_file_of_pydicom_shows_or_gives_a_message() -> None:
    files = [path for path in sorted(PYDICOM_FILES.rglob("*")) if path.is_file()]
    for path in files:
        catalog = open_all(path)
        shown = [f for s in catalog.stacks() for f in s.frames]
        assert shown or catalog.left_out, path.name
        assert all(entry.reason.endswith(".") for entry in catalog.left_out)


def test_folder_of_pydicom_at_once() -> None:
    catalog = open_all(PYDICOM_FILES)
    shown = {f.path for s in catalog.stacks() for f in s.frames}
    left = {entry.path for entry in catalog.left_out}
    files = {path for path in PYDICOM_FILES.rglob("*") if path.is_file()}
    silent = {path for path in files - shown - left if not path.name.startswith("DICOMDIR")}
    assert not silent


@pytest.mark.parametrize(
    ("folder", "count", "shape", "spacing"),
    [("ge_3p27mm", 86, (296, 464), (3.27, 0.977, 0.977)), ("siemens_8mm", 30, (512, 512), (8.0, 0.646, 0.646))],
)
def test_real_chest_ct(
    shared_data: Path, folder: str, count: int, shape: tuple[int, int], spacing: tuple[float, float, float]
) -> None:
    (stack,) = open_all(shared_data / "dicom" / "real_chest_ct" / folder).stacks()
    assert stack.kind is Kind.CT
    assert len(stack.frames) == count
    assert (stack.rows, stack.columns) == shape
    assert stack.spacing_mm == pytest.approx(spacing, abs=1e-3)
    assert stack.uniform is True
    assert stack.positions_mm is not None
    assert np.all(np.diff(stack.positions_mm) > 0)
    assert all(frame.rescale_given for frame in stack.frames)
    assert {note.code for note in stack.notes} <= {NoteCode.DERIVED}
    one = stack.frames[3].path
    assert set(siblings(one)) == {frame.path for frame in stack.frames}


def test_enhanced_ct_frames_in_geometric_order(shared_data: Path) -> None:
    (stack,) = open_all(shared_data / "dicom" / "multiframe" / "enhanced_ct_frames_differ.dcm").stacks()
    assert [frame.frame for frame in stack.frames] == [2, 4, 6, 1, 5, 3]
    assert stack.positions_mm is not None
    np.testing.assert_allclose(np.diff(stack.positions_mm), 20.0)
    assert [f.slope for f in stack.frames] == [1.0, 2.0, 0.5, 1.0, 2.0, 0.5]
    assert [f.intercept for f in stack.frames] == [-1024.0, -1100.0, -1000.0] * 2
    assert [(f.windows[0].center, f.windows[0].width) for f in stack.frames[:3]] == [
        (-500.0, 1500.0),
        (40.0, 400.0),
        (300.0, 1500.0),
    ]
    assert stack.kind is Kind.CT
    assert stack.spacing_mm == pytest.approx((20.0, 3.75, 3.75))


def test_documents_are_named(shared_data: Path) -> None:
    folder = shared_data / "dicom" / "multiframe"
    names = {
        "sr_basic_text.dcm": "Structured report",
        "sr_deflated.dcm": "Structured report",
        "seg_ct_binary_3frames.dcm": "Segmentation",
        "seg_on_ge_3p27mm.dcm": "Segmentation",
        "rtstruct.dcm": "Radiotherapy structure set",
        "encapsulated_pdf.dcm": "PDF document",
        "gsps.dcm": "Presentation state",
        "parametric_map_float.dcm": "Parametric map",
    }
    for file, name in names.items():
        (stack,) = open_all(folder / file).stacks()
        assert (stack.kind, stack.document) == (Kind.DOCUMENT, name)
        assert [frame.path.name for frame in stack.frames] == [file]


@pytest.mark.parametrize(
    ("file", "frames", "color"),
    [
        ("rgb_planar1.dcm", 1, True),
        ("ybr_full_422.dcm", 1, True),
        ("palette_color_16.dcm", 1, True),
        ("secondary_capture_140frames_ybr422.dcm", 140, True),
        ("nm_13frames.dcm", 13, False),
        ("enhanced_mr_10frames_be.dcm", 10, False),
        ("enhanced_ct_2frames.dcm", 2, False),
    ],
)
def test_other_images(shared_data: Path, file: str, frames: int, color: bool) -> None:
    (stack,) = open_all(shared_data / "dicom" / "multiframe" / file).stacks()
    assert len(stack.frames) == frames
    assert stack.color is color
    assert sorted(frame.frame for frame in stack.frames) == list(range(1, frames + 1))


def test_lookup_tables(shared_data: Path) -> None:
    folder = shared_data / "dicom" / "multiframe"
    modality = read_header(folder / "modality_lut_sequence_signed_12in16.dcm").frames[0].modality_lut
    assert modality is not None
    assert (modality.first, len(modality.data)) == (-2048, 4096)
    (voi,) = read_header(folder / "voi_lut_sequence.dcm").frames[0].voi_luts
    assert (voi.first, len(voi.data)) == (0, 256)


def test_index_lists_files(shared_data: Path) -> None:
    catalog = open_all(shared_data / "dicom" / "multiframe" / "dicomdir_medium" / "DICOMDIR")
    assert sorted((s.kind, len(s.frames)) for s in catalog.stacks()) == [(Kind.CT, 5), (Kind.DOCUMENT, 1)]
    assert catalog.left_out == ()


def test_index_without_offsets(shared_data: Path) -> None:
    folder = shared_data / "dicom" / "multiframe" / "dicomdir_no_pixels"
    with_offsets, without = open_all(folder / "DICOMDIR"), open_all(folder / "DICOMDIR-nooffset")
    assert len(with_offsets.stacks()) > 10
    assert [s.key for s in with_offsets.stacks()] == [s.key for s in without.stacks()]
    assert len(with_offsets.left_out) == len(without.left_out)


def test_films(shared_data: Path) -> None:
    catalog = open_all(shared_data / "dicom" / "real_chest_film")
    assert [s.kind for s in catalog.stacks()] == [Kind.FILM] * 4
    assert all(len(s.frames) == 1 for s in catalog.stacks())
