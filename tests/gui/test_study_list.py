"""The study list on the real window: filled by scans alone, searched, opened by one click, forgotten."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from covidviewer.ui.study_list_dialog import StudyListDialog
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.study_list import FILE
from covidviewer.workspace.workspace import Workspace


def write_study(folder: Path, uid: str, name: str, date: str, modality: str = "CT") -> Path:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

    folder.mkdir(parents=True)
    for i in range(3):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, f"{uid}.1.{i + 1}"
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds = Dataset()
        ds.file_meta = meta
        ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, f"{uid}.1.{i + 1}"
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = uid, f"{uid}.1", f"{uid}.9"
        ds.Modality, ds.SeriesDescription, ds.SeriesNumber, ds.InstanceNumber = modality, "Axial", 1, i + 1
        ds.PatientName, ds.PatientID, ds.StudyDate, ds.StudyDescription = name, f"ID{uid[-1]}", date, "Chest"
        ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = 16, 16, 1, "MONOCHROME2"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
        ds.PixelSpacing, ds.SliceThickness = [1, 1], 2
        ds.ImagePositionPatient, ds.ImageOrientationPatient = [0, 0, 2 * i], [1, 0, 0, 0, 1, 0]
        ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, -1024, "HU"
        ds.PixelData = np.full((16, 16), 1024, np.int16).tobytes()
        ds.save_as(folder / f"{i}.dcm", enforce_file_format=True)
    return folder


@pytest.fixture
def window(qtbot: QtBot, workspace: Workspace) -> MainWindow:
    workspace.read_automatically = False
    made = MainWindow(workspace)
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


@pytest.fixture
def listed(qtbot: QtBot, window: MainWindow, workspace: Workspace, tmp_path: Path) -> Callable[[], StudyListDialog]:
    """Two opened and closed studies; the call opens the list by its key and waits for its rows."""
    for folder, uid, name, date in (("one", "1.2.1", "Doe^Jane", "20240131"), ("two", "1.2.2", "Roe^Max", "20230505")):
        write_study(tmp_path / "studies" / folder, uid, name, date)
        workspace.open([tmp_path / "studies" / folder])
        qtbot.waitUntil(lambda: workspace.scan.finished and workspace.active_tile.series is not None)
    workspace.close_all()

    def show() -> StudyListDialog:
        qtbot.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
        dialog = window._dialogs["study_list"]
        assert isinstance(dialog, StudyListDialog)
        qtbot.waitUntil(lambda: dialog.model.rowCount() == 2)
        return dialog

    return show


def words(dialog: StudyListDialog) -> str:
    model = dialog.model
    return "\n".join(
        str(model.index(row, column).data()) for row in range(model.rowCount()) for column in range(model.columnCount())
    )


def test_search_and_one_click(qtbot: QtBot, listed: Callable[[], StudyListDialog], workspace: Workspace) -> None:
    dialog = listed()
    assert not dialog.isModal()
    assert workspace.studies == ()  # the list alone opens nothing
    qtbot.keyClicks(dialog.field, "jane 2024-01 ct")
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 1)
    assert "Doe, Jane" in words(dialog)
    place = dialog.table.visualRect(dialog.model.index(0, 0)).center()
    qtbot.mouseClick(dialog.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: workspace.active_tile.series is not None)
    assert workspace.active_tile.series is not None
    assert workspace.active_tile.series.study_uid == "1.2.1"


def test_a_study_of_the_list_is_shown_although_another_is_open(
    qtbot: QtBot, listed: Callable[[], StudyListDialog], workspace: Workspace, tmp_path: Path
) -> None:
    dialog = listed()
    workspace.open([tmp_path / "studies" / "two"])
    qtbot.waitUntil(lambda: workspace.scan.finished and workspace.active_tile.series is not None)
    qtbot.keyClicks(dialog.field, "jane")
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 1)
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any(t.series is not None and t.series.study_uid == "1.2.1" for t in workspace.tiles))


def test_a_missing_place_is_grey_and_opens_nothing(
    qtbot: QtBot, listed: Callable[[], StudyListDialog], workspace: Workspace, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "studies" / "one")
    dialog = listed()
    rows = {str(dialog.model.index(i, 0).data()): i for i in range(2)}
    gone = dialog.model.index(rows["Doe, Jane"], 0)
    assert gone.data(Qt.ItemDataRole.ForegroundRole) is not None
    assert dialog.model.index(rows["Roe, Max"], 0).data(Qt.ItemDataRole.ForegroundRole) is None
    qtbot.mouseClick(dialog.table.viewport(), Qt.MouseButton.LeftButton, pos=dialog.table.visualRect(gone).center())
    qtbot.wait(50)
    assert workspace.scan.finished
    assert workspace.studies == ()
    dialog.table.setCurrentIndex(gone)
    qtbot.keyClick(dialog.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 1)


def test_hidden_identity_hides_in_list_recent_menu_and_title(
    qtbot: QtBot, listed: Callable[[], StudyListDialog], window: MainWindow, workspace: Workspace, tmp_path: Path
) -> None:
    dialog = listed()
    workspace.preferences.update(hide_identity=True)
    qtbot.waitUntil(lambda: "Jane" not in words(dialog))
    for secret in ("Jane", "Roe", "ID1", str(tmp_path)):
        assert secret not in words(dialog)
    assert "Chest" in words(dialog)
    qtbot.keyClicks(dialog.field, "jane")  # nor may a search tell who is in the list
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 0)
    window.head._fill_recent()
    assert not any(str(tmp_path) in action.text() for action in window.head._recent.actions())
    workspace.open([tmp_path / "studies" / "one"])
    qtbot.waitUntil(lambda: workspace.active_tile.series is not None)
    assert "Jane" not in window.windowTitle()


def test_forgetting(qtbot: QtBot, listed: Callable[[], StudyListDialog], workspace: Workspace, tmp_path: Path) -> None:
    dialog = listed()
    assert (tmp_path / "data" / FILE).exists()
    assert len(workspace.preferences.value.recent) == 2
    qtbot.keyClick(dialog.remember, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 0)
    assert not (tmp_path / "data" / FILE).exists()
    assert workspace.preferences.value.recent == ()
    workspace.open([tmp_path / "studies" / "one"])
    qtbot.waitUntil(lambda: workspace.scan.finished and workspace.active_tile.series is not None)
    qtbot.wait(50)
    assert not (tmp_path / "data" / FILE).exists()
    assert workspace.preferences.value.recent == ()
