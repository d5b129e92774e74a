"""Parametric maps (PS3.3 A.75, C.8.32): quantities by their real world value mapping (C.7.6.16.2.11)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import ScanProgress, Stack
from covidviewer.dicom.frames import Reader
from covidviewer.dicom.grouping import Catalog
from covidviewer.dicom.objects import source
from covidviewer.dicom.objects.grids import grid_of, thickness_of
from covidviewer.dicom.objects.policy import object_policy
from covidviewer.dicom.objects.records import DicomObject, ObjectKind, Part, Plane
from covidviewer.dicom.objects.references import frames_of_reference, referenced_images
from covidviewer.dicom.objects.segmentation import cut, source_image
from covidviewer.dicom.objects.source import Loaded, code_meaning, first, items, number, numbers, text
from covidviewer.dicom.scan import Batch
from covidviewer.errors import Cancelled, DamagedFileError, LimitError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

#: Share of the values left out at either end of the colour scale.
_TAILS = (0.5, 99.5)


def read(path: Path, key: str, cancelled: Callable[[], bool] = lambda: False) -> DicomObject:
    """All maps of an object; frames of different quantities are different parts.

    Raises
    ------
    DamagedFileError, LimitError, UnsupportedError, FileError
        It contradicts itself, claims too much, or its pixels cannot be decoded.
    Cancelled
        ``cancelled`` said so between two frames.
    """
    loaded = source.load(path, pixels=True)
    data = loaded.dataset
    if not loaded.frames:
        raise DamagedFileError("This parametric map holds no pixels.", path=path)
    reader = Reader()
    shared = first(data, "SharedFunctionalGroupsSequence")
    groups = items(data, "PerFrameFunctionalGroupsSequence")
    thickness = thickness_of(loaded.frames, shared)
    room = object_policy().max_mask_mb << 20
    planes: dict[tuple[str, str], list[Plane]] = {}
    for i, frame in enumerate(loaded.frames):
        if cancelled():
            raise Cancelled
        group = groups[i] if i < len(groups) else None
        mapping = _mapping(group) or _mapping(shared) or first(data, "RealWorldValueMappingSequence")
        values = _real(reader.read(frame), mapping)
        room -= values.nbytes
        if room < 0:
            raise LimitError("This parametric map is too large for memory. It was not opened.", path=path)
        plane = cut(values, grid_of(frame, thickness), source_image(group) or source_image(shared))
        if plane is not None:
            planes.setdefault((_name(mapping), _unit(mapping)), []).append(plane)
    parts = tuple(_part(i, name, unit, found) for i, ((name, unit), found) in enumerate(planes.items()))
    return DicomObject(
        key,
        ObjectKind.MAP,
        text(data, "ContentDescription", 64) or text(data, "ContentLabel", 64) or text(data, "SeriesDescription", 64),
        path,
        text(data, "SOPInstanceUID", 64),
        parts,
        referenced_images(data),
        frames_of_reference(data),
        notes=loaded.notes,
        images=_stack(loaded, shared, groups, key),
    )


def _stack(loaded: Loaded, shared: Dataset | None, groups: tuple[Dataset, ...], key: str) -> Stack | None:
    """The map as images of its own: its linear mapping as rescale, its unit as the unit of values."""
    if loaded.header is None:
        return None
    frames = []
    for i, frame in enumerate(loaded.frames):
        mapping = _mapping(groups[i] if i < len(groups) else None) or _mapping(shared)
        slope, intercept = number(mapping, "RealWorldValueSlope"), number(mapping, "RealWorldValueIntercept")
        frames.append(
            replace(
                frame, slope=slope or 1.0, intercept=intercept or 0.0, rescale_given=slope is not None,
                rescale_type=_unit(mapping)[:16],
            )
        )  # fmt: skip
    catalog = Catalog()
    catalog.add(Batch((replace(loaded.header, frames=tuple(frames)),), (), ScanProgress(finished=True)))
    stacks = catalog.stacks()
    return replace(stacks[0], key=f"{key}-images") if stacks else None


def _mapping(group: Dataset | None) -> Dataset | None:
    return first(group, "RealWorldValueMappingSequence")


def _real(stored: NDArray[np.generic], mapping: Dataset | None) -> NDArray[np.float32]:
    """Real world values, NaN where the mapping does not hold or the value is no number."""
    values = stored.astype(np.float64)
    values[~np.isfinite(values)] = np.nan
    table = numbers(mapping, "RealWorldValueLUTData")
    low = _bound(mapping, "RealWorldValueFirstValueMapped")
    high = _bound(mapping, "RealWorldValueLastValueMapped")
    if table and low is not None:
        index = np.nan_to_num(values, nan=-1).astype(np.int64) - int(low)
        inside = (index >= 0) & (index < len(table)) & np.isfinite(values)
        out = np.full(values.shape, np.nan)
        out[inside] = np.array(table)[index[inside]]
        return out.astype(np.float32)
    if low is not None and high is not None and low < high:
        values[(values < low) | (values > high)] = np.nan
    slope, intercept = number(mapping, "RealWorldValueSlope"), number(mapping, "RealWorldValueIntercept")
    if slope is not None and slope != 0:
        values = values * slope + (intercept or 0.0)
    return values.astype(np.float32)


def _bound(mapping: Dataset | None, name: str) -> float | None:
    """The same bound has two attributes, one for integers and one for doubles."""
    double = number(mapping, f"DoubleFloat{name}")
    return double if double is not None else number(mapping, name)


def _name(mapping: Dataset | None) -> str:
    for item in items(mapping, "QuantityDefinitionSequence"):
        meaning = code_meaning(item, "ConceptCodeSequence")
        if meaning:
            return meaning
    return text(mapping, "LUTExplanation", 64) or text(mapping, "LUTLabel", 32)


def _unit(mapping: Dataset | None) -> str:
    unit = first(mapping, "MeasurementUnitsCodeSequence")
    code, meaning = text(unit, "CodeValue", 32), text(unit, "CodeMeaning", 64)
    if code == "1" or meaning.lower() == "no units":
        return ""
    return meaning if code.startswith(("[", "{")) else code or meaning


def _part(number: int, name: str, unit: str, planes: list[Plane]) -> Part:
    everything = np.concatenate([plane.values[~np.isnan(plane.values)].ravel()[::7] for plane in planes])
    if not everything.size:
        everything = np.zeros(1)
    low, high = (float(v) for v in np.percentile(everything, _TAILS))
    if low == high:
        high = low + 1.0
    return Part(f"map-{number}", name or "Quantity", None, name, tuple(planes), scale=(low, high), unit=unit)
