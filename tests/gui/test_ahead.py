"""Neighbours are made ready while nobody waits: the same pictures, earlier, and nothing on screen changes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from covidviewer.ui import annotations, heat_layer
from covidviewer.ui.ahead import Ahead
from covidviewer.ui.canvas import Canvas
from covidviewer.workspace.tile_at import TileAt
from covidviewer.workspace.workspace import Workspace

GRID = np.array([[8.0, 0, 3.5], [0, 8.0, 3.5]])
SLICES = 8


def test_the_next_ones_come_in_the_direction_of_the_last_step(qtbot: QtBot) -> None:
    asked: list[tuple[int, int]] = []
    ahead = Ahead(lambda index, part: asked.append((index, part)), 2)
    ahead.drawn(4, SLICES, "look")
    assert not asked  # a paint does not wait for it
    qtbot.waitUntil(lambda: len(asked) == 6)
    assert asked == [(5, 0), (5, 1), (6, 0), (6, 1), (3, 0), (3, 1)]
    asked.clear()
    ahead.drawn(3, SLICES, "look")
    qtbot.waitUntil(lambda: len(asked) == 6)
    assert [index for index, part in asked if not part] == [2, 1, 4]
    asked.clear()
    ahead.drawn(3, SLICES, "look")  # a paint of the same slice
    qtbot.wait(20)
    assert not asked
    ahead.drawn(3, SLICES, "another look")
    qtbot.waitUntil(lambda: len(asked) == 6)
    asked.clear()
    ahead.drawn(0, SLICES, "look")
    qtbot.waitUntil(lambda: len(asked) == 2)
    qtbot.wait(20)
    assert {index for index, _ in asked} == {1}
    asked.clear()
    ahead.drawn(5, SLICES, "look")
    ahead.stop()
    qtbot.wait(20)
    assert not asked


@pytest.fixture
def canvas(qtbot: QtBot, workspace: Workspace, make_series: Callable, reading_of: Callable) -> Canvas:
    rng = np.random.default_rng(0)
    series, volume = make_series(rng.integers(-1000, 400, (SLICES, 64, 64)).astype(np.int16))
    tile = workspace.active_tile
    tile.show(series, volume, 2)
    workspace.readings.start(series.key, SLICES)
    for i in range(SLICES):
        values = np.zeros((8, 8), np.float32)
        values[i, 2:5] = 0.9
        workspace.readings.accept(series.key, (reading_of(i, 0.9, values, GRID),))
    tile.set_overlay(visible=True, form="contour", threshold=0.3)
    made = Canvas(workspace, tile)
    qtbot.addWidget(made)
    made.resize(500, 500)
    return made


@pytest.mark.parametrize("form", ["contour", "fill"])
def test_a_slice_that_was_made_ready_is_drawn_without_working_anything_out(
    canvas: Canvas, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    canvas._tile.set_overlay(form=form)
    worked: list[str] = []
    for owner, name in ((heat_layer, "contour_segments"), (heat_layer, "hot_box"), (annotations, "corners")):
        old = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *a, old=old, name=name, **k: worked.append(name) or old(*a, **k))
    canvas.grab()
    what = "contour_segments" if form == "contour" else "hot_box"
    qtbot.waitUntil(lambda: worked.count("corners") == 4 and worked.count(what) == 4)
    worked.clear()
    for index in (3, 4):
        canvas._tile.go_to_index(index)
        canvas.grab()
        assert not worked, index


def test_what_was_made_ready_is_the_same_picture(canvas: Canvas, workspace: Workspace, qtbot: QtBot) -> None:
    canvas.grab()
    kept = canvas._annotations._replay
    qtbot.waitUntil(lambda: len(kept) == 4)
    for index in (3, 4, 1):
        canvas._tile.go_to_index(index)
        fresh = Canvas(workspace, canvas._tile)
        qtbot.addWidget(fresh)
        fresh.resize(500, 500)
        assert canvas.grab().toImage() == fresh.grab().toImage(), index


def test_a_tile_seen_at_another_slice_answers_as_it_would_there(canvas: Canvas) -> None:
    tile = canvas._tile
    seen = TileAt(tile, 5)
    before = (seen.index, seen.position, seen.slice_key(), seen.shape(), seen.frame(), seen.plane())
    assert tile.index == 2
    assert seen.slice_key() != tile.slice_key()
    tile.go_to_index(5)
    assert before[:4] == (tile.index, tile.position, tile.slice_key(), tile.shape())
    assert before[4] is tile.frame()
    here = tile.plane()
    assert here is not None
    assert before[5] is not None
    assert np.allclose(before[5].point(0, 0), here.point(0, 0))
    assert (seen.series, seen.volume, seen.count, seen.computed) == (
        tile.series,
        tile.volume,
        tile.count,
        tile.computed,
    )
    assert (seen.view, seen.overlay) == (tile.view, tile.overlay)


def test_places_for_the_mouse_stay_those_on_screen(canvas: Canvas, qtbot: QtBot) -> None:
    canvas.grab()
    place, marks = canvas._annotations.legend.place, canvas._annotations._marks.places
    assert not place.isEmpty()
    qtbot.waitUntil(lambda: len(canvas._annotations._replay) == 4)
    assert canvas._annotations.legend.place == place
    assert canvas._annotations._marks.places is marks


def test_a_closed_series_is_not_prepared(canvas: Canvas, qtbot: QtBot) -> None:
    canvas.grab()
    canvas._tile.show(None, None)
    qtbot.wait(30)
    assert len(canvas._annotations._replay) == 0
