"""One file -> its header: the walker first, pydicom for what it declines, and one border for all that can go wrong."""

from __future__ import annotations

import dataclasses
import re
import struct
import warnings
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from covidviewer.dicom import documents, tags, walker
from covidviewer.dicom.catalog import Kind, Note, Patient, PixelFormat
from covidviewer.dicom.functional import frames_of
from covidviewer.dicom.guard import MAX_DEPTH, MAX_ELEMENT, BoundedFile, Source, inflate, open_source
from covidviewer.dicom.headers import PHASE_NAMES, Header, SeriesInfo
from covidviewer.dicom.layout import pixel_format
from covidviewer.dicom.tags import Attributes
from covidviewer.dicom.walker import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, PixelPlace
from covidviewer.errors import CovidViewerError, DamagedFileError, FileError, LimitError, NotDicomError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_FILM_MODALITIES = frozenset({"CR", "DX", "RG"})
_LOSSY_SYNTAXES = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 81, 203))

_SERIES_TAGS = (
    tags.CHARSET, tags.SOP_CLASS, tags.STUDY_DATE, tags.STUDY_TIME, tags.SERIES_TIME, tags.ACCESSION, tags.MODALITY,
    tags.INSTITUTION, tags.STUDY_DESCRIPTION, tags.SERIES_DESCRIPTION, tags.PATIENT_NAME, tags.PATIENT_ID,
    tags.BIRTH_DATE, tags.SEX, tags.AGE, tags.CONTRAST, tags.BODY_PART, tags.KVP, tags.KERNEL, tags.PATIENT_POSITION,
    tags.PATIENT_ORIENTATION, tags.STUDY_UID, tags.SERIES_UID, tags.SERIES_NUMBER, tags.FRAME_OF_REFERENCE, tags.LOSSY,
    tags.LOSSY_RATIO,
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Parsed:
    """A data set as read: attributes, transfer syntax, place of the pixels (None: it holds none), and its bytes."""

    attributes: Attributes
    transfer_syntax: str
    pixels: PixelPlace | None
    source: Source


def header_in(source: Source, path: Path, origin: str) -> Header:
    """The header of an open file; errors as they come (`read_header` is the border)."""
    return header_of(parse(source), path, origin)


def read_header(path: Path, origin: str = "", way: Callable[[Source, Path, str], Header] = header_in) -> Header:
    """Read the header of one DICOM file; pixels are only located.

    Parameters
    ----------
    path : of the file.
    origin : how to name it to a person, where the path would not do (a file out of an archive).
    way : `header_in`, or the same quicker for files that resemble each other (`repeats.Repeats`).

    Raises
    ------
    NotDicomError
        No DICOM file (F01).
    DamagedFileError, LimitError
        It contradicts itself, is cut short or claims too much (F02).
    UnsupportedError
        A transfer syntax or depth that cannot be shown.
    FileError
        It cannot be opened or read.
    """
    try:
        with open_source(path) as source:
            return way(source, path, origin)
    except CovidViewerError as error:
        if error.path is None:
            error.path = path
        raise
    except OSError as error:
        raise FileError(f"The file cannot be read ({error.strerror or 'unknown reason'}).", path=path) from error
    except MemoryError as error:
        raise LimitError(
            "This file needs more memory than there is. It was not opened.", path=path, code="F02"
        ) from error
    except Exception as error:  # the last border: a parser may raise anything on damaged bytes
        raise DamagedFileError(
            "The header of this file is damaged and cannot be read.", path=path, code="F02"
        ) from error


def parse(source: Source, trail: walker.Trail | None = None) -> Parsed:
    """Attributes of a data set and the place of its pixels.

    Parameters
    ----------
    trail : filled by the walk, where it is wanted (`walker.walk`).

    Raises
    ------
    NotDicomError, DamagedFileError, LimitError
        As `read_header`.
    """
    walked = walker.walk(source, trail)
    if walked is not None:
        return Parsed(Attributes(walked.raw, signed=walked.signed), walked.transfer_syntax, walked.pixels, source)
    head = source.read(0, walker.HEAD)
    refuse_other_files(head)
    meta = walker.read_meta(head)
    if meta is not None and meta[0] == walker.DEFLATED_LE:
        return _parse_deflated(source, meta[1])
    return _parse_general(source)


def _parse_deflated(source: Source, start: int) -> Parsed:
    flat = Source(inflate(source, start))
    walked = walker.walk_elements(flat, 0, EXPLICIT_LE)
    if walked is not None:
        return Parsed(Attributes(walked.raw, signed=walked.signed), walker.DEFLATED_LE, walked.pixels, flat)

    def read(file: BoundedFile, stop: Callable[..., bool]) -> tuple[Dataset, str]:
        from pydicom.filereader import read_dataset

        return read_dataset(file, False, True, stop_when=stop, defer_size=MAX_ELEMENT), walker.DEFLATED_LE

    return _by_pydicom(flat, read)


def _parse_general(source: Source) -> Parsed:
    def read(file: BoundedFile, stop: Callable[..., bool]) -> tuple[Dataset, str]:
        from pydicom.filereader import read_partial

        dataset = read_partial(file, stop_when=stop, force=True, defer_size=MAX_ELEMENT)
        syntax = str(dataset.file_meta.get("TransferSyntaxUID", ""))
        if not syntax:
            implicit, little = dataset.original_encoding
            syntax = IMPLICIT_LE if implicit else EXPLICIT_LE if little else EXPLICIT_BE
        return dataset, syntax

    return _by_pydicom(source, read)


def _by_pydicom(source: Source, read: Callable[[BoundedFile, Callable[..., bool]], tuple[Dataset, str]]) -> Parsed:
    """The one border to pydicom for headers: whatever it raises becomes one of our errors."""
    file = BoundedFile(source)
    places: list[PixelPlace] = []

    def stop(tag: int, representation: str | None, length: int) -> bool:
        if int(tag) in tags.PIXEL_TAGS:
            places.append(PixelPlace(int(tag), file.tell(), length))
            return True
        return False

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom's repairs; a warning's text may quote the header
            dataset, syntax = read(file, stop)
            if file.overrun and not places:
                raise DamagedFileError(
                    "This file is cut short, or declares more data than it holds. It was not opened.", code="F02"
                )
            attributes = Attributes.from_dataset(dataset, big_endian=syntax == EXPLICIT_BE)
    except CovidViewerError:
        raise
    except RecursionError as error:
        raise LimitError(
            f"This file nests sequences more than {MAX_DEPTH} deep. It was not opened.", code="F02"
        ) from error
    except MemoryError as error:
        raise LimitError("This file needs more memory than there is. It was not opened.", code="F02") from error
    except Exception as error:  # pydicom raises any built-in error, and some of its own, on damaged files
        if isinstance(error, OSError) and error.errno is not None:
            raise  # a disk that fails, not a file that is damaged
        raise DamagedFileError("The header of this file is damaged and cannot be read.", code="F02") from error
    if not attributes.raw and not attributes.sequences:
        raise NotDicomError("This file holds no DICOM data set.", code="F01")
    return Parsed(attributes, syntax, places[0] if places else None, source)


_OTHERS = (
    (re.compile(rb"\x1f\x8b"), "a gzip archive; unpack it first"),
    (re.compile(rb"\xff\xd8\xff"), "a JPEG picture, whose name should end in .jpg"),
    (re.compile(rb"\x89PNG"), "a PNG picture, whose name should end in .png"),
    (re.compile(rb"II\*\0|MM\0\*"), "a TIFF picture, whose name should end in .tif"),
    (re.compile(rb"GIF8"), "a GIF picture"),
    (re.compile(rb"BM.{12}\x28", re.DOTALL), "a BMP picture"),
    (re.compile(rb"PK\x03\x04"), "a ZIP archive (open it by itself) or an office document"),
    (re.compile(rb"%PDF"), "a PDF document"),
    (re.compile(rb"\s*<(!doctype|html|\?xml)", re.IGNORECASE), "an HTML or XML page"),
    (re.compile(rb"7z\xbc\xaf|Rar!|BZh|\xfd7zXZ"), "an archive of another kind than ZIP; unpack it first"),
    (re.compile(rb"\x5c\x01\x00\x00|.{344}n[+i]1\0", re.DOTALL), "a NIfTI volume"),
)


def refuse_other_files(head: bytes) -> None:
    """Name what is no DICOM file by its first bytes; a bare data set without preamble passes.

    Raises
    ------
    NotDicomError
        With what it is, where that is plain.
    """
    if head[128:132] == b"DICM":
        return
    for pattern, name in _OTHERS:
        if pattern.match(head):
            raise NotDicomError(f"This is no DICOM file but {name}.", code="F01")
    if len(head) < 16 or not _bare_data_set(head):
        raise NotDicomError("This is no DICOM file.", code="F01")


def _bare_data_set(head: bytes) -> bool:
    """Whether a file without preamble begins like a data set, in any byte order (old files, PS3.10 before 1995)."""
    for order in ("<", ">"):
        group, _, representation, short = struct.unpack_from(f"{order}HH2sH", head)
        (length,) = struct.unpack_from(f"{order}I", head, 4)
        known = representation in walker._SHORT or representation in walker._LONG
        if group in (2, 4, 8) and ((known and short < 4096) or length < 4096):
            return True
    return False


def header_of(parsed: Parsed, path: Path, origin: str = "") -> Header:
    """Records of one instance from its attributes.

    Raises
    ------
    DamagedFileError, LimitError, UnsupportedError
        As `read_header`.
    """
    attributes = parsed.attributes
    if attributes.items(tags.RECORDS):
        raise NotDicomError("This is the index of a disc (DICOMDIR), not an image.", code="F01")
    info = series_info(attributes)
    if parsed.transfer_syntax in _LOSSY_SYNTAXES and not info.lossy:
        info = dataclasses.replace(info, lossy=True)
    if info.document:
        return _document(info, attributes, parsed, path, origin)
    if parsed.pixels is None:
        if documents.is_image_class(info.sop_class) or attributes.has(tags.ROWS):
            raise DamagedFileError("This image file holds no pixel data.", code="F02")
        if not info.sop_class and not info.modality and not info.uid:
            raise NotDicomError("This file holds no image and does not say what it is.", code="F01")
        named = documents.name_without_pixels(info.sop_class, info.modality)
        info = dataclasses.replace(info, kind=Kind.DOCUMENT, document=named)
        return _document(info, attributes, parsed, path, origin)
    fmt, notes = pixel_format(attributes, parsed.transfer_syntax, parsed.pixels, parsed.source)
    if info.kind in (Kind.CT, Kind.FILM) and fmt.samples > 1:
        info = dataclasses.replace(info, kind=Kind.IMAGE)
    frames, phases, cine = frames_of(path, attributes, fmt, origin)
    return Header(info, frames, phases, notes, cine)


def _document(info: SeriesInfo, attributes: Attributes, parsed: Parsed, path: Path, origin: str) -> Header:
    """A record of an object that is shown by name alone: one frame of no pixels carries path and UID."""
    from covidviewer.dicom.catalog import Frame

    nothing = PixelFormat(parsed.transfer_syntax, 0, 0, 0, 0, 0, False, frames=0)
    frame = Frame(
        path,
        attributes.code(tags.SOP_INSTANCE),
        1,
        nothing,
        instance_number=attributes.integer(tags.INSTANCE_NUMBER),
        origin=origin,
    )
    notes: tuple[Note, ...] = ()
    return Header(info, (frame,), (("",) * len(PHASE_NAMES),), notes)


def series_info(attributes: Attributes) -> SeriesInfo:
    """What the instances of a series share; the same record for the same bytes."""
    return _series_info(tuple(map(attributes.raw.get, _SERIES_TAGS)), attributes.charset)


@lru_cache(maxsize=256)
def _series_info(values: tuple[bytes | None, ...], charset: bytes) -> SeriesInfo:
    a = Attributes(
        {tag: raw for tag, raw in zip(_SERIES_TAGS, values, strict=True) if raw is not None}, charset=charset
    )
    modality, sop_class = a.code(tags.MODALITY).upper()[:16], a.code(tags.SOP_CLASS)
    document = documents.document_name(sop_class)
    ratios = [ratio for ratio in a.numbers(tags.LOSSY_RATIO) if 1 <= ratio < 1e4]
    return SeriesInfo(
        kind=_kind(modality, sop_class, document),
        modality=modality,
        description=a.text(tags.SERIES_DESCRIPTION),
        uid=a.code(tags.SERIES_UID),
        study_uid=a.code(tags.STUDY_UID),
        number=a.integer(tags.SERIES_NUMBER),
        frame_of_reference=a.code(tags.FRAME_OF_REFERENCE),
        patient=Patient(
            a.text(tags.PATIENT_NAME),
            a.text(tags.PATIENT_ID),
            a.code(tags.BIRTH_DATE),
            a.code(tags.SEX)[:16],
            a.code(tags.AGE)[:16],
        ),
        study_date=a.code(tags.STUDY_DATE),
        study_time=a.code(tags.STUDY_TIME),
        study_description=a.text(tags.STUDY_DESCRIPTION),
        series_time=a.code(tags.SERIES_TIME),
        accession=a.text(tags.ACCESSION),
        institution=a.text(tags.INSTITUTION),
        body_part=a.code(tags.BODY_PART),
        patient_position=a.code(tags.PATIENT_POSITION),
        patient_orientation=a.codes(tags.PATIENT_ORIENTATION),
        kernel="\\".join(part.strip() for part in a.text(tags.KERNEL).split("\\")),
        contrast=a.text(tags.CONTRAST),
        kvp=_short_number(a.number(tags.KVP)),
        lossy=a.code(tags.LOSSY) == "01",
        lossy_ratio=ratios[-1] if ratios else None,
        sop_class=sop_class,
        document=document,
    )


def _kind(modality: str, sop_class: str, document: str) -> Kind:
    if document:
        return Kind.DOCUMENT
    if sop_class in documents.CT_CLASSES or (modality == "CT" and not sop_class):
        return Kind.CT
    # Digitised films come as secondary captures: the modality tells.
    if modality in _FILM_MODALITIES or sop_class in documents.FILM_CLASSES:
        return Kind.FILM
    return Kind.IMAGE


def _short_number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
