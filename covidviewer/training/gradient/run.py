"""A recipe from data folder to weight file: checks first, then training, then what the manifest says."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from covidviewer.errors import DeviceError, UsageError
from covidviewer.inference import prepare, registry
from covidviewer.inference.contract import LinearHeadNetwork
from covidviewer.inference.manifest import InputSpec, OperatingPoint, WeightsCard
from covidviewer.training import finish as finishing
from covidviewer.training import metrics
from covidviewer.training.data import Example
from covidviewer.training.folder import list_folder, load_entries, policy, read_folder
from covidviewer.training.gradient.fitting import Outcome, Pictures, fit_gradient
from covidviewer.training.gradient.parallel import Group, join, leave
from covidviewer.training.gradient.settings import GradientRecipe
from covidviewer.training.leaks import cramers_v, near_duplicates

__all__ = ["build_network", "device_of", "take_fitting", "train_gradient"]

Log = Callable[[str], None]


def device_of(wanted: str) -> str:
    """ "auto" to a device that is there.

    Raises
    ------
    DeviceError
        CUDA was asked for and is not there.
    """
    if wanted == "cuda" and not torch.cuda.is_available():
        raise DeviceError("There is no CUDA device that PyTorch can use here.", advice="Use --device cpu.")
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted


def build_network(recipe: GradientRecipe) -> nn.Module:
    """The recipe's network with its seed.

    Raises
    ------
    UsageError
        The registry has no such network, or it does not take the recipe's options.
    """
    make = registry.builder(recipe.network)
    torch.manual_seed(recipe.train.seed)
    try:
        network: nn.Module = make(recipe.classes, in_channels=recipe.input.channels, **recipe.options)
    except (TypeError, ValueError) as error:
        raise UsageError(f"The recipe {recipe.id} does not fit the network {recipe.network}: {error}.") from error
    return network


def take_fitting(network: nn.Module, path: Path) -> tuple[int, int]:
    """Take from a safetensors or PyTorch file what fits by name and shape; (taken, in the network).

    A PyTorch file (``.pth``, ``.pt``) is read as plain tensors: nothing in it is run.

    Raises
    ------
    UsageError
        The file cannot be read, or nothing in it fits.
    """
    found = _tensors(path)
    own = network.state_dict()
    fitting = {k: v.to(own[k].dtype) for k, v in found.items() if k in own and v.shape == own[k].shape}
    if not fitting:
        raise UsageError(f"Nothing in {path.name} fits the network by name and shape.")
    network.load_state_dict(fitting, strict=False)
    return len(fitting), len(own)


def _tensors(path: Path) -> dict[str, Tensor]:
    from pickle import UnpicklingError

    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix not in (".pth", ".pt"):
            found: Any = load_file(path)
        else:
            found = torch.load(path, weights_only=True, map_location="cpu")
    except (OSError, EOFError, SafetensorError, UnpicklingError, RuntimeError) as error:
        raise UsageError(f"{path.name} is no readable file of weights.") from error
    if not isinstance(found, dict):
        raise UsageError(f"{path.name} holds no table of weights.")
    return {k: v for k, v in found.items() if isinstance(v, Tensor)}


def train_gradient(
    recipe: GradientRecipe,
    data: Path,
    out: Path,
    pretrained: Path | None = None,
    resume: bool = False,
    device: str = "auto",
    minutes: float = math.inf,
    log: Log = print,
) -> tuple[WeightsCard | None, Outcome]:
    """Run a recipe. Labels of the test split are not read; its pictures are only compared for near-duplicates.

    Returns
    -------
    tuple
        The manifest entry of the weight file in ``out`` (None in processes that are not the first), and how it ended.

    Raises
    ------
    DataError, UsageError, DeviceError
        The folder, the recipe or the device cannot be used; before the first epoch.
    """
    device = device_of(device)
    group = join(device)
    say: Log = log if group.first else _silent
    try:
        for line in (
            f"recipe {recipe.id}: {recipe.network}",
            *(f"differs from its paper: {d}" for d in recipe.differs),
        ):
            say(line)
        registry.builder(recipe.network)  # refuses an unknown name before the folder is read
        examples = _read(recipe, data, say, group)
        network = build_network(recipe)
        if pretrained is not None:
            taken, whole = take_fitting(network, pretrained)
            say(f"{taken} of {whole} tensors taken from {pretrained.name}")
        train = [e for e in examples if e.split == "train"]
        validation = [e for e in examples if e.split == "val"]
        recipe, pictures = _pictures(recipe, train, validation)
        outcome = fit_gradient(network, pictures, recipe, out, device, resume, minutes, group, say)
        if outcome.stopped:
            say(f"stopped: {outcome.stopped}")
        if not group.first or not outcome.best.is_file():
            group.meet()
            return None, outcome
        network.load_state_dict(torch.load(outcome.best, weights_only=True, map_location="cpu"))
        card = _finish(recipe, network.cpu().eval(), validation, train, out)
        say(f"best epoch {outcome.epoch}, {recipe.train.monitor} {abs(outcome.value):.3f}")
        group.meet()
        return card, outcome
    finally:
        leave()


def _silent(_: str) -> None:
    return None


def _read(recipe: GradientRecipe, data: Path, say: Log, group: Group) -> list[Example]:
    """Training and validation pictures, with everything said that a person must know of them."""
    examples, listing = read_folder(
        data, recipe.classes, ("train", "val"), recipe.sets, recipe.input, needed=("train", "val")
    )
    if not group.first:
        return examples
    for line in listing.said:
        say(line)
    counts: dict[str, dict[str, int]] = {}
    for e in examples:
        counts.setdefault(e.split, dict.fromkeys(recipe.classes, 0))[e.label] += 1
    for split, row in counts.items():
        patients = len({e.patient for e in examples if e.split == split})
        say(f"{split}: {sum(row.values())} pictures of {patients} patients: " + json.dumps(row)[1:-1].replace('"', ""))
    train = [e for e in examples if e.split == "train"]
    v = cramers_v([e.label for e in train], [f"{e.set_name}/{e.source}" for e in train])
    limit = float(policy()["association"]["inseparable"])
    if np.isfinite(v):
        note = ": above 0.8, no classifier can tell label from source here" if v > limit else ""
        say(f"Cramer's V of label and source: {v:.2f}{note}")
    rule = policy()["duplicates"]
    everything = load_entries(list_folder(data, recipe.sets).entries, recipe.classes, recipe.input)
    pairs = near_duplicates(
        [e.picture for e in everything],
        [e.split for e in everything],
        int(rule["hash_bits"]),
        float(rule["correlation"]),
    )
    say(f"near-duplicates across splits: {len(pairs)}")
    for p in pairs[:5]:
        a, b = everything[p.first], everything[p.second]
        say(f"  {a.set_name}/{a.file} ({a.split}), {b.set_name}/{b.file} ({b.split}), correlation {p.correlation:.3f}")
    return examples


def _pictures(
    recipe: GradientRecipe, train: list[Example], validation: list[Example]
) -> tuple[GradientRecipe, Pictures]:
    """Squares and inputs; mean and deviation of the training pictures where the recipe wants them measured."""
    side = recipe.view.resize or recipe.input.size[0]
    large = replace(recipe.input, size=(side, side))
    squares = [prepare.forward(e.picture, large, units="grey")[0] for e in train]
    if recipe.measure_normalisation:
        recipe = replace(recipe, measure_normalisation=False, input=_measured(recipe.input, squares))
    inputs = [prepare.forward(e.picture, recipe.input, units="grey")[0] for e in validation]
    return recipe, Pictures(train, squares, validation, inputs)


def _measured(spec: InputSpec, squares: list[NDArray[np.uint8]]) -> InputSpec:
    stack = np.stack(squares)
    mean, deviation = float(stack.mean()) / 255, max(float(stack.std()) / 255, 1e-3)
    return replace(spec, mean=(round(mean, 5),) * spec.channels, std=(round(deviation, 5),) * spec.channels)


def _finish(
    recipe: GradientRecipe, network: nn.Module, validation: list[Example], train: list[Example], out: Path
) -> WeightsCard:
    """Weight file and ``manifest.toml``; temperature and operating point from validation."""
    text = recipe.manifest
    card = WeightsCard(
        id=recipe.id,
        network=recipe.network,
        file=f"{recipe.id}.safetensors",
        sha256="",
        modality=text.get("modality", "FILM"),
        classes=recipe.classes,
        positive=recipe.positive,
        input=recipe.input,
        options=recipe.options,
        licence=text.get("licence", "as the training data's"),
        data_origin=text.get("data_origin", "a folder of the user's own"),
        card=text.get("card", ""),
        version=text.get("version", "1"),
        default=False,
    )
    path = out / card.file
    if isinstance(network, LinearHeadNetwork):
        card, _ = finishing.finish(card, network, validation, path, recipe.storage, train)
    else:
        card = _finish_plain(card, network, validation, path, recipe.storage)
    (out / "manifest.toml").write_text("schema = 1\n\n" + finishing.manifest_entry(card), encoding="utf-8")
    return card


@torch.no_grad()
def _finish_plain(
    card: WeightsCard, network: nn.Module, validation: list[Example], path: Path, storage: str
) -> WeightsCard:
    """For heads without a closed form: no scale of maps."""
    sha = finishing.save(network, path, storage)
    inputs = [prepare.forward(e.picture, card.input, units="grey")[0] for e in validation]
    batches = [prepare.batch(inputs[start : start + 16], card.input) for start in range(0, len(inputs), 16)]
    logits = np.concatenate([network(torch.from_numpy(x)).float().numpy() for x in batches]).astype(np.float64)
    labels = np.array([card.classes.index(e.label) for e in validation], dtype=np.int64)
    weights = finishing.source_weights(validation)
    temperature = metrics.fit_temperature(logits, labels, weights)
    index = card.classes.index(card.positive)
    scores = metrics.softmax(logits, temperature)[:, index]
    threshold = round(float(np.clip(metrics.youden_threshold(scores, labels == index, weights), 0.001, 0.999)), 3)
    point = OperatingPoint(threshold, finishing.RULE, "validation splits of " + card.data_origin)
    return replace(card, folder=path.parent, sha256=sha, temperature=round(temperature, 4), operating_point=point)
