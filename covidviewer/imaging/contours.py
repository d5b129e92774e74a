"""Lines of equal value on a grid (marching squares), as polylines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_TOP, _RIGHT, _BOTTOM, _LEFT = 0, 1, 2, 3

# For each pattern of corners at or above the level (1 top left, 2 top right, 4 bottom right, 8 bottom left): edges
# that a line enters and leaves by, high values on its left. The two saddles are decided by the cell's mean.
_LINES: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((_LEFT, _TOP),), 2: ((_TOP, _RIGHT),), 3: ((_LEFT, _RIGHT),), 4: ((_RIGHT, _BOTTOM),),
    6: ((_TOP, _BOTTOM),), 7: ((_LEFT, _BOTTOM),), 8: ((_BOTTOM, _LEFT),), 9: ((_BOTTOM, _TOP),),
    11: ((_BOTTOM, _RIGHT),), 12: ((_RIGHT, _LEFT),), 13: ((_RIGHT, _TOP),), 14: ((_TOP, _LEFT),),
}  # fmt: skip
_SADDLES: dict[int, tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]] = {
    5: (((_LEFT, _TOP), (_RIGHT, _BOTTOM)), ((_RIGHT, _TOP), (_LEFT, _BOTTOM))),  # mean below, mean above
    10: (((_TOP, _RIGHT), (_BOTTOM, _LEFT)), ((_TOP, _LEFT), (_BOTTOM, _RIGHT))),
}


def contours(
    values: NDArray[np.floating], level: float, to_slice: NDArray[np.float64] | None = None
) -> list[NDArray[np.float64]]:
    """Lines along which the values, taken as linear between neighbours, pass a level.

    Parameters
    ----------
    values : (h, w), at least 2 x 2 (else there is no line); no number counts as below.
    level : the value that the lines follow.
    to_slice : (2, 3), grid (row, column, 1) -> slice pixel; None leaves grid coordinates.

    Returns
    -------
    Polylines (n, 2) float64, row and column. A closed one repeats its first point; one that leaves the grid is open.
    """
    grid = np.asarray(values, np.float64)
    if grid.ndim != 2 or min(grid.shape) < 2:
        return []
    if np.isnan(grid).any():
        grid = np.where(np.isnan(grid), np.nanmin(grid, initial=level) - 1.0, grid)
    follow = _segments(grid, level)
    lines = [_points(grid, level, np.array(chain)) for chain in _chains(follow)]
    if to_slice is not None:
        lines = [line @ to_slice[:, :2].T + to_slice[:, 2] for line in lines]
    return lines


def _segments(grid: NDArray[np.float64], level: float) -> dict[int, int]:
    """Edge -> next edge of the line that crosses it. Edges: top of pixel p is 2 p, left of pixel p is 2 p + 1."""
    high = grid >= level
    pattern = high[:-1, :-1] * 1 + high[:-1, 1:] * 2 + high[1:, 1:] * 4 + high[1:, :-1] * 8
    mean = (grid[:-1, :-1] + grid[:-1, 1:] + grid[1:, 1:] + grid[1:, :-1]) / 4
    width = grid.shape[1]
    pixel = np.arange(grid.size).reshape(grid.shape)[:-1, :-1]
    edge = (2 * pixel, 2 * (pixel + 1) + 1, 2 * (pixel + width), 2 * pixel + 1)
    follow: dict[int, int] = {}

    def add(where: NDArray[np.bool_], lines: tuple[tuple[int, int], ...]) -> None:
        for enter, leave in lines:
            follow.update(zip(edge[enter][where].tolist(), edge[leave][where].tolist(), strict=True))

    for code in np.unique(pattern).tolist():
        where = pattern == code
        if code in _LINES:
            add(where, _LINES[code])
        elif code in _SADDLES:
            add(where & (mean < level), _SADDLES[code][0])
            add(where & (mean >= level), _SADDLES[code][1])
    return follow


def _chains(follow: dict[int, int]) -> list[list[int]]:
    chains: list[list[int]] = []
    # Open lines begin where no other segment ends; what is left over is closed.
    for start in [*(follow.keys() - set(follow.values())), *follow]:
        if start not in follow:
            continue
        chain = [start]
        while chain[-1] in follow:
            chain.append(follow.pop(chain[-1]))
        chains.append(chain)
    return chains


def _points(grid: NDArray[np.float64], level: float, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    pixel, down = edges // 2, edges % 2
    row, column = np.divmod(pixel, grid.shape[1])
    first, second = grid[row, column], grid[row + down, column + 1 - down]
    share = (level - first) / np.where(second == first, 1.0, second - first)
    return np.stack([row + share * down, column + share * (1 - down)], axis=1)
