"""The band under an image with a second reading: whose numbers these are, and whether they may be relied on (UX 4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication, QRectF
from PySide6.QtGui import QFont

from covidviewer.ui import font_measures
from covidviewer.ui.corner_text import MARGIN, SMALL_TILE
from covidviewer.ui.doubt_words import do_not_rely
from covidviewer.ui.explained_words import name_of
from covidviewer.ui.halo_text import BETWEEN
from covidviewer.ui.marks import wrapped
from covidviewer.ui.shown_class import ShownClass

if TYPE_CHECKING:
    from covidviewer.workspace.tile import Tile

#: Logical pixels kept free below a fitted image, for the band.
BAND_HEIGHT = 24.0
#: Lines of the band at most; more only where a part that may not be left out is wider than the tile.
LINES = 2
#: Letters that a shortened name of a model keeps at least; with fewer it names nothing.
LEAST_NAME = 16
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


class Part(NamedTuple):
    """A part of the band. rank : 0 is never left out nor cut; of the others the highest goes first."""

    text: str
    rank: int


class Room(NamedTuple):
    """Where the band goes. lift : logical pixels by which the texts of the lower corners have to move up for it."""

    place: QRectF
    lift: float
    lines: int


MODEL, METHOD, THRESHOLD, KEPT = 3, 2, 1, 0


def band_text(tile: Tile, shown: ShownClass) -> str:
    """``MODEL <name> <version> · attention map · threshold 0.50 · research use``."""
    return BETWEEN.join(part.text for part in parts_of(tile, shown))


def parts_of(tile: Tile, shown: ShownClass, everything: bool = False) -> list[Part]:
    """What the band says. everything : what it says at most, on whatever slice of the series."""
    provenance = shown.readings.provenance
    assert provenance is not None
    version = provenance.weights.removeprefix(provenance.network).lstrip(".")
    parts = [Part(_tr("MODEL {name}").format(name=f"{provenance.network} {version}".strip()), MODEL)]
    wanted = shown.explained
    waits = wanted is not None and wanted.found is None
    if everything or (tile.overlay.visible and not waits and shown.maps_anything(tile.index)):
        words = _tr("attention map") if wanted is None else _tr("{method} map").format(method=name_of(wanted.method))
        parts.append(Part(words, METHOD))
    if shown.threshold is not None:
        parts.append(Part(_tr("threshold {value:.2f}").format(value=shown.threshold), THRESHOLD))
    else:
        parts.append(Part(_tr("no operating point"), THRESHOLD))
    if everything or shown.flagged(tile.index):
        parts.append(Part(do_not_rely(), KEPT))
    parts.append(Part(_tr("research use"), KEPT))
    return parts


def band_lines(parts: Sequence[Part], font: QFont, width: float, most: int = LINES) -> list[str]:
    """The band as lines of at most ``width`` logical pixels: parts are left out whole, the model's name is shortened.

    What must not be left out is broken between its words where it is wider than the room.
    """
    for kept in _fewer_and_fewer(parts):
        lines = _packed(kept, font, width)
        if len(lines) <= most and all(font_measures.advance(line, font) <= width for line in lines):
            return lines
    return [row for part in parts if part.rank == KEPT for row in wrapped(part.text, font, width)]


def room_for(tile: Tile, shown: ShownClass, area: QRectF, left: float, right: float, font: QFont) -> Room:
    """Between the last lines of the lower corners if the longest band has room there, else below these corners.

    Told by the longest band that a slice of the series may have: texts must not jump while a reader scrolls.

    Parameters
    ----------
    left, right : what the corners' last lines take, logical pixels. font : of the band.
    """
    parts, height = parts_of(tile, shown, everything=True), font_measures.height(font)
    between = area.width() - left - right
    if font_measures.advance(BETWEEN.join(part.text for part in parts), font) <= between:
        return Room(QRectF(area.left() + left, area.bottom() - BAND_HEIGHT, between, BAND_HEIGHT), 0.0, 1)
    width = max(area.width() - 2 * MARGIN, 1.0)
    # A small tile has no height to give away: a second line only for what must be said.
    most = 1 if min(area.width(), area.height()) < SMALL_TILE else LINES
    count = max(len(band_lines([p for p in parts if p.rank == KEPT], font, width, most)),
                min(len(_packed(parts, font, width)), most))  # fmt: skip
    lift = count * height
    return Room(QRectF(area.left() + MARGIN, area.bottom() - lift - MARGIN / 2, width, lift), lift, count)


def _fewer_and_fewer(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """All parts, then with the model's name shorter and shorter, then ever fewer."""
    yield list(parts)
    for i, part in enumerate(parts):
        if part.rank == MODEL:
            for count in range(len(part.text) - 2, LEAST_NAME - 1, -2):
                head = (count + 1) // 2
                short = part.text[:head].rstrip() + _ELLIPSIS + part.text[len(part.text) - count + head :].lstrip()
                yield [*parts[:i], Part(short, MODEL), *parts[i + 1 :]]
    for rank in (METHOD, THRESHOLD, KEPT):
        yield [part for part in parts if part.rank <= rank]


def _packed(parts: Sequence[Part], font: QFont, width: float) -> list[str]:
    """Parts in as few lines as they go into, each whole."""
    lines = list[str]()
    for part in parts:
        longer = f"{lines[-1]}{BETWEEN}{part.text}" if lines else ""
        if longer and font_measures.advance(longer, font) <= width:
            lines[-1] = longer
        else:
            lines.append(part.text)
    return lines


def _tr(text: str) -> str:
    return QCoreApplication.translate("Annotations", text)  # where these words have always been translated
