"""DICOM files made byte by byte, so that tests can make wrong ones too."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

EXPLICIT_LE = "1.2.840.10008.1.2.1"
IMPLICIT_LE = "1.2.840.10008.1.2"
CT = "1.2.840.10008.5.1.4.1.1.2"
_LONG = {"OB", "OD", "OF", "OL", "OW", "SQ", "UC", "UN", "UR", "UT"}

Value = bytes | str | int | float


def element(
    tag: int, vr: str, value: Value | list[float] = b"", *, implicit: bool = False, length: int | None = None
) -> bytes:
    """One data element in little endian; ``length`` may lie."""
    if isinstance(value, list):
        value = "\\".join(f"{v:.10g}" for v in value)
    if isinstance(value, int):
        value = struct.pack({"US": "<H", "SS": "<h", "UL": "<I"}[vr], value)
    if isinstance(value, float):
        value = struct.pack({"FD": "<d", "FL": "<f"}[vr], value)
    if isinstance(value, str):
        raw = value.encode("latin-1")
        value = raw + (b"\0" if vr == "UI" else b" ") * (len(raw) % 2)
    size = len(value) if length is None else length
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    if implicit:
        return head + struct.pack("<I", size) + value
    if vr in _LONG:
        return head + vr.encode() + struct.pack("<HI", 0, size) + value
    return head + vr.encode() + struct.pack("<H", size) + value


def items(*contents: bytes, defined: bool = False) -> bytes:
    """Items of a sequence; of undefined length (with delimiters) unless ``defined``."""
    out = b""
    for content in contents:
        if defined:
            out += struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content
        else:
            out += struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + content + struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
    return out if defined else out + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def sequence(tag: int, *contents: bytes, defined: bool = False, vr: str = "SQ", implicit: bool = False) -> bytes:
    """A whole sequence element."""
    value = items(*contents, defined=defined)
    return element(tag, vr, value, implicit=implicit, length=None if defined else 0xFFFFFFFF)


def meta(syntax: str) -> bytes:
    """Preamble and file meta information."""
    content = element(0x00020010, "UI", syntax)
    return bytes(128) + b"DICM" + element(0x00020000, "UL", len(content)) + content


Elements = dict[int, tuple[str, Value | list[float]]]


def slice_elements(**changes: object) -> Elements:
    """Elements of one 4 x 3 CT slice; changes by keyword replace values (None removes)."""
    z = float(changes.pop("z", 0.0))  # type: ignore[arg-type]
    number = int(changes.pop("number", 1))  # type: ignore[call-overload]
    elements: Elements = {
        0x00080008: ("CS", "ORIGINAL\\PRIMARY\\AXIAL"),
        0x00080016: ("UI", CT),
        0x00080018: ("UI", f"1.2.3.{number}"),
        0x00080060: ("CS", "CT"),
        0x00100010: ("PN", "Doe^Jane"),
        0x00180050: ("DS", "2"),
        0x0020000D: ("UI", "1.2"),
        0x0020000E: ("UI", "1.2.9"),
        0x00200012: ("IS", "1"),
        0x00200013: ("IS", str(number)),
        0x00200032: ("DS", [-10.0, -20.0, z]),
        0x00200037: ("DS", [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
        0x00200052: ("UI", "1.2.7"),
        0x00280002: ("US", 1),
        0x00280004: ("CS", "MONOCHROME2"),
        0x00280010: ("US", 3),
        0x00280011: ("US", 4),
        0x00280030: ("DS", [0.5, 0.75]),
        0x00280100: ("US", 16),
        0x00280101: ("US", 12),
        0x00280102: ("US", 11),
        0x00280103: ("US", 0),
        0x00281050: ("DS", "-600"),
        0x00281051: ("DS", "1500"),
        0x00281052: ("DS", "-1024"),
        0x00281053: ("DS", "1"),
        0x7FE00010: ("OW", struct.pack("<12H", *range(number, number + 12))),
    }
    for name, change in changes.items():
        tag = int(name.removeprefix("t"), 16)
        if change is None:
            del elements[tag]
        else:
            elements[tag] = change  # type: ignore[assignment]
    return elements


def data_set(elements: Elements, *, implicit: bool = False) -> bytes:
    """Elements in order of their tags."""
    return b"".join(element(t, vr, value, implicit=implicit) for t, (vr, value) in sorted(elements.items()))


class Maker:
    """Writes files into a folder of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    element = staticmethod(element)
    items = staticmethod(items)
    sequence = staticmethod(sequence)
    meta = staticmethod(meta)
    elements = staticmethod(slice_elements)
    data_set = staticmethod(data_set)

    def raw(self, content: bytes, name: str = "file") -> Path:
        """A file of these bytes."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def file(self, name: str = "file", *, syntax: str = EXPLICIT_LE, before: bytes = b"", **changes: object) -> Path:
        """One slice; ``before`` are raw elements placed before all of group 8."""
        body = data_set(slice_elements(**changes), implicit=syntax == IMPLICIT_LE)
        return self.raw(meta(syntax) + before + body, name)

    def series(self, places: list[float], prefix: str = "s", first: int = 1, **changes: object) -> list[Path]:
        """A slice at each place along z, numbered from ``first``."""
        return [self.file(f"{prefix}{i:03d}", z=z, number=first + i, **changes) for i, z in enumerate(places)]


@pytest.fixture
def dicom(tmp_path: Path) -> Maker:
    """A maker of DICOM files in the test's folder."""
    return Maker(tmp_path)


@pytest.fixture
def stacks_of() -> Callable[..., tuple[object, ...]]:
    """Scan paths and return the catalog, after asking it for its stacks."""
    from covidviewer.dicom.grouping import Catalog
    from covidviewer.dicom.scan import scan

    def run(*paths: Path) -> Catalog:  # type: ignore[name-defined]
        catalog = Catalog()
        for batch in scan(paths):
            catalog.add(batch)
        catalog.stacks()
        return catalog

    return run  # type: ignore[return-value]
