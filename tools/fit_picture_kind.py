"""Make ``resources/models/picture_kind.json`` from the labelled pictures, and print how good the guess is.

    python tools/fit_picture_kind.py ../shared/data/images

Fitted on the training splits; the limit of each Gaussian is the 97.5th percentile of its own validation distances.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from covidviewer.inference import picture_kind

SOURCES = {"covid-ct": "ct", "ct-sars": "ct", "cxr": "film"}
SHRINKAGE = 0.05


def pictures(folder: Path, split: str) -> list[tuple[np.ndarray, str]]:
    found = []
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["split"] == split:
                image = Image.open(folder / row["file"])
                image = image if image.mode in ("L", "RGB") else image.convert("RGB")
                found.append((np.asarray(image), row["notes"].split(";")[0]))
    return found


def figures(folder: Path, split: str) -> np.ndarray:
    return np.array([picture_kind.figures(p)[0] for p, _ in pictures(folder, split)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    images = parser.parse_args().images
    train = {name: figures(images / name, "train") for name in SOURCES}
    everything = np.concatenate(list(train.values()))
    mean, deviation = everything.mean(axis=0), everything.std(axis=0)
    clouds = []
    for name, kind in SOURCES.items():
        z = (train[name] - mean) / deviation
        covariance = np.cov(z.T) * (1 - SHRINKAGE) + SHRINKAGE * np.eye(z.shape[1])
        precision = np.linalg.inv(covariance)
        away = (figures(images / name, "val") - mean) / deviation - z.mean(axis=0)
        limit = np.percentile(np.einsum("ij,jk,ik->i", away, precision, away), 97.5)
        clouds.append(
            {
                "kind": kind,
                "source": name,
                "mean": rounded(z.mean(axis=0)),
                "precision": [rounded(row) for row in precision],
                "log_determinant": float(np.linalg.slogdet(covariance)[1]),
                "limit": float(limit),
            }
        )
    path = Path(__file__).resolve().parents[1] / "resources" / "models" / "picture_kind.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"mean": rounded(mean), "deviation": rounded(deviation), "clouds": clouds}, indent=None)
    path.write_text(text.replace('{"kind"', '\n{"kind"') + "\n", "utf-8")
    for name in (*SOURCES, "ood"):
        guesses = [(picture_kind.guess_picture_kind(p), note) for p, note in pictures(images / name, "test")]
        print(name, "test", dict(Counter(guess for guess, _ in guesses)), f"of {len(guesses)}")
        if name == "ood":
            for kind in ("ct", "film"):
                print("  taken for", kind, dict(Counter(note for guess, note in guesses if guess == kind)))


def rounded(values: np.ndarray) -> list[float]:
    return [float(f"{v:.5g}") for v in values]


if __name__ == "__main__":
    main()
