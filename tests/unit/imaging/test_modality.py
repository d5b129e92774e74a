"""Plans and rescale: values right whatever route they take."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from covidviewer.dicom.catalog import Frame, Kind, LookupTable, PixelFormat, Stack
from covidviewer.dicom.frames import stored_values
from covidviewer.imaging import modality

LE = "1.2.840.10008.1.2.1"


def frame(
    stored: int = 12,
    signed: bool = False,
    slope: float = 1.0,
    intercept: float = -1024.0,
    given: bool = True,
    padding: tuple[float, float] | None = None,
    allocated: int = 16,
    **rest: object,
) -> Frame:
    fmt = PixelFormat(LE, 8, 8, allocated, stored, stored - 1, signed, padding=padding)
    return replace(Frame(Path("a.dcm"), "1", 1, fmt), slope=slope, intercept=intercept, rescale_given=given, **rest)


def stack(*frames: Frame, kind: Kind = Kind.CT) -> Stack:
    return Stack("k", kind, "CT", "", "1", "2", frames)


@pytest.mark.parametrize(
    ("one", "kind", "dtype"),
    [
        (frame(), Kind.CT, np.int16),
        (frame(16, True), Kind.CT, np.int16),  # below -32768 HU lies padding only
        (frame(16, True), Kind.IMAGE, np.float32),
        (frame(16, False), Kind.CT, np.float32),  # 64511 may be meant
        (frame(16, False, intercept=-32768), Kind.IMAGE, np.int16),
        (frame(16, True, intercept=0), Kind.IMAGE, np.int16),
        (frame(16, True, intercept=5), Kind.CT, np.float32),
        (frame(slope=1.5), Kind.CT, np.float32),
        (frame(intercept=-1024.5), Kind.CT, np.float32),
        (frame(slope=2.0), Kind.CT, np.int16),
        (frame(slope=-8.0), Kind.IMAGE, np.float32),
        (frame(slope=1e30, given=False, intercept=0), Kind.CT, np.int16),
        (frame(slope=float("nan")), Kind.CT, np.int16),
        (frame(slope=0.0), Kind.CT, np.int16),
        (frame(32, allocated=32), Kind.CT, np.float32),
        (frame(12, allocated=32), Kind.CT, np.int16),
    ],
)
def test_dtype_is_decided_from_headers(one: Frame, kind: Kind, dtype: type) -> None:
    assert modality.plan(stack(one, kind=kind)).dtype == dtype


def test_one_frame_with_a_broken_slope_makes_the_whole_stack_float() -> None:
    assert modality.plan(stack(frame(), frame(slope=0.5), frame())).dtype == np.float32


CASES = [
    (12, 11, False, 1.0, -1024.0),
    (12, 15, False, 1.0, -1024.0),  # left-justified
    (12, 11, True, 1.0, 0.0),
    (12, 13, True, 1.0, -5.0),
    (16, 15, True, 1.0, 0.0),
    (10, 9, False, 3.0, -7.0),
    (10, 9, True, -2.0, 11.0),
    (16, 15, False, 1.0, -32768.0),
    (1, 0, False, 1.0, 0.0),
    (13, 12, False, -1.0, 8191.0),
]


@pytest.mark.parametrize(("stored", "high", "signed", "slope", "intercept"), CASES)
def test_in_place_equals_a_plain_computation(
    stored: int, high: int, signed: bool, slope: float, intercept: float
) -> None:
    raw = np.random.default_rng(stored).integers(0, 65536, (8, 8), dtype=np.uint16)  # garbage above and below included
    one = frame(stored, signed, slope, intercept)
    one = replace(one, format=replace(one.format, high_bit=high))
    how = modality.plan(stack(one, kind=Kind.IMAGE))
    assert how.dtype == np.int16

    expected = np.empty((8, 8))
    for at, word in np.ndenumerate(raw):
        value = (int(word) >> (high + 1 - stored)) & ((1 << stored) - 1)
        if signed and value >> (stored - 1):
            value -= 1 << stored
        expected[at] = value * slope + intercept

    words = raw.copy().view(np.int16)
    modality.apply_in_place(words, one, how)
    assert (words == expected).all()

    out = np.empty((8, 8), np.int16)
    modality.apply(stored_values(raw.copy(), one.format), one, how, out)
    assert (out == expected).all()

    floating = np.empty((8, 8), np.float32)
    modality.apply(stored_values(raw.copy(), one.format), one, replace(how, dtype=np.dtype(np.float32)), floating)
    assert (floating == expected.astype(np.float32)).all()


def test_signed_ct_clamps_at_the_low_end_and_never_wraps() -> None:
    one = frame(16, True, padding=(-32768, -32768))
    how = modality.plan(stack(one))
    words = np.array([[-32768, -31745, -31744, -2000, 0, 32767]], np.int16)
    stored = words.copy()
    modality.apply_in_place(words, one, how)
    assert words.tolist() == [[-32768, -32768, -32768, -3024, -1024, 31743]]
    assert how.padding == -32768
    out = np.empty_like(words)
    modality.apply(stored, one, how, out)
    assert (out == words).all()


def test_each_frame_has_its_own_slope() -> None:
    frames = [frame(slope=s, intercept=i) for s, i in ((1.0, 0.0), (0.5, 10.0), (2.25, -3.0))]
    how = modality.plan(stack(*frames, kind=Kind.IMAGE))
    stored = np.arange(64, dtype=np.uint16).reshape(8, 8)
    for f in frames:
        out = np.empty((8, 8), np.float32)
        modality.apply(stored, f, how, out)
        assert out == pytest.approx(stored * f.slope + f.intercept)


def test_unsigned_values_above_32767_survive() -> None:
    one = frame(16, False)
    out = np.empty((1, 2), np.float32)
    modality.apply(np.array([[65535, 40000]], np.uint16), one, modality.plan(stack(one)), out)
    assert out.tolist() == [[64511.0, 38976.0]]


def test_32_bit_values_go_through_float64() -> None:
    one = frame(32, False, slope=1.0, intercept=-16777216.0, allocated=32)
    out = np.empty((1, 1), np.float32)
    modality.apply(np.array([[16777217]], np.uint32), one, modality.plan(stack(one)), out)
    assert out[0, 0] == 1.0


@pytest.mark.parametrize(
    ("changes", "kind", "units"),
    [
        ({}, Kind.CT, "HU"),
        ({"rescale_type": "HU"}, Kind.IMAGE, "HU"),
        ({"rescale_type": "US"}, Kind.CT, ""),
        ({"rescale_type": "OD"}, Kind.IMAGE, "OD"),
        ({"rescale_given": False}, Kind.CT, ""),
        ({}, Kind.IMAGE, ""),
    ],
)
def test_units_are_claimed_only_where_the_header_gives_them(changes: dict[str, object], kind: Kind, units: str) -> None:
    assert modality.plan(stack(replace(frame(), **changes), kind=kind)).units == units


def test_one_frame_without_rescale_takes_the_units_away() -> None:
    assert modality.plan(stack(frame(), frame(given=False))).units == ""


def test_modality_table_clamps_at_both_ends() -> None:
    table = LookupTable(first=-2, bits=16, data=np.array([100, 200, 300, 40000], np.uint16))
    one = frame(12, True, given=False, intercept=0.0, modality_lut=table, rescale_type="US")
    how = modality.plan(stack(one))
    assert how.dtype == np.float32
    assert how.units == ""
    out = np.empty((1, 5), np.float32)
    modality.apply(np.array([[-9, -2, 0, 1, 500]], np.int16), one, how, out)
    assert out.tolist() == [[100, 100, 300, 40000, 40000]]
    small = replace(one, modality_lut=replace(table, data=np.array([1, 2], np.uint16)))
    assert modality.plan(stack(small)).dtype == np.int16


def test_a_single_padding_value_is_named_and_left_alone() -> None:
    one = frame(padding=(0, 0))
    how = modality.plan(stack(one))
    assert (how.padding, how.mark_padding) == (-1024.0, False)
    assert how.blank == -1024.0


def test_a_padding_range_becomes_one_marker() -> None:
    one = frame(padding=(4000, 4050))
    how = modality.plan(stack(one))
    assert (how.padding, how.mark_padding) == (2976.0, True)
    words = np.array([[3999, 4000, 4025, 4050, 4051]], np.int16)
    modality.apply_in_place(words, one, how)
    assert words.tolist() == [[2975, 2976, 2976, 2976, 3027]]


def test_padding_written_without_its_sign_is_understood() -> None:
    assert modality.padding_range(frame(16, True, padding=(63536, 63536))) == (-2000, -2000)


def test_padding_that_no_pixel_can_have_is_dropped() -> None:
    assert modality.plan(stack(frame(12, False, padding=(-2000, -2000)))).padding is None


def test_different_padding_values_of_the_frames_get_one_marker() -> None:
    frames = [frame(slope=s, padding=(0, 0), intercept=i) for s, i in ((1.0, -1000.0), (2.0, -500.0))]
    how = modality.plan(stack(*frames))
    assert how.padding == -1000
    assert how.mark_padding
    out = np.empty((1, 2), np.int16)
    modality.apply(np.array([[0, 3]], np.uint16), frames[1], how, out)
    assert out.tolist() == [[-1000, -494]]


def test_monochrome1_is_marked_and_values_stay() -> None:
    one = frame()
    one = replace(one, format=replace(one.format, photometric="MONOCHROME1"))
    how = modality.plan(stack(one))
    assert how.inverted
    out = np.empty((1, 1), np.int16)
    modality.apply(np.array([[24]], np.uint16), one, how, out)
    assert out[0, 0] == -1000
