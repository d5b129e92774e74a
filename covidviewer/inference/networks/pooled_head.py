"""Head of pooling and one linear layer on one map, and its maps of all classes: exact by construction."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

__all__ = ["class_maps", "pooled_logits"]


def pooled_logits(level: Tensor, linear: nn.Linear) -> tuple[Tensor, Tensor]:
    """Mean over the grid, one linear layer.

    Parameters
    ----------
    level
        N x C x h x w.
    linear
        C to K.

    Returns
    -------
    tuple of Tensor
        Logits N x K and embedding (the pooled map) N x C.
    """
    embedding = level.mean(dim=(2, 3))
    return linear(embedding), embedding


def class_maps(level: Tensor, linear: nn.Linear) -> Tensor:
    """Part of each cell in each logit, N x K x h x w: the sum over the grid plus the bias is the logit."""
    weight = linear.weight[:, :, None, None].to(level.dtype)
    return functional.conv2d(level, weight) / (level.shape[2] * level.shape[3])
