"""Native (uncompressed) pixels: bytes -> stored values, and plain 16 bit pixels straight into their place."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import PixelFormat
from covidviewer.dicom.codecs import NATIVE, Samples
from covidviewer.errors import DamagedFileError, FileError, UnsupportedError

_PREADV = hasattr(os, "preadv")
_LITTLE = sys.byteorder == "little"
_O_BINARY = getattr(os, "O_BINARY", 0)


def is_plain(fmt: PixelFormat) -> bool:
    """Whether frames can be read straight into an int16 slice: native little endian, 16 bit, grey, place known."""
    return (
        fmt.offset >= 0
        and fmt.bits_allocated == 16
        and fmt.samples == 1
        and not fmt.floating
        and not fmt.big_endian
        and fmt.transfer_syntax in NATIVE
        and not fmt.photometric.startswith("PALETTE")
        and _LITTLE
    )


def frame_bytes(fmt: PixelFormat) -> int:
    """Bytes of one frame of a native value, rounded up for 1 bit pixels (PS3.5 8.1.1, 8.2)."""
    if fmt.bits_allocated == 1:
        return (fmt.rows * fmt.columns * fmt.samples + 7) // 8
    samples = 2 if _is_422(fmt) else fmt.samples
    return fmt.rows * fmt.columns * samples * (fmt.bits_allocated // 8)


def check_length(fmt: PixelFormat, held: int) -> None:
    """Refuse a native value whose length contradicts the header.

    Raises
    ------
    DamagedFileError
        One frame is claimed, and the value holds exactly twice its bytes or a higher multiple: BitsAllocated or
        NumberOfFrames is wrong, and every grey value would be. A few bytes too many are harmless padding.
    """
    wanted = frame_bytes(fmt)
    if fmt.frames <= 1 and wanted > 64 and held > wanted and held % wanted == 0:
        raise DamagedFileError(
            f"The header claims {fmt.bits_allocated} bits a pixel and one image, "
            f"but the file holds {held // wanted} times as many bytes."
        )


def read_plain(path: Path, offset: int, out: NDArray[np.int16]) -> None:
    """Stored 16 bit words of one frame into ``out`` (rows, columns), C-contiguous, without a copy between.

    Raises
    ------
    DamagedFileError
        The file ends before the frame does.
    FileError
        The file cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | _O_BINARY)
        try:
            got = _read_into(descriptor, out.data.cast("B"), offset)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise FileError(f"The file cannot be read ({error.strerror}).", path=path) from error
    if got != out.nbytes:
        raise _short(got, out.nbytes, path)


def read_range(path: Path, offset: int, length: int) -> bytes:
    """``length`` bytes at ``offset``.

    Raises
    ------
    DamagedFileError
        The file ends before.
    FileError
        The file cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | _O_BINARY)
        try:
            # A lying header must not make us allocate more than there is.
            held = os.fstat(descriptor).st_size - offset
            if length > held:
                raise _short(max(held, 0), length, path)
            buffer = bytearray(length)
            got = _read_into(descriptor, memoryview(buffer), offset)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise FileError(f"The file cannot be read ({error.strerror}).", path=path) from error
    if got != length:
        raise _short(got, length, path)
    return bytes(buffer)


def _read_into(descriptor: int, view: memoryview, offset: int) -> int:
    total = 0
    if not _PREADV:
        os.lseek(descriptor, offset, os.SEEK_SET)
    while total < len(view):
        if _PREADV:
            count = os.preadv(descriptor, [view[total:]], offset + total)
        else:
            piece = os.read(descriptor, len(view) - total)
            count = len(piece)
            view[total : total + count] = piece
        if count == 0:
            break
        total += count
    return total


def _short(held: int, wanted: int, path: Path | None = None) -> DamagedFileError:
    return DamagedFileError(f"The file is cut short: it holds {held} of the {wanted} bytes of this image.", path=path)


def samples_from_bytes(data: bytes | memoryview, fmt: PixelFormat, frame_index: int = 0) -> Samples:
    """One frame of a native value -> samples, not yet masked or shifted.

    Parameters
    ----------
    data : the whole value for 1 bit pixels (their frames are not byte-aligned), else this frame's bytes.
    frame_index : counted from 0; used for 1 bit pixels alone.

    Returns
    -------
    ndarray
        (rows, columns) or (rows, columns, samples), unsigned integer of the allocated width, or float.

    Raises
    ------
    DamagedFileError
        Too few bytes.
    UnsupportedError
        A width that is none of 1, 8, 16, 32, 64.
    """
    if fmt.bits_allocated == 1:
        return _bits(data, fmt, frame_index)
    if _is_422(fmt):
        return _expand_422(data, fmt)
    shape = (fmt.rows, fmt.columns)
    kind = "f" if fmt.floating else "u"
    size = fmt.bits_allocated // 8
    if fmt.bits_allocated % 8 or size not in ((4, 8) if fmt.floating else (1, 2, 4, 8)):
        raise UnsupportedError(f"Pixels of {fmt.bits_allocated} bits cannot be shown.")
    dtype = np.dtype(f"{'>' if fmt.big_endian else '<'}{kind}{size}")
    count = fmt.rows * fmt.columns * fmt.samples
    if len(data) < count * size:
        raise _short(len(data), count * size)
    flat: NDArray[Any] = np.frombuffer(data, dtype, count=count)
    if fmt.big_endian:
        flat = flat.astype(dtype.newbyteorder("="))
    if fmt.samples == 1:
        return flat.reshape(shape)
    if fmt.planar == 1:
        return np.ascontiguousarray(flat.reshape(fmt.samples, *shape).transpose(1, 2, 0))
    return flat.reshape(*shape, fmt.samples)


def _bits(data: bytes | memoryview, fmt: PixelFormat, frame_index: int) -> Samples:
    count = fmt.rows * fmt.columns * fmt.samples
    first = frame_index * count
    start, shift = divmod(first, 8)
    piece = np.frombuffer(data, np.uint8)[start : start + (shift + count + 7) // 8]
    bits = np.unpackbits(piece, bitorder="little")[shift : shift + count]  # PS3.5 8.1.1: first pixel in bit 0
    if len(bits) < count:
        raise _short(len(piece), (count + 7) // 8)
    return bits.reshape((fmt.rows, fmt.columns) if fmt.samples == 1 else (fmt.rows, fmt.columns, fmt.samples))


def _is_422(fmt: PixelFormat) -> bool:
    return fmt.photometric == "YBR_FULL_422" and fmt.samples == 3 and fmt.transfer_syntax in NATIVE


def _expand_422(data: bytes | memoryview, fmt: PixelFormat) -> Samples:
    """Y1 Y2 Cb Cr for each pair of pixels (PS3.3 C.7.6.3.1.2) -> (rows, columns, 3), chroma repeated."""
    if fmt.bits_allocated != 8 or fmt.columns % 2:
        raise UnsupportedError("YBR_FULL_422 of this depth or odd width cannot be shown.")
    count = fmt.rows * fmt.columns * 2
    if len(data) < count:
        raise _short(len(data), count)
    pairs = np.frombuffer(data, np.uint8, count=count).reshape(fmt.rows, fmt.columns // 2, 4)
    out = np.empty((fmt.rows, fmt.columns, 3), np.uint8)
    out[:, 0::2, 0] = pairs[:, :, 0]
    out[:, 1::2, 0] = pairs[:, :, 1]
    out[:, :, 1:] = np.repeat(pairs[:, :, 2:], 2, axis=1)
    return out
