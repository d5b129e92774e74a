"""Functional groups, dose grids and LUTs: one view of each frame."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

from covidviewer.dicom.catalog import Frame, Kind, NoteCode
from covidviewer.dicom.reading import read_header

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def first(path: Path) -> Frame:
    return read_header(path).frames[0]


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


def test_voi_lut_inside_the_groups(dicom: Any) -> None:
    elements = dicom.elements()
    item = dicom.element(0x00283002, "US", struct.pack("<3H", 2, 7, 16)) + dicom.element(0x00283006, "OW", bytes(4))
    shared = dicom.sequence(0x00289132, dicom.sequence(0x00283010, item))
    path = dicom.raw(
        dicom.meta("1.2.840.10008.1.2.1")
        + dicom.data_set({t: v for t, v in elements.items() if t < 0x52000000})
        + dicom.sequence(0x52009229, shared)
        + dicom.data_set({t: v for t, v in elements.items() if t > 0x52000000})
    )
    (lut,) = first(path).voi_luts
    assert (lut.first, len(lut.data)) == (7, 2)


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
