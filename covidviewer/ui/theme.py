"""Themes: colours by name, a palette, one style sheet. Every pair of text and ground has contrast >= 4.5:1.

A theme is chosen before a window is filled: widgets keep the colours that they were made with (`covidviewer.ui.renewal`
makes a new window for another theme).
"""

from __future__ import annotations

import re

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from covidviewer import assets

#: Colours by their task. Grounds are neutral greys so that the eye stays adapted to the image; one blue accent.
COLORS: dict[str, str] = {
    "viewport": "#0b0c0e",
    "window": "#17191c",
    "panel": "#1d2024",
    "raised": "#272b30",
    "hover": "#31363d",
    "pressed": "#3a4048",
    "line": "#33383f",
    "edge": "#7a838e",
    "text": "#e4e7eb",
    "muted": "#a3abb5",
    "faint": "#8d96a1",
    "disabled": "#676e77",
    "accent": "#5aa9ff",
    "accent_strong": "#2f6fb2",
    "accent_dim": "#24405c",
    "on_accent": "#ffffff",
    "measure": "#8fe3b8",
    "measure_active": "#d8ffe9",
    "info": "#8fb9e3",
    "warning": "#e7bd63",
    "error": "#f0897d",
    "info_ground": "#1c2732",
    "warning_ground": "#2c2618",
    "error_ground": "#311f1e",
}

#: What high contrast changes: black grounds, white text, edges that can be seen; every pair >= 7:1 (WCAG 2.1, 1.4.6).
CONTRAST: dict[str, str] = {
    "viewport": "#000000",
    "window": "#000000",
    "panel": "#000000",
    "raised": "#141414",
    "hover": "#2a2a2a",
    "pressed": "#444444",
    "line": "#626262",
    "edge": "#ffffff",
    "text": "#ffffff",
    "muted": "#e6e6e6",
    "faint": "#d0d0d0",
    "disabled": "#9a9a9a",
    "accent": "#7cc4ff",
    "accent_strong": "#004a8f",
    "accent_dim": "#00325f",
    "measure": "#9dffcf",
    "measure_active": "#ffffff",
    "info": "#b8dcff",
    "warning": "#ffd75e",
    "error": "#ffa79c",
    "info_ground": "#001a33",
    "warning_ground": "#2b2000",
    "error_ground": "#330a05",
}

THEMES: dict[str, dict[str, str]] = {"dark": dict(COLORS), "contrast": {**COLORS, **CONTRAST}}
#: Text sizes in percent of the system's.
SIZES = (90, 100, 110, 125, 150, 175, 200)

#: (text, ground) pairs that occur on screen; a test holds each to WCAG 2.1 SC 1.4.3 (4.5:1).
PAIRS: tuple[tuple[str, str], ...] = (
    ("text", "window"),
    ("text", "panel"),
    ("text", "raised"),
    ("text", "hover"),
    ("text", "viewport"),
    ("measure", "viewport"),
    ("measure_active", "viewport"),
    ("text", "accent_dim"),
    ("muted", "window"),
    ("muted", "panel"),
    ("muted", "raised"),
    ("muted", "accent_dim"),
    ("faint", "window"),
    ("faint", "panel"),
    ("accent", "window"),
    ("accent", "panel"),
    ("accent", "raised"),
    ("on_accent", "accent_strong"),
    ("text", "info_ground"),
    ("text", "warning_ground"),
    ("text", "error_ground"),
    ("muted", "info_ground"),
    ("muted", "warning_ground"),
    ("muted", "error_ground"),
    ("info", "info_ground"),
    ("warning", "warning_ground"),
    ("error", "error_ground"),
    ("warning", "panel"),
    ("error", "panel"),
    ("accent", "info_ground"),
    ("accent", "warning_ground"),
    ("accent", "error_ground"),
)


def choose(name: str) -> None:
    """Make a theme the one in use; an unknown name means the dark one."""
    COLORS.update(THEMES.get(name, THEMES["dark"]))


def scale_text(application: QApplication, percent: int) -> None:
    """Set the text's size in percent of the system's, 90 to 200; asked again it starts from the system's once more."""
    base = application.property("systemTextSize") or application.font().pointSizeF()
    application.setProperty("systemTextSize", base)
    font = application.font()
    font.setPointSizeF(float(base) * min(max(percent, SIZES[0]), SIZES[-1]) / 100)
    application.setFont(font)


def color(name: str) -> QColor:
    """A colour of the theme as Qt's own type."""
    return QColor(COLORS[name])


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two ``#rrggbb`` colours, 1 to 21 (WCAG 2.1, relative luminance)."""
    a, b = _luminance(first), _luminance(second)
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


def _luminance(text: str) -> float:
    channels = [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def palette() -> QPalette:
    """The theme's palette, the disabled group included."""
    roles = {
        QPalette.ColorRole.Window: "window",
        QPalette.ColorRole.WindowText: "text",
        QPalette.ColorRole.Base: "panel",
        QPalette.ColorRole.AlternateBase: "raised",
        QPalette.ColorRole.Text: "text",
        QPalette.ColorRole.PlaceholderText: "faint",
        QPalette.ColorRole.Button: "raised",
        QPalette.ColorRole.ButtonText: "text",
        QPalette.ColorRole.BrightText: "on_accent",
        QPalette.ColorRole.Highlight: "accent_strong",
        QPalette.ColorRole.HighlightedText: "on_accent",
        QPalette.ColorRole.Link: "accent",
        QPalette.ColorRole.LinkVisited: "accent",
        QPalette.ColorRole.ToolTipBase: "raised",
        QPalette.ColorRole.ToolTipText: "text",
        QPalette.ColorRole.Light: "hover",
        QPalette.ColorRole.Midlight: "hover",
        QPalette.ColorRole.Mid: "line",
        QPalette.ColorRole.Dark: "viewport",
        QPalette.ColorRole.Shadow: "viewport",
    }
    found = QPalette()
    for role, name in roles.items():
        found.setColor(role, color(name))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        found.setColor(QPalette.ColorGroup.Disabled, role, color("disabled"))
    return found


def style_sheet() -> str:
    """The style sheet with the theme's colours and icon folder put in."""
    text = (assets.resource_dir() / "style" / "dark.qss").read_text("utf-8")
    text = text.replace("@icons", (assets.resource_dir() / "icons").as_posix())
    return re.sub(r"@([a-z_]+)", lambda match: COLORS[match[1]], text)


def apply(application: QApplication) -> None:
    """Give the whole program the theme. Fusion is the same on every system, so screens look alike everywhere."""
    application.setStyle("Fusion")
    application.setPalette(palette())
    application.setStyleSheet(style_sheet())
