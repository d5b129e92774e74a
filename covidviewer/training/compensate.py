"""8-bit rounding that makes up for its own errors, layer by layer, on pictures of the training split (no labels).

Rounding each weight to the nearest step moved probabilities of our CT network by up to 0.11: after a ReLU inputs are
positive and alike, so errors add up instead of cancelling. Here the columns of a weight matrix are rounded one after
the other, and what each leaves over is taken back by the columns not yet rounded, as far as the layer's inputs allow
(GPTQ, arXiv 2210.17323, after Optimal Brain Surgeon). Inputs are those of the network rounded so far. At last each
channel's mean is set to what it was: in the bias, or in the running mean of the batch norm that reads it.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from covidviewer.inference.storage import eight_bit_scales

__all__ = ["compensated", "round_rows"]

#: Positions of feature maps from which a layer's second moments are taken.
SAMPLES = 8192
_DAMPING = 0.01
_BLOCK = 128


def round_rows(weight: Tensor, moments: Tensor, scale: Tensor) -> Tensor:
    """Weights on the grid ``scale`` x (-127 ... 127) with little error in what they make of their inputs.

    Parameters
    ----------
    weight
        R x C, float32.
    moments
        C x C, mean of input times input transposed.
    scale
        R steps, above 0.

    Returns
    -------
    Tensor
        R x C, whole multiples of the row's step.
    """
    columns = weight.shape[1]
    left = weight.double().clone()
    damped = moments.double() + torch.eye(columns, dtype=torch.float64) * (
        _DAMPING * moments.diagonal().mean().double().clamp_min(1e-12)
    )
    # Inputs that matter most first: what they leave over, the others can still take.
    order = torch.argsort(damped.diagonal(), descending=True)
    left, damped = left[:, order], damped[order][:, order]
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(damped))
    upper = torch.linalg.cholesky(inverse, upper=True).float()
    left, steps = left.float(), scale.float()
    result = torch.empty_like(left)
    for start in range(0, columns, _BLOCK):
        stop = min(start + _BLOCK, columns)
        errors = torch.empty(left.shape[0], stop - start)
        for i in range(start, stop):
            result[:, i] = (left[:, i] / steps).round().clamp(-127, 127) * steps
            errors[:, i - start] = (left[:, i] - result[:, i]) / upper[i, i]
            left[:, i + 1 : stop] -= errors[:, i - start, None] * upper[i, None, i + 1 : stop]
        left[:, stop:] -= errors @ upper[start:stop, stop:]
    back = torch.argsort(order)
    return result[:, back]


def _moments(layer: nn.Conv2d | nn.Linear, x: Tensor, group: int, used: Tensor | None = None) -> Tensor:
    """Second moments of what a group of a layer reads (``used``: of some columns), from at most `SAMPLES` positions."""
    if isinstance(layer, nn.Linear):
        rows = x.reshape(-1, x.shape[-1])[:SAMPLES]
        rows = rows if used is None else rows[:, used]
        return rows.T @ rows / len(rows)
    width = layer.in_channels // layer.groups
    total = torch.zeros(1)
    each = max(1, -(-SAMPLES // len(x)))
    generator = torch.Generator().manual_seed(group)
    pad = cast(Any, layer.padding)
    for image in x[:, group * width : (group + 1) * width]:
        patches = functional.unfold(
            image[None], layer.kernel_size, dilation=layer.dilation, padding=pad, stride=layer.stride
        )[0]
        chosen = torch.randperm(patches.shape[1], generator=generator)[:each]
        part = patches[:, chosen] if used is None else patches[used][:, chosen]
        total = total + part @ part.T / part.shape[1]
    return total / len(x)


def _round_layer(layer: nn.Conv2d | nn.Linear, x: Tensor, scale: Tensor) -> None:
    groups = layer.groups if isinstance(layer, nn.Conv2d) else 1
    rows = layer.weight.shape[0] // groups
    flat = layer.weight.data.flatten(1).clone()  # channels-last weights would be changed while they are read
    for group in range(groups):
        part = slice(group * rows, (group + 1) * rows)
        own = flat[part]
        used = own.abs().amax(dim=0) > 0
        if bool(used.all()):
            flat[part] = round_rows(own, _moments(layer, x, group), scale[part])
        elif bool(used.any()):  # columns that no row reads stay zero: a head written into a wide kernel reads few
            own[:, used] = round_rows(own[:, used], _moments(layer, x, group, used), scale[part])
    layer.weight.data.copy_(flat.view_as(layer.weight))


def _channel_mean(x: Tensor) -> Tensor:
    return x.mean(dim=[0, *range(2, x.ndim)]) if x.ndim != 3 else x.mean(dim=(0, 1))


@torch.no_grad()
def compensated(network: nn.Module, batch: Tensor, halves: Sequence[str] = ()) -> tuple[nn.Module, dict[str, Tensor]]:
    """A copy whose weights lie on their 8-bit grids, and the scales of those grids (`storage.quantised` takes both).

    Parameters
    ----------
    network
        In float32, on the CPU. Convolutions and linear layers that run once a pass are compensated; other 8-bit
        weights are left to plain rounding.
    batch
        Some 32 to 64 normalised training pictures, N x channels x H x W.
    halves
        Parts of names of weights that stay as they are: those of grouped convolutions have few inputs to take errors
        back, and the lowest layers feed all others.
    """
    original, rounded = network.eval(), copy.deepcopy(network).eval()
    found = eight_bit_scales(rounded.state_dict())
    scales = {name: steps for name, steps in found.items() if not any(part in name for part in halves)}
    means: dict[str, Tensor] = {}
    handles = []

    def note(name: str, output: bool) -> Any:
        def hook(_module: nn.Module, inputs: tuple[Tensor, ...], result: Tensor | None = None) -> None:
            means[name] = _channel_mean(result if output and result is not None else inputs[0])

        return hook

    def round_first(name: str) -> Any:
        def hook(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            _round_layer(cast(Any, module), inputs[0], scales[name + ".weight"])

        return hook

    def shift_bias(name: str) -> Any:
        def hook(module: nn.Module, _inputs: tuple[Tensor, ...], result: Tensor) -> Tensor:
            shift = _channel_mean(result) - means[name]
            cast(Tensor, module.bias).data -= shift
            return result - (shift if result.ndim != 4 else shift[:, None, None])

        return hook

    def shift_mean(name: str) -> Any:
        def hook(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            cast(Tensor, module.running_mean).data += _channel_mean(inputs[0]) - means[name]

        return hook

    for (name, module), twin in zip(rounded.named_modules(), original.modules(), strict=True):
        if isinstance(module, nn.Conv2d | nn.Linear) and name + ".weight" in scales:
            handles.append(module.register_forward_pre_hook(round_first(name)))
            if module.bias is not None:
                handles.append(twin.register_forward_hook(note(name, output=True)))
                handles.append(module.register_forward_hook(shift_bias(name)))
        elif isinstance(module, nn.BatchNorm2d):
            handles.append(twin.register_forward_pre_hook(note(name, output=False)))
            handles.append(module.register_forward_pre_hook(shift_mean(name)))
    try:
        original(batch)
        rounded(batch)
    finally:
        for handle in handles:
            handle.remove()
    return rounded, scales
