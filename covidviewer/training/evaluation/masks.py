"""Lung masks for the tests that need them: outlines where a set has them, else what can be found on the picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from covidviewer.training.data import Example

__all__ = ["dilated", "lungs_of_ct_picture", "lungs_of_film", "outlined_lungs"]

Mask = NDArray[np.bool_]


def dilated(mask: Mask, pixels: int) -> Mask:
    """The mask grown by a number of pixels in each direction (square)."""
    from scipy import ndimage

    grown: Mask = ndimage.binary_dilation(mask, np.ones((3, 3), bool), iterations=pixels)
    return grown


def outlined_lungs(folder: Path, examples: Sequence[Example]) -> list[Mask | None]:
    """Masks ``lung/STEM.png`` of a set (else ``lung-rad``), at each picture's size; None where there is none."""
    from PIL import Image

    masks: list[Mask | None] = []
    for e in examples:
        stem = Path(e.file).stem + ".png"
        path = next((p for p in (folder / "lung" / stem, folder / "lung-rad" / stem) if p.is_file()), None)
        if path is None:
            masks.append(None)
            continue
        with Image.open(path) as image:
            size = (e.picture.shape[1], e.picture.shape[0])
            masks.append(np.asarray(image.convert("L").resize(size, Image.Resampling.NEAREST)) > 0)
    return masks


def lungs_of_ct_picture(picture: NDArray[np.uint8]) -> Mask | None:
    """Lungs on an axial CT slice that has no HU: dark regions inside the body, or None where they are not plain.

    Parameters
    ----------
    picture
        Grey, rows x columns, any window.

    Returns
    -------
    ndarray of bool, or None
        With what the regions enclose (vessels, dense parts). None where their share of the picture is not between
        6 % and 75 %: then the finder has found something else.
    """
    from PIL import Image
    from scipy import ndimage

    rows, columns = picture.shape
    factor = max(rows, columns) / 160
    size = (max(8, round(columns / factor)), max(8, round(rows / factor)))
    small = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX), dtype=np.float64)
    bright = small > _otsu(small)
    bright[[0, -1], :] = True  # pictures cut to the chest: the wall may be outside, lungs then reach the edge
    bright[:, [0, -1]] = True
    labels, count = ndimage.label(~bright)
    if count == 0:
        return None
    area = np.bincount(labels.ravel(), minlength=count + 1) / small.size
    corner = {labels[r, c] for r in (1, -2) for c in (1, -2)} - {0}
    keep = area > 0.015
    keep[0] = False
    keep[list(corner)] = False  # air round the patient
    region = ndimage.binary_fill_holes(ndimage.binary_closing(np.pad(keep[labels], 8), iterations=4))[8:-8, 8:-8]
    if not 0.06 <= region.mean() <= 0.75:
        return None
    large = Image.fromarray(region.astype(np.uint8) * 255).resize((columns, rows), Image.Resampling.BILINEAR)
    return np.asarray(large) > 127


def lungs_of_film(picture: NDArray[np.uint8], likeness: float = 0.5) -> Mask | None:
    """Lungs on a frontal film by the program's own finder, or None where what it finds has not the shape of lungs.

    Parameters
    ----------
    picture
        Grey, rows x columns, air dark.
    likeness
        Least correlation with the mean shape of lungs (``imaging.film_lungs``).
    """
    from PIL import Image

    from covidviewer.imaging.film_lungs import find_film_lungs

    found = find_film_lungs(picture)
    if found.box is None or found.likeness < likeness:
        return None
    size = (picture.shape[1], picture.shape[0])
    large = Image.fromarray(found.probability).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(large) > 0.5


def _otsu(values: NDArray[np.float64]) -> float:
    """Grey that parts two classes with the largest variance between them (Otsu 1979)."""
    counts, edges = np.histogram(values, bins=64, range=(0, 256))
    middle = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    mean_below = np.cumsum(counts * middle) / np.maximum(below, 1)
    mean_above = (np.sum(counts * middle) - np.cumsum(counts * middle)) / np.maximum(above, 1)
    return float(edges[1:][np.argmax(below * above * (mean_below - mean_above) ** 2)])
