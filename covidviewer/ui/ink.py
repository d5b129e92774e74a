"""Colours of what is drawn on and beside images, named by their task there."""

from __future__ import annotations

from PySide6.QtGui import QColor

from covidviewer.ui import theme

SURFACE = theme.color("viewport")  # behind the image: near-black, so that the eye stays adapted to the greys
STRIP = theme.color("window")  # score track, scroll bar
LINE = theme.color("line")
TEXT = theme.color("text")
QUIET = theme.color("muted")
CAUTION = theme.color("warning")
FAILURE = theme.color("error")
ACCENT = theme.color("accent")
ACCENT_PALE = QColor(58, 88, 122)  # the accent for "below the threshold": paler, the same hue
MEASURE = theme.color("measure")  # what the reader drew: a hue of its own beside map, warnings and accent
MEASURE_ACTIVE = theme.color("measure_active")
REFERENCE = QColor(255, 196, 84)  # planes and points of other tiles: a hue that no grey and no map of ours has
REFERENCE_PALE = QColor(196, 158, 92)
HALO = QColor(0, 0, 0, 200)
HALO_LINE = QColor(0, 0, 0)  # beside lines: translucent wide lines cost three times as much
