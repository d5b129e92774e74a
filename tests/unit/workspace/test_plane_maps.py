"""The map on a computed plane: where it belongs, nearest slice, nothing beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from covidviewer.imaging.mpr.cut import standard, turned
from covidviewer.imaging.mpr.space import Space
from covidviewer.imaging.volume import Volume
from covidviewer.inference.results import LungMask, Provenance, SliceReading
from covidviewer.workspace.plane_maps import STEP, PlaneMaps
from covidviewer.workspace.plane_slices import PlaneSlices
from covidviewer.workspace.readings import SeriesReadings

COUNT, ROWS, COLUMNS, CELLS = 20, 64, 80, 16


@dataclass
class Made:
    """A stack, and readings whose map is hot in one cell of one slice."""

    space: Space
    volume: Volume
    found: SeriesReadings
    hot: np.ndarray = field(default_factory=lambda: np.zeros(3))


def make(tilt: float = 0.0, low: tuple[int, ...] = ()) -> Made:
    a = np.radians(tilt)
    orientation = (1.0, 0.0, 0.0, 0.0, float(np.cos(a)), float(np.sin(a)))
    normal = np.cross(orientation[:3], orientation[3:])
    # The table moves along z whatever the gantry's tilt.
    origins = np.array([-30.0, -25.0, 10.0]) + 3.0 * np.arange(COUNT)[:, None] * np.array([0, 0, 1.0]) / normal[2]
    space = Space.of_planes(origins, orientation, (0.8, 0.8), ROWS, COLUMNS)
    volume = Volume(np.zeros((COUNT, ROWS, COLUMNS), np.int16), np.eye(4), (3.0, 0.8, 0.8))
    volume.filled[:] = True
    provenance = Provenance("net", "net.v1", "ab", 0.5, "covid", "CPU", "gradcam", "1")
    found = SeriesReadings("series", COUNT, classes=("non", "covid"), provenance=provenance)
    found.probabilities = np.full((COUNT, 2), 0.5, np.float32)
    to_slice = np.array([[ROWS / CELLS, 0, (ROWS / CELLS - 1) / 2], [0, COLUMNS / CELLS, (COLUMNS / CELLS - 1) / 2]])
    for index in range(COUNT):
        maps = np.zeros((2, CELLS, CELLS), np.float16)
        if index == 12:
            maps[1, 5, 9] = 1.0
        found.probabilities[index, 1] = 0.01 if index in low else 0.5
        lungs = np.zeros((ROWS // 2, COLUMNS // 2), bool)
        lungs[8:24, 10:30] = index >= 10
        found.slices[index] = SliceReading(
            ("series", index, "net", "ab", "gradcam", "float32", "1"), index, ("non", "covid"),
            found.probabilities[index], {"fine": maps}, {"fine": to_slice}, provenance, 1.0,
            lungs=LungMask.packed(lungs, (2, 2)),
        )  # fmt: skip
    row, column = to_slice @ np.array([5, 9, 1.0])
    hot = origins[12] + column * 0.8 * space.axes[2] + row * 0.8 * space.axes[1]
    return Made(space, volume, found, hot)


@pytest.mark.parametrize("tilt", [0.0, 12.0])
@pytest.mark.parametrize("name", ["axial", "coronal", "sagittal", "free"])
def test_a_hot_cell_lies_where_it_belongs(tilt: float, name: str) -> None:
    made = make(tilt)
    planes = PlaneSlices(made.space, made.volume, name)
    index = planes.go_through(made.hot)
    reading = PlaneMaps().reading(planes, index, made.found, "covid", "fine")
    assert reading is not None
    heat = reading.heatmap("covid")
    assert heat is not None
    at = np.array(np.nonzero(heat.values > 0.8 * heat.values.max()))
    # Every second pixel is looked at: at most 1 from the peak of a cell of 4 x 5, so at least 3/4 * 4/5 of it.
    assert heat.values.max() > 0.59
    place = heat.to_slice @ np.array([*at.mean(axis=1), 1.0])
    plane = planes.plane(index)
    assert plane is not None
    np.testing.assert_allclose(place, plane.pixel(made.hot), atol=STEP)
    assert reading.probabilities.shape == (1,)
    assert np.isnan(reading.probabilities).all(), "scores stay with the slices"


def test_between_slices_the_nearest_counts_and_nothing_is_mixed() -> None:
    made = make()
    planes = PlaneSlices(made.space, made.volume, "coronal")
    reading = PlaneMaps().reading(planes, planes.go_through(made.hot), made.found, "covid", "fine")
    assert reading is not None
    column = reading.maps["fine"][0].max(axis=1)
    hot = np.flatnonzero(column > 0)
    assert len(np.unique(column[hot])) == 1, "the same map through the whole thickness of its slice"
    assert (hot[-1] - hot[0] + 1) * STEP * 0.8 == pytest.approx(3.0, abs=2 * STEP * 0.8)


def test_a_slice_that_scores_too_little_has_no_map() -> None:
    made = make(low=(12,))
    planes = PlaneSlices(made.space, made.volume, "coronal")
    reading = PlaneMaps().reading(planes, planes.go_through(made.hot), made.found, "covid", "fine")
    assert reading is not None
    assert float(reading.maps["fine"].max()) == 0.0


def test_lungs_come_along() -> None:
    made = make()
    planes = PlaneSlices(made.space, made.volume, "coronal")
    index = planes.go_through(made.hot)
    reading = PlaneMaps().reading(planes, index, made.found, "covid", "fine")
    assert reading is not None
    assert reading.lungs is not None
    rows, columns = np.nonzero(reading.lungs.mask())
    plane = planes.plane(index)
    assert plane is not None
    z = [plane.point(STEP * (r + 0.5) - 0.5, 0)[2] for r in (rows.min(), rows.max())]
    assert min(z) == pytest.approx(10 + 3 * 10 - 1.5, abs=2.0)
    x = [plane.point(0, STEP * (c + 0.5) - 0.5)[0] for c in (columns.min(), columns.max())]
    assert x == pytest.approx([-30 + 20 * 0.8, -30 + 59 * 0.8], abs=1.7)


def test_a_plane_is_worked_out_once_and_again_when_turned() -> None:
    made = make()
    planes, maps = PlaneSlices(made.space, made.volume, "coronal"), PlaneMaps()
    first = maps.reading(planes, 5, made.found, "covid", "fine")
    assert maps.reading(planes, 5, made.found, "covid", "fine") is first
    planes.turn(np.array([0.0, 0.0, 1.0]), 10.0, made.space.middle)
    again = maps.reading(planes, 5, made.found, "covid", "fine")
    assert again is not None
    assert first is not None
    assert again.key != first.key
    cut = turned(standard(made.space, "coronal"), made.space, np.array([0.0, 0.0, 1.0]), 10.0, made.space.middle)
    np.testing.assert_allclose(planes.cut.normal, cut.normal)


def test_no_maps_no_reading() -> None:
    made = make()
    planes = PlaneSlices(made.space, made.volume, "coronal")
    made.found.slices.clear()
    assert PlaneMaps().reading(planes, 5, made.found, "covid", "fine") is None
