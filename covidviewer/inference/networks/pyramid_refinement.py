"""FPRM, read as *feature-pyramid refinement module*: the thesis never expands the name (NETWORKS.md 3.11)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from covidviewer.inference.networks.unet_parts import conv_bn_relu

__all__ = ["PyramidRefinement"]


class PyramidRefinement(nn.Module):
    """Maps of several scales on one grid, joined and refined by a residual step.

    Parameters
    ----------
    channels
        Of each map that comes in.
    inner, channels_out
        Channels of each map after its 1 x 1 step, and of the result.
    """

    def __init__(self, channels: Sequence[int], inner: int = 64, channels_out: int = 128) -> None:
        super().__init__()
        self.inputs = nn.ModuleList(conv_bn_relu(count, inner, 1) for count in channels)
        self.join = conv_bn_relu(inner * len(channels), channels_out, 1)
        self.refine = nn.Sequential(
            *conv_bn_relu(channels_out, channels_out),
            nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels_out),
        )

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        """Maps, the last one giving the grid (h, w), to N x 128 x h x w."""
        grid = (levels[-1].shape[2], levels[-1].shape[3])
        pooled = [
            functional.adaptive_avg_pool2d(step(level), grid) for step, level in zip(self.inputs, levels, strict=True)
        ]
        joined = self.join(torch.cat(pooled, dim=1))
        return functional.relu(joined + self.refine(joined))
