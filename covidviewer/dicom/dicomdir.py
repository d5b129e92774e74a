"""DICOMDIR: the index of a medium (PS3.3 F, PS3.10 8): files listed, files absent, entries that point elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from covidviewer.dicom import tags
from covidviewer.dicom.catalog import LeftOut
from covidviewer.dicom.documents import DIRECTORY
from covidviewer.dicom.guard import open_source
from covidviewer.dicom.reading import parse
from covidviewer.errors import CovidViewerError

NAME = "DICOMDIR"


@dataclass(frozen=True, slots=True)
class Index:
    """What an index lists: files that are there, and entries that are left out, each with the reason."""

    files: tuple[Path, ...]
    left_out: tuple[LeftOut, ...]


def is_index_name(path: Path) -> bool:
    """Whether a file is named like an index (PS3.10 8.6), in any case of letters, perhaps with more behind it."""
    return path.name.upper().startswith(NAME)


def read(path: Path) -> Index | None:
    """Files of an index, in its order.

    All records are looked at, whatever their offsets say: chains of offsets may be wrong or go round in circles.

    Returns
    -------
    Index or None
        None where the file is damaged, is no index, or lists nothing: the folder must be scanned.
    """
    try:
        with open_source(path) as source:
            parsed = parse(source)
    except (CovidViewerError, OSError):
        return None
    attributes = parsed.attributes
    if attributes.code(tags.SOP_CLASS) not in ("", DIRECTORY) or not attributes.items(tags.RECORDS):
        return None
    root = path.parent
    files: dict[Path, None] = {}
    left_out: list[LeftOut] = []
    names = _Names(root)
    for record in attributes.items(tags.RECORDS):
        parts = tuple(part for part in record.codes(tags.REFERENCED_FILE) if part)
        if not parts or record.unsigned(tags.RECORD_IN_USE) == 0:
            continue
        shown = root.joinpath(*(part.replace("/", "_") for part in parts))
        if not _inside(root, parts):
            left_out.append(LeftOut(shown, "The disc index points outside its folder. This entry was ignored.", "F04"))
            continue
        found = names.find(parts)
        if found is None:
            left_out.append(LeftOut(shown, "The disc index lists this file, but it is not there."))
        elif not found.resolve().is_relative_to(root.resolve()):
            left_out.append(LeftOut(shown, "The disc index points outside its folder. This entry was ignored.", "F04"))
        else:
            files[found] = None
    return Index(tuple(files), tuple(left_out)) if files or left_out else None


def _inside(root: Path, parts: tuple[str, ...]) -> bool:
    """Whether the parts of a file ID are plain names; the standard allows nothing else (PS3.10 8.2)."""
    return not any(
        part in (".", "..") or any(sign in part for sign in "/\\:\0") or part != part.strip() for part in parts
    )


class _Names:
    """Finds files whatever case of letters, or version number, the medium's file system gave their names."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders: dict[Path, dict[str, str]] = {}

    def find(self, parts: tuple[str, ...]) -> Path | None:
        place = self._root
        for part in parts:
            name = self._list(place).get(part.upper())
            if name is None:
                return None
            place = place / name
        return place if place.is_file() else None

    def _list(self, folder: Path) -> dict[str, str]:
        known = self._folders.get(folder)
        if known is None:
            try:
                known = {entry.name.upper().split(";")[0].rstrip("."): entry.name for entry in folder.iterdir()}
            except OSError:
                known = {}
            self._folders[folder] = known
        return known
