"""The second reading's panel: what it says in each state, and what its links and controls ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from covidviewer.errors import DeviceError
from covidviewer.inference.manifest import InputSpec, OperatingPoint, WeightsCard
from covidviewer.inference.registry import Listing
from covidviewer.inference.results import GateResult, SeriesScore, SliceReading, Trial
from covidviewer.ui.image_name import name_on
from covidviewer.ui.overlay_panel import OverlayPanel
from covidviewer.ui.reading_panel import ReadingPanel
from covidviewer.ui.status_line import StatusLine
from covidviewer.ui.theme import COLORS
from covidviewer.workspace.readings import State
from covidviewer.workspace.workspace import Workspace

COUNT = 5
SCORES = (0.10, 0.55, 0.91, 0.62, 0.30)


def texts(panel: QWidget) -> str:
    """All that is on show, in one string."""
    parts = [w.text() for w in panel.findChildren(QLabel) if w.isVisibleTo(panel)]
    parts += [w.text() for w in panel.findChildren(QPushButton) if w.isVisibleTo(panel)]
    return "\n".join(parts)


@pytest.fixture
def panel(qtbot: QtBot, workspace: Workspace, make_series: Callable[..., tuple[object, object]]) -> ReadingPanel:
    series, volume = make_series(np.zeros((COUNT, 16, 16), np.int16))
    made = ReadingPanel(workspace)
    qtbot.addWidget(made)
    made.resize(340, 700)
    workspace.active_tile.show(series, volume)  # type: ignore[arg-type]
    made.show()
    return made


@pytest.fixture
def read(workspace: Workspace, reading_of: Callable[..., SliceReading]) -> Callable[..., None]:
    """``read(scores, threshold)``: readings of the first slices, as the worker hands them over."""

    def make(scores: tuple[float, ...] = SCORES, threshold: float | None = 0.5) -> None:
        workspace.readings.start("series", COUNT)
        workspace.readings.set_state("series", State.RUNNING)
        answers = tuple(reading_of(i, score, threshold=threshold) for i, score in enumerate(scores))
        workspace.accept_readings("series", answers)

    return make


def test_the_disclaimer_and_the_mode_are_always_there(panel: ReadingPanel, read: Callable[..., None]) -> None:
    words = "Supports, does not replace, your reading. Low scores do not exclude disease. Research use only."
    assert words in texts(panel)
    assert "Open mode" in texts(panel)
    read()
    panel.refresh()
    assert words in texts(panel)
    assert "Open mode" in texts(panel)


def test_before_a_run(panel: ReadingPanel, workspace: Workspace) -> None:
    assert "No result yet" in texts(panel)
    workspace.active_tile.show(None, None)
    assert "No series" in texts(panel)


def test_score_card(panel: ReadingPanel, workspace: Workspace, read: Callable[..., None]) -> None:
    workspace.active_tile.go_to_index(3)
    read()
    workspace.accept_gate("series", GateResult("pass"))
    workspace.accept_score("series", SeriesScore(np.array([0.17, 0.83], np.float32), "mean of the top 3", (1, 2)), 2.34)
    panel.refresh()
    said = texts(panel)
    for words in (
        "COVID-19 · whole series", "0.83", "above threshold", "mean of the top 3", "0.62", "0.38", "0.17", "passed",
        "2.3 s, 5 slices", "CPU", "abababab", "0.50 for COVID-19",
    ):  # fmt: skip
        assert words in said, words
    assert "No result" not in said
    assert "green" not in panel.styleSheet()


@pytest.mark.parametrize(
    ("score", "words"),
    [(0.83, "above threshold"), (0.12, "below threshold"), (0.55, "near threshold"), (0.41, "near threshold")],
)
def test_wording_of_the_bands(
    panel: ReadingPanel, workspace: Workspace, read: Callable[..., None], score: float, words: str
) -> None:
    read((0.02,) * COUNT)
    workspace.accept_score("series", SeriesScore(np.array([1 - score, score], np.float32), "rule", ()), 1.0)
    panel.refresh()
    assert panel._band.text().startswith(words)


def test_no_operating_point_is_said(panel: ReadingPanel, read: Callable[..., None]) -> None:
    read(threshold=None)
    panel.refresh()
    assert "no operating point" in texts(panel)
    assert "threshold" not in panel._slice_band.text()


def test_slices_that_were_not_evaluated_say_why(
    panel: ReadingPanel, workspace: Workspace, read: Callable[..., None]
) -> None:
    read(SCORES[:3])
    workspace.readings.skip("series", {4: "too little lung in this slice"})
    workspace.active_tile.go_to_index(4)
    panel.refresh()
    assert "too little lung in this slice" in texts(panel)
    assert panel._slice_number.text() == "–"
    workspace.active_tile.go_to_index(3)
    panel.refresh()
    assert panel._slice_band.text() == "not yet"


def test_refusal_takes_the_numbers_away(panel: ReadingPanel, workspace: Workspace, read: Callable[..., None]) -> None:
    read()
    panel.refresh()
    assert "0.91" in texts(panel)
    workspace.accept_gate(
        "series", GateResult("refuse", ("No network for this: no lung was found.", "Modality is MR."))
    )
    said = texts(panel)
    assert "No network for this" in said
    assert "• No lung was found.\n• Modality is MR." in said
    assert "0.91" not in said
    assert not panel._card.isVisibleTo(panel)


def test_caution_greys_the_score_and_says_so(
    panel: ReadingPanel, workspace: Workspace, read: Callable[..., None]
) -> None:
    read()
    workspace.accept_gate("series", GateResult("caution", ("A picture: no HU.",), series_score=False))
    panel.refresh()
    said = texts(panel)
    assert "Caution: A picture: no HU." in said
    assert "do not rely on it" in said
    assert "slice scores only" in said
    # The large number is the slice's own where there may be no score of the series.
    assert panel._number.text() == f"{SCORES[workspace.active_tile.index]:.2f}"


def test_progress_and_cancel(
    qtbot: QtBot, panel: ReadingPanel, workspace: Workspace, read: Callable[..., None]
) -> None:
    read(SCORES[:2])
    panel.refresh()
    assert "2 of 5 slices" in texts(panel)
    with qtbot.waitSignal(workspace.reading_dropped):
        qtbot.mouseClick(panel._cancel, Qt.MouseButton.LeftButton)
    assert "Run cancelled after 2 of 5 slices" in texts(panel)
    with qtbot.waitSignal(workspace.reading_wanted):
        qtbot.mouseClick(panel._run, Qt.MouseButton.LeftButton)


def test_failure_is_told_and_can_be_run_again(panel: ReadingPanel, workspace: Workspace) -> None:
    workspace.readings.start("series", COUNT)
    workspace.accept_failure("series", DeviceError("The device is gone.", advice="Plug it in."))
    said = texts(panel)
    assert "The second reading failed" in said
    assert "The device is gone. Plug it in." in said
    assert panel._run.isEnabled()
    assert panel._run.isVisibleTo(panel)


def test_a_finished_reading_can_be_run_again(
    panel: ReadingPanel, workspace: Workspace, read: Callable[..., None], qtbot: QtBot
) -> None:
    read()
    key = workspace.second_reading.key_of(workspace.active_tile)
    workspace.readings.set_state(key, State.DONE)
    panel.refresh()
    with qtbot.waitSignal(workspace.reading_wanted):
        qtbot.mouseClick(panel._run, Qt.MouseButton.LeftButton)
    again = workspace.readings.get(key)
    assert again is not None
    assert again.state is State.WAITING
    assert not np.isfinite(again.column(workspace.label())).any()


def test_every_device_that_answered_is_named(
    panel: ReadingPanel, workspace: Workspace, reading_of: Callable[..., SliceReading], qtbot: QtBot
) -> None:
    line = StatusLine(workspace)
    qtbot.addWidget(line)
    workspace.set_device_text("CUDA 0")
    workspace.readings.start("series", 5)
    first, second = reading_of(1, 0.7), reading_of(2, 0.7)
    workspace.accept_readings("series", (first,))
    qtbot.waitUntil(lambda: panel._device.text() == "CPU")
    assert line._device.text() == "CPU"
    moved = replace(second, provenance=replace(second.provenance, device="CPU (OpenVINO bfloat16)"))
    workspace.accept_readings("series", (moved, reading_of(3, 0.6)))
    qtbot.waitUntil(lambda: panel._device.text() == "CPU, CPU (OpenVINO bfloat16)")
    assert line._device.text() == "CPU (OpenVINO bfloat16)"
    workspace.close_all()
    assert line._device.text() == "CUDA 0", "with nothing on screen, the worker's last word"


def test_top_slices_are_links(
    qtbot: QtBot, panel: ReadingPanel, workspace: Workspace, read: Callable[..., None]
) -> None:
    read()
    panel.refresh()
    tile = workspace.active_tile
    labels = [link.text() for link in panel._tops]
    assert labels == [f"{name_on(tile, i)}: {SCORES[i]:.2f}" for i in (2, 3, 1)]  # the header's numbers
    qtbot.mouseClick(panel._tops[1], Qt.MouseButton.LeftButton)
    assert tile.index == 3


def test_attention_inside_the_lungs_is_shown_only_where_it_is_known(
    panel: ReadingPanel, workspace: Workspace, reading_of: Callable[..., SliceReading]
) -> None:
    from dataclasses import replace

    workspace.readings.start("series", COUNT)
    workspace.accept_readings("series", (replace(reading_of(1, 0.7), inside_lungs=0.856), reading_of(2, 0.7)))
    workspace.active_tile.go_to_index(1)
    panel.refresh()
    assert "inside lungs 86 %" in texts(panel)
    assert panel._attention.property("role") != "warning"
    workspace.active_tile.go_to_index(2)
    panel.refresh()
    assert "inside lungs" not in texts(panel)
    workspace.accept_readings("series", (replace(reading_of(3, 0.7), inside_lungs=0.4),))
    workspace.active_tile.go_to_index(3)
    panel.refresh()
    assert "inside lungs 40 %; mind what lies outside" in texts(panel)
    assert panel._attention.property("role") == "warning"


def test_scrolling_changes_the_slice_score(
    qtbot: QtBot, panel: ReadingPanel, workspace: Workspace, read: Callable[..., None]
) -> None:
    read()
    workspace.active_tile.go_to_index(0)
    qtbot.waitUntil(lambda: panel._slice_number.text() == "0.10", timeout=1000)
    workspace.active_tile.go_to_index(2)
    qtbot.waitUntil(lambda: panel._slice_number.text() == "0.91", timeout=1000)


# -- overlay and choices --


def card(id: str, **changes: object) -> WeightsCard:
    fields: dict[str, object] = {
        "id": id, "network": "net", "file": f"{id}.safetensors", "sha256": "ab" * 32, "modality": "CT",
        "classes": ("non-covid", "covid"), "positive": "covid",
        "operating_point": OperatingPoint(0.5, "highest Youden index", "validation"),
    }  # fmt: skip
    return WeightsCard(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def overlay(qtbot: QtBot, workspace: Workspace, panel: ReadingPanel) -> OverlayPanel:
    made = OverlayPanel(workspace)
    qtbot.addWidget(made)
    made.show()
    return made


def test_overlay_controls_write_the_tile(
    qtbot: QtBot, overlay: OverlayPanel, workspace: Workspace, read: Callable[..., None]
) -> None:
    tile = workspace.active_tile
    read()
    workspace.accept_gate("series", GateResult("pass"))
    overlay.opacity.setValue(52)  # steps of 5
    assert tile.overlay.opacity == pytest.approx(0.50)
    overlay.threshold.setValue(60)
    assert tile.overlay.threshold == pytest.approx(0.60)
    fill = next(b for b in overlay._forms.buttons() if b.property("form") == "fill")
    qtbot.mouseClick(fill, Qt.MouseButton.LeftButton)
    assert tile.overlay.form == "fill"
    overlay.visible_box.setChecked(False)
    assert not tile.overlay.visible
    assert [overlay.label.itemData(i) for i in range(overlay.label.count())] == ["non-covid", "covid"]
    assert overlay.label.currentData() == "covid"
    overlay.label.setCurrentIndex(0)
    overlay.label.activated.emit(0)
    assert tile.overlay.label == "non-covid"
    qtbot.waitUntil(lambda: workspace.preferences.value.overlay_form == "fill", timeout=2000)
    assert workspace.preferences.value.overlay_threshold == pytest.approx(0.60)


def test_overlay_controls_follow_the_tile(overlay: OverlayPanel, workspace: Workspace) -> None:
    workspace.active_tile.set_overlay(opacity=0.65, threshold=0.2, form="blocks", colormap="cividis", visible=False)
    assert (overlay.opacity.value(), overlay.threshold.value()) == (65, 20)
    assert [b.property("form") for b in overlay._forms.buttons() if b.isChecked()] == ["blocks"]
    assert overlay.colormap.currentData() == "cividis"
    assert not overlay.visible_box.isChecked()


def test_choices_are_asked_of_the_workspace(qtbot: QtBot, overlay: OverlayPanel, workspace: Workspace) -> None:
    workspace.set_networks((Listing(card("a")), Listing(card("b"), "The weight file b is missing.")))
    assert overlay.network.count() == 3
    assert overlay.network.itemText(2) == "b (not available)"
    assert overlay.network.itemData(2, Qt.ItemDataRole.ToolTipRole) == "The weight file b is missing."
    assert not overlay.network.model().item(2).isEnabled()  # type: ignore[attr-defined]
    with qtbot.waitSignal(workspace.choice_made) as made:
        overlay.network.setCurrentIndex(1)
        overlay.network.activated.emit(1)
    assert made.args is not None
    assert made.args[0].network == "a"
    overlay.device.setCurrentIndex(overlay.device.findData("cpu"))
    overlay.device.activated.emit(1)
    assert workspace.choice.device == "cpu"
    overlay.precision.setCurrentIndex(overlay.precision.findData("float32"))
    overlay.precision.activated.emit(1)
    assert workspace.choice.precision == "float32"


def test_threshold_names_its_source(panel: ReadingPanel, workspace: Workspace, read: Callable[..., None]) -> None:
    workspace.set_networks((Listing(card("net.ct_v1")),))
    read()
    panel.refresh()
    assert "0.50 for COVID-19; highest Youden index" in texts(panel)
    assert panel._threshold.toolTip() == "validation"
    assert "Model card" in texts(panel)


def test_an_image_with_fewer_pixels_than_the_network_looks_at_is_marked(
    panel: ReadingPanel, workspace: Workspace, read: Callable[..., None]
) -> None:
    workspace.set_networks((Listing(card("net.ct_v1")),))
    read()
    panel.refresh()
    assert "Low resolution: 16 × 16 pixels; the network looks at 224 × 224." in texts(panel)
    workspace.set_networks((Listing(replace(card("net.ct_v1"), input=InputSpec(size=(16, 16)))),))
    panel.refresh()
    assert "Low resolution" not in texts(panel)


def trial(index: int, mirrored: float, out: float | None = None) -> Trial:
    lungs = None if out is None else np.array([1 - out, out], np.float32)
    return Trial(index, np.array([1 - mirrored, mirrored], np.float32), lungs)


def test_red_flags_grey_the_score_and_say_why(
    panel: ReadingPanel, workspace: Workspace, read: Callable[..., None]
) -> None:
    read()
    workspace.accept_gate("series", GateResult("pass"))
    workspace.accept_score("series", SeriesScore(np.array([0.23, 0.77], np.float32), "mean of 2", (2, 3)), 1.0)
    workspace.active_tile.go_to_index(2)
    panel.refresh()
    assert "do not rely on it" not in texts(panel)
    workspace.readings.accept_trials("series", (trial(2, 0.60, 0.90), trial(3, 0.40, 0.60)))
    panel.refresh()
    said = texts(panel)
    assert "Mirrored, COVID-19 is 0.50 instead of 0.77." in said  # the series
    assert "Mirrored, COVID-19 is 0.60 instead of 0.91." in said  # this slice
    assert "With the lungs blacked out COVID-19 is still 0.90, of 0.91." in said
    assert "range over mirroring 0.50–0.77" in said
    assert said.count("do not rely on it") == 2
    assert COLORS["muted"] in panel._number.styleSheet()
    workspace.active_tile.go_to_index(0)
    panel.refresh()
    assert "Mirrored, COVID-19 is 0.60" not in texts(panel)
    assert panel._slice_number.styleSheet() == ""


def test_a_top_slice_has_enough_lung(
    panel: ReadingPanel, workspace: Workspace, reading_of: Callable[..., SliceReading]
) -> None:
    workspace.readings.start("series", COUNT)
    areas = (200.0, 210.0, 30.0, 190.0, 200.0)
    answers = tuple(replace(reading_of(i, s), lung_cm2=areas[i]) for i, s in enumerate(SCORES))
    workspace.accept_readings("series", answers)
    workspace.go_to_top_slice()
    assert workspace.active_tile.index == 3  # slice 2 has the highest score and hardly any lung
    panel.refresh()
    assert ": 0.62" in texts(panel)
    assert ": 0.91" not in texts(panel)


def test_red_flags_need_no_more_room_than_the_scores(
    panel: ReadingPanel, workspace: Workspace, read: Callable[..., None]
) -> None:
    """Beyond the dock's width texts would be cut: the panel scrolls up and down alone."""
    read()
    workspace.accept_gate("series", GateResult("caution", ("The images are derived, not as the scanner made them.",)))
    workspace.accept_score("series", SeriesScore(np.array([0.23, 0.77], np.float32), "mean of 2", (2, 3)), 1.0)
    workspace.active_tile.go_to_index(1)  # near the threshold, and doubted
    panel.refresh()
    before = panel.minimumSizeHint().width()
    workspace.readings.accept_trials("series", tuple(trial(i, 0.20, 0.50) for i in (1, 2, 3)))
    panel.refresh()
    assert "near threshold, above; do not rely on it" in texts(panel)
    assert panel.minimumSizeHint().width() == before
