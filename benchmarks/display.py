"""Display: scroll and window steps at 1024 x 1024 with the map on, the own canvas against two pyqtgraph image items.

Both show the same 512 x 512 slices of the phantom, each step is one change and one synchronous repaint, and the two
take turns step by step, so that other work on the machine hits both. The canvas draws all that a reader sees (texts,
letters, scale bar, legend) and brings each map from the network's grid to the image's; pyqtgraph draws the image and
a map that has the image's size beforehand. Most rows interpolate, as the reader sees it: the goal there is against
pyqtgraph told to interpolate too (its view's render hint); the last two rows draw nearest neighbours on both sides.
Beside them stands pyqtgraph as it comes (nearest), with the data as they are and with the map coloured beforehand.
Exit code 1: a goal was missed.
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
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QWidget

EDGE, SLICES, ROUNDS, WARM_UP = 1024, 24, 120, 12
LIMIT_MS, TIMES = 6.0, 2.3

Step = Callable[[int], None]


def maps(count: int, grid: int = 56) -> np.ndarray:
    """(count, grid, grid) float32, 0..1: a few warm spots that move with the slice."""
    row, column = np.mgrid[:grid, :grid]
    spots = []
    for k in range(count):
        spot = np.zeros((grid, grid))
        for y, x, width in ((18 + k / 4, 14, 5), (34, 40 - k / 3, 7), (25, 25 + k / 5, 4)):
            spot = np.maximum(spot, np.exp(-((row - y) ** 2 + (column - x) ** 2) / (2 * width**2)))
        spots.append(spot)
    return np.array(spots, np.float32)


def own(
    volume: np.ndarray, heat: np.ndarray, form: str, *, smooth: bool = True
) -> tuple[QWidget, Step, Step, Callable[[], object]]:
    """The canvas with a series and its readings: widget, scroll step, window step, end.

    smooth : False draws with nearest neighbours, as the image items of pyqtgraph do.
    """
    from covidviewer.dicom.catalog import Frame, Kind, PixelFormat, Stack
    from covidviewer.imaging import lookup
    from covidviewer.imaging.voi import Window
    from covidviewer.imaging.volume import Volume
    from covidviewer.inference.results import Provenance, SliceReading
    from covidviewer.study import Series
    from covidviewer.ui.canvas import Canvas
    from covidviewer.workspace.preferences import PreferenceStore
    from covidviewer.workspace.workspace import Workspace

    count, rows, columns = volume.shape
    layout = PixelFormat("1.2.840.10008.1.2.1", rows, columns, 16, 16, 15, True)
    axial, pixel = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), 360.0 / columns
    frames = tuple(
        Frame(
            Path(f"{k}.dcm"),
            f"1.2.{k}",
            1,
            layout,
            k + 1,
            (0.0, 0.0, 3.0 * k),
            axial,
            (pixel, pixel),
            "patient",
            rescale_given=True,
        )
        for k in range(count)
    )
    affine = np.diag([3.0, pixel, pixel, 1.0])[[2, 1, 0, 3]][:, [0, 1, 2, 3]]
    stack = Stack(
        "bench",
        Kind.CT,
        "CT",
        "Phantom",
        "1.2.3",
        "1.2",
        frames,
        1,
        3.0 * np.arange(count),
        (3.0, pixel, pixel),
        affine,
        True,
    )
    lookup.load()  # as the program does beside its first window
    workspace = Workspace(PreferenceStore())
    workspace.preferences.update(smooth=smooth)
    workspace.read_automatically = False
    tile = workspace.active_tile
    series, shown = Series(stack), Volume(volume, affine, (3.0, pixel, pixel), "HU")
    shown.filled[:] = True
    source = Provenance("bench", "bench.v1", "0" * 64, 0.5, "covid", "CPU", "gradcam", "1")
    cell = rows / heat.shape[1]
    to_slice = np.array([[cell, 0.0, cell / 2 - 0.5], [0.0, cell, cell / 2 - 0.5]])
    workspace.readings.start(series.key, count)
    readings = tuple(
        SliceReading(
            (series.key, k, "bench", "0", "gradcam", "float32", "1"),
            k,
            ("non-covid", "covid"),
            np.array([0.1, 0.9], np.float32),
            {"fine": np.stack([heat[k], heat[k]]).astype(np.float16)},
            {"fine": to_slice},
            source,
            1.0,
        )
        for k in range(count)
    )
    workspace.readings.accept(series.key, readings)
    canvas = Canvas(workspace, tile)
    canvas.resize(EDGE, EDGE)
    tile.show(series, shown, 0)
    tile.set_overlay(visible=True, form=form, threshold=0.35, opacity=0.3)
    canvas.show()

    def scroll(k: int) -> None:
        tile.go_to_index(k % count)
        canvas.repaint()

    def window(k: int) -> None:
        tile.set_window(Window(-600.0 + 5 * (k % 40), 1500.0 + 3 * (k % 40)))
        canvas.repaint()

    return canvas, scroll, window, workspace.shut_down


def pyqtgraph_items(
    volume: np.ndarray, heat: np.ndarray, *, tuned: bool, smooth: bool = False
) -> tuple[QWidget, Step, Step]:
    """Two image items, row-major, levels given.

    tuned : False gives them the data as they are, int16 and float32 with a look-up table; True its quickest way that
    we know: the map coloured beforehand by one `take` a slice, so that no table is left to the item. smooth : the view
    interpolates; without it nearest neighbours are drawn, as pyqtgraph does by itself.
    """
    import pyqtgraph

    from covidviewer.imaging import colormaps

    count, rows, columns = volume.shape
    spread = np.repeat(np.repeat(heat, -(-rows // heat.shape[1]), axis=1), -(-columns // heat.shape[2]), axis=2)
    spread = np.ascontiguousarray(spread[:, :rows, :columns])
    steps = (spread * 255).astype(np.uint8)
    view = pyqtgraph.GraphicsView()
    view.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    box = pyqtgraph.ViewBox(invertY=True, lockAspect=True, enableMenu=False)
    view.setCentralItem(box)
    view.resize(EDGE, EDGE)
    image, overlay = (pyqtgraph.ImageItem(axisOrder="row-major") for _ in range(2))
    table = np.concatenate([colormaps.table("inferno"), np.full((256, 1), 76, np.uint8)], axis=1)
    table[: int(0.35 * 255), 3] = 0
    if not tuned:
        overlay.setLookupTable(table)
    box.addItem(image)
    box.addItem(overlay)
    levels = [(-600.0 - 750, -600.0 + 750)]

    def scroll(k: int) -> None:
        image.setImage(volume[k % count], autoLevels=False, levels=levels[0])
        if tuned:
            overlay.setImage(table.take(steps[k % count], axis=0), autoLevels=False, levels=None)
        else:
            overlay.setImage(spread[k % count], autoLevels=False, levels=(0, 1))
        view.viewport().repaint()

    def window(k: int) -> None:
        level, width = -600 + 5 * (k % 40), 1500 + 3 * (k % 40)
        levels[0] = (level - width / 2, level + width / 2)
        image.setLevels(levels[0])
        view.viewport().repaint()

    scroll(0)
    box.setRange(xRange=(0, columns), yRange=(0, rows), padding=0)
    view.show()
    return view, scroll, window


def timed(application: QApplication, steps: dict[str, Step], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Milliseconds of each step; the ways take turns. Left-over events are handled off the clock."""
    spent: dict[str, list[float]] = {name: [] for name in steps}
    for k in range(rounds + WARM_UP):
        for name, step in steps.items():
            start = time.perf_counter()
            step(k)
            took = (time.perf_counter() - start) * 1e3
            if k >= WARM_UP:
                spent[name].append(took)
        application.processEvents()
    return spent


def percentile(values: list[float], share: float) -> float:
    return float(np.percentile(values, share))


def main() -> int:
    from covidviewer.imaging import phantom

    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    pixel = 360.0 / 512
    corner = -(512 - 1) / 2 * pixel
    planes = [
        phantom.Plane((corner, corner, 3.0 * k - 40), (0, pixel, 0), (pixel, 0, 0), (512, 512)) for k in range(SLICES)
    ]
    volume = np.array([phantom.sample(plane, noise=16, seed=k) for k, plane in enumerate(planes)])
    heat = maps(SLICES)
    references = {
        name: pyqtgraph_items(volume, heat, tuned=name == "tuned", smooth=name == "smooth")
        for name in ("smooth", "plain", "tuned")
    }
    missed = 0
    print(f"512 x 512 slices on {EDGE} x {EDGE}, {ROUNDS} steps each, {application.platformName()}, in turns")
    heads = "".join(f"{name:>16}" for name in ("own", "pyqtgraph smooth", "nearest", "nearest, tuned"))
    print(f"{'median / 95th percentile, ms':<28}{heads}   times as fast as smooth (nearest, tuned)")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COVIDVIEWER_SETTINGS"] = str(Path(folder) / "settings.ini")
        ways = (("fill", True), ("contour", True), ("blocks", True), ("fill", False))
        for form, smooth in ways:
            canvas, scroll, window, end = own(volume, heat, form, smooth=smooth)
            application.processEvents()
            for place, (what, mine) in enumerate((("scroll", scroll), ("window", window)), start=1):
                steps = {"own": mine, **{name: reference[place] for name, reference in references.items()}}
                spent = timed(application, steps)
                median = {name: statistics.median(values) for name, values in spent.items()}
                p95 = {name: percentile(values, 95) for name, values in spent.items()}
                ratios = {name: median[name] / median["own"] for name in references}
                ratio = ratios["smooth" if smooth else "plain"]
                name = f"{what}, {form}{'' if smooth else ', nearest'}"
                met = p95["own"] <= LIMIT_MS and ratio >= TIMES
                missed += not met
                cells = "".join(f"{median[name]:>9.2f} /{p95[name]:>5.2f}" for name in spent)
                print(
                    f"{name:<28}{cells}   {ratios['smooth']:.2f} ({ratios['plain']:.2f}, {ratios['tuned']:.2f})   "
                    + ("ok" if met else "MISSED"),
                    flush=True,
                )
            canvas.close()
            canvas.deleteLater()
            end()
    print(
        f"goals: 95th percentile at most {LIMIT_MS:g} ms, at least {TIMES:g} times as fast as pyqtgraph drawing "
        "the same way (interpolated; in the rows 'nearest' nearest)"
    )
    for view, *_ in references.values():
        view.close()
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
