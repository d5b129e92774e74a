"""Heads written into DA-COVID-Net instead of trained: exact linear evidence in a map that ReLUs do not clip.

layer4 has no pretrained filters. It carries layer3's map on unchanged, and beside each channel how far the channel
rises above its usual range (a mean alone does not see a small bright spot). The fused map then holds, for each class,
evidence for and evidence against in a channel of its own, so that no ReLU takes anything away, and

    logit = mean(for) - mean(against) + bias = mean over positions of w . (C5 - centre) + constant.

Positions with the usual values of the training pictures are 0 in the map.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from covidviewer.inference.networks.da_covid_net import DaCovidNet

__all__ = ["carry_layer3", "write_evidence"]

Floats = NDArray[np.floating[Any]]
_CARRIED = 1024


def _taps(convolution: nn.Conv2d, rows: Tensor, channels: Tensor) -> None:
    """Rows that hand one channel on, whatever the kernel's size."""
    middle = convolution.kernel_size[0] // 2
    convolution.weight[rows] = 0
    convolution.weight[rows, channels, middle, middle] = 1.0


def _plain(norm: nn.BatchNorm2d, rows: Tensor, scale: Tensor | float = 1.0, shift: Tensor | float = 0.0) -> None:
    """``norm(x) = scale x + shift`` for some channels, in evaluation mode."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean[rows] = 0
    norm.running_var[rows] = 1 - norm.eps
    norm.weight[rows] = scale
    norm.bias[rows] = shift


@torch.no_grad()
def carry_layer3(
    network: DaCovidNet, mean: Floats, deviation: Floats, threshold: float = 1.0, unit: bool = False
) -> None:
    """Set layer4 so that C5 is layer3's map and ``relu((map - mean) / deviation - threshold)``.

    Parameters
    ----------
    network
        Changed in place; needs an output stride of 8 or 16 (layer4 must not halve the map).
    mean, deviation
        Of each of layer3's 1024 channels over positions of training pictures.
    threshold
        In deviations.
    unit
        The map is carried on in deviations, too (not centred): weights that read it are then of one size, which 8-bit
        rounding needs.
    """
    blocks: list[Any] = list(network.layer4)
    convolution, norm = blocks[0].downsample
    if convolution.stride != (1, 1):
        raise ValueError("layer4 halves the map at output stride 32; nothing can be carried through unchanged")
    every, half = torch.arange(2 * _CARRIED), torch.arange(_CARRIED // 2)
    centre, spread = (torch.as_tensor(np.asarray(v, np.float32)) for v in (mean, deviation))
    convolution.weight.zero_()
    convolution.weight[every[:_CARRIED], every[:_CARRIED], 0, 0] = 1.0
    _plain(norm, every)
    if unit:
        norm.weight[every[:_CARRIED]] = 1 / spread
    for number, block in enumerate(blocks[:2]):
        part = half + number * len(half)
        _taps(block.conv1, half, part)
        already = unit and number > 0  # the block before carried them on in deviations
        _plain(block.bn1, half, 1.0 if already else 1 / spread[part], -(centre[part] / spread[part] + threshold))
        _taps(block.conv2, half, half)
        _plain(block.bn2, half)
        block.conv3.weight.zero_()
        block.conv3.weight[_CARRIED + part, half, 0, 0] = 1.0
        _plain(block.bn3, every)
    blocks[2].bn3.weight.zero_()  # the third block starts as the identity
    blocks[2].bn3.bias.zero_()


@torch.no_grad()
def write_evidence(network: DaCovidNet, weight: Floats, bias: Floats, centre: Floats) -> None:
    """Make the network's logits ``weight . mean(C5) + bias``.

    Parameters
    ----------
    network
        Changed in place: rows of both paths' convolutions, the last layer. The attentions must still be the identity.
    weight, bias
        (2048, K) and (K,): a linear model on the pooled C5.
    centre
        (2048,): value of C5 at which a position says nothing.
    """
    if network.position.gamma.item() != 0 or network.channel.gamma.item() != 0:
        raise ValueError("the attentions of this network are trained; evidence cannot be written past them")
    w = torch.as_tensor(np.asarray(weight, np.float32)).T
    middle = torch.as_tensor(np.asarray(centre, np.float32))
    classes = len(w)
    signed, rows = torch.cat((w, -w)), torch.arange(2 * classes)
    first, last = network.position_in, network.position_out
    convolution, norm = _pair(first)
    convolution.weight[rows] = 0
    convolution.weight[rows, :, 1, 1] = signed
    _plain(norm, rows, 1.0, -(signed @ middle))
    convolution, norm = _pair(last)
    _taps(convolution, rows, rows)
    _plain(norm, rows)
    _, norm = _pair(network.channel_out)
    norm.weight[rows] = 0
    norm.bias[rows] = 0
    network.fc.weight.zero_()
    each = torch.arange(classes)
    network.fc.weight[each, each] = 1.0
    network.fc.weight[each, classes + each] = -1.0
    network.fc.bias.copy_(torch.as_tensor(np.asarray(bias, np.float32)) + w @ middle)


def _pair(path: nn.Sequential) -> tuple[nn.Conv2d, nn.BatchNorm2d]:
    convolution, norm = path[0], path[1]
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    return convolution, norm
