"""Modality values -> grey: windows, VOI look-up tables, presets (PS3.3 C.11.2).

A window becomes a look-up table of 65,536 entries indexed by the bits of an int16 value (two's complement), so that
``lut[slice.view(uint16)]`` needs no arithmetic on pixels. Float volumes go through a `Quantizer` or `grey`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from covidviewer import assets
from covidviewer.dicom.catalog import Frame, HeaderWindow, LookupTable

FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")
TABLE = "TABLE"
_SAMPLE_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Window:
    """One way to turn modality values into grey.

    function : "LINEAR", "LINEAR_EXACT", "SIGMOID" (PS3.3 C.11.2.1.2-3) or "TABLE" (a VOI LUT, C.11.2.1.1).
    name : for the reader. id : fixed name of a preset, "header_0", "voi_lut_0", "auto", or "".
    table : the VOI LUT of function "TABLE".
    """

    center: float
    width: float
    function: str = "LINEAR"
    name: str = ""
    id: str = ""
    table: LookupTable | None = field(default=None, compare=False, repr=False)

    @property
    def limits(self) -> tuple[float, float]:
        """Values that turn black and white: (lower, upper). For SIGMOID the ends of its linear tangent."""
        if self.function == "LINEAR":
            half = (max(self.width, 1.0) - 1.0) / 2.0
            return self.center - 0.5 - half, self.center - 0.5 + half
        return self.center - self.width / 2.0, self.center + self.width / 2.0


@dataclass(frozen=True, slots=True)
class Preset:
    """A named window of ``resources/presets/windows.toml``."""

    id: str
    name: str
    width: float
    level: float
    modality: str
    key: str

    @property
    def window(self) -> Window:
        return Window(self.level, self.width, "LINEAR", self.name, self.id)


_own: tuple[Preset, ...] = ()


def set_own_presets(own: tuple[Preset, ...]) -> None:
    """The user's windows: of an id of ours they replace it, others come after. Called from the main thread."""
    global _own
    _own = own


def preset_records() -> tuple[Preset, ...]:
    """All presets: those of the file in its order, as the user changed them, then the user's."""
    ours, own = file_presets(), {p.id: p for p in _own}
    changed = (
        replace(p, name=own[p.id].name, width=own[p.id].width, level=own[p.id].level) if p.id in own else p
        for p in ours
    )
    known = {p.id for p in ours}
    return (*changed, *(p for p in _own if p.id not in known))


@lru_cache(maxsize=1)
def file_presets() -> tuple[Preset, ...]:
    """The presets of the file in its order."""
    entries = assets.preset("windows")["preset"]
    return tuple(
        Preset(e["id"], e["name"], float(e["width"]), float(e["level"]), e.get("modality", ""), e.get("key", ""))
        for e in entries
    )


def presets() -> dict[str, Window]:
    """Window of each preset by its fixed id, in menu order."""
    return {p.id: p.window for p in preset_records()}


# --- header windows -------------------------------------------------------------------------------------------------


def repair(header: HeaderWindow) -> tuple[Window | None, str]:
    """A usable window out of what the header says, and a sentence where something had to be repaired.

    A negative width is taken without its sign; LINEAR with a width between 0 and 1 (allowed from 1 on) is read as
    LINEAR_EXACT; width 0 and numbers that are none make the window unusable (None).
    """
    center, width = header.center, header.width
    function = header.function.strip().upper() or "LINEAR"
    if not (math.isfinite(center) and math.isfinite(width)) or width == 0 or max(abs(center), abs(width)) > 1e30:
        return None, f"The window of the header (center {center:g}, width {width:g}) cannot be used."
    said = ""
    if width < 0:
        said = f"The window of the header has the negative width {width:g}; {-width:g} is used."
        width = -width
    if function not in FUNCTIONS:
        said = said or f"The window function {function[:16]} is unknown; LINEAR is used."
        function = "LINEAR"
    if function == "LINEAR" and width < 1:
        said = said or f"The window of the header has the width {width:g} below 1; exact limits are used."
        function = "LINEAR_EXACT"
    return Window(center, width, function, header.explanation), said


def windows_of(frame: Frame) -> tuple[Window, ...]:
    """Usable windows of a frame's header, in its order, then its VOI look-up tables.

    A picture (PNG, JPEG, TIFF) has one of its own: its greys as they are.
    """
    if frame.format.transfer_syntax == "picture":
        top = float((1 << min(max(frame.format.bits_stored, 1), 16)) - 1)
        return (Window(top / 2.0, top, "LINEAR_EXACT", "As stored", "picture"),)
    found: list[Window] = []
    for i, header in enumerate(frame.windows):
        window, _ = repair(header)
        if window is not None:
            found.append(replace(window, name=window.name or _header_name(i, frame), id=f"header_{i}"))
    for i, table in enumerate(frame.voi_luts):
        if len(table.data):
            width = float(len(table.data))
            name = table.explanation or "Look-up table"
            found.append(Window(table.first + width / 2, width, TABLE, name, f"voi_lut_{i}", table))
    return tuple(found)


def _header_name(index: int, frame: Frame) -> str:
    return "Header" if len(frame.windows) == 1 else f"Header {index + 1}"


def window_notes(frame: Frame) -> tuple[str, ...]:
    """What had to be repaired in a frame's windows, one sentence each."""
    return tuple(said for header in frame.windows if (said := repair(header)[1]))


# --- values -> grey -------------------------------------------------------------------------------------------------


def grey(values: NDArray[Any], window: Window, *, inverted: bool = False) -> NDArray[np.uint8]:
    """Grey of modality values, computed value by value.

    Parameters
    ----------
    values : any shape, integer or float; NaN turns black (white when inverted).
    inverted : MONOCHROME1 or the reader's own inversion.

    Returns
    -------
    ndarray
        uint8 of the same shape: the output range 0..255 of PS3.3 C.11.2.1.2.1, rounded to the nearest whole
        number, halves up.
    """
    if window.table is not None:
        out = _by_table(values, window.table)
    else:
        out = np.floor(_unit(values, window) * 255.0 + 0.5).astype(np.uint8)
    return np.bitwise_not(out) if inverted else out


def _unit(values: NDArray[Any], window: Window) -> NDArray[np.float64]:
    """The window's function with output range 0..1, float64."""
    x = np.asarray(values, np.float64)
    if values.dtype.kind == "f":
        x = np.nan_to_num(x, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    center = window.center
    if window.function == "SIGMOID":
        width = max(abs(window.width), 1e-12)
        with np.errstate(over="ignore"):
            unit: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-4.0 * (x - center) / width))
        return unit
    if window.function == "LINEAR":
        center, width = center - 0.5, max(window.width, 1.0) - 1.0
    else:
        width = max(window.width, 0.0)
    low, high = center - width / 2.0, center + width / 2.0
    if width == 0:
        # C.11.2.1.2.1: at or below the one limit black, above it white.
        return (x > low).astype(np.float64)
    with np.errstate(invalid="ignore"):
        ramp = (x - center) / width + 0.5
    return np.where(x <= low, 0.0, np.where(x > high, 1.0, ramp))


def _by_table(values: NDArray[Any], table: LookupTable) -> NDArray[np.uint8]:
    """VOI LUT (C.11.2.1.1): clamped index; the table's own depth becomes 0..255."""
    x = np.nan_to_num(np.asarray(values, np.float64), nan=-np.inf)
    index = np.clip(np.floor(x + 0.5) - table.first, 0, len(table.data) - 1).astype(np.int64)
    top = float((1 << min(max(table.bits, 1), 16)) - 1)
    peak = float(table.data.max(initial=0))
    if peak > top:  # the descriptor's depth lies
        top = 65535.0 if peak > 4095 else 4095.0
    shades = np.minimum(np.floor(table.data.astype(np.float64) * (255.0 / top) + 0.5), 255.0).astype(np.uint8)
    grey_values: NDArray[np.uint8] = np.take(shades, index)
    return grey_values


# --- look-up tables -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quantizer:
    """Float values -> int16 indices for a look-up table: value = (index + 32768) * step + low.

    low : value of index -32768. step : width of one index; 65,536 of them span the range.
    """

    low: float
    step: float

    @classmethod
    def spanning(cls, values: NDArray[Any]) -> Quantizer:
        """A quantizer over the finite range of ``values`` (any shape)."""
        finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
        if not finite.size:
            return cls(0.0, 1.0)
        low, high = float(finite.min()), float(finite.max())
        return cls(low, (high - low) / 65535.0 or 1.0)

    def index(self, values: NDArray[Any], out: NDArray[np.int16] | None = None) -> NDArray[np.int16]:
        """int16 indices of values of any shape; clipped at the ends, NaN to the low end."""
        scaled = (np.nan_to_num(values, nan=self.low) - np.float32(self.low)) * np.float32(1.0 / self.step)
        np.clip(scaled, 0.0, 65535.0, out=scaled)
        scaled += np.float32(0.5 - 32768.0)
        np.floor(scaled, out=scaled)
        if out is None:
            out = np.empty(scaled.shape, np.int16)
        np.copyto(out, scaled, casting="unsafe")
        return out

    def values(self) -> NDArray[np.float64]:
        """(65536,) value of each index in the order of `lut`."""
        return (_INDEX.astype(np.float64) + 32768.0) * self.step + self.low


# Entry u of a table belongs to the int16 whose bits are u.
_INDEX: NDArray[np.int16] = np.arange(65536, dtype=np.uint16).view(np.int16)


Shade = TypeVar("Shade", np.uint8, np.uint32)


def lut(window: Window, *, inverted: bool = False, quantizer: Quantizer | None = None) -> NDArray[np.uint8]:
    """Look-up table of a window, laid out for int16 bits.

    Parameters
    ----------
    inverted : grey turned round (once: the caller combines MONOCHROME1 and the reader's own inversion by xor).
    quantizer : for float volumes whose slices went through `Quantizer.index`.

    Returns
    -------
    ndarray
        (65536,) uint8; ``table[slice.view(np.uint16)]`` is the picture.
    """
    if quantizer is not None:
        return grey(quantizer.values(), window, inverted=inverted)
    if window.table is not None or window.function == "SIGMOID":
        return grey(_INDEX, window, inverted=inverted)
    return _ramp(window, np.arange(256, dtype=np.uint8), inverted=inverted)


def _ramp(window: Window, shades: NDArray[Shade], *, inverted: bool) -> NDArray[Shade]:
    """A table of ``shades`` (256,) for a linear window.

    A drag makes one a step: only the ramp is computed, black and white are filled.
    """
    low, high = window.limits
    first = min(max(math.floor(low), -32768), 32767) if low > -32768 else -32768
    last = min(max(math.ceil(high), -32768), 32767) if high < 32767 else 32767
    black, white = shades[[255, 0]] if inverted else shades[[0, 255]]
    ordered = np.empty(65536, shades.dtype)  # by value, from -32768
    ordered[: first + 32768] = black
    ordered[last + 32769 :] = white
    ordered[first + 32768 : last + 32769] = shades[grey(np.arange(first, last + 1), window, inverted=inverted)]
    return np.concatenate((ordered[32768:], ordered[:32768]))


_SHADES_U32: NDArray[np.uint32] = np.uint32(0xFF000000) | np.arange(256, dtype=np.uint32) * np.uint32(0x010101)


def lut_u32(window: Window, *, inverted: bool = False, quantizer: Quantizer | None = None) -> NDArray[np.uint32]:
    """As `lut`, but (65536,) uint32 ``0xFFgggggg`` for a picture of format RGB32."""
    if quantizer is None and window.table is None and window.function != "SIGMOID":
        return _ramp(window, _SHADES_U32, inverted=inverted)
    return np.take(_SHADES_U32, lut(window, inverted=inverted, quantizer=quantizer))


# --- a window from the values ---------------------------------------------------------------------------------------


def auto_window(values: NDArray[Any], padding: float | None = None) -> Window:
    """Window from the 0.1 to the 99.9 percentile, without padding and what is not finite.

    Parameters
    ----------
    values : any shape; of more than a million values an even sample is looked at.
    """
    flat = values.reshape(-1)
    if flat.size > _SAMPLE_LIMIT:
        # An odd stride does not fall into step with the columns of a slice.
        flat = flat[:: (flat.size // _SAMPLE_LIMIT) | 1]
    if flat.dtype.kind == "f":
        flat = flat[np.isfinite(flat)]
    if padding is not None:
        kept = flat[flat != padding]
        flat = kept if kept.size else flat
    if not flat.size:
        return Window(0.5, 1.0, "LINEAR_EXACT", "Auto", "auto")
    low, high = (float(v) for v in np.percentile(flat, (0.1, 99.9)))
    if high <= low:
        low, high = low - 0.5, low + 0.5
    return Window((low + high) / 2.0, high - low, "LINEAR_EXACT", "Auto", "auto")
