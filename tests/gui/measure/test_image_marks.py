"""Key images and notes: by key, on the image, on the track, in the list; kept and restored."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from covidviewer import assets
from covidviewer.ui.image_name import name_on
from covidviewer.ui.measure.listing import PLACE, VALUE
from covidviewer.workspace.image_marks import ImageMark
from covidviewer.workspace.preferences import PreferenceStore
from covidviewer.workspace.reader_store import ReaderStore
from covidviewer.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tests.gui.measure.conftest import Hand

Key, Mod = Qt.Key, Qt.KeyboardModifier


def mark(hand: Hand) -> ImageMark | None:
    frame = hand.workspace.active_tile.frame()
    assert frame is not None
    return hand.workspace.image_marks.of((frame.sop_instance_uid, frame.frame))


def press_k(hand: Hand) -> None:
    hand.refresh()
    hand.key(Key.Key_K)


def names(hand: Hand) -> list[str]:
    listing = hand.window.measure.listing
    return [str(listing.index(i).data()) for i in range(listing.rowCount())]


def test_k_marks_and_unmarks(hand: Hand) -> None:
    before = hand.canvas.grab().toImage()
    press_k(hand)
    found = mark(hand)
    assert found is not None
    assert found.key
    assert [m.word for m in hand.canvas.measure.marks()] == ["★ KEY"]
    assert hand.canvas.grab().toImage() != before
    hand.refresh()
    assert hand.window.actions_table["image.key"].isChecked()
    press_k(hand)
    assert mark(hand) is None
    assert hand.canvas.measure.marks() == ()


def test_each_image_by_itself(hand: Hand) -> None:
    press_k(hand)
    hand.key(Key.Key_Down)
    assert mark(hand) is None
    hand.refresh()
    assert not hand.window.actions_table["image.key"].isChecked()
    hand.key(Key.Key_Up)
    assert mark(hand) is not None


def test_a_star_on_the_track(hand: Hand) -> None:
    track = hand.window.viewport.sides()[1]
    before = track.grab().toImage()
    hand.workspace.active_tile.go_to_index(1)
    press_k(hand)
    hand.workspace.active_tile.go_to_index(5)
    after = track.grab().toImage()
    y = round((hand.workspace.active_tile.to_position(1) + 0.5) * track.height() / 10)
    assert after.pixelColor(6, y) != before.pixelColor(6, y)


def test_list_and_filter(hand: Hand) -> None:
    tile = hand.workspace.active_tile
    for index in (2, 7):
        tile.go_to_index(index)
        press_k(hand)
    tile.go_to_index(4)
    hand.keys("L")
    hand.drag((20, 20), (40, 60))
    panel = hand.window.measure
    hand.window.show_dock("measure")
    assert names(hand) == ["Key image", "Length", "Key image"]  # slices 7, 4, 2: head first
    QTest.mouseClick(panel.findChild(QPushButton, "keys"), Qt.MouseButton.LeftButton)
    assert names(hand) == ["Key image", "Key image"]
    QTest.mouseClick(panel.findChild(QPushButton, "measurements"), Qt.MouseButton.LeftButton)
    assert names(hand) == ["Length"]
    QTest.mouseClick(panel.findChild(QPushButton, "all"), Qt.MouseButton.LeftButton)
    at = panel.list.visualRect(panel.listing.index(2)).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, Mod.NoModifier, at)
    assert tile.index == 2
    assert panel.listing.index(2).data(PLACE) == name_on(tile)
    panel.delete()
    assert names(hand) == ["Key image", "Length"]
    assert mark(hand) is None


def test_note_by_keys(hand: Hand) -> None:
    view = hand.workspace.active_tile.view
    hand.refresh()
    hand.key(Key.Key_N)
    edit = hand.window.measure.note.edit
    hand.qtbot.waitUntil(edit.hasFocus)
    QTest.keyClicks(edit, "Compare with last year, LRW")
    QTest.keyClick(edit, Key.Key_Escape)
    assert hand.canvas.hasFocus()
    found = mark(hand)
    assert found is not None
    assert found.note == "Compare with last year, LRW"
    assert not found.key
    assert hand.workspace.active_tile.view == view
    assert [(m.word, m.sentence) for m in hand.canvas.measure.marks()] == [("NOTE", "Compare with last year, LRW")]
    assert names(hand) == ["Note"]
    assert hand.window.measure.listing.index(0).data(VALUE) == "Compare with last year, LRW"


def test_the_note_follows_the_slice_and_is_kept_when_leaving_it(hand: Hand) -> None:
    hand.window.show_dock("measure")
    edit = hand.window.measure.note.edit
    edit.setPlainText("of this one")
    hand.key(Key.Key_Down)
    assert edit.toPlainText() == ""
    hand.key(Key.Key_Up)
    assert edit.toPlainText() == "of this one"
    edit.setPlainText("")
    hand.key(Key.Key_Down)
    assert hand.workspace.image_marks.of_series(hand.workspace.active_tile.series) == ()  # type: ignore[arg-type]


def test_another_slice_takes_the_keys_from_the_note(hand: Hand) -> None:
    """Else what is pressed for the next image would be written, as a note of it."""
    hand.window.show_dock("measure")
    edit = hand.window.measure.note.edit
    hand.qtbot.mouseClick(edit.viewport(), Qt.MouseButton.LeftButton)
    hand.qtbot.waitUntil(edit.hasFocus)
    QTest.keyClicks(edit, "a nodule")
    tile = hand.workspace.active_tile
    before = tile.index
    tile.go_to_index(before + 1)  # as the wheel over the image does
    assert hand.canvas.hasFocus()
    hand.key(Key.Key_K)
    assert edit.toPlainText() == ""
    marks = dict(hand.workspace.image_marks.of_series(tile.series))  # type: ignore[arg-type]
    assert (marks[before].note, marks[before].key) == ("a nodule", False)
    assert (marks[before + 1].note, marks[before + 1].key) == ("", True)


def test_a_pause_in_writing_saves(hand: Hand) -> None:
    edit = hand.window.measure.note.edit
    with hand.qtbot.waitSignal(hand.workspace.reader_data.saved):
        edit.setPlainText("half a senten")
    rows = ReaderStore(assets.data_dir() / "reader.sqlite").rows(["1.2.3.5"])
    assert json.loads(rows[0].body)["note"] == "half a senten"


def test_closing_keeps_what_was_just_written(hand: Hand) -> None:
    hand.window.show_dock("measure")
    hand.window.measure.note.edit.setPlainText("last words")
    hand.window.close()
    assert hand.workspace.reader_data.shut_down()
    rows = ReaderStore(assets.data_dir() / "reader.sqlite").rows(["1.2.3.5"])
    assert json.loads(rows[0].body)["note"] == "last words"


def test_restored_on_reopening(hand: Hand, make_series: Callable) -> None:
    with hand.qtbot.waitSignal(hand.workspace.reader_data.saved):
        press_k(hand)
    other = Workspace(PreferenceStore())
    try:
        series, _ = make_series(np.zeros((10, 96, 128), np.int16))
        with hand.qtbot.waitSignal(other.image_marks.changed):
            other.measurements.load(series)
        assert [(i, m.key) for i, m in other.image_marks.of_series(series)] == [(5, True)]
        assert len(other.measurements) == 0
    finally:
        assert other.shut_down()


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_export_holds_key_images_and_notes(hand: Hand, tmp_path: Path, ending: str) -> None:
    press_k(hand)
    hand.window.measure.note.edit.setPlainText("words")
    hand.window.measure.note.save()
    path = tmp_path / f"out.{ending}"
    hand.window.measure.write_to(path)
    hand.qtbot.waitUntil(lambda: path.exists() and path.stat().st_size > 0)
    text = path.read_text("utf-8-sig")
    if ending == "json":
        record = json.loads(text)["measurements"][0]
        assert (record["kind"], record["key_image"], record["text"]) == ("image", True, "words")
    else:
        assert text.splitlines()[1].startswith("image,words,6,")
        assert text.splitlines()[1].endswith(",1,True,,,,,")
