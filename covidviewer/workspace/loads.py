"""Volumes of the shown series: allocated once, filled through the disk lane, nearest to the reader first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from covidviewer.errors import Cancelled, CovidViewerError
from covidviewer.imaging.volume import Volume
from covidviewer.jobs.lane import Lane
from covidviewer.jobs.queue import Priority, Ticket
from covidviewer.study import Series
from covidviewer.workspace.loading import fill_job
from covidviewer.workspace.memory import VolumeCache, budget_bytes
from covidviewer.workspace.problems import Problem, Task

if TYPE_CHECKING:
    from covidviewer.workspace.workspace import Workspace

#: Longest edge of a thumbnail, pixels.
THUMBNAIL = 96


class Loads(QObject):
    """Volumes within the memory budget, the jobs that fill them, and small pictures of the series."""

    def __init__(self, workspace: Workspace, disk: Lane) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._disk = disk
        self.volumes = VolumeCache(lambda: budget_bytes(workspace.preferences.value.memory_mb))
        self._tickets: dict[str, Ticket] = {}
        self._thumbnails: dict[str, np.ndarray] = {}
        self._thumbnail_asked: set[str] = set()

    def volume_for(self, series: Series, shown: Volume | None, pinned: frozenset[str]) -> Volume:
        """The volume of a series: the kept one, ``shown`` that a tile has, or a new and empty one.

        pinned : keys of the series on the other tiles; their volumes stay.

        Raises
        ------
        CovidViewerError
            There is no room for it, in memory or on the disk.
        """
        volume = self.volumes.get(series.key) or shown
        if volume is None:
            volume = self.volumes.allocate(series, pinned)
            self.volumes.put(series.key, volume, pinned | {series.key})
        return volume

    def start(self, series: Series, volume: Volume) -> None:
        """Fill what is missing of a volume, unless that runs already."""
        key = series.key
        if volume.complete or key in self._tickets:
            return
        self._tickets[key] = self._disk.submit(
            lambda ticket: fill_job(series, volume, lambda: self._wanted_slice(key, volume), ticket),
            priority=Priority.VISIBLE,
            report=lambda value: self.take(key, value),
            done=lambda value: self._on_done(key),
            failed=lambda error: self._on_failed(key, error),
        )
        if len(volume) > 1:
            self._set_task(key, volume, 0.0)

    def stop(self, key: str) -> None:
        """Call off the filling of a series; what is filled stays."""
        ticket = self._tickets.pop(key, None)
        if ticket is not None:
            ticket.cancel()
            self._workspace.problems.end_task(f"load-{key}")

    def stop_all(self) -> None:
        for ticket in self._tickets.values():
            ticket.cancel()

    def clear(self) -> None:
        """Forget all volumes and thumbnails."""
        self.stop_all()
        self._tickets.clear()
        self._thumbnails.clear()
        self._thumbnail_asked.clear()
        self.volumes.clear()

    def thumbnail(self, key: str) -> np.ndarray | None:
        """See `Workspace.thumbnail`."""
        found = self._thumbnails.get(key)
        series = self._workspace.series(key)
        if found is None and series is not None and key not in self._thumbnail_asked:
            self._thumbnail_asked.add(key)
            self._disk.submit(
                lambda ticket: series.thumbnail(THUMBNAIL),
                priority=Priority.BACKGROUND,
                done=lambda value: self._on_thumbnail(key, value),
            )
        return found

    def _wanted_slice(self, key: str, volume: Volume) -> int:
        """The slice that a reader waits for: of the active tile first, then of the others. Asked from the lane."""
        tiles = (self._workspace.active_tile, *self._workspace.tiles)
        showing = [t for t in tiles if t.series is not None and t.series.key == key]
        here = [t.index for t in showing if not t.computed and t.index < len(volume)]
        waiting = [i for i in here if not volume.filled[i] and i not in volume.failed]
        return (waiting or here or [len(volume) // 2])[0]

    def _set_task(self, key: str, volume: Volume, share: float) -> None:
        text = self.tr("Loading {n} images").format(n=len(volume))
        self._workspace.problems.set_task(Task(f"load-{key}", text, share))

    # -- answers of the lane --

    def take(self, key: str, value: object) -> None:
        """Slices of a series that were filled: a tuple of indices."""
        assert isinstance(value, tuple)
        workspace = self._workspace
        for tile in workspace.tiles_of(key):
            tile.mark_filled(value)
            volume = tile.volume
            if volume is not None and len(volume) > 1 and key in self._tickets:
                self._set_task(key, volume, float(volume.filled.mean()))
        for reading in workspace.second_reading.asked_of(key):
            workspace.slices_filled.emit((reading, value))

    def _on_done(self, key: str) -> None:
        self._tickets.pop(key, None)
        problems = self._workspace.problems
        problems.end_task(f"load-{key}")
        volume = self.volumes.get(key)
        if volume is not None and volume.failed and self._workspace.series(key) is not None:
            first = min(volume.failed)
            problems.add(
                Problem(
                    self.tr("Images not shown"),
                    self.tr("{n} of {all} images cannot be shown: {why}").format(
                        n=len(volume.failed), all=len(volume), why=volume.failed[first]
                    )
                    if len(volume) > 1
                    else self.tr("The image cannot be shown: {why}").format(why=volume.failed[first]),
                    self.tr("The rest of the series stays usable.") if len(volume.failed) < len(volume) else "",
                    code="P01",
                    details="\n".join(f"{i + 1}: {why}" for i, why in sorted(volume.failed.items())),
                )
            )

    def _on_failed(self, key: str, error: object) -> None:
        self._tickets.pop(key, None)
        self._workspace.problems.end_task(f"load-{key}")
        if isinstance(error, CovidViewerError) and not isinstance(error, Cancelled):
            self._workspace.problems.add_error(error)

    def _on_thumbnail(self, key: str, value: object) -> None:
        assert isinstance(value, np.ndarray)
        self._thumbnails[key] = value
        self._workspace.thumbnail_ready.emit(key)
