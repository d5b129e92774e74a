"""How a row of the list looks: icon, words and image number, the numbers below."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QIcon, QPainter, QPalette
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from covidviewer.ui import theme
from covidviewer.ui.measure.listing import PLACE, VALUE
from covidviewer.ui.measure.word_field import MOST

ICON, PAD = 20, 8


class RowPainter(QStyledItemDelegate):
    """Two lines a row."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        line = option.fontMetrics.height()
        lines = 2 if index.data(VALUE) else 1
        return QSize(120, max(line * lines + PAD + 2, 34))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        rect: QRect = option.rect
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, theme.color("accent_dim"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.color("hover"))
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(picture, QIcon):
            place = QRect(rect.left() + PAD, rect.top() + (rect.height() - ICON) // 2, ICON, ICON)
            picture.paint(painter, place)
        room = rect.adjusted(PAD + ICON + PAD, PAD // 2, -PAD, -PAD // 2)
        value, image = str(index.data(VALUE) or ""), str(index.data(PLACE) or "")
        metrics: QFontMetrics = option.fontMetrics
        painter.setFont(option.font)
        quiet, loud = theme.color("muted"), theme.color("text")
        middle = Qt.AlignmentFlag.AlignVCenter
        first = QRect(room.left(), room.top(), room.width(), room.height() // 2 if value else room.height())
        wide = metrics.horizontalAdvance(image) + PAD
        painter.setPen(quiet)
        painter.drawText(first, middle | Qt.AlignmentFlag.AlignRight, image)
        painter.setPen(loud)
        name = first.adjusted(0, 0, -wide, 0)
        title = str(index.data(Qt.ItemDataRole.DisplayRole))
        painter.drawText(name, middle, metrics.elidedText(title, Qt.TextElideMode.ElideRight, name.width()))
        if value:
            second = QRect(room.left(), first.bottom() + 1, room.width(), room.height() - first.height())
            painter.setPen(quiet)
            painter.drawText(second, middle, metrics.elidedText(value, Qt.TextElideMode.ElideRight, second.width()))
        painter.restore()

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        field = QLineEdit(parent)
        field.setMaxLength(MOST)
        field.setAccessibleName(self.tr("Name of the measurement"))
        field.setFrame(False)
        palette = field.palette()
        palette.setColor(QPalette.ColorRole.Base, theme.color("raised"))
        field.setPalette(palette)
        return field
