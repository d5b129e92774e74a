"""The real window over a phantom whose every pixel is known, and hands to draw on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from covidviewer.ui.canvas import Canvas
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.measurement import Measurement
from covidviewer.workspace.workspace import Workspace

Mod = Qt.KeyboardModifier
Left, NoButton = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
SHAPE = (10, 96, 128)
SPACING = (3.0, 0.8, 0.5)  # slice, row, column: pixels are not square


@dataclass
class Hand:
    """Mouse and keys on one window, in image coordinates of its active tile."""

    qtbot: QtBot
    window: MainWindow
    workspace: Workspace

    @property
    def canvas(self) -> Canvas:
        return self.window.viewport.canvas

    @property
    def only(self) -> Measurement:
        """The one measurement on the slice on screen."""
        found = self.on_slice()
        assert len(found) == 1, found
        return found[0]

    def on_slice(self) -> tuple[Measurement, ...]:
        tile = self.workspace.active_tile
        assert tile.series is not None
        frame = tile.series.instances[tile.index]
        return self.workspace.measurements.on_image((frame.sop_instance_uid, frame.frame))

    def at(self, point: tuple[float, float]) -> QPointF:
        projection = self.canvas.projection()
        assert projection is not None
        return projection.to_screen(*point)

    def send(self, kind: QEvent.Type, at: QPointF, button: object, held: object, mod: object = Mod.NoModifier) -> None:
        event = QMouseEvent(kind, at, QPointF(self.canvas.mapToGlobal(at.toPoint())), button, held, mod)  # type: ignore[call-overload]
        QApplication.sendEvent(self.canvas, event)

    def move(self, point: tuple[float, float]) -> None:
        self.send(QEvent.Type.MouseMove, self.at(point), NoButton, NoButton)

    def click(self, point: tuple[float, float]) -> None:
        at = self.at(point)
        self.send(QEvent.Type.MouseMove, at, NoButton, NoButton)
        self.send(QEvent.Type.MouseButtonPress, at, Left, Left)
        self.send(QEvent.Type.MouseButtonRelease, at, Left, NoButton)

    def double_click(self, point: tuple[float, float]) -> None:
        self.click(point)
        at = self.at(point)
        self.send(QEvent.Type.MouseButtonDblClick, at, Left, Left)
        self.send(QEvent.Type.MouseButtonRelease, at, Left, NoButton)

    def drag(self, *points: tuple[float, float], release: bool = True) -> None:
        """Press at the first point, move through the others, release at the last."""
        self.send(QEvent.Type.MouseMove, self.at(points[0]), NoButton, NoButton)
        self.send(QEvent.Type.MouseButtonPress, self.at(points[0]), Left, Left)
        for point in points[1:]:
            self.send(QEvent.Type.MouseMove, self.at(point), NoButton, Left)
        if release:
            self.send(QEvent.Type.MouseButtonRelease, self.at(points[-1]), Left, NoButton)

    def key(self, key: Qt.Key, mod: Qt.KeyboardModifier = Mod.NoModifier) -> None:
        self.qtbot.keyClick(self.canvas, key, mod)

    def keys(self, text: str) -> None:
        """A shortcut as it is written: "Shift+A"."""
        from PySide6.QtGui import QKeySequence

        found = QKeySequence(text)[0]
        self.qtbot.keyClick(self.canvas, found.key(), found.keyboardModifiers())

    def refresh(self) -> None:
        """Rules are asked after the event loop turns; tests ask them now."""
        self.window.actions_table.refresh()


def values() -> np.ndarray:
    """HU that name their place: -1000 + 7 * row + column, the same on every slice but for the slice's number."""
    count, rows, columns = SHAPE
    plane = -1000 + 7 * np.arange(rows)[:, None] + np.arange(columns)[None, :]
    return (plane[None] + np.arange(count)[:, None, None]).astype(np.int16)


@pytest.fixture
def hand(qtbot: QtBot, workspace: Workspace, make_series: Callable) -> Iterator[Hand]:
    workspace.read_automatically = False
    window = MainWindow(workspace)
    qtbot.addWidget(window)
    series, volume = make_series(values(), spacing=SPACING)
    workspace.active_tile.show(series, volume, 5)
    window.resize(1280, 860)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.viewport.setFocus()
    window.actions_table.refresh()
    window.grab()  # labels get their places when they are painted
    yield Hand(qtbot, window, workspace)
    for dialog in window.findChildren(QDialog):
        dialog.close()
