"""What is there can be taken hold of, moved, deleted, undone; the label can be put elsewhere."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt

from covidviewer.imaging.measure import Kind
from covidviewer.ui.measure.history import STEPS

if TYPE_CHECKING:
    from tests.gui.measure.conftest import Hand

ROW, COLUMN = 0.8, 0.5


def draw_length(hand: Hand, a: tuple[float, float] = (30, 40), b: tuple[float, float] = (60, 90)) -> None:
    hand.keys("L")
    hand.drag(a, b)
    hand.window.grab()


@pytest.mark.parametrize("turns", range(4))
def test_a_handle_is_dragged(hand: Hand, turns: int) -> None:
    hand.workspace.active_tile.set_view(quarter_turns=turns, flip_h=turns == 2)
    draw_length(hand)
    hand.drag((60, 90), (70, 80), (80, 50))
    found = hand.only
    assert np.allclose(found.points, ((30, 40), (80, 50)), atol=0.02)
    assert found.result is not None
    assert found.result.length == pytest.approx(math.hypot(50 * ROW, 10 * COLUMN), abs=0.02)


def test_the_whole_is_moved_and_stays_inside(hand: Hand) -> None:
    draw_length(hand)
    before = hand.only.result
    hand.drag((45, 65), (50, 60), (55, 55))
    assert np.allclose(hand.only.points, ((40, 30), (70, 80)), atol=0.02)
    hand.drag((55, 55), (500, 500))
    assert hand.only.points[1] == pytest.approx((95.5, 127.5))
    assert hand.only.result is not None
    assert before is not None
    assert hand.only.result.length == pytest.approx(before.length)


@pytest.mark.parametrize(
    ("grip", "to", "wanted"),
    [
        ((20, 30), (10, 15), (10, 15, 60, 90)),  # corner
        ((60, 90), (70, 100), (20, 30, 70, 100)),
        ((20, 60), (30, 99), (30, 30, 60, 90)),  # upper edge: rows only
        ((40, 90), (9, 100), (20, 30, 60, 100)),  # right edge: columns only
    ],
)
def test_corners_and_edges_of_a_box(hand: Hand, grip: tuple, to: tuple, wanted: tuple) -> None:
    hand.keys("E")
    hand.drag((20, 30), (60, 90))
    hand.window.grab()
    hand.drag(grip, to)
    (r0, c0), (r1, c1) = hand.only.points
    assert (r0, c0, r1, c1) == pytest.approx(wanted, abs=0.02)
    assert hand.only.result is not None
    assert hand.only.result.area == pytest.approx(math.pi / 4 * abs(r1 - r0) * ROW * abs(c1 - c0) * COLUMN)
    assert hand.only.result.statistics is not None


def test_a_region_leaves_its_inside_to_the_tool_in_hand(hand: Hand) -> None:
    hand.keys("E")
    hand.drag((20, 30), (60, 90))
    hand.window.grab()
    before = hand.workspace.active_tile.view.window
    hand.drag((40, 55), (45, 70))
    assert hand.workspace.active_tile.view.window != before
    assert np.allclose(hand.only.points, ((20, 30), (60, 90)), atol=0.02)


def test_a_label_is_dragged_off_and_goes_along_with_its_drawing(hand: Hand) -> None:
    draw_length(hand)
    place = hand.canvas.measure._painting.labels[hand.only.id]
    projection = hand.canvas.projection()
    assert projection is not None
    middle = projection.to_image(place.center())
    hand.drag(middle, (middle[0] + 10, middle[1] - 5))
    label = hand.only.label
    assert label is not None
    assert label == pytest.approx((middle[0] + 10, middle[1] - 5), abs=0.1)
    hand.window.grab()
    hand.drag((45, 65), (40, 65))
    assert hand.only.label == pytest.approx((label[0] - 5, label[1]), abs=0.05)
    assert len(hand.workspace.measurements) == 1


def test_hover_shows_what_would_be_taken(hand: Hand) -> None:
    draw_length(hand)
    hand.move((45, 65))
    assert hand.canvas.cursor().shape() == Qt.CursorShape.SizeAllCursor
    hand.move((60, 90))
    assert hand.canvas.cursor().shape() == Qt.CursorShape.PointingHandCursor
    hand.move((10, 10))
    assert hand.canvas.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_delete_without_a_question_and_undo(hand: Hand) -> None:
    draw_length(hand)
    drawn = hand.only
    hand.refresh()
    hand.key(Qt.Key.Key_Delete)
    assert not hand.on_slice()
    hand.refresh()
    hand.keys("Ctrl+Z")
    assert hand.only == drawn
    hand.refresh()
    hand.keys("Ctrl+Y")
    assert not hand.on_slice()


def test_escape_lets_go_before_it_resets_the_view(hand: Hand) -> None:
    draw_length(hand)
    hand.workspace.active_tile.set_view(invert=True)
    hand.key(Qt.Key.Key_Escape)
    assert hand.workspace.measurements.selected is None
    assert hand.workspace.active_tile.view.invert
    hand.key(Qt.Key.Key_Escape)
    assert not hand.workspace.active_tile.view.invert
    assert len(hand.on_slice()) == 1


def test_undo_goes_fifty_steps_and_to_the_image_of_the_step(hand: Hand) -> None:
    tile = hand.workspace.active_tile
    for n in range(STEPS + 5):
        tile.go_to_index(n % 5)
        hand.keys("Shift+P")
        hand.click((10 + n, 20 + n))
    assert len(hand.workspace.measurements) == STEPS + 5
    tile.go_to_index(9)
    for n in range(STEPS + 5):
        hand.refresh()
        hand.keys("Ctrl+Z")
        if n == 0:
            assert tile.index == (STEPS + 4) % 5
    assert len(hand.workspace.measurements) == 5  # the first five are beyond the fifty steps
    for _ in range(STEPS + 5):
        hand.refresh()
        hand.keys("Ctrl+Y")
    assert len(hand.workspace.measurements) == STEPS + 5


def test_undo_of_a_move_and_of_words(hand: Hand) -> None:
    draw_length(hand)
    first = hand.only
    hand.drag((45, 65), (50, 70))
    moved = hand.only
    hand.canvas.measure.editor.write(moved, moved.points[0], "Largest")
    for wanted in (moved, first):
        hand.refresh()
        hand.keys("Ctrl+Z")
        assert hand.only == wanted


def test_each_slice_has_its_own(hand: Hand) -> None:
    draw_length(hand)
    hand.key(Qt.Key.Key_Down)
    assert not hand.on_slice()
    before = hand.canvas.grab().toImage()
    hand.key(Qt.Key.Key_Up)
    hand.workspace.measurements.select("")
    assert len(hand.on_slice()) == 1
    assert hand.canvas.grab().toImage() != before


def test_two_tiles_of_one_series_show_the_same(hand: Hand) -> None:
    from covidviewer.workspace.layouts import Layout

    workspace = hand.workspace
    workspace.set_layout(Layout.parse("1x2"))
    first, second = workspace.tiles
    second.show(first.series, first.volume, first.index)
    hand.window.grab()
    workspace.activate(first)
    draw_length(hand)
    for view in hand.window.viewports.all:
        assert [m.kind for m in view.canvas.measure.editor.shown()] == [Kind.LENGTH]
    workspace.activate(second)
    hand.window.grab()
    hand.drag((60, 90), (80, 50))  # drawn on one tile, changed on the other
    assert np.allclose(hand.only.points, ((30, 40), (80, 50)), atol=0.05)
