"""Network x method against radiologists' outlines: where maps point, and whether they follow the network.

For every network that is shipped: pointing hit, energy in the lesion and in the lung, IoU at Otsu's threshold, deletion
and insertion area, change when all weights are random, agreement of two seeds. Pictures with outlines, split "test"
(the outlines train nothing here but where a recipe says so), the class "covid". Beside each share stands what a blind
map would get (the region's share of the picture).

    COVIDVIEWER_BENCH_PICTURES=38 COVIDVIEWER_BENCH_LIME=300 python -m benchmarks explanations

With COVIDVIEWER_BENCH_CURVES=0 deletion and insertion are left out: minutes instead of hours. COVIDVIEWER_BENCH_METHODS
names the methods.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from covidviewer.inference import prepare, registry
from covidviewer.inference.engines.torch_engine import require_torch
from covidviewer.inference.explain import lime, scores, superpixels
from covidviewer.inference.explain.settings import settings
from covidviewer.inference.explaining import maps_of, run_lime
from covidviewer.inference.manifest import WeightsCard
from covidviewer.inference.pipeline import Pipeline, softmax
from covidviewer.inference.results import Choice, Heatmap

PICTURES = int(os.environ.get("COVIDVIEWER_BENCH_PICTURES", "6"))
SAMPLES = int(os.environ.get("COVIDVIEWER_BENCH_LIME", "300"))
#: Pictures on which deletion and insertion are followed; they cost hundreds of passes each.
CURVES = int(os.environ.get("COVIDVIEWER_BENCH_CURVES", str(PICTURES)))
RANDOMISED = 4  # pictures on which the random network is asked: it needs a second pass of every method
METHODS = tuple(os.environ.get("COVIDVIEWER_BENCH_METHODS", "gradcam gradcam++ hirescam occlusion lime").split())
SETS = {"CT": "ct-masks", "FILM": "cxr-masks"}
COLUMNS = ("hit", "lesion", "blind", "lung", "blind lung", "IoU", "deletion", "insertion", "random", "seeds")


@dataclass(frozen=True)
class Outlined:
    """A picture with the lesion's outline, and the lungs' where they were drawn."""

    picture: NDArray[np.uint8]
    lesion: NDArray[np.bool_]
    lung: NDArray[np.bool_] | None


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    data = Path(os.environ.get("COVIDVIEWER_SHARED_DATA", root.parent / "shared" / "data")) / "images"
    if not data.is_dir():
        print("not measured: no outlined pictures (COVIDVIEWER_SHARED_DATA)")
        return 0
    require_torch().manual_seed(0)
    wanted = sys.argv[1:]
    print(f"LIME: {SAMPLES} samples. deletion, insertion: {min(CURVES, PICTURES)} pictures; random: {RANDOMISED}.\n")
    print("| network | method | n | " + " | ".join(COLUMNS) + " |")
    print("|---|---|---|" + "---|" * len(COLUMNS))
    for listing in registry.list_weights():
        card = listing.card
        if not listing.available or "covid" not in card.classes or (wanted and card.id not in wanted):
            continue
        pictures = list(outlined(data / SETS[card.modality]))[:PICTURES]
        pipeline = Pipeline(Choice(network=card.id, device="cpu"), card.modality, convert_in="now")
        for method in METHODS:
            row = _row(pipeline, method, pictures)
            cells = " | ".join("–" if np.isnan(v) else f"{v:.2f}" for v in (row[c] for c in COLUMNS))
            print(f"| {card.id} | {method} | {len(pictures)} | {cells} |", flush=True)
        pipeline.close()
    return 0


def outlined(folder: Path) -> Iterator[Outlined]:
    """Pictures of the test split whose lesions were outlined, in the table's order."""
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            stem = Path(row["file"]).stem
            lesion = next(
                (p for p in (folder / "mask" / f"{stem}.png", folder / "lesion" / f"{stem}.png") if p.exists()), None
            )
            if row["split"] != "test" or row["label"] != "covid" or lesion is None:
                continue
            lung = next((p for d in ("lung-rad", "lung") if (p := folder / d / f"{stem}.png").exists()), None)
            yield Outlined(_grey(folder / row["file"]), _grey(lesion) > 0, _grey(lung) > 0 if lung else None)


def _grey(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        grey: NDArray[np.uint8] = np.asarray(image.convert("L"))
    return grey


def _row(pipeline: Pipeline, method: str, pictures: list[Outlined]) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in COLUMNS}
    target = pipeline.card.classes.index("covid")
    for n, one in enumerate(pictures):
        picture, placement = prepare.forward(one.picture, pipeline.card.input, units="")
        values, again = _maps(pipeline, picture, method, target)
        whole = _spread(placement.unfolded(values), placement, one.picture.shape[:2])
        found["hit"].append(scores.pointing_hit(whole, one.lesion))
        found["lesion"].append(scores.energy_inside(whole, one.lesion))
        found["blind"].append(float(one.lesion.mean()))
        found["IoU"].append(scores.iou_at_otsu(whole, one.lesion))
        if one.lung is not None:
            found["lung"].append(scores.energy_inside(whole, one.lung))
            found["blind lung"].append(float(one.lung.mean()))
        small = _spread(
            values,
            prepare.Placement(picture.shape, picture.shape, (0, 0, *picture.shape), (0, 0, *picture.shape)),
            picture.shape,
        )
        for name, insert in (("deletion", False), ("insertion", True)):
            if n < CURVES:
                found[name].append(scores.steps_curve(picture, small, pipeline.predict, target, insert=insert))
        if again is not None:
            found["seeds"].append(1 - scores.rank_change(values, again))
        if n < RANDOMISED:
            found["random"].append(scores.rank_change(values, _random_map(pipeline.card, picture, method, target)))
    with np.errstate(invalid="ignore"):
        return {k: float(np.nanmean(v)) if v and not np.isnan(v).all() else float("nan") for k, v in found.items()}


def _spread(values: NDArray[np.floating], placement: prepare.Placement, shape: tuple[int, ...]) -> NDArray[np.float32]:
    values = np.asarray(values, np.float32)
    grid = (values.shape[0], values.shape[1])
    return prepare.map_to_slice(Heatmap(values, placement.to_slice(grid), "", "", grid), (shape[0], shape[1]))


def _maps(
    pipeline: Pipeline, picture: NDArray[np.uint8], method: str, target: int
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """The map, and that of a second seed where the method draws."""
    if method != "lime":
        return maps_of(pipeline, picture, method)["fine"][target], None
    segments = superpixels.quickshift(picture)
    settings()["lime"]["samples"] = SAMPLES
    one, two = (run_lime(pipeline, picture, seed, segments=segments) for seed in (0, 1))
    return one.map(target), two.map(target)


def _random_map(card: WeightsCard, picture: NDArray[np.uint8], method: str, target: int) -> NDArray[np.float32]:
    """The same method on a network of the same build with weights that learnt nothing."""
    torch = require_torch()
    torch.manual_seed(7)
    network = registry.builder(card.network)(card.classes, card.input.channels, **card.options).eval()
    for module in network.modules():
        # Heads and attention that start at zero would give maps of zeros.
        for name, parameter in module.named_parameters(recurse=False):
            if name == "weight" and parameter.ndim > 1:
                torch.nn.init.kaiming_normal_(parameter)
    if method not in registry.PERTURBATIONS:
        found: dict[str, NDArray[np.float32]] = registry.method(method)(
            network, torch.from_numpy(prepare.batch([picture], card.input)), target
        )
        return found["fine"][0]

    def logits(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            answer: NDArray[np.float32] = network(torch.from_numpy(prepare.batch(pictures, card.input))).numpy()
        return answer

    whole = logits(picture[None])
    spread = max(float(whole.max() - whole.min()), 1e-6)  # else a random network says 0 or 1 to everything

    def predict(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        return softmax((logits(pictures) / spread).astype(np.float32))

    if method == "lime":
        return lime.explain(picture, predict, superpixels.quickshift(picture), samples=SAMPLES).map(target)
    from covidviewer.inference.explain import occlusion

    chosen = settings()["occlusion"]
    return occlusion.explain(picture, predict, square=chosen["square"], step=chosen["step"])[target]


if __name__ == "__main__":
    raise SystemExit(main())
