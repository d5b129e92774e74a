"""The enlarger of films: off by default, asked for by name on the command line, used by no reading (NETWORKS.md 4.9).

What it adds between the pixels is learned, not seen. So every picture that it makes carries a flag in its metadata, and
the viewer shows a note where it finds one.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from covidviewer import assets
from covidviewer.dicom.pictures import ENLARGED
from covidviewer.errors import FileError, WeightsError

if TYPE_CHECKING:
    from covidviewer.inference.networks.esrgan import Enlarger

__all__ = ["EnlargerCard", "enlarge", "load_enlarger", "read_enlargers", "save_enlarged"]

#: Pictures are enlarged in squares of this side, with a border that is cut off again: memory stays small.
_TILE, _BORDER = 192, 16


@dataclass(frozen=True, slots=True)
class EnlargerCard:
    """One ``[[enlargers]]`` table of ``weights/manifest.toml``."""

    id: str
    file: str
    sha256: str
    scale: int
    options: dict[str, float] = field(default_factory=dict)
    licence: str = ""
    data_origin: str = ""
    card: str = ""
    folder: Path = Path()

    @property
    def path(self) -> Path:
        """The weight file."""
        return self.folder / self.file


def read_enlargers(folder: Path | None = None) -> tuple[EnlargerCard, ...]:
    """Enlargers of the manifest in a folder (the program's own when None), in its order.

    Raises
    ------
    WeightsError
        The manifest is no TOML, or an entry lacks a field.
    """
    folder = assets.weights_dir() if folder is None else folder
    path = folder / "manifest.toml"
    try:
        entries = tomllib.loads(path.read_text("utf-8")).get("enlargers", [])
        return tuple(EnlargerCard(**entry, folder=folder) for entry in entries)
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError) as error:
        raise WeightsError("The list of networks (manifest.toml) cannot be read.", path=path) from error


def load_enlarger(folder: Path | None = None) -> tuple[EnlargerCard, Enlarger]:
    """The first enlarger, filled, in evaluation mode (imports torch).

    Raises
    ------
    WeightsError
        There is none, or its file is missing, changed, or of another network.
    """
    cards = read_enlargers(folder)
    if not cards:
        raise WeightsError("No enlarger is shipped with these weights.")
    card = cards[0]
    from covidviewer.inference.loading import read_state, verify
    from covidviewer.inference.networks.esrgan import build

    verify(card)
    try:
        network = build(1, **card.options)
        network.load_state_dict(read_state(card), strict=True)
    except (RuntimeError, TypeError, ValueError) as error:
        raise WeightsError(f"{card.file} does not fit the enlarger.", path=card.path) from error
    return card, network.eval()


def enlarge(network: Any, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A grey picture at ``network.scale`` times its size.

    Parameters
    ----------
    network
        Of `load_enlarger`.
    picture
        Rows x columns, uint8.
    """
    import torch

    scale: int = network.scale
    rows, columns = picture.shape
    result = np.empty((rows * scale, columns * scale), np.uint8)
    padded = np.pad(picture, _BORDER, mode="edge").astype(np.float32) / 255
    cut = _BORDER * scale
    with torch.inference_mode():
        for top in range(0, rows, _TILE):
            for left in range(0, columns, _TILE):
                down, across = min(_TILE, rows - top), min(_TILE, columns - left)
                tile = padded[top : top + down + 2 * _BORDER, left : left + across + 2 * _BORDER]
                large = network(torch.from_numpy(np.ascontiguousarray(tile))[None, None])[0, 0].numpy()
                inner = large[cut : cut + down * scale, cut : cut + across * scale]
                result[top * scale : (top + down) * scale, left * scale : (left + across) * scale] = np.rint(
                    np.clip(inner, 0, 1) * 255
                ).astype(np.uint8)
    return result


def save_enlarged(picture: NDArray[np.uint8], card: EnlargerCard, path: Path) -> None:
    """Write a PNG whose metadata say what made it.

    Raises
    ------
    FileError
        The folder or the file cannot be written.
    """
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    flag = PngInfo()
    flag.add_text(ENLARGED, f"{card.scale} times by {card.id}; detail between the original's pixels is invented")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path, "PNG", pnginfo=flag)
    except (OSError, ValueError) as error:
        raise FileError(f"{path.name} could not be written.", path=path) from error
