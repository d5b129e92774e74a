"""The band under an image: what it keeps when there is little room, and that no map stands without it (UX 4)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QPixmap
from pytestqt.qtbot import QtBot

from covidviewer.inference.results import GateResult
from covidviewer.ui import font_measures
from covidviewer.ui.band import KEPT, METHOD, MODEL, THRESHOLD, Part, band_lines, band_text
from covidviewer.ui.canvas import Canvas
from covidviewer.ui.halo_text import HaloText
from covidviewer.ui.out.picture import foot_lines
from covidviewer.ui.shown_class import shown_class
from covidviewer.workspace.workspace import Workspace

SLICES = 6
PARTS = [
    Part("MODEL resnet50_fpn_attention ct_v4", MODEL),
    Part("attention map", METHOD),
    Part("threshold 0.50", THRESHOLD),
    Part("do not rely on it", KEPT),
    Part("research use", KEPT),
]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines that are drawn over images."""
    lines: list[str] = []
    draw = HaloText.draw

    def note(self: HaloText, painter: object, point: object, text: str, *more: object, **others: object) -> object:
        lines.append(text)
        return draw(self, painter, point, text, *more, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(HaloText, "draw", note)
    return lines


@pytest.fixture
def canvas(qtbot: QtBot, workspace: Workspace, make_series: Callable, reading_of: Callable) -> Canvas:
    """Every slice has a map; the scores of slices 2 and 3 jump."""
    series, volume = make_series(np.zeros((SLICES, 64, 64), np.int16))
    tile = workspace.active_tile
    tile.show(series, volume, 0)
    workspace.readings.start(series.key, SLICES, np.arange(SLICES) * 2.0)
    for i, score in enumerate((0.2, 0.2, 0.95, 0.2, 0.2, 0.2)):
        workspace.readings.accept(series.key, (reading_of(i, score, np.ones((4, 4)), np.eye(2, 3) * 16),))
    tile.set_overlay(visible=True, form="fill")
    made = Canvas(workspace, tile)
    qtbot.addWidget(made)
    return made


def drawn(canvas: Canvas, width: int, height: int) -> None:
    canvas.resize(width, height)
    canvas.render(QPixmap(width, height))


def test_parts_are_left_out_whole_and_never_the_warning(qapp: object) -> None:
    font = QFont()
    seen = []
    for width in range(900, 20, -10):
        lines = band_lines(PARTS, font, width)
        text = " · ".join(lines)
        seen.append(text)
        if width > 150:
            assert len(lines) <= 2
            assert "do not rely on it" in text
            assert "research use" in text
            assert all(font_measures.advance(line, font) <= width for line in lines)
        assert " ".join(lines).replace(" · ", " ").endswith("do not rely on it research use")
    assert seen[0] == " · ".join(part.text for part in PARTS)
    order = ["MODEL", "attention map", "threshold 0.50"]  # the first goes first
    left = [sum(word in text for word in order) for text in seen]
    assert all(a >= b for a, b in pairwise(left))
    assert {tuple(word for word in order if word in text) for text in seen} <= {tuple(order[i:]) for i in range(4)}
    shortened = [text for text in seen if "…" in text]
    assert shortened
    assert all("attention map" in text and text.startswith("MODEL ") for text in shortened)


def test_a_flagged_slice_says_so_between_full_corners(canvas: Canvas, workspace: Workspace, said: list[str]) -> None:
    tile = canvas.tile
    tile.go_to_index(2)
    shown = shown_class(workspace, tile)
    assert shown is not None
    assert shown.doubts(2)
    for size in ((1200, 800), (560, 700), (400, 700), (330, 330)):
        said.clear()
        drawn(canvas, *size)
        text = " · ".join(said)
        assert "do not rely on it" in text, size
        assert "research use" in text
    said.clear()
    drawn(canvas, 561, 700)  # two tiles of the usual window: the corners leave a third of the width
    assert any("MODEL net ct_v1 · attention map" in line for line in said)


def test_corners_stay_where_they_are_while_scrolling(canvas: Canvas) -> None:
    lifts = set()
    for index in range(SLICES):
        canvas.tile.go_to_index(index)
        drawn(canvas, 420, 600)
        lifts.add(canvas._annotations._lift)
    assert len(lifts) == 1
    assert lifts.pop() > 0
    drawn(canvas, 1200, 600)
    assert canvas._annotations._lift == 0


@pytest.mark.parametrize("size", [(300, 300), (319, 900), (160, 160), (90, 90), (60, 200)])
def test_no_map_without_research_use_however_small_the_tile(
    canvas: Canvas, said: list[str], size: tuple[int, int]
) -> None:
    drawn(canvas, *size)
    assert " ".join(said).replace(" · ", " ").endswith("research use")
    said.clear()
    canvas.tile.go_to_index(2)
    drawn(canvas, *size)
    assert " ".join(said).replace(" · ", " ").endswith("do not rely on it research use")


def test_a_caution_of_the_input_check_is_in_the_band_and_in_the_foot(
    canvas: Canvas, workspace: Workspace, said: list[str]
) -> None:
    shown = shown_class(workspace, canvas.tile)
    assert shown is not None
    assert "rely" not in band_text(canvas.tile, shown)
    drawn(canvas, 900, 700)
    assert not any("rely" in line for line in said)
    workspace.readings.set_gate("series", GateResult("caution", ("A picture: no HU.",)))
    assert band_text(canvas.tile, shown).endswith(" · do not rely on it · research use")
    drawn(canvas, 900, 700)
    assert any("do not rely on it" in line for line in said)
    assert any("do not rely on the score" in line for line in foot_lines(workspace, canvas.tile))


def test_the_foot_of_a_picture_says_what_is_flagged(canvas: Canvas, workspace: Workspace) -> None:
    assert not any("rely" in line for line in foot_lines(workspace, canvas.tile))
    canvas.tile.go_to_index(2)
    told = [line for line in foot_lines(workspace, canvas.tile) if "do not rely on the score" in line]
    assert len(told) == 1
    assert "The score jumps from slice to slice." in told[0]


def test_the_key_to_press_stays_readable_in_a_narrow_tile(canvas: Canvas, said: list[str]) -> None:
    canvas.tile.set_overlay(method="lime")
    for width in (700, 420, 330):
        said.clear()
        drawn(canvas, width, 700)
        assert "no LIME map for this slice yet: press Shift+G" in " ".join(said), width


@pytest.mark.parametrize("width", [110, 150, 190, 260])
def test_the_lower_letter_does_not_lie_on_the_index(
    canvas: Canvas, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    places: dict[str, QRectF] = {}
    draw = HaloText.draw

    def note(self: HaloText, *given: object, **named: object) -> QRectF:
        place = draw(self, *given, **named)  # type: ignore[arg-type]
        places[str(given[2])] = place
        return place

    monkeypatch.setattr(HaloText, "draw", note)
    drawn(canvas, width, 300)
    index = next(place for text, place in places.items() if text.startswith("Im "))
    assert not places["P"].adjusted(1, 1, -1, -1).intersects(index.adjusted(1, 1, -1, -1))
