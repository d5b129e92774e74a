"""Encapsulated PDF (PS3.3 A.45): its pages as pictures, made in a child process.

A PDF is hostile input of its own kind: its parser runs apart, with limits on time, memory and size, and hands back
nothing but pixels. The child reads the document from its standard input and ends with its answer.
"""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.objects import source
from covidviewer.dicom.objects.policy import object_policy
from covidviewer.dicom.objects.records import DicomObject, ObjectKind
from covidviewer.dicom.objects.references import referenced_images
from covidviewer.dicom.objects.source import text
from covidviewer.errors import CovidViewerError, DamagedFileError, DeviceError, LimitError

_ANSWER = struct.Struct("<4sIII")  # magic, pages of the document, height, width
_MAGIC = b"PAGE"
_TOO_LARGE, _BROKEN = 3, 4  # exit codes of the child


def read(path: Path, key: str, cancelled: Callable[[], bool] = lambda: False) -> DicomObject:
    """What the document is called; its pages come from `page`.

    Raises
    ------
    DamagedFileError, LimitError, FileError
        The file cannot be read, or holds no PDF.
    """
    data = source.load(path).dataset
    _body(data, path)
    title = text(data, "DocumentTitle", 200) or text(data, "SeriesDescription", 64)
    return DicomObject(
        key, ObjectKind.DOCUMENT, title, path, text(data, "SOPInstanceUID", 64), references=referenced_images(data)
    )


def page(path: Path, number: int, width: int) -> tuple[NDArray[np.uint8], int]:
    """One page as a picture.

    Parameters
    ----------
    path : of the DICOM file. number : of the page, from 0. width : wanted, pixels.

    Returns
    -------
    tuple
        (height, width, 3) uint8 RGB, and how many pages there are.

    Raises
    ------
    DamagedFileError
        The document is broken, or its renderer ended over it.
    LimitError
        Too long to render, too many pages, too large a page.
    DeviceError
        The renderer could not be started.
    """
    body = _body(source.load(path).dataset, path)
    limits = object_policy()
    root = Path(__file__).resolve().parents[3]
    code = (
        f"import sys; sys.path.insert(0, {str(root)!r}); "
        "import covidviewer.dicom.objects.documents as d; d._render(*map(int, sys.argv[1:]))"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, str(number), str(width)],
            input=body,
            capture_output=True,
            timeout=limits.pdf_seconds,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired as error:
        raise LimitError(
            f"This document took more than {limits.pdf_seconds:.0f} s to draw. It is not shown.", path=path
        ) from error
    except OSError as error:
        raise DeviceError(f"The renderer of documents could not be started ({error.strerror}).", path=path) from error
    return _answer(done.returncode, done.stdout, path)


def _answer(code: int, out: bytes, path: Path) -> tuple[NDArray[np.uint8], int]:
    if code == _TOO_LARGE:
        raise LimitError("This document is too large to be drawn. It is not shown.", path=path)
    if code or len(out) < _ANSWER.size:
        raise DamagedFileError("This document is damaged and cannot be drawn.", path=path)
    magic, pages, height, width = _ANSWER.unpack_from(out)
    if magic != _MAGIC or len(out) != _ANSWER.size + 3 * height * width:
        raise DamagedFileError("This document is damaged and cannot be drawn.", path=path)
    return np.frombuffer(out, np.uint8, offset=_ANSWER.size).reshape(height, width, 3), pages


def _body(data: object, path: Path) -> bytes:
    value = getattr(data, "get", lambda _: None)("EncapsulatedDocument")
    if not isinstance(value, bytes) or not value:
        raise DamagedFileError("This object holds no document.", path=path)
    limit = object_policy().pdf_max_mb
    if len(value) > limit << 20:
        raise LimitError(f"This document has more than {limit} MB. It was not opened.", path=path)
    if b"%PDF" not in value[:1024]:
        raise DamagedFileError("The document in this object is no PDF.", path=path)
    return value


# -- in the child --


def _render(number: int, width: int) -> None:
    """Read a PDF from the standard input, write one page to the standard output, end."""
    import os

    limits = object_policy()
    _hold_back(limits.pdf_memory_mb << 20, int(limits.pdf_seconds) + 1)
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the library prints must not reach the pixels
    try:
        pixels, pages = _page_of(sys.stdin.buffer.read(), number, width)
        output.write(_ANSWER.pack(_MAGIC, pages, pixels.shape[0], pixels.shape[1]))
        output.write(pixels.tobytes())
        output.flush()
    except (MemoryError, CovidViewerError):
        os._exit(_TOO_LARGE)
    except Exception:  # noqa: BLE001  (whatever the parser raises, the parent says one sentence)
        os._exit(_BROKEN)
    os._exit(0)


def _page_of(body: bytes, number: int, width: int) -> tuple[NDArray[np.uint8], int]:
    import pypdfium2

    limits = object_policy()
    document = pypdfium2.PdfDocument(body)
    pages = len(document)
    if pages > limits.pdf_max_pages:
        raise LimitError("Too many pages.")
    leaf = document[min(max(number, 0), pages - 1)]
    wide, high = leaf.get_size()
    if not (wide > 0 and high > 0):
        raise DamagedFileError("An empty page.")
    scale = width / wide
    if wide * high * scale * scale > limits.pdf_max_pixels or max(wide, high) * scale > 32_000:
        raise LimitError("Too large a page.")
    bitmap = leaf.render(scale=scale, rev_byteorder=True)
    pixels = np.asarray(bitmap.to_numpy())[..., :3]
    return np.ascontiguousarray(pixels, np.uint8), pages


def _hold_back(memory: int, seconds: int) -> None:
    """Limits of the operating system on this process, where there are such."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
