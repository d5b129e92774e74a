"""The main window as a user meets it: opening, docks, problems, help, identity, small sizes, closing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QPushButton,
    QScrollBar,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from covidviewer.dicom.catalog import LeftOut, Patient
from covidviewer.errors import DamagedFileError
from covidviewer.inference.manifest import WeightsCard
from covidviewer.inference.results import SliceReading
from covidviewer.ui.actions import MENUS
from covidviewer.ui.preset_button import number, window_text
from covidviewer.ui.series_card import SERIES_MIME
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.layouts import Layout
from covidviewer.workspace.problems import Problem, Task
from covidviewer.workspace.workspace import Workspace

MakeSeries = Callable[..., tuple[object, object]]


@pytest.fixture
def window(qtbot: QtBot, workspace: Workspace) -> Iterator[MainWindow]:
    workspace.read_automatically = False
    made = MainWindow(workspace)
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    yield made
    for dialog in made.findChildren(QDialog):
        dialog.close()


@pytest.fixture
def show(workspace: Workspace, make_series: MakeSeries) -> Callable[..., None]:
    def put(slices: int = 12, **fields: object) -> None:
        patient = fields.pop("patient", Patient(name="Doe^Jane", id="77"))
        series, volume = make_series(np.zeros((slices, 32, 32), np.int16), patient=patient, **fields)
        workspace.active_tile.show(series, volume)  # type: ignore[arg-type]

    return put


def test_welcome_gives_way_to_the_image(window: MainWindow, workspace: Workspace, show: Callable[..., None]) -> None:
    assert window.welcome.isVisible()
    assert not window.viewport.isVisible()
    show()
    assert window.viewport.isVisible()
    assert not window.welcome.isVisible()
    workspace.active_tile.show(None, None)
    assert window.welcome.isVisible()


def test_title_and_identity(window: MainWindow, workspace: Workspace, show: Callable[..., None]) -> None:
    assert window.windowTitle() == "covidviewer"
    show()
    assert "Doe, Jane" in window.windowTitle()
    window.actions_table.run("view.identity")
    assert workspace.preferences.value.hide_identity
    assert "Doe" not in window.windowTitle()
    assert "Thorax 2.0" in window.windowTitle()
    window.actions_table.refresh()
    assert window.actions_table["view.identity"].isChecked()


def test_hidden_identity_hides_recent_paths(window: MainWindow, workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "Doe_Jane"
    workspace.preferences.add_recent(folder)

    def said() -> str:
        return " ".join(b.text() + b.toolTip() for b in window.welcome.findChildren(QPushButton) if b.isVisible())

    assert "Doe_Jane" in said()
    workspace.preferences.update(hide_identity=True)
    assert "Doe_Jane" not in said()


def drop(window: QWidget, data: QMimeData) -> None:
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(200, 300), Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(200, 300), Qt.DropAction.CopyAction, data, buttons, keys))


def test_dropped_paths_are_opened_and_dropped_series_shown(
    window: MainWindow, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    shown: list[str] = []
    monkeypatch.setattr(workspace, "open", lambda paths: opened.extend(paths))
    monkeypatch.setattr(workspace, "show", shown.append)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a b")), QUrl("https://example.org/x.dcm")])
    drop(window, data)
    assert opened == [tmp_path / "a b"]
    series = QMimeData()
    series.setData(SERIES_MIME, b"key-1")
    drop(window, series)
    assert shown == ["key-1"]


def test_a_series_can_be_dropped_on_the_image(
    window: MainWindow, workspace: Workspace, show: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    show()
    shown: list[str] = []
    monkeypatch.setattr(workspace, "show", lambda key, **tile: shown.append(key))
    series = QMimeData()
    series.setData(SERIES_MIME, b"key-2")
    drop(window.viewport.canvas, series)
    assert shown == ["key-2"]


def test_docks_fold_and_come_back(window: MainWindow) -> None:
    for name in ("studies", "reading"):
        assert window.dock_shown(name)
        window.actions_table.run(f"view.{name}")
        assert not window.dock_shown(name)
        window.actions_table.refresh()
        assert not window.actions_table[f"view.{name}"].isChecked()
        window.actions_table.run(f"view.{name}")
        assert window.dock_shown(name)


def test_layout_is_remembered(qtbot: QtBot, window: MainWindow, workspace: Workspace) -> None:
    window.toggle_dock("studies")
    window.resize(760, 610)  # the offscreen screen has 800 x 800 pixels
    window.close()
    again = MainWindow(workspace)
    qtbot.addWidget(again)
    again.show()
    assert not again.dock_shown("studies")
    assert again.dock_shown("reading")
    assert (again.width(), again.height()) == (760, 610)


# -- problems --


def test_problems_bar(qtbot: QtBot, window: MainWindow, workspace: Workspace) -> None:
    bar = window.head.problems
    assert not bar.isVisible()
    workspace.problems.add(Problem("Slices missing", "Slices 3-4 are missing.", severity="warning", code="G01"))
    error = DamagedFileError("The file is cut short.", advice="Copy it again.", path=Path("x/<b>.dcm"), code="F02")
    workspace.problems.add_error(error)
    assert bar.isVisible()
    assert bar.shown is not None
    assert bar.shown.code == "F02"  # an error goes before a warning
    assert bar.property("severity") == "error"
    text = bar._text.text()
    assert "Damaged file" in text
    assert "Copy it again." in text
    qtbot.mouseClick(bar._more, Qt.MouseButton.LeftButton)
    assert bar._details.isVisible()
    assert "<b>.dcm" in bar._details.toPlainText()
    qtbot.mouseClick(bar._copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text().splitlines()[:2] == ["Error F02: Damaged file", "The file is cut short."]
    qtbot.mouseClick(bar._next, Qt.MouseButton.LeftButton)
    assert bar.shown.code == "G01"
    assert not bar._details.isVisible()
    qtbot.mouseClick(bar._close, Qt.MouseButton.LeftButton)
    assert bar.shown.code == "F02"
    qtbot.mouseClick(bar._close, Qt.MouseButton.LeftButton)
    assert not bar.isVisible()
    assert workspace.problems.problems == ()


def test_texts_of_files_are_no_mark_up(window: MainWindow, workspace: Workspace) -> None:
    workspace.problems.add(Problem("Not shown", "<img src='x'> & more"))
    assert "&lt;img" in window.head.problems._text.text()


def test_left_out_files_are_listed_from_the_bar_and_the_tree(
    qtbot: QtBot, window: MainWindow, workspace: Workspace
) -> None:
    workspace.problems.add(Problem("Files left out", "1 of 2 files are not shown.", severity="info", code="F01"))
    assert window.head.problems._list.isVisible()
    qtbot.mouseClick(window.head.problems._list, Qt.MouseButton.LeftButton)
    first = [d for d in window.findChildren(QDialog) if d.isVisible()]
    assert [d.windowTitle() for d in first] == ["Files left out"]
    assert not first[0].isModal()
    workspace.problems.add(Problem("Other", "Other.", severity="error"))
    assert not window.head.problems._list.isVisible()


def test_left_out_action_is_on_when_there_are_some(window: MainWindow, workspace: Workspace) -> None:
    assert not window.actions_table["file.left_out"].isEnabled()
    workspace.scans._left_out[1] = (LeftOut(Path("a"), "Empty."),)
    workspace.left_out_changed.emit()
    window.actions_table.refresh()
    assert window.actions_table["file.left_out"].isEnabled()


# -- help, dialogs, status --


def test_help_sheet_names_every_key(qtbot: QtBot, window: MainWindow) -> None:
    window.show_help()
    sheet = window._help
    assert sheet is not None
    assert sheet.isVisible()
    said = {label.text() for label in sheet.findChildren(QLabel)}
    for id in ("slice.next", "preset.lung", "overlay.toggle", "reading.run"):
        assert window.actions_table.keys_text(id) in said
        assert window.actions_table.spec(id).label() in said
    assert "Hold Space" in said
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()
    window.show_help()
    window.actions_table.run("view.reset")  # Esc while the image has the focus
    assert not sheet.isVisible()


@pytest.mark.parametrize("size", [(900, 600), (704, 420), (1900, 1100)])
def test_help_sheet_fits_the_window(window: MainWindow, size: tuple[int, int]) -> None:
    window.resize(*size)
    QApplication.processEvents()
    window.show_help()
    assert window._help is not None
    assert window.rect().contains(window._help._sheet.geometry())


def test_dialogs_are_single_and_not_modal(window: MainWindow, workspace: Workspace) -> None:
    for id in ("file.settings", "help.about", "file.settings"):
        assert window.actions_table.run(id)
    QApplication.sendPostedEvents(None, 52)  # QEvent.DeferredDelete
    titles = sorted(d.windowTitle() for d in window.findChildren(QDialog) if d.isVisible())
    assert titles == ["About covidviewer", "Settings"]
    assert not any(d.isModal() for d in window.findChildren(QDialog))


def test_settings_write_preferences(qtbot: QtBot, window: MainWindow, workspace: Workspace) -> None:
    window.show_settings()
    dialog = window._dialogs["settings"]
    box = dialog.findChild(QAbstractButton, "smooth")
    assert box is not None
    before = workspace.preferences.value.smooth
    box.click()
    assert workspace.preferences.value.smooth is not before
    start = dialog.findChild(QAbstractButton, "read_on_open")
    assert start is not None
    workspace.read_automatically = True
    start.setChecked(False)
    assert not workspace.preferences.value.read_on_open
    assert not workspace.read_automatically  # at once, not at the next start
    speed = next(box for box in dialog.findChildren(QComboBox) if box.findData(25) >= 0)
    speed.setCurrentIndex(speed.findData(25))
    speed.activated.emit(speed.currentIndex())
    assert workspace.preferences.value.cine_fps == 25


def test_model_card_shows_the_file_or_what_the_manifest_says(
    window: MainWindow, workspace: Workspace, tmp_path: Path
) -> None:
    card = WeightsCard(
        id="net.ct_v1", network="net", file="net.ct_v1.safetensors", sha256="ab" * 32, modality="CT",
        classes=("a", "b"), positive="b", card="cards/net.md", folder=tmp_path,
    )  # fmt: skip
    workspace.set_networks((card,))
    window.show_model_card()
    dialog = window._dialogs["card"]
    text = dialog.findChild(QWidget, "").window().findChildren(QWidget)
    assert any("not reported" in w.toPlainText() for w in text if hasattr(w, "toPlainText"))
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "net.md").write_text("# Net\n\nTrained on pictures.", "utf-8")
    window.show_model_card()
    text = window._dialogs["card"].findChildren(QWidget)
    assert any("Trained on pictures." in w.toPlainText() for w in text if hasattr(w, "toPlainText"))


def test_demo_is_asked_of_the_program(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.demo_wanted):
        qtbot.mouseClick(window.welcome._demo, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(window.demo_wanted):
        window.actions_table.run("file.demo")


def test_status_line(qtbot: QtBot, window: MainWindow, workspace: Workspace) -> None:
    line = window.status
    called: list[bool] = []
    workspace.set_device_text("CPU (OpenVINO bfloat16)")
    assert line._device.text() == "CPU (OpenVINO bfloat16)"
    workspace.problems.set_task(Task("load", "Loading 40 images", 0.25, lambda: called.append(True)))
    assert (line._task.text(), line._bar.value()) == ("Loading 40 images", 25)
    qtbot.mouseClick(line._cancel, Qt.MouseButton.LeftButton)
    assert called == [True]
    workspace.problems.end_task("load")
    assert not line._task.isVisible()
    window.viewport.probe_changed.emit("x 2 y 3 HU −742")
    assert line._probe.text() == "x 2 y 3 HU −742"
    if sys.platform == "linux":
        assert line._memory.text().endswith("MB")


def test_window_text(workspace: Workspace, show: Callable[..., None]) -> None:
    show()
    tile = workspace.active_tile
    tile.set_preset("lung")
    assert window_text(tile) == "Lung  1500 / \u2212600"
    assert tile.view.window is not None
    tile.set_window(replace(tile.view.window, center=-555.0, width=1380.0))
    assert window_text(tile) == "W 1380  L \u2212555 *"
    assert number(0.25) == "0.25"


def test_context_menu_marks_the_active_window(
    window: MainWindow, workspace: Workspace, show: Callable[..., None]
) -> None:
    show()
    workspace.active_tile.set_preset("bone")
    window.actions_table.refresh()
    menu = window.context_menu()
    marked = [action.text() for action in menu.actions() if action.isChecked() and "/" in action.text()]
    assert len(marked) == 1
    assert marked[0].startswith("Bone   2000 / 350")
    next(a for a in menu.actions() if a.text().startswith("Lung   ")).trigger()
    assert workspace.active_tile.view.preset == "lung"


# -- sizes and accessibility --


@pytest.mark.parametrize("size", [(900, 600), (1280, 800)])
def test_small_windows_leave_room_for_the_image(
    window: MainWindow,
    workspace: Workspace,
    show: Callable[..., None],
    reading_of: Callable[..., SliceReading],
    size: tuple[int, int],
) -> None:
    show(120)
    workspace.readings.start("series", 120)
    workspace.accept_readings("series", tuple(reading_of(i, 0.5 + i / 400) for i in range(100, 120)))
    window.reading.refresh()
    window.resize(*size)
    QApplication.processEvents()
    assert (window.width(), window.height()) == size
    assert window.viewport.canvas.width() >= 340
    assert window.viewport.canvas.height() >= 380
    # Nothing of the side panel is cut off at its right.
    column = window.reading.parentWidget()
    assert column is not None
    area = column.parentWidget()
    assert area is not None
    assert column.width() <= area.width()
    assert column.minimumSizeHint().width() <= area.width()
    top = window.reading._tops[-1]
    assert top.isVisible()
    assert top.mapTo(area, top.rect().topRight()).x() < area.width()


@pytest.mark.parametrize("shown", [False, True])
def test_nothing_runs_off_the_smallest_window(
    window: MainWindow, workspace: Workspace, show: Callable[..., None], shown: bool
) -> None:
    if shown:
        show()
        workspace.set_layout(Layout.grid(1, 2))
    window.resize(window.minimumSize())
    QApplication.processEvents()
    docks = window.docks.by_name
    assert docks["studies"].x() >= 0
    assert docks["reading"].geometry().right() < window.width()
    page = window.viewports if shown else window.welcome
    assert page.minimumSizeHint().width() <= page.width()


def test_docks_get_their_widths_back(window: MainWindow, show: Callable[..., None]) -> None:
    show()
    window.resize(1440, 900)
    QApplication.processEvents()
    front = {name: dock for name, dock in window.docks.by_name.items() if not dock.visibleRegion().isEmpty()}
    assert set(front) >= {"studies", "reading"}
    before = {name: dock.width() for name, dock in front.items()}
    window.resize(800, 600)
    QApplication.processEvents()
    assert sum(dock.width() for dock in front.values()) < sum(before.values())
    window.resize(1440, 900)
    QApplication.processEvents()
    assert {name: dock.width() for name, dock in front.items()} == before


def test_controls_have_names_and_a_place_in_the_tab_chain(window: MainWindow, show: Callable[..., None]) -> None:
    show()
    nameless = []
    for control in window.findChildren(QWidget):
        if isinstance(control, QScrollBar) or not control.isVisible():
            continue
        if isinstance(control, (QAbstractButton, QAbstractSlider, QComboBox)):
            if control.objectName() in ("qt_toolbar_ext_button", "ScrollLeftButton", "ScrollRightButton"):
                continue
            text = control.text() if isinstance(control, QAbstractButton) else ""
            if not (control.accessibleName() or text or control.toolTip()):
                nameless.append(control)
            if control.parent() is window.head.toolbar and control is not window.head.preset_button:
                continue  # reached through the menus: see below
            assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, control
    assert nameless == []
    in_menus = {action.objectName() for id in MENUS for action in window.actions_table.of_menu(id)}
    assert {action.objectName() for action in window.head.toolbar.actions() if action.objectName()} <= in_menus


def test_targets_are_large_enough(window: MainWindow) -> None:
    for button in window.head.toolbar.findChildren(QToolButton):
        if button.isVisible() and button.objectName() != "qt_toolbar_ext_button":
            assert min(button.width(), button.height()) >= 24, button.accessibleName()


def test_no_heavy_module_is_imported_for_the_window() -> None:
    code = (
        "import sys\n"
        "from PySide6.QtWidgets import QApplication\n"
        "app = QApplication([])\n"
        "from covidviewer.workspace.preferences import PreferenceStore\n"
        "from covidviewer.workspace.workspace import Workspace\n"
        "from covidviewer.ui.window import MainWindow\n"
        "ws = Workspace(PreferenceStore()); w = MainWindow(ws); w.show(); app.processEvents()\n"
        "dear = {'torch', 'SimpleITK', 'openvino', 'pyqtgraph', 'pydicom', 'scipy', 'imagecodecs', 'PIL'}\n"
        "print(sorted(dear & set(sys.modules)))\n"
        "ws.shut_down()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
