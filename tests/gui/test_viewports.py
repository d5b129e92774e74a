"""Several viewports on the real window: layouts by key, the active tile, alone and back, drag, what follows along."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenuBar
from pytestqt.qtbot import QtBot

from covidviewer.imaging.volume import Volume
from covidviewer.inference.results import SliceReading
from covidviewer.study import Series
from covidviewer.ui.series_card import SERIES_MIME
from covidviewer.ui.shown_class import shown_class
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.layouts import Layout
from covidviewer.workspace.workspace import Workspace

Key, Mod = Qt.Key, Qt.KeyboardModifier
MakeSeries = Callable[..., tuple[Series, Volume]]


@pytest.fixture
def window(qtbot: QtBot, workspace: Workspace, make_series: MakeSeries) -> MainWindow:
    """A window with three series open, the first of them shown."""
    workspace.read_automatically = False
    for number, count in ((1, 12), (2, 8), (3, 20)):
        values = np.full((count, 32, 32), 100 * number, np.int16)
        series, volume = make_series(values, key=f"s{number}", number=number, description=f"Series {number}")
        workspace.scans.found[series.key] = series
        workspace.loads.volumes.put(series.key, volume)
    made = MainWindow(workspace)
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    workspace.studies_changed.emit()
    workspace.show("s1")
    made.activateWindow()
    made.viewport.setFocus()
    QApplication.processEvents()
    return made


def press(window: MainWindow, key: Key, modifiers: Mod = Mod.NoModifier) -> None:
    QApplication.processEvents()  # the rules of the action table are asked after the event
    QTest.keyClick(QApplication.focusWidget() or window, key, modifiers)
    QApplication.processEvents()


@pytest.mark.parametrize(
    ("key", "name"), [(Key.Key_1, "1"), (Key.Key_2, "1x2"), (Key.Key_3, "2x1"), (Key.Key_4, "2x2"), (Key.Key_5, "1+3")]
)
def test_control_and_a_digit_choose_the_layout(window: MainWindow, workspace: Workspace, key: Key, name: str) -> None:
    workspace.set_layout(Layout.parse("2x2" if name != "2x2" else "1"))
    press(window, key, Mod.ControlModifier)
    assert workspace.layout.name == name
    assert len(window.viewports.all) == Layout.parse(name).count
    assert all(view.isVisible() for view in window.viewports.all)
    assert window.actions_table[f"layout.{name}"].isChecked()


def test_tiles_stand_where_the_layout_says(window: MainWindow, workspace: Workspace) -> None:
    def place(n: int) -> QPoint:
        return window.viewports.all[n].mapTo(window, QPoint(0, 0))

    workspace.set_layout(Layout.parse("2x2"))
    QApplication.processEvents()
    assert place(0).y() == place(1).y() < place(2).y() == place(3).y()
    assert place(0).x() == place(2).x() < place(1).x() == place(3).x()
    workspace.set_layout(Layout.parse("1+3"))
    QApplication.processEvents()
    views = window.viewports.all
    assert views[0].width() > 1.5 * views[1].width()
    assert views[0].height() > 2.5 * views[1].height()


def test_each_tile_has_its_own_series_window_and_map(window: MainWindow, workspace: Workspace) -> None:
    workspace.set_layout(Layout.parse("1x2"))
    first, second = workspace.tiles
    press(window, Key.Key_Tab)
    assert workspace.active_tile is second
    workspace.show("s1")
    assert first.volume is second.volume  # shared, not read twice
    press(window, Key.Key_Y)  # linked, slices would go together
    press(window, Key.Key_4)
    press(window, Key.Key_Down)
    second.set_overlay(form="blocks", label="other")
    assert second.view.preset == "mediastinum"
    assert first.view.preset == "lung"
    assert (first.index, second.index) == (6, 5)
    assert first.overlay.form == "contour"
    press(window, Key.Key_Right)
    assert second.series is not None
    assert second.series.key == "s2"
    assert first.series is not None
    assert first.series.key == "s1"


def test_each_tile_may_have_a_network_of_its_own(
    window: MainWindow, workspace: Workspace, reading_of: Callable[..., SliceReading]
) -> None:
    asked: list[tuple[str, str]] = []
    dropped: list[str] = []
    workspace.reading_wanted.connect(lambda packet: asked.append((packet[0], packet[5])))
    workspace.reading_dropped.connect(dropped.append)
    workspace.set_layout(Layout.parse("1x2"))
    first, second = workspace.tiles
    workspace.show("s1", tile=second)
    workspace.read_shown()
    assert asked == [("s1", "")]  # one series, one network: read once
    workspace.activate(second)
    box = window.overlay.network
    box.addItem("other.v2", "other.v2")
    box.setCurrentIndex(box.findData("other.v2"))
    box.activated.emit(box.currentIndex())
    other = workspace.key_of(second)
    assert other != workspace.key_of(first) == "s1"
    assert asked[1:] == [(other, "other.v2")]
    assert dropped == []
    assert workspace.choice.network == ""
    workspace.accept_readings("s1", (reading_of(first.index, 0.2),))
    workspace.accept_readings(other, (reading_of(second.index, 0.9),))
    scores = []
    for tile in (first, second):
        shown = shown_class(workspace, tile)
        assert shown is not None
        scores.append(shown.score(tile.index))
    assert scores == pytest.approx([0.2, 0.9])
    found = workspace.current_readings()
    assert found is not None
    assert found.key == other
    filled: list[str] = []
    workspace.slices_filled.connect(lambda packet: filled.append(packet[0]))
    workspace.loads.take("s1", (0,))
    assert set(filled) == {"s1", other}  # both readings hear of slices that came
    workspace.show("s2", tile=second)
    assert dropped == [other]
    workspace.activate(first)
    assert box.currentIndex() == 0


def test_tab_goes_round_and_the_panels_follow(window: MainWindow, workspace: Workspace) -> None:
    workspace.set_layout(Layout.parse("1x2"))
    workspace.show("s3", tile=workspace.tiles[1])
    assert "Series 1" in window.windowTitle()
    press(window, Key.Key_Tab)
    assert "Series 3" in window.windowTitle()
    assert window.viewports.active.canvas.hasFocus()
    assert window.studies.tree.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole).startswith("Series 3")
    workspace.active_tile.set_preset("bone")
    assert "Bone" in window.head.preset_button.text()
    press(window, Key.Key_Tab)
    assert workspace.active_tile is workspace.tiles[0]
    assert "Bone" not in window.head.preset_button.text()
    press(window, Key.Key_Tab, Mod.ShiftModifier)
    assert workspace.active_tile is workspace.tiles[1]


def test_tab_over_a_single_tile_goes_on_to_the_next_control(window: MainWindow) -> None:
    before = QApplication.focusWidget()
    press(window, Key.Key_Tab)
    assert QApplication.focusWidget() is not before


def test_a_press_makes_a_tile_active(window: MainWindow, workspace: Workspace) -> None:
    workspace.set_layout(Layout.parse("2x2"))
    QApplication.processEvents()
    for n in (3, 1, 2, 0):
        QTest.mouseClick(window.viewports.all[n].canvas, Qt.MouseButton.LeftButton, Mod.NoModifier, QPoint(40, 40))
        assert workspace.active_tile is workspace.tiles[n]
        assert window.viewport is window.viewports.all[n]


def test_enter_and_double_click_show_a_tile_alone_and_bring_the_others_back(
    window: MainWindow, workspace: Workspace
) -> None:
    workspace.set_layout(Layout.parse("2x2"))
    workspace.activate(workspace.tiles[2])
    window.viewport.setFocus()
    for key in (Key.Key_Return, Key.Key_Enter):
        press(window, key)
        assert [view.isVisible() for view in window.viewports.all] == [False, False, True, False]
        assert window.viewport.width() > window.viewports.width() - 10
        assert window.viewport.height() > window.viewports.height() - 10
        press(window, key)
        assert all(view.isVisible() for view in window.viewports.all)
    canvas = window.viewports.all[1].canvas
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, Mod.NoModifier, QPoint(50, 50))
    QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, Mod.NoModifier, QPoint(50, 50))
    assert [view.isVisible() for view in window.viewports.all] == [False, True, False, False]
    press(window, Key.Key_Tab)
    assert [view.isVisible() for view in window.viewports.all] == [False, False, True, False]
    QTest.mouseDClick(window.viewport.canvas, Qt.MouseButton.LeftButton, Mod.NoModifier, QPoint(50, 50))
    assert all(view.isVisible() for view in window.viewports.all)


def test_a_thumbnail_dropped_on_a_tile_shows_there(window: MainWindow, workspace: Workspace) -> None:
    workspace.set_layout(Layout.parse("1x2"))
    data = QMimeData()
    data.setData(SERIES_MIME, b"s2")
    canvas = window.viewports.all[1].canvas
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    QApplication.sendEvent(canvas, QDragEnterEvent(QPoint(9, 9), copy, data, left, Mod.NoModifier))
    QApplication.sendEvent(canvas, QDropEvent(QPointF(9, 9), copy, data, left, Mod.NoModifier))
    assert workspace.tiles[1].series is workspace.series("s2")
    assert workspace.tiles[0].series is workspace.series("s1")


def test_fewer_tiles_keep_the_active_one(window: MainWindow, workspace: Workspace) -> None:
    workspace.set_layout(Layout.parse("2x2"))
    last = workspace.tiles[3]
    workspace.show("s3", tile=last)
    workspace.activate(last)
    press(window, Key.Key_1, Mod.ControlModifier)
    assert workspace.tiles == (last,)
    assert window.viewport.tile is last
    assert "Series 3" in window.windowTitle()


def test_a_series_is_given_up_only_when_no_tile_shows_it(window: MainWindow, workspace: Workspace) -> None:
    dropped: list[str] = []
    workspace.reading_dropped.connect(dropped.append)
    workspace.set_layout(Layout.parse("1x2"))
    workspace.show("s1", tile=workspace.tiles[1])
    workspace.show("s2", tile=workspace.tiles[1])
    assert dropped == []
    workspace.show("s2", tile=workspace.tiles[0])
    assert dropped == ["s1"]
    workspace.set_layout(Layout.parse("1"))
    assert dropped == ["s1"]


def test_the_tool_in_hand_is_in_hand_over_every_tile(window: MainWindow, workspace: Workspace) -> None:
    workspace.set_layout(Layout.parse("2x2"))
    press(window, Key.Key_P)
    assert {view.tool for view in window.viewports.all} == {"pan"}
    workspace.set_layout(Layout.parse("2x1"))
    workspace.set_layout(Layout.parse("2x2"))
    assert workspace.active_tile is workspace.tiles[0]  # moving widgets about moves the focus, not the reader
    assert {view.tool for view in window.viewports.all} == {"pan"}
    press(window, Key.Key_Q)
    assert window.viewports.tool == "region"
    press(window, Key.Key_Escape)
    assert {view.tool for view in window.viewports.all} == {"pan"}


def test_closing_all_brings_the_welcome_back(window: MainWindow, workspace: Workspace) -> None:
    workspace.set_layout(Layout.parse("1x2"))
    workspace.show("s2", tile=workspace.tiles[1])
    press(window, Key.Key_Tab)
    workspace.close_all()
    assert window.welcome.isVisible()


def test_visible_series_stay_in_memory(workspace: Workspace, make_series: MakeSeries) -> None:
    from covidviewer.workspace.memory import VolumeCache

    workspace.read_automatically = False
    workspace.loads.volumes = VolumeCache(lambda: 2 * 3 * 16 * 16 * 2)  # room for two
    workspace.set_layout(Layout.parse("1x2"))
    for number in (1, 2, 3):
        series, _ = make_series(np.zeros((3, 16, 16), np.int16), key=f"s{number}")
        workspace.scans.found[series.key] = series
    workspace.show("s1")
    workspace.show("s2", tile=workspace.tiles[1])
    assert workspace.loads.volumes.get("s1") is workspace.tiles[0].volume
    workspace.show("s3")
    assert workspace.loads.volumes.get("s1") is None
    assert workspace.loads.volumes.get("s2") is workspace.tiles[1].volume


def test_a_layout_brings_the_hidden_tiles_back(window: MainWindow, workspace: Workspace) -> None:
    """The one that stands already, too: who asks for tiles wants to see them."""
    four = Layout.parse("2x2")
    workspace.hanging.choose_layout(four)
    for chosen in (Layout.parse("1x2"), Layout.parse("1x2"), four):
        window.viewports.toggle_maximised()
        assert window.viewports.maximised
        workspace.hanging.choose_layout(chosen)
        assert not window.viewports.maximised
        assert sum(not view.isHidden() for view in window.viewports.all) == chosen.count


def test_alt_let_go_after_the_wheel_does_not_open_the_menu(window: MainWindow, qtbot: QtBot) -> None:
    canvas = window.viewport.canvas
    bar = window.findChild(QMenuBar)
    assert bar is not None
    canvas.setFocus()

    def let_go(turned: bool) -> bool:
        QTest.keyPress(canvas, Qt.Key.Key_Alt)
        if turned:
            middle = QPointF(canvas.rect().center())
            turn = QWheelEvent(
                middle, canvas.mapToGlobal(middle), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
                Mod.AltModifier, Qt.ScrollPhase.NoScrollPhase, False,
            )  # fmt: skip
            QApplication.sendEvent(canvas, turn)
        event = QKeyEvent(QEvent.Type.KeyRelease, Qt.Key.Key_Alt, Mod.NoModifier)
        seen: list[int] = []
        watch = Watch(seen)
        canvas.installEventFilter(watch)
        QApplication.sendEvent(canvas, event)
        canvas.removeEventFilter(watch)
        return bool(seen)

    assert let_go(False), "Alt alone goes where it always went"
    assert not let_go(True)
    assert let_go(False), "only the one release is kept from the menu bar"


class Watch(QObject):
    """Notes what comes to a widget."""

    def __init__(self, seen: list[int]) -> None:
        super().__init__()
        self._seen = seen

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyRelease:
            self._seen.append(1)
        return False
