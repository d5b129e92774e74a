"""Stored values -> modality values (HU, device units): rescale or modality LUT (PS3.3 C.11.1).

How a whole stack is stored is decided once, from its headers alone, before anything is allocated (`plan`); each
frame is then rescaled with its own slope and intercept (`apply`, or `apply_in_place` for plain int16 slices).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import Frame, Kind, LookupTable, Stack
from covidviewer.errors import DamagedFileError

_LOWEST, _HIGHEST = -32768, 32767
PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Plan:
    """How the values of a stack are kept.

    dtype : int16, float32, or uint8 for colour.
    units : "HU", another rescale type, or "" where values mean nothing absolute.
    padding : value that marks "outside the field of view" in the volume, or None.
    mark_padding : the frames pad with different modality values: each padded pixel is set to ``padding``.
    inverted : MONOCHROME1.
    blank : value of a slice that could not be decoded.
    """

    dtype: np.dtype[Any]
    units: str
    padding: float | None
    mark_padding: bool
    inverted: bool
    blank: float
    color: bool = False


def plan(stack: Stack) -> Plan:
    """Decide dtype, units and padding of a stack from its headers.

    int16 where every frame's slope and intercept are whole and every value that BitsStored admits fits; else
    float32. One exception: signed 16 bit CT with a negative intercept stays int16. What does not fit there lies
    below -32768 HU, which only padding does; it is clamped to -32768.
    """
    if stack.color:
        return Plan(np.dtype(np.uint8), "", None, False, False, 0.0, color=True)
    frames = stack.frames
    whole = all(_fits_int16(f, ct=stack.kind is Kind.CT) for f in _distinct(frames))
    dtype: np.dtype[Any] = np.dtype(np.int16 if whole else np.float32)
    padding, mark = _padding(frames, dtype)
    inverted = bool(frames) and frames[0].format.photometric == "MONOCHROME1"
    units = _units(stack)
    blank = padding if padding is not None else (-1024.0 if units == "HU" else 0.0)
    return Plan(dtype, units, padding, mark, inverted, blank)


def _distinct(frames: Sequence[Frame]) -> list[Frame]:
    """One frame of each kind of rescale: a thousand frames of a series usually share one."""
    seen: dict[tuple[object, ...], Frame] = {}
    for f in frames:
        p = f.format
        seen.setdefault(
            (f.slope, f.intercept, f.rescale_given, id(f.modality_lut), p.bits_stored, p.signed, p.bits_allocated), f
        )
    return list(seen.values())


def rescale_of(frame: Frame) -> tuple[float, float]:
    """(slope, intercept) that apply to a frame: (1, 0) where the header has none or nonsense."""
    return _rescale(frame.slope, frame.intercept, frame.rescale_given)


def _rescale(slope: float, intercept: float, given: bool) -> tuple[float, float]:
    usable = given and math.isfinite(slope) and math.isfinite(intercept)
    if not usable or slope == 0 or abs(slope) > 1e12 or abs(intercept) > 1e12:
        return 1.0, 0.0
    return float(slope), float(intercept)


def stored_range(frame: Frame) -> tuple[int, int]:
    """Lowest and highest stored value that BitsStored and PixelRepresentation admit."""
    p = frame.format
    bits = min(max(p.bits_stored, 1), max(p.bits_allocated, 1))
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if p.signed else (0, (1 << bits) - 1)


def _fits_int16(frame: Frame, *, ct: bool) -> bool:
    p = frame.format
    if p.floating:
        return False
    if p.transfer_syntax == PICTURE:
        return p.bits_allocated <= 8
    if frame.modality_lut is not None:
        return int(frame.modality_lut.data.max(initial=0)) <= _HIGHEST
    slope, intercept = rescale_of(frame)
    if slope != int(slope) or intercept != int(intercept):
        return False
    low, high = stored_range(frame)
    ends = sorted((low * slope + intercept, high * slope + intercept))
    if ends[0] >= _LOWEST and ends[1] <= _HIGHEST:
        return True
    return ct and clamps(frame)


def clamps(frame: Frame) -> bool:
    """Whether int16 holds all of this frame but what lies below -32768 (see `plan`)."""
    p = frame.format
    return _clamps(*rescale_of(frame), p.signed, p.bits_allocated, p.bits_stored)


def _clamps(slope: float, intercept: float, signed: bool, allocated: int, stored: int) -> bool:
    whole = slope == 1 and intercept == int(intercept)
    return whole and signed and allocated == 16 and stored >= 16 and _LOWEST < intercept < 0


def _units(stack: Stack) -> str:
    if not stack.frames:
        return ""
    found = set()
    for f in stack.frames:
        if f.modality_lut is None and not f.rescale_given:
            return ""
        kind = f.rescale_type.strip().upper()
        if kind in ("", "US", "UNSPECIFIED"):
            # RescaleType is absent from the CT IOD of old: PS3.3 C.8.2.1 then means Hounsfield units.
            hu = kind == "" and stack.kind is Kind.CT and f.modality_lut is None
            found.add("HU" if hu else "")
        else:
            found.add("HU" if kind == "HU" else f.rescale_type.strip())
    return found.pop() if len(found) == 1 else ""


def _padding(frames: Sequence[Frame], dtype: np.dtype[Any]) -> tuple[float | None, bool]:
    """(marker, whether the frames' padded pixels must be rewritten to it)."""
    marks: set[float] = set()
    a_range = False
    for f in _distinct_padding(frames):
        stored = padding_range(f)
        if stored is None:
            continue
        low, high = stored
        a_range |= low != high
        value = float(_modality_value(low, f))
        marks.add(max(value, float(_LOWEST)) if dtype == np.int16 else float(np.float32(value)))
    if not marks:
        return None, False
    return min(marks), a_range or len(marks) > 1


def _distinct_padding(frames: Sequence[Frame]) -> list[Frame]:
    seen: dict[tuple[object, ...], Frame] = {}
    for f in frames:
        seen.setdefault((f.slope, f.intercept, f.rescale_given, f.format.padding, id(f.modality_lut)), f)
    return list(seen.values())


def padding_range(frame: Frame) -> tuple[float, float] | None:
    """Stored values that mean "outside", low to high; None without, or where no pixel can have them."""
    p = frame.format
    if p.padding is None:
        return None
    low, high = p.padding
    if p.signed and not p.floating and max(low, high) > stored_range(frame)[1]:
        # Written as US although PixelRepresentation says SS.
        low, high = (v - 65536 if v > 32767 else v for v in (low, high))
    low, high = min(low, high), max(low, high)
    if not p.floating:
        least, most = stored_range(frame)
        if high < least or low > most:
            return None
    return low, high


def _modality_value(stored: float, frame: Frame) -> float:
    if frame.modality_lut is not None:
        return float(_look_up(np.asarray([int(stored)]), frame.modality_lut)[0])
    slope, intercept = rescale_of(frame)
    return stored * slope + intercept


def _look_up(stored: NDArray[Any], table: LookupTable) -> NDArray[np.uint16]:
    """PS3.3 C.11.1.1.1: first entry for all values at or below ``first``, last entry for all beyond the end."""
    index = np.clip(stored.astype(np.int64) - table.first, 0, len(table.data) - 1)
    return table.data[index]


def apply(stored: NDArray[Any], frame: Frame, how: Plan, out: NDArray[Any]) -> None:
    """Write the modality values of one frame.

    Parameters
    ----------
    stored : (rows, columns) stored values, or (rows, columns, 3) uint8 colours.
    how : the stack's plan.
    out : same shape, dtype ``how.dtype``; is written in full.

    Raises
    ------
    DamagedFileError
        The frame has another size than the stack.
    """
    if stored.shape[:2] != out.shape[:2]:
        found, wanted = (f"{s[1]} x {s[0]}" for s in (stored.shape, out.shape))
        raise DamagedFileError(f"The image has {found} pixels, the series {wanted}.", path=frame.path)
    if how.color:
        out[...] = stored if stored.ndim == 3 else stored[..., None]
        return
    outside = _outside(stored, frame) if how.mark_padding else None
    if frame.modality_lut is not None:
        np.copyto(out, _look_up(stored, frame.modality_lut), casting="unsafe")
    elif out.dtype == np.int16 and stored.dtype.itemsize <= 2 and stored.dtype.kind in "iu":
        np.copyto(out, stored, casting="unsafe")
        _rescale_words(out, frame)
    else:
        slope, intercept = rescale_of(frame)
        if out.dtype == np.int16 or stored.dtype.itemsize > 2:
            exact = stored.astype(np.float64) * slope + intercept
            if out.dtype == np.int16:
                np.clip(exact, _LOWEST, _HIGHEST, out=exact)
            np.copyto(out, exact, casting="unsafe")
        else:
            # 16 bit values and their products with a float32 slope: float64 would only cost time.
            np.multiply(stored, np.float64(slope), out=out, casting="unsafe")
            np.add(out, np.float32(intercept), out=out)
    if outside is not None and how.padding is not None:
        out[outside] = how.padding


def apply_in_place(words: NDArray[np.int16], frame: Frame, how: Plan) -> None:
    """Turn the raw 16 bit words of a plain native frame into int16 modality values where they lie.

    Parameters
    ----------
    words : (rows, columns) int16, C-contiguous, as read from the file.
    how : a plan whose dtype is int16; ``frame.modality_lut`` is None.
    """
    p = frame.format
    stored = min(max(p.bits_stored, 1), 16)
    high = p.high_bit if stored - 1 <= p.high_bit < 16 else stored - 1
    raw = words.view(np.uint16)
    if stored < 16:
        if p.signed:
            np.left_shift(raw, np.uint16(15 - high), out=raw)
            np.right_shift(words, np.int16(16 - stored), out=words)
        else:
            if high != stored - 1:
                np.right_shift(raw, np.uint16(high + 1 - stored), out=raw)
            np.bitwise_and(raw, np.uint16((1 << stored) - 1), out=raw)
    outside = _outside(words if p.signed else raw, frame) if how.mark_padding else None
    _rescale_words(words, frame)
    if outside is not None and how.padding is not None:
        words[outside] = how.padding


def _rescale_words(words: NDArray[np.int16], frame: Frame) -> None:
    """Whole-numbered rescale in 16 bit arithmetic: modulo 65536 it is exact wherever the result fits."""
    p = frame.format
    lowest, slope, intercept = _words_rescale(
        frame.slope, frame.intercept, frame.rescale_given, p.signed, p.bits_allocated, p.bits_stored
    )
    # Looking first costs a fifteenth of the clamp, and hardly any slice needs it.
    if lowest is not None and words.min() < lowest:
        np.maximum(words, lowest, out=words)
    raw = words.view(np.uint16)
    if slope != 1:
        np.multiply(raw, slope, out=raw)
    if intercept:
        np.add(raw, intercept, out=raw)


@lru_cache(maxsize=64)
def _words_rescale(
    slope: float, intercept: float, given: bool, signed: bool, allocated: int, stored: int
) -> tuple[np.int16 | None, np.uint16, np.uint16]:
    """Value to clamp at before (None: nothing to clamp), factor and addend, modulo 65536; slices share them."""
    slope, intercept = _rescale(slope, intercept, given)
    lowest = np.int16(_LOWEST - int(intercept)) if _clamps(slope, intercept, signed, allocated, stored) else None
    return lowest, np.uint16(int(slope) % 65536), np.uint16(int(intercept) % 65536)


def _outside(stored: NDArray[Any], frame: Frame) -> NDArray[np.bool_] | None:
    found = padding_range(frame)
    if found is None:
        return None
    low, high = found
    mask: NDArray[np.bool_] = stored == low if low == high else (stored >= low) & (stored <= high)
    return mask
