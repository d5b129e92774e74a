"""From the best checkpoint to a shippable file: storage, temperature, operating point, scale of the maps.

Everything here is fitted on validation pictures. Each source counts the same, however many pictures it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from covidviewer.inference import prepare
from covidviewer.inference.manifest import OperatingPoint, SharedFile, WeightsCard
from covidviewer.inference.networks.fused import Fused
from covidviewer.inference.storage import STORAGES, halved, quantised, restored
from covidviewer.training import metrics
from covidviewer.training.compensate import compensated
from covidviewer.training.data import Example
from covidviewer.training.report import network_inputs

__all__ = ["Fitted", "finish", "manifest_entry", "save", "source_weights"]

RULE = "highest Youden index on validation, each source weighted alike"


@dataclass(frozen=True)
class Fitted:
    """What validation fixed, and what storing changed."""

    temperature: float
    threshold: float
    sensitivity: float
    specificity: float
    cam_scale: dict[str, dict[str, float]]
    storage_change: float  # largest change of a validation probability by rounding to float16 or to 8 bits


def source_weights(examples: Sequence[Example]) -> NDArray[np.float64]:
    """Weight of each picture so that all sets, and both classes within a set, count the same; mean 1."""
    pairs = [(e.set_name, e.label) for e in examples]
    counts = {pair: pairs.count(pair) for pair in set(pairs)}
    return np.array([len(pairs) / len(counts) / counts[pair] for pair in pairs])


def save(
    network: nn.Module,
    path: Path,
    storage: str = "float16",
    pictures: torch.Tensor | None = None,
    halves: Sequence[str] = (),
    shared: SharedFile | None = None,
) -> str:
    """Write a state dictionary as safetensors and put what was written back into the network; return the sha256.

    Parameters
    ----------
    network
        Changed in place to its rounded weights: what is measured from here on is what will be loaded.
    path
        Of the file.
    storage
        "float16", or "int8" (8 bits per output channel, `covidviewer.inference.storage`).
    pictures
        Normalised training pictures, N x channels x H x W, with which 8-bit rounding makes up for its own errors
        (`covidviewer.training.compensate`); without them weights go to the nearest step.
    halves
        With pictures: parts of names of weights that stay float16.
    shared
        What this file holds bit for bit is left out, and comes from there when the network is loaded.

    Raises
    ------
    ValueError
        An unknown storage, or a value that it cannot hold (running variances beyond float16's range).
    """
    from safetensors.torch import save_file

    from covidviewer.inference.loading import sha256_of

    if storage not in STORAGES:
        raise ValueError(f"no storage is called {storage}; there are: {', '.join(STORAGES)}")
    rounded, scales = (
        compensated(network, pictures, halves) if storage == "int8" and pictures is not None else (network, None)
    )
    state = {k: v.detach().cpu().contiguous() for k, v in rounded.state_dict().items()}
    stored = halved(state) if storage == "float16" else quantised(state, scales)
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = stored
    if shared is not None:
        from safetensors.torch import load_file

        there = load_file(shared.path, device="cpu")
        stored = {k: v for k, v in stored.items() if k not in there or not _same(v, there[k])}
    save_file({k: v.contiguous() for k, v in stored.items()}, path)
    network.load_state_dict(restored(whole))
    return sha256_of(path)


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape and torch.equal(one, other)


def _everything(
    card: WeightsCard, network: nn.Module, examples: Sequence[Example]
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float32]]]:
    fused = Fused(network)
    logits: list[NDArray[np.float32]] = []
    fine: list[NDArray[np.floating]] = []
    coarse: list[NDArray[np.floating]] = []
    for start in range(0, len(examples), 16):
        part = [prepare.forward(e.picture, card.input, units="grey") for e in examples[start : start + 16]]
        out = fused(torch.from_numpy(prepare.batch([picture for picture, _ in part], card.input)))
        logits.append(out[0].numpy())
        for grid, values in ((fine, out[2].numpy()), (coarse, out[3].numpy())):
            # As the screen shows them: those of a second look on the first one's grid.
            grid.append(np.stack([p.unfolded(v) for (_, p), v in zip(part, values, strict=True)]))
    return np.concatenate(logits).astype(np.float64), {
        "fine": np.concatenate(fine),
        "coarse": np.concatenate(coarse),
    }


def _some(card: WeightsCard, examples: Sequence[Example], count: int = 48) -> torch.Tensor:
    """Pictures drawn so that every source counts the same, as the network gets them."""
    chance = source_weights(examples)
    rng = np.random.default_rng(0)
    chosen = rng.choice(len(examples), min(count, len(examples)), replace=False, p=chance / chance.sum())
    return torch.from_numpy(prepare.batch(network_inputs(card, [examples[i] for i in chosen]), card.input))


def finish(
    card: WeightsCard,
    network: nn.Module,
    validation: Sequence[Example],
    path: Path,
    storage: str = "float16",
    train: Sequence[Example] = (),
    halves: Sequence[str] = (),
) -> tuple[WeightsCard, Fitted]:
    """Save, and fit what the manifest says, on the network as it will be loaded.

    Parameters
    ----------
    card
        Entry with classes, positive and input; the rest is filled in.
    network
        Trained; changed in place to its rounded weights.
    validation
        Pictures of the validation splits.
    path
        Of the safetensors file.
    storage
        As in `save`.
    train
        Training pictures; 8-bit rounding makes up for its errors on some of them (their labels are not looked at).
    halves
        As in `save`.
    """
    before, _ = _everything(card, network, validation)
    pictures = _some(card, train) if storage == "int8" and train else None
    sha = save(network, path, storage, pictures, halves, card.shares)
    logits, maps = _everything(card, network, validation)
    labels = np.array([card.classes.index(e.label) for e in validation], dtype=np.int64)
    index = card.classes.index(card.positive)
    positive = labels == index
    weights = source_weights(validation)
    temperature = metrics.fit_temperature(logits, labels, weights)
    scores = metrics.softmax(logits, temperature)[:, index]
    change = float(np.abs(metrics.softmax(before, temperature)[:, index] - scores).max())
    threshold = round(metrics.youden_threshold(scores, positive, weights), 3)
    called = scores >= threshold
    sensitivity = float(np.average(called[positive], weights=weights[positive]))
    specificity = float(np.average(~called[~positive], weights=weights[~positive]))
    scale: dict[str, dict[str, float]] = {}
    for grid, values in maps.items():
        scale[grid] = {}
        for k, name in enumerate(card.classes):
            above = values[:, k][values[:, k] > 0]
            scale[grid][name] = float(np.percentile(above, 99.5)) if above.size else 1.0
    point = OperatingPoint(threshold, RULE, "validation splits of " + card.data_origin)
    done = replace(
        card,
        file=path.name,
        folder=path.parent,
        sha256=sha,
        temperature=round(temperature, 4),
        operating_point=point,
        cam_scale=scale,
    )
    return done, Fitted(temperature, threshold, sensitivity, specificity, scale, change)


def manifest_entry(card: WeightsCard) -> str:
    """The ``[[weights]]`` table of a card, as text for ``manifest.toml``."""
    spec = card.input
    names = ", ".join(f'"{c}"' for c in card.classes)
    lines = [
        "[[weights]]",
        f'id = "{card.id}"',
        f'network = "{card.network}"',
        f'file = "{card.file}"',
        f'sha256 = "{card.sha256}"',
        f'version = "{card.version}"',
        f'modality = "{card.modality}"',
        f"classes = [{names}] # in the order of the logits",
        f'positive = "{card.positive}" # never inferred from an index',
        f"temperature = {card.temperature}",
        f'licence = "{card.licence}"',
        f'data_origin = "{card.data_origin}"',
        f'card = "{card.card}"',
        f"default = {str(card.default).lower()}",
        *(["float32 = true"] if card.float32 else []),
        *([f"options = {{ {', '.join(f'{k} = {v}' for k, v in card.options.items())} }}"] if card.options else []),
        *(
            [f'shares = {{ file = "{card.shares.file}", sha256 = "{card.shares.sha256}" }}']
            if card.shares is not None
            else []
        ),
        "",
        "[weights.input]",
        f"size = [{spec.size[0]}, {spec.size[1]}]",
        f"channels = {spec.channels}",
        f"window = {{ center = {spec.window_center}, width = {spec.window_width} }}",
        f"mean = [{', '.join(map(str, spec.mean))}]",
        f"std = [{', '.join(map(str, spec.std))}]",
        f'resize = "{spec.resize}"',
        f'crop = "{spec.crop}"',
        *([f"percentiles = [{', '.join(map(str, spec.percentiles))}]"] if spec.percentiles else []),
        f'normalise = "{spec.normalise}"',
    ]
    if card.operating_point is not None:
        point = card.operating_point
        lines += [
            "",
            "[weights.operating_point]",
            f"threshold = {point.threshold}",
            f'rule = "{point.rule}"',
            f'source = "{point.source}"',
        ]
    lines += ["", "[weights.cam_scale] # what 1.0 means: 99.5th percentile of positive values on validation"]
    for grid, row in card.cam_scale.items():
        lines.append(f"{grid} = {{ " + ", ".join(f"{name} = {value:.4g}" for name, value in row.items()) + " }")
    return "\n".join(lines) + "\n"
