"""The scale bar at the right edge: 1-2-5 steps, length in mm or cm, "px" where the image has no spacing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter

from covidviewer.ui import font_measures, ink
from covidviewer.ui.halo_text import HaloText
from covidviewer.ui.projection import Projection
from covidviewer.ui.replay import Surface
from covidviewer.ui.stamps import Stamps

_GAP = 12.0


@dataclass(frozen=True, slots=True)
class Scale:
    """A bar of ``length`` logical pixels that stands for ``text``, in ``parts`` equal parts."""

    length: float
    parts: int
    text: str
    hint: str = ""


def scale_for(projection: Projection, row_spacing_mm: float, spacing_kind: str, longest: float) -> Scale | None:
    """The longest 1-2-5 bar that fits.

    Parameters
    ----------
    row_spacing_mm : distance of rows, NaN or 0 where unknown.
    spacing_kind : "patient", "detector" or "": detector distances are magnified against the patient (PS3.3 C.8.7.1).
    longest : logical pixels there are.
    """
    height = projection.zoom * projection.aspect / projection.dpr  # logical pixels of a row
    known = math.isfinite(row_spacing_mm) and row_spacing_mm > 0
    per_unit = height / row_spacing_mm if known else projection.zoom / projection.dpr
    if longest < 20 or per_unit <= 0:
        return None
    exponent = math.floor(math.log10(longest / per_unit))
    steps = [m * 10.0 ** (exponent + e) for e in (0, 1) for m in (1, 2, 5)]
    fitting = [s for s in steps if s * per_unit <= longest]
    if not fitting:
        return None
    value = fitting[-1]
    parts = {1: 10, 2: 4, 5: 5}[round(value / 10.0 ** math.floor(math.log10(value) + 1e-9))]
    if not known:
        return Scale(value * per_unit, parts, f"{value:g} px", _tr("no spacing"))
    text = f"{value / 10:g} cm" if value >= 10 else f"{value:g} mm"
    return Scale(value * per_unit, parts, text, _tr("at detector") if spacing_kind == "detector" else "")


def draw_scale(painter: Surface, area: QRectF, scale: Scale, text: HaloText, stamps: Stamps, font: QFont) -> None:
    """Draw the bar upright, centred on the right edge of the area."""
    height = font_measures.height(font)
    box = QRectF(area.right() - 90, area.center().y() - scale.length / 2 - 4, 90, scale.length + 2 * height + 16)
    paint = partial(_paint, area=area, scale=scale, text=text, font=font)
    stamps.draw(painter, ("scale", scale, font_measures.key(font)), box, paint)


def _paint(painter: QPainter, area: QRectF, scale: Scale, text: HaloText, font: QFont) -> None:
    x = area.right() - _GAP
    top = area.center().y() - scale.length / 2
    # Filled rectangles: several times as quick as wide lines.
    parts = [QRectF(round(x), round(top), 1, round(scale.length) + 1)]
    for i in range(scale.parts + 1):
        reach = 7 if i in (0, scale.parts) else 4
        parts.append(QRectF(round(x) - reach, round(top + scale.length * i / scale.parts), reach, 1))
    for part in parts:
        painter.fillRect(part.adjusted(-1, -1, 1, 1), ink.HALO)
    for part in parts:
        painter.fillRect(part, ink.TEXT)
    height = font_measures.height(font)
    y = top + scale.length + 4
    text.draw(painter, QPointF(x + 4, y), scale.text, font, ink.TEXT, Qt.AlignmentFlag.AlignRight)
    if scale.hint:
        text.draw(painter, QPointF(x + 4, y + height), scale.hint, font, ink.CAUTION, Qt.AlignmentFlag.AlignRight)


def _tr(text: str) -> str:
    return QCoreApplication.translate("ScaleBar", text)
