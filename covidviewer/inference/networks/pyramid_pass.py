"""The FPN network in one pass without its widest convolutions: the same numbers for a third less work.

After the smoothing convolution of a level nothing but linear steps follow: pooling for the embedding and the logits,
and the class weights for the maps. Linear steps may change places, exactly:

* class weights first: the map of a level is one 3 x 3 convolution from 256 channels to the classes (2) instead of one
  to 256 channels and then the weights;
* pooling first: the mean of a convolution's output is the convolution of the nine shifted means of its input, where a
  shift loses the border row or column that zero padding stands for.

At 224 x 224 the smoothing takes 2.46 of 7.33 GMAC (NETWORKS 4.4); this takes 0.02. It is for inference only: training
needs the levels themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from covidviewer.inference.networks.resnet50_fpn_attention import ResNet50FpnAttention

__all__ = ["PyramidPass", "shifted_means"]


def shifted_means(x: Tensor) -> Tensor:
    """What each tap of a 3 x 3 convolution with zero padding 1 sees on average.

    Parameters
    ----------
    x
        N x C x H x W, H and W at least 2.

    Returns
    -------
    Tensor
        N x C x 3 x 3; [:, :, i, j] is the sum of x over the pixels that tap (i, j) meets, divided by H·W.
    """
    # A window of the image's own size over the padded image has just nine places: one step, so one rounding.
    return functional.avg_pool2d(x, (x.shape[2], x.shape[3]), stride=1, padding=1)


class PyramidPass(nn.Module):
    """Logits, embedding and both maps of `ResNet50FpnAttention`.

    Parameters
    ----------
    network
        Its weights are read once; train it further and this must be made anew.
    """

    def __init__(self, network: ResNet50FpnAttention) -> None:
        super().__init__()
        self.network = network
        count = network.looks * sum(9 * s.in_channels for s in network.smooth if isinstance(s, nn.Conv2d))
        # Gates are read from the same means as the logits, with the same care: more rows of one table.
        last, bias = network.fc.weight.detach(), network.fc.bias.detach()
        self.rows = last.shape[0]
        if network.gate is not None:
            last = torch.cat([last, network.gate.weight.detach()])
            bias = torch.cat([bias, network.gate.bias.detach()])
        self.register_buffer("share", bias / count, persistent=False)
        self.smooth = [smooth for _ in range(network.looks) for smooth in network.smooth]
        for i, smooth in enumerate(self.smooth):
            assert isinstance(smooth, nn.Conv2d)
            assert smooth.bias is not None
            channels = smooth.out_channels
            # float64, so that changing the order of sums costs no accuracy here.
            weight = last[:, i * channels : (i + 1) * channels].double()
            folded = torch.einsum("ko,ocij->kcij", weight, smooth.weight.detach().double())
            self.register_buffer(f"weight_{i}", folded.float(), persistent=False)
            self.register_buffer(f"bias_{i}", (weight @ smooth.bias.detach().double()).float(), persistent=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """As `Fused.forward`: logits N x K, embedding N x 1024, maps N x K x H/4 x W/4 and N x K x H/32 x W/32."""
        network = self.network
        levels = network.by_look(network.merged(x))
        pooled, parts, terms = [], [], []
        for i, (level, smooth) in enumerate(zip(levels, self.smooth, strict=True)):
            assert isinstance(smooth, nn.Conv2d)
            means = shifted_means(level)
            pooled.append(functional.conv2d(means, smooth.weight, smooth.bias).flatten(1))
            weight, bias = self.get_buffer(f"weight_{i}"), self.get_buffer(f"bias_{i}")
            area = level.shape[2] * level.shape[3]
            parts.append(functional.conv2d(level, weight[: self.rows], bias[: self.rows], padding=1) / area)
            # As products and a sum, and the bias inside them: an engine that rounds to bfloat16 leaves these alone,
            # and here, after the pooling, no average takes a rounding back.
            terms.append(means.flatten(1)[:, None] * weight.flatten(1)[None] + (bias / weight[0].numel())[:, None])
        read = (torch.cat(terms, dim=2) + self.get_buffer("share")[:, None]).sum(dim=2)
        gates = None if network.gate is None else torch.softmax(read[:, self.rows :], dim=1)
        logits = network.mixed(read[:, : self.rows], gates)
        joint, deepest = network.mixed(network.joint(parts), gates), network.mixed(network.deepest(parts), gates)
        return logits, torch.cat(pooled, dim=1), joint, deepest
