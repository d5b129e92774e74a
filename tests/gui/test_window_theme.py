"""The theme: contrast of every pair of text and ground, tokens, icons."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from covidviewer import assets
from covidviewer.ui import theme
from covidviewer.ui.icons import icon


@pytest.mark.parametrize("name", theme.THEMES)
@pytest.mark.parametrize(("text", "ground"), theme.PAIRS)
def test_contrast(name: str, text: str, ground: str) -> None:
    colors = theme.THEMES[name]
    assert theme.contrast(colors[text], colors[ground]) >= (7.0 if name == "contrast" else 4.5)


def test_contrast_is_that_of_wcag() -> None:
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert theme.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the known near miss


def test_edges_of_high_contrast_can_be_seen() -> None:
    """WCAG 2.1 SC 1.4.11: 3:1 for what bounds a control, and for the filled part of a bar beside the empty one."""
    colors = theme.THEMES["contrast"]
    for first, second in (("line", "window"), ("edge", "panel"), ("accent", "line"), ("accent", "panel")):
        assert theme.contrast(colors[first], colors[second]) >= 3.0


def test_focus_ring_stands_out() -> None:
    """WCAG 2.1 SC 1.4.11: 3:1 for the boundary of a control."""
    for ground in ("window", "panel", "raised"):
        assert theme.contrast(theme.COLORS["accent"], theme.COLORS[ground]) >= 3.0


def test_style_sheet_has_no_open_token_and_only_files_that_are_there() -> None:
    sheet = theme.style_sheet()
    assert "@" not in sheet
    paths = re.findall(r"url\(([^)]+)\)", sheet)
    assert paths
    for path in paths:
        assert (assets.resource_dir() / "icons" / path.rsplit("/", 1)[1]).is_file()
    # Whatever takes the focus shows it.
    for kind in ("QToolButton", "QPushButton", "QComboBox", "QCheckBox", "QSlider", "QTreeView#studies"):
        assert f"{kind}:focus" in sheet, kind


@pytest.mark.parametrize("path", sorted((assets.resource_dir() / "icons").glob("*.svg")), ids=lambda p: p.stem)
def test_icon_draws(qapp: QApplication, path: object) -> None:
    name = path.stem  # type: ignore[attr-defined]
    made = icon(name)
    for ratio in (1.0, 1.5, 2.0):
        pixmap = made.pixmap(QSize(20, 20), ratio)
        assert pixmap.devicePixelRatio() == pytest.approx(ratio)
        image = pixmap.toImage()
        painted = sum(image.pixelColor(x, y).alpha() > 60 for x in range(image.width()) for y in range(image.height()))
        assert painted > 12 * ratio


def test_disabled_icons_are_dim(qapp: QApplication) -> None:
    def brightest(mode: QIcon.Mode) -> int:
        image = icon("fit").pixmap(QSize(20, 20), 1.0, mode).toImage()
        return max(
            image.pixelColor(x, y).lightness()
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() > 200
        )

    assert brightest(QIcon.Mode.Disabled) < 0.6 * brightest(QIcon.Mode.Normal)
