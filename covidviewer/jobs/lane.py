"""A lane: one thread, one priority queue. Answers arrive in the thread that made the lane.

The receiver decides the thread, not the connection type (DESIGN 8, trap 2): the worker object lives in the lane's
thread and emits; the lane itself lives in the maker's thread, and only its slots run callbacks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, QThread, Signal, Slot

from covidviewer.errors import Cancelled, CovidViewerError
from covidviewer.jobs.queue import Job, JobQueue, Priority, Ticket

log = logging.getLogger(__name__)

_Callback = Callable[[object], None]


class _Worker(QObject):
    """Takes jobs until the queue closes. Lives in the lane's thread."""

    done = Signal(object)  # (ticket, value)
    failed = Signal(object)  # (ticket, CovidViewerError)
    reported = Signal(object)  # (ticket, value)

    def __init__(self, queue: JobQueue, prepare: Callable[[], None] | None) -> None:
        super().__init__()
        self._queue = queue
        self._prepare = prepare

    @Slot()
    def work(self) -> None:
        if self._prepare is not None:
            self._prepare()
        while (job := self._queue.take()) is not None:
            self._do(job)
            job = None  # a finished job must not keep a volume alive while the lane waits
        # Called here, in the thread itself: a queued quit would wait for a main thread that waits for this one.
        QThread.currentThread().quit()

    def give_way(self, priority: Priority) -> None:
        while (job := self._queue.take_before(priority)) is not None:
            self._do(job)

    def _do(self, job: Job) -> None:
        ticket = job.ticket
        try:
            ticket.check()
            value = job.run(ticket)
        except Cancelled as called_off:
            self.failed.emit((ticket, called_off))
        except CovidViewerError as error:
            self.failed.emit((ticket, error))
        except Exception as error:  # a lane must outlive any job; the error is shown, not lost
            log.exception("a job failed")
            ours = CovidViewerError(
                f"An internal step failed ({type(error).__name__}).",
                advice="The viewer goes on; details are in the log.",
            )
            ours.__cause__ = error
            self.failed.emit((ticket, ours))
        else:
            self.done.emit((ticket, value))


class Lane(QObject):
    """Runs jobs one after another on its own thread.

    ``submit`` takes callables that run in the lane's maker's thread: ``done(value)``, ``failed(error)`` (also for a
    called-off job, with `Cancelled`), ``report(value)``. A callback of a called-off ticket is not called, but for
    ``failed``. ``prepare`` runs first in the lane's thread (it lowers the thread's priority, for example).
    """

    busy_changed = Signal(bool)

    def __init__(self, name: str, prepare: Callable[[], None] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = JobQueue()
        self._callbacks: dict[int, tuple[_Callback | None, _Callback | None, _Callback | None]] = {}
        self._thread = QThread()
        self._thread.setObjectName(f"lane-{name}")
        self._worker = _Worker(self._queue, prepare)
        self._worker.moveToThread(self._thread)
        self._worker.done.connect(self._on_done)
        self._worker.failed.connect(self._on_failed)
        self._worker.reported.connect(self._on_report)
        self._thread.started.connect(self._worker.work)
        self._tickets: dict[int, Ticket] = {}
        self._stopped = False
        self._thread.start()

    def submit(
        self,
        run: Callable[[Ticket], object],
        *,
        priority: Priority = Priority.SERIES,
        slot: str = "",
        done: _Callback | None = None,
        failed: _Callback | None = None,
        report: _Callback | None = None,
    ) -> Ticket:
        """Queue ``run(ticket)``; returns the ticket."""
        ticket = Ticket(self._send_report)
        if self._stopped:
            ticket.cancel()
            return ticket
        self._callbacks[ticket.id] = (done, failed, report)
        self._tickets[ticket.id] = ticket
        if len(self._tickets) == 1:
            self.busy_changed.emit(True)
        self._queue.submit(run, priority, ticket, slot)
        return ticket

    def give_way(self, priority: Priority) -> None:
        """Run what waits with a higher priority than ``priority``; returns when none does.

        Called by a long job between its own steps, so in the lane's thread.
        """
        self._worker.give_way(priority)

    def stop(self, wait_ms: int = 5000) -> bool:
        """Call off everything and end the thread; idempotent. False when it did not end in time."""
        if not self._stopped:
            self._stopped = True
            for ticket in self._tickets.values():
                ticket.cancel()
            self._callbacks.clear()
            self._queue.close()
        return bool(self._thread.wait(wait_ms))

    def _send_report(self, ticket: Ticket, value: object) -> None:
        self._worker.reported.emit((ticket, value))  # called in the lane's thread

    @Slot(object)
    def _on_report(self, packet: tuple[Ticket, object]) -> None:
        ticket, value = packet
        report = self._callbacks.get(ticket.id, (None, None, None))[2]
        if report is not None and not ticket.cancelled:
            report(value)

    @Slot(object)
    def _on_done(self, packet: tuple[Ticket, object]) -> None:
        ticket, value = packet
        done = self._forget(ticket)[0]
        if done is not None and not ticket.cancelled:
            done(value)

    @Slot(object)
    def _on_failed(self, packet: tuple[Ticket, CovidViewerError]) -> None:
        ticket, error = packet
        failed = self._forget(ticket)[1]
        if failed is not None:
            failed(error)

    def _forget(self, ticket: Ticket) -> tuple[_Callback | None, _Callback | None, _Callback | None]:
        callbacks = self._callbacks.pop(ticket.id, (None, None, None))
        # Jobs that were overtaken in the queue never come back; they are forgotten with the first that does.
        gone = [i for i, other in self._tickets.items() if other.cancelled]
        for i in [*gone, ticket.id]:
            self._tickets.pop(i, None)
            if i != ticket.id:
                self._callbacks.pop(i, None)
        if not self._tickets:
            self.busy_changed.emit(False)
        return callbacks
