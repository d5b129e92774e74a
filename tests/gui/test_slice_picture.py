"""The picture that is interpolated beforehand and the one that the painter interpolates are the same picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from covidviewer.imaging import lookup
from covidviewer.imaging.voi import Window
from covidviewer.ui.canvas import Canvas
from covidviewer.ui.image_layer import ImageLayer
from covidviewer.workspace.workspace import Workspace

ROWS, COLUMNS = 60, 84
GRID = np.array([[10.0, 0, 4.5], [0, 10.0, 4.5]])


@pytest.fixture
def cv2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "_cv2", None)  # put back afterwards, whatever it was
    assert lookup.load()


def shades(canvas: Canvas) -> np.ndarray:
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return data[:, : image.width() * 4].reshape(image.height(), image.width(), 4)[..., :3].astype(int)


@pytest.fixture
def canvas_of(
    cv2: None, qtbot: QtBot, workspace: Workspace, make_series: Callable, reading_of: Callable
) -> Callable[..., Canvas]:
    def make(values: np.ndarray, spacing: tuple[float, float] = (1.0, 1.0)) -> Canvas:
        series, volume = make_series(values[None], spacing=(2.0, *spacing))
        tile = workspace.active_tile
        tile.show(series, volume)
        if values.ndim == 2:
            tile.set_window(Window(0, 900))
        workspace.preferences.update(corner_texts="none")
        workspace.readings.start(series.key, 1)
        heat = np.linspace(0, 1, 48, dtype=np.float32).reshape(6, 8)
        workspace.readings.accept(series.key, (reading_of(0, 0.9, heat, GRID),))
        tile.set_overlay(visible=False)
        canvas = Canvas(workspace, tile)
        qtbot.addWidget(canvas)
        canvas.resize(312, 300)
        return canvas

    return make


def soft(shape: tuple[int, ...]) -> np.ndarray:
    """Values that hardly differ from pixel to pixel, so that the painter's coarse weights do not show."""
    row, column = np.mgrid[: shape[0], : shape[1]]
    return 400 * np.sin(row / 9) * np.cos(column / 11) + 2 * row


def by_painter(canvas: Canvas, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    with monkeypatch.context() as patch:
        patch.setattr(ImageLayer, "scaled", lambda *_: None)
        return shades(canvas)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("flips", [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("spacing", [(1.0, 1.0), (1.3, 0.7)])
def test_both_ways_show_the_same(
    canvas_of: Callable[..., Canvas], monkeypatch: pytest.MonkeyPatch, turns: int, flips: tuple[bool, bool],
    spacing: tuple[float, float],
) -> None:  # fmt: skip
    canvas = canvas_of(soft((ROWS, COLUMNS)).astype(np.int16), spacing)
    canvas._tile.set_view(quarter_turns=turns, flip_h=flips[0], flip_v=flips[1])
    quick, plain = shades(canvas), by_painter(canvas, monkeypatch)
    assert plain.std() > 20
    # At the image's edge the painter may round a column the other way.
    assert np.percentile(np.abs(quick - plain), 99.0) <= 4
    assert np.abs(quick - plain).mean() < 1


@pytest.mark.parametrize("kind", ["float", "colour", "inverted", "fill", "reduced"])
def test_of_every_kind_of_slice(
    canvas_of: Callable[..., Canvas], monkeypatch: pytest.MonkeyPatch, kind: str, workspace: Workspace
) -> None:
    values = soft((ROWS, COLUMNS)).astype(np.float32 if kind == "float" else np.int16)
    if kind == "colour":
        values = np.stack([np.clip(values / 4 + k, 0, 255) for k in (60, 100, 140)], axis=-1).astype(np.uint8)
    if kind == "reduced":
        values = soft((1201, 1501)).astype(np.int16)
    canvas = canvas_of(values)
    if kind == "inverted":
        canvas._tile.set_view(invert=True)
    if kind == "fill":
        canvas._tile.set_overlay(visible=True, form="fill", threshold=0.3, opacity=0.6)
    quick, plain = shades(canvas), by_painter(canvas, monkeypatch)
    assert plain.std() > 20
    assert np.percentile(np.abs(quick - plain), 99.0) <= 6
    assert np.abs(quick - plain).mean() < 1.5


def test_what_is_shown_in_part_is_left_to_the_painter(
    canvas_of: Callable[..., Canvas], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    old = ImageLayer.scaled
    monkeypatch.setattr(ImageLayer, "scaled", lambda *args: asked.append(1) or old(*args))
    canvas = canvas_of(soft((ROWS, COLUMNS)).astype(np.int16))
    shades(canvas)
    assert asked
    asked.clear()
    canvas._tile.set_view(zoom=12.0)
    shades(canvas)
    assert not asked


def test_only_what_changed_is_interpolated_again(
    canvas_of: Callable[..., Canvas], monkeypatch: pytest.MonkeyPatch
) -> None:
    from covidviewer.imaging.scaling import Scaler

    made: list[object] = []
    old = Scaler.scale
    monkeypatch.setattr(Scaler, "scale", lambda *args: made.append(1) or old(*args))
    canvas = canvas_of(soft((ROWS, COLUMNS)).astype(np.int16))
    first = shades(canvas)
    assert len(made) == 1
    shades(canvas)
    assert len(made) == 1
    canvas._tile.set_overlay(visible=True, form="contour", threshold=0.5)
    shades(canvas)
    assert len(made) == 1  # lines are drawn over it
    canvas._tile.set_window(Window(100, 600))
    assert (shades(canvas) != first).any()
    assert len(made) == 2
