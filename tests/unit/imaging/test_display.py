"""Buffers: look-ups by the bits of a value, channel order, no new memory, the ramp of the map."""

from __future__ import annotations

import numpy as np

from covidviewer.imaging import display


def grey_lut() -> np.ndarray:
    """Grey = value + 128 for -128..127, clipped."""
    value = np.arange(65536, dtype=np.uint16).view(np.int16).astype(int)
    grey = np.clip(value + 128, 0, 255).astype(np.uint32)
    return 0xFF000000 | grey << 16 | grey << 8 | grey


def test_int16_is_looked_up_by_its_bits() -> None:
    values = np.array([[-32768, -128, -1], [0, 127, 32767]], np.int16)
    buffer = display.ImageBuffer(2, 3)
    shown = buffer.paint(values, grey_lut())
    assert (shown & 0xFF).tolist() == [[0, 0, 127], [128, 255, 255]]
    assert (shown >> 24 == 0xFF).all()


def test_painting_keeps_its_memory() -> None:
    buffer = display.ImageBuffer(8, 8)
    before = buffer.out.ctypes.data
    for k in range(3):
        assert buffer.paint(np.full((8, 8), k, np.int16), grey_lut()) is buffer.out
    buffer.paint_color(np.zeros((8, 8, 3), np.uint8))
    buffer.clear()
    assert buffer.out.ctypes.data == before
    assert buffer.paint(np.zeros((8, 8), np.int16)[:, :], grey_lut())[0, 0] == 0xFF808080


def test_one_red_pixel_stays_red() -> None:
    values = np.zeros((3, 4, 3), np.uint8)
    values[1, 2] = (255, 16, 3)
    buffer = display.ImageBuffer(3, 4)
    shown = buffer.paint_color(values)
    assert shown[1, 2] == 0xFFFF1003
    assert shown[0, 0] == 0xFF000000
    assert np.array_equal(display.rgb(shown), values)
    assert buffer.paint_color(values, invert=True)[1, 2] == 0xFF00EFFC


def test_red_end_of_the_map_is_red_in_the_buffer() -> None:
    colors = display.map_colors("inferno", 0.05, 0.70)
    middle = int(colors[100])
    red, green, blue = middle >> 16 & 0xFF, middle >> 8 & 0xFF, middle & 0xFF
    assert red > green
    assert red > blue


def test_map_is_clear_below_its_threshold_and_full_a_tenth_above() -> None:
    colors = display.map_colors("cividis", 0.35, 0.60)
    alpha = (colors >> 24).astype(int)
    value = np.arange(256) / 255
    assert (alpha[value < 0.347] == 0).all()
    assert (colors[value < 0.347] == 0).all()
    assert (alpha[value >= 0.351] > 0).all()
    assert (alpha[value >= 0.4501] == round(0.6 * 255)).all()
    assert (np.diff(alpha) >= 0).all()
    # Premultiplied: no channel above alpha.
    for shift in (16, 8, 0):
        assert ((colors >> shift & 0xFF) <= alpha).all()


def test_opacity_is_capped() -> None:
    assert display.map_colors("cyan", 0.3, 1.0)[255] >> 24 == round(0.70 * 255)
    assert display.map_colors("cyan", 0.3, -1.0)[255] == 0


def test_map_values_are_quantised() -> None:
    values = np.array([[-1.0, 0.0, 0.5], [1.0, 3.0, np.nan]], np.float32)
    assert display.quantised(values).tolist() == [[0, 0, 128], [255, 255, 0]]
    buffer = display.MapBuffer(2, 3)
    buffer.set_values(values)
    shown = buffer.paint(display.map_colors("cyan", 0.35, 0.3))
    assert shown[0, 0] == 0
    assert shown[1, 0] >> 24 == round(0.3 * 255)


def test_composed_is_the_painters_source_over() -> None:
    image = np.array([[0xFF646464, 0xFF646464, 0xFF000000]], np.uint32)
    overlay = np.array([[0x00000000, 0x80800000, 0xB3B30000]], np.uint32)
    assert [f"{int(v):08x}" for v in display.composed(image, overlay)[0]] == ["ff646464", "ffb23232", "ffb30000"]
