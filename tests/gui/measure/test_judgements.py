"""The reader's word on the second reading of a slice: by key, on the image, on the track; kept, restored, exported."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from covidviewer import assets
from covidviewer.inference.results import SliceReading
from covidviewer.ui import ink
from covidviewer.workspace.image_marks import Judged, Judgement, _from_row
from covidviewer.workspace.measurement_export import to_csv
from covidviewer.workspace.reader_store import ReaderStore, Row

if TYPE_CHECKING:
    from tests.gui.measure.conftest import Hand

Key = Qt.Key


@pytest.fixture
def judge(hand: Hand, reading_of: Callable[..., SliceReading]) -> Callable[[], Judgement]:
    """Presses J on a slice that was read, and gives what is kept then."""
    tile = hand.workspace.active_tile
    assert tile.series is not None
    key = hand.workspace.key_of(tile)
    hand.workspace.readings.start(key, tile.count)
    hand.workspace.accept_readings(key, tuple(reading_of(i, 0.63) for i in range(tile.count)))

    def press() -> Judgement:
        hand.refresh()
        hand.key(Key.Key_J)
        frame = tile.frame()
        assert frame is not None
        mark = hand.workspace.image_marks.of((frame.sop_instance_uid, frame.frame))
        return mark.judged.says if mark is not None else Judgement.NONE

    return press


def words(hand: Hand) -> list[str]:
    return [m.word for m in hand.canvas.measure.marks()]


def test_j_goes_round(hand: Hand, judge: Callable[[], Judgement]) -> None:
    said = []
    for _ in range(4):
        said.append(judge().value)
        said += words(hand)
    assert said == ["agree", "AGREE", "disagree", "DISAGREE", "unsure", "UNSURE", ""]
    judge()
    (mark,) = hand.canvas.measure.marks()
    assert mark.sentence == "You agree with net.ct_v1: COVID-19 0.63."


def test_without_a_reading_there_is_nothing_to_judge(hand: Hand) -> None:
    hand.refresh()
    assert not hand.window.actions_table["reading.judge"].isEnabled()
    hand.key(Key.Key_J)
    assert words(hand) == []


def test_another_network_is_judged_anew(hand: Hand, judge: Callable[[], Judgement]) -> None:
    tile = hand.workspace.active_tile
    assert tile.series is not None
    assert judge() is Judgement.AGREE
    assert hand.workspace.image_marks.judge(tile.series, tile.index, "other.v1", "covid", 0.2) is Judgement.AGREE
    frame = tile.frame()
    assert frame is not None
    kept = hand.workspace.image_marks.of((frame.sop_instance_uid, frame.frame))
    assert kept is not None
    assert kept.judged == Judged(Judgement.AGREE, "other.v1", "covid", 0.2)


def test_it_is_kept_at_once_and_comes_back(hand: Hand, judge: Callable[[], Judgement]) -> None:
    judge()
    judge()
    store = ReaderStore(assets.data_dir() / "reader.sqlite")
    frame = hand.workspace.active_tile.frame()
    assert frame is not None
    row = Row("", "", 0, "", "")

    def written() -> None:
        # Both presses are written, in their order, by a thread of their own: the first may still be on its way.
        nonlocal row
        rows = store.rows([frame.sop_instance_uid])
        assert len(rows) == 1
        row = rows[0]
        mark = _from_row(row)
        assert mark is not None
        assert mark.judged == Judged(Judgement.DISAGREE, "net.ct_v1", "covid", 0.63)

    hand.qtbot.waitUntil(written)
    broken = json.dumps({**json.loads(row.body), "judged": {"says": "maybe"}, "note": "x"})
    other = _from_row(Row(row.id, row.sop, row.frame, row.kind, broken))
    assert other is not None
    assert other.judged == Judged()


def test_export(hand: Hand, judge: Callable[[], Judgement]) -> None:
    judge()
    series = hand.workspace.active_tile.series
    assert series is not None
    (row,) = csv.DictReader(io.StringIO(to_csv(series, hand.workspace.image_marks.of_series(series))))
    assert (row["judgement"], row["judged_weights"], row["judged_class"], row["judged_score"]) == (
        "agree",
        "net.ct_v1",
        "covid",
        "0.63",
    )


def test_a_triangle_on_the_track(hand: Hand, judge: Callable[[], Judgement]) -> None:
    track = hand.window.viewport.sides()[1]
    tile = hand.workspace.active_tile

    def lit() -> int:
        image = track.grab().toImage()
        right = range(image.width() - 8, image.width())
        return sum(QColor(image.pixel(x, y)) == QColor(ink.MEASURE) for y in range(image.height()) for x in right)

    tile.go_to_index(0)
    before = lit()
    judge()  # agree: filled
    filled = lit()
    judge()  # disagree: empty
    empty = lit()
    assert filled > empty > before
