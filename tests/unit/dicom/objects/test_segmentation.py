"""Segmentations come back voxel by voxel, whatever the geometry, and hostile ones end in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from covidviewer.dicom.objects import segmentation
from covidviewer.errors import CovidViewerError
from covidviewer.imaging.placing import PartPlacer, slice_plane
from covidviewer.study import Series

from .conftest import AXIAL, CORONAL, oblique, open_series, write_series

Make = Callable[..., Any]


def placed_mask(part: Any, series: Series, index: int) -> np.ndarray:
    target = slice_plane(series.stack, index)
    found = PartPlacer(part).place(target)
    whole = np.zeros(target.shape, np.uint8)
    for patch in found.patches:
        h, w = patch.values.shape
        whole[patch.row : patch.row + h, patch.column : patch.column + w] = patch.values
    return whole


def two_masks(shape: tuple[int, ...], seed: int = 3) -> np.ndarray:
    random = np.random.default_rng(seed)
    masks = np.zeros((*shape, 2), np.uint8)
    masks[2:5, 5:21, 4:9, 0] = random.integers(0, 2, (3, 16, 5))
    masks[3:6, 10:30, 12:29, 1] = random.integers(0, 2, (3, 20, 17))
    return masks


@pytest.mark.parametrize("orientation", [AXIAL, CORONAL, oblique(), oblique(-35.0)])
@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL"])
def test_every_voxel_comes_back(
    tmp_path: Path, make_segmentation: Make, orientation: tuple[float, ...], kind: str
) -> None:
    images = write_series(tmp_path / "ct", orientation=orientation)
    masks = two_masks((8, 40, 32))
    given: np.ndarray = masks if kind == "BINARY" else masks * np.array([1.0, 0.4])
    options = {} if kind == "BINARY" else {"max_fractional_value": 200, "fractional_type": "PROBABILITY"}
    made = make_segmentation(images, given, kind, **options)
    made.save_as(tmp_path / "seg.dcm")
    found = segmentation.read(tmp_path / "seg.dcm", "k")
    series = open_series(tmp_path / "ct")
    assert [part.label for part in found.parts] == ["part 1", "part 2"]
    for number, part in enumerate(found.parts):
        for index in range(8):
            full = 255 if kind == "BINARY" or number == 0 else round(255 * 0.4)
            np.testing.assert_array_equal(placed_mask(part, series, index), masks[index, ..., number] * np.uint8(full))


def test_a_label_map_is_split_into_its_segments(tmp_path: Path, make_segmentation: Make) -> None:
    images = write_series(tmp_path / "ct")
    labels = np.zeros((8, 40, 32), np.uint8)
    labels[2:4, 3:9, 4:11], labels[3, 20:30, 9:12] = 1, 2
    made = make_segmentation(images, labels, "LABELMAP")
    made.save_as(tmp_path / "seg.dcm")
    found = segmentation.read(tmp_path / "seg.dcm", "k")
    series = open_series(tmp_path / "ct")
    drawn = {part.key: part for part in found.drawn()}
    assert set(drawn) == {"segment-1", "segment-2"}
    for number in (1, 2):
        for index in range(8):
            expected = np.where(labels[index] == number, 255, 0)
            np.testing.assert_array_equal(placed_mask(drawn[f"segment-{number}"], series, index), expected)


@pytest.mark.parametrize("turned", [AXIAL, CORONAL, oblique(25.0)])
def test_on_another_stack_each_pixel_takes_the_voxel_its_centre_lies_in(
    tmp_path: Path, make_segmentation: Make, turned: tuple[float, ...]
) -> None:
    orientation = oblique()
    images = write_series(tmp_path / "ct", orientation=orientation)
    masks = two_masks((8, 40, 32))
    made = make_segmentation(images, masks)
    made.save_as(tmp_path / "seg.dcm")
    source = open_series(tmp_path / "ct")
    middle = (source.affine @ (3.5, 16.0, 14.0, 1.0))[:3]
    row, column = np.array(turned[:3]), np.array(turned[3:])
    corner = middle - 30 * 0.9 * column - 25 * 0.9 * row - 10 * 1.1 * np.cross(row, column)
    write_series(
        tmp_path / "other", number=2, orientation=turned, count=20, rows=60, columns=50, spacing=(0.9, 0.9), step=1.1,
        origin=tuple(corner),
    )  # fmt: skip
    other = open_series(tmp_path / "other")
    found = segmentation.read(tmp_path / "seg.dcm", "k")
    back = np.linalg.inv(source.affine)
    met = 0
    for number, part in enumerate(found.parts):
        for index in range(0, len(other), 3):
            row, column = np.mgrid[: other.rows, : other.columns]
            voxels = np.stack([np.full(row.size, index), row.ravel(), column.ravel(), np.ones(row.size)])
            place = (back @ other.affine @ voxels)[:3]
            nearest = np.floor(place + 0.5).astype(int)
            inside = ((nearest >= 0) & (nearest < np.array([[8], [40], [32]]))).all(axis=0)
            expected = np.zeros(row.size, bool)
            expected[inside] = masks[..., number][tuple(nearest[:, inside])] > 0
            # On the border between two voxels either is right.
            sure = (np.abs(place - np.floor(place) - 0.5) > 1e-6).all(axis=0)
            got = placed_mask(part, other, index).ravel() > 0
            np.testing.assert_array_equal(got[sure], expected[sure])
            met += int(expected.sum())
    assert met > 300


def test_only_slices_that_its_voxels_reach_show_it(tmp_path: Path, make_segmentation: Make) -> None:
    images = write_series(tmp_path / "ct")
    masks = np.zeros((8, 40, 32, 1), np.uint8)
    masks[3, 20, 10] = 1
    made = make_segmentation(images, masks)
    made.save_as(tmp_path / "seg.dcm")
    write_series(tmp_path / "fine", number=2, count=40, step=0.5, origin=(-20.0, -30.0, 100.1))
    fine = open_series(tmp_path / "fine")
    part = segmentation.read(tmp_path / "seg.dcm", "k").parts[0]
    reached = [i for i in range(40) if placed_mask(part, fine, i).any()]
    places = [100.1 + 0.5 * i for i in reached]
    assert all(abs(z - 107.5) <= 1.25 for z in places)
    assert len(reached) == 5


def test_real_segmentation_lies_on_its_ct(shared_data: Path) -> None:
    import highdicom as hd

    folder = shared_data / "dicom"
    path = folder / "multiframe" / "seg_on_ge_3p27mm.dcm"
    series = next(s for s in _studies(folder / "real_chest_ct" / "ge_3p27mm"))
    found = segmentation.read(path, "k")
    peer = hd.seg.segread(path)
    uids = [frame.sop_instance_uid for frame in series.instances]
    named = [u for u in uids if u in found.references]
    pixels = peer.get_pixels_by_source_instance(
        named, ignore_spatial_locations=True, assert_missing_frames_are_empty=True
    )
    for number, part in enumerate(found.parts):
        for i, uid in enumerate(named):
            got = placed_mask(part, series, uids.index(uid)) > 0
            np.testing.assert_array_equal(got, pixels[i, ..., number] > 0)
        assert len(part.planes) == 29


def _studies(folder: Path) -> tuple[Series, ...]:
    from covidviewer.study import open_study

    return open_study(folder).series


@pytest.mark.parametrize(
    ("name", "segments", "planes"),
    [("seg_ct_binary_3frames", 1, 3), ("seg_ct_fractional", 1, 3), ("seg_liver_1bit", 1, 3)],
)
def test_shared_files(shared_data: Path, name: str, segments: int, planes: int) -> None:
    import pydicom

    path = shared_data / "dicom" / "multiframe" / f"{name}.dcm"
    found = segmentation.read(path, "k")
    data = pydicom.dcmread(path)
    stored = data.pixel_array
    most = data.get("MaximumFractionalValue", 1)
    (part,) = found.parts
    kept = [frame for frame in stored if frame.any()]
    assert len(found.parts) == segments
    assert len(part.planes) == len(kept) <= planes
    for plane, frame in zip(part.planes, kept, strict=True):
        whole = np.zeros(frame.shape, np.uint8)
        h, w = plane.values.shape
        whole[plane.row : plane.row + h, plane.column : plane.column + w] = plane.values
        np.testing.assert_array_equal(whole, np.rint(frame * (255.0 / most)).astype(np.uint8))


def test_one_bit_rle_is_what_its_native_twin_holds(shared_data: Path) -> None:
    """The same three masks, native with 512 x 512 pixels and in RLE cropped to 510 x 510: frames end within a byte."""
    import pydicom

    folder = shared_data / "dicom" / "multiframe"
    found = segmentation.read(folder / "seg_liver_1bit_not_byte_aligned_rle.dcm", "k")
    native = pydicom.dcmread(folder / "seg_liver_1bit.dcm").pixel_array
    planes = [plane for part in found.parts for plane in part.planes]
    assert [int(np.count_nonzero(p.values)) for p in planes] == [int(n.sum()) for n in native]
    for plane, frame in zip(planes, native, strict=True):
        rows, columns = np.flatnonzero(frame.any(axis=1)), np.flatnonzero(frame.any(axis=0))
        twin = frame[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        np.testing.assert_array_equal(plane.values != 0, twin != 0)
        assert plane.shape == (510, 510)


def test_one_bit_rle_of_too_few_bytes_is_one_sentence(tmp_path: Path, shared_data: Path) -> None:
    import pydicom

    data = pydicom.dcmread(shared_data / "dicom" / "multiframe" / "seg_liver_1bit_not_byte_aligned_rle.dcm")
    data.Rows = 1020
    data.save_as(tmp_path / "seg.dcm")
    with pytest.raises(CovidViewerError, match="RLE"):
        segmentation.read(tmp_path / "seg.dcm", "k")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.97])
def test_cut_short_is_one_sentence(tmp_path: Path, make_segmentation: Make, share: float) -> None:
    images = write_series(tmp_path / "ct")
    made = make_segmentation(images, two_masks((8, 40, 32)))
    made.save_as(tmp_path / "seg.dcm")
    whole = (tmp_path / "seg.dcm").read_bytes()
    (tmp_path / "cut.dcm").write_bytes(whole[: int(len(whole) * share)])
    if share > 0.9:  # some frames are whole: they are shown, and the loss is said
        assert "the others are not shown" in segmentation.read(tmp_path / "cut.dcm", "k").notes[0]
        return
    with pytest.raises(CovidViewerError) as caught:
        segmentation.read(tmp_path / "cut.dcm", "k")
    assert caught.value.message.endswith(".")
    assert caught.value.path is not None


def test_claims_of_millions_of_frames_are_refused(tmp_path: Path, make_segmentation: Make) -> None:
    images = write_series(tmp_path / "ct")
    made = make_segmentation(images, two_masks((8, 40, 32)))
    made.NumberOfFrames = 2_000_000_000
    made.save_as(tmp_path / "seg.dcm")
    with pytest.raises(CovidViewerError):
        segmentation.read(tmp_path / "seg.dcm", "k")
