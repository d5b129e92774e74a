"""Values of a stack with their place in space: one allocation, slices filled in any order."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(eq=False)
class Volume:
    """Modality values of a stack.

    Attributes
    ----------
    values : (slices, rows, columns) int16 where rescale is whole-numbered and fits, else float32;
        (slices, rows, columns, 3) uint8 for colour. Modality units (HU for CT). Each slice is written once.
    affine : (4, 4) float64, voxel index (slice, row, column, 1) -> patient LPS mm (voxel centres).
    spacing_mm : (slice, row, column), NaN where unknown.
    units : "HU", another rescale type, or "" where values mean nothing absolute.
    padding : value that marks "outside the field of view" in ``values``, or None.
    inverted : True for MONOCHROME1: values are as stored; the display turns grey round, once.
    filled : (slices,) bool, True once a slice holds its values.
    failed : index -> one sentence, for slices that cannot be decoded.
    """

    values: NDArray[np.generic]
    affine: NDArray[np.float64]
    spacing_mm: tuple[float, float, float]
    units: str = ""
    padding: float | None = None
    inverted: bool = False
    filled: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    failed: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.filled.shape != (len(self.values),):
            self.filled = np.zeros(len(self.values), bool)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values.shape

    @property
    def complete(self) -> bool:
        """True when no slice is still to come (failed ones count as done)."""
        return bool(self.filled.sum() + len(self.failed) >= len(self))

    def slice(self, index: int) -> NDArray[np.generic]:
        """View (no copy) of one slice: (rows, columns) or (rows, columns, 3)."""
        view: NDArray[np.generic] = self.values[index]
        return view
