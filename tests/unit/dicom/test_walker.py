"""The walker against pydicom, over files made to be awkward."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from covidviewer.dicom import tags, walker
from covidviewer.dicom.guard import Source, open_source
from covidviewer.errors import DamagedFileError, LimitError

IMPLICIT_LE = walker.IMPLICIT_LE


def walk(path: Path) -> walker.Walked | None:
    with open_source(path) as source:
        return walker.walk(source)


def same_as_pydicom(path: Path) -> None:
    """Every wanted value that pydicom sees is in the walk, byte by byte, and no other."""
    walked = walk(path)
    assert walked is not None
    dataset = dcmread(path, defer_size=None)
    expected = {}
    for key in dataset._dict:
        if int(key) in tags.WANTED:
            value = dataset.get_item(key).value
            expected[int(key)] = value if isinstance(value, bytes) else walked.raw[int(key)]
    assert {k: v or b"" for k, v in expected.items()} == walked.raw
    assert walked.pixels is not None
    pixels = dataset.get_item(walked.pixels.tag)
    assert walked.pixels.offset == (pixels.value_tell if hasattr(pixels, "value_tell") else pixels.file_tell)


@pytest.mark.parametrize("syntax", [walker.EXPLICIT_LE, IMPLICIT_LE])
def test_plain_file(dicom: Any, syntax: str) -> None:
    path = dicom.file(syntax=syntax)
    same_as_pydicom(path)
    walked = walk(path)
    assert walked is not None
    assert walked.transfer_syntax == syntax
    assert walked.raw[tags.POSITION].strip() == b"-10\\-20\\0"
    assert path.read_bytes()[walked.pixels.offset :] == struct.pack("<12H", *range(1, 13))


@pytest.mark.parametrize("defined", [True, False])
@pytest.mark.parametrize("depth", [1, 3])
def test_nested_sequences(dicom: Any, defined: bool, depth: int) -> None:
    inner = dicom.element(0x00080100, "SH", "CODE")
    for _ in range(depth):
        inner = dicom.element(0x00080050, "SH", "inside") + dicom.sequence(0x00081140, inner, inner, defined=defined)
    path = dicom.raw(
        dicom.meta(walker.EXPLICIT_LE)
        + dicom.element(0x00080005, "CS", "ISO_IR 192")
        + dicom.sequence(0x00080006, inner, defined=defined)
        + dicom.data_set(dicom.elements())
    )
    same_as_pydicom(path)
    walked = walk(path)
    assert walked is not None
    assert tags.ACCESSION not in walked.raw  # a value inside a sequence is not one of the top


@pytest.mark.parametrize("defined", [True, False])
def test_long_chain_of_private_sequences(dicom: Any, defined: bool) -> None:
    same_as_pydicom(dicom.raw(_chain(dicom, 30, defined)))


def _chain(dicom: Any, depth: int, defined: bool, vr: str = "SQ") -> bytes:
    inner = dicom.element(0x00090010, "LO", "x")
    for _ in range(depth):
        inner = dicom.sequence(0x00091001, inner, defined=defined, vr=vr)
    content: bytes = dicom.meta(walker.EXPLICIT_LE)
    body = dicom.elements()
    head = {t: v for t, v in body.items() if t < 0x00090000}
    rest = {t: v for t, v in body.items() if t > 0x00090000}
    return content + dicom.data_set(head) + inner + dicom.data_set(rest)


def test_private_unknown_sequence_of_undefined_length(dicom: Any) -> None:
    # An unknown value of undefined length holds items in implicit encoding, whatever is around it (PS3.5 6.2.2).
    inner = dicom.element(0x00091010, "LO", "hidden", implicit=True)
    body = dicom.elements()
    head = {t: v for t, v in body.items() if t < 0x00090000}
    rest = {t: v for t, v in body.items() if t > 0x00090000}
    path = dicom.raw(
        dicom.meta(walker.EXPLICIT_LE)
        + dicom.data_set(head)
        + dicom.sequence(0x00091001, inner, vr="UN")
        + dicom.data_set(rest)
    )
    same_as_pydicom(path)


def test_icon_with_encapsulated_pixels(dicom: Any) -> None:
    icon = dicom.element(0x7FE00010, "OB", dicom.items(b"", b"\xff\xd8\xff\xd9", defined=True), length=0xFFFFFFFF)
    icon += struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    body = dicom.elements()
    path = dicom.raw(
        dicom.meta(walker.EXPLICIT_LE)
        + dicom.data_set({t: v for t, v in body.items() if t < 0x7FE00000})
        + dicom.sequence(0x00880200, icon)
        + dicom.data_set({t: v for t, v in body.items() if t > 0x7FE00000})
    )
    same_as_pydicom(path)


@pytest.mark.parametrize("size", [10, 16_300, 16_384, 70_000, 400_000])
def test_header_longer_than_one_read(dicom: Any, size: int) -> None:
    size += size % 2
    body = dicom.elements()
    path = dicom.raw(
        dicom.meta(walker.EXPLICIT_LE)
        + dicom.data_set({t: v for t, v in body.items() if t < 0x00100000})
        + dicom.element(0x00110010, "OB", bytes(size))
        + dicom.data_set({t: v for t, v in body.items() if t > 0x00180000})
    )
    same_as_pydicom(path)


def test_many_small_elements_across_reads(dicom: Any) -> None:
    private = b"".join(dicom.element(0x00110000 | n, "UL", n) for n in range(0x1000, 0x2800))
    body = dicom.elements()
    path = dicom.raw(
        dicom.meta(walker.EXPLICIT_LE)
        + dicom.data_set({t: v for t, v in body.items() if t < 0x00110000})
        + private
        + dicom.data_set({t: v for t, v in body.items() if t > 0x00180000})
    )
    same_as_pydicom(path)


def test_wrong_group_length_of_meta_does_not_matter(dicom: Any) -> None:
    content = dicom.file().read_bytes()
    path = dicom.raw(content[:140] + struct.pack("<I", 9999) + content[144:])
    assert walk(path) is not None


@pytest.mark.parametrize(
    "break_it",
    [
        lambda c: c[:128] + b"XXXX" + c[132:],  # no preamble
        lambda c: c.replace(b"\x08\x00\x60\x00CS", b"\x08\x00\x60\x00??"),  # no such value representation
        lambda c: c.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.2\0"),  # big endian
    ],
)
def test_declines_what_is_odd(dicom: Any, break_it: Any) -> None:
    content = dicom.file().read_bytes()
    changed = break_it(content)
    assert changed != content
    assert walk(dicom.raw(changed)) is None


def test_explicit_elements_out_of_order_are_read_as_they_come(dicom: Any) -> None:
    content = dicom.file().read_bytes()
    same_as_pydicom(dicom.raw(content.replace(b"\x18\x00\x50\x00DS", b"\x07\x00\x50\x00DS")))


def test_implicit_elements_out_of_order_are_declined(dicom: Any) -> None:
    content = dicom.file(syntax=IMPLICIT_LE).read_bytes()
    assert walk(dicom.raw(content.replace(b"\x18\x00\x50\x00", b"\x07\x00\x50\x00"))) is None


def test_declines_sequences_that_matter(dicom: Any) -> None:
    body = dicom.elements()
    lut = dicom.sequence(0x00283010, dicom.element(0x00283006, "US", 1))
    path = dicom.raw(
        dicom.meta(walker.EXPLICIT_LE)
        + dicom.data_set({t: v for t, v in body.items() if t < 0x00283010})
        + lut
        + dicom.data_set({t: v for t, v in body.items() if t > 0x00283010})
    )
    assert walk(path) is None


@pytest.mark.parametrize("depth", [walker.MAX_DEPTH + 1, 300, 10_000])
def test_deep_nesting_is_refused_without_recursion(dicom: Any, depth: int) -> None:
    opening = dicom.element(0x00091001, "SQ", struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF), length=0xFFFFFFFF)
    path = dicom.raw(dicom.meta(walker.EXPLICIT_LE) + opening * depth)
    with pytest.raises(LimitError):
        walk(path)


def test_fragments(dicom: Any) -> None:
    value = dicom.items(b"\0\0\0\0", b"abcd", b"efghij")
    # As in a file: items of defined length between table and delimiter.
    value = dicom.items(b"\0\0\0\0", b"abcd", b"efghij", defined=True) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    source = Source(b"xx" + value + b"trailing")
    found = walker.fragments(source, 2)
    assert [source.read(*place) for place in found] == [b"abcd", b"efghij"]


def test_fragment_that_claims_too_much() -> None:
    value = struct.pack("<HHI", 0xFFFE, 0xE000, 0) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFF0) + b"abc"
    with pytest.raises(DamagedFileError):
        walker.fragments(Source(value), 0)


def test_pixels_that_do_not_begin_with_an_item() -> None:
    with pytest.raises(DamagedFileError):
        walker.fragments(Source(b"\xff\xd8\xff\xd9\0\0\0\0"), 0)
