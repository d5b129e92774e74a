"""Overlay planes inside images (groups 60xx, PS3.3 C.9.2): in elements of their own, or in unused pixel bits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import Frame
from covidviewer.dicom.frames import Reader
from covidviewer.dicom.guard import MAX_FRAME, MAX_SIDE
from covidviewer.dicom.objects import source
from covidviewer.dicom.objects.records import Plane, Reference
from covidviewer.dicom.objects.segmentation import cut

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_GROUPS = range(0x6000, 0x6020, 2)
_ROWS, _COLUMNS, _FRAMES, _DESCRIPTION = 0x10, 0x11, 0x15, 0x22
_ORIGIN, _FRAME_ORIGIN, _BITS, _POSITION, _DATA, _LABEL = 0x50, 0x51, 0x100, 0x102, 0x3000, 0x1500

#: Group, label, planes of one overlay in one file.
Overlay = tuple[int, str, tuple[Plane, ...]]


def read(path: Path, frames: tuple[Frame, ...]) -> tuple[Overlay, ...]:
    """Overlays of one file; empty where there are none, which costs one look at the header.

    Parameters
    ----------
    frames : the file's frames as the catalogue has them.

    Raises
    ------
    DamagedFileError, LimitError, FileError
        The header cannot be read, or an overlay claims more than it holds.
    """
    if not frames or frames[0].format.rows <= 0:
        return ()
    data = source.load(path).dataset
    found = []
    for group in _GROUPS:
        rows, columns = _word(data, group, _ROWS), _word(data, group, _COLUMNS)
        if not rows or not columns or rows > MAX_SIDE or columns > MAX_SIDE:
            continue
        planes = _planes(data, group, rows, columns, frames)
        if planes:
            label = _text(data, group, _LABEL) or _text(data, group, _DESCRIPTION)
            found.append((group, label, planes))
    return tuple(found)


def _planes(data: Dataset, group: int, rows: int, columns: int, frames: tuple[Frame, ...]) -> tuple[Plane, ...]:
    origin = _words(data, group, _ORIGIN)
    # Row, column of the overlay's first pixel in the image, counted from 1; may be negative.
    top, left = (origin[0] - 1, origin[1] - 1) if len(origin) == 2 else (0, 0)
    if _word(data, group, _BITS) == 1 or group_has(data, group, _DATA):
        bits = _own_bits(data, group, rows, columns)
        first = max(_word(data, group, _FRAME_ORIGIN) or 1, 1)
        numbers = {frame.frame: frame for frame in frames}
        if len(bits) == 1 and not _word(data, group, _FRAMES):
            # Without a number of frames the one plane belongs to every frame of the image.
            pairs = [(bits[0], frame) for frame in frames]
        else:
            pairs = [(plane, numbers[first + i]) for i, plane in enumerate(bits) if first + i in numbers]
    else:
        pairs = _unused_bits(_word(data, group, _POSITION), frames)
    planes = []
    for plane, frame in pairs:
        whole = _laid(plane, top, left, frame.format.rows, frame.format.columns)
        made = cut(whole, None, Reference(frame.sop_instance_uid, (frame.frame,)))
        if made is not None:
            planes.append(made)
    return tuple(planes)


def plane_of(data: Dataset, group: int) -> NDArray[np.bool_] | None:
    """The one plane of an overlay group, (rows, columns); None where there is none of a usable size.

    Raises
    ------
    DamagedFileError
        It claims more pixels than it holds.
    """
    rows, columns = _word(data, group, _ROWS), _word(data, group, _COLUMNS)
    if group not in _GROUPS or not rows or not columns or rows > MAX_SIDE or columns > MAX_SIDE:
        return None
    planes = _own_bits(data, group, rows, columns)
    return planes[0] > 0 if planes else None


def group_has(data: Dataset, group: int, element: int) -> bool:
    """Whether a group holds an element."""
    return (group << 16 | element) in data


def _own_bits(data: Dataset, group: int, rows: int, columns: int) -> list[NDArray[np.uint8]]:
    value = data[group << 16 | _DATA].value if group_has(data, group, _DATA) else b""
    if not isinstance(value, bytes):
        return []
    size = rows * columns
    count = max(int(_text(data, group, _FRAMES) or 1), 1) if _text(data, group, _FRAMES).isdigit() else 1
    if size > MAX_FRAME or size * count > len(value) * 8:
        from covidviewer.errors import DamagedFileError

        raise DamagedFileError("An overlay plane of this image claims more pixels than it holds. It is not drawn.")
    bits = np.unpackbits(np.frombuffer(value, np.uint8), bitorder="little", count=size * count)
    return list(bits.reshape(count, rows, columns) * np.uint8(255))


def _unused_bits(position: int | None, frames: tuple[Frame, ...]) -> list[tuple[NDArray[np.uint8], Frame]]:
    """Overlays of old files in a bit of the pixels that the picture does not use (retired, PS3.5 8.1.2)."""
    if position is None:
        return []
    fmt = frames[0].format
    used = range(fmt.high_bit + 1 - fmt.bits_stored, fmt.high_bit + 1)
    if position in used or position >= fmt.bits_allocated or fmt.samples != 1 or fmt.floating:
        return []
    from dataclasses import replace

    reader, found = Reader(), []
    raw = replace(fmt, bits_stored=fmt.bits_allocated, high_bit=fmt.bits_allocated - 1, signed=False)
    for frame in frames:
        stored = reader.read(replace(frame, format=raw))
        if stored.ndim == 2:
            found.append((((stored >> position) & 1).astype(np.uint8) * np.uint8(255), frame))
    return found


def _laid(plane: NDArray[np.uint8], top: int, left: int, rows: int, columns: int) -> NDArray[np.uint8]:
    """An overlay at its place in a picture of ``rows`` x ``columns``; what hangs over the edge falls away."""
    if (top, left) == (0, 0) and plane.shape == (rows, columns):
        return plane
    whole = np.zeros((rows, columns), np.uint8)
    r0, c0 = max(top, 0), max(left, 0)
    r1, c1 = min(top + plane.shape[0], rows), min(left + plane.shape[1], columns)
    if r0 < r1 and c0 < c1:
        whole[r0:r1, c0:c1] = plane[r0 - top : r1 - top, c0 - left : c1 - left]
    return whole


def _element(data: Dataset, group: int, element: int) -> object:
    tag = group << 16 | element
    try:
        return data[tag].value if tag in data else None
    except Exception:  # noqa: BLE001  (pydicom converts late and raises whatever it meets)
        return None


def _words(data: Dataset, group: int, element: int) -> tuple[int, ...]:
    value = _element(data, group, element)
    if isinstance(value, int):
        return (value,)
    try:
        return tuple(int(v) for v in value) if value is not None else ()  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        return ()


def _word(data: Dataset, group: int, element: int) -> int | None:
    value = _words(data, group, element)
    return value[0] if value else None


def _text(data: Dataset, group: int, element: int) -> str:
    value = _element(data, group, element)
    return "" if value is None or isinstance(value, bytes) else str(value).strip()[:64]
