"""Position attention of DANet: every cell reads all cells that look like it (1809.02983; NETWORKS.md 3.6)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["PositionAttention"]


class PositionAttention(nn.Module):
    """``gamma * sum_j softmax_j(q_i . k_j) v_j + x_i``; gamma starts at 0, so the block starts as the identity.

    Parameters
    ----------
    channels
        Channels of the map; query and key have an eighth of them.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query = nn.Conv2d(channels, channels // 8, 1)
        self.key = nn.Conv2d(channels, channels // 8, 1)
        self.value = nn.Conv2d(channels, channels, 1)
        self.gamma = nn.Parameter(torch.zeros(1))

    def adds_nothing(self) -> bool:
        """Whether the block is the identity, whatever it is given: as it starts, before training."""
        return not bool(self.gamma.any())

    def attention(self, x: Tensor) -> Tensor:
        """Weights of all positions for each position, N x HW x HW; each row sums to 1."""
        query = self.query(x).flatten(2).transpose(1, 2)
        # No division by the root of the width: DANet has none. Float32: the energies are large.
        return torch.softmax(torch.bmm(query, self.key(x).flatten(2)).float(), dim=-1)

    def forward(self, x: Tensor) -> Tensor:
        """Same shape in and out, N x C x H x W."""
        value = self.value(x).flatten(2)
        mixed = torch.bmm(value, self.attention(x).to(value.dtype).transpose(1, 2))
        result: Tensor = self.gamma * mixed.reshape(x.shape) + x
        return result
