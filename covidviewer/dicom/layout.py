"""How the pixels lie: PixelFormat from a header, held against the file's true size (PS3.3 C.7.6.3)."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from covidviewer.dicom import tags
from covidviewer.dicom.catalog import Note, NoteCode, PixelFormat
from covidviewer.dicom.codecs import NATIVE, codec_of
from covidviewer.dicom.guard import Source, check_picture_size, declared_too_much
from covidviewer.dicom.tags import Attributes
from covidviewer.dicom.walker import DEFLATED_LE, EXPLICIT_BE, EXPLICIT_LE, UNDEFINED, PixelPlace, fragments
from covidviewer.errors import DamagedFileError, UnsupportedError

_ITEM = b"\xfe\xff\x00\xe0"


def damaged(text: str) -> Note:
    """A note about a file that contradicts itself, but can be shown."""
    return Note(NoteCode.DAMAGED, text)


def pixel_format(
    header: Attributes, syntax: str, place: PixelPlace, source: Source
) -> tuple[PixelFormat, tuple[Note, ...]]:
    """How the stored values lie, after all limits.

    Parameters
    ----------
    header : attributes of the instance.
    syntax : transfer syntax UID.
    place : of the pixel element in ``source``.
    source : the file (or the data set that was inflated from it).

    Returns
    -------
    tuple
        Format, and notes on what was put right.

    Raises
    ------
    DamagedFileError
        Sizes are missing or zero, or the file holds fewer bytes than it declares (F02).
    LimitError
        Sizes beyond the limits.
    UnsupportedError
        A transfer syntax or depth that cannot be shown.
    """
    fmt, notes = _described(header, syntax, place.tag)
    size = check_picture_size(fmt.rows, fmt.columns, fmt.samples, fmt.bits_allocated, fmt.frames)
    if place.tag != tags.PIXELS:
        fmt = replace(fmt, floating=True, bits_allocated=32 if place.tag == tags.FLOAT_PIXELS else 64)
        size = check_picture_size(fmt.rows, fmt.columns, fmt.samples, fmt.bits_allocated, fmt.frames)
    if fmt.photometric == "YBR_FULL_422" and syntax in NATIVE:
        size = size * 2 // 3  # PS3.3 C.7.6.3.1.2: two chroma samples for four of luma
    if syntax in NATIVE or fmt.floating:
        return _native(fmt, notes, size, place, source)
    codec_of(syntax)
    return _encapsulated(fmt, notes, size, place, source)


_FORMAT_TAGS = (
    tags.ROWS, tags.COLUMNS, tags.BITS_ALLOCATED, tags.BITS_STORED, tags.HIGH_BIT, tags.SIGNED, tags.SAMPLES,
    tags.PHOTOMETRIC, tags.PLANAR, tags.FRAMES, tags.PADDING, tags.PADDING_LIMIT,
)  # fmt: skip


def _described(header: Attributes, syntax: str, pixel_tag: int) -> tuple[PixelFormat, list[Note]]:
    """Format as claimed; the same record for the same bytes, as slices repeat it."""
    fmt, notes = _claimed(tuple(map(header.raw.get, _FORMAT_TAGS)), header.big_endian, syntax, pixel_tag)
    return fmt, list(notes)


@lru_cache(maxsize=256)
def _claimed(
    raw: tuple[bytes | None, ...], big_endian: bool, syntax: str, pixel_tag: int
) -> tuple[PixelFormat, tuple[Note, ...]]:
    present = {tag: value for tag, value in zip(_FORMAT_TAGS, raw, strict=True) if value is not None}
    header = Attributes(present, big_endian=big_endian)
    notes: list[Note] = []
    missing = [
        name
        for name, tag in (("Rows", tags.ROWS), ("Columns", tags.COLUMNS), ("BitsAllocated", tags.BITS_ALLOCATED))
        if header.unsigned(tag) is None
    ]
    if missing:
        raise DamagedFileError(
            f"The header does not say {', '.join(missing)}, so the picture cannot be read.", code="F02"
        )
    photometric = header.code(tags.PHOTOMETRIC).upper()
    samples = header.unsigned(tags.SAMPLES) or (3 if photometric.startswith(("RGB", "YBR")) else 1)
    if samples not in (1, 3, 4):
        raise UnsupportedError(f"Pictures with {samples} samples a pixel cannot be shown.")
    if not photometric:
        photometric = "MONOCHROME2" if samples == 1 else "RGB"
        notes.append(damaged(f"The header does not say what the pixels mean; {photometric} was assumed."))
    allocated = header.unsigned(tags.BITS_ALLOCATED) or 0
    if allocated not in (1, 8, 16, 32, 64):
        raise UnsupportedError(f"Pixels of {allocated} bits cannot be shown.")
    stored = header.unsigned(tags.BITS_STORED) or allocated
    high = header.unsigned(tags.HIGH_BIT)
    if stored > allocated:
        notes.append(damaged(f"The header claims {stored} bits stored in {allocated}; {allocated} were assumed."))
        stored, high = allocated, allocated - 1
    if high is None or not stored - 1 <= high < allocated:
        high = stored - 1
    sign = header.unsigned(tags.SIGNED)
    if sign is None and samples == 1 and pixel_tag == tags.PIXELS:
        notes.append(damaged("The header does not say whether pixels are signed; unsigned was assumed."))
    signed = sign == 1
    claimed = header.integer(tags.FRAMES)
    if header.has(tags.FRAMES) and (claimed is None or claimed < 1):
        notes.append(damaged("The header gives no sensible number of frames; one was assumed."))
    fmt = PixelFormat(
        transfer_syntax=syntax,
        rows=header.unsigned(tags.ROWS) or 0,
        columns=header.unsigned(tags.COLUMNS) or 0,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=high,
        signed=signed,
        samples=samples,
        photometric=photometric,
        planar=1 if header.unsigned(tags.PLANAR) == 1 and samples > 1 else 0,
        frames=max(claimed or 1, 1),
        big_endian=syntax == EXPLICIT_BE,
        padding=_padding(header, signed) if samples == 1 else None,
    )
    return fmt, tuple(notes)


def _padding(header: Attributes, signed: bool) -> tuple[float, float] | None:
    """Inclusive range of padding (PS3.3 C.7.5.1.1.2), its ends in either order."""
    value = header.word(tags.PADDING, signed=signed)
    if value is None:
        return None
    limit = header.word(tags.PADDING_LIMIT, signed=signed)
    other = value if limit is None else limit
    return (float(min(value, other)), float(max(value, other)))


def _native(
    fmt: PixelFormat, notes: list[Note], size: int, place: PixelPlace, source: Source
) -> tuple[PixelFormat, tuple[Note, ...]]:
    held = source.size - place.offset
    if place.length == UNDEFINED:
        raise DamagedFileError(
            "The pixel data have no length, though they are not compressed. It was not opened.", code="F02"
        )
    available = min(place.length, held)
    total = -(-fmt.rows * fmt.columns * fmt.samples * fmt.frames // 8) if fmt.bits_allocated == 1 else size * fmt.frames
    if available < total:
        whole = available // size
        if fmt.bits_allocated == 1:
            whole = available * 8 // (fmt.rows * fmt.columns * fmt.samples)
        if whole < 1:
            raise declared_too_much(max(place.length, size), available)
        notes.append(
            damaged(f"The header claims {fmt.frames} frames, the file holds {whole} - the others are not shown.")
        )
        fmt, total = replace(fmt, frames=whole), size * whole
    elif place.length > held:
        notes.append(
            damaged("The pixel element claims more bytes than the file holds; the picture itself is complete.")
        )
    elif fmt.frames == 1 and size > 64 and available > size and available % size == 0:
        raise DamagedFileError(
            f"The header claims {fmt.bits_allocated} bits a pixel and one image, but the file holds "
            f"{available // size} times as many bytes. It was not opened.",
            code="F02",
        )
    offset = -1 if fmt.transfer_syntax == DEFLATED_LE else place.offset
    return replace(fmt, offset=offset, length=total), tuple(notes)


def _encapsulated(
    fmt: PixelFormat, notes: list[Note], size: int, place: PixelPlace, source: Source
) -> tuple[PixelFormat, tuple[Note, ...]]:
    if place.length != UNDEFINED and source.read(place.offset, 4) != _ITEM:
        if min(place.length, source.size - place.offset) < size:
            raise DamagedFileError(
                "The header says that the pixels are compressed, but they are not. It was not opened."
            )
        notes.append(
            damaged("The header says that the pixels are compressed; they are not, and were read as they are.")
        )
        return _native(replace(fmt, transfer_syntax=EXPLICIT_LE), notes, size, place, source)
    pieces = fragments(source, place.offset)
    filled = sum(1 for _, length in pieces if length)
    if not filled:
        raise DamagedFileError(
            "The file holds no compressed picture, though it claims one. It was not opened.", code="F02"
        )
    if fmt.frames > filled:  # each frame has at least one fragment (PS3.5 A.4)
        notes.append(
            damaged(f"The header claims {fmt.frames} frames, the file holds {filled}; the others are not shown.")
        )
        fmt = replace(fmt, frames=filled)
    # Where one frame has several fragments among many frames, the offset table is needed: left to the decoder.
    known = pieces if fmt.frames == 1 or len(pieces) == fmt.frames else ()
    return replace(fmt, fragments=known), tuple(notes)


def bytes_of_frame(fmt: PixelFormat, index: int) -> tuple[tuple[int, int], ...]:
    """(offset, length) of the pieces of one frame in its file; empty where that is not known from the header.

    Parameters
    ----------
    index : frame, counted from 0.
    """
    if fmt.offset >= 0 and fmt.length > 0:
        if fmt.frames == 1:
            return ((fmt.offset, fmt.length),)
        if fmt.bits_allocated > 1:
            size = fmt.length // fmt.frames
            return ((fmt.offset + index * size, size),)
    if fmt.fragments:
        return fmt.fragments if fmt.frames == 1 else fmt.fragments[index : index + 1]
    return ()
