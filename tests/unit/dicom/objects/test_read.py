"""Reports, documents and maps: what they say comes back, hostile ones end in one sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from covidviewer.dicom.objects import documents, maps, reports, source
from covidviewer.dicom.objects.policy import object_policy
from covidviewer.errors import CovidViewerError, DamagedFileError, LimitError
from covidviewer.imaging.placing import PartPlacer, slice_plane

from .conftest import FRAME_OF_REFERENCE, ROOT, bare_object, item, oblique, open_series, write_series

SR = "1.2.840.10008.5.1.4.1.1.88.34"
PDF = "1.2.840.10008.5.1.4.1.1.104.1"


def code(meaning: str, value: str = "1", scheme: str = "99X") -> Dataset:
    return item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def content(kind: str, name: str, *below: Dataset, relation: str = "CONTAINS", **fields: object) -> Dataset:
    made = item(RelationshipType=relation, ValueType=kind, ConceptNameCodeSequence=[code(name)], **fields)
    if below:
        made.ContentSequence = list(below)
    return made


def report(path: Path, *below: Dataset) -> None:
    ds = bare_object(SR)
    ds.Modality, ds.ValueType, ds.CompletionFlag = "SR", "CONTAINER", "COMPLETE"
    ds.ConceptNameCodeSequence = [code("Report")]
    ds.ContentSequence = list(below)
    ds.save_as(path, enforce_file_format=True)


def test_the_shared_measurements(shared_data: Path) -> None:
    found = reports.read(shared_data / "dicom" / "multiframe" / "sr_measurements.dcm", "k")
    assert found.report is not None
    said = {(node.level, node.name, node.value) for node in found.report.nodes}
    assert (3, "Area of defined region", "1.7 cm2") in said
    assert (3, "Finding", "Spinal cord") in said
    (part,) = found.parts
    assert part.label == "Planar ROI Measurements"
    assert "1.7 cm2" in part.detail
    (circle,) = part.drawings
    data = pydicom.dcmread(found.path)
    raw = next(e.value for e in data.iterall() if e.keyword == "GraphicData")
    column, row = raw[0] - 0.5, raw[1] - 0.5
    radius = np.hypot(raw[2] - raw[0], raw[3] - raw[1])
    np.testing.assert_allclose(np.linalg.norm(circle.points - (row, column), axis=1), radius, rtol=1e-6)
    assert circle.references[0].sop_instance_uid in found.references


def test_highdicom_finds_the_same_measurements(shared_data: Path) -> None:
    import highdicom as hd

    path = shared_data / "dicom" / "multiframe" / "sr_measurements.dcm"
    (group,) = hd.sr.srread(path).content.get_planar_roi_measurement_groups()
    (part,) = reports.read(path, "k").parts
    assert part.label == group.tracking_identifier
    (measured,) = group.get_measurements()
    assert f"{measured.value:g} {measured.unit.CodeValue}" in part.detail


@pytest.mark.parametrize(
    ("name", "words"), [("sr_basic_text", "Sample Text"), ("sr_deflated", "Squamous cell carcinoma")]
)
def test_any_report_is_a_tree_to_read(shared_data: Path, name: str, words: str) -> None:
    path = shared_data / "dicom" / "multiframe" / f"{name}.dcm"
    found = reports.read(path, "k").report
    assert found is not None
    data = pydicom.dcmread(path)
    expected = 1 + sum(len(e.value) for e in data.iterall() if e.keyword == "ContentSequence")
    assert len(found.nodes) == expected > 20
    assert any(words in node.value for node in found.nodes)


def test_points_in_space_lie_on_their_slice(tmp_path: Path) -> None:
    write_series(tmp_path / "ct", orientation=oblique())
    series = open_series(tmp_path / "ct")
    pixels = np.array([(5.0, 7.0), (9.0, 12.0), (20.0, 8.0), (5.0, 7.0)])
    space = (series.affine @ np.column_stack([np.full(4, 4.0), pixels, np.ones(4)]).T)[:3].T
    place = content(
        "SCOORD3D", "Image Region", GraphicType="POLYGON", GraphicData=[float(v) for v in space.ravel()],
        ReferencedFrameOfReferenceUID=FRAME_OF_REFERENCE,
    )  # fmt: skip
    report(tmp_path / "sr.dcm", content("CONTAINER", "Group", place))
    found = reports.read(tmp_path / "sr.dcm", "k")
    assert found.frames_of_reference == {FRAME_OF_REFERENCE}
    (stroke,) = PartPlacer(found.parts[0]).place(slice_plane(series.stack, 4)).strokes
    np.testing.assert_allclose(stroke.points, pixels, atol=1e-3)


def test_a_cycle_by_reference_is_told_and_not_followed(tmp_path: Path) -> None:
    back = item(RelationshipType="INFERRED FROM", ReferencedContentItemIdentifier=[1, 1])
    report(tmp_path / "sr.dcm", content("CONTAINER", "A", content("TEXT", "B", back, TextValue="b")))
    found = reports.read(tmp_path / "sr.dcm", "k").report
    assert found is not None
    assert [(n.level, n.kind, n.value) for n in found.nodes[1:]] == [
        (1, "CONTAINER", ""), (2, "TEXT", "b"), (3, "REFERENCE", "1.1"),
    ]  # fmt: skip


def test_too_deep_and_too_many_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = replace(object_policy(), max_nodes=300)
    monkeypatch.setattr(reports, "object_policy", lambda: few)
    deep = content("TEXT", "x", TextValue="x")
    for _ in range(few.max_depth + 2):
        deep = content("CONTAINER", "x", deep)
    report(tmp_path / "deep.dcm", deep)
    with pytest.raises(LimitError, match="deep"):
        reports.read(tmp_path / "deep.dcm", "k")
    one = content("TEXT", "x", TextValue="x")
    report(tmp_path / "many.dcm", *[one] * (few.max_nodes + 1))
    with pytest.raises(LimitError, match="items"):
        reports.read(tmp_path / "many.dcm", "k")


@pytest.mark.parametrize("undefined", [True, False])
def test_ten_thousand_levels_are_one_sentence(tmp_path: Path, undefined: bool) -> None:
    import struct

    def element(body: bytes) -> bytes:
        if undefined:
            inner = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + body + struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
            tail = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
            return struct.pack("<HH2sHI", 0x40, 0xA730, b"SQ", 0, 0xFFFFFFFF) + inner + tail
        inner = struct.pack("<HHI", 0xFFFE, 0xE000, len(body)) + body
        return struct.pack("<HH2sHI", 0x40, 0xA730, b"SQ", 0, len(inner)) + inner

    report(tmp_path / "sr.dcm")
    body = b""
    for _ in range(10_000):
        body = element(body)
    whole = (tmp_path / "sr.dcm").read_bytes()
    at = whole.rfind(struct.pack("<HH2s", 0x40, 0xA730, b"SQ"))
    (tmp_path / "deep.dcm").write_bytes(whole[:at] + body)
    with pytest.raises(CovidViewerError) as caught:
        reports.read(tmp_path / "deep.dcm", "k")
    assert caught.value.message.endswith(".")


def test_a_map_keeps_its_real_world_values(tmp_path: Path) -> None:
    import highdicom as hd
    from pydicom.sr.codedict import codes

    images = write_series(tmp_path / "ct", orientation=oblique(), count=4)
    pixels = np.arange(4 * 40 * 32, dtype=np.uint16).reshape(4, 40, 32)
    mapping = hd.pm.RealWorldValueMapping(
        lut_label="1", lut_explanation="flow", unit=codes.UCUM.Millimeter, value_range=(0, 60_000), slope=0.5,
        intercept=-10.0,
    )  # fmt: skip
    made = hd.pm.ParametricMap(
        images, pixels, series_instance_uid=f"{ROOT}.700", series_number=7, sop_instance_uid=f"{ROOT}.700.1",
        instance_number=1, manufacturer="m", manufacturer_model_name="m", software_versions="1",
        device_serial_number="1", contains_recognizable_visual_features=False, real_world_value_mappings=[mapping],
        voi_lut_transformations=[hd.VOILUTTransformation(window_center=1, window_width=2)],
    )  # fmt: skip
    made.save_as(tmp_path / "map.dcm")
    found = maps.read(tmp_path / "map.dcm", "k")
    series = open_series(tmp_path / "ct")
    (part,) = found.parts
    assert part.unit == "mm"
    for index in range(4):
        (patch,) = PartPlacer(part).place(slice_plane(series.stack, index)).patches
        np.testing.assert_allclose(patch.values, pixels[index] * 0.5 - 10)
    assert found.images is not None
    from covidviewer.study import Series

    own = Series(found.images)
    values = own.load().values
    np.testing.assert_allclose(values, pixels * 0.5 - 10)


@pytest.mark.parametrize("name", ["parametric_map_float", "float_double_parametric_map"])
def test_the_shared_maps(shared_data: Path, name: str) -> None:
    path = shared_data / "dicom" / "multiframe" / f"{name}.dcm"
    found = maps.read(path, "k")
    data = pydicom.dcmread(path)
    raw = np.frombuffer(
        data.FloatPixelData if "FloatPixelData" in data else data.DoubleFloatPixelData,
        "<f4" if "FloatPixelData" in data else "<f8",
    ).reshape(data.Rows, data.Columns)
    (plane,) = found.parts[0].planes
    np.testing.assert_allclose(plane.values, raw, rtol=1e-6)


def pdf(pages: int = 1, size: tuple[int, int] = (200, 300), stream: bytes = b"") -> bytes:
    """A small document, written by hand."""
    kids = " ".join(f"{3 + 2 * i} 0 R" for i in range(pages))
    bodies = [b"<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode()]
    for i in range(pages):
        text = stream or f"0.2 0.4 0.9 rg {10 + i} 20 50 60 re f".encode()
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] /Contents {4 + 2 * i} 0 R >>".encode()
        )
        bodies.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text))
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(bodies) + 1, start)


def document(path: Path, body: bytes) -> Path:
    ds = bare_object(PDF)
    ds.Modality, ds.DocumentTitle, ds.MIMETypeOfEncapsulatedDocument = "DOC", "Letter", "application/pdf"
    ds.EncapsulatedDocument = body + b"\0" * (len(body) % 2)
    ds.save_as(path, enforce_file_format=True)
    return path


def test_a_page_comes_back_as_pixels(tmp_path: Path) -> None:
    path = document(tmp_path / "doc.dcm", pdf(pages=3))
    assert documents.read(path, "k").title == "Letter"
    pixels, pages = documents.page(path, 1, 400)
    assert (pixels.shape, pages) == ((600, 400, 3), 3)
    blue = np.argwhere((pixels[..., 2] > 200) & (pixels[..., 0] < 100))
    # The box of page 2: x 11 to 61, y 20 to 80 from below, at twice the size.
    np.testing.assert_allclose(blue.min(axis=0), (600 - 160, 22), atol=1)
    np.testing.assert_allclose(blue.max(axis=0), (600 - 40, 122), atol=1)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (pdf(pages=object_policy().pdf_max_pages + 1), LimitError),
        (pdf(size=(20, 2_000_000)), LimitError),
        (b"%PDF-1.7\n" + b"\0\1garbage" * 50, DamagedFileError),
        (b"no document at all", DamagedFileError),
    ],
)
def test_hostile_documents_are_one_sentence(tmp_path: Path, body: bytes, kind: type[CovidViewerError]) -> None:
    path = document(tmp_path / "doc.dcm", body)
    with pytest.raises(kind):
        documents.page(path, 0, 400)


def test_a_document_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = document(tmp_path / "doc.dcm", pdf())
    monkeypatch.setattr(documents, "object_policy", lambda: replace(object_policy(), pdf_seconds=0.05))
    with pytest.raises(LimitError, match="took more than"):
        documents.page(path, 0, 400)


def test_the_memory_of_the_renderer_is_limited(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import covidviewer.dicom.objects.documents as d\n"
        "d._hold_back(300 << 20, 20)\n"
        "try:\n    bytearray(1 << 30)\nexcept MemoryError:\n    print('held')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if sys.platform == "win32":
        pytest.skip("Windows has no such limits; time, size and pages are limited there too")
    assert done.stdout.strip() == "held", done.stderr


def test_the_border_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(CovidViewerError) as caught:
        source.load(tmp_path / "absent.dcm")
    assert caught.value.path == tmp_path / "absent.dcm"


def test_decoding_never_loads_another_decoder_of_jpeg_ls(shared_data: Path) -> None:
    """pydicom takes plugins by itself; ours is imagecodecs, whatever else is installed."""
    import subprocess
    import sys

    folder = shared_data / "dicom" / "transfer_syntax"
    code = (
        "import sys\nimport covidviewer as cv\n"
        f"for name in ('jpegls_lossless_80_ct', 'rle_ct', 'j2k_lossless_90_ct', 'jpeg_lossless_sv1_70_ct'):\n"
        f"    cv.open({str(folder)!r} + '/' + name + '.dcm').series[0].load()\n"
        "bad = [m for m in sys.modules if m.split('.')[0] in ('jpeg_ls', 'openjpeg', 'libjpeg', 'gdcm')]\n"
        "bad += [m for m in sys.modules if m.startswith('pydicom.pixels.decoders')]\n"
        "print('LOADED', bad)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "LOADED []" in done.stdout, done.stdout + done.stderr
