"""Blocks that more than one network uses: the ResNet bottleneck and the non-local attention."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Bottleneck", "NonLocal", "initialise"]


class NonLocal(nn.Module):
    """Embedded-Gaussian attention over all positions of a map (arXiv 1711.07971; NETWORKS.md 3.8).

    ``z = x + BN(W_z . softmax(theta^T phi / sqrt(d)) g)``. Weight and bias of the batch norm start at zero, so
    that the block is the identity, bit for bit, until it is trained.

    Parameters
    ----------
    channels
        Channels of the map, in and out.
    reduction
        theta, phi and g have ``channels // reduction`` channels.
    """

    def __init__(self, channels: int, reduction: int = 8) -> None:
        super().__init__()
        inner = channels // reduction
        self.theta = nn.Conv2d(channels, inner, 1)
        self.phi = nn.Conv2d(channels, inner, 1)
        self.g = nn.Conv2d(channels, inner, 1)
        self.out = nn.Conv2d(inner, channels, 1)
        self.bn = nn.BatchNorm2d(channels)
        self.scale = inner**-0.5

    def attention(self, x: Tensor) -> Tensor:
        """Weights of all positions for each position, N x HW x HW; each row sums to 1."""
        query = self.theta(x).flatten(2).transpose(1, 2)
        key = self.phi(x).flatten(2)
        # Softmax in float32: half precision would round the small weights of large maps away.
        return torch.softmax(torch.bmm(query, key).float() * self.scale, dim=-1)

    def adds_nothing(self) -> bool:
        """Whether the block is the identity, whatever it is given: as it starts, before training."""
        return not bool(self.bn.weight.any() or self.bn.bias.any())

    def forward(self, x: Tensor) -> Tensor:
        """Same shape in and out, N x C x H x W."""
        value = self.g(x).flatten(2).transpose(1, 2)
        mixed = torch.bmm(self.attention(x).to(value.dtype), value)
        grid = mixed.transpose(1, 2).reshape(x.shape[0], -1, x.shape[2], x.shape[3])
        result: Tensor = x + self.bn(self.out(grid))
        return result


class Bottleneck(nn.Module):
    """ResNet bottleneck, stride in the 3x3 convolution, torchvision's key names.

    Parameters
    ----------
    channels_in, width, stride
        Output has ``4 * width`` channels.
    project
        Shortcut through a 1x1 convolution and batch norm (first block of a stage).
    attention
        Placed on the residual branch after the third batch norm, before the shortcut is added
        (seed 004; NETWORKS.md 4.4).
    dilation
        Of the 3x3 convolution (seed 003; NETWORKS.md 4.3).
    """

    def __init__(
        self,
        channels_in: int,
        width: int,
        stride: int = 1,
        project: bool = False,
        attention: nn.Module | None = None,
        dilation: int = 1,
    ) -> None:
        super().__init__()
        channels_out = 4 * width
        self.conv1 = nn.Conv2d(channels_in, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, dilation, dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, channels_out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(channels_out)
        self.downsample: nn.Module | None = None
        if project:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride, bias=False), nn.BatchNorm2d(channels_out)
            )
        self.attention = attention

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W to N x 4 width x H/stride x W/stride."""
        y = functional.relu(self.bn1(self.conv1(x)))
        y = functional.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        if self.attention is not None:
            y = self.attention(y)
        shortcut = x if self.downsample is None else self.downsample(x)
        return functional.relu(y + shortcut)


def initialise(network: nn.Module) -> None:
    """Start values of NETWORKS.md 2: He-normal (fan out) convolutions, unit batch norms, N(0, 0.01) linears.

    Attention branches are set to the identity last.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0.0, 0.01)
            nn.init.zeros_(module.bias)
    for module in network.modules():
        if isinstance(module, NonLocal):
            nn.init.zeros_(module.bn.weight)
            nn.init.zeros_(module.bn.bias)
