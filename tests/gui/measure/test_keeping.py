"""What was measured is there again after the program ended, or was killed, and says in which unit it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from covidviewer import assets
from covidviewer.imaging.measure import Kind
from covidviewer.study import Series
from covidviewer.ui.measure.words import hint, label_lines
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.preferences import PreferenceStore
from covidviewer.workspace.reader_store import ReaderStore
from covidviewer.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tests.gui.measure.conftest import Hand


def test_restored_on_reopening(hand: Hand, make_series: Callable) -> None:
    hand.keys("R")
    with hand.qtbot.waitSignal(hand.workspace.reader_data.saved):
        hand.drag((20, 30), (50, 70))
    drawn = hand.only
    other = Workspace(PreferenceStore())
    try:
        series, volume = make_series(np.zeros((10, 96, 128), np.int16), spacing=(3.0, 0.8, 0.5), key="again")
        window = MainWindow(other)
        hand.qtbot.addWidget(window)
        other.read_automatically = False
        with hand.qtbot.waitSignal(other.measurements.changed):
            other.active_tile.show(series, volume, 5)
        assert [m for _, m in other.measurements.of_series(series)] == [drawn]
        assert window.measure.listing.rowCount() == 1
    finally:
        assert other.shut_down()


def test_all_is_written_when_the_program_ends_at_once(hand: Hand) -> None:
    for n in range(20):
        hand.keys("Shift+P")
        hand.click((20 + n, 40))
    drawn = {m.id for m in hand.on_slice()}
    assert hand.workspace.reader_data.shut_down()
    store = ReaderStore(assets.data_dir() / "reader.sqlite")
    assert {row.id for row in store.rows(["1.2.3.5"])} == drawn
    assert len(drawn) == 20


def test_what_could_not_be_written_is_told_kept_and_written_later(hand: Hand, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.write_text("in the way")
    hand.keys("Shift+P")
    hand.click((20, 40))
    problems = hand.workspace.problems
    hand.qtbot.waitUntil(lambda: any("cannot be written" in p.message for p in problems.problems))
    assert len(hand.on_slice()) == 1
    folder.unlink()
    hand.keys("Shift+P")
    with hand.qtbot.waitSignal(hand.workspace.reader_data.saved):
        hand.click((30, 40))
    assert len(ReaderStore(folder / "reader.sqlite").rows(["1.2.3.5"])) == 2


def test_the_file_holds_nothing_of_the_patient(hand: Hand, make_series: Callable) -> None:
    from covidviewer.dicom.catalog import Patient

    series, volume = make_series(
        np.zeros((3, 32, 32), np.int16), patient=Patient(name="Doe^Jane", id="ID-4711"), institution="St Elsewhere"
    )
    hand.workspace.active_tile.show(series, volume, 1)
    hand.keys("L")
    with hand.qtbot.waitSignal(hand.workspace.reader_data.saved):
        hand.drag((5, 5), (20, 20))
    content = b"".join(p.read_bytes() for p in assets.data_dir().iterdir())
    assert b"1.2.3.1" in content
    for word in (b"Doe", b"Jane", b"4711", b"Elsewhere", b".dcm"):
        assert word not in content


def test_nothing_is_written_beside_the_images_and_nothing_by_looking(hand: Hand) -> None:
    assert not assets.data_dir().exists()


@pytest.mark.parametrize(
    ("spacing", "changes", "modality", "wanted", "said"),
    [
        ((2.0, 0.5, 0.5), {}, "CT", "10.0 mm", ""),
        ((2.0, 0.2, 0.2), {"spacing_kind": "detector"}, "DX", "4.0 mm at detector", "unknown factor"),
        ((2.0, 0.2, 0.2), {"spacing_kind": "detector", "magnification": 1.25}, "DX", "3.2 mm (estimated)", "estimated"),
        ((2.0, 0.0, 0.0), {"spacing": None}, "DX", "20.0 px", "no spacing"),
        ((2.0, 0.5, 0.5), {}, "US", "20.0 px", "ultrasound"),
    ],
)
def test_the_unit_says_what_it_is(
    hand: Hand, make_series: Callable, spacing: tuple, changes: dict, modality: str, wanted: str, said: str
) -> None:
    series, volume = make_series(np.zeros((3, 64, 64), np.int16), spacing=spacing, modality=modality, units="")
    frames = tuple(replace(f, **changes) for f in series.instances)
    series = Series(replace(series.stack, frames=frames))
    hand.workspace.active_tile.show(series, volume, 1)
    hand.keys("L")
    hand.drag((10, 10), (30, 10))
    assert label_lines(hand.only) == (wanted,)
    assert said in hint(hand.only)
    assert bool(hint(hand.only)) == bool(said)
    hand.keys("E")
    hand.drag((35, 10), (55, 40))
    area = label_lines(hand.on_slice()[1])[-1]
    assert ("px²" in area) == ("px" in wanted)


def test_numbers_come_when_the_slice_does(hand: Hand, make_series: Callable) -> None:
    values = np.full((3, 64, 64), 42, np.int16)
    series, volume = make_series(values, filled=False)
    tile = hand.workspace.active_tile
    tile.show(series, volume, 1)
    hand.keys("R")
    hand.drag((10, 10), (30, 30))
    assert hand.only.kind is Kind.RECTANGLE
    assert hand.only.result is not None
    assert hand.only.result.statistics is None
    volume.filled[1] = True
    tile.mark_filled((1,))
    assert hand.only.result.statistics is not None
    assert hand.only.result.statistics.mean == 42
