"""Arrays to DICOM files: CT slices and digital films, as the demo study and the tests need them.

Explicit VR little endian, all attributes of type 1 and 2 of the IODs (PS3.3 A.3 CT Image, A.26 Digital X-Ray).
UIDs are of the form 2.25.<UUID> (PS3.5 B.2) and follow from names, so that the same study has the same UIDs
wherever it is made.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from covidviewer.errors import UsageError, __version__

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
DX_FOR_PRESENTATION = "1.2.840.10008.5.1.4.1.1.1.1"
_EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
_NAMES = uuid.UUID("6d0b3cf4-0b1e-5c58-9a3a-2f0d6c9a7c11")
HU_OFFSET = -1024


def uid_of(*names: str | int) -> str:
    """A valid UID that is the same for the same names."""
    return f"2.25.{uuid.uuid5(_NAMES, '/'.join(map(str, names))).int}"


@dataclass(frozen=True, slots=True)
class StudyHead:
    """What all instances of a study share. ``name`` seeds the UIDs; dates as in DICOM (YYYYMMDD, HHMMSS)."""

    name: str
    description: str
    patient_name: str
    patient_id: str
    birth_date: str = ""
    sex: str = ""
    age: str = ""
    date: str = ""
    time: str = ""
    accession: str = ""
    institution: str = ""

    @property
    def uid(self) -> str:
        return uid_of(self.name)


@dataclass(frozen=True, slots=True)
class SeriesHead:
    """What all slices of a CT series share.

    windows : (name, center, width) in the order of preference. thickness_mm : SliceThickness.
    """

    study: StudyHead
    number: int
    description: str
    image_type: tuple[str, ...] = ("ORIGINAL", "PRIMARY", "AXIAL")
    thickness_mm: float = 1.0
    spacing_mm: float | None = None
    kernel: str = ""
    patient_position: str = "HFS"
    windows: tuple[tuple[str, float, float], ...] = ()

    @property
    def uid(self) -> str:
        return uid_of(self.study.name, "series", self.number)


def write_ct_slice(
    path: Path, hu: NDArray[np.int16], head: SeriesHead, affine: NDArray[np.float64], index: int, number: int
) -> None:
    """Write one CT slice (CT Image Storage, PS3.3 A.3).

    Parameters
    ----------
    hu : (rows, columns) int16, -1024..3071; stored as 12 bits unsigned with intercept -1024.
    affine : (4, 4) float64, voxel index (slice, row, column, 1) -> LPS mm (PS3.3 C.7.6.2.1.1).
    index : of the slice, for its position. number : InstanceNumber.

    Raises
    ------
    UsageError : values that 12 bits cannot hold.
    """
    if hu.min() < HU_OFFSET or hu.max() > HU_OFFSET + 4095:
        raise UsageError("These HU do not fit 12 bits.")
    data = _common(head.study, "CT", head.number, head.description, head.uid, CT_IMAGE, number)
    down, right = affine[:3, 1], affine[:3, 2]
    spacing = [float(np.linalg.norm(down)), float(np.linalg.norm(right))]
    data.ImageType = list(head.image_type)
    data.PatientPosition = head.patient_position
    data.FrameOfReferenceUID = uid_of(head.study.name, "frame of reference")
    data.PositionReferenceIndicator = ""
    data.AcquisitionNumber = 1
    data.ImagePositionPatient = _decimals(affine[:3, 3] + index * affine[:3, 0])
    data.ImageOrientationPatient = _decimals(np.concatenate([right / spacing[1], down / spacing[0]]))
    data.PixelSpacing = _decimals(spacing)
    data.SliceThickness = _decimals([head.thickness_mm])[0]
    if head.spacing_mm is not None:
        data.SpacingBetweenSlices = _decimals([head.spacing_mm])[0]
    normal = np.cross(right, down)
    position = (affine[:3, 3] + index * affine[:3, 0]) @ (normal / np.linalg.norm(normal))
    data.SliceLocation = _decimals([float(position)])[0]
    data.KVP = "120"
    data.ConvolutionKernel = head.kernel
    data.RescaleIntercept, data.RescaleSlope, data.RescaleType = str(HU_OFFSET), "1", "HU"
    _windows(data, head.windows)
    _pixels(data, (hu.astype(np.int32) - HU_OFFSET).astype(np.uint16), 12)
    _save(data, path)


def write_film(
    path: Path,
    pixels: NDArray[np.uint16],
    study: StudyHead,
    *,
    number: int,
    description: str,
    bits: int,
    spacing_mm: tuple[float, float],
    magnification: float,
    window: tuple[float, float],
) -> None:
    """Write one postero-anterior chest film (Digital X-Ray Image Storage - For Presentation, PS3.3 A.26).

    pixels : (rows, columns) uint16, dense tissue bright, row 0 at the head, column 0 at the patient's right.
    spacing_mm : on the detector (row, column); there is no PixelSpacing, as none holds in the patient.
    """
    uid = uid_of(study.name, "series", number)
    data = _common(study, "DX", number, description, uid, DX_FOR_PRESENTATION, 1)
    data.ImageType = ["ORIGINAL", "PRIMARY", ""]
    data.PatientOrientation = ["L", "F"]
    data.PresentationIntentType = "FOR PRESENTATION"
    data.ImageLaterality = "U"
    data.AnatomicRegionSequence = [_code("51185008", "Chest")]
    data.ViewPosition = "PA"
    data.ViewCodeSequence = [_code("272479007", "postero-anterior")]
    data.ViewCodeSequence[0].ViewModifierCodeSequence = []
    data.PatientOrientationCodeSequence = [_code("10904000", "erect")]
    data.PositionerType = "NONE"
    data.DetectorType = "DIRECT"
    data.ImagerPixelSpacing = _decimals(spacing_mm)
    data.EstimatedRadiographicMagnificationFactor = _decimals([magnification])[0]
    data.KVP = "125"
    data.PixelIntensityRelationship, data.PixelIntensityRelationshipSign = "LOG", -1
    data.RescaleIntercept, data.RescaleSlope, data.RescaleType = "0", "1", "US"
    data.PresentationLUTShape = "IDENTITY"
    data.LossyImageCompression = "00"
    data.BurnedInAnnotation = "NO"
    data.AcquisitionContextSequence = []
    _windows(data, (("Standard", *window),))
    _pixels(data, pixels, bits)
    _save(data, path)


def _common(
    study: StudyHead, modality: str, series: int, description: str, series_uid: str, sop_class: str, number: int
) -> Dataset:
    from pydicom.dataset import Dataset

    data = Dataset()
    data.SpecificCharacterSet = "ISO_IR 192"
    data.SOPClassUID = sop_class
    data.SOPInstanceUID = uid_of(study.name, "series", series, "instance", number)
    data.PatientName, data.PatientID = study.patient_name, study.patient_id
    data.PatientBirthDate, data.PatientSex, data.PatientAge = study.birth_date, study.sex, study.age
    data.StudyInstanceUID, data.StudyID, data.StudyDescription = study.uid, "1", study.description
    data.StudyDate = data.SeriesDate = data.AcquisitionDate = data.ContentDate = study.date
    data.StudyTime = data.SeriesTime = data.AcquisitionTime = data.ContentTime = study.time
    data.AccessionNumber, data.ReferringPhysicianName = study.accession, ""
    data.Modality, data.SeriesInstanceUID, data.SeriesNumber = modality, series_uid, series
    data.SeriesDescription, data.BodyPartExamined, data.Laterality = description, "CHEST", ""
    data.Manufacturer, data.ManufacturerModelName = "covidviewer", "Phantom thorax"
    data.InstitutionName, data.SoftwareVersions = study.institution, __version__
    data.InstanceNumber = number
    return data


def _code(value: str, meaning: str) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", meaning
    return item


def _decimals(values: Sequence[float] | NDArray[np.float64]) -> list[str]:
    """Decimal strings of at most 16 bytes (PS3.5 6.2, DS), without the noise of float arithmetic."""
    return [f"{0.0 if abs(v) < 1e-12 else float(v):.10g}"[:16] for v in values]


def _windows(data: Dataset, windows: tuple[tuple[str, float, float], ...]) -> None:
    if windows:
        data.WindowCenter = _decimals([center for _, center, _ in windows])
        data.WindowWidth = _decimals([width for _, _, width in windows])
        data.WindowCenterWidthExplanation = [name for name, _, _ in windows]


def _pixels(data: Dataset, stored: NDArray[np.uint16], bits: int) -> None:
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows, data.Columns = stored.shape
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, bits, bits - 1, 0
    data.PixelData = stored.astype("<u2").tobytes()
    data["PixelData"].VR = "OW"


def _save(data: Dataset, path: Path) -> None:
    from pydicom.dataset import FileMetaDataset

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = _EXPLICIT_LITTLE
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = data.SOPClassUID, data.SOPInstanceUID
    meta.ImplementationClassUID = uid_of("implementation")
    meta.ImplementationVersionName = f"CVIEWER {__version__}"[:16]
    data.file_meta = meta
    data.save_as(path, enforce_file_format=True)
