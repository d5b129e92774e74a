"""A probability as a bar from 0 to 1 with the threshold's tick."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from covidviewer.ui.theme import color


class ScoreBar(QWidget):
    """Bar from 0 to 1. ``threshold`` None draws no tick; NaN draws an empty bar."""

    def __init__(self, parent: QWidget | None = None, *, scale: bool = True) -> None:
        super().__init__(parent)
        self._score = math.nan
        self._threshold: float | None = None
        self._scale = scale
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_score(self, score: float, threshold: float | None) -> None:
        """Show a probability in 0..1 (NaN: none yet) and the operating point."""
        self._score, self._threshold = score, threshold
        self.setAccessibleName(
            self.tr("no score")
            if math.isnan(score)
            else self.tr("score {s:.2f}").format(s=score)
            + ("" if threshold is None else ", " + self.tr("threshold {t:.2f}").format(t=threshold))
        )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, 34 if self._scale else 8)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = 10.0 if self._scale else 6.0
        top = 7.0 if self._scale else (self.height() - height) / 2
        track = QRectF(0.5, top, self.width() - 1.0, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("line"))
        painter.drawRoundedRect(track, height / 2, height / 2)
        if not math.isnan(self._score):
            painter.save()
            painter.setClipRect(QRectF(track.left(), top, track.width() * min(max(self._score, 0.0), 1.0), height))
            painter.setBrush(self._fill())
            painter.drawRoundedRect(track, height / 2, height / 2)
            painter.restore()
        if self._scale:
            self._paint_scale(painter, track)
        elif self._threshold is not None:
            x = track.left() + track.width() * self._threshold
            for ink, width in ((color("panel"), 4.0), (color("text"), 1.6)):  # set off from the bar it stands on
                painter.setPen(QPen(ink, width))
                painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))

    def _fill(self) -> QColor:
        # One neutral hue: saturated above the threshold, pale elsewhere; never green, never red (UX 5 and 6).
        above = self._threshold is not None and self._score >= self._threshold
        return color("accent") if above else QColor("#7f9cba")

    def _paint_scale(self, painter: QPainter, track: QRectF) -> None:
        font = QFont(self.font())
        font.setPointSizeF(max(font.pointSizeF() * 0.82, 6.5))
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        base = track.bottom() + 3 + metrics.ascent()
        painter.setPen(color("faint"))
        ends: list[tuple[float, str]] = [(track.left(), "0"), (track.right() - metrics.horizontalAdvance("1"), "1")]
        if self._threshold is not None:
            x = track.left() + track.width() * self._threshold
            painter.setPen(QPen(color("text"), 1.6))
            painter.drawLine(QPointF(x, track.top() - 3), QPointF(x, track.bottom() + 3))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("text"))
            painter.drawPolygon(
                QPolygonF(
                    [QPointF(x - 3.5, track.top() - 6), QPointF(x + 3.5, track.top() - 6), QPointF(x, track.top() - 1)]
                )
            )
            text = f"{self._threshold:.2f}"
            width = metrics.horizontalAdvance(text)
            left = min(max(x - width / 2, track.left()), track.right() - width)
            painter.setPen(color("muted"))
            painter.drawText(QPointF(left, base), text)
            painter.setPen(color("faint"))
            ends = [(at, word) for at, word in ends if not left - 8 < at < left + width + 4]
        for at, word in ends:
            painter.drawText(QPointF(at, base), word)
