"""ResNet-50 with non-local attention and a feature pyramid, for CT slices (seed 004; NETWORKS.md 4.4).

Four pyramid levels are pooled, concatenated and read by one linear layer. So each level adds its own part to a
logit, and the map of a class is exact: its sum over the 56 x 56 grid plus the bias is the logit.

With the option ``experts`` (ours, off by default) there are several such layers, and a gate mixes them: pictures of
different sources are read by different weights. The gate is a softmax of a linear reading of the same pooled levels.
Maps are mixed with the picture's own gates, so they are exact again, for these gates: what moved the gate is not in
the map.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from covidviewer.inference.contract import CamSpec
from covidviewer.inference.networks.blocks import Bottleneck, NonLocal, initialise

__all__ = ["ResNet50FpnAttention", "build"]

_WIDTHS = (64, 128, 256, 512)
_BLOCKS = (3, 4, 6, 3)


class ResNet50FpnAttention(nn.Module):
    """The network of seed 004.

    Parameters
    ----------
    class_names
        Order of the logits.
    in_channels
        3 (grey repeated) or 1.
    reduction
        Channel reduction inside the attention blocks; 8 is ours, 2 is the original non-local network's.
    pyramid
        Channels of each pyramid level.
    dropout
        Before the linear layer, in training only.
    experts
        Linear layers that a gate mixes; 1 is the network of seed 004 and has no gate.
    """

    def __init__(
        self,
        class_names: Sequence[str],
        in_channels: int = 3,
        reduction: int = 8,
        pyramid: int = 256,
        dropout: float = 0.5,
        experts: int = 1,
    ) -> None:
        super().__init__()
        if experts < 1:
            raise ValueError(f"experts is at least 1, not {experts}")
        self.class_names = tuple(class_names)
        self.cam_spec = CamSpec(
            names=("P2", "P3", "P4", "P5"),
            grids=((56, 56), (28, 28), (14, 14), (7, 7)),
            exact=True,
            method="cam",
        )
        self.conv1 = nn.Conv2d(in_channels, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = self._stage(0, 64, None)
        self.layer2 = self._stage(1, 256, reduction)
        self.layer3 = self._stage(2, 512, reduction)
        self.layer4 = self._stage(3, 1024, reduction)
        self.lateral = nn.ModuleList(nn.Conv2d(4 * width, pyramid, 1) for width in _WIDTHS)
        self.smooth = nn.ModuleList(nn.Conv2d(pyramid, pyramid, 3, padding=1) for _ in _WIDTHS)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(len(_WIDTHS) * pyramid, experts * len(self.class_names))
        self.gate = nn.Linear(len(_WIDTHS) * pyramid, experts) if experts > 1 else None
        initialise(self)

    @staticmethod
    def _stage(index: int, channels_in: int, reduction: int | None) -> nn.Sequential:
        """Stage of bottlenecks; the last one carries the attention (none in the first stage)."""
        width, count = _WIDTHS[index], _BLOCKS[index]
        blocks = []
        for number in range(count):
            last = number == count - 1
            blocks.append(
                Bottleneck(
                    channels_in if number == 0 else 4 * width,
                    width,
                    stride=2 if number == 0 and index > 0 else 1,
                    project=number == 0,
                    attention=NonLocal(4 * width, reduction) if last and reduction else None,
                )
            )
        return nn.Sequential(*blocks)

    def trunk(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """C2 to C5: 256, 512, 1024, 2048 channels at strides 4, 8, 16, 32."""
        x = functional.relu(self.bn1(self.conv1(x)))
        x = functional.max_pool2d(x, 3, 2, 1)
        c2 = self.layer1(x)
        c3 = self.layer2(c2)
        c4 = self.layer3(c3)
        return c2, c3, c4, self.layer4(c4)

    def merged(self, x: Tensor) -> list[Tensor]:
        """Lateral levels with the coarser ones added, before smoothing: four tensors N x 256 x h x w."""
        merged = [lateral(level) for lateral, level in zip(self.lateral, self.trunk(x), strict=True)]
        for i in range(len(merged) - 2, -1, -1):
            # "size" and not a factor of 2: odd grids must fit too.
            merged[i] = merged[i] + functional.interpolate(merged[i + 1], size=merged[i].shape[-2:], mode="nearest")
        return merged

    def backbone(self, x: Tensor) -> dict[str, tuple[Tensor, ...]]:
        """Input to P2 ... P5.

        Parameters
        ----------
        x
            N x in_channels x H x W, normalised as the manifest says; H and W at least 64.

        Returns
        -------
        dict
            ``"cam"``: four tensors N x 256 x h x w at strides 4, 8, 16, 32.
        """
        return {"cam": tuple(smooth(level) for smooth, level in zip(self.smooth, self.merged(x), strict=True))}

    def head(self, features: Mapping[str, tuple[Tensor, ...]]) -> tuple[Tensor, Tensor]:
        """Pool each level, concatenate, one linear layer: logits N x K and embedding N x 1024."""
        embedding = self._embedding(features)
        return self.mixed(self.fc(self.dropout(embedding)), self.gates(embedding)), embedding

    @staticmethod
    def _embedding(features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        return torch.cat([level.mean(dim=(2, 3)) for level in features["cam"]], dim=1)

    def gates(self, embedding: Tensor) -> Tensor | None:
        """Share of each expert, N x experts, rows sum to 1; none with one expert.

        The class loss does not reach the gate: it is fitted on where pictures came from (``training/experts.py``),
        and explanations by gradient speak of the same evidence as the closed form.
        """
        return None if self.gate is None else torch.softmax(self.gate(embedding.detach()), dim=1).detach()

    def mixed(self, values: Tensor, gates: Tensor | None) -> Tensor:
        """Values of all experts, N x (experts K) x ..., as one set of K, by the picture's gates."""
        if gates is None:
            return values
        parts = values.reshape(values.shape[0], gates.shape[1], len(self.class_names), *values.shape[2:])
        result: Tensor = (parts * gates.reshape(*gates.shape, *([1] * (parts.ndim - 2)))).sum(dim=1)
        return result

    def forward(self, x: Tensor) -> Tensor:
        """Logits, N x K."""
        return self.head(self.backbone(x))[0]

    def _level_map(self, features: Mapping[str, tuple[Tensor, ...]], index: int) -> Tensor:
        """Part of one level in each logit, N x K x h x w; its sum over the grid is that part."""
        level = features["cam"][index]
        channels = level.shape[1]
        weight = self.fc.weight[:, index * channels : (index + 1) * channels, None, None]
        area = level.shape[2] * level.shape[3]
        return functional.conv2d(level, weight.to(level.dtype)) / area

    def class_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """Joint map of all levels on the grid of P2 (56 x 56 at 224); sum over the grid + bias = logit.

        A coarse cell's value is shared equally among the fine cells that it covers, so totals are kept. Sizes
        that are not multiples of 32 have no such whole sharing and are refused. With experts the bias is the mean of
        theirs by the gates.
        """
        parts = self.joint([self._level_map(features, i) for i in range(len(features["cam"]))])
        return self.mixed(parts, self.gates(self._embedding(features)))

    @staticmethod
    def joint(parts: Sequence[Tensor]) -> Tensor:
        """Maps of the levels, finest first, N x K x h x w each, as one on the finest grid; totals are kept."""
        total = parts[0]
        rows, columns = total.shape[-2:]
        for part in parts[1:]:
            up, across = rows // part.shape[2], columns // part.shape[3]
            if part.shape[2] * up != rows or part.shape[3] * across != columns:
                raise ValueError("joint maps need an input whose sides are multiples of 32")
            total = total + functional.interpolate(part, scale_factor=(up, across), mode="nearest") / (up * across)
        return total

    def one_pass(self) -> nn.Module:
        """The same outputs without the smoothing convolutions, for inference."""
        from covidviewer.inference.networks.pyramid_pass import PyramidPass

        return PyramidPass(self)

    def coarse_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """Part of P5 alone, N x K x 7 x 7 at 224: what a reader usually wants to see."""
        deepest = self._level_map(features, len(features["cam"]) - 1)
        return self.mixed(deepest, self.gates(self._embedding(features)))


def build(class_names: Sequence[str], in_channels: int = 3, **options: float) -> ResNet50FpnAttention:
    """Builder for the registry.

    Parameters
    ----------
    class_names
        Order of the logits.
    in_channels
        Channels of the input.
    options
        ``reduction`` (default 8), ``pyramid`` (256), ``dropout`` (0.5), ``experts`` (1).
    """
    known = {"reduction": 8.0, "pyramid": 256.0, "dropout": 0.5, "experts": 1.0}
    unknown = set(options) - set(known)
    if unknown:
        raise ValueError(f"resnet50_fpn_attention knows no option {sorted(unknown)}; it has {sorted(known)}")
    values = known | options
    return ResNet50FpnAttention(
        class_names,
        in_channels,
        int(values["reduction"]),
        int(values["pyramid"]),
        float(values["dropout"]),
        int(values["experts"]),
    )
