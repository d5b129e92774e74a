"""Volumes that stay in memory: the shown ones always, the rest newest first within a budget (UX 0)."""

from __future__ import annotations

import os
from collections import OrderedDict

from covidviewer.imaging.volume import Volume


def budget_bytes() -> int:
    """Half of the physical memory less 1 GB, at least 512 MB."""
    try:
        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        physical = 4 << 30  # Windows has no sysconf; a cautious guess
    return max(physical // 2 - (1 << 30), 512 << 20)


class VolumeCache:
    """Least recently used volumes go first; pinned keys stay."""

    def __init__(self, budget: int | None = None) -> None:
        self._budget = budget_bytes() if budget is None else budget
        self._volumes: OrderedDict[str, Volume] = OrderedDict()

    def get(self, key: str) -> Volume | None:
        volume = self._volumes.get(key)
        if volume is not None:
            self._volumes.move_to_end(key)
        return volume

    def put(self, key: str, volume: Volume, pinned: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Keep a volume; returns the keys that had to go."""
        self._volumes[key] = volume
        self._volumes.move_to_end(key)
        gone = []
        for old in list(self._volumes):
            if self.used <= self._budget:
                break
            if old != key and old not in pinned:
                del self._volumes[old]
                gone.append(old)
        return tuple(gone)

    def drop(self, key: str) -> None:
        self._volumes.pop(key, None)

    def clear(self) -> None:
        self._volumes.clear()

    @property
    def used(self) -> int:
        return sum(int(v.values.nbytes) for v in self._volumes.values())
