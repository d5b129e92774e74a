"""The four corners of an image (UX 4): what they say, and where it goes.

What they say is worked out without a painter, so that it can be tested as text.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QFont

from covidviewer.imaging.mpr.sampling import VOID
from covidviewer.imaging.planes import plane_name
from covidviewer.ui import font_measures, ink
from covidviewer.ui.halo_text import BETWEEN, HaloText
from covidviewer.ui.image_name import image_name
from covidviewer.ui.person import isolated, person_name
from covidviewer.ui.replay import Surface
from covidviewer.ui.sentences import say
from covidviewer.ui.stamps import Stamps

if TYPE_CHECKING:
    from covidviewer.imaging.voi import Window
    from covidviewer.workspace.tile import Tile

MARGIN = 8.0
SMALL_TILE = 320  # logical pixels; below, only the index (and the letters) stay
#: Part of the width that a corner has in any case; an upper one may take what the other leaves as well.
SHARE = 0.40
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Corners:
    """Lines of the four corners, each from top to bottom."""

    top_left: tuple[str, ...] = ()
    top_right: tuple[str, ...] = ()
    bottom_left: tuple[str, ...] = ()
    bottom_right: tuple[str, ...] = ()


def corners(tile: Tile, *, detail: str, hide_identity: bool, zoom: float, smooth: bool, probe: str) -> Corners:
    """What the corners say.

    Parameters
    ----------
    detail : "all", "minimal" or "none" (`Preferences.corner_texts`).
    zoom : device pixels per image pixel. smooth : interpolated or not. probe : text of `probe_text`, may be empty.
    """
    series = tile.series
    if series is None or detail == "none":
        return Corners()
    index = index_text(tile)
    foot = viewing_lines(tile, detail=detail, zoom=zoom, smooth=smooth, probe=probe)
    if detail == "minimal":
        return Corners(bottom_left=foot, bottom_right=(index,))
    stack = series.stack
    return Corners(
        () if hide_identity else _patient(tile),
        _present(
            "" if hide_identity else isolated(stack.institution),
            " ".join(_present(date_text(stack.study_date), time_text(stack.study_time))),
            isolated(stack.study_description),
            "" if hide_identity or not stack.accession else _tr("Acc. {n}").format(n=stack.accession),
        ),
        foot,
        _present(*_series_lines(tile), index),
    )


def viewing_lines(tile: Tile, *, detail: str, zoom: float, smooth: bool, probe: str) -> tuple[str, ...]:
    """The lower left corner of `corners`: what changes with window, zoom and pointer."""
    if tile.series is None or detail == "none":
        return ()
    window = window_text(tile.view.window, tile.view.preset)
    if detail == "minimal":
        return _present(probe, window)
    zoom_line = _tr("Zoom {percent} %").format(percent=round(zoom * 100))
    zoom_line += " · " + (_tr("interpolated") if smooth else _tr("pixels"))
    return _present(probe, window, zoom_line)


def index_text(tile: Tile) -> str:
    """``Im 143 (37/412)``: the header's number, then the place on screen."""
    if tile.series is None or tile.count == 0:
        return ""
    frame = tile.frame()
    return image_name(frame.instance_number if frame is not None else None, tile.position, tile.count)


def window_text(window: Window | None, preset: str) -> str:
    """``W 1500 L −600 Lung``; a star says that the window was changed by hand."""
    if window is None:
        return ""
    name = str(getattr(window, "name", "") or "")
    if not preset:
        name = "*"
    elif preset == "auto":
        name = name or _tr("auto")
    elif preset.startswith("header"):
        name = say(name) or _tr("header")
    else:
        name = QCoreApplication.translate("actions", name)
    return f"W {number_text(window.width)} L {number_text(window.center)} {name}".strip()


def probe_text(tile: Tile, row: int, column: int) -> str:
    """``x 213 y 307 HU −742 (R 43.1 A −12.0 H 88.5 mm)``; empty while the slice has no values.

    x is the column and y the row, counted from 0.
    """
    from covidviewer.imaging import planes

    values, volume, series = tile.slice_values(), tile.volume, tile.series
    if values is None or volume is None or series is None:
        return ""
    value = values[row, column]
    if values.ndim == 3:
        what = "RGB " + " ".join(str(int(v)) for v in value)
    elif tile.computed and float(value) == VOID:
        what = _tr("no value here")
    elif volume.padding is not None and float(value) == volume.padding:
        what = _tr("outside the field of view")
    else:
        unit = volume.units or _tr("value")
        what = f"{unit} {number_text(float(value))}"
    place = ""
    plane = tile.plane()
    if plane is not None:
        place = f" ({planes.patient_text(plane.point(row, column))} mm)"
    return f"x {column} y {row} {what}{place}"


def number_text(value: float) -> str:
    """A number as readers write it: whole where large enough, a true minus sign."""
    if not math.isfinite(value):
        return "–"
    if value == int(value) or abs(value) >= 100:
        text = str(round(value))
    else:
        text = f"{value:.3g}" if abs(value) < 1 else f"{value:.1f}"
    return text.replace("-", MINUS)


def date_text(value: str) -> str:
    """DA (PS3.5 6.2) ``20240131`` as ``2024-01-31``; anything else as it is."""
    digits = value.strip().replace(".", "")
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" if re.fullmatch(r"\d{8}", digits) else value.strip()


def time_text(value: str) -> str:
    """TM ``134502.123`` as ``13:45``; empty when it is none."""
    return f"{value[:2]}:{value[2:4]}" if re.match(r"\d{4}", value) else ""


def age_at_study(age: str, birth_date: str, study_date: str) -> str:
    """Patient's Age (AS, ``045Y``) as ``45 y``; worked out from the dates where it is absent."""
    found = re.fullmatch(r"(\d{1,3})([DWMY])", age.strip().upper())
    if found:
        forms = {"D": _tr("{n} d"), "W": _tr("{n} w"), "M": _tr("{n} mo"), "Y": _tr("{n} y")}
        return forms[found[2]].format(n=int(found[1]))
    birth, study = birth_date.strip(), study_date.strip()
    if re.fullmatch(r"\d{8}", birth) and re.fullmatch(r"\d{8}", study) and study >= birth:
        years = int(study[:4]) - int(birth[:4]) - (study[4:] < birth[4:])
        return _tr("{n} y").format(n=years)
    return ""


def upper_widths(area: QRectF, lines: Corners, font: QFont) -> tuple[float, float]:
    """Most that the upper left and the upper right corner may take, logical pixels: never both more than there is."""
    usual, free = area.width() * SHARE, area.width() - 3 * MARGIN
    left, right = (
        max((font_measures.advance(line, font) for line in corner), default=0.0)
        for corner in (lines.top_left, lines.top_right)
    )
    for_left = max(usual, free - min(right, usual))
    return for_left, max(usual, free - min(left, for_left))


class CornerText:
    """Draws `Corners`, each corner at most a part of the width and lines elided to it: names and IDs in the middle."""

    def __init__(self, text: HaloText, stamps: Stamps) -> None:
        self._text = text
        self._stamps = stamps

    def draw(self, painter: Surface, area: QRectF, lines: Corners, font: QFont) -> None:
        """Draw all four; a small tile keeps the index alone."""
        small = min(area.width(), area.height()) < SMALL_TILE
        if small:
            lines = Corners(bottom_right=lines.bottom_right[-1:])
        line_height = font_measures.height(font)
        usual = area.width() * (0.9 if small else SHARE)
        upper_left, upper_right = upper_widths(area, lines, font)
        for names, right, bottom, width in (
            (lines.top_left, False, False, upper_left),
            (lines.top_right, True, False, upper_right),
            (lines.bottom_left, False, True, usual),
            (lines.bottom_right, True, True, usual),
        ):
            room = max(int((area.height() * 0.4) / line_height), 1)
            shown = names[-room:] if bottom else names[:room]
            if not shown:
                continue
            tall = len(shown) * line_height
            x = area.right() - MARGIN - width if right else area.left() + MARGIN
            y = area.bottom() - MARGIN - tall if bottom else area.top() + MARGIN
            box = QRectF(x, y, width, tall)
            if right and bottom:  # another one on each slice: a picture of it would hardly be used again
                self._block(painter, shown, box, font, right)
                continue
            who = not right and not bottom
            paint = partial(self._block, lines=shown, box=box, font=font, right=right, who=who)
            key = ("corner", shown, right, font_measures.key(font))
            self._stamps.draw(painter, key, box.adjusted(-3, -3, 3, 3), paint)

    def _block(
        self, painter: Surface, lines: tuple[str, ...], box: QRectF, font: QFont, right: bool, who: bool = False
    ) -> None:
        align = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        height = font_measures.height(font)
        for i, line in enumerate(lines):
            point = QPointF(box.right() if right else box.left(), box.top() + i * height)
            # What tells two patients of one trial apart is the end of the name or ID.
            middle = who and BETWEEN not in line
            mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
            self._text.draw(painter, point, self._text.elided(line, font, box.width(), mode), font, ink.TEXT, align)

    @staticmethod
    def probe_rect(area: QRectF, font: QFont) -> QRectF:
        """The part of the tile that changes when only the probe does."""
        height = font_measures.height(font) * 4 + 2 * MARGIN
        return QRectF(area.left(), area.bottom() - height, area.width() * 0.45 + MARGIN, height)


def _patient(tile: Tile) -> tuple[str, ...]:
    assert tile.series is not None
    stack = tile.series.stack
    patient = stack.patient
    sex = {"M": _tr("male"), "F": _tr("female"), "O": _tr("other")}.get(patient.sex.strip().upper(), patient.sex)
    age = age_at_study(patient.age, patient.birth_date, stack.study_date)
    born = f"* {date_text(patient.birth_date)}" if patient.birth_date else ""
    return _present(
        person_name(patient.name),
        f"ID {isolated(patient.id)}" if patient.id else "",
        " · ".join(_present(born, age, sex)),
    )


def _series_lines(tile: Tile) -> tuple[str, ...]:
    assert tile.series is not None
    series, stack = tile.series, tile.series.stack
    frame = tile.frame()
    number = f"S {stack.number}" if stack.number is not None else ""
    thickness = frame.thickness if frame is not None and frame.thickness is not None else stack.thickness
    between = stack.spacing_mm[0]
    sizes = [
        f"{round(thickness, 2):g}" if thickness is not None and thickness > 0 else "",
        f"{round(between, 2):g}" if math.isfinite(between) and between > 0 else "",
    ]
    if all(sizes):
        size = _tr("{thickness} mm every {spacing} mm").format(thickness=sizes[0], spacing=sizes[1])
    else:
        size = f"{sizes[0]} mm" if sizes[0] else ""
    contrast = ""
    if stack.modality == "CT":
        contrast = (
            _tr("contrast: {agent}").format(agent=stack.contrast) if stack.contrast else _tr("no contrast stated")
        )
    location = ""
    if not tile.computed and stack.positions_mm is not None and tile.index < len(stack.positions_mm):
        location = f"{float(stack.positions_mm[tile.index]):.1f} mm".replace("-", MINUS)
    if tile.computed and (plane := tile.plane()) is not None:
        location = plane_text(plane_name(plane.orientation))
    if str(stack.kind) == "picture" and not tile.computed:
        location = _tr("orientation unknown")  # no picture says it: a line here, and no mark on each of them (UX 4)
    return (
        " · ".join(_present(number, isolated(series.description) or series.modality)),
        " · ".join(_present(stack.kernel, f"{stack.kvp} kV" if stack.kvp else "")),
        " · ".join(_present(size, contrast)),
        location,
    )


def plane_text(name: str) -> str:
    """A plane's name in the reader's language."""
    known = {"axial": _tr("axial"), "coronal": _tr("coronal"), "sagittal": _tr("sagittal"), "oblique": _tr("oblique")}
    return known.get(name, "")


def _present(*lines: str) -> tuple[str, ...]:
    return tuple(line for line in lines if line)


def _tr(text: str) -> str:
    return QCoreApplication.translate("CornerText", text)
