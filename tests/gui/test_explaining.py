"""Explanations on demand on the real window: keys, buttons, what stands over a slice, two methods side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from covidviewer.errors import DeviceError
from covidviewer.imaging.volume import Volume
from covidviewer.inference.explanation import ExplainRequest, Explanation
from covidviewer.inference.results import SliceReading
from covidviewer.study import Series
from covidviewer.ui.canvas import Canvas
from covidviewer.ui.explained_words import legend_lines, sides_of, waiting
from covidviewer.ui.shown_class import shown_class
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.workspace import Workspace

Key, Mod = Qt.Key, Qt.KeyboardModifier
SIZE = 64
GRID = np.array([[16.0, 0.0, 7.5], [0.0, 16.0, 7.5]])  # 4 x 4 cells on 64 x 64 pixels


@pytest.fixture
def asked(workspace: Workspace) -> list[ExplainRequest]:
    found: list[ExplainRequest] = []
    workspace.explanations.wanted.connect(found.append)
    return found


@pytest.fixture
def window(
    qtbot: QtBot,
    workspace: Workspace,
    make_series: Callable[..., tuple[Series, Volume]],
    reading_of: Callable[..., SliceReading],
) -> MainWindow:
    """A window with one series of six dark slices, all read by a network in closed form."""
    workspace.read_automatically = False
    series, volume = make_series(np.full((6, SIZE, SIZE), -1000, np.int16), key="series")
    workspace.scans.found[series.key] = series
    workspace.loads.volumes.put(series.key, volume)
    made = MainWindow(workspace)
    qtbot.addWidget(made)
    made.resize(1440, 900)
    made.show()
    workspace.studies_changed.emit()
    workspace.show("series", 2)
    workspace.readings.start("series", 6)
    workspace.accept_readings("series", tuple(reading_of(i, 0.8, np.ones((4, 4)), GRID) for i in range(6)))
    made.activateWindow()
    made.viewport.setFocus()
    QApplication.processEvents()
    return made


def press(window: MainWindow, key: Key, modifiers: Mod = Mod.NoModifier) -> None:
    QApplication.processEvents()
    QTest.keyClick(QApplication.focusWidget() or window, key, modifiers)
    QApplication.processEvents()


def answer(
    request: ExplainRequest, reading_of: Callable[..., SliceReading], stability: float | None = 0.9
) -> Explanation:
    """For in the upper left cell, against in the lower right one."""
    values = np.zeros((4, 4))
    values[0, 0], values[3, 3] = 1.0, -1.0
    reading = reading_of(request.index, 0.8, values, GRID)
    reading = replace(
        reading,
        key=(*reading.key[:4], request.method, *reading.key[5:]),
        provenance=replace(reading.provenance, method=request.method),
    )
    return Explanation(reading, False, None if stability is None else (stability, stability), 3.2)


def choose(window: MainWindow, method: str) -> None:
    """By the keyboard on the list."""
    box = window.overlay.explain.method
    box.setFocus()
    box.setCurrentIndex(box.findData(method))
    box.activated.emit(box.currentIndex())
    window.viewport.setFocus()
    QApplication.processEvents()


def test_a_method_on_demand_says_how_to_get_it_and_the_key_asks(
    window: MainWindow, workspace: Workspace, asked: list[ExplainRequest]
) -> None:
    box = window.overlay.explain
    assert not box.explain.isEnabled()
    assert "Grad-CAM, exact: comes with the reading" in box.told.text()
    choose(window, "lime")
    shown = shown_class(workspace, workspace.active_tile)
    assert shown is not None
    assert shown.explained is not None
    assert shown.map_reading(2) is None
    assert waiting(shown.explained) == "no LIME map for this slice yet: press Shift+G"
    press(window, Key.Key_G, Mod.ShiftModifier)
    assert [(r.index, r.method, r.key) for r in asked] == [(2, "lime", "series")]
    press(window, Key.Key_G, Mod.ShiftModifier)
    assert len(asked) == 1  # under way already
    assert box.cancel.isVisibleTo(window)
    assert not box.explain.isVisibleTo(window)


def test_progress_escape_and_the_button(
    qtbot: QtBot, window: MainWindow, workspace: Workspace, asked: list[ExplainRequest]
) -> None:
    box, gone = window.overlay.explain, []
    workspace.explanations.called_off.connect(gone.append)
    choose(window, "lime")
    qtbot.mouseClick(box.explain, Qt.MouseButton.LeftButton)
    workspace.explanations.on_progress((asked[0], 340, 2000))
    assert "340 of 2000 changed pictures" in box.told.text()
    assert (box.progress.value(), box.progress.maximum()) == (340, 2000)
    assert workspace.problems.tasks[-1].text == "Explaining by LIME"
    assert workspace.problems.tasks[-1].done == pytest.approx(0.17)
    workspace.active_tile.set_view(zoom=3.0)
    press(window, Key.Key_Escape)
    assert gone == asked
    assert workspace.active_tile.view.zoom == 3.0  # Esc ended the work and nothing else
    assert not workspace.explanations.busy
    assert not [t for t in workspace.problems.tasks if t.key == "explain"]
    qtbot.mouseClick(box.explain, Qt.MouseButton.LeftButton)
    press(window, Key.Key_F5, Mod.ShiftModifier)
    assert len(gone) == 2
    qtbot.mouseClick(box.explain, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(box.cancel, Qt.MouseButton.LeftButton)
    assert len(gone) == 3


def test_a_click_on_a_button_leaves_the_keys_with_the_image(
    qtbot: QtBot, window: MainWindow, workspace: Workspace, asked: list[ExplainRequest]
) -> None:
    """Space shows the image without its map: it must not press the button beside the one that was clicked."""
    box = window.overlay.explain
    choose(window, "lime")
    qtbot.mouseClick(box.explain, Qt.MouseButton.LeftButton)
    assert isinstance(QApplication.focusWidget(), Canvas)
    before = len(workspace.tiles)
    press(window, Key.Key_Space)
    assert len(workspace.tiles) == before
    # Who came by Tab goes on with the button that took the other's place.
    workspace.explanations.cancel()
    box.explain.setFocus(Qt.FocusReason.TabFocusReason)
    press(window, Key.Key_Space)
    assert box.cancel.hasFocus()
    press(window, Key.Key_Space)
    assert not workspace.explanations.busy
    assert box.explain.hasFocus()


def test_an_answer_is_drawn_red_for_and_blue_against_on_its_slice_alone(
    window: MainWindow, workspace: Workspace, asked: list[ExplainRequest], reading_of: Callable[..., SliceReading]
) -> None:
    canvas, tile = window.viewport.canvas, workspace.active_tile
    tile.set_overlay(opacity=0.7)
    choose(window, "lime")
    press(window, Key.Key_G, Mod.ShiftModifier)
    workspace.explanations.on_arrived((asked[0], answer(asked[0], reading_of)))
    workspace.explanations.on_ended((asked[0], None))

    def colours() -> tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]:
        picture = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        place = canvas.projection().image_rect()  # type: ignore[union-attr]
        ratio = canvas.devicePixelRatioF()
        found = []
        for part in (0.2, 0.4, 0.8):  # clear of letters and corner texts
            x, y = place.left() + part * place.width(), place.top() + part * place.height()
            pixel = picture.pixelColor(round(x * ratio), round(y * ratio))
            found.append((pixel.red(), pixel.green(), pixel.blue()))
        return tuple(found)  # type: ignore[return-value]

    for_it, nothing, against = colours()
    assert for_it[0] > 100 > for_it[2]
    assert against[2] > 100 > against[0]
    assert max(nothing) - min(nothing) < 10
    tile.go_to_index(3)  # another slice: its map is not there, and the old one is not shown
    assert all(max(c) - min(c) < 10 for c in colours())
    tile.go_to_index(2)
    assert colours()[0][0] > 100
    tile.set_overlay(signed_colormap="orange-blue")
    assert colours()[0][1] > 80  # orange has green in it


def test_the_legend_names_method_unit_and_weakness(
    window: MainWindow, workspace: Workspace, asked: list[ExplainRequest], reading_of: Callable[..., SliceReading]
) -> None:
    choose(window, "lime")
    press(window, Key.Key_G, Mod.ShiftModifier)
    workspace.explanations.on_arrived((asked[0], answer(asked[0], reading_of, 0.69)))
    shown = shown_class(workspace, workspace.active_tile)
    assert shown is not None
    sides = sides_of(shown)
    assert sides is not None
    assert sides.full == 0.05  # what explain.toml calls full
    assert sides.title == "change of probability · COVID-19"
    assert legend_lines(shown) == ("LIME, approximate", "unstable: two seeds agree by 0.69 only")
    box = window.overlay.explain
    assert "agree by 0.69 only" in box.warning.text()
    workspace.explanations.on_arrived((asked[0], answer(asked[0], reading_of, 0.70)))
    workspace.explanations.on_ended((asked[0], None))
    assert not box.warning.isVisibleTo(window)
    assert box.told.text() == "LIME, approximate; 3.2 s; two seeds agree by 0.70"


def test_compare_shows_two_methods_of_one_slice(
    window: MainWindow, workspace: Workspace, asked: list[ExplainRequest], reading_of: Callable[..., SliceReading]
) -> None:
    press(window, Key.Key_C, Mod.ShiftModifier)
    first, second = workspace.tiles
    assert first is workspace.active_tile
    assert first.series is second.series
    assert (first.index, second.index) == (2, 2)
    assert [workspace.explanations.method_of(t) for t in (first, second)] == ["gradcam", "lime"]
    assert [(r.index, r.method) for r in asked] == [(2, "lime")]
    workspace.explanations.on_arrived((asked[0], answer(asked[0], reading_of)))
    workspace.explanations.on_ended((asked[0], None))
    left, right = (shown_class(workspace, tile) for tile in (first, second))
    assert left is not None
    assert right is not None
    assert (left.signed, right.signed) == (False, True)
    assert left.map_reading(2) is not right.map_reading(2)
    press(window, Key.Key_Down)  # linked: both go on, and the key asks for the one that has no map
    assert first.index == second.index != 2
    press(window, Key.Key_G, Mod.ShiftModifier)
    assert (asked[-1].index, asked[-1].method) == (first.index, "lime")


def test_another_network_forgets_and_an_old_answer_is_dropped(
    window: MainWindow, workspace: Workspace, asked: list[ExplainRequest], reading_of: Callable[..., SliceReading]
) -> None:
    choose(window, "lime")
    press(window, Key.Key_G, Mod.ShiftModifier)
    workspace.explanations.on_arrived((asked[0], answer(asked[0], reading_of)))
    assert workspace.explanations.get(workspace.active_tile) is not None
    workspace.choose(precision="float32")
    assert workspace.explanations.bytes == 0
    workspace.explanations.on_arrived((asked[0], answer(asked[0], reading_of)))
    assert workspace.explanations.get(workspace.active_tile) is None


def test_memory_is_bounded_and_an_error_is_told(
    window: MainWindow,
    workspace: Workspace,
    asked: list[ExplainRequest],
    reading_of: Callable[..., SliceReading],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from covidviewer.workspace import explanations as module

    monkeypatch.setattr(module, "MEGABYTE", 2)  # 64 "megabytes" are 128 bytes: two maps of 2 x 4 x 4 halves
    choose(window, "lime")
    for index in range(4):
        workspace.active_tile.go_to_index(index)
        press(window, Key.Key_G, Mod.ShiftModifier)
        workspace.explanations.on_arrived((asked[-1], answer(asked[-1], reading_of)))
        workspace.explanations.on_ended((asked[-1], None))
    assert workspace.explanations.bytes <= 128
    kept = []
    for index in range(4):
        workspace.active_tile.go_to_index(index)
        kept.append(workspace.explanations.get(workspace.active_tile) is not None)
    assert kept == [False, False, True, True]
    workspace.active_tile.go_to_index(0)
    press(window, Key.Key_G, Mod.ShiftModifier)
    workspace.explanations.on_ended((asked[-1], DeviceError("scikit-image is missing.")))
    assert "scikit-image is missing." in workspace.problems.problems[-1].message
    assert not workspace.explanations.busy
