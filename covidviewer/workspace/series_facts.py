"""What is known of a series and how it was made out of its files: values for a dialog and for the tooltip. No texts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from covidviewer.dicom.catalog import Kind, NoteCode, Stack
from covidviewer.dicom.syntaxes import syntax_name
from covidviewer.imaging.planes import plane_name
from covidviewer.study import Series

__all__ = ["Gap", "SeriesFacts", "facts_of", "split_reasons", "syntax_name"]

#: Orientations whose cosines differ by less are one (as in grouping).
_SAME_ORIENTATION = 1e-3


@dataclass(frozen=True, slots=True)
class Gap:
    """Missing slices: after which index, and the distance there in mm."""

    after: int
    distance: float


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """One stack.

    files, images : counts. frames_in_files : a file holds more than one image. duplicates : images at a place that
        another has too.
    spacing : (slice, row, column) mm, NaN where unknown. least, greatest : distance of neighbours, mm, NaN without.
    plane : "axial", ..., "". syntaxes : names with counts. notes : sentences of the catalogue.
    """

    sorting_rule: str
    files: int
    images: int
    rows: int
    columns: int
    bits: int
    signed: bool
    photometric: str
    spacing: tuple[float, float, float]
    spacing_kind: str
    least: float
    greatest: float
    gaps: tuple[Gap, ...]
    duplicates: int
    plane: str
    tilt: float
    thickness: float | None
    units: str
    rescales: int
    windows: int
    syntaxes: tuple[tuple[str, int], ...]
    frame_of_reference: str
    notes: tuple[str, ...]


def facts_of(series: Series) -> SeriesFacts:
    """Facts of a series from its records alone; nothing is read."""
    stack = series.stack
    frames = stack.frames
    first = frames[0].format
    steps = np.diff(stack.positions_mm) if stack.positions_mm is not None else np.empty(0)
    moved = steps[steps > 1e-3]
    gap_slices = {i for note in stack.notes if note.code is NoteCode.GAP for i in note.slices}
    median = float(np.median(moved)) if moved.size else math.nan
    gaps = tuple(
        Gap(i, float(step)) for i, step in enumerate(steps.tolist()) if step > 1.5 * median and {i, i + 1} & gap_slices
    )
    syntaxes: dict[str, int] = {}
    for path, uid in {frame.path: frame.format.transfer_syntax for frame in frames}.items():
        del path
        syntaxes[syntax_name(uid)] = syntaxes.get(syntax_name(uid), 0) + 1
    return SeriesFacts(
        sorting_rule=stack.sorting_rule,
        files=len({frame.path for frame in frames}),
        images=len(frames),
        rows=stack.rows,
        columns=stack.columns,
        bits=first.bits_stored,
        signed=first.signed,
        photometric=first.photometric,
        spacing=stack.spacing_mm,
        spacing_kind=frames[0].spacing_kind,
        least=float(moved.min()) if moved.size else math.nan,
        greatest=float(moved.max()) if moved.size else math.nan,
        gaps=gaps,
        duplicates=int((steps <= 1e-3).sum()),
        plane=plane_name(frames[0].orientation),
        tilt=stack.tilt_degrees,
        thickness=stack.thickness,
        units=series.units if series.kind is not Kind.DOCUMENT else "",
        rescales=len({(f.slope, f.intercept) for f in frames}),
        windows=sum(1 for f in frames if f.windows or f.voi_luts),
        syntaxes=tuple(sorted(syntaxes.items(), key=lambda item: -item[1])),
        frame_of_reference=stack.frame_of_reference,
        notes=tuple(str(note) for note in stack.notes),
    )


def split_reasons(stack: Stack, other: Stack) -> tuple[str, ...]:
    """Why two stacks of one DICOM series are two: "kind", "matrix", "orientation", ...; empty where none is known."""
    found = []
    mine, theirs = stack.frames[0], other.frames[0]
    if stack.kind is not other.kind or stack.sop_class != other.sop_class:
        found.append("kind")
    if _localizer(stack) != _localizer(other):
        found.append("localizer")
    if (stack.rows, stack.columns) != (other.rows, other.columns):
        found.append("matrix")
    if stack.color != other.color:
        found.append("colour")
    if mine.orientation is None or theirs.orientation is None:
        if mine.orientation != theirs.orientation:
            found.append("orientation")
    elif np.abs(np.subtract(mine.orientation, theirs.orientation)).max() > _SAME_ORIENTATION:
        found.append("orientation")
    if stack.frame_of_reference != other.frame_of_reference:
        found.append("frame of reference")
    if "phases apart by" in stack.sorting_rule or "phases apart by" in other.sorting_rule:
        found.append("phases")
    elif mine.image_type != theirs.image_type and not found:
        found.append("image type")
    return tuple(found)


def _localizer(stack: Stack) -> bool:
    return any("LOCALIZER" in frame.image_type for frame in stack.frames[:1])
