"""Memory of volumes: kept for the next, never shared by two, never larger than it serves."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from covidviewer.imaging import memory

WORDS = np.dtype(np.int16)
SHAPE = (40, 512, 512)

pytestmark = pytest.mark.skipif(not memory._ABLE, reason="this system has no memory that is freed lazily")


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    memory.release()
    yield
    memory.release()


def address(values: np.ndarray) -> int:
    return int(values.__array_interface__["data"][0])


def test_the_next_volume_gets_the_memory_of_the_last() -> None:
    first = memory.unwritten(SHAPE, WORDS)
    first[:] = 7
    place = address(first)
    view = first[3, 5:9]
    del first
    second = memory.unwritten(SHAPE, WORDS)
    assert address(second) != place  # a view still looks at the first
    assert view.tolist() == [[7] * 512] * 4
    del view, second
    gc.collect()
    third = memory.unwritten((30, 512, 512), WORDS)
    assert third.shape == (30, 512, 512)
    assert third.dtype == WORDS
    assert third.flags.writeable
    assert third.flags.c_contiguous
    assert len(memory._kept) == 0


def test_two_at_a_time_are_apart() -> None:
    one, two = memory.unwritten(SHAPE, WORDS), memory.unwritten(SHAPE, WORDS)
    one[:] = 1
    two[:] = 2
    assert (int(one.min()), int(one.max())) == (1, 1)
    del one, two
    assert len(memory._kept) == 1


def test_what_is_far_too_large_is_not_handed_out() -> None:
    large = memory.unwritten((100, 512, 512), WORDS)
    place = address(large)
    del large
    small = memory.unwritten((16, 512, 512), WORDS)
    assert address(small) != place
    assert len(memory._kept) == 0  # and given back, as nobody fits it now


def test_small_ones_are_plain_arrays() -> None:
    assert memory.unwritten((2, 8, 8), np.dtype(np.float32)).base is None


def test_threads_do_not_share() -> None:
    wrong: list[int] = []

    def use(mark: int) -> None:
        for _ in range(20):
            values = memory.unwritten((20, 512, 512), WORDS)
            values[::5, 0] = mark
            if not (values[::5, 0] == mark).all():
                wrong.append(mark)

    threads = [threading.Thread(target=use, args=(mark,)) for mark in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
