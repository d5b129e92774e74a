"""Cine: the stack as a film. It runs round, unlike the wheel, and waits for slices that are still loading."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from covidviewer.workspace.preferences import PreferenceStore
from covidviewer.workspace.tile import Tile

FPS_STEPS = (1, 2, 3, 5, 8, 10, 15, 20, 25, 30, 40, 60)


class Cine(QObject):
    """Steps a tile at a steady pace. The speed is remembered for the user."""

    changed = Signal()  # started, stopped, or another speed

    def __init__(self, tile: Tile, preferences: PreferenceStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tile = tile
        self._preferences = preferences
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._step)
        tile.series_changed.connect(self.stop)

    @property
    def running(self) -> bool:
        return self._timer.isActive()

    @property
    def fps(self) -> int:
        """Slices a second."""
        return min(max(self._preferences.value.cine_fps, FPS_STEPS[0]), FPS_STEPS[-1])

    @Slot()
    def toggle(self) -> None:
        """Start or stop; a single image has no film."""
        if self.running:
            self.stop()
        elif self._tile.count > 1:
            self._timer.start(round(1000 / self.fps))
            self.changed.emit()

    @Slot()
    def stop(self) -> None:
        if self.running:
            self._timer.stop()
            self.changed.emit()

    @Slot()
    def faster(self) -> None:
        self._set_fps(next((f for f in FPS_STEPS if f > self.fps), FPS_STEPS[-1]))

    @Slot()
    def slower(self) -> None:
        self._set_fps(next((f for f in reversed(FPS_STEPS) if f < self.fps), FPS_STEPS[0]))

    def _set_fps(self, fps: int) -> None:
        self._preferences.update(cine_fps=fps)
        self._timer.setInterval(round(1000 / fps))
        self.changed.emit()

    @Slot()
    def _step(self) -> None:
        tile = self._tile
        if tile.count < 2:
            self.stop()
            return
        if tile.slice_values() is None and not tile.slice_error():
            return  # the slice on screen is still loading: the film waits for it
        tile.go_to((tile.position + 1) % tile.count)
