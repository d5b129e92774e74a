"""The action table: its keys, rules and handlers, and the keys pressed on the real window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from pytestqt.qtbot import QtBot

from covidviewer import assets
from covidviewer.imaging import voi
from covidviewer.ui.actions import MENUS, RULES, SECTIONS, TABLE, Spec, bindings, conflicts
from covidviewer.ui.commands import Commands
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.workspace import Workspace

Key = Qt.Key
Mod = Qt.KeyboardModifier
IDS = {spec.id for spec in TABLE}


def test_no_key_is_bound_twice() -> None:
    assert conflicts() == {}


def test_a_key_bound_twice_is_found() -> None:
    doubled = (*TABLE, replace(TABLE[0], id="other", keys=("ctrl+o",)))
    assert conflicts(bindings({}, doubled)) == {"Ctrl+O": (TABLE[0].id, "other")}


def test_every_key_is_one_that_qt_knows() -> None:
    for spec in TABLE:
        for key in spec.keys:
            assert QKeySequence(key).toString(), f"{spec.id}: {key}"


@pytest.mark.parametrize(
    "key",
    ["Space", "Ctrl+Return"],
)  # fmt: skip
def test_keys_of_later_issues_stay_free(key: str) -> None:
    bound = {QKeySequence(k).toString() for spec in TABLE for k in spec.keys}
    assert QKeySequence(key).toString() not in bound


@pytest.mark.parametrize("spec", TABLE, ids=lambda s: s.id)
def test_row_is_whole(spec: Spec) -> None:
    assert callable(getattr(Commands, spec.handler))
    assert spec.rule in RULES
    assert not spec.menu or spec.menu in MENUS
    assert not spec.icon or (assets.resource_dir() / "icons" / f"{spec.icon}.svg").is_file()


def test_ids_are_single_and_the_help_sheet_names_rows_that_are_there() -> None:
    assert len(IDS) == len(TABLE)
    named = [id for _, ids in SECTIONS for id in ids]
    assert len(set(named)) == len(named)
    assert set(named) <= IDS
    # Whatever has a key is on the sheet, but for quitting, which every program has.
    assert {spec.id for spec in TABLE if spec.keys} - set(named) == {"file.quit"}


def test_preset_keys_bind_to_ids_of_the_presets_file() -> None:
    for record in voi.preset_records():
        spec = next(s for s in TABLE if s.id == f"preset.{record.id}")
        assert spec.keys == (record.key,)
        assert spec.args == (record.id,)


@pytest.fixture
def window(
    qtbot: QtBot, workspace: Workspace, make_series: Callable[..., tuple[object, object]]
) -> Callable[..., MainWindow]:
    """``window(slices=40)``: the real window, active, with a CT series on it."""

    def make(slices: int = 40, **kwargs: object) -> MainWindow:
        values = np.full((slices, 32, 32), -700, np.int16)
        values[:, 8:24, 8:24] = np.arange(slices, dtype=np.int16)[:, None, None] * 10
        series, volume = make_series(values, **kwargs)
        made = MainWindow(workspace)
        qtbot.addWidget(made)
        workspace.read_automatically = False
        workspace.active_tile.show(series, volume)  # type: ignore[arg-type]
        made.resize(1200, 800)
        made.show()
        made.activateWindow()
        qtbot.waitUntil(made.isActiveWindow)
        made.viewport.setFocus()
        made.actions_table.refresh()
        return made

    return make


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = Mod.NoModifier) -> None:
    qtbot.keyClick(window.viewport.canvas, key, modifier)


def test_slice_keys(qtbot: QtBot, window: Callable[..., MainWindow], workspace: Workspace) -> None:
    made = window(40)
    tile = workspace.active_tile
    tile.go_to(20)
    for key, modifier, wanted in (
        (Key.Key_Down, Mod.NoModifier, 21),
        (Key.Key_Up, Mod.NoModifier, 20),
        (Key.Key_Down, Mod.ShiftModifier, 30),
        (Key.Key_Up, Mod.ShiftModifier, 20),
        (Key.Key_PageDown, Mod.NoModifier, 22),  # 5 % of 40
        (Key.Key_PageUp, Mod.NoModifier, 20),
        (Key.Key_Home, Mod.NoModifier, 0),
        (Key.Key_End, Mod.NoModifier, 39),
    ):
        press(qtbot, made, key, modifier)
        assert tile.position == wanted, (key, modifier)
    press(qtbot, made, Key.Key_Down)
    assert tile.position == 39  # does not wrap


def test_preset_keys(qtbot: QtBot, window: Callable[..., MainWindow], workspace: Workspace) -> None:
    made = window()
    view = workspace.active_tile
    for record in voi.preset_records():
        press(qtbot, made, Key(ord(record.key)))
        assert view.view.window is not None
        assert (view.view.preset, view.view.window.width, view.view.window.center) == (
            record.id,
            record.width,
            record.level,
        )
    press(qtbot, made, Key.Key_9)
    assert view.view.preset == "auto"


def test_presets_are_off_without_hounsfield_units(
    qtbot: QtBot, window: Callable[..., MainWindow], workspace: Workspace
) -> None:
    made = window(units="")
    before = workspace.active_tile.view
    press(qtbot, made, Key.Key_1)
    assert workspace.active_tile.view == before
    assert not made.actions_table["preset.lung"].isEnabled()
    assert made.actions_table["preset.auto"].isEnabled()
    assert made.actions_table.run("preset.lung") is False


def test_tool_keys_mark_the_tool(qtbot: QtBot, window: Callable[..., MainWindow]) -> None:
    made = window()
    for key, tool in ((Key.Key_P, "pan"), (Key.Key_Z, "zoom"), (Key.Key_S, "scroll"), (Key.Key_W, "window")):
        press(qtbot, made, key)
        assert made.viewport.tool == tool
        made.actions_table.refresh()
        assert made.actions_table[f"tool.{tool}"].isChecked()
        assert sum(made.actions_table[f"tool.{t}"].isChecked() for t in ("window", "pan", "zoom", "scroll")) == 1
    press(qtbot, made, Key.Key_Q)
    assert made.viewport.tool == "region"
    press(qtbot, made, Key.Key_Escape)
    assert made.viewport.tool == "window"


def test_view_keys(qtbot: QtBot, window: Callable[..., MainWindow], workspace: Workspace) -> None:
    made = window()
    tile = workspace.active_tile
    press(qtbot, made, Key.Key_I)
    assert tile.view.invert
    press(qtbot, made, Key.Key_H)
    assert (tile.view.flip_h, tile.view.flip_v) == (True, False)
    press(qtbot, made, Key.Key_R, Mod.ShiftModifier)
    assert tile.view.quarter_turns == 1
    press(qtbot, made, Key.Key_F, Mod.ShiftModifier)
    assert tile.view.zoom == 1.0
    press(qtbot, made, Key.Key_F)
    assert tile.view.zoom is None
    press(qtbot, made, Key.Key_Equal, Mod.ControlModifier)
    grown = tile.view.zoom
    assert grown is not None
    press(qtbot, made, Key.Key_Minus, Mod.ControlModifier)
    assert tile.view.zoom == pytest.approx(grown / 1.25)
    press(qtbot, made, Key.Key_Escape)
    assert (tile.view.invert, tile.view.flip_h, tile.view.quarter_turns, tile.view.zoom) == (False, False, 0, None)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("horizontal", [True, False])
def test_flip_is_what_the_screen_shows(
    window: Callable[..., MainWindow], workspace: Workspace, turns: int, horizontal: bool
) -> None:
    """Draws a small image by the definition of `ViewState` (flips, then clockwise turns) before and after."""
    made = window()
    tile = workspace.active_tile
    tile.set_view(quarter_turns=turns)

    def shown() -> np.ndarray:
        image = np.arange(12).reshape(3, 4)
        if tile.view.flip_h:
            image = image[:, ::-1]
        if tile.view.flip_v:
            image = image[::-1]
        return np.rot90(image, -tile.view.quarter_turns)

    before = shown()
    made.commands.flip(horizontal)
    np.testing.assert_array_equal(shown(), before[:, ::-1] if horizontal else before[::-1])


def test_text_and_identity_keys_write_preferences(
    qtbot: QtBot, window: Callable[..., MainWindow], workspace: Workspace
) -> None:
    made = window()
    seen = []
    for _ in range(3):
        press(qtbot, made, Key.Key_D)
        seen.append(workspace.preferences.value.corner_texts)
    assert seen == ["minimal", "none", "all"]


def test_overlay_keys(
    qtbot: QtBot, window: Callable[..., MainWindow], workspace: Workspace, reading_of: Callable[..., object]
) -> None:
    made = window(6)
    tile = workspace.active_tile
    before = tile.overlay
    press(qtbot, made, Key.Key_O)
    assert tile.overlay == before  # nothing was read yet: there is no map to hide
    workspace.readings.start("series", 6)
    scores = (0.9, 0.1, 0.2, 0.8, 0.95, 0.3)
    workspace.accept_readings("series", tuple(reading_of(i, s) for i, s in enumerate(scores)))  # type: ignore[misc]
    made.actions_table.refresh()
    press(qtbot, made, Key.Key_O)
    assert tile.overlay.visible is not before.visible
    press(qtbot, made, Key.Key_B)
    assert tile.overlay.form == "fill"
    press(qtbot, made, Key.Key_BracketRight)
    assert tile.overlay.threshold == pytest.approx(0.40)
    press(qtbot, made, Key.Key_BracketLeft)
    press(qtbot, made, Key.Key_BracketLeft)
    assert tile.overlay.threshold == pytest.approx(0.30)
    press(qtbot, made, Key.Key_G)
    assert tile.index == 4
    starts = sorted((tile.to_position(0), min(tile.to_position(3), tile.to_position(4))))
    tile.go_to(tile.count - 1)
    press(qtbot, made, Key.Key_Comma)
    assert tile.position == max(p for p in starts if p < tile.count - 1)
    tile.go_to(starts[0])
    press(qtbot, made, Key.Key_Period)
    assert tile.position == starts[1]


def test_cine_keys(qtbot: QtBot, window: Callable[..., MainWindow], workspace: Workspace) -> None:
    made = window()
    fps = made.viewport.cine.fps
    press(qtbot, made, Key.Key_C)
    assert made.viewport.cine.running
    qtbot.keyClick(made.viewport.canvas, Key.Key_Plus)
    assert made.viewport.cine.fps > fps
    press(qtbot, made, Key.Key_C)
    assert not made.viewport.cine.running


def test_arrow_keys_belong_to_a_slider_that_was_reached_by_tab(
    qtbot: QtBot, window: Callable[..., MainWindow], workspace: Workspace
) -> None:
    made = window()
    tile = workspace.active_tile
    slider = made.overlay.threshold
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    here, value = tile.position, slider.value()
    qtbot.keyClick(slider, Key.Key_Right)
    assert slider.value() == value + 5
    assert tile.overlay.threshold == pytest.approx((value + 5) / 100)
    assert tile.position == here


def test_a_wheel_over_the_panel_changes_no_value(qtbot: QtBot, window: Callable[..., MainWindow]) -> None:
    from PySide6.QtCore import QPoint, QPointF
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    made = window()
    slider = made.overlay.threshold
    before = slider.value()
    place = QPointF(slider.rect().center())
    event = QWheelEvent(
        place, slider.mapToGlobal(place), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, Mod.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(slider, event)
    assert slider.value() == before
