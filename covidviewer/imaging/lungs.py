"""Lungs and body by their HU, fast and rough: for the input check and for cropping, not for measuring.

Everything works on a reduced slice (about 2 mm a pixel or 128 pixels a side): air that reaches the edge of the field
is outside the patient, air inside the body that is not as empty as bowel gas is lung.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Below this a (reduced) pixel is air or lung, above it is tissue.
TISSUE_HU = -400.0
#: Median HU of a region of lung lies in here; bowel gas and trachea lie below, fat above.
LUNG_HU = (-960.0, -450.0)
#: Least area of one lung region on a slice.
REGION_CM2 = 4.0
#: Least area of lung on a slice that counts as a slice with lung.
SLICE_CM2 = 12.0


@dataclass(frozen=True, slots=True)
class LungFinding:
    """Lung on one slice.

    area_cm2 : (left half of the picture, right half). share : lung by body area. mean_hu : NaN without lung.
    air_peak_hu : most frequent value of the air outside the body, NaN where the field holds none.
    mask : (rows, columns) bool on the reduced grid. step : slice pixels in one reduced pixel, (rows, columns).
    """

    area_cm2: tuple[float, float]
    share: float
    mean_hu: float
    air_peak_hu: float
    mask: NDArray[np.bool_]
    step: tuple[int, int]

    @property
    def found(self) -> bool:
        """Enough lung to speak of a lung slice."""
        return sum(self.area_cm2) >= SLICE_CM2

    @property
    def both_sides(self) -> bool:
        return min(self.area_cm2) >= REGION_CM2


def reduce(values: NDArray[np.generic], most: int = 160) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """Mean over blocks so that no side is longer than ``most``; (rows, columns) float32 and the block's size."""
    step_r = max(1, -(-values.shape[0] // most))
    step_c = max(1, -(-values.shape[1] // most))
    rows, columns = values.shape[0] // step_r * step_r, values.shape[1] // step_c * step_c
    cut = values[:rows, :columns]
    blocks = cut.reshape(rows // step_r, step_r, columns // step_c, step_c)
    return blocks.mean(axis=(1, 3), dtype=np.float32), (step_r, step_c)


def body_mask(hu: NDArray[np.float32], *, cut_table: bool = False) -> NDArray[np.bool_]:
    """The largest piece of tissue with what it encloses; (rows, columns) bool, all False without tissue.

    ``cut_table`` takes thin bridges away first. That drops a table that touches, but may also open a thin chest wall
    and so lose a lung: right for a box round the body, wrong for lungs.
    """
    from scipy import ndimage

    tissue = hu > TISSUE_HU
    if cut_table:
        tissue = ndimage.binary_opening(tissue, iterations=2)
    labels, count = ndimage.label(tissue)
    if count == 0:
        return np.zeros(hu.shape, bool)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    filled: NDArray[np.bool_] = ndimage.binary_fill_holes(labels == sizes.argmax())
    return filled


def find_lungs(
    values: NDArray[np.generic], spacing_mm: tuple[float, float] = (float("nan"), float("nan"))
) -> LungFinding:
    """Lung on one slice in HU.

    Parameters
    ----------
    values
        (rows, columns) HU; what lies below -1024 counts as air outside.
    spacing_mm
        (between rows, between columns); NaN is taken as 0.75 mm.

    Returns
    -------
    LungFinding
    """
    from scipy import ndimage

    hu, step = reduce(values)
    np.maximum(hu, -1024.0, out=hu)
    mm = [s if np.isfinite(s) and s > 0 else 0.75 for s in spacing_mm]
    cell_cm2 = mm[0] * step[0] * mm[1] * step[1] / 100.0
    body = body_mask(hu)
    peak = _air_peak(values, body, step)
    labels, count = ndimage.label(body & (hu < TISSUE_HU))
    mask = np.zeros(hu.shape, bool)
    if count:
        index = np.arange(1, count + 1)
        area = np.bincount(labels.ravel(), minlength=count + 1)[1:] * cell_cm2
        # The median and not the mean: the rim of a loop of gas is half wall, and would make it look like lung.
        large = area >= REGION_CM2
        middle_hu = np.full(count, np.nan)
        middle_hu[large] = ndimage.median(hu, labels, index[large])
        keep = large & (middle_hu > LUNG_HU[0]) & (middle_hu < LUNG_HU[1])
        mask = np.concatenate(([False], keep))[labels]
    columns = np.flatnonzero(body.any(axis=0))
    middle = int(columns.mean()) if columns.size else hu.shape[1] // 2
    halves = (float(mask[:, :middle].sum()) * cell_cm2, float(mask[:, middle:].sum()) * cell_cm2)
    share = float(mask.sum()) / max(1.0, float(body.sum()))
    mean_hu = float(hu[mask].mean()) if mask.any() else float("nan")
    return LungFinding(halves, share, mean_hu, peak, mask, step)


def lung_region(lungs: LungFinding) -> NDArray[np.bool_]:
    """Where a finding would be inside the lungs, on the reduced grid: dense parts and the rim belong to it."""
    from scipy import ndimage

    closed = ndimage.binary_closing(np.pad(lungs.mask, 6), iterations=5)[6:-6, 6:-6]
    region: NDArray[np.bool_] = ndimage.binary_dilation(ndimage.binary_fill_holes(closed))
    return region


def _air_peak(values: NDArray[np.generic], body: NDArray[np.bool_], step: tuple[int, int]) -> float:
    """Most frequent value of -1020..-800 HU outside the body: scanners clip, so whole reduced pixels are no use."""
    samples = values[:: step[0], :: step[1]][: body.shape[0], : body.shape[1]]
    outside = samples[~body].astype(np.float32)
    outside = outside[(outside > -1300) & (outside < -500)]
    if outside.size < 50:
        return float("nan")
    counts, edges = np.histogram(outside, bins=80, range=(-1300, -500))
    peak = int(counts.argmax())
    return float(edges[peak] + edges[peak + 1]) / 2


def body_box(values: NDArray[np.generic], margin: float = 0.02) -> tuple[float, float, float, float] | None:
    """Rectangle round the body on a slice in HU, in edge coordinates (top, left, bottom, right).

    Parameters
    ----------
    values
        (rows, columns) HU.
    margin
        Added on each side, as a share of the rectangle.

    Returns
    -------
    tuple of float, or None
        None where no body of at least 5 % of the slice is found; then nothing may be cut away.
    """
    hu, step = reduce(values)
    body = body_mask(hu, cut_table=True)
    if body.sum() < 0.05 * body.size:
        return None
    rows, columns = np.flatnonzero(body.any(axis=1)), np.flatnonzero(body.any(axis=0))
    top, bottom = rows[0] * step[0], (rows[-1] + 1) * step[0]
    left, right = columns[0] * step[1], (columns[-1] + 1) * step[1]
    more_r, more_c = margin * (bottom - top), margin * (right - left)
    return (
        float(max(0.0, top - more_r)),
        float(max(0.0, left - more_c)),
        float(min(values.shape[0], bottom + more_r)),
        float(min(values.shape[1], right + more_c)),
    )
