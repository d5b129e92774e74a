"""Occlusion: how far the probability falls when a square is covered (Zeiler and Fergus 2013, arXiv 1311.2901).

Squares overlap; a pixel's value is the mean over the squares that cover it. Needs no gradient.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from covidviewer.inference.explain.lime import Predict, Progress, _quiet


def explain(
    picture: NDArray[np.uint8],
    predict: Predict,
    *,
    square: int = 32,
    step: int = 16,
    fill: int | None = None,
    batch: int = 16,
    progress: Progress = _quiet,
) -> NDArray[np.float32]:
    """Fall of every class's probability, cell by cell.

    Parameters
    ----------
    picture
        (rows, columns) the network's own 8-bit input.
    predict
        The network, its preparation of grey included.
    square, step
        Edge of the square and distance of its places, in input pixels; ``step`` divides ``square``.
    fill
        Grey of the square; the picture's mean when None.
    batch, progress
        As for `covidviewer.inference.explain.lime.explain`.

    Returns
    -------
    ndarray of float32, shape (classes, h, w)
        On a grid of cells of ``step`` pixels (the last row and column may be cut); above 0: covering it costs
        probability, so it speaks for the class.

    Raises
    ------
    ValueError
        ``step`` does not divide ``square``.
    """
    if square % step:
        raise ValueError("the step must divide the square's edge")
    rows, columns = -(-picture.shape[0] // step), -(-picture.shape[1] // step)
    reach = square // step
    # From beyond the edge on, so that border cells are covered as often as inner ones.
    places = [(y, x) for y in range(1 - reach, rows) for x in range(1 - reach, columns)]
    grey = np.uint8(round(float(picture.mean())) if fill is None else fill)
    whole = predict(picture[None])[0].astype(np.float64)
    fall = np.zeros((len(whole), rows, columns))
    for start in range(0, len(places), batch):
        part = places[start : start + batch]
        covered = np.repeat(picture[None], len(part), axis=0)
        for n, (y, x) in enumerate(part):
            covered[n, max(y, 0) * step : (y + reach) * step, max(x, 0) * step : (x + reach) * step] = grey
        for (y, x), said in zip(part, predict(covered), strict=True):
            fall[:, max(y, 0) : y + reach, max(x, 0) : x + reach] += (whole - said)[:, None, None]
        progress(min(start + batch, len(places)), len(places))
    return (fall / reach**2).astype(np.float32)
