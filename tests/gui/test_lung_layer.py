"""Lungs over the image: the outline lies where the mask does, and attention beside them is hatched, not hidden."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from covidviewer.imaging.scaling import Orientation
from covidviewer.inference.results import LungMask
from covidviewer.ui.canvas import Canvas
from covidviewer.ui.lung_layer import beside, hatched, outline, outside
from covidviewer.ui.map_raster import Box
from covidviewer.ui.raster import HATCH, Raster
from covidviewer.workspace.workspace import Workspace

GRID = np.array([[8.0, 0, 3.5], [0, 8.0, 3.5]])
#: The left half of a 64 x 64 slice, on a grid of 4 x 4 pixels a cell.
HALF = np.zeros((16, 16), bool)
HALF[:, :8] = True
LUNGS = LungMask.packed(HALF, (4, 4))


def test_the_outline_is_the_edge_of_the_mask() -> None:
    ends = outline(LUNGS).reshape(-1, 2)
    # Cells 0..7 cover columns -0.5 to 31.5; the line runs half a cell beside the outermost centres.
    assert ends[:, 1].min() == pytest.approx(-0.5)
    assert ends[:, 1].max() == pytest.approx(31.5)
    assert (ends[:, 0].min(), ends[:, 0].max()) == pytest.approx((-0.5, 63.5))


def test_outside_is_told_in_pixels_of_the_picture() -> None:
    whole = outside(LUNGS, Box(0, 0, 64, 64), Raster.reduced(64, 64))
    assert not whole[:, :32].any()
    assert whole[:, 32:].all()
    # A picture of half the size: columns 24 to 39 of the slice.
    part = outside(LUNGS, Box(10, 12, 6, 8), Raster.reduced(64, 64, 2))
    assert part[0].tolist() == [False] * 4 + [True] * 4
    assert beside(LUNGS, np.array([[5.0, 31.0], [5.0, 32.0], [70.0, -3.0]])).tolist() == [False, True, False]


def test_outside_is_told_in_pixels_of_the_screen() -> None:
    plain = Raster.on_screen(64, 64, Orientation(), 1.5, 1.5)
    whole = outside(LUNGS, Box(0, 0, 96, 96), plain)
    assert not whole[:, :48].any()
    assert whole[:, 48:].all()
    mirrored = outside(LUNGS, Box(0, 0, 96, 96), Raster.on_screen(64, 64, Orientation(False, True, False), 1.5, 1.5))
    assert np.array_equal(mirrored, whole[:, ::-1])
    turned = outside(LUNGS, Box(0, 0, 96, 96), Raster.on_screen(64, 64, Orientation(True), 1.5, 1.5))
    assert np.array_equal(turned, whole.T)


def test_stripes_leave_half_of_the_map() -> None:
    out = np.full((24, 24), 0xFF, np.uint32)
    side = np.zeros((24, 24), bool)
    side[:, 12:] = True
    hatched(out, side)
    assert (out[:, :12] == 0xFF).all()
    assert (out[:, 12:] == 0).mean() == pytest.approx(0.5)
    assert (out[0, 12 : 12 + HATCH] == 0).sum() == HATCH // 2


@pytest.fixture
def canvas(qtbot: QtBot, workspace: Workspace, make_series: Callable, reading_of: Callable) -> Canvas:
    series, volume = make_series(np.full((2, 64, 64), -800, np.int16))
    workspace.active_tile.show(series, volume, 0)
    workspace.readings.start(series.key, 2)
    for i in range(2):
        reading = reading_of(i, 0.9, np.ones((8, 8), np.float32), GRID)
        workspace.readings.accept(series.key, (replace(reading, lungs=LUNGS),))
    made = Canvas(workspace, workspace.active_tile)
    qtbot.addWidget(made)
    made.resize(600, 600)
    return made


@pytest.mark.parametrize("form", ["fill", "blocks"])
def test_attention_beside_the_lungs_is_striped_on_screen(canvas: Canvas, workspace: Workspace, form: str) -> None:
    workspace.preferences.update(smooth=False, corner_texts="none")
    workspace.active_tile.set_overlay(form=form, threshold=0.3, opacity=0.7)
    image = canvas.grab().toImage()
    projection = canvas.projection()
    assert projection is not None

    def colors(columns: range) -> set[int]:
        points = (projection.to_screen(20.0, float(c)) for c in columns)
        return {image.pixel(round(p.x()), round(p.y())) for p in points}

    assert len(colors(range(18, 30))) == 1
    assert len(colors(range(36, 48))) == 2


def test_the_outline_comes_with_the_option(canvas: Canvas, workspace: Workspace) -> None:
    tile = workspace.active_tile
    tile.set_overlay(visible=False)
    before = canvas.grab().toImage()
    tile.set_overlay(lungs=True)
    after = canvas.grab().toImage()
    projection = canvas.projection()
    assert projection is not None
    on, off = projection.to_screen(25.0, 31.5), projection.to_screen(25.0, 16.0)
    assert after.pixel(round(on.x()), round(on.y())) != before.pixel(round(on.x()), round(on.y()))
    assert after.pixel(round(off.x()), round(off.y())) == before.pixel(round(off.x()), round(off.y()))
    canvas.set_peek(True)
    assert canvas.grab().toImage() == before
