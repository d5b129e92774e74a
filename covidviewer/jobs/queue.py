"""A priority queue of jobs with tickets: work that can be overtaken and called off. No Qt."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from covidviewer.errors import Cancelled

#: Least time between two reports of one job, seconds (the first one passes at once).
REPORT_INTERVAL = 0.1


class Priority(IntEnum):
    """Lower runs first; equal priorities keep the order of submission."""

    VISIBLE = 0
    NEIGHBOUR = 1
    SERIES = 2
    BACKGROUND = 3


class Ticket:
    """The handle of one job: called off by whoever asked, looked at by whoever works.

    Cancelling is an event that the work looks at between units, because a thread that is blocked in a decoder or a
    network hears no signal.
    """

    _ids = itertools.count(1)

    def __init__(self, report: Callable[[Ticket, object], None] | None = None) -> None:
        self.id = next(self._ids)
        self._event = threading.Event()
        self._report = report
        self._last = 0.0

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def cancel(self) -> None:
        self._event.set()

    def check(self) -> None:
        """Raise `Cancelled` when the job was called off; call it between units of work."""
        if self._event.is_set():
            raise Cancelled()

    def report(self, value: object, *, always: bool = False, interval: float = REPORT_INTERVAL) -> bool:
        """Hand an intermediate value to the asker, throttled here at the sender; True when it was sent."""
        now = time.monotonic()
        if self._report is None or self.cancelled or (not always and now - self._last < interval):
            return False
        self._last = now
        self._report(self, value)
        return True


@dataclass(order=True)
class Job:
    """One piece of work. ``slot`` is a newest-wins place: a newer job of the same slot calls off the older one."""

    priority: int
    sequence: int
    run: Callable[[Ticket], object] = field(compare=False)
    ticket: Ticket = field(compare=False)
    slot: str = field(compare=False, default="")


class JobQueue:
    """Thread-safe; one consumer."""

    def __init__(self) -> None:
        self._heap: list[Job] = []
        self._slots: dict[str, Ticket] = {}
        self._ready = threading.Condition()
        self._sequence = itertools.count()
        self._closed = False

    def submit(self, job: Callable[[Ticket], object], priority: int, ticket: Ticket, slot: str = "") -> None:
        """Queue a job. After `close` the ticket is cancelled at once."""
        with self._ready:
            if self._closed:
                ticket.cancel()
                return
            if slot:
                older = self._slots.get(slot)
                if older is not None:
                    older.cancel()
                self._slots[slot] = ticket
            heapq.heappush(self._heap, Job(int(priority), next(self._sequence), job, ticket, slot))
            self._ready.notify()

    def take(self) -> Job | None:
        """Wait for the next job that still stands; None once the queue is closed."""
        with self._ready:
            while True:
                while self._heap and self._heap[0].ticket.cancelled:
                    heapq.heappop(self._heap)
                if self._closed:
                    return None
                if self._heap:
                    return heapq.heappop(self._heap)
                self._ready.wait()

    def take_before(self, priority: int) -> Job | None:
        """The next job that goes before others of ``priority``, or None at once where none waits."""
        with self._ready:
            while self._heap and self._heap[0].ticket.cancelled:
                heapq.heappop(self._heap)
            if self._closed or not self._heap or self._heap[0].priority >= priority:
                return None
            return heapq.heappop(self._heap)

    def close(self) -> None:
        """Call off all that waits and wake the consumer."""
        with self._ready:
            self._closed = True
            for job in self._heap:
                job.ticket.cancel()
            self._heap.clear()
            self._ready.notify_all()

    def __len__(self) -> int:
        with self._ready:
            return sum(not job.ticket.cancelled for job in self._heap)
