"""The tool bar by keyboard: Tab reaches each button, Space presses it, a click leaves the keys with the image."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from covidviewer.ui.halo_text import HaloText
from covidviewer.ui.legend import BRIEF_TILE, Legend, LegendText, legend_text
from covidviewer.ui.stamps import Stamps
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.workspace import Workspace


@pytest.fixture
def window(qtbot: QtBot, workspace: Workspace, make_series: Callable) -> Iterator[MainWindow]:
    workspace.read_automatically = False
    made = MainWindow(workspace)
    qtbot.addWidget(made)
    made.resize(1400, 800)
    made.show()
    series, volume = make_series(np.zeros((5, 32, 32), np.int16))
    workspace.active_tile.show(series, volume, 0)
    made.activateWindow()
    QApplication.processEvents()
    yield made
    made.close()


def buttons(window: MainWindow) -> list[QToolButton]:
    return [b for b in window.head.toolbar.findChildren(QToolButton) if b.isVisible() and b.isEnabled()]


def test_tab_reaches_every_button(window: MainWindow, qtbot: QtBot) -> None:
    wanted = buttons(window)
    assert len(wanted) > 8
    wanted[0].setFocus(Qt.FocusReason.TabFocusReason)
    reached = set()
    for _ in range(len(wanted) + 5):
        focus = QApplication.focusWidget()
        assert focus is not None
        reached.add(focus)
        qtbot.keyClick(focus, Qt.Key.Key_Tab)
    assert set(wanted) <= reached
    assert all(b.accessibleName() or b.text() for b in wanted)


def test_a_click_leaves_the_keys_with_the_image(window: MainWindow, workspace: Workspace, qtbot: QtBot) -> None:
    canvas = window.viewport.canvas
    canvas.setFocus()
    invert = window.head.toolbar.widgetForAction(window.actions_table["view.invert"])
    assert isinstance(invert, QToolButton)
    before = workspace.active_tile.view.invert
    qtbot.mouseClick(invert, Qt.MouseButton.LeftButton)
    assert workspace.active_tile.view.invert != before
    assert QApplication.focusWidget() is canvas
    invert.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(invert, Qt.Key.Key_Space)
    assert workspace.active_tile.view.invert == before


@pytest.mark.parametrize("width", [330, 420, 1000])
def test_no_line_of_the_legend_is_cut(qapp: QApplication, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[str, QFont]] = []
    old = HaloText.draw

    def draw(self: HaloText, painter: object, point: QPointF, text: str, font: QFont, *rest: object) -> QRectF:
        drawn.append((text, font))
        return old(self, painter, point, text, font, *rest)

    monkeypatch.setattr(HaloText, "draw", draw)
    image = QImage(width, 600, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    words = LegendText("model attention (relative) · covid", "grid 56 × 56 · 1 cell = 6 mm", 0.35, True)
    Legend(HaloText(), Stamps()).draw(painter, QRectF(0, 0, width, 600), 520.0, words, "inferno", QFont())
    painter.end()
    room = width * 0.45 - 3
    for text, font in drawn:
        assert QFontMetricsF(font).horizontalAdvance(text) <= room or " " not in text
    said = " ".join(text for text, _ in drawn)
    assert words.title in said
    assert words.cell in said


@pytest.mark.parametrize(("edge", "brief"), [(330, True), (600, False)])
def test_the_legend_of_a_small_tile_is_one_line(qapp: QApplication, edge: int, brief: bool) -> None:
    words = legend_text("covid", (7, 7), (26.0, 26.0), 0.35, True, ("of the nearest slice",))
    lines = words.lines(small=edge < BRIEF_TILE)
    assert len(lines) == (1 if brief else 3)
    assert all("COVID-19" in line for line in lines[:1])
    hidden = legend_text("covid", (7, 7), (26.0, 26.0), 0.35, False)
    assert len(hidden.lines(small=edge < BRIEF_TILE)) == 2  # how to show the map stays
