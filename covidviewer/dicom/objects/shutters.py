"""Shutters of a presentation state: shapes that stay open (PS3.3 C.7.6.11), a bitmap that hides (C.7.6.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.objects import shapes
from covidviewer.dicom.objects.overlays import plane_of
from covidviewer.dicom.objects.records import Shutter
from covidviewer.dicom.objects.source import integer, number, numbers, text

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def read(data: Dataset) -> tuple[Shutter, ...]:
    """All shutters of a data set; rows and columns count from 1 there.

    Raises
    ------
    DamagedFileError
        The bitmap claims more pixels than it holds.
    """
    value = integer(data, "ShutterPresentationValue")
    grey = None if value is None else min(max(value, 0), 0xFFFF) * 255 // 0xFFFF  # P-values, 16 bits
    given = text(data, "ShutterShape", 64).upper().split("\\")
    found = [Shutter(points, grey=grey) for points in _outlines(data, given)]
    group = integer(data, "ShutterOverlayGroup")
    if "BITMAP" in given and group is not None:
        plane = plane_of(data, group)
        if plane is not None:
            found.append(Shutter(hidden=plane, grey=grey))
    return tuple(found)


def _outlines(data: Dataset, given: list[str]) -> list[NDArray[np.float64]]:
    """Outlines of what stays open, (row, column) from 0 on."""
    found = []
    if "RECTANGULAR" in given:
        names = ("UpperHorizontal", "LowerHorizontal", "LeftVertical", "RightVertical")
        edges = [number(data, f"Shutter{name}Edge") for name in names]
        if all(edge is not None for edge in edges):
            top, bottom, left, right = (float(edge) - 1 for edge in edges if edge is not None)
            top, bottom, left, right = top - 0.5, bottom + 0.5, left - 0.5, right + 0.5
            found.append(np.array([(top, left), (top, right), (bottom, right), (bottom, left)]))
    if "CIRCULAR" in given:
        center, radius = numbers(data, "CenterOfCircularShutter"), number(data, "RadiusOfCircularShutter")
        if len(center) == 2 and radius is not None and radius > 0:
            middle = np.array(center) - 1
            found.append(shapes.polylines("CIRCLE", np.stack([middle, middle + np.array([0, radius])]))[0][0])
    if "POLYGONAL" in given:
        vertices = numbers(data, "VerticesOfThePolygonalShutter")
        if len(vertices) >= 6 and len(vertices) % 2 == 0:
            found.append(np.array(vertices).reshape(-1, 2) - 1)
    return found
