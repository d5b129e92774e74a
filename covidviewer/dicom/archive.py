"""ZIP archives: looked through before anything is unpacked, then unpacked file by file under names of our own.

Names in an archive are only ever shown. They never become paths, so that nothing lands outside the private folder;
an archive that tries is refused all the same.
"""

from __future__ import annotations

import atexit
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from covidviewer.dicom.catalog import LeftOut
from covidviewer.dicom.guard import gigabytes
from covidviewer.errors import DamagedFileError, FileError, LimitError, UnsafePathError, UnsupportedError

MAX_ENTRIES = 200_000
MAX_TOTAL = 20 << 30
MAX_RATIO = 200
#: Below this size a ratio says nothing: an empty slice packs to next to nothing.
_RATIO_FROM = 64 << 20
_CHUNK = 1 << 20
_NESTED = re.compile(r"\.(zip|7z|rar|gz|tgz|bz2|xz|tar)$", re.IGNORECASE)
_DRIVE = re.compile(r"^[A-Za-z]:")

_folders: list[Path] = []


def is_archive(path: Path) -> bool:
    """Whether a file begins like a ZIP archive (also one that is empty or in several parts)."""
    try:
        with path.open("rb") as file:
            return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
    except OSError:
        return False


def unpack(path: Path, cancelled: Callable[[], bool] = lambda: False) -> Iterator[tuple[Path, str] | LeftOut]:
    """Unpack an archive into a private folder of this process, one file at a step.

    Yields
    ------
    (path, origin) or LeftOut
        An unpacked file and its name for a person ("archive.zip/inner/name.dcm"), or an entry that was not unpacked.

    Raises
    ------
    UnsafePathError
        An entry points outside the archive (F04); nothing was unpacked.
    LimitError
        It would unpack to more than it may (F03); nothing was unpacked.
    UnsupportedError
        It asks for a password.
    DamagedFileError, FileError
        It is broken, or cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            check(path, entries)
            folder = private_folder()
            left = MAX_TOTAL
            for number, entry in enumerate(entries):
                if cancelled():
                    return
                name = f"{path.name}/{entry.filename}"
                reason = _not_opened(entry)
                if reason:
                    yield LeftOut(path / entry.filename, reason)
                    continue
                target = folder / f"{number:06d}{_suffix(entry.filename)}"
                try:
                    left -= _unpack_one(archive, entry, target, left)
                except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
                    target.unlink(missing_ok=True)
                    packing = isinstance(error, NotImplementedError)
                    yield LeftOut(
                        path / entry.filename,
                        "This entry is packed in a way that cannot be read." if packing else "This entry is damaged.",
                        "F03",
                    )
                    continue
                yield target, name
    except zipfile.BadZipFile as error:
        raise DamagedFileError("The archive is damaged and cannot be opened.", path=path) from error
    except (NotImplementedError, RuntimeError) as error:
        raise UnsupportedError("The archive is packed in a way that cannot be read.", path=path) from error
    except (OSError, EOFError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "unknown reason"
        raise FileError(f"The archive cannot be read ({reason}).", path=path) from error


def check(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Hold what an archive says of itself against the limits; nothing is unpacked.

    Raises
    ------
    UnsafePathError, LimitError, UnsupportedError
        As `unpack`.
    """
    if len(entries) > MAX_ENTRIES:
        raise LimitError(
            f"The archive holds {len(entries)} files; the limit is {MAX_ENTRIES}. Nothing was unpacked.",
            path=path,
            code="F03",
        )
    outside = [entry for entry in entries if points_outside(entry.filename)]
    if outside:
        count = len(outside)
        raise UnsafePathError(
            f"The archive points outside its folder ({count} {'entry' if count == 1 else 'entries'}). "
            "Nothing was unpacked.",
            path=path,
            code="F04",
        )
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnsupportedError("The archive asks for a password. Unpack it first.", path=path, code="F03")
    total, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if total > MAX_TOTAL:
        raise LimitError(
            f"The archive would unpack to {gigabytes(total)}; the limit is {gigabytes(MAX_TOTAL)}. "
            "Nothing was unpacked.",
            path=path,
            code="F03",
        )
    if total > _RATIO_FROM and total > MAX_RATIO * max(packed, 1):
        raise LimitError(
            f"The archive would unpack to {total // max(packed, 1)} times its size; the limit is {MAX_RATIO} times. "
            "Nothing was unpacked.",
            path=path,
            code="F03",
        )
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if total > free:
        raise LimitError(
            f"The archive would unpack to {gigabytes(total)}; only {gigabytes(free)} are free on this disk. "
            "Nothing was unpacked.",
            path=path,
            code="F03",
        )


def points_outside(name: str) -> bool:
    """Whether an entry's name leaves the folder into which it would be unpacked, on any system."""
    name = name.replace("\\", "/")
    return name.startswith("/") or bool(_DRIVE.match(name)) or ".." in name.split("/") or "\0" in name


def private_folder() -> Path:
    """A new folder that only this user may read; removed when the program ends."""
    if not _folders:
        atexit.register(remove_all)
    folder = Path(tempfile.mkdtemp(prefix="covidviewer-"))
    _folders.append(folder)
    return folder


def remove_all() -> None:
    """Remove everything that was unpacked."""
    while _folders:
        shutil.rmtree(_folders.pop(), ignore_errors=True)


def _not_opened(entry: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "This entry is a link or a device; such are not opened."
    if _NESTED.search(entry.filename):
        return "This is an archive inside the archive; such are not opened."
    return ""


def _suffix(name: str) -> str:
    """The suffix of a picture, which tells how to read it; anything else has none."""
    from covidviewer.dicom.pictures import SUFFIXES

    suffix = Path(name).suffix.lower()
    return suffix if suffix in SUFFIXES else ""


def _unpack_one(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, left: int) -> int:
    """Write one entry and count its bytes: the sizes that an archive tells are not believed."""
    written = 0
    cap = min(left, entry.file_size)
    with archive.open(entry) as packed, target.open("xb") as out:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            if written > cap:
                raise zipfile.BadZipFile("more than it said")
            out.write(chunk)
    return written
