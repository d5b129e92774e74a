"""Colours of what is drawn on and beside images, named by their task there.

Read as ``ink.TEXT`` when drawing, never kept: another theme puts other colours here (`refresh`).
"""

from __future__ import annotations

from PySide6.QtGui import QColor

from covidviewer.ui import theme

SURFACE: QColor  # behind the image: near-black, so that the eye stays adapted to the greys
STRIP: QColor  # score track, scroll bar
LINE: QColor
TEXT: QColor
QUIET: QColor
CAUTION: QColor
FAILURE: QColor
ACCENT: QColor
MEASURE: QColor  # what the reader drew: a hue of its own beside map, warnings and accent
MEASURE_ACTIVE: QColor

ACCENT_PALE = QColor(58, 88, 122)  # the accent for "below the threshold": paler, the same hue
REFERENCE = QColor(255, 196, 84)  # planes and points of other tiles: a hue that no grey and no map of ours has
REFERENCE_PALE = QColor(196, 158, 92)
HALO = QColor(0, 0, 0, 200)
HALO_LINE = QColor(0, 0, 0)  # beside lines: translucent wide lines cost three times as much


def refresh() -> None:
    """Take the colours of the theme in use."""
    global SURFACE, STRIP, LINE, TEXT, QUIET, CAUTION, FAILURE, ACCENT, MEASURE, MEASURE_ACTIVE
    SURFACE, STRIP, LINE = (theme.color(name) for name in ("viewport", "window", "line"))
    TEXT, QUIET = theme.color("text"), theme.color("muted")
    CAUTION, FAILURE, ACCENT = (theme.color(name) for name in ("warning", "error", "accent"))
    MEASURE, MEASURE_ACTIVE = theme.color("measure"), theme.color("measure_active")


refresh()
