"""The training loop: batches balanced by source, moving average of the weights, checkpoints that resume."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from covidviewer.training.augment import AugmentSettings, augment, mixup_pairs, plain
from covidviewer.training.data import Example, SourceBalancedSampler
from covidviewer.training.metrics import auc
from covidviewer.training.precision import quick_half

__all__ = ["FitSettings", "Validation", "fit", "normalise", "predict"]

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class FitSettings:
    """One phase of training on labels.

    ``rates`` gives the learning rate of each parameter group by the longest matching prefix of its name;
    0 or no match freezes it. ``live_norms`` are prefixes whose batch norms follow the batches; others are fixed.
    """

    steps: int
    rates: dict[str, float]
    live_norms: tuple[str, ...] = ()
    size: int = 224
    batch: int = 32
    weight_decay: float = 0.02
    warm_up: int = 40
    mixup_probability: float = 0.5
    mixup_alpha: float = 0.4
    label_smoothing: float = 0.05
    soft_share: float = 0.0
    average: float = 0.99
    check_every: int = 60
    seed: int = 1
    final_rate: float = 0.02
    augment: AugmentSettings = field(default_factory=AugmentSettings)


@dataclass(frozen=True)
class Validation:
    """Area under the curve on each source, and their mean, by which checkpoints are chosen."""

    step: int
    by_source: dict[str, float]

    @property
    def mean(self) -> float:
        """Each source counts the same, however many pictures it has."""
        return float(np.mean(list(self.by_source.values())))


def normalise(pictures: Sequence[NDArray[np.uint8]], device: str = "cpu") -> Tensor:
    """Stack of grey squares (uint8) to the network's input, N x 3 x S x S, channels last."""
    grey = torch.from_numpy(np.stack(pictures)).to(device).float().div_(255.0)[:, None]
    mean = torch.tensor(MEAN, device=device).view(1, 3, 1, 1)
    std = torch.tensor(STD, device=device).view(1, 3, 1, 1)
    return ((grey - mean) / std).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def predict(
    model: Callable[[Tensor], Tensor], pictures: Sequence[NDArray[np.uint8]], device: str = "cpu", batch: int = 32
) -> NDArray[np.float64]:
    """Logits of grey squares, N x K, under bfloat16 (validation during training only)."""
    parts = []
    for start in range(0, len(pictures), batch):
        with quick_half(device):
            parts.append(model(normalise(pictures[start : start + batch], device)).float().cpu())
    return torch.cat(parts).numpy().astype(np.float64)


def _set_modes(model: nn.Module, live: Sequence[str]) -> None:
    """Dropout on; batch norms follow the batch only below the live prefixes."""
    model.train()
    for name, module in model.named_modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.train(any(name.startswith(prefix) for prefix in live))


def _groups(model: nn.Module, settings: FitSettings) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for name, parameter in model.named_parameters():
        matches = [p for p in settings.rates if name.startswith(p) or f".{p}." in name]
        prefix = max(matches, key=lambda p: (f".{p}." in name and not name.startswith(p), len(p)), default=None)
        rate = settings.rates[prefix] if prefix is not None else 0.0
        parameter.requires_grad_(rate > 0)
        if rate > 0:
            # Scales, shifts and biases are few and set levels: no decay.
            decay = settings.weight_decay if parameter.ndim > 1 else 0.0
            group = groups.setdefault(
                f"{rate}/{decay}", {"params": [], "lr": rate, "base": rate, "weight_decay": decay}
            )
            group["params"].append(parameter)
    return list(groups.values())


def _follow(average: nn.Module, model: nn.Module, decay: float) -> None:
    """One step of the exponential moving average, running statistics included."""
    with torch.no_grad():
        mine = dict(model.state_dict())
        for name, value in average.state_dict().items():
            if value.is_floating_point():
                value.lerp_(mine[name], 1 - decay)


def _validate(
    model: nn.Module,
    examples: Sequence[Example],
    squares: Sequence[NDArray[np.uint8]],
    class_names: Sequence[str],
    positive: str,
    step: int,
) -> Validation:
    """AUC by source, by the margin of the positive logit over the largest other."""
    model.eval()
    index = list(class_names).index(positive)
    logits = predict(model, squares)
    scores = logits[:, index] - np.delete(logits, index, axis=1).max(axis=1)
    result = {}
    for source in sorted({e.set_name for e in examples}):
        inside = np.array([e.set_name == source for e in examples])
        truth = np.array([e.label == positive for e in examples])
        result[source] = auc(scores[inside], truth[inside])
    return Validation(step, result)


def fit(
    model: nn.Module,
    class_names: Sequence[str],
    positive: str,
    train: Sequence[Example],
    validation: Sequence[Example],
    settings: FitSettings,
    folder: Path,
    soft: NDArray[np.float64] | None = None,
    resume: bool = False,
    log: Callable[[str], None] = print,
    minutes: float = math.inf,
) -> Path:
    """Train; keep the best average by mean validation AUC over sources in ``folder/best.pt``.

    Parameters
    ----------
    model
        Maps N x 3 x S x S to N x K logits.
    class_names, positive
        Order of the logits, and the class whose AUC counts.
    train, validation
        Examples; training ones are augmented, validation ones squeezed.
    settings
        The phase.
    folder
        Receives ``last.pt`` (resumable), ``best.pt``, ``history.jsonl``.
    soft
        N_train x K soft labels of teachers, mixed in by ``settings.soft_share``.
    resume
        Go on from ``last.pt`` when it is there.
    minutes
        The schedule ends here when the steps are not done by then: rates follow the larger share used up.

    Returns
    -------
    Path
        The best checkpoint.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(settings.seed)
    torch.manual_seed(settings.seed)
    groups = _groups(model, settings)
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.99))
    average = copy.deepcopy(model)
    sampler = SourceBalancedSampler(train, settings.batch)
    labels = np.array([list(class_names).index(e.label) for e in train])
    squares = [plain(e.picture, settings.size) for e in validation]
    done, used, best, smooth = 0, 0.0, -1.0, math.nan
    last = folder / "last.pt"
    if resume and last.is_file():
        state = torch.load(last, weights_only=False)  # our own file: it holds the generator's state
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        rng.bit_generator.state = state["rng"]
        done, used, best = state["step"], state["seconds"], state["best"]
    began = time.monotonic() - used

    def check(step: int) -> None:
        nonlocal best
        value = _validate(average, validation, squares, class_names, positive, step)
        seconds = time.monotonic() - began
        row = {"step": step, "seconds": round(seconds), "loss": round(smooth, 4), "mean": round(value.mean, 4)}
        row |= {k: round(v, 4) for k, v in value.by_source.items()}
        log(json.dumps(row))
        with (folder / "history.jsonl").open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(row) + "\n")
        if value.mean > best:
            best = value.mean
            torch.save(average.state_dict(), folder / "best.pt")
        state = {
            "model": model.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(),
            "rng": rng.bit_generator.state, "step": step, "seconds": seconds, "best": best,
        }  # fmt: skip
        torch.save(state, last)

    if done == 0:
        check(0)  # what the phase starts from is a candidate too: training need not make it better
    for step in range(done + 1, settings.steps + 1):
        spent = max(step / settings.steps, (time.monotonic() - began) / 60 / minutes)
        if spent > 1:
            break
        wave = settings.final_rate + (1 - settings.final_rate) * 0.5 * (1 + math.cos(math.pi * spent))
        for group in optimiser.param_groups:
            group["lr"] = group["base"] * wave * min(1.0, step / settings.warm_up)
        chosen = sampler.draw(rng)
        x = normalise([augment(train[i].picture, settings.size, rng, settings.augment) for i in chosen])
        target = functional.one_hot(torch.from_numpy(labels[chosen]), len(class_names)).float()
        target = target * (1 - settings.label_smoothing) + settings.label_smoothing / len(class_names)
        if soft is not None and settings.soft_share > 0:
            target = target * (1 - settings.soft_share) + settings.soft_share * torch.from_numpy(soft[chosen]).float()
        if rng.random() < settings.mixup_probability:
            partner, share = mixup_pairs(len(chosen), settings.mixup_alpha, rng)
            x = share * x + (1 - share) * x[partner]
            target = share * target + (1 - share) * target[partner]
        _set_modes(model, settings.live_norms)
        with quick_half():
            logits = model(x)
        loss = -(target * functional.log_softmax(logits.float(), dim=1)).sum(dim=1).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_([p for g in groups for p in g["params"]], 2.0)
        optimiser.step()
        _follow(average, model, min(settings.average, step / (step + 10)))
        smooth = loss.item() if math.isnan(smooth) else 0.95 * smooth + 0.05 * loss.item()
        if step % settings.check_every == 0 or step == settings.steps:
            check(step)
    return folder / "best.pt"
