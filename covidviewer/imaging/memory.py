"""Memory of whole volumes: that of the last one given back is kept for the next.

The first touch of fresh memory costs a third of the time of a load, as the kernel clears each page. What is given back
stays ours until the kernel needs it (madvise MADV_FREE), and serves the next volume that fits. Its bytes are those of
the volume before: only who writes every one of them may ask for such memory.
"""

from __future__ import annotations

import contextlib
import math
import mmap
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Smaller volumes gain nothing; a larger one than this is not kept.
LEAST, MOST = 8 << 20, 1 << 30
_ABLE = hasattr(mmap.mmap, "madvise") and hasattr(mmap, "MADV_FREE") and hasattr(mmap, "MAP_PRIVATE")
_HUGE = 2 << 20

_lock = threading.RLock()  # an array may be given up while another is being taken
_kept: list[mmap.mmap] = []


def unwritten(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """An array with any bytes in it, perhaps those of an earlier volume; the caller writes every element.

    Returns
    -------
    ndarray
        C order, of ``shape`` and ``dtype``. Its memory is kept for the next once the last view of it is gone.

    Raises
    ------
    MemoryError
        There is not enough.
    """
    size = math.prod(shape) * dtype.itemsize
    if not _ABLE or not LEAST <= size <= MOST:
        return np.empty(shape, dtype)
    return np.asarray(_Lease(_taken(size), shape, dtype))


def release() -> None:
    """Give the kept memory back to the system."""
    with _lock:
        _kept.clear()


def _taken(size: int) -> mmap.mmap:
    with _lock:
        for place, memory in enumerate(_kept):
            # One twice as large would hold more than it serves.
            if size <= len(memory) <= 2 * size:
                return _kept.pop(place)
        _kept.clear()
    try:
        memory = mmap.mmap(-1, -(-size // _HUGE) * _HUGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except OSError as error:
        raise MemoryError(f"{size >> 20} MB") from error
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a kernel without huge pages
            memory.madvise(mmap.MADV_HUGEPAGE)
    return memory


class _Lease:
    """Owner of the memory of one array: gone with its last view, and the memory is free for the next."""

    def __init__(self, memory: mmap.mmap, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._memory = memory
        address = np.frombuffer(memory, np.uint8).__array_interface__["data"][0]
        self.__array_interface__ = {"data": (address, False), "shape": shape, "typestr": dtype.str, "version": 3}

    def __del__(self) -> None:
        try:
            self._memory.madvise(mmap.MADV_FREE)
        except (OSError, ValueError, AttributeError):
            return  # not kept; the mapping ends with its last reference
        with _lock:
            _kept[:] = [self._memory]
