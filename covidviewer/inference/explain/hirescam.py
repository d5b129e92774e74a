"""HiResCAM: gradient times activation, place by place (Draelos and Carin 2020, arXiv 2011.08891; NETWORKS 6.4).

No averaging of gradients, so it is exact wherever the head is linear in the CAM tensor, also where each place has its
own weight (`simple_cnn`), and keeps place where two linear layers follow a flattened map (`vgg`). Signed: the ReLU is
left to the display.
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
    return on_one_grid([(g * a).sum(dim=1) for a, g in activations_and_gradients(network, batch, target)])
