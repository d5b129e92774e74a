"""Optimiser, schedule and moving average, as a recipe says."""

from __future__ import annotations

import copy
import math
from typing import Any

import torch
from torch import nn

from covidviewer.training.gradient.settings import OptimiserSettings, ScheduleSettings

__all__ = ["Average", "make_optimiser", "rate_share"]


def make_optimiser(model: nn.Module, settings: OptimiserSettings) -> torch.optim.Optimizer:
    """Parameters grouped by rate and decay; each group's ``base`` is its rate before the schedule.

    The longest key of ``rate_of`` that is part of a parameter's name decides its factor; 0 freezes it. Scales, shifts
    and biases (one dimension) are not decayed.
    """
    groups: dict[tuple[float, float], dict[str, Any]] = {}
    for name, parameter in model.named_parameters():
        matches = [key for key in settings.rate_of if key in name]
        factor = float(settings.rate_of[max(matches, key=len)]) if matches else 1.0
        parameter.requires_grad_(factor > 0)
        if factor <= 0:
            continue
        rate, decay = settings.rate * factor, settings.weight_decay if parameter.ndim > 1 else 0.0
        group = groups.setdefault((rate, decay), {"params": [], "lr": rate, "base": rate, "weight_decay": decay})
        group["params"].append(parameter)
    parts = list(groups.values())
    if settings.name == "adam":
        return torch.optim.Adam(parts)
    if settings.name == "adamw":
        return torch.optim.AdamW(parts)
    if settings.name == "adadelta":
        return torch.optim.Adadelta(parts, rho=0.9)
    if settings.name == "adagrad":
        return torch.optim.Adagrad(parts)
    return torch.optim.SGD(parts, momentum=settings.momentum, nesterov=settings.momentum > 0)


def rate_share(epoch: float, epochs: int, settings: ScheduleSettings) -> float:
    """Factor on the rate after a (fractional) number of epochs."""
    rise = min(1.0, epoch / settings.warm_up) if settings.warm_up > 0 else 1.0
    if settings.kind == "constant":
        return rise
    period = settings.period or epochs
    place = min(1.0, (epoch % period) / period if settings.period else epoch / period)
    return rise * (settings.final + (1 - settings.final) * 0.5 * (1 + math.cos(math.pi * place)))


class Average:
    """Exponential moving average of weights and running statistics; without decay the model itself.

    Parameters
    ----------
    model
        Followed; not changed.
    decay
        Share that stays a step; shorter in the first steps, so that the random start is forgotten.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.model = copy.deepcopy(model) if decay > 0 else model

    @torch.no_grad()
    def follow(self, model: nn.Module, step: int) -> None:
        """One step (counted from 1)."""
        if self.decay <= 0:
            return
        decay = min(self.decay, step / (step + 10))
        mine = model.state_dict()
        for name, value in self.model.state_dict().items():
            if value.is_floating_point():
                value.lerp_(mine[name], 1 - decay)
            else:
                value.copy_(mine[name])
