"""Altered copies of a picture: what an honest network must fail on, and what it must not mind (NETWORKS 8).

Each takes an 8-bit grey picture of any size, the lung mask of the same size (None where there is none), the grey to
fill with and a source of chance, and gives a picture of the same size.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covidviewer.training.shortcuts import frame_only, shuffled, thumbnail

__all__ = ["ALTERATIONS", "Alteration", "without_marks"]

Grey = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Change = Callable[[Grey, Mask, int, np.random.Generator], Grey]


@dataclass(frozen=True)
class Alteration:
    """One test of the battery.

    key, title : for JSON and for people. letter : of NETWORKS 8, "" for the harmless changes.
    expect : "chance" (nothing of the disease is left), "lower" (little is left), "same" (nothing of it is touched) or
    "keep" (all of it is kept). masked : needs a lung mask.
    """

    key: str
    title: str
    letter: str
    expect: str
    change: Change
    masked: bool = False


def _lungs_black(picture: Grey, mask: Mask, fill: int, _: np.random.Generator) -> Grey:
    return np.where(mask, np.uint8(0), picture).astype(np.uint8)


def _lungs_mean(picture: Grey, mask: Mask, fill: int, _: np.random.Generator) -> Grey:
    return np.where(mask, np.uint8(fill), picture).astype(np.uint8)


def _lungs_only(picture: Grey, mask: Mask, fill: int, _: np.random.Generator) -> Grey:
    return np.where(mask, picture, np.uint8(fill)).astype(np.uint8)


def without_marks(picture: Grey, mask: Mask | None, fill: int, _: np.random.Generator, share: float = 0.12) -> Grey:
    """Corner boxes filled, small saturated marks replaced by the mean of what surrounds them."""
    from scipy import ndimage

    rows, columns = picture.shape
    result = picture.copy()
    bright = picture >= 250
    labels, count = ndimage.label(bright)
    if count:
        sizes = np.bincount(labels.ravel())
        small = (sizes < 0.004 * picture.size) & (np.arange(count + 1) > 0)
        marks = ndimage.binary_dilation(small[labels], iterations=2)
        side = max(5, min(rows, columns) // 12) | 1
        kept = np.where(marks, 0.0, picture)
        around = ndimage.uniform_filter(kept, side) / np.maximum(
            ndimage.uniform_filter((~marks).astype(float), side), 1e-3
        )
        result[marks] = np.clip(around[marks], 0, 255).astype(np.uint8)
    r, c = round(rows * share), round(columns * share)
    for top in (slice(0, r), slice(rows - r, rows)):
        for left in (slice(0, c), slice(columns - c, columns)):
            result[top, left] = fill
    return result


def _levels(gain: float, shift: float) -> Change:
    table = np.clip((np.arange(256) - 127.5) * gain + 127.5 + shift, 0, 255).round().astype(np.uint8)
    return lambda picture, mask, fill, rng: table[picture]


def _jpeg(picture: Grey, mask: Mask, fill: int, _: np.random.Generator) -> Grey:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=40)
    buffer.seek(0)
    with Image.open(buffer) as image:
        return np.asarray(image.convert("L"), dtype=np.uint8)


def _half_size(picture: Grey, mask: Mask, fill: int, _: np.random.Generator) -> Grey:
    from PIL import Image

    rows, columns = picture.shape
    small = Image.fromarray(picture).resize((max(1, columns // 2), max(1, rows // 2)), Image.Resampling.BILINEAR)
    return np.asarray(small.resize((columns, rows), Image.Resampling.BILINEAR), dtype=np.uint8)


def _text(picture: Grey, mask: Mask, fill: int, _: np.random.Generator) -> Grey:
    from PIL import Image, ImageDraw, ImageFont

    image = Image.fromarray(picture)
    rows, columns = picture.shape
    font = ImageFont.load_default(max(8, round(min(rows, columns) * 0.07)))
    ImageDraw.Draw(image).text((columns * 0.03, rows * 0.02), "AP PORTABLE  R", fill=255, font=font)
    return np.asarray(image, dtype=np.uint8)


def _flip(picture: Grey, mask: Mask, fill: int, _: np.random.Generator) -> Grey:
    return np.ascontiguousarray(picture[:, ::-1])


#: All tests that alter pictures, in the order of the report.
ALTERATIONS: tuple[Alteration, ...] = (
    Alteration("lungs_black", "Lungs blacked out", "A", "chance", _lungs_black, True),
    Alteration("lungs_mean", "Lungs filled with the mean", "A", "chance", _lungs_mean, True),
    Alteration("frame", "Outer 12 % frame only", "B", "chance", lambda p, m, f, r: frame_only(p, f)),
    Alteration("lungs_only", "Lungs only", "C", "keep", _lungs_only, True),
    Alteration("marks", "Corners filled, marks painted over", "D", "same", without_marks),
    Alteration("thumbnail", "Thumbnail of 16 x 16", "E", "lower", lambda p, m, f, r: thumbnail(p)),
    Alteration("histogram", "Pixels shuffled", "F", "chance", lambda p, m, f, r: shuffled(p, r)),
    Alteration("brighter", "Window: 15 % brighter", "", "same", _levels(1.0, 38)),
    Alteration("darker", "Window: 15 % darker", "", "same", _levels(1.0, -38)),
    Alteration("contrast", "Window: a quarter narrower", "", "same", _levels(4 / 3, 0)),
    Alteration("jpeg", "JPEG, quality 40", "", "same", _jpeg),
    Alteration("resize", "Half size and back", "", "same", _half_size),
    Alteration("text", "Text burnt in", "", "same", _text),
    Alteration("flip", "Left and right exchanged", "", "same", _flip),
)
