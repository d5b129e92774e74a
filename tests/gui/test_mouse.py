"""Mouse and touchpad over the image (UX 1), driven with real events on a real canvas."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from covidviewer.dicom.catalog import HeaderWindow
from covidviewer.imaging.voi import Window
from covidviewer.ui.mouse import Steps, Tool, dragged_window, region_window, window_step
from covidviewer.ui.viewport import Viewport
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

Mod = Qt.KeyboardModifier
Left, Middle, Right = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton


@pytest.fixture
def viewport(qtbot: QtBot, workspace: Workspace, make_series: Callable) -> Viewport:
    rng = np.random.default_rng(1)
    values = rng.integers(-1000, 400, (40, 64, 64)).astype(np.int16)
    values[:, 20:30, 20:30] = 100
    series, volume = make_series(values, windows=(HeaderWindow(40, 400), HeaderWindow(-600, 1500)))
    workspace.active_tile.show(series, volume, 20)
    view = Viewport(workspace, workspace.active_tile)
    qtbot.addWidget(view)
    view.resize(600, 600)
    view.show()
    qtbot.waitExposed(view)
    return view


def send(view: Viewport, kind: QEvent.Type, point: QPointF, button: Qt.MouseButton, held: object, mod: object) -> None:
    canvas = view.canvas
    event = QMouseEvent(kind, point, QPointF(canvas.mapToGlobal(point.toPoint())), button, held, mod)  # type: ignore[call-overload]
    QApplication.sendEvent(canvas, event)


def drag(
    view: Viewport,
    button: Qt.MouseButton,
    start: tuple[float, float],
    by: tuple[float, float],
    mod: Qt.KeyboardModifier = Mod.NoModifier,
    release: bool = True,
) -> None:
    """Press, move in two steps, release."""
    a = QPointF(*start)
    none = Qt.MouseButton.NoButton
    send(view, QEvent.Type.MouseButtonPress, a, button, button, mod)
    for share in (0.5, 1.0):
        send(view, QEvent.Type.MouseMove, a + QPointF(by[0] * share, by[1] * share), none, button, mod)
    if release:
        send(view, QEvent.Type.MouseButtonRelease, a + QPointF(*by), button, none, mod)


def wheel(
    view: Viewport,
    angle: tuple[int, int] = (0, 0),
    pixels: tuple[int, int] = (0, 0),
    mod: Qt.KeyboardModifier = Mod.NoModifier,
    point: tuple[float, float] = (200, 200),
) -> None:
    at = QPointF(*point)
    event = QWheelEvent(
        at, QPointF(view.canvas.mapToGlobal(at.toPoint())), QPoint(*pixels), QPoint(*angle), Qt.MouseButton.NoButton,
        mod, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view.canvas, event)


# -- window / level --


@pytest.mark.parametrize(
    ("width", "mod", "step"),
    [
        (100, Mod.NoModifier, 1.0),
        (1024, Mod.NoModifier, 4.0),
        (1024, Mod.ControlModifier, 1.0),
        (1024, Mod.ControlModifier | Mod.ShiftModifier, 16.0),
        (1024, Mod.AltModifier, 4.0),
    ],
)
def test_window_step(width: float, mod: Qt.KeyboardModifier, step: float) -> None:
    assert window_step(width, mod) == step


def test_window_step_of_values_that_are_no_whole_numbers() -> None:
    assert window_step(0.5, Mod.NoModifier, whole=False) == pytest.approx(0.5 / 256)


def test_right_is_wider_and_up_is_brighter() -> None:
    window = dragged_window(Window(40, 400, "LINEAR", "Header", "header_0"), 10, -5, 2.0)
    assert (window.width, window.center) == (420, 30)  # a lower level makes every grey brighter
    assert (window.name, window.id) == ("", "")
    assert dragged_window(Window(40, 400), 10, -5, 2.0, up_is_brighter=False).center == 50
    assert dragged_window(Window(40, 400), -9000, 0, 2.0).width == 1


def test_drag_changes_the_window_and_back_restores_it(viewport: Viewport) -> None:
    tile = viewport.tile
    before = tile.view.window
    assert before is not None
    drag(viewport, Left, (200, 200), (30, -20))
    after = tile.view.window
    assert after is not None
    step = 400 / 256
    assert after.width == pytest.approx(before.width + 30 * step)
    assert after.center == pytest.approx(before.center - 20 * step)
    assert tile.view.preset == ""
    drag(viewport, Left, (200, 200), (0, 0), release=False)
    a, none = QPointF(200, 200), Qt.MouseButton.NoButton
    for point in (QPointF(260, 140), a):
        send(viewport, QEvent.Type.MouseMove, point, none, Left, Mod.NoModifier)
    assert tile.view.window.width == pytest.approx(after.width)
    assert tile.view.window.center == pytest.approx(after.center)


@pytest.mark.parametrize(("invert", "monochrome1"), [(False, False), (True, False), (False, True), (True, True)])
def test_up_is_brighter_on_screen_also_when_inverted(viewport: Viewport, invert: bool, monochrome1: bool) -> None:
    tile = viewport.tile
    assert tile.volume is not None
    tile.volume.inverted = monochrome1
    tile.set_view(invert=invert)
    tile.set_window(Window(-300, 1400))

    def mean() -> float:
        image = viewport.canvas.grab().toImage()
        return float(np.mean([image.pixelColor(x, 300).value() for x in range(100, 500, 3)]))

    before = mean()
    drag(viewport, Left, (200, 200), (0, -40))
    assert mean() > before + 3


def test_ctrl_double_click_resets_the_window(viewport: Viewport, qtbot: QtBot) -> None:
    tile = viewport.tile
    first = tile.view.window
    drag(viewport, Left, (200, 200), (50, 50))
    assert tile.view.window != first
    qtbot.mouseDClick(viewport.canvas, Left, Mod.ControlModifier, QPoint(200, 200))
    assert tile.view.window == first
    assert tile.view.preset == "header:0"


def test_double_click_asks_for_the_whole_place(viewport: Viewport, qtbot: QtBot) -> None:
    with qtbot.waitSignal(viewport.maximise_wanted, timeout=500):
        qtbot.mouseDClick(viewport.canvas, Left, Mod.NoModifier, QPoint(200, 200))


def test_region_window_of_a_box(viewport: Viewport) -> None:
    tile, canvas = viewport.tile, viewport.canvas
    viewport.set_tool("pan")
    viewport.set_tool("region")
    projection = canvas.projection()
    assert projection is not None
    a, b = projection.to_screen(21, 21), projection.to_screen(28, 28)
    drag(viewport, Left, a.toTuple(), (b.x() - a.x(), b.y() - a.y()))
    window = tile.view.window
    assert window is not None
    assert (window.center, window.width) == (100, 50)  # an even patch: the least width
    assert viewport.tool == "pan"


def test_region_window_formula() -> None:
    values = np.array([[0, 100], [200, 300]], np.int16)
    found = region_window(values, Window(0, 1), None, True)
    assert found is not None
    assert found.center == 150
    assert found.width == pytest.approx(4 * values.std())
    without = region_window(values, Window(0, 1), 300.0, True)
    assert without is not None
    assert without.center == 100
    assert region_window(np.full((2, 2), 7, np.int16), Window(0, 1), 7.0, True) is None
    even = region_window(np.full((2, 2), 0.2, np.float32), Window(0, 1), None, False)
    assert even is not None
    assert even.width == 1


def test_escape_gives_up_a_box(viewport: Viewport) -> None:
    before = viewport.tile.view.window
    viewport.set_tool("region")
    drag(viewport, Left, (100, 100), (80, 80), release=False)
    assert viewport.cancel_drawing()
    assert viewport.tool == "window"
    assert viewport.tile.view.window == before
    assert not viewport.cancel_drawing()


# -- pan, zoom --


@pytest.mark.parametrize(("button", "mod"), [(Middle, Mod.NoModifier), (Left, Mod.ShiftModifier)])
def test_pan_moves_the_point_with_the_pointer(
    viewport: Viewport, button: Qt.MouseButton, mod: Qt.KeyboardModifier
) -> None:
    viewport.tile.set_view(zoom=12.0)
    before = viewport.canvas.projection()
    assert before is not None
    at = before.to_image(QPointF(250, 250))
    drag(viewport, button, (250, 250), (37, -21), mod)
    after = viewport.canvas.projection()
    assert after is not None
    assert after.to_screen(*at).toTuple() == pytest.approx((287, 229), abs=1)
    assert viewport.tile.view.window == viewport.tile.header_windows()[0]


def test_right_drag_zooms_about_the_press_point(viewport: Viewport) -> None:
    before = viewport.canvas.projection()
    assert before is not None
    at = before.to_image(QPointF(150, 180))
    drag(viewport, Right, (150, 180), (0, -80))
    after = viewport.canvas.projection()
    assert after is not None
    assert after.zoom > 1.5 * before.zoom  # up is in
    assert after.to_screen(*at).toTuple() == pytest.approx((150, 180), abs=1)


def test_short_right_click_opens_the_menu_and_a_drag_does_not(viewport: Viewport, qtbot: QtBot) -> None:
    asked: list[object] = []
    viewport.context_menu_wanted.connect(asked.append)
    qtbot.mouseClick(viewport.canvas, Right, Mod.NoModifier, QPoint(99, 88))
    assert asked == [viewport.canvas.mapToGlobal(QPoint(99, 88))]
    drag(viewport, Right, (150, 180), (0, -30))
    assert len(asked) == 1


@pytest.mark.parametrize("turns", range(4))
def test_ctrl_wheel_zooms_at_the_pointer(viewport: Viewport, turns: int) -> None:
    viewport.tile.set_view(quarter_turns=turns, flip_h=True)
    before = viewport.canvas.projection()
    assert before is not None
    at = before.to_image(QPointF(120, 333))
    wheel(viewport, (0, 120), mod=Mod.ControlModifier, point=(120, 333))
    after = viewport.canvas.projection()
    assert after is not None
    assert after.zoom == pytest.approx(before.zoom * 1.15)
    assert after.to_screen(*at).toTuple() == pytest.approx((120, 333), abs=1)


# -- slices --


def test_wheel_steps_slices_down_is_on(viewport: Viewport) -> None:
    start = viewport.tile.position
    wheel(viewport, (0, -120))
    assert viewport.tile.position == start + 1
    wheel(viewport, (0, 240))
    assert viewport.tile.position == start - 1


def test_alt_wheel_arrives_sideways_and_goes_by_five(viewport: Viewport) -> None:
    start = viewport.tile.position
    wheel(viewport, (-120, 0), mod=Mod.AltModifier)
    assert viewport.tile.position == start + 5


def test_fine_wheels_and_touchpads_add_up(viewport: Viewport) -> None:
    start = viewport.tile.position
    for _ in range(3):
        wheel(viewport, (0, -30))
    assert viewport.tile.position == start
    wheel(viewport, (0, -30))
    assert viewport.tile.position == start + 1
    for _ in range(4):
        wheel(viewport, pixels=(0, -6))
    assert viewport.tile.position == start + 2


def test_a_turn_of_direction_starts_afresh() -> None:
    steps = Steps()
    assert steps.add(20, 24) == 0
    assert steps.add(-23, 24) == 0  # not 20 - 23
    assert steps.add(-1, 24) == -1
    assert steps.add(50, 24) == 2


def test_wheel_does_not_wrap_and_says_so(viewport: Viewport, qtbot: QtBot) -> None:
    viewport.tile.go_to(viewport.tile.count - 1)
    with qtbot.waitSignal(viewport.tile.bumped, timeout=500):
        wheel(viewport, (0, -120))
    assert viewport.tile.position == viewport.tile.count - 1
    assert viewport.canvas._bump == 1
    qtbot.waitUntil(lambda: viewport.canvas._bump == 0, timeout=2000)


def test_shift_wheel_sets_the_opacity(viewport: Viewport) -> None:
    viewport.tile.set_overlay(opacity=0.30)
    wheel(viewport, (0, 120), mod=Mod.ShiftModifier)
    assert viewport.tile.overlay.opacity == pytest.approx(0.35)
    for _ in range(20):
        wheel(viewport, (120, 0), mod=Mod.ShiftModifier)
    assert viewport.tile.overlay.opacity == pytest.approx(0.70)  # anatomy never vanishes


def test_scroll_tool(viewport: Viewport) -> None:
    viewport.set_tool("scroll")
    start = viewport.tile.position
    drag(viewport, Left, (200, 200), (0, 64))
    assert viewport.tile.position > start


def test_a_lost_release_does_not_hold_the_mouse(viewport: Viewport) -> None:
    before = viewport.tile.view.window
    drag(viewport, Left, (200, 200), (0, 0), release=False)
    none = Qt.MouseButton.NoButton
    send(viewport, QEvent.Type.MouseMove, QPointF(260, 260), none, none, Mod.NoModifier)
    assert viewport.tile.view.window == before
    drag(viewport, Left, (200, 200), (10, 0))
    assert viewport.tile.view.window != before


def test_a_second_button_does_not_take_over(viewport: Viewport) -> None:
    drag(viewport, Left, (200, 200), (0, 0), release=False)
    zoom = viewport.tile.view.zoom
    send(viewport, QEvent.Type.MouseButtonPress, QPointF(200, 200), Right, Left | Right, Mod.NoModifier)
    send(viewport, QEvent.Type.MouseMove, QPointF(200, 150), Qt.MouseButton.NoButton, Left | Right, Mod.NoModifier)
    assert viewport.tile.view.zoom == zoom


def test_tools_are_told_and_unknown_names_refused(viewport: Viewport, qtbot: QtBot) -> None:
    with qtbot.waitSignal(viewport.tool_changed, timeout=500) as told:
        viewport.set_tool("zoom")
    assert told.args == ["zoom"]
    assert viewport.tool == Tool.ZOOM
    with pytest.raises(ValueError):
        viewport.set_tool("saw")


def test_nothing_shown_nothing_breaks(qtbot: QtBot, workspace: Workspace) -> None:
    tile = Tile()
    view = Viewport(workspace, tile)
    qtbot.addWidget(view)
    view.resize(300, 300)
    drag(view, Left, (100, 100), (20, 20))
    drag(view, Right, (100, 100), (20, 20))
    wheel(view, (0, -120))
    view.zoom_by(2.0)
    view.cine.toggle()
    assert not view.cine.running
    view.grab()
