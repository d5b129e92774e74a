"""What objects of others cost: jobs for the lanes, and the view that a presentation state asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from covidviewer.dicom.catalog import Frame
from covidviewer.dicom.objects.records import DicomObject, Plane, Presentation
from covidviewer.imaging.placing import Placed
from covidviewer.jobs.queue import Ticket

__all__ = ["overlay_job", "page_job", "read_job", "shown_area", "weight_of"]


def weight_of(placed: Placed) -> int:
    """How much a part puts on a slice, to find the fullest."""
    areas = sum(int(np.count_nonzero(patch.values)) for patch in placed.patches)
    return areas + sum(len(stroke.points) for stroke in placed.strokes) + len(placed.labels) + len(placed.shutters)


def read_job(path: Path, key: str, sop_class: str) -> Callable[[Ticket], DicomObject]:
    def run(ticket: Ticket) -> DicomObject:
        from covidviewer.dicom.objects.reading import read_object  # late: it brings pydicom

        return read_object(path, key, sop_class, lambda: ticket.cancelled)

    return run


def page_job(path: Path, number: int, width: int) -> Callable[[Ticket], object]:
    def run(ticket: Ticket) -> object:
        from covidviewer.dicom.objects.documents import page  # late: it brings pydicom

        return page(path, number, width)

    return run


def overlay_job(files: dict[Path, tuple[Frame, ...]]) -> Callable[[Ticket], dict[int, tuple[str, tuple[Plane, ...]]]]:
    def run(ticket: Ticket) -> dict[int, tuple[str, tuple[Plane, ...]]]:
        from covidviewer.dicom.objects import overlays  # late: it brings pydicom

        found: dict[int, tuple[str, tuple[Plane, ...]]] = {}
        for path, frames in files.items():
            ticket.check()
            for group, label, planes in overlays.read(path, frames):
                before = found.get(group, ("", ()))
                found[group] = (before[0] or label, (*before[1], *planes))
        return found

    return run


def shown_area(wish: Presentation, frame: Frame) -> dict[str, object]:
    """View fields for the displayed area (PS3.3 C.10.4): fitted into the tile, or magnified as the state says.

    TRUE SIZE is fitted: nobody has told how large the pixels of this screen are.
    """
    for area in wish.areas:
        if area.references and not any(r.names(frame.sop_instance_uid, frame.frame) for r in area.references):
            continue
        (top, left), (bottom, right) = area.top_left, area.bottom_right
        rows, columns = abs(bottom - top) + 1, abs(right - left) + 1
        whole = rows == frame.format.rows and columns == frame.format.columns and min(top, bottom) == 0
        center = None if whole and min(left, right) == 0 else ((top + bottom) / 2, (left + right) / 2)
        return {"center": center, "zoom": area.magnification, "part": None if center is None else (rows, columns)}
    return {"part": None}
