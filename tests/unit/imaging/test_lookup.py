"""Look-ups: OpenCV's and numpy's are the same bit for bit, whatever the shape."""

from __future__ import annotations

import numpy as np
import pytest

from covidviewer.imaging import lookup


@pytest.fixture
def cv2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "_cv2", None)  # put back afterwards, whatever it was
    assert lookup.load()


@pytest.mark.parametrize("shape", [(33, 7), (1, 1), (512, 513), (231,), (0, 5)])
@pytest.mark.parametrize(("kind", "entries"), [(np.uint8, 256), (np.uint16, 65536)])
def test_both_ways_are_equal(
    cv2: None, monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...], kind: type, entries: int
) -> None:
    rng = np.random.default_rng(1)
    table = rng.integers(0, 2**32, entries, dtype=np.uint32)
    table.setflags(write=False)  # as the kept tables are
    index = rng.integers(0, entries, shape, dtype=kind)
    quick, plain = np.zeros(shape, np.uint32), np.zeros(shape, np.uint32)
    assert lookup.look_up(table, index, quick) is quick
    monkeypatch.setattr(lookup, "_cv2", None)
    assert lookup.look_up(table, index, plain) is plain
    np.testing.assert_array_equal(quick, table[index])
    np.testing.assert_array_equal(plain, quick)


def test_a_slice_that_does_not_lie_in_one_piece(cv2: None) -> None:
    table = np.arange(65536, dtype=np.uint32) * np.uint32(65537)
    index = np.random.default_rng(2).integers(0, 65536, (64, 48), dtype=np.uint16)[::-2, 3:40]
    out = np.zeros((64, 48), np.uint32)[: index.shape[0], : index.shape[1]]
    lookup.look_up(table, index, out)
    np.testing.assert_array_equal(out, table[index])


def test_a_volume_that_may_not_be_written(cv2: None) -> None:
    table, index = np.arange(65536, dtype=np.uint32), np.full((4, 5), 65535, np.uint16)
    index.setflags(write=False)
    out = np.zeros((4, 5), np.uint32)
    assert (lookup.look_up(table, index, out) == 65535).all()
    assert (out == 65535).all()
