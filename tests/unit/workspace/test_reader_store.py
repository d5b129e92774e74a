"""The reader's store: rows come back, survive a kill, a damaged and a newer file; nothing of the patient is in it."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from covidviewer.imaging.measure import Kind, Note, Result, Statistics
from covidviewer.workspace.measured_plane import MeasuredPlane
from covidviewer.workspace.measurement import Measurement, from_row, new_on_plane, to_row
from covidviewer.workspace.reader_store import ReaderStore, Row, StoreError


@pytest.fixture
def store(tmp_path: Path) -> ReaderStore:
    return ReaderStore(tmp_path / "folder" / "reader.sqlite")


def row(number: int, sop: str = "1.2.3") -> Row:
    return Row(f"id{number}", sop, 1, "length", "{}")


def test_nothing_is_made_by_looking(store: ReaderStore) -> None:
    assert store.rows(["1.2.3"]) == ()
    assert not store.path.parent.exists()


def test_rows_come_back_by_image(store: ReaderStore) -> None:
    store.write([row(1), row(2, "1.2.4"), row(3)])
    assert {r.id for r in store.rows(["1.2.3"])} == {"id1", "id3"}
    assert {r.id for r in store.rows(["1.2.3", "1.2.4", "9"])} == {"id1", "id2", "id3"}
    store.write([Row("id1", "1.2.3", 7, "angle", "[]")], remove=["id3"])
    assert store.rows(["1.2.3"]) == (Row("id1", "1.2.3", 7, "angle", "[]"),)


def test_rows_come_back_in_the_order_of_their_ids(store: ReaderStore) -> None:
    store.write([row(3, "1.2.9"), row(1, "1.2.5"), row(2, "1.2.1")])
    store.write([Row("id1", "1.2.5", 1, "angle", "[]")])
    assert [r.id for r in store.rows(["1.2.1", "1.2.5", "1.2.9"])] == ["id1", "id2", "id3"]


def test_more_images_than_one_question_may_name(store: ReaderStore) -> None:
    store.write([row(i, f"1.2.{i}") for i in range(1700)])
    assert len(store.rows([f"1.2.{i}" for i in range(1700)])) == 1700


@pytest.mark.skipif(sys.platform == "win32", reason="rights are set otherwise there")
def test_the_file_is_the_users_alone(store: ReaderStore) -> None:
    store.write([row(1)])
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_two_writers_at_once(store: ReaderStore) -> None:
    store.write([row(0)])
    errors: list[Exception] = []

    def work(start: int) -> None:
        try:
            for i in range(start, start + 40):
                ReaderStore(store.path).write([row(i)])
        except StoreError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(start,)) for start in (100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(store.rows(["1.2.3"])) == 81


def test_a_damaged_file_is_set_aside_and_a_new_one_begun(store: ReaderStore) -> None:
    store.path.parent.mkdir()
    store.path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StoreError):
        store.rows(["1.2.3"])
    assert store.path.with_name("reader.sqlite.damaged-1").exists()
    store.write([row(1)])
    assert len(store.rows(["1.2.3"])) == 1


def test_a_newer_file_is_neither_read_nor_changed(store: ReaderStore) -> None:
    store.write([row(1)])
    with sqlite3.connect(store.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="newer"):
        store.rows(["1.2.3"])
    with pytest.raises(StoreError, match="newer"):
        store.write([row(2)])
    assert store.path.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="folder"):
        ReaderStore(tmp_path / "file" / "reader.sqlite").write([row(1)])


CHILD = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from covidviewer.imaging.measure import Kind
from covidviewer.workspace.measurement import Measurement
from covidviewer.workspace.measurements import Measurements
from covidviewer.workspace.problems import Problems
from covidviewer.workspace.reader_data import ReaderData

app = QCoreApplication([])
problems = Problems()
data = ReaderData(problems, Path(sys.argv[1]))
kept = Measurements(data)
data.saved.connect(lambda ids: print(*ids, flush=True))
number = 0
def draw():
    global number
    number += 1
    kept.put(Measurement(f"m{number}", Kind.LENGTH, "1.2.3", 1, ((0.0, float(number)), (5.0, 5.0))))
data.saved.connect(draw)
draw()
app.exec()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
@pytest.mark.parametrize("after", [1, 7, 30])
def test_what_was_drawn_survives_kill_9(tmp_path: Path, after: int) -> None:
    """A child draws one measurement after the other and is killed in the midst of it: all that it told are there."""
    path = tmp_path / "reader.sqlite"
    root = Path(__file__).resolve().parents[3]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True, cwd=root, env=os.environ
    )
    assert child.stdout is not None
    told: list[str] = []
    while len(told) < after:
        told += child.stdout.readline().split()
    os.kill(child.pid, signal.SIGKILL)
    told += child.stdout.read().split()  # what it told before it was gone
    child.wait()
    child.stdout.close()
    found = {r.id for r in ReaderStore(path).rows(["1.2.3"])}
    assert set(told) <= found
    assert len(told) >= after
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def whole() -> Measurement:
    result = Result(
        "mm", Note.DETECTOR, area=12.5, value_unit="HU", statistics=Statistics(3, 1.5, 0.5, -1.0, 2.0, 1), crossing=True
    )
    return Measurement(
        "a", Kind.FREEHAND, "1.2.3", 4, ((1.0, 2.5), (3.0, 4.0), (5.0, 1.0)), "Grüße 肺", (9.0, 9.0), result, "1.2", "1"
    )


def test_later_measurements_have_later_ids() -> None:
    plane = MeasuredPlane.__new__(MeasuredPlane)  # of no account here
    made = [new_on_plane(Kind.LENGTH, plane, ((0.0, 0.0), (1.0, 1.0)), "1", "2").id for _ in range(50)]
    assert made == sorted(set(made))


def test_a_record_comes_back_as_it_was() -> None:
    for measurement in (whole(), Measurement("b", Kind.TEXT, "1", 1, ((0.0, 0.0),), "words")):
        assert from_row(to_row(measurement)) == measurement


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"points": []}',
        '{"points": [[1]]}',
        '{"points": [["a", "b"]]}',
        '{"points": [[NaN, 1]]}',
        "null",
    ],
)
def test_a_row_that_makes_no_sense_is_left_out(body: str) -> None:
    assert from_row(Row("a", "1", 1, "length", body)) is None


def test_a_row_of_an_unknown_kind_is_left_out_and_a_bad_result_is_no_result() -> None:
    good = to_row(whole())
    assert from_row(Row("a", "1", 1, "hologram", good.body)) is None
    broken = from_row(Row("a", "1", 1, "freehand", good.body.replace('"detector"', '"moon"')))
    assert broken is not None
    assert broken.result is None
