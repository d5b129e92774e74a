"""Thick oblique slabs by tiles: the same as plane by plane, inside, across the stack's faces and beside it."""

from __future__ import annotations

import numpy as np
import pytest

from covidviewer.imaging.mpr import even, oblique
from covidviewer.imaging.mpr.cut import standard, turned
from covidviewer.imaging.mpr.depth import Depth
from covidviewer.imaging.mpr.sampling import VOID, Sampler
from covidviewer.imaging.mpr.slab import Slab
from covidviewer.imaging.mpr.space import Space

SHAPE, SPACING = (40, 90, 110), (2.0, 0.7, 0.8)


def make_space() -> Space:
    origins = np.array([[-40.0, -30.0, -50.0 + SPACING[0] * k] for k in range(SHAPE[0])])
    return Space.of_planes(origins, (1, 0, 0, 0, 1, 0), SPACING[1:], *SHAPE[1:])


def both(
    monkeypatch: pytest.MonkeyPatch, values: np.ndarray, mode: str, angle: float, away: int
) -> tuple[np.ndarray, np.ndarray]:
    """By tiles, and plane by plane."""
    space = make_space()
    axis = np.array([0.3, 0.8, 0.52]) / np.linalg.norm([0.3, 0.8, 0.52])
    cut = turned(standard(space, "coronal"), space, axis, angle, space.middle)
    depth, slab = Depth.of(space, np.ones(SHAPE[0], bool)), Slab.of(mode, 12.0)
    index = cut.count // 2 + away
    assert even.is_even(values, space, depth, len(slab.offsets(cut.step_mm)))
    quick = Sampler(space, values).plane(cut, index, depth, slab)
    monkeypatch.setattr(oblique, "is_even", lambda *_: False)
    return quick, Sampler(space, values).plane(cut, index, depth, slab)


@pytest.mark.parametrize("mode", ["max", "min", "mean"])
@pytest.mark.parametrize("away", [0, 30, -45])
@pytest.mark.parametrize("tile", [16, 64])
def test_as_plane_by_plane(monkeypatch: pytest.MonkeyPatch, mode: str, away: int, tile: int) -> None:
    monkeypatch.setattr(even, "TILE", tile)
    values = np.random.default_rng(3).integers(-1024, 1500, SHAPE).astype(np.int16)
    quick, slow = both(monkeypatch, values, mode, 33.0, away)
    edge = (quick == VOID) != (slow == VOID)
    assert edge.sum() <= 0.002 * quick.size, "rounding at the stack's faces"
    known = (quick != VOID) & (slow != VOID)
    assert known.sum() > 1000
    assert (quick == VOID).any()
    # At a face one plane more or fewer may be known; elsewhere only the last digit differs.
    differ = np.abs(quick.astype(int) - slow)[known]
    assert np.quantile(differ, 0.995) <= 1


def test_a_tile_with_too_large_surroundings_is_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(5).integers(-1024, 1500, SHAPE).astype(np.int16)
    whole, _ = both(monkeypatch, values, "max", 33.0, 0)
    monkeypatch.undo()
    monkeypatch.setattr(even, "TALLEST", 400)
    monkeypatch.setattr(even, "MOST_VOXELS", 20_000)
    parts, _ = both(monkeypatch, values, "max", 33.0, 0)
    assert np.abs(whole.astype(int) - parts).max() <= 1


def test_a_linear_field_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    k, r, c = np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    values = (k * 10.0 + r * 5.0 - c * 3.0).astype(np.float32)
    quick, slow = both(monkeypatch, values, "mean", 21.0, 5)
    known = (quick != VOID) & (slow != VOID)
    np.testing.assert_allclose(quick[known], slow[known], atol=0.02)


@pytest.mark.parametrize("mm", [0.05, 0.02])
def test_many_fine_planes_stay_within_what_opencv_takes(mm: float) -> None:
    # 1,000 and 2,500 planes: a tile of them all would be taller than any picture of OpenCV.
    shape = (40, 40, 40)
    origins = np.array([[0.0, 0.0, mm * k] for k in range(shape[0])])
    space = Space.of_planes(origins, (1, 0, 0, 0, 1, 0), (mm, mm), *shape[1:])
    values = np.random.default_rng(7).integers(-1024, 1500, shape).astype(np.int16)
    axis = np.array([0.3, 0.8, 0.52]) / np.linalg.norm([0.3, 0.8, 0.52])
    cut = turned(standard(space, "coronal"), space, axis, 33.0, space.middle)
    slab = Slab.of("max", 50.0)
    assert len(slab.offsets(cut.step_mm)) > 900
    found = Sampler(space, values).plane(cut, cut.count // 2, Depth.of(space, np.ones(shape[0], bool)), slab)
    known = found != VOID
    assert known.sum() > 200
    assert values.max() - 400 < found[known].max() <= values.max()


def test_opencv_interpolates_exactly() -> None:
    assert even._cv2() is not None, "the installed OpenCV rounds places, so slabs take the slow way"
