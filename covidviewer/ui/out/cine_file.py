"""A series as a film in a GIF file: drawn here one frame a turn of the event loop, packed and written on a lane."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QSize, QTimer, Slot
from PySide6.QtGui import QImage

from covidviewer.errors import Cancelled, CovidViewerError
from covidviewer.jobs.lane import Lane
from covidviewer.jobs.queue import Ticket
from covidviewer.ui.canvas import Canvas
from covidviewer.ui.out.picture import Copy, Look
from covidviewer.ui.out.policy import export_policy
from covidviewer.workspace.problems import Problem, Task
from covidviewer.workspace.workspace import Workspace

TASK = "export-cine"
#: Frames that are drawn before the lane has packed those before them: more would only take memory.
AHEAD = 8


class CineFile(QObject):
    """One film in the making; deletes itself when it has ended.

    Parameters
    ----------
    source : the canvas whose series, window, zoom and map are filmed, over all slices in the order of the screen.
    fps : frames a second. ended : hears whether the file was written.
    """

    def __init__(
        self,
        workspace: Workspace,
        source: Canvas,
        path: Path,
        look: Look,
        fps: int,
        ended: Callable[[bool], object] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace, self._path, self._ended = workspace, path, ended
        policy = export_policy()
        self._copy = Copy(workspace, source, look, cine_size(source.size(), policy.cine_edge))
        count = self._copy.tile.count
        step = max(-(-count // policy.cine_frames), 1)
        self._places = list(range(0, count, step))
        self._at = 0
        self._over = False
        self._waiting = 0
        self._packed: list[Any] = []
        self._duration = max(round(1000 / max(fps, 1)), 20)  # readers of GIF take less for 100 ms
        self._lane = Lane("export", parent=self)
        self._ticket: Ticket | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._turn)
        self._tell()
        self._timer.start()

    @property
    def frames(self) -> int:
        """How many there will be."""
        return len(self._places)

    @Slot()
    def cancel(self) -> None:
        """Stop; no file is left behind."""
        self._end(False)

    # -- drawing --

    @Slot()
    def _turn(self) -> None:
        if self._waiting >= AHEAD:
            self._timer.setInterval(5)
            return
        tile = self._copy.tile
        tile.go_to(self._places[self._at])
        if tile.slice_values() is None and not tile.slice_error():
            self._timer.setInterval(50)  # it is still loading
            return
        self._timer.setInterval(0)
        pixels = _array(self._copy.render())
        self._waiting += 1
        self._lane.submit(lambda ticket: _pack(pixels), done=self._on_packed, failed=self._on_failed)
        self._at += 1
        self._tell()
        if self._at == len(self._places):
            self._timer.stop()

    def _on_packed(self, value: object) -> None:
        self._waiting -= 1
        self._packed.append(value)
        if len(self._packed) == len(self._places):
            frames, path, duration = self._packed, self._path, self._duration
            self._ticket = self._lane.submit(
                lambda ticket: _write(frames, path, duration, ticket), done=self._on_written, failed=self._on_failed
            )

    def _on_written(self, value: object) -> None:
        self._end(True)

    def _on_failed(self, error: object) -> None:
        if isinstance(error, CovidViewerError) and not isinstance(error, Cancelled):
            self._workspace.problems.add_error(error)
            self._end(False)

    def _tell(self) -> None:
        text = self.tr("Making a film of {n} frames").format(n=len(self._places))
        self._workspace.problems.set_task(Task(TASK, text, self._at / max(len(self._places), 1), self.cancel))

    def _end(self, written: bool) -> None:
        if self._over:
            return
        self._over = True
        self._timer.stop()
        self._lane.stop()
        self._workspace.problems.end_task(TASK)
        self._copy.close()
        self._packed = []
        if written:
            text = self.tr("{n} frames were written to {name}.").format(n=len(self._places), name=self._path.name)
            self._workspace.problems.add(Problem(self.tr("Film saved"), text, severity="info"))
        if self._ended is not None:
            self._ended(written)
        self.deleteLater()


def cine_size(size: QSize, edge: int) -> QSize:
    """Logical size of the frames: proportions of the canvas, the longer edge as asked."""
    longest = max(size.width(), size.height(), 1)
    return QSize(max(round(size.width() * edge / longest), 1), max(round(size.height() * edge / longest), 1))


def _array(image: QImage) -> NDArray[np.uint8]:
    """(rows, columns, 3) uint8 RGB, of its own."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return flat[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def _pack(pixels: NDArray[np.uint8]) -> Any:
    from PIL import Image  # late: nothing before the window is painted needs it

    # Greys need no dithering, and dots of it would look like a pattern of the lung.
    return Image.fromarray(pixels).quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def _write(frames: list[Any], path: Path, duration_ms: int, ticket: Ticket) -> None:
    """Write all frames; beside the file first, so that a called-off film leaves nothing half."""
    from PIL import Image

    part = path.with_name(f".{path.name}.part")
    tallest = max(frame.height for frame in frames)

    def padded() -> Any:
        for frame in frames:
            ticket.check()
            if frame.height == tallest:
                yield frame
            else:  # without a foot: nothing of a network is on it
                whole = Image.new("RGB", (frame.width, tallest))
                whole.paste(frame.convert("RGB"))
                yield whole.quantize(256, dither=Image.Dither.NONE)

    try:
        every = padded()
        first = next(every)
        with open(part, "wb") as file:
            first.save(file, "GIF", save_all=True, append_images=every, duration=duration_ms, loop=0, optimize=False)
        os.replace(part, path)
    except OSError as error:
        raise CovidViewerError(
            "The film could not be written to this file.", advice="Choose another folder.", path=path
        ) from error
    finally:
        part.unlink(missing_ok=True)
