"""Frames -> slices of a volume, in any order, as a generator: plain ones copied, compressed ones decoded.

A slice that cannot be read fails alone: its sentence goes to ``Volume.failed``, its pixels become the plan's blank
value, and the others follow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom import native
from covidviewer.dicom.catalog import Frame
from covidviewer.dicom.codecs import CODECS
from covidviewer.dicom.frames import Encoded, Reader
from covidviewer.errors import CovidViewerError
from covidviewer.imaging.modality import Plan, apply, apply_in_place
from covidviewer.imaging.volume import Volume

#: Threads that decode streams; the decoders release the interpreter lock.
DECODERS = 2
#: Streams read ahead of the slice that is yielded: enough to keep the decoders busy, few enough to turn quickly.
AHEAD = 4
#: Plain slices that a partner thread copies at a time.
SHARE = 8

Cancel = Callable[[], bool]


def never() -> bool:
    """No cancellation."""
    return False


def fill(
    frames: Sequence[Frame], how: Plan, volume: Volume, order: Iterable[int], cancelled: Cancel = never
) -> Iterator[int]:
    """Write slices into a volume, in the given order.

    Parameters
    ----------
    frames : of the stack, as many as the volume has slices.
    how : the stack's plan, which the volume was allocated by.
    order : indices; drawn as the work goes, at most `AHEAD` or twice `SHARE` early. What is filled is skipped.
    cancelled : looked at before each slice.

    Yields
    ------
    int
        Each index once it is filled, or failed with its sentence in ``volume.failed``.
    """
    todo = (i for i in order if not volume.filled[i] and i not in volume.failed)
    job = _Filling(frames, how, volume, cancelled)
    if any(f.format.transfer_syntax in CODECS for f in frames):
        return job.decoding(todo)
    if len(frames) > 4 * SHARE and all(_straight(f, how) for f in frames):
        return job.in_pairs(todo)
    return job.one_by_one(todo)


def warm(frames: Sequence[Frame]) -> None:
    """Start what these frames will need (decoder processes for JPEG-LS and HTJ2K), without waiting for it."""
    if any((c := CODECS.get(f.format.transfer_syntax)) is not None and c.guarded for f in frames):
        from covidviewer.dicom.decode_child import pool

        pool().warm()


class _Filling:
    def __init__(self, frames: Sequence[Frame], how: Plan, volume: Volume, cancelled: Cancel) -> None:
        self._frames = frames
        self._how = how
        self._volume = volume
        self._cancelled = cancelled

    def one_by_one(self, todo: Iterator[int]) -> Iterator[int]:
        reader = Reader()
        for index in todo:
            if self._cancelled():
                return
            self._put(index, reader)
            yield index

    def in_pairs(self, todo: Iterator[int]) -> Iterator[int]:
        """Plain slices copied by this thread and a partner in turn; the first one alone, as someone waits for it.

        The kernel's copy needs no interpreter lock. A task per slice would cost as much as the slice, so the
        partner takes `SHARE` at a time.
        """
        reader = Reader()
        with ThreadPoolExecutor(1, thread_name_prefix="copy") as pool:
            batch = list(islice(todo, 1))
            while batch and not self._cancelled():
                mine, others = batch[::2], batch[1::2]
                partner = pool.submit(self._put_all, others) if others else None
                for index in mine:
                    if self._cancelled():
                        break
                    self._put(index, reader)
                    yield index
                if partner is not None:
                    yield from partner.result()
                batch = list(islice(todo, 2 * SHARE))

    def _put_all(self, indices: Sequence[int]) -> list[int]:
        done = []
        reader = Reader()
        for index in indices:
            if self._cancelled():
                break
            self._put(index, reader)
            done.append(index)
        return done

    def decoding(self, todo: Iterator[int]) -> Iterator[int]:
        """Streams are read here and decoded in `DECODERS` threads; slices are written here, in order."""
        warm(self._frames)
        reader = Reader()
        waiting: deque[tuple[int, Future[NDArray[Any]]]] = deque()
        pool = ThreadPoolExecutor(DECODERS, thread_name_prefix="decode")
        try:
            more = True
            while more or waiting:
                while more and len(waiting) < AHEAD:
                    index = None if self._cancelled() else next(todo, None)
                    if index is None:
                        more = False
                        break
                    try:
                        encoded = reader.encoded(self._frames[index])
                    except CovidViewerError as error:
                        self._fail(index, error)
                        yield index
                        continue
                    waiting.append((index, pool.submit(Encoded.decode, encoded)))
                if self._cancelled():
                    return
                if waiting:
                    index, future = waiting.popleft()
                    self._keep(index, future.result)
                    yield index
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _put(self, index: int, reader: Reader) -> None:
        frame = self._frames[index]
        if not _straight(frame, self._how):
            self._keep(index, lambda: reader.read(frame))
            return
        words = self._volume.values[index].view(np.int16)
        fmt = frame.format
        try:
            if fmt.length >= 0:
                native.check_length(fmt, fmt.length)
            native.read_plain(frame.path, fmt.offset + frame.index * words.nbytes, words)
        except CovidViewerError as error:
            self._fail(index, error)
            return
        apply_in_place(words, frame, self._how)
        self._volume.filled[index] = True

    def _keep(self, index: int, stored: Callable[[], NDArray[Any]]) -> None:
        try:
            apply(stored(), self._frames[index], self._how, self._volume.values[index])
        except CovidViewerError as error:
            self._fail(index, error)
        else:
            self._volume.filled[index] = True

    def _fail(self, index: int, error: CovidViewerError) -> None:
        self._volume.values[index] = self._how.blank
        frame = self._frames[index]
        self._volume.failed[index] = f"{Path(frame.origin or frame.path).name}: {error}"


def _straight(frame: Frame, how: Plan) -> bool:
    """Whether a frame's bytes may go from the file straight to their place."""
    return how.dtype == np.int16 and frame.modality_lut is None and native.is_plain(frame.format)
