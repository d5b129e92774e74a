"""Every transfer syntax of the shared files, through open and load, held against SimpleITK, pydicom and each other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from covidviewer.errors import DamagedFileError
from covidviewer.imaging.volume import Volume
from covidviewer.study import Series, open_study

FILES = [
    "deflated_ct",
    "explicit_be_mr",
    "explicit_le_ct",
    "htj2k_201_lossless_chest_ct",
    "htj2k_201_lossless_rgb",
    "htj2k_202_lossless_rpcl_chest_ct",
    "htj2k_203_lossy_chest_ct",
    "htj2k_203_rgb",
    "implicit_le_mr",
    "j2k_91_ct",
    "j2k_lossless_90_chest_ct",
    "j2k_lossless_90_ct",
    "jpeg_baseline_50_ct",
    "jpeg_extended_51_12bit_ct",
    "jpeg_lossless_57_ct",
    "jpeg_lossless_sv1_70_chest_ct",
    "jpeg_lossless_sv1_70_ct",
    "jpegls_lossless_80_chest_ct",
    "jpegls_lossless_80_ct",
    "jpegls_near_81_ct",
    "rle_ct",
]

Open = Callable[[str], Series]


@pytest.fixture
def one(shared_data: Path) -> Open:
    """The single series of a file below ``dicom/``."""

    def get(name: str) -> Series:
        study = open_study(shared_data / "dicom" / name)
        assert study.left_out == ()
        (series,) = study.series
        return series

    return get


def load(one: Open, name: str) -> Volume:
    volume = one(f"transfer_syntax/{name}.dcm").load()
    assert volume.failed == {}
    return volume


@pytest.mark.parametrize("name", FILES)
def test_values_are_those_of_simpleitk(one: Open, shared_data: Path, name: str) -> None:
    import SimpleITK

    volume = load(one, name)
    image = SimpleITK.ReadImage(str(shared_data / "dicom" / "transfer_syntax" / f"{name}.dcm"))
    wanted = SimpleITK.GetArrayFromImage(image)
    assert volume.shape == wanted.shape
    if volume.values.dtype.kind in "iu":
        assert (volume.values == wanted).all()
    else:
        # slopes such as 32.1216: one multiplication in float32 against one in float64
        assert np.abs(volume.values.astype(np.float64) - wanted).max() < 1e-3


def test_no_file_of_the_folder_is_forgotten(shared_data: Path) -> None:
    assert sorted(p.stem for p in (shared_data / "dicom" / "transfer_syntax").glob("*.dcm")) == FILES


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("rle_ct", 0),
        ("jpeg_lossless_57_ct", 0),
        ("jpeg_lossless_sv1_70_ct", 0),
        ("jpegls_lossless_80_ct", 0),
        ("j2k_lossless_90_ct", 0),
        ("jpegls_near_81_ct", 1),
        ("j2k_91_ct", 5),
        ("jpeg_extended_51_12bit_ct", 40),
        ("jpeg_baseline_50_ct", 140),
    ],
)
def test_the_same_picture_in_every_syntax(one: Open, name: str, limit: int) -> None:
    # Lossy ones by the figures in the folder's README; .51 has slope 2, .50 slope 32.
    difference = np.abs(load(one, name).values.astype(float) - load(one, "deflated_ct").values).max()
    assert difference <= limit


@pytest.mark.parametrize(
    "name", ["htj2k_201_lossless_chest_ct", "htj2k_202_lossless_rpcl_chest_ct", "jpegls_lossless_80_chest_ct"]
)
def test_the_same_chest_slice_in_every_lossless_syntax(one: Open, name: str) -> None:
    assert (load(one, name).values == load(one, "j2k_lossless_90_chest_ct").values).all()


def test_a_chest_slice_is_in_hounsfield_units(one: Open) -> None:
    volume = load(one, "j2k_lossless_90_chest_ct")
    assert volume.units == "HU"
    assert volume.values.dtype == np.int16
    assert volume.padding == -2000 - 1024
    inside = volume.values[volume.values != volume.padding]
    # air outside and in the lungs, soft tissue
    assert -1040 <= np.percentile(inside, 1) <= -900
    assert ((inside > 0) & (inside < 90)).mean() > 0.1


# --- many frames, colour, tables ------------------------------------------------------------------------------------


def test_rescale_of_each_frame_of_an_enhanced_ct(one: Open, shared_data: Path) -> None:
    from pydicom import dcmread

    series = one("multiframe/enhanced_ct_frames_differ.dcm")
    dataset = dcmread(shared_data / "dicom" / "multiframe" / "enhanced_ct_frames_differ.dcm")
    volume = series.load()
    assert len(volume) == 6
    assert [f.frame for f in series.instances] != list(range(1, 7))
    for i, frame in enumerate(series.instances):
        group = dataset.PerFrameFunctionalGroupsSequence[frame.index].PixelValueTransformationSequence[0]
        wanted = dataset.pixel_array[frame.index] * float(group.RescaleSlope) + float(group.RescaleIntercept)
        assert np.array_equal(volume.values[i], wanted)
    assert series.positions_mm is not None
    assert (np.diff(series.positions_mm) > 0).all()


@pytest.mark.parametrize("name", ["enhanced_mr_10frames_jpegls", "enhanced_mr_10frames_be", "nm_13frames"])
def test_multi_frame_values(one: Open, shared_data: Path, name: str) -> None:
    import SimpleITK

    path = f"multiframe/{name}.dcm"
    study = open_study(shared_data / "dicom" / path)
    raw = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(shared_data / "dicom" / path)))
    seen = 0
    for series in study.series:
        volume = series.load()
        for i, frame in enumerate(series.instances):
            # SimpleITK applies no rescale of functional groups to these (slope 1, intercept 0)
            assert np.array_equal(volume.values[i], raw[frame.index])
            seen += 1
    assert seen == len(raw)


def test_the_two_planar_configurations_hold_one_picture(one: Open) -> None:
    first = one("multiframe/rgb_planar0.dcm").load()
    assert first.values.dtype == np.uint8
    assert first.shape == (1, 120, 256, 3)
    assert (first.values == one("multiframe/rgb_planar1.dcm").load().values).all()


@pytest.mark.parametrize("name", ["ybr_full", "ybr_full_422"])
def test_uncompressed_ybr_against_pydicom(one: Open, shared_data: Path, name: str) -> None:
    from pydicom.pixels import pixel_array

    wanted = pixel_array(shared_data / "dicom" / "multiframe" / f"{name}.dcm")
    assert (one(f"multiframe/{name}.dcm").load().values[0] == wanted).all()


@pytest.mark.parametrize("name", ["palette_color_16", "palette_color_us_rle"])
def test_palettes_against_pydicom(one: Open, shared_data: Path, name: str) -> None:
    from pydicom import dcmread
    from pydicom.pixels import apply_color_lut

    dataset = dcmread(shared_data / "dicom" / "multiframe" / f"{name}.dcm")
    wanted = apply_color_lut(dataset.pixel_array, dataset)
    wanted = (wanted >> 8).astype(np.uint8) if wanted.dtype.itemsize == 2 and wanted.max() > 255 else wanted
    assert (one(f"multiframe/{name}.dcm").load().values[0] == wanted).all()


def test_modality_table_against_pydicom(one: Open, shared_data: Path) -> None:
    from pydicom import dcmread
    from pydicom.pixels import apply_modality_lut

    name = "multiframe/modality_lut_sequence_signed_12in16.dcm"
    dataset = dcmread(shared_data / "dicom" / name)
    volume = one(name).load()
    assert np.array_equal(volume.values[0], apply_modality_lut(dataset.pixel_array, dataset))
    assert volume.units != "HU"


def test_some_frames_of_another_size_fail_and_the_others_show(one: Open) -> None:
    series = one("multiframe/secondary_capture_140frames_ybr422.dcm")
    volume = series.load()
    assert volume.complete
    assert volume.failed
    assert volume.filled.sum() > 50
    assert all("header says" in why or "damaged" in why for why in volume.failed.values())


# --- damaged files --------------------------------------------------------------------------------------------------


def hostile_hu(n: int = 64) -> np.ndarray:
    """The slice behind the damaged files, as their README describes it: HU."""
    y, x = np.mgrid[:n, :n] / (n - 1.0) * 2 - 1
    hu = np.full((n, n), -1000)
    hu[(x / 0.92) ** 2 + (y / 0.66) ** 2 < 1] = 40
    for side in (-1, 1):
        hu[((x - side * 0.42) / 0.32) ** 2 + (y / 0.46) ** 2 < 1] = -850
    hu[(x / 0.1) ** 2 + ((y - 0.42) / 0.1) ** 2 < 1] = 700
    hu[((x + 0.35) / 0.06) ** 2 + ((y + 0.1) / 0.06) ** 2 < 1] = 40
    return hu


def test_hounsfield_units_of_every_damaged_file_that_shows(shared_data: Path) -> None:
    """Whatever claims to be HU must be the slice's true HU; all else must not claim it."""
    wanted = hostile_hu()
    claimed, other = set(), set()
    for path in sorted((shared_data / "dicom" / "hostile_derived").glob("*.dcm")):
        for series in open_study(path).series:
            if series.units != "HU":
                other.add(path.name)
                continue
            try:
                volume = series.load()
            except DamagedFileError:
                assert path.name == "rle_cut_fragment.dcm"
                continue
            for i in range(len(volume)):
                got = volume.values[i]
                if path.name == "good_256.dcm":
                    assert (got == hostile_hu(256)).all()
                elif path.name == "padding_value_and_range.dcm":
                    assert (got[9:] == wanted[9:]).all()
                    assert (got[:9] == volume.padding).all()
                else:
                    assert (got == wanted).all(), path.name
                claimed.add(path.name)
    assert {
        "high_bits_garbage_12in16.dcm",
        "high_bit_15_left_justified.dcm",
        "bits_allocated_32.dcm",
        "signed_16.dcm",
        "monochrome1_ct.dcm",
        "rle_empty_bot.dcm",
        "rle_wrong_bot.dcm",
        "no_file_meta.dcm",
        "no_preamble.dcm",
    } <= claimed
    assert not any(name.startswith(("rescale_slope", "modality_lut")) for name in claimed)
    assert {"modality_lut_sequence.dcm", "missing_RescaleSlope.dcm"} <= other


def test_monochrome1_keeps_its_values_and_is_marked(one: Open) -> None:
    volume = one("hostile_derived/monochrome1_ct.dcm").load()
    assert volume.inverted
    assert (volume.values[0] == hostile_hu()).all()
    assert not one("hostile_derived/good_256.dcm").load().inverted


def test_a_modality_table_gives_its_entries(one: Open) -> None:
    volume = one("hostile_derived/modality_lut_sequence.dcm").load()
    assert (volume.values[0] == hostile_hu() + 1024).all()
    assert volume.units == ""
