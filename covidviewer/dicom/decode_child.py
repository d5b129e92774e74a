"""Decoders that can stall, in warm child processes with a time limit.

A damaged JPEG-LS stream of 3 KB keeps CharLS busy for six seconds and more; a thread cannot be stopped, a process
can. Two children (started at the first need, ended with this process) take a stream through their standard input
and answer with samples through their standard output. Plain pipes were chosen over `multiprocessing`: a spawned
worker of that module imports the caller's main script again, which a notebook or an unguarded script does not bear,
and its shared memory needs one more process to watch it. Measured for 512 x 512 JPEG-LS: 4.15 ms of decoding here,
4.8 ms through a child.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import queue
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from covidviewer.dicom.catalog import PixelFormat
from covidviewer.dicom.codecs import Samples, codec_of, decode_here
from covidviewer.errors import CovidViewerError, DamagedFileError, DeviceError

CHILDREN = 2
BASE_SECONDS = 2.0
SECONDS_PER_SAMPLE = 3e-7  # twenty times what the decoder needs; room for a busy machine
START_SECONDS = 30.0
_POLL = hasattr(select, "poll")
_HEAD = struct.Struct("<II")


class _Child:
    """One process; one request at a time."""

    def __init__(self) -> None:
        root = Path(__file__).resolve().parents[2]
        code = f"import sys; sys.path.insert(0, {str(root)!r}); import covidviewer.dicom.decode_child as d; d._serve()"
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise DeviceError(f"The decoder process could not be started ({error.strerror}).") from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout
        _widen(self._output.fileno())
        _widen(self._input.fileno())
        self._ready = False
        self._answer_by: tuple[float, Callable[[], None]] | None = None

    def decode(self, stream: bytes, fmt: PixelFormat, limit: float) -> Samples:
        """Samples of one stream, or the child's own error; `DamagedFileError` when the limit passed."""
        if not self._ready:
            with self._limit(START_SECONDS) as late:
                self._exchange_start(late)
            self._ready = True
        with self._limit(limit) as late:
            try:
                _send(self._input, (fmt, len(stream)), stream)
                self._await_answer()
                answer, size = _receive_head(self._output)
                if isinstance(answer, CovidViewerError):
                    raise answer
                dtype, shape = answer
                samples = np.empty(shape, dtype)
                if samples.nbytes != size:
                    raise OSError("answer of another size")
                _read_into(self._output, samples.data.cast("B"))
                return samples
            except (OSError, EOFError, pickle.UnpicklingError) as error:
                self.close()
                if late.is_set():
                    raise DamagedFileError(
                        f"The pixel stream is damaged: its decoder gave no picture within {limit:.1f} s."
                    ) from error
                raise DamagedFileError("The pixel stream is damaged: it ended the decoder.") from error

    def _exchange_start(self, late: threading.Event) -> None:
        try:
            self._await_answer()
            _receive_head(self._output)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self.close()
            reason = "did not start in time" if late.is_set() else "could not be started"
            raise DeviceError(f"The decoder process {reason}.") from error

    @contextlib.contextmanager
    def _limit(self, seconds: float) -> Iterator[threading.Event]:
        """Kill the child when it has not begun to answer in time: the blocked read then ends with the pipe."""
        late = threading.Event()

        def strike() -> None:
            late.set()
            self._process.kill()

        if _POLL:
            # Waiting on the pipe itself: starting a timer's thread costs as much as decoding a slice.
            self._answer_by = (time.monotonic() + seconds, strike)
            try:
                yield late
            finally:
                self._answer_by = None
        else:
            timer = threading.Timer(seconds, strike)
            timer.daemon = True
            timer.start()
            try:
                yield late
            finally:
                timer.cancel()

    def _await_answer(self) -> None:
        if self._answer_by is None:
            return
        deadline, strike = self._answer_by
        poll = select.poll()
        poll.register(self._output.fileno(), select.POLLIN | select.POLLHUP)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            strike()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._input, self._output):
            with contextlib.suppress(OSError):
                pipe.close()


class DecodePool:
    """`CHILDREN` children that several threads share; a dead one is replaced at its next turn."""

    def __init__(self, children: int = CHILDREN) -> None:
        self._size = children
        self._places: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(children):
            self._places.put(None)

    def warm(self) -> None:
        """Start all children, without waiting for them: their imports run while the headers are read."""
        taken = [self._places.get() for _ in range(self._size)]
        for child in taken:
            try:
                self._places.put(_living(child))
            except DeviceError:
                self._places.put(None)  # said when a stream needs it

    def decode(self, stream: bytes, fmt: PixelFormat, limit: float | None = None) -> Samples:
        """Samples of one stream of a guarded codec, decoded in a child.

        Parameters
        ----------
        limit : seconds; None: by the number of samples.

        Raises
        ------
        DamagedFileError
            The decoder refused the stream, died of it, or passed its time limit.
        DeviceError
            The child process cannot be started.
        """
        if limit is None:
            limit = BASE_SECONDS + SECONDS_PER_SAMPLE * fmt.rows * fmt.columns * fmt.samples
        child = self._places.get()
        try:
            child, old = None, child
            child = _living(old)
            return child.decode(stream, fmt, limit)
        finally:
            self._places.put(child)

    def close(self) -> None:
        """End the children; the pool starts new ones when it is used again."""
        taken = [self._places.get() for _ in range(self._size)]
        for child in taken:
            if child is not None:
                child.close()
            self._places.put(None)


def _living(child: _Child | None) -> _Child:
    if child is not None and child.alive:
        return child
    if child is not None:
        child.close()
    return _Child()


_pool: DecodePool | None = None
_pool_lock = threading.Lock()


def pool() -> DecodePool:
    """The process-wide pool; made at the first call, closed at exit."""
    global _pool
    with _pool_lock:
        if _pool is None:
            _pool = DecodePool()
            atexit.register(_pool.close)
        return _pool


def _send(pipe: IO[bytes], head: object, body: bytes | memoryview) -> None:
    packed = pickle.dumps(head, protocol=pickle.HIGHEST_PROTOCOL)
    _write(pipe, _HEAD.pack(len(packed), len(body)) + packed)
    _write(pipe, body)


def _write(pipe: IO[bytes], data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[pipe.write(view) :]


def _receive_head(pipe: IO[bytes]) -> tuple[Any, int]:
    packed_size, size = _HEAD.unpack(_read(pipe, _HEAD.size))
    return pickle.loads(_read(pipe, packed_size)), size


def _read(pipe: IO[bytes], size: int) -> bytes:
    buffer = bytearray(size)
    _read_into(pipe, memoryview(buffer))
    return bytes(buffer)


def _read_into(pipe: IO[bytes], view: memoryview) -> None:
    while view:
        count = os.readv(pipe.fileno(), [view]) if hasattr(os, "readv") else pipe.readinto(view)  # type: ignore[attr-defined]
        if not count:
            raise EOFError("the pipe ended")
        view = view[count:]


def _widen(descriptor: int) -> None:
    """A pipe of 1 MiB (Linux): a slice passes in one piece instead of eight."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, 1 << 20)


def _serve() -> None:
    """The child's loop: ends when the parent's pipe does."""
    import imagecodecs

    # Ctrl+C in a terminal reaches the whole group; the parent decides when the children end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Libraries may print; what they print must not reach the samples.
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    imagecodecs.jpegls_decode, imagecodecs.jpeg2k_decode  # noqa: B018  (loads the extension modules before the first clock)
    source = os.fdopen(os.dup(0), "rb", buffering=0)
    _send(output, "ready", b"")
    while True:
        try:
            (fmt, _), size = _receive_head(source)
            stream = _read(source, size)
        except EOFError:
            return
        try:
            samples = np.ascontiguousarray(decode_here(codec_of(fmt.transfer_syntax), stream, fmt))
        except CovidViewerError as error:
            _send(output, error, b"")
        else:
            _send(output, (samples.dtype.str, samples.shape), samples.data.cast("B"))
