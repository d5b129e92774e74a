"""Values, formats, functional groups, limits: from bytes of a file to the records of its frames."""

from __future__ import annotations

import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from covidviewer.dicom import tags, values
from covidviewer.dicom.catalog import Frame, Kind, NoteCode, Patient
from covidviewer.dicom.deidentify import log_name, shown_identity
from covidviewer.dicom.guard import BoundedFile, Source, check_picture_size, inflate
from covidviewer.dicom.reading import read_header
from covidviewer.dicom.text import decode
from covidviewer.errors import CovidViewerError, DamagedFileError, LimitError, NotDicomError, UnsupportedError

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def first(path: Path) -> Frame:
    return read_header(path).frames[0]


# Single values


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"1.5\\-2", (1.5, -2.0)),
        (b" 1.5 \\ 2 ", (1.5, 2.0)),
        (b"3\0", (3.0,)),
        (b"1e3", (1000.0,)),
        (b"", ()),
        (b"  ", ()),
    ],
)
def test_decimals(raw: bytes, expected: tuple[float, ...]) -> None:
    assert tags.decimals(raw) == expected


@pytest.mark.parametrize("raw", [b"1,5", b"abc", b"1_000", b"1.2.3", b"--1"])
def test_what_is_no_number(raw: bytes) -> None:
    assert [math.isnan(v) for v in tags.decimals(raw)] == [True]


@pytest.mark.parametrize("raw", [b"", b"1\\2", b"1\\2\\3\\4", b"1\\nan\\3", b"1\\inf\\3", b"1\\a\\3", b"1\\2\\1e300"])
def test_unusable_positions(raw: bytes) -> None:
    assert values.position(raw) is None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"2\\0\\0\\0\\2\\0", AXIAL),
        (b"1\\0.004\\0\\0\\1\\0", (0.999992, 0.004, 0, -0.004, 0.999992, 0)),
        (b"1\\0\\0\\0.7\\0.7\\0", None),
        (b"0\\0\\0\\0\\1\\0", None),
        (b"1\\0\\0\\1\\0\\0", None),
        (b"1\\0\\0\\0\\1", None),
        (b"nan\\0\\0\\0\\1\\0", None),
    ],
)
def test_orientation(raw: bytes, expected: tuple[float, ...] | None) -> None:
    found = values.orientation(raw)
    assert found == (expected if expected is None else pytest.approx(expected, abs=1e-5))


@pytest.mark.parametrize(
    ("slope", "intercept", "expected"),
    [
        (b"1", b"-1024", (1.0, -1024.0, True)),
        (b"0.5 ", b"-1000 ", (0.5, -1000.0, True)),
        (b"-1", b"0", (-1.0, 0.0, True)),
        (b"0", b"-1024", (1.0, 0.0, False)),
        (b"1,5", b"-1024", (1.0, 0.0, False)),
        (b"nan", b"-1024", (1.0, 0.0, False)),
        (b"1e30", b"-1024", (1.0, 0.0, False)),
        (b"", b"-1024", (1.0, 0.0, False)),
        (b"1", b"", (1.0, 0.0, False)),
        (b"1\\2", b"0", (1.0, 0.0, False)),
    ],
)
def test_rescale(slope: bytes, intercept: bytes, expected: tuple[float, float, bool]) -> None:
    assert values.rescale(slope, intercept) == expected


def test_windows() -> None:
    found = values.windows(b"40\\abc\\-600", b"400\\100\\1500", "soft\\?\\lung", b"linear_exact")
    assert [(w.center, w.width, w.function, w.explanation) for w in found] == [
        (40.0, 400.0, "LINEAR_EXACT", "soft"),
        (-600.0, 1500.0, "LINEAR_EXACT", "lung"),
    ]


@pytest.mark.parametrize(
    ("patient", "imager", "expected"),
    [
        (b"0.5\\0.6", b"", ((0.5, 0.6), "patient")),
        (b"0.5\\0.6", b"0.7\\0.7", ((0.5, 0.6), "patient")),
        (b"0.7\\0.7", b"0.7\\0.7", ((0.7, 0.7), "detector")),
        (b"", b"0.7\\0.7", ((0.7, 0.7), "detector")),
        (b"0\\0", b"", (None, "")),
        (b"0.5", b"", (None, "")),
        (b"-1\\1", b"", (None, "")),
    ],
)
def test_spacing(patient: bytes, imager: bytes, expected: object) -> None:
    assert values.spacing_of(patient, imager, b"") == expected


@pytest.mark.parametrize(
    ("raw", "charset", "expected"),
    [
        (b"Doe^John", b"", "Doe^John"),
        ("Müller".encode("latin-1"), b"ISO_IR 100", "Müller"),
        ("頭部".encode(), b"ISO_IR 192", "頭部"),
        ("Müller".encode(), b"KLINGON_8", "Müller"),
        (b"M\xfcller", b"KLINGON_8", "M\ufffdller"),
        (b"M\xfcller", b"ISO_IR 192", "M\ufffdller"),
        (b"\xd3\xcf\xd3\xcf", b"ISO_IR 144", "гЯгЯ".replace("гЯгЯ", b"\xd3\xcf\xd3\xcf".decode("iso8859_5"))),
        (b"Yamada^Tarou=\x1b$B;3ED\x1b(B", b"\\ISO 2022 IR 87", "Yamada^Tarou=山田"),
        (b"a\x07b\x1b", b"", "a b"),
        (b"x" * 5000, b"", "x" * 256),
    ],
)
def test_text(raw: bytes, charset: bytes, expected: str) -> None:
    assert decode(raw, charset) == expected


# Formats


def test_plain_frame(dicom: Any) -> None:
    path = dicom.file()
    frame = first(path)
    fmt = frame.format
    assert (fmt.rows, fmt.columns, fmt.bits_allocated, fmt.bits_stored, fmt.high_bit) == (3, 4, 16, 12, 11)
    assert path.read_bytes()[fmt.offset : fmt.offset + fmt.length] == struct.pack("<12H", *range(1, 13))
    assert frame.position == (-10.0, -20.0, 0.0)
    assert frame.orientation == AXIAL
    assert (frame.spacing, frame.spacing_kind) == ((0.5, 0.75), "patient")
    assert (frame.slope, frame.intercept, frame.rescale_given) == (1.0, -1024.0, True)
    assert (frame.instance_number, frame.acquisition_number, frame.thickness) == (1, 1, 2.0)


def test_padding_range_is_signed_as_the_pixels_are(dicom: Any) -> None:
    frame = first(dicom.file(t00280103=("US", 1), t00280120=("SS", -2000), t00280121=("SS", -1990)))
    assert frame.format.padding == (-2000.0, -1990.0)
    assert first(dicom.file(t00280120=("US", 63536))).format.padding == (63536.0, 63536.0)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"t00280010": ("US", 0)}, DamagedFileError),
        ({"t00280010": None}, DamagedFileError),
        ({"t00280010": ("US", 46341), "t00280011": ("US", 46341)}, LimitError),
        ({"t00280010": ("UL", 70_000)}, LimitError),
        ({"t00280010": ("US", 30)}, DamagedFileError),
        ({"t00280100": ("US", 0)}, UnsupportedError),
        ({"t00280100": ("US", 7)}, UnsupportedError),
        ({"t00280002": ("US", 2)}, UnsupportedError),
        ({"t00280008": ("IS", "999999")}, LimitError),
        ({"t00280010": ("US", 32), "t00280100": ("US", 8), "t7fe00010": ("OW", bytes(256))}, DamagedFileError),
        ({"t7fe00010": None}, DamagedFileError),
    ],
)
def test_refused(dicom: Any, change: dict[str, object], kind: type[CovidViewerError]) -> None:
    path = dicom.file(**change)
    with pytest.raises(kind) as caught:
        read_header(path)
    assert caught.value.path == path
    assert caught.value.message.endswith(".")


@pytest.mark.parametrize(("claimed", "shown"), [("5", 2), ("2", 2), ("0", 1), ("-3", 1), ("many", 1)])
def test_number_of_frames(dicom: Any, claimed: str, shown: int) -> None:
    count = 2 if shown == 2 else 1
    header = read_header(dicom.file(t00280008=("IS", claimed), t7fe00010=("OW", bytes(24 * count))))
    assert [frame.frame for frame in header.frames] == list(range(1, shown + 1))
    assert bool(header.notes) is (claimed != "2")
    assert all(note.code is NoteCode.DAMAGED for note in header.notes)


def test_pixel_length_that_lies(dicom: Any) -> None:
    content = dicom.file().read_bytes()
    place = content.index(b"\xe0\x7f\x10\x00OW") + 8
    path = dicom.raw(content[:place] + struct.pack("<I", 0xFFFFFFF0) + content[place + 4 :])
    header = read_header(path)
    assert header.frames[0].format.length == 24
    assert [note.code for note in header.notes] == [NoteCode.DAMAGED]


def test_cut_pixels_name_what_is_there(dicom: Any) -> None:
    path = dicom.raw(dicom.file().read_bytes()[:-1])
    with pytest.raises(DamagedFileError, match="24 bytes, 23 bytes are there") as caught:
        read_header(path)
    assert caught.value.code == "F02"


def encapsulated(dicom: Any, syntax: str, *pieces: bytes, **changes: object) -> Path:
    body = {t: v for t, v in dicom.elements(**changes).items() if t < 0x7FE00000}
    value = dicom.items(b"", *pieces, defined=True) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    path: Path = dicom.raw(
        dicom.meta(syntax) + dicom.data_set(body) + dicom.element(0x7FE00010, "OB", value, length=0xFFFFFFFF)
    )
    return path


def test_encapsulated(dicom: Any) -> None:
    path = encapsulated(dicom, "1.2.840.10008.1.2.5", b"abcd", b"efghij")
    fmt = first(path).format
    assert (fmt.offset, fmt.length) == (-1, -1)
    assert [path.read_bytes()[o : o + n] for o, n in fmt.fragments] == [b"abcd", b"efghij"]


def test_more_frames_than_fragments(dicom: Any) -> None:
    header = read_header(encapsulated(dicom, "1.2.840.10008.1.2.5", b"ab", b"cd", t00280008=("IS", "9")))
    assert len(header.frames) == 2
    assert header.notes[0].code is NoteCode.DAMAGED


def test_encapsulated_without_a_fragment(dicom: Any) -> None:
    with pytest.raises(DamagedFileError):
        read_header(encapsulated(dicom, "1.2.840.10008.1.2.5"))


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.100", "1.2.3.4"])
def test_syntax_without_a_decoder(dicom: Any, syntax: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        read_header(encapsulated(dicom, syntax, b"ab"))
    assert syntax in caught.value.message


def test_compressed_by_name_only(dicom: Any) -> None:
    header = read_header(dicom.file(syntax="1.2.840.10008.1.2.5"))
    assert header.frames[0].format.transfer_syntax == "1.2.840.10008.1.2.1"
    assert header.notes[0].code is NoteCode.DAMAGED


def deflated(dicom: Any, body: bytes) -> Path:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    path: Path = dicom.raw(dicom.meta("1.2.840.10008.1.2.1.99") + packer.compress(body) + packer.flush())
    return path


def test_deflated(dicom: Any) -> None:
    frame = first(deflated(dicom, dicom.data_set(dicom.elements(z=7.5))))
    assert frame.position == (-10.0, -20.0, 7.5)
    assert (frame.format.transfer_syntax, frame.format.offset) == ("1.2.840.10008.1.2.1.99", -1)


def test_deflated_with_a_sequence_that_matters(dicom: Any) -> None:
    elements = dicom.elements()
    body = dicom.data_set({t: v for t, v in elements.items() if t < 0x00283000})
    item = dicom.element(0x00283002, "US", struct.pack("<3H", 4, 0, 16)) + dicom.element(0x00283006, "OW", bytes(8))
    body += dicom.sequence(0x00283010, item) + dicom.data_set({t: v for t, v in elements.items() if t > 0x00283010})
    assert len(first(deflated(dicom, body)).voi_luts) == 1


def test_deflate_bomb(dicom: Any) -> None:
    path = deflated(dicom, dicom.element(0x00080008, "CS", "X") + bytes(200 << 20))
    with pytest.raises(LimitError):
        read_header(path)


def test_inflate_gives_all_or_nothing() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    content = bytes(range(256)) * 20_000
    packed = packer.compress(content) + packer.flush()
    assert inflate(Source(b"head" + packed), 4) == content
    with pytest.raises(DamagedFileError):
        inflate(Source(b"\xff" * 100), 0)


# Limits


@pytest.mark.parametrize(
    ("rows", "columns", "samples", "bits", "frames"),
    [(0, 5, 1, 8, 1), (-1, 5, 1, 8, 1), (65_536, 1, 1, 8, 1), (65_535, 65_535, 4, 64, 1), (4, 4, 1, 8, 20_001)],
)
def test_sizes_refused(rows: int, columns: int, samples: int, bits: int, frames: int) -> None:
    with pytest.raises((DamagedFileError, LimitError)):
        check_picture_size(rows, columns, samples, bits, frames)


def test_sizes_allowed() -> None:
    assert check_picture_size(3, 3, 1, 1, 1) == 2
    assert check_picture_size(512, 512, 1, 16, 20_000) == 512 * 512 * 2


def test_bounded_file_never_asks_for_more_than_there_is() -> None:
    asked: list[int] = []

    class Spy(Source):
        def read(self, offset: int, length: int) -> bytes:
            asked.append(length)
            return super().read(offset, length)

    file = BoundedFile(Spy(b"0123456789"))
    assert file.read(0xFFFFFFF0) == b"0123456789"
    assert file.overrun
    assert max(asked) == 10
    file.seek(2)
    assert not file.overrun
    assert file.read(3) == b"234"
    assert not file.overrun


def test_length_beyond_the_file_needs_no_memory(dicom: Any) -> None:
    import tracemalloc

    path = dicom.raw(
        dicom.meta("1.2.840.10008.1.2.1")
        + dicom.element(0x00080008, "CS", "X")
        + dicom.element(0x00091010, "OB", b"abc", length=0xFFFFFFF0)
    )
    with pytest.raises(DamagedFileError):
        read_header(path)
    tracemalloc.start()
    with pytest.raises(DamagedFileError) as caught:
        read_header(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.code == "F02"
    assert peak < 5e6


def awkward(dicom: Any, extra: bytes) -> Path:
    """A slice that the walker leaves to pydicom, with ``extra`` private elements."""
    elements = dicom.elements()
    path: Path = dicom.raw(
        dicom.meta("1.2.840.10008.1.2.1")
        + dicom.data_set({t: v for t, v in elements.items() if t < 0x00110000})
        + extra
        + dicom.data_set({t: v for t, v in elements.items() if 0x00110000 < t < 0x00283010})
        + dicom.sequence(0x00283010, dicom.element(0x00283006, "US", 1), defined=True)
        + dicom.data_set({t: v for t, v in elements.items() if t > 0x00283010})
    )
    return path


def test_headers_of_millions_of_elements(dicom: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = awkward(dicom, b"".join(dicom.element(0x00110000 | n, "UL", n) for n in range(0x1000, 0x1800)))
    assert first(path).position is not None
    monkeypatch.setattr("covidviewer.dicom.guard.MAX_READS", 2000)
    with pytest.raises(LimitError):
        read_header(path)


def test_sequence_that_is_too_long(dicom: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = awkward(dicom, b"")
    assert first(path).position is not None
    monkeypatch.setattr("covidviewer.dicom.tags.MAX_SEQUENCE", 10)
    with pytest.raises(LimitError):
        read_header(path)


@pytest.mark.parametrize("depth", [300, 5_000])
def test_deep_nesting_of_any_kind(dicom: Any, depth: int) -> None:
    opening = dicom.element(0x00283010, "SQ", struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF), length=0xFFFFFFFF)
    path = dicom.raw(dicom.meta("1.2.840.10008.1.2.1") + dicom.element(0x00080060, "CS", "CT") + opening * depth)
    with pytest.raises((LimitError, DamagedFileError)):
        read_header(path)


@pytest.mark.parametrize(
    "content", [b"\x01" * 500, b"hello world, how are you today?", b"\0" * 132 + b"DICOM" + b"\0" * 100]
)
def test_no_dicom(dicom: Any, content: bytes) -> None:
    with pytest.raises((NotDicomError, DamagedFileError)):
        read_header(dicom.raw(content))


# Functional groups


def enhanced(dicom: Any, places: list[float], slopes: list[float], **changes: object) -> Path:
    elements = dicom.elements(
        t00200032=None, t00200037=None, t00280030=None, t00281052=None, t00281053=None, t00281050=None, t00281051=None,
        t00080016=("UI", "1.2.840.10008.5.1.4.1.1.2.1"), t00280008=("IS", str(len(places))),
        t7fe00010=("OW", bytes(24 * len(places))), **changes,
    )  # fmt: skip
    one = dicom.sequence
    element = dicom.element
    shared = (
        one(0x00209116, element(0x00200037, "DS", list(AXIAL)))
        + one(0x00289110, element(0x00180050, "DS", "3") + element(0x00280030, "DS", [0.4, 0.6]))
    )  # fmt: skip
    frames = [
        one(0x00209113, element(0x00200032, "DS", [1.0, 2.0, z]))
        + one(0x00289132, element(0x00281050, "DS", str(100 + k)) + element(0x00281051, "DS", "400"))
        + one(0x00289145, element(0x00281052, "DS", "-1000") + element(0x00281053, "DS", str(slopes[k])))
        for k, z in enumerate(places)
    ]
    groups = one(0x52009229, shared) + one(0x52009230, *frames)
    path: Path = dicom.raw(
        dicom.meta("1.2.840.10008.1.2.1")
        + dicom.data_set({t: v for t, v in elements.items() if t < 0x52000000})
        + groups
        + dicom.data_set({t: v for t, v in elements.items() if t > 0x52000000})
    )
    return path


def test_enhanced_frames(dicom: Any) -> None:
    header = read_header(enhanced(dicom, [10.0, 0.0, 5.0], [1, 2, 0.5]))
    assert header.info.kind is Kind.CT
    assert [f.position for f in header.frames] == [(1.0, 2.0, 10.0), (1.0, 2.0, 0.0), (1.0, 2.0, 5.0)]
    assert [f.slope for f in header.frames] == [1.0, 2.0, 0.5]
    assert [f.windows[0].center for f in header.frames] == [100.0, 101.0, 102.0]
    assert {(f.orientation, f.spacing, f.thickness) for f in header.frames} == {(AXIAL, (0.4, 0.6), 3.0)}
    assert not header.cine


def test_enhanced_stack_is_put_in_order(dicom: Any, stacks_of: Any) -> None:
    (stack,) = stacks_of(enhanced(dicom, [10.0, 0.0, 5.0], [1, 2, 0.5])).stacks()
    assert [f.frame for f in stack.frames] == [2, 3, 1]
    assert [f.slope for f in stack.frames] == [2.0, 0.5, 1.0]
    assert stack.spacing_mm == (5.0, 0.4, 0.6)


def test_groups_win_over_the_top(dicom: Any) -> None:
    header = read_header(enhanced(dicom, [0.0, 5.0], [1, 1], t00180050=("DS", "99")))
    assert {f.thickness for f in header.frames} == {3.0}


def test_fewer_groups_than_frames(dicom: Any) -> None:
    path = enhanced(dicom, [0.0, 5.0], [1, 1])
    content = path.read_bytes().replace(b"\x28\x00\x08\x00IS\x02\x002 ", b"\x28\x00\x08\x00IS\x02\x003 ")
    header = read_header(dicom.raw(content + bytes(24)))
    assert [f.position for f in header.frames] == [(1.0, 2.0, 0.0), (1.0, 2.0, 5.0)]
    assert header.notes[0].code is NoteCode.DAMAGED


def test_dose_grid_frames_have_places(dicom: Any) -> None:
    header = read_header(
        dicom.file(
            t00080016=("UI", "1.2.840.10008.5.1.4.1.1.481.2"),
            t00080060=("CS", "RTDOSE"),
            t00280008=("IS", "3"),
            t3004000c=("DS", [0.0, 2.5, 5.0]),
            t7fe00010=("OW", bytes(72)),
            z=4.0,
        )
    )
    assert [f.position[2] for f in header.frames if f.position] == [4.0, 6.5, 9.0]


# LUTs


def with_lut(dicom: Any, tag: int, descriptor: bytes, data: bytes, vr: str = "US", **changes: object) -> Frame:
    elements = dicom.elements(**changes)
    item = dicom.element(0x00283002, vr, descriptor) + dicom.element(0x00283006, "OW", data)
    return first(
        dicom.raw(
            dicom.meta("1.2.840.10008.1.2.1")
            + dicom.data_set({t: v for t, v in elements.items() if t < tag})
            + dicom.sequence(tag, item)
            + dicom.data_set({t: v for t, v in elements.items() if t > tag})
        )
    )


def test_voi_lut_of_sixteen_and_eight_bits(dicom: Any) -> None:
    (wide,) = with_lut(dicom, 0x00283010, struct.pack("<3H", 3, 10, 12), struct.pack("<3H", 1, 500, 4000)).voi_luts
    assert (wide.first, wide.bits, wide.data.tolist()) == (10, 12, [1, 500, 4000])
    (narrow,) = with_lut(dicom, 0x00283010, struct.pack("<3H", 4, 0, 8), bytes([1, 2, 3, 255])).voi_luts
    assert narrow.data.tolist() == [1, 2, 3, 255]


def test_lut_of_65536_entries(dicom: Any) -> None:
    lut = with_lut(
        dicom, 0x00283000, struct.pack("<3H", 0, 0, 16), np.arange(65536, dtype="<u2").tobytes()
    ).modality_lut
    assert lut is not None
    assert len(lut.data) == 65536
    assert not lut.data.flags.writeable


def test_first_entry_below_zero(dicom: Any) -> None:
    descriptor = struct.pack("<HhH", 2, -5, 16)
    signed = with_lut(dicom, 0x00283000, descriptor, bytes(4), "SS", t00280103=("US", 0)).modality_lut
    assert signed is not None
    assert signed.first == -5
    unsigned = with_lut(dicom, 0x00283000, descriptor, bytes(4), "US", t00280103=("US", 0)).modality_lut
    assert unsigned is not None
    assert unsigned.first == 65531


def test_lut_that_is_too_short_is_left_out(dicom: Any) -> None:
    assert with_lut(dicom, 0x00283010, struct.pack("<3H", 400, 0, 16), bytes(20)).voi_luts == ()


# Identity


def test_hidden_identity() -> None:
    patient = Patient("Doe, Jane", "4711", "19700101", "F", "054Y")
    assert shown_identity(patient, hidden=False) is patient
    assert shown_identity(patient, hidden=True) == Patient("ANON", "", "", "F", "054Y")


def test_log_names_tell_apart_and_tell_nothing() -> None:
    path = Path("/data/Doe_Jane/1.dcm")
    assert log_name(path) == log_name(str(path))
    assert log_name(path) != log_name("/data/Doe_Jane/2.dcm")
    assert "Doe" not in log_name(path)


def test_messages_hold_no_identity(dicom: Any) -> None:
    with pytest.raises(CovidViewerError) as caught:
        read_header(dicom.file(t00280010=None))
    assert "Doe" not in str(caught.value)
