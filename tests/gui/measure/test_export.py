"""CSV and JSON: every number with its unit, places in pixels and in the patient, no identity, no formulas."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from covidviewer.dicom.catalog import Patient
from covidviewer.imaging.measure import Kind
from covidviewer.study import Series
from covidviewer.workspace.measurement import Measurement, new
from covidviewer.workspace.measurement_export import COLUMNS, to_csv, to_json
from covidviewer.workspace.measurements import measured


@pytest.fixture
def listed(make_series: Callable) -> tuple[Series, list[tuple[int, Measurement]]]:
    values = np.full((4, 20, 30), 50, np.int16)
    series, volume = make_series(values, spacing=(3.0, 0.8, 0.5), patient=Patient(name="Doe^Jane", id="77"))

    def make(index: int, kind: Kind, *points: tuple[float, float], text: str = "") -> tuple[int, Measurement]:
        made = replace(new(kind, series.instances[index], points, series.uid, series.study_uid), text=text)
        return index, replace(made, result=measured(made, series, index, volume))

    return series, [
        make(0, Kind.LENGTH, (0, 0), (5, 6)),
        make(1, Kind.RECTANGLE, (2, 2), (4, 4), text="=SUM(A1)"),
        make(2, Kind.PROBE, (1, 1)),
        make(3, Kind.ANGLE, (0, 5), (0, 0), (5, 0)),
        make(3, Kind.TEXT, (9, 9), text='with, comma and "quotes"\nand a line'),
    ]


def test_csv(listed: tuple[Series, list]) -> None:
    text = to_csv(*listed)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == COLUMNS
    length, region, probe, angle, words = rows
    assert float(length["length"]) == pytest.approx(5.0)
    assert (length["length_unit"], length["unit_note"], length["mean"]) == ("mm", "", "")
    assert (region["mean"], region["sd"], region["min"], region["max"], region["n"]) == (
        "50.0",
        "0.0",
        "50.0",
        "50.0",
        "9",
    )
    assert float(region["area"]) == pytest.approx(2 * 0.8 * 2 * 0.5)
    assert region["value_unit"] == "HU"
    assert region["text"] == "'=SUM(A1)"  # a spreadsheet would run it
    assert probe["value"] == "50"
    assert float(angle["angle_deg"]) == pytest.approx(90)
    assert words["text"] == 'with, comma and "quotes"\nand a line'
    assert (length["sop_instance_uid"], length["frame"], length["image"]) == ("1.2.3.0", "1", "1")
    assert length["points_row_column"] == "0.000 0.000; 5.000 6.000"
    # Image Position (-100, -80, 40); 6 columns of 0.5 mm to the left, 5 rows of 0.8 mm to the back.
    assert length["points_lps_mm"] == "-100.000 -80.000 40.000; -97.000 -76.000 40.000"
    assert "Doe" not in text
    assert "77" not in text


def test_json(listed: tuple[Series, list]) -> None:
    data = json.loads(to_json(*listed))
    assert [m["kind"] for m in data["measurements"]] == ["length", "rectangle", "probe", "angle", "text"]
    first = data["measurements"][0]
    assert first["length"] == pytest.approx(5.0)
    assert first["points_lps_mm"][1] == pytest.approx([-97, -76, 40])
    assert set(first) == set(COLUMNS)
    assert "Doe" not in to_json(*listed)


def test_no_place_in_the_patient_where_the_spacing_is_the_detectors(make_series: Callable) -> None:
    series, volume = make_series(np.zeros((1, 9, 9), np.int16), modality="DX", units="")
    frame = replace(series.instances[0], spacing_kind="detector")
    series = Series(replace(series.stack, frames=(frame,)))
    made = new(Kind.LENGTH, frame, ((0, 0), (3, 4)), "1", "2")
    made = replace(made, result=measured(made, series, 0, volume))
    row = next(csv.DictReader(io.StringIO(to_csv(series, [(0, made)]))))
    assert (row["length"], row["length_unit"], row["unit_note"]) == ("5.0", "mm", "detector")
    assert row["points_lps_mm"] == ""
