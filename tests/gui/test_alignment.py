"""The map lies where the image is: measured on the pixels that the screen shows, not on our own transforms."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from covidviewer.imaging import lookup
from covidviewer.imaging.contours import contours
from covidviewer.imaging.voi import Window
from covidviewer.inference import prepare
from covidviewer.inference.results import Heatmap
from covidviewer.ui.canvas import Canvas
from covidviewer.ui.image_layer import reduced, reduction_for
from covidviewer.ui.map_raster import (
    Spread,
    contour_segments,
    crossings,
    hot_box,
    nearest_cells,
    shifted,
)
from covidviewer.ui.projection import Projection, pixel_aspect
from covidviewer.ui.raster import Raster
from covidviewer.workspace.state import ViewState
from covidviewer.workspace.workspace import Workspace

ROWS, COLUMNS = 96, 120
SPOT = (37, 71)  # row, column of the bright voxel
OBLIQUE = (math.cos(0.35), 0.0, math.sin(0.35), 0.0, 1.0, 0.0)
TURNS = [(turns, flip) for turns in range(4) for flip in (False, True)]


def shades(canvas: Canvas) -> np.ndarray:
    """What is on screen, (height, width, 3) float, red green blue in device pixels."""
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return data[:, : image.width() * 4].reshape(image.height(), image.width(), 4)[..., :3].astype(np.float64)


def centroid(weights: np.ndarray) -> tuple[float, float]:
    """(x, y) of the middle of light, in device pixels; pixel centres at halves."""
    y, x = np.mgrid[: weights.shape[0], : weights.shape[1]] + 0.5
    return float((x * weights).sum() / weights.sum()), float((y * weights).sum() / weights.sum())


def explained(values: np.ndarray, box: tuple[float, float, float, float], size: tuple[int, int]) -> Heatmap:
    """A toy explainer: the network's input itself, seen through a crop and a resize of `prepare`."""
    placement = prepare.Placement(values.shape[:2], size, box, (0, 0, *size))
    picture = np.where(values > 0, 255, 0).astype(np.uint8)
    seen = prepare.render(picture, placement).astype(np.float32)
    return Heatmap(seen / seen.max(), placement.to_slice(size), "toy", "covid", size)


@pytest.fixture(params=["by the painter", "beforehand"])
def interpolated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of bringing a picture to the screen's pixels."""
    monkeypatch.setattr(lookup, "_cv2", None)  # put back afterwards, whatever it was
    if request.param == "beforehand":
        assert lookup.load()


@pytest.fixture
def canvas_of(
    interpolated: None, qtbot: QtBot, workspace: Workspace, make_series: Callable, reading_of: Callable
) -> Callable[..., Canvas]:
    def make(heat: Heatmap, values: np.ndarray, spacing: tuple[float, float], orientation: tuple[float, ...]) -> Canvas:
        series, volume = make_series(values[None], spacing=(2.0, *spacing), orientation=orientation)
        tile = workspace.active_tile
        tile.show(series, volume)
        tile.set_window(Window(500, 1000))
        workspace.preferences.update(corner_texts="none")
        workspace.readings.start(series.key, 1)
        workspace.readings.accept(series.key, (reading_of(0, 0.9, heat.values, heat.to_slice),))
        tile.set_overlay(form="fill", threshold=0.05, opacity=0.7, visible=False)
        canvas = Canvas(workspace, tile)
        qtbot.addWidget(canvas)
        canvas.resize(312, 300)  # a small tile carries no legend and no band
        return canvas

    return make


def image_only(canvas: Canvas, picture: np.ndarray) -> np.ndarray:
    """The part of the screen that the image covers."""
    projection = canvas.projection()
    assert projection is not None
    place, dpr = projection.image_rect(), canvas.devicePixelRatioF()
    mask = np.zeros(picture.shape[:2], bool)
    mask[
        max(round(place.top() * dpr), 0) : round(place.bottom() * dpr),
        max(round(place.left() * dpr), 0) : round(place.right() * dpr),
    ] = True
    return mask


@pytest.mark.parametrize(("turns", "flip"), TURNS)
@pytest.mark.parametrize(
    ("spacing", "box", "size", "orientation"),
    [
        ((1.0, 1.0), (0, 0, ROWS, COLUMNS), (ROWS, COLUMNS), (1.0, 0, 0, 0, 1.0, 0)),
        ((1.3, 0.6), (0, 0, ROWS, COLUMNS), (64, 64), (1.0, 0, 0, 0, 1.0, 0)),
        ((0.5, 0.9), (11, 23, 83, 101), (56, 56), OBLIQUE),
    ],
    ids=["square", "non-square", "crop oblique"],
)
def test_bright_voxel_and_its_map_meet_on_screen(
    canvas_of: Callable[..., Canvas],
    spacing: tuple[float, float],
    box: tuple[float, float, float, float],
    size: tuple[int, int],
    orientation: tuple[float, ...],
    turns: int,
    flip: bool,
) -> None:
    values = np.zeros((ROWS, COLUMNS), np.int16)
    values[SPOT] = 1000
    canvas = canvas_of(explained(values, box, size), values, spacing, orientation)
    tile = canvas._tile
    tile.set_view(quarter_turns=turns, flip_h=flip)
    bare = shades(canvas)
    inside = image_only(canvas, bare)
    spot = centroid(bare.sum(axis=2) * inside)
    values[SPOT] = 0  # the map alone, over black
    canvas._picture.image.clear()
    tile.set_overlay(visible=True)
    light = shades(canvas).sum(axis=2) * inside
    assert light.max() > 100, "the map is not on screen"
    place = centroid(light)
    assert abs(place[0] - spot[0]) <= 0.5
    assert abs(place[1] - spot[1]) <= 0.5
    # And both are where the projection says.
    projection = canvas.projection()
    assert projection is not None
    said = projection.to_screen(*SPOT) * canvas.devicePixelRatioF()
    assert abs(said.x() - spot[0]) <= 0.5
    assert abs(said.y() - spot[1]) <= 0.5


@pytest.mark.parametrize(("turns", "flip"), TURNS)
@pytest.mark.parametrize("aspect", [1.0, 0.4, 2.5])
def test_projection_goes_there_and_back(turns: int, flip: bool, aspect: float) -> None:
    from PySide6.QtCore import QRectF

    view = ViewState(quarter_turns=turns, flip_h=flip, flip_v=not flip, zoom=3.0, center=(10.0, 30.0))
    projection = Projection.make(50, 70, aspect, view, QRectF(0, 0, 333, 222), 1.5)
    row, column = projection.to_image(projection.to_screen(12.25, 7.5))
    assert (row, column) == pytest.approx((12.25, 7.5))
    mapped = projection.transform().map(QPointF(7.5, 12.25))
    assert (mapped.x(), mapped.y()) == pytest.approx(projection.to_screen(12.25, 7.5).toTuple())
    # Pixel (0, 0) of a picture reduced by 2 stands for the middle of four pixels.
    half = projection.transform(2).map(QPointF(0, 0))
    assert (half.x(), half.y()) == pytest.approx(projection.to_screen(0.5, 0.5).toTuple())


def test_clockwise_turn_takes_the_top_to_the_right() -> None:
    from PySide6.QtCore import QRectF

    area = QRectF(0, 0, 100, 100)
    turned = Projection.make(40, 40, 1.0, ViewState(quarter_turns=1), area, 1.0)
    top = turned.to_screen(0, 19.5)
    assert top.x() > 80
    assert top.y() == pytest.approx(50, abs=1)
    # Flips come before turns: the flipped left edge is at the right, and turned it is at the bottom.
    both = Projection.make(40, 40, 1.0, ViewState(quarter_turns=1, flip_h=True), area, 1.0)
    assert both.to_screen(19.5, 0).y() > 80


def test_fitted_image_fills_the_area_in_true_proportion() -> None:
    from PySide6.QtCore import QRectF

    fitted = Projection.make(100, 100, 2.0, ViewState(), QRectF(0, 0, 300, 400), 1.0)
    place = fitted.image_rect()
    assert place.height() == pytest.approx(2 * place.width())
    assert place.height() == pytest.approx(400)
    turned = Projection.make(100, 100, 2.0, ViewState(quarter_turns=1), QRectF(0, 0, 300, 400), 1.0)
    assert turned.image_rect().width() == pytest.approx(300)


@pytest.mark.parametrize("dpr", [1.0, 1.25, 1.5, 2.0])
def test_one_to_one_is_device_pixels(dpr: float) -> None:
    from PySide6.QtCore import QRectF

    projection = Projection.make(64, 64, 1.0, ViewState(zoom=1.0), QRectF(0, 0, 401, 303), dpr)
    place = projection.image_rect()
    assert place.width() * dpr == pytest.approx(64)
    # The image begins on a whole device pixel, else every pixel would be a mixture of two.
    assert place.left() * dpr == pytest.approx(round(place.left() * dpr))
    assert place.top() * dpr == pytest.approx(round(place.top() * dpr))


@pytest.mark.parametrize(
    ("spacing", "ratio", "wanted"),
    [
        ((2.0, 1.0), None, 2.0),
        ((float("nan"), 1.0), (4.0, 3.0), 4 / 3),
        ((), None, 1.0),
        ((0.0, 0.0), None, 1.0),
        ((1.0, 1.0), (4.0, 3.0), 1.0),
    ],
)
def test_pixel_aspect(spacing: tuple[float, ...], ratio: tuple[float, float] | None, wanted: float) -> None:
    assert pixel_aspect(spacing, ratio) == pytest.approx(wanted)


@pytest.mark.parametrize("reduction", [1, 2, 3])
def test_screen_map_equals_the_exported_one(reduction: int) -> None:
    """One picture of a map for screen, PNG and export (DESIGN 4)."""
    rng = np.random.default_rng(3)
    shape = (60, 72)
    placement = prepare.Placement((60, 72), (64, 64), (6.5, 9.0, 55.0, 66.0), (0, 0, 64, 64))
    heat = Heatmap(rng.normal(0.4, 0.5, (8, 8)).astype(np.float32), placement.to_slice((8, 8)), "toy", "c", (8, 8))
    small = (shape[0] // reduction, shape[1] // reduction)
    out = np.empty(small, np.uint8)
    here = Raster.reduced(*shape, reduction).of(heat)
    Spread(out.size).levels(here, out)
    wanted = prepare.map_to_levels(here, small)
    assert np.abs(out.astype(int) - wanted).max() <= 1
    if reduction > 1:
        # The reduced picture shows the mean of what the full one shows; the edge of the seen part is cut coarser.
        full = reduced(prepare.map_to_levels(heat, shape), reduction).astype(float)
        assert np.abs(full - out)[6:-6, 8:-8].max() < 12


@pytest.mark.parametrize("threshold", [0.05, 0.35, 0.6, 0.95])
def test_outside_the_hot_part_there_is_no_map(threshold: float) -> None:
    from covidviewer.imaging.display import map_colors

    rng = np.random.default_rng(5)
    placement = prepare.Placement((90, 70), (64, 64), (3.0, 5.5, 88.0, 60.0), (0, 0, 64, 64))
    values = np.zeros((14, 14), np.float32)
    values[4:7, 8:12] = rng.random((3, 4), np.float32)
    values[9, 3] = threshold
    heat = Heatmap(values, placement.to_slice((14, 14)), "toy", "c", (14, 14))
    whole = np.take(map_colors("inferno", threshold, 0.5), prepare.map_to_levels(heat, (90, 70)))
    box = hot_box(heat, threshold, (90, 70))
    assert box is not None
    assert box.rows * box.columns < 90 * 70
    part = np.empty((box.rows, box.columns), np.uint8)
    Spread(90 * 70).levels(shifted(heat, box), part)
    shown = np.zeros_like(whole)
    shown[box.top : box.top + box.rows, box.left : box.left + box.columns] = np.take(
        map_colors("inferno", threshold, 0.5), part
    )
    assert ((shown >> 24 > 0) == (whole >> 24 > 0)).mean() > 0.999  # rounding on the edge itself
    assert np.abs((shown >> 24).astype(int) - (whole >> 24)).max() <= 8
    assert hot_box(Heatmap(values * 0, heat.to_slice, "toy", "c", (14, 14)), threshold, (90, 70)) is None


def test_blocks_are_the_true_cells() -> None:
    placement = prepare.Placement((40, 40), (4, 4), (4, 8, 36, 40), (0, 0, 4, 4))
    values = np.arange(16, dtype=np.float32).reshape(4, 4) / 16
    index = nearest_cells(Heatmap(values, placement.to_slice((4, 4)), "toy", "c", (4, 4)), (40, 40))
    assert (index[4:12, 8:16] == round(values[0, 0] * 255)).all()
    assert (index[28:36, 32:40] == round(values[3, 3] * 255)).all()
    assert (index[:4] == 0).all()
    assert (index[:, :8] == 0).all()


@pytest.mark.parametrize("cells", [12, 40, 70])
def test_contour_runs_where_the_fill_ends(cells: int) -> None:
    y, x = np.mgrid[:cells, :cells] / cells * 12
    values = np.maximum(
        np.exp(-((y - 5.2) ** 2 + (x - 6.1) ** 2) / 9), 0.9 * np.exp(-((y - 9.5) ** 2 + (x - 2.1) ** 2) / 2)
    ).astype(np.float32)
    placement = prepare.Placement((150, 150), (cells, cells), (10, 20, 140, 146), (0, 0, cells, cells))
    heat = Heatmap(values, placement.to_slice((cells, cells)), "toy", "c", (cells, cells))
    fill = prepare.map_to_slice(heat, (150, 150)) >= 0.5
    segments = contour_segments(heat, 0.5)
    # Every end lies on the edge of the fill: both kinds of pixel are near ...
    for row, column in segments.reshape(-1, 2):
        near = fill[int(row) - 1 : int(row) + 3, int(column) - 1 : int(column) + 3]
        assert near.any()
        assert not near.all()
    # ... and wherever the fill ends, a line is near.
    rows, columns = np.nonzero(fill[:, 1:] != fill[:, :-1])
    middles = segments.mean(axis=1)
    reach = np.hypot(middles[:, 0, None] - rows, middles[:, 1, None] - columns - 0.5).min(axis=0)
    length = np.hypot(*(segments[:, 1] - segments[:, 0]).T).max()
    assert reach.max() <= length / 2 + 1.5
    assert len(rows) > 40


def test_contour_agrees_with_the_joined_one() -> None:
    """The screen's loose segments are those of `imaging.contours`, saddles too."""
    rng = np.random.default_rng(8)
    values = rng.random((20, 23)).astype(np.float32)
    loose = crossings(values, 0.5)
    joined = [np.stack((line[:-1], line[1:]), axis=1) for line in contours(values, 0.5)]
    wanted = np.concatenate(joined)

    def ordered(segments: np.ndarray) -> np.ndarray:
        ends = np.round(segments, 6)
        turn = (ends[:, 0, 0] > ends[:, 1, 0]) | ((ends[:, 0, 0] == ends[:, 1, 0]) & (ends[:, 0, 1] > ends[:, 1, 1]))
        ends = np.where(turn[:, None, None], ends[:, ::-1], ends).reshape(-1, 4)
        return ends[np.lexsort(ends.T[::-1])]

    assert loose.shape == wanted.shape
    assert np.allclose(ordered(loose), ordered(wanted), atol=1e-5)


def test_contour_closes_at_the_border_of_what_the_network_saw() -> None:
    values = np.zeros((6, 6), np.float32)
    values[:3, :2] = 1.0  # reaches the border
    placement = prepare.Placement((60, 60), (6, 6), (0, 0, 60, 60), (0, 0, 6, 6))
    segments = contour_segments(Heatmap(values, placement.to_slice((6, 6)), "toy", "c", (6, 6)), 0.5)
    points = segments.reshape(-1, 2)
    assert points.min(axis=0) == pytest.approx((-0.5, -0.5))
    # Closed: every end is the end of two segments.
    _, counts = np.unique(np.round(points, 6), axis=0, return_counts=True)
    lengths = np.hypot(*(segments[:, 1] - segments[:, 0]).T)
    assert (counts[counts > 0] % 2 == 0).all() or lengths.min() == 0
    assert len(contour_segments(Heatmap(values * 0.1, placement.to_slice((6, 6)), "toy", "c", (6, 6)), 0.5)) == 0


def test_reduction() -> None:
    assert [reduction_for(f) for f in (3.0, 1.0, 0.51, 0.5, 0.34, 0.01)] == [1, 1, 1, 2, 2, 8]
    values = np.arange(5 * 7, dtype=np.int16).reshape(5, 7) - 10
    small = reduced(values, 2)
    assert small.shape == (3, 4)
    assert small.dtype == np.int16
    assert small[0, 0] == round(values[:2, :2].mean())
    assert small[2, 3] == values[4, 6]
