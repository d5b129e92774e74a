"""How far an image lies from those that a network learnt from: Mahalanobis distance of its embedding (NETWORKS 7).

Beside the weights lies ``familiar/<id>.safetensors``: a mean and some principal directions of the training pictures'
embeddings, in them the class means, and one inverse covariance for all classes; and the limit, the 95th percentile of
the distances of held-out pictures. The distance is given as a share of that limit: above 1 an image lies outside of
what the network has seen, and its probabilities deserve no trust. Nothing is told where the file is missing or was
made for other weights.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from covidviewer.inference.manifest import WeightsCard

__all__ = ["Familiarity", "load_familiarity", "path_of"]

log = logging.getLogger(__name__)

FOLDER = "familiar"
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Familiarity:
    """What is known of the training pictures' embeddings.

    mean : (D,). directions : (D, d), orthonormal. centres : (classes, d) in these directions. precision : (d, d),
    inverse covariance. limit : distance (squared, as all here) of the 95th percentile of held-out pictures.
    """

    mean: Floats
    directions: Floats
    centres: Floats
    precision: Floats
    limit: float

    def distances(self, embeddings: Floats) -> Floats:
        """Squared Mahalanobis distance to the nearest class, (N, D) to (N,)."""
        places = (embeddings.astype(np.float32) - self.mean) @ self.directions
        away = places[:, None, :] - self.centres[None, :, :]
        result: Floats = np.einsum("ncd,de,nce->nc", away, self.precision, away).min(axis=1)
        return result

    def strangeness(self, embeddings: Floats) -> Floats:
        """Distances by the limit, (N,): above 1 unlike what the network has seen."""
        result: Floats = self.distances(embeddings) / np.float32(self.limit)
        return result


def path_of(card: WeightsCard) -> Path:
    """Where the file of some weights lies, or would lie."""
    return card.folder / FOLDER / f"{card.id}.safetensors"


def load_familiarity(card: WeightsCard) -> Familiarity | None:
    """What belongs to these weights; None where there is nothing, or nothing that fits."""
    from safetensors import SafetensorError, safe_open

    path = path_of(card)
    if not path.is_file():
        return None
    try:
        with safe_open(str(path), framework="numpy") as file:
            said = file.metadata() or {}
            if said.get("weights_sha256") != card.sha256:
                log.warning("%s was made for other weights and is not used", path.name)
                return None
            parts = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
        return Familiarity(
            parts["mean"], parts["directions"], parts["centres"], parts["precision"], float(said["limit"])
        )
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        log.warning("%s cannot be read and is not used (%s)", path.name, type(error).__name__)
        return None
