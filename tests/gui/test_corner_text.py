"""What is written over an image: corners, marks, scale bar, legend, band (UX 4, 7)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QPainter, QPixmap

from covidviewer.dicom.catalog import Kind, Note, NoteCode, Patient
from covidviewer.imaging.voi import Window
from covidviewer.inference.results import Heatmap
from covidviewer.ui import font_measures
from covidviewer.ui.band import band_text
from covidviewer.ui.corner_text import (
    Corners,
    CornerText,
    age_at_study,
    corners,
    date_text,
    index_text,
    number_text,
    time_text,
    upper_widths,
    window_text,
)
from covidviewer.ui.halo_text import HaloText
from covidviewer.ui.heat_layer import cell_size_mm
from covidviewer.ui.legend import legend_text
from covidviewer.ui.marks import LINES, Mark, MarkRow, cut_lines, lossy_text, marks_of, wrapped
from covidviewer.ui.person import person_name
from covidviewer.ui.projection import Projection
from covidviewer.ui.scale_bar import scale_for
from covidviewer.ui.shown_class import map_shown, shown_class
from covidviewer.ui.stamps import Stamps
from covidviewer.workspace.state import ViewState
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

WHO = Patient("Müller^Anna Maria^^Dr", "4711", "19610823", "F", "")


@pytest.fixture
def tile_of(workspace: Workspace, make_series: Callable) -> Callable[..., Tile]:
    def make(index: int = 2, **fields: Any) -> Tile:
        fields = {
            "patient": WHO,
            "institution": "St. Anna",
            "accession": "A17",
            "study_time": "134502.12",
            "kernel": "Br59",
            "kvp": "120",
            "thickness": 1.25,
            **fields,
        }
        tile = workspace.active_tile
        tile.show(*make_series(np.zeros((10, 16, 16), np.int16), **fields), index)
        return tile

    return make


def text_of(tile: Tile, detail: str = "all", hide: bool = False) -> str:
    found = corners(tile, detail=detail, hide_identity=hide, zoom=1.5, smooth=True, probe="")
    return "\n".join(found.top_left + found.top_right + found.bottom_left + found.bottom_right)


def test_all_corners(tile_of: Callable[..., Tile]) -> None:
    found = corners(tile_of(), detail="all", hide_identity=False, zoom=1.5, smooth=True, probe="x 1 y 2 HU −3")
    assert "Müller, Dr Anna Maria" in found.top_left[0]
    assert found.top_left[1:] == ("ID 4711", "* 1961-08-23 · 62 y · female")
    assert found.top_right == ("St. Anna", "2024-01-31 13:45", "Acc. A17")
    assert found.bottom_left == ("x 1 y 2 HU −3", "W 1500 L −600 Lung", "Zoom 150 % · interpolated")
    assert found.bottom_right == (
        "S 4 · Thorax 2.0 Br59",
        "Br59 · 120 kV",
        "2 mm every 2 mm · no contrast stated",
        "4.0 mm",
        "Im 3 (8/10)",  # instance 3 of the header; the screen runs head first
    )


def test_hidden_identity_leaves_nothing_that_names(tile_of: Callable[..., Tile]) -> None:
    text = text_of(tile_of(), hide=True)
    for name in ("Müller", "Anna", "4711", "1961", "A17"):
        assert name not in text
    assert "2024-01-31" in text
    assert any(m.word == "ANON" for m in marks_of(tile_of(), hide_identity=True))


def test_minimal_and_none(tile_of: Callable[..., Tile]) -> None:
    tile = tile_of()
    assert text_of(tile, "minimal") == "W 1500 L −600 Lung\nIm 3 (8/10)"
    assert text_of(tile, "none") == ""


def test_window_by_hand_has_a_star() -> None:
    assert window_text(Window(-555, 1380), "") == "W 1380 L −555 *"
    assert window_text(Window(40, 400, "LINEAR", "Mediastinum", "mediastinum"), "mediastinum").endswith("Mediastinum")
    assert window_text(Window(0.5, 0.25), "auto") == "W 0.25 L 0.5 auto"
    assert window_text(None, "") == ""


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(-742.0, "−742"), (0.123456, "0.123"), (12.345, "12.3"), (1234.56, "1235"), (0.0, "0"), (math.nan, "–")],
)
def test_numbers(value: float, wanted: str) -> None:
    assert number_text(value) == wanted


def test_dates_ages_names() -> None:
    assert date_text("20240131") == "2024-01-31"
    assert date_text("2024.01.31") == "2024-01-31"
    assert date_text("last year") == "last year"
    assert time_text("0907") == "09:07"
    assert time_text("") == ""
    assert age_at_study("045Y", "", "") == "45 y"
    assert age_at_study("003M", "20231001", "20240131") == "3 mo"
    assert age_at_study("", "19610823", "20240822") == "62 y"
    assert age_at_study("", "19610823", "20240823") == "63 y"
    assert age_at_study("", "20250101", "20240101") == ""
    assert person_name("Doe^Jane^^Dr^MD") == "Doe, Dr Jane MD"
    assert "山田, 太郎" in person_name("=山田^太郎=やまだ^たろう")
    assert person_name("") == ""


def test_a_right_to_left_name_is_isolated() -> None:
    name = person_name("كوهين^سارة")
    assert name.startswith("\N{FIRST STRONG ISOLATE}")
    assert name.endswith("\N{POP DIRECTIONAL ISOLATE}")


def test_index_without_number(workspace: Workspace) -> None:
    assert index_text(workspace.active_tile) == ""


def test_marks(tile_of: Callable[..., Tile]) -> None:
    notes = (
        Note(NoteCode.GAP, "Slices 4 to 6 are missing.", (2, 3)),
        Note(NoteCode.TILT, "The gantry was tilted."),
        Note(NoteCode.LOSSY, "Compressed with loss."),
        Note(NoteCode.DERIVED, "Derived."),
    )
    tile = tile_of(2, notes=notes, tilt_degrees=-12.4, lossy=True, lossy_ratio=12.0)
    assert [m.word for m in marks_of(tile)] == ["GAP", "TILT 12°", "LOSSY 12:1", "DERIVED"]
    assert marks_of(tile)[0].sentence == "Slices 4 to 6 are missing."
    tile.go_to_index(5)
    assert [m.word for m in marks_of(tile)] == ["TILT 12°", "LOSSY 12:1", "DERIVED"]
    assert lossy_text(None) == "LOSSY"
    assert lossy_text(12.5) == "LOSSY 12.5:1"


def test_lossy_without_a_note_is_marked_all_the_same(tile_of: Callable[..., Tile]) -> None:
    assert [m.word for m in marks_of(tile_of(lossy=True))] == ["LOSSY"]


def test_a_picture_says_that_it_has_no_hu_and_no_spacing(tile_of: Callable[..., Tile]) -> None:
    tile = tile_of(kind=Kind.PICTURE, units="", orientation=None, spacing=(math.nan, 0.0, 0.0))
    (mark,) = marks_of(tile)
    assert mark.word == "PICTURE"
    assert "no HU" in mark.sentence
    assert mark.loud


def test_a_picture_says_in_the_corner_that_its_orientation_is_unknown(tile_of: Callable[..., Tile]) -> None:
    picture = tile_of(kind=Kind.PICTURE, orientation=None)
    found = corners(picture, detail="all", hide_identity=False, zoom=1.5, smooth=True, probe="")
    assert "orientation unknown" in found.bottom_right
    assert not any(m.word == "ORIENTATION UNKNOWN" for m in marks_of(picture))  # PICTURE is enough of a mark
    assert "orientation unknown" not in text_of(tile_of())


def test_unknown_orientation_is_said(tile_of: Callable[..., Tile]) -> None:
    assert [m.word for m in marks_of(tile_of(orientation=None))] == ["ORIENTATION UNKNOWN"]
    assert marks_of(tile_of(orientation=None, patient_orientation=("L", "F"))) == ()
    noted = tile_of(orientation=None, notes=(Note(NoteCode.NO_ORIENTATION, "Said by the reader of headers."),))
    assert [m.sentence for m in marks_of(noted)] == ["Said by the reader of headers."]


@pytest.mark.parametrize("code", list(NoteCode))
def test_every_code_has_a_mark(tile_of: Callable[..., Tile], code: NoteCode) -> None:
    (mark, *_) = marks_of(tile_of(notes=(Note(code, "Sentence."),)))
    assert mark.word.isupper()
    assert "_" not in mark.word


def scaled(zoom: float, aspect: float = 1.0, dpr: float = 1.0) -> Projection:
    return Projection.make(100, 100, aspect, ViewState(zoom=zoom), QRectF(0, 0, 800, 800), dpr)


@pytest.mark.parametrize(
    ("zoom", "row_mm", "aspect", "text", "length"),
    [
        (2.0, 0.8, 1.0, "5 cm", 125.0),  # 2.5 logical pixels a mm: 50 mm fit into 200
        (2.0, 1.6, 2.0, "5 cm", 125.0),  # the column is 0.8 mm, the proportion is true
        (20.0, 0.5, 1.0, "5 mm", 200.0),
        (1.0, 10.0, 1.0, "200 cm", 200.0),
    ],
)
def test_scale_bar(zoom: float, row_mm: float, aspect: float, text: str, length: float) -> None:
    found = scale_for(scaled(zoom, aspect), row_mm, "patient", 200.0)
    assert found is not None
    assert (found.text, found.hint) == (text, "")
    assert found.length == pytest.approx(length)


def test_scale_bar_in_device_pixels_is_the_same_length_in_mm() -> None:
    one, two = scale_for(scaled(2.0), 0.8, "patient", 200.0), scale_for(scaled(4.0, dpr=2.0), 0.8, "patient", 200.0)
    assert one == two


def test_scale_bar_without_spacing_and_at_the_detector() -> None:
    unknown = scale_for(scaled(2.0), math.nan, "", 250.0)
    assert unknown is not None
    assert (unknown.text, unknown.hint) == ("100 px", "no spacing")
    detector = scale_for(scaled(2.0), 0.2, "detector", 200.0)
    assert detector is not None
    assert detector.hint == "at detector"


def test_legend_names_cell_and_grid() -> None:
    words = legend_text("covid", (14, 14), (26.2, 26.2), 0.35, True)
    assert words.title == "model attention (relative) · COVID-19"
    assert words.cell == "grid 14 × 14 · 1 cell = 26 mm"
    assert legend_text("", (7, 9), (20.0, 30.4), 0.35, True).cell == "grid 7 × 9 · 1 cell = 30 × 20 mm"
    assert legend_text("", (7, 7), (math.nan, math.nan), 0.35, True).cell == "grid 7 × 7"


def test_cell_size_follows_the_spacing() -> None:
    heat = Heatmap(np.zeros((4, 4), np.float32), np.array([[32.0, 0, 0], [0, 16.0, 0]]), "m", "c", (4, 4))
    assert cell_size_mm(heat, (0.5, 2.0)) == (16.0, 32.0)


@pytest.mark.parametrize(("score", "wanted"), [(0.10, True), (0.0999, False), (math.nan, False), (1.0, True)])
def test_low_scores_have_no_map(score: float, wanted: bool) -> None:
    assert map_shown(score) is wanted


def test_band(tile_of: Callable[..., Tile], workspace: Workspace, reading_of: Callable) -> None:
    tile = tile_of()
    workspace.readings.start("series", 10)
    answers = [reading_of(i, score, np.ones((4, 4)), np.eye(2, 3)) for i, score in ((2, 0.9), (3, 0.04))]
    workspace.readings.accept("series", tuple(answers))
    shown = shown_class(workspace, tile)
    assert shown is not None
    assert band_text(tile, shown) == "MODEL net ct_v1 · attention map · threshold 0.50 · research use"
    tile.go_to_index(3)
    assert band_text(tile, shown) == "MODEL net ct_v1 · threshold 0.50 · research use"


@pytest.mark.parametrize(
    "text",
    [
        "upper colour for, lower colour against",
        "上端颜色为支持，下端颜色为反对",
        "热图 covid 上端 for 支持，下端为反对",
    ],
)
def test_lines_are_broken_where_the_script_allows_it_and_lose_nothing(qapp: object, text: str) -> None:
    font = QFont()
    width = font_measures.advance(text, font) * 0.45
    lines = wrapped(text, font, width)
    assert len(lines) >= 3
    assert all(font_measures.advance(line, font) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    words = set(text.split())
    assert all(word in words for line in lines for word in line.split() if word.isascii()), "no Latin word is cut"


def test_a_word_that_is_too_long_stays_whole(qapp: object) -> None:
    font = QFont()
    assert wrapped("resnet fpn", font, font_measures.advance("res", font)) == ["resnet", "fpn"]
    assert wrapped("", font, 10) == []


def sentence_lines(text: str, width: int, height: int) -> list[str]:
    """A loud mark's sentence as it stands in a tile."""
    row, sheet = MarkRow(HaloText(), Stamps()), QPixmap(width, height)
    painter = QPainter(sheet)
    row.draw(painter, QRectF(0, 0, width, height), (Mark("PICTURE", text, True),), QFont(), True, width / 2, 60)
    painter.end()
    return row._lines


def test_a_warning_takes_the_lines_that_it_needs_and_is_never_cut_without_a_sign(qapp: object) -> None:
    text = (
        "This is a picture, not a DICOM image - its values are grey levels without Hounsfield units, millimetres are "
        "unknown - lengths are in pixels, and networks answer with caution only."
    )
    assert " ".join(sentence_lines(text, 480, 700)) == text
    assert len(sentence_lines(text, 480, 700)) > LINES
    low = sentence_lines(text, 480, 120)
    assert len(low) == LINES
    assert low[-1].endswith(" \N{HORIZONTAL ELLIPSIS}")
    assert cut_lines(["一二三四五", "六七八九十", "一"], 2) == ["一二三四五", "六七八 \N{HORIZONTAL ELLIPSIS}"]
    assert cut_lines(["one two"], 1) == ["one two"]


def drawn_corners(monkeypatch: pytest.MonkeyPatch, lines: Corners, width: int) -> list[str]:
    """The lines of the corners as they stand in a tile."""
    said: list[str] = []
    monkeypatch.setattr(HaloText, "draw", lambda self, painter, point, text, *more: said.append(text))
    sheet = QPixmap(width, 600)
    painter = QPainter(sheet)
    CornerText(HaloText(), Stamps()).draw(painter, QRectF(0, 0, width, 600), lines, QFont())
    painter.end()
    return said


def test_an_upper_corner_takes_what_the_other_leaves(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    font, who = QFont(), "ACRIN-NSCLC-FDG-PET-036"
    width = round(font_measures.advance(who, font) / 0.5)  # more than the usual share, less than what is free
    assert width >= 320
    lines = Corners((who, f"ID {who}"), ("St. Anna",))
    assert drawn_corners(monkeypatch, lines, width) == [who, f"ID {who}", "St. Anna"]
    area = QRectF(0, 0, width, 600)
    long = "an institution whose name goes on and on, far beyond the middle of the tile"
    for crowded in (Corners((long,), (long,)), Corners((who,), (long,)), Corners((long,), ("St. Anna",)), lines):
        taken = (
            min(most, max(font_measures.advance(line, font) for line in corner))
            for most, corner in zip(
                upper_widths(area, crowded, font), (crowded.top_left, crowded.top_right), strict=True
            )
        )
        assert sum(taken) <= width


def test_names_and_ids_are_cut_in_the_middle(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    who = "ACRIN-NSCLC-FDG-PET-OF-SOME-LONGER-TRIAL-036"
    long = "an institution whose name goes on and on, far beyond the middle of the tile"
    name, ident, right = drawn_corners(monkeypatch, Corners((who, f"ID {who}"), (long,)), 330)
    for line in (name, ident):
        assert "…" in line
        assert line.endswith("036")
    assert right.startswith("an institution")
