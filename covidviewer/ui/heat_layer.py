"""The map of the second reading over the image (UX 7): contour, fill or blocks, always on the weights' own scale."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPixmap, QPolygonF, QTransform

from covidviewer.imaging import colormaps, display
from covidviewer.imaging.contours import contours
from covidviewer.inference import prepare
from covidviewer.inference.results import Heatmap, SliceReading
from covidviewer.workspace.state import OverlayState

#: Slices that score less get no map (UX 7).
LEAST_SCORE = 0.10
CONTOUR_WIDTH = 1.5
#: Points along the longer side of the grid on which the contour is followed.
CONTOUR_GRID = 64


@dataclass(frozen=True, slots=True)
class MapKey:
    """What a map on screen depends on; an equal key is an equal picture."""

    request: tuple[object, ...]
    label: str
    grid: str
    form: str
    threshold: float
    opacity: float
    colormap: str
    shape: tuple[int, int]
    reduction: int


def heatmap_of(reading: SliceReading, overlay: OverlayState, label: str) -> Heatmap | None:
    """The map that the reader chose; another grid of the same network where it has not that one."""
    grid = overlay.grid if overlay.grid in reading.maps else next(iter(reading.maps), "")
    return reading.heatmap(label, grid) if grid else None


def cell_size_mm(heat: Heatmap, spacing_mm: tuple[float, float]) -> tuple[float, float]:
    """Edges of a cell in mm along (row, column); spacing of rows and columns in mm, NaN where unknown."""
    sizes = np.hypot(heat.to_slice[0, :2] * spacing_mm[0], heat.to_slice[1, :2] * spacing_mm[1])
    return float(sizes[0]), float(sizes[1])


def shrunk(heat: Heatmap, reduction: int) -> Heatmap:
    """The same map for a picture whose pixels are blocks of the slice's."""
    if reduction == 1:
        return heat
    to_slice = heat.to_slice / reduction
    to_slice[:, 2] -= (reduction - 1) / 2 / reduction
    return replace(heat, to_slice=to_slice)


class Spread:
    """Brings maps to the picture's pixels, bilinear between cell centres, as `prepare.map_to_levels` does.

    That one multiplies matrices, which is quickest alone but wakes the threads of the linear algebra library: with a
    network at work beside it a paint then takes many milliseconds. This one stays in its thread and in its memory.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self._low = np.empty((rows, columns), np.float32)
        self._step = np.empty((rows, columns), np.float32)

    def levels(self, heat: Heatmap, out: NDArray[np.uint8]) -> None:
        """Fill ``out`` (rows, columns) with 0..255 for 0..1; 0 also where the network did not look."""
        cells = np.clip(heat.values, 0.0, 1.0) * np.float32(255)
        shape = self._low.shape
        first, share, seen = _along(heat.to_slice[1, 1], heat.to_slice[1, 2], cells.shape[1], shape[1])
        second = np.minimum(first + 1, cells.shape[1] - 1)
        wide = cells[:, first] + (cells[:, second] - cells[:, first]) * share
        wide[:, ~seen] = 0.0
        first, share, seen = _along(heat.to_slice[0, 0], heat.to_slice[0, 2], cells.shape[0], shape[0])
        np.take(wide, first, axis=0, out=self._low, mode="clip")
        np.take(wide, first + 1, axis=0, out=self._step, mode="clip")
        self._step -= self._low
        self._step *= share[:, None]
        self._low += self._step
        self._low += np.float32(0.5)  # truncation then rounds
        self._low[~seen] = 0.0
        np.copyto(out, self._low, casting="unsafe")


def _along(
    step: float, start: float, cells: int, pixels: int
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.bool_]]:
    """Along one axis, for each pixel: the cell before it, the share of the next, and whether the grid reaches it."""
    at = (np.arange(pixels) - start) / step
    seen = (at >= -0.5 - 1e-9) & (at <= cells - 0.5 + 1e-9)
    at = np.clip(at, 0, cells - 1)
    first = np.minimum(at.astype(np.intp), max(cells - 2, 0))
    return first, (at - first).astype(np.float32), seen


def nearest_cells(heat: Heatmap, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """The map's true cells in 256 steps, (rows, columns) of ``shape``: each pixel takes its cell, 0 outside the grid.

    Cells are quantised before they are spread, and spread along one axis after the other.
    """
    rows, columns = heat.values.shape
    cells = np.zeros((rows + 1, columns + 1), np.uint8)  # the last row and column stand for "outside"
    cells[:-1, :-1] = display.quantised(heat.values)
    places = []
    for axis, (count, size) in enumerate(((rows, shape[0]), (columns, shape[1]))):
        at = np.rint((np.arange(size) - heat.to_slice[axis, 2]) / heat.to_slice[axis, axis]).astype(np.intp)
        places.append(np.where((at >= 0) & (at < count), at, count))
    index: NDArray[np.uint8] = np.take(np.take(cells, places[0], axis=0), places[1], axis=1)
    return index


def contour_path(heat: Heatmap, level: float) -> QPainterPath:
    """Where the map, bilinear between cell centres as the fill is, passes the level; x = column, y = row of the slice.

    The network's grid is coarse: lines are followed on a refined grid, so that they run as the fill's edge does.
    """
    rows, columns = heat.values.shape
    factor = max(CONTOUR_GRID // max(rows, columns), 1)
    # Refined cell u lies at grid place (u + 0.5) / factor - 0.5; one more all round closes what meets the border.
    finer = np.array([[factor, 0.0, (factor - 1) / 2], [0.0, factor, (factor - 1) / 2]])
    shape = (rows * factor, columns * factor)
    values = prepare.map_to_slice(replace(heat, to_slice=finer), shape)
    path = QPainterPath()
    if float(values.max()) < level:
        return path
    values = np.pad(values, 1, constant_values=min(float(values.min()), level) - 1.0)
    for line in contours(values, level):
        u = np.clip((line - 1 + 0.5) / factor - 0.5, -0.5, (rows - 0.5, columns - 0.5))
        points = u @ heat.to_slice[:, :2].T + heat.to_slice[:, 2]
        path.addPolygon(QPolygonF([QPointF(x, y) for y, x in points.tolist()]))
    return path


def legend_colors(colormap: str) -> NDArray[np.uint32]:
    """The map's colours at full opacity: (256,) uint32 0xFFrrggbb, from the same table as the map."""
    rgb = colormaps.table(colormap).astype(np.uint32)
    colors: NDArray[np.uint32] = (np.uint32(0xFF000000) | rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]).astype(
        np.uint32
    )
    return colors


def map_shown(score: float) -> bool:
    """Whether a slice with this score gets a map at all."""
    return math.isfinite(score) and score >= LEAST_SCORE


class HeatLayer:
    """Keeps the map of one slice at the picture's resolution, and its contour; rebuilds only what changed."""

    def __init__(self) -> None:
        self._buffer: display.MapBuffer | None = None
        self._spread: Spread | None = None
        self._image: QImage | None = None
        self._values_key: tuple[object, ...] | None = None
        self._painted: MapKey | None = None
        self._path_key: tuple[object, ...] | None = None
        self._path = QPainterPath()
        self._stroke_key: tuple[object, ...] | None = None
        self._stroke: tuple[QPoint, QPixmap] | None = None

    def clear(self) -> None:
        """Forget the map: it must not be shown over another slice."""
        self._values_key = self._painted = self._path_key = self._stroke_key = None
        self._stroke = None

    def picture(
        self, reading: SliceReading, overlay: OverlayState, label: str, shape: tuple[int, int], reduction: int
    ) -> tuple[MapKey, QImage] | None:
        """Fill or blocks as premultiplied ARGB, with its key; None for the contour, or without a map.

        shape : rows, columns of the picture. reduction : slice pixels along an edge of a picture pixel.
        """
        heat = heatmap_of(reading, overlay, label)
        if heat is None or overlay.form == "contour":
            return None
        key = MapKey(
            reading.key, label, overlay.grid, overlay.form, overlay.threshold, overlay.opacity, overlay.colormap,
            shape, reduction,
        )  # fmt: skip
        if self._buffer is None or self._spread is None or self._buffer.out.shape != shape or self._image is None:
            self._buffer = display.MapBuffer(*shape)
            self._spread = Spread(*shape)
            self._image = QImage(
                self._buffer.out.data, shape[1], shape[0], shape[1] * 4, QImage.Format.Format_ARGB32_Premultiplied
            )
            self._values_key = self._painted = None
        values_key = (reading.key, label, overlay.grid, overlay.form == "blocks", shape, reduction)
        if values_key != self._values_key:
            here = shrunk(heat, reduction)
            if overlay.form == "blocks":
                np.copyto(self._buffer.index, nearest_cells(here, shape))
            else:
                self._spread.levels(here, self._buffer.index)
            self._values_key = values_key
            self._painted = None
        if key != self._painted:
            self._buffer.paint(display.map_colors(overlay.colormap, overlay.threshold, overlay.opacity))
            self._painted = key
        return key, self._image

    def draw_contour(
        self,
        painter: QPainter,
        reading: SliceReading,
        overlay: OverlayState,
        label: str,
        transform: QTransform,
        size: QSizeF,
    ) -> None:
        """Draw the line at the map's threshold, with a dark halo, 1.5 logical pixels wide at any zoom.

        transform : slice pixels (x = column, y = row) to the painter's coordinates. size : of the tile, logical pixels.
        """
        heat = heatmap_of(reading, overlay, label)
        if heat is None:
            return
        key = (reading.key, label, overlay.grid, overlay.threshold)
        if key != self._path_key:
            self._path = contour_path(heat, overlay.threshold)
            self._path_key = key
        if self._path.isEmpty():
            return
        drawn = (key, overlay.colormap, transform, painter.device().devicePixelRatioF(), size.toTuple())
        if drawn != self._stroke_key:
            # The first time straight to the screen; only where the same line comes again (a window drag) a picture
            # of it is worth its making.
            self._stroke_key, self._stroke = drawn, None
            _stroke(painter, transform.map(self._path), overlay.colormap)
            return
        if self._stroke is None:
            line = transform.map(self._path)
            box = line.boundingRect().adjusted(-4, -4, 4, 4).intersected(QRectF(QPointF(0, 0), size)).toAlignedRect()
            if box.isEmpty():
                return
            self._stroke = (box.topLeft(), _stroked(line, box, overlay.colormap, drawn[3]))
        painter.drawPixmap(*self._stroke)


def _stroke(painter: QPainter, line: QPainterPath, colormap: str) -> None:
    rgb = colormaps.table(colormap)[200]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for color, width in ((QColor(0, 0, 0, 170), CONTOUR_WIDTH + 2), (QColor(*rgb.tolist()), CONTOUR_WIDTH)):
        painter.strokePath(line, QPen(color, width))
    painter.restore()


def _stroked(line: QPainterPath, box: QRect, colormap: str, dpr: float) -> QPixmap:
    picture = QPixmap(math.ceil(box.width() * dpr), math.ceil(box.height() * dpr))
    picture.setDevicePixelRatio(dpr)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.translate(-box.topLeft())
    _stroke(painter, line, colormap)
    painter.end()
    return picture
