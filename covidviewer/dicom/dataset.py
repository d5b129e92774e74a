"""The border to pydicom for pixels: files that the walker declined, whose pixel value pydicom must find."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from covidviewer.dicom.catalog import PixelFormat
from covidviewer.errors import CovidViewerError, DamagedFileError, FileError

DEFLATED = "1.2.840.10008.1.2.1.99"
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
            dataset: Any = _inflated_dataset(path)
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


def _inflated_dataset(path: Path) -> object:
    from pydicom.filereader import read_dataset

    from covidviewer.dicom.guard import inflate, open_source
    from covidviewer.dicom.walker import HEAD, read_meta

    with open_source(path) as source:
        meta = read_meta(source.read(0, HEAD))
        if meta is None:
            raise DamagedFileError("The file meta information is broken.")
        plain = inflate(source, meta[1])
    return read_dataset(io.BytesIO(plain), is_implicit_VR=False, is_little_endian=True)
