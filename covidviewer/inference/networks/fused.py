"""One pass from input to everything that the screen wants: the graph that is exported."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from covidviewer.inference.contract import LinearHeadNetwork

__all__ = ["OUTPUT_NAMES", "Fused"]

OUTPUT_NAMES = ("logits", "embedding", "maps_joint", "maps_p5")


class Fused(nn.Module):
    """Logits, embedding and the maps of all classes in one pass, without gradients.

    Parameters
    ----------
    network
        A network with pooling and one linear layer as its head; put into evaluation mode here.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        if not isinstance(network, LinearHeadNetwork):
            raise TypeError(f"{type(network).__name__} has no closed form for its maps")
        self.network = network.eval()
        for parameter in self.network.parameters():
            parameter.requires_grad_(False)
        # A network may know a cheaper way to the same numbers.
        make = getattr(network, "one_pass", None)
        self.shortcut: nn.Module | None = make() if make is not None else None

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """One pass.

        Parameters
        ----------
        x
            N x channels x H x W, float32, normalised.

        Returns
        -------
        tuple
            logits N x K, embedding N x D, joint maps N x K x H/4 x W/4, maps of the deepest level N x K x H/32 x W/32.
        """
        network = cast(LinearHeadNetwork, self.network)
        with torch.no_grad():
            if self.shortcut is not None:
                return cast(tuple[Tensor, Tensor, Tensor, Tensor], self.shortcut(x))
            features = network.backbone(x)
            logits, embedding = network.head(features)
            return logits, embedding, network.class_maps(features), network.coarse_maps(features)
