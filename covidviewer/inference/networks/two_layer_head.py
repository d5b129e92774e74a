"""Head of pooling and two linear layers with a ReLU between: its Grad-CAM in closed form, without a gradient pass.

Which hidden values are above zero decides which of the first layer's rows count; with them fixed the head is linear,
and the gradient of a logit by the pooled map is a product of two matrices. So maps of all classes can be part of the
exported graph. They equal Grad-CAM (a test compares with autograd); their sum is the logit only up to the bias terms.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["class_maps", "logits_of", "slopes"]


def logits_of(pooled: Tensor, first: nn.Linear, last: nn.Linear) -> Tensor:
    """Pooled map N x C to logits N x K."""
    result: Tensor = last(functional.relu(first(pooled)))
    return result


def slopes(pooled: Tensor, first: nn.Linear, last: nn.Linear) -> Tensor:
    """Gradient of each logit by the pooled map, N x K x C."""
    active = (first(pooled) > 0).to(pooled.dtype)
    return torch.matmul(active[:, None] * last.weight[None], first.weight)


def class_maps(level: Tensor, first: nn.Linear, last: nn.Linear) -> Tensor:
    """Grad-CAM of every class, signed, N x K x h x w: gradient by channel, pooled, times activation."""
    gradient = slopes(level.mean(dim=(2, 3)), first, last)
    area = level.shape[2] * level.shape[3]
    maps = torch.matmul(gradient, level.flatten(2)) / area
    return maps.view(level.shape[0], gradient.shape[1], level.shape[2], level.shape[3])
