"""Files as other readers see them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from covidviewer.dicom import writing
from covidviewer.errors import UsageError

STUDY = writing.StudyHead("test", "Test", "Phantom^Thorax", "PHANTOM-1", date="20200101", time="120000")
SERIES = writing.SeriesHead(STUDY, 4, "Slices", thickness_mm=2.0, spacing_mm=2.5, windows=(("Lung", -600, 1500),))


def affine() -> np.ndarray:
    turn = np.deg2rad(20)
    right = np.array([np.cos(turn), np.sin(turn), 0])
    down = np.array([-np.sin(turn), np.cos(turn), 0])
    result = np.eye(4)
    result[:3, 0], result[:3, 1], result[:3, 2], result[:3, 3] = (0, 0, 2.5), down * 0.8, right * 0.7, (-10, -20, 30)
    return result


def test_a_slice_comes_back_with_values_and_place(tmp_path: Path) -> None:
    hu = np.array([[-1024, -850, 0], [40, 700, 3071]], np.int16)
    writing.write_ct_slice(tmp_path / "a.dcm", hu, SERIES, affine(), 3, 7)
    data = pydicom.dcmread(tmp_path / "a.dcm")
    assert np.array_equal(data.pixel_array.astype(int) * int(data.RescaleSlope) + int(data.RescaleIntercept), hu)
    assert data.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian
    assert [float(v) for v in data.ImagePositionPatient] == pytest.approx([-10, -20, 37.5])
    assert [float(v) for v in data.PixelSpacing] == pytest.approx([0.8, 0.7])
    cosines = np.array(data.ImageOrientationPatient, float)
    assert cosines[:3] == pytest.approx(affine()[:3, 2] / 0.7)
    assert np.linalg.norm(cosines[:3]) == pytest.approx(1, abs=1e-8)
    assert float(data.SliceLocation) == pytest.approx(37.5)
    assert data.InstanceNumber == 7
    assert (data.WindowCenter, data.WindowWidth) == (-600, 1500)


def test_uids_are_valid_and_repeat(tmp_path: Path) -> None:
    hu = np.zeros((2, 2), np.int16)
    for name, number in (("a", 1), ("b", 2), ("again", 1)):
        writing.write_ct_slice(tmp_path / name, hu, SERIES, affine(), 0, number)
    a, b, again = (pydicom.dcmread(tmp_path / name) for name in ("a", "b", "again"))
    assert a.SOPInstanceUID == again.SOPInstanceUID != b.SOPInstanceUID
    assert a.SeriesInstanceUID == b.SeriesInstanceUID
    assert (tmp_path / "a").read_bytes() == (tmp_path / "again").read_bytes()
    for uid in (a.SOPInstanceUID, a.SeriesInstanceUID, a.StudyInstanceUID, a.file_meta.ImplementationClassUID):
        assert pydicom.uid.UID(uid).is_valid


def test_values_beyond_twelve_bits_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        writing.write_ct_slice(tmp_path / "a.dcm", np.full((2, 2), 4000, np.int16), SERIES, affine(), 0, 1)
    assert not (tmp_path / "a.dcm").exists()


def test_every_decimal_string_fits(tmp_path: Path) -> None:
    odd = affine()
    odd[:3, 3] = (-123.456789012345, 1 / 3, -1e-14)
    writing.write_ct_slice(tmp_path / "a.dcm", np.zeros((2, 2), np.int16), SERIES, odd, 0, 1)
    data = pydicom.dcmread(tmp_path / "a.dcm")
    for element in data:
        if element.VR == "DS":
            values = element.value if element.VM > 1 else [element.value]
            assert all(len(str(v)) <= 16 for v in values), element.keyword
    assert float(data.ImagePositionPatient[0]) == pytest.approx(-123.456789012345, abs=1e-6)


def test_a_film_says_what_it_is(tmp_path: Path) -> None:
    pixels = np.arange(12, dtype=np.uint16).reshape(3, 4) * 1000
    writing.write_film(
        tmp_path / "f.dcm",
        pixels,
        STUDY,
        number=9,
        description="Chest PA",
        bits=14,
        spacing_mm=(0.3, 0.3),
        magnification=1.09,
        window=(5000, 10000),
    )
    data = pydicom.dcmread(tmp_path / "f.dcm")
    assert np.array_equal(data.pixel_array, pixels)
    assert data.Modality == "DX"
    assert list(data.PatientOrientation) == ["L", "F"]
    assert "PixelSpacing" not in data
    assert [float(v) for v in data.ImagerPixelSpacing] == [0.3, 0.3]
    assert (data.BitsStored, data.HighBit) == (14, 13)
