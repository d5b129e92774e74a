"""What the mouse and the touchpad do over an image (UX 1). Widgets hand their events in; requests go to the tile."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

import numpy as np
from PySide6.QtCore import QObject, QPoint, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QNativeGestureEvent, QWheelEvent

from covidviewer.imaging.voi import Window
from covidviewer.ui.projection import ZOOM_RANGE, Projection
from covidviewer.workspace.preferences import PreferenceStore
from covidviewer.workspace.tile import Tile

CLICK_PIXELS = 4  # a right press that moves less and lasts shorter is a click
CLICK_SECONDS = 0.3
NOTCH = 120  # eighths of a degree for one step of a wheel
TOUCH_STEP = 24  # touchpad pixels for one slice
FAST_SLICES = 5
OPACITY_STEP = 0.05
ZOOM_STEP = 1.15
ZOOM_PER_PIXEL = 0.008  # a drag by 87 pixels doubles
REGION_MIN_WIDTH = 50.0  # HU

_Mod = Qt.KeyboardModifier
_LEFT, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


class Tool(StrEnum):
    """What a left drag does."""

    WINDOW = "window"
    PAN = "pan"
    ZOOM = "zoom"
    SCROLL = "scroll"
    CURSOR = "cursor"  # the shared cursor of all tiles
    REGION = "region"  # once: window from a box, then the tool before
    # What is measured is drawn once too; the values are those of `imaging.measure.Kind`.
    LENGTH = "length"
    ANGLE = "angle"
    COBB = "cobb"
    ELLIPSE = "ellipse"
    RECTANGLE = "rectangle"
    FREEHAND = "freehand"
    POLYLINE = "polyline"
    PROBE = "probe"
    ARROW = "arrow"
    TEXT = "text"


#: What a drag by a button may do, as preferences name it.
STEADY = (Tool.WINDOW.value, Tool.PAN.value, Tool.ZOOM.value, Tool.SCROLL.value)
#: What the wheel may do, as preferences name it.
WHEEL = ("slices", "fast", "zoom", "opacity")
#: Tools that hold for one drawing, then give way to the tool before.
ONCE = frozenset(Tool) - {Tool.WINDOW, Tool.PAN, Tool.ZOOM, Tool.SCROLL, Tool.CURSOR}


def window_step(width: float, modifiers: Qt.KeyboardModifier, whole: bool = True) -> float:
    """Change of width and level for one pixel of drag: max(1, width / 256), Ctrl a quarter, Ctrl+Shift fourfold.

    whole : values are whole numbers (HU); where they are not, 1 may be more than their whole range.
    """
    step = max(1.0, width / 256) if whole else width / 256
    if modifiers & _Mod.ControlModifier:
        step *= 4.0 if modifiers & _Mod.ShiftModifier else 0.25
    return step


def dragged_window(window: Window, dx: float, dy: float, step: float, up_is_brighter: bool = True) -> Window:
    """The window after a drag by (dx, dy) pixels, y down: right is wider; up lowers the level, so greys get brighter.

    ``up_is_brighter`` is given for the greys on screen: for inverted greys the caller turns it round.
    """
    level = window.center + (dy if up_is_brighter else -dy) * step
    # A width that was below 1 before may stay so: values need not be whole numbers.
    width = max(min(1.0, window.width), window.width + dx * step)
    return by_hand(window, level, width)


def by_hand(window: Window, center: float, width: float) -> Window:
    """A window of another centre and width; a VOI table or a name of a preset no longer describes it."""
    function = window.function if window.table is None else "LINEAR"
    return replace(window, center=center, width=width, function=function, name="", id="", table=None)


def region_window(values: np.ndarray, window: Window, padding: float | None, hounsfield: bool) -> Window | None:
    """Window from a box: level = mean, width = max(4 SD, 50); None when the box holds no value.

    Parameters
    ----------
    values : (rows, columns) of the box. padding : value that means "outside the field of view", left out.
    hounsfield : the least width of 50 means something only in HU; elsewhere it is 1.
    """
    flat = np.asarray(values, np.float64).ravel()
    flat = flat[np.isfinite(flat)]
    if padding is not None:
        flat = flat[flat != padding]
    if flat.size == 0:
        return None
    return by_hand(window, float(flat.mean()), max(4.0 * float(flat.std()), REGION_MIN_WIDTH if hounsfield else 1.0))


def reset_window(tile: Tile) -> bool:
    """The window that the tile began with: the header's first, else lung for CT, else automatic (UX 11, W01)."""
    windows = tile.header_windows()
    if windows:
        tile.set_window(windows[0], "header:0")
        return True
    if tile.series is not None and tile.series.modality == "CT" and tile.set_preset("lung"):
        return True
    return tile.set_preset("auto")


def swapped(event: QMouseEvent) -> QMouseEvent:
    """The event with left and right button in each other's place, for the left hand."""
    held = event.buttons() & ~(_LEFT | _RIGHT)
    if event.buttons() & _LEFT:
        held |= _RIGHT
    if event.buttons() & _RIGHT:
        held |= _LEFT
    button = {_LEFT: _RIGHT, _RIGHT: _LEFT}.get(event.button(), event.button())
    return QMouseEvent(event.type(), event.position(), event.globalPosition(), button, held, event.modifiers())


class Steps:
    """Adds up wheel and touchpad movement until it makes whole steps; a turn of direction starts afresh."""

    def __init__(self) -> None:
        self._rest = 0.0

    def add(self, amount: float, unit: float) -> int:
        """Whole steps that ``amount`` completes, of ``unit`` each; the rest waits."""
        if amount * self._rest < 0:
            self._rest = 0.0
        self._rest += amount / unit
        whole = math.trunc(self._rest + math.copysign(1e-9, self._rest))
        self._rest -= whole
        return whole

    def clear(self) -> None:
        self._rest = 0.0


class Mouse(QObject):
    """Turns mouse events over one canvas into requests to its tile."""

    context_menu_wanted = Signal(object)  # QPoint, global
    maximise_wanted = Signal()
    tool_changed = Signal(str)
    region_changed = Signal(object)  # QRectF in logical pixels while a box is drawn, None after
    pointed = Signal(object)  # QPointF in logical pixels, with the tool `Tool.CURSOR`
    hovered = Signal(object)  # QPointF in logical pixels, None when the pointer left
    opacity_changed = Signal()

    def __init__(
        self,
        tile: Tile,
        preferences: PreferenceStore,
        projection: Callable[[], Projection | None],
        area: Callable[[], QRectF],
        parent: QObject | None = None,
    ) -> None:
        """
        Parameters
        ----------
        projection : the present one, None while nothing is shown. area : as in `Projection.make`.
        """
        super().__init__(parent)
        self._tile = tile
        self._preferences = preferences
        self._projection = projection
        self._area = area
        self._first = _steady(preferences.value.mouse_left, Tool.WINDOW)
        self._tool = self._before = self._first
        preferences.changed.connect(self._on_preferences)
        self._action: str | None = None
        self._button = Qt.MouseButton.NoButton
        self._press = QPointF()
        self._last = QPointF()
        self._press_at: tuple[float, float] = (0.0, 0.0)
        self._press_time = 0.0
        self._press_width = 1.0
        self._press_zoom = 1.0
        self._moved = False
        self._steps = Steps()
        self._drag_steps = Steps()

    # -- tools --

    @property
    def tool(self) -> Tool:
        return self._tool

    @property
    def dragging(self) -> bool:
        return self._action is not None

    def set_tool(self, tool: Tool) -> None:
        """Choose what a left drag does; those in `ONCE` hold for one drawing."""
        if tool in ONCE and self._tool not in ONCE:
            self._before = self._tool
        if tool is not self._tool:
            self._tool = tool
            self.tool_changed.emit(tool.value)

    @Slot()
    def _on_preferences(self) -> None:
        """Another tool for the left button: whoever holds the old one gets it at once."""
        first = _steady(self._preferences.value.mouse_left, Tool.WINDOW)
        before, self._first = self._first, first
        if self._before is before:
            self._before = first
        if self._tool is before:
            self.set_tool(first)

    def handed(self, event: QMouseEvent) -> QMouseEvent:
        """The event as the reader's hand means it: buttons change places for a left one."""
        return swapped(event) if self._preferences.value.left_handed else event

    def cancel(self) -> bool:
        """Give up a box or a drag; True when there was one."""
        busy = self._action is not None or self._tool in ONCE
        if self._action == Tool.REGION:
            self.region_changed.emit(None)
        self._action = None
        if self._tool in ONCE:
            self.set_tool(self._before)
        return busy

    # -- buttons --

    def press(self, event: QMouseEvent) -> None:
        projection = self._projection()
        if projection is None or (self._action is not None and event.buttons() & self._button):
            return  # a second button during a drag
        self._button = event.button()
        self._action = self._action_of(event.button(), event.modifiers())
        self._press = self._last = event.position()
        self._press_at = projection.to_image(event.position())
        self._press_time = time.monotonic()
        self._press_zoom = projection.zoom
        window = self._tile.view.window
        self._press_width = window.width if window is not None else 1.0
        self._moved = False
        self._drag_steps.clear()
        if self._action == Tool.CURSOR:
            self.pointed.emit(event.position())

    def move(self, event: QMouseEvent) -> None:
        self.hovered.emit(event.position())
        if self._action is None:
            return
        if not event.buttons() & self._button:
            self.cancel()  # the release went to somebody else, a menu or another window
            return
        delta = event.position() - self._last
        total = event.position() - self._press
        if not self._moved and total.manhattanLength() < CLICK_PIXELS and self._button == Qt.MouseButton.RightButton:
            return
        self._moved = True
        self._last = event.position()
        if self._action == Tool.WINDOW:
            self._drag_window(delta, event.modifiers())
        elif self._action == Tool.PAN:
            self._drag_pan(event.position())
        elif self._action == Tool.ZOOM:
            self.zoom_to(self._press_zoom * math.exp(-total.y() * ZOOM_PER_PIXEL), self._press, self._press_at)
        elif self._action == Tool.SCROLL:
            self._drag_slices(delta)
        elif self._action == Tool.CURSOR:
            self.pointed.emit(event.position())
        elif self._action == Tool.REGION:
            self.region_changed.emit(QRectF(self._press, event.position()).normalized())

    def release(self, event: QMouseEvent) -> None:
        if event.button() != self._button or self._action is None:
            return
        action, self._action = self._action, None
        self._button = Qt.MouseButton.NoButton
        if action == Tool.REGION:
            self.region_changed.emit(None)
            if (event.position() - self._press).manhattanLength() >= CLICK_PIXELS:
                self._window_from_box(event.position())
            self.set_tool(self._before)
        elif event.button() == Qt.MouseButton.RightButton:
            short = time.monotonic() - self._press_time < CLICK_SECONDS
            if short and not self._moved:
                self.context_menu_wanted.emit(event.globalPosition().toPoint())

    def double_click(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            self.press(event)
        elif event.modifiers() & _Mod.ControlModifier:
            reset_window(self._tile)
        else:
            self.maximise_wanted.emit()

    def leave(self) -> None:
        self.hovered.emit(None)

    # -- wheel and touchpad --

    def wheel(self, event: QWheelEvent) -> None:
        """Slices; Ctrl zooms at the pointer, Alt goes fast, Shift sets the map's opacity. Up is the slice before."""
        pixels, angle = event.pixelDelta(), event.angleDelta()
        # Alt (and on some systems Shift) arrive as horizontal movement: the larger axis counts.
        if not pixels.isNull():
            steps = self._steps.add(_larger(pixels), TOUCH_STEP)
        else:
            steps = self._steps.add(_larger(angle), NOTCH)
        if not steps:
            return
        if self._preferences.value.wheel_reversed:
            steps = -steps
        does = self._wheel_action(event.modifiers())
        if does == "zoom":
            self.zoom_by(ZOOM_STEP**steps, event.position())
        elif does == "opacity":
            self._tile.set_overlay(opacity=round(self._tile.overlay.opacity + steps * OPACITY_STEP, 2))
            self.opacity_changed.emit()
        else:
            self._tile.step(-steps * (FAST_SLICES if does == "fast" else 1))

    def _wheel_action(self, modifiers: Qt.KeyboardModifier) -> str:
        chosen = self._preferences.value
        for modifier, name, default in (
            (_Mod.ControlModifier, chosen.wheel_ctrl, "zoom"),
            (_Mod.ShiftModifier, chosen.wheel_shift, "opacity"),
            (_Mod.AltModifier, chosen.wheel_alt, "fast"),
        ):
            if modifiers & modifier:
                return name if name in WHEEL else default
        return chosen.wheel_plain if chosen.wheel_plain in WHEEL else "slices"

    def pinch(self, event: QNativeGestureEvent) -> bool:
        """Zoom by a pinch; True when the gesture was one."""
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self.zoom_by(max(1.0 + event.value(), 0.1), event.position())
        return True

    # -- what they do --

    def zoom_by(self, factor: float, point: QPointF | None = None) -> None:
        """Zoom about a logical pixel (the middle when None)."""
        projection = self._projection()
        if projection is not None:
            about = self._area().center() if point is None else point
            self.zoom_to(projection.zoom * factor, about, projection.to_image(about))

    def zoom_to(self, zoom: float, point: QPointF, at: tuple[float, float]) -> None:
        """Set the zoom (device pixels per image column) and keep image point ``at`` under a logical pixel."""
        projection = self._projection()
        if projection is None:
            return
        zoom = min(max(zoom, ZOOM_RANGE[0]), ZOOM_RANGE[1])
        scale = projection.zoom / zoom
        row, column = projection.to_image(point)
        middle = projection.to_image(self._area().center())
        center = (at[0] + (middle[0] - row) * scale, at[1] + (middle[1] - column) * scale)
        self._tile.set_view(zoom=zoom, center=center)

    def _action_of(self, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> str | None:
        chosen = self._preferences.value
        if button == Qt.MouseButton.MiddleButton:
            return _steady(chosen.mouse_middle, Tool.PAN)
        if button == Qt.MouseButton.RightButton:
            return _steady(chosen.mouse_right, Tool.ZOOM)
        if button != Qt.MouseButton.LeftButton:
            return None
        shift_only = bool(modifiers & _Mod.ShiftModifier) and not modifiers & _Mod.ControlModifier
        if shift_only and self._tool is not Tool.REGION:
            return _steady(chosen.mouse_shift, Tool.PAN)
        return self._tool

    def _drag_window(self, delta: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        window = self._tile.view.window
        if window is None or delta.isNull():
            return
        # The step keeps the width of the press, so that going back to the press point restores the window.
        volume = self._tile.volume
        whole = volume is None or volume.values.dtype.kind in "iu"
        step = window_step(self._press_width, modifiers, whole) * self._preferences.value.mouse_sensitivity
        inverted = self._tile.view.invert != (volume is not None and volume.inverted)
        upward = self._preferences.value.up_is_brighter != inverted
        self._tile.set_window(dragged_window(window, delta.x(), delta.y(), step, upward))

    def _drag_pan(self, point: QPointF) -> None:
        projection = self._projection()
        if projection is not None:
            self._tile.set_view(center=projection.centered_so(point, self._press_at, self._area()))

    def _drag_slices(self, delta: QPointF) -> None:
        unit = min(max(self._area().height() / max(self._tile.count, 1), 2.0), 16.0)
        steps = self._drag_steps.add(delta.y(), unit)
        if steps:
            self._tile.step(steps)

    def _window_from_box(self, point: QPointF) -> None:
        projection, values = self._projection(), self._tile.slice_values()
        window, volume = self._tile.view.window, self._tile.volume
        if projection is None or values is None or window is None or volume is None or values.ndim != 2:
            return
        corners = (projection.to_image(self._press), projection.to_image(point))
        rows = sorted(round(c[0]) for c in corners)
        columns = sorted(round(c[1]) for c in corners)
        box = values[max(rows[0], 0) : max(rows[1] + 1, 0), max(columns[0], 0) : max(columns[1] + 1, 0)]
        found = region_window(box, window, volume.padding, volume.units == "HU")
        if found is not None:
            self._tile.set_window(found)


def _steady(name: str, default: Tool) -> Tool:
    return Tool(name) if name in STEADY else default


def _larger(delta: QPoint) -> int:
    return delta.y() if abs(delta.y()) >= abs(delta.x()) else delta.x()
