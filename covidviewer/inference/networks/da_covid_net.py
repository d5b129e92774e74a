"""ResNet-50 with dilation and DANet's two attentions in parallel, for films (seed 003; NETWORKS.md 4.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from covidviewer.inference.contract import CamSpec
from covidviewer.inference.networks.blocks import Bottleneck, initialise
from covidviewer.inference.networks.channel_attention import ChannelAttention
from covidviewer.inference.networks.pooled_head import class_maps, pooled_logits
from covidviewer.inference.networks.position_attention import PositionAttention

__all__ = ["DaCovidNet", "build"]

_WIDTHS = (64, 128, 256, 512)
_BLOCKS = (3, 4, 6, 3)
_INNER = 512
#: Output stride -> (stride, dilation of the first block, dilation of the others) of layer3 and layer4.
_STRIDES = {8: ((1, 1, 2), (1, 2, 4)), 16: ((2, 1, 1), (1, 1, 2)), 32: ((2, 1, 1), (2, 1, 1))}


def _cbr(channels_in: int, channels_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False), nn.BatchNorm2d(channels_out), nn.ReLU()
    )


class DaCovidNet(nn.Module):
    """The network of seed 003.

    Parameters
    ----------
    class_names
        Order of the logits.
    in_channels
        3 (grey repeated) or 1.
    output_stride
        8 (28 x 28 at 224), 16 or 32: the same parameters, coarser maps, less work.
    energy
        Of the channel attention, see `ChannelAttention`.
    dropout
        Of whole channels before pooling, in training only.
    """

    def __init__(
        self,
        class_names: Sequence[str],
        in_channels: int = 3,
        output_stride: int = 8,
        energy: str = "reversed",
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if output_stride not in _STRIDES:
            raise ValueError(f"output_stride must be one of {sorted(_STRIDES)}, not {output_stride}")
        self.class_names = tuple(class_names)
        grid = 224 // output_stride
        self.cam_spec = CamSpec(names=("fused",), grids=((grid, grid),), exact=True, method="cam")
        self.conv1 = nn.Conv2d(in_channels, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = self._stage(0, 64, (1, 1, 1))
        self.layer2 = self._stage(1, 256, (2, 1, 1))
        self.layer3 = self._stage(2, 512, _STRIDES[output_stride][0])
        self.layer4 = self._stage(3, 1024, _STRIDES[output_stride][1])
        self.position_in = _cbr(2048, _INNER)
        self.position = PositionAttention(_INNER)
        self.position_out = _cbr(_INNER, _INNER)
        self.channel_in = _cbr(2048, _INNER)
        self.channel = ChannelAttention(energy)
        self.channel_out = _cbr(_INNER, _INNER)
        self.dropout = nn.Dropout2d(dropout)
        self.fc = nn.Linear(_INNER, len(self.class_names))
        initialise(self)

    @staticmethod
    def _stage(index: int, channels_in: int, steps: tuple[int, int, int]) -> nn.Sequential:
        """Stage of bottlenecks; the first has its own stride and dilation."""
        width, count = _WIDTHS[index], _BLOCKS[index]
        stride, first, others = steps
        blocks = [Bottleneck(channels_in, width, stride, project=True, dilation=first)]
        blocks += [Bottleneck(4 * width, width, dilation=others) for _ in range(count - 1)]
        return nn.Sequential(*blocks)

    def trunk(self, x: Tensor) -> Tensor:
        """Input to N x 2048 x H/stride x W/stride."""
        x = functional.max_pool2d(functional.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        result: Tensor = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return result

    def fuse(self, deepest: Tensor) -> Tensor:
        """Both attention paths, summed: N x 2048 x h x w to N x 512 x h x w."""
        position = self.position_out(self.position(self.position_in(deepest)))
        channel = self.channel_out(self.channel(self.channel_in(deepest)))
        result: Tensor = position + channel
        return result

    def backbone(self, x: Tensor) -> dict[str, tuple[Tensor, ...]]:
        """Input to the fused attention map.

        Parameters
        ----------
        x
            N x in_channels x H x W, normalised as the manifest says; H and W at least 64.

        Returns
        -------
        dict
            ``"cam"``: one tensor N x 512 x H/stride x W/stride.
        """
        return {"cam": (self.fuse(self.trunk(x)),)}

    def head(self, features: Mapping[str, tuple[Tensor, ...]]) -> tuple[Tensor, Tensor]:
        """Channel dropout (training), pooling, one linear layer: logits N x K and embedding N x 512."""
        return pooled_logits(self.dropout(features["cam"][0]), self.fc)

    def forward(self, x: Tensor) -> Tensor:
        """Logits, N x K."""
        return self.head(self.backbone(x))[0]

    def class_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """N x K x h x w (28 x 28 at 224 and stride 8); sum over the grid + bias = logit."""
        return class_maps(features["cam"][0], self.fc)

    def coarse_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """The same: there is one grid."""
        return self.class_maps(features)


def build(class_names: Sequence[str], in_channels: int = 3, **options: Any) -> DaCovidNet:
    """Builder for the registry.

    Parameters
    ----------
    class_names
        Order of the logits.
    in_channels
        Channels of the input.
    options
        ``output_stride`` (8), ``energy`` ("reversed"), ``dropout`` (0.1).
    """
    known: dict[str, Any] = {"output_stride": 8, "energy": "reversed", "dropout": 0.1}
    unknown = set(options) - set(known)
    if unknown:
        raise ValueError(f"da_covid_net knows no option {sorted(unknown)}; it has {sorted(known)}")
    values = known | options
    return DaCovidNet(
        class_names, in_channels, int(values["output_stride"]), str(values["energy"]), float(values["dropout"])
    )
