"""The border to pydicom for pixels: files that the walker declined, whose pixel value pydicom must find."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from covidviewer.dicom.catalog import PixelFormat
from covidviewer.errors import CovidViewerError, DamagedFileError, FileError, LimitError

DEFLATED = "1.2.840.10008.1.2.1.99"
MAX_INFLATED = 4 << 30
MAX_RATIO = 400  # deflate reaches 1032 at most; pictures stay far below
_PIXEL_TAGS = (0x7FE00010, 0x7FE00008, 0x7FE00009)


@contextlib.contextmanager
def border(path: Path) -> Iterator[None]:
    """Turn whatever pydicom raises into our errors; ours pass unchanged but for the path."""
    try:
        yield
    except CovidViewerError as error:
        if error.path is None:
            error.path = path
        raise
    except OSError as error:
        raise FileError(f"The file cannot be read ({error.strerror or type(error).__name__}).", path=path) from error
    except RecursionError as error:
        raise DamagedFileError("The file nests its sequences too deeply.", path=path) from error
    except Exception as error:  # pydicom raises any built-in error on damaged files
        raise DamagedFileError(f"The file cannot be read ({type(error).__name__}).", path=path) from error


def pixel_value(path: Path, fmt: PixelFormat) -> bytes:
    """The raw value of Pixel Data, Float or Double Float Pixel Data, found by pydicom.

    Raises
    ------
    DamagedFileError, LimitError, FileError
        No pixel data, a broken data set, or one that inflates beyond the cap.
    """
    from pydicom import dcmread

    with border(path):
        if fmt.transfer_syntax == DEFLATED:
            dataset: Any = _inflated_dataset(path, fmt)
        else:
            dataset = dcmread(path, force=True)
        for tag in _PIXEL_TAGS:
            if tag in dataset:
                element = dataset.get_item(tag)
                value = element.value
                if isinstance(value, bytes) and value:
                    swapped = fmt.big_endian and fmt.bits_allocated == 8 and element.VR == "OW"
                    return _swap_words(value) if swapped else value
        raise DamagedFileError("The file holds no pixel data.", path=path)


def _swap_words(value: bytes) -> bytes:
    """Bytes of 8 bit pixels out of big endian 16 bit words (PS3.5 7.3, 8.1.2)."""
    import numpy as np

    return np.frombuffer(value + b"\0" * (len(value) % 2), np.uint16).byteswap().tobytes()


def inflate(data: bytes, limit: int) -> bytes:
    """Raw deflate (PS3.5 A.5) with a cap, as pydicom has none.

    Raises
    ------
    LimitError
        More than ``limit`` bytes would come out.
    DamagedFileError
        The stream is broken.
    """
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        out = engine.decompress(data, limit + 1)
    except zlib.error as error:
        raise DamagedFileError("The deflated data set is broken.") from error
    if len(out) > limit:
        raise LimitError(f"The deflated data set would unpack to more than {limit >> 20} MB.", code="F02")
    return out


def _inflated_dataset(path: Path, fmt: PixelFormat) -> object:
    from pydicom.filereader import read_dataset

    raw = path.read_bytes()
    start = _end_of_meta(raw)
    # What the pixels need and a generous rest: a header is seldom above some megabytes.
    need = fmt.rows * fmt.columns * fmt.samples * max(fmt.bits_allocated, 8) // 8 * max(fmt.frames, 1)
    limit = min(MAX_INFLATED, need + (64 << 20), MAX_RATIO * len(raw) + (1 << 20))
    plain = inflate(raw[start:], limit)
    return read_dataset(io.BytesIO(plain), is_implicit_VR=False, is_little_endian=True)


def _end_of_meta(raw: bytes) -> int:
    """Where the data set begins: behind the group 0002, whose length its first element tells (PS3.10 7.1)."""
    start = 132 if raw[128:132] == b"DICM" else 0
    if raw[start : start + 8] != b"\x02\x00\x00\x00UL\x04\x00":
        raise DamagedFileError("The file meta information has no group length.")
    (length,) = struct.unpack_from("<I", raw, start + 8)
    end = start + 12 + int(length)
    if end > len(raw):
        raise DamagedFileError("The file ends inside its meta information.")
    return end
