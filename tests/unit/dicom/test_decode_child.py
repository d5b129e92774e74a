"""The child processes: a stall ends, a death is survived, errors cross."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from covidviewer.dicom.catalog import PixelFormat
from covidviewer.dicom.decode_child import DecodePool
from covidviewer.errors import DamagedFileError, DeviceError

FORMAT = PixelFormat("1.2.840.10008.1.2.4.80", 24, 32, 16, 16, 15, False)


@pytest.fixture
def pool() -> Iterator[DecodePool]:
    made = DecodePool(children=1)
    yield made
    made.close()


def stream(values: np.ndarray) -> bytes:
    import imagecodecs

    return bytes(imagecodecs.jpegls_encode(values))


def picture(rows: int = 24, columns: int = 32) -> np.ndarray:
    return (np.add.outer(np.arange(rows) * 37, np.arange(columns) * 11) % 4096).astype(np.uint16)


def test_samples_and_errors_cross_the_border(pool: DecodePool) -> None:
    for _ in range(3):
        assert (pool.decode(stream(picture()), FORMAT) == picture()).all()
        with pytest.raises(DamagedFileError, match="JPEG-LS stream is damaged"):
            pool.decode(b"\xff\xd8 this is no picture \xff\xd9", FORMAT)


def test_pictures_larger_than_a_pipe_pass(pool: DecodePool) -> None:
    large = picture(1500, 1400)
    got = pool.decode(stream(large), replace(FORMAT, rows=1500, columns=1400))
    assert (got == large).all()


def test_a_stall_ends_at_the_limit_and_the_next_stream_is_read(pool: DecodePool) -> None:
    pool.decode(stream(picture()), FORMAT)
    # A limit below what any picture of this size needs stands for a decoder that never comes back.
    noise = np.random.default_rng(0).integers(0, 4096, (3000, 3000)).astype(np.uint16)
    body = stream(noise)
    start = time.monotonic()
    with pytest.raises(DamagedFileError, match=r"no picture within 0\.1 s"):
        pool.decode(body, replace(FORMAT, rows=3000, columns=3000), limit=0.1)
    assert time.monotonic() - start < 3.0
    assert (pool.decode(stream(picture()), FORMAT) == picture()).all()


def test_a_dead_child_is_replaced(pool: DecodePool) -> None:
    pool.decode(stream(picture()), FORMAT)
    child = pool._places.get()
    assert child is not None
    child._process.kill()
    child._process.wait()
    pool._places.put(child)
    assert (pool.decode(stream(picture()), FORMAT) == picture()).all()


def test_a_child_that_cannot_be_started_is_said(pool: DecodePool, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/nowhere/python")
        pool.warm()
        with pytest.raises(DeviceError, match="could not be started"):
            pool.decode(stream(picture()), FORMAT)
    assert (pool.decode(stream(picture()), FORMAT) == picture()).all()


def test_closing_leaves_no_process(pool: DecodePool) -> None:
    pool.warm()
    child = pool._places.get()
    pool._places.put(child)
    assert child is not None
    assert child.alive
    pool.close()
    assert not child.alive
