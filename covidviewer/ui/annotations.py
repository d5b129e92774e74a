"""All that is written over an image: corners, letters, scale bar, marks, legend, the band of the second reading."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from covidviewer.imaging import planes
from covidviewer.ui import font_measures, ink
from covidviewer.ui.band import BAND_HEIGHT, Room, band_lines, parts_of, room_for
from covidviewer.ui.corner_text import (
    MARGIN,
    SMALL_TILE,
    Corners,
    CornerText,
    corners,
    index_text,
    upper_widths,
    viewing_lines,
)
from covidviewer.ui.explained_words import legend_lines, sides_of, waiting
from covidviewer.ui.halo_text import HaloText
from covidviewer.ui.heat_layer import cell_size_mm, colormap_of, heatmap_of
from covidviewer.ui.legend import Legend, LegendText, legend_text
from covidviewer.ui.marks import Mark, MarkRow, marks_of, wrapped
from covidviewer.ui.replay import Drawing, Recorder, Replay, Surface
from covidviewer.ui.scale_bar import draw_scale, scale_for
from covidviewer.ui.sentences import say
from covidviewer.ui.shown_class import ShownClass
from covidviewer.ui.stamps import Stamps

if TYPE_CHECKING:
    from covidviewer.ui.projection import Projection
    from covidviewer.workspace.preferences import Preferences
    from covidviewer.workspace.tile import Tile

#: The bar of the scale is at most this part of the tile's height.
SCALE_SHARE = 0.25
#: Least room between the upper corners (`_top_room`) with which the letter in the middle stands between them; below
#: zero because that room leaves more free beside the corners than one letter needs.
LETTER_ROOM = -16.0


class _Scene(NamedTuple):
    """What the annotations of one paint are made of."""

    area: QRectF
    tile: Tile
    projection: Projection
    preferences: Preferences
    font: QFont
    foot: tuple[str, ...]
    shown: ShownClass | None
    peek: bool
    room: Room | None

    @property
    def lift(self) -> float:
        """Logical pixels by which the band moves up what stands at the lower edge."""
        return self.room.lift if self.room is not None else 0.0

    def key(self, dpr: float) -> Hashable:
        """All that the drawing depends on but the lower left corner; of that, the room it takes from the others."""
        tile, view, shown, index = self.tile, self.tile.view, self.shown, self.tile.index
        answer: Hashable = None
        if shown is not None:
            readings, reading = shown.readings, shown.readings.slices.get(index)
            answer = (
                shown.label,
                shown.threshold,
                shown.score(index),
                shown.flagged(index),
                readings.provenance,
                readings.skipped.get(index),
                reading.key if reading is not None else None,
                shown.explained.key if shown.explained is not None else None,
            )
        return (
            *(tile.series, tile.slice_key(), index, tile.position, tile.count, tile.overlay),
            *(view.quarter_turns, view.flip_h, view.flip_v, self.projection, self.preferences),
            *(self.area.size().toTuple(), dpr, font_measures.key(self.font), len(self.foot), self.foot[-1:]),
            *(self.peek, self.lift, answer),
        )


class _Sides(NamedTuple):
    """Which way the image lies: what the letters at its edges depend on."""

    orientation: planes.Orientation | None
    patient: tuple[str, ...]
    turns: int
    flip_h: bool
    flip_v: bool

    @classmethod
    def of(cls, tile: Tile) -> _Sides:
        assert tile.series is not None
        view, frame, plane = tile.view, tile.frame(), tile.plane()
        orientation = frame.orientation if frame is not None else plane.orientation if plane is not None else None
        return cls(orientation, tile.series.stack.patient_orientation, view.quarter_turns, view.flip_h, view.flip_v)


class Annotations:
    """Draws over one tile; keeps rendered lines and the places that answer the mouse."""

    def __init__(self) -> None:
        self._text = HaloText()
        self._stamps = Stamps()
        self._corners = CornerText(self._text, self._stamps)
        self._marks = MarkRow(self._text, self._stamps)
        self.legend = Legend(self._text, self._stamps)
        self._replay: Replay[tuple[QRectF, list[tuple[QRectF, Mark]]]] = Replay()
        self._steadies: Replay[None] = Replay(8)
        self._lift = 0.0
        self.more: tuple[Mark, ...] = ()  # marks that do not come from the tile's own files

    def sentence_at(self, point: QPointF) -> str:
        """What the mark under the pointer means, empty elsewhere."""
        return self._marks.sentence_at(point)

    def draw(
        self,
        painter: QPainter,
        area: QRectF,
        tile: Tile,
        projection: Projection,
        preferences: Preferences,
        font: QFont,
        probe: str,
        shown: ShownClass | None,
        peek: bool,
    ) -> None:
        """Draw everything over the image.

        Parameters
        ----------
        area : the whole tile, logical pixels. probe : text of the value under the pointer.
        shown : class and readings of the series, None while there is nothing to tell. peek : map hidden for a moment.
        """
        detail = preferences.corner_texts
        foot = viewing_lines(tile, detail=detail, zoom=projection.zoom, smooth=preferences.smooth, probe=probe)
        room = _band_room(area, tile, foot, shown, font)
        scene = _Scene(area, tile, projection, preferences, font, foot, shown, peek, room)
        self._lift = scene.lift
        self._corners.draw(painter, area.adjusted(0, 0, 0, -scene.lift), Corners(bottom_left=foot), font)
        key = (scene.key(painter.device().devicePixelRatioF()), self.more)
        drawing = self._replay.get(key)
        if drawing is not None and drawing.beside is not None:
            drawing.replay(painter)
            legend, marks = drawing.beside
            self.legend.recall(legend)
            self._marks.recall(marks)
            return
        self._replay.keep(key, self._recorded(painter, scene))

    def prepare(
        self, painter: Surface, area: QRectF, tile: Tile, projection: Projection, preferences: Preferences, font: QFont,
        shown: ShownClass | None,
    ) -> None:  # fmt: skip
        """Make ready what `draw` will draw of a slice that is not on screen yet; ``tile`` is a `TileAt`."""
        detail = preferences.corner_texts
        foot = viewing_lines(tile, detail=detail, zoom=projection.zoom, smooth=preferences.smooth, probe="")
        room = _band_room(area, tile, foot, shown, font)
        scene = _Scene(area, tile, projection, preferences, font, foot, shown, False, room)
        key = (scene.key(painter.device().devicePixelRatioF()), self.more)
        if key in self._replay:
            return
        legend, marks = self.legend.place, self._marks.places
        self._replay.keep(key, self._recorded(painter, scene))
        self.legend.recall(legend)  # the mouse meets those on screen
        self._marks.recall(marks)

    def _recorded(self, painter: Surface, scene: _Scene) -> Drawing[tuple[QRectF, list[tuple[QRectF, Mark]]]]:
        """All but the lower left corner, drawn and written down."""
        drawing: Drawing[tuple[QRectF, list[tuple[QRectF, Mark]]]] = Drawing()
        self._draw(Recorder(painter, drawing), scene)
        drawing.beside = (self.legend.place, self._marks.places)
        return drawing

    def plane_legend(
        self, painter: Surface, area: QRectF, words: LegendText, colormap: str, font: QFont, lines: int
    ) -> None:
        """The legend on a computed plane. lines : those of the lower left corner, which it stands above."""
        if min(area.width(), area.height()) >= SMALL_TILE:
            bottom = area.bottom() - MARGIN - font_measures.height(font) * (max(lines, 3) + 1)
            self.legend.draw(painter, area, bottom, words, colormap, font)

    def forget(self) -> None:
        """The language or the look of the program changed: nothing that was worked out holds."""
        self._replay.clear()
        self._steadies.clear()

    def _draw(self, painter: Surface, scene: _Scene) -> None:
        """All but the lower left corner, which changes with the window and the pointer."""
        area, tile, font, shown = scene.area, scene.tile, scene.font, scene.shown
        big, detail = min(area.width(), area.height()) >= SMALL_TILE, scene.preferences.corner_texts
        hidden = scene.preferences.hide_identity
        lines = corners(
            tile,
            detail=detail,
            hide_identity=hidden,
            zoom=scene.projection.zoom,
            smooth=scene.preferences.smooth,
            probe="",
        )
        raised = area.adjusted(0, 0, 0, -scene.lift)
        self._corners.draw(painter, raised, Corners(bottom_right=lines.bottom_right), font)
        lines = replace(lines, bottom_left=scene.foot)
        room, below = _top_room(area, lines if big else Corners(), font)
        self._marks.draw(painter, area, self.more + marks_of(tile, hidden), font, big, room, below)
        self._steady(painter, scene, Corners(lines.top_left, lines.top_right), big)
        self.legend.clear()
        if shown is not None and big:
            bottom = raised.bottom() - MARGIN - font_measures.height(font) * (max(len(scene.foot), 3) + 1)
            self._map_legend(painter, area, bottom, tile, shown, font, scene.peek)
        if shown is not None and scene.room is not None:  # in the smallest tile too: a map never stands alone
            self._band(painter, scene.room, tile, shown, font)

    def _steady(self, painter: Surface, scene: _Scene, top: Corners, big: bool) -> None:
        """Upper corners, letters, scale bar: what hardly ever differs from slice to slice."""
        tile, font, detail = scene.tile, scene.font, scene.preferences.corner_texts
        row_mm, kind = spacing_of(tile)[0], getattr(tile.frame(), "spacing_kind", "patient")
        sides = _Sides.of(tile)
        place = (scene.area.size().toTuple(), painter.device().devicePixelRatioF(), self._marks.bottom, scene.lift)
        key = (top, sides, row_mm, kind, scene.projection, place, font_measures.key(font), detail)
        drawing = self._steadies.get(key)
        if drawing is None:
            drawing = Drawing()
            recorder = Recorder(painter, drawing)
            self._corners.draw(recorder, scene.area, top, font)
            if detail != "none":
                over = _top_room(scene.area, top if big else Corners(), font)
                # Where a corner reaches the middle, the letter there goes below it.
                head = max(self._marks.bottom + 2, over[1] if over[0] < LETTER_ROOM else 0.0)
                # In a small tile the index reaches the middle, and the letter there stands above it.
                over_index = not big and _index_width(tile, font) > scene.area.width() / 2 - 3 * MARGIN
                foot = scene.lift + (font_measures.height(font) if over_index else 0.0)
                self._letters(recorder, scene.area, sides, font, head, foot)
                found = scale_for(scene.projection, row_mm, kind, scene.area.height() * SCALE_SHARE) if big else None
                if found is not None:
                    draw_scale(recorder, scene.area, found, self._text, self._stamps, _small(font))
            self._steadies.keep(key, drawing)
        else:
            drawing.replay(painter)

    def message(self, painter: QPainter, area: QRectF, text: str, font: QFont, failed: bool) -> None:
        """A sentence in the middle of the tile, in place of the image."""
        width = min(area.width() * 0.7, 560.0)
        place = QFontMetricsF(font).boundingRect(
            QRectF(0, 0, width, area.height()), int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignHCenter), text
        )
        place.moveCenter(area.center())
        painter.setFont(font)
        painter.setPen(ink.FAILURE if failed else ink.QUIET)
        painter.drawText(place, int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignHCenter), text)

    def bump(self, painter: QPainter, area: QRectF, direction: int) -> None:
        """The end of the stack: a short bar at the edge that was run against."""
        y = area.top() if direction < 0 else area.bottom() - 4
        painter.fillRect(QRectF(area.left(), y, area.width(), 4), ink.ACCENT)

    def probe_rect(self, area: QRectF, font: QFont) -> QRectF:
        """What has to be drawn again when only the pointer moved."""
        return self._corners.probe_rect(area, font).adjusted(0, -self._lift, 0, 0)

    # -- parts --

    def _letters(self, painter: Surface, area: QRectF, sides: _Sides, font: QFont, head: float, foot: float) -> None:
        letters = planes.edge_letters(
            sides.orientation, sides.patient, quarter_turns=sides.turns, flip_h=sides.flip_h, flip_v=sides.flip_v
        )
        for point, text, bold, align in _placed(letters, area, font, head, foot):
            self._text.draw(painter, point, text, bold, ink.TEXT, align)

    def _map_legend(
        self, painter: Surface, area: QRectF, bottom: float, tile: Tile, shown: ShownClass, font: QFont, peek: bool
    ) -> None:
        small = _small(font)
        reading = shown.readings.slices.get(tile.index)
        overlay = tile.overlay
        if reading is None:
            why = shown.readings.skipped.get(tile.index, "")
            text = _tr("slice not evaluated: {why}").format(why=say(why)) if why else _tr("slice not evaluated yet")
        elif not shown.maps_anything(tile.index):
            text = _tr("no map: score {score:.2f}").format(score=shown.score(tile.index))
        else:
            drawn = shown.map_reading(tile.index)
            heat = heatmap_of(drawn, overlay, shown.label) if drawn is not None else None
            if drawn is None and shown.explained is not None:
                text = waiting(shown.explained)
            elif heat is None or drawn is None:
                text = _tr("no map from this network")
            else:
                cell = cell_size_mm(heat, spacing_of(tile))
                visible = overlay.visible and not peek
                words = legend_text(
                    shown.label, heat.grid, cell, overlay.threshold, visible, legend_lines(shown), sides_of(shown)
                )
                self.legend.draw(painter, area, bottom, words, colormap_of(drawn, overlay), font)
                return
        # Whole, in as many lines as it needs: the key to press stands at its end.
        lines, height = wrapped(text, small, area.width() * 0.6), font_measures.height(small)
        for i, line in enumerate(lines):
            place = QPointF(area.left() + MARGIN, bottom - (len(lines) - i) * height)
            self._text.draw(painter, place, line, small, ink.TEXT)

    def _band(self, painter: Surface, room: Room, tile: Tile, shown: ShownClass, font: QFont) -> None:
        small, place = _small(font), room.place
        lines, height = band_lines(parts_of(tile, shown), small, place.width(), room.lines), font_measures.height(small)
        top = place.top() + (place.height() - height * len(lines)) / 2
        for i, line in enumerate(lines):
            point = QPointF(place.center().x(), top + i * height)
            self._text.draw(painter, point, line, small, ink.QUIET, Qt.AlignmentFlag.AlignHCenter)


def spacing_of(tile: Tile) -> tuple[float, float]:
    """(between rows, between columns) in mm of the slice on screen, NaN where unknown."""
    frame, plane = tile.frame(), tile.plane()
    found = frame.spacing if frame is not None else plane.spacing if plane is not None else None
    return found or (math.nan, math.nan)


def _small(font: QFont) -> QFont:
    return font_measures.smaller(font, 0.9)


def _band_room(area: QRectF, tile: Tile, foot: tuple[str, ...], shown: ShownClass | None, font: QFont) -> Room | None:
    """Where the band goes; None where there is none."""
    if shown is None:
        return None
    small = min(area.width(), area.height()) < SMALL_TILE
    own = font_measures.advance(foot[-1], font) if foot and not small else 0.0
    left, right = (2 * MARGIN + min(width, 0.4 * area.width()) for width in (own, _index_width(tile, font)))
    return room_for(tile, shown, area, left, right, _small(font))


def _index_width(tile: Tile, font: QFont) -> float:
    """As wide as the index gets, so that all slices of a series are alike."""
    return font_measures.advance(max(index_text(tile), f"Im {tile.count} ({tile.count}/{tile.count})", key=len), font)


def _top_room(area: QRectF, lines: Corners, font: QFont) -> tuple[float, float]:
    """Width free between the two upper corners around the middle, and where their texts end."""
    count = max(len(lines.top_left), len(lines.top_right))
    taken = _upper_width(area, lines, font) + 3 * MARGIN
    return area.width() - 2 * taken, area.top() + 2 * MARGIN + count * font_measures.height(font)


def _upper_width(area: QRectF, lines: Corners, font: QFont) -> float:
    """What the wider of the two upper corners takes."""
    both = zip((lines.top_left, lines.top_right), upper_widths(area, lines, font), strict=True)
    return max(min(font_measures.advance(line, font), most) for corner, most in both for line in corner or ("",))


def _placed(
    letters: planes.EdgeLetters, area: QRectF, font: QFont, head: float, foot: float
) -> list[tuple[QPointF, str, QFont, Qt.AlignmentFlag]]:
    """Where the letters go; none where the orientation is unknown (the marks say so)."""
    middle = area.center()
    across = Qt.AlignmentFlag.AlignHCenter
    plan = []
    for text, x, y, align in (
        (letters.left, area.left() + MARGIN, middle.y(), Qt.AlignmentFlag.AlignLeft),
        (letters.right, area.right() - MARGIN - 20, middle.y(), Qt.AlignmentFlag.AlignRight),
        (letters.top, middle.x(), max(area.top() + MARGIN, head), across),
        (letters.bottom, middle.x(), area.bottom() - max(BAND_HEIGHT, foot + MARGIN / 2) - MARGIN, across),
    ):
        if not text:
            continue
        bold = QFont(font)
        bold.setBold(True)
        # A mixed-up side does the most harm: R and L are larger.
        bold.setPointSizeF(font.pointSizeF() * (1.56 if text[0] in "RL" else 1.2))
        height = font_measures.height(bold)
        if align != across:
            y -= height / 2
        elif y > middle.y():
            y -= height
        plan.append((QPointF(x, y), text, bold, align))
    return plan


def _tr(text: str) -> str:
    return QCoreApplication.translate("Annotations", text)
