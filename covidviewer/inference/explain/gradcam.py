"""Grad-CAM by automatic differentiation, for any head (Selvaraju et al. 2017, arXiv 1610.02391; NETWORKS 6.2).

Signed: the ReLU of the paper is left to the display, which shows nothing below its threshold anyway, so that the sum
stays comparable with the logit. With several levels (a feature pyramid) each gives its map; a coarse cell's value is
shared equally among the fine cells that it covers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor, nn


def explain(network: nn.Module, batch: Tensor, target: int) -> dict[str, NDArray[np.float32]]:
    """Maps of one class; the gradient runs through the head alone.

    Parameters
    ----------
    network
        In evaluation mode, with ``backbone`` and ``head`` (`covidviewer.inference.contract.Network`).
    batch
        N x channels x rows x columns, normalised.
    target
        Index of the class.

    Returns
    -------
    dict of str to ndarray of float32, shape (N, h, w)
        Signed: "fine" (all levels on the finest grid) and "coarse" (deepest level alone).
    """
    import torch

    parts: Any = network
    with torch.no_grad():
        features = parts.backbone(batch)
    with torch.enable_grad():
        levels = [level.detach().requires_grad_(True) for level in features["cam"]]
        logits = parts.head({**features, "cam": tuple(levels)})[0]
        # One class of each image: the images do not mix in the head, so one backward pass serves the batch.
        gradients = torch.autograd.grad(logits[:, target].sum(), levels)
    maps = []
    for level, gradient in zip(levels, gradients, strict=True):
        weight = gradient.mean(dim=(2, 3), keepdim=True)
        maps.append((weight * level.detach()).sum(dim=1))
    finest = maps[0].shape[1:]
    total = torch.zeros_like(maps[0])
    for part in maps:
        down, across = finest[0] // part.shape[1], finest[1] // part.shape[2]
        spread = part.repeat_interleave(down, dim=1).repeat_interleave(across, dim=2)
        total = total + cast("Tensor", spread) / (down * across)
    return {"fine": total.float().cpu().numpy(), "coarse": maps[-1].float().cpu().numpy()}
