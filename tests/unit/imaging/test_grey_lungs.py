"""Lungs on slices that are only grey: the phantom's own, whatever its size; nothing where there are none."""

from __future__ import annotations

import numpy as np
import pytest

from covidviewer.imaging import phantom
from covidviewer.imaging.grey_lungs import MARGIN, grey_lung_box
from covidviewer.imaging.lungs import body_box, find_lungs
from covidviewer.inference import prepare
from covidviewer.inference.manifest import InputSpec


def slice_at(z: float, size: int = 256) -> np.ndarray:
    pixel = 360.0 / size
    corner = -(size - 1) / 2 * pixel
    plane = phantom.Plane((corner, corner, z), (0, pixel, 0), (pixel, 0, 0), (size, size))
    return phantom.sample(plane, noise=16, seed=1)


@pytest.mark.parametrize("size", [128, 256, 512])
def test_the_box_holds_the_lungs_by_hu(size: int) -> None:
    hu = slice_at(0.0, size)
    box = body_box(hu)
    assert box is not None
    top, left, bottom, right = (round(edge) for edge in box)
    found = grey_lung_box(prepare.grey(hu, InputSpec())[top:bottom, left:right])
    assert found is not None
    lungs = find_lungs(hu, (360.0 / size,) * 2)
    rows, columns = np.nonzero(np.kron(lungs.mask, np.ones(lungs.step, bool)))
    ends = np.array([rows.min() - top, columns.min() - left, rows.max() + 1 - top, columns.max() + 1 - left])
    free = 2 * MARGIN * size + 3 * lungs.step[0]
    assert (found[:2] <= ends[:2] + lungs.step[0]).all()
    assert (found[2:] >= ends[2:] - lungs.step[0]).all()
    assert (np.abs(ends - found) <= free).all()


def test_without_lungs_there_is_no_box() -> None:
    rng = np.random.default_rng(0)
    assert grey_lung_box(rng.integers(180, 220, (200, 200)).astype(np.uint8)) is None
    assert grey_lung_box(np.zeros((200, 200), np.uint8)) is None
    assert grey_lung_box(np.zeros((3, 5), np.uint8)) is None


def test_one_lung_alone_is_no_pair() -> None:
    picture = np.full((200, 200), 230, np.uint8)
    picture[:4] = picture[-4:] = 10
    picture[40:160, 30:90] = 60
    assert grey_lung_box(picture) is None
    picture[40:160, 110:170] = 60
    found = grey_lung_box(picture)
    assert found is not None
    assert found[0] <= 40
    assert found[1] <= 30
    assert found[2] >= 160
    assert found[3] >= 170
