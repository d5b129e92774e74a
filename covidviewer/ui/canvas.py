"""The image on screen: one opaque buffer, one draw, vector annotations above. Reads its tile and asks its tile.

Nothing is kept that could go stale: every paint takes the tile's present slice, and the layers rebuild by key what
changed (scroll: picture and map; window: look-up table and picture; opacity: the map's table of 256).
"""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QCursor,
    QDragEnterEvent,
    QDropEvent,
    QEnterEvent,
    QFocusEvent,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from covidviewer.ui import ink
from covidviewer.ui.ahead import Ahead, Nowhere
from covidviewer.ui.alt_release import AltRelease
from covidviewer.ui.annotations import Annotations
from covidviewer.ui.band import BAND_HEIGHT
from covidviewer.ui.corner_text import index_text, probe_text
from covidviewer.ui.link_layer import LinkLayer
from covidviewer.ui.measure.layer import MeasureLayer
from covidviewer.ui.mouse import ONCE, Mouse, Tool
from covidviewer.ui.object_layer import ObjectLayer
from covidviewer.ui.plane_layer import PlaneLayer
from covidviewer.ui.projection import Projection, pixel_aspect
from covidviewer.ui.sentences import say
from covidviewer.ui.shown_class import shown_class
from covidviewer.ui.slice_picture import SlicePicture
from covidviewer.workspace.preferences import Preferences
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.tile_at import TileAt
from covidviewer.workspace.workspace import Workspace

BUMP_MS = 220
TEXT_SCALE = 1.1
#: What a thumbnail is dragged as: the series' key, UTF-8.
SERIES_MIME = "application/x-covidviewer-series"


_NEW_LOOK = frozenset(
    {
        QEvent.Type.FontChange,
        QEvent.Type.StyleChange,
        QEvent.Type.ApplicationFontChange,
        QEvent.Type.LanguageChange,
    }
)


class Canvas(QWidget):
    """Shows one tile."""

    probe_changed = Signal(str)

    def __init__(self, workspace: Workspace, tile: Tile, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._tile = tile
        self._picture = SlicePicture()
        self._objects = ObjectLayer(workspace.objects)
        self._annotations = Annotations()
        self.links = LinkLayer(workspace, tile, self)
        self._font: QFont | None = None
        self._hover: QPointF | None = None
        self._alt = AltRelease(self)
        self._probe = ""
        self._box: QRectF | None = None
        self._peek = False
        self._copy: tuple[float, Preferences] | None = None
        self._ahead = Ahead(self._prepare, 2, self)
        self._bump = 0
        self._bump_timer = QTimer(self)
        self._bump_timer.setSingleShot(True)
        self._bump_timer.setInterval(BUMP_MS)
        self._bump_timer.timeout.connect(self._end_bump)
        self.mouse = Mouse(tile, workspace.preferences, self.projection, self.fit_area, self)
        self.mouse.hovered.connect(self._on_hover)
        self.mouse.region_changed.connect(self._on_region)
        self.mouse.tool_changed.connect(self._on_tool)
        self.measure = MeasureLayer(workspace, tile, self.mouse, self)
        self.planes = PlaneLayer(workspace, tile, self.mouse, self)
        self.planes.changed.connect(self.update)
        self.planes.cursor_changed.connect(self.refresh_cursor)
        self.mouse.pointed.connect(self._on_pointed)
        self.links.changed.connect(self.update)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.setMinimumSize(60, 80)  # more would push the bars beside it over the image in small windows
        self.setAccessibleName(self.tr("Image"))
        tile.series_changed.connect(self._on_series)
        tile.slice_changed.connect(self._on_slice)
        tile.slice_filled.connect(self._on_slice)
        tile.view_changed.connect(self._on_view)
        tile.overlay_changed.connect(self.update)
        tile.bumped.connect(self._on_bump)
        workspace.preferences.changed.connect(self.update)
        workspace.objects.changed.connect(self.update)
        workspace.readings.slices_changed.connect(self._on_readings)
        workspace.readings.series_changed.connect(self._on_reading_series)
        workspace.explanations.changed.connect(self._on_reading_series)
        self._on_tool(self.mouse.tool.value)
        self._describe()

    def sizeHint(self) -> QSize:
        return QSize(640, 640)

    # -- pictures --

    @property
    def tile(self) -> Tile:
        return self._tile

    def become_copy(self, ratio: float, preferences: Preferences, source: Canvas) -> None:
        """Be drawn for a picture, not for the screen.

        ratio : device pixels of a logical pixel. preferences : in place of the reader's. source : the canvas on screen,
        whose lines of other tiles are taken.
        """
        self._copy = (ratio, preferences)
        self.links.take(source.links)

    def paint_on(self, painter: QPainter) -> None:
        """Draw what `paintEvent` draws, onto a picture whose device pixel ratio is that of `become_copy`."""
        self._paint(painter)

    def _ratio(self) -> float:
        return self._copy[0] if self._copy is not None else self.devicePixelRatioF()

    def _preferences(self) -> Preferences:
        return self._copy[1] if self._copy is not None else self._workspace.preferences.value

    # -- geometry --

    def fit_area(self) -> QRectF:
        """Where a fitted image goes: all but the band at the lower edge."""
        return QRectF(0, 0, self.width(), max(self.height() - BAND_HEIGHT, 1))

    def projection(self) -> Projection | None:
        """Where image points lie on this widget; None while nothing is shown."""
        rows, columns = self._tile.shape()
        if not rows or not columns:
            return None
        frame, plane = self._tile.frame(), self._tile.plane()
        if frame is not None:
            aspect = pixel_aspect(frame.spacing or (), frame.aspect)
        else:
            aspect = pixel_aspect(plane.spacing if plane is not None else ())
        return Projection.make(rows, columns, aspect, self._tile.view, self.fit_area(), self._ratio())

    def _text_font(self) -> QFont:
        """The program's font, a little larger: read from further away, over an image."""
        if self._font is None:
            self._font = QFont(self.font())
            self._font.setPointSizeF(max(self._font.pointSizeF(), 8.0) * TEXT_SCALE)
        return self._font

    # -- what changed --

    @Slot()
    def _on_series(self) -> None:
        self._picture.forget()
        self._objects.clear()
        self._ahead.stop()
        self._annotations.forget()  # it may not keep a closed series alive
        self.mouse.cancel()
        self._on_slice()

    @Slot()
    def _on_slice(self) -> None:
        if not self._tile.computed:  # objects belong to images of the files
            self._workspace.objects.want(self._tile.series, self._tile.index)
        self._describe()
        self._tell_probe()
        self.update()

    @Slot()
    def _on_view(self) -> None:
        self._tell_probe()  # something else lies under the pointer now
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._hover is not None:  # the pointer stays where it is on the screen
            self._hover = QPointF(self.mapFromGlobal(QCursor.pos()))
            self._tell_probe()
        super().resizeEvent(event)

    @Slot(object)
    def _on_readings(self, packet: tuple[str, tuple[int, ...]]) -> None:
        if packet[0] == self._workspace.key_of(self._tile) and (self._tile.computed or self._tile.index in packet[1]):
            self.update()

    @Slot(object)
    def _on_reading_series(self, key: str) -> None:
        if key in ("", self._workspace.key_of(self._tile)):
            self.update()

    @Slot(int)
    def _on_bump(self, direction: int) -> None:
        self._bump = direction
        self._bump_timer.start()
        self.update()

    @Slot()
    def _end_bump(self) -> None:
        self._bump = 0
        self.update()

    @Slot(object)
    def _on_region(self, box: QRectF | None) -> None:
        self._box = box
        self.update()

    @Slot(str)
    def _on_tool(self, name: str) -> None:
        shape = {
            Tool.PAN: Qt.CursorShape.OpenHandCursor,
            Tool.ZOOM: Qt.CursorShape.SizeVerCursor,
            Tool.SCROLL: Qt.CursorShape.SplitVCursor,
            Tool.CURSOR: Qt.CursorShape.CrossCursor,
        }.get(Tool(name), Qt.CursorShape.CrossCursor if Tool(name) in ONCE else Qt.CursorShape.ArrowCursor)
        self.setCursor(shape)

    def refresh_cursor(self) -> None:
        """The pointer's shape over what was measured, else the tool's."""
        shape = self.measure.cursor() or self.planes.cursor()
        if shape is not None:
            self.setCursor(shape)
        else:
            self._on_tool(self.mouse.tool.value)

    @Slot(object)
    def _on_pointed(self, point: QPointF) -> None:
        projection = self.projection()
        if projection is not None and projection.pixel_at(point) is not None:
            self._workspace.links.set_cursor(self._tile, *projection.to_image(point))

    def point_here(self) -> None:
        """Put the shared cursor where the pointer is, else in the middle of the image."""
        projection, hover = self.projection(), self._hover
        if hover is not None and projection is not None and projection.pixel_at(hover) is not None:
            self._on_pointed(hover)
        elif projection is not None:
            rows, columns = self._tile.shape()
            self._workspace.links.set_cursor(self._tile, (rows - 1) / 2, (columns - 1) / 2)

    @Slot(object)
    def _on_hover(self, point: QPointF | None) -> None:
        self._hover = point
        self._tell_probe()

    def _tell_probe(self) -> None:
        projection = self.projection()
        pixel = projection.pixel_at(self._hover) if projection is not None and self._hover is not None else None
        text = probe_text(self._tile, *pixel) if pixel is not None else ""
        if pixel is not None and self._tile.series is not None and not self._tile.computed:
            quantities = self._workspace.objects.values_at(self._tile.series, self._tile.index, *pixel)
            text = f"{text}   {quantities}" if quantities else text
        if text != self._probe:
            self._probe = text
            self.update(self._annotations.probe_rect(QRectF(self.rect()), self._text_font()).toAlignedRect())
            self.probe_changed.emit(text)

    def _describe(self) -> None:
        series = self._tile.series
        if series is None:
            self.setAccessibleDescription(self.tr("No image"))
            return
        self.setAccessibleDescription(f"{series.description or series.modality}, {index_text(self._tile)}")

    def set_peek(self, on: bool) -> None:
        """Hide the map for as long as a key is held."""
        if on != self._peek:
            self._peek = on
            self.update()

    # -- painting --

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            self._paint(painter)
        finally:
            painter.end()  # a painter left open by an error would take the whole program down
        tile = self._tile
        if tile.series is not None and not tile.computed:
            self._ahead.drawn(tile.index, tile.count, (tile.series, tile.view, tile.overlay, self.size().toTuple()))

    def _prepare(self, index: int, part: int) -> None:
        """Make ready the map (0) or the texts (1) of a slice that may come next."""
        tile, projection = self._tile, self.projection()
        if projection is None or tile.computed or not 0 <= index < tile.count:
            return
        there, shown, sheet = cast(Tile, TileAt(tile, index)), shown_class(self._workspace, tile), Nowhere(self)
        preferences = self._preferences()
        if part == 1:
            area = QRectF(self.rect())
            self._annotations.prepare(sheet, area, there, projection, preferences, self._text_font(), shown)
        elif shown is not None:
            self._picture.prepare(sheet, self.rect(), there, projection, shown, preferences.smooth)

    def _paint(self, painter: QPainter) -> None:
        tile, projection = self._tile, self.projection()
        area, font = QRectF(self.rect()), self._text_font()
        if projection is None:
            painter.fillRect(self.rect(), ink.SURFACE)
            if len(self._workspace.tiles) > 1:
                hint = self.tr("Drag a series here, or choose one with the arrow keys left and right")
                self._annotations.message(painter, area, hint, font, False)
            self._frame(painter)
            return
        shown = shown_class(self._workspace, tile)
        if tile.slice_values() is not None:
            smooth, of_plane = self._preferences().smooth, None if shown is not None else self.planes.map()
            self._picture.draw(painter, self.rect(), tile, projection, shown, of_plane, smooth, self._peek)
            if tile.series is not None and not self._peek and not tile.computed:
                self._objects.draw(painter, tile.series, tile.index, projection, font)
        else:
            self._picture.clear()
            painter.fillRect(self.rect(), ink.SURFACE)
            error = tile.slice_error()
            self._annotations.message(painter, area, say(error) or self.tr("loading"), font, bool(error))
        preferences = self._preferences()
        self.planes.draw(painter, projection)
        self.links.draw(painter, projection)
        self._annotations.more = self.links.marks + self.measure.marks() + self.planes.marks
        self._annotations.draw(painter, area, tile, projection, preferences, font, self._probe, shown, self._peek)
        words = self.planes.legend(self._peek) if tile.computed else None
        if words is not None:
            lines = 3 if preferences.corner_texts == "all" else 2
            self._annotations.plane_legend(painter, area, words, tile.overlay.colormap, font, lines)
        self.measure.draw(painter, area, projection, font)
        if self._box is not None:
            for color, width in ((ink.HALO, 3.0), (ink.ACCENT, 1.0)):
                painter.setPen(QPen(color, width))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self._box)
        if self._bump:
            self._annotations.bump(painter, area, self._bump)
        self._frame(painter)

    def _frame(self, painter: QPainter) -> None:
        """A line round the tile that has the keyboard: four fills cost a fifth of a drawn rectangle."""
        if not self.hasFocus():
            return
        width, height = self.width(), self.height()
        for x, y, across, down in (
            (0, 0, width, 1),
            (0, height - 1, width, 1),
            (0, 1, 1, height - 2),
            (width - 1, 1, 1, height - 2),
        ):
            painter.fillRect(x, y, across, down, ink.ACCENT)

    # -- mouse, touch, keys --

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event = self.mouse.handed(event)
        on_legend = self._annotations.legend.place.contains(event.position())
        if on_legend and event.button() == Qt.MouseButton.LeftButton:
            self._tile.set_overlay(visible=not self._tile.overlay.visible)
            return
        if not self.measure.press(event) and not self.planes.press(event, self.projection()):
            self.mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event = self.mouse.handed(event)
        if self.measure.move(event) or self.planes.move(event, self.projection()):
            self._on_hover(event.position())
        else:
            self.mouse.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event = self.mouse.handed(event)
        if not self.measure.release(event) and not self.planes.release(event):
            self.mouse.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event = self.mouse.handed(event)
        if not self.measure.double_click(event):
            self.mouse.double_click(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._alt.arm()
        self.mouse.wheel(event)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self.mouse.leave()
        self.measure.leave()
        self.planes.leave()
        super().leaveEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._on_hover(event.position())
        super().enterEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        # The mouse tells a click from a zoom drag itself; here only the menu key counts.
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.mouse.context_menu_wanted.emit(event.globalPos())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.set_peek(True)
        elif not self.measure.key(event):
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space:
            event.ignore()
        elif not event.isAutoRepeat():
            self.set_peek(False)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.set_peek(False)
        super().focusOutEvent(event)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in _NEW_LOOK:
            self._font = None
            self._annotations.forget()
            self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and self.mouse.pinch(event):
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self.measure.wants(event):
            event.accept()  # the drawing's key, whatever else it is bound to
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = QPointF(event.pos())
            sentence = self._annotations.sentence_at(at) or self.measure.sentence_at(at)
            if sentence:
                QToolTip.showText(event.globalPos(), sentence, self, QRect())
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    # -- dropping --

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(SERIES_MIME) or event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        data = event.mimeData()
        if data.hasFormat(SERIES_MIME):
            self._workspace.show(bytes(data.data(SERIES_MIME).data()).decode(), tile=self._tile)
        else:
            paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
            if not paths:
                return
            self._workspace.open(paths)
        event.acceptProposedAction()
