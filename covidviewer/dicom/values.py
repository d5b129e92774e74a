"""Meaning of single attributes: bytes -> what a frame keeps, with nonsense left out.

Cached, as the slices of a series repeat them.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from covidviewer.dicom import tags
from covidviewer.dicom.catalog import HeaderWindow, LookupTable
from covidviewer.dicom.tags import Attributes, decimals, finite
from covidviewer.dicom.text import plain

Vector = tuple[float, float, float]
Orientation = tuple[float, float, float, float, float, float]

#: Cosine between row and column up to which the column is turned to a right angle; beyond, the orientation is unusable.
_SKEW = 0.01
_HUGE = 1e7


def position(raw: bytes) -> Vector | None:
    """Image Position (Patient) (PS3.3 C.7.6.2.1.1), LPS mm; None where absent, not finite or absurd."""
    values = decimals(raw)
    if len(values) != 3 or not finite(values) or max(map(abs, values)) > _HUGE:
        return None
    return values[0], values[1], values[2]


@lru_cache(maxsize=1024)
def orientation(raw: bytes) -> Orientation | None:
    """Image Orientation (Patient) (PS3.3 C.7.6.2.1.1), normalised and at right angles; None where unusable."""
    values = decimals(raw)
    if len(values) != 6 or not finite(values):
        return None
    row: tuple[float, ...] = values[:3]
    column: tuple[float, ...] = values[3:]
    row_length, column_length = math.hypot(*row), math.hypot(*column)
    if not 1e-3 < row_length < 1e3 or not 1e-3 < column_length < 1e3:
        return None
    row = tuple(v / row_length for v in row)
    column = tuple(v / column_length for v in column)
    skew = sum(a * b for a, b in zip(row, column, strict=True))
    if abs(skew) > _SKEW:
        return None
    if abs(skew) > 1e-9:
        column = tuple(c - skew * r for r, c in zip(row, column, strict=True))
        length = math.hypot(*column)
        column = tuple(v / length for v in column)
    return row[0], row[1], row[2], column[0], column[1], column[2]


@lru_cache(maxsize=1024)
def spacing(raw: bytes) -> tuple[float, float] | None:
    """A pixel spacing (PS3.3 10.7.1.3), (between rows, between columns) in mm; None where it is no pair above 0."""
    values = decimals(raw)
    if len(values) != 2 or not finite(values) or min(values) <= 0 or max(values) > 1e4:
        return None
    return values[0], values[1]


@lru_cache(maxsize=1024)
def spacing_of(patient: bytes, imager: bytes, scanned: bytes) -> tuple[tuple[float, float] | None, str]:
    """Spacing and what it was measured at: "patient", "detector" or "" (PS3.3 10.7.1.3, C.8.11.4, C.8.6.1).

    Pixel Spacing equal to Imager Pixel Spacing was not corrected for magnification: still the detector's.
    """
    at_patient, at_detector = spacing(patient), spacing(imager)
    if at_patient is not None:
        return at_patient, "detector" if at_patient == at_detector else "patient"
    at_detector = at_detector or spacing(scanned)
    return (at_detector, "detector") if at_detector is not None else (None, "")


@lru_cache(maxsize=256)
def aspect(raw: bytes) -> tuple[float, float] | None:
    """Pixel Aspect Ratio (PS3.3 C.7.6.3.1.7), (vertical, horizontal); None where it is no pair above 0."""
    return spacing(raw)


@lru_cache(maxsize=1024)
def rescale(slope: bytes, intercept: bytes) -> tuple[float, float, bool]:
    """Slope, intercept and whether they were given (PS3.3 C.11.1); (1, 0, False) for a half pair or nonsense."""
    m, b = decimals(slope), decimals(intercept)
    if len(m) == 1 and len(b) == 1 and finite((m[0], b[0])) and 1e-9 < abs(m[0]) < _HUGE and abs(b[0]) < _HUGE:
        return m[0], b[0], True
    return 1.0, 0.0, False


@lru_cache(maxsize=1024)
def windows(center: bytes, width: bytes, explanation: str, function: bytes) -> tuple[HeaderWindow, ...]:
    """Windows of the header (PS3.3 C.11.2.1.2): pairs of numbers as written; text and NaN are left out."""
    names = explanation.split("\\") if explanation else []
    kind = plain(function).upper() or "LINEAR"
    return tuple(
        HeaderWindow(c, w, kind, names[i].strip() if i < len(names) else "")
        for i, (c, w) in enumerate(zip(decimals(center), decimals(width), strict=False))
        if finite((c, w))
    )


def windows_of(holder: Attributes) -> tuple[HeaderWindow, ...]:
    """Windows of a data set or of an item of the Frame VOI LUT sequence."""
    raw = holder.raw.get
    return windows(
        raw(tags.WINDOW_CENTER, b""),
        raw(tags.WINDOW_WIDTH, b""),
        holder.text(tags.WINDOW_EXPLANATION),
        raw(tags.WINDOW_FUNCTION, b""),
    )


def lookup_tables(items: tuple[Attributes, ...], *, signed: bool) -> tuple[LookupTable, ...]:
    """Modality or VOI LUTs (PS3.3 C.11.1.1, C.11.2.1.1); items that contradict themselves are left out.

    Parameters
    ----------
    items : of the Modality LUT or VOI LUT sequence.
    signed : whether the first value mapped is signed where its value representation does not say so.
    """
    return tuple(table for table in (_lookup_table(item, signed=signed) for item in items) if table is not None)


def _lookup_table(item: Attributes, *, signed: bool) -> LookupTable | None:
    count = item.word(tags.LUT_DESCRIPTOR, signed=False, index=0)
    first = item.word(tags.LUT_DESCRIPTOR, signed=signed or tags.LUT_DESCRIPTOR in item.signed, index=1)
    bits = item.word(tags.LUT_DESCRIPTOR, signed=False, index=2)
    data = item.raw.get(tags.LUT_DATA, b"")
    if count is None or first is None or bits is None or not 1 <= bits <= 16:
        return None
    count = count or 65536  # PS3.3 C.11.1.1.1: 0 stands for 65,536
    if len(data) >= 2 * count:
        values = np.frombuffer(data, ">u2" if item.big_endian else "<u2", count=count).astype(np.uint16)
    elif len(data) >= count:
        values = np.frombuffer(data, np.uint8, count=count).astype(np.uint16)
    else:
        return None
    values.setflags(write=False)
    return LookupTable(first, bits, values, item.text(tags.LUT_EXPLANATION))
