"""Single values: numbers, places, spacing, rescale, windows, text."""

from __future__ import annotations

import math

import pytest

from covidviewer.dicom import tags, values
from covidviewer.dicom.text import decode

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


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
