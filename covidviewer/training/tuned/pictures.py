"""Looks at labelled pictures and at pictures with outlines of lesions, and random views of them. No torch."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from covidviewer.inference import prepare
from covidviewer.inference.manifest import InputSpec
from covidviewer.training.data import DataError, Example
from covidviewer.training.gradient.settings import ViewSettings
from covidviewer.training.gradient.views import affine_of, made_otherwise

__all__ = ["Outlined", "joint_view", "looks_of", "read_outlined", "read_outlined_films", "shares"]

Grey = NDArray[np.uint8]

#: Values of a mask that are lesion: ground glass and consolidation (a film's mask has the first alone).
LESION = (1, 2)


@dataclass(frozen=True)
class Outlined:
    """Pictures with outlines: looks and their masks (0 or 255), both N x looks x H x W, and the label of each."""

    looks: Grey
    masks: Grey
    labels: tuple[str, ...] = ()


def _apart(inputs: Sequence[Grey], looks: int) -> Grey:
    """Inputs with looks side by side to N x looks x H x W."""
    stack = np.stack(inputs)
    count, rows, columns = stack.shape
    return np.ascontiguousarray(stack.reshape(count, rows, looks, columns // looks).transpose(0, 2, 1, 3))


def looks_of(examples: Sequence[Example], spec: InputSpec, side: int) -> Grey:
    """What the network is given of each picture, at another resolution: N x looks x side x side."""
    spec = replace(spec, size=(side, side))
    return _apart([prepare.forward(e.picture, spec, units="grey")[0] for e in examples], spec.looks)


def read_outlined(folder: Path, splits: Sequence[str], spec: InputSpec, side: int) -> Outlined:
    """Slices of a set whose ``notes`` name a mask (``mask=...``), placed as the network's input is.

    Raises
    ------
    DataError
        The folder holds no such slice.
    """
    rows = _rows(folder, splits)
    notes = [dict(part.strip().split("=", 1) for part in row["notes"].split(";") if "=" in part) for row in rows]
    found = [(row, folder / note["mask"]) for row, note in zip(rows, notes, strict=True) if "mask" in note]
    return _outlined(folder, splits, found, spec, side)


def read_outlined_films(folder: Path, splits: Sequence[str], spec: InputSpec, side: int) -> Outlined:
    """Films of a set whose lesions were outlined (``lesion/STEM.png``), placed as the network's input is.

    Raises
    ------
    DataError
        The folder holds no such film.
    """
    rows = [(row, folder / "lesion" / (Path(row["file"]).stem + ".png")) for row in _rows(folder, splits)]
    return _outlined(folder, splits, [(row, mask) for row, mask in rows if mask.is_file()], spec, side)


def _rows(folder: Path, splits: Sequence[str]) -> list[dict[str, str]]:
    path = folder / "labels.csv"
    if not path.is_file():
        raise DataError(f"no labels.csv in {folder}, which should hold pictures with outlines")
    with path.open(newline="", encoding="utf-8") as handle:
        return [row for row in csv.DictReader(handle) if row["split"] in splits]


def _outlined(
    folder: Path, splits: Sequence[str], found: Sequence[tuple[dict[str, str], Path]], spec: InputSpec, side: int
) -> Outlined:
    spec = replace(spec, size=(side, side))
    inputs, masks = [], []
    for row, drawn in found:
        with Image.open(folder / row["file"]) as image:
            picture = np.asarray(image.convert("L"), np.uint8)
        with Image.open(drawn) as image:
            mask = np.where(np.isin(np.asarray(image), LESION), 255, 0).astype(np.uint8)
        if mask.shape != picture.shape:
            raise DataError(f"{row['file']} and its mask are of different sizes")
        shown, placement = prepare.forward(picture, spec, units="grey")
        inputs.append(shown)
        masks.append(prepare.render(mask, placement))
    if not inputs:
        raise DataError(f"{folder} holds no picture with outlines of the splits {', '.join(splits)}")
    return Outlined(_apart(inputs, spec.looks), _apart(masks, spec.looks), tuple(row["label"] for row, _ in found))


def joint_view(parts: Sequence[Grey], size: int, rng: np.random.Generator, settings: ViewSettings) -> list[Grey]:
    """One random view of squares that belong together (a picture and its mask).

    The geometry is the same for all; the first alone is made otherwise (resolution, JPEG, levels, noise).

    Parameters
    ----------
    parts
        Squares of one size, grey, the picture first.
    size
        Side of the view.
    """
    data = tuple(affine_of(parts[0].shape[0], size, rng, settings).ravel())
    first, *others = (
        np.asarray(
            Image.fromarray(part).transform((size, size), Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)
        )
        for part in parts
    )
    # By a generator of its own: what is drawn after this does not depend on what is switched on here.
    return [made_otherwise(first, rng.spawn(1)[0], settings), *others]


def with_twins(
    views: list[Grey], twins: int, rng: np.random.Generator, settings: ViewSettings
) -> tuple[list[Grey], NDArray[np.int64]]:
    """Views, and behind them some of them once more, made otherwise (all of these, whatever ``settings.otherwise``).

    Parameters
    ----------
    views
        As they are.
    twins
        How many of them get a twin.

    Returns
    -------
    list, NDArray of int64
        Views and twins, and of which view each is: 0, 1, ..., then the places of those with a twin.
    """
    some = rng.permutation(len(views))[:twins]
    changed = replace(settings, otherwise=1.0)
    made = [made_otherwise(views[i], rng.spawn(1)[0], changed) for i in some]
    return [*views, *made], np.concatenate([np.arange(len(views)), some])


def shares(masks: Grey, cell: int) -> NDArray[np.float32]:
    """Share of each cell that lies within an outline: N x H x W (0 or 255) to N x H/cell x W/cell, 0..1."""
    count, rows, columns = masks.shape
    blocks = masks.reshape(count, rows // cell, cell, columns // cell, cell)
    return np.asarray(blocks.mean(axis=(2, 4), dtype=np.float32) / np.float32(255))
