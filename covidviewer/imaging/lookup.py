"""Look-up of every pixel in a table: the dearest part of a step from slice to slice, so the quickest way that is there.

numpy widens each index to 64 bits before it looks (1.7 ms a megapixel where OpenCV needs 0.4). OpenCV takes 0.15 s to
import, which the first window does not wait for: until `load` has run, numpy does the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.opencv import opencv

__all__ = ["load", "look_up"]

_cv2: Any = None


def load() -> bool:
    """Import OpenCV, for every look-up from now on; any thread. False where it is not installed."""
    global _cv2
    _cv2 = opencv()
    return _cv2 is not None


def look_up(
    table: NDArray[np.uint32], index: NDArray[np.uint16] | NDArray[np.uint8], out: NDArray[np.uint32]
) -> NDArray[np.uint32]:
    """``table[index]`` into ``out``.

    Parameters
    ----------
    table : (65536,) uint32 for uint16 indices, (256,) for uint8. index : of any shape. out : of the same, C order.
    """
    if _cv2 is not None and index.flags.c_contiguous and out.flags.c_contiguous and index.size:
        _cv2.LUT(index, table.view(np.int32), out.view(np.int32))
        return out
    return np.take(table, index, out=out, mode="clip")
