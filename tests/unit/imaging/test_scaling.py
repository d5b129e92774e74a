"""Pictures at the screen's resolution: against a slow bilinear one, in all orientations, for grey and for colour."""

from __future__ import annotations

import numpy as np
import pytest

from covidviewer.imaging import lookup
from covidviewer.imaging.scaling import Orientation, Scaler

ORIENTATIONS = [Orientation(e, x, y) for e in (False, True) for x in (False, True) for y in (False, True)]


@pytest.fixture
def cv2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "_cv2", None)  # put back afterwards, whatever it was
    assert lookup.load()


def slow(channel: np.ndarray, orientation: Orientation, factor_x: float, factor_y: float) -> np.ndarray:
    """One channel, each screen pixel worked out by itself from the four around its middle."""
    placed = channel.T if orientation.exchanged else channel
    placed = placed[:, ::-1] if orientation.mirrored_x else placed
    placed = placed[::-1] if orientation.mirrored_y else placed
    rows, columns = placed.shape
    out = np.empty((round(rows * factor_y), round(columns * factor_x)))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            y = min(max((i + 0.5) / factor_y - 0.5, 0.0), rows - 1.0)
            x = min(max((j + 0.5) / factor_x - 0.5, 0.0), columns - 1.0)
            top, left = min(int(y), rows - 2), min(int(x), columns - 2)
            part = placed[top : top + 2, left : left + 2].astype(float)
            across = part[:, 0] + (part[:, 1] - part[:, 0]) * (x - left)
            out[i, j] = across[0] + (across[1] - across[0]) * (y - top)
    return out


def channels(pixels: np.ndarray) -> list[np.ndarray]:
    return [(pixels >> shift & 0xFF).astype(int) for shift in (16, 8, 0)]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize(("factor_x", "factor_y"), [(1.93, 1.93), (2.5, 1.2), (0.71, 0.64)])
def test_it_is_the_slow_one(cv2: None, orientation: Orientation, factor_x: float, factor_y: float) -> None:
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (21, 34), dtype=np.uint8)
    red, green = rng.integers(0, 256, (2, 21, 34), dtype=np.uint32)
    colour = (0xFF000000 | red << 16 | green << 8 | grey).astype(np.uint32)
    wanted = [slow(c, orientation, factor_x, factor_y) for c in (red, green, grey)]
    wide = Scaler().scale(colour, orientation, factor_x, factor_y)
    assert wide is not None
    assert wide.flags.c_contiguous
    assert (wide >> 24 == 255).all()
    for found, right in zip(channels(wide), wanted, strict=True):
        assert found.shape == right.shape
        assert np.abs(found - right).max() <= 1.0
    alike = Scaler().scale(grey, orientation, factor_x, factor_y)
    assert alike is not None
    assert (alike >> 24 == 255).all()
    for found in channels(alike):
        assert np.abs(found - wanted[2]).max() <= 1.0


def test_the_memory_stays_while_the_size_does(cv2: None) -> None:
    made, plain = Scaler(), Orientation()
    grey = np.zeros((8, 9), np.uint8)
    first = made.scale(grey, plain, 2.0, 2.0)
    assert first is not None
    assert (first == 0xFF000000).all()
    grey[:] = 200
    again = made.scale(grey, plain, 2.0, 2.0)
    assert again is first
    assert (first == 0xFFC8C8C8).all()
    other = made.scale(np.full((8, 9), 0xFF102030, np.uint32), plain, 2.0, 2.0)
    assert other is not first
    assert other is not None
    assert (other == 0xFF102030).all()
    assert (first == 0xFFC8C8C8).all()  # an image may still look into it
    back = made.scale(grey, plain, 2.0, 2.0)
    assert back is not None
    assert (back == 0xFFC8C8C8).all()
    assert (other == 0xFF102030).all()


def test_what_cannot_be_scaled_is_left_to_the_painter(cv2: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Scaler().scale(np.zeros((3, 3), np.uint8), Orientation(), 0.1, 0.1) is None
    monkeypatch.setattr(lookup, "_cv2", None)
    assert Scaler().scale(np.zeros((3, 3), np.uint8), Orientation(), 2.0, 2.0) is None
