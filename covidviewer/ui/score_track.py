"""The score of every slice beside the slice scroll bar (UX 6): filled in live, click to go, readable by keyboard."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
    QAction,
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from covidviewer.ui import ink
from covidviewer.ui.class_words import class_word
from covidviewer.ui.corner_text import MINUS
from covidviewer.ui.doubt_words import do_not_rely
from covidviewer.ui.image_name import name_on
from covidviewer.ui.measure.judgements import draw_triangles
from covidviewer.ui.measure.stars import draw_stars
from covidviewer.ui.mouse import NOTCH, TOUCH_STEP, Steps
from covidviewer.ui.shown_class import band_text, shown_class
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

WIDTH, WIDE = 28, 120
_EDGE = 2  # free pixels left and right of the bars
_HATCH = 6


def strip(
    scores: NDArray[np.float32],
    threshold: float | None,
    breaks: NDArray[np.bool_],
    width: int,
    height: int,
    doubted: NDArray[np.bool_] | None = None,
) -> NDArray[np.uint32]:
    """The strip as 0xAARRGGBB pixels.

    Parameters
    ----------
    scores : (n,) in screen order, NaN where not evaluated. threshold : None without an operating point.
    breaks : (n,) bool, True where slices are missing between this one and the one before.
    width, height : device pixels. doubted : (n,) bool, True where a score has a red flag: its bar is grey.

    Returns
    -------
    (height, width) uint32. Where several slices share a row, the highest score is shown.
    """
    count = len(scores)
    pixels = np.full((height, width), ink.STRIP.rgba(), np.uint32)
    if count == 0 or height == 0:
        return pixels
    known = np.nan_to_num(scores, nan=-1.0)
    flags = np.zeros(count, bool) if doubted is None else doubted
    if count > height:
        first = np.arange(height) * count // height
        best = np.maximum.reduceat(known, first)
        # Of slices that share a row the flag is that of the score that is shown.
        rows = np.searchsorted(first, np.arange(count), side="right") - 1
        grey = np.zeros(height, bool)
        np.logical_or.at(grey, rows, flags & (known >= best[rows]))
    else:
        # Each row belongs to the slice under its middle.
        first = np.minimum(((np.arange(height) + 0.5) * count / height).astype(np.intp), count - 1)
        best, grey = known[first], flags[first]
    columns = np.arange(width)
    length = np.rint(best * width)
    bar = columns[None, :] < np.maximum(length, 1)[:, None]
    evaluated = best >= 0
    # Without an operating point one shade does for all that is known.
    above = best >= threshold if threshold is not None else evaluated
    shade = np.where(above, np.uint32(ink.ACCENT.rgba()), np.uint32(ink.ACCENT_PALE.rgba()))
    shade = np.where(grey, np.where(above, np.uint32(ink.QUIET.rgba()), np.uint32(ink.LINE.rgba())), shade)[:, None]
    np.copyto(pixels, shade, where=bar & evaluated[:, None])
    hatch = (columns[None, :] + np.arange(height)[:, None]) % _HATCH == 0
    np.copyto(pixels, np.uint32(ink.LINE.rgba()), where=hatch & ~evaluated[:, None])
    if height >= 4 * count:  # room for a seam between slices
        seam = np.concatenate((first[1:] != first[:-1], [False]))
        pixels[seam] = ink.STRIP.rgba()
    for at in np.flatnonzero(breaks):
        row = at * height // count
        pixels[max(row - 2, 0) : row + 2] = ink.SURFACE.rgba()
    return pixels


def median_of_three(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Median of each score and its two neighbours.

    scores : (n,) in order along the stack, NaN where not evaluated: these stay so, and count in no median. Of two
    values the median is their mean.
    """
    if len(scores) < 2:
        return scores.copy()
    padded = np.pad(scores.astype(np.float32), 1, constant_values=np.nan)
    three = np.sort(np.stack((padded[:-2], padded[1:-1], padded[2:])), axis=0)  # NaN goes to the end
    known = np.isfinite(three).sum(axis=0)
    middle = np.where(known == 3, three[1], np.where(known == 2, (three[0] + three[1]) / 2, three[0]))
    result: NDArray[np.float32] = np.where(np.isfinite(scores), middle, np.nan).astype(np.float32)
    return result


class ScoreTrack(QWidget):
    """Vertical strip, top = first slice on screen; the same mapping as the scroll bar beside it."""

    def __init__(self, workspace: Workspace, tile: Tile, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._tile = tile
        self._image: QImage | None = None
        self._pixels: NDArray[np.uint32] | None = None
        self._marked = QRect()  # where the last paint put line and score
        self._steps = Steps()
        value = workspace.preferences.value
        self._look = (value.track_median, value.track_wide)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Score of each slice"))
        tile.series_changed.connect(self.rebuild)
        tile.slice_changed.connect(self._on_slice)
        tile.overlay_changed.connect(self.rebuild)
        workspace.preferences.changed.connect(self._on_preferences)
        workspace.readings.slices_changed.connect(self._on_readings)
        workspace.readings.series_changed.connect(self._on_series)
        workspace.image_marks.changed.connect(self.update)
        self.rebuild()

    def sizeHint(self) -> QSize:
        return QSize(self._wanted_width(), 200)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._wanted_width(), 40)

    def _wanted_width(self) -> int:
        return WIDE if self._workspace.preferences.value.track_wide else WIDTH

    # -- what it says --

    def text_of(self, position: int) -> str:
        """``Im 42 (37/80), −120.5 mm, score 0.63, above threshold`` for a place on screen, counted from 0."""
        tile = self._tile
        if tile.series is None or not 0 <= position < tile.count:
            return ""
        index = tile.to_index(position)
        parts = [name_on(tile, index)]
        positions = tile.series.stack.positions_mm
        if positions is not None and index < len(positions) and not tile.computed:
            parts.append(f"{float(positions[index]):.1f} mm".replace("-", MINUS))
        shown = shown_class(self._workspace, tile)
        score = shown.score(index) if shown is not None else math.nan
        if shown is None or not math.isfinite(score):
            why = shown.readings.skipped.get(index, "") if shown is not None else ""
            parts.append(self.tr("not evaluated") + (f": {why}" if why else ""))
        else:
            parts.append(self.tr("{label} {score:.2f}").format(label=class_word(shown.label), score=score))
            if self._workspace.preferences.value.track_median:
                parts.append(self.tr("median of 3: {score:.2f}").format(score=self._drawn_score(index)))
            parts.append(band_text(score, shown.threshold))
            if shown.doubts(index):
                parts.append(do_not_rely())
        return ", ".join(parts)

    def _drawn_scores(self) -> NDArray[np.float32]:
        """(n,) in data order, as the bars show them: as they are, or their median of three."""
        shown = shown_class(self._workspace, self._tile)
        if shown is None:
            return np.full(self._tile.count, np.nan, np.float32)
        scores = shown.readings.column(shown.label)
        return median_of_three(scores) if self._workspace.preferences.value.track_median else scores

    def _drawn_score(self, index: int) -> float:
        scores = self._drawn_scores()
        return float(scores[index]) if index < len(scores) else math.nan

    # -- what changed --

    @Slot()
    def _on_preferences(self) -> None:
        value = self._workspace.preferences.value
        now = (value.track_median, value.track_wide)
        if now != self._look:
            self._look = now
            self.updateGeometry()
            self.rebuild()

    @Slot()
    def rebuild(self) -> None:
        """Series, class or answers changed: the strip is drawn anew at the next paint."""
        self._image = None
        self.setVisible(self._tile.count > 1)
        self._describe()
        self.update()

    @Slot()
    def _on_slice(self) -> None:
        self._describe()
        self.update(self._marked)
        self.update(self._current_place())

    @Slot(object)
    def _on_readings(self, packet: tuple[str, tuple[int, ...]]) -> None:
        if packet[0] == self._workspace.key_of(self._tile):
            self._image = None
            self.update()

    @Slot(object)
    def _on_series(self, key: str) -> None:
        if key == self._workspace.key_of(self._tile):
            self.rebuild()

    def _describe(self) -> None:
        self.setAccessibleDescription(self.text_of(self._tile.position) if self._tile.count else "")

    # -- painting --

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            self._paint(painter)
        finally:
            painter.end()

    def _paint(self, painter: QPainter) -> None:
        if self._image is None:
            self._render()
        if self._image is None:
            painter.fillRect(self.rect(), ink.STRIP)
            return
        painter.drawImage(self.rect(), self._image)
        tile = self._tile
        shown = shown_class(self._workspace, tile)
        height, width = float(self.height()), float(self.width())
        if shown is not None and shown.threshold is not None:
            x = _EDGE + shown.threshold * (width - 2 * _EDGE)
            # Light with a dark edge: it must be seen on the bars as beside them.
            painter.fillRect(QRectF(round(x) - 1, 0, 2, height), QColor(8, 9, 11, 150))
            painter.fillRect(QRectF(round(x), 0, 1, height), QColor(232, 234, 237, 200))
        if tile.count:
            draw_stars(painter, self._workspace, tile, QRectF(self.rect()))
            draw_triangles(painter, self._workspace, tile, QRectF(self.rect()))
            self._draw_current(painter, self._drawn_score(tile.index))
        if self.hasFocus():
            painter.setPen(QPen(ink.ACCENT, 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _draw_current(self, painter: QPainter, score: float) -> None:
        y, place, font = self._current()
        self._marked = self._current_place()
        painter.setPen(QPen(ink.TEXT, 2))
        painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
        if not math.isfinite(score):
            return
        painter.fillRect(place, QColor(8, 9, 11, 205))
        painter.setFont(font)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, f"{score:.2f}")

    def _current(self) -> tuple[float, QRectF, QFont]:
        """Height of the line of the slice on screen, place and font of its score; logical pixels."""
        y = (self._tile.position + 0.5) * self.height() / self._tile.count
        font = QFont(self.font())
        font.setPointSizeF(max(font.pointSizeF() * 0.8, 6.5))
        height = QFontMetricsF(font).height()
        top = y - height - 2 if y > height + 4 else y + 2
        return y, QRectF(0, top, self.width(), height), font

    def _current_place(self) -> QRect:
        """All that `_draw_current` may touch: what must be painted again when the slice changes."""
        if not self._tile.count:
            return self.rect()
        y, place, _ = self._current()
        return place.united(QRectF(0, y - 2, self.width(), 4)).toAlignedRect()

    def _render(self) -> None:
        tile, dpr = self._tile, self.devicePixelRatioF()
        width, height = round((self.width() - 2 * _EDGE) * dpr), round(self.height() * dpr)
        if tile.count < 2 or width <= 0 or height <= 0:
            return
        shown = shown_class(self._workspace, tile)
        scores = self._drawn_scores()
        doubted = shown.readings.doubted(shown.label) if shown is not None else np.zeros(tile.count, bool)
        if tile.reversed:
            scores, doubted = scores[::-1], doubted[::-1]
        threshold = shown.threshold if shown is not None else None
        inner = strip(scores, threshold, self._breaks(), width, height, doubted)
        edge = round(_EDGE * dpr)
        self._pixels = np.pad(inner, ((0, 0), (edge, edge)), constant_values=ink.STRIP.rgba())
        rows, columns = self._pixels.shape
        # The array is kept as long as the image that looks into it.
        self._image = QImage(self._pixels.data, columns, rows, columns * 4, QImage.Format.Format_RGB32)

    def _breaks(self) -> NDArray[np.bool_]:
        """Where a step along the stack is more than half as long again as the median step."""
        tile = self._tile
        found = np.zeros(tile.count, bool)
        positions = tile.series.stack.positions_mm if tile.series is not None else None
        if positions is None or len(positions) != tile.count or tile.count < 3:
            return found
        steps = np.abs(np.diff(positions[::-1] if tile.reversed else positions))
        found[1:] = steps > 1.5 * np.median(steps)
        return found

    # -- mouse and keys --

    def _position_at(self, y: float) -> int:
        return min(max(int(y * self._tile.count / max(self.height(), 1)), 0), max(self._tile.count - 1, 0))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._tile.count:
            self._tile.go_to(self._position_at(event.position().y()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = self._position_at(event.position().y())
        if event.buttons() & Qt.MouseButton.LeftButton and self._tile.count:
            self._tile.go_to(position)
        QToolTip.showText(event.globalPosition().toPoint(), self.text_of(position), self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        pixels, angle = event.pixelDelta().y(), event.angleDelta().y()
        steps = self._steps.add(pixels, TOUCH_STEP) if pixels else self._steps.add(angle, NOTCH)
        if steps:
            self._tile.step(-steps)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Median and width, by the right button or the menu key."""
        value = self._workspace.preferences.value
        self._menu = QMenu(self)
        for field, text, on in (
            ("track_median", self.tr("Median of three slices"), value.track_median),
            ("track_wide", self.tr("Wide track"), value.track_wide),
        ):
            action = self._menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(on)
            action.setData(field)
            action.toggled.connect(self._on_choice)
        middle = self.rect().center()
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        self._menu.popup(self.mapToGlobal(middle) if by_key else event.globalPos())
        event.accept()

    @Slot(bool)
    def _on_choice(self, on: bool) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._workspace.preferences.update(**{str(action.data()): on})

    def keyPressEvent(self, event: QKeyEvent) -> None:
        tile = self._tile
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: tile.count - 1}
        key = Qt.Key(event.key())
        if event.modifiers() == Qt.KeyboardModifier.NoModifier and key in moves:
            tile.step(moves[key])
        elif event.modifiers() == Qt.KeyboardModifier.NoModifier and key in ends:
            tile.go_to(ends[key])
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._image = None

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.update()
