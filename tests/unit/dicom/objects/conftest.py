"""A small series with known geometry, on disk, and objects that refer to it, made by pydicom and highdicom."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from covidviewer.study import Series, open_study

ROOT = "1.2.826.0.1.3680043.8.498.77.9"
FRAME_OF_REFERENCE = f"{ROOT}.7"


def oblique(degrees: float = 20.0) -> tuple[float, ...]:
    """Row then column cosines turned about two axes."""
    t = np.radians(degrees)
    about_x = np.array([[1, 0, 0], [0, np.cos(t), -np.sin(t)], [0, np.sin(t), np.cos(t)]])
    about_z = np.array([[np.cos(t), -np.sin(t), 0], [np.sin(t), np.cos(t), 0], [0, 0, 1]])
    turn = about_z @ about_x
    return (*turn[:, 0], *turn[:, 1])


AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def write_series(
    folder: Path,
    *,
    count: int = 8,
    rows: int = 40,
    columns: int = 32,
    spacing: tuple[float, float] = (1.4, 0.7),
    step: float = 2.5,
    orientation: tuple[float, ...] = AXIAL,
    origin: tuple[float, float, float] = (-20.0, -30.0, 100.0),
    number: int = 1,
) -> list[FileDataset]:
    """CT slices of air, one file each; data sets in the order of the stack (ascending along row x column)."""
    folder.mkdir(parents=True, exist_ok=True)
    normal = np.cross(orientation[:3], orientation[3:])
    made = []
    for i in range(count):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.MediaStorageSOPClassUID = CTImageStorage
        meta.MediaStorageSOPInstanceUID = f"{ROOT}.{number}.{i + 1}"
        ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
        ds.StudyInstanceUID, ds.SeriesInstanceUID = f"{ROOT}.100", f"{ROOT}.{number}"
        ds.FrameOfReferenceUID = FRAME_OF_REFERENCE
        ds.Modality, ds.PatientName, ds.PatientID = "CT", "Phantom^Thorax", "P1"
        ds.PatientBirthDate = ds.PatientSex = ds.StudyTime = ds.AccessionNumber = ds.StudyID = ""
        ds.ReferringPhysicianName = ds.Manufacturer = ds.PositionReferenceIndicator = ""
        ds.StudyDate = "20240102"
        ds.SeriesNumber, ds.InstanceNumber, ds.ImageType = number, i + 1, ["ORIGINAL", "PRIMARY", "AXIAL"]
        ds.ImagePositionPatient = [float(v) for v in np.array(origin) + i * step * normal]
        ds.ImageOrientationPatient = [float(v) for v in orientation]
        ds.PixelSpacing, ds.SliceThickness = list(spacing), step
        ds.Rows, ds.Columns, ds.BitsAllocated, ds.BitsStored, ds.HighBit = rows, columns, 16, 16, 15
        ds.PixelRepresentation, ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, 1, "MONOCHROME2"
        ds.RescaleSlope, ds.RescaleIntercept = 1, 0
        ds.PixelData = np.full((rows, columns), -1000, np.int16).tobytes()
        ds.save_as(folder / f"{i:03}.dcm", enforce_file_format=True)
        made.append(pydicom.dcmread(folder / f"{i:03}.dcm"))
    return made


def open_series(folder: Path) -> Series:
    """The one image series below a folder."""
    (series,) = [s for s in open_study(folder).series if s.kind != "document"]
    return series


def bare_object(sop_class: str, uid: str = f"{ROOT}.500.1") -> FileDataset:
    """An object's data set without a body."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, uid
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, uid
    ds.StudyInstanceUID, ds.SeriesInstanceUID = f"{ROOT}.100", f"{ROOT}.500"
    ds.PatientName, ds.PatientID = "Phantom^Thorax", "P1"
    return ds


def item(**fields: Any) -> Dataset:
    """A sequence item from keywords."""
    ds = Dataset()
    for keyword, value in fields.items():
        setattr(ds, keyword, value)
    return ds


@pytest.fixture
def make_segmentation() -> Callable[..., Any]:
    """``make(images, masks, kind)`` by highdicom: masks (slices, rows, columns, segments); gives the data set."""

    def make(images: list[FileDataset], masks: np.ndarray, kind: str = "BINARY", **more: Any) -> Any:
        import highdicom as hd
        from pydicom.sr.codedict import codes

        described = [
            hd.seg.SegmentDescription(
                segment_number=n + 1,
                segment_label=f"part {n + 1}",
                segmented_property_category=codes.SCT.Tissue,
                segmented_property_type=codes.SCT.Lung,
                algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
            )
            for n in range(masks.shape[-1] if masks.ndim == 4 else int(masks.max()))
        ]
        return hd.seg.Segmentation(
            images,
            masks,
            kind,
            described,
            series_instance_uid=f"{ROOT}.600",
            series_number=6,
            sop_instance_uid=f"{ROOT}.600.1",
            instance_number=1,
            manufacturer="m",
            manufacturer_model_name="m",
            software_versions="1",
            device_serial_number="1",
            **more,
        )

    return make
