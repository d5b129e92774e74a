"""DPN-92 with squeeze and excitation on the residual output of all 30 blocks (seed 001; NETWORKS.md 4.2)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from covidviewer.inference.networks.dpn import DualPathNetwork
from covidviewer.inference.networks.squeeze_excitation import SqueezeExcitation

__all__ = ["build", "open_gates"]

PLACES = ("residual", "all")


def build(class_names: Sequence[str], in_channels: int = 3, **options: str) -> DualPathNetwork:
    """Builder for the registry.

    Parameters
    ----------
    class_names
        Order of the logits.
    in_channels
        Channels of the input.
    options
        ``se_on``: ``"residual"`` (before the addition) or ``"all"`` (residual and dense output, before the split).
    """
    unknown = set(options) - {"se_on"}
    if unknown:
        raise ValueError(f"dpn92_se knows no option {sorted(unknown)}; it has ['se_on']")
    place = options.get("se_on", "residual")
    if place not in PLACES:
        raise ValueError(f"se_on must be one of {', '.join(PLACES)}, not {place}")
    return DualPathNetwork(class_names, in_channels, SqueezeExcitation, everything=place == "all")


def open_gates(network: nn.Module, bias: float = 3.0) -> None:
    """Bring all factors near 1, for a trunk that was trained without them (a fresh factor is about one half)."""
    for module in network.modules():
        if isinstance(module, SqueezeExcitation):
            module.open(bias)
