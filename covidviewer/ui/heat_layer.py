"""The map of the second reading over the image (UX 7): contour, fill or blocks, always on the weights' own scale."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from covidviewer.imaging import colormaps, display
from covidviewer.imaging.contours import contours
from covidviewer.inference import prepare
from covidviewer.inference.results import Heatmap, SliceReading
from covidviewer.workspace.state import OverlayState

#: Slices that score less get no map (UX 7).
LEAST_SCORE = 0.10
CONTOUR_WIDTH = 1.5
#: Points along the longer side of the grid on which the contour is followed.
CONTOUR_GRID = 112


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
    values = np.pad(values, 1, constant_values=min(float(values.min()), level) - 1.0)
    path = QPainterPath()
    for line in contours(values, level):
        u = np.clip((line - 1 + 0.5) / factor - 0.5, -0.5, (rows - 0.5, columns - 0.5))
        points = u @ heat.to_slice[:, :2].T + heat.to_slice[:, 2]
        path.addPolygon(QPolygonF([QPointF(x, y) for y, x in points.tolist()]))
    return path


def legend_colors(colormap: str) -> NDArray[np.uint32]:
    """The map's colours at full opacity: (256,) uint32 0xFFrrggbb, from the same table as the map."""
    rgb = colormaps.table(colormap).astype(np.uint32)
    return np.uint32(0xFF000000) | rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]


def map_shown(score: float) -> bool:
    """Whether a slice with this score gets a map at all."""
    return math.isfinite(score) and score >= LEAST_SCORE


class HeatLayer:
    """Keeps the map of one slice at the picture's resolution, and its contour; rebuilds only what changed."""

    def __init__(self) -> None:
        self._buffer: display.MapBuffer | None = None
        self._image: QImage | None = None
        self._values_key: tuple[object, ...] | None = None
        self._painted: MapKey | None = None
        self._path_key: tuple[object, ...] | None = None
        self._path = QPainterPath()

    def clear(self) -> None:
        """Forget the map: it must not be shown over another slice."""
        self._values_key = self._painted = self._path_key = None

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
        if self._buffer is None or self._buffer.out.shape != shape or self._image is None:
            self._buffer = display.MapBuffer(*shape)
            self._image = QImage(
                self._buffer.out.data, shape[1], shape[0], shape[1] * 4, QImage.Format.Format_ARGB32_Premultiplied
            )
            self._values_key = self._painted = None
        values_key = (reading.key, label, overlay.grid, overlay.form == "blocks", shape, reduction)
        if values_key != self._values_key:
            here = shrunk(heat, reduction)
            if overlay.form == "blocks":
                self._buffer.set_values(display.blocks(here.values, here.to_slice, shape))
            else:
                np.copyto(self._buffer.index, prepare.map_to_levels(here, shape))
            self._values_key = values_key
            self._painted = None
        if key != self._painted:
            self._buffer.paint(display.map_colors(overlay.colormap, overlay.threshold, overlay.opacity))
            self._painted = key
        return key, self._image

    def draw_contour(
        self, painter: QPainter, reading: SliceReading, overlay: OverlayState, label: str, transform: QTransform
    ) -> None:
        """Draw the line at the map's threshold, with a dark halo, 1.5 logical pixels wide at any zoom.

        transform : slice pixels (x = column, y = row) to the painter's coordinates.
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
        line = transform.map(self._path)
        rgb = colormaps.table(overlay.colormap)[200]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for color, width in ((QColor(0, 0, 0, 170), CONTOUR_WIDTH + 2), (QColor(*rgb.tolist()), CONTOUR_WIDTH)):
            painter.strokePath(line, QPen(color, width))
        painter.restore()
