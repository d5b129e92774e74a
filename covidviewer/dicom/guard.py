"""Limits before anything is allocated, and bytes that cannot be over-read.

All products are Python integers, so nothing overflows; a claim is held against the bytes that are there.
"""

from __future__ import annotations

import io
import os
import stat
import zlib
from pathlib import Path
from types import TracebackType

from covidviewer.errors import DamagedFileError, FileError, LimitError, NotDicomError

MAX_FILE = 8 << 30
MAX_FRAME = 512 << 20
MAX_SIDE = 65_535
MAX_FRAMES = 20_000
MAX_INFLATED = 1 << 30
MAX_INFLATE_RATIO = 400  # pictures stay far below; the format's own limit is 1032
MAX_DEPTH = 64
#: Reads of the general reader on one header: two or three an element; a 2,000-frame header takes some 100,000.
MAX_READS = 3_000_000
#: Longest value that the general reader keeps, and longest sequence that is taken apart.
MAX_ELEMENT = 256 << 20
MAX_SEQUENCE = 64 << 20
_CHUNK = 1 << 20
_PREAD = hasattr(os, "pread")


class Source:
    """Bytes by place: a file, or a data set that was inflated. Reads never go beyond the end."""

    __slots__ = ("_data", "_descriptor", "size")

    def __init__(self, data: bytes = b"", *, descriptor: int | None = None, size: int = 0) -> None:
        self._data = data
        self._descriptor = descriptor
        self.size = len(data) if descriptor is None else size

    def read(self, offset: int, length: int) -> bytes:
        """At most ``length`` bytes at ``offset``; fewer at the end, none beyond it."""
        descriptor = self._descriptor
        if descriptor is None:
            return self._data[offset : offset + length]
        length = min(length, self.size - offset)
        if length <= 0:
            return b""
        if _PREAD:
            return os.pread(descriptor, length, offset)
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, length)

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_source(path: Path) -> Source:
    """Open a file for reading by place.

    Raises
    ------
    FileError
        It cannot be opened or is no regular file (a pipe would block for ever).
    NotDicomError
        It is empty.
    LimitError
        It is larger than `MAX_FILE`.
    """
    try:
        # O_NONBLOCK: opening a pipe that nobody writes to must not wait.
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(path, flags)
    except OSError as error:
        raise FileError(f"The file cannot be opened ({error.strerror or 'unknown reason'}).", path=path) from error
    except ValueError as error:
        raise FileError("The file has a name that cannot be opened.", path=path) from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise FileError("This is no regular file.", path=path)
        if status.st_size == 0:
            raise NotDicomError("The file is empty.", path=path, code="F01")
        if status.st_size > MAX_FILE:
            raise LimitError(f"The file has {gigabytes(status.st_size)}; the limit is 8 GB.", path=path, code="F02")
        return Source(descriptor=descriptor, size=status.st_size)
    except BaseException:
        os.close(descriptor)
        raise


class BoundedFile(io.RawIOBase):
    """A view of a `Source` as a file for pydicom, which asks for as many bytes as a header claims.

    overrun : True after a read that asked for more than there is and got something, until the reader goes back: at
        the end of parsing it tells that the last element claimed more than the file holds.
    """

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._position = 0
        self._reads = 0
        self.overrun = False

    def read(self, size: int | None = -1) -> bytes:
        self._reads += 1
        if self._reads > MAX_READS:
            raise LimitError("The header of this file has millions of elements. It was not opened.", code="F02")
        left = max(self._source.size - self._position, 0)
        wanted = left if size is None or size < 0 else size
        data = self._source.read(self._position, min(wanted, left))
        self._position += len(data)
        if wanted > len(data) and (len(data) > 0 or wanted > 8):
            self.overrun = True
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._source.size}[whence]
        target = max(base + offset, 0)
        if target > self._source.size:
            self.overrun = True  # a value was skipped that reaches beyond the end
        elif target < self._position:
            self.overrun = False
        self._position = target
        return target

    def tell(self) -> int:
        return self._position

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


def inflate(source: Source, start: int) -> bytes:
    """Unpack a deflated data set (PS3.5 A.5), stopping at the cap.

    Raises
    ------
    LimitError
        More than 1 GB, or more than 400 times the packed size.
    DamagedFileError
        The stream is broken.
    """
    cap = min(MAX_INFLATED, max((source.size - start) * MAX_INFLATE_RATIO, _CHUNK))
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    out = bytearray()
    position = start
    try:
        while not unpacker.eof:
            packed = unpacker.unconsumed_tail or source.read(position, _CHUNK)
            if not packed:
                break
            if not unpacker.unconsumed_tail:
                position += len(packed)
            out += unpacker.decompress(packed, _CHUNK)
            if len(out) > cap:
                raise LimitError(
                    f"The packed data set would unpack to more than {cap >> 20} MB. It was not opened.", code="F02"
                )
    except zlib.error as error:
        raise DamagedFileError("The packed (deflated) data set is broken.") from error
    return bytes(out)


def check_picture_size(rows: int, columns: int, samples: int, bits: int, frames: int) -> int:
    """Bytes of one frame of native pixels, after all limits.

    Parameters
    ----------
    rows, columns, samples, bits, frames : as claimed by the header; bits is BitsAllocated.

    Returns
    -------
    int
        Bytes of one frame, rounded up to whole bytes for 1 bit pixels.

    Raises
    ------
    DamagedFileError
        A size of 0 or below.
    LimitError
        More than 65,535 rows or columns, 20,000 frames or 512 MB a frame.
    """
    if rows <= 0 or columns <= 0:
        raise DamagedFileError(
            f"The header claims a picture of {columns} x {rows} pixels. It was not opened.", code="F02"
        )
    if rows > MAX_SIDE or columns > MAX_SIDE:
        raise LimitError(f"The header claims {columns} x {rows} pixels; the limit is 65535 a side.", code="F02")
    if frames > MAX_FRAMES:
        raise LimitError(f"The header claims {frames} frames; the limit is {MAX_FRAMES}.", code="F02")
    size = (rows * columns * samples * bits + 7) // 8
    if size > MAX_FRAME:
        raise LimitError(
            f"The header claims {columns} x {rows} pixels, {gigabytes(size)} for one image; the limit is 0.5 GB.",
            code="F02",
        )
    return size


def declared_too_much(claimed: int, held: int) -> DamagedFileError:
    """The message F02: the pixel element or the picture claims more than the file holds."""
    return DamagedFileError(
        f"This file declares more data than it holds (pixel data of {megabytes(claimed)}, {megabytes(held)} are there)"
        ". It was not opened.",
        code="F02",
    )


def megabytes(count: int) -> str:
    """A number of bytes for a sentence."""
    if count >= 1 << 30:
        return gigabytes(count)
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count} bytes"


def gigabytes(count: int) -> str:
    """A number of bytes in GB for a sentence."""
    return f"{count / 1e9:.1f} GB"
