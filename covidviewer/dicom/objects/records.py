"""Records of objects that others made: frozen, without pydicom, in patient millimetres or in image pixels.

Two kinds of places occur, and each record says which it uses:

- *patient*: LPS millimetres in a Frame of Reference (PS3.3 C.7.4.1); planes carry three vectors of their own grid.
- *image*: (row, column) of a referenced image, pixel *centres* at integers, as everywhere in this program. The
  standard counts from the corner of the first pixel (PS3.3 C.10.5.1.2, C.18.6.1.2): readers take half a pixel off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import HeaderWindow, LookupTable, Stack

Color = tuple[int, int, int]


class ObjectKind(StrEnum):
    """What an object is to a reader."""

    SEGMENTATION = "segmentation"
    CONTOURS = "contours"  # RT structure set
    PRESENTATION = "presentation"  # softcopy presentation state
    OVERLAY = "overlay"  # planes of groups 60xx inside the images themselves
    MEASUREMENTS = "measurements"  # structured report, with or without places
    MAP = "map"  # parametric map
    DOCUMENT = "document"  # encapsulated PDF
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reference:
    """An image that something belongs to. frames : frame numbers from 1; empty means all of them."""

    sop_instance_uid: str
    frames: tuple[int, ...] = ()

    def names(self, sop_instance_uid: str, frame: int) -> bool:
        """Whether this is that frame of that instance."""
        return self.sop_instance_uid == sop_instance_uid and (not self.frames or frame in self.frames)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A plane of pixels in the patient.

    origin : (3,) LPS mm, centre of the first pixel. row, column : (3,) mm, step to the next row and the next column.
    thickness : mm that a pixel reaches along the normal; NaN where unknown. shape : rows, columns.
    """

    origin: NDArray[np.float64]
    row: NDArray[np.float64]
    column: NDArray[np.float64]
    shape: tuple[int, int]
    thickness: float = float("nan")

    @property
    def normal(self) -> NDArray[np.float64]:
        """(3,) unit vector along row cosines x column cosines (PS3.3 C.7.6.2.1.1)."""
        normal = np.cross(self.column, self.row)
        return np.asarray(normal / np.linalg.norm(normal), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """Values of one plane, cut to where they are not empty.

    values : (h, w) uint8 coverage, 255 is all (a mask), or float32 quantities (a map, NaN outside).
    row, column : of the cut's first pixel in the whole plane.
    grid : where the whole plane lies; None where the object does not say (then only ``reference`` places it).
    shape : rows and columns of the whole plane.
    """

    values: NDArray[np.generic]
    row: int
    column: int
    shape: tuple[int, int]
    grid: Grid | None
    reference: Reference | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Contour:
    """Points in the patient. points : (n, 3) float64 LPS mm. closed : the last point joins the first."""

    points: NDArray[np.float64]
    closed: bool
    reference: Reference | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """Points in an image. points : (n, 2) float64 (row, column). One point alone is a mark."""

    points: NDArray[np.float64]
    closed: bool
    references: tuple[Reference, ...]
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place.

    at : (row, column) of an image, or (x, y, z) LPS mm of the patient.
    anchor : image point (row, column) that a line leads to, None where there is none.
    """

    text: str
    at: tuple[float, ...]
    references: tuple[Reference, ...] = ()
    anchor: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Shutter:
    """What a presentation state hides of its images (PS3.3 C.7.6.11, C.7.6.15), by one of two.

    points : (n, 2) outline of the part that stays open, (row, column). hidden : (rows, columns) bool, the size of the
    image. grey : 0 to 255, what hidden pixels are replaced by; None where the state does not say.
    """

    points: NDArray[np.float64] | None = None
    hidden: NDArray[np.bool_] | None = None
    grey: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What can be switched on and off by itself: a segment, a region, an overlay plane, a measurement.

    key : unique inside its object. color : as its maker recommends, None where it does not.
    detail : one line on what it is (algorithm, value, description).
    scale : (lowest, highest) of the quantities of a map; unit : of them.
    """

    key: str
    label: str
    color: Color | None = None
    detail: str = ""
    planes: tuple[Plane, ...] = ()
    contours: tuple[Contour, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    labels: tuple[Label, ...] = ()
    shutters: tuple[Shutter, ...] = ()
    scale: tuple[float, float] | None = None
    unit: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not (self.planes or self.contours or self.drawings or self.labels or self.shutters)


@dataclass(frozen=True, slots=True, eq=False)
class ShownArea:
    """Displayed area: corners (row, column), pixel centres; references empty means all images of the state.

    magnification : device pixels per image pixel (Presentation Pixel Magnification Ratio); None fits the area.
    """

    top_left: tuple[float, float]
    bottom_right: tuple[float, float]
    references: tuple[Reference, ...] = ()
    magnification: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ShownWindow:
    """A window or VOI LUT of a presentation state, for some or all of its images."""

    windows: tuple[HeaderWindow, ...]
    luts: tuple[LookupTable, ...]
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Presentation:
    """How a presentation state wants its images shown.

    quarter_turns : clockwise, after the flip (PS3.3 C.10.6: image rotation, then horizontal flip; brought to ours).
    """

    windows: tuple[ShownWindow, ...] = ()
    areas: tuple[ShownArea, ...] = ()
    quarter_turns: int = 0
    flip_h: bool = False
    invert: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """An item of a report, as a row of a tree.

    level : depth, the document's title is 0. relation : "contains", "has properties", ... as a reader says it.
    name : concept; value : text, number with unit, code, name; kind : value type (TEXT, NUM, ...).
    target : image or object that the item names.
    """

    level: int
    relation: str
    name: str
    value: str
    kind: str
    target: Reference | None = None
    person: bool = False  # a name, which "hide identity" hides


@dataclass(frozen=True, slots=True)
class Report:
    """A structured report: rows in the order of reading, depth first."""

    title: str
    nodes: tuple[Node, ...]
    status: str = ""  # completion and verification, in words


@dataclass(frozen=True, slots=True, eq=False)
class DicomObject:
    """One object of another maker.

    key : of the stack that the scan made of it (or made up, for overlays of a series).
    references : images that it names; frames_of_reference : those that its patient coordinates are in.
    images : an object that is an image as well (a map), as a stack that can be shown by itself.
    """

    key: str
    kind: ObjectKind
    title: str
    path: Path
    sop_instance_uid: str = ""
    parts: tuple[Part, ...] = ()
    references: frozenset[str] = frozenset()
    frames_of_reference: frozenset[str] = frozenset()
    presentation: Presentation | None = None
    report: Report | None = None
    detail: str = ""
    notes: tuple[str, ...] = field(default=())
    images: Stack | None = None

    def drawn(self) -> Iterator[Part]:
        """Parts that put something on an image."""
        return (part for part in self.parts if not part.empty)
