"""The score track beside the slice scroll bar (UX 6)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QContextMenuEvent, QImage, QPaintEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from covidviewer.inference.results import GateResult
from covidviewer.ui import ink
from covidviewer.ui.score_track import ScoreTrack, strip
from covidviewer.ui.shown_class import band_text
from covidviewer.ui.viewport import Viewport
from covidviewer.workspace.workspace import Workspace

ABOVE, BELOW = ink.ACCENT.rgba(), ink.ACCENT_PALE.rgba()
NAN = float("nan")


def lengths(pixels: np.ndarray) -> list[int]:
    """Pixels of bar in each row."""
    return [int(((row == ABOVE) | (row == BELOW)).sum()) for row in pixels]


def none(count: int) -> np.ndarray:
    return np.zeros(count, bool)


def test_length_is_the_score_and_shade_the_threshold() -> None:
    scores = np.array([0.0, 0.25, 0.5, 1.0], np.float32)
    pixels = strip(scores, 0.5, none(4), 24, 4)
    assert lengths(pixels) == [1, 6, 12, 24]
    assert [int(row[0]) for row in pixels] == [BELOW, BELOW, ABOVE, ABOVE]


def test_without_operating_point_there_is_one_shade() -> None:
    pixels = strip(np.array([0.1, 0.9], np.float32), None, none(2), 20, 2)
    assert {int(row[0]) for row in pixels} == {ABOVE}


def test_not_evaluated_is_hatched_not_empty_and_not_a_bar() -> None:
    pixels = strip(np.array([NAN, 0.5], np.float32), 0.5, none(2), 24, 40)
    top = pixels[:18]
    assert lengths(top) == [0] * 18
    assert (top == ink.LINE.rgba()).any(axis=1).all()


def test_many_slices_in_few_pixels_keep_the_highest() -> None:
    scores = np.zeros(1000, np.float32)
    scores[567] = 0.9
    pixels = strip(scores, 0.5, none(1000), 20, 100)
    assert lengths(pixels)[56] == 18
    assert sum(n > 1 for n in lengths(pixels)) == 1


def test_gap_is_a_break() -> None:
    breaks = none(4)
    breaks[2] = True
    pixels = strip(np.full(4, 0.8, np.float32), 0.5, breaks, 20, 40)
    assert (pixels[18:22] == ink.SURFACE.rgba()).all()
    assert (pixels[30] != ink.SURFACE.rgba()).all()


@pytest.mark.parametrize(
    ("score", "threshold", "words"),
    [
        (0.75, 0.5, "above threshold"),
        (0.2, 0.5, "below threshold"),
        (0.55, 0.5, "near threshold, above"),
        (0.45, 0.5, "near threshold, below"),
        (0.45, None, "no operating point"),
        (NAN, 0.5, "not evaluated"),
    ],
)
def test_words(score: float, threshold: float | None, words: str) -> None:
    assert band_text(score, threshold) == words


@pytest.fixture
def viewport(qtbot: QtBot, workspace: Workspace, make_series: Callable) -> Viewport:
    series, volume = make_series(np.zeros((20, 16, 16), np.int16))
    workspace.active_tile.show(series, volume, 19)  # axial stacks run head first: index 19 is the top
    view = Viewport(workspace, workspace.active_tile)
    qtbot.addWidget(view)
    view.resize(400, 400)
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.fixture
def track(viewport: Viewport) -> ScoreTrack:
    return viewport.findChild(ScoreTrack)


def test_top_is_the_first_slice_on_screen(
    track: ScoreTrack, workspace: Workspace, reading_of: Callable, qtbot: QtBot
) -> None:
    workspace.readings.start("series", 20)
    workspace.readings.accept("series", (reading_of(19, 0.9), reading_of(0, 0.2)))
    image = track.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    assert image.pixelColor(22, 3).rgba() == ABOVE  # 0.9, near the upper end
    low = image.height() - 4
    assert image.pixelColor(4, low).rgba() == BELOW
    assert image.pixelColor(22, low).rgba() != BELOW
    assert "0.90" in track.text_of(0)
    assert "0.20" in track.text_of(19)


def test_click_and_drag_go(track: ScoreTrack, viewport: Viewport, qtbot: QtBot) -> None:
    height = track.height()
    qtbot.mouseClick(track, Qt.MouseButton.LeftButton, pos=QPoint(10, height - 2))
    assert viewport.tile.position == 19
    qtbot.mouseClick(track, Qt.MouseButton.LeftButton, pos=QPoint(10, int(height * 0.525)))
    assert viewport.tile.position == 10


def test_keys_and_what_a_screen_reader_says(
    track: ScoreTrack, viewport: Viewport, workspace: Workspace, reading_of: Callable, qtbot: QtBot
) -> None:
    workspace.readings.start("series", 20)
    workspace.readings.accept("series", (reading_of(18, 0.63),))
    assert track.accessibleName()
    qtbot.keyClick(track, Qt.Key.Key_Down)
    assert viewport.tile.position == 1
    assert track.accessibleDescription() == "Im 19 (2/20), 36.0 mm, COVID-19 0.63, above threshold"
    qtbot.keyClick(track, Qt.Key.Key_End)
    assert viewport.tile.position == 19
    assert track.accessibleDescription().endswith("not evaluated")


def test_a_skipped_slice_says_why(track: ScoreTrack, workspace: Workspace, reading_of: Callable) -> None:
    workspace.readings.start("series", 20)
    workspace.readings.accept("series", (reading_of(1, 0.5),))
    workspace.readings.skip("series", {19: "beside a missing slice"})
    assert track.text_of(0) == "Im 20 (1/20), 38.0 mm, not evaluated: beside a missing slice"


def test_a_refusal_takes_the_bars_away(track: ScoreTrack, workspace: Workspace, reading_of: Callable) -> None:
    workspace.readings.start("series", 20)
    workspace.readings.accept("series", (reading_of(19, 0.9),))
    assert "0.90" in track.text_of(0)
    workspace.readings.set_gate("series", GateResult("refuse", ("No lungs were found.",)))
    assert "0.90" not in track.text_of(0)
    image = track.grab().toImage()
    assert image.pixelColor(4, 3).rgba() != ABOVE


def test_another_class_has_no_threshold(
    track: ScoreTrack, viewport: Viewport, workspace: Workspace, reading_of: Callable
) -> None:
    workspace.readings.start("series", 20)
    workspace.readings.accept("series", (reading_of(19, 0.9),))
    viewport.tile.set_overlay(label="non-covid")
    assert track.text_of(0) == "Im 20 (1/20), 38.0 mm, not COVID-19 0.10, no operating point"


def test_track_and_bar_are_hidden_for_one_image(viewport: Viewport, track: ScoreTrack, make_series: Callable) -> None:
    assert track.isVisible()
    viewport.tile.show(*make_series(np.zeros((1, 16, 16), np.int16), key="film"))
    assert not track.isVisible()
    assert not viewport._bar.isVisible()


def test_scroll_bar_and_tile_follow_each_other(viewport: Viewport) -> None:
    bar = viewport._bar
    assert (bar.minimum(), bar.maximum()) == (0, 19)
    viewport.tile.go_to(7)
    assert bar.value() == 7
    bar.setValue(12)
    assert viewport.tile.position == 12


def test_cine_runs_round_and_waits_for_loading(viewport: Viewport, workspace: Workspace, qtbot: QtBot) -> None:
    tile, cine = viewport.tile, viewport.cine
    workspace.preferences.update(cine_fps=60)
    tile.go_to(18)
    cine.toggle()
    assert cine.running
    qtbot.waitUntil(lambda: 0 <= tile.position < 5, timeout=3000)  # past the end and on
    assert tile.volume is not None
    tile.volume.filled[:] = False
    here = tile.position
    qtbot.wait(80)
    assert tile.position == here
    cine.toggle()
    assert not cine.running
    before = cine.fps
    cine.slower()
    assert cine.fps < before
    cine.toggle()
    tile.show(None, None)
    assert not cine.running


def test_median_of_three_slices() -> None:
    from covidviewer.ui.score_track import median_of_three

    nan = np.nan
    scores = np.array([0.1, 0.9, 0.2, 0.3, nan, 0.8, 0.6], np.float32)
    assert median_of_three(scores) == pytest.approx([0.5, 0.2, 0.3, 0.25, nan, 0.7, 0.7], nan_ok=True)
    assert median_of_three(np.array([nan, 0.4, nan], np.float32)) == pytest.approx([nan, 0.4, nan], nan_ok=True)
    assert median_of_three(np.array([0.4], np.float32)).tolist() == pytest.approx([0.4])


def test_median_and_wide_form_are_switched_in_the_menu(
    qtbot: QtBot, workspace: Workspace, make_series: Callable, reading_of: Callable
) -> None:
    """A lone peak goes from the bars; the tooltip keeps it. The choice is remembered."""
    from covidviewer.ui.score_track import WIDE, WIDTH

    series, volume = make_series(np.zeros((5, 16, 16), np.int16))
    tile = workspace.active_tile
    tile.show(series, volume, 2)
    workspace.readings.start(series.key, 5)
    for i, score in enumerate((0.2, 0.2, 0.9, 0.2, 0.2)):
        workspace.readings.accept(series.key, (reading_of(i, score),))
    track = ScoreTrack(workspace, tile)
    qtbot.addWidget(track)
    track.resize(track.sizeHint().width(), 200)
    track.show()
    peak = tile.to_position(2)
    assert "0.90" in track.text_of(peak)
    assert "median" not in track.text_of(peak)
    before = track.grab().toImage()
    for text in ("Median of three slices", "Wide track"):
        event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), QPoint(5, 5))
        QApplication.sendEvent(track, event)
        action = next(a for a in track._menu.actions() if a.text() == text)
        action.trigger()
        track._menu.close()
    assert workspace.preferences.value.track_median
    assert workspace.preferences.value.track_wide
    assert "0.90" in track.text_of(peak)
    assert "median of 3: 0.20" in track.text_of(peak)
    assert (WIDTH, track.sizeHint().width()) == (28, WIDE)
    assert track.grab().toImage() != before
    track.resize(WIDE, 200)
    image = track.grab().toImage()
    y = round((peak + 0.5) * 200 / 5) + 8  # below the line of the slice on screen
    assert image.pixelColor(WIDE - 20, y) == image.pixelColor(WIDE - 20, 5)  # no long bar any more


def test_a_doubted_score_is_grey() -> None:
    scores = np.array([0.9, 0.9, 0.3, 0.3], np.float32)
    doubted = np.array([False, True, False, True])
    pixels = strip(scores, 0.5, none(4), 20, 4, doubted)
    first = [int(row[0]) for row in pixels]
    assert first == [ABOVE, ink.QUIET.rgba(), BELOW, ink.LINE.rgba()]


def test_of_many_slices_in_a_row_the_flag_is_that_of_the_highest() -> None:
    scores = np.tile(np.array([0.2, 0.9], np.float32), 50)
    low, high = np.tile([True, False], 50), np.tile([False, True], 50)
    assert {int(row[0]) for row in strip(scores, 0.5, none(100), 20, 50, low)} == {ABOVE}
    assert {int(row[0]) for row in strip(scores, 0.5, none(100), 20, 50, high)} == {ink.QUIET.rgba()}


def test_only_what_moves_is_painted_and_nothing_stays_behind(
    track: ScoreTrack, workspace: Workspace, reading_of: Callable, qtbot: QtBot
) -> None:
    tile = workspace.active_tile
    key = workspace.key_of(tile)
    workspace.readings.start(key, 20)
    workspace.accept_readings(key, tuple(reading_of(i, i / 20) for i in range(20)))
    qtbot.waitExposed(track)
    application = QApplication.instance()
    assert application is not None
    areas: list[int] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if isinstance(event, QPaintEvent):
                areas.append(sum(r.width() * r.height() for r in event.region()))
            return False

    application.processEvents()
    watch = Watch()
    track.installEventFilter(watch)
    window = track.window()
    corner = track.mapTo(window, QPoint(0, 0))
    place = QRect(corner, track.size())
    for position in (3, 11, 12, 0, 19, 7):
        areas.clear()
        tile.go_to(position)
        application.processEvents()
        assert sum(areas) < track.width() * track.height() / 3
        stepwise = window.screen().grabWindow(window.winId()).toImage().copy(place)
        track.removeEventFilter(watch)
        track.repaint()
        whole = window.screen().grabWindow(window.winId()).toImage().copy(place)
        track.installEventFilter(watch)
        assert stepwise.size() == track.size()
        assert stepwise == whole
