"""The list beside the image: it follows, leads, renames, deletes, copies, exports; by mouse and by keys."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit

from covidviewer.ui.measure.listing import PLACE, VALUE
from covidviewer.ui.measure.panel import MeasurePanel

if TYPE_CHECKING:
    from tests.gui.measure.conftest import Hand

Key, Mod = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def panel(hand: Hand) -> MeasurePanel:
    """Three measurements on three slices, the panel in front."""
    for index, (tool, a, b) in enumerate(
        (("L", (20, 20), (20, 60)), ("R", (30, 30), (50, 60)), ("E", (40, 40), (60, 80)))
    ):
        hand.workspace.active_tile.go_to_index(2 + index)
        hand.keys(tool)
        hand.drag(a, b)
    hand.workspace.measurements.select("")
    hand.window.docks.by_name["measure"].raise_()
    hand.qtbot.waitUntil(lambda: not hand.window.measure.visibleRegion().isEmpty())
    return hand.window.measure


def rows(panel: MeasurePanel) -> list[tuple[str, str, str]]:
    model = panel.listing
    return [
        (model.index(i).data(), model.index(i).data(VALUE), model.index(i).data(PLACE)) for i in range(model.rowCount())
    ]


def click(panel: MeasurePanel, row: int) -> None:
    at = panel.list.visualRect(panel.listing.index(row)).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, Mod.NoModifier, at)


def test_rows_run_as_the_screen_does(hand: Hand, panel: MeasurePanel) -> None:
    tile = hand.workspace.active_tile
    assert tile.reversed  # axial: head first
    found = rows(panel)
    assert [r[0] for r in found] == ["Ellipse", "Rectangle", "Length"]
    assert [r[2] for r in found] == ["Im 5 (6/10)", "Im 4 (7/10)", "Im 3 (8/10)"]  # as the corner of the image says
    assert found[2][1] == "20.0 mm"
    assert "HU" in found[1][1]
    assert "mm²" in found[1][1]


def test_a_click_jumps_and_selects(hand: Hand, panel: MeasurePanel) -> None:
    tile = hand.workspace.active_tile
    click(panel, 2)
    assert tile.index == 2
    assert hand.workspace.measurements.selected == hand.only
    click(panel, 0)
    assert tile.index == 4


def test_arrow_keys_jump(hand: Hand, panel: MeasurePanel) -> None:
    click(panel, 0)
    panel.list.setFocus()
    QTest.keyClick(panel.list, Key.Key_Down)
    assert hand.workspace.active_tile.index == 3
    QTest.keyClick(panel.list, Key.Key_Down)
    assert hand.workspace.active_tile.index == 2


def test_the_images_selection_is_the_lists(hand: Hand, panel: MeasurePanel) -> None:
    hand.workspace.active_tile.go_to_index(3)
    hand.window.grab()
    hand.click((30, 45))  # the rectangle's upper edge
    assert [m.kind.value for m in panel.chosen()] == ["rectangle"]
    hand.key(Key.Key_Escape)
    assert panel.chosen() == []


def test_rename_in_place(hand: Hand, panel: MeasurePanel) -> None:
    click(panel, 1)
    QTest.keyClick(panel.list, Key.Key_F2)
    field = panel.list.findChild(QLineEdit)
    assert field is not None
    QTest.keyClicks(field, "Left lower lobe")
    QTest.keyClick(field, Key.Key_Return)
    hand.qtbot.waitUntil(lambda: rows(panel)[1][0] == "Left lower lobe")
    assert hand.only.text == "Left lower lobe"
    hand.refresh()
    hand.keys("Ctrl+Z")
    assert rows(panel)[1][0] == "Rectangle"


def test_delete_by_key_several_at_once_is_one_step(hand: Hand, panel: MeasurePanel) -> None:
    click(panel, 0)
    panel.list.setFocus()
    QTest.keyClick(panel.list, Key.Key_Down, Mod.ShiftModifier)
    assert len(panel.chosen()) == 2
    QTest.keyClick(panel.list, Key.Key_Delete)
    assert [r[0] for r in rows(panel)] == ["Length"]
    hand.refresh()
    hand.keys("Ctrl+Z")
    assert len(rows(panel)) == 3


def test_copy(hand: Hand, panel: MeasurePanel) -> None:
    click(panel, 2)
    panel.list.setFocus()
    QTest.keyClick(panel.list, Key.Key_C, Mod.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Length\t20.0 mm\tIm 3 (8/10)"


def test_export(hand: Hand, panel: MeasurePanel, tmp_path: Path) -> None:
    panel.write_to(tmp_path / "out.csv")
    panel.write_to(tmp_path / "out.json")
    hand.qtbot.waitUntil(lambda: (tmp_path / "out.json").exists() and (tmp_path / "out.json").stat().st_size > 0)
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [r["kind"] for r in csv.DictReader(file)] == ["ellipse", "rectangle", "length"]
    data = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert len(data["measurements"]) == 3


def test_a_folder_that_is_none_is_one_message(hand: Hand, panel: MeasurePanel, tmp_path: Path) -> None:
    panel.write_to(tmp_path / "none" / "out.csv")
    problems = hand.workspace.problems
    hand.qtbot.waitUntil(lambda: any("could not be written" in p.message for p in problems.problems))


def test_an_empty_list_says_how_to_begin(hand: Hand, panel: MeasurePanel) -> None:
    panel.list.selectAll()
    panel.delete()
    assert panel._empty.isVisible()
    assert not panel.csv_action.isEnabled()
    assert not panel.delete_action.isEnabled()


def test_every_control_has_a_name_and_is_large_enough(hand: Hand, panel: MeasurePanel) -> None:
    buttons = panel.findChildren(QAbstractButton)
    assert len(buttons) == 7
    for button in buttons:
        assert button.accessibleName()
        assert min(button.width(), button.height()) >= 24
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert panel.list.accessibleName()
    assert all(panel.listing.index(i).data(Qt.ItemDataRole.AccessibleTextRole) for i in range(3))
    assert panel.list.visualRect(panel.listing.index(0)).height() >= 24


def test_f7_brings_the_list_to_the_front_and_folds_it_away(hand: Hand, panel: MeasurePanel) -> None:
    dock = hand.window.docks.by_name["measure"]
    hand.window.docks.by_name["reading"].raise_()
    hand.qtbot.waitUntil(lambda: dock.visibleRegion().isEmpty())
    hand.keys("F7")
    hand.qtbot.waitUntil(lambda: not dock.visibleRegion().isEmpty())
    hand.keys("F7")
    assert dock.isHidden()


def test_the_menu_of_the_image_has_the_tools(hand: Hand) -> None:
    menu = hand.window.context_menu()
    names = [a.objectName() for sub in menu.findChildren(type(menu)) for a in sub.actions()]
    assert "tool.length" in names
    assert "measure.delete" in [a.objectName() for a in menu.actions()]
    menu.deleteLater()


def test_del_over_the_image_deletes_all_that_are_chosen_in_the_list(hand: Hand, panel: MeasurePanel) -> None:
    click(panel, 0)
    at = panel.list.visualRect(panel.listing.index(2)).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, Mod.ControlModifier, at)
    assert len(panel.chosen()) == 2
    hand.refresh()
    hand.key(Key.Key_Delete)
    assert [r[0] for r in rows(panel)] == ["Rectangle"]
