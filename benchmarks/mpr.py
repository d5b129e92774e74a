"""Planes through 300 x 512 x 512 int16: milliseconds a plane, beside SimpleITK's resampling in the same run.

Both answer the same question (linear interpolation, the same grid of pixels); the values are compared, too. A slab of
SimpleITK is its planes one by one and their extreme. Beside the time that passed stands the processor time of all
threads divided by their number: on a machine with other work the two differ by the waiting. Exit code 1: on both
measures a goal was missed, or values differ by more than 1.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.mpr.cut import ANATOMICAL, Cut, standard, turned
from covidviewer.imaging.mpr.depth import Depth
from covidviewer.imaging.mpr.sampling import VOID, Sampler, threads
from covidviewer.imaging.mpr.slab import PLANE, Slab
from covidviewer.imaging.mpr.space import Space

SHAPE, SPACING = (300, 512, 512), (1.0, 0.7, 0.7)
ROUNDS, SLAB_ROUNDS, SLAB_MM = 9, 3, 20.0
GOALS = {"orthogonal": 15.0, "oblique": 60.0, "slab": 150.0}

Run = Callable[[], NDArray[np.int16]]


def timed(run: Run, rounds: int) -> tuple[NDArray[np.int16], float, float]:
    """Result, median of the milliseconds that passed, median of processor milliseconds over the threads."""
    passed, worked = [], []
    found = run().copy()
    for _ in range(rounds):
        start, busy = time.perf_counter(), time.process_time()
        run()
        passed.append((time.perf_counter() - start) * 1e3)
        worked.append((time.process_time() - busy) * 1e3 / threads())
    return found, statistics.median(passed), statistics.median(worked)


def peer(values: NDArray[np.int16], space: Space) -> Callable[[Cut, int, Slab], NDArray[np.int16]]:
    import SimpleITK

    image = SimpleITK.GetImageFromArray(values)
    image.SetSpacing((SPACING[2], SPACING[1], SPACING[0]))
    image.SetOrigin(tuple(space.origin.tolist()))

    def plane(cut: Cut, index: int) -> NDArray[np.int16]:
        first = cut.first + index * cut.step_mm * cut.normal
        way = np.stack((cut.along, cut.down, cut.normal), axis=1).ravel()
        size, spacing = (cut.columns, cut.rows, 1), (cut.pixel_mm, cut.pixel_mm, 1.0)
        found = SimpleITK.Resample(
            image, size, SimpleITK.Transform(), SimpleITK.sitkLinear, tuple(first.tolist()), spacing,
            tuple(way.tolist()), VOID, SimpleITK.sitkInt16,
        )  # fmt: skip
        return np.asarray(SimpleITK.GetArrayViewFromImage(found)[0]).copy()

    def slab(cut: Cut, index: int, of: Slab) -> NDArray[np.int16]:
        result = plane(cut, index)
        for step in of.offsets(cut.step_mm):
            if step:
                np.maximum(result, plane(cut, index + step), out=result)
        return result

    return slab


def main() -> int:
    rng = np.random.default_rng(0)
    values = rng.integers(-1024, 1500, SHAPE).astype(np.int16)
    origins = np.array([[-180.0, -170.0, -150.0 + SPACING[0] * k] for k in range(SHAPE[0])])
    space = Space.of_planes(origins, (1, 0, 0, 0, 1, 0), SPACING[1:], *SHAPE[1:])
    depth, sampler, itk = Depth.of(space, np.ones(SHAPE[0], bool)), Sampler(space, values), peer(values, space)
    cuts = {name: standard(space, name) for name in ANATOMICAL}
    axis = np.array([0.3, 0.8, 0.52]) / np.linalg.norm([0.3, 0.8, 0.52])
    cuts["oblique"] = turned(cuts["coronal"], space, axis, 33.0, space.middle)
    print(f"{'plane':28s}{'passed':>9s}{'worked':>9s}{'goal':>7s}{'SimpleITK':>11s}{'ratio':>7s}{'differ':>8s}")
    failed = False
    for slab in (PLANE, Slab.of("max", SLAB_MM)):
        for name, cut in cuts.items():
            index, out = cut.count // 2, np.empty((cut.rows, cut.columns), np.int16)
            rounds = SLAB_ROUNDS if slab.on else ROUNDS

            def ours(
                cut: Cut = cut, index: int = index, slab: Slab = slab, out: NDArray[np.int16] = out
            ) -> NDArray[np.int16]:
                return sampler.plane(cut, index, depth, slab, out)

            def theirs(cut: Cut = cut, index: int = index, slab: Slab = slab) -> NDArray[np.int16]:
                return itk(cut, index, slab)

            mine, passed, worked = timed(ours, rounds)
            other, their_time, _ = timed(theirs, 1 if slab.on else rounds)
            known = (mine != VOID) & (other != VOID)
            differ = int(np.abs(mine.astype(int) - other)[known].max())
            goal = GOALS["slab" if slab.on else "oblique" if name == "oblique" else "orthogonal"]
            missed = min(passed, worked) > goal
            failed |= missed or differ > 1
            what = f"{name} {f'{slab.mm:.0f} mm MIP ' if slab.on else ''}{cut.rows} x {cut.columns}"
            print(
                f"{what:28s}{passed:9.1f}{worked:9.1f}{goal:7.0f}{their_time:11.1f}{their_time / passed:7.1f}"
                f"{differ:8d}"
                f"{'  MISSED' if missed else ''}"
            )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
