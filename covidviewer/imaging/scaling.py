"""A slice's picture brought to the screen's own pixels, so that the painter copies it and interpolates nothing.

Qt's smooth draw of 512 x 512 on a tile of 1024 x 1024 is two thirds of a step from slice to slice. Most pictures are
grey until they are drawn, so one byte a pixel can be interpolated instead of four, and what is kept here is drawn
again for the price of a copy while only texts and pointers change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging import lookup

__all__ = ["Orientation", "Scaler"]

Pixels = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a picture lies on the screen: rows and columns exchanged first, then mirrored along the screen's axes."""

    exchanged: bool = False
    mirrored_x: bool = False
    mirrored_y: bool = False


class Scaler:
    """Bilinear scaling into a buffer that is kept; needs OpenCV (`covidviewer.imaging.lookup.load`).

    Attributes
    ----------
    out : rows x columns uint32 0xFFrrggbb of the last call, C order; None before the first.
    """

    def __init__(self) -> None:
        self.out: Pixels | None = None
        self._wide: Any = None

    def clear(self) -> None:
        """Let go of the buffers."""
        self.out = self._wide = None

    def scale(
        self, picture: Pixels | NDArray[np.uint8], orientation: Orientation, factor_x: float, factor_y: float
    ) -> Pixels | None:
        """The picture at the screen's resolution; None where OpenCV is not loaded.

        Parameters
        ----------
        picture : rows x columns, uint32 0xFFrrggbb or uint8 grey; C order.
        factor_x, factor_y : screen pixels a picture's pixel, along the screen's axes. The first pixel's corner lies on
        the screen's first pixel's; a last pixel that is covered by less than half is left out, as a painter does.

        Returns
        -------
        ndarray of uint32
            ``out``: the same memory as long as the size and the kind of picture stay.
        """
        cv2 = lookup.loaded()
        if cv2 is None:
            return None
        grey = picture.dtype == np.uint8
        source: Any = picture if grey else picture.view(np.uint8).reshape(*picture.shape, 4)
        if orientation.exchanged:
            source = cv2.transpose(source)
        mirror = _MIRRORS.get((orientation.mirrored_x, orientation.mirrored_y))
        if mirror is not None:
            source = cv2.flip(source, mirror)
        shape = (round(source.shape[0] * factor_y), round(source.shape[1] * factor_x))
        if min(shape) < 1:
            return None
        kept = self._wide if self._wide is not None and self._wide.shape == (shape if grey else (*shape, 4)) else None
        wide = cv2.resize(source, None, kept, factor_x, factor_y, cv2.INTER_LINEAR)
        shape = wide.shape[:2]  # OpenCV's own rounding, should it ever differ
        if self.out is None or wide is not self._wide:
            self.out = np.empty(shape, np.uint32) if grey else wide.view(np.uint32)[..., 0]
        self._wide = wide
        if grey:
            cv2.cvtColor(wide, cv2.COLOR_GRAY2BGRA, self.out.view(np.uint8).reshape(*shape, 4))
        return self.out


#: OpenCV's code of a mirroring, by (along x, along y).
_MIRRORS = {(True, False): 1, (False, True): 0, (True, True): -1}
