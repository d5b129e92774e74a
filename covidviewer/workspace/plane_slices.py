"""Planes computed from a volume as what a tile scrolls through (`workspace.slices.Slices`).

What can be worked out at once is; anything slower shows a draft first, and asks for the whole picture.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import Frame
from covidviewer.imaging.mpr import aligned
from covidviewer.imaging.mpr.cut import Cut, cut, moved, standard, turned
from covidviewer.imaging.mpr.depth import Depth
from covidviewer.imaging.mpr.policy import mpr_policy
from covidviewer.imaging.mpr.sampling import Sampler
from covidviewer.imaging.mpr.slab import PLANE, Slab
from covidviewer.imaging.mpr.space import Space, Vector
from covidviewer.imaging.slice_plane import SlicePlane
from covidviewer.imaging.volume import Volume

#: The stack's own planes, for a slab through them; the others are named after the body.
OWN = "own"


@dataclass(frozen=True, eq=False)
class Wanted:
    """A picture to be worked out elsewhere: a value, so that it may cross threads."""

    key: Hashable
    cut: Cut
    index: int
    depth: Depth
    slab: Slab


class PlaneSlices:
    """Parallel planes through one volume; may be turned and thickened.

    Parameters
    ----------
    name : "axial", "coronal", "sagittal", "free" or `OWN`. ask : called with a `Wanted` whose picture is to come by
        `accept`; without it every picture is worked out at once.
    """

    def __init__(self, space: Space, volume: Volume, name: str, ask: Callable[[Wanted], None] | None = None) -> None:
        self.space, self.volume, self.name = space, volume, name
        self._ask = ask
        self._sampler = Sampler(space, volume.values)
        self._slab = PLANE
        self._version = 0
        self._depth: tuple[int, Depth] | None = None
        self._key: Hashable = None
        self._whole = False
        self._picture: NDArray[Any] | None = None
        self._positions: Vector | None = None
        self._cut = self._first_cut()

    # -- Slices --

    @property
    def count(self) -> int:
        return self._cut.count

    @property
    def reversed(self) -> bool:
        """As stacks of files: head first where the planes run along the body."""
        normal = self._cut.normal
        return bool(np.abs(normal).argmax() == 2 and normal[2] > 0)

    def key(self, index: int) -> Hashable:
        return (*self._key_of(index), self._whole)

    def shape(self, index: int) -> tuple[int, int]:
        return self._cut.rows, self._cut.columns

    def values(self, index: int) -> NDArray[np.generic] | None:
        depth = self.depth()
        if not depth.filled.any():
            return None
        key = self._key_of(index)
        if key != self._key or self._picture is None:
            self._work_out(key, index, depth)
        return self._picture

    def error(self, index: int) -> str:
        return ""

    def plane(self, index: int) -> SlicePlane | None:
        return self._cut.plane(index)

    def positions(self) -> NDArray[np.float64] | None:
        if self._positions is None:
            first = float(self._cut.first @ self._cut.normal)
            self._positions = np.asarray(first + np.arange(self.count) * self._cut.step_mm, np.float64)
        return self._positions

    def frame(self, index: int) -> Frame | None:
        return None

    # -- what is asked of planes alone --

    @property
    def cut(self) -> Cut:
        return self._cut

    @property
    def slab(self) -> Slab:
        return self._slab

    @property
    def oblique(self) -> bool:
        """Whether the planes were turned away from where they stood at first."""
        return bool(abs(float(self._cut.normal @ self._first_cut().normal)) < 1 - 1e-9)

    @property
    def whole(self) -> bool:
        """Whether the picture of `values` is more than a draft."""
        return self._whole

    def lie(self, plane: SlicePlane) -> int:
        """Lie as a plane did that was kept, one of them in its place; gives the index of that one."""
        space, first = self.space, np.array(plane.origin)
        along, down = np.array(plane.row_direction), np.array(plane.column_direction)
        self._cut = cut(space, along, down, first, space.finest_mm, space.finest_mm)
        self._renew()
        return self._cut.index_of(first)

    def set_slab(self, slab: Slab) -> bool:
        """Another thickness or kind; False when it is the present one."""
        if slab == self._slab:
            return False
        self._slab = slab
        self._renew()
        return True

    def turn(self, axis: Vector, degrees: float, pivot: Vector) -> int:
        """Turn about an axis through a point (LPS mm); gives the index of the plane through that point."""
        self._cut = turned(self._cut, self.space, axis, degrees, pivot)
        self._renew()
        return self._cut.index_of(pivot)

    def go_through(self, point: Vector) -> int:
        """Let a turned plane run through a point exactly; gives its index. Others go to the nearest plane."""
        if self.name == "free" or self.oblique:
            self._cut = moved(self._cut, point)
            self._renew()
        return self._cut.index_of(point)

    def straighten(self) -> None:
        """As it stood at first."""
        self._cut = self._first_cut()
        self._renew()

    def depth(self) -> Depth:
        """What is known of the volume by now."""
        filled = int(np.count_nonzero(self.volume.filled))
        if self._depth is None or self._depth[0] != filled:
            self._depth = (filled, Depth.of(self.space, self.volume.filled))
        return self._depth[1]

    def accept(self, wanted: Wanted, picture: NDArray[Any]) -> bool:
        """Take a picture that was asked for; False when the tile shows another plane by now."""
        if wanted.key != self._key:
            return False
        self._picture, self._whole = picture, True
        return True

    # -- inside --

    def _key_of(self, index: int) -> tuple[Hashable, ...]:
        return (id(self), self._version, index, self.depth().filled.tobytes() if not self.depth().complete else b"")

    def _renew(self) -> None:
        self._version += 1
        self._positions = None

    def _work_out(self, key: Hashable, index: int, depth: Depth) -> None:
        self._key = key
        quick = not self._slab.on and aligned.find(self.space, self._cut, index) is not None
        shape = (self._cut.rows, self._cut.columns)
        # A new array a picture: the one before may still be on its way to the screen.
        out = np.empty(shape, self.volume.values.dtype)
        self._whole = quick or self._ask is None
        every = 1 if self._whole else mpr_policy().turn.draft
        self._picture = self._sampler.plane(self._cut, index, depth, self._slab, out, every)
        if not self._whole and self._ask is not None:
            self._ask(Wanted(key, self._cut, index, depth, self._slab))

    def _first_cut(self) -> Cut:
        space = self.space
        if self.name == OWN:
            step = float(np.median(np.diff(space.positions)))
            return cut(space, space.axes[2], space.axes[1], space.origin, space.finest_mm, step)
        if self.name == "free":
            body = standard(space, "coronal")
            return turned(body, space, np.array([0.0, 0.0, 1.0]), mpr_policy().turn.free_degrees, space.middle)
        return standard(space, self.name)
