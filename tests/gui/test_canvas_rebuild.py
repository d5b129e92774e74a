"""What a paint costs: only what changed is made anew, and what is kept is bounded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QImage, QPainter
from pytestqt.qtbot import QtBot

from covidviewer.imaging import lookup
from covidviewer.imaging.voi import Window
from covidviewer.inference.results import Heatmap
from covidviewer.ui import heat_layer, image_layer
from covidviewer.ui.canvas import Canvas
from covidviewer.ui.halo_text import HaloText
from covidviewer.ui.map_raster import Spread
from covidviewer.ui.stamps import Stamps
from covidviewer.workspace.workspace import Workspace

GRID = np.array([[8.0, 0, 3.5], [0, 8.0, 3.5]])


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often the dear steps were taken."""
    calls = {"picture": 0, "table": 0, "map": 0, "contour": 0, "reduced": 0}

    def count(name: str, owner: object, attribute: str) -> None:
        old = getattr(owner, attribute)

        def new(*args: object, **fields: object) -> object:
            calls[name] += 1
            return old(*args, **fields)

        monkeypatch.setattr(owner, attribute, new)

    for way in ("grey", "wide"):  # for a picture that is interpolated beforehand, and for one that the painter draws
        count("picture", image_layer._Tables, way)
    for way in ("lut", "lut_u32"):
        count("table", image_layer.voi, way)
    count("map", heat_layer.Spread, "levels")
    count("contour", heat_layer, "contour_segments")
    count("reduced", image_layer, "reduced")
    return calls


@pytest.fixture(params=["by the painter", "beforehand"])
def interpolated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of bringing a picture to the screen's pixels."""
    monkeypatch.setattr(lookup, "_cv2", None)  # put back afterwards, whatever it was
    if request.param == "beforehand":
        assert lookup.load()


@pytest.fixture
def canvas(
    interpolated: None, qtbot: QtBot, workspace: Workspace, make_series: Callable, reading_of: Callable
) -> Canvas:
    rng = np.random.default_rng(0)
    series, volume = make_series(rng.integers(-1000, 400, (6, 64, 64)).astype(np.int16))
    tile = workspace.active_tile
    tile.show(series, volume, 3)
    workspace.readings.start(series.key, 6)
    for i in range(6):
        values = np.zeros((8, 8), np.float32)
        values[i, 2:5] = 0.9
        workspace.readings.accept(series.key, (reading_of(i, 0.9, values, GRID),))
    made = Canvas(workspace, tile)
    qtbot.addWidget(made)
    made.resize(500, 500)
    return made


def paint(canvas: Canvas, calls: dict[str, int]) -> dict[str, int]:
    """Steps that one paint took, those that were not taken left out."""
    before = dict(calls)
    canvas.grab()
    return {name: calls[name] - before[name] for name in calls if calls[name] != before[name]}


def test_only_what_changed_is_made_anew(
    canvas: Canvas, counted: dict[str, int], request: pytest.FixtureRequest
) -> None:
    blended = "by the painter" in request.node.name  # else the map is drawn over the picture
    tile = canvas._tile
    tile.set_overlay(form="fill")
    paint(canvas, counted)
    assert paint(canvas, counted) == {}
    tile.set_window(Window(0, 500))
    assert paint(canvas, counted) == {"picture": 1, "table": 1}
    tile.set_overlay(opacity=0.5)
    assert paint(canvas, counted) == ({"picture": 1} if blended else {})
    tile.go_to_index(2)
    assert paint(canvas, counted) == {"picture": 1, "map": 1, "reduced": 1}
    tile.set_view(zoom=9.0)
    tile.set_view(quarter_turns=1, flip_v=True)
    # Only a part is on screen now: that is the painter's, whoever drew the whole.
    assert paint(canvas, counted) == ({} if blended else {"picture": 1, "table": 1, "map": 1})
    canvas._on_hover(QPointF(250, 250))
    assert paint(canvas, counted) == {}
    tile.set_overlay(threshold=0.6)
    assert paint(canvas, counted) == {"picture": 1, "map": 1}


def test_a_contour_is_followed_once(canvas: Canvas, counted: dict[str, int]) -> None:
    tile = canvas._tile
    tile.set_overlay(form="contour")
    paint(canvas, counted)
    tile.set_window(Window(0, 500))
    assert paint(canvas, counted) == {"picture": 1, "table": 1}
    tile.go_to_index(2)
    assert paint(canvas, counted) == {"picture": 1, "contour": 1, "reduced": 1}
    tile.go_to_index(3)  # back
    assert "contour" not in paint(canvas, counted)
    tile.set_overlay(threshold=0.5)
    assert paint(canvas, counted) == {"contour": 1}


def test_a_map_without_numbers_breaks_nothing() -> None:
    values = np.full((4, 4), np.nan, np.float32)
    values[1, 1] = 1.0
    out = np.empty((32, 32), np.uint8)
    Spread(out.size).levels(Heatmap(values, GRID, "m", "c", (4, 4)), out)
    assert out.max() > 200
    assert out[28, 28] == 0


def drawn(stamps: Stamps, key: object, box: QRectF, painted: list[object]) -> QImage:
    image = QImage(60, 60, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)

    def paint(inner: QPainter) -> None:
        painted.append(key)
        inner.fillRect(QRectF(10, 12, 5, 5), "#ff0000")

    stamps.draw(painter, key, box, paint)
    painter.end()
    return image


def test_a_stamp_is_painted_once_and_lies_where_it_would_have_been_painted() -> None:
    stamps, painted = Stamps(), list[object]()
    for box in (QRectF(8, 8, 20, 20), QRectF(8, 8, 20, 20), QRectF(3.3, 2.7, 30, 30)):
        image = drawn(stamps, "a", box, painted)
        assert image.pixelColor(10, 12).red() == 255
        assert image.pixelColor(14, 16).red() == 255
        assert image.pixelColor(9, 12).red() == 0
        assert image.pixelColor(15, 16).red() == 0
    assert painted == ["a", "a"]  # the third lies elsewhere
    drawn(stamps, "b", QRectF(8, 8, 20, 20), painted)
    assert painted == ["a", "a", "b"]
    assert drawn(stamps, "empty", QRectF(0, 0, 0, 5), painted).pixelColor(10, 12).red() == 0


def test_stamps_and_lines_are_bounded() -> None:
    stamps, painted = Stamps(limit=1000), list[object]()
    for key in range(20):
        drawn(stamps, key, QRectF(0, 0, 20, 20), painted)
    assert len(stamps._kept) == 2
    drawn(stamps, 19, QRectF(0, 0, 20, 20), painted)
    assert painted == list(range(20))
    text = HaloText(limit=5)
    image = QImage(100, 30, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    for key in range(20):
        text.draw(painter, QPointF(2, 2), f"line {key}", QFont())
    painter.end()
    assert len(text._lines) == 5


@pytest.mark.parametrize("ground", [0xFF000000, 0xFFFFFFFF, 0xFF808080])
def test_text_is_legible_on_any_ground(qapp: object, ground: int) -> None:
    image = QImage(120, 30, QImage.Format.Format_RGB32)
    image.fill(ground)
    painter = QPainter(image)
    HaloText().draw(painter, QPointF(5, 5), "Im 12 HU −700", QFont())
    painter.end()
    shades = np.frombuffer(image.constBits(), np.uint8).reshape(30, 120, 4)[..., 0]
    assert shades.max() > 215
    assert shades.min() < 80  # the halo


def same_as_fresh(canvas: Canvas, workspace: Workspace, qtbot: QtBot) -> bool:
    """Whether a canvas that has drawn before shows what a new one shows."""
    fresh = Canvas(workspace, workspace.active_tile)
    qtbot.addWidget(fresh)
    fresh.resize(canvas.size())
    return canvas.grab().toImage() == fresh.grab().toImage()


def test_what_is_drawn_again_is_what_would_be_drawn_now(canvas: Canvas, workspace: Workspace, qtbot: QtBot) -> None:
    """Back and forth through all that the annotations depend on."""
    tile, preferences = workspace.active_tile, workspace.preferences
    changes: list[Callable[[], object]] = [
        lambda: tile.go_to_index(1),
        lambda: tile.set_window(Window(40, 400)),
        lambda: tile.go_to_index(3),
        lambda: tile.set_view(quarter_turns=1),
        lambda: tile.set_view(flip_h=True, zoom=3.0),
        lambda: tile.set_overlay(threshold=0.5),
        lambda: tile.set_overlay(form="contour"),
        lambda: tile.set_overlay(visible=False),
        lambda: tile.set_overlay(visible=True, label="non-covid"),
        lambda: preferences.update(hide_identity=True),
        lambda: preferences.update(corner_texts="minimal"),
        lambda: preferences.update(corner_texts="all", smooth=False),
        lambda: canvas.resize(700, 600),
        lambda: canvas.resize(280, 280),
        lambda: canvas.resize(500, 500),
        lambda: tile.go_to_index(1),
        lambda: tile.set_view(quarter_turns=0, flip_h=False, zoom=None),
        lambda: tile.go_to_index(3),
    ]
    for number, change in enumerate(changes):
        change()
        assert same_as_fresh(canvas, workspace, qtbot), number


def test_an_answer_that_comes_later_is_written_over_what_was_kept(
    canvas: Canvas, workspace: Workspace, qtbot: QtBot, reading_of: Callable
) -> None:
    tile = workspace.active_tile
    assert tile.series is not None
    known = workspace.readings.get(tile.series.key)
    assert known is not None
    assert known.probabilities is not None
    del known.slices[3]
    known.probabilities[3] = np.nan
    before = canvas.grab().toImage()
    workspace.readings.accept(tile.series.key, (reading_of(3, 0.9, np.ones((8, 8), np.float32), GRID),))
    assert canvas.grab().toImage() != before
    assert same_as_fresh(canvas, workspace, qtbot)


def test_places_for_the_mouse_come_back(canvas: Canvas, workspace: Workspace) -> None:
    tile = workspace.active_tile
    canvas.grab()
    place = canvas._annotations.legend.place
    assert not place.isEmpty()
    canvas.resize(280, 280)  # too small for a legend
    canvas.grab()
    assert canvas._annotations.legend.place.isEmpty()
    canvas.resize(500, 500)
    tile.set_window(Window(10, 300))
    canvas.grab()
    assert canvas._annotations.legend.place == place


def test_a_window_drag_works_out_no_text_again(
    canvas: Canvas, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from covidviewer.ui import annotations

    asked: list[int] = []
    old = annotations.marks_of
    monkeypatch.setattr(annotations, "marks_of", lambda *args: asked.append(1) or old(*args))
    canvas.grab()
    asked.clear()
    for k in range(5):
        workspace.active_tile.set_window(Window(40, 300 + k))
        canvas.grab()
    assert not asked


def test_maps_of_slices_seen_before_are_kept_within_bounds(
    canvas: Canvas, workspace: Workspace, counted: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    tile = workspace.active_tile
    tile.set_overlay(form="fill", threshold=0.3)
    for index in (0, 1, 2, 1, 0, 2):
        tile.go_to_index(index)
        canvas.grab()
    assert counted["map"] <= 4  # the first slice on screen, and each of the three once
    monkeypatch.setattr(heat_layer, "KEPT_PIXELS", 1)
    counted["map"] = 0
    for index in (3, 4, 3, 4):
        tile.go_to_index(index)
        canvas.grab()
    assert counted["map"] == 4
    assert len(canvas._picture.heat._pictures) == 1


def test_kept_drawings_are_bounded() -> None:
    from covidviewer.ui.replay import Drawing, Replay

    kept: Replay[int] = Replay(limit=2)
    for key in "abc":
        kept.keep(key, Drawing(1))
        kept.get("a")
    assert len(kept) == 2
    assert kept.get("b") is None
    kept.clear()
    assert kept.get("c") is None
