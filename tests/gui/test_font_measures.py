"""Fonts asked about often: the answers are Qt's own, and equal questions get one object."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontMetricsF

from covidviewer.ui import font_measures
from covidviewer.ui.halo_text import BETWEEN, HaloText


def test_answers_are_those_of_qt(qapp: object) -> None:
    font = QFont()
    font.setPointSizeF(11.5)
    metrics = QFontMetricsF(font)
    for _ in range(2):
        assert font_measures.key(font) == font.key()
        assert font_measures.height(font) == metrics.height()
        for text in ("", "Im 143 (37/412)", "−700 HU", "第 3 层"):
            assert font_measures.advance(text, font) == metrics.horizontalAdvance(text)


def test_a_smaller_font_is_made_once(qapp: object) -> None:
    font = QFont()
    font.setPointSizeF(10.0)
    small = font_measures.smaller(font, 0.9)
    assert small is font_measures.smaller(font, 0.9)
    assert small.pointSizeF() == 9.0
    assert font_measures.smaller(font, 0.9, bold=True).bold()
    assert not small.bold()


def test_fonts_of_other_objects_do_not_share_answers(qapp: object) -> None:
    """Python gives a freed object's id to the next one: what is known holds its font."""
    for size in range(6, 90):
        font = QFont()
        font.setPointSizeF(size)
        assert font_measures.advance("W", font) == QFontMetricsF(font).horizontalAdvance("W")


def test_a_line_is_cut_between_its_parts_where_the_last_would_say_nothing(qapp: object) -> None:
    font, text = QFont(), HaloText()
    dots = "\N{HORIZONTAL ELLIPSIS}"
    line = BETWEEN.join(("Zoom 68 %", "interpolated twice", "third"))

    def cut(longest: str) -> str:
        return text.elided(line, font, font_measures.advance(longest, font) + 1)

    assert cut(line) == line
    assert cut(f"Zoom 68 %{BETWEEN}inter{dots}") == f"Zoom 68 % {dots}"
    assert cut(f"Zoom 68 %{BETWEEN}interpolated{dots}") == f"Zoom 68 %{BETWEEN}interpolated{dots}"
    assert (
        cut(f"Zoom 68 %{BETWEEN}interpolated twice{BETWEEN}th{dots}") == f"Zoom 68 %{BETWEEN}interpolated twice {dots}"
    )
    assert cut(f"Zoo{dots}") == f"Zoo{dots}"
