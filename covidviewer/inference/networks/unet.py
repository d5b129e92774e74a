"""A U-Net that is made a classifier by averaging its class maps (seed 002; NETWORKS.md 4.7).

A segmentation network has no classifier, and the thesis describes none for this one. The average adds no parameters
and makes the output convolution an exact map at full resolution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn
from torch.nn import functional

from covidviewer.inference.contract import CamSpec
from covidviewer.inference.networks.blocks import initialise
from covidviewer.inference.networks.unet_parts import DoubleConv, Up

__all__ = ["UNet", "build"]


class UNet(nn.Module):
    """Four steps down, four up, 1 x 1 convolution, mean.

    Parameters
    ----------
    class_names
        Order of the logits.
    in_channels
        3 (grey repeated) or 1.
    width
        Channels of the first step; the thesis quarters 64 to 16 for its own machine.
    transposed
        Enlarge by transposed convolutions and not bilinearly.
    """

    def __init__(
        self, class_names: Sequence[str], in_channels: int = 3, width: int = 64, transposed: bool = False
    ) -> None:
        super().__init__()
        self.class_names = tuple(class_names)
        self.cam_spec = CamSpec(names=("up4",), grids=((256, 256),), exact=True, method="cam")
        a, b, c, d = width, 2 * width, 4 * width, 8 * width
        deepest = 2 * d if transposed else d
        self.inc = DoubleConv(in_channels, a)
        self.down1, self.down2, self.down3 = DoubleConv(a, b), DoubleConv(b, c), DoubleConv(c, d)
        self.down4 = DoubleConv(d, deepest)
        self.up1, self.up2, self.up3, self.up4 = (
            Up(i, o, 0 if transposed else i // 2, transposed)
            for i, o in (((2 * d, d), (d, c), (c, b), (b, a)) if transposed else ((2 * d, c), (d, b), (c, a), (b, a)))
        )
        self.outc = nn.Conv2d(a, len(self.class_names), 1)
        initialise(self)

    @staticmethod
    def check_size(size: tuple[int, int]) -> None:
        """Refuse pictures with nothing left after four poolings.

        Raises
        ------
        ValueError
            A side is below 16.
        """
        if min(size) < 16:
            raise ValueError(f"this network takes pictures of at least 16 x 16 pixels, not {size[0]} x {size[1]}")

    def backbone(self, x: Tensor) -> dict[str, tuple[Tensor, ...]]:
        """N x in_channels x H x W, normalised, to ``"cam"``: N x width x H x W."""
        self.check_size((x.shape[2], x.shape[3]))
        x1 = self.inc(x)
        x2 = self.down1(functional.max_pool2d(x1, 2))
        x3 = self.down2(functional.max_pool2d(x2, 2))
        x4 = self.down3(functional.max_pool2d(x3, 2))
        x5 = self.down4(functional.max_pool2d(x4, 2))
        return {"cam": (self.up4(self.up3(self.up2(self.up1(x5, x4), x3), x2), x1),)}

    def head(self, features: Mapping[str, tuple[Tensor, ...]]) -> tuple[Tensor, Tensor]:
        """Logits N x K (the mean of the class maps is the class map of the mean); the pooled map as embedding."""
        embedding = features["cam"][0].mean(dim=(2, 3))
        return functional.linear(embedding, self.outc.weight.flatten(1), self.outc.bias), embedding

    def forward(self, x: Tensor) -> Tensor:
        """Logits, N x K."""
        return self.head(self.backbone(x))[0]

    def class_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """Map of every class at the input's size, N x K x H x W; its sum plus the bias is the logit."""
        level = features["cam"][0]
        return functional.conv2d(level, self.outc.weight.to(level.dtype)) / (level.shape[2] * level.shape[3])

    def coarse_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """The same: there is one grid."""
        return self.class_maps(features)


def build(class_names: Sequence[str], in_channels: int = 3, **options: float) -> UNet:
    """Builder for the registry. Options: ``width`` (64), ``transposed`` (0, or 1)."""
    known = {"width": 64.0, "transposed": 0.0}
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(f"unet knows no option {unknown}; it has {sorted(known)}")
    values = known | options
    return UNet(class_names, in_channels, int(values["width"]), bool(values["transposed"]))
