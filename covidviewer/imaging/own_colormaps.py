"""Colour maps of the user's own: a few stops in TOML, checked before any map is painted with them.

A map must not show edges that are not in the data (UX 7): its lightness (CIE L*) grows from the first to the last stop,
as a rainbow's does not, and by enough that low and high can be told apart, in grey and by those who see fewer colours
too.

    name = "Amber"
    stops = ["#5a3200", "#b06a00", "#ffe9b0"]                             # evenly spaced
    stops = [[0.0, "#5a3200"], [0.7, "#b06a00"], [1.0, "#ffe9b0"]]        # or at places of their own
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from covidviewer.errors import CovidViewerError

MOST_STOPS = 32
MOST_BYTES = 4096
LEAST_RANGE = 35.0  # of L*, between the ends: about that of the narrowest of ours
SLACK = 0.5  # L* that rounding to 8 bits may take back
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


class ColorMapError(CovidViewerError):
    """A text is no usable colour map."""

    title = "Colour map"


@dataclass(frozen=True, slots=True)
class OwnColorMap:
    """name : as the reader sees it. stops : (place 0..1, 0xRRGGBB), growing, from 0 to 1."""

    name: str
    stops: tuple[tuple[float, int], ...]

    @property
    def id(self) -> str:
        """Of the name and the colours: pictures that were painted with others are never taken for these."""
        return f"{self.name}~{hashlib.sha256(repr(self.stops).encode()).hexdigest()[:8]}"

    def table(self) -> NDArray[np.uint8]:
        """(256, 3) uint8, red green blue."""
        places = [place for place, _ in self.stops]
        at = np.linspace(0, 1, 256)
        channels = [np.interp(at, places, [color >> shift & 0xFF for _, color in self.stops]) for shift in (16, 8, 0)]
        return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


def parse(text: str) -> OwnColorMap:
    """Read and check.

    Raises
    ------
    ColorMapError
        Why it is not taken, in one sentence.
    """
    if len(text.encode()) > MOST_BYTES:
        raise ColorMapError("The text is too long for a colour map.")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ColorMapError(f"This is no TOML: {error}.") from error
    name = data.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > 40 or "~" in name:
        raise ColorMapError("A name of 1 to 40 characters without ~ is missing.")
    found = OwnColorMap(" ".join(name.split()), _stops(data.get("stops")))
    light = lightness(found.table())
    if (np.diff(light) < -SLACK).any() or light[-1] <= light[0]:
        at = float(np.argmin(np.diff(light))) / 255
        raise ColorMapError(
            f"The lightness falls at {at:.2f}: bands would seem to be in the data that are not. "
            "It must grow from the first stop to the last."
        )
    if light[-1] - light[0] < LEAST_RANGE:
        span = light[-1] - light[0]
        raise ColorMapError(
            f"The ends differ in lightness by {span:.0f} of 100 only; at least {LEAST_RANGE:.0f} are needed."
        )
    return found


def maps_of(texts: Iterable[str]) -> tuple[OwnColorMap, ...]:
    """Those of the texts that are usable; of one name the last."""
    found: dict[str, OwnColorMap] = {}
    for text in texts:
        try:
            one = parse(text)
        except ColorMapError:
            continue
        found[one.name] = one
    return tuple(found.values())


def lightness(colors: NDArray[np.uint8]) -> NDArray[np.float64]:
    """CIE 1976 L* of sRGB colours (IEC 61966-2-1), 0 to 100. colors : (n, 3) uint8."""
    share = colors.astype(np.float64) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    y = linear @ np.array([0.2126, 0.7152, 0.0722])
    result: NDArray[np.float64] = np.where(y > 216 / 24389, 116 * np.cbrt(y) - 16, y * 24389 / 27)
    return result


def _stops(value: object) -> tuple[tuple[float, int], ...]:
    if not isinstance(value, list) or not 2 <= len(value) <= MOST_STOPS:
        raise ColorMapError(f"stops must be a list of 2 to {MOST_STOPS} colours.")
    found: list[tuple[float, int]] = []
    for number, stop in enumerate(value):
        place, color = (number / (len(value) - 1), stop) if isinstance(stop, str) else _pair(stop)
        if not isinstance(color, str) or not _COLOR.fullmatch(color):
            raise ColorMapError(f'Stop {number + 1} is no colour; write it as "#rrggbb".')
        found.append((float(place), int(color[1:], 16)))
    places = [place for place, _ in found]
    if places[0] != 0.0 or places[-1] != 1.0 or not all(b > a for a, b in pairwise(places)):
        raise ColorMapError("The places of the stops must grow from 0 to 1.")
    return tuple(found)


def _pair(stop: object) -> tuple[float, object]:
    if (
        not isinstance(stop, list)
        or len(stop) != 2
        or not isinstance(stop[0], int | float)
        or isinstance(stop[0], bool)
    ):
        raise ColorMapError('A stop is "#rrggbb", or [place, "#rrggbb"].')
    return float(stop[0]), stop[1]
