"""Logits and embeddings of prepared pictures through the engine that is shipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.errors import DeviceError
from covidviewer.inference import prepare
from covidviewer.inference.manifest import WeightsCard

__all__ = ["Scorer", "open_scorer"]

Grey = NDArray[np.uint8]
Floats = NDArray[np.float64]
Run = Callable[[NDArray[np.float32]], tuple[NDArray[np.float32], NDArray[np.float32]]]


class Scorer:
    """A network ready to judge; ``label`` says on what it runs.

    Parameters
    ----------
    card
        Manifest entry of the weights.
    run
        Batch (N, channels, rows, columns) to logits (N, K) and embedding (N, D).
    """

    def __init__(self, card: WeightsCard, run: Run, label: str, batch: int = 16) -> None:
        self.card, self.label = card, label
        self._run, self._batch = run, batch

    def __call__(
        self, inputs: Sequence[Grey], progress: Callable[[int], None] | None = None
    ) -> tuple[Floats, NDArray[np.float32]]:
        """Logits N x K float64 and embeddings N x D float32 of 8-bit pictures of the network's size."""
        logits, embeddings = [], []
        for start in range(0, len(inputs), self._batch):
            part = inputs[start : start + self._batch]
            answer, embedding = self._run(prepare.batch(part, self.card.input))
            logits.append(answer)
            embeddings.append(embedding)
            if progress is not None:
                progress(len(part))
        return np.concatenate(logits).astype(np.float64), np.concatenate(embeddings)


def open_scorer(card: WeightsCard, device: str = "auto", engine: str = "shipped") -> Scorer:
    """The network on a device.

    Parameters
    ----------
    card
        Manifest entry.
    device
        "auto", "cpu" or "cuda".
    engine
        "shipped": as the viewer runs it (OpenVINO on the processor, converted now where need be; torch on CUDA);
        "torch": eager float32, the reference.

    Raises
    ------
    WeightsError, DeviceError
        The weights do not load, or the device cannot be used.
    """
    if engine == "shipped":
        try:
            return _shipped(card, device)
        except DeviceError:
            if device == "cuda":
                raise
    return _eager(card, "cpu" if device == "auto" else device)


def _shipped(card: WeightsCard, wanted: str) -> Scorer:
    from covidviewer.inference import device as devices
    from covidviewer.inference.engines import convert
    from covidviewer.inference.engines.base import Engine
    from covidviewer.inference.results import Choice

    choice = Choice(network=card.id, device=wanted)
    plan = devices.choose(choice, devices.probe_cuda() if wanted != "cpu" else None)
    opened: Engine
    if plan.engine == "openvino":
        from covidviewer.inference.engines.openvino_engine import OpenVinoEngine

        opened = OpenVinoEngine(convert.graph_path(card) or convert.convert(card), plan.precision)
    else:
        from covidviewer.inference.engines.torch_engine import open_torch

        opened = open_torch(card, plan.device, plan.precision)

    def run(batch: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        out = opened.run(batch, maps=False)
        return out.logits, out.embedding

    return Scorer(card, run, opened.label)


def _eager(card: WeightsCard, device: str) -> Scorer:
    import torch

    from covidviewer.inference.loading import load_network

    network: Any = load_network(card).to(device)

    def run(batch: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        with torch.inference_mode():
            logits, embedding = network.head(network.backbone(torch.from_numpy(batch).to(device)))
        return logits.float().cpu().numpy(), embedding.float().cpu().numpy()

    return Scorer(card, run, f"{device.upper()} (torch float32)")
