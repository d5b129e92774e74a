"""The window on real files: dropped, scanned, shown, left out, cancelled, closed while it works."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from covidviewer.ui.series_card import CARD_ROLE
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.workspace import Workspace

ROWS, COLUMNS = 24, 20
WriteSeries = Callable[..., list[Path]]


@pytest.fixture
def write_series(tmp_path: Path) -> WriteSeries:
    """``write_series(name, slices)``: CT files of one series; slice ``i`` holds HU ``10 * i`` everywhere."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

    def write(name: str, slices: int = 5, number: int = 1) -> list[Path]:
        folder = tmp_path / "study" / name  # the settings of the test lie in tmp_path itself
        folder.mkdir(parents=True)
        paths = []
        for i in range(slices):
            meta = FileMetaDataset()
            meta.MediaStorageSOPClassUID = CTImageStorage
            meta.MediaStorageSOPInstanceUID = f"1.2.3.{number}.{i + 1}"
            meta.TransferSyntaxUID = ExplicitVRLittleEndian
            ds = Dataset()
            ds.file_meta = meta
            ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, f"1.2.3.{number}.{i + 1}"
            ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = "1.2.3", f"1.2.3.{number}", "1.2.9"
            ds.Modality, ds.SeriesDescription, ds.SeriesNumber, ds.InstanceNumber = "CT", name, number, i + 1
            ds.PatientName, ds.PatientID, ds.StudyDate = "Doe^Jane", "77", "20240131"
            ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
            ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = ROWS, COLUMNS, 1, "MONOCHROME2"
            ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
            ds.PixelSpacing, ds.SliceThickness = [1.5, 1.5], 2
            ds.ImagePositionPatient, ds.ImageOrientationPatient = [0, 0, 2 * i], [1, 0, 0, 0, 1, 0]
            ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, -1024, "HU"
            ds.PixelData = np.full((ROWS, COLUMNS), 10 * i + 1024, np.int16).tobytes()
            path = folder / f"{i:03}.dcm"
            ds.save_as(path, enforce_file_format=True)
            paths.append(path)
        return paths

    return write


@pytest.fixture
def window(qtbot: QtBot, workspace: Workspace) -> MainWindow:
    workspace.read_automatically = False
    made = MainWindow(workspace)
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    return made


def drop(window: MainWindow, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    # Qt delivers a drop only where a drag had entered.
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, data, buttons, keys))
    QApplication.sendEvent(window, QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, data, buttons, keys))


def loaded(workspace: Workspace) -> bool:
    tile = workspace.active_tile
    return workspace.scan.finished and tile.volume is not None and tile.volume.complete


def test_a_dropped_folder_is_shown(
    qtbot: QtBot, window: MainWindow, workspace: Workspace, write_series: WriteSeries
) -> None:
    paths = write_series("Lung", 5, 1) + write_series("Bone", 3, 2)
    (paths[0].parent / "broken.dcm").write_bytes(paths[0].read_bytes()[:400])
    drop(window, paths[0].parent.parent)
    qtbot.waitUntil(lambda: loaded(workspace), timeout=10000)
    tile = workspace.active_tile
    assert tile.series is not None
    assert tile.series.description == "Lung"  # the larger of the two
    values = tile.slice_values()
    assert values is not None
    assert (values == 10 * tile.index).all()
    head = window.studies.model.item(0)
    assert [head.child(i).data(CARD_ROLE).title for i in range(head.rowCount())] == ["Lung", "Bone"]
    assert window.studies._left_out.text() == "1 left out"
    assert window.head.problems.shown is not None
    assert window.head.problems.shown.code == "F01"
    assert window.viewport.isVisible()
    qtbot.waitUntil(lambda: workspace.thumbnail(tile.series.key) is not None, timeout=5000)  # type: ignore[union-attr]


def test_a_dropped_file_opens_its_series_at_its_slice(
    qtbot: QtBot, window: MainWindow, workspace: Workspace, write_series: WriteSeries
) -> None:
    paths = write_series("Lung", 7)
    drop(window, paths[5])
    qtbot.waitUntil(lambda: loaded(workspace), timeout=10000)
    tile = workspace.active_tile
    assert (tile.count, tile.index) == (7, 5)


def test_keys_go_through_series(
    qtbot: QtBot, window: MainWindow, workspace: Workspace, write_series: WriteSeries
) -> None:
    folder = write_series("Lung", 5, 1)[0].parent.parent
    write_series("Bone", 3, 2)
    workspace.open([folder])
    qtbot.waitUntil(lambda: loaded(workspace), timeout=10000)
    window.activateWindow()
    window.actions_table.refresh()
    for key, name in ((Qt.Key.Key_Right, "Bone"), (Qt.Key.Key_Right, "Bone"), (Qt.Key.Key_Left, "Lung")):
        qtbot.keyClick(window.viewport.canvas, key)
        assert workspace.active_tile.series is not None
        assert workspace.active_tile.series.description == name
    assert window.studies.tree.currentIndex() == window.studies.model.index_of(workspace.active_tile.series.key)


def test_an_empty_folder_says_so_and_leaves_the_welcome(
    qtbot: QtBot, window: MainWindow, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("no image")
    drop(window, tmp_path / "empty")
    qtbot.waitUntil(lambda: workspace.scan.finished and bool(workspace.left_out), timeout=10000)
    assert window.welcome.isVisible()
    assert window.head.problems.isVisible()


def test_closing_all_brings_the_welcome_back(
    qtbot: QtBot, window: MainWindow, workspace: Workspace, write_series: WriteSeries
) -> None:
    workspace.open([write_series("Lung")[0].parent])
    qtbot.waitUntil(lambda: loaded(workspace), timeout=10000)
    window.actions_table.refresh()
    assert window.actions_table.run("file.close")
    assert window.welcome.isVisible()
    assert window.studies.model.rowCount() == 0
    assert window.windowTitle() == "covidviewer"


def test_closing_the_window_while_it_loads(
    qtbot: QtBot, window: MainWindow, workspace: Workspace, write_series: WriteSeries
) -> None:
    """The fixtures look for threads and timers that are left behind."""
    workspace.open([write_series("Lung", 60)[0].parent])
    QApplication.processEvents()
    window.close()
    assert workspace.shut_down()
