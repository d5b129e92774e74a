"""Which images an object names, anywhere in it, and in which Frames of Reference its places are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from covidviewer.dicom.objects import source
from covidviewer.dicom.objects.policy import object_policy
from covidviewer.dicom.objects.source import items, text

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

#: Sequences that lead to images, with what leads on from them.
_PATHS = (
    ("ReferencedSeriesSequence", "ReferencedInstanceSequence"),
    ("ReferencedSeriesSequence", "ReferencedImageSequence"),
    ("ReferencedImageSequence",),
    ("SourceImageSequence",),
    ("SourceInstanceSequence",),
    ("CurrentRequestedProcedureEvidenceSequence", "ReferencedSeriesSequence", "ReferencedSOPSequence"),
    ("PertinentOtherEvidenceSequence", "ReferencedSeriesSequence", "ReferencedSOPSequence"),
    (
        "ReferencedFrameOfReferenceSequence",
        "RTReferencedStudySequence",
        "RTReferencedSeriesSequence",
        "ContourImageSequence",
    ),
)


def referenced_images(data: Dataset) -> frozenset[str]:
    """SOP Instance UIDs of the images that an object lists at its top."""
    found: set[str] = set()
    for path in _PATHS:
        level: tuple[Dataset, ...] = (data,)
        for keyword in path:
            level = tuple(item for dataset in level for item in items(dataset, keyword))
        for item in level:
            named = source.reference(item)
            if named is not None and len(found) < object_policy().max_points:
                found.add(named.sop_instance_uid)
    return frozenset(found)


def frames_of_reference(data: Dataset) -> frozenset[str]:
    """Frame of Reference UIDs at the top and of an RT structure set's list; empty strings left out."""
    found = {text(data, "FrameOfReferenceUID", 64)}
    for item in items(data, "ReferencedFrameOfReferenceSequence"):
        found.add(text(item, "FrameOfReferenceUID", 64))
    for item in items(data, "StructureSetROISequence"):
        found.add(text(item, "ReferencedFrameOfReferenceUID", 64))
    return frozenset(found - {""})
