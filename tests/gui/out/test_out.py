"""What leaves the program, read back from its pixels: legend, network, research line there; the patient absent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from covidviewer.dicom.catalog import Patient
from covidviewer.imaging import colormaps
from covidviewer.imaging.voi import Window
from covidviewer.study import Series
from covidviewer.ui.out.cine_file import TASK
from covidviewer.ui.out.picture import Look, foot_lines
from covidviewer.ui.out.printing import draw_page
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.workspace import Workspace

SIZE = 64
SLICES = 6
HOT = np.ones((4, 4))
GRID = np.array([[16.0, 0.0, 7.5], [0.0, 16.0, 7.5]])
Mod = Qt.KeyboardModifier


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return flat[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


@pytest.fixture
def window(qtbot: QtBot, workspace: Workspace, make_series: Callable) -> MainWindow:
    values = np.full((SLICES, SIZE, SIZE), -700, np.int16)
    values += (np.arange(SLICES, dtype=np.int16) * 40)[:, None, None]
    series, volume = make_series(values, patient=Patient(name="Doe^Jane", id="77"))
    workspace.read_automatically = False
    made = MainWindow(workspace)
    qtbot.addWidget(made)
    workspace.active_tile.show(series, volume)
    workspace.active_tile.set_window(Window(-600, 1500))
    made.resize(1200, 800)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.viewport.setFocus()
    made.actions_table.refresh()
    return made


def read(workspace: Workspace, reading_of: Callable, version: str = "ct_v1") -> None:
    answers = []
    for i in range(SLICES):
        found = reading_of(i, 0.9, HOT, GRID)
        answers.append(replace(found, provenance=replace(found.provenance, weights=f"net.{version}")))
    workspace.readings.start("series", SLICES)
    workspace.readings.accept("series", tuple(answers))


def rename(workspace: Workspace, name: str, id: str) -> None:
    tile = workspace.active_tile
    assert tile.series is not None
    stack = replace(tile.series.stack, patient=Patient(name=name, id=id))
    view = tile.view
    tile.show(Series(stack), tile.volume, tile.index)
    tile.set_view(window=view.window, preset=view.preset)


def test_a_picture_does_not_depend_on_who_the_patient_is(window: MainWindow, workspace: Workspace) -> None:
    plain, named = Look(), Look(identity=True)
    jane, jane_named = pixels(window.exporter.picture(plain)), pixels(window.exporter.picture(named))
    rename(workspace, "Completely^Other", "123456")
    assert (pixels(window.exporter.picture(plain)) == jane).all()
    assert (pixels(window.exporter.picture(named)) != jane_named).any()  # asked for, the name is there


def test_identity_hidden_on_screen_stays_hidden_in_pictures(window: MainWindow, workspace: Workspace) -> None:
    workspace.preferences.update(hide_identity=True)
    jane = pixels(window.exporter.picture(Look(identity=True)))
    rename(workspace, "Completely^Other", "123456")
    assert (pixels(window.exporter.picture(Look(identity=True))) == jane).all()


def test_corner_texts_may_be_left_off(window: MainWindow) -> None:
    bare = pixels(window.exporter.picture(Look(texts=False)))
    corner = bare[:120, :200]
    assert len(np.unique(corner.reshape(-1, 3), axis=0)) <= 2  # image and what is beside it, no letters
    assert len(np.unique(pixels(window.exporter.picture(Look()))[:120, -300:].reshape(-1, 3), axis=0)) > 10


def test_a_map_carries_legend_and_foot(window: MainWindow, workspace: Workspace, reading_of: Callable) -> None:
    before = pixels(window.exporter.picture(Look(texts=False)))
    read(workspace, reading_of)
    workspace.active_tile.set_overlay(form="fill", opacity=0.5, visible=True)
    for texts in (True, False):
        shown = pixels(window.exporter.picture(Look(texts=texts)))
        assert shown.shape[0] > before.shape[0]  # the foot
        foot = shown[before.shape[0] :]
        assert (foot.max(axis=2) > 150).sum() > 500  # letters
        # The bar of the legend: the colours of the map in order, one below the other at the left edge.
        table = colormaps.table(workspace.active_tile.overlay.colormap).astype(int)
        left = shown[: before.shape[0], :40].astype(int)
        for level in (250, 200, 150):
            assert (np.abs(left - table[level]).sum(axis=2) <= 12).any(), level
    assert any("Research use" in line for line in foot_lines(workspace, workspace.active_tile))


def test_the_version_of_the_network_is_in_the_pixels(
    window: MainWindow, workspace: Workspace, reading_of: Callable
) -> None:
    height = pixels(window.exporter.picture(Look())).shape[0]
    read(workspace, reading_of, "ct_v1")
    one = pixels(window.exporter.picture(Look()))[height:]
    workspace.readings.drop("series")
    read(workspace, reading_of, "ct_v7")
    assert (pixels(window.exporter.picture(Look()))[height:] != one).any()


def test_scale_two_is_the_same_picture_with_more_pixels(window: MainWindow) -> None:
    one, two = (pixels(window.exporter.picture(Look(texts=False, scale=s))) for s in (1, 2))
    assert two.shape == (one.shape[0] * 2, one.shape[1] * 2, 3)
    # Away from edges the greys are the same.
    assert (two[200:400:20, 400:800:20] == one[100:200:10, 200:400:10]).all()


def test_picture_shows_the_zoomed_part_as_the_screen_does(window: MainWindow, workspace: Workspace) -> None:
    tile = workspace.active_tile
    assert tile.volume is not None
    tile.volume.values[:, 30:34, 30:34] = 1000
    tile.show(tile.series, tile.volume, tile.index)  # anew: the canvas keeps pictures of slices
    tile.set_window(Window(-600, 1500))
    tile.set_view(zoom=20.0)
    workspace.preferences.update(corner_texts="none")
    share = []
    for image in (window.exporter.picture(Look(texts=False, scale=2)), window.viewport.canvas.grab().toImage()):
        white = (pixels(image).min(axis=2) > 240).sum()
        share.append(white / (image.width() * image.height()))
    assert share[0] == pytest.approx(share[1], rel=0.1)


def test_copy_by_key(qtbot: QtBot, window: MainWindow) -> None:
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(window.viewport.canvas, Qt.Key.Key_C, Mod.ControlModifier | Mod.ShiftModifier)
    assert (pixels(QGuiApplication.clipboard().image()) == pixels(window.exporter.picture())).all()


def test_save_as_png_from_the_menu(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, asked = tmp_path / "out.png", []

    def answer(parent: object, title: str, name: str, *rest: object, **more: object) -> tuple[str, str]:
        asked.append(name)
        return str(path), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    window.actions_table["export.picture"].trigger()
    qtbot.waitUntil(lambda: path.is_file() and path.stat().st_size > 0)
    qtbot.wait(50)
    with Image.open(path) as saved:
        assert (np.asarray(saved.convert("RGB")) == pixels(window.exporter.picture())).all()
        assert not {k for k in saved.info if k.lower() not in ("dpi", "gamma", "srgb")}  # no texts beside the pixels
    assert "Doe" not in asked[0]


def test_a_picture_that_cannot_be_written_is_told(qtbot: QtBot, window: MainWindow, workspace: Workspace) -> None:
    window.exporter.save_to(Path("/nonexistent/folder/out.png"))
    qtbot.waitUntil(lambda: bool(workspace.problems.problems))
    assert "could not be written" in workspace.problems.problems[0].message


def test_a_film_holds_every_slice_in_the_order_of_the_screen(
    qtbot: QtBot, window: MainWindow, workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "film.gif"
    workspace.preferences.update(export_texts=False, cine_fps=10)
    at = workspace.active_tile.index
    window.exporter.save_cine_to(path)
    assert any(task.key == TASK and task.cancel is not None for task in workspace.problems.tasks)
    qtbot.waitUntil(path.is_file, timeout=10000)
    qtbot.waitUntil(lambda: window.exporter.film is None)
    with Image.open(path) as film:
        assert film.n_frames == SLICES
        assert film.info["duration"] == 100
        greys = []
        for i in range(SLICES):
            film.seek(i)
            frame = np.asarray(film.convert("L"))
            greys.append(int(frame[frame.shape[0] // 3, frame.shape[1] // 2 + 20]))
    # An axial stack runs head first on screen: against data order, so brightest first.
    assert greys == sorted(greys, reverse=workspace.active_tile.reversed)
    assert len(set(greys)) == SLICES
    assert workspace.active_tile.index == at  # the reader's own slice has not moved
    assert not any(task.key == TASK for task in workspace.problems.tasks)


def test_a_cancelled_film_leaves_no_file(
    qtbot: QtBot, window: MainWindow, workspace: Workspace, tmp_path: Path
) -> None:
    window.exporter.save_cine_to(tmp_path / "film.gif")
    task = next(t for t in workspace.problems.tasks if t.key == TASK)
    assert task.cancel is not None
    task.cancel()
    qtbot.wait(100)
    assert not [path for path in tmp_path.iterdir() if "film" in path.name]
    assert window.exporter.film is None


def test_export_dialog_by_key(qtbot: QtBot, window: MainWindow, workspace: Workspace) -> None:
    qtbot.keyClick(window.viewport.canvas, Qt.Key.Key_E, Mod.ControlModifier)
    dialog = window._dialogs["export"]
    assert dialog.isVisible()
    assert not dialog.isModal()
    assert not dialog.identity.isChecked()
    before = dialog.preview.pixmap().toImage()
    qtbot.mouseClick(dialog.texts, Qt.MouseButton.LeftButton)
    assert not dialog.look.texts
    assert dialog.preview.pixmap().toImage() != before
    assert not dialog.identity.isEnabled()  # without corner texts there is no place for a name
    qtbot.mouseClick(dialog.texts, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    assert (pixels(QGuiApplication.clipboard().image()) == pixels(window.exporter.picture(dialog.look))).all()
    workspace.preferences.update(hide_identity=True)
    qtbot.waitUntil(lambda: not dialog.identity.isEnabled())


def test_print_preview_by_key_and_a_page(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    qtbot.keyClick(window.viewport.canvas, Qt.Key.Key_P, Mod.ControlModifier)
    dialog = window._dialogs["print"]
    assert dialog.isVisible()
    assert not dialog.isModal()
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "page.pdf"))
    place = draw_page(printer, window.exporter.picture())
    page = printer.pageRect(QPrinter.Unit.DevicePixel)
    assert place.width() <= page.width() + 1
    assert place.height() <= page.height() + 1
    assert (tmp_path / "page.pdf").read_bytes()[:4] == b"%PDF"
