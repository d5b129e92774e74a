"""What of a trained network does nothing is left out of the graph that is exported: same numbers, less work.

An attention that was never trained is the identity that it starts as, but its products are computed all the same; so
is a path whose first convolution is zero everywhere.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn

from covidviewer.inference.networks.da_covid_net import DaCovidNet

__all__ = ["leave_out_idle"]


class _Fixed(nn.Module):
    """The same map whatever comes in."""

    map: Tensor

    def __init__(self, map: Tensor) -> None:
        super().__init__()
        self.register_buffer("map", map)

    def forward(self, x: Tensor) -> Tensor:
        return self.map


def leave_out_idle(network: nn.Module, shape: tuple[int, int, int]) -> int:
    """Put nothing in the place of what does nothing; the network answers every input of ``shape`` as before.

    Parameters
    ----------
    network
        In evaluation mode; changed in place.
    shape
        channels, rows, columns of the input.

    Returns
    -------
    int
        How many parts were left out.
    """
    idle = [
        (owner, name)
        for owner in network.modules()
        for name, part in owner.named_children()
        if hasattr(part, "adds_nothing") and cast(Any, part).adds_nothing()
    ]
    for owner, name in idle:
        setattr(owner, name, nn.Identity())
    count = len(idle)
    if isinstance(network, DaCovidNet) and not bool(cast(nn.Conv2d, network.channel_in[0]).weight.any()):
        network.channel_out = cast(Any, _Fixed(_channel_path(network, shape)))
        network.channel_in, network.channel = cast(Any, nn.Identity()), cast(Any, nn.Identity())
        count += 1
    return count


@torch.no_grad()
def _channel_path(network: DaCovidNet, shape: tuple[int, int, int]) -> Tensor:
    """What the channel attention's path says of any input, where its first convolution is zero: 1 x 512 x h x w."""
    deepest = network.trunk(torch.zeros(1, *shape))
    result: Tensor = network.channel_out(network.channel(network.channel_in(torch.zeros_like(deepest))))
    return result
