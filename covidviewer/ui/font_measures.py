"""What paints ask of fonts over and over: their key, heights, widths of texts, a smaller form; each worked out once.

Qt spells a font's key anew whenever it is asked, and lays a text out for its width; in a paint of four viewports that
is a few milliseconds. Fonts are known by the object: one that is asked about must not be changed afterwards.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from PySide6.QtGui import QFont, QFontMetricsF

__all__ = ["advance", "height", "key", "smaller"]

_FONTS, _TEXTS = 32, 400


@dataclass(slots=True)
class _Known:
    font: QFont  # held, so that its id is not another's
    key: str
    metrics: QFontMetricsF
    height: float
    advances: OrderedDict[str, float] = field(default_factory=OrderedDict)
    smaller: dict[tuple[float, bool], QFont] = field(default_factory=dict)


_known: OrderedDict[int, _Known] = OrderedDict()


def _of(font: QFont) -> _Known:
    found = _known.get(id(font))
    if found is None:
        metrics = QFontMetricsF(font)
        found = _known[id(font)] = _Known(font, font.key(), metrics, metrics.height())
        if len(_known) > _FONTS:
            _known.popitem(last=False)
    return found


def key(font: QFont) -> str:
    """Equal for fonts that draw alike."""
    return _of(font).key


def height(font: QFont) -> float:
    """Of a line, logical pixels."""
    return _of(font).height


def advance(text: str, font: QFont) -> float:
    """Width of a line, logical pixels."""
    known = _of(font)
    width = known.advances.get(text)
    if width is None:
        width = known.advances[text] = known.metrics.horizontalAdvance(text)
        if len(known.advances) > _TEXTS:
            known.advances.popitem(last=False)
    return width


def smaller(font: QFont, factor: float, bold: bool = False) -> QFont:
    """The font at ``factor`` times its size; the same object for the same question."""
    known = _of(font)
    found = known.smaller.get((factor, bold))
    if found is None:
        found = QFont(font)
        found.setPointSizeF(font.pointSizeF() * factor)
        if bold:
            found.setBold(True)
        known.smaller[factor, bold] = found
    return found
