"""What the gradient methods share: the CAM tensors, the gradient of one class there, levels put onto one grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor, nn


def activations_and_gradients(network: nn.Module, batch: Tensor, target: int) -> list[tuple[Tensor, Tensor]]:
    """Each level of ``features["cam"]`` with the gradient of one class's logit there.

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
    list of (Tensor, Tensor)
        Both N x C x h x w, finest level first; detached.
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
    return [(level.detach(), gradient) for level, gradient in zip(levels, gradients, strict=True)]


def on_one_grid(maps: Sequence[Tensor]) -> dict[str, NDArray[np.float32]]:
    """Maps of the levels to "fine" (all together on the finest grid) and "coarse" (the deepest level alone).

    A coarse cell's value is shared equally among the fine cells that it covers, so that sums are kept.

    Parameters
    ----------
    maps
        N x h x w, finest first; each grid divides the first. A level finer than the one before it begins a second look
        of the network, whose maps lie to the right of the first one's.

    Returns
    -------
    dict of str to ndarray of float32, shape (N, h, w)
    """
    import torch

    starts = [i for i, part in enumerate(maps) if i == 0 or part.shape[1] > maps[i - 1].shape[1]]
    looks = [maps[start:stop] for start, stop in zip(starts, [*starts[1:], len(maps)], strict=True)]
    fine = torch.cat([_joint(look) for look in looks], dim=2)
    coarse = torch.cat([look[-1] for look in looks], dim=2)
    return {"fine": fine.float().cpu().numpy(), "coarse": coarse.float().cpu().numpy()}


def _joint(maps: Sequence[Tensor]) -> Tensor:
    import torch

    finest = maps[0].shape[1:]
    total = torch.zeros_like(maps[0])
    for part in maps:
        down, across = finest[0] // part.shape[1], finest[1] // part.shape[2]
        spread = part.repeat_interleave(down, dim=1).repeat_interleave(across, dim=2)
        total = total + spread / (down * across)
    return total
