"""What every network offers to engines, pipeline and explanations. No torch at import.

A network is a heavy backbone, which ends at the tensors that explanations look at, and a light head.
``forward(x)`` is ``head(backbone(x))[0]``, always: whatever explains the head explains the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["CamSpec", "Features", "LinearHeadNetwork", "Network"]


@dataclass(frozen=True, slots=True)
class CamSpec:
    """Which tensors a map is made from.

    Parameters
    ----------
    names
        One name per tensor of ``features["cam"]``, in that order.
    grids
        Their grids (rows, columns) at the network's own input size.
    exact
        The map of a class sums (with the bias) to its logit; else the map is an approximation and is marked so.
    method
        Default explanation: ``"cam"`` (closed form), ``"gradcam"`` or ``"hirescam"``.
    """

    names: tuple[str, ...]
    grids: tuple[tuple[int, int], ...]
    exact: bool
    method: str


Features = Mapping[str, "tuple[Tensor, ...]"]
"""What a backbone gives; ``features["cam"]`` is a tuple of N x C x h x w tensors."""


@runtime_checkable
class Network(Protocol):
    """A classifier in two parts (in practice also a ``torch.nn.Module``)."""

    class_names: tuple[str, ...]
    cam_spec: CamSpec

    def backbone(self, x: Tensor) -> dict[str, tuple[Tensor, ...]]:
        """N x channels x H x W, normalised, to feature maps."""
        ...

    def head(self, features: Features) -> tuple[Tensor, Tensor]:
        """Feature maps to logits (N x K) and embedding (N x D)."""
        ...

    def forward(self, x: Tensor) -> Tensor:
        """Logits alone, N x K."""
        ...


@runtime_checkable
class LinearHeadNetwork(Network, Protocol):
    """A network whose head is pooling and one linear layer: maps of all classes cost one 1x1 convolution."""

    def class_maps(self, features: Features) -> Tensor:
        """Joint map on the finest grid, N x K x h x w; its sum over the grid plus the bias is the logit."""
        ...

    def coarse_maps(self, features: Features) -> Tensor:
        """Part of the deepest level alone, N x K x h x w, on its own grid."""
        ...
