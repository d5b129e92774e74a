"""A lane runs work on its own thread and answers on the maker's."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from covidviewer.errors import Cancelled, CovidViewerError, DamagedFileError
from covidviewer.jobs.lane import Lane
from covidviewer.jobs.queue import Priority, Ticket


@pytest.fixture
def lane(qtbot: QtBot):
    made = Lane("test")
    yield made
    assert made.stop()


def test_work_runs_beside_and_answers_arrive_in_the_main_thread(lane: Lane, qtbot: QtBot) -> None:
    main = QThread.currentThread()
    seen: list[object] = []

    def work(ticket: Ticket) -> bool:
        ticket.report("half", always=True)
        return QThread.currentThread() is not main

    lane.submit(
        work,
        done=lambda value: seen.append(("done", value, QThread.currentThread() is main)),
        report=lambda value: seen.append(("report", value, QThread.currentThread() is main)),
    )
    qtbot.waitUntil(lambda: len(seen) == 2, timeout=5000)
    assert seen == [("report", "half", True), ("done", True, True)]


def test_errors_travel_as_values_and_the_lane_goes_on(lane: Lane, qtbot: QtBot) -> None:
    errors: list[object] = []
    answers: list[object] = []

    def damaged(ticket: Ticket) -> None:
        raise DamagedFileError("cut short.", code="F02")

    def bug(ticket: Ticket) -> None:
        raise KeyError("x")

    lane.submit(damaged, failed=errors.append)
    lane.submit(bug, failed=errors.append)
    lane.submit(lambda ticket: 7, done=answers.append)
    qtbot.waitUntil(lambda: answers == [7], timeout=5000)
    assert isinstance(errors[0], DamagedFileError)
    assert isinstance(errors[1], CovidViewerError)
    assert "KeyError" in str(errors[1])
    assert isinstance(errors[1].__cause__, KeyError)


def test_a_visible_job_overtakes_and_a_cancelled_one_never_answers(lane: Lane, qtbot: QtBot) -> None:
    hold, order, calls = threading.Event(), [], []
    lane.submit(lambda ticket: hold.wait(5))
    dropped = lane.submit(lambda ticket: order.append("dropped"), done=calls.append)
    lane.submit(lambda ticket: order.append("series"), priority=Priority.SERIES)
    lane.submit(lambda ticket: order.append("visible"), priority=Priority.VISIBLE, done=calls.append)
    dropped.cancel()
    hold.set()
    qtbot.waitUntil(lambda: len(order) == 2, timeout=5000)
    assert order == ["visible", "series"]
    qtbot.waitUntil(lambda: len(calls) == 1, timeout=5000)


def test_cancel_is_seen_between_units(lane: Lane, qtbot: QtBot) -> None:
    started = threading.Event()
    failures: list[object] = []

    def work(ticket: Ticket) -> None:
        started.set()
        while True:
            ticket.check()

    ticket = lane.submit(work, failed=failures.append)
    assert started.wait(5)
    ticket.cancel()
    qtbot.waitUntil(lambda: len(failures) == 1, timeout=5000)
    assert isinstance(failures[0], Cancelled)


def test_stopping_while_work_runs_leaves_no_thread(qtbot: QtBot) -> None:
    made = Lane("stop")
    started = threading.Event()

    def work(ticket: Ticket) -> None:
        started.set()
        while not ticket.cancelled:
            ticket.check() if ticket.cancelled else None

    made.submit(work)
    assert started.wait(5)
    assert made.stop()
    assert made.stop()  # once more is harmless
    assert made.submit(lambda ticket: None).cancelled


def test_a_long_job_gives_way_between_its_steps(lane: Lane, qtbot: QtBot) -> None:
    order: list[str] = []
    begun, go = threading.Event(), threading.Event()

    def long(ticket: Ticket) -> None:
        order.append("first step")
        begun.set()
        go.wait(5)
        lane.give_way(Priority.SERIES)
        order.append("second step")

    ended: list[object] = []
    lane.submit(long, priority=Priority.SERIES, done=ended.append)
    assert begun.wait(5)
    lane.submit(lambda _: order.append("equal"), priority=Priority.SERIES, done=ended.append)
    lane.submit(lambda _: order.append("visible"), priority=Priority.VISIBLE, done=ended.append)
    lane.submit(lambda _: 1 / 0, priority=Priority.VISIBLE, failed=ended.append)  # its error is its own
    go.set()
    qtbot.waitUntil(lambda: len(ended) == 4, timeout=5000)
    assert order == ["first step", "visible", "second step", "equal"]
