"""Planes through a series on the real window: layout, lines under the mouse, keys, slab, window, what is missing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from covidviewer.imaging.mpr.sampling import VOID
from covidviewer.imaging.mpr.slab import Slab
from covidviewer.imaging.slice_plane import crossing
from covidviewer.imaging.voi import Window
from covidviewer.imaging.volume import Volume
from covidviewer.inference.results import SliceReading
from covidviewer.study import Series
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.layouts import Layout
from covidviewer.workspace.reformats import planes_of
from covidviewer.workspace.session import state_of
from covidviewer.workspace.workspace import Workspace

Key, Mod, Left = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton.LeftButton
MakeSeries = Callable[..., tuple[Series, Volume]]
BALL_MM = np.array([-80.0, -66.0, 68.0])  # LPS; the series begins at (-100, -80, 40)


@pytest.fixture
def window(qtbot: QtBot, workspace: Workspace, make_series: MakeSeries) -> MainWindow:
    """A window with a ball of 400 HU in air: 30 slices of 2 mm, pixels of 1 mm."""
    workspace.read_automatically = False
    k, r, c = np.meshgrid(np.arange(30), np.arange(40), np.arange(44), indexing="ij")
    points = np.stack((-100.0 + c, -80.0 + r, 40.0 + 2.0 * k), axis=-1)
    away = np.linalg.norm(points - BALL_MM, axis=-1)
    series, volume = make_series(np.where(away < 8, 400, -1000).astype(np.int16), key="ball")
    workspace.scans.found[series.key] = series
    workspace.loads.volumes.put(series.key, volume)
    made = MainWindow(workspace)
    qtbot.addWidget(made)
    made.resize(1280, 860)
    made.show()
    workspace.studies_changed.emit()
    workspace.show("ball")
    made.activateWindow()
    made.viewport.setFocus()
    QApplication.processEvents()
    return made


@pytest.fixture
def hung(window: MainWindow, workspace: Workspace) -> MainWindow:
    press(window, Key.Key_6, Mod.ControlModifier)
    assert workspace.reformats.hung
    return window


def press(window: MainWindow, key: Key, modifiers: Mod = Mod.NoModifier) -> None:
    QApplication.processEvents()
    QTest.keyClick(QApplication.focusWidget() or window, key, modifiers)
    QApplication.processEvents()


def screen(window: MainWindow, number: int, row: float, column: float) -> QPoint:
    """Where an image point of a tile lies on its canvas."""
    projection = window.viewports.all[number].canvas.projection()
    assert projection is not None
    return projection.to_screen(row, column).toPoint()


def line_of(workspace: Workspace, on: int, other: int, share: float) -> tuple[float, float]:
    """A point, (row, column), of the line of one tile's plane on another."""
    here, there = workspace.tiles[on].plane(), workspace.tiles[other].plane()
    assert here is not None
    assert there is not None
    ends = crossing(here, there)
    assert ends is not None
    return tuple(a + share * (b - a) for a, b in zip(*ends, strict=True))  # type: ignore[return-value]


def drag(window: MainWindow, number: int, start: QPoint, stop: QPoint) -> None:
    canvas = window.viewports.all[number].canvas
    QTest.mouseMove(canvas, start)
    QTest.mousePress(canvas, Left, Mod.NoModifier, start)
    for step in range(1, 9):
        at = start + (stop - start) * step / 8
        QApplication.sendEvent(canvas, _move(QPointF(at)))
    QTest.mouseRelease(canvas, Left, Mod.NoModifier, stop)
    QApplication.processEvents()


def _move(at: QPointF) -> QMouseEvent:
    return QMouseEvent(QEvent.Type.MouseMove, at, at, Qt.MouseButton.NoButton, Left, Mod.NoModifier)


def test_a_key_hangs_three_planes_and_a_free_one(hung: MainWindow, workspace: Workspace) -> None:
    names = [p.name if (p := planes_of(tile)) is not None else "images" for tile in workspace.tiles]
    assert names == ["images", "coronal", "sagittal", "free"]
    letters = [tile.plane().orientation for tile in workspace.tiles[1:3]]  # type: ignore[union-attr]
    assert letters == [(1, 0, 0, 0, 0, -1), (0, 1, 0, 0, 0, -1)]
    assert workspace.active_tile is workspace.tiles[0]
    assert hung.actions_table["layout.mpr"].isChecked()


def test_the_shared_cursor_goes_with_the_last_plane(hung: MainWindow, workspace: Workspace) -> None:
    """Over images alone it belongs to its tool, which is not in hand."""
    assert workspace.links.cursor is not None
    workspace.hanging.choose_layout(Layout.parse("1x1"))
    assert not workspace.active_tile.computed
    assert workspace.links.cursor is None
    hung.viewports.toggle_cursor()
    assert workspace.links.cursor is not None
    workspace.hanging.choose_layout(Layout.parse("1x2"))
    assert workspace.links.cursor is not None


@pytest.mark.parametrize("number", [1, 2])
def test_the_ball_is_round_on_every_plane(hung: MainWindow, workspace: Workspace, number: int) -> None:
    """Slices of 2 mm and pixels of 1 mm: the aspect is true in both directions, values are not squeezed."""
    tile = workspace.tiles[number]
    workspace.reformats.move(tile, BALL_MM)
    values, plane = tile.slice_values(), tile.plane()
    assert values is not None
    assert plane is not None
    rows, columns = np.nonzero(values > -300)
    at = plane.pixel(BALL_MM)
    assert (rows.mean(), columns.mean()) == pytest.approx(at, abs=0.6)
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=2)
    assert plane.spacing == (1.0, 1.0)


def test_a_line_dragged_by_its_middle_moves_the_other_plane(hung: MainWindow, workspace: Workspace) -> None:
    coronal = workspace.tiles[1]
    row, column = line_of(workspace, 0, 1, 0.4)
    before = coronal.plane()
    start, stop = screen(hung, 0, row, column), screen(hung, 0, row + 9, column)
    window_before = workspace.tiles[0].view.window
    drag(hung, 0, start, stop)
    after = coronal.plane()
    assert before is not None
    assert after is not None
    assert after.origin[1] - before.origin[1] == pytest.approx(9, abs=1.1)
    assert workspace.tiles[0].view.window == window_before, "the drag belongs to the line"


def test_a_line_dragged_by_its_end_turns_the_other_plane(hung: MainWindow, workspace: Workspace) -> None:
    coronal = workspace.tiles[1]
    cursor = workspace.links.cursor
    assert cursor is not None
    row, column = line_of(workspace, 0, 1, 0.95)
    axial = workspace.tiles[0].plane()
    assert axial is not None
    pivot = axial.pixel(cursor.point)
    arm = column - pivot[1]
    start = screen(hung, 0, row, column)
    stop = screen(hung, 0, row + arm * np.tan(np.radians(20)), column)
    drag(hung, 0, start, stop)
    planes, plane = planes_of(coronal), coronal.plane()
    assert planes is not None
    assert plane is not None
    assert planes.oblique
    assert plane.row_direction == pytest.approx((np.cos(np.radians(20)), np.sin(np.radians(20)), 0), abs=0.06)
    assert abs(plane.distance(cursor.point)) < 0.01, "it still runs through the cursor"
    hung.viewports.all[1].setFocus()
    press(hung, Key.Key_Home, Mod.AltModifier)
    assert not planes.oblique


def test_a_drag_beside_the_lines_is_the_tools(hung: MainWindow, workspace: Workspace) -> None:
    before = workspace.tiles[0].view.window
    drag(hung, 0, screen(hung, 0, 4, 4), screen(hung, 0, 4, 12))
    assert workspace.tiles[0].view.window != before


@pytest.mark.parametrize(("key", "about"), [(Key.Key_Right, "column"), (Key.Key_Down, "row")])
def test_keys_turn_the_active_plane(hung: MainWindow, workspace: Workspace, key: Key, about: str) -> None:
    workspace.activate(workspace.tiles[2])
    hung.viewport.setFocus()
    before = workspace.tiles[2].plane()
    press(hung, key, Mod.AltModifier)
    after = workspace.tiles[2].plane()
    assert before is not None
    assert after is not None
    assert np.degrees(np.arccos(np.dot(before.normal, after.normal))) == pytest.approx(5.0, abs=0.01)
    kept = "column_direction" if about == "column" else "row_direction"
    assert getattr(after, kept) == pytest.approx(getattr(before, kept), abs=1e-9)


def test_the_window_is_one_for_all_planes(hung: MainWindow, workspace: Workspace) -> None:
    workspace.tiles[0].set_window(Window(40.0, 400.0))
    assert {tile.view.window for tile in workspace.tiles} == {Window(40.0, 400.0)}
    workspace.activate(workspace.tiles[3])
    hung.viewport.setFocus()
    press(hung, Key.Key_1)
    assert {tile.view.preset for tile in workspace.tiles} == {"lung"}


def test_the_slab_of_the_bottom_bar(hung: MainWindow, workspace: Workspace, qtbot: QtBot) -> None:
    tile = workspace.tiles[1]
    workspace.activate(tile)
    workspace.reformats.move(tile, BALL_MM + np.array([0.0, 14.0, 0.0]))
    values = tile.slice_values()
    assert values is not None
    assert values.max() == -1000
    assert hung.slab.isVisible()
    hung.slab.mode.setCurrentIndex(1)
    hung.slab.mode.activated.emit(1)
    hung.slab.thickness.setValue(20)
    planes = planes_of(tile)
    assert planes is not None
    assert planes.slab == Slab("max", 20.0)
    qtbot.waitUntil(lambda: planes._whole)
    values = tile.slice_values()
    assert values is not None
    assert values.max() == 400, "the ball lies within the slab"
    assert any(mark.word == "MIP 20 mm" for mark in hung.viewports.all[1].canvas.planes.marks)
    workspace.activate(workspace.tiles[2])
    assert hung.slab.mode.currentIndex() == 0


def test_a_slab_of_the_images_and_back(window: MainWindow, workspace: Workspace, qtbot: QtBot) -> None:
    tile = workspace.active_tile
    tile.go_to_index(14)
    press(window, Key.Key_M)
    planes = planes_of(tile)
    assert planes is not None
    assert planes.slab.mode == "max"
    assert tile.index == 14
    qtbot.waitUntil(lambda: planes._whole)
    before = planes.slab.mm
    press(window, Key.Key_M, Mod.ShiftModifier)
    assert planes.slab.mm == before + 1
    for _ in range(3):
        press(window, Key.Key_M)
    assert not tile.computed
    assert tile.index == 14


def test_the_menu_of_a_series_shows_it_as_coronal(window: MainWindow, workspace: Workspace) -> None:
    menu = window.studies.menu.menu("ball")
    action = next(a for a in menu.actions() if a.objectName() == "show.coronal")
    assert action.isEnabled()
    action.trigger()
    planes = planes_of(workspace.active_tile)
    assert planes is not None
    assert planes.name == "coronal"
    next(a for a in menu.actions() if a.objectName() == "show.images").trigger()
    assert not workspace.active_tile.computed
    menu.deleteLater()


def test_no_planes_through_what_has_no_place(window: MainWindow, workspace: Workspace, make_series: MakeSeries) -> None:
    series, volume = make_series(np.zeros((5, 20, 20), np.int16), key="nowhere", orientation=None)
    workspace.scans.found[series.key] = series
    workspace.loads.volumes.put(series.key, volume)
    workspace.show("nowhere")
    QApplication.processEvents()
    assert not window.actions_table.run("layout.mpr")
    assert not window.slab.isVisible()
    menu = window.studies.menu.menu("nowhere")
    action = next(a for a in menu.actions() if a.objectName() == "show.coronal")
    assert not action.isEnabled()
    assert "positions" in action.toolTip()
    workspace.reformats.show_series("nowhere", "coronal")
    assert any("positions" in p.message for p in workspace.problems.problems)
    menu.deleteLater()


def test_slices_that_are_still_to_come_are_marked_not_black(hung: MainWindow, workspace: Workspace) -> None:
    tile = workspace.tiles[1]
    assert tile.volume is not None
    tile.volume.filled[10:20] = False
    tile.mark_filled((3,))
    values = tile.slice_values()
    planes = planes_of(tile)
    assert values is not None
    assert planes is not None
    assert (values == VOID).any()
    assert len(planes.depth().unknown()) == 1
    canvas = hung.viewports.all[1].canvas
    assert any(mark.word == "INCOMPLETE" for mark in canvas.planes.marks)
    picture = canvas.grab().toImage()
    ratio = canvas.devicePixelRatioF()
    plane = tile.plane()
    assert plane is not None
    row = plane.pixel((-90.0, -66.0, 40.0 + 2 * 14.5))[0]
    line = {picture.pixelColor(screen(hung, 1, row, c) * ratio).lightness() for c in np.linspace(2, 12, 60)}
    assert len(line) > 1, "hatched: neither black nor one grey"
    tile.volume.filled[:] = True
    tile.mark_filled((3,))
    values = tile.slice_values()
    assert values is not None
    assert not (values == VOID).any()


def test_after_a_kill_planes_come_back_as_their_images(hung: MainWindow, workspace: Workspace) -> None:
    state = state_of(workspace)
    assert [shown.key for shown in state.tiles] == ["ball"] * 4
    assert [shown.index for shown in state.tiles[1:]] == [15] * 3


def test_the_probe_tells_the_place_in_the_patient(hung: MainWindow, workspace: Workspace) -> None:
    from covidviewer.ui.corner_text import probe_text

    tile = workspace.tiles[2]
    workspace.reformats.move(tile, BALL_MM)
    plane = tile.plane()
    assert plane is not None
    row, column = (round(v) for v in plane.pixel(BALL_MM))
    text = probe_text(tile, row, column)
    assert "HU 400" in text
    assert "R 80.0 A 66.0 H 68.0" in text


def test_the_map_lies_over_a_computed_plane(
    hung: MainWindow, workspace: Workspace, reading_of: Callable[..., SliceReading]
) -> None:
    series = workspace.tiles[0].series
    assert series is not None
    workspace.readings.start(series.key, 30)
    hung.resize(1600, 1100)  # small tiles have no legend
    QApplication.processEvents()
    values = np.zeros((10, 11), np.float32)
    values[3:5, 4:7] = 1.0
    to_slice = np.array([[4.0, 0.0, 1.5], [0.0, 4.0, 1.5]])
    tile, canvas = workspace.tiles[1], hung.viewports.all[1].canvas
    tile.set_overlay(form="fill", opacity=0.7, visible=True)
    workspace.reformats.move(tile, (-80.0, -80.0 + 15.5, 68.0))
    before = canvas.grab().toImage()
    workspace.accept_readings(series.key, tuple(reading_of(i, 0.9, values, to_slice) for i in range(10, 20)))
    QApplication.processEvents()
    after = canvas.grab().toImage()
    plane = tile.plane()
    assert plane is not None
    inside = screen(hung, 1, *plane.pixel((-100.0 + 20, -64.5, 40.0 + 2 * 11)))
    beside = screen(hung, 1, *plane.pixel((-100.0 + 20, -64.5, 40.0 + 2 * 3)))
    assert after.pixelColor(inside) != before.pixelColor(inside)
    assert after.pixelColor(inside).saturation() > 60
    assert after.pixelColor(beside) == before.pixelColor(beside), "no reading, no map"
    assert any("RESEARCH USE" in mark.word for mark in canvas.planes.marks)
    words = canvas.planes.legend(False)
    assert words is not None
    assert words.more == ("of the nearest slice",)
    assert "10 × 11 · 1 cell = 4 mm" in words.cell
    assert not canvas._annotations.legend.place.isEmpty()
    canvas.set_peek(True)
    assert canvas.grab().toImage().pixelColor(inside) == before.pixelColor(inside)
    canvas.set_peek(False)
