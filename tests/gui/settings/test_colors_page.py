"""Own colour maps on the real window: written, checked, kept, chosen for the map, changed, removed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from covidviewer.imaging import colormaps
from covidviewer.ui.settings.colors_page import ColorsPage
from covidviewer.ui.settings_dialog import SettingsDialog
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.preferences import PreferenceStore
from covidviewer.workspace.workspace import Workspace

Left = Qt.MouseButton.LeftButton
TEXT = 'name = "Rust"\nstops = ["#401000", "#c05020", "#ffe0c0"]\n'


@pytest.fixture
def window(qtbot: QtBot, workspace: Workspace, make_series: Callable) -> MainWindow:
    series, volume = make_series(np.full((5, 32, 32), -700, np.int16))
    workspace.read_automatically = False
    made = MainWindow(workspace)
    qtbot.addWidget(made)
    workspace.active_tile.show(series, volume)
    made.resize(1200, 800)
    made.show()
    return made


@pytest.fixture
def page(window: MainWindow) -> ColorsPage:
    window.show_settings()
    dialog = window._dialogs["settings"]
    assert isinstance(dialog, SettingsDialog)
    names = [dialog.pages.item(row).text() for row in range(dialog.pages.count())]
    dialog.pages.setCurrentRow(names.index("Colours"))
    return dialog.colors


def items(combo: object) -> list[str]:
    return [combo.itemText(i) for i in range(combo.count())]  # type: ignore[attr-defined]


def keep(qtbot: QtBot, page: ColorsPage, text: str) -> None:
    page.text.setPlainText(text)
    qtbot.mouseClick(page.keep, Left)


def test_added_chosen_changed_and_removed(
    qtbot: QtBot, window: MainWindow, page: ColorsPage, workspace: Workspace
) -> None:
    tile, box = workspace.active_tile, window.overlay.colormap
    qtbot.mouseClick(page.add, Left)
    assert page.keep.isEnabled()  # the example can be kept as it is
    keep(qtbot, page, TEXT)
    assert items(box) == [*colormaps.NAMES, "Rust"]
    box.setCurrentIndex(box.count() - 1)
    box.activated.emit(box.currentIndex())
    first = tile.overlay.colormap
    assert tuple(colormaps.table(first)[255]) == (0xFF, 0xE0, 0xC0)
    window.overlay._keep_preferences()
    assert PreferenceStore().value.colormaps == (TEXT,)
    keep(qtbot, page, TEXT.replace("#c05020", "#a04020"))
    assert tile.overlay.colormap != first  # the tile has the new colours, nothing is painted with the old
    assert items(box) == [*colormaps.NAMES, "Rust"]
    assert workspace.preferences.value.overlay_colormap == tile.overlay.colormap
    qtbot.mouseClick(page.drop, Left)
    assert tile.overlay.colormap == "inferno"
    assert items(box) == list(colormaps.NAMES)


def test_ours_are_read_only_and_a_rainbow_is_refused(qtbot: QtBot, page: ColorsPage, workspace: Workspace) -> None:
    assert page.text.isReadOnly()
    assert not page.keep.isEnabled()
    assert not page.drop.isEnabled()
    qtbot.mouseClick(page.add, Left)
    page.text.setPlainText('name = "jet"\nstops = ["#00007f", "#00ffff", "#ffff00", "#7f0000"]')
    assert not page.keep.isEnabled()
    assert "lightness falls" in page.state.text()
    page.text.setPlainText('name = "Inferno"\nstops = ["#000000", "#ffffff"]')
    assert not page.keep.isEnabled()
    assert workspace.preferences.value.colormaps == ()
    page.strip.grab()


def test_the_next_start_has_it_and_does_without_one_that_is_gone(qtbot: QtBot, workspace: Workspace) -> None:
    workspace.preferences.update(colormaps=(TEXT,))
    id = next(iter(colormaps.own_names()))
    workspace.preferences.update(overlay_colormap=id)
    other = Workspace(PreferenceStore())
    assert other.active_tile.overlay.colormap == id
    assert other.shut_down()
    workspace.preferences.update(colormaps=())
    other = Workspace(PreferenceStore())
    assert other.active_tile.overlay.colormap == "inferno"
    assert other.shut_down()
