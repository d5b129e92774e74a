"""How pixels lie, from bytes of a file; what is refused and what is put right."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from covidviewer.dicom.catalog import Frame, NoteCode
from covidviewer.dicom.guard import Source, inflate
from covidviewer.dicom.reading import read_header
from covidviewer.errors import CovidViewerError, DamagedFileError, LimitError, UnsupportedError

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def first(path: Path) -> Frame:
    return read_header(path).frames[0]


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
