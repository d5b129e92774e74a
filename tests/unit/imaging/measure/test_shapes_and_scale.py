"""Lengths, angles and areas with known answers; scales and what restricts them; places in the patient."""

from __future__ import annotations

import math

import numpy as np
import pytest

from covidviewer.imaging import planes
from covidviewer.imaging.measure import Kind, Note, Scale, evaluate, patient_points, scale_of
from covidviewer.imaging.measure.shapes import cobb_angle, crosses_itself, simplified

MM = Scale(0.8, 0.5, "mm", Note.NONE)  # pixels are not square


def test_length_in_pixels_that_are_not_square() -> None:
    assert evaluate(Kind.LENGTH, [(10, 10), (10, 110)], MM).length == pytest.approx(50)
    assert evaluate(Kind.LENGTH, [(10, 10), (110, 10)], MM).length == pytest.approx(80)
    assert evaluate(Kind.LENGTH, [(0, 0), (5, 6)], MM).length == pytest.approx(5)  # 4 and 3 mm
    assert evaluate(Kind.POLYLINE, [(0, 0), (5, 6), (5, 16), (0, 16)], MM).length == pytest.approx(5 + 5 + 4)


@pytest.mark.parametrize("degrees", [0.001, 1, 30, 45, 90, 135, 179, 179.999])
def test_angle_is_that_of_millimetres_not_of_pixels(degrees: float) -> None:
    t = math.radians(degrees)
    ends = [(20 + 10 * math.sin(a) / 0.8, 30 + 10 * math.cos(a) / 0.5) for a in (0.3, 0.3 + t)]
    assert evaluate(Kind.ANGLE, [ends[0], (20, 30), ends[1]], MM).angle == pytest.approx(degrees, abs=1e-9)


def test_angle_of_points_that_are_one_is_none() -> None:
    assert evaluate(Kind.ANGLE, [(1, 1), (1, 1), (5, 5)], MM).angle is None
    assert evaluate(Kind.COBB, [(1, 1), (1, 1), (5, 5), (6, 6)], MM).angle is None


@pytest.mark.parametrize("tilt", [0.0, 12.5, 44.0, 89.0])
def test_cobb_angle_does_not_ask_how_the_lines_were_drawn(tilt: float) -> None:
    t = math.radians(tilt)
    a, b = np.array([0.0, 0.0]), np.array([0.0, 10.0])
    c, d = np.array([30.0, 2.0]), np.array([30.0 + 10 * math.sin(t), 2.0 + 10 * math.cos(t)])
    for points in ((a, b, c, d), (b, a, c, d), (a, b, d, c), (d, c, b, a)):
        assert cobb_angle(np.array(points)) == pytest.approx(tilt, abs=1e-9)


def test_areas() -> None:
    box = [(2, 3), (12, 23)]  # 8 mm by 10 mm
    assert evaluate(Kind.RECTANGLE, box, MM).area == pytest.approx(80)
    assert evaluate(Kind.ELLIPSE, box, MM).area == pytest.approx(math.pi * 4 * 5)
    triangle = [(0, 0), (10, 0), (0, 20)]
    assert evaluate(Kind.FREEHAND, triangle, MM).area == pytest.approx(8 * 10 / 2)
    far = [(r + 1e6, c + 1e6) for r, c in triangle]
    assert evaluate(Kind.FREEHAND, far, MM).area == pytest.approx(40)


def test_an_outline_that_crosses_itself_has_the_area_of_its_pixels_and_says_so() -> None:
    bow = [(2.0, 2.0), (10.0, 10.0), (2.0, 10.0), (10.0, 2.0)]  # an hourglass: the formula alone would give 0
    found = evaluate(Kind.FREEHAND, bow, MM, np.zeros((20, 20), np.int16))
    assert found.crossing
    assert found.statistics is not None
    assert found.area == pytest.approx(found.statistics.n * 0.8 * 0.5)
    assert found.statistics.n > 20
    assert evaluate(Kind.FREEHAND, bow, MM).area is None
    assert not evaluate(Kind.FREEHAND, [(0, 0), (0, 5), (5, 5), (5, 0)], MM).crossing


def test_crossing() -> None:
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    circle = np.stack([np.sin(t), np.cos(t)], axis=1)
    assert not crosses_itself(circle)
    assert not crosses_itself(circle[:3])
    swapped = circle.copy()
    swapped[[10, 20]] = swapped[[20, 10]]
    assert crosses_itself(swapped)


def test_probe() -> None:
    values = np.arange(20, dtype=np.int16).reshape(4, 5)
    assert evaluate(Kind.PROBE, [(2.4, 3.4)], MM, values).value == (13.0,)
    assert evaluate(Kind.PROBE, [(2.6, 3.6)], MM, values).value == (19.0,)
    assert evaluate(Kind.PROBE, [(-0.5, -0.5)], MM, values).value == (0.0,)
    assert evaluate(Kind.PROBE, [(2, 9)], MM, values).value is None
    assert evaluate(Kind.PROBE, [(2, 3)], MM, values, padding=13).value is None
    assert evaluate(Kind.PROBE, [(0, 1)], MM, np.full((2, 2, 3), (9, 8, 7), np.uint8)).value == (9.0, 8.0, 7.0)


def test_colour_has_an_area_but_no_mean() -> None:
    found = evaluate(Kind.RECTANGLE, [(0, 0), (2, 2)], MM, np.zeros((4, 4, 3), np.uint8))
    assert found.statistics is None
    assert found.area == pytest.approx(2 * 0.8 * 2 * 0.5)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"spacing_mm": (0.7, 0.6), "kind": "patient"}, Scale(0.7, 0.6, "mm", Note.NONE)),
        ({"spacing_mm": (0.2, 0.2), "kind": "detector"}, Scale(0.2, 0.2, "mm", Note.DETECTOR)),
        (
            {"spacing_mm": (0.2, 0.3), "kind": "detector", "magnification": 1.25},
            Scale(0.16, 0.24, "mm", Note.ESTIMATED),
        ),
        # A body nearer to the source than the detector cannot be made smaller.
        (
            {"spacing_mm": (0.2, 0.2), "kind": "detector", "magnification": 0.5},
            Scale(0.2, 0.2, "mm", Note.DETECTOR),
        ),
        # The factor is the detector's matter alone.
        ({"spacing_mm": (0.7, 0.6), "kind": "patient", "magnification": 1.25}, Scale(0.7, 0.6, "mm", Note.NONE)),
        ({"spacing_mm": None, "kind": ""}, Scale(1, 1, "px", Note.MISSING)),
        ({"spacing_mm": (math.nan, 1.0), "kind": "patient"}, Scale(1, 1, "px", Note.MISSING)),
        ({"spacing_mm": None, "kind": "", "aspect": (2.0, 1.0)}, Scale(2, 1, "px", Note.MISSING)),
        ({"spacing_mm": (0.1, 0.1), "kind": "patient", "modality": "US"}, Scale(1, 1, "px", Note.ULTRASOUND)),
    ],
)
def test_scale(given: dict, wanted: Scale) -> None:
    kind = given.pop("kind")
    found = scale_of(given.pop("spacing_mm"), kind, **given)
    assert (found.unit, found.note) == (wanted.unit, wanted.note)
    assert (found.row, found.column) == pytest.approx((wanted.row, wanted.column))


def test_places_in_the_patient_agree_with_the_affine_of_an_oblique_stack() -> None:
    row = np.array([math.cos(0.3), math.sin(0.3), 0.0])
    column = np.cross([0.2, -0.1, 0.9], row)
    column /= np.linalg.norm(column)
    row = row - (row @ column) * column
    row /= np.linalg.norm(row)
    affine = np.eye(4)
    affine[:3, 1], affine[:3, 2], affine[:3, 3] = column * 0.8, row * 0.5, (-100, -80, 40)
    points = [(3.25, 7.5), (90.0, -0.5)]
    found = patient_points(points, (-100.0, -80.0, 40.0), (*row, *column), (0.8, 0.5))
    for (r, c), place in zip(points, found, strict=True):
        assert place == pytest.approx(tuple(planes.patient_point(affine, 0, r, c)))
    # A distance in the patient is the length that is shown.
    length = evaluate(Kind.LENGTH, points, MM).length
    assert length == pytest.approx(float(np.linalg.norm(np.subtract(*found))))
    assert patient_points(points, None, (*row, *column), (0.8, 0.5)) == ()


def test_simplified_keeps_within_the_tolerance() -> None:
    t = np.linspace(0, 2 * np.pi, 400)
    wave = np.stack([40 * np.sin(t), 40 * np.cos(t)], axis=1)
    kept = simplified(wave, 0.2)
    assert len(kept) < 60
    assert np.array_equal(kept[[0, -1]], wave[[0, -1]])
    area = evaluate(Kind.FREEHAND, [tuple(p) for p in kept[:-1]], Scale(1, 1)).area
    assert area == pytest.approx(math.pi * 1600, rel=0.01)
