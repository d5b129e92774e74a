"""Tag browser and series information on the real window, with mouse and keys."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from covidviewer.ui.series_info import SeriesInfoDialog
from covidviewer.ui.tags_panel import NAME, NUMBER, VALUE, TagModel
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.headers import Element
from covidviewer.workspace.workspace import Workspace


@pytest.fixture
def window(qtbot: QtBot, workspace: Workspace) -> Iterator[MainWindow]:
    workspace.read_automatically = False
    made = MainWindow(workspace)
    made.resize(1440, 900)
    made.show()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def ct(window: MainWindow, workspace: Workspace, shared_data: Path, qtbot: QtBot) -> MainWindow:
    """The window over a real CT with its tags on show."""
    workspace.open([shared_data / "dicom" / "real_chest_ct" / "siemens_8mm"])
    qtbot.waitUntil(lambda: workspace.scan.finished and workspace.active_tile.series is not None, timeout=20_000)
    assert window.actions_table.run("view.tags")
    qtbot.waitUntil(lambda: window.tags.model.rowCount() > 50, timeout=20_000)
    return window


def texts(model: TagModel, column: int) -> list[str]:
    return [str(model.index(i, column).data()) for i in range(model.rowCount())]


def value_of(window: MainWindow, name: str) -> str:
    model = window.tags.model
    return texts(model, VALUE)[texts(model, NAME).index(name)]


def test_it_follows_the_slice_and_keeps_the_row(ct: MainWindow, workspace: Workspace, qtbot: QtBot) -> None:
    tile, panel = workspace.active_tile, ct.tags
    assert tile.series is not None
    uid = tile.series.instances[tile.index].sop_instance_uid
    assert value_of(ct, "SOP Instance UID") == uid
    panel.tree.setCurrentIndex(panel.model.index_of(0x00200013))
    tile.step(1)
    after = tile.series.instances[tile.index].sop_instance_uid
    qtbot.waitUntil(lambda: panel.model.rowCount() > 50 and value_of(ct, "SOP Instance UID") == after, timeout=10_000)
    assert uid != after
    assert panel.model.element(panel.tree.currentIndex()).tag == 0x00200013


@pytest.mark.parametrize("wanted", ["pixel spac", "0028,0030", "00280030"])
def test_search_by_name_and_number(ct: MainWindow, qtbot: QtBot, wanted: str) -> None:
    ct.tags.search.setFocus()
    qtbot.keyClicks(ct.tags.search, wanted)
    assert texts(ct.tags.model, NUMBER)[-1:] == ["0028,0030"]
    ct.tags.search.clear()
    assert ct.tags.model.rowCount() > 50


def test_search_by_value_and_copy_by_key(ct: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClicks(ct.tags.search, "MONOCHROME2")
    assert "Photometric Interpretation" in texts(ct.tags.model, NAME)
    ct.tags.tree.setCurrentIndex(ct.tags.model.index_of(0x00280004))
    ct.tags.tree.setFocus()
    qtbot.keyClick(ct.tags.tree, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "MONOCHROME2"
    qtbot.mouseClick(ct.tags.copy_row, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == "(0028,0004)\tPhotometric Interpretation\tCS\tMONOCHROME2"


def test_identity_is_hidden_and_cannot_be_searched(ct: MainWindow, workspace: Workspace, qtbot: QtBot) -> None:
    identity = value_of(ct, "Patient ID")
    workspace.preferences.update(hide_identity=True)
    assert value_of(ct, "Patient ID") == "hidden"
    assert value_of(ct, "Patient's Name") == "hidden"
    index = ct.tags.model.index_of(0x00100020)
    assert identity not in str(index.data(Qt.ItemDataRole.ToolTipRole))
    ct.tags.tree.setCurrentIndex(index)
    ct.tags.copy_values()
    assert QApplication.clipboard().text() == "hidden"
    before = [i for i in texts(ct.tags.model, NAME) if i == "Patient ID"]
    assert before
    qtbot.keyClicks(ct.tags.search, identity)
    assert "Patient ID" not in texts(ct.tags.model, NAME)


def rows_of(private: bool = True) -> tuple[Element, ...]:
    return (
        Element(-1, 0x00080060, "Modality", "CS", "CT"),
        Element(-1, 0x00090010, "Private Creator", "LO", "MAKER", True, True),
        Element(-1, 0x00091001, "[Sequence]", "SQ", "1 items", False, True),
        Element(2, -1, "Item 1", "", "1 elements"),
        Element(3, 0x00080100, "Code Value", "SH", "inner"),
        Element(-1, 0x0040A730, "Content Sequence", "SQ", "1 items"),
        Element(5, -1, "Item 1", "", "2 elements"),
        Element(6, 0x00080104, "Code Meaning", "LO", "deep"),
        Element(6, 0x00080100, "Code Value", "SH", "7"),
    )


def test_private_elements_are_off_by_default_with_all_below_them(qapp: QApplication) -> None:
    model = TagModel()
    assert model.show_rows(rows_of(), "", False, False) == 5
    assert texts(model, NAME) == ["Modality", "Content Sequence"]
    assert model.show_rows(rows_of(), "", True, False) == 9
    assert model.show_rows(rows_of(), "inner", False, False) == 0


def test_a_hit_keeps_what_holds_it_and_what_is_below_it(qapp: QApplication) -> None:
    model = TagModel()
    assert model.show_rows(rows_of(), "deep", False, False) == 1
    sequence = model.index(0, 0)
    item = model.index(0, 0, sequence)
    assert model.rowCount(item) == 1
    assert model.index(0, VALUE, item).data() == "deep"
    assert model.parent(item) == sequence
    model.show_rows(rows_of(), "content", False, False)
    assert model.rowCount(model.index(0, 0, model.index(0, 0))) == 2


def test_two_thousand_rows_do_not_stall_the_search(qapp: QApplication) -> None:
    rows = tuple(Element(-1, 0x00100000 + i, f"Name {i}", "LO", f"value {i}") for i in range(2000))
    model = TagModel()
    start = time.perf_counter()
    assert model.show_rows(rows, "value 1999", False, False) == 1
    assert time.perf_counter() - start < 0.1


def test_behind_another_tab_nothing_is_read(ct: MainWindow, workspace: Workspace, qtbot: QtBot) -> None:
    ct.toggle_dock("reading")
    QApplication.processEvents()
    held = workspace.headers.header
    workspace.active_tile.step(1)
    qtbot.wait(250)
    assert workspace.headers.header is held


def test_series_information_says_how_the_series_came_about(ct: MainWindow, workspace: Workspace, qtbot: QtBot) -> None:
    assert ct.actions_table.run("view.series_info")
    dialog = ct._dialogs["series"]
    assert isinstance(dialog, SeriesInfoDialog)
    assert not dialog.isModal()
    said = {label: text for _, lines in dialog._sections for label, text in lines}
    series = workspace.active_tile.series
    assert series is not None
    assert said["Sorted by"] == series.stack.sorting_rule
    assert said["Plane"] == "axial"
    assert f"{len(series)} in {len(series)} files" == said["Images"]
    assert said["From"] == "preset “Lung”"  # as the protocol for chest CT hangs it
    workspace.active_tile.set_preset("header")
    said = {label: text for _, lines in dialog._sections for label, text in lines}
    assert said["From"].startswith("header of this image, 1 of ")
    workspace.active_tile.set_preset("auto")
    said = {label: text for _, lines in dialog._sections for label, text in lines}
    assert said["From"] == "made from the values of the image"
    workspace.active_tile.set_window(workspace.active_tile.view.window)  # by hand
    said = {label: text for _, lines in dialog._sections for label, text in lines}
    assert said["From"].startswith("set by hand")
    dialog.copy()
    assert "Sorted by: " in QApplication.clipboard().text()
