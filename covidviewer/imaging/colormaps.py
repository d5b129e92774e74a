"""Colours of the maps: 256-entry tables, interpolated from few anchors.

*inferno* (S. van der Walt, N. Smith, CC0) and *cividis* (Nuñez, Anderton, Renslow 2018) are given by those of their
published entries between which straight lines stay within 1.5 of 255. No rainbow: its bright bands are not in the
data (UX 7).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from covidviewer.errors import UsageError
from covidviewer.imaging.own_colormaps import OwnColorMap

_INFERNO = (
    (0, 0x000004), (4, 0x02010A), (11, 0x060419), (18, 0x0D0829), (29, 0x1C0C43), (37, 0x290B55), (43, 0x340A5F),
    (56, 0x4A0C6B), (73, 0x65156E), (89, 0x7F1E6C), (106, 0x9A2865), (123, 0xB43359), (143, 0xD04545),
    (156, 0xE05536), (172, 0xEF6C23), (192, 0xF98E09), (197, 0xFB9706), (201, 0xFC9F07), (206, 0xFCA80D),
    (213, 0xFBB61A), (228, 0xF7D340), (236, 0xF3E35A), (244, 0xF1F179), (250, 0xF5F992), (255, 0xFCFFA4),
)  # fmt: skip
_CIVIDIS = (
    (0, 0x00224E), (19, 0x00306F), (21, 0x003170), (23, 0x013271), (28, 0x123570), (34, 0x1E3A6F), (52, 0x36466C),
    (84, 0x565C6D), (126, 0x7B7A78), (147, 0x8F8A78), (179, 0xAEA371), (205, 0xC9B965), (219, 0xD9C55C),
    (232, 0xE7D150), (243, 0xF3DB42), (251, 0xFDE334), (255, 0xFEE838),
)  # fmt: skip
_CYAN = ((0, 0x0B4A57), (128, 0x1FB2C6), (255, 0xBDF6FF))

# Name, anchors, and the part of the published map below which nothing is used: dark colours vanish on dark lung.
_MAPS: dict[str, tuple[tuple[tuple[int, int], ...], float]] = {
    "inferno": (_INFERNO, 0.35),
    "cividis": (_CIVIDIS, 0.0),
    "cyan": (_CYAN, 0.0),
}
NAMES: tuple[str, ...] = tuple(_MAPS)

# Faint and full colour of each side. Both sides differ in more than hue between red and green, so that common colour
# blindness leaves them apart; orange against blue also differs in lightness.
_SIGNED: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "red-blue": ((0xFFC2B0, 0xF0323C), (0xB4D2FF, 0x2F6CF6)),
    "orange-blue": ((0xFFE3B0, 0xF59A00), (0xA8D8F5, 0x0878C0)),
}
SIGNED_NAMES: tuple[str, ...] = tuple(_SIGNED)


_own: dict[str, OwnColorMap] = {}


def set_own(maps: Iterable[OwnColorMap]) -> None:
    """The user's maps beside ours, by their ids."""
    _own.clear()
    _own.update({one.id: one for one in maps})
    table.cache_clear()  # an id that is gone must not be found any more


def own_names() -> dict[str, str]:
    """Names of the user's maps by their ids."""
    return {id: one.name for id, one in _own.items()}


@lru_cache(maxsize=8)
def table(name: str) -> NDArray[np.uint8]:
    """(256, 3) uint8, red green blue, for map values 0..1; read-only.

    Raises
    ------
    UsageError : there is no map of this name.
    """
    if name in _own:
        own = _own[name].table()
        own.setflags(write=False)
        return own
    if name not in _MAPS:
        raise UsageError(f'There is no colour map "{name}".', advice=f"Choose one of {', '.join(NAMES)}.")
    anchors, start = _MAPS[name]
    at = np.linspace(start * 255, 255, 256)
    places = [place for place, _ in anchors]
    channels = [np.interp(at, places, [color >> shift & 0xFF for _, color in anchors]) for shift in (16, 8, 0)]
    result = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
    result.setflags(write=False)
    return result


@lru_cache(maxsize=4)
def signed_table(name: str) -> NDArray[np.uint8]:
    """(256, 3) uint8, red green blue, for map values -1..1 (entry 128 is 0); read-only.

    Raises
    ------
    UsageError : there is no map of this name.
    """
    if name not in _SIGNED:
        raise UsageError(f'There is no signed colour map "{name}".', advice=f"Choose one of {', '.join(_SIGNED)}.")
    positive, negative = _SIGNED[name]
    value = (np.arange(256) - 128) / 127
    sides = np.where(value >= 0, 0, 1)
    channels = []
    for shift in (16, 8, 0):
        faint, full = (np.array([side[i] >> shift & 0xFF for side in (positive, negative)]) for i in (0, 1))
        channels.append(faint[sides] + (full - faint)[sides] * np.minimum(np.abs(value), 1))
    result: NDArray[np.uint8] = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
    result.setflags(write=False)
    return result
