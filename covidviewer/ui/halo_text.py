"""Text with a dark halo, legible on white and on black: each line is rendered once and drawn often."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap, QStaticText

from covidviewer.ui import font_measures, ink
from covidviewer.ui.replay import Surface

#: What stands between the parts of a line.
BETWEEN = " · "
#: Letters of a part that are worth showing when the rest is cut off.
TELLING = 8
_MARGIN = 2.0
_AROUND = tuple(QPointF(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y)


class HaloText:
    """Draws single lines; keeps the newest of them as pictures.

    While scrolling only two or three lines change.
    """

    def __init__(self, limit: int = 300) -> None:
        self._limit = limit
        self._lines: OrderedDict[tuple[str, str, int, float], QPixmap] = OrderedDict()
        self._cut: OrderedDict[tuple[str, str, int, Qt.TextElideMode], str] = OrderedDict()

    def elided(self, text: str, font: QFont, width: float, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> str:
        """The text cut to a width in logical pixels, between its parts where it has some; remembered."""
        if font_measures.advance(text, font) <= int(width):
            return text
        key = (text, font_measures.key(font), int(width), mode)
        found = self._cut.get(key)
        if found is None:
            found = self._cut[key] = _whole_parts(text, QFontMetricsF(font).elidedText(text, mode, int(width)), mode)
            if len(self._cut) > 2 * self._limit:
                self._cut.popitem(last=False)
        return found

    def draw(
        self,
        painter: Surface,
        point: QPointF,
        text: str,
        font: QFont,
        color: QColor | None = None,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> QRectF:
        """Draw a line whose top left (right, centre) corner is ``point``; returns the place it takes.

        color : of the letters; the theme's own without one.
        """
        if not text:
            return QRectF(point, point)
        color = ink.TEXT if color is None else color
        dpr = painter.device().devicePixelRatioF()
        picture = self._line(text, font, color, dpr)
        width, height = picture.width() / dpr - 2 * _MARGIN, picture.height() / dpr - 2 * _MARGIN
        x = point.x()
        if align & Qt.AlignmentFlag.AlignRight:
            x -= width
        elif align & Qt.AlignmentFlag.AlignHCenter:
            x -= width / 2
        x, y = round(x * dpr) / dpr, round(point.y() * dpr) / dpr
        painter.drawPixmap(QPointF(x - _MARGIN, y - _MARGIN), picture)
        return QRectF(x, y, width, height)

    def _line(self, text: str, font: QFont, color: QColor, dpr: float) -> QPixmap:
        key = (text, font_measures.key(font), color.rgba(), dpr)
        found = self._lines.get(key)
        if found is not None:
            self._lines.move_to_end(key)
            return found
        width = font_measures.advance(text, font) + 2 * _MARGIN
        height = font_measures.height(font) + 2 * _MARGIN
        picture = QPixmap(max(round(width * dpr), 1), max(round(height * dpr), 1))
        picture.setDevicePixelRatio(dpr)
        picture.fill(Qt.GlobalColor.transparent)
        base = QPointF(_MARGIN, _MARGIN)
        laid = QStaticText(text)  # laid out once for nine drawings
        laid.setTextFormat(Qt.TextFormat.PlainText)
        laid.prepare(font=font)
        painter = QPainter(picture)
        painter.setFont(font)
        painter.setPen(ink.HALO)
        # The text around itself: a fourteenth of the time that stroking the glyphs' outlines takes.
        for step in _AROUND:
            painter.drawStaticText(base + step, laid)
        painter.setPen(color)
        painter.drawStaticText(base, laid)
        painter.end()
        self._lines[key] = picture
        while len(self._lines) > self._limit:
            self._lines.popitem(last=False)
        return picture


def _whole_parts(text: str, cut: str, mode: Qt.TextElideMode) -> str:
    """A line cut by letters, without the beginning of a part that says nothing: ``Zoom 68 % …``, not ``· inter…``."""
    if mode != Qt.TextElideMode.ElideRight or BETWEEN not in cut:
        return cut
    before, _, begun = cut.rpartition(BETWEEN)
    if len(begun.rstrip("\N{HORIZONTAL ELLIPSIS} ")) >= TELLING or not text.startswith(before + BETWEEN):
        return cut
    return f"{before} \N{HORIZONTAL ELLIPSIS}"
