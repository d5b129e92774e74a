"""How one row of the study tree is drawn: a study's head, or a series with thumbnail, count and badges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Slot
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from covidviewer.ui.icons import icon
from covidviewer.ui.theme import color
from covidviewer.workspace.workspace import Workspace

THUMBNAIL = 96
GAP = 8
HEAD_HEIGHT = 46
#: Below this width the text goes away and the thumbnail stays.
TEXT_MIN = 48

#: Item data: key of the series ("" on a study's head), and the row's `CardText`.
KEY_ROLE = int(Qt.ItemDataRole.UserRole) + 1
SERIES_MIME = "application/x-covidviewer-series"  # a dragged series: its key
CARD_ROLE = int(Qt.ItemDataRole.UserRole) + 2

#: Badges by the code of a note; a series shows the first of each word.
BADGES: dict[str, str] = {
    "gap": "GAP",
    "uneven": "UNEVEN",
    "tilt": "TILT",
    "duplicate": "DOUBLE",
    "phases": "4D",
    "no_position": "NO POSITION",
    "no_rescale": "NO HU",
    "mixed_rescale": "MIXED",
    "lossy": "LOSSY",
    "derived": "DERIVED",
    "localizer": "SCOUT",
    "picture": "PICTURE",
    "damaged": "DAMAGED",
}


class NoteLike(Protocol):
    """What is needed of a note of a stack."""

    @property
    def code(self) -> str: ...


@dataclass(frozen=True, slots=True)
class CardText:
    """What a row says."""

    title: str
    line: str = ""
    badges: tuple[str, ...] = ()
    document: bool = False
    tip: str = ""

    def spoken(self) -> str:
        """The row for a screen reader."""
        return ", ".join(part for part in (self.title, self.line, *self.badges) if part)


def badges_of(notes: Iterable[NoteLike]) -> tuple[str, ...]:
    """Badge words of a stack's notes, each once, in the order of the notes."""
    return tuple(dict.fromkeys(BADGES[note.code] for note in notes if note.code in BADGES))


def two_lines(metrics: QFontMetrics, text: str, width: int) -> list[str]:
    """Text broken at spaces into at most two lines; what does not fit is elided."""
    if metrics.horizontalAdvance(text) <= width:
        return [text]
    words = text.replace("_", "_\u200b").split(" ")
    first = ""
    for i, word in enumerate(words):
        longer = f"{first} {word}".strip()
        if metrics.horizontalAdvance(longer) > width:
            if not first:
                cut = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
                return [cut]
            rest = " ".join(words[i:])
            return [first, metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width)]
        first = longer
    return [first]


class CardDelegate(QStyledItemDelegate):
    """Draws rows; asks the workspace for a thumbnail only when a row is drawn, so unseen ones cost nothing."""

    def __init__(self, workspace: Workspace, view: QTreeView) -> None:
        super().__init__(view)
        self._workspace = workspace
        self._view = view
        self._pixmaps: dict[str, QPixmap] = {}
        workspace.studies_changed.connect(self._forget)

    @Slot()
    def _forget(self) -> None:
        for key in [k for k in self._pixmaps if self._workspace.series(k) is None]:
            del self._pixmaps[key]

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        head = not index.parent().isValid()
        return QSize(THUMBNAIL + 2 * GAP, HEAD_HEIGHT if head else THUMBNAIL + 2 * GAP)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        card = index.data(CARD_ROLE)
        if not isinstance(card, CardText):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        key = index.data(KEY_ROLE)
        if key:
            self._paint_series(painter, rect, state, str(key), card)
        else:
            self._paint_head(painter, rect, card, self._view.isExpanded(self._view.model().index(index.row(), 0)))
        painter.restore()

    def _paint_head(self, painter: QPainter, rect: QRect, card: CardText, expanded: bool) -> None:
        painter.fillRect(rect, color("window"))
        painter.setPen(QPen(color("line"), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        arrow = icon("chevron-down" if expanded else "chevron-right")
        arrow.paint(painter, QRect(rect.left() + 2, rect.center().y() - 8, 16, 16))
        inner = rect.adjusted(20, 6, -GAP, -6)
        bold = QFont(self._view.font())
        bold.setWeight(QFont.Weight.DemiBold)
        self._line(painter, inner.topLeft(), inner.width(), card.title, bold, "text")
        below = inner.topLeft() + QPoint(0, QFontMetrics(bold).height() + 1)
        self._line(painter, below, inner.width(), card.line, _smaller(self._view.font()), "muted")

    def _paint_series(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag, key: str, card: CardText) -> None:
        series = self._workspace.active_tile.series
        shown = series is not None and series.key == key
        if shown:
            painter.fillRect(rect, color("accent_dim"))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), color("accent"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, color("raised"))
        if not shown and self._workspace.tiles_of(key):
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), color("accent_strong"))  # another tile
        if state & QStyle.StateFlag.State_HasFocus and self._view.hasFocus():
            painter.setPen(QPen(color("accent"), 1))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))
        box = QRect(rect.left() + GAP + 2, rect.top() + GAP, THUMBNAIL, THUMBNAIL)
        self._paint_thumbnail(painter, box, key, card)
        width = rect.right() - GAP - (box.right() + GAP)
        if width < TEXT_MIN:
            return
        font = self._view.font()
        metrics = QFontMetrics(font)
        at = QPoint(box.right() + GAP + 2, box.top() + 1)
        for line in two_lines(metrics, card.title, width):
            self._line(painter, at, width, line, font, "text")
            at += QPoint(0, metrics.height())
        at += QPoint(0, 3)
        small = _smaller(font)
        for line in two_lines(QFontMetrics(small), card.line, width):
            self._line(painter, at, width, line, small, "muted")
            at += QPoint(0, QFontMetrics(small).height())
        self._paint_badges(painter, QRect(at.x(), at.y() + 5, width, box.bottom() - at.y() - 4), card.badges)

    def _paint_thumbnail(self, painter: QPainter, box: QRect, key: str, card: CardText) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("viewport"))
        painter.drawRoundedRect(box, 4, 4)
        if card.document:
            icon("document").paint(painter, box.adjusted(30, 30, -30, -30))
            return
        pixmap = self._pixmap(key)
        if pixmap is None:
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = pixmap.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(QPoint(0, 0), size)
        target.moveCenter(box.center())
        painter.drawPixmap(target, pixmap)

    def _pixmap(self, key: str) -> QPixmap | None:
        found = self._pixmaps.get(key)
        if found is None:
            values = self._workspace.thumbnail(key)
            if values is None:
                return None
            rgb = np.ascontiguousarray(values, np.uint8)
            height, width = rgb.shape[:2]
            image = QImage(rgb.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
            found = self._pixmaps[key] = QPixmap.fromImage(image)
        return found

    def _paint_badges(self, painter: QPainter, area: QRect, badges: tuple[str, ...]) -> None:
        font = _smaller(self._view.font(), 0.78)
        font.setWeight(QFont.Weight.DemiBold)
        metrics = QFontMetrics(font)
        painter.setFont(font)
        x, y, height = area.left(), area.top(), metrics.height() + 2
        for word in badges:
            width = metrics.horizontalAdvance(word) + 10
            if x > area.left() and x + width > area.right():
                x, y = area.left(), y + height + 3
            if y + height > area.bottom() + 1:
                return
            chip = QRect(x, y, width, height)
            ai = word == "AI"
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("accent_strong" if ai else "hover"))
            painter.drawRoundedRect(chip, 3, 3)
            painter.setPen(color("on_accent" if ai else "text"))
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, word)
            x += width + 4

    def _line(self, painter: QPainter, at: QPoint, width: int, text: str, font: QFont, name: str) -> None:
        metrics = QFontMetrics(font)
        painter.setFont(font)
        painter.setPen(color(name))
        elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QPoint(at.x(), at.y() + metrics.ascent()), elided)


def _smaller(font: QFont, share: float = 0.9) -> QFont:
    small = QFont(font)
    small.setPointSizeF(max(font.pointSizeF() * share, 6.5))
    return small
