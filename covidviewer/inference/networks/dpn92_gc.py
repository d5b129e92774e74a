"""DPN-92 with a global context block on the residual output of all 30 blocks (seed 000; NETWORKS.md 4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from covidviewer.inference.networks.dpn import DualPathNetwork
from covidviewer.inference.networks.global_context import GlobalContext

__all__ = ["build"]


def build(class_names: Sequence[str], in_channels: int = 3, **options: float) -> DualPathNetwork:
    """Builder for the registry.

    Parameters
    ----------
    class_names
        Order of the logits.
    in_channels
        Channels of the input.
    options
        ``gc_ratio`` (1/4; 1/16 is the lighter form), channels inside a context block by channels of its map.
    """
    unknown = set(options) - {"gc_ratio"}
    if unknown:
        raise ValueError(f"dpn92_gc knows no option {sorted(unknown)}; it has ['gc_ratio']")
    ratio = float(options.get("gc_ratio", 0.25))
    if not 0 < ratio <= 1:
        raise ValueError("gc_ratio must lie between 0 and 1")
    return DualPathNetwork(class_names, in_channels, partial(GlobalContext, ratio=ratio))
