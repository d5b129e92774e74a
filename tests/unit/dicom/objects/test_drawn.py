"""Structure sets, presentation states and overlay planes: known points come back, hostile ones end in one sentence."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import CTImageStorage

from covidviewer.dicom.objects import overlays, presentations, structures
from covidviewer.dicom.objects.policy import object_policy
from covidviewer.errors import CovidViewerError, DamagedFileError, LimitError
from covidviewer.imaging.placing import PartPlacer, slice_plane

from .conftest import AXIAL, CORONAL, FRAME_OF_REFERENCE, ROOT, bare_object, item, oblique, open_series, write_series

RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
GSPS = "1.2.840.10008.5.1.4.1.1.11.1"


def structure_set(path: Path, points: np.ndarray, color: list[int] | None = None) -> None:
    ds = bare_object(RTSTRUCT)
    ds.Modality, ds.StructureSetLabel = "RTSTRUCT", "set"
    ds.StructureSetROISequence = [item(ROINumber=4, ROIName="lesion", ReferencedFrameOfReferenceUID=FRAME_OF_REFERENCE)]
    contour = item(ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=len(points))
    contour.ContourData = [f"{v:.6f}".rstrip("0")[:16] for v in points.ravel()]
    region = item(ReferencedROINumber=4, ContourSequence=[contour])
    if color:
        region.ROIDisplayColor = color
    ds.ROIContourSequence = [region]
    ds.save_as(path, enforce_file_format=True)


@pytest.mark.parametrize("orientation", [AXIAL, CORONAL, oblique()])
def test_a_known_contour_comes_back_at_its_pixels(tmp_path: Path, orientation: tuple[float, ...]) -> None:
    write_series(tmp_path / "ct", orientation=orientation)
    series = open_series(tmp_path / "ct")
    pixels = np.array([(5.0, 7.0), (5.0, 12.0), (20.25, 12.0), (20.25, 7.0)])
    voxels = np.column_stack([np.full(4, 3.0), pixels, np.ones(4)])
    structure_set(tmp_path / "rt.dcm", (series.affine @ voxels.T)[:3].T, [10, 200, 30])
    found = structures.read(tmp_path / "rt.dcm", "k")
    (part,) = found.parts
    assert (part.label, part.color) == ("lesion", (10, 200, 30))
    assert found.frames_of_reference == {FRAME_OF_REFERENCE}
    (stroke,) = PartPlacer(part).place(slice_plane(series.stack, 3)).strokes
    np.testing.assert_allclose(stroke.points, pixels, atol=1e-4)
    assert not PartPlacer(part).place(slice_plane(series.stack, 2))


def test_the_shared_structure_set(shared_data: Path) -> None:
    path = shared_data / "dicom" / "multiframe" / "rtstruct.dcm"
    found = structures.read(path, "k")
    data = pydicom.dcmread(path, force=True)
    assert [part.label for part in found.parts] == ["patient", "Isocenter 1", "Isocenter 2"]
    assert found.parts[0].color == (220, 160, 120)
    for region, part in zip(data.ROIContourSequence, found.parts, strict=True):
        for raw, contour in zip(region.ContourSequence, part.contours, strict=True):
            np.testing.assert_allclose(contour.points.ravel(), [float(v) for v in raw.ContourData])
            assert contour.closed == (raw.ContourGeometricType == "CLOSED_PLANAR")


def test_a_damaged_contour_is_left_out_and_said(tmp_path: Path) -> None:
    ds = bare_object(RTSTRUCT)
    good = item(ContourGeometricType="CLOSED_PLANAR", ContourData=["1", "2", "3", "4", "5", "6", "7", "8", "9"])
    bad = item(ContourGeometricType="CLOSED_PLANAR", ContourData=["1", "2", "3", "4"])
    ds.ROIContourSequence = [item(ReferencedROINumber=1, ContourSequence=[good, bad])]
    ds.save_as(tmp_path / "rt.dcm", enforce_file_format=True)
    found = structures.read(tmp_path / "rt.dcm", "k")
    assert len(found.parts[0].contours) == 1
    assert found.notes == ("1 contours are damaged and not drawn.",)


def test_a_million_points_are_read_fast_and_more_are_refused(tmp_path: Path) -> None:
    def write(count: int, path: Path) -> None:
        ds = bare_object(RTSTRUCT)
        many = item(ContourGeometricType="CLOSED_PLANAR")
        ds.ROIContourSequence = [item(ReferencedROINumber=1, ContourSequence=[many])]
        many.add_new(0x30060050, "UN", b"1\\2\\3\\" * (count - 1) + b"1\\2\\3")
        ds.save_as(path, enforce_file_format=True)

    most = object_policy().max_points
    write(most, tmp_path / "most.dcm")
    start = time.perf_counter()
    found = structures.read(tmp_path / "most.dcm", "k")
    assert len(found.parts[0].contours[0].points) == most
    assert time.perf_counter() - start < 20
    write(most + 1, tmp_path / "more.dcm")
    with pytest.raises(LimitError, match="more than"):
        structures.read(tmp_path / "more.dcm", "k")


def presentation(path: Path, **fields: object) -> None:
    ds = bare_object(GSPS)
    ds.Modality, ds.ContentLabel = "PR", "STATE"
    image = item(ReferencedSOPClassUID=CTImageStorage, ReferencedSOPInstanceUID=f"{ROOT}.1.1")
    ds.ReferencedSeriesSequence = [item(ReferencedImageSequence=[image], SeriesInstanceUID=f"{ROOT}.1")]
    for keyword, value in fields.items():
        if keyword.startswith("60"):  # groups that repeat have no keywords of their own
            ds.add_new(int(keyword, 16), "OB" if isinstance(value, bytes) else "US", value)
        else:
            setattr(ds, keyword, value)
    ds.save_as(path, enforce_file_format=True)


def graphic(kind: str, data: list[float], units: str = "PIXEL", filled: str = "N") -> pydicom.Dataset:
    return item(GraphicType=kind, GraphicData=data, GraphicAnnotationUnits=units, GraphicFilled=filled,
                GraphicDimensions=2, NumberOfGraphicPoints=len(data) // 2)  # fmt: skip


def test_the_shared_presentation_state(shared_data: Path) -> None:
    found = presentations.read(shared_data / "dicom" / "multiframe" / "gsps.dcm", "k")
    assert found.title == "lung window, arrow text"
    (part,) = found.parts
    (circle,) = part.drawings
    # Centre 45\56 and edge 52\56 (column, row) from the corner of the first pixel.
    np.testing.assert_allclose(np.linalg.norm(circle.points - (55.5, 44.5), axis=1), 7.0)
    (label,) = part.labels
    assert (label.text, label.at) == ("nodule", (59.5, 46.5))
    assert found.presentation is not None
    (shown,) = found.presentation.windows
    assert (shown.windows[0].center, shown.windows[0].width) == (-600, 1200)
    (area,) = found.presentation.areas
    assert (area.top_left, area.bottom_right) == ((0, 0), (127, 127))


@pytest.mark.parametrize(
    ("mode", "ratio", "wanted"), [("MAGNIFY", 2.5, 2.5), ("SCALE TO FIT", 2.5, None), ("MAGNIFY", 0.0, None)]
)
def test_how_large_the_displayed_area_is_shown(tmp_path: Path, mode: str, ratio: float, wanted: float | None) -> None:
    area = item(
        DisplayedAreaTopLeftHandCorner=[11, 21], DisplayedAreaBottomRightHandCorner=[30, 60], PresentationSizeMode=mode,
        PresentationPixelMagnificationRatio=ratio,
    )  # fmt: skip
    presentation(tmp_path / "pr.dcm", DisplayedAreaSelectionSequence=[area])
    found = presentations.read(tmp_path / "pr.dcm", "k").presentation
    assert found is not None
    assert found.areas[0].magnification == wanted
    assert (found.areas[0].top_left, found.areas[0].bottom_right) == ((20, 10), (59, 29))


def test_graphics_in_shares_of_the_displayed_area(tmp_path: Path) -> None:
    area = item(DisplayedAreaTopLeftHandCorner=[11, 21], DisplayedAreaBottomRightHandCorner=[30, 60])
    drawn = item(GraphicLayer="L", GraphicObjectSequence=[graphic("POLYLINE", [0, 0, 1, 1], "DISPLAY")])
    presentation(tmp_path / "pr.dcm", DisplayedAreaSelectionSequence=[area], GraphicAnnotationSequence=[drawn])
    (line,) = presentations.read(tmp_path / "pr.dcm", "k").parts[0].drawings
    # The corners of the area: of its first pixel (row 21, column 11 from 1) and its last (row 60, column 30).
    np.testing.assert_allclose(line.points, [(19.5, 9.5), (59.5, 29.5)])


@pytest.mark.parametrize(("rotation", "flip"), [(0, "N"), (90, "N"), (180, "Y"), (270, "Y"), (90, "Y")])
def test_rotation_then_flip_is_our_flip_then_turns(tmp_path: Path, rotation: int, flip: str) -> None:
    from covidviewer.imaging.planes import view_matrix

    presentation(tmp_path / "pr.dcm", ImageRotation=rotation, ImageHorizontalFlip=flip)
    wish = presentations.read(tmp_path / "pr.dcm", "k").presentation
    assert wish is not None
    turned = view_matrix(rotation // 90, False, False)
    if flip == "Y":
        turned = np.array([[-1, 0], [0, 1]]) @ turned
    np.testing.assert_array_equal(view_matrix(wish.quarter_turns, wish.flip_h, False), turned)


def test_shutters_leave_open_what_they_say(tmp_path: Path) -> None:
    presentation(
        tmp_path / "pr.dcm", ShutterShape=["RECTANGULAR", "CIRCULAR", "POLYGONAL"], ShutterUpperHorizontalEdge=3,
        ShutterLowerHorizontalEdge=10, ShutterLeftVerticalEdge=5, ShutterRightVerticalEdge=20,
        CenterOfCircularShutter=[7, 9], RadiusOfCircularShutter=4, VerticesOfThePolygonalShutter=[1, 1, 1, 9, 9, 9],
    )  # fmt: skip
    (part,) = presentations.read(tmp_path / "pr.dcm", "k").parts
    assert part.detail == "rectangular, circular, polygonal"
    rectangle, circle, polygon = (shutter.points for shutter in part.shutters)
    assert [shutter.grey for shutter in part.shutters] == [None] * 3
    assert (rectangle.min(axis=0).tolist(), rectangle.max(axis=0).tolist()) == ([1.5, 3.5], [9.5, 19.5])
    np.testing.assert_allclose(np.linalg.norm(circle - (6, 8), axis=1), 4)
    np.testing.assert_array_equal(polygon, [(0, 0), (0, 8), (8, 8)])


def bitmap(hidden: np.ndarray, group: int = 0x6002) -> dict[str, object]:
    """Fields of a state with a bitmap shutter."""
    bits = np.packbits(hidden.ravel(), bitorder="little").tobytes()
    return {
        "ShutterShape": "BITMAP", "ShutterOverlayGroup": group, "ShutterPresentationValue": 0x8000,
        f"{group:04X}0010": hidden.shape[0], f"{group:04X}0011": hidden.shape[1],
        f"{group:04X}3000": bits + b"\0" * (len(bits) % 2),
    }  # fmt: skip


def test_a_bitmap_shutter_hides_where_its_bits_are_set(tmp_path: Path) -> None:
    from covidviewer.imaging.placing import SlicePlane

    hidden = np.random.default_rng(3).random((13, 11)) > 0.5
    presentation(tmp_path / "pr.dcm", **bitmap(hidden))
    read = presentations.read(tmp_path / "pr.dcm", "k")
    (part,) = read.parts
    (shutter,) = part.shutters
    np.testing.assert_array_equal(shutter.hidden, hidden)
    assert (shutter.points, shutter.grey) == (None, 127)
    for shape, uid, count in (((13, 11), "1.2.9", 1), ((12, 11), "1.2.9", 0), ((13, 11), "1.2.8", 0)):
        target = SlicePlane(uid, 1, shape, None, 1.0)
        assert len(PartPlacer(part, frozenset({"1.2.9"})).place(target).shutters) == count


def test_a_bitmap_that_claims_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    fields = bitmap(np.ones((8, 8), bool))
    fields["60020010"] = 5000
    presentation(tmp_path / "pr.dcm", **fields)
    with pytest.raises(DamagedFileError, match="more pixels than it holds"):
        presentations.read(tmp_path / "pr.dcm", "k")


def test_curves_pass_through_their_points(tmp_path: Path) -> None:
    given = [2.5, 3.5, 8.5, 4.5, 9.5, 12.5, 3.5, 15.5]
    drawn = item(GraphicLayer="L", GraphicObjectSequence=[graphic("INTERPOLATED", given), graphic("ELLIPSE", [
        10.5, 5.5, 20.5, 5.5, 15.5, 3.5, 15.5, 7.5])])  # fmt: skip
    presentation(tmp_path / "pr.dcm", GraphicAnnotationSequence=[drawn])
    curve, ellipse = presentations.read(tmp_path / "pr.dcm", "k").parts[0].drawings
    for column, row in np.array(given).reshape(-1, 2) - 0.5:
        assert np.abs(curve.points - (row, column)).sum(axis=1).min() < 1e-9
    middle = ellipse.points - (5, 15)
    np.testing.assert_allclose((middle[:, 0] / 2) ** 2 + (middle[:, 1] / 5) ** 2, 1, atol=1e-9)


def overlay_image(folder: Path, **fields: object) -> None:
    write_series(folder, count=1)
    path = folder / "000.dcm"
    ds = pydicom.dcmread(path)
    for tag, (vr, value) in fields.pop("elements", {}).items():  # type: ignore[attr-defined]
        ds.add_new(tag, vr, value)
    ds.save_as(path, enforce_file_format=True)


def test_an_overlay_of_its_own_lies_at_its_origin(tmp_path: Path) -> None:
    plane = np.zeros((6, 9), np.uint8)
    plane[1, 2], plane[5, 8] = 1, 1
    bits = np.packbits(plane.ravel(), bitorder="little").tobytes()
    overlay_image(tmp_path, elements={
        0x60020010: ("US", 6), 0x60020011: ("US", 9), 0x60020040: ("CS", "G"), 0x60020050: ("SS", [11, 21]),
        0x60020100: ("US", 1), 0x60020102: ("US", 0), 0x60021500: ("LO", "marks"),
        0x60023000: ("OW", bits + b"\0" * (len(bits) % 2)),
    })  # fmt: skip
    series = open_series(tmp_path)
    ((group, label, (found,)),) = overlays.read(tmp_path / "000.dcm", series.instances)
    assert (group, label) == (0x6002, "marks")
    lit = np.argwhere(found.values) + np.array([found.row, found.column])
    # Row 11, column 21 of the image, counted from 1, is the overlay's first pixel.
    np.testing.assert_array_equal(lit, [(11, 22), (15, 28)])


def test_an_overlay_in_unused_bits(shared_data: Path) -> None:
    folder = shared_data / "dicom" / "multiframe"
    path = folder / "overlays_six_60xx.dcm"
    from covidviewer.study import open_study

    (series,) = open_study(path).series
    found = {group: planes for group, _, planes in overlays.read(path, series.instances)}
    data = pydicom.dcmread(path)
    raw = np.frombuffer(data.PixelData, "<u2").reshape(data.Rows, data.Columns)
    for group, bit in ((0x6000, 15), (0x6002, 14)):
        np.testing.assert_array_equal(laid(found[group][0]), (raw >> bit) & 1)
    for group in (0x6004, 0x6006):
        np.testing.assert_array_equal(laid(found[group][0]), data.overlay_array(group))


def laid(plane: object) -> np.ndarray:
    whole = np.zeros(plane.shape, np.uint8)  # type: ignore[attr-defined]
    h, w = plane.values.shape  # type: ignore[attr-defined]
    whole[plane.row : plane.row + h, plane.column : plane.column + w] = plane.values > 0  # type: ignore[attr-defined]
    return whole


def test_an_overlay_that_claims_more_than_it_holds(tmp_path: Path) -> None:
    overlay_image(tmp_path, elements={
        0x60000010: ("US", 60_000), 0x60000011: ("US", 60_000), 0x60000050: ("SS", [1, 1]), 0x60000100: ("US", 1),
        0x60000102: ("US", 0), 0x60003000: ("OW", b"\1\0"),
    })  # fmt: skip
    series = open_series(tmp_path)
    with pytest.raises(DamagedFileError, match="overlay"):
        overlays.read(tmp_path / "000.dcm", series.instances)


@pytest.mark.parametrize("reader", [structures.read, presentations.read])
@pytest.mark.parametrize("body", [b"", b"\0" * 400, b"\0" * 128 + b"DICM" + bytes(range(256)) * 4])
def test_noise_is_one_sentence(tmp_path: Path, reader: object, body: bytes) -> None:
    (tmp_path / "noise.dcm").write_bytes(body)
    with contextlib.suppress(CovidViewerError):  # nothing else may come out
        assert not tuple(reader(tmp_path / "noise.dcm", "k").drawn())  # type: ignore[operator]
