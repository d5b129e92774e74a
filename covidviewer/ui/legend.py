"""The colour bar of the map (UX 7): from the same table as the map itself, numbered, with the native cell named."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from covidviewer.imaging import colormaps
from covidviewer.ui import font_measures, ink
from covidviewer.ui.class_words import class_word
from covidviewer.ui.corner_text import MARGIN
from covidviewer.ui.halo_text import HaloText
from covidviewer.ui.marks import wrapped
from covidviewer.ui.replay import Surface
from covidviewer.ui.stamps import Stamps

BAR_WIDTH = 12.0
BAR_LENGTH = 120.0
LEAST_LENGTH = 36.0
#: In tiles whose shorter edge is below this many logical pixels the words beside the bar are one short line.
BRIEF_TILE = 460


@dataclass(frozen=True, slots=True)
class Sides:
    """A scale with two sides. full : what its ends mean. title : quantity and class. words : which side is which."""

    full: float
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class LegendText:
    """What stands beside the bar.

    more : lines about the method. sides : of a map that speaks for and against. brief : the one line of small tiles,
    "" where all lines stay.
    """

    title: str
    cell: str
    threshold: float
    visible: bool
    more: tuple[str, ...] = ()
    sides: Sides | None = None
    brief: str = ""

    def lines(self, small: bool) -> tuple[str, ...]:
        """Texts below the bar, to be wrapped. small : the tile has no room for them all."""
        if not self.visible:
            return (self.brief if small and self.brief else self.title, _tr("map off: O or click"))
        return (self.brief,) if small and self.brief else (self.title, *self.more, self.cell)


def legend_colors(colormap: str) -> NDArray[np.uint32]:
    """The map's colours at full opacity: (256,) uint32 0xFFrrggbb, from the same table as the map."""
    rgb = colormaps.table(colormap).astype(np.uint32)
    colors: NDArray[np.uint32] = (np.uint32(0xFF000000) | rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]).astype(
        np.uint32
    )
    return colors


def legend_text(
    label: str,
    grid: tuple[int, int],
    cell_mm: tuple[float, float],
    threshold: float,
    visible: bool,
    more: tuple[str, ...] = (),
    sides: Sides | None = None,
) -> LegendText:
    """Words of the legend.

    Parameters
    ----------
    label : class of the map. grid : cells (rows, columns) of the network's own grid.
    cell_mm : edge of a cell in mm (row, column), NaN without spacing. threshold : of the map.
    more, sides : see `LegendText`.
    """
    if sides is not None:
        return LegendText(sides.title, sides.words, threshold, visible, more, sides)
    rows, columns = grid
    cell = _tr("grid {rows} × {columns}").format(rows=rows, columns=columns)
    if all(math.isfinite(v) for v in cell_mm):
        low, high = sorted(cell_mm)
        size = f"{high:.0f}" if round(low) == round(high) else f"{cell_mm[1]:.0f} × {cell_mm[0]:.0f}"
        cell += " · " + _tr("1 cell = {size} mm").format(size=size)
    title, name = _tr("model attention (relative)"), class_word(label)
    brief = _tr("attention · {label}").format(label=name) if label else title
    return LegendText(f"{title} · {name}" if label else title, cell, threshold, visible, more, brief=brief)


class Legend:
    """Draws the bar at the left edge, above the lower corner text; knows where it is, for the click."""

    def __init__(self, text: HaloText, stamps: Stamps) -> None:
        self._text = text
        self._stamps = stamps
        self._place = QRectF()

    @property
    def place(self) -> QRectF:
        """Logical pixels that take a click; empty when nothing was drawn."""
        return self._place

    def clear(self) -> None:
        self._place = QRectF()

    def recall(self, place: QRectF) -> None:
        """The legend was drawn again as before: so is the place that takes a click."""
        self._place = place

    def draw(
        self, painter: Surface, area: QRectF, bottom: float, words: LegendText, colormap: str, font: QFont
    ) -> None:
        """Draw the legend with its lower end at ``bottom``, below the letter in the middle of the edge.

        colormap : name of the map's own table, shown at full opacity.
        """
        small = font_measures.smaller(font, 0.9)
        height = font_measures.height(small)
        x = area.left() + MARGIN
        width = area.width() * 0.45 - 8
        texts = words.lines(min(area.width(), area.height()) < BRIEF_TILE)
        lines = [line for text in texts for line in wrapped(text, small, width)]
        below = 4 + height * (len(lines) + 1 / 3)
        length = min(max(bottom - below - area.center().y() - 2 * height, LEAST_LENGTH), BAR_LENGTH)
        top = bottom - below - length
        bar = QRectF(x, top, BAR_WIDTH, length)
        self._place = QRectF(x - 4, top - 4, BAR_WIDTH + 44, bottom - top + 8)
        box = QRectF(x - 3, top - height, area.width() * 0.45, bottom - top + height + 4)
        paint = partial(self._paint, bar=bar, words=words, lines=lines, colormap=colormap, font=small)
        self._stamps.draw(painter, ("legend", words, colormap, font_measures.key(font)), box, paint)

    def _paint(
        self, painter: QPainter, bar: QRectF, words: LegendText, lines: list[str], colormap: str, font: QFont
    ) -> None:
        height, length, x = font_measures.height(font), bar.height(), bar.left()
        tick = bar.bottom() - words.threshold * length
        painter.fillRect(bar, QColor(0, 0, 0, 90))
        if words.sides is not None:
            if words.visible:
                _paint_sides(painter, bar, words.threshold, colormap)
            ticks = _side_ticks(bar, words.threshold, words.sides.full)
        else:
            ends = ((1.0, bar.top()), (words.threshold, tick), (0.0, bar.bottom()))
            ticks = [(f"{v:.2f}" if v == words.threshold else f"{v:.0f}", y, v == words.threshold) for v, y in ends]
        if words.visible and words.sides is None:
            colors = np.ascontiguousarray(legend_colors(colormap)[::-1]).reshape(256, 1)
            picture = QImage(colors.data, 1, 256, 4, QImage.Format.Format_RGB32)
            shown = QRectF(0, 0, 1, 255 * (1 - words.threshold))
            painter.drawImage(QRectF(bar.left(), bar.top(), bar.width(), tick - bar.top()), picture, shown)
        painter.setPen(QPen(ink.QUIET, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar)
        color = ink.TEXT if words.visible else ink.QUIET
        for text, y, thick in ticks:
            painter.setPen(QPen(color, 1.5 if thick else 1))
            painter.drawLine(QPointF(bar.right(), y), QPointF(bar.right() + 5, y))
            self._text.draw(painter, QPointF(bar.right() + 9, y - height / 2), text, font, color)
        y = bar.bottom() + 4 + height / 3
        for line in lines:
            self._text.draw(painter, QPointF(x, y), line, font, color)
            y += height


def _paint_sides(painter: QPainter, bar: QRectF, threshold: float, colormap: str) -> None:
    """Both colours from the threshold to the ends; the middle is transparent, as in the map."""
    rgb = colormaps.signed_table(colormap).astype(np.uint32)
    colors = (np.uint32(0xFF000000) | rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]).astype(np.uint32)
    picture = QImage(np.ascontiguousarray(colors[::-1]).data, 1, 256, 4, QImage.Format.Format_RGB32).copy()
    part = (1 - threshold) / 2
    for at in (0.0, 1 - part):
        place = QRectF(bar.left(), bar.top() + at * bar.height(), bar.width(), part * bar.height())
        painter.drawImage(place, picture, QRectF(0, 255 * at, 1, 255 * part))


def _side_ticks(bar: QRectF, threshold: float, full: float) -> list[tuple[str, float, bool]]:
    """(text, y, whether thick): both ends, both thresholds where there is room for their numbers, nothing between."""
    middle, half = bar.center().y(), bar.height() / 2
    inner = threshold * half
    return [
        (f"+{full:.2f}", bar.top(), False),
        (f"+{threshold * full:.3f}" if inner > half / 4 else "", middle - inner, True),
        (f"−{threshold * full:.3f}" if inner > half / 4 else "", middle + inner, True),
        (f"−{full:.2f}", bar.bottom(), False),
    ]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Legend", text)
