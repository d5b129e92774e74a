"""Tiles that move together, with mouse and keys on the real window; positions against stacks with known ones."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from covidviewer.dicom.catalog import Patient
from covidviewer.imaging.voi import Window
from covidviewer.imaging.volume import Volume
from covidviewer.study import Series
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.layouts import Layout
from covidviewer.workspace.workspace import Workspace

Key, Mod = Qt.Key, Qt.KeyboardModifier
MakeSeries = Callable[..., tuple[Series, Volume]]
JANE = Patient(name="Doe^Jane", id="77", birth_date="19600102")
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
TILT = math.radians(30)
OBLIQUE = (1.0, 0.0, 0.0, 0.0, math.cos(TILT), math.sin(TILT))


@pytest.fixture
def put(workspace: Workspace, make_series: MakeSeries) -> Callable[..., None]:
    """``put(tile number, ...)``: a series of its own on a tile; the first slice lies at z = 40 unless shifted."""
    workspace.read_automatically = False

    def make(at: int, count: int = 21, step: float = 2.0, start: int | None = None, **fields: object) -> None:
        edge = int(str(fields.pop("edge", 48)))
        row = float(str(fields.pop("pixel", 1.0)))
        fields = {"frame_of_reference": "1.9", "patient": JANE, "key": f"s{at}", **fields}
        series, volume = make_series(np.zeros((count, edge, edge), np.int16), spacing=(step, row, row), **fields)
        workspace.scans.found[series.key] = series
        workspace.loads.volumes.put(series.key, volume)
        workspace.show(series.key, start, workspace.tiles[at])

    return make


@pytest.fixture
def window(qtbot: QtBot, workspace: Workspace) -> MainWindow:
    made = MainWindow(workspace)
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    made.activateWindow()
    return made


def press(window: MainWindow, key: Key, modifiers: Mod = Mod.NoModifier) -> None:
    QApplication.processEvents()
    QTest.keyClick(window.viewport.canvas, key, modifiers)
    QApplication.processEvents()


def layout(workspace: Workspace, name: str = "1x2") -> None:
    workspace.set_layout(Layout.parse(name))


def z_of(workspace: Workspace, at: int) -> float:
    plane = workspace.tiles[at].plane()
    assert plane is not None
    return plane.origin[2]


def test_slices_of_other_spacing_follow_by_position(window: MainWindow, workspace: Workspace, put) -> None:
    layout(workspace)
    put(0, count=41, step=1.0)  # z = 40 .. 80
    put(1, count=9, step=5.0)  # z = 40, 45 .. 80
    for _ in range(7):
        press(window, Key.Key_Down)
    here = z_of(workspace, 0)
    assert here == 53.0  # from the middle (60), head first
    assert z_of(workspace, 1) == 55.0  # nearest of 50 and 55
    # The wheel over the tile that is not active leads too.
    canvas = window.viewports.all[1].canvas
    place = QPointF(60, 60)
    wheel = QWheelEvent(
        place, canvas.mapToGlobal(place), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, Mod.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, wheel)
    assert z_of(workspace, 1) == 60.0
    assert z_of(workspace, 0) == 60.0
    assert workspace.active_tile is workspace.tiles[0]


def test_a_series_put_on_a_tile_comes_to_where_the_others_are(workspace: Workspace, put) -> None:
    layout(workspace)
    put(0, count=41, step=1.0)
    workspace.tiles[0].go_to_index(3)
    put(1, count=21, step=2.0)
    assert workspace.tiles[0].index == 3  # it leads nobody
    assert z_of(workspace, 1) in (42.0, 44.0)


def test_an_oblique_stack_follows_a_parallel_one_along_the_common_normal(workspace: Workspace, put) -> None:
    layout(workspace)
    put(0, count=21, step=2.0, orientation=OBLIQUE)
    put(1, count=11, step=4.0, orientation=OBLIQUE)
    first, second = workspace.tiles
    for index in (0, 5, 13, 20):
        first.go_to_index(index)
        # Both stacks start at one point and have one size, so slice i lies at 2 i and slice j at 4 j millimetres.
        assert abs(2.0 * index - 4.0 * second.index) <= 2.0
        assert first.plane() is not None
        assert second.plane() is not None


def test_planes_that_are_not_parallel_are_not_linked(window: MainWindow, workspace: Workspace, put) -> None:
    layout(workspace)
    put(0)
    put(1, orientation=CORONAL)
    before = workspace.tiles[1].index
    press(window, Key.Key_Home)
    assert workspace.tiles[1].index == before
    assert workspace.links.link(*workspace.tiles) is None
    assert not workspace.links.linkable(*workspace.tiles)


def test_another_patient_is_never_linked_whatever_the_frame_says(window: MainWindow, workspace: Workspace, put) -> None:
    layout(workspace)
    put(0)
    put(1, patient=Patient(name="Roe^Ann", id="78"), frame_of_reference="1.9", study_uid="1.2")
    before = workspace.tiles[1].index
    press(window, Key.Key_Home)
    press(window, Key.Key_Y)
    press(window, Key.Key_Y)
    press(window, Key.Key_End)
    assert workspace.tiles[1].index == before
    assert [mark.word for mark in window.viewports.all[1].canvas.links.marks] == ["OTHER PATIENT"]
    assert window.viewports.all[0].canvas.links.marks == ()


def test_y_links_another_frame_of_reference_at_the_present_slices(
    window: MainWindow, workspace: Workspace, put
) -> None:
    layout(workspace)
    put(0)
    put(1, frame_of_reference="1.10", study_uid="1.77")
    first, second = workspace.tiles
    second.go_to_index(4)
    first.go_to_index(10)
    assert second.index == 4  # not linked by itself
    assert window.viewports.all[1].canvas.links.marks[0].word == "NOT LINKED"
    press(window, Key.Key_Y)
    assert workspace.links.on
    press(window, Key.Key_Up)
    assert (first.index, second.index) == (11, 5)
    assert window.viewports.all[1].canvas.links.marks[0].word == "OFFSET −12.0 mm"
    assert "PRIOR" not in [mark.word for view in window.viewports.all for mark in view.canvas.links.marks]
    second.go_to_index(9)
    assert first.index == 15
    press(window, Key.Key_Y)
    assert not workspace.links.on
    press(window, Key.Key_Up)
    assert (first.index, second.index) == (16, 9)


def test_a_slice_beyond_the_other_stack_is_said(window: MainWindow, workspace: Workspace, put) -> None:
    layout(workspace)
    put(0, count=41, step=2.0)  # z = 40 .. 120
    put(1, count=6, step=2.0)  # z = 40 .. 50
    workspace.tiles[0].go_to_index(40)
    assert z_of(workspace, 1) == 50.0
    assert window.viewports.all[1].canvas.links.marks[0].word == "NOT COVERED"
    workspace.tiles[0].go_to_index(3)
    assert window.viewports.all[1].canvas.links.marks == ()


def test_a_series_that_comes_to_the_others_says_nothing_of_where_it_began(
    window: MainWindow, workspace: Workspace, put
) -> None:
    layout(workspace)
    put(1, count=21, step=2.0)  # z = 40 .. 80
    workspace.tiles[1].go_to_index(2)
    put(0, count=21, step=2.0, key="later")  # begins in its middle, then goes to z = 44
    assert z_of(workspace, 0) == z_of(workspace, 1) == 44.0
    assert [part.canvas.links.marks for part in window.viewports.all[:2]] == [(), ()]


def test_zoom_and_pan_are_shared_in_millimetres(window: MainWindow, workspace: Workspace, put) -> None:
    layout(workspace)
    put(0, edge=48, pixel=1.0)
    put(1, edge=96, pixel=0.5)
    QApplication.processEvents()
    first, second = workspace.tiles
    first.set_view(zoom=8.0, center=(10.0, 20.0))
    assert second.view.zoom == 4.0  # half the pixel, half the device pixels for it
    p, q = first.plane(), second.plane()
    assert p is not None
    assert q is not None
    assert second.view.center is not None
    assert q.point(*second.view.center)[:2] == pytest.approx(p.point(10.0, 20.0)[:2])
    press(window, Key.Key_F)
    assert second.view.zoom is None
    assert second.view.center is None
    window.actions_table.run("link.link_view")
    first.set_view(zoom=3.0)
    assert second.view.zoom is None


def test_the_window_is_shared_only_when_switched_on(window: MainWindow, workspace: Workspace, put) -> None:
    layout(workspace)
    put(0)
    put(1)
    first, second = workspace.tiles
    press(window, Key.Key_4)
    assert (first.view.preset, second.view.preset) == ("mediastinum", "lung")
    window.actions_table.run("link.link_window")
    press(window, Key.Key_5)
    assert (first.view.preset, second.view.preset) == ("bone", "bone")
    second.set_window(Window(-500, 900))
    assert first.view.window == Window(-500, 900)


def test_reference_lines_stand_where_the_planes_meet(window: MainWindow, workspace: Workspace, put) -> None:
    layout(workspace)
    put(0, count=21, step=2.0)  # z = 40 .. 80, from (-100, -80)
    put(1, count=21, step=2.0, orientation=CORONAL)
    axial, coronal = (view.canvas.links for view in window.viewports.all)
    workspace.tiles[0].go_to_index(0)  # z = 40: the first row of the coronal images, whose rows run to the feet
    plane = workspace.tiles[1].plane()
    assert plane is not None
    assert plane.origin == pytest.approx((-100, -80 + 20, 40))
    ((start, end, active),) = coronal.lines
    assert active
    assert (start[0], end[0]) == pytest.approx((0, 0))
    assert sorted((start[1], end[1])) == pytest.approx([-0.5, 47.5])
    # The coronal plane at y = -60 is row 20 of the axial image; it starts at z = 40 and goes down: only z = 40 meets.
    ((start, end, active),) = axial.lines
    assert not active
    assert (start[0], end[0]) == pytest.approx((20, 20))
    workspace.tiles[0].go_to_index(5)  # z = 50 lies above the coronal images
    assert axial.lines == ()
    assert coronal.lines == ()
    workspace.tiles[0].go_to_index(0)
    window.actions_table.run("link.reference_lines")
    assert coronal.lines == ()


def test_parallel_tiles_have_no_reference_lines(window: MainWindow, workspace: Workspace, put) -> None:
    layout(workspace)
    put(0)
    put(1)
    assert all(view.canvas.links.lines == () for view in window.viewports.all)


def test_a_click_with_the_shared_cursor_brings_all_tiles_to_the_point(
    window: MainWindow, workspace: Workspace, put
) -> None:
    layout(workspace, "2x2")
    put(0, count=21, step=2.0)
    put(1, count=21, step=2.0, orientation=CORONAL)
    put(2, count=11, step=4.0)
    put(3, frame_of_reference="1.10", study_uid="1.77")
    QApplication.processEvents()
    workspace.tiles[0].go_to_index(0)
    other = workspace.tiles[3].index
    press(window, Key.Key_X)
    assert window.viewports.tool == "cursor"
    canvas = window.viewports.all[0].canvas
    projection = canvas.projection()
    assert projection is not None
    place = projection.to_screen(11.0, 30.0)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, Mod.NoModifier, place.toPoint())
    cursor = workspace.links.cursor
    assert cursor is not None
    assert cursor.point == pytest.approx((-70, -69, 40), abs=1.0 / projection.zoom + 0.1)
    row = cursor.point[1] + 80
    # Coronal slices are counted to the back (row x column of this orientation), 2 mm each from y = -80.
    coronal = workspace.tiles[1].plane()
    assert coronal is not None
    assert abs(coronal.distance(cursor.point)) <= 1.0
    at, here = workspace.links.cursor_on(workspace.tiles[1]) or ((0.0, 0.0), False)
    assert here
    assert at == pytest.approx((0, 30), abs=0.2)
    assert workspace.tiles[2].index == 0
    assert workspace.links.cursor_on(workspace.tiles[0]) == (pytest.approx((row, 30), abs=0.2), True)
    assert workspace.tiles[3].index == other
    assert workspace.links.cursor_on(workspace.tiles[3]) is None
    workspace.links._on = False
    workspace.tiles[0].go_to_index(9)
    found = workspace.links.cursor_on(workspace.tiles[0])
    assert found is not None
    assert not found[1]  # drawn dashed: the point lies on another slice
    press(window, Key.Key_X)
    assert workspace.links.cursor is None
    assert window.viewports.tool == "window"


def test_a_drag_with_the_shared_cursor_follows_the_pointer(window: MainWindow, workspace: Workspace, put) -> None:
    layout(workspace)
    put(0)
    put(1, orientation=CORONAL, count=48, step=1.0)
    QApplication.processEvents()
    press(window, Key.Key_X)
    canvas = window.viewports.all[0].canvas
    projection = canvas.projection()
    assert projection is not None
    places = [projection.to_screen(row, 20.0).toPoint() for row in (5.0, 25.0, 40.0)]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Mod.NoModifier, places[0])
    seen = [workspace.tiles[1].index]
    for place in places[1:]:
        QTest.mouseMove(canvas, place)
        seen.append(workspace.tiles[1].index)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Mod.NoModifier, places[-1])
    assert seen == [5, 25, 40]


def test_cursor_and_lines_are_drawn(window: MainWindow, workspace: Workspace, put) -> None:
    from covidviewer.ui import ink

    layout(workspace)
    put(0)
    put(1, orientation=CORONAL)
    workspace.tiles[0].go_to_index(0)
    QApplication.processEvents()

    def marked(at: int) -> int:
        image = window.viewports.all[at].canvas.grab().toImage()
        wanted = ink.REFERENCE.rgb()
        return sum(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(0, image.height(), 3))

    workspace.preferences.update(reference_lines=False)
    bare = marked(0)
    press(window, Key.Key_X)
    assert marked(0) > bare + 50
    assert marked(1) > 50
