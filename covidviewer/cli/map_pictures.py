"""A slice with its map as a PNG that explains itself: legend, network, and what it must not be used for. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.errors import FileError
from covidviewer.imaging import colormaps, display, voi
from covidviewer.imaging.volume import Volume
from covidviewer.inference import prepare
from covidviewer.inference.explain.settings import settings
from covidviewer.inference.methods import PERTURBATIONS
from covidviewer.inference.results import SliceReading

RESEARCH = "Research use only. Supports, does not replace, a reading."
#: Slices that score less get no map, and the picture says so (UX 7).
MAP_FROM_SCORE = 0.10
_MARGIN, _LINE, _BAR = 10, 20, 14
_INK, _FAINT, _GROUND = (235, 235, 235), (160, 160, 160), (18, 18, 20)


@dataclass(frozen=True, slots=True)
class MapStyle:
    """How the map lies over the slice; the defaults are those of the screen."""

    threshold: float = 0.35
    opacity: float = 0.55
    colormap: str = "inferno"
    signed_colormap: str = "red-blue"
    grid: str = "fine"


def draw(
    volume: Volume, index: int, reading: SliceReading, label: str, style: MapStyle | None = None
) -> NDArray[np.uint8]:
    """One slice with the map of one class, its legend and its origin.

    Parameters
    ----------
    volume, index
        The slice; CT is shown in the lung window.
    reading
        Its answer.
    label
        Class whose map is drawn.
    style
        Threshold, opacity, colours, grid.

    Returns
    -------
    ndarray of uint8, shape (rows, columns, 3)
        At least 512 pixels wide, in the true aspect of the pixels.
    """
    from PIL import Image, ImageDraw, ImageFont

    style = style or MapStyle()
    values = volume.slice(index)
    picture = _grey(values, volume)
    heat = reading.heatmap(label, style.grid)
    probability = float(reading.probabilities[reading.classes.index(label)])
    two_sided = reading.provenance.method in PERTURBATIONS
    shown = heat is not None and (two_sided or probability >= MAP_FROM_SCORE)
    if heat is not None and two_sided:
        levels = display.signed_levels(prepare.map_to_slice(heat, (values.shape[0], values.shape[1])))
        table = display.signed_colors(style.signed_colormap, style.threshold, style.opacity)
        picture = display.rgb(display.composed(_packed(picture), table[levels]))
    elif heat is not None and shown:
        levels = prepare.map_to_levels(heat, (values.shape[0], values.shape[1]))
        table = display.map_colors(style.colormap, style.threshold, style.opacity)
        picture = display.rgb(display.composed(_packed(picture), table[levels]))
    image = Image.fromarray(picture)
    aspect = _aspect(volume)
    factor = max(1.0, 512 / image.width)
    image = image.resize(
        (round(image.width * factor), round(image.height * factor * aspect)), Image.Resampling.BILINEAR
    )
    canvas = Image.new("RGB", (image.width, image.height + 2 * _MARGIN + 7 * _LINE), _GROUND)
    canvas.paste(image)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(13)
    y = image.height + _MARGIN
    p = reading.provenance
    point = "no operating point" if p.threshold is None else f"operating point {p.threshold:.2f} for {p.positive}"
    pen.text((_MARGIN, y), f"p({label}) = {probability:.2f}   {point}", _INK, font)
    pen.text((_MARGIN, y + _LINE), f"{p.weights}  sha256 {p.weights_sha256[:8]}  {p.device}", _FAINT, font)
    if heat is not None and shown:
        full = float(settings()[p.method]["full"]) if two_sided else None
        _legend(canvas, pen, font, y + 2 * _LINE + 4, style, full)
        cells = f"{heat.grid[0]} x {heat.grid[1]} cells"
        pen.text((_MARGIN, y + 4 * _LINE), f"{p.method} of {label}, {cells}{_cell_mm(heat, volume)}", _FAINT, font)
        text = "relative attention; the scale is fixed, the same for every image"
        if two_sided:
            colours = style.signed_colormap.split("-")
            text = f"change of probability; {colours[0]} for {label}, {colours[1]} against it; approximate"
        pen.text((_MARGIN, y + 5 * _LINE), text, _FAINT, font)
    else:
        text = f"no map: score {probability:.2f}" if heat is not None else "no map"
        pen.text((_MARGIN, y + 2 * _LINE), text, _INK, font)
    pen.text((_MARGIN, y + 6 * _LINE), RESEARCH, _INK, font)
    result: NDArray[np.uint8] = np.asarray(canvas)
    return result


def _grey(values: NDArray[np.generic], volume: Volume) -> NDArray[np.uint8]:
    if values.ndim == 3:
        return values.astype(np.uint8)
    if volume.units == "HU":
        window = voi.presets()["lung"]
    else:
        window = voi.auto_window(values, volume.padding)
    grey = voi.grey(values, window, inverted=volume.inverted)
    return np.repeat(grey[:, :, None], 3, axis=2)


def _packed(rgb: NDArray[np.uint8]) -> NDArray[np.uint32]:
    parts = rgb.astype(np.uint32)
    packed = np.uint32(0xFF000000) | parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2]
    return packed.astype(np.uint32, copy=False)


def _aspect(volume: Volume) -> float:
    row, column = volume.spacing_mm[1:]
    return row / column if np.isfinite(row) and np.isfinite(column) and row > 0 and column > 0 else 1.0


def _cell_mm(heat: Any, volume: Volume) -> str:
    mm = [abs(heat.to_slice[axis, axis]) * volume.spacing_mm[axis + 1] for axis in (0, 1)]
    return f", 1 cell = {mm[0]:.0f} x {mm[1]:.0f} mm" if np.isfinite(mm).all() else ""


def _legend(canvas: Any, pen: Any, font: Any, top: int, style: MapStyle, full: float | None) -> None:
    """The numbered bar: transparent below the threshold, then the colours as they lie over the image.

    full : what the ends of a two-sided scale mean; None for a scale from 0 to 1.
    """
    from PIL import Image

    left, width = _MARGIN, 256
    if full is not None:
        strip = colormaps.signed_table(style.signed_colormap)[None].repeat(_BAR, axis=0)
        inner = np.abs(np.arange(256) - 128) / 127 < style.threshold
        canvas.paste(Image.fromarray(np.where(inner[None, :, None], np.uint8(60), strip)), (left, top))
        for value, at in ((-full, 0), (0.0, 128), (full, 255)):
            pen.line([(left + at, top + _BAR), (left + at, top + _BAR + 3)], fill=_INK)
            pen.text(
                (left + at, top + _BAR + 3),
                f"{value:+g}" if value else "0",
                _INK,
                font,
                anchor="ma" if at == 128 else None,
            )
        return
    colors = colormaps.table(style.colormap)
    strip = np.full((_BAR, width, 3), 60, np.uint8)
    start = round(style.threshold * (width - 1))
    strip[:, start:] = colors[start:][None]
    canvas.paste(Image.fromarray(strip), (left, top))
    for value in (0.0, style.threshold, 1.0):
        x = left + round(value * (width - 1))
        pen.line([(x, top + _BAR), (x, top + _BAR + 3)], fill=_INK)
        pen.text((x, top + _BAR + 3), f"{value:g}", _INK, font, anchor="ma" if 0 < value < 1 else None)


def save(picture: NDArray[np.uint8], path: Path) -> None:
    """Write a PNG.

    Raises
    ------
    FileError
        The folder or the file cannot be written.
    """
    from PIL import Image

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path, "PNG")
    except (OSError, ValueError) as error:
        raise FileError(f"{path.name} could not be written.", path=path) from error
