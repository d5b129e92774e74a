"""Lungs on a chest film, by a small U-Net that runs in numpy: for cropping and the input check, not for measuring.

A film has no HU to tell lung from tissue. 231,000 parameters at 128 x 128, trained on outlines of readers
(``tools/fit_film_lungs.py``), lie in ``resources/models/film_lungs.safetensors`` with the batch norms folded in. No
torch: this stands before every network, also where torch is not installed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from covidviewer import assets
from covidviewer.errors import FileError

__all__ = ["SIDE", "FilmLungs", "find_film_lungs", "forget", "lung_logits"]

#: Rows and columns of what the U-Net sees, whatever the film's shape.
SIDE = 128
#: Share of the lungs' area that may lie outside the box on each side: stray cells must not widen it.
TAIL = 0.005
_LEVELS = 5

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FilmLungs:
    """What was found on one film.

    probability : (128, 128) float32, 0 to 1, over the whole film squeezed to a square.
    area : share of the film. left, right : the same in the left and the right half of the box.
    box : (top, left, bottom, right) of the lungs in the film's edge coordinates (pixels), None without lungs.
    likeness : correlation with the mean shape of lungs on frontal films, -1 to 1; 0.91 is usual, 99 of 100 frontal
    films have 0.55 or more, knees, teeth, photographs and lateral films less than 0.5.
    """

    probability: Floats
    area: float
    left: float
    right: float
    box: tuple[float, float, float, float] | None
    likeness: float


def find_film_lungs(picture: NDArray[np.uint8]) -> FilmLungs:
    """Look for both lungs on a frontal film.

    Parameters
    ----------
    picture
        (rows, columns) uint8 grey, air dark.

    Raises
    ------
    FileError
        The program's own file is missing or damaged.
    """
    from PIL import Image

    small = Image.fromarray(np.ascontiguousarray(picture)).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    logits = lung_logits(np.asarray(small))
    probability = (1 / (1 + np.exp(-logits))).astype(np.float32)
    mask = probability > 0.5
    count = int(mask.sum())
    if count == 0:
        return FilmLungs(probability, 0.0, 0.0, 0.0, None, 0.0)
    top, bottom = _extent(mask.sum(axis=1))
    left, right = _extent(mask.sum(axis=0))
    middle = (left + right) // 2
    down, across = picture.shape[0] / SIDE, picture.shape[1] / SIDE
    box = (top * down, left * across, bottom * down, right * across)
    share = mask.mean(axis=0) / SIDE
    halves = float(share[:middle].sum()), float(share[middle:].sum())
    likeness = _likeness(probability, (top, left, bottom, right))
    return FilmLungs(probability, count / (SIDE * SIDE), *halves, box, likeness)


def _likeness(probability: Floats, box: tuple[int, int, int, int]) -> float:
    """Correlation of what lies in the box with the mean of frontal films, both on the same small grid."""
    from PIL import Image

    mean = _layers(_path())["shape"]
    top, left, bottom, right = box
    image = Image.fromarray((probability * 255).astype(np.uint8))
    small = np.asarray(image.resize(mean.shape[::-1], Image.Resampling.BILINEAR, box=(left, top, right, bottom)))
    a, b = small / 255 - (small / 255).mean(), mean - mean.mean()
    return float((a * b).sum() / max(float(np.sqrt((a * a).sum() * (b * b).sum())), 1e-9))


def _extent(counts: NDArray[np.int64]) -> tuple[int, int]:
    share = np.cumsum(counts) / counts.sum()
    return int(np.searchsorted(share, TAIL)), int(np.searchsorted(share, 1 - TAIL)) + 1


def lung_logits(square: NDArray[np.uint8]) -> Floats:
    """(128, 128) uint8 to (128, 128) float32: above 0 is lung."""
    layers = _layers(_path())
    x: Floats = square.astype(np.float32)[None] / np.float32(255)
    x = ((x - x.mean()) / (x.std() + np.float32(1e-3))).astype(np.float32)
    kept: list[Floats] = []
    for level in range(_LEVELS):
        if level:
            x = x.reshape(x.shape[0], x.shape[1] // 2, 2, x.shape[2] // 2, 2).max(axis=(2, 4))
        x = _double(x, layers, f"down.{level}")
        kept.append(x)
    for level in range(_LEVELS - 1):
        wide = x.repeat(2, axis=1).repeat(2, axis=2)
        x = _double(np.concatenate((kept[_LEVELS - 2 - level], wide)), layers, f"up.{level}")
    weight, bias = layers["out.weight"], layers["out.bias"]
    result: Floats = np.tensordot(weight.reshape(-1), x, axes=1) + bias[0]
    return result


def _double(x: Floats, layers: dict[str, Floats], name: str) -> Floats:
    for part in ("a", "b"):
        x = _convolve(x, layers[f"{name}.{part}.weight"], layers[f"{name}.{part}.bias"])
    return x


def _convolve(x: Floats, weight: Floats, bias: Floats) -> Floats:
    """3 x 3 convolution with zero border and ReLU; (in, rows, columns) to (out, rows, columns)."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    windows = sliding_window_view(padded, (3, 3), axis=(1, 2))  # in, rows, columns, 3, 3
    columns = windows.transpose(0, 3, 4, 1, 2).reshape(-1, x.shape[1] * x.shape[2])
    y = weight.reshape(weight.shape[0], -1) @ columns + bias[:, None]
    result: Floats = np.maximum(y, 0).reshape(-1, x.shape[1], x.shape[2])
    return result


def forget() -> None:
    """Read the program's own file again at the next use: it was made anew."""
    _layers.cache_clear()


def _path() -> Path:
    return assets.resource_dir() / "models" / "film_lungs.safetensors"


@lru_cache(maxsize=2)
def _layers(path: Path) -> dict[str, Floats]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return {name: value.astype(np.float32) for name, value in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise FileError("The program's own file film_lungs.safetensors is missing or damaged.", path=path) from error
