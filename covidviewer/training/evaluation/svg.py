"""Figures of the report as inline SVG, drawn by hand: no library, no script, colours by CSS variables of the page.

All functions take plain numbers and give one ``<svg>`` element as text. Classes are told apart by colour *and* dash.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

__all__ = ["confusion_matrix", "forest", "reliability_plot", "roc_plot"]

DASHES = ("", "7 4", "2 3", "9 3 2 3")


def _open(width: int, height: int, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title, quote=True)}"'
        f' style="max-width:{width}px">'
    )


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start", extra: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}"{extra}>{escape(text)}</text>'


def _frame(left: int, top: int, side: int, across: str, down: str) -> list[str]:
    """Axes from 0 to 1 with a light grid."""
    parts = [f'<rect x="{left}" y="{top}" width="{side}" height="{side}" class="plane"/>']
    for step in range(6):
        value = step / 5
        x, y = left + value * side, top + side - value * side
        if 0 < step < 5:
            parts.append(f'<path d="M{x:.1f} {top}V{top + side}M{left} {y:.1f}H{left + side}" class="grid"/>')
        parts.append(_text(x, top + side + 18, f"{value:.1f}", "tick", "middle"))
        parts.append(_text(left - 8, y + 4, f"{value:.1f}", "tick", "end"))
    parts.append(_text(left + side / 2, top + side + 38, across, "axis", "middle"))
    x, y = left - 38, top + side / 2
    parts.append(_text(x, y, down, "axis", "middle", f' transform="rotate(-90 {x} {y:.1f})"'))
    return parts


def roc_plot(curves: dict[str, Any], areas: dict[str, float | None]) -> str:
    """ROC of each class against the rest, with the area beside its name."""
    left, top, side = 56, 14, 300
    parts = [
        _open(380, 364 + 22 * len(curves), "ROC curves"),
        *_frame(left, top, side, "1 - specificity", "sensitivity"),
    ]
    parts.append(f'<path d="M{left} {top + side}L{left + side} {top}" class="chance"/>')
    for number, (name, curve) in enumerate(curves.items()):
        points = zip(curve["false_positive_rate"], curve["true_positive_rate"], strict=True)
        line = " ".join(f"{left + x * side:.1f},{top + side - y * side:.1f}" for x, y in points)
        dash = f' stroke-dasharray="{DASHES[number % 4]}"' if number % 4 else ""
        parts.append(f'<polyline points="{line}" class="line c{number % 4}"{dash}/>')
        y = top + side + 62 + 22 * number
        parts.append(f'<path d="M{left} {y - 4}h34" class="line c{number % 4}"{dash}/>')
        area = areas.get(name)
        parts.append(_text(left + 44, y, f"{name}   AUC {area:.3f}" if area is not None else name, "key"))
    return "".join(parts) + "</svg>"


def confusion_matrix(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """Counts with the share of the row; rows are the truth, shade is the share."""
    cell, left, top = (84 if len(classes) > 2 else 110), 118, 46
    width, height = left + cell * len(classes) + 12, top + cell * len(classes) + 12
    parts = [_open(width, height, "Confusion matrix"), _text(left, 16, "decided for", "axis")]
    parts.append(_text(8, 16, "truth", "axis"))
    for c, name in enumerate(classes):
        parts.append(_text(left + cell * (c + 0.5), top - 10, name, "tick", "middle"))
        parts.append(_text(left - 10, top + cell * (c + 0.5) + 4, name, "tick", "end"))
    for r, row in enumerate(counts):
        total = max(1, sum(row))
        for c, count in enumerate(row):
            x, y, share = left + c * cell, top + r * cell, count / total
            kind = "hit" if r == c else "miss"
            parts.append(
                f'<rect x="{x + 1}" y="{y + 1}" width="{cell - 2}" height="{cell - 2}" rx="5" class="{kind}"'
                f' style="fill-opacity:{0.06 + 0.74 * share:.2f}"/>'
            )
            parts.append(_text(x + cell / 2, y + cell / 2 + 1, str(count), "count", "middle"))
            parts.append(_text(x + cell / 2, y + cell / 2 + 19, f"{share:.0%}", "share", "middle"))
    return "".join(parts) + "</svg>"


def reliability_plot(bins: Sequence[dict[str, float]], ece: float | None) -> str:
    """Share of right answers over the probability that the network gave; area of a dot by its number of pictures."""
    left, top, side = 56, 30, 300
    parts = [_open(380, 406, "Reliability"), *_frame(left, top, side, "probability given", "share right")]
    parts.append(f'<path d="M{left} {top + side}L{left + side} {top}" class="chance"/>')
    most = max((b["n"] for b in bins), default=1)
    numbers: list[str] = []
    for b in bins:
        x, y = left + b["confidence"] * side, top + side - b["accuracy"] * side
        ideal = top + side - b["confidence"] * side
        parts.append(f'<path d="M{x:.1f} {ideal:.1f}V{y:.1f}" class="gap"/>')
        radius = 3 + 9 * (b["n"] / most) ** 0.5
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" class="dot"/>')
        over = b["accuracy"] > b["confidence"] or b["accuracy"] < 0.1  # away from the diagonal and from the axis
        beside = y - radius - 5 if over else y + radius + 13
        numbers.append(_text(x, beside, str(int(b["n"])), "tick", "middle"))
    parts += numbers  # after all dots: none may cover a number
    note = "expected calibration error" + (f" {ece:.3f}" if ece is not None else "")
    parts.append(_text(left, top + side + 62, note, "key"))
    return "".join(parts) + "</svg>"


def forest(rows: Sequence[tuple[str, int, dict[str, Any]]], title: str, chance: float | None = None) -> str:
    """A figure with its interval for several groups; hollow where the interval rests on too few patients.

    rows : (name, pictures, ``{value, low, high, reliable}``).
    """
    left, line, width = 310, 30, 760
    side = width - left - 90
    height = 34 + line * len(rows) + 26

    def at(value: float) -> float:
        return left + min(1.0, max(0.0, value)) * side

    parts = [_open(width, height, title), _text(left, 14, title, "axis")]
    for step in range(6):
        x = at(step / 5)
        parts.append(f'<path d="M{x:.1f} 24V{34 + line * len(rows)}" class="grid"/>')
        parts.append(_text(x, height - 8, f"{step / 5:.1f}", "tick", "middle"))
    if chance is not None:
        parts.append(f'<path d="M{at(chance):.1f} 24V{34 + line * len(rows)}" class="chance"/>')
    for number, (name, count, cell) in enumerate(rows):
        y = 34 + line * (number + 0.5)
        parts.append(_text(left - 14, y + 4, f"{name} ({count})", "row", "end"))
        if cell["value"] is None:
            parts.append(_text(left, y + 4, "not measured", "tick"))
            continue
        if cell["low"] is not None:
            parts.append(f'<path d="M{at(cell["low"]):.1f} {y:.1f}H{at(cell["high"]):.1f}" class="whisker"/>')
        kind = "dot" if cell["reliable"] else "dot hollow"
        parts.append(f'<circle cx="{at(cell["value"]):.1f}" cy="{y:.1f}" r="6" class="{kind}"/>')
        parts.append(_text(width - 78, y + 4, f"{cell['value']:.3f}" + ("" if cell["reliable"] else " *"), "row"))
    return "".join(parts) + "</svg>"
