"""Squeeze and excitation: each channel times a factor read from all channels' means (1709.01507; NETWORKS.md 3.3)."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

__all__ = ["SqueezeExcitation"]


class SqueezeExcitation(nn.Module):
    """``x * sigmoid(W2 . relu(W1 . mean(x)))``, both convolutions 1 x 1 with bias.

    Parameters
    ----------
    channels
        Channels of the map, in and out.
    reduction
        ``channels // reduction`` channels inside.
    """

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        inner = max(1, channels // reduction)
        self.squeeze = nn.Conv2d(channels, inner, 1)
        self.excite = nn.Conv2d(inner, channels, 1)

    def open(self, bias: float = 3.0) -> None:
        """Start near 1 for a trunk that was trained without: zero weights and a bias (sigmoid(3) is 0.95)."""
        nn.init.zeros_(self.excite.weight)
        assert self.excite.bias is not None
        nn.init.constant_(self.excite.bias, bias)

    def factors(self, x: Tensor) -> Tensor:
        """Factor of each channel, N x C x 1 x 1, between 0 and 1."""
        pooled = x.mean(dim=(2, 3), keepdim=True)
        result: Tensor = self.excite(functional.relu(self.squeeze(pooled))).sigmoid()
        return result

    def forward(self, x: Tensor) -> Tensor:
        """Same shape in and out, N x C x H x W."""
        return x * self.factors(x)
