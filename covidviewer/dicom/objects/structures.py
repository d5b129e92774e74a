"""RT structure sets (PS3.3 A.19, C.8.8.5, C.8.8.6) -> contours in the patient, one part a region."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from covidviewer.dicom.objects import source
from covidviewer.dicom.objects.colors import from_rgb
from covidviewer.dicom.objects.policy import object_policy
from covidviewer.dicom.objects.records import Contour, DicomObject, ObjectKind, Part
from covidviewer.dicom.objects.references import frames_of_reference, referenced_images
from covidviewer.dicom.objects.source import array, first, integer, items, numbers, text
from covidviewer.errors import Cancelled, LimitError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Cancel = Callable[[], bool]


def read(path: Path, key: str, cancelled: Cancel = lambda: False) -> DicomObject:
    """All regions of a structure set; contours whose numbers are damaged are left out and counted in the notes.

    Raises
    ------
    LimitError
        More points than ``max_points``.
    DamagedFileError, FileError
        The file cannot be read.
    Cancelled
        ``cancelled`` said so between two contours.
    """
    data = source.load(path).dataset
    names = {
        n: item for item in items(data, "StructureSetROISequence") if (n := integer(item, "ROINumber")) is not None
    }
    observed = {
        n: item
        for item in items(data, "RTROIObservationsSequence")
        if (n := integer(item, "ReferencedROINumber")) is not None
    }
    parts, references, broken, room = [], set(referenced_images(data)), 0, object_policy().max_points
    for region in items(data, "ROIContourSequence"):
        number = integer(region, "ReferencedROINumber")
        contours = []
        for item in items(region, "ContourSequence"):
            if cancelled():
                raise Cancelled
            contour = _contour(item, room)
            if contour is None:
                broken += 1
                continue
            room -= len(contour.points)
            if contour.reference is not None:
                references.add(contour.reference.sop_instance_uid)
            contours.append(contour)
        name, seen = names.get(number) if number is not None else None, observed.get(number) if number else None
        parts.append(_part(number, region, name, seen, contours))
    return DicomObject(
        key,
        ObjectKind.CONTOURS,
        text(data, "StructureSetLabel", 64) or text(data, "SeriesDescription", 64),
        path,
        text(data, "SOPInstanceUID", 64),
        tuple(parts),
        frozenset(references),
        frames_of_reference(data),
        notes=(f"{broken} contours are damaged and not drawn.",) if broken else (),
    )


def _part(
    number: int | None, region: Dataset, name: Dataset | None, seen: Dataset | None, contours: list[Contour]
) -> Part:
    label = text(name, "ROIName", 64) or text(seen, "ROIObservationLabel", 64)
    what = [text(seen, "RTROIInterpretedType", 32).lower(), text(name, "ROIGenerationAlgorithm", 32).lower()]
    return Part(
        f"region-{number}",
        label or f"Region {number}",
        from_rgb(numbers(region, "ROIDisplayColor")),
        " · ".join(w for w in what if w),
        contours=tuple(contours),
    )


def _contour(item: Dataset, room: int) -> Contour | None:
    values = array(item, "ContourData", 3 * object_policy().max_points)
    if values.size < 3 or values.size % 3 or not np.isfinite(values).all():
        return None
    points = values.reshape(-1, 3)
    if len(points) > room:
        raise LimitError(f"This structure set has more than {object_policy().max_points:,} points. It was not opened.")
    closed = text(item, "ContourGeometricType", 32).upper() in ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "")
    points.setflags(write=False)
    return Contour(points, closed, source.reference(first(item, "ContourImageSequence")))
