"""Pictures through the one preparation that training reports, command line and screen share, and what a network says.

What a weight file is worth is computed in ``covidviewer.training.evaluation``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.inference import prepare
from covidviewer.inference.manifest import WeightsCard
from covidviewer.training.data import Example

__all__ = ["network_inputs", "network_logits"]

Grey = NDArray[np.uint8]
Floats = NDArray[np.float64]


def network_inputs(card: WeightsCard, examples: Sequence[Example]) -> list[Grey]:
    """Pictures as the network sees them, 8-bit, by the same code as on the screen."""
    return [prepare.forward(e.picture, card.input, units="grey")[0] for e in examples]


def network_logits(
    card: WeightsCard, network: Callable[[Any], Any], inputs: Sequence[Grey], device: str = "cpu", batch: int = 16
) -> Floats:
    """Logits N x K in float32 of prepared pictures."""
    import torch

    parts = []
    with torch.inference_mode():
        for start in range(0, len(inputs), batch):
            x = torch.from_numpy(prepare.batch(inputs[start : start + batch], card.input)).to(device)
            parts.append(network(x).float().cpu().numpy())
    return np.concatenate(parts).astype(np.float64)
