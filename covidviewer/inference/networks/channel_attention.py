"""Channel attention of DANet: every channel reads the channels unlike it (1809.02983; NETWORKS.md 3.7)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["ENERGIES", "ChannelAttention"]

ENERGIES = ("reversed", "plain")


class ChannelAttention(nn.Module):
    """``gamma * A F + x`` with F the C x HW matrix and A a softmax over F Ft; gamma starts at 0.

    Parameters
    ----------
    energy
        ``"reversed"``: softmax of (row maximum - energy), as DANet's code has it; ``"plain"``: softmax of the energy,
        as seed 003 prints it.
    """

    def __init__(self, energy: str = "reversed") -> None:
        super().__init__()
        if energy not in ENERGIES:
            raise ValueError(f"energy must be one of {', '.join(ENERGIES)}, not {energy}")
        self.energy = energy
        self.gamma = nn.Parameter(torch.zeros(1))

    def adds_nothing(self) -> bool:
        """Whether the block is the identity, whatever it is given: as it starts, before training."""
        return not bool(self.gamma.any())

    def attention(self, x: Tensor) -> Tensor:
        """Weights of all channels for each channel, N x C x C; each row sums to 1."""
        rows = x.flatten(2).float()
        energy = torch.bmm(rows, rows.transpose(1, 2))
        if self.energy == "reversed":
            energy = energy.amax(dim=-1, keepdim=True) - energy
        return torch.softmax(energy, dim=-1)

    def forward(self, x: Tensor) -> Tensor:
        """Same shape in and out, N x C x H x W."""
        mixed = torch.bmm(self.attention(x).to(x.dtype), x.flatten(2))
        result: Tensor = self.gamma * mixed.reshape(x.shape) + x
        return result
