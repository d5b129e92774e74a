"""What every engine does: a batch in, logits, embedding and maps out. No torch, no OpenVINO."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from covidviewer.errors import DeviceError

#: Output of the exported graph -> name of the grid in a reading.
GRIDS = {"maps_joint": "fine", "maps_p5": "coarse"}


class OutOfMemoryError(DeviceError):
    """The device has no room for this batch at this precision."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """Answer to one batch of N.

    logits : (N, classes) float32, before the temperature. embedding : (N, features) float32.
    maps : name of a grid -> (N, classes, h, w) float32, in units of the logit.
    """

    logits: NDArray[np.float32]
    embedding: NDArray[np.float32]
    maps: dict[str, NDArray[np.float32]]


class Engine(Protocol):
    """A network on a device.

    label : for provenance, for example "CPU (OpenVINO bfloat16)". device : "cpu" or "cuda". precision : "float32",
    "bfloat16" or "float16".
    """

    label: str
    device: str
    precision: str

    def run(self, batch: NDArray[np.float32], *, maps: bool = True) -> Outputs:
        """One pass.

        Parameters
        ----------
        batch
            (N, channels, rows, columns) float32, normalised.
        maps
            False: classes alone are wanted (for comparison; maps cost next to nothing).

        Raises
        ------
        OutOfMemoryError
            The device has no room; a smaller batch may have.
        DeviceError
            Anything else that the device or its library says.
        """
        ...

    def close(self) -> None:
        """Give memory back; the engine is unusable afterwards."""
        ...
