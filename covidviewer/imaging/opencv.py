"""OpenCV, imported when it is first asked for: 0.15 s that no window waits for."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

__all__ = ["opencv"]


@lru_cache(maxsize=1)
def opencv() -> Any:
    """The module; None where it is not installed. Any thread."""
    try:
        import cv2
    except ImportError:
        return None
    # Its threads would wait for each other on a machine that the second reading keeps busy; ours share the work.
    cv2.setNumThreads(1)
    return cv2
