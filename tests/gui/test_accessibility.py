"""Every control of the window, its docks and dialogs: a name for the screen reader, the keyboard, a large target."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QDockWidget,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QToolBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from covidviewer.ui.on_screen import bring_back, placed
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.workspace import Workspace

CONTROLS = (
    QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit
)  # fmt: skip


@pytest.fixture
def window(workspace: Workspace, qtbot: QtBot) -> Iterator[MainWindow]:
    made = MainWindow(workspace)
    qtbot.addWidget(made)
    made.show()
    for name in made.docks.by_name:
        made.show_dock(name)
    made.show_settings()
    made.show_about()
    made.show_left_out()
    made.show_series_info()
    qtbot.wait(10)
    yield made
    made.close()


def controls(root: QWidget) -> list[QWidget]:
    """What a reader acts with, as shown. Parts of Qt's own controls belong to these."""
    found = []
    for child in root.findChildren(QWidget):
        inner = child.objectName().startswith("qt_") or isinstance(child, QScrollBar | QHeaderView)
        if isinstance(child, CONTROLS) and not inner and not child.isHidden() and not _within_another(child):
            found.append(child)
    return found


def _within_another(child: QWidget) -> bool:
    """Lists of boxes, editors of spin boxes, arrows of tabs, the button that clears a line."""
    parent = child.parentWidget()
    while parent is not None:
        if isinstance(parent, QComboBox | QAbstractSpinBox | QTabBar | QLineEdit):
            return True
        parent = parent.parentWidget()
    return False


def name_of(control: QWidget) -> str:
    """What a screen reader says: the name, the text, the label that stands for it."""
    text = control.text() if isinstance(control, QAbstractButton) else ""
    buddies = [label.text() for label in control.window().findChildren(QLabel) if label.buddy() is control]
    return control.accessibleName() or text or control.toolTip() or "".join(buddies)


def test_every_control_has_a_name(window: MainWindow) -> None:
    everything = controls(window)
    assert len(everything) > 60  # head, docks and dialogs are among them
    assert {type(c.window()) for c in everything} - {MainWindow}
    nameless = [f"{type(c).__name__} {c.objectName()} in {type(c.parentWidget()).__name__}" for c in everything
                if not name_of(c)]  # fmt: skip
    assert not nameless, "\n".join(nameless)


def test_every_control_is_reached_by_keyboard(window: MainWindow) -> None:
    """By Tab, or by a key or menu of the action that it stands for, or by arrows within its group."""
    shut_out = []
    for control in controls(window):
        by_focus = bool(control.focusPolicy() & Qt.FocusPolicy.TabFocus)
        by_action = bool(control.actions())  # all actions of the window stand in its menus
        if not by_focus and not by_action:
            shut_out.append(f"{type(control).__name__} {name_of(control)!r} in {type(control.parentWidget()).__name__}")
    assert not shut_out


def test_targets_are_large_enough(window: MainWindow) -> None:
    """WCAG 2.2 SC 2.5.8: 24 logical pixels."""
    small = [
        f"{type(control).__name__} {name_of(control)!r} {control.width()}x{control.height()}"
        for control in controls(window)
        if isinstance(control, QAbstractButton) and control.isVisible() and min(control.width(), control.height()) < 24
    ]
    assert not small


def test_dialogs_and_docks_have_titles(window: MainWindow) -> None:
    for found in (*window.findChildren(QDialog), *window.findChildren(QDockWidget), *window.findChildren(QToolBar)):
        assert found.windowTitle()


# -- screens that are gone --


def test_a_window_on_a_screen_that_is_there_stays() -> None:
    screens = [QRect(0, 0, 1920, 1080), QRect(1920, 0, 1280, 1024)]
    frame = QRect(2000, 50, 1000, 800)
    assert placed(frame, screens) == frame
    assert placed(QRect(-500, 50, 1000, 800), screens) == QRect(-500, 50, 1000, 800)  # half outside: can be dragged


@pytest.mark.parametrize(
    "frame",
    [QRect(2000, 50, 1000, 800), QRect(-1500, 50, 1000, 800), QRect(100, -400, 1000, 800), QRect(1900, 50, 1000, 800),
     QRect(4000, 4000, 5000, 5000)],
)  # fmt: skip
def test_a_window_beside_all_screens_comes_back(frame: QRect) -> None:
    screen = QRect(0, 0, 1920, 1080)
    assert screen.contains(placed(frame, [screen]))


def test_the_window_and_a_floating_dock_come_back(window: MainWindow, qtbot: QtBot) -> None:
    dock = window.docks.by_name["measure"]
    dock.setFloating(True)
    dock.move(9000, 9000)
    window.move(-9000, 40)
    qtbot.wait(10)
    bring_back((window, *window.docks.by_name.values()))
    qtbot.wait(10)
    screen = window.screen().availableGeometry()
    for found in (window, dock):
        head = QRect(found.frameGeometry().topLeft(), found.frameGeometry().topRight())
        assert screen.intersects(head), found.objectName()
    dock.setFloating(False)
