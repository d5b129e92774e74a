"""Softcopy presentation states (PS3.3 A.33): graphics, texts, window, displayed area, rotation, shutters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from covidviewer.dicom import values
from covidviewer.dicom.catalog import HeaderWindow
from covidviewer.dicom.objects import shapes, shutters, source
from covidviewer.dicom.objects.policy import object_policy
from covidviewer.dicom.objects.records import (
    DicomObject,
    Drawing,
    Label,
    ObjectKind,
    Part,
    Presentation,
    Reference,
    ShownArea,
    ShownWindow,
)
from covidviewer.dicom.objects.references import referenced_images
from covidviewer.dicom.objects.source import array, integer, items, number, numbers, text
from covidviewer.dicom.tags import Attributes
from covidviewer.errors import LimitError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def read(path: Path, key: str, cancelled: Callable[[], bool] = lambda: False) -> DicomObject:
    """A presentation state; each of its graphic layers is one part, and its shutters together are one.

    Raises
    ------
    LimitError
        More points than ``max_points``, or a shutter larger than an image may be.
    DamagedFileError, FileError
        The file cannot be read.
    """
    data = source.load(path).dataset
    presentation = _presentation(data)
    parts = (*_shutter_part(data), *_layers(data, presentation))
    return DicomObject(
        key,
        ObjectKind.PRESENTATION,
        text(data, "ContentDescription", 64) or text(data, "ContentLabel", 64) or text(data, "SeriesDescription", 64),
        path,
        text(data, "SOPInstanceUID", 64),
        parts,
        referenced_images(data),
        presentation=presentation,
        detail=_detail(presentation),
    )


def _detail(presentation: Presentation) -> str:
    said = []
    if presentation.windows:
        said.append("window")
    if presentation.areas:
        said.append("displayed area")
    if presentation.quarter_turns or presentation.flip_h:
        said.append("rotation")
    return ", ".join(said)


def _presentation(data: Dataset) -> Presentation:
    rotation = integer(data, "ImageRotation") or 0
    flip = text(data, "ImageHorizontalFlip", 4).upper() == "Y"
    turns = rotation // 90 % 4
    return Presentation(
        tuple(_window(item) for item in items(data, "SoftcopyVOILUTSequence")),
        tuple(a for item in items(data, "DisplayedAreaSelectionSequence") if (a := _area(item)) is not None),
        # The standard turns first and flips then; our view flips first, which turns the other way round.
        (4 - turns) % 4 if flip else turns,
        flip,
        text(data, "PresentationLUTShape", 16).upper() == "INVERSE",
    )


def _references(item: Dataset) -> tuple[Reference, ...]:
    named = (source.reference(image) for image in items(item, "ReferencedImageSequence"))
    return tuple(r for r in named if r is not None)


def _window(item: Dataset) -> ShownWindow:
    centers, widths = numbers(item, "WindowCenter"), numbers(item, "WindowWidth")
    function = text(item, "VOILUTFunction", 16).upper() or "LINEAR"
    named = text(item, "WindowCenterWidthExplanation", 64).split("\\")
    windows = tuple(
        HeaderWindow(c, w, function, named[i] if i < len(named) else "")
        for i, (c, w) in enumerate(zip(centers, widths, strict=False))
    )
    luts = values.lookup_tables(Attributes.from_dataset(item).items(0x00283010), signed=True)
    return ShownWindow(windows, luts, _references(item))


def _area(item: Dataset) -> ShownArea | None:
    top_left = numbers(item, "DisplayedAreaTopLeftHandCorner")
    bottom_right = numbers(item, "DisplayedAreaBottomRightHandCorner")
    if len(top_left) != 2 or len(bottom_right) != 2:
        return None
    # Column, row, counted from 1 (PS3.3 C.10.4).
    ratio = number(item, "PresentationPixelMagnificationRatio")
    magnify = text(item, "PresentationSizeMode", 16).upper() == "MAGNIFY" and ratio is not None and 0 < ratio < 1000
    return ShownArea(
        (top_left[1] - 1, top_left[0] - 1),
        (bottom_right[1] - 1, bottom_right[0] - 1),
        _references(item),
        ratio if magnify else None,
    )


def _shutter_part(data: Dataset) -> tuple[Part, ...]:
    found = shutters.read(data)
    if not found:
        return ()
    kinds = ", ".join(text(data, "ShutterShape", 64).lower().split("\\"))
    return (Part("shutter", "Shutter", detail=kinds, shutters=found),)


def _layers(data: Dataset, presentation: Presentation) -> tuple[Part, ...]:
    drawings: dict[str, list[Drawing]] = {}
    labels: dict[str, list[Label]] = {}
    described = {
        text(item, "GraphicLayer", 32): text(item, "GraphicLayerDescription", 64)
        for item in items(data, "GraphicLayerSequence")
    }
    room = object_policy().max_points
    for annotation in items(data, "GraphicAnnotationSequence"):
        layer = text(annotation, "GraphicLayer", 32)
        references = _references(annotation)
        placed = _Placer(presentation, references)
        for item in items(annotation, "GraphicObjectSequence"):
            found = _drawings(item, references, placed)
            room -= sum(len(drawing.points) for drawing in found)
            drawings.setdefault(layer, []).extend(found)
        for item in items(annotation, "TextObjectSequence"):
            label = _label(item, references, placed)
            room -= 1
            if label is not None:
                labels.setdefault(layer, []).append(label)
        if room < 0:
            raise LimitError(f"This presentation state draws more than {object_policy().max_points:,} points.")
    return tuple(
        Part(
            f"layer-{name}",
            described.get(name) or name or "Annotations",
            detail=f"{len(drawings.get(name, ()))} graphics, {len(labels.get(name, ()))} texts",
            drawings=tuple(drawings.get(name, ())),
            labels=tuple(labels.get(name, ())),
        )
        for name in dict.fromkeys([*drawings, *labels])
    )


class _Placer:
    """Brings points of one annotation to (row, column); DISPLAY units are shares of the displayed area."""

    def __init__(self, presentation: Presentation, references: tuple[Reference, ...]) -> None:
        uids = {r.sop_instance_uid for r in references}
        fitting = [
            a for a in presentation.areas if not a.references or uids & {r.sop_instance_uid for r in a.references}
        ]
        self._area = fitting[0] if fitting else None
        self._turned = presentation.quarter_turns % 2 == 1

    def place(self, data: shapes.Points, units: str) -> shapes.Points:
        """(n, 2) row, column; empty where the units cannot be resolved."""
        if units != "DISPLAY":
            return shapes.image_points(data)
        if self._area is None:
            return np.empty((0, 2))
        pairs = data[: data.size // 2 * 2].reshape(-1, 2)
        (top, left), (bottom, right) = self._area.top_left, self._area.bottom_right
        height, width = bottom - top + np.sign(bottom - top or 1), right - left + np.sign(right - left or 1)
        down, across = (pairs[:, 0], pairs[:, 1]) if self._turned else (pairs[:, 1], pairs[:, 0])
        rows = top - 0.5 * np.sign(height) + down * height
        columns = left - 0.5 * np.sign(width) + across * width
        return np.stack([rows, columns], axis=1)


def _drawings(item: Dataset, references: tuple[Reference, ...], placer: _Placer) -> list[Drawing]:
    limit = 2 * object_policy().max_points
    points = placer.place(array(item, "GraphicData", limit), text(item, "GraphicAnnotationUnits", 16).upper())
    filled = text(item, "GraphicFilled", 4).upper() == "Y"
    kind = text(item, "GraphicType", 16).upper()
    return [Drawing(line, closed, references, filled) for line, closed in shapes.polylines(kind, points)]


def _label(item: Dataset, references: tuple[Reference, ...], placer: _Placer) -> Label | None:
    words = text(item, "UnformattedTextValue", 1024).replace("\r\n", "\n")
    if not words:
        return None
    anchor = placer.place(array(item, "AnchorPoint", 2), text(item, "AnchorPointAnnotationUnits", 16).upper())
    box = placer.place(
        array(item, "BoundingBoxTopLeftHandCorner", 2), text(item, "BoundingBoxAnnotationUnits", 16).upper()
    )
    at = box if len(box) else anchor
    if not len(at):
        return None
    leads = len(box) and len(anchor) and text(item, "AnchorPointVisibility", 4).upper() == "Y"
    return Label(
        words,
        (float(at[0, 0]), float(at[0, 1])),
        references,
        (float(anchor[0, 0]), float(anchor[0, 1])) if leads else None,
    )
