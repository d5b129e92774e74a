"""The loop: gradient steps on two losses, a moving average that is kept, checkpoints.

Chance comes from (seed, step), so a run that was broken off goes on to the same bits.
"""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from covidviewer.training.tuned.recipe import TuneSettings
from covidviewer.training.tuned.top import TunedStage, averaged

__all__ = ["checkpoint", "fit", "keep", "tune"]

T = TypeVar("T", bound=TunedStage)
#: Losses of one step by its own chance: of labels, and of outlines.
Losses = Callable[[T, np.random.Generator], tuple[Tensor, Tensor]]


def tune(
    top: T, begin: Callable[[T], None], losses: Callable[[int], Losses[T]], look_at: Callable[[T], dict[str, Any]],
    settings: TuneSettings, out: Path, digest: str, resume: bool, log: Callable[[str], None],
) -> T:  # fmt: skip
    """All runs of a recipe from one start, averaged.

    Parameters
    ----------
    begin
        Sets the start: standardisation and a first reading.
    losses
        For the number of a run, from 0: as for `fit`.
    look_at, digest, log
        As for `fit`.
    out
        Folder of the checkpoints, ``start.pt`` and one for each seed. resume : go on with those of an earlier run.
    """
    kept = checkpoint(out / "start.pt", digest) if resume else None
    if kept is None:
        begin(top)
        keep(out / "start.pt", {"digest": digest, "top": top.state_dict()})
    else:
        top.load_state_dict(kept["top"])
    log(json.dumps({"step": 0, **look_at(top)}))
    tops = []
    for number, seed in enumerate(settings.seeds):
        path = out / f"tuned.{seed}.pt"
        state = checkpoint(path, digest) if resume else None
        tops.append(fit(copy.deepcopy(top), losses(number), settings, look_at, path, digest, seed, state, log))
    tuned = averaged(tops)
    if len(tops) > 1:
        log(json.dumps({"runs": len(tops), **look_at(tuned)}))
    return tuned


def _rate(step: int, settings: TuneSettings) -> float:
    return min(1.0, (step + 1) / settings.warm_up) * (0.5 + 0.5 * math.cos(math.pi * step / settings.steps))


def fit(
    top: T, losses: Losses[T], settings: TuneSettings,
    look_at: Callable[[T], dict[str, Any]], kept: Path, digest: str, seed: int, state: dict[str, Any] | None,
    log: Callable[[str], None],
) -> T:  # fmt: skip
    """Tune ``top`` and give back the moving average of its weights.

    Parameters
    ----------
    losses
        Of one step, by its own chance: the labels', and the outlines', which ``settings.outline_weight`` weighs.
    look_at
        Figures of a state on validation: they are logged and choose nothing.
    kept
        Checkpoint, written whole or not at all every ``check_every`` steps.
    digest
        Of the recipe, written into the checkpoint.
    seed
        Of the chance of this run, one of the recipe's.
    state
        A checkpoint to go on with (`checkpoint`).
    """
    named = [(name, p) for name, p in top.named_parameters() if not name.startswith("stage.")]
    tuned = [p for p in top.stage.parameters() if p.requires_grad]
    groups = [
        {"params": tuned, "weight_decay": settings.weight_decay, "start": settings.rate},
        {"params": [p for _, p in named], "weight_decay": 0.0, "start": settings.head_rate},
    ]
    optimiser = torch.optim.AdamW(groups, lr=settings.rate, betas=(0.9, 0.99))
    average, begin = copy.deepcopy(top), 0
    if state is not None:
        begin = int(state["step"])
        top.load_state_dict(state["top"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        log(f"going on at step {begin}")
    torch.set_flush_denormal(True)
    begun, shown = time.monotonic(), np.zeros(2)
    for step in range(begin, settings.steps):
        torch.manual_seed(seed * 1_000_003 + step)
        rng = np.random.default_rng((seed, step))
        for group in optimiser.param_groups:
            group["lr"] = group["start"] * _rate(step, settings)
        top.train()
        found = losses(top, rng)
        optimiser.zero_grad()
        (found[0] + settings.outline_weight * found[1]).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(top.parameters(), settings.clip)
        optimiser.step()
        shown += [float(loss.detach()) for loss in found]
        decay = min(settings.average, (step + 1) / (step + 10))
        with torch.no_grad():
            for ours, theirs in zip(average.parameters(), top.parameters(), strict=True):
                ours.lerp_(theirs, 1 - decay)
        done = step + 1
        if done % settings.check_every == 0 or done == settings.steps:
            keep(
                kept,
                {
                    "digest": digest, "step": done, "top": top.state_dict(), "average": average.state_dict(),
                    "optimiser": optimiser.state_dict(),
                },
            )  # fmt: skip
            since = done - max(begin, (done - 1) // settings.check_every * settings.check_every)
            means = [round(float(v), 4) for v in shown / since]
            seconds = round((time.monotonic() - begun) / (done - begin), 2)
            log(json.dumps({"step": done, "losses": means, "seconds": seconds, **look_at(average)}))
            shown[:] = 0
    return average.train(False)


def checkpoint(kept: Path, digest: str) -> dict[str, Any] | None:
    """What an earlier run left; None where there is nothing, or it is of another recipe."""
    if not kept.is_file():
        return None
    state: dict[str, Any] = torch.load(kept, weights_only=True)
    return state if state["digest"] == digest else None


def keep(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint, whole or not at all."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)
