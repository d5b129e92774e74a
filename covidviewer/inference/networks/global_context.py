"""Global context block: one context vector for the whole map, added everywhere (arXiv 1904.11492; NETWORKS.md 3.2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["GlobalContext"]


class GlobalContext(nn.Module):
    """``x + W2 . relu(LayerNorm(W1 . sum_p a_p x_p))`` with ``a`` the softmax of a 1 x 1 convolution over positions.

    The last convolution starts at zero, so that the block is the identity, bit for bit, until it is trained.

    Parameters
    ----------
    channels
        Channels of the map, in and out.
    ratio
        The transform has ``channels * ratio`` channels inside.
    """

    def __init__(self, channels: int, ratio: float = 0.25) -> None:
        super().__init__()
        inner = max(1, int(channels * ratio))
        self.mask = nn.Conv2d(channels, 1, 1)
        self.squeeze = nn.Conv2d(channels, inner, 1)
        self.norm = nn.LayerNorm([inner, 1, 1])
        self.excite = nn.Conv2d(inner, channels, 1)
        self.start()

    def start(self) -> None:
        """Start values: He-normal by fan-in for the mask, zero for the last convolution."""
        nn.init.kaiming_normal_(self.mask.weight, mode="fan_in", nonlinearity="relu")
        nn.init.zeros_(self.excite.weight)
        for convolution in (self.mask, self.excite):
            assert convolution.bias is not None
            nn.init.zeros_(convolution.bias)

    def adds_nothing(self) -> bool:
        """Whether the block is the identity, whatever it is given: as it starts, before training."""
        assert self.excite.bias is not None
        return not bool(self.excite.weight.any() or self.excite.bias.any())

    def attention(self, x: Tensor) -> Tensor:
        """Weight of each position, N x HW; each row sums to 1."""
        # Softmax in float32: half precision would round the small weights of large maps away.
        return torch.softmax(self.mask(x).flatten(1).float(), dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """Same shape in and out, N x C x H x W."""
        weights = self.attention(x).to(x.dtype)
        context = torch.bmm(x.flatten(2), weights[:, :, None])[:, :, :, None]
        result: Tensor = x + self.excite(functional.relu(self.norm(self.squeeze(context))))
        return result
