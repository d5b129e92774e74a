"""Dual path network 92: a residual and a dense path side by side (arXiv 1707.01629; NETWORKS.md 3.1, 4.1).

Key names are those of the ports in common use, so that a file of theirs fits once its classifier is dropped.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from covidviewer.inference.contract import CamSpec
from covidviewer.inference.networks.pooled_head import class_maps, pooled_logits

__all__ = ["DualPathBlock", "DualPathNetwork", "load_trunk", "trunk_state"]

GROUPS = 32
EPSILON = 1e-3  # of the authors' batch norms
#: Stage -> blocks, width inside, residual width, dense increment.
STAGES = {2: (3, 96, 256, 16), 3: (4, 192, 512, 32), 4: (20, 384, 1024, 24), 5: (3, 768, 2048, 128)}
EMBEDDING = 2688

Attention = Callable[[int], nn.Module]
Paths = tuple[Tensor, Tensor]


class NormReluConvolution(nn.Module):
    """Batch norm, ReLU, convolution without bias."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.bn = nn.BatchNorm2d(channels_in, eps=EPSILON)
        self.conv = nn.Conv2d(channels_in, channels_out, kernel, stride, kernel // 2, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """N x channels_in x H x W to N x channels_out x H/stride x W/stride."""
        result: Tensor = self.conv(functional.relu(self.bn(x)))
        return result


class Stem(nn.Module):
    """7 x 7 convolution, batch norm, ReLU, pooling: 64 channels at stride 4."""

    def __init__(self, channels_in: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels_in, 64, 7, 2, 3, bias=False)
        self.bn = nn.BatchNorm2d(64, eps=EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W to N x 64 x H/4 x W/4."""
        return functional.max_pool2d(functional.relu(self.bn(self.conv(x))), 3, 2, 1)


class DualPathBlock(nn.Module):
    """One block: the residual path is added to, the dense path grows.

    Parameters
    ----------
    channels_in
        Of both paths together.
    width
        Channels inside, in 32 groups.
    residual, increment
        Channels of the residual path, and by how many the dense path grows.
    stride, project
        Of the first block of a stage, which makes both paths anew by a 1 x 1 convolution.
    attention
        Placed on the residual output before the addition; None for the plain network.
    everything
        The attention stands on residual and dense output together, before the split.
    """

    def __init__(
        self,
        channels_in: int,
        width: int,
        residual: int,
        increment: int,
        stride: int = 1,
        project: bool = False,
        attention: Attention | None = None,
        everything: bool = False,
    ) -> None:
        super().__init__()
        self.residual = residual
        self.everything = everything
        self.shortcut = f"c1x1_w_s{stride}" if project else ""
        if project:
            self.add_module(self.shortcut, NormReluConvolution(channels_in, residual + 2 * increment, 1, stride))
        self.c1x1_a = NormReluConvolution(channels_in, width, 1)
        self.c3x3_b = NormReluConvolution(width, width, 3, stride, GROUPS)
        self.c1x1_c = NormReluConvolution(width, residual + increment, 1)
        self.attention = None if attention is None else attention(residual + increment * everything)

    def forward(self, paths: Tensor | Paths) -> Paths:
        """Residual and dense path (or the stem's one map) to residual and dense path."""
        whole = paths if isinstance(paths, Tensor) else torch.cat(paths, dim=1)
        if self.shortcut:
            projected = self.get_submodule(self.shortcut)(whole)
            kept, dense = projected[:, : self.residual], projected[:, self.residual :]
        else:
            assert not isinstance(paths, Tensor)
            kept, dense = paths
        out = self.c1x1_c(self.c3x3_b(self.c1x1_a(whole)))
        if self.attention is not None and self.everything:
            out = self.attention(out)
        added, grown = out[:, : self.residual], out[:, self.residual :]
        if self.attention is not None and not self.everything:
            added = self.attention(added)
        return kept + added, torch.cat((dense, grown), dim=1)


class Tail(nn.Module):
    """Both paths together, batch norm, ReLU."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bn = nn.BatchNorm2d(channels, eps=EPSILON)

    def forward(self, paths: Paths) -> Tensor:
        """N x 2688 x h x w."""
        return functional.relu(self.bn(torch.cat(paths, dim=1)))


class DualPathNetwork(nn.Module):
    """DPN-92 with an attention of choice on the residual output of all 30 blocks.

    Parameters
    ----------
    class_names
        Order of the logits.
    in_channels
        3 (grey repeated) or 1.
    attention
        Makes the attention for a number of channels; None for the plain network.
    everything
        See `DualPathBlock`.
    """

    def __init__(
        self,
        class_names: Sequence[str],
        in_channels: int = 3,
        attention: Attention | None = None,
        everything: bool = False,
    ) -> None:
        super().__init__()
        self.class_names = tuple(class_names)
        self.cam_spec = CamSpec(names=("conv5_bn_ac",), grids=((7, 7),), exact=True, method="cam")
        parts: OrderedDict[str, nn.Module] = OrderedDict(conv1_1=Stem(in_channels))
        channels = 64
        for stage, (count, width, residual, increment) in STAGES.items():
            for number in range(1, count + 1):
                first = number == 1
                stride = 2 if first and stage > 2 else 1
                parts[f"conv{stage}_{number}"] = DualPathBlock(
                    channels, width, residual, increment, stride, first, attention, everything
                )
                channels = residual + 3 * increment if first else channels + increment
        parts["conv5_bn_ac"] = Tail(channels)
        self.features = nn.Sequential(parts)
        self.last_linear = nn.Linear(channels, len(self.class_names))
        initialise(self)

    def backbone(self, x: Tensor) -> dict[str, tuple[Tensor, ...]]:
        """Input to the tail.

        Parameters
        ----------
        x
            N x in_channels x H x W, normalised as the manifest says; H and W at least 64.

        Returns
        -------
        dict
            ``"cam"``: one tensor N x 2688 x H/32 x W/32.
        """
        return {"cam": (self.features(x),)}

    def head(self, features: Mapping[str, tuple[Tensor, ...]]) -> tuple[Tensor, Tensor]:
        """Pooling and one linear layer: logits N x K and embedding N x 2688."""
        return pooled_logits(features["cam"][0], self.last_linear)

    def forward(self, x: Tensor) -> Tensor:
        """Logits, N x K."""
        return self.head(self.backbone(x))[0]

    def class_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """N x K x 7 x 7 at 224; sum over the grid + bias = logit."""
        return class_maps(features["cam"][0], self.last_linear)

    def coarse_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """The same: there is one grid."""
        return self.class_maps(features)


def initialise(network: nn.Module) -> None:
    """Start values of NETWORKS.md 2; blocks that know better ones (``start``) set theirs last."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0.0, 0.01)
            nn.init.zeros_(module.bias)
    for module in network.modules():
        start = getattr(module, "start", None)
        if callable(start):
            start()


def trunk_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Keys of a port's file as ours, without the classifier.

    A stem may lie under ``features.conv1_1`` or, where pooling is a module of its own, under ``conv1_1``; a prefix
    ``module.`` of parallel training is dropped.
    """
    result = {}
    for key, value in state.items():
        name = key.removeprefix("module.")
        if name.startswith(("last_linear", "classifier")):
            continue
        result[name if name.startswith("features.") else f"features.{name}"] = value
    return result


def load_trunk(network: DualPathNetwork, state: Mapping[str, Tensor]) -> None:
    """Fill the trunk from a plain DPN-92's tensors; attention and classifier are kept.

    Raises
    ------
    ValueError
        A tensor of the trunk is missing, left over or of another shape.
    """
    try:
        missing, unexpected = network.load_state_dict(trunk_state(state), strict=False)
    except RuntimeError as error:
        raise ValueError("the file is of no DPN-92") from error
    excused = ("last_linear", "num_batches_tracked", "attention")
    wrong = [name for name in missing if not any(part in name for part in excused)] + list(unexpected)
    if wrong:
        raise ValueError(f"the file is of no DPN-92: {', '.join(wrong[:5])}")
