"""One place where a series is shown: which series, which slice, how. Widgets listen; nobody else keeps this state."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from covidviewer.dicom.catalog import Frame
from covidviewer.imaging import voi
from covidviewer.imaging.mpr.sampling import VOID
from covidviewer.imaging.overlay_policy import overlay_policy
from covidviewer.imaging.slice_plane import SlicePlane
from covidviewer.imaging.voi import Window
from covidviewer.imaging.volume import Volume
from covidviewer.study import Series
from covidviewer.workspace.slices import Slices, StackSlices
from covidviewer.workspace.state import OverlayState, ViewState


class Tile(QObject):
    """State of one viewport.

    ``index`` counts in data order (ascending along row x column); ``position`` counts as the screen does (axial
    stacks head first). The two meet in `to_position` and `to_index`, and nowhere else.
    """

    series_changed = Signal()
    slice_changed = Signal()
    slice_filled = Signal()  # the slice on screen got its values (or failed)
    filled_changed = Signal()  # more slices are there; throttled by the loader
    view_changed = Signal()
    overlay_changed = Signal()
    bumped = Signal(int)  # -1 or +1: a step beyond the first or last slice

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._series: Series | None = None
        self._volume: Volume | None = None
        self._slices: Slices | None = None
        self._index = 0
        self._reversed = False
        self._view = ViewState()
        self._overlay = OverlayState()

    # -- what is shown --

    @property
    def series(self) -> Series | None:
        return self._series

    @property
    def volume(self) -> Volume | None:
        return self._volume

    @property
    def count(self) -> int:
        return self._slices.count if self._slices is not None else 0

    @property
    def slices(self) -> Slices | None:
        """What is scrolled through: the series' own images, or planes computed from them."""
        return self._slices

    @property
    def index(self) -> int:
        return self._index

    @property
    def position(self) -> int:
        return self.to_position(self._index)

    @property
    def reversed(self) -> bool:
        """True when the screen runs against data order."""
        return self._reversed

    @property
    def view(self) -> ViewState:
        return self._view

    @property
    def overlay(self) -> OverlayState:
        return self._overlay

    def to_position(self, index: int) -> int:
        return self.count - 1 - index if self._reversed else index

    def to_index(self, position: int) -> int:
        return self.count - 1 - position if self._reversed else position

    def slice_values(self) -> NDArray[np.generic] | None:
        """Values of the slice on screen, or None while it is loading or when it failed. A view, not a copy."""
        return self._slices.values(self._index) if self._slices is not None and self.count else None

    def slice_error(self) -> str:
        """Why the slice on screen cannot be shown; empty when it can, or is still loading."""
        return self._slices.error(self._index) if self._slices is not None and self.count else ""

    def slice_key(self) -> Hashable:
        """Equal as long as the slice on screen is the same picture of the same series."""
        return self._slices.key(self._index) if self._slices is not None and self.count else None

    def shape(self) -> tuple[int, int]:
        """(rows, columns) of the slice on screen; (0, 0) when nothing is shown."""
        return self._slices.shape(self._index) if self._slices is not None and self.count else (0, 0)

    def plane(self) -> SlicePlane | None:
        """Where the slice on screen lies in the patient; None without geometry."""
        return self._slices.plane(self._index) if self._slices is not None and self.count else None

    def frame(self, index: int | None = None) -> Frame | None:
        """The image of the file at ``index`` (None: on screen); None for a computed plane and when nothing is shown."""
        at = self._index if index is None else index
        return self._slices.frame(at) if self._slices is not None and self.count else None

    @property
    def computed(self) -> bool:
        """True when the tile shows planes computed from the series: slice numbers are not those of its images."""
        return self._slices is not None and not isinstance(self._slices, StackSlices)

    # -- requests --

    def show(self, series: Series | None, volume: Volume | None, index: int | None = None) -> None:
        """Put a series on the tile (called by the workspace). The view starts afresh but for the user's invert."""
        slices = StackSlices(series, volume) if series is not None and volume is not None else None
        self.show_slices(slices, series, volume, index)

    def show_slices(
        self, slices: Slices | None, series: Series | None, volume: Volume | None, index: int | None = None
    ) -> None:
        """Put on the tile what can be scrolled; ``series`` and ``volume`` are what it is made from.

        index : slice to begin with in data order, the middle one by default.
        """
        self._slices, self._series, self._volume = slices, series, volume
        self._reversed = slices is not None and slices.reversed
        count = self.count
        self._index = min(max(count // 2 if index is None else index, 0), max(count - 1, 0))
        self._view = ViewState()
        self._choose_window()
        self.series_changed.emit()
        self.slice_changed.emit()
        if self.slice_values() is not None or self.slice_error():
            self.slice_filled.emit()

    def redraw(self) -> None:
        """The slices on the tile are other ones now (a plane was turned): draw the present one anew."""
        self._index = min(self._index, max(self.count - 1, 0))
        self.slice_changed.emit()
        if self.slice_values() is not None:
            self.slice_filled.emit()

    def go_to_index(self, index: int) -> None:
        """Show a slice by data order; out of range is the nearest end."""
        index = min(max(index, 0), max(self.count - 1, 0))
        if index != self._index:
            self._index = index
            if self._view.window is None or self._view.preset.startswith("header"):
                self._choose_window()
            self.slice_changed.emit()

    def go_to(self, position: int) -> None:
        """Show a slice by its place on screen."""
        self.go_to_index(self.to_index(position))

    def step(self, slices: int) -> None:
        """Move by slices on screen; does not wrap: at the end `bumped` says so."""
        target = self.position + slices
        if self.count and not 0 <= target < self.count and self.position == min(max(target, 0), self.count - 1):
            self.bumped.emit(-1 if slices < 0 else 1)
            return
        self.go_to(min(max(target, 0), max(self.count - 1, 0)))

    def set_view(self, **changes: object) -> None:
        """Replace fields of the view (`ViewState`); equal values emit nothing."""
        new = replace(self._view, **changes)  # type: ignore[arg-type]
        if new != self._view:
            self._view = new
            self.view_changed.emit()

    def set_overlay(self, **changes: object) -> None:
        """Replace fields of the overlay (`OverlayState`), clipped to the limits of UX 7."""
        policy = overlay_policy()
        new = replace(self._overlay, **changes)  # type: ignore[arg-type]
        new = replace(
            new,
            opacity=min(max(new.opacity, 0.0), policy.opacity_max),
            threshold=min(max(round(new.threshold, 2), policy.threshold_min), policy.threshold_max),
        )
        if new != self._overlay:
            self._overlay = new
            self.overlay_changed.emit()

    def set_window(self, window: Window, preset: str = "") -> None:
        self.set_view(window=window, preset=preset)

    def set_preset(self, preset: str) -> bool:
        """Choose a window by preset id, "header" (again: the next of them) or "auto". False when it does not apply."""
        if self._series is None or self._series.stack.color:
            return False
        if preset == "header":
            windows = self.header_windows()
            if not windows:
                return False
            now = self._view.preset
            at = int(now.split(":")[1]) + 1 if now.startswith("header:") else 0
            self.set_view(window=windows[at % len(windows)], preset=f"header:{at % len(windows)}")
            return True
        if preset == "auto":
            values = self.slice_values()
            if values is None or self._volume is None:
                return False
            if self.computed:
                values = values[values != VOID]  # beside the stack
            self.set_view(window=voi.auto_window(values, self._volume.padding), preset="auto")
            return True
        found = voi.presets().get(preset)
        if found is None or not self.presets_apply:
            return False
        self.set_view(window=found, preset=preset)
        return True

    @property
    def presets_apply(self) -> bool:
        """CT presets mean something only where values are Hounsfield units."""
        return self._volume is not None and self._volume.units == "HU"

    def header_windows(self) -> tuple[Window, ...]:
        """Usable windows (and VOI LUTs) of the header of the slice on screen."""
        frame = self.frame()
        if frame is None and self._series is not None and self._series.instances:
            frame = self._series.instances[len(self._series.instances) // 2]  # of what a plane is computed from
        return voi.windows_of(frame) if frame is not None else ()

    def reset_view(self) -> None:
        """Fit, no turns, no flips, no invert, the first window again."""
        self._view = ViewState()
        self._choose_window()
        self.view_changed.emit()

    # -- called by the loader --

    def mark_filled(self, indices: tuple[int, ...]) -> None:
        """Slices that just got their values (or failed)."""
        if self._index in indices or self.computed:
            if self._view.window is None:
                self._choose_window()
                self.view_changed.emit()
            self.slice_filled.emit()
        self.filled_changed.emit()

    def _choose_window(self) -> None:
        """Header window, else lung for CT in HU, else automatic once values are there (UX 11, W01)."""
        if self._series is None or self._series.stack.color:
            return
        windows = self.header_windows()
        if windows:
            now = self._view.preset
            at = int(now.split(":")[1]) if now.startswith("header:") else 0
            at = min(at, len(windows) - 1)
            self._view = replace(self._view, window=windows[at], preset=f"header:{at}")
        elif self.presets_apply and self._series.modality == "CT":
            self._view = replace(self._view, window=voi.presets()["lung"], preset="lung")
        else:
            values = self.slice_values()
            if values is not None and self._volume is not None:
                self._view = replace(self._view, window=voi.auto_window(values, self._volume.padding), preset="auto")
