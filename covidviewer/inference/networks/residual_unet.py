"""The thesis's residual U-Nets: one skeleton, three switches (seed 002; NETWORKS.md 4.8).

======================  =====================  =================  ====
name                    first convolutions     attention in x5    FPRM
======================  =====================  =================  ====
``resunet``             ordinary               scSE               no
``resunet_ecsa``        ordinary               ECAsSE             no
``resunet_fprm``        ordinary               scSE               yes
``dresunet``            deformable             ECAsSE             yes
======================  =====================  =================  ====
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn
from torch.nn import functional

from covidviewer.inference.contract import CamSpec
from covidviewer.inference.networks import two_layer_head
from covidviewer.inference.networks.blocks import initialise
from covidviewer.inference.networks.channel_spatial_excitation import ChannelSpatialExcitation
from covidviewer.inference.networks.deformable import DeformableConv2d
from covidviewer.inference.networks.efficient_channel_attention import EfficientChannelSpatialExcitation
from covidviewer.inference.networks.pyramid_refinement import PyramidRefinement
from covidviewer.inference.networks.unet_parts import Up, conv_bn_relu

__all__ = [
    "ResidualBlock",
    "ResidualUNet",
    "build_dresunet",
    "build_resunet",
    "build_resunet_ecsa",
    "build_resunet_fprm",
]

#: Both sides of the input are multiples of this: a 2 x 2 step and a strided shortcut round odd sizes differently.
STEP = 16
_HIDDEN = 64


class ResidualBlock(nn.Module):
    """Three 3 x 3 steps, in x5 attention and a halving 2 x 2 step, a 1 x 1 step, and the shortcut.

    Parameters
    ----------
    channels_in, channels_out
        Of the map.
    stride
        Of the first convolution.
    attention
        Follows the third step, and is itself followed by the 2 x 2 convolution of stride 2; none: neither.
    deformable
        Whether the first convolution is; ``modulation`` as there.
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        stride: int = 1,
        attention: nn.Module | None = None,
        deformable: bool = False,
        modulation: bool = False,
    ) -> None:
        super().__init__()
        steps: list[nn.Module] = [
            *(
                [
                    DeformableConv2d(channels_in, channels_out, 3, stride, modulation),
                    nn.BatchNorm2d(channels_out),
                    nn.ReLU(),
                ]
                if deformable
                else conv_bn_relu(channels_in, channels_out, 3, stride)
            ),
            conv_bn_relu(channels_out, channels_out),
            conv_bn_relu(channels_out, channels_out),
        ]
        if attention is not None:
            steps += [
                attention,
                nn.Conv2d(channels_out, channels_out, 2, 2, bias=False),
                nn.BatchNorm2d(channels_out),
                nn.ReLU(),
            ]
        steps += [nn.Conv2d(channels_out, channels_out, 1, bias=False), nn.BatchNorm2d(channels_out)]
        self.steps = nn.Sequential(*steps)
        total = stride * (1 if attention is None else 2)
        self.shortcut: nn.Module = nn.Identity()
        if total != 1 or channels_in != channels_out:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, total, bias=False), nn.BatchNorm2d(channels_out)
            )

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W to N x C' x H/s x W/s, s the total stride."""
        return functional.relu(self.steps(x) + self.shortcut(x))


class ResidualUNet(nn.Module):
    """A U-Net with residual blocks on the way down, read by pooling and two linear layers.

    Parameters
    ----------
    class_names
        Order of the logits.
    in_channels
        3 (grey repeated) or 1.
    width
        Channels of the stem; the thesis names none, 64 is the ResNet-34 ladder. 16 is the quarter width for CPUs.
    attention
        "scse" or "ecasse", in x5.
    refine
        Whether the FPRM stands before the pooling.
    deformable, modulation
        First convolutions of x2 to x5 and the head's 1 x 1.
    dropout
        Before the head's 1 x 1 convolution, in training only.
    """

    def __init__(
        self,
        class_names: Sequence[str],
        in_channels: int = 3,
        width: int = 64,
        attention: str = "scse",
        refine: bool = False,
        deformable: bool = False,
        modulation: bool = False,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.class_names = tuple(class_names)
        a, b, c, d = width, 2 * width, 4 * width, 8 * width
        kind = {"scse": ChannelSpatialExcitation, "ecasse": EfficientChannelSpatialExcitation}[attention]
        self.stem = conv_bn_relu(in_channels, a)
        self.x2 = ResidualBlock(a, a, 1, None, deformable, modulation)
        self.x3 = ResidualBlock(a, b, 2, None, deformable, modulation)
        self.x4 = ResidualBlock(b, c, 2, None, deformable, modulation)
        self.x5 = ResidualBlock(c, d, 1, kind(d), deformable, modulation)
        self.up44 = Up(d + c, c)
        self.up33 = Up(c + b, b)
        self.up22 = Up(b + a, a)
        self.up11 = Up(a + a, a)
        self.dropout = nn.Dropout(dropout)
        point = DeformableConv2d(a, a, 1, 1, modulation) if deformable else nn.Conv2d(a, a, 1, bias=False)
        self.point = nn.Sequential(point, nn.BatchNorm2d(a), nn.ReLU())
        self.refine = PyramidRefinement((a, a, b, c, d)) if refine else None
        features = 128 if refine else a
        self.hidden = nn.Linear(features, _HIDDEN)
        self.fc = nn.Linear(_HIDDEN, len(self.class_names))
        name = "FPRM" if refine else "head map"
        self.cam_spec = CamSpec(names=(name,), grids=((16, 16),), exact=False, method="gradcam")
        initialise(self)
        for module in self.modules():
            if isinstance(module, DeformableConv2d):
                module.straighten()

    @staticmethod
    def check_size(size: tuple[int, int]) -> None:
        """Refuse sizes that do not fit.

        Raises
        ------
        ValueError
            A side is no multiple of 16.
        """
        if size[0] % STEP or size[1] % STEP or min(size) < 2 * STEP:
            raise ValueError(
                f"this network takes pictures whose sides are multiples of {STEP} (at least {2 * STEP}), "
                f"not {size[0]} x {size[1]}; resize or pad them first"
            )

    def backbone(self, x: Tensor) -> dict[str, tuple[Tensor, ...]]:
        """Input to the map before the pooling.

        Parameters
        ----------
        x
            N x in_channels x H x W, normalised; H and W multiples of 16.

        Returns
        -------
        dict
            ``"cam"``: one tensor N x C x H/16 x W/16, C the width, or 128 with the FPRM.
        """
        self.check_size((x.shape[2], x.shape[3]))
        before = self.stem(x)
        x2 = self.x2(functional.max_pool2d(before, 2))
        x3 = self.x3(x2)
        x4 = self.x4(x3)
        x5 = self.x5(x4)
        x44 = self.up44(x5, x4)
        x33 = self.up33(x44, x3)
        x22 = self.up22(x33, x2)
        x11 = self.up11(x22, before)
        # Four 2 x 2 maxima are one 16 x 16 maximum.
        head = self.point(self.dropout(functional.max_pool2d(x11, 16)))
        if self.refine is not None:
            head = self.refine((head, x22, x33, x44, x5))
        return {"cam": (head,)}

    def head(self, features: Mapping[str, tuple[Tensor, ...]]) -> tuple[Tensor, Tensor]:
        """Pooling and two linear layers: logits N x K, and the pooled map N x C as embedding."""
        embedding = features["cam"][0].mean(dim=(2, 3))
        return two_layer_head.logits_of(embedding, self.hidden, self.fc), embedding

    def forward(self, x: Tensor) -> Tensor:
        """Logits, N x K."""
        return self.head(self.backbone(x))[0]

    def class_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """Grad-CAM of every class in closed form, N x K x 16 x 16 at 256: approximate, the head is not linear."""
        return two_layer_head.class_maps(features["cam"][0], self.hidden, self.fc)

    def coarse_maps(self, features: Mapping[str, tuple[Tensor, ...]]) -> Tensor:
        """The same: there is one grid."""
        return self.class_maps(features)


def _options(name: str, given: dict[str, float], known: dict[str, float]) -> dict[str, float]:
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ValueError(f"{name} knows no option {unknown}; it has {sorted(known)}")
    return known | given


def build_resunet(class_names: Sequence[str], in_channels: int = 3, **options: float) -> ResidualUNet:
    """The thesis's base network. Options: ``width`` (64), ``dropout`` (0.5)."""
    values = _options("resunet", options, {"width": 64, "dropout": 0.5})
    return ResidualUNet(class_names, in_channels, int(values["width"]), dropout=values["dropout"])


def build_resunet_ecsa(class_names: Sequence[str], in_channels: int = 3, **options: float) -> ResidualUNet:
    """With ECAsSE for scSE. Options: ``width`` (64), ``dropout`` (0.5)."""
    values = _options("resunet_ecsa", options, {"width": 64, "dropout": 0.5})
    return ResidualUNet(class_names, in_channels, int(values["width"]), "ecasse", dropout=values["dropout"])


def build_resunet_fprm(class_names: Sequence[str], in_channels: int = 3, **options: float) -> ResidualUNet:
    """With the FPRM (our reading of it). Options: ``width`` (64), ``dropout`` (0.5)."""
    values = _options("resunet_fprm", options, {"width": 64, "dropout": 0.5})
    return ResidualUNet(class_names, in_channels, int(values["width"]), refine=True, dropout=values["dropout"])


def build_dresunet(class_names: Sequence[str], in_channels: int = 3, **options: float) -> ResidualUNet:
    """Deformable, ECAsSE and FPRM. Options: ``width`` (64), ``dropout`` (0.5), ``modulation`` (0, or 1)."""
    values = _options("dresunet", options, {"width": 64, "dropout": 0.5, "modulation": 0})
    return ResidualUNet(
        class_names, in_channels, int(values["width"]), "ecasse", True, True, bool(values["modulation"]),
        values["dropout"],
    )  # fmt: skip
