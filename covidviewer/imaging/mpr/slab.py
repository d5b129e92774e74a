"""What is seen through a slab of some thickness: the largest, the smallest or the mean value along its normal."""

from __future__ import annotations

import math
from dataclasses import dataclass

from covidviewer.imaging.mpr.policy import mpr_policy

MODES = ("none", "max", "min", "mean")


@dataclass(frozen=True, slots=True)
class Slab:
    """mode : "none" (a plane), "max" (MIP), "min" (MinIP) or "mean". mm : thickness, within the policy's limits."""

    mode: str = "none"
    mm: float = 0.0

    @classmethod
    def of(cls, mode: str, mm: float) -> Slab:
        """Within the limits; raises ValueError for a mode that is none."""
        if mode not in MODES:
            raise ValueError(f"“{mode}” is no kind of slab; there are {', '.join(MODES)}.")
        limits = mpr_policy().slab
        return cls(mode, min(max(mm, limits.least_mm), limits.most_mm))

    @property
    def on(self) -> bool:
        return self.mode != "none"

    def offsets(self, step_mm: float) -> range:
        """Planes on both sides that lie within the slab, in steps from its middle."""
        if not self.on:
            return range(1)
        side = math.floor(self.mm / 2 / step_mm + 1e-6)
        return range(-side, side + 1)


PLANE = Slab()
