"""Another language, theme or size of texts while the program runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from covidviewer.app import App
from covidviewer.inference.results import SliceReading
from covidviewer.ui import ink, theme
from covidviewer.ui.renewal import put_on, renewed
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.workspace import Workspace

MakeSeries = Callable[..., tuple[object, object]]


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, workspace: Workspace, make_series: MakeSeries) -> Iterator[MainWindow]:
    workspace.read_automatically = False
    put_on(qapp, ("en", "dark", 100))
    made = MainWindow(workspace)
    made.show()
    series, volume = make_series(np.zeros((6, 32, 32), np.int16))
    workspace.active_tile.show(series, volume)  # type: ignore[arg-type]
    yield made
    put_on(qapp, ("en", "dark", 100))
    theme.apply(qapp)
    for top in qapp.topLevelWidgets():
        if isinstance(top, MainWindow):
            top.close()


@pytest.fixture
def app(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """The program with settings of its own; at the end its window is deleted as a whole.

    The collector would take the window's parts in any order.
    """
    monkeypatch.setenv("COVIDVIEWER_SETTINGS", str(tmp_path / "settings.ini"))
    monkeypatch.setenv("COVIDVIEWER_DATA", str(tmp_path / "data"))
    made = App(read_on_open=False)
    yield made
    window = made.window
    window.close()
    made.shut_down()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    put_on(qapp, ("en", "dark", 100))
    theme.apply(qapp)


def words(window: MainWindow) -> set[str]:
    return {label.text() for label in window.findChildren(QLabel)}


def test_language_theme_and_size_at_once(
    window: MainWindow,
    workspace: Workspace,
    qapp: QApplication,
    qtbot: QtBot,
    reading_of: Callable[..., SliceReading],
) -> None:
    workspace.readings.start("series", 6)
    workspace.accept_readings("series", tuple(reading_of(i, 0.6) for i in range(6)))
    workspace.active_tile.go_to_index(4)
    before, size = words(window), qapp.font().pointSizeF()
    history = window.history
    window.show_settings(3)
    gone: list[bool] = []
    window.destroyed.connect(lambda: gone.append(True))
    workspace.preferences.update(language="zh_CN", theme="contrast", text_size=125)
    new = renewed(window, workspace, qapp)
    qtbot.waitUntil(lambda: bool(gone), timeout=3000)
    assert new.isVisible()
    assert new.history is history  # steps to undo outlive the window
    assert history.stack.undoLimit() == 50
    assert new.settings_page() == 3
    assert qapp.font().pointSizeF() == pytest.approx(1.25 * size)
    assert ink.SURFACE.name() == "#000000"
    fresh = words(new)
    assert "Input check" in before
    assert "Input check" not in fresh
    assert any("\u4e00" <= letter <= "\u9fff" for word in fresh for letter in word)
    # What was on the screen is on the screen.
    tile = workspace.active_tile
    assert tile.index == 4
    assert new.viewport.canvas.tile is tile
    assert new.viewport.canvas.grab().width() > 0
    workspace.preferences.update(language="en", theme="dark", text_size=100)
    back = renewed(new, workspace, qapp)
    assert "Input check" in words(back)
    assert qapp.font().pointSizeF() == pytest.approx(size)
    # Signals of the workspace reach the window that is there, and no dead one.
    tile.go_to_index(1)
    workspace.preferences.update(hide_identity=True)
    workspace.accept_readings("series", (reading_of(1, 0.9),))
    qtbot.wait(80)


def test_a_film_in_the_making_is_made_before_the_window_changes(
    app: App, qtbot: QtBot, make_series: MakeSeries, tmp_path: Path
) -> None:
    workspace = app.build()
    app.window.show()
    series, volume = make_series(np.zeros((6, 32, 32), np.int16))
    workspace.active_tile.show(series, volume)  # type: ignore[arg-type]
    first, path = app.window, tmp_path / "film.gif"
    first.exporter.save_cine_to(path)
    app.preferences.update(theme="contrast")
    app.preferences.update(text_size=125)
    qtbot.waitUntil(lambda: app.window is not first, timeout=10_000)
    with Image.open(path) as film:
        assert film.n_frames == 6  # type: ignore[attr-defined]
    second = app.window
    qtbot.wait(100)
    assert app.window is second, "two choices, one new window"
    qtbot.waitUntil(lambda: not app._leaving, timeout=3000)  # nothing of the old one is held for ever


def test_a_window_that_is_closed_while_its_look_waits_gets_no_successor(
    app: App, qtbot: QtBot, make_series: MakeSeries, tmp_path: Path
) -> None:
    workspace = app.build()
    app.window.show()
    series, volume = make_series(np.zeros((6, 32, 32), np.int16))
    workspace.active_tile.show(series, volume)  # type: ignore[arg-type]
    window = app.window
    window.exporter.save_cine_to(tmp_path / "film.gif")
    app.preferences.update(theme="contrast")
    qtbot.waitUntil(lambda: app._look_waits, timeout=3000)
    window.close()  # gives the film up
    qtbot.waitUntil(lambda: window.exporter.film is None, timeout=3000)
    qtbot.wait(100)
    assert app.window is window
    assert not window.isVisible()


def test_the_program_changes_its_window_by_itself(app: App, qtbot: QtBot) -> None:
    app.build()
    app.window.show()
    first = app.window
    app.preferences.update(cine_fps=12)
    qtbot.wait(20)
    assert app.window is first  # other choices need no new window
    app.preferences.update(theme="contrast")
    qtbot.waitUntil(lambda: app.window is not first, timeout=3000)
    assert app.window.isVisible()
    app.preferences.update(theme="dark")
    qtbot.waitUntil(lambda: ink.SURFACE.name() != "#000000", timeout=3000)
