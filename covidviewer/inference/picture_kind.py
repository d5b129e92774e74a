"""What a picture without tags looks like: a CT slice, a chest film, or neither. A guess, and shown as one.

Eighteen plain figures of a 64 x 64 thumbnail (brightness of regions, symmetry, edges, quantiles, shape) are compared
with three Gaussians: two sources of CT slices and chest films. A picture that is far from all of them, or coloured, is
neither. The figures of the Gaussians lie in ``resources/models/picture_kind.json``; ``tools/fit_picture_kind.py``
makes them and prints how often the guess is right.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from covidviewer import assets
from covidviewer.errors import FileError

#: Mean difference of the colour channels (0..1) above which a picture is no radiological grey picture.
COLOUR = 0.06
_SIDE = 64


@dataclass(frozen=True, slots=True)
class Cloud:
    """One Gaussian over standardised figures. limit : squared distance beyond which a picture does not belong."""

    kind: str
    mean: NDArray[np.float64]
    precision: NDArray[np.float64]
    log_determinant: float
    limit: float


def figures(picture: NDArray[np.generic]) -> tuple[NDArray[np.float64], float]:
    """The eighteen figures of a picture, and how coloured it is (0..1).

    Parameters
    ----------
    picture
        (rows, columns) grey of any range, or (rows, columns, 3) uint8.
    """
    from PIL import Image

    colour = 0.0
    if picture.ndim == 3:
        image = Image.fromarray(picture.astype(np.uint8))
        small = np.asarray(image.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR), float)
        colour = float((small.max(axis=2) - small.min(axis=2)).mean() / 255)
        grey = np.asarray(image.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BILINEAR), float)
    else:
        image = Image.fromarray(picture.astype(np.float32))
        grey = np.asarray(image.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR), float)
    low, high = np.percentile(grey, (1, 99))
    n = np.clip((grey - low) / max(high - low, 1e-6), 0, 1)
    y, x = np.mgrid[-1 : 1 : _SIDE * 1j, -1 : 1 : _SIDE * 1j]
    radius = np.hypot(x, y)
    regions = (
        y < -0.7,
        y > 0.7,
        np.abs(x) > 0.8,
        radius > 1.2,
        radius < 0.25,
        (np.abs(np.abs(x) - 0.45) < 0.2) & (np.abs(y) < 0.35),
        (np.abs(x) < 0.12) & (np.abs(y) < 0.4),
    )
    values = [
        *(n[region].mean() for region in regions),
        _likeness(n, n[:, ::-1]),
        _likeness(n, n[::-1]),
        np.abs(np.diff(n, axis=1)).mean(),
        np.abs(np.diff(n, axis=0)).mean(),
        (n < 0.12).mean(),
        (n > 0.85).mean(),
        n.std(),
        np.log(picture.shape[1] / picture.shape[0]),
        *np.percentile(n, (25, 50, 75)),
    ]
    return np.asarray(values, float), colour


def _likeness(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Correlation, 0 where one of the two is flat."""
    first, second = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / norm if norm > 0 else 0.0


@lru_cache(maxsize=2)
def _model(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[Cloud, ...]]:
    try:
        data = json.loads(path.read_text("utf-8"))
        clouds = tuple(
            Cloud(
                str(c["kind"]),
                np.asarray(c["mean"], float),
                np.asarray(c["precision"], float),
                float(c["log_determinant"]),
                float(c["limit"]),
            )
            for c in data["clouds"]
        )
        return np.asarray(data["mean"], float), np.asarray(data["deviation"], float), clouds
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileError("The program's own file picture_kind.json is missing or damaged.", path=path) from error


def guess_picture_kind(picture: NDArray[np.generic]) -> str:
    """Guess what a picture shows.

    Parameters
    ----------
    picture
        (rows, columns) grey of any range, or (rows, columns, 3) uint8.

    Returns
    -------
    str
        "ct" (axial slice of the chest), "film" (frontal chest film) or "other".
    """
    if min(picture.shape[:2]) < 16:
        return "other"
    values, colour = figures(picture)
    if colour > COLOUR:
        return "other"
    mean, deviation, clouds = _model(assets.resource_dir() / "models" / "picture_kind.json")
    z = (values - mean) / deviation
    distances = [float((z - c.mean) @ c.precision @ (z - c.mean)) for c in clouds]
    best = min(range(len(clouds)), key=lambda i: distances[i] + clouds[i].log_determinant)
    inside = [i for i, c in enumerate(clouds) if c.kind == clouds[best].kind and distances[i] <= c.limit]
    return clouds[best].kind if inside else "other"
