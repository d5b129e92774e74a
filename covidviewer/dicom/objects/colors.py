"""Colours that makers recommend -> sRGB."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from covidviewer.dicom.objects.records import Color

_WHITE = np.array([0.9642, 1.0, 0.8249])  # D50, the white of PCS-Values (PS3.3 C.10.7.1.1)
_FROM_XYZ = np.array(
    [[3.1338561, -1.6168667, -0.4906146], [-0.9787684, 1.9161415, 0.0334540], [0.0719453, -0.2289914, 1.4052427]]
)  # linear sRGB from XYZ at D50 (Bradford)
_DARKEST = 70  # of 255: anything darker is lost on an image


def from_cielab(values: Sequence[float]) -> Color | None:
    """sRGB of a Recommended Display CIELab Value (0062,000D); None where it is absent, wrong or too dark to see.

    values : L*, a*, b* as 16 bit words: L* 0..65535 is 0..100, a* and b* are -128..127 (PS3.3 C.10.7.1.1).
    """
    if len(values) != 3 or not all(0 <= v <= 65535 for v in values):
        return None
    light, a, b = values[0] * 100 / 65535, values[1] * 255 / 65535 - 128, values[2] * 255 / 65535 - 128
    y = (light + 16) / 116
    f = np.array([y + a / 500, y, y - b / 200])
    cube = np.where(f > 6 / 29, f**3, (f - 4 / 29) * 3 * (6 / 29) ** 2)
    linear = np.clip(_FROM_XYZ @ (cube * _WHITE), 0, 1)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return from_rgb(np.rint(encoded * 255).tolist())


def from_rgb(values: Sequence[float]) -> Color | None:
    """A triplet 0..255; None where it is none, or too dark to be seen on an image."""
    if len(values) != 3 or not all(0 <= v <= 255 for v in values) or max(values) < _DARKEST:
        return None
    red, green, blue = (int(v) for v in values)
    return red, green, blue
