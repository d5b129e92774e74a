"""What is painted: where lines lie at any zoom, turn and pixel ratio; where labels go; what a second paint costs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QImage, QPainter

from covidviewer.imaging.measure import Kind, Note, Result
from covidviewer.ui.measure.painting import Painting, label_place
from covidviewer.ui.measure.strokes import Mode
from covidviewer.ui.projection import Projection
from covidviewer.workspace.measurement import Measurement
from covidviewer.workspace.state import ViewState

AREA = QRectF(0, 0, 400, 300)
LENGTH = Measurement(
    "a", Kind.LENGTH, "1", 1, ((20.0, 30.0), (60.0, 90.0)), result=Result("mm", Note.NONE, length=12.3)
)


def project(dpr: float = 1.0, **view: object) -> Projection:
    return Projection.make(96, 128, 1.6, ViewState(**view), AREA, dpr)  # type: ignore[arg-type]


@pytest.fixture
def painted(qapp: object) -> Callable[..., np.ndarray]:
    """``painted(projection, measurement, ...)``: bool (rows, columns), device pixels that were painted on."""

    def paint(
        projection: Projection, *drawn: Measurement, painting: Painting | None = None, mode: Mode | None = None
    ) -> np.ndarray:
        dpr = projection.dpr
        image = QImage(int(400 * dpr), int(300 * dpr), QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(dpr)
        image.fill(0)
        painter = QPainter(image)
        (painting or Painting()).draw(painter, AREA, projection, QFont(), [(m, mode or Mode()) for m in drawn])
        painter.end()
        data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
        return data[..., 3] > 0

    return paint


@pytest.mark.parametrize("dpr", [1.0, 1.25, 1.5, 2.0])
@pytest.mark.parametrize("view", [{}, {"zoom": 5.0, "center": (40.0, 60.0)}, {"quarter_turns": 1, "flip_h": True},
                                  {"quarter_turns": 3, "zoom": 1.3}])  # fmt: skip
def test_a_line_lies_on_its_pixels(painted: Callable, dpr: float, view: dict) -> None:
    projection = project(dpr, **view)
    found = painted(projection, LENGTH)
    for share in np.linspace(0.02, 0.98, 40):
        at = projection.to_screen(20 + share * 40, 30 + share * 60)
        x, y = int(at.x() * dpr), int(at.y() * dpr)
        if 0 <= x < found.shape[1] and 0 <= y < found.shape[0]:
            assert found[y, x]
    assert found.mean() < 0.1


def test_a_second_paint_and_a_pan_draw_no_line_again(painted: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    from covidviewer.ui.measure import strokes

    drawn: list[str] = []
    real = strokes._paint
    monkeypatch.setattr(strokes, "_paint", lambda *a: (drawn.append(a[1].id), real(*a))[1])
    painting = Painting()
    first = painted(project(zoom=2.0, center=(40.0, 60.0)), LENGTH, painting=painting)
    assert drawn == ["a"]
    again = painted(project(zoom=2.0, center=(40.0, 60.0)), LENGTH, painting=painting)
    assert np.array_equal(first, again)
    moved = painted(project(zoom=2.0, center=(40.0, 50.0)), LENGTH, painting=painting)
    assert drawn == ["a"]
    assert not np.array_equal(first, moved)
    painted(project(zoom=2.0, center=(40.0, 50.0)), LENGTH, painting=painting, mode=Mode(selected=True))
    assert drawn == ["a", "a"]


def test_what_was_panned_away_leaves_nothing(painted: Callable) -> None:
    assert not painted(project(zoom=20.0, center=(5.0, 120.0)), LENGTH).any()


def test_a_label_stays_inside_and_off_other_labels(qapp: object) -> None:
    projection = project()
    first = label_place(LENGTH, projection, AREA, 80, 20)
    assert AREA.contains(first)
    second = label_place(LENGTH, projection, AREA, 80, 20, [first])
    assert AREA.contains(second)
    assert not second.intersects(first)
    for column in (2.0, 126.0):
        edge = Measurement("b", Kind.PROBE, "1", 1, ((48.0, column),))
        place = label_place(edge, projection, AREA, 120, 20)
        assert AREA.contains(place)
        assert not place.contains(projection.to_screen(48.0, column))


def test_a_crowd_takes_the_place_that_covers_least(qapp: object) -> None:
    projection = project()
    everywhere = [QRectF(0, 0, 400, 300)]
    thin = [*everywhere, label_place(LENGTH, projection, AREA, 80, 20)]
    first, second = (
        label_place(LENGTH, projection, AREA, 80, 20, everywhere),
        label_place(LENGTH, projection, AREA, 80, 20, thin),
    )
    assert AREA.contains(second)
    assert not first.intersects(second)


@pytest.mark.parametrize("turns", range(4))
def test_a_label_that_was_put_somewhere_is_about_its_place(turns: int, qapp: object) -> None:
    projection = project(quarter_turns=turns)
    put = Measurement("c", Kind.LENGTH, "1", 1, LENGTH.points, label=(50.0, 40.0))
    middle = label_place(put, projection, AREA, 60, 20).center()
    wanted = projection.to_screen(50.0, 40.0)
    assert (middle - wanted).manhattanLength() < 1e-6
    assert isinstance(wanted, QPointF)
