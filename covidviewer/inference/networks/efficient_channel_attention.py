"""ECA, and the thesis's ECAsSE, which adds maxima and an excitation by place (arXiv 1910.03151; NETWORKS.md 3.5)."""

from __future__ import annotations

import math

from torch import Tensor, nn

__all__ = ["EfficientChannelSpatialExcitation", "kernel_size"]


def kernel_size(channels: int) -> int:
    """Odd number of neighbouring channels that decide a channel's factor: 3 for 64, 5 for 128, 256 and 512."""
    size = int(abs(math.log2(channels) / 2 + 0.5))
    return size if size % 2 else size + 1


class EfficientChannelSpatialExcitation(nn.Module):
    """``x * sigmoid(k * mean + k * maximum) + x * sigmoid(place)``, one kernel ``k`` along the channels for both.

    Parameters
    ----------
    channels
        Channels of the map, in and out.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        size = kernel_size(channels)
        self.along = nn.Conv1d(1, 1, size, padding=size // 2, bias=False)
        self.place = nn.Conv2d(channels, 1, 1)

    def factors(self, x: Tensor) -> Tensor:
        """Factor of each channel, N x C x 1 x 1, between 0 and 1."""
        mean = self.along(x.mean(dim=(2, 3))[:, None])
        largest = self.along(x.amax(dim=(2, 3))[:, None])
        result: Tensor = (mean + largest).sigmoid()[:, 0, :, None, None]
        return result

    def forward(self, x: Tensor) -> Tensor:
        """Same shape in and out, N x C x H x W."""
        result: Tensor = x * self.factors(x) + x * self.place(x).sigmoid()
        return result
