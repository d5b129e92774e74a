"""Look-up of every pixel in a table: the dearest part of a step from slice to slice, so the quickest way that is there.

numpy widens each index to 64 bits before it looks (1.7 ms a megapixel where OpenCV needs 0.4). OpenCV takes 0.15 s to
import, which the first window does not wait for: until `load` has run, numpy does the same.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.opencv import opencv

__all__ = ["load", "loaded", "look_up"]

Shade = TypeVar("Shade", np.uint8, np.uint32)

_cv2: Any = None


def load() -> bool:
    """Import OpenCV, for every look-up from now on; any thread. False where it is not installed."""
    global _cv2
    _cv2 = opencv()
    return _cv2 is not None


def loaded() -> Any:
    """OpenCV, where `load` has run and found it; else None."""
    return _cv2


def look_up(
    table: NDArray[Shade], index: NDArray[np.uint16] | NDArray[np.uint8], out: NDArray[Shade]
) -> NDArray[Shade]:
    """``table[index]`` into ``out``.

    Parameters
    ----------
    table : (65536,) uint32 or uint8 for uint16 indices, (256,) for uint8. index : of any shape. out : of the same and
    the table's dtype, C order.
    """
    if _cv2 is not None and index.flags.c_contiguous and out.flags.c_contiguous and index.size:
        signed = np.int32 if table.dtype == np.uint32 else np.uint8  # OpenCV knows no unsigned 32 bits
        _cv2.LUT(index, table.view(signed), out.view(signed))
        return out
    return np.take(table, index, out=out, mode="clip")
