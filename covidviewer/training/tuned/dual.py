"""DPN-92 for films: conv4 with its attentions is tuned between a frozen trunk and the frozen conv5.

conv5 hands conv4's state on and was set by hand (``tools/make_dpn92.py``): thousands of its weights are zero on
purpose, and a step of Adam moves each of them by its whole rate. So it stays as it is, and what learns is below it.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from covidviewer.errors import UsageError
from covidviewer.inference import registry
from covidviewer.inference.loading import load_network
from covidviewer.inference.networks import dpn92_gc, dpn92_se
from covidviewer.inference.networks.dpn import EMBEDDING, DualPathBlock, DualPathNetwork, load_trunk
from covidviewer.inference.networks.squeeze_excitation import SqueezeExcitation
from covidviewer.training.precision import quick_half
from covidviewer.training.tuned.recipe import FilmRecipe
from covidviewer.training.tuned.subject import FLOOR, Subject
from covidviewer.training.tuned.top import ClassTop

__all__ = ["subject"]

#: Pixels of the input along a cell of the last map.
CELL = 32
#: Weights that stay float16: rounding them to 8 bits moved probabilities by more than 0.01.
HALVES = ("c3x3_b", "conv2_", "conv3_")
#: Where the gates of the tuned blocks start: a factor of 0.95, with a slope left to learn by.
OPEN = 3.0


class _Lower(nn.Module):
    """Stem to conv3, both paths together; half precision where it is quick."""

    def __init__(self, blocks: nn.Sequential) -> None:
        super().__init__()
        self.blocks = blocks

    def forward(self, x: Tensor) -> Tensor:
        with quick_half():
            residual, dense = self.blocks(x)
        return torch.cat((residual, dense), dim=1)


def subject(recipe: FilmRecipe) -> Subject:
    """What a recipe for a DPN-92 tunes.

    Raises
    ------
    UsageError
        A trunk that is no DPN-92's, or one whose attentions are trained.
    """
    network = _opened(recipe)
    names = [name for name, _ in network.features.named_children()]
    cut = names.index("conv4_1")
    blocks = list(network.features)
    lower: nn.Module = _Lower(nn.Sequential(*blocks[:cut])).requires_grad_(False)
    stage = nn.Sequential(*blocks[cut:]).requires_grad_(False)
    for name, block in zip(names[cut:], stage, strict=True):
        block.requires_grad_(name.startswith("conv4"))
    top = ClassTop(stage, len(recipe.classes), recipe.tuning.dropout, EMBEDDING)
    lower, top = (part.to(memory_format=torch.channels_last).eval() for part in (lower, top))  # type: ignore[call-overload]
    return Subject(lower, top, CELL, lambda tuned, usual: _written(network, tuned, usual), HALVES)


def _opened(recipe: FilmRecipe) -> DualPathNetwork:
    """The recipe's network with the trunk of other weights; does what that trunk does, and its attentions can learn."""
    below = load_network(registry.choose(recipe.trunk))
    if not isinstance(below, DualPathNetwork):
        raise UsageError(f"The trunk {recipe.trunk} is no DPN-92's; this recipe tunes one.")
    torch.manual_seed(0)
    build = dpn92_se.build if recipe.network == "dpn92_se" else dpn92_gc.build
    options = {} if recipe.network == "dpn92_se" else {"gc_ratio": float(recipe.options.get("gc_ratio", 0.25))}
    network = build(recipe.classes, recipe.input.channels, **options)  # type: ignore[arg-type]
    load_trunk(network, {k: v for k, v in below.state_dict().items() if ".attention." not in k})
    dpn92_se.open_gates(network, 12.0)
    with torch.no_grad():
        for name, block in network.features.named_children():
            if name.startswith("conv4") and isinstance(block, DualPathBlock):
                _leave_room(block)
    network.eval()
    x = torch.rand(1, recipe.input.channels, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        ours, theirs = (one.features(x) for one in (network, below))
    if float((ours - theirs).abs().max()) > 1e-2 * float(theirs.abs().max()):
        raise UsageError(f"The attentions in {recipe.trunk} are trained; its trunk alone does something else.")
    return network


def _leave_room(block: DualPathBlock) -> None:
    """Gates that are not saturated, and a last convolution that makes up for it."""
    gate = block.attention
    if isinstance(gate, SqueezeExcitation):
        gate.open(OPEN)
        kept = block.residual if not block.everything else len(block.c1x1_c.conv.weight)
        block.c1x1_c.conv.weight[:kept] *= 1 + math.exp(-OPEN)


@torch.no_grad()
def _written(network: DualPathNetwork, tuned: ClassTop, usual: NDArray[np.float64]) -> DualPathNetwork:
    """Stage and reading into the network; the last map's channels of unit spread, and zero where a place is as usual.

    Channels that the tail keeps constant (``tools/make_dpn92.py``) carry the mean of all others.
    """
    for block, theirs in zip(list(network.features)[-len(tuned.stage) :], tuned.stage, strict=True):
        block.load_state_dict(theirs.state_dict())
    tail = network.features[-1].bn
    assert isinstance(tail, nn.BatchNorm2d)
    spare = (tail.weight == 0).nonzero().ravel()
    mean, spread = (torch.from_numpy(v).float() for v in (usual.mean(axis=0), np.sqrt(usual.var(axis=0) + FLOOR)))
    spread[spare] = 1.0
    weight, bias = tuned.rows()
    weight, bias = weight - weight.mean(dim=0), bias - bias.mean()
    bias = bias + weight[:, spare] @ mean[spare]  # what they said of every film alike
    weight[:, spare] = 0
    offset = -(weight @ mean) / len(spare)
    weight = weight * spread
    value = 2.0 ** math.ceil(math.log2(float(offset.abs().max() / (0.7 * weight.abs().max()))))
    tail.weight.div_(spread)
    tail.bias.div_(spread)
    tail.bias[spare] = value
    network.last_linear.weight.copy_(weight)
    network.last_linear.weight[:, spare] = (offset / value)[:, None]
    network.last_linear.bias.copy_(bias - offset * len(spare))
    return network.eval()
