"""What others wrote, over one image: filled regions, outlines along voxel edges, lines, texts, shutters.

One layer belongs to one canvas. Fills of a slice are composed once into one 32-bit buffer; lines are kept in image
coordinates and drawn by the canvas's own projection, so that they stay where they belong at every zoom and turn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QPolygonF

from covidviewer.imaging import colormaps
from covidviewer.imaging.placing import Patch, Placed, edges
from covidviewer.study import Series
from covidviewer.ui import ink
from covidviewer.ui.halo_text import HaloText
from covidviewer.ui.projection import Projection
from covidviewer.workspace.objects import ObjectKind, Objects, Row, Shutter, object_policy

#: Half the length of the arms of a point's cross, logical pixels.
MARK = 5.0
#: More points than this are thinned before they are drawn: lines closer than a pixel look the same.
MANY = 20_000


class ObjectLayer:
    """Draws the parts that are on; rebuilds only when slice, parts or opacities change."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._text = HaloText()
        self._key: object = None
        self._picture: QImage | None = None
        self._buffer: NDArray[np.uint32] | None = None
        self._at = (0, 0)
        #: The last bitmap shutter: its bits, its colour, the pixels and the picture that looks into them.
        self._lid: tuple[NDArray[np.bool_], int, NDArray[np.uint32], QImage] | None = None
        self._lines: dict[str, list[QLineF]] = {}
        self._paths: dict[str, tuple[QPainterPath, QPainterPath]] = {}

    def clear(self) -> None:
        """Forget the slice."""
        self._key = self._picture = self._buffer = self._lid = None
        self._lines.clear()
        self._paths.clear()

    def draw(self, painter: QPainter, series: Series, index: int, projection: Projection, font: QFont) -> None:
        """Draw everything that is on for one slice.

        Parameters
        ----------
        projection : of the canvas. font : for texts of presentation states and measurements.
        """
        found = self._objects.drawn(series, index)
        if not found:
            self.clear()
            return
        self._bring_up_to_date(series, index, found)
        painter.save()
        painter.setTransform(projection.transform())
        if self._picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)  # voxels, not guesses between them
            painter.drawImage(QPointF(self._at[1] - 0.5, self._at[0] - 0.5), self._picture)
        for _, placed in found:
            for shutter in placed.shutters:
                self._shut(painter, shutter, projection)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # A cosmetic pen counts pixels of the device: at twice the scale it needs twice the width.
        width = object_policy().outline_width * projection.dpr
        for halo in (True, False):
            for row, _ in found:
                pen = QPen(ink.HALO if halo else QColor(*row.color), width + 1.6 * projection.dpr if halo else width)
                pen.setCosmetic(True)
                pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
                painter.setPen(pen)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                if self._lines[row.key]:
                    painter.drawLines(self._lines[row.key])
                outline, filled = self._paths[row.key]
                painter.drawPath(outline)
                if not halo and not filled.isEmpty():
                    color = QColor(*row.color)
                    color.setAlphaF(row.opacity)
                    painter.fillPath(filled, color)
        painter.restore()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row, placed in found:
            self._marks(painter, placed, projection, QColor(*row.color))
            self._texts(painter, placed, projection, QColor(*row.color), font)
        painter.restore()

    def _shut(self, painter: QPainter, shutter: Shutter, projection: Projection) -> None:
        """Hide what a shutter hides, opaque: by its shape, or pixel by pixel."""
        color = ink.SURFACE if shutter.grey is None else QColor(shutter.grey, shutter.grey, shutter.grey)
        if shutter.points is not None:
            whole = QPainterPath()
            whole.addRect(QRectF(-0.5, -0.5, projection.columns, projection.rows))
            opening = QPainterPath()
            opening.addPolygon(_polygon(shutter.points))
            painter.fillPath(whole.subtracted(opening), color)
        if shutter.hidden is not None:
            if self._lid is None or self._lid[0] is not shutter.hidden or self._lid[1] != color.rgba():
                pixels = np.where(shutter.hidden, np.uint32(color.rgba()), np.uint32(0))
                rows, columns = pixels.shape
                picture = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied)
                self._lid = (shutter.hidden, color.rgba(), pixels, picture)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(QPointF(-0.5, -0.5), self._lid[3])

    # -- building --

    def _bring_up_to_date(self, series: Series, index: int, found: tuple[tuple[Row, Placed], ...]) -> None:
        key = (series.key, index, tuple((row.key, row.opacity, row.color, id(placed)) for row, placed in found))
        if key == self._key:
            return
        self._key = key
        self._lines = {row.key: _edge_lines(placed) if _outlined(row) else [] for row, placed in found}
        self._paths = {row.key: _paths(placed) for row, placed in found}
        patches = [(row, patch) for row, placed in found for patch in placed.patches]
        self._picture = self._buffer = None
        if patches:
            self._compose(patches)

    def _compose(self, patches: list[tuple[Row, Patch]]) -> None:
        """One premultiplied ARGB picture of all fills, later parts over earlier ones."""
        top, left = min(p.row for _, p in patches), min(p.column for _, p in patches)
        bottom = max(p.row + p.values.shape[0] for _, p in patches)
        right = max(p.column + p.values.shape[1] for _, p in patches)
        color = np.zeros((bottom - top, right - left, 4), np.float32)  # blue, green, red, alpha: memory order
        for row, patch in patches:
            h, w = patch.values.shape
            view = color[patch.row - top : patch.row - top + h, patch.column - left : patch.column - left + w]
            fresh = _colored(row, patch.values)
            view *= 1 - fresh[..., 3:]
            view += fresh
        self._buffer = np.ascontiguousarray(np.rint(color * 255).astype(np.uint8)).view(np.uint32)[..., 0]
        height, width = self._buffer.shape
        self._picture = QImage(self._buffer.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
        self._at = (top, left)

    # -- points and texts: their size is the screen's, not the image's --

    def _marks(self, painter: QPainter, placed: Placed, projection: Projection, color: QColor) -> None:
        for stroke in placed.strokes:
            if len(stroke.points) != 1:
                continue
            p = projection.to_screen(float(stroke.points[0, 0]), float(stroke.points[0, 1]))
            for pen in (QPen(ink.HALO, 3.4), QPen(color, 1.6)):
                painter.setPen(pen)
                painter.drawLine(p + QPointF(-MARK, 0), p + QPointF(MARK, 0))
                painter.drawLine(p + QPointF(0, -MARK), p + QPointF(0, MARK))

    def _texts(self, painter: QPainter, placed: Placed, projection: Projection, color: QColor, font: QFont) -> None:
        height = QFontMetricsF(font).height()
        for label in placed.labels:
            p = projection.to_screen(*label.at)
            if label.anchor is not None:
                anchor = projection.to_screen(*label.anchor)
                for pen in (QPen(ink.HALO, 3.0), QPen(color, 1.2)):
                    painter.setPen(pen)
                    painter.drawLine(p, anchor)
            for i, line in enumerate(label.text.splitlines()[:12]):
                self._text.draw(painter, p + QPointF(4, 2 + i * height), line, font, color)


def _colored(row: Row, values: NDArray[np.generic]) -> NDArray[np.float32]:
    """(h, w, 4) premultiplied blue, green, red, alpha, 0 to 1."""
    if row.scale is not None:
        low, high = row.scale
        share = np.clip((values.astype(np.float32) - low) / max(high - low, 1e-30), 0, 1)
        there = ~np.isnan(share)
        at = np.where(there, share * 255, 0).astype(np.uint8)
        colors = colormaps.table(object_policy().map_colormap)[at][..., ::-1] / np.float32(255)
        alpha = there.astype(np.float32) * np.float32(row.opacity)
        return np.concatenate([colors * alpha[..., None], alpha[..., None]], axis=2).astype(np.float32)
    alpha = values.astype(np.float32) * np.float32(row.opacity / 255)
    red, green, blue = (channel / 255 for channel in row.color)
    return (alpha[..., None] * np.array([blue, green, red, 1.0], np.float32)).astype(np.float32)


def _outlined(row: Row) -> bool:
    """Regions have an outline; maps have none, and overlay planes are lines already."""
    return row.scale is None and row.kind is not ObjectKind.OVERLAY


def _edge_lines(placed: Placed) -> list[QLineF]:
    lines = []
    for patch in placed.patches:
        inside = np.asarray(patch.values) >= 128  # half covered and more
        lines += [QLineF(c0, r0, c1, r1) for r0, c0, r1, c1 in edges(inside, patch.row, patch.column).tolist()]
    return lines


def _paths(placed: Placed) -> tuple[QPainterPath, QPainterPath]:
    """Outlines of all lines, and areas that are to be filled; image coordinates, x along the row."""
    outline, filled = QPainterPath(), QPainterPath()
    for stroke in placed.strokes:
        if len(stroke.points) < 2:
            continue
        step = max(len(stroke.points) // MANY, 1)
        polygon = _polygon(stroke.points[::step])
        outline.addPolygon(polygon)
        if stroke.closed:
            outline.closeSubpath()
        if stroke.filled:
            filled.addPolygon(polygon)
            filled.closeSubpath()
    return outline, filled


def _polygon(points: NDArray[np.float64]) -> QPolygonF:
    return QPolygonF([QPointF(column, row) for row, column in points.tolist()])
