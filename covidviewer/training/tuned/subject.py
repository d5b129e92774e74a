"""What a film recipe tunes: a frozen trunk, a stage with its reading, and how both become the network's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from covidviewer.training.tuned.top import ClassTop

__all__ = ["FLOOR", "Subject"]

#: Variance that every pooled value is given at least: channels that hardly ever answer are not to be blown up.
FLOOR = 1e-4


@dataclass(frozen=True)
class Subject:
    """A network about to be tuned.

    Parameters
    ----------
    lower
        Frozen, from the input to the map that ``top`` begins with.
    top
        The stage that is tuned, and the reading of its map.
    cell
        Pixels of the input along a cell of that map.
    write
        The network that does what the tuned ``top`` above ``lower`` does, in evaluation mode; it is given the pooled
        values of the plain training films too, N x channels.
    halves
        Parts of names of weights that stay float16 where the rest goes to 8 bits.
    """

    lower: nn.Module
    top: ClassTop
    cell: int
    write: Callable[[ClassTop, NDArray[np.float64]], nn.Module]
    halves: tuple[str, ...] = ()
