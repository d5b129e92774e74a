"""Grad-CAM++ (Chattopadhay et al. 2018, arXiv 1710.11063, eq. 19 with the exponential left out; NETWORKS 6.3).

Its weights come from gradients above 0 alone, so the map says only what speaks for the class: never below 0 where
activations are not. It has no sum to hold against the logit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from covidviewer.inference.explain.levels import activations_and_gradients, on_one_grid

if TYPE_CHECKING:
    from torch import Tensor, nn


def explain(network: nn.Module, batch: Tensor, target: int) -> dict[str, NDArray[np.float32]]:
    """Maps of one class; parameters and result as for `covidviewer.inference.explain.gradcam.explain`."""
    return on_one_grid([_weighted(a, g) for a, g in activations_and_gradients(network, batch, target)])


def _weighted(activation: Tensor, gradient: Tensor) -> Tensor:
    """N x C x h x w twice, to N x h x w."""
    import torch

    square = gradient * gradient
    below = 2 * square + activation.sum(dim=(2, 3), keepdim=True) * square * gradient
    share = torch.where(square > 0, square / torch.where(below != 0, below, torch.ones_like(below)), 0.0)
    alpha = (share * gradient.relu()).sum(dim=(2, 3), keepdim=True)
    return (alpha * activation).sum(dim=1)
