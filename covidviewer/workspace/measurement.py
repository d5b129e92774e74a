"""The record of one measurement, and its way to and from text.

Places are (row, column) of the pixels of one image - SOP Instance UID and frame number -, not patient coordinates: a
measurement belongs to the image that it was drawn on, films and pictures have no patient coordinates at all, and a
record stays true when the geometry of its stack is understood differently later. Millimetres follow from the image's
spacing, patient coordinates from its position and orientation; the export holds both. What was drawn on a computed
plane belongs to the series and carries that plane (`measured_plane`).
"""

from __future__ import annotations

import itertools
import json
import math
import time
import uuid
from dataclasses import asdict, dataclass, fields, replace

from covidviewer.dicom.catalog import Frame
from covidviewer.imaging.measure import Kind, Note, Result, Statistics
from covidviewer.workspace.measured_plane import NO_FRAME, MeasuredPlane, plane_of_body
from covidviewer.workspace.reader_store import Row

Point = tuple[float, float]
ImageKey = tuple[str, int]  # SOP Instance UID, frame number from 1


_count = itertools.count()  # a clock may stand still between two


@dataclass(frozen=True, slots=True)
class Measurement:
    """One drawing of the reader's.

    points : (row, column), pixel centres at whole numbers. text : the reader's words; the name of a measurement, or
    what a text or an arrow says. label : where the middle of the label was put, None for its own place.
    result : the numbers; None while the image's values were never there. plane : the computed plane that it was drawn
    on; ``sop`` is the series UID then and ``frame`` 0. None for images.
    """

    id: str
    kind: Kind
    sop: str
    frame: int
    points: tuple[Point, ...]
    text: str = ""
    label: Point | None = None
    result: Result | None = None
    series_uid: str = ""
    study_uid: str = ""
    plane: MeasuredPlane | None = None

    @property
    def image(self) -> ImageKey:
        return self.sop, self.frame


def _new_id() -> str:
    """Unique, and later ones sort behind: what was measured is listed as it was made, after a restart too."""
    return f"{time.time_ns():016x}{next(_count):08x}{uuid.uuid4().hex[:12]}"


def new(kind: Kind, frame: Frame, points: tuple[Point, ...], series_uid: str, study_uid: str) -> Measurement:
    """A measurement with an id of its own."""
    return Measurement(
        _new_id(), kind, frame.sop_instance_uid, frame.frame, points, series_uid=series_uid, study_uid=study_uid
    )


def new_on_plane(
    kind: Kind, plane: MeasuredPlane, points: tuple[Point, ...], series_uid: str, study_uid: str
) -> Measurement:
    """A measurement on a computed plane, with an id of its own."""
    return Measurement(
        _new_id(), kind, series_uid, NO_FRAME, points, series_uid=series_uid, study_uid=study_uid, plane=plane
    )


def carried(measurement: Measurement, shown: MeasuredPlane, reach_mm: float) -> Measurement | None:
    """A measurement of a computed plane as it lies on another; None where it does not."""
    own = measurement.plane
    if own is None or not own.on(shown.plane, measurement.points, reach_mm):
        return None
    if own.plane == shown.plane:
        return measurement
    points = tuple(own.carried(point, shown.plane) for point in measurement.points)
    label = own.carried(measurement.label, shown.plane) if measurement.label is not None else None
    # The slab stays the one that the numbers are of.
    return replace(measurement, points=points, label=label, plane=replace(shown, slab=own.slab))


def to_row(measurement: Measurement) -> Row:
    """For the store."""
    body = {
        "points": measurement.points,
        "text": measurement.text,
        "label": measurement.label,
        "result": asdict(measurement.result) if measurement.result is not None else None,
        "series": measurement.series_uid,
        "study": measurement.study_uid,
    }
    if measurement.plane is not None:
        body["plane"] = measurement.plane.to_body()
    return Row(measurement.id, measurement.sop, measurement.frame, measurement.kind.value, json.dumps(body))


def from_row(row: Row) -> Measurement | None:
    """Back; None for a row that is no measurement or whose points cannot be."""
    try:
        body = json.loads(row.body)
        kind = Kind(row.kind)
        points = tuple(_point(p) for p in body["points"])
        label = _point(body["label"]) if body.get("label") else None
        plane = plane_of_body(body["plane"]) if row.frame == NO_FRAME else None
    except (ValueError, KeyError, TypeError):
        return None
    if not points:
        return None
    return Measurement(
        row.id,
        kind,
        row.sop,
        row.frame,
        points,
        str(body.get("text", "")),
        label,
        _result(body.get("result")),
        str(body.get("series", "")),
        str(body.get("study", "")),
        plane,
    )


def _point(value: object) -> Point:
    row, column = (float(v) for v in value)  # type: ignore[attr-defined]
    if not (math.isfinite(row) and math.isfinite(column)):
        raise ValueError("no point")
    return row, column


def _result(value: object) -> Result | None:
    if not isinstance(value, dict):
        return None
    try:
        known = {f.name for f in fields(Result)}
        found = Result(**{k: v for k, v in value.items() if k in known})
        statistics = value.get("statistics")
        return replace(
            found,
            note=Note(value.get("note", "")),
            value=tuple(map(float, value["value"])) if value.get("value") else None,
            statistics=Statistics(**statistics) if statistics else None,
        )
    except (ValueError, TypeError):
        return None
