"""From a distance along the normal to the two slices around it; where nothing is known, and how far a slice reaches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.mpr.space import Space, Vector

Strip = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Depth:
    """Intervals between slices, and which of them may be interpolated.

    whole : (n - 1,) bool. filled : (n,) bool. share : (n - 1,) part of an interval that each of its slices reaches
    into where it is not whole.
    """

    positions: Vector
    filled: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    share: Vector
    ends: tuple[float, float]
    uniform: float  # mm of every step, 0 where they differ

    @classmethod
    def of(cls, space: Space, filled: NDArray[np.bool_]) -> Depth:
        """filled : (n,) bool, which slices hold their values; a copy is kept."""
        filled = filled.copy()
        steps = np.diff(space.positions)
        whole = ~space.gaps & filled[:-1] & filled[1:]
        mean = float(steps.mean())
        # Straying by a hundredth of a millimetre over the whole stack is the header's rounding, no uneven step.
        even = np.arange(space.count) * mean
        uniform = mean if bool(np.abs(space.positions - even).max() <= 0.002 * mean) else 0.0
        ends = (-float(space.half[0]), float(space.positions[-1] + space.half[-1]))
        return cls(space.positions, filled, whole, np.minimum(space.half / steps, 0.5), ends, uniform)

    @property
    def complete(self) -> bool:
        """Nothing is missing between the ends."""
        return bool(self.whole.all())

    def at(self, mm: Vector) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.bool_]]:
        """For distances of any shape: the slice before, the share of the next, and whether anything is known there."""
        mm = np.asarray(mm, np.float64)
        place = mm / self.uniform if self.uniform else np.interp(mm, self.positions, np.arange(len(self.positions)))
        place = np.clip(place, 0, len(self.positions) - 1)
        before = np.minimum(place.astype(np.intp), len(self.positions) - 2)
        share = place - before
        known = (mm >= self.ends[0] - 1e-6) & (mm <= self.ends[1] + 1e-6)
        if not self.complete:
            broken = ~self.whole[before]
            near = share <= self.share[before] + 1e-6
            far = share >= 1 - self.share[before] - 1e-6
            first, second = near & self.filled[before], far & self.filled[before + 1]
            known &= ~broken | first | second
            share = np.where(broken, np.where(second & ~first, 1.0, 0.0), share)
        return before, share.astype(np.float32), known

    def unknown(self) -> tuple[Strip, ...]:
        """(from, to) in mm along the normal of what lies between the ends and is not known: gaps, unread slices."""
        found: list[Strip] = []
        last = len(self.positions) - 1
        if not self.filled[0]:
            found.append((self.ends[0], float(self.positions[0])))
        for k in np.flatnonzero(~self.whole):
            low, high = float(self.positions[k]), float(self.positions[k + 1])
            reach = float(self.share[k]) * (high - low)
            start = low + reach if self.filled[k] else low
            stop = high - reach if self.filled[k + 1] else high
            if stop - start > 1e-6:
                found.append((start, stop))
        if not self.filled[last]:
            found.append((float(self.positions[last]), self.ends[1]))
        joined: list[Strip] = []
        for start, stop in found:
            if joined and start <= joined[-1][1] + 1e-6:
                joined[-1] = (joined[-1][0], stop)
            else:
                joined.append((start, stop))
        return tuple(joined)
