"""A series of 2,000 slices with a memory budget that it does not fit in: first image, whole series, memory taken.

The first image is timed from the end of the scan (all headers read) to the first paint of the slice on screen. Exit
code 1: over 200 ms, or more memory of the program's own than the budget allows.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

COUNT = int(os.environ.get("COVIDVIEWER_BENCH_SLICES", "2000"))
SIZE, BUDGET_MB, GOAL_MS, FIXED_MB = 512, 512, 200.0, 150.0


def main() -> int:
    from PySide6.QtCore import QElapsedTimer, QEventLoop
    from PySide6.QtWidgets import QApplication

    from benchmarks.loading import write_series
    from covidviewer.ui.viewport import Viewport
    from covidviewer.workspace.preferences import PreferenceStore
    from covidviewer.workspace.workspace import Workspace

    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        os.environ |= {
            "COVIDVIEWER_SETTINGS": str(root / "s.ini"),
            "COVIDVIEWER_CACHE": str(root / "cache"),
            "COVIDVIEWER_DATA": str(root / "data"),
            "COVIDVIEWER_MEMORY_MB": str(BUDGET_MB),
        }
        write_series(root / "series", COUNT, SIZE)
        application = QApplication.instance() or QApplication([])
        workspace = Workspace(PreferenceStore())
        workspace.read_automatically = False
        viewport = Viewport(workspace, workspace.active_tile)
        viewport.resize(1024, 1024)
        viewport.show()
        application.processEvents()
        before = own_memory()
        clock = QElapsedTimer()
        times: dict[str, float] = {}
        tile = workspace.active_tile
        workspace.scan_changed.connect(lambda: clock.start() if workspace.scan.finished and not times else None)

        def first() -> None:
            viewport.canvas.repaint()
            times.setdefault("first", clock.nsecsElapsed() / 1e6)

        tile.slice_filled.connect(first)
        began = time.perf_counter()
        workspace.open([root / "series"])
        while tile.volume is None or not tile.volume.complete:
            application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
        whole = time.perf_counter() - began
        taken = own_memory() - before
        size = tile.volume.values.nbytes / 1e6
        tile.go_to(0)
        application.processEvents()
        black = tile.slice_values() is None
        workspace.shut_down()
        viewport.close()
    print(f"{COUNT} slices of {SIZE} x {SIZE}, {size:.0f} MB of values, budget {BUDGET_MB} MB")
    print(f"first image after the headers   {times['first']:7.1f} ms (goal {GOAL_MS:.0f})")
    print(f"opened and loaded whole         {whole * 1000:7.0f} ms")
    print(f"memory of the program's own     {taken:7.0f} MB (allowed: budget and {FIXED_MB:.0f})")
    return int(times["first"] > GOAL_MS or taken > BUDGET_MB + FIXED_MB or black)


def own_memory() -> float:
    """MB of anonymous memory: what the system cannot drop. 0 where it cannot be told."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("RssAnon:"):
                return float(line.split()[1]) / 1000
    except OSError:
        pass
    return 0.0


if __name__ == "__main__":
    raise SystemExit(main())
