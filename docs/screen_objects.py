"""Objects of others for the screens: a segmentation, a structure set and a report over the demo study's axial CT."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

CODES = {"Tracking identifier": "112039"}  # PS3.16 TID 1411
ROOT = "1.2.826.0.1.3680043.8.498.78"


def write(axial: Path, folder: Path) -> Path:
    """Write three objects that refer to the files of ``axial``; returns the folder."""
    import pydicom

    folder.mkdir()
    images = [pydicom.dcmread(file) for file in sorted(axial.iterdir())]
    images.sort(key=lambda image: float(image.ImagePositionPatient[2]))
    values = np.stack([image.pixel_array * image.RescaleSlope + image.RescaleIntercept for image in images])
    _segmentation(images, values).save_as(folder / "segmentation.dcm")
    _structures(images).save_as(folder / "structures.dcm", enforce_file_format=True)
    _report(images).save_as(folder / "report.dcm", enforce_file_format=True)
    return folder


def _segmentation(images: list[Any], values: np.ndarray) -> Any:
    import highdicom as hd
    from pydicom.sr.codedict import codes
    from scipy import ndimage

    air = ndimage.binary_opening(values < -400, iterations=2)
    found, _ = ndimage.label(air)
    border = np.concatenate([found[:, [0, -1]].ravel(), found[:, :, [0, -1]].ravel()])
    outside = np.unique(border)  # what touches the border of the picture is not in the body
    lung = ndimage.binary_closing(air & ~np.isin(found, outside), iterations=3)
    dense = ndimage.binary_opening(lung & (values > -720), iterations=2)
    described = [
        hd.seg.SegmentDescription(
            n, label, codes.SCT.Tissue, kind, hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
            hd.AlgorithmIdentificationSequence("threshold", codes.DCM.ArtificialIntelligence, "1"),
        )
        for n, label, kind in ((1, "Lung", codes.SCT.Lung), (2, "Denser than lung", codes.SCT.Tissue))
    ]  # fmt: skip
    return hd.seg.Segmentation(
        images, np.stack([lung, dense], axis=-1).astype(np.uint8), "BINARY", described,
        series_instance_uid=f"{ROOT}.1", series_number=901, sop_instance_uid=f"{ROOT}.1.1", instance_number=1,
        manufacturer="covidviewer", manufacturer_model_name="screens", software_versions="1",
        device_serial_number="1", series_description="Lungs, by threshold",
    )  # fmt: skip


def _bare(image: Any, sop_class: str, number: int, modality: str) -> Any:
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, sop_class
    meta.MediaStorageSOPInstanceUID = f"{ROOT}.{number}.1"
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    for keyword in ("PatientName", "PatientID", "StudyInstanceUID", "StudyDate", "StudyTime", "StudyDescription"):
        if keyword in image:
            setattr(ds, keyword, image[keyword].value)
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, meta.MediaStorageSOPInstanceUID
    ds.SeriesInstanceUID, ds.SeriesNumber, ds.Modality = f"{ROOT}.{number}", 900 + number, modality
    return ds


def _item(**fields: Any) -> Any:
    from pydicom.dataset import Dataset

    made = Dataset()
    for keyword, value in fields.items():
        setattr(made, keyword, value)
    return made


def _structures(images: list[Any]) -> Any:
    ds = _bare(images[0], "1.2.840.10008.5.1.4.1.1.481.3", 2, "RTSTRUCT")
    ds.StructureSetLabel = ds.SeriesDescription = "Heart, by hand"
    place = images[0].FrameOfReferenceUID
    ds.StructureSetROISequence = [_item(ROINumber=1, ROIName="Heart", ReferencedFrameOfReferenceUID=place)]
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    contours = []
    for i in range(len(images) // 4, len(images) // 2):
        z = float(images[i].ImagePositionPatient[2])
        ring = np.column_stack([18 + 48 * np.cos(turn), -32 + 38 * np.sin(turn), np.full(60, z)])
        contours.append(_item(ContourGeometricType="CLOSED_PLANAR", ContourData=[f"{v:.3f}" for v in ring.ravel()]))
    ds.ROIContourSequence = [_item(ReferencedROINumber=1, ROIDisplayColor=[242, 150, 90], ContourSequence=contours)]
    return ds


def _report(images: list[Any]) -> Any:
    ds = _bare(images[0], "1.2.840.10008.5.1.4.1.1.88.34", 3, "SR")
    ds.SeriesDescription, ds.ValueType, ds.CompletionFlag = "Chest CT report", "CONTAINER", "COMPLETE"
    ds.VerificationFlag = "UNVERIFIED"

    def code(meaning: str, value: str = "1", scheme: str = "99DEMO") -> list[Any]:
        return [_item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)]

    def node(kind: str, name: str, *below: Any, **fields: Any) -> Any:
        made = _item(
            RelationshipType="CONTAINS",
            ValueType=kind,
            ConceptNameCodeSequence=code(name, CODES.get(name, "1")),
            **fields,
        )
        if below:
            made.ContentSequence = list(below)
        return made

    image = images[len(images) // 3]
    named = [_item(ReferencedSOPClassUID=image.SOPClassUID, ReferencedSOPInstanceUID=image.SOPInstanceUID)]
    picture = node("IMAGE", "Source image", ReferencedSOPSequence=named)
    size = [_item(NumericValue="14.2", MeasurementUnitsCodeSequence=code("millimeter", "mm", "UCUM"))]
    side = image.Columns
    circle = [0.36 * side, 0.55 * side, 0.40 * side, 0.55 * side]
    region = node("SCOORD", "Image region", picture, GraphicType="CIRCLE", GraphicData=circle)
    ds.ConceptNameCodeSequence = code("Chest CT report")
    ds.ContentSequence = [
        node("CONTAINER", "Findings",
             node("TEXT", "Lungs", TextValue="Ground glass in the right lower lobe, below the pleura."),
             node("CONTAINER", "Measurement group", node("TEXT", "Tracking identifier", TextValue="Lesion 1"), region,
                  node("NUM", "Diameter", MeasuredValueSequence=size))),
        node("TEXT", "Impression", TextValue="A phantom. Nothing here is of a patient."),
    ]  # fmt: skip
    return ds
