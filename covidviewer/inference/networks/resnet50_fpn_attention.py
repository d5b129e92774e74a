"""ResNet-50 with non-local attention and a feature pyramid, for CT slices (seed 004; NETWORKS.md 4.4).

Four pyramid levels are pooled, concatenated and read by one linear layer. So each level adds its own part to a
logit, and the map of a class is exact: its sum over the 56 x 56 grid plus the bias is the logit.

With the option ``experts`` (ours, off by default) there are several such layers, and a gate mixes them: pictures of
different sources are read by different weights. The gate is a softmax of a linear reading of the same pooled levels.
Maps are mixed with the picture's own gates, so they are exact again, for these gates: what moved the gate is not in
the map.

With the option ``looks`` = 2 (ours, too) the input holds two pictures of one slice side by side, the whole body and the
lungs alone (`covidviewer.inference.prepare`). One trunk and one pyramid read both, the linear layer reads the levels of
each by weights of its own, and maps lie side by side as the input does. With ``peaks`` the pyramid is given C2 ... C5
and beside each channel its peak: a map that is empty but for the channel's largest cell, so high that its mean is that
cell's value. A mean says how much of a slice is bright, a peak how bright the brightest is; and maps stay exact,
because each cell still adds its own part.

With the option ``levels`` = 3 (ours) the network ends at C4: no layer4, no P5, and the deepest map has a cell for every
16 pixels. Lesions of a lung are smaller than a cell of P5.
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
    looks
        Pictures side by side in the input, 1 or 2.
    peaks
        Whether each channel of C2 ... C5 has its peak beside it.
    levels
        4, or 3 for a network that ends at C4.
    """

    def __init__(
        self,
        class_names: Sequence[str],
        in_channels: int = 3,
        reduction: int = 8,
        pyramid: int = 256,
        dropout: float = 0.5,
        experts: int = 1,
        looks: int = 1,
        peaks: bool = False,
        levels: int = 4,
    ) -> None:
        super().__init__()
        if experts < 1:
            raise ValueError(f"experts is at least 1, not {experts}")
        if looks not in (1, 2):
            raise ValueError(f"looks is 1 or 2, not {looks}")
        if levels not in (3, 4):
            raise ValueError(f"levels is 3 or 4, not {levels}")
        self.class_names = tuple(class_names)
        self.looks, self.peaks = looks, peaks
        self.cam_spec = CamSpec(
            names=("P2", "P3", "P4", "P5")[:levels] * looks,
            grids=((56, 56), (28, 28), (14, 14), (7, 7))[:levels] * looks,
            exact=True,
            method="cam",
        )
        self.conv1 = nn.Conv2d(in_channels, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = self._stage(0, 64, None)
        self.layer2 = self._stage(1, 256, reduction)
        self.layer3 = self._stage(2, 512, reduction)
        self.layer4 = self._stage(3, 1024, reduction) if levels == 4 else None
        widths = _WIDTHS[:levels]
        beside = 2 if peaks else 1
        self.lateral = nn.ModuleList(nn.Conv2d(4 * width * beside, pyramid, 1) for width in widths)
        self.smooth = nn.ModuleList(nn.Conv2d(pyramid, pyramid, 3, padding=1) for _ in widths)
        self.dropout = nn.Dropout(dropout)
        pooled = looks * levels * pyramid
        self.fc = nn.Linear(pooled, experts * len(self.class_names))
        self.gate = nn.Linear(pooled, experts) if experts > 1 else None
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

    def trunk(self, x: Tensor) -> tuple[Tensor, ...]:
        """C2 to C5 (C4): 256, 512, 1024, 2048 channels at strides 4, 8, 16, 32; of two looks one behind the other."""
        if self.looks == 2:
            x = x.reshape(*x.shape[:3], 2, x.shape[3] // 2).permute(0, 3, 1, 2, 4).flatten(0, 1)
        x = functional.relu(self.bn1(self.conv1(x)))
        x = functional.max_pool2d(x, 3, 2, 1)
        c2 = self.layer1(x)
        c3 = self.layer2(c2)
        c4 = self.layer3(c3)
        return (c2, c3, c4) if self.layer4 is None else (c2, c3, c4, self.layer4(c4))

    def merged(self, x: Tensor) -> list[Tensor]:
        """Lateral levels with the coarser ones added, before smoothing: looks N x 256 x h x w each."""
        merged = [lateral(self.raised(level)) for lateral, level in zip(self.lateral, self.trunk(x), strict=True)]
        for i in range(len(merged) - 2, -1, -1):
            # "size" and not a factor of 2: odd grids must fit too.
            merged[i] = merged[i] + functional.interpolate(merged[i + 1], size=merged[i].shape[-2:], mode="nearest")
        return merged

    def raised(self, level: Tensor) -> Tensor:
        """A level with its peaks beside it, N x 2C x h x w; as it is without."""
        if not self.peaks:
            return level
        highest = level.amax(dim=(2, 3), keepdim=True)
        peak = (level == highest).to(level.dtype)
        share = peak / peak.sum(dim=(2, 3), keepdim=True)  # cells of one value share it
        return torch.cat((level, share * (highest * (level.shape[2] * level.shape[3]))), dim=1)

    def by_look(self, levels: Sequence[Tensor]) -> list[Tensor]:
        """Levels of all looks along the batch, to the levels of the first look and then those of the second."""
        if self.looks == 1:
            return list(levels)
        # Not by chunks or steps of the batch: an exported graph could not take batches of any size then.
        pairs = [level.reshape(-1, 2, *level.shape[1:]) for level in levels]
        return [pair[:, look] for look in range(2) for pair in pairs]

    def backbone(self, x: Tensor) -> dict[str, tuple[Tensor, ...]]:
        """Input to P2 ... P5.

        Parameters
        ----------
        x
            N x in_channels x H x W, normalised as the manifest says; H and W at least 64. With two looks they lie
            side by side, and W is twice as wide.

        Returns
        -------
        dict
            ``"cam"``: a tensor N x 256 x h x w at strides 4, 8, 16 (and 32), for each look.
        """
        levels = [smooth(level) for smooth, level in zip(self.smooth, self.merged(x), strict=True)]
        return {"cam": tuple(self.by_look(levels))}

    def head(self, features: Mapping[str, tuple[Tensor, ...]]) -> tuple[Tensor, Tensor]:
        """Pool each level, concatenate, one linear layer: logits N x K and embedding: 256 values a level and look."""
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
        """Part of one level (of one look) in each logit, N x K x h x w; its sum over the grid is that part."""
        level = features["cam"][index]
        channels = level.shape[1]
        weight = self.fc.weight[:, index * channels : (index + 1) * channels, None, None]
        area = level.shape[2] * level.shape[3]
        return functional.conv2d(level, weight.to(level.dtype)) / area

    def class_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """Joint map of all levels on the grid of P2 (56 x 56 at 224); sum over the grid + bias = logit. Two looks lie
        side by side, 56 x 112.

        A coarse cell's value is shared equally among the fine cells that it covers, so totals are kept. Sizes
        that are not multiples of 32 have no such whole sharing and are refused. With experts the bias is the mean of
        theirs by the gates.
        """
        parts = self.joint([self._level_map(features, i) for i in range(len(features["cam"]))])
        return self.mixed(parts, self.gates(self._embedding(features)))

    def joint(self, parts: Sequence[Tensor]) -> Tensor:
        """Maps of the levels, finest first, N x K x h x w each, as one on the finest grid; totals are kept.

        With two looks the second one's levels follow, and its map lies to the right of the first one's.
        """
        count = len(parts) // self.looks
        return torch.cat([self._joint(parts[k * count : (k + 1) * count]) for k in range(self.looks)], dim=3)

    @staticmethod
    def _joint(parts: Sequence[Tensor]) -> Tensor:
        total = parts[0]
        rows, columns = total.shape[-2:]
        for part in parts[1:]:
            up, across = rows // part.shape[2], columns // part.shape[3]
            if part.shape[2] * up != rows or part.shape[3] * across != columns:
                raise ValueError(f"joint maps need an input whose sides are multiples of {2 ** (len(parts) + 1)}")
            total = total + functional.interpolate(part, scale_factor=(up, across), mode="nearest") / (up * across)
        return total

    def one_pass(self) -> nn.Module:
        """The same outputs without the smoothing convolutions, for inference."""
        from covidviewer.inference.networks.pyramid_pass import PyramidPass

        return PyramidPass(self)

    def coarse_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """Part of the deepest level alone, N x K x 7 x 7 at 224 (7 x 14 with two looks; 14 x 14 where it is P4)."""
        deepest = self.deepest([self._level_map(features, i) for i in range(len(features["cam"]))])
        return self.mixed(deepest, self.gates(self._embedding(features)))

    def deepest(self, parts: Sequence[Tensor]) -> Tensor:
        """The last level's map, of two looks side by side."""
        count = len(parts) // self.looks
        return torch.cat([parts[(k + 1) * count - 1] for k in range(self.looks)], dim=3)


def build(class_names: Sequence[str], in_channels: int = 3, **options: float) -> ResNet50FpnAttention:
    """Builder for the registry.

    Parameters
    ----------
    class_names
        Order of the logits.
    in_channels
        Channels of the input.
    options
        ``reduction`` (default 8), ``pyramid`` (256), ``dropout`` (0.5), ``experts`` (1), ``looks`` (1), ``peaks`` (0),
        ``levels`` (4).
    """
    known = {
        "reduction": 8.0,
        "pyramid": 256.0,
        "dropout": 0.5,
        "experts": 1.0,
        "looks": 1.0,
        "peaks": 0.0,
        "levels": 4.0,
    }
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
        int(values["looks"]),
        bool(values["peaks"]),
        int(values["levels"]),
    )
