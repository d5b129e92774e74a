"""Segmentations: binary, fractional and label maps (PS3.3 A.51, A.112, C.8.20) -> planes of coverage a segment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import Frame
from covidviewer.dicom.frames import Reader
from covidviewer.dicom.objects import source
from covidviewer.dicom.objects.colors import from_cielab
from covidviewer.dicom.objects.grids import grid_of, thickness_of
from covidviewer.dicom.objects.policy import object_policy
from covidviewer.dicom.objects.records import DicomObject, Grid, ObjectKind, Part, Plane, Reference
from covidviewer.dicom.objects.references import frames_of_reference, referenced_images
from covidviewer.dicom.objects.source import Loaded, code_meaning, first, integer, items, numbers, text
from covidviewer.errors import Cancelled, DamagedFileError, LimitError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Cancel = Callable[[], bool]


def read(path: Path, key: str, cancelled: Cancel = lambda: False) -> DicomObject:
    """All segments of a segmentation.

    Raises
    ------
    DamagedFileError, LimitError, UnsupportedError, FileError
        The object contradicts itself, claims too much, or its pixels cannot be decoded.
    Cancelled
        ``cancelled`` said so between two frames.
    """
    loaded = source.load(path, pixels=True)
    data = loaded.dataset
    if not loaded.frames:
        raise DamagedFileError("This segmentation holds no pixels.", path=path)
    if len(loaded.frames) > object_policy().max_planes:
        raise LimitError(f"This segmentation has {len(loaded.frames)} planes. It was not opened.", path=path)
    segments = {n: item for item in items(data, "SegmentSequence") if (n := integer(item, "SegmentNumber")) is not None}
    planes: dict[int, list[Plane]] = {number: [] for number in segments}
    for number, plane in _planes(loaded, cancelled):
        planes.setdefault(number, []).append(plane)
    kind = text(data, "SegmentationType", 16).upper() or "BINARY"
    parts = tuple(_part(number, segments.get(number), found) for number, found in sorted(planes.items()))
    return DicomObject(
        key,
        ObjectKind.SEGMENTATION,
        text(data, "ContentDescription", 64) or text(data, "SeriesDescription", 64) or text(data, "ContentLabel", 64),
        path,
        text(data, "SOPInstanceUID", 64),
        parts,
        referenced_images(data),
        frames_of_reference(data),
        detail=kind.lower(),
        notes=loaded.notes,
    )


def _part(number: int, segment: Dataset | None, planes: list[Plane]) -> Part:
    label = text(segment, "SegmentLabel", 64) or code_meaning(segment, "SegmentedPropertyTypeCodeSequence")
    what = [
        code_meaning(segment, "SegmentedPropertyTypeCodeSequence"),
        text(segment, "SegmentAlgorithmType", 16).lower(),
        text(segment, "SegmentAlgorithmName", 64),
    ]
    return Part(
        f"segment-{number}",
        label or f"Segment {number}",
        from_cielab(numbers(segment, "RecommendedDisplayCIELabValue")),
        " · ".join(dict.fromkeys(w for w in what if w)),
        tuple(planes),
    )


def _planes(loaded: Loaded, cancelled: Cancel) -> Iterator[tuple[int, Plane]]:
    """(segment number, plane) of each frame that is not empty."""
    data, reader = loaded.dataset, Reader()
    labels = text(data, "SegmentationType", 16).upper() == "LABELMAP"
    fractional = text(data, "SegmentationType", 16).upper() == "FRACTIONAL"
    most = max(integer(data, "MaximumFractionalValue") or 255, 1) if fractional else 1
    shared = first(data, "SharedFunctionalGroupsSequence")
    groups = items(data, "PerFrameFunctionalGroupsSequence")
    thickness = thickness_of(loaded.frames, shared)
    sources = _plain_sources(data, len(loaded.frames))
    room = object_policy().max_mask_mb << 20
    for i, frame in enumerate(loaded.frames):
        if cancelled():
            raise Cancelled
        group = groups[i] if i < len(groups) else None
        stored = _stored(reader, frame)
        reference = source_image(group) or source_image(shared) or sources[i]
        grid = grid_of(frame, thickness)
        if labels:
            found = [(int(n), (stored == n).astype(np.uint8) * np.uint8(255)) for n in np.unique(stored) if n]
        else:
            found = [(_segment_number(group, shared), _coverage(stored, fractional, most))]
        for number, coverage in found:
            plane = cut(coverage, grid, reference)
            if plane is not None:
                room -= plane.values.nbytes
                if room < 0:
                    raise LimitError("This segmentation is too large for memory. It was not opened.", path=loaded.path)
                yield number, plane


def _stored(reader: Reader, frame: Frame) -> NDArray[np.generic]:
    # Palette colours of a label map are a recommendation; the numbers are what is wanted.
    if frame.format.photometric.startswith("PALETTE"):
        frame = replace(frame, format=replace(frame.format, photometric="MONOCHROME2"))
    stored = reader.read(frame)
    if stored.ndim != 2:
        raise DamagedFileError("This segmentation has coloured pixels.", path=frame.path)
    return stored


def _coverage(stored: NDArray[np.generic], fractional: bool, most: int) -> NDArray[np.uint8]:
    if not fractional:
        return np.where(stored != 0, np.uint8(255), np.uint8(0))
    scaled: NDArray[np.uint8] = np.rint(np.clip(stored, 0, most) * (255.0 / most)).astype(np.uint8)
    return scaled


def _segment_number(group: Dataset | None, shared: Dataset | None) -> int:
    for level in (group, shared):
        number = integer(first(level, "SegmentIdentificationSequence"), "ReferencedSegmentNumber")
        if number is not None:
            return number
    return 1


def source_image(group: Dataset | None) -> Reference | None:
    """The image that a frame was made from, by its functional groups."""
    for derivation in items(group, "DerivationImageSequence"):
        for image in items(derivation, "SourceImageSequence"):
            found = source.reference(image)
            if found is not None:
                return found
    return None


def _plain_sources(data: Dataset, count: int) -> list[Reference | None]:
    """Where frames name no source: the only referenced image for all, or one each where the numbers agree."""
    named = [
        r
        for series in items(data, "ReferencedSeriesSequence")
        for image in items(series, "ReferencedInstanceSequence")
        if (r := source.reference(image)) is not None
    ]
    if len(named) == 1:
        return [named[0]] * count
    return list(named) if len(named) == count else [None] * count


def cut(values: NDArray[np.generic], grid: Grid | None, reference: Reference | None) -> Plane | None:
    """A plane cut to its values other than 0 (NaN for floats); None where there are none, or nothing places it."""
    if grid is None and reference is None:
        return None
    there = ~np.isnan(values) if values.dtype.kind == "f" else values != 0
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    if not rows.size:
        return None
    top, left = int(rows[0]), int(columns[0])
    piece = np.ascontiguousarray(values[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1])
    piece.setflags(write=False)
    return Plane(piece, top, left, (values.shape[0], values.shape[1]), grid, reference)
