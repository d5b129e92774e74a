"""Builds everything, wires signals, shuts down: the only module that knows both the workspace and the worker."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
import threading
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from covidviewer.errors import CovidViewerError, __version__
from covidviewer.ui import theme
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.preferences import PreferenceStore

if TYPE_CHECKING:
    from covidviewer.workspace.crash import FaultFile, Report
    from covidviewer.workspace.session import Session, SessionState
    from covidviewer.workspace.workspace import Workspace

log = logging.getLogger(__name__)

#: Work starts at the latest this long after showing, painted or not (a window may start minimised).
PAINT_LIMIT_MS = 2000
#: Milliseconds after which a screenshot is taken although the reading has not ended.
SCREENSHOT_LIMIT_MS = 180_000


def has_screen() -> bool:
    """Whether a window could be shown to somebody."""
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class App(QObject):
    """The running program.

    Parameters
    ----------
    paths : what to open at the start.
    read_on_open : False starts no second reading (tests, screenshots of the plain viewer).
    screenshot : render the window into this PNG once the reading has ended, then leave.
    demo : makes the demo study and gives its folder; called in the background when the reader asks for it.

    The window's frame is shown before the workspace and all that reads it are imported (`build`).
    """

    _uncaught = Signal(object)  # Report; from whichever thread

    def __init__(
        self,
        paths: Sequence[Path] = (),
        *,
        read_on_open: bool = True,
        screenshot: Path | None = None,
        screenshot_size: tuple[int, int] = (1600, 1000),
        demo: Callable[[], Path] | None = None,
    ) -> None:
        self.qt = _application()
        super().__init__()
        self._paths = tuple(paths)
        self._screenshot = screenshot
        self._stopped = False
        self._started = False
        self._read = read_on_open
        self._demo = demo
        self._workspace: Workspace | None = None
        self._look: tuple[str, str, int] | None = None
        self._session: Session | None = None
        self._faults: FaultFile | None = None
        self.exit_code = 0
        self.worker: QObject | None = None
        self.preferences = PreferenceStore(self)
        theme.choose(self.preferences.value.theme)  # before the first frame is painted
        self.window = MainWindow(preferences=self.preferences)
        self.window.painted.connect(self._start_work)
        if screenshot is not None:
            self.window.resize(*screenshot_size)
        self.qt.aboutToQuit.connect(self.shut_down)
        self._uncaught.connect(self._show_uncaught)
        atexit.register(self.shut_down)
        self._after_paint = QTimer(self)
        self._after_paint.setSingleShot(True)
        self._after_paint.timeout.connect(self._start_work)
        self._limit = QTimer(self)
        self._limit.setSingleShot(True)
        self._limit.timeout.connect(self._shoot)
        self._look_waits = False  # for the end of a film
        self._leaving: list[MainWindow] = []
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(500)
        self._settle.timeout.connect(self._shoot)
        # Python runs signal handlers between byte codes only; this lets Ctrl+C through while Qt waits.
        self._heartbeat = QTimer(self)
        self._heartbeat.setInterval(250)
        self._heartbeat.timeout.connect(self._beat)

    @property
    def workspace(self) -> Workspace:
        """What is open; made with the window's inside when first asked for."""
        return self.build()

    def build(self) -> Workspace:
        """Make the workspace and fill the window with all that reads it; once."""
        if self._workspace is None:
            from covidviewer.ui.renewal import look_of, put_on
            from covidviewer.workspace.workspace import Workspace

            self._look = look_of(self.preferences.value)
            put_on(self.qt, self._look)
            self._workspace = Workspace(self.preferences, self)
            self._workspace.read_automatically = self._read and self.preferences.value.read_on_open
            self.window.fill(self._workspace)
            self.window.demo_wanted.connect(self._open_demo)
            self.preferences.changed.connect(self._on_preferences)
        return self._workspace

    @Slot()
    def _on_preferences(self) -> None:
        """Another language, theme or size of texts: once the control that chose it has returned, a new window."""
        from covidviewer.ui.renewal import look_of

        look = look_of(self.preferences.value)
        if look != self._look:
            self._look = look
            self._renew_soon()

    @Slot()
    def _renew_soon(self) -> None:
        # Never from inside a call of the old window: with the last name for it, it is gone at once.
        QTimer.singleShot(0, self, self._renew)

    @Slot()
    def _renew(self) -> None:
        from covidviewer.ui.renewal import busy, renewed

        if busy(self.window):
            if not self._look_waits:  # else an earlier choice waits already, and takes the later one along
                self._look_waits = True
                self.window.exporter.film_ended.connect(self._renew_soon)
            return
        self._look_waits = False
        if not self.window.isVisible():
            return  # closed while its look waited: the program ends
        # Held until Qt has deleted it as a whole: the collector would take its parts in any order.
        self._leaving.append(self.window)
        self.window.destroyed.connect(self._left)
        self.window = renewed(self.window, self.workspace, self.qt)
        self.window.demo_wanted.connect(self._open_demo)

    @Slot()
    def _left(self) -> None:
        """The oldest window that was replaced is deleted; what its shell still holds goes once Qt is done with it."""
        QTimer.singleShot(0, self, self._forget_left)

    @Slot()
    def _forget_left(self) -> None:
        del self._leaving[:1]

    def run(self) -> int:
        """Show the window, work until it is closed; returns the exit code."""
        signal.signal(signal.SIGINT, self._on_interrupt)
        sys.excepthook = self._on_uncaught
        threading.excepthook = self._on_uncaught_in_thread
        self._heartbeat.start()
        self.window.show()
        self._after_paint.start(PAINT_LIMIT_MS)
        if self._screenshot is not None:
            self._limit.start(SCREENSHOT_LIMIT_MS)
        code = int(self.qt.exec())
        self.shut_down()
        return self.exit_code or code

    @Slot()
    def shut_down(self) -> None:
        """End all work; idempotent, called from closing, quitting and the interpreter's end."""
        if self._stopped:
            return
        self._stopped = True
        for timer in (self._after_paint, self._limit, self._settle, self._heartbeat):
            timer.stop()
        if self.worker is not None:
            self.worker.stop()  # type: ignore[attr-defined]
        if self._session is not None:
            self._session.close()
        if self._workspace is not None:
            self._workspace.shut_down()
        if self._faults is not None:
            self._faults.stop()
        atexit.unregister(self.shut_down)

    @Slot()
    def _open_demo(self) -> None:
        if self._demo is not None:
            self.workspace.open_made(self._demo, self.tr("Making the demo study"))

    # -- what the last run left --

    def _keep_session(self) -> None:
        """Write down what is open from now on; offer what a killed run had open, and its report."""
        from covidviewer.workspace.crash import FaultFile
        from covidviewer.workspace.session import Session

        if self._screenshot is not None:
            return  # a picture for a script: nobody to ask, nothing to come back to
        self._session = Session(self.workspace, parent=self)
        self._faults = FaultFile()
        report = self._faults.left_behind()
        self._faults.start()
        last = self._session.last()
        if last is not None and not self._paths:
            self._offer(last)
        if report is not None:
            self._tell_of(report, self.tr("The last run ended by a fault"), self.tr("Nothing that was saved is lost."))

    def _offer(self, last: SessionState) -> None:
        from covidviewer.workspace.problems import Problem

        session = self._session
        assert session is not None
        self.workspace.problems.add(
            Problem(
                self.tr("The last session did not end by itself"),
                self.tr("Its {n} opened places can be opened again as they were.").format(n=len(last.paths)),
                severity="info",
                code="X02",
                action=self.tr("Restore"),
                do=lambda: session.restore(last),
            )
        )

    def _tell_of(self, report: Report, title: str, message: str) -> None:
        from covidviewer.workspace.problems import Problem

        self.workspace.problems.add(
            Problem(
                title,
                message,
                severity="error",
                code="X01",
                action=self.tr("Report"),
                do=lambda: self.window.show_report(report),
            )
        )

    # -- the second reading --

    @Slot()
    def _start_work(self) -> None:
        """After the first paint: the dear imports, the device, what the user asked to open."""
        if self._started or self._stopped:
            return
        self._started = True
        self._after_paint.stop()
        from covidviewer.jobs.queue import Priority

        self._keep_session()
        if self._paths:
            self.workspace.open(self._paths)
        self.workspace.run_in_background(_warm_up, Priority.BACKGROUND)
        self.start_reading()

    def start_reading(self) -> None:
        """Make the device lane and connect it to the workspace."""
        from covidviewer.inference.registry import list_weights
        from covidviewer.inference.worker import InferenceWorker

        ws = self.workspace
        try:
            ws.set_networks(list_weights())
        except CovidViewerError as error:
            ws.problems.add_error(error)
        worker = self.worker = InferenceWorker(self)
        ws.reading_wanted.connect(self._on_reading_wanted)
        ws.slice_wanted.connect(self._on_slice_wanted)
        ws.slices_filled.connect(self._on_slices_filled)
        ws.reading_dropped.connect(worker.close_series)
        ws.choice_made.connect(worker.choose)
        ws.readings.series_changed.connect(self._on_series_changed)
        worker.readings_done.connect(self._on_readings)
        worker.skipped.connect(self._on_skipped)
        worker.gate_done.connect(self._on_gate)
        worker.series_done.connect(self._on_series_done)
        worker.tried.connect(self._on_tried)
        worker.failed.connect(self._on_failed)
        worker.notice.connect(self._on_notice)
        worker.status.connect(ws.set_device_text)
        ws.explanations.wanted.connect(worker.explainer.ask)
        ws.explanations.called_off.connect(worker.explainer.call_off)
        worker.explainer.progressed.connect(ws.explanations.on_progress)
        worker.explainer.arrived.connect(ws.explanations.on_arrived)
        worker.explainer.ended.connect(ws.explanations.on_ended)
        worker.choose(ws.choice)
        if self._read:
            ws.read_shown()

    @Slot(object)
    def _on_reading_wanted(self, packet: tuple[object, ...]) -> None:
        self.worker.open_series(*packet)  # type: ignore[union-attr]

    @Slot(object)
    def _on_slice_wanted(self, packet: tuple[str, int]) -> None:
        self.worker.show_slice(*packet)  # type: ignore[union-attr]

    @Slot(object)
    def _on_slices_filled(self, packet: tuple[str, tuple[int, ...]]) -> None:
        self.worker.volume_progress(*packet)  # type: ignore[union-attr]

    @Slot(object)
    def _on_readings(self, packet: tuple[str, tuple[object, ...]]) -> None:
        self.workspace.accept_readings(*packet)  # type: ignore[arg-type]

    @Slot(object)
    def _on_skipped(self, packet: tuple[str, dict[int, str]]) -> None:
        self.workspace.readings.skip(*packet)

    @Slot(object)
    def _on_gate(self, packet: tuple[str, object]) -> None:
        self.workspace.accept_gate(*packet)  # type: ignore[arg-type]

    @Slot(object)
    def _on_tried(self, packet: tuple[str, tuple[object, ...]]) -> None:
        self.workspace.readings.accept_trials(*packet)  # type: ignore[arg-type]

    @Slot(object)
    def _on_series_done(self, packet: tuple[str, object, float]) -> None:
        self.workspace.accept_score(*packet)  # type: ignore[arg-type]

    @Slot(object)
    def _on_failed(self, packet: tuple[str, CovidViewerError]) -> None:
        self.workspace.accept_failure(*packet)

    @Slot(object)
    def _on_notice(self, error: CovidViewerError) -> None:
        """Something that the reader should know and that stops nothing: smaller batches, another device."""
        self.workspace.problems.add_error(error, "warning")

    # -- screenshot --

    @Slot(object)
    def _on_series_changed(self, key: str) -> None:
        from covidviewer.workspace.readings import State

        series = self.workspace.active_tile.series
        found = self.workspace.readings.get(key)
        if self._screenshot is None or series is None or found is None:
            return
        if key != self.workspace.key_of(self.workspace.active_tile):
            return
        if found.state in (State.DONE, State.REFUSED, State.FAILED):
            if found.state is State.FAILED:
                self.exit_code = 1
            self.workspace.go_to_top_slice()
            self._settle.start()

    @Slot()
    def _shoot(self) -> None:
        assert self._screenshot is not None
        if self._limit.isActive() and getattr(self.worker, "busy", False):
            self._settle.start()  # slices that matter are being put to trial: the picture shows what that told
            return
        self._screenshot.parent.mkdir(parents=True, exist_ok=True)
        if not self.window.grab().save(str(self._screenshot)):
            print(f"covidviewer: {self._screenshot} could not be written.", file=sys.stderr)
            self.exit_code = 2
        self.window.close()

    # -- what goes wrong elsewhere --

    def _on_interrupt(self, number: int, frame: types.FrameType | None) -> None:
        self.qt.quit()

    @Slot()
    def _beat(self) -> None:
        """Gives Python a moment to run signal handlers."""

    def _on_uncaught(self, kind: type[BaseException], error: BaseException, trace: types.TracebackType | None) -> None:
        log.error("uncaught error: %s", kind.__name__)  # its words may quote a header or a path
        self._report(kind, trace, "main thread")

    def _on_uncaught_in_thread(self, args: threading.ExceptHookArgs) -> None:
        log.error("uncaught error in a thread: %s", args.exc_type.__name__)
        self._report(args.exc_type, args.exc_traceback, "background")

    def _report(self, kind: type[BaseException], trace: types.TracebackType | None, where: str) -> None:
        """Save a report and tell of it; may be called from any thread."""
        from covidviewer.workspace import crash

        report = crash.save(crash.of_exception(kind, trace, where))
        if not self._stopped:
            self._uncaught.emit(report)

    @Slot(object)
    def _show_uncaught(self, report: Report) -> None:
        self._tell_of(report, self.tr("Internal error"), self.tr("A step failed; the viewer goes on."))


def _application() -> QApplication:
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = QApplication(["covidviewer"])
    app.setApplicationName("covidviewer")
    app.setApplicationDisplayName("covidviewer")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("covidviewer")
    return app


def _warm_up(ticket: object) -> None:
    """Imports that the first file will need, beside the painted window."""
    import imagecodecs  # noqa: F401
    import pydicom  # noqa: F401

    from covidviewer.imaging import lookup

    lookup.load()
