"""Weight files: checksum first, safetensors only, strict keys."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from covidviewer.errors import WeightsError
from covidviewer.inference import registry
from covidviewer.inference.manifest import WeightsCard
from covidviewer.inference.storage import restored

if TYPE_CHECKING:
    from torch import Tensor, nn


class StoredFile(Protocol):
    """What a manifest entry says of its file."""

    @property
    def file(self) -> str: ...

    @property
    def sha256(self) -> str: ...

    @property
    def path(self) -> Path: ...


def sha256_of(path: Path) -> str:
    """Checksum of a file, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(card: StoredFile) -> None:
    """Compare the file with its manifest entry.

    Raises
    ------
    WeightsError
        The file is missing, cannot be read, or does not match (A05).
    """
    try:
        found = sha256_of(card.path)
    except FileNotFoundError as error:
        raise WeightsError(f"The weight file {card.file} is missing.", path=card.path) from error
    except OSError as error:
        raise WeightsError(f"The weight file {card.file} cannot be read.", path=card.path) from error
    if found != card.sha256:
        raise WeightsError(
            "The model file does not match its checksum. It was not loaded.",
            advice="Fetch the file again.",
            path=card.path,
            code="A05",
        )


def read_state(card: StoredFile) -> dict[str, Tensor]:
    """Tensors of a file as a network takes them, on the CPU; its checksum is not looked at here.

    Raises
    ------
    WeightsError
        It is no safetensors file, or an 8-bit tensor has no scale that fits.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = load_file(card.path, device="cpu")
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(f"{card.file} is no readable safetensors file.", path=card.path) from error
    try:
        return restored(state)
    except WeightsError as error:
        error.path = card.path
        raise


def load_network(card: WeightsCard) -> nn.Module:
    """Build the network and fill it, in evaluation mode, float32, on the CPU.

    Parameters
    ----------
    card
        Manifest entry; half-precision tensors of its file are cast to float32, 8-bit ones multiplied by their scale.

    Raises
    ------
    WeightsError
        Checksum, format, an 8-bit tensor without its scale, or a key or shape that does not fit; a network is never
        filled in part.
    """
    verify(card)
    state = read_state(card)
    if card.shares is not None:
        verify(card.shares)
        state = read_state(card.shares) | state
    try:
        network: nn.Module = registry.builder(card.network)(
            card.classes, in_channels=card.input.channels, **card.options
        )
        network.load_state_dict(state, strict=True)
        check_size = getattr(network, "check_size", None)
        if check_size is not None:
            check_size(card.input.size)
    except (RuntimeError, TypeError, ValueError) as error:
        raise WeightsError(
            f"{card.file} does not fit the network {card.network}.",
            advice="It belongs to another version of the program.",
            path=card.path,
        ) from error
    return network.eval()
