"""Grad-CAM by automatic differentiation, for any head (Selvaraju et al. 2017, arXiv 1610.02391; NETWORKS 6.2).

Signed: the ReLU of the paper is left to the display, which shows nothing below its threshold anyway, so that the sum
stays comparable with the logit. With several levels (a feature pyramid) each gives its map.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from covidviewer.inference.explain.levels import activations_and_gradients, on_one_grid

if TYPE_CHECKING:
    from torch import Tensor, nn


def explain(network: nn.Module, batch: Tensor, target: int) -> dict[str, NDArray[np.float32]]:
    """Maps of one class; the gradient runs through the head alone.

    Parameters and result as `covidviewer.inference.explain.levels` says: network in evaluation mode, batch
    N x channels x rows x columns, index of the class; "fine" and "coarse", signed, (N, h, w) float32.
    """
    pairs = activations_and_gradients(network, batch, target)
    return on_one_grid([(g.mean(dim=(2, 3), keepdim=True) * a).sum(dim=1) for a, g in pairs])
