"""The slice bar paints itself: the handle shows where the slice is, arrows and edges stay, the theme's colours."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from covidviewer.ui import ink
from covidviewer.ui.slice_bar import SliceBar
from covidviewer.ui.viewport import Viewport
from covidviewer.workspace.workspace import Workspace


@pytest.fixture
def bar(qtbot: QtBot, workspace: Workspace, make_series: Callable) -> Iterator[SliceBar]:
    series, volume = make_series(np.zeros((20, 16, 16), np.int16))
    workspace.active_tile.show(series, volume, 19)  # axial stacks run head first: index 19 is the top
    view = Viewport(workspace, workspace.active_tile)
    qtbot.addWidget(view)
    view.resize(400, 400)
    view.show()
    qtbot.waitExposed(view)
    found = view.findChild(SliceBar)
    assert found is not None
    yield found
    view.close()


def handle_rows(bar: SliceBar) -> tuple[int, int]:
    """First and last row of the handle, along the middle of the bar, between the arrows."""
    image = bar.grab().toImage()
    x, inner = image.width() // 2, range(20, image.height() - 20)
    rows = [y for y in inner if image.pixel(x, y) != QColor(ink.STRIP).rgb()]
    assert rows
    return rows[0], rows[-1]


def test_the_handle_follows_the_slice(bar: SliceBar, workspace: Workspace) -> None:
    first = handle_rows(bar)
    workspace.active_tile.go_to(10)
    middle = handle_rows(bar)
    workspace.active_tile.go_to(19)
    last = handle_rows(bar)
    assert first[0] < middle[0] < last[0]
    assert abs((middle[0] + middle[1]) / 2 - bar.height() / 2) < bar.height() / 10


def test_all_of_it_is_painted(bar: SliceBar) -> None:
    image = bar.grab().toImage()
    assert bar.testAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
    strip = QColor(ink.STRIP).rgb()
    for x, y in ((0, 0), (image.width() - 1, 0), (0, image.height() - 1), (image.width() - 1, image.height() - 1)):
        assert image.pixel(x, y) == strip


def test_a_click_below_the_handle_goes_on(bar: SliceBar, workspace: Workspace, qtbot: QtBot) -> None:
    before = workspace.active_tile.position
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() // 2, bar.height() - 30))
    assert workspace.active_tile.position > before
