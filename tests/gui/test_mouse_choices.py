"""Buttons, wheel and hand as the reader chose them in the settings, driven on the real window (UX 1)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from covidviewer.ui.help_sheet import mouse_rows
from covidviewer.ui.settings.mouse_page import FIELDS, MousePage
from covidviewer.ui.settings_dialog import SettingsDialog
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.preferences import Preferences, PreferenceStore
from covidviewer.workspace.workspace import Workspace

Mod, Left, Right = Qt.KeyboardModifier, Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE = Qt.MouseButton.NoButton


@pytest.fixture
def window(qtbot: QtBot, workspace: Workspace, make_series: Callable) -> MainWindow:
    series, volume = make_series(np.full((40, 64, 64), -700, np.int16))
    workspace.read_automatically = False
    made = MainWindow(workspace)
    qtbot.addWidget(made)
    workspace.active_tile.show(series, volume, 20)
    workspace.active_tile.set_preset("lung")
    made.resize(1200, 800)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def page(window: MainWindow) -> MousePage:
    window.show_settings()
    dialog = window._dialogs["settings"]
    assert isinstance(dialog, SettingsDialog)
    dialog.pages.setCurrentRow(2)
    return dialog.mouse


def choose(page: MousePage, field: str, value: str) -> None:
    box = page.boxes[field]
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def send(window: MainWindow, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
    canvas = window.viewport.canvas
    place = QPointF(canvas.mapToGlobal(at.toPoint()))
    QApplication.sendEvent(canvas, QMouseEvent(kind, at, place, button, held, Mod.NoModifier))


def drag(window: MainWindow, button: Qt.MouseButton, dx: float, dy: float) -> None:
    start = QPointF(200, 200)
    send(window, QEvent.Type.MouseButtonPress, start, button, button)
    for share in (0.5, 1.0):
        send(window, QEvent.Type.MouseMove, start + QPointF(dx * share, dy * share), NONE, button)
    send(window, QEvent.Type.MouseButtonRelease, start + QPointF(dx, dy), button, NONE)


def wheel(window: MainWindow, notches: int, mod: Qt.KeyboardModifier = Mod.NoModifier) -> None:
    canvas, at = window.viewport.canvas, QPointF(200, 200)
    place, turn = QPointF(canvas.mapToGlobal(at.toPoint())), QPoint(0, 120 * notches)
    event = QWheelEvent(at, place, QPoint(), turn, NONE, mod, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(canvas, event)


def test_another_tool_for_the_left_button(window: MainWindow, page: MousePage, workspace: Workspace) -> None:
    tile = workspace.active_tile
    before = tile.view.window
    choose(page, "mouse_left", "scroll")
    assert window.viewport.tool == "scroll"  # at once
    drag(window, Left, 0, 64)
    assert tile.position > 20
    assert tile.view.window == before
    window.viewport.set_tool("pan")  # a tool that was taken in hand stays there
    choose(page, "mouse_left", "zoom")
    assert window.viewport.tool == "pan"
    assert PreferenceStore().value.mouse_left == "zoom"  # kept for the next start


def test_the_next_window_begins_with_it(qtbot: QtBot, workspace: Workspace) -> None:
    workspace.preferences.update(mouse_left="pan")
    made = MainWindow(workspace)
    qtbot.addWidget(made)
    assert made.viewport.tool == "pan"
    made.actions_table.refresh()
    assert made.actions_table["tool.pan"].isChecked()


@pytest.mark.parametrize(
    ("field", "mod"),
    [
        ("wheel_plain", Mod.NoModifier),
        ("wheel_ctrl", Mod.ControlModifier),
        ("wheel_alt", Mod.AltModifier),
        ("wheel_shift", Mod.ShiftModifier),
    ],
)
def test_the_wheel_does_what_was_chosen(
    window: MainWindow, page: MousePage, workspace: Workspace, field: str, mod: Qt.KeyboardModifier
) -> None:
    tile = workspace.active_tile
    projection = window.viewport.canvas.projection
    for does in ("slices", "fast", "zoom", "opacity"):
        choose(page, field, does)
        tile.go_to(20)
        tile.reset_view()
        tile.set_overlay(opacity=0.3)
        before = projection()
        wheel(window, 1, mod)
        after = projection()
        assert before is not None
        assert after is not None
        assert tile.position == {"slices": 19, "fast": 15}.get(does, 20)
        assert after.zoom / before.zoom == pytest.approx(1.15 if does == "zoom" else 1.0)
        assert tile.overlay.opacity == pytest.approx(0.35 if does == "opacity" else 0.3)


def test_the_left_hand(window: MainWindow, page: MousePage, workspace: Workspace, qtbot: QtBot) -> None:
    page.ticks["left_handed"].setChecked(True)
    tile = workspace.active_tile
    before = tile.view.window
    assert before is not None
    drag(window, Right, 30, 0)
    assert tile.view.window is not None
    assert tile.view.window.width > before.width  # the tool in hand
    zoom = window.viewport.canvas.projection()
    drag(window, Left, 0, -60)
    now = window.viewport.canvas.projection()
    assert zoom is not None
    assert now is not None
    assert now.zoom > 1.3 * zoom.zoom
    asked: list[object] = []
    window.viewport.context_menu_wanted.connect(asked.append)
    window.viewport.canvas.mouse.context_menu_wanted.disconnect(window.viewport.context_menu_wanted)
    window.viewport.canvas.mouse.context_menu_wanted.connect(asked.append)
    qtbot.mouseClick(window.viewport.canvas, Right, Mod.NoModifier, QPoint(50, 50))
    assert not asked
    qtbot.mouseClick(window.viewport.canvas, Left, Mod.NoModifier, QPoint(50, 50))
    assert len(asked) == 1  # the menu comes by the other button


def test_the_left_hand_measures(window: MainWindow, page: MousePage, workspace: Workspace) -> None:
    page.ticks["left_handed"].setChecked(True)
    window.viewport.set_tool("length")
    drag(window, Right, 60, 40)
    assert len(workspace.measurements) == 1


def test_all_of_it_restored_in_one_click(qtbot: QtBot, page: MousePage, workspace: Workspace) -> None:
    default = Preferences()
    for field, box in page.boxes.items():
        box.setCurrentIndex((box.currentIndex() + 1) % box.count())
        box.activated.emit(box.currentIndex())
        assert getattr(workspace.preferences.value, field) != getattr(default, field)
    for tick in page.ticks.values():
        tick.toggle()
    assert all(getattr(workspace.preferences.value, f) != getattr(default, f) for f in FIELDS)
    qtbot.mouseClick(page.defaults, Left)
    assert all(getattr(workspace.preferences.value, f) == getattr(default, f) for f in FIELDS)


def test_the_sheet_tells_what_is_so(window: MainWindow, workspace: Workspace) -> None:
    rows = dict(mouse_rows(workspace.preferences.value))
    assert (rows["Wheel"], rows["Right drag"], rows["Left drag"]) == ("slices", "zoom about the point", "tool in hand")
    workspace.preferences.update(wheel_plain="zoom", mouse_right="pan", left_handed=True)
    rows = dict(mouse_rows(workspace.preferences.value))
    assert (rows["Wheel"], rows["Left drag"], rows["Right drag"]) == ("zoom about the point", "pan", "tool in hand")
    assert rows["Left click"] == "menu"
    window.show_help()
    assert window._help is not None
    window._help.grab()
    window.hide_help()
