"""Regions and lengths on the phantom thorax, whose balls hold known HU, on planes that are oblique and not square."""

from __future__ import annotations

import math

import numpy as np
import pytest

from covidviewer.imaging import planes
from covidviewer.imaging.measure import Kind, evaluate, scale_of
from covidviewer.imaging.phantom import POINTS, PROBE_MM, Plane, sample

AXES = {
    "axial": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    "coronal": ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0)),
    "oblique": (
        (math.cos(0.2), math.sin(0.2), 0.0),
        (-math.sin(0.2) * math.cos(0.5), math.cos(0.2) * math.cos(0.5), math.sin(0.5)),
    ),
}
SPACINGS = [(0.6, 0.6), (0.9, 0.45), (0.4, 1.0)]  # between rows, between columns
SHAPE = (120, 120)


def plane_at(axes: str, spacing: tuple[float, float], centre: tuple[float, float, float]) -> tuple[Plane, np.ndarray]:
    """A plane through a point of the patient, at pixel (60.3, 59.6), and its affine."""
    row, column = (np.array(v) for v in AXES[axes])
    affine = np.eye(4)
    affine[:3, 0] = np.cross(row, column)
    affine[:3, 1], affine[:3, 2] = column * spacing[0], row * spacing[1]
    affine[:3, 3] = np.array(centre) - 60.3 * affine[:3, 1] - 59.6 * affine[:3, 2]
    return Plane.of(affine, 0, SHAPE), affine


@pytest.mark.parametrize("axes", list(AXES))
@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("name", ["ground_glass", "consolidation", "liver", "bone"])
def test_a_region_inside_a_ball_holds_its_hu_exactly(axes: str, spacing: tuple[float, float], name: str) -> None:
    centre, hu = POINTS[name]
    plane, affine = plane_at(axes, spacing, centre)
    _, row, column = planes.voxel_of(affine, centre)
    radius = PROBE_MM - 1.0
    down, across = radius / spacing[0], radius / spacing[1]
    box = [(row - down, column - across), (row + down, column + across)]
    scale = scale_of(spacing, "patient", modality="CT")
    values = sample(plane)
    found = evaluate(Kind.ELLIPSE, box, scale, values, value_unit="HU")
    statistics = found.statistics
    assert statistics is not None
    assert (statistics.mean, statistics.sd, statistics.minimum, statistics.maximum) == (hu, 0.0, hu, hu)
    assert found.area == pytest.approx(math.pi * radius**2)
    counted = sum(
        math.hypot((r - row) * spacing[0], (c - column) * spacing[1]) <= radius for r in range(120) for c in range(120)
    )
    assert statistics.n == counted
    assert evaluate(Kind.PROBE, [(row, column)], scale, values).value == (hu,)


@pytest.mark.parametrize("axes", list(AXES))
@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("along", [0.0, 0.7, math.pi / 2, 2.2])
def test_the_diameter_of_a_ball_measured_from_edge_to_edge(
    axes: str, spacing: tuple[float, float], along: float
) -> None:
    """A ball of 25 mm: its edges are looked for in the pixels, at half the step of the values."""
    centre, diameter = (10.0, -20.0, 30.0), 25.0
    plane, affine = plane_at(axes, spacing, centre)
    x, y, z = plane.points
    away = np.sqrt((x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2)
    values = (-800 + 850 * np.clip(diameter / 2 - away + 0.5, 0, 1)).astype(np.int16)
    _, row, column = planes.voxel_of(affine, centre)
    ends = []
    for turn in (along, along + math.pi):
        step = (math.sin(turn) / spacing[0], math.cos(turn) / spacing[1])  # 1 mm in pixels
        reach = next(
            d for d in np.arange(0, 20, 0.02) if values[round(row + d * step[0]), round(column + d * step[1])] < -375
        )
        ends.append((row + reach * step[0], column + reach * step[1]))
    found = evaluate(Kind.LENGTH, ends, scale_of(spacing, "patient"))
    assert found.length == pytest.approx(diameter, abs=2 * max(spacing))
    exact = [
        (row + s * math.sin(along) * 12.5 / spacing[0], column + s * math.cos(along) * 12.5 / spacing[1])
        for s in (1, -1)
    ]
    assert evaluate(Kind.LENGTH, exact, scale_of(spacing, "patient")).length == pytest.approx(diameter)
