"""What a tile scrolls through: the one interface between a tile and what it shows.

A stack of the files is `StackSlices`. Anything else that can be scrolled (a computed plane) implements the same six
members and goes on a tile by `Tile.show_slices`; canvas, letters, scale bar, probe, links and reference lines follow.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import Frame
from covidviewer.imaging import planes
from covidviewer.imaging.slice_plane import SlicePlane
from covidviewer.imaging.volume import Volume
from covidviewer.study import Series


class Slices(Protocol):
    """Images that can be scrolled, counted from 0 in data order (ascending along row x column)."""

    @property
    def count(self) -> int: ...

    @property
    def reversed(self) -> bool:
        """True when the screen runs against data order."""
        ...

    def key(self, index: int) -> Hashable:
        """Changes whenever the picture of a slice does (an oblique plane that was turned)."""
        ...

    def shape(self, index: int) -> tuple[int, int]:
        """(rows, columns), known before the values are."""
        ...

    def values(self, index: int) -> NDArray[np.generic] | None:
        """(rows, columns) or (rows, columns, 3), modality values; None while they are still to come or failed."""
        ...

    def error(self, index: int) -> str:
        """Why a slice cannot be shown; empty when it can, or is still to come."""
        ...

    def plane(self, index: int) -> SlicePlane | None:
        """Where the image lies in the patient; None without geometry."""
        ...

    def positions(self) -> NDArray[np.float64] | None:
        """(count,) mm: ``plane(i).origin`` along the normal of the first plane; None without geometry."""
        ...

    def frame(self, index: int) -> Frame | None:
        """The image of the file that is shown as it is; None for a computed one."""
        ...


class StackSlices:
    """The frames of a series as they are; geometry from the true position of each frame, not from mean spacing."""

    def __init__(self, series: Series, volume: Volume) -> None:
        self._series = series
        self._volume = volume
        self._count = len(series.instances)  # asked hundreds of times in a step of the scroll
        self._planes: dict[int, SlicePlane | None] = {}
        self._positions: NDArray[np.float64] | None = None
        self._placed: bool | None = None

    @property
    def count(self) -> int:
        return self._count

    @property
    def reversed(self) -> bool:
        return planes.head_first(self._series.stack)

    def key(self, index: int) -> Hashable:
        return index

    def shape(self, index: int) -> tuple[int, int]:
        return self._series.rows, self._series.columns

    def values(self, index: int) -> NDArray[np.generic] | None:
        return self._volume.slice(index) if self._volume.filled[index] else None

    def error(self, index: int) -> str:
        return self._volume.failed.get(index, "")

    def plane(self, index: int) -> SlicePlane | None:
        if index not in self._planes:
            self._planes[index] = self._make_plane(index)
        return self._planes[index]

    def positions(self) -> NDArray[np.float64] | None:
        if self._placed is None:
            first = self.plane(0) if self.count else None
            origins = [frame.position for frame in self._series.instances]
            self._placed = first is not None and None not in origins
            if first is not None and self._placed:
                self._positions = np.array(origins, np.float64) @ np.array(first.normal)
        return self._positions

    def frame(self, index: int) -> Frame | None:
        return self._series.instances[index]

    def _make_plane(self, index: int) -> SlicePlane | None:
        frame = self._series.instances[index]
        if frame.position is None or frame.orientation is None or frame.spacing is None:
            return None
        if frame.spacing_kind != "patient" or self._series.stack.positions_mm is None:
            return None  # millimetres at the detector are none in the patient
        o = frame.orientation
        return SlicePlane(frame.position, o[:3], o[3:], frame.spacing, self._series.rows, self._series.columns)
