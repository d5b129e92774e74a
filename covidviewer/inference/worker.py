"""The second reading beside the screen: a lane, a pipeline, and what to do next. Lives in the main thread.

One unit of work is in the lane at a time; what comes next is decided here when it returns, so the slice on screen
waits for one unit at most and a closed series for none. The pipeline is touched by the lane's thread alone.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from covidviewer.dicom.catalog import Kind, Stack
from covidviewer.errors import Cancelled, CovidViewerError, DeviceError, NotEvaluableError
from covidviewer.imaging.volume import Volume
from covidviewer.inference.cache import ReadingCache, TrialCache
from covidviewer.inference.device import Notice
from covidviewer.inference.doubts import worth_trying
from covidviewer.inference.explainer import Explainer
from covidviewer.inference.explanation import ExplainRequest
from covidviewer.inference.modality import modality_of
from covidviewer.inference.pipeline import Answers, Pipeline
from covidviewer.inference.registry import for_modality
from covidviewer.inference.results import (
    Choice,
    GateResult,
    Provenance,
    Request,
    SeriesScore,
    SliceReading,
    Trial,
)
from covidviewer.inference.scoring import series_score
from covidviewer.inference.trials import UNIT, to_try, try_slices
from covidviewer.jobs.lane import Lane
from covidviewer.jobs.queue import Priority, Ticket
from covidviewer.study import Series

log = logging.getLogger(__name__)

#: Added to the niceness of the lane's thread and of all threads that it starts (PERFORMANCE 6).
NICENESS = 10
#: Milliseconds that closing waits for the running unit; importing torch at the first start is the longest.
STOP_WAIT_MS = 20_000


def lower_priority() -> None:
    """Let the screen go first. Pool threads inherit it, so this comes before anything else in the lane."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    elif sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetThreadPriority(kernel.GetCurrentThread(), -1)  # THREAD_PRIORITY_BELOW_NORMAL


@dataclass(frozen=True, slots=True)
class Started:
    """The network is there: where answers come from, and the request that each slice's differs from by its index."""

    provenance: Provenance
    request: Request
    batch: int


@dataclass(frozen=True, slots=True)
class Unit:
    """Answer of one unit. gate : verdict of the first step, where this unit made it."""

    answers: Answers
    provenance: Provenance
    batch: int
    gate: GateResult | None = None


@dataclass(eq=False)
class Run:
    """What is known of one series that is to be read."""

    key: str
    stack: Stack
    volume: Volume
    current: int
    kind: str = ""  # of a picture, as the reader says: "ct", "film"; "" is guessed
    network: str = ""  # other than the present choice's
    modality: str = ""  # whose network answers; found when the series is started
    began: float = field(default_factory=time.monotonic)
    started: Started | None = None
    first_gate: GateResult | None = None
    gate: GateResult | None = None  # of the whole series
    settled: set[int] = field(default_factory=set)
    probabilities: NDArray[np.float32] | None = None
    lung_cm2: dict[int, float] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    finished: bool = False
    readings: dict[int, SliceReading] = field(default_factory=dict)
    to_try: list[int] = field(default_factory=list)  # slices whose trials are wanted once all is read
    tried: set[int] = field(default_factory=set)

    def next_trials(self) -> list[int]:
        """Slices for the next unit of trials: those that lead, then the one on screen where its score matters."""
        wanted = [i for i in self.to_try if i not in self.tried][:UNIT]
        here = self.readings.get(self.current)
        if not wanted and here is not None and self.current not in self.tried:
            p = here.provenance
            score = float(here.probabilities[here.classes.index(p.positive)])
            wanted = [self.current] if worth_trying(score, p.threshold) else []
        return wanted

    def next_slices(self, batch: int) -> list[int]:
        """Slices for the next unit: the one on screen alone, then a batch by distance from it."""
        volume = self.volume
        ready = np.flatnonzero(volume.filled)
        found = {int(i) for i in ready} | set(volume.failed)
        if self.current in found and self.current not in self.settled:
            return [self.current]
        wanted = sorted(found - self.settled, key=lambda i: (abs(i - self.current), i))
        return wanted[:batch]


class Desk:
    """What the lane's thread works with: one pipeline a modality and network, for the present choice."""

    def __init__(self) -> None:
        self._choice = Choice()
        self._pipelines: dict[tuple[str, str], Pipeline] = {}
        self._ticket: Ticket | None = None

    def choose(self, choice: Choice) -> None:
        self.close()
        self._choice = choice

    def start(self, run: Run, ticket: Ticket) -> Started:
        """Load the network for a series (headers are checked first: nothing is loaded for what is refused)."""
        from covidviewer.inference import gate

        self._ticket = ticket
        pipeline = self._pipeline(run)
        verdict = gate.combine(gate.check_headers(run.stack, pipeline.card, run.volume.units))
        if verdict.refused:
            raise NotEvaluableError("\n".join(verdict.reasons))
        pipeline.recover()
        provenance = pipeline.load()
        if run.stack.kind is Kind.CT:
            # Needed by the input check of the first slice; here it loads while that slice is still being read.
            from scipy import ndimage  # noqa: F401
        return Started(provenance, pipeline.request(run.stack.key, -1), pipeline.plan.batch)

    def unit(self, run: Run, indices: list[int], first: bool, ticket: Ticket) -> Unit:
        self._ticket = ticket
        pipeline = self._pipeline(run)
        verdict = None
        if first:
            usable = next((i for i in indices if run.volume.filled[i]), None)
            if usable is not None:
                verdict = pipeline.judge_first(run.stack, run.volume, usable, run.kind)
        if verdict is not None and verdict.refused:
            return Unit(Answers(), pipeline.provenance, pipeline.plan.batch, verdict)
        answers = pipeline.read_slices(run.volume, run.stack, indices, ticket.check)
        return Unit(answers, pipeline.provenance, pipeline.plan.batch, verdict)

    def whole(self, run: Run, ticket: Ticket) -> GateResult:
        self._ticket = ticket
        return self._pipeline(run).judge(run.stack, run.volume, run.kind)

    def trial(self, run: Run, readings: list[SliceReading], ticket: Ticket) -> list[Trial]:
        self._ticket = ticket
        return try_slices(self._pipeline(run), run.volume, run.stack, readings, ticket.check)

    def explained_by(self, request: ExplainRequest, ticket: Ticket) -> Pipeline:
        """The network of an explanation: the one that read the slice."""
        self._ticket = ticket
        stack = request.series.stack
        return self._pipeline(Run(request.key, stack, request.volume, request.index, request.kind, request.network))

    def close(self) -> None:
        for pipeline in self._pipelines.values():
            pipeline.close()
        self._pipelines.clear()

    def _pipeline(self, run: Run) -> Pipeline:
        modality = run.modality = run.modality or modality_of(run.stack, run.volume, run.kind)
        key = modality, run.network
        if key not in self._pipelines:
            if run.network:
                choice = replace(self._choice, network=run.network)
            else:
                choice = for_modality(self._choice, modality)
            self._pipelines[key] = Pipeline(choice, modality, tell=self._tell, cancelled=self._called_off)
        return self._pipelines[key]

    def _called_off(self) -> bool:
        return self._ticket is not None and self._ticket.cancelled

    def _tell(self, notice: Notice) -> None:
        if self._ticket is not None:
            self._ticket.report(notice, always=True)


class InferenceWorker(QObject):
    """Reads series in the background. Calls return at once; answers come as signals in the main thread.

    Each signal but the last two carries a tuple that begins with the series' key.
    """

    ready = Signal(object)  # Provenance
    readings_done = Signal(object)  # (key, tuple of SliceReading)
    skipped = Signal(object)  # (key, {index: reason})
    tried = Signal(object)  # (key, tuple of Trial): after the series is done, slices that matter
    gate_done = Signal(object)  # (key, GateResult)
    series_done = Signal(object)  # (key, SeriesScore or None, seconds)
    failed = Signal(object)  # (key, CovidViewerError); key "" where no series is concerned
    notice = Signal(object)  # CovidViewerError: smaller batches, another device
    status = Signal(str)  # the device, in words

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lane = Lane("device", lower_priority, self)
        self._desk = Desk()
        #: Explanations on demand; they take turns with the readings.
        self.explainer = Explainer(self._lane, self._desk.explained_by, self)
        self._choice = Choice()
        self._runs: dict[str, Run] = {}
        self._shown = ""
        self._busy: Ticket | None = None
        self._busy_key = ""
        self._cache = ReadingCache()
        self._trials = TrialCache()
        self._told: set[str] = set()
        self._label = ""
        self._stopped = False

    # -- requests --

    @Slot(object)
    def choose(self, choice: Choice) -> None:
        """Another network, method, device or precision. Series have to be opened again; known answers come at once."""
        if choice == self._choice or self._stopped:
            return
        self._choice = choice
        self._runs.clear()
        self._call_off()
        self.explainer.call_off_all()
        self._told.clear()
        self._lane.submit(lambda ticket: self._desk.choose(choice), priority=Priority.VISIBLE)

    def open_series(
        self, key: str, series: Series | Stack, volume: Volume, first: int = 0, kind: str = "", network: str = ""
    ) -> None:
        """Read a series, beginning at a slice. Slices are read as they are filled.

        Parameters
        ----------
        key
            Names the series in all answers.
        series
            The series or its record.
        volume
            Filled by somebody else, who says so by `volume_progress`.
        first
            Slice on screen.
        kind
            For pictures: what the reader says that it shows, "ct" or "film"; guessed when "".
        network
            Id of the weights for this reading, where it is not the present choice's.
        """
        if self._stopped:
            return
        stack = series if isinstance(series, Stack) else series.stack
        if self._busy_key == key:
            self._call_off()
        self._runs[key] = Run(key, stack, volume, first, kind, network)
        self._shown = key
        self._pump()

    @property
    def busy(self) -> bool:
        """Whether a unit of work is under way."""
        return self._busy is not None

    @Slot(str, int)
    def show_slice(self, key: str, index: int) -> None:
        """The reader looks at this slice now: it overtakes the rest."""
        run = self._runs.get(key)
        if run is not None:
            run.current = index
            self._shown = key
            self._pump()

    def volume_progress(self, key: str, indices: Iterable[int] = ()) -> None:
        """Slices of a volume were filled, or failed."""
        if key in self._runs:
            self._pump()

    @Slot(str)
    def close_series(self, key: str) -> None:
        """The reading of a series is not wanted any more."""
        if self._runs.pop(key, None) is not None and self._busy_key == key:
            self._call_off()
            self._pump()

    @Slot()
    def stop(self) -> bool:
        """Call off all work, end the thread and give memory back; idempotent. False when it did not end in time."""
        if self._stopped:
            return True
        self._stopped = True
        self._runs.clear()
        self._call_off()
        ended = self._lane.stop(STOP_WAIT_MS)
        if ended:
            self._desk.close()
        return ended

    # -- what comes next --

    def _pump(self) -> None:
        """Give the lane its next unit, if it has none."""
        if self._busy is not None or self._stopped:
            return
        shown = self._runs.get(self._shown)
        others = [run for run in self._runs.values() if run is not shown]
        runs = ([shown] if shown is not None else []) + others
        for run in runs:
            if not run.finished and self._next(run):
                return
        for run in runs:
            if run.finished and self._try(run):
                return

    def _next(self, run: Run) -> bool:
        """Submit the next unit of a series; False when there is nothing to do for it now."""
        if run.started is None:
            if run.stack.kind is Kind.PICTURE and not run.kind and not (run.volume.filled.any() or run.volume.failed):
                return False  # what a picture shows is guessed from its values
            self._submit(run, lambda t: self._desk.start(run, t), self._on_started)
            return True
        urgent = run.current not in run.settled and bool(run.volume.filled[run.current])
        if run.volume.complete and run.gate is None and not urgent and run.first_gate is not None:
            self._submit(run, lambda t: self._desk.whole(run, t), self._on_gate)
            return True
        indices = run.next_slices(run.started.batch)
        if indices:
            first = run.first_gate is None
            if first:
                # One slice alone: nothing more is run before the input check has seen one.
                indices = indices[:1]
            self._submit(run, lambda t: self._desk.unit(run, indices, first, t), self._on_unit)
            return True
        if run.volume.complete:
            if run.gate is None:
                self._submit(run, lambda t: self._desk.whole(run, t), self._on_gate)
                return True
            self._finish(run)
        return False

    def _try(self, run: Run) -> bool:
        """Submit the next unit of trials of a series that is read; False when there is nothing to try."""
        while wanted := run.next_trials():
            run.tried.update(wanted)
            readings = [run.readings[i] for i in wanted]
            known = [found for r in readings if (found := self._trials.get(r.key)) is not None]
            if known:
                self.tried.emit((run.key, tuple(known)))
            left = [r for r in readings if r.slice_index not in {t.slice_index for t in known}]
            if left:
                self._submit(run, partial(self._desk.trial, run, left), self._on_tried, self._on_untried)
                return True
        return False

    def _submit(
        self,
        run: Run,
        job: Callable[[Ticket], object],
        done: Callable[[Run, object], None],
        failed: Callable[[Run, object], None] | None = None,
    ) -> None:
        holder: list[Ticket] = []

        def back(value: object) -> None:
            if self._take(holder) and self._runs.get(run.key) is run:
                done(run, value)
            self._pump()

        def wrong(error: object) -> None:
            if self._take(holder) and self._runs.get(run.key) is run:
                (failed or self._on_error)(run, error)
            self._pump()

        ticket = self._lane.submit(job, priority=Priority.VISIBLE, done=back, failed=wrong, report=self._on_notice)
        holder.append(ticket)
        self._busy, self._busy_key = ticket, run.key

    def _take(self, holder: list[Ticket]) -> bool:
        """Whether an answer is the one that is waited for; then nothing is waited for any more."""
        if self._busy is not holder[0]:
            return False
        self._busy, self._busy_key = None, ""
        return True

    def _call_off(self) -> None:
        if self._busy is not None:
            self._busy.cancel()
            self._busy, self._busy_key = None, ""

    # -- answers of the lane, in the main thread --

    def _on_started(self, run: Run, value: object) -> None:
        assert isinstance(value, Started)
        run.started = value
        self._say(value.provenance)
        self.ready.emit(value.provenance)
        wanted = value.request.key
        keys = ((wanted[0], index, *wanted[2:]) for index in range(len(run.volume)))
        known = [found for key in keys if (found := self._cache.get(key)) is not None]
        if known:
            self._settle(run, Unit(Answers(known), value.provenance, value.batch))

    def _on_unit(self, run: Run, value: object) -> None:
        assert isinstance(value, Unit)
        if value.gate is not None:
            run.first_gate = value.gate
            self.gate_done.emit((run.key, value.gate))
            if value.gate.refused:
                run.finished = True
                return
        self._cache.put(value.answers.readings)
        self._say(value.provenance)
        if run.started is not None and run.started.batch != value.batch:
            run.started = Started(value.provenance, run.started.request, value.batch)
        self._settle(run, value)

    def _settle(self, run: Run, unit: Unit) -> None:
        answers = unit.answers
        if run.probabilities is None and answers.readings:
            shape = (len(run.volume), len(answers.readings[0].classes))
            run.probabilities = np.full(shape, np.nan, np.float32)
            run.classes = answers.readings[0].classes
        for reading in answers.readings:
            assert run.probabilities is not None
            run.probabilities[reading.slice_index] = reading.probabilities
            run.settled.add(reading.slice_index)
            run.readings[reading.slice_index] = reading
            if reading.lung_cm2 is not None:
                run.lung_cm2[reading.slice_index] = reading.lung_cm2
        run.settled.update(answers.skipped)
        if answers.readings:
            self.readings_done.emit((run.key, tuple(answers.readings)))
        if answers.skipped:
            self.skipped.emit((run.key, dict(answers.skipped)))

    def _on_gate(self, run: Run, value: object) -> None:
        assert isinstance(value, GateResult)
        run.gate = value
        self.gate_done.emit((run.key, value))
        if value.refused:
            run.finished = True

    def _finish(self, run: Run) -> None:
        run.finished = True
        score: SeriesScore | None = None
        if run.probabilities is not None and run.gate is not None and run.gate.series_score and run.started:
            areas = np.full(len(run.probabilities), np.nan, np.float32)
            areas[list(run.lung_cm2)] = list(run.lung_cm2.values())
            score = series_score(run.probabilities, run.classes, run.started.provenance.positive, areas)
        run.to_try = to_try(score, run.readings)
        self.series_done.emit((run.key, score, time.monotonic() - run.began))

    def _on_tried(self, run: Run, value: object) -> None:
        assert isinstance(value, list)
        for trial in value:
            self._trials.put(run.readings[trial.slice_index].key, trial)
        if value:
            self.tried.emit((run.key, tuple(value)))

    def _on_untried(self, run: Run, error: object) -> None:
        """The readings stand without a trial: what it would have told is left unsaid."""
        if not isinstance(error, Cancelled):
            log.warning("a trial failed: %s", error)

    def _on_error(self, run: Run, error: object) -> None:
        run.finished = True
        if isinstance(error, Cancelled):
            return
        if isinstance(error, NotEvaluableError):
            verdict = GateResult("refuse", tuple(error.message.split("\n")), series_score=False)
            self.gate_done.emit((run.key, verdict))
            return
        assert isinstance(error, CovidViewerError)
        self.failed.emit((run.key, error))

    def _on_notice(self, value: object) -> None:
        if isinstance(value, Notice) and value.text not in self._told:
            self._told.add(value.text)
            self.notice.emit(DeviceError(value.text, code=value.code))

    def _say(self, provenance: Provenance) -> None:
        if provenance.device != self._label:
            self._label = provenance.device
            self.status.emit(provenance.device)
