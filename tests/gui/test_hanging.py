"""Studies hung by protocol on the real window: priors, the reader's own layout, the chooser of rows and columns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from covidviewer.dicom.catalog import Kind, Patient
from covidviewer.imaging.volume import Volume
from covidviewer.study import Series
from covidviewer.ui.layout_button import CELL, EDGE, fill_protocols
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.hanging import starting_series
from covidviewer.workspace.workspace import Workspace

Key, Mod = Qt.Key, Qt.KeyboardModifier
MakeSeries = Callable[..., tuple[Series, Volume]]
JANE = Patient(name="Doe^Jane", id="77", birth_date="19600102")


@pytest.fixture
def window(qtbot: QtBot, workspace: Workspace) -> MainWindow:
    workspace.read_automatically = False
    made = MainWindow(workspace)
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    made.activateWindow()
    return made


@pytest.fixture
def add(workspace: Workspace, make_series: MakeSeries) -> Callable[..., Series]:
    """``add(key, study, date, ...)``: a series among what is open, as a scan would have found it."""

    def make(key: str, study: str = "1.1", date: str = "20240131", count: int = 12, **fields: object) -> Series:
        film = fields.pop("film", False)
        kind: dict[str, object] = {}
        if film:
            kind = {"kind": Kind.FILM, "modality": "DX", "orientation": None, "units": ""}
        fields = {"patient": JANE, "study_uid": study, "study_date": date, "frame_of_reference": study, **fields}
        series, volume = make_series(np.zeros((1 if film else count, 32, 32), np.int16), key=key, **kind, **fields)
        workspace.scans.found[key] = series
        workspace.loads.volumes.put(key, volume)
        workspace.studies_changed.emit()
        return series

    return make


def hang(workspace: Workspace, uid: str = "1.1") -> None:
    workspace.hanging.hang(next(study for study in workspace.studies if study.uid == uid))
    QApplication.processEvents()


def shown(workspace: Workspace) -> list[str]:
    return [tile.series.key if tile.series is not None else "" for tile in workspace.tiles]


def press(window: MainWindow, key: Key, modifiers: Mod = Mod.NoModifier) -> None:
    QApplication.processEvents()
    QTest.keyClick(window.viewport.canvas, key, modifiers)
    QApplication.processEvents()


def test_chest_ct_hangs_as_lung_and_mediastinum(window: MainWindow, workspace: Workspace, add) -> None:
    add("ct")
    add("scout", count=1)
    hang(workspace)
    assert workspace.layout.name == "1x2"
    assert shown(workspace) == ["ct", "ct"]
    assert [tile.view.preset for tile in workspace.tiles] == ["lung", "mediastinum"]
    assert [tile.overlay.visible for tile in workspace.tiles] == [True, False]
    assert workspace.active_tile is workspace.tiles[0]
    press(window, Key.Key_Down)
    assert workspace.tiles[0].index == workspace.tiles[1].index != 6


def test_a_window_without_room_for_two_tiles_begins_with_one(window: MainWindow, workspace: Workspace, add) -> None:
    window.resize(window.minimumSize())
    QApplication.processEvents()
    add("ct")
    hang(workspace)
    assert workspace.layout.name == "1"
    assert [tile.view.preset for tile in workspace.tiles] == ["lung"]
    add("old lung", "1.2", "20230131", description="Thorax 2.0 Br59")
    workspace.hanging.look_for_prior()
    assert shown(workspace) == ["ct"]
    workspace.hanging.use("ct_chest")  # asked for by name it hangs
    assert workspace.layout.name == "1x2"


def test_a_film_hangs_alone_and_beside_the_earlier_one(window: MainWindow, workspace: Workspace, add) -> None:
    add("now", film=True)
    hang(workspace)
    assert shown(workspace) == ["now"]
    add("old", "1.2", "20230131", film=True)
    workspace.hanging.look_for_prior()
    assert shown(workspace) == ["now", "old"]
    assert workspace.layout.name == "1x2"


def test_the_prior_comes_beside_what_is_read_and_moves_nothing(window: MainWindow, workspace: Workspace, add) -> None:
    add("ct")
    hang(workspace)
    workspace.tiles[0].go_to_index(3)
    add("old lung", "1.2", "20230131", description="Thorax 2.0 Br59")
    add("old scout", "1.2", "20230131", count=2, description="Scout")
    add("other", "1.3", "20230401", patient=Patient(name="Roe", id="78"))
    add("later", "1.4", "20240401")
    workspace.hanging.look_for_prior()
    assert workspace.layout.name == "2x2"
    assert shown(workspace) == ["ct", "old lung", "ct", "old lung"]
    assert workspace.tiles[0].index == 3
    assert workspace.active_tile is workspace.tiles[0]
    assert [tile.view.preset for tile in workspace.tiles] == ["lung", "lung", "mediastinum", "mediastinum"]
    for active in workspace.tiles:  # the earlier study says so, whichever tile is active
        workspace.activate(active)
        said = ["PRIOR" in [m.word for m in view.canvas.links.marks] for view in window.viewports.all]
        assert said == [False, True, False, True]


def test_a_reading_starts_with_the_later_of_two_studies(workspace: Workspace, add) -> None:
    old = add("old", "1.2", "20230131", count=30)
    scout, now = add("scout", count=2, description="Scout"), add("now", count=12)
    film, other = add("film", film=True), add("other", "1.7", "20250101", patient=Patient(name="Roe", id="78"))
    assert starting_series([old, scout, film, now]) is now
    assert starting_series([old, film]) is old
    assert starting_series([old, other, now]) is now


def test_the_readers_own_layout_is_left_alone(window: MainWindow, workspace: Workspace, add) -> None:
    add("ct")
    hang(workspace)
    press(window, Key.Key_1, Mod.ControlModifier)
    add("old", "1.2", "20230131")
    workspace.hanging.look_for_prior()
    assert workspace.layout.name == "1"
    assert shown(workspace) == ["ct"]
    press(window, Key.Key_0, Mod.ControlModifier)  # asked for
    assert workspace.layout.name == "2x2"
    assert workspace.hanging.protocol == "ct_chest_prior"


def test_a_series_chosen_by_the_reader_counts_as_a_choice(window: MainWindow, workspace: Workspace, add) -> None:
    add("ct")
    add("ct2")
    hang(workspace)
    press(window, Key.Key_Right)
    assert shown(workspace) == ["ct2", "ct"]
    add("old", "1.2", "20230131")
    workspace.hanging.look_for_prior()
    assert shown(workspace) == ["ct2", "ct"]


def test_control_and_arrows_hang_the_next_study(window: MainWindow, workspace: Workspace, add) -> None:
    add("ct")
    add("film", "1.9", "20240202", film=True)
    hang(workspace)
    press(window, Key.Key_1, Mod.ControlModifier)
    press(window, Key.Key_Right, Mod.ControlModifier)
    assert shown(workspace) == ["film"]
    press(window, Key.Key_Left, Mod.ControlModifier)
    assert workspace.layout.name == "1x2"
    assert shown(workspace) == ["ct", "ct"]


def test_more_tiles_are_filled_with_the_studys_next_series(window: MainWindow, workspace: Workspace, add) -> None:
    for key in ("a", "b", "c"):
        add(key)
    add("z", "1.9")
    hang(workspace)
    press(window, Key.Key_4, Mod.ControlModifier)
    assert shown(workspace) == ["a", "a", "b", "c"]


def test_protocols_can_be_switched_off(window: MainWindow, workspace: Workspace, add) -> None:
    add("ct")
    window.actions_table.run("link.hang_by_protocol")
    hang(workspace)
    assert shown(workspace) == ["ct"]
    assert workspace.layout.name == "1"


def test_a_wrong_protocol_is_told_once(
    window: MainWindow, workspace: Workspace, add, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.toml").write_text("id = ", "utf-8")
    monkeypatch.setenv("COVIDVIEWER_PROTOCOLS", str(tmp_path))
    add("ct")
    hang(workspace)
    hang(workspace)
    told = [p for p in workspace.problems.problems if "broken.toml" in p.message]
    assert len(told) == 1
    assert shown(workspace) == ["ct", "ct"]


def test_the_readers_own_protocol_hangs_first(
    window: MainWindow, workspace: Workspace, add, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        'id = "mine"\norder = 1\nlayout = "2x1"\n[match]\nmodality = ["CT"]\n[[tile]]\nseries = "other"\n'
        '[[tile]]\nseries = "main"\nwindow = "bone"\nlinked = false\nactive = true\n'
    )
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    monkeypatch.setenv("COVIDVIEWER_PROTOCOLS", str(tmp_path))
    add("ct", count=20)
    add("ct2")
    hang(workspace)
    assert shown(workspace) == ["ct2", "ct"]
    assert workspace.active_tile is workspace.tiles[1]
    assert workspace.active_tile.view.preset == "bone"
    before = workspace.tiles[0].index
    press(window, Key.Key_Home)
    assert workspace.tiles[0].index == before
    press(window, Key.Key_Y)
    press(window, Key.Key_Y)
    press(window, Key.Key_End)
    assert workspace.tiles[0].index != before


def test_the_chooser_takes_rows_and_columns_by_pointer_and_keys(
    window: MainWindow, workspace: Workspace, add, qtbot: QtBot
) -> None:
    add("ct")
    hang(workspace)
    grid = window.head.layout_button.grid
    grid.resize(grid.sizeHint())
    place = QPoint(EDGE + 2 * CELL.width() + 5, EDGE + CELL.height() + 5)
    QTest.mouseMove(grid, place)
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, Mod.NoModifier, place)
    assert workspace.layout.name == "2x3"
    QTest.keyClick(grid, Key.Key_Up)
    QTest.keyClick(grid, Key.Key_Up)
    assert grid.choice == (1, 3)
    assert grid.accessibleDescription() == "rows × columns: 1 × 3"
    QTest.keyClick(grid, Key.Key_Return)
    assert workspace.layout.name == "1x3"
    assert window.head.layout_button.accessibleName() == "Tiles: 1x3"


def test_a_protocol_chosen_from_the_menu(window: MainWindow, workspace: Workspace, add) -> None:
    add("ct")
    hang(workspace)
    menu = window.head._protocols
    fill_protocols(menu, workspace)
    found = {action.objectName(): action for action in menu.actions() if action.objectName()}
    assert found["ct_chest"].isChecked()
    found["single"].trigger()
    assert shown(workspace) == ["ct"]
    assert workspace.hanging.protocol == "single"
