"""A kill loses nothing that was open; an unexpected error makes a report without patient data."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from covidviewer.app import App
from covidviewer.cli.demo_data import make_demo_study
from covidviewer.imaging.voi import Window
from covidviewer.workspace import crash
from covidviewer.workspace.layouts import Layout
from covidviewer.workspace.session import Session, SessionFile, SessionState, Shown, parse
from covidviewer.workspace.workspace import Workspace

WAIT_MS = 30_000

_RUN = """
import os, sys, time
from pathlib import Path
from covidviewer.app import App
from covidviewer.workspace.layouts import Layout

app = App([Path(sys.argv[1])], read_on_open=False)
app.window.show()
workspace = app.workspace
end = time.monotonic() + 60
while not (workspace.scan.finished and workspace.active_tile.series is not None):
    app.qt.processEvents()
    assert time.monotonic() < end
workspace.set_layout(Layout.parse("1x2"))
keys = sorted(s.key for study in workspace.studies for s in study.series if len(s) > 4)
workspace.show(keys[0], 3, workspace.tiles[0])
workspace.show(keys[1], 1, workspace.tiles[1])
workspace.activate(workspace.tiles[1])
assert [t.index for t in workspace.tiles] == [3, 1]
end = time.monotonic() + 2
while time.monotonic() < end:
    app.qt.processEvents()
    time.sleep(0.01)
print("ready", *keys[:2], flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="session")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    make_demo_study(folder, size=64, every=4)
    return folder


@pytest.fixture
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COVIDVIEWER_SETTINGS", str(tmp_path / "settings.ini"))
    monkeypatch.setenv("COVIDVIEWER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COVIDVIEWER_DATA", str(tmp_path / "data"))
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "manifest.toml").write_text("")
    monkeypatch.setenv("COVIDVIEWER_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path


@pytest.fixture
def start(surroundings: Path, qtbot: QtBot) -> Iterator[list[App]]:
    """Programs that a test made; ended after it."""
    made: list[App] = []
    yield made
    for app in made:
        app.window.close()
        app.shut_down()
        app.window.deleteLater()
        app.deleteLater()


def program(made: list[App], *paths: Path) -> App:
    app = App(list(paths), read_on_open=False)
    made.append(app)
    app.window.show()
    app._start_work()
    return app


def killed(study: Path) -> list[str]:
    """Run the program on a study in a child, kill it hard, and give the keys that its two tiles showed."""
    child = subprocess.Popen(
        [sys.executable, "-c", _RUN, str(study)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    assert child.stdout is not None
    line = child.stdout.readline().split()
    child.kill()
    child.wait()
    child.stdout.close()
    assert line[:1] == ["ready"]
    return line[1:]


def test_a_killed_program_is_put_back_when_the_reader_says_so(
    start: list[App], small_study: Path, surroundings: Path, qtbot: QtBot
) -> None:
    keys = killed(small_study)
    app = program(start)
    workspace = app.workspace
    (offer,) = [p for p in workspace.problems.problems if p.code == "X02"]
    assert workspace.studies == ()  # never by force
    assert [p.title for p in workspace.problems.problems if p is not offer] == []
    bar = app.window.head.problems
    (button,) = [b for b in bar.findChildren(QPushButton) if b.text() == offer.action]
    qtbot.waitUntil(button.isVisible, timeout=WAIT_MS)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: workspace.scan.finished and bool(workspace.studies), timeout=WAIT_MS)
    assert workspace.layout == Layout.parse("1x2")
    assert [t.series.key if t.series else "" for t in workspace.tiles] == keys
    assert [t.index for t in workspace.tiles] == [3, 1]
    assert workspace.active_tile is workspace.tiles[1]
    assert offer not in workspace.problems.problems
    # Asked once: the file of the dead program is gone.
    assert Session(workspace).last() is None


def test_a_clean_end_leaves_nothing_to_restore(start: list[App], small_study: Path, qtbot: QtBot) -> None:
    app = program(start, small_study)
    qtbot.waitUntil(lambda: app.workspace.scan.finished and bool(app.workspace.studies), timeout=WAIT_MS)
    assert app._session is not None
    app._session.write()
    assert app._session._file.path.exists()
    app.shut_down()
    assert not app._session._file.path.exists()
    assert not [p for p in program(start).workspace.problems.problems if p.code == "X02"]


def test_windows_set_by_hand_and_turns_come_back(
    workspace: Workspace, small_study: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    workspace.read_automatically = False
    session = Session(workspace, tmp_path / "kept")
    workspace.open([small_study])
    qtbot.waitUntil(lambda: workspace.scan.finished and workspace.active_tile.series is not None, timeout=WAIT_MS)
    tile = workspace.active_tile
    tile.set_view(quarter_turns=1, invert=True)
    tile.set_window(Window(-555.0, 1234.0))
    session.write()
    state = parse(session._file.path.read_text())
    assert state is not None
    workspace.close_all()
    session.write()
    assert not session._file.path.exists()  # nothing is open, nothing is kept
    session.restore(state)
    qtbot.waitUntil(lambda: workspace.scan.finished and workspace.active_tile.series is not None, timeout=WAIT_MS)
    view = workspace.active_tile.view
    assert (view.quarter_turns, view.invert) == (1, True)
    assert view.window is not None
    assert (view.window.center, view.window.width) == (-555.0, 1234.0)
    session.close()


def test_the_session_of_a_running_program_is_not_taken(tmp_path: Path) -> None:
    ours, other = SessionFile(tmp_path), SessionFile(tmp_path)
    other.path = tmp_path / "session-999999.json"
    assert other.write(SessionState(paths=("a",), tiles=(Shown("k"),)))
    assert ours.left_behind() == ()  # its lock is held
    assert other._lock is not None
    other._lock.unlock()
    assert ours.left_behind() == (other.path,)


_NO_LAYOUT = '{"schema": 1, "paths": [], "layout": "9x9", "active": 0, "tiles": []}'


@pytest.mark.parametrize("text", ["", "{", '{"schema": 99}', '{"schema": 1}', _NO_LAYOUT])
def test_a_damaged_session_is_no_session(text: str) -> None:
    assert parse(text) is None


class TestCrash:
    SECRET = "DOE^JOHN 1970-01-01"

    def fail(self) -> None:
        secret = self.SECRET
        raise ValueError(f"cannot read {secret}")

    def test_a_report_names_the_place_and_no_word_of_the_error(self) -> None:
        try:
            self.fail()
        except ValueError as error:
            text = crash.of_exception(type(error), error.__traceback__)
        assert "builtins.ValueError" in text
        assert "fail" in text
        assert "test_session_and_crash.py:" in text
        assert "DOE" not in text
        assert str(Path(__file__).parent) not in text
        assert "numpy" in text

    def test_an_uncaught_error_shows_a_report_and_the_viewer_goes_on(
        self, start: list[App], small_study: Path, surroundings: Path, qtbot: QtBot
    ) -> None:
        app = program(start)
        try:
            self.fail()
        except ValueError as error:
            app._on_uncaught(type(error), error, error.__traceback__)
        qtbot.waitUntil(lambda: any(p.code == "X01" for p in app.workspace.problems.problems), timeout=WAIT_MS)
        (saved,) = (surroundings / "data" / "crashes").glob("report-*.txt")
        assert "DOE" not in saved.read_text()
        bar = app.window.head.problems
        (button,) = [b for b in bar.findChildren(QPushButton) if b.text() == "Report"]
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        dialog = app.window._dialogs["report"]
        assert dialog.isVisible()
        assert not dialog.isModal()
        assert dialog.text.toPlainText() == saved.read_text()  # type: ignore[attr-defined]
        assert dialog.save_as(surroundings / "elsewhere.txt")  # type: ignore[attr-defined]
        assert (surroundings / "elsewhere.txt").read_text() == saved.read_text()
        assert not dialog.save_as(surroundings / "no" / "such" / "folder.txt")  # type: ignore[attr-defined]
        app.workspace.open([small_study])
        qtbot.waitUntil(lambda: bool(app.workspace.studies), timeout=WAIT_MS)

    def test_errors_of_threads_are_told_in_the_main_thread(self, start: list[App], qtbot: QtBot) -> None:
        app = program(start)
        thread = threading.Thread(
            target=lambda: app._on_uncaught_in_thread(threading.ExceptHookArgs((KeyError, KeyError("x"), None, None)))
        )
        thread.start()
        thread.join()
        qtbot.waitUntil(lambda: any(p.code == "X01" for p in app.workspace.problems.problems), timeout=WAIT_MS)

    def test_a_fault_of_native_code_is_found_at_the_next_start(
        self, start: list[App], surroundings: Path, qtbot: QtBot
    ) -> None:
        code = (
            "import ctypes\nfrom covidviewer.workspace.crash import FaultFile\n"
            "FaultFile().start()\nctypes.string_at(0)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            capture_output=True,
            check=False,
        )
        assert done.returncode != 0
        time.sleep(0.05)
        app = program(start)
        (told,) = [p for p in app.workspace.problems.problems if p.code == "X01"]
        assert told.do is not None
        (saved,) = (surroundings / "data" / "crashes").glob("report-*.txt")
        assert "Segmentation fault" in saved.read_text() or "access violation" in saved.read_text()
        assert not list((surroundings / "data" / "crashes").glob("fault-*[!0-9].txt"))
        assert crash.FaultFile().left_behind() is None

    def test_old_reports_go(self, tmp_path: Path) -> None:
        for _ in range(crash.KEPT + 3):
            crash.save("x", tmp_path)
        assert len(list(tmp_path.glob("report-*.txt"))) == crash.KEPT

    def test_a_disk_that_says_no_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        assert crash.save("x", tmp_path / "file" / "folder").path is None


def test_places_of_docks_from_a_version_with_other_docks_are_not_used(workspace: Workspace, qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QDockWidget

    from covidviewer.ui.window import MainWindow

    window = MainWindow(workspace)
    qtbot.addWidget(window)
    window.show()
    workspace.preferences.set_layout("docks", bytes(window.saveState(0).data()))  # as an older version wrote it
    other = MainWindow(workspace)
    qtbot.addWidget(other)
    other.show()
    reading = other.findChild(QDockWidget, "reading")
    assert {d.objectName() for d in other.tabifiedDockWidgets(reading)} == {"measure", "objects", "tags"}
    assert reading.width() <= 400
