"""Fits the distance from the training pictures for all shipped weights: ``python tools/fit_familiarity.py PICTURES``.

PICTURES holds the sets; training splits are fitted on, validation splits give the limit. Prints how well the distance
tells what must be refused (the set ``ood``) from the test pictures, whose labels are not looked at.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from covidviewer.inference import prepare
from covidviewer.inference.engines.torch_engine import open_torch
from covidviewer.inference.familiarity import path_of
from covidviewer.inference.manifest import WeightsCard, read_manifest
from covidviewer.training.data import Example
from covidviewer.training.familiarity import fit_familiarity, save_familiarity
from covidviewer.training.folder import read_folder
from covidviewer.training.metrics import auc

SETS = {"CT": ("covid-ct", "ct-sars"), "FILM": ("cxr",)}


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    pictures, wanted = Path(sys.argv[1]), sys.argv[2:]
    for card in read_manifest():
        if not card.classes or card.modality not in SETS or (wanted and card.id not in wanted):
            continue
        # The thesis's networks learnt from one set alone.
        sets = [name for name in SETS[card.modality] if name != "ct-sars" or "SARS" in card.data_origin]
        table = {split: _examples(pictures, sets, card, split) for split in ("train", "val", "test")}
        table["ood"] = _strange(pictures)
        found = {split: _embeddings(card, examples) for split, examples in table.items()}
        labels = np.array([card.classes.index(e.label) for e in table["train"]], dtype=np.int64)
        fitted = fit_familiarity(found["train"], labels, found["val"])
        save_familiarity(fitted, path_of(card), card.sha256)
        away = {split: fitted.strangeness(rows.astype(np.float32)) for split, rows in found.items()}
        scores = np.concatenate([away["ood"], away["test"]]).astype(np.float64)
        told = auc(scores, np.arange(len(scores)) < len(away["ood"]))
        beyond = {split: float((values > 1).mean()) for split, values in away.items()}
        print(
            f"| {card.id} | {told:.3f} | {beyond['test']:.3f} | {beyond['ood']:.3f} |"
            f" {len(table['test'])} / {len(table['ood'])} |",
            flush=True,
        )
    return 0


def _examples(pictures: Path, sets: Sequence[str], card: WeightsCard, split: str) -> list[Example]:
    return [e for name in sets for e in read_folder(pictures / name, card.classes, (split,), (), card.input)[0]]


def _strange(pictures: Path) -> list[Example]:
    """Not by the reader of data folders, which refuses this set: one of its patients lies in both of its splits."""
    with (pictures / "ood" / "labels.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "test"]
    found = []
    for row in rows:
        with Image.open(pictures / "ood" / row["file"]) as image:
            grey = np.asarray(image.convert("L"), dtype=np.uint8)
        found.append(Example(grey, "ood", "test", row["patient"], "ood", row["file"], row["patient"]))
    return found


def _embeddings(card: WeightsCard, examples: Sequence[Example]) -> NDArray[np.float64]:
    engine = open_torch(card)
    inputs = [prepare.forward(e.picture, card.input, units="grey")[0] for e in examples]
    parts = [
        engine.run(prepare.batch(inputs[i : i + 16], card.input), maps=False).embedding
        for i in range(0, len(inputs), 16)
    ]
    engine.close()
    return np.concatenate(parts).astype(np.float64)


if __name__ == "__main__":
    sys.exit(main())
