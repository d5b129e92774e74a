"""The loop: epochs, validation, a checkpoint after each epoch that resumes to the same bits, early stop, Ctrl+C."""

from __future__ import annotations

import contextlib
import json
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from covidviewer.errors import UsageError
from covidviewer.inference import prepare
from covidviewer.training import metrics
from covidviewer.training.data import Example
from covidviewer.training.gradient.batches import Batches, load_epoch
from covidviewer.training.gradient.optimising import Average, make_optimiser, rate_share
from covidviewer.training.gradient.parallel import Group
from covidviewer.training.gradient.settings import GradientRecipe

__all__ = ["Outcome", "Pictures", "fit_gradient", "hold_norms", "precision_of"]

Grey = NDArray[np.uint8]
Log = Callable[[str], None]


@dataclass(frozen=True)
class Pictures:
    """Examples with what is read of them: squares to crop from (training), inputs as on the screen (validation)."""

    train: Sequence[Example]
    squares: Sequence[Grey]
    validation: Sequence[Example]
    inputs: Sequence[Grey]


@dataclass(frozen=True)
class Outcome:
    """How a training ended: ``best`` checkpoint, its epoch (0: none) and figure, and why it stopped early, if so."""

    best: Path
    epoch: int
    value: float
    stopped: str


def precision_of(wanted: str, device: str) -> str:
    """ "auto": bfloat16 on CUDA that has it, float16 on other CUDA, float32 on the processor."""
    if wanted != "auto":
        return wanted
    if device != "cuda":
        return "float32"
    return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"


def _autocast(device: str, precision: str) -> Any:
    if precision == "float32":
        return contextlib.nullcontext()
    return torch.autocast(device, getattr(torch, precision))


def hold_norms(network: nn.Module) -> None:
    """Batch norms normalise by the statistics they came with; a few pictures a batch of two sources are poor ones."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d | nn.SyncBatchNorm):
            module.eval()


@torch.no_grad()
def _validate(model: nn.Module, pictures: Pictures, recipe: GradientRecipe, device: str) -> dict[str, float]:
    """AUC, balanced accuracy and NLL of validation pictures, float32."""
    model.eval()
    parts = []
    for start in range(0, len(pictures.inputs), 32):
        x = torch.from_numpy(prepare.batch(pictures.inputs[start : start + 32], recipe.input)).to(device)
        parts.append(model(x).float().cpu().numpy())
    probabilities = metrics.softmax(np.concatenate(parts).astype(np.float64))
    labels = np.array([recipe.classes.index(e.label) for e in pictures.validation], dtype=np.int64)
    present = np.unique(labels)
    called = probabilities.argmax(axis=1)
    return {
        "auc": float(np.mean([metrics.auc(probabilities[:, c], labels == c) for c in present])),
        "balanced_accuracy": float(np.mean([(called[labels == c] == c).mean() for c in present])),
        "nll": metrics.nll(probabilities, labels),
    }


def _save(value: Any, path: Path) -> None:
    """Write whole or not at all: a kill in the middle leaves the file of the epoch before."""
    part = path.with_suffix(".part")
    torch.save(value, part)
    os.replace(part, path)


class _Curves:
    """TensorBoard, where it is installed; else nothing."""

    def __init__(self, folder: Path, wanted: bool, log: Log) -> None:
        self._writer: Any = None
        if not wanted:
            return
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            log("no TensorBoard curves: the package tensorboard is not installed")
            return
        self._writer = SummaryWriter(str(folder / "curves"))

    def add(self, row: dict[str, float], epoch: int) -> None:
        if self._writer is not None:
            for key in ("loss", "rate", "auc", "balanced_accuracy", "nll"):
                self._writer.add_scalar(f"{'train' if key in ('loss', 'rate') else 'val'}/{key}", row[key], epoch)
            self._writer.flush()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def fit_gradient(
    network: nn.Module,
    pictures: Pictures,
    recipe: GradientRecipe,
    folder: Path,
    device: str = "cpu",
    resume: bool = False,
    minutes: float = math.inf,
    group: Group | None = None,
    log: Log = print,
) -> Outcome:
    """Train; the best epoch by the recipe's monitor lies in ``folder/best.pt``.

    Parameters
    ----------
    network
        In float32; moved to the device.
    pictures
        What to train on and to validate on.
    recipe
        All settings.
    folder
        Receives ``last.pt`` (resumable), ``best.pt``, ``history.jsonl``, ``curves/``.
    device
        "cpu" or "cuda".
    resume
        Go on from ``last.pt`` where it is there.
    minutes
        No epoch is begun after this.
    group
        This process among those of torchrun.
    log
        Called with a line after each epoch.

    Raises
    ------
    UsageError
        ``last.pt`` belongs to another recipe.
    """
    group = group or Group()
    folder.mkdir(parents=True, exist_ok=True)
    if recipe.train.channels_last:
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    network.to(device)
    precision = precision_of(recipe.train.precision, device)
    optimiser = make_optimiser(network, recipe.optimiser)
    average = Average(network, recipe.train.average)
    scaler = torch.amp.GradScaler(device, enabled=precision == "float16")
    state: dict[str, Any] = {"epoch": 0, "best": -math.inf, "best_nll": math.inf, "best_epoch": 0, "seconds": 0.0}
    last = folder / "last.pt"
    if resume and last.is_file():
        state |= _restore(last, recipe, network, average, optimiser, scaler, device)
        log(f"resumed after epoch {state['epoch']} of {recipe.train.epochs}")
    elif group.first:
        (folder / "history.jsonl").unlink(missing_ok=True)
    model = group.wrap(network, device)
    curves = _Curves(folder, group.first, log)
    began, stopped = time.monotonic(), ""
    try:
        for epoch in range(state["epoch"], recipe.train.epochs):
            if group.agree((time.monotonic() - began) / 60 > minutes):
                stopped = f"the {minutes:g} minutes are over"
                break
            loss = _epoch(model, network, average, pictures, recipe, epoch, optimiser, scaler, precision, device, group)
            stop = False
            if group.first:
                row = {"epoch": epoch + 1, "loss": loss, "rate": optimiser.param_groups[0]["lr"]}
                row |= _validate(average.model, pictures, recipe, device)
                stop = _note(row, state, recipe, network, average, optimiser, scaler, folder, began)
                curves.add(row, epoch + 1)
                log(_line(row, state, recipe, began))
            if group.agree(stop):
                stopped = f"no better validation for {recipe.train.patience} epochs"
                break
    except KeyboardInterrupt:
        stopped = "Ctrl+C"
    finally:
        curves.close()
    return Outcome(folder / "best.pt", state["best_epoch"], state["best"], stopped)


def _restore(
    path: Path,
    recipe: GradientRecipe,
    network: nn.Module,
    average: Average,
    optimiser: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    device: str,
) -> dict[str, Any]:
    stored = torch.load(path, weights_only=True, map_location=device)
    if stored["digest"] != recipe.digest:
        raise UsageError(
            f"{path.name} was made by another recipe or by one that has been changed since.",
            advice="Take --resume away to begin anew, or name another --out.",
        )
    network.load_state_dict(stored["model"])
    if average.decay > 0:
        average.model.load_state_dict(stored["average"])
    optimiser.load_state_dict(stored["optimiser"])
    scaler.load_state_dict(stored["scaler"])
    return {key: stored[key] for key in ("epoch", "best", "best_nll", "best_epoch", "seconds")}


def _note(
    row: dict[str, float],
    state: dict[str, Any],
    recipe: GradientRecipe,
    network: nn.Module,
    average: Average,
    optimiser: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    folder: Path,
    began: float,
) -> bool:
    """Write history and checkpoints; True where the patience is over."""
    epoch = int(row["epoch"])
    value = -row["nll"] if recipe.train.monitor == "nll" else row[recipe.train.monitor]
    # Of epochs that order few validation pictures alike, the better calibrated one.
    if math.isfinite(value) and (value, -row["nll"]) > (state["best"], -state["best_nll"]):
        state["best"], state["best_nll"], state["best_epoch"] = value, row["nll"], epoch
        _save(average.model.state_dict(), folder / "best.pt")
    with (folder / "history.jsonl").open("a", encoding="utf-8") as handle:
        handle.write(json.dumps({k: round(v, 5) for k, v in row.items()}) + "\n")
    state["epoch"] = epoch
    state["done_here"] = state.get("done_here", 0) + 1
    stored = {
        "digest": recipe.digest,
        "model": network.state_dict(),
        "average": average.model.state_dict() if average.decay > 0 else {},
        "optimiser": optimiser.state_dict(),
        "scaler": scaler.state_dict(),
        **state,
        "seconds": state["seconds"] + time.monotonic() - began,
    }
    _save(stored, folder / "last.pt")
    return bool(recipe.train.patience and epoch - state["best_epoch"] >= recipe.train.patience)


def _line(row: dict[str, float], state: dict[str, Any], recipe: GradientRecipe, began: float) -> str:
    mark = "  best" if state["best_epoch"] == row["epoch"] else ""
    left = (time.monotonic() - began) / 60 / state["done_here"] * (recipe.train.epochs - row["epoch"])
    return (
        f"epoch {row['epoch']:.0f}/{recipe.train.epochs}  loss {row['loss']:.4f}  val auc {row['auc']:.3f}"
        f"  balanced {row['balanced_accuracy']:.3f}  nll {row['nll']:.3f}"
        f"  {left:.0f} min left{mark}"
    )


def _epoch(
    model: nn.Module,
    network: nn.Module,
    average: Average,
    pictures: Pictures,
    recipe: GradientRecipe,
    epoch: int,
    optimiser: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    precision: str,
    device: str,
    group: Group,
) -> float:
    """One epoch; the mean loss over its batches and processes."""
    # Dropout draws from torch's own generator: set by epoch, so that a resumed run draws the same.
    torch.manual_seed(recipe.train.seed * 1_000_003 + epoch * 101 + group.rank)
    batches = Batches(pictures.squares, pictures.train, recipe, epoch, group.rank, group.world)
    loader = load_epoch(batches, recipe.train.workers, pin=device == "cuda")
    model.train()
    if recipe.train.norms == "fixed":
        hold_norms(network)
    total, steps = 0.0, len(batches)
    for step, (x, target, weights) in enumerate(_shown(loader, recipe, epoch, steps, group)):
        share = rate_share(epoch + (step + 1) / steps, recipe.train.epochs, recipe.schedule)
        for part in optimiser.param_groups:
            part["lr"] = part["base"] * share
        loss = _step(model, x, target, weights, recipe, precision, device)
        optimiser.zero_grad(set_to_none=True)
        scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        if recipe.optimiser.clip > 0:
            scaler.unscale_(optimiser)
            nn.utils.clip_grad_norm_([p for g in optimiser.param_groups for p in g["params"]], recipe.optimiser.clip)
        scaler.step(optimiser)
        scaler.update()
        average.follow(network, epoch * steps + step + 1)
        total += float(loss.detach())
    return group.mean(total / steps, device)


def _step(
    model: nn.Module, x: Tensor, target: Tensor, weights: Tensor, recipe: GradientRecipe, precision: str, device: str
) -> Tensor:
    """Weighted cross-entropy of one batch against (mixed, smoothed) labels."""
    layout = torch.channels_last if recipe.train.channels_last else torch.contiguous_format
    x = x.to(device, memory_format=layout, non_blocking=True)
    target, weights = target.to(device, non_blocking=True), weights.to(device, non_blocking=True)
    with _autocast(device, precision):
        logits = model(x)
    losses = -(target * functional.log_softmax(logits.float(), dim=1)).sum(dim=1)
    return (losses * weights).mean()


def _shown(loader: Any, recipe: GradientRecipe, epoch: int, steps: int, group: Group) -> Iterator[Any]:
    """The batches under a bar with the time left of the whole training; on a terminal alone."""
    from tqdm import tqdm

    total = recipe.train.epochs * steps
    bar = tqdm(
        total=total, initial=epoch * steps, unit="batch", leave=False, disable=None if group.first else True,
        desc=f"epoch {epoch + 1}/{recipe.train.epochs}",
    )  # fmt: skip
    with bar:
        for item in loader:
            yield item
            bar.update()
