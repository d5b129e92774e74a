"""What a reader must know of the image itself: short marks, and the sentences behind them, on the image (UX 4)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt, QTextBoundaryFinder
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from covidviewer.imaging import planes
from covidviewer.ui import font_measures, ink
from covidviewer.ui.font_measures import advance
from covidviewer.ui.font_measures import height as height_of
from covidviewer.ui.halo_text import HaloText
from covidviewer.ui.replay import Surface
from covidviewer.ui.sentences import say_note
from covidviewer.ui.stamps import Stamps

if TYPE_CHECKING:
    from covidviewer.workspace.tile import Tile

#: Lines of sentences in any tile, and the share of a tile's height that they may take where that is more; the rest are
#: in the marks' tooltips and in the series list.
LINES, SENTENCES_SHARE = 4, 0.25
#: Logical pixels that a sentence should have at least; else the marks go below the corner texts.
LEAST_ROOM = 240.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A short word with its sentence. ``loud`` marks spell their sentence out below."""

    word: str
    sentence: str = ""
    loud: bool = False


def marks_of(tile: Tile, hide_identity: bool = False) -> tuple[Mark, ...]:
    """Marks of the slice on screen: those of its stack, and those that concern this slice alone."""
    series = tile.series
    if series is None:
        return ()
    stack = series.stack
    found: list[Mark] = []
    seen: set[str] = set()
    for note in series.warnings:
        if note.slices and (tile.computed or tile.index not in note.slices):
            continue
        word, loud = _WORDS.get(str(note.code), (str(note.code).replace("_", " ").upper(), True))
        if word == "TILT" and abs(stack.tilt_degrees) >= 0.5:
            word = f"TILT {abs(stack.tilt_degrees):.0f}°"
        if word == "LOSSY":
            word = lossy_text(stack.lossy_ratio)
        if word not in seen:
            found.append(Mark(word, say_note(note.text), loud))
        seen.add(word)
    if stack.lossy and not any(m.word.startswith("LOSSY") for m in found):
        found.append(Mark(lossy_text(stack.lossy_ratio), _tr("Compressed with loss of detail.")))
    if str(stack.kind) == "picture" and not any(m.word == "PICTURE" for m in found):
        found.append(Mark("PICTURE", _tr("A picture: no HU, no spacing."), True))
    frame, plane = tile.frame(), tile.plane()
    orientation = frame.orientation if frame is not None else plane.orientation if plane is not None else None
    letters = planes.edge_letters(orientation, stack.patient_orientation)
    if not letters and str(stack.kind) != "picture" and "ORIENTATION UNKNOWN" not in seen:
        found.append(Mark("ORIENTATION UNKNOWN", _tr("The header does not say which side is which.")))
    if hide_identity:
        found.append(Mark("ANON", _tr("Names are hidden.")))
    return tuple(found)


def lossy_text(ratio: float | None) -> str:
    """``LOSSY 12:1`` from Lossy Image Compression Ratio (0028,2112), without it ``LOSSY``."""
    return f"LOSSY {ratio:.3g}:1" if ratio is not None and ratio > 1 else "LOSSY"


def wrapped(text: str, font: QFont, width: float) -> list[str]:
    """A sentence as lines of at most ``width`` logical pixels, broken where its script allows it.

    A piece that allows no break, as a long word, stays whole.
    """
    if advance(text, font) <= width:
        return [text] if text else []
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Line, text)
    lines, begin, end = list[str](), 0, 0
    while (place := finder.toNextBoundary()) != -1:
        if end > begin and advance(text[begin:place].rstrip(), font) > width:
            lines.append(text[begin:end].strip())
            begin = end
        end = place
    return [*lines, text[begin:].strip()]


def cut_lines(lines: list[str], most: int) -> list[str]:
    """The first ``most`` lines; where others follow, the last ends in an ellipsis, so that nobody takes it for the end.

    The ellipsis takes the place of the last word, which leaves it room.
    """
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    shorter = last.rpartition(" ")[0] or last[:-2]
    return [*lines[: most - 1], f"{shorter} \N{HORIZONTAL ELLIPSIS}"]


class MarkRow:
    """Draws the marks in a row at the top, the loud ones' sentences below; remembers where, for tooltips."""

    def __init__(self, text: HaloText, stamps: Stamps) -> None:
        self._text = text
        self._stamps = stamps
        self._key: tuple[object, ...] | None = None
        self._places: list[tuple[QRectF, Mark]] = []
        self._lines: list[str] = []
        self._plate = QRectF()
        self._bottom = 0.0

    @property
    def bottom(self) -> float:
        """Lower end of what was drawn, logical pixels; 0 when nothing was."""
        return self._bottom

    @property
    def places(self) -> list[tuple[QRectF, Mark]]:
        """The marks that were drawn last, and where."""
        return self._places

    def recall(self, places: list[tuple[QRectF, Mark]]) -> None:
        """Marks were drawn again as before, at the ``places`` of then; the next ones are laid out anew."""
        self._places, self._key = places, None

    def draw(
        self,
        painter: Surface,
        area: QRectF,
        marks: tuple[Mark, ...],
        font: QFont,
        sentences: bool,
        room: float,
        below: float,
    ) -> None:
        """Centre the marks at the top of the area.

        Parameters
        ----------
        sentences : False leaves the words alone (small tiles).
        room : width between the corner texts. below : where these end; both logical pixels.
        """
        key = (marks, area.size().toTuple(), font_measures.key(font), sentences, round(room), round(below))
        if key != self._key:
            self._lay_out(area, marks, font, sentences, room, below)
            self._key = key
        if not marks:
            return
        box = self._places[0][0].united(self._places[-1][0]).united(self._plate)
        self._stamps.draw(painter, ("marks", key), box.adjusted(-3, -3, 3, 3), partial(self._paint, font=font))

    def _lay_out(
        self, area: QRectF, marks: tuple[Mark, ...], font: QFont, sentences: bool, room: float, below: float
    ) -> None:
        self._places, self._lines, self._plate, self._bottom = [], [], QRectF(), 0.0
        if not marks:
            return
        small = _small(font)
        widths = [advance(m.word, small) + 14 for m in marks]
        whole = sum(widths) + 6 * (len(marks) - 1)
        loud = [mark.sentence for mark in marks if mark.loud and mark.sentence] if sentences else []
        narrow = room < max(whole, LEAST_ROOM if loud else 0.0)
        x = area.center().x() - whole / 2
        y, height = below if narrow else area.top() + 8, height_of(small) + 4
        for mark, width in zip(marks, widths, strict=True):
            self._places.append((QRectF(x, y, width, height), mark))
            x += width + 6
        self._bottom = y + height
        if loud:
            width = area.width() * 0.8 if narrow else min(room, area.width() * 0.6)
            most = max(LINES, int(area.height() * SENTENCES_SHARE / height_of(font)))
            lines = cut_lines([line for sentence in loud for line in wrapped(sentence, font, width)], most)
            self._lines = [self._text.elided(line, font, width) for line in lines]
            longest = max(advance(line, font) for line in self._lines)
            tall = height_of(font) * len(lines)
            self._plate = QRectF(area.center().x() - longest / 2 - 6, self._bottom + 4, longest + 12, tall + 4)
            self._bottom = self._plate.bottom()

    def _paint(self, painter: QPainter, font: QFont) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(_small(font))
        for place, mark in self._places:
            painter.setPen(QPen(ink.CAUTION if mark.loud else ink.QUIET, 1))
            painter.setBrush(QColor(0, 0, 0, 170))
            painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            painter.setPen(ink.CAUTION if mark.loud else ink.TEXT)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, mark.word)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 120))
        painter.drawRoundedRect(self._plate, 4, 4)
        height = height_of(font)
        for i, line in enumerate(self._lines):
            point = QPointF(self._plate.center().x(), self._plate.top() + 2 + i * height)
            self._text.draw(painter, point, line, font, ink.CAUTION, Qt.AlignmentFlag.AlignHCenter)

    def sentence_at(self, point: QPointF) -> str:
        """The sentence of the mark under a logical pixel, empty where there is none."""
        return next((mark.sentence for place, mark in self._places if place.contains(point)), "")


def _small(font: QFont) -> QFont:
    return font_measures.smaller(font, 0.88, bold=True)


#: Note code -> (word, spelled out on the image).
_WORDS: dict[str, tuple[str, bool]] = {
    "gap": ("GAP", True),
    "uneven": ("UNEVEN", True),
    "tilt": ("TILT", True),
    "duplicate": ("DUPLICATE", True),
    "phases": ("PHASES", False),
    "no_position": ("NO POSITION", True),
    "no_spacing": ("NO SPACING", True),
    "detector_spacing": ("AT DETECTOR", False),
    "no_orientation": ("ORIENTATION UNKNOWN", True),
    "no_rescale": ("NO HU", True),
    "mixed_rescale": ("MIXED RESCALE", False),
    "lossy": ("LOSSY", False),
    "derived": ("DERIVED", False),
    "localizer": ("LOCALIZER", False),
    "no_window": ("NO WINDOW", False),
    "picture": ("PICTURE", True),
    "damaged": ("DAMAGED", True),
    "thickness": ("THICKNESS", False),
}


def _tr(text: str) -> str:
    return QCoreApplication.translate("Marks", text)
