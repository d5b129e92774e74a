"""Windows against a slow, plain writing-out of PS3.3 C.11.2."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from covidviewer.dicom.catalog import Frame, HeaderWindow, LookupTable, PixelFormat
from covidviewer.imaging import voi
from covidviewer.imaging.voi import Window

FORMAT = PixelFormat("1.2.840.10008.1.2.1", 4, 4, 16, 12, 11, False)


def plain_linear(x: float, c: float, w: float) -> float:
    # PS3.3 C.11.2.1.2.1, pseudo-code as printed, ymin 0, ymax 255
    if x <= c - 0.5 - (w - 1) / 2:
        return 0.0
    if x > c - 0.5 + (w - 1) / 2:
        return 255.0
    return ((x - (c - 0.5)) / (w - 1) + 0.5) * 255.0


def plain_exact(x: float, c: float, w: float) -> float:
    # PS3.3 C.11.2.1.3.2
    if x <= c - w / 2:
        return 0.0
    if x > c + w / 2:
        return 255.0
    return ((x - c) / w + 0.5) * 255.0


def plain_sigmoid(x: float, c: float, w: float) -> float:
    # PS3.3 C.11.2.1.3.1
    t = -4 * (x - c) / w
    return 255.0 / (1 + math.exp(t)) if t < 700 else 0.0


PLAIN = {"LINEAR": plain_linear, "LINEAR_EXACT": plain_exact, "SIGMOID": plain_sigmoid}
CASES = [
    (-600, 1500),
    (40, 400),
    (40, 1),
    (40.5, 2),
    (0, 65536),
    (-32768, 4096),
    (32767, 4095),
    (128, 256),
    (127.5, 255),
    (-100000, 300),
    (100000, 300),
    (12.25, 37.5),
]


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("center", "width"), CASES)
def test_every_entry_of_the_table_is_the_standards_formula(function: str, center: float, width: float) -> None:
    table = voi.lut(Window(center, width, function))
    # Every value would take minutes over all cases; edges, ends and a coarse comb show each branch.
    edges = {round(center + s * width / 2) + d for s in (-1, 0, 1) for d in range(-4, 5)}
    values = sorted(v for v in edges | set(range(-32768, 32768, 97)) | {-32768, -1, 0, 32767} if -32768 <= v <= 32767)
    expected = [math.floor(PLAIN[function](v, center, width) + 0.5) for v in values]
    got = table[np.array(values, np.int16).view(np.uint16)]
    assert got.tolist() == expected


def test_all_65536_values_for_one_window() -> None:
    values = np.arange(-32768, 32768).astype(np.int16)
    got = voi.lut(Window(-600, 1500))[values.view(np.uint16)]
    assert got.tolist() == [math.floor(plain_linear(int(v), -600, 1500) + 0.5) for v in values]


def test_inverted_and_32_bit_tables_agree_with_the_8_bit_one() -> None:
    window = Window(40, 400)
    table = voi.lut(window)
    assert (voi.lut(window, inverted=True) == 255 - table).all()
    wide = voi.lut_u32(window)
    assert wide.dtype == np.uint32
    assert (wide >> 24 == 255).all()
    for shift in (0, 8, 16):
        assert ((wide >> shift & 255) == table).all()


def test_width_one_splits_at_center_minus_half() -> None:
    table = voi.lut(Window(40, 1))
    low, high = table[np.array([39, 40], np.int16).view(np.uint16)]
    assert (low, high) == (0, 255)


def test_grey_of_floats_and_nan() -> None:
    got = voi.grey(np.array([np.nan, -np.inf, 0.0, 0.5, 1.0, np.inf]), Window(0.5, 1.0, "LINEAR_EXACT"))
    assert got.tolist() == [0, 0, 0, 128, 255, 255]


def test_quantizer_keeps_the_window_within_one_grey_level() -> None:
    values = np.random.default_rng(3).uniform(-3.0, 9.0, (64, 64)).astype(np.float32)
    quantizer = voi.Quantizer.spanning(values)
    index = quantizer.index(values)
    assert index.dtype == np.int16
    window = Window(2.0, 5.0, "LINEAR_EXACT")
    got = voi.lut(window, quantizer=quantizer)[index.view(np.uint16)].astype(int)
    assert np.abs(got - voi.grey(values, window).astype(int)).max() <= 1
    assert index.min() == -32768
    assert index.max() == 32767


def test_voi_table_clamps_and_scales_to_its_depth() -> None:
    table = LookupTable(first=10, bits=12, data=np.array([0, 4095, 2048], np.uint16), explanation="Test")
    frame = Frame(Path("x"), "1", 1, FORMAT, voi_luts=(table,))
    (window,) = voi.windows_of(frame)
    assert window.name == "Test"
    got = voi.lut(window)[np.array([-500, 10, 11, 12, 13, 3000], np.int16).view(np.uint16)]
    assert got.tolist() == [0, 0, 255, 128, 128, 128]
    assert voi.grey(np.array([11.0]), window, inverted=True).tolist() == [0]


def test_voi_table_with_a_first_value_below_zero() -> None:
    table = LookupTable(first=-2, bits=8, data=np.array([7, 8, 9, 10], np.uint16))
    (window,) = voi.windows_of(Frame(Path("x"), "1", 1, FORMAT, voi_luts=(table,)))
    assert voi.grey(np.array([-9, -2, -1, 0, 1, 5]), window).tolist() == [7, 7, 8, 9, 10, 10]


@pytest.mark.parametrize(
    ("center", "width", "function", "expected", "said"),
    [
        (40, 400, "LINEAR", Window(40, 400), False),
        (40, -400, "LINEAR", Window(40, 400), True),
        (40, 0, "LINEAR", None, True),
        (40, float("nan"), "LINEAR", None, True),
        (float("inf"), 10, "LINEAR", None, True),
        (0.2, 0.5, "LINEAR", Window(0.2, 0.5, "LINEAR_EXACT"), True),
        (40, 1, "LINEAR", Window(40, 1), False),
        (40, 400, "sigmoid ", Window(40, 400, "SIGMOID"), False),
        (40, 400, "CUBIC", Window(40, 400), True),
    ],
)
def test_header_windows_are_repaired_and_it_is_said(
    center: float, width: float, function: str, expected: Window | None, said: bool
) -> None:
    window, sentence = voi.repair(HeaderWindow(center, width, function))
    assert window == expected
    assert bool(sentence) is said
    assert sentence == "" or sentence.endswith(".")


def test_windows_of_a_frame_keep_order_names_and_ids() -> None:
    frame = Frame(
        Path("x"), "1", 1, FORMAT, windows=(HeaderWindow(40, 400, explanation="SOFT"), HeaderWindow(-600, 1500))
    )
    first, second = voi.windows_of(frame)
    assert (first.name, first.id) == ("SOFT", "header_0")
    assert (second.name, second.id) == ("Header 2", "header_1")
    assert voi.window_notes(frame) == ()


@pytest.mark.parametrize(("bits", "values"), [(8, range(256)), (16, range(0, 65536, 257))])
def test_pictures_are_shown_with_their_own_greys(bits: int, values: range) -> None:
    fmt = PixelFormat("picture", 4, 4, bits, bits, bits - 1, False)
    (window,) = voi.windows_of(Frame(Path("x.png"), "", 1, fmt))
    assert voi.grey(np.array(values), window).tolist() == list(range(256))


def test_auto_window_leaves_out_padding_and_what_is_not_finite() -> None:
    values = np.full((100, 100), -2000, np.int16)
    values[20:80, 20:80] = np.arange(3600).reshape(60, 60) - 1000
    low, high = voi.auto_window(values, padding=-2000).limits
    assert low == pytest.approx(-1000, abs=5)
    assert high == pytest.approx(2599, abs=5)
    assert voi.auto_window(values).limits[0] == -2000
    floats = np.array([np.nan, 0.0, 1.0, np.inf, -np.inf], np.float32)
    assert voi.auto_window(floats).limits == pytest.approx((0.001, 0.999))


@pytest.mark.parametrize("values", [np.full((4, 4), 7, np.int16), np.full(3, np.nan, np.float32), np.zeros(0)])
def test_auto_window_of_nothing_much_is_usable(values: np.ndarray) -> None:
    window = voi.auto_window(values, padding=7)
    assert window.width > 0
    assert math.isfinite(window.center)


def test_auto_window_of_a_large_volume_looks_at_a_fair_sample() -> None:
    values = np.random.default_rng(1).normal(100, 10, (12, 512, 512)).astype(np.int16)
    low, high = np.percentile(values, (0.1, 99.9))
    assert voi.auto_window(values).limits == pytest.approx((low, high), abs=1.5)


def test_presets_are_sane() -> None:
    presets = voi.presets()
    assert list(presets) == [
        "lung", "lung_narrow", "ground_glass", "mediastinum", "bone", "soft_tissue", "brain", "emphysema",
    ]  # fmt: skip
    assert all(w.id == i and w.name for i, w in presets.items())
    for name in ("lung", "lung_narrow", "ground_glass"):
        assert -700 <= presets[name].center <= -400
        assert presets[name].width >= 1000
    assert presets["bone"].center >= 250
    assert presets["brain"].width <= 150
    assert presets["soft_tissue"].center > 0
    keys = [p.key for p in voi.preset_records()]
    assert len(set(keys)) == len(keys)
    assert (presets["lung"].width, presets["lung"].center) == (1500, -600)
