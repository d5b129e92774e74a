"""Four convolutions and two linear layers without batch norm (seed 002; NETWORKS.md 4.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from covidviewer.inference.contract import CamSpec
from covidviewer.inference.networks import two_layer_head
from covidviewer.inference.networks.blocks import initialise

__all__ = ["Vgg", "build", "pooling_matrix"]

_GRID = 7


def pooling_matrix(size: int, cells: int = _GRID) -> Tensor:
    """Adaptive average pooling along one axis as a matrix, cells x size."""
    matrix = torch.zeros(cells, size)
    for i in range(cells):
        first, last = i * size // cells, -(-(i + 1) * size // cells)
        matrix[i, first:last] = 1.0 / (last - first)
    return matrix


class Vgg(nn.Module):
    """The thesis's VGG.

    Parameters
    ----------
    class_names
        Order of the logits.
    in_channels
        3 (grey repeated) or 1.
    width
        Channels of the first convolution; the others have 2, 4, 8 times as many, the hidden layer 8 times. 64 is
        VGG's own ladder, 32 the half width.
    dropout
        Between the linear layers, in training only.
    """

    def __init__(self, class_names: Sequence[str], in_channels: int = 3, width: int = 64, dropout: float = 0.5) -> None:
        super().__init__()
        self.class_names = tuple(class_names)
        self.cam_spec = CamSpec(names=("conv4",), grids=((32, 32),), exact=False, method="hirescam")
        widths = (in_channels, width, 2 * width, 4 * width, 8 * width)
        self.convolutions = nn.ModuleList(nn.Conv2d(i, o, 3, padding=1) for i, o in pairwise(widths))
        self.hidden = nn.Linear(widths[-1] * _GRID * _GRID, widths[-1])
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(widths[-1], len(self.class_names))
        initialise(self)

    @staticmethod
    def check_size(size: tuple[int, int]) -> None:
        """Refuse pictures with nothing left after four poolings.

        Raises
        ------
        ValueError
            A side is below 32.
        """
        if min(size) < 32:
            raise ValueError(f"this network takes pictures of at least 32 x 32 pixels, not {size[0]} x {size[1]}")

    def backbone(self, x: Tensor) -> dict[str, tuple[Tensor, ...]]:
        """N x in_channels x H x W, normalised, to ``"cam"``: N x 512 x H/8 x W/8 (32 x 32 at 256), before pooling."""
        self.check_size((x.shape[2], x.shape[3]))
        for number, convolution in enumerate(self.convolutions):
            if number:
                x = functional.max_pool2d(x, 2)
            x = functional.relu(convolution(x))
        return {"cam": (x,)}

    @staticmethod
    def _pooled(level: Tensor) -> Tensor:
        return functional.adaptive_avg_pool2d(functional.max_pool2d(level, 2), _GRID).flatten(1)

    def head(self, features: Mapping[str, tuple[Tensor, ...]]) -> tuple[Tensor, Tensor]:
        """Logits N x K; the hidden layer N x 512 as embedding."""
        embedding = functional.relu(self.hidden(self._pooled(features["cam"][0])))
        return self.fc(self.dropout(embedding)), embedding

    def forward(self, x: Tensor) -> Tensor:
        """Logits, N x K."""
        return self.head(self.backbone(x))[0]

    def class_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """HiResCAM of every class in closed form, N x K x H/8 x W/8: its sum is the logit but for the bias terms.

        The gradient of a logit by the 7 x 7 map goes back through the average (a matrix) and the maximum (it belongs
        to the largest of four).
        """
        level = features["cam"][0]
        largest = functional.max_pool2d(level, 2)
        count, channels, height, width = largest.shape
        slopes = two_layer_head.slopes(self._pooled(level), self.hidden, self.fc)
        down = pooling_matrix(height).to(level)
        across = pooling_matrix(width).to(level)
        owner = _twice(largest, level) == level
        maps = []
        for number in range(len(self.class_names)):
            gradient = slopes[:, number].reshape(count, channels, _GRID, _GRID)
            spread = torch.matmul(torch.matmul(down.T, gradient), across)
            maps.append((_twice(spread * largest, level) * owner).sum(dim=1))
        return torch.stack(maps, dim=1)

    def coarse_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """The same: there is one grid."""
        return self.class_maps(features)


def _twice(x: Tensor, like: Tensor) -> Tensor:
    """Each value as a 2 x 2 block, zeros where the pooling left out an odd row or column."""
    large = x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    down, across = like.shape[2] - large.shape[2], like.shape[3] - large.shape[3]
    return functional.pad(large, (0, across, 0, down)) if down or across else large


def build(class_names: Sequence[str], in_channels: int = 3, **options: float) -> Vgg:
    """Builder for the registry. Options: ``width`` (64), ``dropout`` (0.5)."""
    known = {"width": 64.0, "dropout": 0.5}
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(f"vgg knows no option {unknown}; it has {sorted(known)}")
    values = known | options
    return Vgg(class_names, in_channels, int(values["width"]), values["dropout"])
