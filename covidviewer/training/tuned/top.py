"""The part that is tuned: a stage and a linear reading of its map, whose cells are taught where lesions lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self, TypeVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from covidviewer.inference.networks.blocks import NonLocal
from covidviewer.inference.networks.resnet50_fpn_attention import ResNet50FpnAttention
from covidviewer.training.precision import has_half, quick_half

__all__ = ["ClassTop", "Top", "TunedStage", "averaged", "carry_into", "folded", "lower_trunk"]

CHANNELS = 1024
#: Standardised values are shrunk by this before they are read, so that one rate suits thousands of weights.
SHRINK = CHANNELS**-0.5 / 2**0.5

T = TypeVar("T", bound="TunedStage")


def _pairs(block: nn.Module) -> list[tuple[Any, str, Any, str]]:
    """Convolutions of a bottleneck and the batch norms that follow them, by name."""
    found = [(block, f"conv{k}", block, f"bn{k}") for k in (1, 2, 3)]
    shortcut = cast(Any, block).downsample
    return found + ([(shortcut, "0", shortcut, "1")] if shortcut is not None else [])


def folded(stage: nn.Sequential) -> nn.Sequential:
    """A stage with each batch norm folded into the convolution before it, in place; attention stays as it is."""
    for block in stage:
        for owner, conv, keeper, norm in _pairs(block):
            pair = owner.get_submodule(conv), keeper.get_submodule(norm)
            setattr(owner, conv, fuse_conv_bn_eval(pair[0].eval(), pair[1].eval()))
            setattr(keeper, norm, nn.Identity())
    return stage


@torch.no_grad()
def carry_into(stage: nn.Sequential, source: nn.Sequential) -> None:
    """Write a folded stage into one with batch norms: these become the identity but for the convolution's bias."""
    for block, other in zip(stage, source, strict=True):
        for (owner, conv, keeper, norm), (theirs, its, *_) in zip(_pairs(block), _pairs(other), strict=True):
            into, of = owner.get_submodule(conv), theirs.get_submodule(its)
            into.weight.copy_(of.weight)
            bn = keeper.get_submodule(norm)
            bn.weight.fill_(1.0)
            bn.bias.copy_(of.bias)
            bn.running_mean.zero_()
            bn.running_var.fill_(1.0 - bn.eps)
        if isinstance(cast(Any, block).attention, NonLocal):
            cast(Any, block).attention.load_state_dict(cast(Any, other).attention.state_dict())


def lower_trunk(network: ResNet50FpnAttention) -> nn.Sequential:
    """Stem to layer2, frozen, norms folded; in bfloat16 where the processor has it. Takes the network's modules."""
    stem = fuse_conv_bn_eval(network.conv1.eval(), network.bn1.eval())
    lower = nn.Sequential(
        stem, nn.ReLU(), nn.MaxPool2d(3, 2, 1), folded(network.layer1), folded(network.layer2)
    ).requires_grad_(False)
    if has_half():
        lower = lower.to(torch.bfloat16)
    result: nn.Sequential = lower.to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    return result


class TunedStage(nn.Module):
    """A stage and a linear reading of its map; what the two kinds of reading (`Top`, `ClassTop`) share.

    The evidence of a cell is its part of the reading of means: the map that the viewer shows for the class. Slope and
    offset turn it into the chance that the cell is lesion.

    Parameters
    ----------
    stage
        What is tuned (of it, what wants gradients), from the lower trunk's map to the map that is read. Norms in it
        keep their statistics.
    channels
        Of the map that is read.
    width
        Pooled values that are read: means, and peaks behind them.
    rows
        Readings.
    slopes
        Pairs of slope and offset.
    dropout
        On standardised pooled values.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, stage: nn.Sequential, channels: int, width: int, rows: int, slopes: int, dropout: float) -> None:
        super().__init__()
        self.stage = stage
        self.channels = channels
        self.peaks = width > channels
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))
        self.reading = nn.Linear(width, rows)
        self.slope = nn.Parameter(torch.zeros(slopes))
        self.offset = nn.Parameter(torch.full((slopes,), -2.0))
        self.dropout = nn.Dropout(dropout)

    def train(self, mode: bool = True) -> Self:
        """Only the dropout has two ways; norms inside the attention keep their statistics."""
        super().train(False)
        self.dropout.train(mode)
        return self

    def maps(self, below: Tensor) -> Tensor:
        """From the lower trunk's map to the one that is read, N x channels x h x w."""
        with quick_half():
            result: Tensor = self.stage(below if torch.is_autocast_enabled("cpu") else below.float())
        return result.float()

    def pooled(self, read: Tensor) -> Tensor:
        """Means of a map, then its peaks; means alone without peaks: N x width."""
        means = read.mean(dim=(2, 3))
        return torch.cat([means, read.amax(dim=(2, 3))], dim=1) if self.peaks else means

    def answers(self, pooled: Tensor) -> Tensor:
        """Logits by every reading, N x rows."""
        shrunk = self.dropout((pooled - self.mean) / self.deviation) * SHRINK
        result: Tensor = self.reading(shrunk)
        return result

    def apart(self, pooled: Tensor, other: Tensor) -> Tensor:
        """Differences of the answers to two tables of pooled values, without dropout: N x rows."""
        result: Tensor = functional.linear((pooled - other) / self.deviation * SHRINK, self.reading.weight)
        return result

    def cells(self, read: Tensor, weight: Tensor) -> Tensor:
        """Each cell's part of a reading of means, no constant: N x channels x h x w and N x width to N x h x w."""
        means = slice(self.channels)
        return torch.einsum("nc,nchw->nhw", weight[:, means] * (SHRINK / self.deviation[means]), read)

    def as_lesion(self, cells: Tensor, place: Tensor) -> Tensor:
        """Logits that cells are lesion, by the slope and offset ``place`` of each picture."""
        scale = functional.softplus(self.slope[place])[:, None, None]
        return cells * scale + self.offset[place][:, None, None]

    @torch.no_grad()
    def rows(self) -> tuple[Tensor, Tensor]:
        """The readings for raw pooled values: weight rows x D and bias."""
        weight = self.reading.weight * SHRINK / self.deviation
        return weight, self.reading.bias - weight @ self.mean

    @torch.no_grad()
    def read_as(self, weight: Tensor, bias: Tensor) -> None:
        """Begin with readings of raw pooled values."""
        scaled = weight * self.deviation
        self.reading.weight.copy_(scaled / SHRINK)
        self.reading.bias.copy_(bias + weight @ self.mean)


class Top(TunedStage):
    """A reading for each look and each source: one class or not.

    Parameters
    ----------
    stage, dropout
        As for `TunedStage`: 1024 channels.
    looks, sources
        How many of each.
    peaks
        Whether peaks are read beside means.
    """

    def __init__(self, stage: nn.Sequential, looks: int, sources: int, dropout: float, peaks: bool = True) -> None:
        super().__init__(stage, CHANNELS, (2 if peaks else 1) * CHANNELS, looks * sources, looks, dropout)
        self.sources = sources

    def logits(self, pooled: Tensor, row: Tensor) -> Tensor:
        """Logit of the positive class by the reading ``row`` (look times sources plus source) of each picture, N."""
        return self.answers(pooled).gather(1, row[:, None])[:, 0]

    def evidence(self, c4: Tensor, row: Tensor) -> Tensor:
        """Each cell's part of the reading of means, N x h x w, but for a constant."""
        return self.cells(c4, self.reading.weight[row])

    def lesion_logits(self, c4: Tensor, row: Tensor) -> Tensor:
        """Of each cell that it is lesion, N x h x w: the evidence by the reading ``row`` of each picture, scaled."""
        return self.as_lesion(self.evidence(c4, row), row // self.sources)


class ClassTop(TunedStage):
    """A reading of means for each of several classes that exclude each other.

    Only differences of readings mean something (softmax); evidence for a class is that above the mean of all classes.

    Parameters
    ----------
    stage, dropout, channels
        As for `TunedStage`.
    classes
        How many.
    """

    def __init__(self, stage: nn.Sequential, classes: int, dropout: float, channels: int = CHANNELS) -> None:
        super().__init__(stage, channels, channels, classes, 1, dropout)

    def evidence(self, c4: Tensor, label: Tensor) -> Tensor:
        """Each cell's part of the reading of the class ``label`` of each picture, N x h x w; 0 where it is as usual."""
        weight = (self.reading.weight - self.reading.weight.mean(dim=0))[label]
        return self.cells(c4 - self.mean[None, :, None, None], weight)

    def lesion_logits(self, c4: Tensor, label: Tensor) -> Tensor:
        """Of each cell that it is lesion, N x h x w: the evidence for the class of each picture, scaled."""
        return self.as_lesion(self.evidence(c4, label), torch.zeros_like(label))


@torch.no_grad()
def averaged(tops: Sequence[T]) -> T:
    """Mean of the weights of several runs that began as one (Wortsman et al., "Model soups", ICML 2022).

    Runs from one start at a small rate end in one basin, where the mean of the weights does about what the mean of the
    answers does, for the price of one network. The first is changed and given back.
    """
    first, rest = tops[0], tops[1:]
    others = [dict(top.named_parameters()) for top in rest]
    for name, parameter in first.named_parameters():
        for other in others:
            parameter.add_(other[name])
        parameter.div_(len(tops))
    return first
