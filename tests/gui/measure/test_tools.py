"""Each tool with mouse and keys on the real window; numbers against pixels that name their place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from covidviewer.imaging.measure import Kind
from covidviewer.ui.measure.words import label_lines
from covidviewer.ui.mouse import Tool

if TYPE_CHECKING:
    from tests.gui.measure.conftest import Hand

ROW, COLUMN = 0.8, 0.5  # mm, as the phantom of `hand` has them
Turn = tuple[int, bool, bool]
TURNS: list[Turn] = [(0, False, False), (1, False, False), (2, True, False), (3, False, True), (1, True, True)]


def hu(row: np.ndarray, column: np.ndarray, index: int = 5) -> np.ndarray:
    return -1000 + 7 * row + column + index


def turn(hand: Hand, turned: Turn) -> None:
    hand.workspace.active_tile.set_view(quarter_turns=turned[0], flip_h=turned[1], flip_v=turned[2])


@pytest.mark.parametrize("turned", TURNS)
@pytest.mark.parametrize("zoom", [None, 2.0, 9.0])
def test_length_by_a_drag_under_turns_flips_and_zoom(hand: Hand, turned: Turn, zoom: float | None) -> None:
    turn(hand, turned)
    hand.workspace.active_tile.set_view(zoom=zoom, center=(40.0, 60.0))
    hand.keys("L")
    assert hand.window.viewport.tool == "length"
    hand.drag((30, 40), (40, 50), (50, 75))
    found = hand.only
    assert found.kind is Kind.LENGTH
    assert np.allclose(found.points, ((30, 40), (50, 75)), atol=0.01)
    assert found.result is not None
    assert found.result.length == pytest.approx(math.hypot(20 * ROW, 35 * COLUMN), abs=0.01)
    assert found.result.unit == "mm"
    assert hand.window.viewport.tool == "window"  # drawn once, then the tool before


def test_length_by_two_clicks_and_back_to_the_tool_before(hand: Hand) -> None:
    hand.keys("P")
    hand.keys("L")
    hand.click((10, 10))
    assert not hand.on_slice()
    hand.move((30, 40))
    hand.click((40, 50))
    assert np.allclose(hand.only.points, ((10, 10), (40, 50)), atol=0.01)
    assert hand.window.viewport.tool == "pan"


def test_angle(hand: Hand) -> None:
    hand.keys("A")
    hand.drag((20, 40), (50, 40))  # the first leg by a drag
    assert not hand.on_slice()
    hand.click((50, 88))
    assert hand.only.result is not None
    assert hand.only.result.angle == pytest.approx(90, abs=0.1)
    assert label_lines(hand.only) == ("90.0°",)


def test_cobb_angle_of_two_lines(hand: Hand) -> None:
    hand.keys("Shift+A")
    hand.drag((20, 20), (20, 80))
    # 30 mm across and 8 mm down against a level line
    hand.drag((60, 80), (50, 20))
    found = hand.only
    assert found.kind is Kind.COBB
    assert found.result is not None
    assert found.result.angle == pytest.approx(math.degrees(math.atan2(10 * ROW, 60 * COLUMN)), abs=0.1)


@pytest.mark.parametrize("turned", TURNS)
def test_rectangle(hand: Hand, turned: Turn) -> None:
    turn(hand, turned)
    hand.keys("R")
    hand.drag((19.6, 29.6), (40, 50), (50.4, 70.4))
    result = hand.only.result
    assert result is not None
    assert result.statistics is not None
    rows, columns = np.mgrid[20:51, 30:71]
    wanted = hu(rows, columns)
    assert result.statistics.n == wanted.size
    assert result.statistics.mean == pytest.approx(wanted.mean())
    assert result.statistics.sd == pytest.approx(wanted.std())
    assert (result.statistics.minimum, result.statistics.maximum) == (wanted.min(), wanted.max())
    assert result.area == pytest.approx(30.8 * ROW * 40.8 * COLUMN, rel=1e-3)
    assert result.value_unit == "HU"


def test_ellipse(hand: Hand) -> None:
    hand.keys("E")
    hand.drag((20, 30), (60, 90))
    result = hand.only.result
    assert result is not None
    assert result.statistics is not None
    rows, columns = np.mgrid[0:96, 0:128]
    inside = ((rows - 40) / 20) ** 2 + ((columns - 60) / 30) ** 2 <= 1 + 1e-6
    wanted = hu(rows, columns)[inside]
    assert result.statistics.n == pytest.approx(wanted.size, abs=8)  # the mouse is not exact to a ten-thousandth
    assert result.statistics.mean == pytest.approx(wanted.mean(), abs=0.5)
    assert result.area == pytest.approx(math.pi * 20 * ROW * 30 * COLUMN, rel=1e-3)


def test_freehand(hand: Hand) -> None:
    hand.keys("Shift+E")
    steps = np.linspace(0, 2 * np.pi, 60)
    hand.drag(*((45 + 25 * math.sin(t), 60 + 40 * math.cos(t)) for t in steps))
    result = hand.only.result
    assert result is not None
    assert result.statistics is not None
    assert result.area == pytest.approx(math.pi * 25 * ROW * 40 * COLUMN, rel=0.02)
    assert result.statistics.n == pytest.approx(math.pi * 25 * 40, rel=0.02)
    assert result.statistics.mean == pytest.approx(hu(np.array(45), np.array(60)), abs=1)
    assert not result.crossing


@pytest.mark.parametrize("end", ["Enter", "double click"])
def test_polyline(hand: Hand, end: str) -> None:
    hand.keys("Shift+L")
    hand.click((20, 20))
    hand.click((20, 60))
    hand.click((70, 70))  # a slip …
    hand.key(Qt.Key.Key_Backspace)  # … taken back
    if end == "Enter":
        hand.click((50, 60))
        hand.key(Qt.Key.Key_Return)
    else:
        hand.double_click((50, 60))
    found = hand.only
    assert len(found.points) == 3
    assert found.result is not None
    assert found.result.length == pytest.approx(40 * COLUMN + 30 * ROW, abs=0.02)


def test_point_probe(hand: Hand) -> None:
    hand.keys("Shift+P")
    hand.click((33.3, 71.2))
    assert hand.only.result is not None
    assert hand.only.result.value == (hu(np.array(33), np.array(71)),)
    assert label_lines(hand.only) == (f"−{1000 - 7 * 33 - 71 - 5} HU",)


def test_arrow_and_its_words(hand: Hand) -> None:
    hand.keys("Shift+T")
    hand.drag((30, 30), (60, 80))
    assert hand.only.kind is Kind.ARROW
    assert label_lines(hand.only) == ()
    hand.double_click((45, 55))
    write(hand, "Nodule")
    assert label_lines(hand.only) == ("Nodule",)


def write(hand: Hand, text: str, end: Qt.Key = Qt.Key.Key_Return) -> None:
    field = hand.canvas.measure._field
    assert field is not None
    assert field.isVisible()
    assert field.hasFocus()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, end)
    assert not field.isVisible()


def test_text(hand: Hand) -> None:
    before = hand.workspace.active_tile.view
    hand.keys("T")
    hand.click((40, 50))
    write(hand, "Laws, with W and L")  # letters that are keys of the window
    found = hand.only
    assert found.kind is Kind.TEXT
    assert label_lines(found) == ("Laws, with W and L",)
    assert hand.window.viewport.tool == "window"
    assert hand.workspace.active_tile.view == before
    assert hand.canvas.hasFocus()


def test_escape_in_the_field_keeps_nothing_and_resets_nothing(hand: Hand) -> None:
    hand.workspace.active_tile.set_view(invert=True)
    hand.keys("T")
    hand.click((40, 50))
    write(hand, "never", Qt.Key.Key_Escape)
    assert not hand.on_slice()
    assert hand.workspace.active_tile.view.invert


def test_a_click_elsewhere_keeps_the_words(hand: Hand) -> None:
    hand.keys("T")
    hand.click((40, 50))
    field = hand.canvas.measure._field
    assert field is not None
    QTest.keyClicks(field, "kept")
    hand.click((80, 100))
    assert hand.only.text == "kept"


def test_escape_gives_a_drawing_up(hand: Hand) -> None:
    hand.keys("L")
    hand.drag((20, 30), (50, 60), release=False)
    assert hand.canvas.measure.editor.drawing is not None
    hand.key(Qt.Key.Key_Escape)
    assert hand.canvas.measure.editor.drawing is None
    assert hand.window.viewport.tool == "window"
    assert not hand.on_slice()


def test_another_slice_gives_a_drawing_up_but_not_the_tool(hand: Hand) -> None:
    hand.keys("A")
    hand.click((20, 30))
    hand.key(Qt.Key.Key_Down)
    assert hand.canvas.measure.editor.drawing is None
    assert hand.window.viewport.tool == "angle"


def test_a_drawing_stays_inside_the_image(hand: Hand) -> None:
    hand.keys("L")
    hand.drag((50, 60), (500, 700))
    assert hand.only.points[1] == (95.5, 127.5)


def test_a_click_is_no_region_and_a_double_click_no_length(hand: Hand) -> None:
    hand.keys("Shift+E")
    hand.click((40, 50))
    assert not hand.on_slice()
    hand.keys("L")
    hand.double_click((40, 50))
    assert not hand.on_slice()
    hand.click((60, 50))
    assert hand.only.result is not None
    assert hand.only.result.length == pytest.approx(20 * ROW, abs=0.01)


def test_shift_pans_while_a_tool_is_in_hand(hand: Hand) -> None:
    hand.workspace.active_tile.set_view(zoom=3.0)
    hand.keys("L")
    a = hand.canvas.rect().center()
    QTest.mousePress(hand.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, a)
    QTest.mouseMove(hand.canvas, a + QPoint(40, 0))
    QTest.mouseRelease(hand.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, a + QPoint(40, 0))
    assert not hand.on_slice()
    assert hand.canvas.measure.editor.drawing is None


def test_every_tool_of_the_menu_can_be_taken_and_is_shown_as_taken(hand: Hand) -> None:
    button = hand.window.head.measure_button
    for kind in Kind:
        hand.window.actions_table[f"tool.{kind.value}"].trigger()
        hand.refresh()
        assert hand.window.viewport.tool == kind.value
        assert hand.window.actions_table[f"tool.{kind.value}"].isChecked()
        assert button.defaultAction() is hand.window.actions_table[f"tool.{kind.value}"]
        assert button.accessibleName()
    assert {Tool(kind.value) for kind in Kind} <= set(Tool)
