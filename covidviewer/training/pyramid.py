"""A cheap head for training the trunk, and its exact transfer into the feature pyramid.

Between the trunk's maps C2 ... C5 and the logits the network has no non-linearity: lateral convolutions, top-down
sums, smoothing, pooling and the last layer are all linear. So, borders of the 3x3 smoothing apart, the network is
a linear reading of the pooled trunk maps. Training that reading directly spares 45 % of the network's operations
(the smoothing of P2 alone is 25 %). ``seed_pyramid`` then writes the same function into the pyramid, exactly, and
the whole network is trained on from there.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from covidviewer.inference.networks.resnet50_fpn_attention import ResNet50FpnAttention

__all__ = ["LEVEL_CHANNELS", "PooledTrunk", "seed_pyramid"]

LEVEL_CHANNELS = (256, 512, 1024, 2048)


class PooledTrunk(nn.Module):
    """Trunk, mean of each level, standardisation by a batch norm without affine part, one linear layer.

    Parameters
    ----------
    network
        The network whose trunk is read; its pyramid and last layer are not used here.
    dropout
        On the pooled values.
    """

    def __init__(self, network: ResNet50FpnAttention, dropout: float = 0.3) -> None:
        super().__init__()
        self.network = network
        total = sum(LEVEL_CHANNELS)
        self.standardise = nn.BatchNorm1d(total, affine=False, momentum=0.05)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(total, len(network.class_names))
        nn.init.zeros_(self.fc.weight)
        nn.init.zeros_(self.fc.bias)

    def pooled(self, x: Tensor) -> Tensor:
        """Means of C2 to C5, N x 3840, float32. Stem and layer1 get no gradients."""
        net = self.network
        with torch.no_grad():
            c2 = net.layer1(functional.max_pool2d(functional.relu(net.bn1(net.conv1(x))), 3, 2, 1))
        c3 = net.layer2(c2)
        c4 = net.layer3(c3)
        assert net.layer4 is not None
        return torch.cat([level.float().mean(dim=(2, 3)) for level in (c2, c3, c4, net.layer4(c4))], dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits, N x K."""
        pooled = self.pooled(x)
        with torch.autocast(x.device.type, enabled=False):
            result: Tensor = self.fc(self.dropout(self.standardise(pooled)))
        return result

    @torch.no_grad()
    def start_from(self, weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor) -> None:
        """Begin with a linear reading found on frozen features (K x 3840, on standardised values)."""
        self.fc.weight.copy_(weight)
        self.fc.bias.copy_(bias)
        _statistics(self.standardise)[0].copy_(mean)
        _statistics(self.standardise)[1].copy_(variance)

    @torch.no_grad()
    def plain_weights(self) -> tuple[Tensor, Tensor]:
        """Weight (K x 3840) and bias (K) for raw pooled values, standardisation folded in."""
        mean, variance = _statistics(self.standardise)
        weight = self.fc.weight / torch.sqrt(variance + self.standardise.eps)
        return weight, self.fc.bias - weight @ mean


def _statistics(norm: nn.BatchNorm1d) -> tuple[Tensor, Tensor]:
    assert norm.running_mean is not None
    assert norm.running_var is not None
    return norm.running_mean, norm.running_var


def level_channels(network: ResNet50FpnAttention) -> tuple[int, ...]:
    """What the lateral layers read of C2 ... C5: its channels, and as many peaks where the network has them."""
    return tuple(count * (2 if network.peaks else 1) for count in LEVEL_CHANNELS[: len(network.lateral)])


def pooled_levels(network: ResNet50FpnAttention, x: Tensor) -> Tensor:
    """Means (and peaks) of C2 ... C5, look by look: N x (looks * sum of `level_channels`), float32."""
    levels = [network.raised(level.float()) for level in network.trunk(x)]
    return torch.cat([level.mean(dim=(2, 3)) for level in network.by_look(levels)], dim=1)


@torch.no_grad()
def seed_pyramid(
    network: ResNet50FpnAttention, weight: Tensor, bias: Tensor, means: Tensor, generator: torch.Generator
) -> None:
    """Write a linear reading of the pooled trunk maps into lateral, smoothing and last layers.

    Level k's own 64 of the 256 channels carry its evidence: the last layer reads of level k only block k. The rest
    of the lateral rows are random orthonormal directions, scaled to unit spread, so that the embedding holds more
    than the evidence. Rows of a lower level's block are made blind to what the last layer reads there, so that
    evidence of a level is counted once. Smoothing starts as the identity. Borders need no care: an identity
    kernel has none.

    Parameters
    ----------
    network
        Changed in place.
    weight, bias
        Reading of the concatenated means of C2 ... C5, K x 3840 and K; with experts the rows of the last layer, then
        those of the gate. With peaks a level's means are followed by its peaks, K x 7680; with two looks
        the second one's follow the first one's.
    means
        Pooled values of training pictures, M x as many: they set the scale of the random rows.
    generator
        Source of chance for the random rows.
    """
    levels = len(network.lateral)
    smoothing = [cast(nn.Conv2d, m) for m in network.smooth]
    width = smoothing[0].out_channels
    block = width // levels
    classes = weight.shape[0]
    weight, means = (torch.cat(values.chunk(network.looks, dim=1)) for values in (weight, means))
    last = [network.fc] if network.gate is None else [network.fc, network.gate]
    counts = [layer.out_features for layer in last]
    for layer, offsets in zip(last, torch.split(bias, counts), strict=True):
        layer.weight.zero_()
        layer.bias.copy_(offsets)
    reading = []
    for k in range(levels):
        v = torch.randn(network.looks * classes, block, generator=generator) * 0.1
        reading.append(v)
        for look, rows in enumerate(v.chunk(network.looks)):
            at = (look * levels + k) * width + k * block
            for layer, own in zip(last, torch.split(rows, counts), strict=True):
                layer.weight[:, at : at + block] = own
        nn.init.dirac_(smoothing[k].weight)
        cast(Tensor, smoothing[k].bias).zero_()
    start = 0
    for k, channels in enumerate(level_channels(network)):
        wanted = weight[:, start : start + channels]
        pooled = means[:, start : start + channels]
        start += channels
        rows = torch.empty(width, channels)
        nn.init.orthogonal_(rows, generator=generator)
        rows = rows / (pooled @ rows.T).std(dim=0).clamp_min(1e-6)[:, None]
        for lower in range(k + 1):
            part = slice(lower * block, (lower + 1) * block)
            v = reading[lower]
            aim = wanted if lower == k else torch.zeros_like(wanted)
            rows[part] += torch.linalg.pinv(v) @ (aim - v @ rows[part])
        lateral = cast(nn.Conv2d, network.lateral[k])
        lateral.weight.copy_(rows[:, :, None, None])
        cast(Tensor, lateral.bias).zero_()
