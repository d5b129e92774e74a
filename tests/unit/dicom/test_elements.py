"""Rows of a header: nested, cut, within limits; and which of them lead to a person."""

from __future__ import annotations

import time
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from covidviewer.dicom import elements
from covidviewer.dicom.deidentify import identifies
from covidviewer.dicom.objects.policy import object_policy
from covidviewer.errors import Cancelled, CovidViewerError


def make(path: Path, **fields: object) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, CTImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID, ds.PatientName, ds.PatientID = CTImageStorage, "1.2.3", "Doe^Jane", "77"
    for keyword, value in fields.items():
        setattr(ds, keyword, value)
    return ds


def test_every_element_of_a_real_file_is_there_once(shared_data: Path) -> None:
    for name in ("seg_on_ge_3p27mm", "sr_measurements", "overlay_mr_siemens", "rtstruct"):
        path = shared_data / "dicom" / "multiframe" / f"{name}.dcm"
        data = pydicom.dcmread(path, force=True)
        expected = sum(1 for _ in data.iterall())
        found = elements.read(path)
        listed = [row for row in found.rows if row.tag >= 0 and row.tag >> 16 != 2]
        assert len(listed) == expected, name
        assert found.complete
        at = next(row for row in listed if row.tag == 0x00080060)
        assert (at.name, at.value, at.number) == ("Modality", str(data.Modality), "(0008,0060)")


def test_items_hang_below_their_sequence(tmp_path: Path) -> None:
    inner = Dataset()
    inner.CodeValue, inner.CodeMeaning = "1", "one"
    outer = Dataset()
    outer.ConceptCodeSequence = Sequence([inner])
    ds = make(tmp_path / "a.dcm", ContentSequence=Sequence([outer, Dataset()]))
    ds.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    rows = elements.read(tmp_path / "a.dcm").rows

    def path(i: int) -> tuple[str, ...]:
        return (*(path(rows[i].parent) if rows[i].parent >= 0 else ()), rows[i].name)

    at = next(i for i, row in enumerate(rows) if row.value == "one")
    assert path(at) == ("Content Sequence", "Item 1", "Concept Code Sequence", "Item 1", "Code Meaning")
    assert all(row.parent < i for i, row in enumerate(rows))


def test_long_values_are_cut_and_bulk_is_a_size(tmp_path: Path) -> None:
    most = object_policy().max_value
    ds = make(tmp_path / "a.dcm", ImageComments="x" * 3000)
    ds.add_new(0x00420011, "OB", b"\0\1" * 5000)
    ds.add_new(0x30060050, "UN", b"1\\2\\" * 200_000 + b"3\\4")
    ds.PixelData = b"\0" * 64
    ds["PixelData"].VR = "OW"
    ds.Rows = ds.Columns = 4
    ds.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    rows = {row.tag: row for row in elements.read(tmp_path / "a.dcm").rows}
    assert rows[0x00204000].value == "x" * most + "… (3000 letters)"
    assert rows[0x00420011].value == "10000 bytes"
    assert rows[0x7FE00010].value == "64 bytes"
    assert rows[0x30060050].value == "0.8 MB"


def test_rows_are_limited_and_can_be_called_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    few = replace(object_policy(), max_rows=50)
    monkeypatch.setattr(elements, "object_policy", lambda: few)
    item = Dataset()
    item.CodeValue = "1"
    ds = make(tmp_path / "a.dcm", ContentSequence=Sequence([item] * 100))
    ds.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    found = elements.read(tmp_path / "a.dcm")
    assert not found.complete
    assert len(found.rows) == 50
    with pytest.raises(Cancelled):
        elements.read(tmp_path / "a.dcm", lambda: True)


def test_two_thousand_elements_take_no_second(tmp_path: Path) -> None:
    ds = make(tmp_path / "a.dcm")
    for i in range(2000):
        ds.add_new(0x00110000 + 0x1000 + i, "LO", f"value {i}")
    ds.add_new(0x00110010, "LO", "MAKER")
    ds.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    elements.read(tmp_path / "a.dcm")
    start = time.perf_counter()
    found = elements.read(tmp_path / "a.dcm")
    assert time.perf_counter() - start < 1
    assert sum(row.private for row in found.rows) == 2001


@pytest.mark.parametrize("name", ["private_nested_200", "trunc_mid_tag", "sequence_unterminated", "pn_malformed"])
def test_hostile_headers(shared_data: Path, name: str) -> None:
    path = shared_data / "dicom" / "hostile_derived" / f"{name}.dcm"
    try:
        found = elements.read(path)
    except CovidViewerError as error:
        said = error.message
    else:
        said = "."
        assert found.rows
    assert said.endswith(".")


@pytest.mark.parametrize(
    ("tag", "representation", "hidden"),
    [
        (0x00100010, "PN", True), (0x00100020, "LO", True), (0x00100040, "CS", False), (0x00101010, "AS", False),
        (0x00080090, "PN", True), (0x00080050, "SH", True), (0x00080060, "CS", False), (0x0040A123, "PN", True),
        (0x00290010, "LO", True), (0x00280010, "US", False), (0x00080080, "LO", True), (0x00380010, "LO", True),
    ],
)  # fmt: skip
def test_what_leads_to_a_person(tag: int, representation: str, hidden: bool) -> None:
    assert identifies(tag, representation) is hidden
