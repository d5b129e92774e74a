"""All elements of a file as rows to read: number, name, value, nested ones below their sequence.

Long values are cut and say so, bulk data are a number of bytes; nothing here allocates by what a header claims.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covidviewer.dicom.deidentify import identifies
from covidviewer.dicom.guard import megabytes
from covidviewer.dicom.objects import source
from covidviewer.dicom.objects.policy import object_policy
from covidviewer.errors import Cancelled

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_BULK = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
#: Longer raw values are not taken apart by pydicom: a million numbers would take seconds.
_LONG = 8192


@dataclass(frozen=True, slots=True)
class Element:
    """One row.

    parent : row number of the item or sequence that holds it, -1 at the top. tag : group and element, -1 for an item.
    value : as text. identity : it may lead to a person. private : of an odd group.
    """

    parent: int
    tag: int
    name: str
    representation: str
    value: str
    identity: bool = False
    private: bool = False

    @property
    def number(self) -> str:
        """``(0028,0010)``; "" for an item."""
        return f"({self.tag >> 16:04X},{self.tag & 0xFFFF:04X})" if self.tag >= 0 else ""


@dataclass(frozen=True, slots=True)
class Header:
    """Rows of one file in the order of the file. complete : False where there were more than ``max_rows``."""

    path: Path
    rows: tuple[Element, ...]
    complete: bool = True


def read(path: Path, cancelled: Callable[[], bool] = lambda: False) -> Header:
    """All elements of a DICOM file, private ones among them.

    Raises
    ------
    CovidViewerError
        One sentence on why the file cannot be read.
    Cancelled
        ``cancelled`` said so.
    """
    loaded = source.load(path)
    rows: list[Element] = []
    complete = True
    meta = getattr(loaded.dataset, "file_meta", None)
    for dataset in (meta, loaded.dataset):
        if dataset is not None:
            complete = _walk(dataset, rows, cancelled) and complete
    if loaded.pixels is not None:
        tag, length = loaded.pixels.tag, loaded.pixels.length
        said = "compressed" if length == 0xFFFFFFFF else megabytes(length)
        rows.append(Element(-1, tag, _name(tag), "OW", said))
    return Header(path, tuple(rows), complete)


def _walk(dataset: Dataset, rows: list[Element], cancelled: Callable[[], bool]) -> bool:
    """Rows of a data set and all below it, depth first, without recursion; False when there were too many."""
    limit, depth = object_policy().max_rows, object_policy().max_depth
    # Each entry: data set, its elements still to come, the row above, its level.
    waiting: list[tuple[Any, list[int], int, int]] = [(dataset, _tags(dataset), -1, 0)]
    while waiting:
        current, tags, parent, level = waiting[-1]
        if not tags:
            waiting.pop()
            continue
        if len(rows) >= limit:
            return False
        if len(rows) % 256 == 0 and cancelled():
            raise Cancelled
        tag = tags.pop()
        if tag < 0:  # an item, kept as its place in the sequence
            item = current[-tag - 1]
            rows.append(Element(parent, -1, f"Item {-tag}", "", f"{len(item)} elements"))
            waiting.append((item, _tags(item), len(rows) - 1, level + 1))
            continue
        row, items = _element(current, tag, parent)
        rows.append(row)
        if items and level < depth:
            waiting.append((items, [-i for i in range(len(items), 0, -1)], len(rows) - 1, level + 1))
    return True


def _tags(dataset: Dataset) -> list[int]:
    return sorted((int(tag) for tag in list(dataset.keys())), reverse=True)


def _element(dataset: Dataset, tag: int, parent: int) -> tuple[Element, Any]:
    """One row, and the items below it."""
    private = bool(tag >> 16 & 1)
    raw = dataset.get_item(tag)
    value, representation = getattr(raw, "value", None), str(getattr(raw, "VR", None) or "")
    if isinstance(value, bytes) and len(value) > _LONG and representation != "SQ":
        text = megabytes(len(value)) if representation in _BULK else _cut(_plain(value))
        return Element(parent, tag, _name(tag), representation, text, identifies(tag, representation), private), None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            element = dataset[tag]
            representation, name = str(element.VR), str(element.name)
            value = element.value
    except RecursionError:
        return Element(parent, tag, _name(tag), representation, "nested too deeply", False, private), None
    except Exception:  # noqa: BLE001  (pydicom converts late and raises whatever it meets)
        text = _cut(_plain(value)) if isinstance(value, bytes) else ""
        return Element(parent, tag, _name(tag), representation, text, identifies(tag, representation), private), None
    if representation == "SQ":
        count = len(value) if value is not None else 0
        return Element(parent, tag, name, "SQ", f"{count} items", False, private), value if count else None
    return Element(parent, tag, name, representation, _text(value), identifies(tag, representation), private), None


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return _cut(_plain(value)) if len(value) <= 64 and value.isascii() else megabytes(len(value))
    if not isinstance(value, str) and hasattr(value, "__len__") and hasattr(value, "__getitem__"):
        count = len(value)
        most = object_policy().max_value
        text = "\\".join(str(value[i]) for i in range(min(count, most)))
        return _cut(text) if count <= most else f"{text[:most]}… ({count} values)"
    return _cut(str(value))


def _plain(value: bytes) -> str:
    shown = value[: 4 * object_policy().max_value].decode("latin-1")
    more = f"… ({len(value)} letters)" if len(value) > len(shown) else ""
    return "".join(c if c.isprintable() else "·" for c in shown.rstrip("\0 ")) + more


def _cut(text: str) -> str:
    most = object_policy().max_value
    text = text.replace("\0", "").replace("\r\n", "\n")
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} letters)"


def _name(tag: int) -> str:
    from pydicom.datadict import dictionary_description

    try:
        return str(dictionary_description(tag))
    except KeyError:
        return "Private element" if tag >> 16 & 1 else "Unknown element"
