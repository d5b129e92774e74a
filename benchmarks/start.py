"""Start: from a new process to the first painted window, ours against a bare Qt window that imports numpy.

The two take turns in one run; a process tells when its first frame was on the (offscreen) screen by the system's
monotonic clock, which parent and child share. Beside the ratio: which dear modules were imported before that frame,
and whether work had begun before it. Exit code 1: a goal was missed.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

RUNS, LIMIT = 9, 1.25
DEAR = ("torch", "torchvision", "openvino", "SimpleITK", "pyqtgraph", "scipy")

# The first frame is done when the paint of the top level has returned to the event loop.
_REPORT = """
import json, sys, time
from PySide6.QtCore import QEvent, QObject, QTimer

class Watch(QObject):
    def __init__(self, window, quit):
        super().__init__()
        self.quit, self.painted = quit, False
        window.installEventFilter(self)
        self.window = window

    def eventFilter(self, seen, event):
        if seen is self.window and event.type() == QEvent.Type.Paint and not self.painted:
            self.painted = True
            QTimer.singleShot(0, self.tell)
        return False

    def tell(self):
        now = time.monotonic()
        print(json.dumps({"painted": now, "modules": sorted(sys.modules), "early": list(early)}), flush=True)
        self.quit()

early = []
"""

_BARE = (
    _REPORT
    + """
import numpy
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

class Window(QWidget):
    def paintEvent(self, event):
        painter = QPainter(self)
        painter.drawImage(self.rect(), image)

application = QApplication([])
grey = numpy.zeros((512, 512), numpy.uint32)
image = QImage(grey.data, 512, 512, 2048, QImage.Format.Format_RGB32)
window = Window()
window.resize(1600, 1000)
watch = Watch(window, application.quit)
window.show()
application.exec()
"""
)

_OURS = (
    _REPORT
    + """
from covidviewer import app as module
from covidviewer.__main__ import main

class App(module.App):
    def run(self):
        global watch
        # A window that is shown before the rest is built counts: what the user sees first.
        watch = Watch(getattr(self, "shell", None) or self.window, self.qt.quit)
        return super().run()

    def _start_work(self):
        # Noted, not done: what comes after the first frame is not the question here.
        if not watch.painted:
            early.append("work began before the first frame")

module.App = App
sys.exit(main(["view", "--no-reading"]))
"""
)


def start(code: str, folder: str) -> tuple[float, dict[str, object]]:
    """Milliseconds from spawning a process to its first frame, and what it told."""
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        "COVIDVIEWER_SETTINGS": os.path.join(folder, "settings.ini"),
        "COVIDVIEWER_CACHE": os.path.join(folder, "cache"),
    }
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        raise SystemExit(f"the window did not come up (exit code {done.returncode}):\n{done.stderr[-2000:]}")
    told = json.loads(lines[-1])
    return (told["painted"] - begun) * 1e3, told


def main() -> int:
    times: dict[str, list[float]] = {"bare": [], "ours": []}
    told: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        for run in range(RUNS + 1):
            for name, code in (("bare", _BARE), ("ours", _OURS)):
                took, told = start(code, folder)
                if run:  # the first fills the page cache and writes byte code
                    times[name].append(took)
    bare, ours = statistics.median(times["bare"]), statistics.median(times["ours"])
    print(f"process start to first painted window, offscreen, {RUNS} runs in turns, medians")
    print(f"  bare Qt + numpy window     {bare:8.0f} ms")
    met = ours <= LIMIT * bare
    print(f"  covidviewer                {ours:8.0f} ms   {ours / bare:.2f} times   goal {LIMIT:g}   {_mark(met)}")
    modules = told["modules"]
    assert isinstance(modules, list)
    found = [name for name in DEAR if name in modules]
    print(f"  dear modules before it     {', '.join(found) or 'none':>8}   {_mark(not found)}")
    early = told["early"]
    print(f"  work before it             {'yes' if early else 'none':>8}   {_mark(not early)}")
    return 0 if met and not found and not early else 1


def _mark(met: bool) -> str:
    return "ok" if met else "MISSED"


if __name__ == "__main__":
    raise SystemExit(main())
