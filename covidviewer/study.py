"""Studies and series over the records: allocate, fill, load. No Qt, no torch.

The loader is a generator (`Series.fill`): the screen steps it from the disk lane in the order of the reader's
interest, a script runs it to its end (`Series.load`).
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import Frame, Kind, LeftOut, Note, Stack
from covidviewer.dicom.frames import Reader
from covidviewer.errors import Cancelled, FileError, LimitError, UnsupportedError
from covidviewer.imaging import memory, voi
from covidviewer.imaging import modality as rescaling
from covidviewer.imaging.filling import Cancel, fill, never, warm
from covidviewer.imaging.volume import Volume

Progress = Callable[[int, int], None]
#: Gives an array of zeros of a shape and a dtype.
Make = Callable[[tuple[int, ...], np.dtype[Any]], NDArray[Any]]


class Series:
    """One stack that can be scrolled; a DICOM series that holds two stacks is two of these.

    Parameters
    ----------
    stack : the record that the scan made of the headers.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._plan: rescaling.Plan | None = None

    def __repr__(self) -> str:
        return f"Series({self.modality or '?'}, {len(self)} images of {self.columns} x {self.rows}, {self.kind})"

    def __len__(self) -> int:
        return len(self._stack.frames)

    @property
    def stack(self) -> Stack:
        return self._stack

    @property
    def key(self) -> str:
        return self._stack.key

    @property
    def kind(self) -> Kind:
        return self._stack.kind

    @property
    def modality(self) -> str:
        return self._stack.modality

    @property
    def description(self) -> str:
        return self._stack.description

    @property
    def uid(self) -> str:
        return self._stack.uid

    @property
    def study_uid(self) -> str:
        return self._stack.study_uid

    @property
    def number(self) -> int | None:
        return self._stack.number

    @property
    def instances(self) -> tuple[Frame, ...]:
        """Images in data order, each with ``path``, ``sop_instance_uid``, ``frame`` (counted from 1)."""
        return self._stack.frames

    @property
    def positions_mm(self) -> NDArray[np.float64] | None:
        """(n,) distance of each image along the normal, or None without geometry."""
        return self._stack.positions_mm

    @property
    def warnings(self) -> tuple[Note, ...]:
        return self._stack.notes

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """(slice, row, column), NaN where unknown."""
        return self._stack.spacing_mm

    @property
    def affine(self) -> NDArray[np.float64]:
        """(4, 4) float64: voxel index (slice, row, column, 1) -> patient LPS mm."""
        return self._stack.affine

    @property
    def rows(self) -> int:
        return self._stack.rows

    @property
    def columns(self) -> int:
        return self._stack.columns

    @property
    def units(self) -> str:
        """Units of the values to come: "HU", another rescale type, or ""."""
        return self._how().units

    def _how(self) -> rescaling.Plan:
        if self._plan is None:
            if self.kind is Kind.DOCUMENT or not self._stack.frames:
                what = self._stack.document or "an object without images"
                raise UnsupportedError(f"This is {_article(what)}; it holds no image that can be shown.")
            self._plan = rescaling.plan(self._stack)
        return self._plan

    @property
    def nbytes(self) -> int:
        """Size of the volume to come, in bytes. Raises UnsupportedError for a document."""
        how = self._how()
        return (
            int(np.prod((len(self), self.rows, self.columns), dtype=object))
            * how.dtype.itemsize
            * (3 if how.color else 1)
        )

    def allocate(self, make: Make = np.zeros) -> Volume:
        """An empty volume for this series, its dtype decided from the headers alone.

        Parameters
        ----------
        make
            Gives zeros of a shape and a dtype; elsewhere than in memory, for example.

        Raises
        ------
        UnsupportedError
            The series is a document.
        LimitError
            There is not enough memory.
        """
        return self._volume(make)

    def _volume(self, make: Make) -> Volume:
        how = self._how()
        shape: tuple[int, ...] = (len(self), self.rows, self.columns)
        try:
            values = make((*shape, 3) if how.color else shape, how.dtype)
        except MemoryError as error:
            raise LimitError(f"This series needs {self.nbytes >> 20} MB of memory, more than there is.") from error
        return Volume(values, self.affine, self.spacing_mm, how.units, how.padding, how.inverted)

    def fill(self, volume: Volume, order: Iterable[int], cancelled: Cancel = never) -> Iterator[int]:
        """Write slices into a volume of `allocate`, in the given order.

        Parameters
        ----------
        order : indices; drawn as the work goes, at most a few ahead of it, so that a generator may follow the
            reader. Slices that are filled already are skipped.
        cancelled : looked at before each slice.

        Yields
        ------
        int
            Each index once it is filled, or failed with its sentence in ``volume.failed``.
        """
        yield from fill(self._stack.frames, self._how(), volume, order, cancelled)

    def warm(self) -> None:
        """Start what the first slice will need (decoder processes for JPEG-LS and HTJ2K), without waiting."""
        warm(self._stack.frames)

    def load(
        self, first: int | None = None, progress: Progress | None = None, cancelled: Cancel | None = None
    ) -> Volume:
        """The whole volume: modality values (HU for CT), affine, spacing.

        Parameters
        ----------
        first : slice to begin with, the others by their distance from it; None: in data order.
        progress : called with (slices done, slices) after each.
        cancelled : looked at before each slice.

        Raises
        ------
        UnsupportedError
            The series is a document.
        DamagedFileError
            Not one slice can be read; the first slice's reason. Single failures are in ``volume.failed``.
        Cancelled
            ``cancelled`` said so.
        """
        # No slice is looked at before all are written, so the memory need not be cleared.
        volume = self._volume(memory.unwritten)
        count = len(volume)
        order: Sequence[int] = range(count)
        if first is not None:
            order = sorted(order, key=lambda i: abs(i - first))
        called_off = cancelled or never
        for done, _ in enumerate(self.fill(volume, order, called_off), 1):
            if progress is not None:
                progress(done, count)
        if not volume.complete and called_off():
            raise Cancelled
        if len(volume.failed) == count:
            index = order[0]
            # A fresh reading raises the error itself, with its kind and path.
            self.frame_values(index)
            raise FileError(volume.failed[index], path=self._stack.frames[index].path)
        return volume

    def frame_values(self, index: int) -> NDArray[Any]:
        """Modality values of one image: (rows, columns) int16 or float32, or (rows, columns, 3) uint8.

        Raises
        ------
        FileError
            It cannot be read (or one of its kinds, see `dicom.frames.read`).
        """
        how = self._how()
        frame = self._stack.frames[index]
        stored = Reader().read(frame)
        shape: tuple[int, ...] = (self.rows, self.columns)
        out: NDArray[Any] = np.empty((*shape, 3) if how.color else shape, how.dtype)
        rescaling.apply(stored, frame, how, out)
        return out

    def thumbnail(self, size: int = 96) -> NDArray[np.uint8]:
        """The middle image in its header's window (else an automatic one), true to the pixel aspect.

        Returns
        -------
        ndarray
            (h, w, 3) uint8 RGB, the longer side ``size``.
        """
        from PIL import Image

        index = len(self) // 2
        values = self.frame_values(index)
        how = self._how()
        if not how.color:
            windows = voi.windows_of(self._stack.frames[index])
            window = windows[0] if windows else voi.auto_window(values, how.padding)
            values = voi.grey(values, window, inverted=how.inverted)
        height, width = self._shown_size(values.shape[0], values.shape[1])
        scale = size / max(height, width)
        target = (max(1, round(width * scale)), max(1, round(height * scale)))
        # Far larger pictures are first thinned: the eye sees no difference at this size.
        step = max(1, min(values.shape[0] // (4 * size), values.shape[1] // (4 * size)))
        picture = Image.fromarray(np.ascontiguousarray(values[::step, ::step]))
        return np.asarray(picture.resize(target, Image.Resampling.BOX).convert("RGB"))

    def _shown_size(self, rows: int, columns: int) -> tuple[float, float]:
        _, row_mm, column_mm = self.spacing_mm
        frame = self._stack.frames[0]
        if not (row_mm > 0 and column_mm > 0):
            row_mm, column_mm = frame.spacing or frame.aspect or (1.0, 1.0)
        return rows * row_mm, columns * column_mm


@dataclass(frozen=True)
class Study:
    """All that was found under a path.

    series : stacks in the order of the catalogue; each carries its study's UID.
    left_out : files that are not shown, each with its reason.
    """

    series: tuple[Series, ...]
    left_out: tuple[LeftOut, ...]
    path: Path

    def __len__(self) -> int:
        return len(self.series)

    def __iter__(self) -> Iterator[Series]:
        return iter(self.series)


Paths = str | PathLike[str] | Sequence[str | PathLike[str]]


def open_study(paths: Paths, progress: Progress | None = None, cancelled: Cancel | None = None) -> Study:
    """Find the studies under a path: headers only, no pixels.

    Parameters
    ----------
    paths : a file, a folder tree, a DICOMDIR, a ZIP, a picture; or several of them.
    progress : called with (files read, files found) as the scan goes.
    cancelled : looked at between batches.

    Returns
    -------
    Study
        Possibly without series, where nothing under the path can be shown; ``left_out`` then says why.

    Raises
    ------
    FileError
        A path does not exist.
    Cancelled
        ``cancelled`` said so.
    """
    from covidviewer.dicom import grouping, scan

    listed = [paths] if isinstance(paths, str | PathLike) else list(paths)
    found = [Path(p).expanduser() for p in listed]
    if not found:
        raise FileError("No path was given.")
    for path in found:
        if not path.exists():
            raise FileError(f"{path} does not exist.", path=path)
    called_off = cancelled or never
    catalog = grouping.Catalog()
    with _no_cycle_search():
        for batch in scan.scan(found, cancelled=called_off):
            catalog.add(batch)
            if progress is not None:
                progress(batch.progress.files_read, batch.progress.files_found)
    if called_off():
        raise Cancelled
    return Study(tuple(Series(s) for s in catalog.stacks()), tuple(catalog.left_out), found[0])


@contextmanager
def _no_cycle_search() -> Iterator[None]:
    """Headers are many small records without cycles; looking for cycles among them is a tenth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _article(what: str) -> str:
    return what if what.startswith(("a ", "an ")) else f"{'an' if what[:1].lower() in 'aeio' else 'a'} {what}"
