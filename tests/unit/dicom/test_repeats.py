"""Headers by resemblance are the headers by walking, whatever the files hold; and a series is mostly resemblance."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest

from covidviewer.dicom import repeats, tags, walker
from covidviewer.dicom.guard import Source
from covidviewer.dicom.headers import Header
from covidviewer.dicom.reading import header_in, read_header
from covidviewer.dicom.repeats import Repeats
from covidviewer.errors import CovidViewerError

PATH = Path("slice.dcm")


def outcome(way: Callable[[Source, Path, str], Header], data: bytes) -> str:
    """The header in full, or the error."""
    try:
        return repr(way(Source(data), PATH, "origin"))
    except CovidViewerError as error:
        return repr((type(error), error.message, error.code))


def furnished(dicom: Any, number: int, *, syntax: str = walker.EXPLICIT_LE, defined: bool = False) -> bytes:
    """A slice with sequences, private elements, times and a private unknown sequence around what matters."""
    implicit = syntax == walker.IMPLICIT_LE
    body = dicom.elements(number=number, z=3.0 * number)
    body[0x00080032] = ("TM", f"1010{number % 60:02d}.5")
    body[0x00080033] = ("TM", f"1011{number % 60:02d}.5")
    body[0x00020010 + 0x00080000] = ("LO", "unwanted")
    inside = dicom.element(0x00081155, "UI", f"1.2.3.{number % 7}", implicit=implicit)
    extra = dicom.sequence(0x00081140, inside, inside, defined=defined, implicit=implicit)
    private = dicom.element(0x00091010, "LO", "hidden", implicit=True)
    private = dicom.sequence(0x00091001, private, vr="UN", implicit=implicit)

    def part(low: int, high: int) -> bytes:
        chosen = {t: v for t, v in body.items() if low <= t < high}
        return bytes(dicom.data_set(chosen, implicit=implicit))

    end = 1 << 32
    return bytes(
        dicom.meta(syntax)
        + part(0, 0x00081140)
        + extra
        + part(0x00081140, 0x00091001)
        + private
        + part(0x00091001, end)
    )


@pytest.mark.parametrize("defined", [False, True])
@pytest.mark.parametrize("syntax", [walker.EXPLICIT_LE, walker.IMPLICIT_LE])
def test_slices_of_a_series_are_met_again(dicom: Any, syntax: str, defined: bool) -> None:
    slices = [furnished(dicom, k, syntax=syntax, defined=defined) for k in range(10, 70)]
    known = Repeats()
    for data in slices:
        assert outcome(known.header_in, data) == outcome(header_in, data)
    # The UIDs in the sequence differ, but they decide nothing; so do lengths of number and place now and then.
    assert known.met >= len(slices) - 5
    header = known.header_in(Source(slices[33]), PATH, "")
    assert header.frames[0].instance_number == 43
    assert header.frames[0].position == (-10.0, -20.0, 129.0)
    assert header.frames[0].acquisition_time == "101043.5"
    assert header.frames[0].sop_instance_uid == "1.2.3.43"


def test_shared_values_that_differ_are_seen(dicom: Any) -> None:
    """A window, a name or a slope of one slice is that slice's own, though its file is laid out as the others."""
    known = Repeats()
    plain = dicom.meta(walker.EXPLICIT_LE) + dicom.data_set(dicom.elements())
    known.header_in(Source(plain), PATH, "")
    other = dicom.meta(walker.EXPLICIT_LE) + dicom.data_set(
        dicom.elements(t00281050=("DS", "+400"), t00281053=("DS", "2"), t00100010=("PN", "Roe^John"))
    )
    assert len(other) == len(plain)
    header = known.header_in(Source(other), PATH, "")
    assert known.met == 1
    assert (header.frames[0].slope, header.frames[0].windows[0].center) == (2.0, 400.0)
    assert header.info.patient.name == "Roe^John"
    assert repr(header) == repr(header_in(Source(other), PATH, ""))


@pytest.mark.parametrize("seed", range(6))
def test_damaged_files_end_as_without_memory(dicom: Any, seed: int) -> None:
    """Bytes of a head turned at random, lengths that lie, tails cut: the same record or the same error."""
    chance = random.Random(seed)
    syntax = walker.IMPLICIT_LE if seed % 2 else walker.EXPLICIT_LE
    models = [furnished(dicom, k, syntax=syntax, defined=seed % 3 == 0) for k in range(10, 14)]
    known = Repeats()
    kinds: set[str] = set()
    met = 0
    for _ in range(700):
        data = bytearray(chance.choice(models))
        for _ in range(chance.choice((0, 1, 1, 2, 6))):
            place = chance.randrange(128, len(data))
            if chance.random() < 0.7:
                data[place] ^= 1 << chance.randrange(8)
            else:
                data[place : place + 4] = chance.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"UNOB", b"\x10\0\0\0"))
        if chance.random() < 0.05:
            del data[chance.randrange(len(data)) :]
        if chance.random() < 0.1:
            met, known = met + known.met, Repeats()  # so that a damaged file may be the model of the others
        expected = outcome(header_in, bytes(data))
        assert outcome(known.header_in, bytes(data)) == expected
        kinds.add(expected[:20])
    assert len(kinds) >= 2  # records and errors were both among them
    assert met > 100


def test_a_declined_walk_is_no_model(dicom: Any) -> None:
    """A sequence that matters is read by pydicom; the walk that gave up before it may not answer for the next file."""
    item = dicom.element(0x00283002, "US", b"\x02\0\0\0\x10\0") + dicom.element(0x00283006, "US", b"\1\0\2\0")

    def file(value: bytes) -> bytes:
        body = dicom.elements()
        luts = dicom.sequence(0x00283000, item.replace(b"\1\0\2\0", value), defined=True)
        return bytes(
            dicom.meta(walker.EXPLICIT_LE)
            + dicom.data_set({t: v for t, v in body.items() if t < 0x00283000})
            + luts
            + dicom.data_set({t: v for t, v in body.items() if t > 0x00283000})
        )

    known = Repeats()
    for value in (b"\1\0\2\0", b"\5\0\6\0"):
        header = known.header_in(Source(file(value)), PATH, "")
        table = header.frames[0].modality_lut
        assert table is not None
        assert table.data.tolist() == [value[0], value[2]]
    assert known.met == 0


def test_files_without_likeness_are_soon_walked_only(dicom: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    monkeypatch.setattr(repeats, "_layout", lambda *_: made.append(1))
    known = Repeats()
    for k in range(60):
        known.header_in(Source(furnished(dicom, k) + b"\0" * 2 * k), PATH, "")
    assert len(made) == repeats.PATIENCE


def test_files_of_pydicom_twice() -> None:
    """Every kind of file that a scan may meet, each after all the others and after itself."""
    files = sorted(path for path in (Path(pydicom.__file__).parent / "data").rglob("*.dcm"))
    known = Repeats()
    seen = 0
    for path in (*files, *files):
        try:
            expected = repr(read_header(path))
        except CovidViewerError as error:
            expected = error.message
        try:
            found = repr(read_header(path, "", known.header_in))
        except CovidViewerError as error:
            found = error.message
        assert found == expected
        seen += 1
    assert seen > 100
    assert known.met > 0


def test_the_wanted_values_of_slices_are_known() -> None:
    """What is read anew for each slice is all that `Frame` and its phase take from a file beside the shared values."""
    assert set(repeats._OWN) <= tags.WANTED
