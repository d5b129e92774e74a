"""Measurements, key images and notes as CSV and JSON: numbers with units, places in pixels and in the patient.

No name and no ID of a patient: UIDs say what belongs to what.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict

from covidviewer.errors import __version__
from covidviewer.imaging.measure import patient_points
from covidviewer.study import Series
from covidviewer.workspace.image_marks import ImageMark
from covidviewer.workspace.measured_plane import MeasuredPlane
from covidviewer.workspace.measurement import Measurement

COLUMNS = (
    "kind", "text", "image", "length", "angle_deg", "area", "length_unit", "unit_note", "mean", "sd", "min", "max", "n",
    "left_out", "value", "value_unit", "points_row_column", "points_lps_mm", "study_instance_uid",
    "series_instance_uid", "sop_instance_uid", "frame",
    "key_image", "plane", "judgement", "judged_weights", "judged_class", "judged_score",
)  # fmt: skip

Listed = Sequence[tuple[int, Measurement | ImageMark]]


def to_csv(series: Series, listed: Listed) -> str:
    """A row a measurement, header first, decimal points, points as ``row column; row column``.

    listed : (index in data order, measurement or mark), as `of_series` of either gives them. Those on computed planes
    have no image; ``plane`` says in JSON where it lay (LPS) and through which slab it was seen.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for index, measurement in listed:
        row = _record(series, index, measurement)
        for name in ("points_row_column", "points_lps_mm"):
            row[name] = "; ".join(" ".join(f"{v:.3f}" for v in point) for point in row[name])  # type: ignore[attr-defined]
        row["value"] = " ".join(f"{v:g}" for v in row["value"] or ())  # type: ignore[attr-defined]
        row["plane"] = json.dumps(row["plane"]) if row["plane"] is not None else None
        row["text"] = _harmless(str(row["text"]))
        writer.writerow({k: "" if v is None else v for k, v in row.items()})
    return out.getvalue()


def to_json(series: Series, listed: Listed) -> str:
    """The same records with full precision."""
    records = [_record(series, index, measurement) for index, measurement in listed]
    return json.dumps({"program": f"covidviewer {__version__}", "measurements": records}, indent=2, ensure_ascii=False)


def _record(series: Series, index: int, made: Measurement | ImageMark) -> dict[str, object]:
    if isinstance(made, ImageMark):
        return dict.fromkeys(COLUMNS) | {
            "kind": "image",
            "text": made.note,
            "image": series.instances[index].instance_number,
            "points_row_column": (),
            "points_lps_mm": (),
            "study_instance_uid": made.study_uid,
            "series_instance_uid": made.series_uid,
            "sop_instance_uid": made.sop,
            "frame": made.frame,
            "key_image": made.key,
            **(_judged(made) if made.judged.says else {}),
        }
    return _measurement(series, index, made)


def _judged(mark: ImageMark) -> dict[str, object]:
    judged = mark.judged
    return {
        "judgement": judged.says.value,
        "judged_weights": judged.weights,
        "judged_class": judged.label,
        "judged_score": judged.score,
    }


def _measurement(series: Series, index: int, measurement: Measurement) -> dict[str, object]:
    if measurement.plane is not None:
        return _on_plane(measurement, measurement.plane)
    frame = series.instances[index]
    spacing = frame.spacing if frame.spacing_kind == "patient" else None
    return _numbers(measurement) | {
        "image": frame.instance_number,
        "points_lps_mm": patient_points(measurement.points, frame.position, frame.orientation, spacing),
        "sop_instance_uid": measurement.sop,
        "frame": measurement.frame,
    }


def _on_plane(measurement: Measurement, record: MeasuredPlane) -> dict[str, object]:
    """No image of a file: the plane says where the points are."""
    return _numbers(measurement) | {
        "points_lps_mm": tuple(record.plane.point(*point) for point in measurement.points),
        "plane": record.to_body(),
    }


def _numbers(measurement: Measurement) -> dict[str, object]:
    result = measurement.result
    statistics = asdict(result.statistics) if result is not None and result.statistics is not None else {}
    return dict.fromkeys(COLUMNS) | {
        "kind": measurement.kind.value,
        "text": measurement.text,
        "length": result.length if result is not None else None,
        "angle_deg": result.angle if result is not None else None,
        "area": result.area if result is not None else None,
        "length_unit": result.unit if result is not None else None,
        "unit_note": result.note.value if result is not None else None,
        "mean": statistics.get("mean"),
        "sd": statistics.get("sd"),
        "min": statistics.get("minimum"),
        "max": statistics.get("maximum"),
        "n": statistics.get("n"),
        "left_out": statistics.get("left_out"),
        "value": result.value if result is not None else None,
        "value_unit": result.value_unit if result is not None else None,
        "points_row_column": measurement.points,
        "study_instance_uid": measurement.study_uid,
        "series_instance_uid": measurement.series_uid,
    }


def _harmless(text: str) -> str:
    """Spreadsheets run cells that begin like a formula; an apostrophe keeps words words."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
