"""Slice to network input, and exactly its inverse. No torch.

Coordinates: pixel centres at integers, (row, column), origin in the middle of the first pixel of the slice. "Edge"
coordinates are half a pixel larger: the first pixel reaches from 0 to 1.

Steps (NETWORKS 9): HU through the weights' own window to 8-bit grey, as their training pictures were; the region that
the manifest names is brought to the network's size with an antialiasing bilinear filter; grey is repeated, mean and
deviation are taken off. Whatever the region, the way back is one diagonal affine, kept with each answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.opencv import opencv
from covidviewer.inference.manifest import InputSpec
from covidviewer.inference.results import Heatmap

#: Part of every request's key: another version means other inputs, so no old answer may stand for a new one.
PREPARATION = "1"

#: HU that stands for "nothing measured here": padding, and values below air.
OUTSIDE_HU = -1024.0
#: What is left round the lungs of a film, by the size of their box.
LUNG_MARGIN = 0.05


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a part of a slice lies in the network's input.

    shape : (rows, columns) of the slice. size : (rows, columns) of the input.
    box : (top, left, bottom, right) of the part, in the slice's edge coordinates.
    region : the same of where it lies in the input; what is outside is black.
    beside : of a second look at the slice, to the right of this one in the input; its box lies in this one's.
    """

    shape: tuple[int, int]
    size: tuple[int, int]
    box: tuple[float, float, float, float]
    region: tuple[int, int, int, int]
    beside: Placement | None = None

    def unfolded(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """A map over the whole input, (..., h, w), as one over the first look: that of the second look is added.

        A cell of the second look is shared among the cells of the first that it lies under, so sums are kept. With one
        look the map is given back.
        """
        if self.beside is None:
            return values
        first, second = np.split(values, 2, axis=-1)
        shares = [
            _overlaps(
                self.to_slice(first.shape[-2:]), self.beside.to_slice(first.shape[-2:]), axis, first.shape[axis - 2]
            )
            for axis in (0, 1)
        ]
        laid: NDArray[np.floating] = first + shares[0].astype(values.dtype) @ second @ shares[1].T.astype(values.dtype)
        return laid

    def to_slice(self, grid: tuple[int, int]) -> NDArray[np.float64]:
        """Affine of a grid that covers the input: cell centre (row, column, 1) -> slice pixel (row, column).

        Parameters
        ----------
        grid
            Rows and columns of the network's map.

        Returns
        -------
        ndarray of float64, shape (2, 3)
        """
        affine = np.zeros((2, 3))
        for axis in (0, 1):
            low, high = self.box[axis], self.box[axis + 2]
            start, end = self.region[axis], self.region[axis + 2]
            per_input = (high - low) / (end - start)  # slice pixels in one input pixel
            cell = self.size[axis] / grid[axis]  # input pixels in one cell
            affine[axis, axis] = cell * per_input
            affine[axis, 2] = low + (0.5 * cell - start) * per_input - 0.5
        return affine


def _overlaps(onto: NDArray[np.float64], of: NDArray[np.float64], axis: int, cells: int) -> NDArray[np.float64]:
    """Share of each cell of one grid that lies under each cell of another, along one axis: cells x cells.

    A cell that reaches beyond the other grid gives what lies outside to the nearest cell.
    """
    edges = onto[axis, axis] * (np.arange(cells + 1) - 0.5) + onto[axis, 2]
    edges[0], edges[-1] = -np.inf, np.inf
    low = of[axis, axis] * (np.arange(cells) - 0.5) + of[axis, 2]
    high = low + of[axis, axis]
    common = np.minimum(edges[1:, None], high[None]) - np.maximum(edges[:-1, None], low[None])
    result: NDArray[np.float64] = np.maximum(common, 0.0) / of[axis, axis]
    return result


def mirrored(picture: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
    """An input with left and right changed, each look by itself."""
    looks = np.split(picture, spec.looks, axis=1)
    return np.concatenate([look[:, ::-1] for look in looks], axis=1)


def grey(
    values: NDArray[np.generic],
    spec: InputSpec,
    *,
    units: str = "HU",
    inverted: bool = False,
    padding: float | None = None,
) -> NDArray[np.uint8]:
    """Values of a slice to the grey that the network was trained on.

    Parameters
    ----------
    values
        (rows, columns) modality values, or (rows, columns, 3) uint8 colour.
    spec
        Window of the weights; used for HU alone.
    units
        "HU": the window applies. Else 8-bit grey is taken as it is, wider grey between its 0.5 and 99.5 percentiles.
    inverted
        MONOCHROME1: grey is turned round, but for HU, which say by themselves what is dark.
    padding
        Value outside the field of view, or None.

    Returns
    -------
    ndarray of uint8, shape (rows, columns)
    """
    if values.ndim == 3:
        from PIL import Image

        picture: NDArray[np.uint8] = np.asarray(Image.fromarray(values.astype(np.uint8)).convert("L"))
        return picture
    if units == "HU":
        if values.dtype == np.int16:
            table = _window_table(spec.window_center, spec.window_width, padding)
            shown: NDArray[np.uint8] = np.take(table, values.view(np.uint16))
            return shown
        data = values.astype(np.float32)
        if padding is not None:
            data[data == np.float32(padding)] = OUTSIDE_HU
        return _windowed(data, spec.window_center, spec.window_width)
    data = values.astype(np.float32)
    valid = data[data != np.float32(padding)] if padding is not None else data
    low, high = 0.0, 255.0
    if valid.size and (valid.min() < 0 or valid.max() > 255):
        low, high = (float(v) for v in np.percentile(valid, (0.5, 99.5)))
    result: NDArray[np.uint8] = np.clip((data - low) * (255.0 / max(high - low, 1e-6)), 0, 255).round().astype(np.uint8)
    if inverted:
        result = 255 - result
    if padding is not None:
        result[data == np.float32(padding)] = 0
    return result


def _windowed(hu: NDArray[np.float32], center: float, width: float) -> NDArray[np.uint8]:
    share = (np.maximum(hu, OUTSIDE_HU) - (center - width / 2)) / width
    result: NDArray[np.uint8] = np.clip(share * 255.0, 0, 255).round().astype(np.uint8)
    return result


@lru_cache(maxsize=8)
def _window_table(center: float, width: float, padding: float | None) -> NDArray[np.uint8]:
    # Indexed by the bits of an int16: 0..32767, then -32768..-1.
    hu = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.float32)
    if padding is not None:
        hu[hu == np.float32(padding)] = OUTSIDE_HU
    return _windowed(hu, center, width)


def place(
    shape: tuple[int, int],
    spec: InputSpec,
    *,
    box: tuple[float, float, float, float] | None = None,
    aspect: float = 1.0,
) -> Placement:
    """Which part of a slice goes where in the input.

    Parameters
    ----------
    shape
        Rows and columns of the slice.
    spec
        Size and resize rule.
    box
        Part to cut out, in edge coordinates (top, left, bottom, right); the whole slice when None.
    aspect
        Height of a pixel by its width (row spacing by column spacing); "squeeze" does not look at it.
    """
    rows, columns = spec.size
    top, left, bottom, right = box or (0.0, 0.0, float(shape[0]), float(shape[1]))
    if spec.resize == "squeeze":
        return Placement(shape, spec.size, (top, left, bottom, right), (0, 0, rows, columns))
    height, width = (bottom - top) * aspect, right - left  # in widths of a pixel
    if spec.resize == "pad":
        factor = min(rows / height, columns / width)
        h, w = max(1, round(height * factor)), max(1, round(width * factor))
        t, x = (rows - h) // 2, (columns - w) // 2
        return Placement(shape, spec.size, (top, left, bottom, right), (t, x, t + h, x + w))
    factor = max(rows / height, columns / width)  # "crop": the middle that fills the input
    cut_rows, cut_columns = (height - rows / factor) / aspect / 2, (width - columns / factor) / 2
    # One of the two is 0 but for rounding, which must not reach beyond the box.
    cut_rows, cut_columns = max(0.0, cut_rows), max(0.0, cut_columns)
    cropped = (top + cut_rows, left + cut_columns, bottom - cut_rows, right - cut_columns)
    return Placement(shape, spec.size, cropped, (0, 0, rows, columns))


def render(picture: NDArray[np.uint8], placement: Placement) -> NDArray[np.uint8]:
    """Grey slice to the network's size (bilinear, antialiased), black outside the region.

    The filter is the one that the training pictures went through (Pillow's), so that one slice gives one input. A
    second look lies to the right.
    """
    if placement.beside is not None:
        looks = replace(placement, beside=None), placement.beside
        return np.concatenate([render(picture, look) for look in looks], axis=1)
    from PIL import Image

    top, left, bottom, right = placement.box
    t, x, b, r = placement.region
    image = Image.fromarray(np.ascontiguousarray(picture))
    small = np.asarray(image.resize((r - x, b - t), Image.Resampling.BILINEAR, box=(left, top, right, bottom)))
    if small.shape == placement.size:
        return small
    result = np.zeros(placement.size, np.uint8)
    result[t:b, x:r] = small
    return result


def batch(pictures: Sequence[NDArray[np.uint8]] | NDArray[np.uint8], spec: InputSpec) -> NDArray[np.float32]:
    """8-bit inputs to what the network takes.

    Parameters
    ----------
    pictures
        N arrays of the network's input.
    spec
        Channels, mean, deviation.

    Returns
    -------
    ndarray of float32, shape (N, channels, rows, columns)
    """
    stack = pictures if isinstance(pictures, np.ndarray) else np.stack(pictures)
    result = np.empty((len(stack), spec.channels, *stack.shape[1:]), np.float32)
    if spec.normalise == "image":
        data = stack.astype(np.float32)
        mean = data.mean(axis=(1, 2), keepdims=True)
        deviation = np.maximum(data.std(axis=(1, 2), keepdims=True), 1.0)
        result[:] = ((data - mean) / deviation)[:, None]
        return result
    levels = np.arange(256, dtype=np.float32) / np.float32(255)
    cv2 = opencv()
    for channel in range(spec.channels):
        table = (levels - np.float32(spec.mean[channel])) / np.float32(spec.std[channel])
        if cv2 is None:
            np.take(table, stack, out=result[:, channel])
            continue
        for picture, filled in zip(stack, result[:, channel], strict=True):
            cv2.LUT(picture, table, filled)
    return result


def forward(
    values: NDArray[np.generic],
    spec: InputSpec,
    *,
    units: str = "HU",
    inverted: bool = False,
    padding: float | None = None,
    aspect: float = 1.0,
) -> tuple[NDArray[np.uint8], Placement]:
    """One slice to the network's 8-bit input and where it came from.

    Parameters
    ----------
    values, units, inverted, padding
        As for `grey`.
    spec
        The manifest's input; ``crop = "body"`` cuts to the body where there are HU, ``crop = "lungs"`` to the lungs of
        a film (the whole where none are found), ``crop = "body+lungs"`` gives the body and, beside it, the lungs of a
        CT slice (the body again where none are found).
    aspect
        Row spacing by column spacing, 1 where unknown.

    Returns
    -------
    tuple of (ndarray of uint8, shape ``spec.shape``), Placement
    """
    box = None
    if spec.crop in ("body", "body+lungs") and units == "HU" and values.ndim == 2:
        from covidviewer.imaging.lungs import body_box

        box = body_box(values)
    picture = grey(values, spec, units=units, inverted=inverted, padding=padding)
    if spec.crop == "lungs":
        box = lung_box(picture)
    placement = place((values.shape[0], values.shape[1]), spec, box=box, aspect=aspect)
    if spec.looks == 2:
        closer = _lungs_within(picture, placement.box)
        placement = replace(placement, beside=place(placement.shape, spec, box=closer, aspect=aspect))
    if spec.percentiles:
        picture = stretched(picture, placement.box, spec.percentiles)
    return render(picture, placement), placement


def _lungs_within(
    picture: NDArray[np.uint8], box: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """The lungs of a CT slice inside a part of it; that part where none are found. Edge coordinates."""
    from covidviewer.imaging.grey_lungs import grey_lung_box

    top, left, bottom, right = (round(edge) for edge in box)
    found = grey_lung_box(picture[top:bottom, left:right])
    if found is None:
        return box
    return (
        max(box[0], float(top + found[0])), max(box[1], float(left + found[1])),
        min(box[2], float(top + found[2])), min(box[3], float(left + found[3])),
    )  # fmt: skip


def lung_box(picture: NDArray[np.uint8]) -> tuple[float, float, float, float] | None:
    """The lungs of a film with a margin, in edge coordinates; None where none are found."""
    from covidviewer.imaging.film_lungs import find_film_lungs

    found = find_film_lungs(picture).box
    if found is None:
        return None
    top, left, bottom, right = found
    down, across = LUNG_MARGIN * (bottom - top), LUNG_MARGIN * (right - left)
    rows, columns = picture.shape
    return max(0.0, top - down), max(0.0, left - across), min(rows, bottom + down), min(columns, right + across)


def stretched(
    picture: NDArray[np.uint8], box: tuple[float, float, float, float], percentiles: tuple[float, ...]
) -> NDArray[np.uint8]:
    """Grey such that two percentiles of a part become black and white: films come with any contrast.

    Parameters
    ----------
    picture
        (rows, columns) uint8.
    box
        The part, in edge coordinates.
    percentiles
        Lower and upper, 0 to 100.
    """
    top, left, bottom, right = box
    part = picture[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))]
    low, high = (float(v) for v in np.percentile(part, percentiles))
    levels = (np.arange(256, dtype=np.float32) - np.float32(low)) * np.float32(255 / max(high - low, 1.0))
    table = np.clip(levels, 0, 255).round().astype(np.uint8)
    result: NDArray[np.uint8] = table[picture]
    return result


def map_to_slice(heat: Heatmap, shape: tuple[int, int], outside: float = 0.0) -> NDArray[np.float32]:
    """A map brought to the slice's pixels, bilinear between cell centres.

    Parameters
    ----------
    heat
        Values on the network's grid with the affine back to the slice.
    shape
        Rows and columns of the slice.
    outside
        Value of pixels that the network did not see (cut away before it).

    Returns
    -------
    ndarray of float32, shape ``shape``
    """
    down, across = _steps(heat, shape)
    result = _spread(heat.values.astype(np.float32, copy=False), down, across)
    if outside != 0.0:
        result[~down.seen, :] = outside
        result[:, ~across.seen] = outside
    return result


def map_to_levels(heat: Heatmap, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """The same for the screen: 0..1 to 0..255, below and above cut off.

    Returns
    -------
    ndarray of uint8, shape ``shape``
        255 is what the manifest calls 1.0; 0 also where the network did not look.
    """
    # Cells are clipped first, so that what lies between them stays in 0..255; the half makes truncation round.
    scaled = np.clip(heat.values, 0.0, 1.0).astype(np.float32) * np.float32(255)
    spread = _spread(scaled, *_steps(heat, shape))
    spread += np.float32(0.5)
    return spread.astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """Interpolation along one axis: two cells and two shares a pixel; shares are 0 where the network did not look."""

    low: NDArray[np.intp]
    high: NDArray[np.intp]
    share_low: NDArray[np.float32]
    share_high: NDArray[np.float32]
    seen: NDArray[np.bool_]


def _spread(values: NDArray[np.float32], down: _Steps, across: _Steps) -> NDArray[np.float32]:
    # Taking rows and columns, and no product of matrices: its threads wait for each other on a busy machine.
    wide = values[:, across.low] * across.share_low
    wide += values[:, across.high] * across.share_high
    result = np.take(wide, down.low, axis=0)
    result *= down.share_low[:, None]
    other = np.take(wide, down.high, axis=0)
    other *= down.share_high[:, None]
    result += other
    return result


def _steps(heat: Heatmap, shape: tuple[int, int]) -> tuple[_Steps, _Steps]:
    affine = heat.to_slice
    if affine[0, 1] != 0 or affine[1, 0] != 0:
        raise ValueError("the affine of a map must not turn it")
    rows, columns = heat.values.shape
    return (
        _axis_steps(float(affine[0, 0]), float(affine[0, 2]), rows, shape[0]),
        _axis_steps(float(affine[1, 1]), float(affine[1, 2]), columns, shape[1]),
    )


@lru_cache(maxsize=64)
def _axis_steps(step: float, start: float, cells: int, pixels: int) -> _Steps:
    at = (np.arange(pixels) - start) / step  # pixel centre -> cell coordinate
    seen = (at >= -0.5 - 1e-9) & (at <= cells - 0.5 + 1e-9)
    clamped = np.clip(at, 0, cells - 1)
    low = np.minimum(clamped.astype(np.intp), max(cells - 2, 0))
    high = np.minimum(low + 1, cells - 1)
    share = clamped - low
    return _Steps(low, high, ((1 - share) * seen).astype(np.float32), (share * seen).astype(np.float32), seen)
