"""The pixels that a map is brought to: those of a slice, of a slice with blocks averaged, or the screen's own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.scaling import Orientation
from covidviewer.inference.results import Heatmap

#: Pixels from stripe to stripe of the hatching in a slice's pixels; logical pixels on the screen's.
HATCH = 6


@dataclass(frozen=True, slots=True)
class Raster:
    """A grid of pixels laid over a slice.

    Attributes
    ----------
    shape : rows, columns of the grid.
    axes : for the grid's rows and columns, which coordinate of the slice changes along them (0 row, 1 column).
    steps, starts : slice pixels from one pixel of the grid to the next, and the slice's coordinate at the middle of the
        first; centres at integers. A step is negative where the grid runs against the slice.
    hatch : grid pixels from stripe to stripe where a map is hatched.
    """

    shape: tuple[int, int]
    axes: tuple[int, int] = (0, 1)
    steps: tuple[float, float] = (1.0, 1.0)
    starts: tuple[float, float] = (0.0, 0.0)
    hatch: int = HATCH

    @classmethod
    def reduced(cls, rows: int, columns: int, reduction: int = 1) -> Raster:
        """Blocks of ``reduction`` x ``reduction`` slice pixels; those cut by the edge count whole."""
        middle = (reduction - 1) / 2
        shape = (-(-rows // reduction), -(-columns // reduction))
        return cls(shape, (0, 1), (float(reduction),) * 2, (middle, middle))

    @classmethod
    def on_screen(
        cls, rows: int, columns: int, orientation: Orientation, factor_x: float, factor_y: float, dpr: float = 1.0
    ) -> Raster:
        """The screen's pixels that a slice covers, as `covidviewer.imaging.scaling.Scaler` places them.

        factor_x, factor_y : device pixels a slice pixel, along the screen's axes. dpr : device pixels a logical pixel.
        """
        axes = (1, 0) if orientation.exchanged else (0, 1)
        shape, steps, starts = [], [], []
        for axis, factor, mirrored in zip(
            axes, (factor_y, factor_x), (orientation.mirrored_y, orientation.mirrored_x), strict=True
        ):
            size = (rows, columns)[axis]
            shape.append(max(round(size * factor), 1))
            steps.append(-1 / factor if mirrored else 1 / factor)
            starts.append(size - 0.5 - 0.5 / factor if mirrored else 0.5 / factor - 0.5)
        hatch = max(HATCH, 2 * round(HATCH * dpr / 2))
        return cls((shape[0], shape[1]), axes, (steps[0], steps[1]), (starts[0], starts[1]), hatch)

    def of(self, heat: Heatmap) -> Heatmap:
        """The same map, its ``to_slice`` telling pixels of this grid."""
        values, to_slice = heat.values, np.zeros((2, 3))
        if self.axes != (0, 1):
            values = values.T
        for axis, own in enumerate(self.axes):
            to_slice[axis, axis] = heat.to_slice[own, own] / self.steps[axis]
            to_slice[axis, 2] = (heat.to_slice[own, 2] - self.starts[axis]) / self.steps[axis]
        return replace(heat, values=values, to_slice=to_slice)

    def along(self, axis: int, first: int, count: int) -> NDArray[np.float64]:
        """The slice's coordinate ``axes[axis]`` at ``count`` pixels of the grid from ``first`` on."""
        return np.asarray(self.starts[axis] + self.steps[axis] * np.arange(first, first + count), np.float64)
