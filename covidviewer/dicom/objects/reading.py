"""One file -> the object in it: which reader for which class."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from covidviewer.dicom.objects import documents, maps, presentations, reports, segmentation, structures
from covidviewer.dicom.objects.records import DicomObject, ObjectKind

_ROOT = "1.2.840.10008.5.1.4.1.1."
_KINDS = {
    _ROOT + "66.4": ObjectKind.SEGMENTATION,
    _ROOT + "66.7": ObjectKind.SEGMENTATION,
    _ROOT + "481.3": ObjectKind.CONTOURS,
    _ROOT + "30": ObjectKind.MAP,
    _ROOT + "104.1": ObjectKind.DOCUMENT,
}
_FAMILIES = ((_ROOT + "11.", ObjectKind.PRESENTATION), (_ROOT + "88.", ObjectKind.MEASUREMENTS))

Reader = Callable[[Path, str, Callable[[], bool]], DicomObject]
_READERS: dict[ObjectKind, Reader] = {
    ObjectKind.SEGMENTATION: segmentation.read,
    ObjectKind.CONTOURS: structures.read,
    ObjectKind.PRESENTATION: presentations.read,
    ObjectKind.MEASUREMENTS: reports.read,
    ObjectKind.MAP: maps.read,
    ObjectKind.DOCUMENT: documents.read,
}


def kind_of(sop_class: str) -> ObjectKind:
    """What an object of a class is to a reader, by its SOP Class UID."""
    found = _KINDS.get(sop_class)
    if found is not None:
        return found
    return next((kind for prefix, kind in _FAMILIES if sop_class.startswith(prefix)), ObjectKind.OTHER)


def readable(sop_class: str) -> bool:
    """Whether this program shows more of such an object than its name."""
    return kind_of(sop_class) in _READERS


def read_object(path: Path, key: str, sop_class: str, cancelled: Callable[[], bool] = lambda: False) -> DicomObject:
    """Read an object of another maker.

    Parameters
    ----------
    path : of the file. key : as the workspace knows it. sop_class : decides the reader.

    Raises
    ------
    KeyError
        Not `readable`.
    DamagedFileError, LimitError, UnsupportedError, FileError
        One sentence on why it cannot be shown.
    Cancelled
        ``cancelled`` said so.
    """
    return _READERS[kind_of(sop_class)](path, key, cancelled)
