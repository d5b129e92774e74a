"""Responsiveness: scrolling the demo study while the second reading runs, against the same scrolling when idle.

A step is due every 16 ms; its latency is from when it was due to the end of the repaint, so that an event loop that is
held up counts too. Idle steps are taken before and after the reading. Where no weights are there, nothing is measured
and that is said. Exit code 1: the goal was missed.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication

PERIOD_S, STEPS, LIMIT, WAIT_S = 0.016, 250, 1.5, 180.0


class Answers(QObject):
    """Takes the worker's answers in the main thread, as the program does."""

    def __init__(self, accept: Callable[[str, tuple[object, ...]], None]) -> None:
        super().__init__()
        self.accept = accept
        self.slices, self.ended, self.problem = 0, False, ""

    @Slot(object)
    def on_readings(self, packet: tuple[str, tuple[object, ...]]) -> None:
        self.accept(*packet)
        self.slices += len(packet[1])

    @Slot(object)
    def on_end(self, packet: object) -> None:
        self.ended = True

    @Slot(object)
    def on_failure(self, packet: tuple[str, Exception]) -> None:
        self.ended, self.problem = True, str(packet[1])


def steps(application: QApplication, step: Callable[[int], None], count: int, until: Callable[[], bool]) -> list[float]:
    """Latencies in ms of steps due every 16 ms, until there are ``count`` or the condition holds."""
    spent: list[float] = []
    due = time.perf_counter() + PERIOD_S
    while len(spent) < count and not until():
        application.processEvents()
        left = due - time.perf_counter()
        if left > 0:
            time.sleep(min(left, 0.001))
            continue
        step(len(spent))
        now = time.perf_counter()
        spent.append((now - due) * 1e3)
        # A step that came late does not make those after it late: the reader's hand waits too.
        due = max(due + PERIOD_S, now)
    return spent


def never() -> bool:
    return False


def main() -> int:
    from covidviewer.cli.demo_data import ensure_demo_study
    from covidviewer.errors import CovidViewerError
    from covidviewer.inference.registry import list_weights
    from covidviewer.study import open_study

    try:
        usable = [entry for entry in list_weights() if entry.available]
    except CovidViewerError as error:
        usable = []
        print(f"not measured: {error}")
    if not usable:
        print("not measured: there is no network with weights here")
        return 0
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    series = next(s for s in open_study(ensure_demo_study()).series if s.modality == "CT")
    volume = series.load()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COVIDVIEWER_SETTINGS"] = str(Path(folder) / "settings.ini")
        from covidviewer.inference.worker import InferenceWorker
        from covidviewer.ui.canvas import Canvas
        from covidviewer.workspace.preferences import PreferenceStore
        from covidviewer.workspace.workspace import Workspace

        workspace = Workspace(PreferenceStore())
        tile = workspace.active_tile
        canvas = Canvas(workspace, tile)
        canvas.resize(1024, 1024)
        tile.show(series, volume, 0)
        tile.set_overlay(form="fill", visible=True)
        canvas.show()

        def step(k: int) -> None:
            tile.go_to_index(k % tile.count)
            canvas.repaint()

        worker = InferenceWorker()
        answers = Answers(workspace.accept_readings)
        worker.readings_done.connect(answers.on_readings)
        worker.series_done.connect(answers.on_end)
        worker.failed.connect(answers.on_failure)
        workspace.readings.start(series.key, tile.count)
        steps(application, step, 40, never)
        idle = steps(application, step, STEPS, never)
        worker.choose(workspace.choice)
        worker.open_series(series.key, series, volume, tile.index)
        limit = time.perf_counter() + WAIT_S
        # The graph loads first; two units are let by, so that what is measured is the steady run.
        while answers.slices < 16 and not answers.ended and time.perf_counter() < limit:
            application.processEvents()
            time.sleep(0.002)
        before, begun = answers.slices, time.perf_counter()
        busy = steps(application, step, 4 * STEPS, lambda: answers.ended)
        rate = (answers.slices - before) / (time.perf_counter() - begun)
        while not answers.ended and time.perf_counter() < limit:
            application.processEvents()
            time.sleep(0.002)
        idle += steps(application, step, STEPS, never)
        canvas.close()
        ended = worker.stop()
        workspace.shut_down()
    if answers.problem or len(busy) < 30:
        print(f"not measured: {answers.problem or 'the reading ended too soon'}")
        return 1
    quiet, loaded = (float(np.percentile(values, 95)) for values in (idle, busy))
    met = loaded <= LIMIT * quiet and ended
    print(f"scroll latency, a step due every {PERIOD_S * 1e3:.0f} ms, median / 95th percentile")
    print(f"  idle               {statistics.median(idle):7.2f} / {quiet:.2f} ms   ({len(idle)} steps)")
    print(f"  during the reading {statistics.median(busy):7.2f} / {loaded:.2f} ms   ({rate:.1f} slices/s meanwhile)")
    print(f"  times idle         {loaded / quiet:7.2f}   goal {LIMIT:g}   {'ok' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
