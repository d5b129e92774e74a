"""What is seen on a plane through a stack: linear between pixels and between slices at their true positions.

Planes along the stack's own rows or columns need one interpolation, between slices (`aligned`); all others go through
`oblique`. The volume stays as it is: values are widened to float32 in pieces that fit the processor's cache.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.imaging.mpr import aligned, oblique
from covidviewer.imaging.mpr.cut import Cut
from covidviewer.imaging.mpr.depth import Depth
from covidviewer.imaging.mpr.slab import PLANE, Slab
from covidviewer.imaging.mpr.space import Space

#: Where a plane shows nothing: beside the stack, in gaps, in slices that are still to come.
VOID = -32768
#: More threads than this wait for memory.
MOST_THREADS = 4

Values = NDArray[np.generic]


class Sampler:
    """Planes of one volume, one after another: its working memory is kept from plane to plane. One thread at a time.

    Parameters
    ----------
    space : where the voxels lie. values : (slices, rows, columns) int16 or float32, C order; looked into, never copied.
    """

    def __init__(self, space: Space, values: Values) -> None:
        if values.shape != (space.count, space.rows, space.columns) or not values.flags.c_contiguous:
            raise ValueError(f"a volume of {values.shape} does not lie in this space")
        self.space = space
        self.values = values
        self._memory: dict[tuple[str, int], NDArray[Any]] = {}

    def plane(
        self, cut: Cut, index: int, depth: Depth, slab: Slab = PLANE, out: Values | None = None, every: int = 1
    ) -> Values:
        """Modality values on a plane.

        Parameters
        ----------
        depth : which slices hold their values. out : (rows, columns) of the volume's dtype, written and returned.
        every : work out each n-th row and column only and repeat it: a draft.

        Returns
        -------
        (rows, columns) of the volume's dtype (rounded where it is a whole-numbered one); `VOID` where nothing is
        known.
        """
        if out is None:
            out = np.empty((cut.rows, cut.columns), self.values.dtype)
        lines = aligned.find(self.space, cut, index) if every == 1 else None
        if lines is not None:
            run: Callable[[slice, Callable[..., Any]], None] = lambda part, scratch: aligned.fill(  # noqa: E731
                self.values, lines, depth, cut, slab, out, part, scratch, VOID
            )
            busy = cut.rows * cut.columns * len(slab.offsets(cut.step_mm)) > 2_000_000
            self._in_parts(run, cut.rows, busy)
            return out
        rows = -(-cut.rows // every)
        target = out if every == 1 else self._scratch("draft", (rows, -(-cut.columns // every)), out.dtype)
        grid = oblique.Grid.of(self.space, cut, index, every)
        run = lambda part, scratch: oblique.fill(  # noqa: E731
            self.values, self.space, grid, depth, slab, target, part, scratch, VOID
        )
        self._in_parts(run, rows, True)
        if every > 1:
            repeated = np.repeat(np.repeat(target, every, axis=0), every, axis=1)
            np.copyto(out, repeated[: cut.rows, : cut.columns])
        return out

    def _in_parts(self, run: Callable[[slice, Callable[..., Any]], None], rows: int, several: bool) -> None:
        parts = threads() if several else 1
        if parts == 1:
            run(slice(0, rows), self._scratch)
            return
        edges = [rows * n // parts for n in range(parts + 1)]
        waiting = [
            _pool().submit(run, slice(edges[n], edges[n + 1]), _Part(self._scratch, n + 1)) for n in range(1, parts)
        ]
        run(slice(0, edges[1]), _Part(self._scratch, 1))
        for job in waiting:
            job.result()

    def _scratch(self, name: str, shape: Sequence[int], dtype: Any, part: int = 0) -> NDArray[Any]:
        """Memory of a shape; the same again for the same name, so that no plane allocates."""
        size = int(np.prod(shape))
        known = self._memory.get((name, part))
        if known is None or known.size < size or known.dtype != dtype:
            known = self._memory[name, part] = np.empty(size, dtype)
        return known[:size].reshape(tuple(shape))


class _Part:
    """Working memory of one thread."""

    def __init__(self, scratch: Callable[..., NDArray[Any]], part: int) -> None:
        self._scratch, self._part = scratch, part

    def __call__(self, name: str, shape: Sequence[int], dtype: Any) -> NDArray[Any]:
        return self._scratch(name, shape, dtype, self._part)


def threads() -> int:
    """Rows are shared among this many threads."""
    return max(1, min(os.cpu_count() or 1, MOST_THREADS))


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads(), thread_name_prefix="mpr")
