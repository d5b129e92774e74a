"""Explanations on demand, on the same lane as the readings: one job a request, with progress, called off at once.

A job gives way to readings between its steps (a batch of altered pictures), so the slice on screen never waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from covidviewer.errors import Cancelled, CovidViewerError
from covidviewer.inference.explanation import ExplainRequest, Explanation
from covidviewer.jobs.lane import Lane
from covidviewer.jobs.queue import Priority, Ticket

if TYPE_CHECKING:
    from covidviewer.inference.pipeline import Pipeline


#: Units of the readings go first; an explanation starts when none waits and gives way to those that come.
PRIORITY = Priority.SERIES


@dataclass(frozen=True, slots=True)
class _Step:
    done: int
    total: int


class Explainer(QObject):
    """Lives in the main thread beside the worker of the readings; its jobs run between the units of these.

    pipeline_of : gives the network of a request; called on the lane.
    """

    progressed = Signal(object)  # (ExplainRequest, done, all): pictures that were shown to the network
    arrived = Signal(object)  # (ExplainRequest, Explanation); twice where a second run tells the stability
    ended = Signal(object)  # (ExplainRequest, CovidViewerError or None)

    def __init__(self, lane: Lane, pipeline_of: Callable[[ExplainRequest, Ticket], Pipeline], parent: QObject) -> None:
        super().__init__(parent)
        self._lane = lane
        self._pipeline_of = pipeline_of
        self._tickets: dict[ExplainRequest, Ticket] = {}

    @Slot(object)
    def ask(self, request: ExplainRequest) -> None:
        """Explain a slice; a request that is under way already is not asked again."""
        if request not in self._tickets:
            self._tickets[request] = self._lane.submit(
                lambda ticket: self._explain(request, ticket),
                priority=PRIORITY,
                done=lambda value: self._end(request, value, None),
                failed=lambda error: self._end(request, None, error),
                report=lambda value: self._tell(request, value),
            )

    @Slot(object)
    def call_off(self, request: ExplainRequest) -> None:
        """The answer is not wanted any more."""
        ticket = self._tickets.pop(request, None)
        if ticket is not None:
            ticket.cancel()

    def call_off_all(self) -> None:
        for request in tuple(self._tickets):
            self.call_off(request)

    def _explain(self, request: ExplainRequest, ticket: Ticket) -> Explanation:
        """On the lane."""
        # Late: the perturbation methods bring scipy and scikit-image.
        from covidviewer.inference.explaining import explanation

        def progress(done: int, total: int) -> None:
            # Between two steps the slices on screen are read: an explanation takes seconds, a slice must not wait so.
            self._lane.give_way(PRIORITY)
            ticket.check()
            self._pipeline_of(request, ticket)  # what is said of the device from here on is said of this request
            ticket.report(_Step(done, total))

        ticket.check()
        pipeline = self._pipeline_of(request, ticket)
        return explanation(
            pipeline,
            request.volume,
            request.series.stack,
            request.index,
            request.method,
            progress=progress,
            partial=lambda found: ticket.report(found, always=True),
        )

    def _tell(self, request: ExplainRequest, value: object) -> None:
        if request not in self._tickets:
            return
        if isinstance(value, _Step):
            self.progressed.emit((request, value.done, value.total))
        elif isinstance(value, Explanation):
            self.arrived.emit((request, value))

    def _end(self, request: ExplainRequest, value: object, error: object) -> None:
        if self._tickets.pop(request, None) is None:
            return
        if isinstance(value, Explanation):
            self.arrived.emit((request, value))
        wrong = error if isinstance(error, CovidViewerError) and not isinstance(error, Cancelled) else None
        self.ended.emit((request, wrong))
