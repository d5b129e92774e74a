"""The two steps of the start: a painted frame first, then the whole window."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from covidviewer.ui import theme
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.workspace import Workspace


def test_the_frame_is_painted_before_anything_reads_the_workspace(qtbot: QtBot, workspace: Workspace) -> None:
    made = MainWindow(preferences=workspace.preferences)
    qtbot.addWidget(made)
    seen: list[bool] = []
    made.painted.connect(lambda: seen.append(hasattr(made, "welcome")))
    with qtbot.waitSignal(made.painted, timeout=3000):
        made.show()
    image = made.grab().toImage()
    ratio = image.devicePixelRatio()
    middle = image.pixelColor(int(made.width() * ratio / 2), int(made.height() * ratio / 2))
    assert middle == QColor(theme.COLORS["viewport"])
    made.fill(workspace)
    qtbot.waitUntil(made.welcome.isVisible, timeout=2000)
    welcome = made.welcome
    made.fill(workspace)
    assert made.welcome is welcome  # once
    made.repaint()
    QApplication.processEvents()
    assert seen == [False]  # told once, before the fill


def test_the_first_window_fits_its_screen(qtbot: QtBot, workspace: Workspace) -> None:
    made = MainWindow(preferences=workspace.preferences)
    qtbot.addWidget(made)
    room = made.screen().availableSize()
    assert room.width() < 1440, "the offscreen screen has 800 x 800 pixels"
    assert made.width() <= room.width()
    assert made.height() < room.height()


def test_a_window_that_is_closed_before_it_is_filled(qtbot: QtBot, workspace: Workspace) -> None:
    made = MainWindow(preferences=workspace.preferences)
    qtbot.addWidget(made)
    made.show()
    assert made.close()


def test_the_first_frame_needs_no_numpy() -> None:
    code = (
        "import sys\n"
        "from PySide6.QtWidgets import QApplication\n"
        "app = QApplication([])\n"
        "from covidviewer.workspace.preferences import PreferenceStore\n"
        "from covidviewer.ui.window import MainWindow\n"
        "w = MainWindow(preferences=PreferenceStore())\n"
        "w.painted.connect(app.quit)\n"
        "w.show(); app.exec()\n"
        "print(sorted({'numpy', 'covidviewer.workspace.workspace', 'covidviewer.study'} & set(sys.modules)))\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True, cwd=root
    )
    assert done.stdout.strip() == "[]"


def test_docks_come_back_as_wide_as_they_were(qtbot: QtBot, workspace: Workspace) -> None:
    """The window is on screen before it is filled: there Qt's own restoring would give each dock half of it."""

    def widths(window: MainWindow) -> dict[str, int]:
        return {name: window.docks.by_name[name].width() for name in ("studies", "reading")}

    first = MainWindow(preferences=workspace.preferences)
    qtbot.addWidget(first)
    first.show()
    first.resize(1440, 900)
    qtbot.waitExposed(first)
    first.fill(workspace)
    qtbot.waitUntil(lambda: first.viewports.isVisibleTo(first) or first.welcome.isVisible(), timeout=3000)
    qtbot.wait(50)
    fresh = widths(first)
    assert max(fresh.values()) < 0.35 * first.width()
    first.resizeDocks([first.docks.by_name["studies"]], [fresh["studies"] + 60], Qt.Orientation.Horizontal)
    qtbot.wait(50)
    left = widths(first)
    assert left["studies"] == fresh["studies"] + 60
    first.close()
    second = MainWindow(preferences=workspace.preferences)
    qtbot.addWidget(second)
    second.show()
    second.resize(1440, 900)  # the offscreen screen has 800 x 800 pixels, and a narrow window has narrow docks
    qtbot.waitExposed(second)
    second.fill(workspace)
    qtbot.waitUntil(lambda: widths(second) == left, timeout=3000)
    qtbot.wait(300)  # Qt goes on restoring for a while
    assert widths(second) == left


def test_widths_that_cannot_be_read_are_left_alone() -> None:
    from covidviewer.ui.docks import _widths

    assert _widths(b"") == _widths(b"{") == _widths(b"[3]") == {}
    assert _widths(b'{"studies": 300, "reading": "wide", "other": 5}') == {"studies": 300}
