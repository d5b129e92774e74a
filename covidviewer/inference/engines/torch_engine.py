"""Plain torch: CUDA, and on the CPU the reference that answers until the OpenVINO graph is there."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.errors import DeviceError
from covidviewer.inference.contract import LinearHeadNetwork
from covidviewer.inference.engines.base import GRIDS, OutOfMemoryError, Outputs
from covidviewer.inference.manifest import WeightsCard

if TYPE_CHECKING:
    from torch import nn


def require_torch() -> Any:
    """The torch module, or a `DeviceError` that says how to get it."""
    try:
        import torch
    except (ImportError, OSError) as error:
        raise DeviceError(
            "The second reading needs PyTorch, which is not installed or cannot be loaded here.",
            advice='Install it with: pip install "covidviewer[ai]".',
        ) from error
    return torch


class TorchEngine:
    """One network through torch.

    Parameters
    ----------
    network
        In evaluation mode, float32, on the CPU; moved to the device here.
    device
        "cpu" or "cuda".
    precision
        "float32", or "bfloat16" / "float16" by autocast.
    channels_last
        Layout of activations; faster for plain convolutions.
    """

    def __init__(
        self,
        network: nn.Module,
        device: str = "cpu",
        precision: str = "float32",
        *,
        channels_last: bool = True,
    ) -> None:
        torch = require_torch()
        if not isinstance(network, LinearHeadNetwork):
            raise DeviceError(f"{type(network).__name__} has no closed form for its maps.")
        self.device, self.precision = device, precision
        self._format = torch.channels_last if channels_last else torch.contiguous_format
        module: Any = network
        with _borders():
            self._network: Any = module.eval().to(device=device, memory_format=self._format)
            name = torch.cuda.get_device_name() if device == "cuda" else ""
        self.label = f"CUDA {name} (torch {precision})" if device == "cuda" else f"CPU (torch {precision})"

    def run(self, batch: NDArray[np.float32], *, maps: bool = True) -> Outputs:
        """One pass; see `covidviewer.inference.engines.base.Engine.run`."""
        import torch

        with _borders(), torch.inference_mode():
            x = torch.from_numpy(batch).to(self.device, memory_format=self._format)
            context: Any = contextlib.nullcontext()
            if self.precision != "float32":
                context = torch.autocast(self.device, getattr(torch, self.precision))
            with context:
                features = self._network.backbone(x)
            # The head in float32 always: a sum of a thousand rounded products of either sign is where precision goes.
            features = {name: tuple(level.float() for level in levels) for name, levels in features.items()}
            logits, embedding = self._network.head(features)
            results = {"logits": logits, "embedding": embedding}
            if maps:
                results["maps_joint"] = self._network.class_maps(features)
                results["maps_p5"] = self._network.coarse_maps(features)
            arrays = {k: v.cpu().numpy() for k, v in results.items()}
        return Outputs(
            arrays["logits"],
            arrays["embedding"],
            {grid: arrays[name] for name, grid in GRIDS.items() if name in arrays},
        )

    def close(self) -> None:
        """Drop the network; on CUDA its memory goes back to the driver."""
        self._network = None
        if self.device == "cuda":
            import torch

            with contextlib.suppress(RuntimeError):
                torch.cuda.empty_cache()


def limit_threads(count: int) -> None:
    """Leave the other cores to somebody else from now on."""
    require_torch().set_num_threads(count)


def open_torch(card: WeightsCard, device: str = "cpu", precision: str = "float32") -> TorchEngine:
    """Load a network's weights and put it on a device.

    Raises
    ------
    WeightsError, DeviceError
        As `covidviewer.inference.loading.load_network` and the device say.
    """
    require_torch()
    from covidviewer.inference.loading import load_network

    return TorchEngine(load_network(card), device, precision)


class _borders:  # noqa: N801  (reads as what it is: with _borders())
    """torch's exceptions become ours here and nowhere else."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        import torch

        if isinstance(error, torch.OutOfMemoryError):
            with contextlib.suppress(RuntimeError):
                torch.cuda.empty_cache()
            raise OutOfMemoryError("Graphics memory is not enough.", code="A01") from error
        if isinstance(error, MemoryError) or (
            isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
        ):
            raise OutOfMemoryError("Memory is not enough.", code="A01") from error
        if isinstance(error, RuntimeError):
            raise DeviceError(f"The network could not be run ({type(error).__name__}).") from error
