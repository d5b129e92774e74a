"""Small data folders with known answers, for the tests of training and evaluation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

HEAD = "file,label,split,patient,source,age,notes"


def film(level: int, rng: np.random.Generator, side: int = 40, border: int = 60) -> np.ndarray:
    """Two "lungs" of a given grey on a plain ground, with noise."""
    picture = np.full((side, side + 8), border, float)
    rows, middle = slice(side // 5, side * 4 // 5), (side + 8) // 2
    picture[rows, side // 5 : middle - 2] = level
    picture[rows, middle + 2 : side * 4 // 5 + 8] = level
    return np.clip(picture + rng.normal(0, 6, picture.shape), 0, 255).astype(np.uint8)


def write_set(
    folder: Path, labels: dict[str, int], per_class: int = 12, seed: int = 0, sources: dict[str, str] | None = None
) -> Path:
    """A set with labels.csv: ``labels`` maps a label to the grey of its lungs; two pictures a patient; half adults."""
    rng = np.random.default_rng(seed)
    (folder / "img").mkdir(parents=True)
    lines = [HEAD]
    for label, level in labels.items():
        for i in range(per_class):
            split = ("train", "train", "val", "test")[i // 2 % 4]
            source = (sources or {}).get(label, ("here", "there")[i // 8 % 2])
            name = f"img/{label}{i}.png"
            Image.fromarray(film(level, rng, border=60 if source == "here" else 90)).save(folder / name)
            age = 6 if i // 16 % 2 else 40
            lines.append(f"{name},{label},{split},{label}-p{i // 2},{source},{age},")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
