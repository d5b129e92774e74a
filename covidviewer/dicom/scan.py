"""Paths -> headers, in batches while it runs, and what was left out and why.

Takes files, folder trees, the index of a disc, ZIP archives and pictures. One file that cannot be read never stops the
others. No links are followed below what was asked for, so no tree can loop.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from covidviewer.dicom import archive, dicomdir, pictures, reading, tags
from covidviewer.dicom.catalog import Kind, LeftOut, ScanProgress
from covidviewer.dicom.guard import open_source
from covidviewer.dicom.headers import Header
from covidviewer.dicom.repeats import Repeats
from covidviewer.errors import CovidViewerError, DamagedFileError

MAX_FILES = 200_000
_INTERVAL = 0.25
#: The first batch comes sooner: the screen is empty until then.
_FIRST = 0.08


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read since the batch before."""

    headers: tuple[Header, ...]
    left_out: tuple[LeftOut, ...]
    progress: ScanProgress


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    origin: str = ""
    shown: Path | None = None  # how a message names it, where that is not the path


@dataclass(slots=True)
class _Run:
    cancelled: Callable[[], bool]
    found: int = 0
    seen: set[str] = field(default_factory=set)
    told: set[tuple[str, str]] = field(default_factory=set)
    repeats: Repeats = field(default_factory=Repeats)


def _never() -> bool:
    return False


def scan(paths: Sequence[Path], *, cancelled: Callable[[], bool] = _never, batch: int = 200) -> Iterator[Batch]:
    """Read the headers of all that lies under some paths.

    Parameters
    ----------
    paths : files, folders, DICOMDIR files, ZIP archives, pictures; in any mixture.
    cancelled : asked between files; once True, the scan yields what it has and ends (``finished`` stays False).
    batch : a batch holds at most about this many files; it also comes every quarter of a second.

    Yields
    ------
    Batch
        The last one has ``progress.finished``; it may be empty.
    """
    run = _Run(cancelled)
    headers: list[Header] = []
    left_out: list[LeftOut] = []
    read = images = missed = 0
    due = time.monotonic() + _FIRST

    def flush(finished: bool = False) -> Batch:
        nonlocal due
        progress = ScanProgress(max(run.found, read), read, images, missed, finished)
        result = Batch(tuple(headers), tuple(left_out), progress)
        headers.clear()
        left_out.clear()
        due = time.monotonic() + _INTERVAL
        return result

    for entry in _entries(paths, run):
        if isinstance(entry, LeftOut):
            told = (str(entry.path), entry.reason)
            if told in run.told:
                continue
            run.told.add(told)
            left_out.append(entry)
            missed += 1
        elif entry is not None:
            read += 1
            try:
                header = _read(entry, run.repeats)
            except CovidViewerError as error:
                left_out.append(LeftOut(entry.shown or entry.path, str(error), error.code))
                missed += 1
            else:
                headers.append(header)
                images += len(header.frames) if header.info.kind is not Kind.DOCUMENT else 0
        if len(headers) + len(left_out) >= batch or time.monotonic() >= due:
            yield flush()
        if cancelled():
            yield flush()
            return
    yield flush(finished=not cancelled())


def siblings(path: Path, *, cancelled: Callable[[], bool] = _never) -> tuple[Path, ...]:
    """Files of the same folder and the same series as one file, by name; the file itself among them.

    Only the file itself where it is no DICOM file, or does not say its series.
    """
    series = _series_of(path)
    if not series:
        return (path,)
    found = {path}
    try:
        with os.scandir(path.parent) as entries:
            names = [entry.path for entry in entries if entry.is_file(follow_symlinks=False)]
    except OSError:
        return (path,)
    for name in names:
        if cancelled():
            break
        other = Path(name)
        if other != path and _series_of(other) == series:
            found.add(other)
    return tuple(sorted(found))


def _series_of(path: Path) -> str:
    if pictures.is_picture_name(path):
        return ""
    try:
        with open_source(path) as source:
            return reading.parse(source).attributes.code(tags.SERIES_UID)
    except (CovidViewerError, OSError):
        return ""


def _read(file: _File, repeats: Repeats) -> Header:
    if not pictures.is_picture_name(file.path):
        return reading.read_header(file.path, file.origin, repeats.header_in)
    try:
        return pictures.read_header(file.path, file.origin)
    except DamagedFileError as error:
        if error.code != "F01":
            raise
        try:  # a DICOM file may have any name
            return reading.read_header(file.path, file.origin, repeats.header_in)
        except CovidViewerError:
            raise error from None


def _entries(paths: Sequence[Path], run: _Run) -> Iterator[_File | LeftOut | None]:
    """Files to read and entries left out; None now and then, so that the caller may report."""
    for path in paths:
        path = Path(path)
        try:
            if path.is_dir():
                yield from _tree(path, run)
            elif not path.exists():
                yield LeftOut(path, "This file or folder was not found.")
            elif dicomdir.is_index_name(path):
                yield from _index(path, run)
            elif path.is_file() and archive.is_archive(path):
                yield from _archive(path, run)
            else:
                yield from _file(path, run)
        except (OSError, ValueError) as error:
            yield LeftOut(path, f"This cannot be opened ({getattr(error, 'strerror', None) or 'unknown reason'}).")


def _file(path: Path, run: _Run) -> Iterator[_File | LeftOut]:
    """One file asked for by name: a link to it may be followed."""
    name = os.path.realpath(path)
    if name in run.seen:
        return
    run.seen.add(name)
    run.found += 1
    yield _File(path)


def _tree(top: Path, run: _Run) -> Iterator[_File | LeftOut | None]:
    """Files of a folder and those below it, by name, breadth last."""
    waiting = [os.path.realpath(top)]
    shown_top = os.fspath(top)
    real_top = waiting[0]
    while waiting:
        folder = waiting.pop()
        if folder in run.seen:
            continue
        run.seen.add(folder)
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield LeftOut(Path(folder), f"The folder cannot be opened ({error.strerror or 'unknown reason'}).")
            continue
        folders: list[str] = []
        files: list[str] = []
        for entry in entries:
            if entry.is_symlink():
                yield LeftOut(Path(entry.path), "This is a link; links are not followed.")
            elif entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            elif entry.is_file(follow_symlinks=False):
                files.append(entry.path)
            else:
                yield LeftOut(Path(entry.path), "This is no regular file (a pipe, a socket or a device).")
        waiting.extend(reversed(folders))
        run.found += len(files)
        yield None
        for name in files:
            if name in run.seen:
                run.found -= 1
                continue
            run.seen.add(name)
            if len(run.seen) > MAX_FILES:
                yield LeftOut(Path(folder), f"More than {MAX_FILES} files were found; the rest was not looked at.")
                return
            path = Path(shown_top + name[len(real_top) :])
            if dicomdir.is_index_name(path):
                # All files are read anyway; of the index only what it misses or should not name is told.
                index = dicomdir.read(path)
                if index is not None:
                    run.found -= 1
                    yield from index.left_out
                    continue
            yield _File(path)


def _index(path: Path, run: _Run) -> Iterator[_File | LeftOut | None]:
    index = dicomdir.read(path)
    if index is None or not index.files:
        # An index that is empty or damaged says nothing of its folder.
        if index is not None:
            yield from index.left_out
        yield from _tree(path.parent, run)
        return
    yield from index.left_out
    run.found += len(index.files)
    for file in index.files:
        name = os.path.realpath(file)
        if name not in run.seen:
            run.seen.add(name)
            yield _File(file)


def _archive(path: Path, run: _Run) -> Iterator[_File | LeftOut | None]:
    try:
        for entry in archive.unpack(path, run.cancelled):
            if isinstance(entry, LeftOut):
                yield entry
                continue
            target, origin = entry
            if dicomdir.is_index_name(Path(origin)):
                continue  # every file of the archive is read; its index adds nothing
            run.found += 1
            yield _File(target, origin, path.parent / origin)
    except CovidViewerError as error:
        yield LeftOut(path, str(error), error.code)
