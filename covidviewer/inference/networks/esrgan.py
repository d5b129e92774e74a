"""Generator of residual-in-residual dense blocks that enlarges a picture (arXiv 1809.00219; seed 000; NETWORKS.md 4.9).

Ours is trained on absolute differences alone, never against a judge: an adversarial loss may invent opacities or erase
them. It is off by default, and no reading uses it by itself.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Enlarger", "build"]

_SLOPE, _BETA = 0.2, 0.2


class DenseBlock(nn.Module):
    """Five 3 x 3 convolutions, each reading all before it; a fifth of the result is added to the input."""

    def __init__(self, channels: int, growth: int) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv2d(channels + i * growth, growth if i < 4 else channels, 3, padding=1) for i in range(5)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Same shape in and out."""
        seen, new = x, x
        for number, convolution in enumerate(self.convolutions):
            new = convolution(seen)
            if number < 4:
                new = functional.leaky_relu(new, _SLOPE)
                seen = torch.cat([seen, new], dim=1)
        return x + _BETA * new


class ResidualDenseBlock(nn.Module):
    """Three dense blocks; a fifth of their result is added to the input."""

    def __init__(self, channels: int, growth: int) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(DenseBlock(channels, growth) for _ in range(3)))

    def forward(self, x: Tensor) -> Tensor:
        """Same shape in and out."""
        result: Tensor = x + _BETA * self.blocks(x)
        return result


class Enlarger(nn.Module):
    """The generator.

    Parameters
    ----------
    channels
        Of the picture: 1 (grey) or 3.
    features, blocks, growth
        Width, residual-in-residual blocks, and channels that each dense step adds. 64, 23, 32 is the paper's form.
    scale
        2 or 4.
    """

    def __init__(
        self, channels: int = 1, features: int = 32, blocks: int = 4, growth: int = 16, scale: int = 2
    ) -> None:
        super().__init__()
        if scale not in (2, 4):
            raise ValueError(f"the scale is 2 or 4, not {scale}")
        self.scale = scale
        self.first = nn.Conv2d(channels, features, 3, padding=1)
        self.blocks = nn.Sequential(*(ResidualDenseBlock(features, growth) for _ in range(blocks)))
        self.trunk = nn.Conv2d(features, features, 3, padding=1)
        self.enlarge = nn.ModuleList(nn.Conv2d(features, features, 3, padding=1) for _ in range(scale // 2))
        self.large = nn.Conv2d(features, features, 3, padding=1)
        self.last = nn.Conv2d(features, channels, 3, padding=1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="leaky_relu", a=_SLOPE)
                assert module.bias is not None
                with torch.no_grad():
                    module.weight *= 0.1
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        """N x channels x h x w, values 0 to 1, to N x channels x scale h x scale w (not clipped)."""
        y = self.first(x)
        y = y + self.trunk(self.blocks(y))
        for convolution in self.enlarge:
            y = functional.leaky_relu(convolution(functional.interpolate(y, scale_factor=2.0, mode="nearest")), _SLOPE)
        result: Tensor = self.last(functional.leaky_relu(self.large(y), _SLOPE))
        return result


def build(in_channels: int = 1, **options: float) -> Enlarger:
    """Builder. Options: ``features`` (32), ``blocks`` (4), ``growth`` (16), ``scale`` (2)."""
    known = {"features": 32.0, "blocks": 4.0, "growth": 16.0, "scale": 2.0}
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(f"esrgan knows no option {unknown}; it has {sorted(known)}")
    values = {name: int(value) for name, value in (known | options).items()}
    return Enlarger(in_channels, values["features"], values["blocks"], values["growth"], values["scale"])
