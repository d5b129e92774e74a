"""The attributes that we read, and a tolerant reading of their values.

Values stay bytes until somebody asks: most files repeat most values, and bad ones must not stop the rest. A value
that cannot be read is None or NaN, never an exception and never a guess.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from covidviewer.dicom import text
from covidviewer.dicom.guard import MAX_SEQUENCE
from covidviewer.errors import LimitError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

# File and identity (PS3.3 C.12.1, C.7.1.1, C.7.2.1, C.7.3.1)
CHARSET = 0x00080005
IMAGE_TYPE = 0x00080008
SOP_CLASS = 0x00080016
SOP_INSTANCE = 0x00080018
STUDY_DATE = 0x00080020
ACQUISITION_DATE = 0x00080022
ACQUISITION_DATETIME = 0x0008002A
STUDY_TIME = 0x00080030
SERIES_TIME = 0x00080031
ACQUISITION_TIME = 0x00080032
CONTENT_TIME = 0x00080033
ACCESSION = 0x00080050
MODALITY = 0x00080060
INSTITUTION = 0x00080080
STUDY_DESCRIPTION = 0x00081030
SERIES_DESCRIPTION = 0x0008103E
FRAME_TYPE = 0x00089007
PATIENT_NAME = 0x00100010
PATIENT_ID = 0x00100020
BIRTH_DATE = 0x00100030
SEX = 0x00100040
AGE = 0x00101010
CONTRAST = 0x00180010
BODY_PART = 0x00180015
THICKNESS = 0x00180050
KVP = 0x00180060
ECHO_TIME = 0x00180081
ECHO_NUMBER = 0x00180086
TRIGGER_TIME = 0x00181060
MAGNIFICATION = 0x00181114
IMAGER_SPACING = 0x00181164
KERNEL = 0x00181210
SCANNED_SPACING = 0x00182010
PATIENT_POSITION = 0x00185100
FRAME_ACQUISITION_DATETIME = 0x00189074
EFFECTIVE_ECHO_TIME = 0x00189082
B_VALUE = 0x00189087
STUDY_UID = 0x0020000D
SERIES_UID = 0x0020000E
SERIES_NUMBER = 0x00200011
ACQUISITION_NUMBER = 0x00200012
INSTANCE_NUMBER = 0x00200013
PATIENT_ORIENTATION = 0x00200020
POSITION = 0x00200032
ORIENTATION = 0x00200037
FRAME_OF_REFERENCE = 0x00200052
TEMPORAL_POSITION = 0x00200100
STACK_ID = 0x00209056
TEMPORAL_INDEX = 0x00209128
FRAME_ACQUISITION_NUMBER = 0x00209156
SAMPLES = 0x00280002
PHOTOMETRIC = 0x00280004
PLANAR = 0x00280006
FRAMES = 0x00280008
ROWS = 0x00280010
COLUMNS = 0x00280011
SPACING = 0x00280030
ASPECT = 0x00280034
BITS_ALLOCATED = 0x00280100
BITS_STORED = 0x00280101
HIGH_BIT = 0x00280102
SIGNED = 0x00280103
PADDING = 0x00280120
PADDING_LIMIT = 0x00280121
WINDOW_CENTER = 0x00281050
WINDOW_WIDTH = 0x00281051
INTERCEPT = 0x00281052
SLOPE = 0x00281053
RESCALE_TYPE = 0x00281054
WINDOW_EXPLANATION = 0x00281055
WINDOW_FUNCTION = 0x00281056
LOSSY = 0x00282110
LOSSY_RATIO = 0x00282112
LUT_DESCRIPTOR = 0x00283002
LUT_EXPLANATION = 0x00283003
LUT_DATA = 0x00283006
FRAME_OFFSETS = 0x3004000C
REFERENCED_FILE = 0x00041500
RECORD_IN_USE = 0x00041410
RECORD_TYPE = 0x00041430

# Sequences
RECORDS = 0x00041220
MODALITY_LUTS = 0x00283000
VOI_LUTS = 0x00283010
SHARED_GROUPS = 0x52009229
PER_FRAME_GROUPS = 0x52009230
PLANE_POSITION = 0x00209113
PLANE_ORIENTATION = 0x00209116
FRAME_CONTENT = 0x00209111
PIXEL_MEASURES = 0x00289110
FRAME_VOI = 0x00289132
VALUE_TRANSFORMATION = 0x00289145
CT_FRAME_TYPE = 0x00189329
MR_FRAME_TYPE = 0x00189226
XA_FRAME_TYPE = 0x00189412
PET_FRAME_TYPE = 0x00189751
US_FRAME_TYPE = 0x00189806
MR_ECHO = 0x00189114
MR_DIFFUSION = 0x00189117

PIXELS = 0x7FE00010
FLOAT_PIXELS = 0x7FE00008
DOUBLE_PIXELS = 0x7FE00009
PIXEL_TAGS = frozenset({PIXELS, FLOAT_PIXELS, DOUBLE_PIXELS})

#: Sequences at the top of a data set that matter; the walker leaves files that hold one to pydicom.
SEQUENCES = frozenset({RECORDS, MODALITY_LUTS, VOI_LUTS, SHARED_GROUPS, PER_FRAME_GROUPS})
_NESTED = SEQUENCES | {
    PLANE_POSITION, PLANE_ORIENTATION, FRAME_CONTENT, PIXEL_MEASURES, FRAME_VOI, VALUE_TRANSFORMATION, CT_FRAME_TYPE,
    MR_FRAME_TYPE, XA_FRAME_TYPE, PET_FRAME_TYPE, US_FRAME_TYPE, MR_ECHO, MR_DIFFUSION,
}  # fmt: skip

#: Plain values that we keep.
WANTED = frozenset(
    value
    for name, value in list(globals().items())
    if name.isupper() and isinstance(value, int) and value not in _NESTED and value not in PIXEL_TAGS
)

#: Longest plain value that we keep (LUT data of 65,536 entries of 2 bytes is the longest that means something).
MAX_VALUE = 1 << 18
_MAX_DEPTH = 4


class Attributes:
    """Wanted values of one data set, as bytes, and the wanted sequences in it.

    Parameters
    ----------
    raw : tag -> value bytes as in the file, without those of sequences.
    sequences : tag -> items.
    signed : tags whose value representation says that their words are signed (SS).
    big_endian : byte order of binary values.
    charset : Specific Character Set (0008,0005); of the enclosing data set where an item has none.
    """

    __slots__ = ("big_endian", "charset", "raw", "sequences", "signed")

    def __init__(
        self,
        raw: Mapping[int, bytes],
        sequences: Mapping[int, tuple[Attributes, ...]] | None = None,
        *,
        signed: frozenset[int] = frozenset(),
        big_endian: bool = False,
        charset: bytes | None = None,
    ) -> None:
        self.raw = raw
        self.sequences = sequences or {}
        self.signed = signed
        self.big_endian = big_endian
        self.charset = raw.get(CHARSET) or charset or b""

    @classmethod
    def from_dataset(
        cls, dataset: Dataset, *, big_endian: bool = False, charset: bytes | None = None, depth: int = 0
    ) -> Attributes:
        """Copy what we want out of a pydicom data set, without pydicom's own conversion of values."""
        raw: dict[int, bytes] = {}
        sequences: dict[int, tuple[Attributes, ...]] = {}
        signed: set[int] = set()
        for key in list(dataset.keys()):
            tag = int(key)
            if tag in WANTED:
                element = dataset.get_item(key)
                raw[tag] = _bytes_of(element.value)[:MAX_VALUE]
                if element.VR == "SS":
                    signed.add(tag)
        charset = raw.get(CHARSET) or charset
        if depth < _MAX_DEPTH:
            for key in list(dataset.keys()):
                if int(key) in _NESTED:
                    if getattr(dataset.get_item(key), "length", 0) > MAX_SEQUENCE:
                        raise LimitError("A sequence of this header is too long. It was not opened.", code="F02")
                    items = dataset[key].value or ()
                    sequences[int(key)] = tuple(
                        cls.from_dataset(item, big_endian=big_endian, charset=charset, depth=depth + 1)
                        for item in items
                    )
        return cls(raw, sequences, signed=frozenset(signed), big_endian=big_endian, charset=charset)

    def items(self, tag: int) -> tuple[Attributes, ...]:
        """Items of a sequence, empty where it is absent."""
        return self.sequences.get(tag, ())

    def has(self, tag: int) -> bool:
        """Whether there is a value that is not empty."""
        return bool(self.raw.get(tag))

    def code(self, tag: int) -> str:
        """A value of a plain character repertoire (CS, UI, DA, TM, AS): stripped, "" where absent."""
        return text.plain(self.raw.get(tag, b""))

    def codes(self, tag: int) -> tuple[str, ...]:
        """Several such values; empty where absent."""
        value = self.code(tag)
        return tuple(part.strip() for part in value.split("\\")) if value else ()

    def text(self, tag: int) -> str:
        """A value that depends on the character set (LO, SH, PN), with invalid bytes replaced; at most 256 letters."""
        return text.decode(self.raw.get(tag, b""), self.charset)

    def numbers(self, tag: int) -> tuple[float, ...]:
        """Decimal strings (DS, IS) as floats, NaN for each that is none; empty where absent."""
        return decimals(self.raw.get(tag, b""))

    def number(self, tag: int) -> float | None:
        """The first decimal string, None where absent or not finite."""
        return number(self.raw.get(tag, b""))

    def integer(self, tag: int) -> int | None:
        """The first integer string, None where absent, not finite or beyond 32 bits (PS3.5 6.2, IS)."""
        return integer(self.raw.get(tag, b""))

    def unsigned(self, tag: int) -> int | None:
        """A binary unsigned value of 2 or 4 bytes (US, UL); the first of several; None where absent."""
        value = self.raw.get(tag, b"")
        if len(value) < 2 or len(value) == 3:
            return None
        size = 4 if len(value) == 4 and tag in _MAYBE_LONG else 2
        return int.from_bytes(value[:size], "big" if self.big_endian else "little")

    def word(self, tag: int, *, signed: bool, index: int = 0) -> int | None:
        """A 16 bit word whose sense another attribute decides (US or SS)."""
        value = self.raw.get(tag, b"")[2 * index : 2 * index + 2]
        if len(value) < 2:
            return None
        return int.from_bytes(value, "big" if self.big_endian else "little", signed=signed)

    def double(self, tag: int) -> float | None:
        """A binary double (FD), None where absent or not finite."""
        value = self.raw.get(tag, b"")
        if len(value) < 8:
            return None
        result = float(struct.unpack(">d" if self.big_endian else "<d", value[:8])[0])
        return result if math.isfinite(result) else None


# Rows and Columns are US by the standard; some writers use UL, and a size read as its low half would be a lie.
_MAYBE_LONG = frozenset({ROWS, COLUMNS, BITS_ALLOCATED, SAMPLES, RECORD_IN_USE})


def decimals(raw: bytes) -> tuple[float, ...]:
    """Numbers of a decimal string (PS3.5 6.2, DS), NaN for each part that is no number; empty for an empty value.

    Python's float takes underscores, the standard does not; a decimal comma is no number here, as "1,5" may mean
    one and a half or two values.
    """
    raw = raw.rstrip(b"\0 ")
    if not raw:
        return ()
    parts = raw.split(b"\\")
    if b"_" not in raw:
        try:
            return tuple(map(float, parts))
        except ValueError:
            pass  # one of them is no number, or has a zero byte behind it
    return tuple(map(_decimal, parts))


def number(raw: bytes) -> float | None:
    """The first number of a decimal string, None where there is none or it is not finite."""
    values = decimals(raw)
    return values[0] if values and math.isfinite(values[0]) else None


def integer(raw: bytes) -> int | None:
    """The first number of an integer string, None where absent, not finite or beyond 32 bits (PS3.5 6.2, IS)."""
    value = number(raw)
    return int(value) if value is not None and abs(value) < 2**31 else None


def _decimal(part: bytes) -> float:
    try:
        return float(part) if b"_" not in part else math.nan
    except ValueError:
        try:
            return float(part.strip(b"\0 "))
        except ValueError:
            return math.nan


def finite(values: Iterable[float]) -> bool:
    """Whether all are finite."""
    return all(map(math.isfinite, values))


def _bytes_of(value: object) -> bytes:
    """Back to bytes, where pydicom has converted already (character sets and a few others)."""
    if isinstance(value, bytes):
        return value
    if value is None:
        return b""
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if isinstance(value, Iterable):
        return "\\".join(str(part) for part in value).encode("utf-8", "replace")
    return str(value).encode("utf-8", "replace")
