"""One convolution and one linear layer: the smallest of the thesis's networks (seed 002; NETWORKS.md 4.5).

The linear layer reads the flattened map, so each place has a weight of its own. HiResCAM (gradient times activation,
place by place) is exact for it; Grad-CAM, which averages the gradient, is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from covidviewer.inference.contract import CamSpec
from covidviewer.inference.networks.blocks import initialise

__all__ = ["SimpleCnn", "build"]


class SimpleCnn(nn.Module):
    """Convolution 3 x 3, ReLU, pooling, linear.

    Parameters
    ----------
    class_names
        Order of the logits.
    in_channels
        3 (grey repeated) or 1.
    size
        Side of the square input: the only one that it takes. Even.
    filters
        Of the convolution.
    """

    def __init__(self, class_names: Sequence[str], in_channels: int = 3, size: int = 256, filters: int = 32) -> None:
        super().__init__()
        if size % 2 or size < 16:
            raise ValueError(f"the side of the input must be even and at least 16, not {size}")
        self.class_names = tuple(class_names)
        self.size, self.filters = size, filters
        grid = size // 2
        self.cam_spec = CamSpec(names=("pooled map",), grids=((grid, grid),), exact=True, method="hirescam")
        self.conv = nn.Conv2d(in_channels, filters, 3, padding=1)
        self.fc = nn.Linear(filters * grid * grid, len(self.class_names))
        initialise(self)
        # From zeros: with random start values the loss of half a million weights jumps within a few steps.
        nn.init.zeros_(self.fc.weight)

    def check_size(self, size: tuple[int, int]) -> None:
        """Refuse any size but its own.

        Raises
        ------
        ValueError
            Another size.
        """
        if tuple(size) != (self.size, self.size):
            raise ValueError(f"this network was built for {self.size} x {self.size} pixels, not {size[0]} x {size[1]}")

    def backbone(self, x: Tensor) -> dict[str, tuple[Tensor, ...]]:
        """N x in_channels x size x size, normalised, to ``"cam"``: N x filters x size/2 x size/2."""
        self.check_size((x.shape[2], x.shape[3]))
        return {"cam": (functional.max_pool2d(functional.relu(self.conv(x)), 2),)}

    def head(self, features: Mapping[str, tuple[Tensor, ...]]) -> tuple[Tensor, Tensor]:
        """Logits N x K; the pooled map N x filters as embedding."""
        level = features["cam"][0]
        return self.fc(level.flatten(1)), level.mean(dim=(2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Logits, N x K."""
        return self.head(self.backbone(x))[0]

    def class_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """HiResCAM of every class, N x K x size/2 x size/2; its sum over the grid plus the bias is the logit."""
        level = features["cam"][0]
        weight = self.fc.weight.view(len(self.class_names), self.filters, level.shape[2], level.shape[3])
        # One class after the other: all at once would hold K copies of the map.
        return torch.stack([(level * part).sum(dim=1) for part in weight], dim=1)

    def coarse_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """The same: there is one grid."""
        return self.class_maps(features)


def build(class_names: Sequence[str], in_channels: int = 3, **options: float) -> SimpleCnn:
    """Builder for the registry. Options: ``size`` (256), ``filters`` (32)."""
    known = {"size": 256.0, "filters": 32.0}
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(f"simple_cnn knows no option {unknown}; it has {sorted(known)}")
    values = known | options
    return SimpleCnn(class_names, in_channels, int(values["size"]), int(values["filters"]))
