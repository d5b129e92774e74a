"""What is asked and answered when one slice is to be explained: frozen values, no torch, no Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from covidviewer.inference.results import SliceReading

if TYPE_CHECKING:
    from covidviewer.imaging.volume import Volume
    from covidviewer.study import Series


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """One slice, one network, one method; two are equal when ``place`` is.

    key : names the reading that is explained (series and network). index : slice in data order. kind : what a picture
    shows, "" is guessed. network : id of the weights, "" is the present choice.
    """

    key: str
    index: int
    method: str
    series: Series = field(compare=False, repr=False)
    volume: Volume = field(compare=False, repr=False)
    kind: str = field(default="", compare=False)
    network: str = field(default="", compare=False)

    @property
    def place(self) -> tuple[str, int, str]:
        return self.key, self.index, self.method


@dataclass(frozen=True, slots=True)
class Explanation:
    """Answer to a request.

    reading : the slice's reading with the maps of the method, for all classes.
    exact : a map's sum (with the bias) is the logit; else it is an approximation.
    stability : for each class, Spearman's correlation of the superpixels' weights under two seeds, -1 to 1; None where
        the method draws nothing, or while the second run is under way.
    seconds : time taken.
    """

    reading: SliceReading
    exact: bool
    stability: tuple[float, ...] | None
    seconds: float

    @property
    def bytes(self) -> int:
        """Memory of its maps."""
        return sum(values.nbytes for values in self.reading.maps.values())
