"""Order, overtaking and calling off, without Qt."""

from __future__ import annotations

import threading

import pytest

from covidviewer.errors import Cancelled
from covidviewer.jobs.queue import JobQueue, Priority, Ticket


def take_names(queue: JobQueue, n: int) -> list[str]:
    return [str(job.run(job.ticket)) for job in (queue.take() for _ in range(n)) if job is not None]


def test_urgent_work_overtakes_and_equals_keep_their_order() -> None:
    queue = JobQueue()
    for name, priority in (("a", 2), ("b", 3), ("c", 2), ("d", 0)):
        queue.submit(lambda ticket, name=name: name, priority, Ticket())
    assert take_names(queue, 4) == ["d", "a", "c", "b"]


def test_a_slot_keeps_the_newest_job_only() -> None:
    queue = JobQueue()
    old, new = Ticket(), Ticket()
    queue.submit(lambda ticket: "old", Priority.VISIBLE, old, slot="slice")
    queue.submit(lambda ticket: "new", Priority.VISIBLE, new, slot="slice")
    assert old.cancelled
    assert not new.cancelled
    assert len(queue) == 1
    assert take_names(queue, 1) == ["new"]


def test_close_calls_off_what_waits_and_wakes_the_consumer() -> None:
    queue = JobQueue()
    got: list[object] = []
    consumer = threading.Thread(target=lambda: got.append(queue.take()))
    consumer.start()
    queue.close()
    consumer.join(5)
    assert got == [None]
    late = Ticket()
    queue.submit(lambda ticket: None, Priority.VISIBLE, late)
    assert late.cancelled


def test_ticket_check_raises_once_called_off() -> None:
    ticket = Ticket()
    ticket.check()
    ticket.cancel()
    with pytest.raises(Cancelled):
        ticket.check()


def test_reports_are_throttled_at_the_sender_but_never_the_urgent_one() -> None:
    sent: list[object] = []
    ticket = Ticket(lambda _, value: sent.append(value))
    assert ticket.report(1)
    assert not ticket.report(2, interval=60)
    assert ticket.report(3, always=True)
    ticket.cancel()
    assert not ticket.report(4, always=True)
    assert sent == [1, 3]
