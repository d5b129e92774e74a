"""The one border to pydicom for objects: a file -> its data set, within limits, and tolerant values out of it.

Foreign files lie: a missing, empty or wrong value is "" or None here, never an exception.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom import tags
from covidviewer.dicom.catalog import Frame, Kind
from covidviewer.dicom.functional import frames_of
from covidviewer.dicom.guard import BoundedFile, Source, inflate, open_source
from covidviewer.dicom.headers import Header
from covidviewer.dicom.layout import pixel_format
from covidviewer.dicom.objects.policy import object_policy
from covidviewer.dicom.objects.records import Reference
from covidviewer.dicom.reading import series_info
from covidviewer.dicom.tags import Attributes
from covidviewer.dicom.walker import DEFLATED_LE, EXPLICIT_BE, EXPLICIT_LE, HEAD, IMPLICIT_LE, PixelPlace, read_meta
from covidviewer.errors import CovidViewerError, DamagedFileError, FileError, LimitError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A data set without its pixels.

    frames : one record for each frame, empty where there are no pixels. notes : what was put right of them.
    pixels : where they begin; their length may be a lie.
    header : the same as the catalogue knows it, for objects that are images as well.
    """

    path: Path
    dataset: Dataset
    transfer_syntax: str
    frames: tuple[Frame, ...] = ()
    notes: tuple[str, ...] = ()
    header: Header | None = None
    pixels: PixelPlace | None = None


def load(path: Path, *, pixels: bool = False) -> Loaded:
    """Read an object's data set; pixels are only located.

    Parameters
    ----------
    pixels : whether frame records are wanted.

    Raises
    ------
    DamagedFileError, LimitError, UnsupportedError, FileError
        One sentence each; nothing else comes out.
    """
    try:
        with open_source(path) as source:
            return _load(source, path, pixels)
    except CovidViewerError as error:
        if error.path is None:
            error.path = path
        raise
    except RecursionError as error:
        raise LimitError("This object nests its sequences too deeply. It was not opened.", path=path) from error
    except MemoryError as error:
        raise LimitError("This object needs more memory than there is. It was not opened.", path=path) from error
    except OSError as error:
        raise FileError("The file cannot be read.", path=path) from error
    except Exception as error:  # pydicom raises any built-in error on damaged files
        raise DamagedFileError("This object is damaged and cannot be read.", path=path) from error


def _load(source: Source, path: Path, pixels: bool) -> Loaded:
    limit = object_policy().max_file_mb
    if source.size > limit << 20:
        raise LimitError(f"This object has more than {limit} MB. It was not opened.")
    meta = read_meta(source.read(0, HEAD))
    places: list[PixelPlace] = []
    if meta is not None and meta[0] == DEFLATED_LE:
        flat = Source(inflate(source, meta[1]))
        file = BoundedFile(flat)
        syntax, held = DEFLATED_LE, flat
        dataset = _read_plain(file, places)
    else:
        file, held = BoundedFile(source), source
        dataset, syntax = _read_any(file, places)
    if file.overrun and not places:
        raise DamagedFileError("This object is cut short, or declares more data than it holds. It was not opened.")
    frames: tuple[Frame, ...] = ()
    notes: tuple[str, ...] = ()
    header: Header | None = None
    if pixels and places:
        attributes = Attributes.from_dataset(dataset, big_endian=syntax == EXPLICIT_BE)
        fmt, said = pixel_format(attributes, syntax, places[0], held)
        notes = tuple(note.text for note in said)
        frames, phases, cine = frames_of(path, attributes, fmt)
        header = Header(replace(series_info(attributes), kind=Kind.IMAGE, document=""), frames, phases, said, cine)
    return Loaded(path, dataset, syntax, frames, notes, header, places[0] if places else None)


def _stop(file: BoundedFile, places: list[PixelPlace]) -> Any:
    def stop(tag: int, representation: str | None, length: int) -> bool:
        if int(tag) in tags.PIXEL_TAGS:
            places.append(PixelPlace(int(tag), file.tell(), length))
            return True
        return False

    return stop


def _read_plain(file: BoundedFile, places: list[PixelPlace]) -> Dataset:
    from pydicom.filereader import read_dataset

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read_dataset(file, False, True, stop_when=_stop(file, places))


def _read_any(file: BoundedFile, places: list[PixelPlace]) -> tuple[Dataset, str]:
    from pydicom.filereader import read_partial

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a warning's text may quote the header
        dataset = read_partial(file, stop_when=_stop(file, places), force=True)
        syntax = str(dataset.file_meta.get("TransferSyntaxUID", ""))
        if not syntax:
            implicit, little = dataset.original_encoding
            syntax = IMPLICIT_LE if implicit else EXPLICIT_LE if little else EXPLICIT_BE
        return dataset, syntax


# -- tolerant values --


def items(dataset: Dataset | None, keyword: str) -> tuple[Dataset, ...]:
    """Items of a sequence; empty where it is absent or is none."""
    value = _value(dataset, keyword)
    if value is None or isinstance(value, str | bytes) or not isinstance(value, Sequence):
        return ()
    return tuple(item for item in value if hasattr(item, "get_item"))


def first(dataset: Dataset | None, keyword: str) -> Dataset | None:
    """The first item of a sequence."""
    found = items(dataset, keyword)
    return found[0] if found else None


def text(dataset: Dataset | None, keyword: str, limit: int = 4000) -> str:
    """A value as text, several joined by a backslash; at most ``limit`` letters."""
    value = _value(dataset, keyword)
    if value is None or isinstance(value, bytes):
        return ""
    if not isinstance(value, str) and isinstance(value, Sequence):
        value = "\\".join(map(str, value))
    return str(value).replace("\0", "").strip()[:limit]


def numbers(dataset: Dataset | None, keyword: str) -> tuple[float, ...]:
    """All numbers of a value; empty where there is none or one is not finite."""
    value = _value(dataset, keyword)
    if value is None or isinstance(value, bytes):
        return ()
    parts = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    try:
        found = tuple(float(part) for part in parts)
    except (TypeError, ValueError):
        return ()
    return found if all(map(math.isfinite, found)) else ()


def number(dataset: Dataset | None, keyword: str) -> float | None:
    """The first number of a value."""
    found = numbers(dataset, keyword)
    return found[0] if found else None


def integer(dataset: Dataset | None, keyword: str) -> int | None:
    """The first number as an integer."""
    value = number(dataset, keyword)
    return int(value) if value is not None and abs(value) < 2**31 else None


def array(dataset: Dataset | None, keyword: str, limit: int) -> NDArray[np.float64]:
    """Numbers of a long value (DS, FL, FD) without pydicom's own conversion, which takes a microsecond a number.

    Raises
    ------
    LimitError
        More than ``limit`` numbers.
    """
    from pydicom.datadict import tag_for_keyword

    tag = tag_for_keyword(keyword)
    element = dataset.get_item(tag) if dataset is not None and tag is not None and tag in dataset else None
    raw = getattr(element, "value", None)
    if isinstance(raw, bytes) and getattr(element, "VR", None) in (None, "DS", "UN", "IS"):
        if raw.count(b"\\") >= limit:
            raise LimitError(f"This object draws more than {limit:,} numbers. It was not opened.")
        try:
            return np.array(raw.rstrip(b"\0 ").split(b"\\"), np.float64) if raw.strip(b"\0 ") else np.empty(0)
        except ValueError:
            return np.empty(0)
    found = _value(dataset, keyword)
    if found is None or isinstance(found, str | bytes):
        return np.empty(0)
    listed = found if isinstance(found, Sequence) else [found]
    if len(listed) > limit:
        raise LimitError(f"This object draws more than {limit:,} numbers. It was not opened.")
    try:
        return np.asarray(listed, np.float64)
    except (TypeError, ValueError):
        return np.empty(0)


def reference(item: Dataset | None) -> Reference | None:
    """An item with Referenced SOP Instance UID and, where given, frames (PS3.3 Table 10-11, 10-3)."""
    uid = text(item, "ReferencedSOPInstanceUID", 64)
    if not uid:
        return None
    return Reference(uid, tuple(int(n) for n in numbers(item, "ReferencedFrameNumber")[:100_000]))


def code_meaning(item: Dataset | None, keyword: str) -> str:
    """Meaning of a coded concept, else its value (PS3.3 8.8)."""
    code = first(item, keyword)
    return text(code, "CodeMeaning", 200) or text(code, "CodeValue", 64) or text(code, "LongCodeValue", 64)


def _value(dataset: Dataset | None, keyword: str) -> Any:
    if dataset is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return dataset.get(keyword)
    except RecursionError:
        raise
    except Exception:  # noqa: BLE001  (pydicom converts late and raises whatever it meets)
        return None
