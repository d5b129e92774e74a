"""The map of the second reading over the image (UX 7): contour, fill or blocks, always on the weights' own scale."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QTransform

from covidviewer.imaging import colormaps, display
from covidviewer.imaging.lookup import look_up
from covidviewer.imaging.overlay_policy import overlay_policy
from covidviewer.inference.results import Heatmap, LungMask, SliceReading
from covidviewer.ui.lung_layer import beside, hatched, outside
from covidviewer.ui.map_raster import (
    Box,
    Spread,
    contour_segments,
    hot_box,
    nearest_cells,
    shifted,
    signed_cells,
)
from covidviewer.ui.raster import Raster
from covidviewer.ui.replay import Surface
from covidviewer.ui.stamps import Stamps
from covidviewer.workspace.explanations import signed
from covidviewer.workspace.state import OverlayState

#: Logical pixels by which each line of a contour reaches beyond its ends.
JOINT = 0.5
#: Part of a line that is left out at each end where it runs beside the lungs.
DASH = 0.28
#: Form of maps that speak for and against: whole cells, whatever the reader chose for the others.
SIGNED_FORM = "signed"
#: Contours that are kept, of slices that were on screen.
KEPT_CONTOURS = 64
#: Maps at the picture's resolution that are kept, and their pixels in all (4 bytes each).
KEPT_MAPS, KEPT_PIXELS = 64, 12_000_000
#: Drawn contours that are kept: pixels in all, by those of the tile, and at most (4 bytes each).
KEPT_VIEWS, KEPT_VIEW_PIXELS = 12, 16_000_000


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
    raster: Raster


@dataclass(frozen=True, slots=True)
class MapPicture:
    """A map ready to be drawn: where in the picture, and what."""

    key: MapKey
    place: QPoint
    image: QImage


def heatmap_of(reading: SliceReading, overlay: OverlayState, label: str) -> Heatmap | None:
    """The map that the reader chose; another grid of the same network where it has not that one."""
    grid = overlay.grid if overlay.grid in reading.maps else next(iter(reading.maps), "")
    return reading.heatmap(label, grid) if grid else None


def cell_size_mm(heat: Heatmap, spacing_mm: tuple[float, float]) -> tuple[float, float]:
    """Edges of a cell in mm along (row, column); spacing of rows and columns in mm, NaN where unknown."""
    sizes = np.hypot(heat.to_slice[0, :2] * spacing_mm[0], heat.to_slice[1, :2] * spacing_mm[1])
    return float(sizes[0]), float(sizes[1])


def _pixels(picture: MapPicture | None) -> int:
    return picture.image.width() * picture.image.height() if picture is not None else 0


def colormap_of(reading: SliceReading, overlay: OverlayState) -> str:
    """Colours of a reading's map: those with two sides where it speaks for and against a class."""
    return overlay.signed_colormap if signed(reading.provenance.method) else overlay.colormap


class Sheet(Surface, Protocol):
    """What a contour needs of a painter."""

    def viewport(self) -> QRect: ...


class HeatLayer:
    """Keeps the map of one slice at the picture's resolution, and its contour; rebuilds only what changed."""

    def __init__(self) -> None:
        self._size = 0
        self._spread = Spread(0)
        self._index = np.empty(0, np.uint8)
        self._out = np.empty(0, np.uint32)
        self._box: Box | None = None
        self._image: QImage | None = None
        self._values_key: tuple[object, ...] | None = None
        self._painted: MapKey | None = None
        self._pictures: OrderedDict[MapKey, MapPicture | None] = OrderedDict()
        self._pixels = 0
        self._segments: OrderedDict[tuple[object, ...], NDArray[np.float64]] = OrderedDict()
        self._lines: OrderedDict[tuple[object, ...], tuple[list[QLineF], QRectF]] = OrderedDict()
        self._stamps = Stamps()

    def clear(self) -> None:
        """Forget the map: it must not be shown over another slice."""
        self._values_key = self._painted = self._image = None
        self._lines.clear()
        self._segments.clear()
        self._pictures.clear()
        self._stamps.clear()
        self._pixels = 0

    def picture(self, reading: SliceReading, overlay: OverlayState, label: str, raster: Raster) -> MapPicture | None:
        """Fill or blocks as premultiplied ARGB; None for the contour, without a map, and below the threshold.

        raster : the pixels of the picture.
        """
        heat = heatmap_of(reading, overlay, label)
        two_sided = signed(reading.provenance.method)
        if heat is None or (overlay.form == "contour" and not two_sided):
            return None
        form = SIGNED_FORM if two_sided else overlay.form
        key = MapKey(
            reading.key, label, overlay.grid, form, overlay.threshold, overlay.opacity,
            colormap_of(reading, overlay), raster,
        )  # fmt: skip
        if key in self._pictures:
            self._pictures.move_to_end(key)
            return self._pictures[key]
        if key != self._painted:
            self._rebuild(key, raster.of(heat), reading.lungs)
            self._painted = key
        if self._box is None or self._image is None:
            return self._keep(key, None)
        return self._keep(key, MapPicture(key, QPoint(self._box.left, self._box.top), self._image.copy()))

    def _keep(self, key: MapKey, picture: MapPicture | None) -> MapPicture | None:
        """Remember the map: readers go back and forth. The oldest go beyond `KEPT_PIXELS`."""
        self._pictures[key] = picture
        self._pixels += _pixels(picture)
        while len(self._pictures) > 1 and (self._pixels > KEPT_PIXELS or len(self._pictures) > KEPT_MAPS):
            self._pixels -= _pixels(self._pictures.popitem(last=False)[1])
        return picture

    def _rebuild(self, key: MapKey, heat: Heatmap, lungs: LungMask | None) -> None:
        shape = key.raster.shape
        size = shape[0] * shape[1]
        if size != self._size:
            self._size, self._spread = size, Spread(size)
            self._index, self._out = np.empty(size, np.uint8), np.empty(size, np.uint32)
            self._values_key = None
        values_key = (key.request, key.label, key.grid, key.form, key.threshold, key.raster)
        if values_key != self._values_key:
            self._values_key = values_key
            sized = replace(heat, values=np.abs(heat.values)) if key.form == SIGNED_FORM else heat
            box = self._box = hot_box(sized, key.threshold, shape)
            if box is not None:
                index = self._index[: box.rows * box.columns].reshape(box.rows, box.columns)
                if key.form == SIGNED_FORM:
                    np.copyto(index, signed_cells(shifted(heat, box), index.shape))
                elif key.form == "blocks":
                    np.copyto(index, nearest_cells(shifted(heat, box), index.shape))
                else:
                    self._spread.levels(shifted(heat, box), index)
        if self._box is None:
            return
        rows, columns = self._box.rows, self._box.columns
        index, out = self._index[: rows * columns], self._out[: rows * columns]
        colors = display.signed_colors if key.form == SIGNED_FORM else display.map_colors
        look_up(colors(key.colormap, key.threshold, key.opacity), index, out)
        if lungs is not None:
            hatched(out.reshape(rows, columns), outside(lungs, self._box, key.raster), key.raster.hatch)
        # The memory outlives the picture that looks into it.
        self._image = QImage(out.data, columns, rows, columns * 4, QImage.Format.Format_ARGB32_Premultiplied)

    def draw_contour(
        self, painter: Sheet, reading: SliceReading, overlay: OverlayState, label: str, transform: QTransform
    ) -> None:
        """Draw the line at the map's threshold, with a dark halo, 1.5 logical pixels wide at any zoom.

        transform : slice pixels (x = column, y = row) to the painter's coordinates.
        """
        heat = heatmap_of(reading, overlay, label)
        if heat is None:
            return
        key = (reading.key, label, overlay.grid, overlay.threshold)
        whole = (key, *(getattr(transform, name)() for name in ("m11", "m12", "m21", "m22", "dx", "dy")))
        known = self._lines.get(whole)
        if known is None:
            known = self._lines[whole] = self._placed(key, heat, overlay.threshold, reading.lungs, transform)
            if len(self._lines) > KEPT_CONTOURS:
                self._lines.popitem(last=False)
        (lines, place), thin = known, overlay_policy().contour_width
        if not lines:
            return
        rgb = colormaps.table(overlay.colormap)[200].tolist()
        reach = thin + 2
        box = place.adjusted(-reach, -reach, reach, reach) & QRectF(painter.viewport())

        def paint(inner: QPainter) -> None:
            inner.setRenderHint(QPainter.RenderHint.Antialiasing)
            for color, width in ((QColor(0, 0, 0, 170), thin + 2), (QColor(*rgb), thin)):
                # Lines with flat ends go through Qt's own rasteriser of lines; a path, or round ends, costs fifteen
                # times as much.
                inner.setPen(QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
                inner.drawLines(lines)

        view = painter.viewport()
        self._stamps.limit = min(KEPT_VIEWS * view.width() * view.height(), KEPT_VIEW_PIXELS)
        # Readers go back and forth: a line that was drawn is a picture, and costs a fifth the next time.
        self._stamps.draw(painter, (whole, overlay.colormap), box, paint)

    def _placed(
        self,
        key: tuple[object, ...],
        heat: Heatmap,
        threshold: float,
        lungs: LungMask | None,
        transform: QTransform,
    ) -> tuple[list[QLineF], QRectF]:
        """The contour's lines in the painter's coordinates, a little longer than they are; dashed beside the lungs.

        The second is what they lie within, logical pixels.
        """
        segments = self._segments.get(key)
        if segments is None:
            segments = self._segments[key] = contour_segments(heat, threshold)
            if len(self._segments) > KEPT_CONTOURS:
                self._segments.popitem(last=False)
        t = transform
        x = segments[..., 1] * t.m11() + segments[..., 0] * t.m21() + t.dx()
        y = segments[..., 1] * t.m12() + segments[..., 0] * t.m22() + t.dy()
        dx, dy = x[:, 1] - x[:, 0], y[:, 1] - y[:, 0]
        length = np.hypot(dx, dy)
        reach = JOINT / np.maximum(length, 1e-6)  # flat ends would leave a notch at each corner
        if lungs is not None:
            reach = np.where(beside(lungs, segments.mean(axis=1)), -DASH, reach)
        dx, dy = dx * reach, dy * reach
        ends = np.stack((x[:, 0] - dx, y[:, 0] - dy, x[:, 1] + dx, y[:, 1] + dy), axis=1)
        ends = ends[length > 0]
        if not len(ends):
            return [], QRectF()
        low, high = ends.reshape(-1, 2).min(axis=0), ends.reshape(-1, 2).max(axis=0)
        box = QRectF(QPointF(*low.tolist()), QPointF(*high.tolist()))
        return [QLineF(*line) for line in ends.tolist()], box
