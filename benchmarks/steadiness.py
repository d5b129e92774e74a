"""How far changes that mean nothing to a reader move the score of real DICOM slices.

For every CT network, each second slice of the middle three fifths of every series in
``shared/data/dicom/real_chest_ct``: as it is, and made otherwise in HU (softer and sharper kernel, noise, offset, half
the matrix, JPEG of the lung window). Printed: mean and largest change of the probability of covid, and slices that
change sides of the operating point. The slices have no labels here; the first row says where their scores lie.

    python -m benchmarks.steadiness [NETWORK ...]
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

import covidviewer as cv
from covidviewer.inference import prepare, registry
from covidviewer.inference.pipeline import softmax
from covidviewer.training.evaluation.scoring import Scorer, open_scorer

Slice = NDArray[np.float32]


def _soft(hu: Slice) -> Slice:
    return np.asarray(ndimage.gaussian_filter(hu, 1.0), np.float32)


def _sharp(hu: Slice) -> Slice:
    return hu + (hu - _soft(hu))


def _noisy(hu: Slice) -> Slice:
    return hu + np.random.default_rng(0).normal(0, 30, hu.shape).astype(np.float32)


def _half_matrix(hu: Slice) -> Slice:
    rows, columns = (n // 2 * 2 for n in hu.shape)
    return np.asarray(hu[:rows, :columns].reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3)), np.float32)


def _jpeg(quality: int) -> Callable[[Slice], Slice]:
    def change(hu: Slice) -> Slice:
        grey = np.clip((hu + 1350) / 1500 * 255, 0, 255).round().astype(np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(grey).save(buffer, "JPEG", quality=quality)
        with Image.open(buffer) as stored:
            return np.asarray(stored, np.float32) / 255 * 1500 - 1350

    return change


#: What is asked, in the order of the table.
CHANGES: dict[str, Callable[[Slice], Slice]] = {
    "softer (Gauss, 1 pixel)": _soft,
    "sharper (as much)": _sharp,
    "noise, 30 HU": _noisy,
    "30 HU higher": lambda hu: hu + 30,
    "30 HU lower": lambda hu: hu - 30,
    "half the matrix": _half_matrix,
    "JPEG, quality 75": _jpeg(75),
    "JPEG, quality 40": _jpeg(40),
}


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    data = Path(os.environ.get("COVIDVIEWER_SHARED_DATA", root.parent / "shared" / "data"))
    folder = data / "dicom" / "real_chest_ct"
    if not folder.is_dir():
        print("not measured: no real series (COVIDVIEWER_SHARED_DATA)")
        return 0
    slices = _slices(folder)
    wanted = sys.argv[1:]
    print(f"{len(slices)} slices\n\n| network | change | mean | largest | changed sides |\n|---|---|---|---|---|")
    for listing in registry.list_weights():
        card = listing.card
        if listing.available and card.modality == "CT" and (not wanted or card.id in wanted):
            _judge(open_scorer(card, "cpu"), slices)
    return 0


def _slices(folder: Path) -> list[Slice]:
    found: list[Slice] = []
    for series in cv.open(folder).series:
        volume = series.load()
        middle = range(len(volume) // 5, len(volume) - len(volume) // 5, 2)
        found += [np.asarray(volume.slice(k), np.float32) for k in middle]
    return found


def _judge(scorer: Scorer, slices: list[Slice]) -> None:
    card = scorer.card

    def ask(changed: list[Slice]) -> NDArray[np.float64]:
        logits, _ = scorer([prepare.forward(hu, card.input)[0] for hu in changed])
        return np.asarray(
            softmax(np.asarray(logits / card.temperature, np.float32))[:, card.classes.index(card.positive)], np.float64
        )

    plain = ask(slices)
    least, middle, most = np.percentile(plain, [0, 50, 100])
    print(f"| {card.id} | as it is: {least:.2f} to {most:.2f}, half below {middle:.2f} | | | |")
    for name, change in CHANGES.items():
        found = ask([change(hu) for hu in slices])
        moved = np.abs(found - plain)
        sides = "–"
        if card.threshold is not None:
            sides = str(int(((found >= card.threshold) != (plain >= card.threshold)).sum()))
        print(f"| {card.id} | {name} | {moved.mean():.3f} | {moved.max():.3f} | {sides} |", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
