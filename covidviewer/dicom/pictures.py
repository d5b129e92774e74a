"""PNG, JPEG and TIFF as stacks without Hounsfield units and without geometry.

Pillow reads them; its warning of decompression bombs is an error here, and sizes are held against our own limits
before a pixel is decoded.
"""

from __future__ import annotations

import hashlib
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import Frame, Kind, Note, NoteCode, PixelFormat
from covidviewer.dicom.guard import MAX_FRAMES, check_picture_size, open_source
from covidviewer.dicom.headers import PHASE_NAMES, Header, SeriesInfo
from covidviewer.errors import CovidViewerError, DamagedFileError, LimitError, UnsupportedError

if TYPE_CHECKING:
    from PIL.Image import Image

SYNTAX = "picture"
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff"})
#: Key of a PNG's text that says that a network enlarged it (`covidviewer.inference.enlarging` writes it).
ENLARGED = "Enlarged"
_FORMATS = ("PNG", "JPEG", "TIFF")
_GREY8 = frozenset({"L", "1", "LA"})
_GREY16 = frozenset({"I;16", "I;16B", "I;16L", "I;16N", "I"})
# Pillow's limit is a global of its module; ours is set around each call.
_LOCK = threading.RLock()
_MAX_PIXELS = 128 << 20


def is_picture_name(path: Path) -> bool:
    """Whether a file is named like a picture that we read."""
    return path.suffix.lower() in SUFFIXES


def read_header(path: Path, origin: str = "") -> Header:
    """Records of a picture file; the pages of a TIFF are frames.

    Raises
    ------
    DamagedFileError
        The file is named like a picture, but is none, or is broken.
    LimitError
        Its size is beyond the limits.
    UnsupportedError
        A kind of pixels that cannot be shown.
    """
    open_source(path).close()
    with _opened(path) as image:
        pages = int(getattr(image, "n_frames", 1)) if image.format == "TIFF" else 1
        if pages > MAX_FRAMES:
            raise LimitError(f"The file claims {pages} pages; the limit is {MAX_FRAMES}.", code="F02")
        first = _format(image)
        formats = [first]
        different = 0
        for page in range(1, pages):
            image.seek(page)
            fmt = _format(image)
            different += (fmt.rows, fmt.columns, fmt.samples) != (first.rows, first.columns, first.samples)
            formats.append(fmt)
        lossy = image.format == "JPEG"
        enlarged = ENLARGED in image.info
    # Pages of another size cannot be scrolled with the first; they are rare (previews).
    kept = [
        (i, f)
        for i, f in enumerate(formats)
        if (f.rows, f.columns, f.samples) == (first.rows, first.columns, first.samples)
    ]
    deepest = max((f for _, f in kept), key=lambda f: f.bits_allocated)
    fmt = PixelFormat(
        SYNTAX,
        deepest.rows,
        deepest.columns,
        deepest.bits_allocated,
        deepest.bits_stored,
        deepest.high_bit,
        False,
        deepest.samples,
        deepest.photometric,
        frames=pages,
    )
    name = Path(origin).name if origin else path.name
    uid = "picture." + hashlib.blake2s(str(path).encode("utf-8", "surrogateescape"), digest_size=10).hexdigest()
    notes = [
        Note(
            NoteCode.PICTURE,
            "This is a picture, not a DICOM image - its values are grey levels without Hounsfield units, "
            "millimetres are unknown - lengths are in pixels, and networks answer with caution only.",
        )
    ]
    if lossy:
        notes.append(
            Note(
                NoteCode.LOSSY,
                "The picture was compressed with loss (JPEG) - fine detail may differ from the original - "
                "compare with it.",
            )
        )
    if enlarged:
        notes.append(
            Note(
                NoteCode.PICTURE,
                "The picture was enlarged by a network - detail between the original's pixels is invented - do not "
                "read, measure or judge by it.",
            )
        )
    if different:
        notes.append(Note(NoteCode.DAMAGED, f"{different} pages of another size are not shown."))
    info = SeriesInfo(Kind.PICTURE, description=name, uid=uid, study_uid="", lossy=lossy)
    frames = tuple(Frame(path, uid, i + 1, fmt, instance_number=i + 1, origin=origin) for i, _ in kept)
    return Header(info, frames, ((("",) * len(PHASE_NAMES)),) * len(frames), tuple(notes), cine=True)


def read(path: Path, index: int = 0) -> NDArray[Any]:
    """Pixels of one picture or page.

    Parameters
    ----------
    path : of the file.
    index : page, counted from 0.

    Returns
    -------
    ndarray
        (rows, columns) uint8 or uint16 for grey, (rows, columns, 3) uint8 for colour. Transparency is laid on black;
        the orientation that a camera wrote is not applied.

    Raises
    ------
    DamagedFileError, LimitError, UnsupportedError
        As `read_header`.
    """
    with _opened(path) as image:
        if index:
            image.seek(index)
        fmt = _format(image)
        if image.mode in _GREY16:
            values = np.asarray(image)
            if values.dtype == np.uint16:
                return values.astype(np.uint16)
            if values.min(initial=0) < 0 or values.max(initial=0) > 65535:
                raise UnsupportedError("Pictures with values beyond 16 bits cannot be shown.", path=path)
            return values.astype(np.uint16)
        if image.mode in ("1", "L"):
            return np.array(image.convert("L"), np.uint8)
        if image.has_transparency_data:
            from PIL import Image

            layer = image.convert("RGBA")
            ground = Image.new("RGBA", layer.size, (0, 0, 0, 255))
            ground.alpha_composite(layer)
            return np.array(ground.convert("L" if fmt.samples == 1 else "RGB"), np.uint8)
        return np.array(image.convert("L" if fmt.samples == 1 else "RGB"), np.uint8)


def _format(image: Image) -> PixelFormat:
    columns, rows = image.size
    mode = image.mode
    if mode in _GREY16:
        bits, samples = 16, 1
    elif mode in _GREY8 or (mode == "P" and _grey_palette(image)):
        bits, samples = 8, 1
    elif mode in ("RGB", "RGBA", "RGBX", "RGBa", "P", "PA", "CMYK", "YCbCr", "LAB", "HSV"):
        bits, samples = 8, 3
    else:
        raise UnsupportedError(f"Pictures with pixels of the kind {mode} cannot be shown.")
    check_picture_size(rows, columns, samples, bits, 1)
    if rows * columns > _MAX_PIXELS:
        raise LimitError(
            f"The picture has {columns} x {rows} pixels; the limit is {_MAX_PIXELS >> 20} million.", code="F02"
        )
    photometric = "MONOCHROME2" if samples == 1 else "RGB"
    return PixelFormat(SYNTAX, rows, columns, bits, bits, bits - 1, False, samples, photometric)


def _grey_palette(image: Image) -> bool:
    if image.palette is None:
        return False
    colours = np.frombuffer(bytes(image.palette.getdata()[1]), np.uint8)
    if image.palette.mode != "RGB" or len(colours) % 3:
        return False
    triples = colours.reshape(-1, 3)
    return bool((triples == triples[:, :1]).all())


@contextmanager
def _opened(path: Path) -> Iterator[Image]:
    """Open a picture; the one border to Pillow."""
    from PIL import Image

    with _LOCK:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, _MAX_PIXELS
                try:
                    with Image.open(path, formats=_FORMATS) as image:
                        yield image
                finally:
                    Image.MAX_IMAGE_PIXELS = before
        except CovidViewerError as error:
            error.path = error.path or path
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise LimitError(
                "The picture would unpack to more pixels than may be opened.", path=path, code="F02"
            ) from error
        except MemoryError as error:
            raise LimitError("The picture needs more memory than there is.", path=path, code="F02") from error
        except Image.UnidentifiedImageError as error:
            raise DamagedFileError(
                "The file is named like a picture, but is no PNG, JPEG or TIFF that can be read.", path=path, code="F01"
            ) from error
        except (
            OSError, ValueError, SyntaxError, TypeError, EOFError, LookupError, AttributeError, ArithmeticError,
            NotImplementedError, RuntimeError,
        ) as error:  # fmt: skip
            raise DamagedFileError("The picture is damaged and cannot be read.", path=path) from error
