"""What the canvas shows: true greys, true colours, nothing stale, map only where it belongs."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QCursor, QDropEvent, QImage, QResizeEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from covidviewer.dicom.catalog import Kind, Note, NoteCode
from covidviewer.imaging import voi
from covidviewer.imaging.voi import Window
from covidviewer.ui import ink
from covidviewer.ui.canvas import SERIES_MIME, Canvas
from covidviewer.ui.corner_text import probe_text
from covidviewer.ui.viewport import Viewport
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

SIZE = 64
GRID = np.array([[16.0, 0, 7.5], [0, 16.0, 7.5]])
HOT = np.ones((4, 4), np.float32)


def pixels(canvas: Canvas) -> np.ndarray:
    """(height, width, 3) uint8 of the screen, device pixels."""
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return data[:, : image.width() * 4].reshape(image.height(), image.width(), 4)[..., :3].copy()


def image_part(canvas: Canvas) -> np.ndarray:
    """The screen where the image lies."""
    projection = canvas.projection()
    assert projection is not None
    place = projection.image_rect()
    left, top = round(place.left()), round(place.top())
    return pixels(canvas)[top : top + round(place.height()), left : left + round(place.width())]


@pytest.fixture
def canvas(qtbot: QtBot, workspace: Workspace) -> Canvas:
    """Shows pixels one to one, without texts over the image."""
    workspace.preferences.update(corner_texts="none")
    made = Canvas(workspace, workspace.active_tile)
    qtbot.addWidget(made)
    made.resize(400, 400)
    return made


@pytest.fixture
def ramp() -> np.ndarray:
    return (np.arange(SIZE * SIZE).reshape(1, SIZE, SIZE) % 1500 - 1200).astype(np.int16)


def put(canvas: Canvas, series: object, volume: object, window: Window | None = None) -> Tile:
    tile = canvas._tile
    tile.show(series, volume)  # type: ignore[arg-type]
    tile.set_view(zoom=1.0)
    if window is not None:
        tile.set_window(window)
    return tile


def test_greys_are_those_of_the_window(canvas: Canvas, make_series: Callable, ramp: np.ndarray) -> None:
    put(canvas, *make_series(ramp), Window(-600, 1500))
    wanted = voi.grey(ramp[0], Window(-600, 1500))
    shown = image_part(canvas)
    assert (shown == wanted[..., None]).all()


def test_a_window_step_rebuilds_the_picture(canvas: Canvas, make_series: Callable, ramp: np.ndarray) -> None:
    tile = put(canvas, *make_series(ramp), Window(-600, 1500))
    image_part(canvas)
    for window in (Window(40, 400), Window(40, 1), Window(-500, 300, "SIGMOID"), Window(0, 500, "LINEAR_EXACT")):
        tile.set_window(window)
        assert (image_part(canvas) == voi.grey(ramp[0], window)[..., None]).all()


def test_monochrome1_is_turned_round_once_and_the_readers_wish_after_it(
    canvas: Canvas, make_series: Callable, ramp: np.ndarray
) -> None:
    window = Window(-600, 1500)
    plain = voi.grey(ramp[0], window)
    tile = put(canvas, *make_series(ramp, inverted=True), window)
    assert (image_part(canvas) == 255 - plain[..., None]).all()
    tile.set_view(invert=True)
    assert (image_part(canvas) == plain[..., None]).all()
    tile.reset_view()
    tile.set_view(zoom=1.0)
    tile.set_window(window)
    assert (image_part(canvas) == 255 - plain[..., None]).all()


def test_float_values(canvas: Canvas, make_series: Callable) -> None:
    values = np.linspace(-0.2, 1.4, SIZE * SIZE, dtype=np.float32).reshape(1, SIZE, SIZE)
    window = Window(0.5, 0.8, "LINEAR_EXACT")
    put(canvas, *make_series(values, units="", modality="PT", kind=Kind.IMAGE), window)
    shown = image_part(canvas)[..., 0].astype(int)
    assert np.abs(shown - voi.grey(values[0], window)).max() <= 1


def test_colour_is_shown_as_it_is(canvas: Canvas, make_series: Callable) -> None:
    values = np.zeros((1, SIZE, SIZE, 3), np.uint8)
    values[0, 10, 20] = (255, 0, 0)  # one red pixel: the order of channels
    values[0, 30, 40] = (1, 2, 3)
    put(canvas, *make_series(values, units="", modality="OT", kind=Kind.PICTURE))
    assert (image_part(canvas) == values[0]).all()


def test_true_proportion_of_pixels(canvas: Canvas, make_series: Callable) -> None:
    values = np.full((1, 40, 60), 1000, np.int16)
    tile = put(canvas, *make_series(values, spacing=(2.0, 1.5, 0.5)), Window(0, 100))
    tile.set_view(zoom=2.0)
    shown = pixels(canvas)[..., 0] == 255
    assert shown.any(axis=1).sum() == 40 * 3 * 2
    assert shown.any(axis=0).sum() == 60 * 2


def test_a_slice_that_is_loading_shows_no_other(canvas: Canvas, make_series: Callable) -> None:
    values = np.full((3, SIZE, SIZE), 1000, np.int16)
    series, volume = make_series(values, filled=False)
    volume.filled[1] = True
    tile = put(canvas, series, volume, Window(0, 100))
    assert (image_part(canvas) == 255).all()
    tile.go_to_index(2)
    shown = pixels(canvas)
    assert (shown.max(axis=2) < 200).all()  # the word "loading" is grey, the image was white
    assert shown.max() > 100
    volume.filled[2] = True
    tile.mark_filled((2,))
    assert (image_part(canvas) == 255).all()


def test_a_failed_slice_says_why(canvas: Canvas, make_series: Callable) -> None:
    series, volume = make_series(np.full((2, SIZE, SIZE), 1000, np.int16), filled=False)
    volume.failed[1] = "The JPEG stream of this image is broken."
    put(canvas, series, volume)
    red = ink.FAILURE
    shown = pixels(canvas).astype(int)
    near = np.abs(shown - (red.red(), red.green(), red.blue())).sum(axis=2) < 60
    assert near.sum() > 30


def read(workspace: Workspace, reading_of: Callable, scores: dict[int, float], count: int) -> None:
    workspace.readings.start("series", count)
    for index, score in scores.items():
        workspace.readings.accept("series", (reading_of(index, score, HOT, GRID),))


def test_map_off_leaves_the_picture_as_it_was(
    canvas: Canvas, make_series: Callable, workspace: Workspace, reading_of: Callable, ramp: np.ndarray
) -> None:
    tile = put(canvas, *make_series(ramp), Window(-600, 1500))
    bare = image_part(canvas)
    read(workspace, reading_of, {0: 0.9}, 1)
    for form in ("fill", "blocks"):
        tile.set_overlay(form=form, visible=True, opacity=0.5)
        assert (image_part(canvas) != bare).any()
        tile.set_overlay(visible=False)
        assert (image_part(canvas) == bare).all()


def test_map_colour_and_opacity(
    canvas: Canvas, make_series: Callable, workspace: Workspace, reading_of: Callable
) -> None:
    from covidviewer.imaging import colormaps

    tile = put(canvas, *make_series(np.full((1, SIZE, SIZE), -2000, np.int16)), Window(0, 100))
    read(workspace, reading_of, {0: 0.9}, 1)
    tile.set_overlay(form="fill", visible=True, opacity=0.5, colormap="inferno")
    top = colormaps.table("inferno")[255].astype(int)
    assert np.abs(image_part(canvas)[30, 30].astype(int) - top / 2).max() <= 2
    tile.set_overlay(opacity=5.0)
    assert np.abs(image_part(canvas)[30, 30].astype(int) - top * 0.7).max() <= 2  # never more


def test_map_of_another_slice_is_never_shown(
    canvas: Canvas, make_series: Callable, workspace: Workspace, reading_of: Callable
) -> None:
    series, volume = make_series(np.full((4, SIZE, SIZE), -2000, np.int16))
    tile = put(canvas, series, volume, Window(0, 100))
    read(workspace, reading_of, {1: 0.9, 2: 0.05}, 4)
    tile.set_overlay(form="fill", opacity=0.5)
    tile.go_to_index(1)
    assert image_part(canvas).max() > 50
    tile.go_to_index(3)  # not evaluated
    assert image_part(canvas).max() == 0
    tile.go_to_index(2)  # score below 0.10
    assert image_part(canvas).max() == 0
    tile.go_to_index(1)
    assert image_part(canvas).max() > 50
    workspace.readings.reset()  # another network was chosen
    assert image_part(canvas).max() == 0


def test_a_new_answer_replaces_the_map(
    canvas: Canvas, make_series: Callable, workspace: Workspace, reading_of: Callable
) -> None:
    tile = put(canvas, *make_series(np.full((1, SIZE, SIZE), -2000, np.int16)), Window(0, 100))
    tile.set_overlay(form="fill", opacity=0.5)
    read(workspace, reading_of, {0: 0.9}, 1)
    assert image_part(canvas)[30, 30].max() > 50
    workspace.readings.reset()
    other = reading_of(0, 0.9, HOT * 0, GRID)
    workspace.readings.start("series", 1)
    workspace.readings.accept("series", (replace(other, key=("series", 0, "other", "cd", "cam", "float32", "1")),))
    assert image_part(canvas).max() == 0


def test_space_peeks(
    canvas: Canvas, make_series: Callable, workspace: Workspace, reading_of: Callable, qtbot: QtBot
) -> None:
    tile = put(canvas, *make_series(np.full((1, SIZE, SIZE), -2000, np.int16)), Window(0, 100))
    read(workspace, reading_of, {0: 0.9}, 1)
    tile.set_overlay(form="fill", opacity=0.5)
    assert image_part(canvas).max() > 50
    qtbot.keyPress(canvas, Qt.Key.Key_Space)
    assert image_part(canvas).max() == 0
    assert tile.overlay.visible  # only for as long as it is held
    qtbot.keyRelease(canvas, Qt.Key.Key_Space)
    assert image_part(canvas).max() > 50


def test_click_on_the_legend_switches_the_map(
    canvas: Canvas, make_series: Callable, workspace: Workspace, reading_of: Callable, qtbot: QtBot
) -> None:
    tile = put(canvas, *make_series(np.full((1, SIZE, SIZE), -2000, np.int16)), Window(0, 100))
    read(workspace, reading_of, {0: 0.9}, 1)
    canvas.grab()
    place = canvas._annotations.legend.place
    assert not place.isEmpty()
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=place.center().toPoint())
    assert not tile.overlay.visible
    canvas.grab()
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=place.center().toPoint())
    assert tile.overlay.visible


def test_contour_leaves_the_inside_free(
    canvas: Canvas, make_series: Callable, workspace: Workspace, reading_of: Callable
) -> None:
    tile = put(canvas, *make_series(np.full((1, SIZE, SIZE), -2000, np.int16)), Window(0, 100))
    values = np.zeros((4, 4), np.float32)
    values[1:3, 1:3] = 1.0
    workspace.readings.start("series", 1)
    workspace.readings.accept("series", (reading_of(0, 0.9, values, GRID),))
    tile.set_view(zoom=4.0)
    tile.set_overlay(form="contour", threshold=0.5)
    shown = image_part(canvas)
    assert shown.max() > 150
    assert shown[128, 128].max() == 0


def test_probe_names_value_and_place(canvas: Canvas, make_series: Callable, ramp: np.ndarray, qtbot: QtBot) -> None:
    put(canvas, *make_series(ramp), Window(-600, 1500))
    projection = canvas.projection()
    assert projection is not None
    with qtbot.waitSignal(canvas.probe_changed, timeout=500) as told:
        canvas._on_hover(projection.to_screen(30, 21))
    value = str(int(ramp[0, 30, 21])).replace("-", "−")
    # origin (-100, -80, 40), 1 mm a pixel: x = -100 + 21, y = -80 + 30
    assert told.args == [f"x 21 y 30 HU {value} (R 79.0 A 50.0 H 40.0 mm)"]
    with qtbot.waitSignal(canvas.probe_changed, timeout=500) as told:
        canvas._on_hover(QPointF(1, 1))
    assert told.args == [""]


def test_the_probe_follows_what_comes_under_a_still_pointer(
    canvas: Canvas, make_series: Callable, ramp: np.ndarray
) -> None:
    tile = put(canvas, *make_series(ramp), Window(-600, 1500))
    projection = canvas.projection()
    assert projection is not None
    canvas._on_hover(projection.to_screen(30, 21))
    said = canvas._probe
    point = projection.to_screen(30, 21)
    for change in ({"flip_h": True}, {"zoom": 3.0}, {"quarter_turns": 1}):
        tile.set_view(**change)  # type: ignore[arg-type]
        now = canvas.projection()
        assert now is not None
        pixel = now.pixel_at(point)
        assert canvas._probe == (probe_text(tile, *pixel) if pixel is not None else "")
        assert canvas._probe != said
        said = canvas._probe
    # A tile that fills the window now: the pointer has not moved, the canvas has.
    tile.set_view(flip_h=False, zoom=None, quarter_turns=0)
    other = projection.to_screen(50, 60).toPoint()
    QCursor.setPos(canvas.mapToGlobal(other))
    QApplication.sendEvent(canvas, QResizeEvent(canvas.size(), canvas.size()))
    now = canvas.projection()
    assert now is not None
    pixel = now.pixel_at(QPointF(canvas.mapFromGlobal(QCursor.pos())))
    assert canvas._probe == (probe_text(tile, *pixel) if pixel is not None else "") != said


def test_closing_frees_the_volume(canvas: Canvas, make_series: Callable, ramp: np.ndarray) -> None:
    series, volume = make_series(ramp)
    tile = put(canvas, series, volume)
    canvas.grab()
    held = weakref.ref(volume)
    tile.show(None, None)
    canvas.grab()
    del series, volume
    gc.collect()
    assert held() is None


def test_files_and_thumbnails_can_be_dropped(
    canvas: Canvas, workspace: Workspace, make_series: Callable, ramp: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    shown: list[object] = []
    monkeypatch.setattr(workspace, "open", lambda paths: opened.append(paths))
    monkeypatch.setattr(workspace, "show", lambda key, tile: shown.append((key, tile)))

    def drop(data: QMimeData) -> None:
        none = Qt.KeyboardModifier.NoModifier
        canvas.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none))

    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile("/data/a.dcm"), QUrl("https://example.org/b")])
    drop(files)
    assert [str(p) for p in opened[0]] == ["/data/a.dcm"]  # type: ignore[attr-defined]
    series = QMimeData()
    series.setData(SERIES_MIME, b"key-7")
    drop(series)
    assert shown == [("key-7", canvas._tile)]


def test_mark_of_a_warning_is_on_the_image_and_explains_itself(
    qtbot: QtBot, workspace: Workspace, make_series: Callable
) -> None:
    notes = (
        Note(NoteCode.GAP, "Slices 3 to 5 are missing.", (1, 2)),
        Note(NoteCode.TILT, "The gantry was tilted by 12°."),
    )
    series, volume = make_series(np.full((4, 64, 64), -2000, np.int16), notes=notes, tilt_degrees=12.0)
    tile = workspace.active_tile
    view = Viewport(workspace, tile)
    qtbot.addWidget(view)
    view.resize(600, 600)
    tile.show(series, volume, 1)
    amber = ink.CAUTION

    def amber_pixels() -> int:
        shown = pixels(view.canvas).astype(int)
        return int((np.abs(shown - (amber.red(), amber.green(), amber.blue())).sum(axis=2) < 40).sum())

    with_gap = amber_pixels()
    assert with_gap > 200
    rows = view.canvas._annotations._marks._places
    assert [mark.sentence for _, mark in rows] == ["Slices 3 to 5 are missing.", "The gantry was tilted by 12°."]
    assert view.canvas._annotations.sentence_at(rows[0][0].center()) == "Slices 3 to 5 are missing."
    tile.go_to_index(3)  # not beside the gap
    assert amber_pixels() < with_gap


@pytest.mark.parametrize("scale", ["1.25", "1.5", "2"])
def test_one_to_one_at_other_pixel_ratios(scale: str) -> None:
    """In a process of its own: Qt reads the scale once. Every image pixel is one device pixel, unmixed."""
    code = """
import numpy as np, sys, tempfile, os
os.environ["COVIDVIEWER_SETTINGS"] = os.path.join(tempfile.mkdtemp(), "s.ini")
from pathlib import Path
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
app = QApplication([])
from covidviewer.dicom.catalog import Frame, Kind, PixelFormat, Stack
from covidviewer.imaging.voi import Window, grey
from covidviewer.imaging.volume import Volume
from covidviewer.study import Series
from covidviewer.ui.canvas import Canvas
from covidviewer.workspace.preferences import PreferenceStore
from covidviewer.workspace.workspace import Workspace
values = np.random.default_rng(0).integers(-900, 900, (1, 50, 60)).astype(np.int16)
frame = Frame(Path("a"), "1.2", 1, PixelFormat("", 50, 60, 16, 16, 15, True), spacing=(1.0, 1.0))
volume = Volume(values, np.eye(4), (1.0, 1.0, 1.0), "HU")
volume.filled[:] = True
workspace = Workspace(PreferenceStore())
workspace.preferences.update(corner_texts="none")
tile = workspace.active_tile
tile.show(Series(Stack("k", Kind.CT, "CT", "", "1", "2", (frame,))), volume)
tile.set_view(zoom=1.0)
tile.set_window(Window(0, 2000))
canvas = Canvas(workspace, tile)
canvas.resize(301, 307)
image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
shown = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
place, dpr = canvas.projection().image_rect(), canvas.devicePixelRatioF()
x, y = round(place.left() * dpr), round(place.top() * dpr)
assert dpr == float(os.environ["QT_SCALE_FACTOR"]), dpr
assert (shown[y:y + 50, x:x + 60] == grey(values[0], Window(0, 2000))).all()
canvas.close()
assert workspace.shut_down()
print("exact")
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == "exact", done.stderr


def test_focus_ring_and_names(canvas: Canvas, make_series: Callable, ramp: np.ndarray, qtbot: QtBot) -> None:
    put(canvas, *make_series(ramp))
    assert canvas.accessibleName()
    assert "Im 1 (1/1)" in canvas.accessibleDescription()
    assert canvas.focusPolicy() == Qt.FocusPolicy.StrongFocus
    canvas.show()
    canvas.setFocus()
    qtbot.waitUntil(canvas.hasFocus, timeout=2000)
    corner = canvas.grab().toImage().pixelColor(QPoint(0, 200))
    assert corner == QColor(ink.ACCENT)


@pytest.mark.parametrize("width", [520, 1200])
def test_marks_and_corner_texts_keep_apart(
    qtbot: QtBot, workspace: Workspace, make_series: Callable, width: int
) -> None:
    """In a narrow tile the marks go below the corner texts; in a wide one they stand between them."""
    notes = (Note(NoteCode.TILT, "The gantry was tilted by 12°; the model is not validated for tilt."),)
    institution = "A hospital with quite a long name"
    series, volume = make_series(np.full((4, 64, 64), -2000, np.int16), notes=notes, institution=institution)
    tile = workspace.active_tile
    tile.show(series, volume, 1)
    canvas = Canvas(workspace, tile)
    qtbot.addWidget(canvas)
    canvas.resize(width, 500)
    canvas.grab()
    marks = canvas._annotations._marks
    place, text = marks._places[0][0], canvas._annotations._text
    longest = max(picture.width() for (line, *_), picture in text._lines.items() if line.startswith("A hospital"))
    beside = width - 8 - longest
    apart = max(place.right(), marks._plate.right()) < beside or place.top() > 8 + 2 * 14
    assert apart
    assert (place.top() > 30) is (width == 520)
