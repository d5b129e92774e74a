"""The signals of whichever tile is active: who follows the active tile connects here once, and never reconnects."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from covidviewer.workspace.tile import Tile


class ActiveTile(QObject):
    """Passes on the active tile's signals; when another tile becomes active all of them tell, as after `Tile.show`."""

    changed = Signal()  # another tile is active
    series_changed = Signal()
    slice_changed = Signal()
    slice_filled = Signal()
    filled_changed = Signal()
    view_changed = Signal()
    overlay_changed = Signal()
    bumped = Signal(int)

    def __init__(self, tile: Tile, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tile = tile
        self._follow(True)

    @property
    def tile(self) -> Tile:
        return self._tile

    def set_tile(self, tile: Tile) -> None:
        """Follow another tile."""
        if tile is self._tile:
            return
        self._follow(False)
        self._tile = tile
        self._follow(True)
        self._tell()

    def _follow(self, on: bool) -> None:
        tile = self._tile
        for theirs, ours in (
            (tile.series_changed, self.series_changed),
            (tile.slice_changed, self.slice_changed),
            (tile.slice_filled, self.slice_filled),
            (tile.filled_changed, self.filled_changed),
            (tile.view_changed, self.view_changed),
            (tile.overlay_changed, self.overlay_changed),
            (tile.bumped, self.bumped),
        ):
            if on:
                theirs.connect(ours)
            else:
                theirs.disconnect(ours)

    @Slot()
    def _tell(self) -> None:
        self.changed.emit()
        self.series_changed.emit()
        self.slice_changed.emit()
        self.view_changed.emit()
        self.overlay_changed.emit()
