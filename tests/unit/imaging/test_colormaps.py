"""Colour tables: published ends, order of channels, lightness that only grows."""

from __future__ import annotations

import numpy as np
import pytest

from covidviewer.errors import UsageError
from covidviewer.imaging import colormaps


def test_published_entries() -> None:
    cividis = colormaps.table("cividis")
    assert tuple(cividis[0]) == (0x00, 0x22, 0x4E)
    assert tuple(cividis[255]) == (0xFE, 0xE8, 0x38)
    inferno = colormaps.table("inferno")
    # Starts at 35 %: entry 89.25 of the published table, #7F1E6C; ends with the published last one.
    assert np.abs(inferno[0].astype(int) - (0x7F, 0x1E, 0x6C)).max() <= 2
    assert tuple(inferno[255]) == (0xFC, 0xFF, 0xA4)


@pytest.mark.parametrize("name", colormaps.NAMES)
def test_lightness_grows(name: str) -> None:
    table = colormaps.table(name)
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    light = table @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(light) > -0.6).all()
    assert light[255] - light[0] > 100


def test_no_rainbow_and_no_surprise() -> None:
    assert "jet" not in colormaps.NAMES
    with pytest.raises(UsageError, match="jet"):
        colormaps.table("jet")
    with pytest.raises(ValueError, match="read-only"):
        colormaps.table("cyan")[0] = 0
