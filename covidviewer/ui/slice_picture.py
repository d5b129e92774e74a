"""A tile's slice with its map, drawn where the projection says; what both are made of is kept from paint to paint."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QPainter, QTransform

from covidviewer.imaging.lookup import loaded
from covidviewer.inference.results import SliceReading
from covidviewer.ui import ink
from covidviewer.ui.heat_layer import HeatLayer, Sheet
from covidviewer.ui.image_layer import ImageLayer, reduction_for
from covidviewer.ui.lung_layer import draw_outline
from covidviewer.ui.projection import Projection
from covidviewer.ui.raster import Raster
from covidviewer.ui.shown_class import ShownClass
from covidviewer.workspace.tile import Tile

#: Up to so many times the tile's area, the whole image is interpolated and kept; larger ones are drawn in part.
WHOLE = 1.3


class SlicePicture:
    """The image layer and the map's, put together."""

    def __init__(self) -> None:
        self.image = ImageLayer()
        self.heat = HeatLayer()
        self._series_number = 0

    def clear(self) -> None:
        """There is no slice to show."""
        self.image.clear()
        self.heat.clear()

    def forget(self) -> None:
        """Another series: equal keys no longer mean equal pictures."""
        self._series_number += 1
        self.clear()

    def draw(
        self, painter: QPainter, area: QRect, tile: Tile, projection: Projection, shown: ShownClass | None,
        of_plane: SliceReading | None, smooth: bool, peek: bool,
    ) -> None:  # fmt: skip
        """Draw the slice on screen, everything beside it, and its map.

        Parameters
        ----------
        area : the tile, logical pixels. shown : class and readings, None where the tile shows none.
        of_plane : map of a computed plane, where ``shown`` is None. smooth : the reader wants interpolation.
        peek : maps are hidden for a moment.
        """
        volume, values = tile.volume, tile.slice_values()
        assert volume is not None
        assert values is not None
        view, overlay = tile.view, tile.overlay
        reduction = reduction_for(projection.fine)
        reading = shown.map_reading(tile.index) if shown is not None else of_plane
        label = shown.label if shown is not None else reading.classes[0] if reading is not None else ""
        with_map = (
            reading is not None and overlay.visible and not peek and (shown is None or shown.maps_anything(tile.index))
        )
        # At a whole number of device pixels a pixel, nearest is exact and costs half.
        smooth = smooth and not _is_one(projection)
        key, inverted = (self._series_number, tile.slice_key()), view.invert != volume.inverted
        look = (key, values, view.window, inverted, reduction)
        place, raster = projection.image_rect(), _raster(projection, area, reduction) if smooth else None
        ready = self.image.scaled(*look, projection.placing(reduction)) if raster is not None else None
        if ready is None or raster is None:
            raster = Raster.reduced(projection.rows, projection.columns, reduction)
        layer = self.heat.picture(reading, overlay, label, raster) if with_map and reading is not None else None
        _surround(painter, area, place)
        painter.save()
        if reduction > 1 and (values.shape[0] % reduction or values.shape[1] % reduction):
            painter.setClipRect(place)  # the last blocks reach beyond the image
        if ready is not None:
            dpr = projection.dpr
            corner = QPointF(round(place.left() * dpr), round(place.top() * dpr))
            painter.setTransform(QTransform.fromScale(1 / dpr, 1 / dpr))
            painter.drawImage(corner, ready)
            if layer is not None:
                painter.drawImage(corner + layer.place, layer.image)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            painter.setTransform(projection.transform(reduction))
            painter.drawImage(QPointF(-0.5, -0.5), self.image.picture(*look, layer, smooth))
        painter.restore()
        signed = shown is not None and shown.signed
        if with_map and overlay.form == "contour" and reading is not None and not signed:
            self.heat.draw_contour(painter, reading, overlay, label, projection.transform())
        plain = shown.readings.slices.get(tile.index) if shown is not None else reading
        if overlay.lungs and not peek and plain is not None and plain.lungs is not None:
            draw_outline(painter, plain.lungs, projection.transform())

    def prepare(
        self, sheet: Sheet, area: QRect, there: Tile, projection: Projection, shown: ShownClass, smooth: bool
    ) -> None:
        """Make ready the map of a slice that is not on screen yet; ``there`` is a `TileAt`, else as for `draw`."""
        overlay = there.overlay
        reading = shown.map_reading(there.index)
        if reading is None or not overlay.visible or not shown.maps_anything(there.index):
            return
        if overlay.form == "contour" and not shown.signed:
            self.heat.draw_contour(sheet, reading, overlay, shown.label, projection.transform())
            return
        reduction = reduction_for(projection.fine)
        raster = _raster(projection, area, reduction) if smooth and not _is_one(projection) else None
        raster = raster or Raster.reduced(projection.rows, projection.columns, reduction)
        self.heat.picture(reading, overlay, shown.label, raster)


def _raster(projection: Projection, area: QRect, reduction: int) -> Raster | None:
    """The screen's pixels of the image, where it is interpolated to them before it is drawn; else None."""
    place = projection.image_rect()
    if loaded() is None or place.width() * place.height() > WHOLE * area.width() * area.height():
        return None
    orientation, factor_x, factor_y = projection.placing()
    cut = bool(projection.rows % reduction or projection.columns % reduction)
    if cut and (orientation.mirrored_x or orientation.mirrored_y):
        return None  # the blocks that are cut by the image's edge would come first
    return Raster.on_screen(projection.rows, projection.columns, orientation, factor_x, factor_y, projection.dpr)


def _surround(painter: QPainter, area: QRect, place: QRectF) -> None:
    """Everything beside the image; the image itself is opaque."""
    width, height = area.width(), area.height()
    # Rounded inwards and drawn before the image: on fractional ratios no seam stays unpainted.
    left, top = math.ceil(place.left()) + 1, math.ceil(place.top()) + 1
    right, bottom = math.floor(place.right()) - 1, math.floor(place.bottom()) - 1
    if left >= right or top >= bottom:
        painter.fillRect(area, ink.SURFACE)
        return
    for x0, y0, x1, y1 in (
        (0, 0, width, top),
        (0, bottom, width, height),
        (0, top, left, bottom),
        (right, top, width, bottom),
    ):
        if x1 > x0 and y1 > y0:
            painter.fillRect(QRect(x0, y0, x1 - x0, y1 - y0), ink.SURFACE)


def _is_one(projection: Projection) -> bool:
    return math.isclose(projection.zoom, 1.0) and math.isclose(projection.aspect, 1.0)
