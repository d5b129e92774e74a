"""The settings dialog with mouse and keys on the real window: keys, mouse, windows, protocols, to a file and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from covidviewer.imaging import voi
from covidviewer.ui.preset_button import fill_menu
from covidviewer.ui.settings_dialog import SettingsDialog
from covidviewer.ui.window import MainWindow
from covidviewer.workspace import own_settings
from covidviewer.workspace.own_settings import SettingsError, key_lines, keys_of, preset_lines, presets_of
from covidviewer.workspace.preferences import PreferenceStore
from covidviewer.workspace.workspace import Workspace

Key, Mod, Button = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton


@pytest.fixture
def window(qtbot: QtBot, workspace: Workspace, make_series: Callable) -> MainWindow:
    series, volume = make_series(np.full((20, 32, 32), -700, np.int16))
    workspace.read_automatically = False
    made = MainWindow(workspace)
    qtbot.addWidget(made)
    workspace.active_tile.show(series, volume)
    made.resize(1200, 800)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.viewport.setFocus()
    made.actions_table.refresh()
    return made


@pytest.fixture
def dialog(qtbot: QtBot, window: MainWindow) -> SettingsDialog:
    qtbot.keyClick(window.viewport.canvas, Key.Key_Comma, Mod.ControlModifier)
    found = window._dialogs["settings"]
    assert isinstance(found, SettingsDialog)
    return found


def show(dialog: SettingsDialog, page: str) -> None:
    names = [dialog.pages.item(row).text() for row in range(dialog.pages.count())]
    dialog.pages.setCurrentRow(names.index(page))


def focus(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.viewport.setFocus()
    window.actions_table.refresh()


def test_a_key_is_bound_shown_and_works(
    qtbot: QtBot, window: MainWindow, dialog: SettingsDialog, workspace: Workspace
) -> None:
    show(dialog, "Keys")
    keys = dialog.keys
    keys.choose("view.invert")
    keys.edit.setFocus()
    qtbot.keyClick(keys.edit, Key.Key_U)
    assert "No conflicts" in keys.warning.text()
    qtbot.mouseClick(keys.set, Button.LeftButton)
    assert window.actions_table["view.invert"].shortcut() == QKeySequence("U")
    assert "(U)" in window.actions_table["view.invert"].toolTip()
    window.show_help()
    assert window._help is not None
    assert ("U", "Invert") in [window._help._row(id) for id in ("view.invert",)]
    window.hide_help()
    focus(qtbot, window)
    qtbot.keyClick(window.viewport.canvas, Key.Key_I)
    assert not workspace.active_tile.view.invert  # the old key is free
    qtbot.keyClick(window.viewport.canvas, Key.Key_U)
    assert workspace.active_tile.view.invert
    assert keys_of(PreferenceStore().value.keys) == {"view.invert": ("U",)}  # kept for the next start
    qtbot.mouseClick(keys.default, Button.LeftButton)
    assert window.actions_table["view.invert"].shortcut() == QKeySequence("I")
    assert workspace.preferences.value.keys == ()


def test_a_conflict_is_told_before_and_shown_after(qtbot: QtBot, dialog: SettingsDialog, workspace: Workspace) -> None:
    show(dialog, "Keys")
    keys = dialog.keys
    keys.choose("view.invert")
    keys.edit.setFocus()
    qtbot.keyClick(keys.edit, Key.Key_L)
    assert "Length" in keys.warning.text()
    qtbot.mouseClick(keys.set, Button.LeftButton)
    rows = {id: row.text(2) for id, row in keys._rows.items() if row.text(2)}
    assert set(rows) == {"view.invert", "tool.length"}
    assert "Length" in rows["view.invert"]
    qtbot.mouseClick(keys.all_defaults, Button.LeftButton)
    assert not any(row.text(2) for row in keys._rows.values())
    assert workspace.preferences.value.keys == ()


def test_search_in_keys(qtbot: QtBot, dialog: SettingsDialog) -> None:
    show(dialog, "Keys")
    qtbot.keyClicks(dialog.keys.search, "cobb")
    assert [id for id, row in dialog.keys._rows.items() if not row.isHidden()] == ["tool.cobb"]


def test_a_button_does_what_was_chosen(
    qtbot: QtBot, window: MainWindow, dialog: SettingsDialog, workspace: Workspace
) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    show(dialog, "Mouse")
    box = dialog.mouse.boxes["mouse_middle"]
    box.setCurrentIndex(box.findData("window"))
    box.activated.emit(box.currentIndex())
    assert workspace.preferences.value.mouse_middle == "window"
    tile, mouse = workspace.active_tile, window.viewport.canvas.mouse
    tile.set_preset("lung")
    before = tile.view.window
    assert before is not None

    def event(kind: QEvent.Type, x: float, button: Qt.MouseButton, held: Qt.MouseButton) -> QMouseEvent:
        return QMouseEvent(kind, QPointF(x, 200), QPointF(x, 200), button, held, Mod.NoModifier)

    def drag_by(pixels: float) -> float:
        tile.set_preset("lung")
        mouse.press(event(QEvent.Type.MouseButtonPress, 200, Button.MiddleButton, Button.MiddleButton))
        mouse.move(event(QEvent.Type.MouseMove, 200 + pixels, Button.NoButton, Button.MiddleButton))
        mouse.release(event(QEvent.Type.MouseButtonRelease, 200 + pixels, Button.MiddleButton, Button.NoButton))
        assert tile.view.window is not None
        return tile.view.window.width - before.width

    once = drag_by(40)
    assert once > 0
    workspace.preferences.update(mouse_sensitivity=2.0)
    assert drag_by(40) == pytest.approx(2 * once)
    qtbot.mouseClick(dialog.mouse.defaults, Button.LeftButton)
    assert workspace.preferences.value.mouse_middle == "pan"
    assert drag_by(40) == 0


def test_own_windows(qtbot: QtBot, window: MainWindow, dialog: SettingsDialog, workspace: Workspace) -> None:
    show(dialog, "Windows")
    page, tile = dialog.presets, workspace.active_tile
    ours = len(voi.file_presets())
    tile.set_window(voi.Window(-321, 1234))
    qtbot.mouseClick(page.add, Button.LeftButton)
    assert page.table.rowCount() == ours + 1
    page.table.item(ours, 0).setText("Airways")
    page.table.item(0, 1).setText("1600")  # ours, changed
    page.table.item(1, 1).setText("nonsense")  # put back
    page.table.item(2, 1).setText("0")  # no width
    assert (page.table.item(1, 1).text(), page.table.item(2, 1).text()) == ("1400", "1000")
    menu = QMenu()
    fill_menu(menu, tile, window.actions_table)
    own = next(action for action in menu.actions() if action.text().startswith("Airways"))
    tile.set_preset("brain")
    own.trigger()
    assert tile.view.window is not None
    assert (tile.view.window.width, tile.view.window.center) == (1234, -321)
    focus(qtbot, window)
    qtbot.keyClick(window.viewport.canvas, Key.Key_1)
    assert tile.view.window.width == 1600
    qtbot.mouseClick(page.defaults, Button.LeftButton)
    qtbot.keyClick(window.viewport.canvas, Key.Key_1)
    assert tile.view.window.width == 1500
    assert page.table.rowCount() == ours
    menu.deleteLater()


def test_a_protocol_is_checked_kept_and_removed(
    qtbot: QtBot, window: MainWindow, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COVIDVIEWER_PROTOCOLS", str(tmp_path / "protocols"))
    window.show_settings()
    dialog = window._dialogs["settings"]
    show(dialog, "Hanging")
    page = dialog.protocols
    page.refresh("ct_chest")
    text = page.text.toPlainText()
    assert not page.drop.isEnabled()  # ours
    page.text.setPlainText(text.replace('layout = "1x2"', 'layout = "2x2"'))
    qtbot.mouseClick(page.keep, Button.LeftButton)
    assert "4 tiles" in page.state.text()  # and the file describes 2
    assert not (tmp_path / "protocols").exists()
    page.text.setPlainText(text.replace('layout = "1x2"', 'layout = "2x1"'))
    qtbot.mouseClick(page.keep, Button.LeftButton)
    assert (tmp_path / "protocols" / "ct_chest.toml").is_file()
    kept = next(p for p in workspace.hanging.protocols if p.id == "ct_chest")
    assert kept.layout.name == "2x1"
    qtbot.mouseClick(page.drop, Button.LeftButton)
    assert next(p for p in workspace.hanging.protocols if p.id == "ct_chest").layout.name == "1x2"


def test_settings_to_a_file_and_back(workspace: Workspace, tmp_path: Path) -> None:
    store, path = workspace.preferences, tmp_path / "settings.json"
    store.update(keys=key_lines({"view.invert": ("U",)}), mouse_right="pan", cine_fps=25, recent=("/secret/Doe",))
    own_settings.to_file(path, store.value)
    assert "Doe" not in path.read_text("utf-8")  # places say who was read
    store.update(keys=(), mouse_right="zoom", cine_fps=10)
    store.update(**own_settings.from_file(path))
    assert (keys_of(store.value.keys), store.value.mouse_right, store.value.cine_fps) == (
        {"view.invert": ("U",)}, "pan", 25,
    )  # fmt: skip
    assert store.value.recent == ("/secret/Doe",)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"kind": "else", "settings": {}}', '{"kind": "covidviewer settings"}']
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    with pytest.raises(SettingsError):
        own_settings.from_file(path)


def test_values_of_a_wrong_kind_in_a_file_become_defaults(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"kind": own_settings.KIND, "settings": {"cine_fps": "fast", "unknown": 1}}))
    assert own_settings.from_file(path) == {"cine_fps": 10}


def test_lines_that_are_no_windows_are_left_out() -> None:
    good = "own_1\tAirways\t1234\t-321"
    assert preset_lines(presets_of([good, "x", "a\tb\tc\td", "a\tb\t0\t1", "a\tb\tnan\t1", "a\tb\t1e999\t1"])) == (
        good,
    )
