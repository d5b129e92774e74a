"""EfficientNet-Lite 0 to 2: a baseline that is in none of the papers (arXiv 1905.11946, in its form for small devices).

Inverted bottlenecks (arXiv 1801.04381) with ReLU6 and without squeeze and excitation; the stem's and the head's widths
are the same for all sizes, and strided convolutions pad as TensorFlow's "SAME" does, more below and right than above
and left. Names and shapes of the tensors are those of the published ImageNet files, so that they load as they are. The
head is the mean over the last map and one linear layer, so the map of a class is exact.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from covidviewer.inference.contract import CamSpec
from covidviewer.inference.networks.pooled_head import class_maps, pooled_logits

__all__ = ["Bottleneck", "EfficientNetLite", "SameConv2d", "build_lite0", "build_lite1", "build_lite2", "scaled"]

#: Kernel, stride, expansion, channels out, blocks: the seven stages of size 0.
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
#: Factor on the widths, factor on the blocks, side of the input, dropout.
SIZES = {0: (1.0, 1.0, 224, 0.2), 1: (1.0, 1.1, 240, 0.2), 2: (1.1, 1.2, 260, 0.3)}
STEM, TOP, STRIDE = 32, 1280, 32
#: Share of training pictures that skip the last block; earlier blocks proportionally less.
DROPPED = 0.2


def scaled(channels: int, factor: float) -> int:
    """Channels times the factor, to the nearest multiple of 8 that is not more than a tenth below."""
    wanted = channels * factor
    near = max(8, int(wanted + 4) // 8 * 8)
    return near + 8 if near < 0.9 * wanted else near


class SameConv2d(nn.Conv2d):
    """Convolution without bias that gives ceil(side / stride) rows and columns.

    Parameters
    ----------
    channels_in, channels_out, kernel, stride, groups
        As in `torch.nn.Conv2d`.
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(channels_in, channels_out, kernel, stride, groups=groups, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        lacks = [max((math.ceil(side / stride) - 1) * stride + kernel - side, 0) for side in input.shape[-2:]]
        if any(lack % 2 for lack in lacks):
            top, left = lacks[0] // 2, lacks[1] // 2
            input = functional.pad(input, (left, lacks[1] - left, top, lacks[0] - top))
            even = (0, 0)
        else:
            even = (lacks[0] // 2, lacks[1] // 2)
        return functional.conv2d(input, self.weight, None, self.stride, even, 1, self.groups)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class Bottleneck(nn.Module):
    """Widen, one convolution a channel, narrow; added to its input where shapes allow.

    Parameters
    ----------
    channels_in, channels_out
        Of the block.
    expansion
        Factor of the wide middle; 1: there is no widening convolution.
    kernel, stride
        Of the convolution a channel.
    drop
        Share of training pictures for which the block gives its input unchanged (stochastic depth).
    """

    def __init__(
        self, channels_in: int, channels_out: int, expansion: int, kernel: int, stride: int, drop: float
    ) -> None:
        super().__init__()
        wide = channels_in * expansion
        self.expands = expansion != 1
        if self.expands:
            self._expand_conv, self._bn0 = SameConv2d(channels_in, wide, 1), _norm(wide)
        self._depthwise_conv, self._bn1 = SameConv2d(wide, wide, kernel, stride, wide), _norm(wide)
        self._project_conv, self._bn2 = SameConv2d(wide, channels_out, 1), _norm(channels_out)
        self.adds = stride == 1 and channels_in == channels_out
        self.drop = drop

    def forward(self, x: Tensor) -> Tensor:
        """N x channels_in x H x W to N x channels_out x ceil(H / stride) x ceil(W / stride)."""
        wide = functional.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        wide = functional.relu6(self._bn1(self._depthwise_conv(wide)))
        y: Tensor = self._bn2(self._project_conv(wide))
        if not self.adds:
            return y
        if self.training and self.drop > 0:
            kept = torch.rand(len(y), 1, 1, 1, device=y.device, dtype=y.dtype) >= self.drop
            y = y * kept / (1 - self.drop)
        return x + y


class EfficientNetLite(nn.Module):
    """The classifier in two parts.

    Parameters
    ----------
    size
        0, 1 or 2.
    class_names
        Order of the logits.
    in_channels
        3, or 1: then the picture is repeated.
    """

    def __init__(self, size: int, class_names: Sequence[str], in_channels: int = 3) -> None:
        super().__init__()
        if in_channels not in (1, 3):
            raise ValueError(f"EfficientNet-Lite takes 3 channels or 1, not {in_channels}")
        width, depth, side, dropout = SIZES[size]
        self.class_names, self.repeat = tuple(class_names), 3 // in_channels
        plan = [
            (kernel, stride, expansion, scaled(out, width), n if i in (0, len(STAGES) - 1) else math.ceil(n * depth))
            for i, (kernel, stride, expansion, out, n) in enumerate(STAGES)
        ]
        total = sum(n for *_, n in plan)
        self._conv_stem, self._bn0 = SameConv2d(3, STEM, 3, 2), _norm(STEM)
        blocks: list[nn.Module] = []
        channels = STEM
        for kernel, stride, expansion, out, n in plan:
            for i in range(n):
                drop = DROPPED * len(blocks) / total
                blocks.append(Bottleneck(channels, out, expansion, kernel, stride if i == 0 else 1, drop))
                channels = out
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = SameConv2d(channels, TOP, 1), _norm(TOP)
        self._dropout = nn.Dropout(dropout)
        self._fc = nn.Linear(TOP, len(class_names))
        nn.init.normal_(self._fc.weight, std=0.01)
        nn.init.zeros_(self._fc.bias)
        grid = (math.ceil(side / STRIDE),) * 2
        self.cam_spec = CamSpec(names=("top",), grids=(grid,), exact=True, method="cam")

    def backbone(self, x: Tensor) -> dict[str, tuple[Tensor, ...]]:
        """N x in_channels x H x W, normalised, to ``"cam"``: N x 1280 x ceil(H / 32) x ceil(W / 32)."""
        if self.repeat > 1:
            x = x.repeat(1, self.repeat, 1, 1)
        x = functional.relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        return {"cam": (functional.relu6(self._bn1(self._conv_head(x))),)}

    def head(self, features: Mapping[str, tuple[Tensor, ...]]) -> tuple[Tensor, Tensor]:
        """Logits N x K, and the pooled map N x 1280 as embedding."""
        level = features["cam"][0]
        if not self.training:
            return pooled_logits(level, self._fc)
        embedding = level.mean(dim=(2, 3))
        return self._fc(self._dropout(embedding)), embedding

    def forward(self, x: Tensor) -> Tensor:
        """Logits, N x K."""
        return self.head(self.backbone(x))[0]

    def class_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """Part of each cell in each logit, N x K x h x w."""
        return class_maps(features["cam"][0], self._fc)

    def coarse_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """The same: there is one level."""
        return self.class_maps(features)


def _build(size: int, class_names: Sequence[str], in_channels: int, options: Mapping[str, float]) -> EfficientNetLite:
    if options:
        raise ValueError(f"efficientnet_lite{size} knows no option {sorted(options)}")
    return EfficientNetLite(size, class_names, in_channels)


def build_lite0(class_names: Sequence[str], in_channels: int = 3, **options: float) -> EfficientNetLite:
    """Size 0, made for 224 x 224."""
    return _build(0, class_names, in_channels, options)


def build_lite1(class_names: Sequence[str], in_channels: int = 3, **options: float) -> EfficientNetLite:
    """Size 1, made for 240 x 240."""
    return _build(1, class_names, in_channels, options)


def build_lite2(class_names: Sequence[str], in_channels: int = 3, **options: float) -> EfficientNetLite:
    """Size 2, made for 260 x 260."""
    return _build(2, class_names, in_channels, options)
