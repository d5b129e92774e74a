"""scSE: excitation by channel and by place, side by side (arXiv 1803.02579; NETWORKS.md 3.4)."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

__all__ = ["ChannelSpatialExcitation"]


class ChannelSpatialExcitation(nn.Module):
    """``x * channel + x * place``, both factors between 0 and 1.

    The reference library takes the larger of both; the sum never lets one silence the other, and is ours.

    Parameters
    ----------
    channels
        Channels of the map, in and out.
    reduction
        ``channels // reduction`` channels inside the channel part.
    """

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        inner = max(1, channels // reduction)
        self.squeeze = nn.Conv2d(channels, inner, 1)
        self.excite = nn.Conv2d(inner, channels, 1)
        self.place = nn.Conv2d(channels, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Same shape in and out, N x C x H x W."""
        pooled = x.mean(dim=(2, 3), keepdim=True)
        channel = self.excite(functional.relu(self.squeeze(pooled))).sigmoid()
        result: Tensor = x * channel + x * self.place(x).sigmoid()
        return result
