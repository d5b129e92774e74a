"""Bricks of U-Nets: convolution with batch norm, two of them, and the steps up (arXiv 1505.04597; NETWORKS.md 3.10)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["DoubleConv", "Up", "conv_bn_relu", "joined"]


def conv_bn_relu(channels_in: int, channels_out: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution that keeps the size (divided by the stride), without bias; batch norm; ReLU."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    )


class DoubleConv(nn.Sequential):
    """Two 3 x 3 steps: channels in, between, out."""

    def __init__(self, channels_in: int, channels_out: int, between: int = 0) -> None:
        between = between or channels_out
        super().__init__(*conv_bn_relu(channels_in, between), *conv_bn_relu(between, channels_out))


def joined(x: Tensor, skip: Tensor) -> Tensor:
    """``x`` padded with zeros to the skip's size and put behind it: N x (C skip + C x) x H x W."""
    down, across = skip.shape[2] - x.shape[2], skip.shape[3] - x.shape[3]
    if down or across:
        x = functional.pad(x, (across // 2, across - across // 2, down // 2, down - down // 2))
    return torch.cat([skip, x], dim=1)


class Up(nn.Module):
    """Twice the size, joined with the skip, two convolutions.

    Parameters
    ----------
    channels_in
        Channels of both together (transposed: of ``x`` alone, which it halves).
    channels_out
        Of the result.
    between
        Channels between the two convolutions; as the result's when 0.
    transposed
        Enlarge by a 2 x 2 transposed convolution and not bilinearly (aligned corners).
    """

    def __init__(self, channels_in: int, channels_out: int, between: int = 0, transposed: bool = False) -> None:
        super().__init__()
        self.enlarge = nn.ConvTranspose2d(channels_in, channels_in // 2, 2, 2) if transposed else None
        self.convolve = DoubleConv(channels_in, channels_out, between)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """Coarse map and skip to the skip's size."""
        if self.enlarge is None:
            x = functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=True)
        else:
            x = self.enlarge(x)
        result: Tensor = self.convolve(joined(x, skip))
        return result
