"""Records of what was found: frozen, picklable, without pixels.

Vocabulary of DICOM (PS3.3 A.1.2): a study holds series, a series holds instances (files), an instance holds
frames (images). A *stack* is our word for the frames of one series that can be scrolled as one: same series,
orientation, matrix and acquisition. A series may hold several stacks.

Coordinates are LPS millimetres; positions name the centre of the first pixel (PS3.3 C.7.6.2.1.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class Kind(StrEnum):
    """What a stack is to a reader."""

    CT = "ct"
    FILM = "film"  # CR, DX, RG: projection radiograph
    PICTURE = "picture"  # PNG, JPEG, TIFF: no HU, no geometry
    IMAGE = "image"  # any other image object
    DOCUMENT = "document"  # SR, SEG, RTSTRUCT, PDF, PR ...: named, not shown as an image


class NoteCode(StrEnum):
    """Codes of what is odd about a stack; the text beside it is for the reader."""

    GAP = "gap"
    UNEVEN = "uneven"
    TILT = "tilt"
    DUPLICATE = "duplicate"
    PHASES = "phases"
    NO_POSITION = "no_position"
    NO_SPACING = "no_spacing"
    DETECTOR_SPACING = "detector_spacing"
    NO_ORIENTATION = "no_orientation"
    NO_RESCALE = "no_rescale"
    MIXED_RESCALE = "mixed_rescale"
    LOSSY = "lossy"
    DERIVED = "derived"
    LOCALIZER = "localizer"
    NO_WINDOW = "no_window"
    PICTURE = "picture"
    DAMAGED = "damaged"
    THICKNESS = "thickness"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that a reader of this stack must know.

    slices : indices (0-based, stack order) that the note concerns; empty when it concerns the whole stack.
    """

    code: NoteCode
    text: str
    slices: tuple[int, ...] = ()

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file (or an entry of an archive or DICOMDIR) that is not shown, and why, in one sentence."""

    path: Path
    reason: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """How far a scan is. ``files_found`` grows while folders are listed; ``images`` counts frames."""

    files_found: int = 0
    files_read: int = 0
    images: int = 0
    left_out: int = 0
    finished: bool = False


@dataclass(frozen=True, slots=True)
class HeaderWindow:
    """One window of the header (PS3.3 C.11.2.1.2), as written; may be unusable (width below 1)."""

    center: float
    width: float
    function: str = "LINEAR"
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A modality or VOI LUT (PS3.3 C.11.1.1, C.11.2.1.1): value ``first`` maps to ``data[0]``; ends clamp."""

    first: int
    bits: int
    data: NDArray[np.uint16]
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """How the stored values of an instance lie in the file (PS3.3 C.7.6.3, PS3.5 8).

    offset : file position of the first byte of a native pixel value, or -1 when pydicom must find it.
    length : bytes of the native value, or -1 (encapsulated, or unknown).
    fragments : (offset, length) of each fragment of an encapsulated value where the walker found them, else empty.
    """

    transfer_syntax: str
    rows: int
    columns: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    samples: int = 1
    photometric: str = "MONOCHROME2"
    planar: int = 0
    frames: int = 1
    offset: int = -1
    length: int = -1
    fragments: tuple[tuple[int, int], ...] = ()
    big_endian: bool = False
    padding: tuple[float, float] | None = None  # inclusive range of stored values outside the field of view
    floating: bool = False  # Float / Double Float Pixel Data


@dataclass(frozen=True, slots=True)
class Frame:
    """One image of one instance: an element of a stack.

    frame : DICOM frame number, counted from 1 as in the standard (Referenced Frame Number).
    position : ImagePositionPatient, LPS mm; None where absent or not finite.
    orientation : ImageOrientationPatient, normalised, row cosines then column cosines; None where absent or unusable.
    spacing : (between rows, between columns) in mm; None where unknown.
    spacing_kind : "patient", "detector" (ImagerPixelSpacing) or "" (unknown).
    slope, intercept : rescale of this frame; ``rescale_given`` is False where the header has none (or nonsense).
    """

    path: Path
    sop_instance_uid: str
    frame: int
    format: PixelFormat
    instance_number: int | None = None
    position: tuple[float, float, float] | None = None
    orientation: tuple[float, float, float, float, float, float] | None = None
    spacing: tuple[float, float] | None = None
    spacing_kind: str = ""
    aspect: tuple[float, float] | None = None  # PixelAspectRatio (vertical, horizontal) where there is no spacing
    slope: float = 1.0
    intercept: float = 0.0
    rescale_given: bool = False
    rescale_type: str = ""
    modality_lut: LookupTable | None = None
    windows: tuple[HeaderWindow, ...] = ()
    voi_luts: tuple[LookupTable, ...] = ()
    thickness: float | None = None
    acquisition_number: int | None = None
    acquisition_time: str = ""
    image_type: tuple[str, ...] = ()
    origin: str = ""  # how to name the file to a person ("archive.zip/a/b.dcm"); empty: the path itself
    magnification: float | None = None  # Estimated Radiographic Magnification Factor (0018,1114)

    @property
    def index(self) -> int:
        """0-based number of the frame inside its instance."""
        return self.frame - 1


@dataclass(frozen=True, slots=True)
class Patient:
    """Identity as in the header; never logged. Empty strings where absent."""

    name: str = ""
    id: str = ""
    birth_date: str = ""
    sex: str = ""
    age: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """Frames that can be scrolled as one, in geometric order (ascending along row x column).

    key : unique among all that is open; stable for the same files.
    positions_mm : distance of each frame along the normal, float64 (n,), or None without geometry.
    spacing_mm : (slice, row, column) in mm, NaN where unknown; slice is the median distance of neighbours.
    affine : (4, 4) float64, voxel index (slice, row, column, 1) -> LPS mm; identity without geometry.
    uniform : slices equally spaced (within 0.01 mm or 1 % of the median), None without geometry.
    sorting_rule : how the order was found, for the series tooltip.
    document : for Kind.DOCUMENT, what the object is ("Structured Report", "Segmentation", ...).
    """

    key: str
    kind: Kind
    modality: str
    description: str
    uid: str
    study_uid: str
    frames: tuple[Frame, ...]
    number: int | None = None
    positions_mm: NDArray[np.float64] | None = None
    spacing_mm: tuple[float, float, float] = (float("nan"),) * 3
    affine: NDArray[np.float64] = field(default_factory=lambda: np.eye(4))
    uniform: bool | None = None
    sorting_rule: str = ""
    notes: tuple[Note, ...] = ()
    frame_of_reference: str = ""
    patient: Patient = Patient()
    study_date: str = ""
    study_time: str = ""
    study_description: str = ""
    series_time: str = ""
    accession: str = ""
    institution: str = ""
    body_part: str = ""
    patient_position: str = ""
    patient_orientation: tuple[str, ...] = ()  # (0020,0020) of projections
    kernel: str = ""
    contrast: str = ""
    kvp: str = ""
    thickness: float | None = None
    tilt_degrees: float = 0.0
    lossy_ratio: float | None = None
    lossy: bool = False
    sop_class: str = ""
    document: str = ""

    @property
    def rows(self) -> int:
        return self.frames[0].format.rows if self.frames else 0

    @property
    def columns(self) -> int:
        return self.frames[0].format.columns if self.frames else 0

    @property
    def color(self) -> bool:
        """Colour images are shown as they are: no HU, no window."""
        if not self.frames:
            return False
        f = self.frames[0].format
        return f.samples > 1 or f.photometric.startswith("PALETTE")
