"""Grids over a slice: their coordinates, and maps told in them, against the scaled picture itself."""

from __future__ import annotations

import numpy as np
import pytest

from covidviewer.imaging import lookup
from covidviewer.imaging.scaling import Orientation, Scaler
from covidviewer.inference.results import Heatmap
from covidviewer.ui.map_raster import Spread, nearest_cells
from covidviewer.ui.raster import Raster

ROWS, COLUMNS = 48, 60
ORIENTATIONS = [Orientation(e, x, y) for e in (False, True) for x in (False, True) for y in (False, True)]


@pytest.fixture
def cv2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "_cv2", None)  # put back afterwards, whatever it was
    assert lookup.load()


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize(("factor_x", "factor_y"), [(1.93, 1.93), (2.5, 1.25), (0.71, 0.64)])
def test_coordinates_are_those_of_the_scaled_picture(
    cv2: None, orientation: Orientation, factor_x: float, factor_y: float
) -> None:
    raster = Raster.on_screen(ROWS, COLUMNS, orientation, factor_x, factor_y)
    for own, size in ((0, ROWS), (1, COLUMNS)):
        ramp = np.broadcast_to(np.expand_dims(4 * np.arange(size), 1 - own), (ROWS, COLUMNS)).astype(np.uint8)
        shown = Scaler().scale(np.ascontiguousarray(ramp), orientation, factor_x, factor_y)
        assert shown is not None
        assert shown.shape == raster.shape
        axis = raster.axes.index(own)
        said = 4 * np.clip(raster.along(axis, 0, raster.shape[axis]), 0, size - 1)
        found = (shown & 0xFF).astype(float).mean(axis=1 - axis)
        assert np.abs(found - said).max() <= 1.0


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_map_is_told_in_the_grids_own_pixels(cv2: None, orientation: Orientation) -> None:
    """A map spread over the slice and then scaled, against the map spread over the screen's pixels."""
    rng = np.random.default_rng(2)
    to_slice = np.array([[6.0, 0.0, 2.5], [0.0, 7.5, 3.25]])
    heat = Heatmap(rng.random((8, 8), np.float32), to_slice, "toy", "c", (8, 8))
    raster = Raster.on_screen(ROWS, COLUMNS, orientation, 2.2, 1.7)
    over_slice = np.empty((ROWS, COLUMNS), np.uint8)
    Spread(over_slice.size).levels(heat, over_slice)
    scaled = Scaler().scale(over_slice, orientation, 2.2, 1.7)
    assert scaled is not None
    out = np.empty(raster.shape, np.uint8)
    Spread(out.size).levels(raster.of(heat), out)
    # Linear between cells and again between pixels: the two differ where a cell's middle lies between two pixels, by
    # less than half of what neighbouring pixels differ at most (255 in 6).
    difference = np.abs(out.astype(int) - (scaled & 0xFF).astype(int))
    assert difference.max() <= 20
    assert difference.mean() < 2.0
    cells = nearest_cells(raster.of(heat), raster.shape)
    middle = [
        int(np.argmin(np.abs(raster.along(axis, 0, raster.shape[axis]) - place)))
        for axis, place in ((raster.axes.index(0), 6.0 * 3 + 2.5), (raster.axes.index(1), 7.5 * 5 + 3.25))
    ]
    at = (middle[0], middle[1]) if raster.axes == (0, 1) else (middle[1], middle[0])
    assert cells[at] == round(float(heat.values[3, 5]) * 255)


def test_blocks_are_the_slices_own() -> None:
    assert Raster.reduced(5, 7, 3) == Raster((2, 3), (0, 1), (3.0, 3.0), (1.0, 1.0))
    assert Raster.reduced(5, 7).along(1, 2, 3).tolist() == [2.0, 3.0, 4.0]
