"""DA-COVID-Net for films: layer3 of a shipped ResNet-50 is tuned, and written into the network exactly."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from covidviewer.errors import UsageError
from covidviewer.inference import registry
from covidviewer.inference.loading import load_network
from covidviewer.inference.networks.da_covid_net import DaCovidNet, build
from covidviewer.inference.networks.resnet50_fpn_attention import ResNet50FpnAttention
from covidviewer.training.attention_head import carry_layer3, write_evidence
from covidviewer.training.tuned.fitting import CELL
from covidviewer.training.tuned.recipe import FilmRecipe
from covidviewer.training.tuned.subject import FLOOR, Subject
from covidviewer.training.tuned.top import ClassTop, carry_into, folded, lower_trunk

__all__ = ["subject"]


def subject(recipe: FilmRecipe) -> Subject:
    """What a recipe for DA-COVID-Net tunes.

    Raises
    ------
    UsageError
        Another stride than 16, or a trunk that cannot be carried over.
    """
    trunk = _checked(recipe)
    lower = lower_trunk(trunk)
    top = ClassTop(folded(trunk.layer3), len(recipe.classes), recipe.tuning.dropout)
    top = top.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Subject(lower, top, CELL, lambda tuned, usual: _network(recipe, tuned, usual))


def _checked(recipe: FilmRecipe) -> ResNet50FpnAttention:
    """The trunk that is tuned, without the attentions, which DA-COVID-Net's has not."""
    if int(recipe.options.get("output_stride", 8)) != CELL:
        raise UsageError(f"A recipe of this kind tunes {recipe.network} at output_stride = {CELL}.")
    network = load_network(registry.choose(recipe.trunk))
    if not isinstance(network, ResNet50FpnAttention):
        raise UsageError(f"The trunk {recipe.trunk} is no ResNet-50's; this recipe tunes one.")
    x = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    before = _c4(network, x)
    for stage in (network.layer2, network.layer3):
        for block in stage:
            cast(Any, block).attention = None
    if not torch.equal(before, _c4(network, x)):
        raise UsageError(f"The attention in {recipe.trunk} is trained; {recipe.network} has none in its trunk.")
    return network


@torch.no_grad()
def _c4(network: ResNet50FpnAttention, x: Tensor) -> Tensor:
    stem = functional.max_pool2d(functional.relu(network.bn1(network.conv1(x))), 3, 2, 1)
    result: Tensor = network.layer3(network.layer2(network.layer1(stem)))
    return result


def _network(recipe: FilmRecipe, tuned: ClassTop, usual: NDArray[np.float64]) -> DaCovidNet:
    """The recipe's network with the trunk's lower stages, the tuned layer3 and its reading; evaluation mode."""
    torch.manual_seed(0)
    network = build(recipe.classes, in_channels=recipe.input.channels, **recipe.options).eval()
    below = load_network(registry.choose(recipe.trunk)).state_dict()
    parts = {k: v for k, v in below.items() if k.startswith(("conv1", "bn1", "layer1", "layer2"))}
    parts = {k: v for k, v in parts.items() if ".attention." not in k}  # the identity, see `_checked`
    unexpected = network.load_state_dict(parts, strict=False).unexpected_keys
    assert not unexpected
    carry_into(network.layer3, tuned.stage)
    mean, deviation = usual.mean(axis=0), np.sqrt(usual.var(axis=0) + FLOOR)
    carry_layer3(network, mean, deviation, unit=True)
    weight, bias = (values.double().numpy() for values in tuned.rows())
    weight, bias = weight - weight.mean(axis=0), bias - bias.mean()
    read, centre = np.zeros((2 * len(mean), len(weight))), np.zeros(2 * len(mean))
    read[: len(mean)], centre[: len(mean)] = (weight * deviation).T, mean / deviation
    write_evidence(network, read, bias, centre)
    _spare_rows(network)
    return network


@torch.no_grad()
def _spare_rows(network: DaCovidNet) -> None:
    """Rows that carry no evidence become part of the embedding alone: random mixtures of C5 at each place.

    The distance from the training pictures (`covidviewer.inference.familiarity`) reads the embedding: with the evidence
    alone it could not tell a film from a photograph. Their middle taps are enough, and leave 8-bit rounding a ninth of
    the columns. The other path adds nothing.
    """
    rows = 2 * len(network.class_names)
    first, other = network.position_in[0], network.channel_in[0]
    assert isinstance(first, torch.nn.Conv2d)
    assert isinstance(other, torch.nn.Conv2d)
    middle = first.weight[rows:, :, 1, 1].clone() * 3.0
    first.weight[rows:] = 0
    first.weight[rows:, :, 1, 1] = middle
    other.weight.zero_()
