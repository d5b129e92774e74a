"""What the tests of widgets share: a workspace, series in memory, and a look at what a test leaves behind."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from covidviewer.dicom.catalog import Frame, HeaderWindow, Kind, Note, PixelFormat, Stack
from covidviewer.imaging.volume import Volume
from covidviewer.inference.results import Provenance, SliceReading
from covidviewer.study import Series
from covidviewer.workspace.preferences import PreferenceStore
from covidviewer.workspace.workspace import Workspace

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def _running() -> list[object]:
    """Active timers and running threads among what Python made since the last freeze."""
    busy = []
    for thing in gc.get_objects():
        # type() and not isinstance: the latter asks foreign objects for their __class__, and some of them warn.
        kind = type(thing)
        if issubclass(kind, (QTimer, QThread)) and isValid(thing):
            active = thing.isRunning() if issubclass(kind, QThread) else thing.isActive()
            if active:
                busy.append(thing)
    return busy


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Fail a test that leaves a running thread, an active timer or a top-level widget behind.

    What lives before the test is frozen: once torch is imported a million objects are, and to go through them all
    after every test took half of the suite's time.
    """
    application = QApplication.instance()
    gc.collect()
    gc.freeze()
    windows = set(map(id, QApplication.topLevelWidgets())) if isinstance(application, QApplication) else set()
    yield
    if not isinstance(QApplication.instance(), QApplication):
        return
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = _running()
    widgets = [
        w
        for w in QApplication.topLevelWidgets()
        if id(w) not in windows and (w.isVisible() or type(w).__module__.startswith("covidviewer"))
    ]
    assert not left, f"left behind: {left}"
    assert not widgets, f"left behind: {widgets}"


@pytest.fixture(autouse=True)
def widgets_are_kept(nothing_left: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Widgets given to qtbot live until the test has ended.

    pytest-qt holds them weakly and works off events after the last line of a test: a window that only a local name of
    the test held may then be taken down by the garbage collector in the middle of its own paint.
    """
    kept: list[QWidget] = []
    add = QtBot.addWidget

    def keeping(bot: QtBot, widget: QWidget, **options: Any) -> None:
        kept.append(widget)
        add(bot, widget, **options)

    monkeypatch.setattr(QtBot, "addWidget", keeping)
    yield
    kept.clear()


@pytest.fixture
def workspace(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace whose settings and caches are the test's own."""
    monkeypatch.setenv("COVIDVIEWER_SETTINGS", str(tmp_path / "settings.ini"))
    monkeypatch.setenv("COVIDVIEWER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COVIDVIEWER_DATA", str(tmp_path / "data"))
    store = PreferenceStore()
    made = Workspace(store)
    yield made
    assert made.shut_down()


MakeSeries = Callable[..., tuple[Series, Volume]]


@pytest.fixture
def make_series() -> MakeSeries:
    """``make_series(values, ...)``: a series and its filled volume, without files.

    values : (slices, rows, columns) int16 or float32, or (slices, rows, columns, 3) uint8.
    spacing : (slice, row, column) mm. orientation : row then column cosines, None for no geometry.
    """

    def make(
        values: np.ndarray,
        *,
        spacing: tuple[float, float, float] = (2.0, 1.0, 1.0),
        orientation: tuple[float, ...] | None = AXIAL,
        kind: Kind = Kind.CT,
        modality: str = "CT",
        units: str = "HU",
        padding: float | None = None,
        inverted: bool = False,
        windows: tuple[HeaderWindow, ...] = (),
        notes: tuple[Note, ...] = (),
        filled: bool = True,
        key: str = "series",
        **stack_fields: object,
    ) -> tuple[Series, Volume]:
        count, rows, columns = values.shape[:3]
        color = values.ndim == 4
        format = PixelFormat(
            "1.2.840.10008.1.2.1", rows, columns, 8 if color else 16, 8 if color else 16, 7 if color else 15,
            not color, 3 if color else 1, "RGB" if color else "MONOCHROME1" if inverted else "MONOCHROME2",
        )  # fmt: skip
        affine = np.eye(4)
        positions: list[tuple[float, float, float] | None] = [None] * count
        if orientation is not None:
            row, column = np.array(orientation[:3]), np.array(orientation[3:])
            normal = np.cross(row, column)
            affine[:3, 0], affine[:3, 1], affine[:3, 2] = normal * spacing[0], column * spacing[1], row * spacing[2]
            affine[:3, 3] = (-100.0, -80.0, 40.0)
            positions = [tuple(affine[:3, 3] + i * affine[:3, 0]) for i in range(count)]  # type: ignore[misc]
        frames = tuple(
            Frame(
                Path(f"image{i}.dcm"),
                f"1.2.3.{i}",
                1,
                format,
                instance_number=i + 1,
                position=positions[i],
                orientation=orientation,
                spacing=spacing[1:] if spacing[1] > 0 else None,
                spacing_kind="patient",
                rescale_given=units == "HU",
                windows=windows,
                thickness=spacing[0],
            )
            for i in range(count)
        )
        stack = Stack(
            key, kind, modality, "Thorax 2.0 Br59", "1.2.3", "1.2", frames, number=4,
            positions_mm=np.arange(count) * spacing[0] if orientation is not None else None, spacing_mm=spacing,
            affine=affine, uniform=True if orientation is not None else None, notes=notes, study_date="20240131",
        )  # fmt: skip
        stack = replace(stack, **stack_fields)  # type: ignore[arg-type]
        volume = Volume(values, affine, spacing, units, padding, inverted)
        volume.filled[:] = filled
        return Series(stack), volume

    return make


@pytest.fixture
def reading_of() -> Callable[..., SliceReading]:
    """``reading_of(index, score, values, to_slice)``: an answer with one map of the positive class."""

    def make(
        index: int,
        score: float,
        values: np.ndarray | None = None,
        to_slice: np.ndarray | None = None,
        threshold: float | None = 0.5,
    ) -> SliceReading:
        provenance = Provenance("net", "net.ct_v1", "ab" * 32, threshold, "covid", "CPU", "gradcam", "1")
        maps, placements = {}, {}
        if values is not None:
            maps["fine"] = np.stack([np.zeros_like(values), values]).astype(np.float16)
            placements["fine"] = np.asarray(to_slice, np.float64)
        return SliceReading(
            ("series", index, "net", "ab" * 32, "gradcam", "float32", "1"),
            index,
            ("non-covid", "covid"),
            np.array([1 - score, score], np.float32),
            maps,
            placements,
            provenance,
            12.0,
        )

    return make
