"""Class activation map in closed form, for networks whose head is pooling and one linear layer (NETWORKS 6.1).

No gradient: the linear layer applied as a 1 x 1 convolution to the feature maps. It equals Grad-CAM and HiResCAM for
such heads; a test compares it with autograd.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from covidviewer.errors import UsageError
from covidviewer.inference.contract import LinearHeadNetwork

if TYPE_CHECKING:
    from torch import Tensor, nn


def explain(network: nn.Module, batch: Tensor, target: int) -> dict[str, NDArray[np.float32]]:
    """Maps of one class.

    Parameters
    ----------
    network
        In evaluation mode.
    batch
        N x channels x rows x columns, normalised.
    target
        Index of the class.

    Returns
    -------
    dict of str to ndarray of float32, shape (N, h, w)
        Signed, in units of the logit: "fine" (its sum and the bias are the logit) and "coarse" (deepest level alone).

    Raises
    ------
    UsageError
        The head has no closed form.
    """
    import torch

    if not isinstance(network, LinearHeadNetwork):
        raise UsageError("This network has no closed form for its maps.", advice="Use the method gradcam.")
    linear = cast(LinearHeadNetwork, network)
    with torch.no_grad():
        features = linear.backbone(batch)
        fine, coarse = linear.class_maps(features), linear.coarse_maps(features)
    return {"fine": fine[:, target].float().cpu().numpy(), "coarse": coarse[:, target].float().cpu().numpy()}
