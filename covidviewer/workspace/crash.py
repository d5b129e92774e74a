"""Reports of what the program did not expect, without patient data: versions, the kind of error, the place.

The words of an exception are left out on purpose: they may quote a path, a name or a value of a header. So are
variables. What is left are module names and lines of this program and of its libraries.

A fault of native code (a driver, a codec) ends the program at once; `faulthandler` writes the stacks into a file that
the next start finds.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import platform
import sys
import traceback
import types
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TextIO

from PySide6.QtCore import QLockFile

from covidviewer.assets import data_dir
from covidviewer.errors import __version__

log = logging.getLogger(__name__)

LIBRARIES = ("PySide6-Essentials", "numpy", "pydicom", "imagecodecs", "SimpleITK", "torch", "openvino")
#: Reports kept; older ones are removed.
KEPT = 20
_FAULT = "fault-"


@dataclass(frozen=True, slots=True)
class Report:
    """A report and where it was saved; ``path`` is None when the disk said no."""

    text: str
    path: Path | None


def folder() -> Path:
    """Where reports are kept."""
    return data_dir() / "crashes"


def of_exception(kind: type[BaseException], trace: types.TracebackType | None, where: str = "main thread") -> str:
    """The text of a report: no words of the exception, no variables, no path of a study."""
    frames = [
        f"  {_module(frame.filename)}:{line}  {frame.name}"
        for frame in traceback.extract_tb(trace)
        if (line := frame.lineno)
    ]
    return "\n".join([*_head(), f"What: {kind.__module__}.{kind.__qualname__} in the {where}", "Where:", *frames, ""])


def save(text: str, where: Path | None = None) -> Report:
    """Keep a report for the reader to send or not."""
    place = where or folder()
    path = place / f"report-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.txt"
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(text, encoding="utf-8")
        for old in sorted(place.glob("report-*.txt"))[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError as error:
        log.warning("a crash report could not be saved: %s", type(error).__name__)
        return Report(text, None)
    return Report(text, path)


class FaultFile:
    """The file that native faults of this run are written to.

    Parameters
    ----------
    where : folder; made by `start`.
    """

    def __init__(self, where: Path | None = None) -> None:
        self._where = where or folder()
        self.path = self._where / f"{_FAULT}{os.getpid()}.txt"
        self._file: TextIO | None = None
        self._lock: QLockFile | None = None

    def start(self) -> None:
        """Have faults written here from now on; without a disk to write to, stderr gets them as ever."""
        try:
            self._where.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = _lock_of(self.path)
            self._lock.tryLock(0)
            self._file = self.path.open("w", encoding="utf-8")
            faulthandler.enable(self._file)
        except (OSError, ValueError) as error:
            log.warning("native faults are not recorded: %s", type(error).__name__)

    def stop(self) -> None:
        """A clean end: nothing to find."""
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
            self._file = None
            self.path.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def left_behind(self) -> Report | None:
        """The newest fault of a program that is gone, as a saved report; the files are removed."""
        found = ""
        for path in sorted(self._where.glob(f"{_FAULT}*.txt"), key=_age):
            lock = _lock_of(path)
            if path == self.path or not lock.tryLock(0):
                continue
            try:
                text = path.read_text(encoding="utf-8", errors="replace").strip()
                path.unlink(missing_ok=True)
            except OSError:
                text = ""
            lock.unlock()
            found = text or found
        if not found:
            return None
        lines = [_without_folders(line) for line in found.splitlines()]
        return save("\n".join([*_head(), "What: a fault of native code ended the last run", *lines, ""]), self._where)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _lock_of(path: Path) -> QLockFile:
    lock = QLockFile(str(path.with_suffix(".lock")))
    lock.setStaleLockTime(0)
    return lock


def _head() -> list[str]:
    found = []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return [
        f"covidviewer {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        ", ".join(found),
        f"When: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    ]


def _module(filename: str) -> str:
    """A source file by its place under the folder that Python found it in: the folder may name a user."""
    path = Path(filename)
    for root in sorted((Path(p) for p in sys.path if p), key=lambda p: -len(p.parts)):
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return path.name


def _without_folders(line: str) -> str:
    """A line of faulthandler (``File "...", line 3 in name``) with the source file as `_module` gives it."""
    start = line.find('File "')
    end = line.find('"', start + 6)
    if start < 0 or end < 0:
        return line
    return f"{line[:start]}{_module(line[start + 6 : end])}{line[end + 1 :]}"
