"""The scroll bar over the slices of one viewport, as the screen runs."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QScrollBar, QStyle, QStyleOptionSlider, QWidget

from covidviewer.ui import ink
from covidviewer.ui.mouse import NOTCH, TOUCH_STEP, Steps
from covidviewer.workspace.tile import Tile

__all__ = ["SliceBar"]

_INSET = 2.5  # free logical pixels at the handle's sides
_ARROW = 3.0  # half of an arrow's width
REST = 0.45  # opacity of a handle that nobody holds


class SliceBar(QScrollBar):
    """Scroll bar over the slices as the screen runs; hidden for a single image.

    Its parts lie where the style puts them, but it paints itself, flat and opaque: the styles' own bars have gradients
    and let through what is behind, and cost 2 ms a step each, more than the image beside them.
    """

    def __init__(self, tile: Tile, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._tile = tile
        self._steps = Steps()
        self.setObjectName("slice_bar")
        self.setAccessibleName(self.tr("Slices"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the image takes the same keys
        tile.series_changed.connect(self._on_series)
        tile.slice_changed.connect(self._on_slice)
        self.valueChanged.connect(self._on_value)
        self._on_series()

    @Slot()
    def _on_series(self) -> None:
        count = self._tile.count
        self.blockSignals(True)
        self.setRange(0, max(count - 1, 0))
        self.setPageStep(max(count // 20, 1))
        self.setValue(self._tile.position if count else 0)
        self.blockSignals(False)
        self.setHidden(count < 2)

    @Slot()
    def _on_slice(self) -> None:
        self.setValue(self._tile.position)

    @Slot(int)
    def _on_value(self, position: int) -> None:
        if self._tile.count:
            self._tile.go_to(position)

    def wheelEvent(self, event: QWheelEvent) -> None:
        pixels, angle = event.pixelDelta().y(), event.angleDelta().y()
        steps = self._steps.add(pixels, TOUCH_STEP) if pixels else self._steps.add(angle, NOTCH)
        if steps:
            self._tile.step(-steps)
        event.accept()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.Polish, QEvent.Type.StyleChange):
            self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # styles take it from their scroll bars
        return done

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        control, style = QStyle.ComplexControl.CC_ScrollBar, self.style()

        def part(which: QStyle.SubControl) -> QRect:
            return style.subControlRect(control, option, which, self)

        painter = QPainter(self)
        try:
            painter.fillRect(self.rect(), ink.STRIP)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink.QUIET)
            for which, way in ((QStyle.SubControl.SC_ScrollBarSubLine, -1), (QStyle.SubControl.SC_ScrollBarAddLine, 1)):
                place = part(which)
                if not place.isEmpty():
                    painter.drawPolygon(_arrow(QRectF(place).center(), way))
            color = QColor(ink.QUIET)
            if not (self.isSliderDown() or self.underMouse()):
                color.setAlphaF(REST)  # seen, but no brighter than the slice beside it needs
            painter.setBrush(color)
            handle = QRectF(part(QStyle.SubControl.SC_ScrollBarSlider)).adjusted(_INSET, 1, -_INSET, -1)
            painter.drawRoundedRect(handle, handle.width() / 2, handle.width() / 2)
        finally:
            painter.end()


def _arrow(middle: QPointF, way: int) -> QPolygonF:
    tip, back = middle + QPointF(0, way * _ARROW / 2), middle - QPointF(0, way * _ARROW / 2)
    return QPolygonF([tip, back - QPointF(_ARROW, 0), back + QPointF(_ARROW, 0)])
