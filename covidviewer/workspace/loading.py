"""Scans and loads through the disk lane: what the user looks at comes first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from covidviewer.dicom.catalog import LeftOut, ScanProgress, Stack
from covidviewer.imaging.volume import Volume
from covidviewer.jobs.queue import Ticket
from covidviewer.study import Series

#: Seconds between two reports of filled slices; the first slice is reported at once.
FILLED_INTERVAL = 0.03


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What one scan has found so far."""

    stacks: tuple[Stack, ...]
    left_out: tuple[LeftOut, ...]
    state: ScanProgress


def scan_job(paths: tuple[Path, ...], ticket: Ticket, at: Path | None = None) -> ScanReport:
    """Read headers below the paths; reports a `ScanReport` as it goes and gives the last one. Runs in the lane.

    at : a file whose whole series is wanted, in place of ``paths``.
    """
    from covidviewer.dicom import grouping, scan

    if at is not None:
        paths = scan.siblings(at, cancelled=lambda: ticket.cancelled) or paths
    catalog = grouping.Catalog()
    state = ScanProgress()
    for batch in scan.scan(paths, cancelled=lambda: ticket.cancelled):
        ticket.check()
        catalog.add(batch)
        state = batch.progress
        ticket.report(ScanReport(catalog.stacks(), catalog.left_out, state))
    ticket.check()
    done = replace(state, left_out=len(catalog.left_out), finished=True)
    return ScanReport(catalog.stacks(), catalog.left_out, done)


def nearest_first(count: int, current: Callable[[], int], start: np.ndarray | None = None) -> Iterator[int]:
    """Indices that still need filling, each time the one nearest to ``current()``.

    Parameters
    ----------
    count : number of slices. current : read anew at every step, so that the order follows the reader.
    start : (count,) bool of slices that are there already.
    """
    order = np.arange(count)
    todo = np.ones(count, bool) if start is None else ~start
    for _ in range(int(todo.sum())):
        distance = np.where(todo, np.abs(order - current()), count + 1)
        nearest = int(distance.argmin())
        todo[nearest] = False
        yield nearest


def fill_job(series: Series, volume: Volume, current: Callable[[], int], ticket: Ticket) -> Volume:
    """Fill a volume nearest first; reports tuples of indices that were filled. Runs in the lane."""
    fresh: list[int] = []
    done = volume.filled.copy()
    done[list(volume.failed)] = True
    first = True
    for index in series.fill(volume, nearest_first(len(volume), current, done), lambda: ticket.cancelled):
        fresh.append(index)
        # The slice on screen is reported without waiting, wherever in the run it comes.
        urgent = first or index == current()
        if ticket.report(tuple(fresh), always=urgent, interval=FILLED_INTERVAL):
            fresh.clear()
            first = False
    ticket.check()
    if fresh:
        ticket.report(tuple(fresh), always=True)
    return volume
