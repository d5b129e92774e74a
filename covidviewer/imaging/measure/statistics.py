"""Mean, SD, least, greatest and number of the values of a region."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of modality values (HU for CT).

    sd : of these values themselves (divided by n, not n - 1): the spread of the region, not an estimate for others.
    n : pixels that count. left_out : pixels of padding, or without a finite value, inside the region.
    """

    n: int
    mean: float
    sd: float
    minimum: float
    maximum: float
    left_out: int = 0


def statistics_of(
    values: NDArray[np.generic], mask: NDArray[np.bool_], padding: float | None = None
) -> Statistics | None:
    """Statistics of the pixels of a mask, None where no pixel counts.

    Parameters
    ----------
    values : (rows, columns), modality values. mask : bool of the same shape.
    padding : value that means "outside the field of view" (PS3.3 C.7.5.1.1.2); left out.
    """
    inside = np.asarray(values)[mask]
    counted = inside[np.isfinite(inside)] if inside.dtype.kind == "f" else inside
    if padding is not None:
        counted = counted[counted != padding]
    if not counted.size:
        return None
    numbers = counted.astype(np.float64)
    return Statistics(
        int(numbers.size),
        float(numbers.mean()),
        float(numbers.std()),
        float(numbers.min()),
        float(numbers.max()),
        int(inside.size - numbers.size),
    )
