"""Deformable convolution in plain torch, no compiled operator (arXiv 1703.06211, 1811.11168; NETWORKS.md 3.9)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["DeformableConv2d", "deformed_samples"]


def deformed_samples(x: Tensor, offset: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    """What each tap of a convolution reads when it is moved.

    Parameters
    ----------
    x
        N x C x H x W; zero outside.
    offset
        N x 2k² x H' x W', pixels: for each tap (row by row) how far down, then how far right.
    kernel, stride, padding
        Of the convolution.

    Returns
    -------
    Tensor
        N x C x k² x H' x W', bilinear between pixel centres.
    """
    count, channels, height, width = x.shape
    taps, rows, columns = kernel * kernel, offset.shape[2], offset.shape[3]
    moved = offset.float().view(count, taps, 2, rows, columns)
    tap = torch.arange(taps, device=x.device)
    top = torch.arange(rows, device=x.device) * stride - padding
    left = torch.arange(columns, device=x.device) * stride - padding
    y = moved[:, :, 0] + (torch.div(tap, kernel, rounding_mode="floor")[:, None] + top)[None, :, :, None]
    z = moved[:, :, 1] + (torch.remainder(tap, kernel)[:, None] + left)[None, :, None, :]
    # Pixel centres to the range -1 ... 1 of the picture's outer edges.
    grid = torch.stack([(z + 0.5) * (2.0 / width) - 1, (y + 0.5) * (2.0 / height) - 1], dim=-1)
    # float32 throughout: a bfloat16 position would be off by whole pixels.
    sampled = functional.grid_sample(
        x.float(),
        grid.view(count, taps * rows, columns, 2),
        mode="bilinear",
        padding_mode="zeros",
        align_corners=False,
    )
    return sampled.view(count, channels, taps, rows, columns)


class DeformableConv2d(nn.Module):
    """Square convolution whose taps are moved by offsets that another 3 x 3 convolution reads from the same input.

    Offsets start at zero, weights and bias, so that a fresh layer is an ordinary convolution. Train the offsets at a
    tenth of the learning rate (their parameters are named ``offset``).

    Parameters
    ----------
    channels_in, channels_out, kernel, stride
        As of a convolution with padding ``kernel // 2``, without bias.
    modulation
        Version 2: each tap has a factor between 0 and 1 beside its offset. Off, as the thesis speaks of offsets only.
    """

    def __init__(
        self, channels_in: int, channels_out: int, kernel: int = 3, stride: int = 1, modulation: bool = False
    ) -> None:
        super().__init__()
        self.kernel, self.stride, self.padding, self.modulation = kernel, stride, kernel // 2, modulation
        self.weight = nn.Parameter(torch.empty(channels_out, channels_in, kernel, kernel))
        nn.init.kaiming_normal_(self.weight, mode="fan_out", nonlinearity="relu")
        self.offset = nn.Conv2d(channels_in, (3 if modulation else 2) * kernel * kernel, 3, stride, 1)
        self.straighten()

    def straighten(self) -> None:
        """Set the offsets to zero (factors of version 2 to one half)."""
        nn.init.zeros_(self.offset.weight)
        assert self.offset.bias is not None
        nn.init.zeros_(self.offset.bias)

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W to N x C' x H/stride x W/stride."""
        moved = self.offset(x)
        taps = self.kernel * self.kernel
        sampled = deformed_samples(x, moved[:, : 2 * taps], self.kernel, self.stride, self.padding)
        if self.modulation:
            sampled = sampled * moved[:, 2 * taps :].sigmoid()[:, None]
        # Taps and channels contract like a 1 x 1 convolution over C k² channels.
        flat = sampled.flatten(1, 2)
        return functional.conv2d(flat, self.weight.flatten(1)[:, :, None, None])
