"""Volumes that stay in memory: the shown ones always, the rest newest first within a budget (UX 0).

A volume for which the budget has no room lies in a file of the cache folder and is mapped: the system keeps of it in
memory what there is room for and fetches the rest when it is looked at. So a series larger than the memory can be read,
slower in parts, and no slice is ever black for want of room.
"""

from __future__ import annotations

import os
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.assets import cache_dir
from covidviewer.errors import LimitError
from covidviewer.imaging.volume import Volume
from covidviewer.study import Series


def budget_bytes(megabytes: int = 0) -> int:
    """What the user asked for, else half of the physical memory less 1 GB, at least 512 MB."""
    if megabytes > 0:
        return megabytes << 20
    try:
        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        physical = 4 << 30  # Windows has no sysconf; a cautious guess
    return max(physical // 2 - (1 << 30), 512 << 20)


def mapped_zeros(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Zeros in a file without a name, which goes with the array.

    Raises
    ------
    LimitError
        The disk of the cache folder has no room either.
    """
    size = int(np.prod(shape, dtype=object)) * dtype.itemsize
    folder = cache_dir() / "volumes"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder) as file:
            # Room is taken now: a mapped page that the disk has no room for later would end the program.
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, max(size, 1))
            else:
                file.truncate(max(size, 1))
            return np.memmap(file, dtype=dtype, mode="r+", shape=shape)
    except OSError as error:
        raise LimitError(
            f"This series needs {size >> 20} MB, more than memory and the cache folder's disk have room for.",
            advice="Close other studies or free space on the disk, then open it again.",
        ) from error


class VolumeCache:
    """Least recently used volumes go first; pinned keys stay.

    Parameters
    ----------
    budget : gives the bytes that volumes may take, asked anew each time (the user may change it).
    """

    def __init__(self, budget: Callable[[], int] = budget_bytes) -> None:
        self._budget = budget
        self._volumes: OrderedDict[str, Volume] = OrderedDict()

    def get(self, key: str) -> Volume | None:
        volume = self._volumes.get(key)
        if volume is not None:
            self._volumes.move_to_end(key)
        return volume

    def allocate(self, series: Series, pinned: frozenset[str] = frozenset()) -> Volume:
        """An empty volume: in memory where the budget has room beside what is pinned, else in a mapped file.

        Raises
        ------
        UnsupportedError, LimitError
            As `covidviewer.study.Series.allocate`; no room anywhere.
        """
        held = sum(_in_memory(v) for key, v in self._volumes.items() if key in pinned)
        if held + series.nbytes <= self._budget():
            return series.allocate()
        return series.allocate(mapped_zeros)

    def put(self, key: str, volume: Volume, pinned: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Keep a volume; returns the keys that had to go."""
        self._volumes[key] = volume
        self._volumes.move_to_end(key)
        gone = []
        for old in list(self._volumes):
            in_memory, in_files = self.used > self._budget(), self.mapped > self._budget()
            mapped = isinstance(self._volumes[old].values, np.memmap)
            if old != key and old not in pinned and (in_files if mapped else in_memory):
                del self._volumes[old]
                gone.append(old)
        return tuple(gone)

    def drop(self, key: str) -> None:
        self._volumes.pop(key, None)

    def clear(self) -> None:
        self._volumes.clear()

    @property
    def used(self) -> int:
        """Bytes of memory; what is mapped from a file is the system's to keep or drop."""
        return sum(_in_memory(v) for v in self._volumes.values())

    @property
    def mapped(self) -> int:
        """Bytes in files of the cache folder; these, too, are kept within the budget where they are not shown."""
        return sum(int(v.values.nbytes) for v in self._volumes.values()) - self.used


def _in_memory(volume: Volume) -> int:
    return 0 if isinstance(volume.values, np.memmap) else int(volume.values.nbytes)
