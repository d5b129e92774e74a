"""The panel of readers on the real window: who is asked and when, numbers, agreement, map of another, model card."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from covidviewer.imaging.volume import Volume
from covidviewer.inference.manifest import OperatingPoint, WeightsCard
from covidviewer.inference.registry import Listing
from covidviewer.inference.results import GateResult, SeriesScore, SliceReading
from covidviewer.study import Series
from covidviewer.ui.image_name import name_on
from covidviewer.ui.shown_class import shown_class
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.readers import Agreement
from covidviewer.workspace.workspace import Workspace

Answer = Callable[[str, str, float], None]


def card(id: str, threshold: float | None = 0.5, **changes: object) -> WeightsCard:
    point = OperatingPoint(threshold) if threshold is not None else None
    base = WeightsCard(
        id, id.split(".", maxsplit=1)[0], f"{id}.safetensors", "ab" * 32, "CT", ("non-covid", "covid"), "covid",
        operating_point=point, folder=Path("nowhere"),
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.fixture
def asked(workspace: Workspace) -> list[tuple[str, str]]:
    """(key, network) of each reading that was asked for."""
    found: list[tuple[str, str]] = []
    workspace.reading_wanted.connect(lambda packet: found.append((packet[0], packet[5])))
    return found


@pytest.fixture
def window(
    qtbot: QtBot,
    workspace: Workspace,
    make_series: Callable[..., tuple[Series, Volume]],
    asked: list[tuple[str, str]],
) -> MainWindow:
    """Three networks for CT, one for films, one missing; the default reads the shown series of four slices."""
    workspace.set_networks(
        (
            Listing(card("second.v1", 0.3)),
            Listing(card("first.v1", 0.5, default=True)),
            Listing(card("third.v1", None, classes=("normal", "pneumonia", "covid"))),
            Listing(card("film.v1", modality="FILM")),
            Listing(card("gone.v1"), "The weight file is missing."),
        )
    )
    series, volume = make_series(np.full((4, 32, 32), -1000, np.int16), key="series")
    workspace.scans.found[series.key] = series
    workspace.loads.volumes.put(series.key, volume)
    workspace.read_automatically = True
    made = MainWindow(workspace)
    qtbot.addWidget(made)
    made.resize(1440, 900)
    made.show()
    workspace.studies_changed.emit()
    workspace.show("series", 2)
    QApplication.processEvents()
    return made


@pytest.fixture
def answer(workspace: Workspace, reading_of: Callable[..., SliceReading]) -> Answer:
    """``answer(key, weights, score)``: all slices and the series by one network."""

    def make(key: str, weights: str, score: float) -> None:
        found = []
        for i in range(4):
            reading = reading_of(i, score, np.ones((4, 4)), np.eye(2, 3) * 8)
            found.append(replace(reading, provenance=replace(reading.provenance, weights=weights)))
        workspace.accept_readings(key, tuple(found))
        workspace.accept_gate(key, GateResult("pass"))
        workspace.accept_score(key, SeriesScore(np.array([1 - score, score], np.float32), "rule", (0,)), 1.0)

    return make


def test_one_network_of_a_modality_needs_no_panel(window: MainWindow, workspace: Workspace) -> None:
    assert window.readers.isVisibleTo(window)
    workspace.set_networks((Listing(card("first.v1")), Listing(card("film.v1", modality="FILM"))))
    assert not window.readers.isVisibleTo(window)


def test_the_default_is_first_and_others_read_when_ticked(
    qtbot: QtBot, window: MainWindow, workspace: Workspace, asked: list[tuple[str, str]]
) -> None:
    rows = window.readers.rows
    assert [row.id for row in rows] == ["first.v1", "second.v1", "third.v1", "gone.v1"]
    assert [row.reads.isChecked() for row in rows] == [True, False, False, False]
    assert not rows[3].reads.isEnabled()
    assert "missing" in rows[3].state.text()
    assert asked == [("series", "")]
    qtbot.mouseClick(rows[1].reads, Qt.MouseButton.LeftButton)
    assert asked[1:] == [("series by second.v1", "second.v1")]
    assert workspace.preferences.value.readers == ("second.v1",)
    dropped: list[str] = []
    workspace.reading_dropped.connect(dropped.append)
    qtbot.mouseClick(rows[1].reads, Qt.MouseButton.LeftButton)
    assert "series by second.v1" in dropped
    assert "series" not in dropped
    assert workspace.preferences.value.readers == ()


def test_the_shown_slice_of_the_first_stays_in_front(qtbot: QtBot, window: MainWindow, workspace: Workspace) -> None:
    with qtbot.waitSignal(workspace.slice_wanted) as wanted:
        workspace.readers.set_reads("second.v1", True)
    assert wanted.args[0] == ("series", 2)


def test_numbers_thresholds_and_agreement(
    qtbot: QtBot, window: MainWindow, workspace: Workspace, answer: Answer
) -> None:
    for name in ("second.v1", "third.v1"):
        workspace.readers.set_reads(name, True)
    answer("series", "first.v1", 0.42)
    answer("series by second.v1", "second.v1", 0.40)
    window.readers.refresh()
    first, second, third, _ = window.readers.rows
    assert (first.whole.text(), second.here.text(), third.whole.text()) == ("0.42", "0.40", "–")
    assert not third.whole.isVisibleTo(window)
    # Each against its own threshold: 0.42 lies below 0.5, and 0.40 above 0.3.
    assert "Series: 2 of 3 have read, 1 of 2 above their threshold, mean 0.41, range 0.40 to 0.42" in (
        window.readers.agreement.text()
    )
    answer("series by third.v1", "third.v1", 0.95)
    window.readers.refresh()
    text = window.readers.agreement.text()
    assert "Series: 1 of 2 above their threshold, 1 without a threshold, mean 0.59, range 0.40 to 0.95" in text
    assert f"{name_on(workspace.active_tile)}: 1 of 2" in text
    said = window.readers.words.text()
    assert "compared on COVID-19 alone" in said
    assert "confirms nothing" in said
    assert "diagnos" not in (text + said).lower()


def test_a_refused_reader_says_why_and_counts_for_nothing(
    window: MainWindow, workspace: Workspace, answer: Answer
) -> None:
    workspace.readers.set_reads("second.v1", True)
    answer("series", "first.v1", 0.8)
    answer("series by second.v1", "second.v1", 0.9)
    workspace.accept_gate("series by second.v1", GateResult("refuse", ("No lungs were found.",)))
    window.readers.refresh()
    assert "No lungs were found." in window.readers.rows[1].state.text()
    assert window.readers.rows[1].whole.text() == "–"
    assert "1 of 2 have read, 1 of 1 above" in window.readers.agreement.text()


def test_a_press_on_a_name_shows_that_readers_map_and_track(
    qtbot: QtBot, window: MainWindow, workspace: Workspace, answer: Answer, asked: list[tuple[str, str]]
) -> None:
    workspace.readers.set_reads("second.v1", True)
    answer("series", "first.v1", 0.42)
    answer("series by second.v1", "second.v1", 0.77)
    window.readers.refresh()
    before = len(asked)
    qtbot.mouseClick(window.readers.rows[1].name, Qt.MouseButton.LeftButton)
    shown = shown_class(workspace, workspace.active_tile)
    assert shown is not None
    assert shown.score(2) == pytest.approx(0.77)
    assert len(asked) == before  # it has read already
    assert window.readers.rows[1].name.text().startswith("●")
    assert [row.id for row in window.readers.rows][:2] == ["first.v1", "second.v1"]
    qtbot.mouseClick(window.readers.rows[0].name, Qt.MouseButton.LeftButton)
    shown = shown_class(workspace, workspace.active_tile)
    assert shown is not None
    assert shown.score(2) == pytest.approx(0.42)
    assert workspace.active_tile.overlay.network == ""


def test_each_card_is_one_press_away(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.mouseClick(window.readers.rows[2].card, Qt.MouseButton.LeftButton)
    dialog = window._dialogs["card"]
    assert "third.v1" in dialog.windowTitle()
    dialog.close()


def test_another_choice_asks_the_readers_again(
    window: MainWindow, workspace: Workspace, asked: list[tuple[str, str]]
) -> None:
    workspace.readers.set_reads("second.v1", True)
    asked.clear()
    workspace.choose(precision="float32")
    assert asked == [("series", ""), ("series by second.v1", "second.v1")]


def test_cancelling_ends_every_reader(window: MainWindow, workspace: Workspace) -> None:
    workspace.readers.set_reads("second.v1", True)
    workspace.cancel_reading()
    states = [workspace.readings.get(key).state.value for key in ("series", "series by second.v1")]  # type: ignore[union-attr]
    assert states == ["cancelled", "cancelled"]


def test_agreement_counts_by_each_ones_own_threshold() -> None:
    found = Agreement.of([(0.5, 0.5), (0.49, 0.5), (0.2, 0.1), (0.9, None), (math.nan, 0.5)])
    assert (found.answers, found.judged, found.above) == (4, 3, 2)
    assert found.mean == pytest.approx((0.5 + 0.49 + 0.2 + 0.9) / 4)
    assert (found.low, found.high) == (0.2, 0.9)
    nothing = Agreement.of([(math.nan, 0.5)])
    assert nothing.answers == 0
    assert math.isnan(nothing.mean)
