"""Limits before anything is allocated."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from covidviewer.dicom.catalog import Frame
from covidviewer.dicom.guard import BoundedFile, Source, check_picture_size
from covidviewer.dicom.reading import read_header
from covidviewer.errors import DamagedFileError, LimitError, NotDicomError


def first(path: Path) -> Frame:
    return read_header(path).frames[0]


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
