"""Planes against phantoms whose values are known in closed form, and against SimpleITK."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from covidviewer.imaging.mpr.cut import ANATOMICAL, Cut, moved, standard, turned
from covidviewer.imaging.mpr.depth import Depth
from covidviewer.imaging.mpr.sampling import VOID, Sampler
from covidviewer.imaging.mpr.slab import Slab
from covidviewer.imaging.mpr.space import Space

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
ROWS, COLUMNS = 48, 56


def points_of(space: Space) -> NDArray[np.float64]:
    """(slices, rows, columns, 3) LPS mm of every voxel, each slice at its own place."""
    k, r, c = np.meshgrid(np.arange(space.count), np.arange(space.rows), np.arange(space.columns), indexing="ij")
    aside = space.shifts if space.shifts is not None else np.zeros((space.count, 2))
    local = np.stack(
        (space.positions[k], r * space.spacing[0] + aside[k, 0], c * space.spacing[1] + aside[k, 1]), axis=-1
    )
    return np.asarray(space.origin + local @ space.axes)


def plane_points(cut: Cut, index: int) -> NDArray[np.float64]:
    r, c = np.meshgrid(np.arange(cut.rows), np.arange(cut.columns), indexing="ij")
    first = cut.first + index * cut.step_mm * cut.normal
    return np.asarray(first + c[..., None] * cut.pixel_mm * cut.along + r[..., None] * cut.pixel_mm * cut.down)


def make_space(
    z: NDArray[np.float64], orientation: tuple[float, ...] = AXIAL, shift: float = 0.0, spacing: float = 0.9
) -> Space:
    """shift : mm along y for each mm of z, as a tilted gantry gives."""
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    normal = np.cross(row, column)
    origins = np.array([-20.0, -18.0, 30.0]) + z[:, None] * (normal + shift * column)
    return Space.of_planes(origins, orientation, (spacing, spacing), ROWS, COLUMNS)


def linear(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A field that linear interpolation gives back exactly."""
    return np.asarray(points @ np.array([7.0, -11.0, 5.0]) + 100.0)


def whole(space: Space) -> Depth:
    return Depth.of(space, np.ones(space.count, bool))


def tilted(degrees: float) -> tuple[float, ...]:
    a = np.radians(degrees)
    return (1.0, 0.0, 0.0, 0.0, float(np.cos(a)), float(np.sin(a)))


SPACES = {
    "regular": make_space(np.arange(40) * 1.5),
    "uneven": make_space(np.cumsum([0.0, *np.tile([1.0, 1.4, 1.2], 13)])),
    "oblique stack": make_space(np.arange(40) * 1.5, tilted(25)),
    # A gantry tilted by 12 degrees: slices are turned, the table still moves along z.
    "tilted": make_space(np.arange(40) * 1.5, tilted(12), shift=float(np.tan(np.radians(12)))),
}


@pytest.mark.parametrize("kind", SPACES)
@pytest.mark.parametrize("name", [*ANATOMICAL, "turned"])
def test_a_linear_field_comes_back_at_every_point(kind: str, name: str) -> None:
    """True positions throughout: no squeezing, no shear, whatever way the slices lie."""
    space = SPACES[kind]
    values = linear(points_of(space)).astype(np.float32)
    if name == "turned":
        axis = np.array([1.0, 2.0, 2.0]) / 3.0
        cut = turned(standard(space, "coronal"), space, axis, 31.0, space.middle)
    else:
        cut = standard(space, name)
    sampler = Sampler(space, values)
    for index in (cut.count // 3, cut.count // 2):
        found = sampler.plane(cut, index, whole(space))
        expected = linear(plane_points(cut, index))
        # The outer half of the border voxels is held constant, so the edge of the stack is left out.
        local = space.local(plane_points(cut, index))
        aside = np.zeros((*local.shape[:2], 2))
        if space.shifts is not None:
            for axis_ in (0, 1):
                aside[..., axis_] = np.interp(local[..., 0], space.positions, space.shifts[:, axis_])
        margin = 3.0
        inside = (local[..., 0] >= 0) & (local[..., 0] <= space.positions[-1])
        for axis_, size in ((0, space.rows), (1, space.columns)):
            at = local[..., axis_ + 1] - aside[..., axis_]
            inside &= (at >= margin) & (at <= (size - 1) * space.spacing[axis_] - margin)
        assert inside.sum() > 200
        np.testing.assert_allclose(found[inside], expected[inside], atol=0.05)


def test_a_tilted_stack_is_known_as_such() -> None:
    assert SPACES["tilted"].tilt_degrees() == pytest.approx(12.0, abs=0.01)
    assert SPACES["oblique stack"].tilt_degrees() == 0.0
    along, down = standard(SPACES["tilted"], "sagittal").along, standard(SPACES["tilted"], "sagittal").down
    np.testing.assert_allclose((along, down), ((0, 1, 0), (0, 0, -1)))


@pytest.mark.parametrize("kind", SPACES)
@pytest.mark.parametrize("name", ["coronal", "sagittal"])
def test_a_ball_is_round_and_where_it_belongs(kind: str, name: str) -> None:
    space = SPACES[kind]
    centre, radius = space.middle + np.array([2.0, -3.0, 4.0]), 9.0
    values = np.clip((radius - np.linalg.norm(points_of(space) - centre, axis=-1)) * 400, -800, 400).astype(np.int16)
    cut = standard(space, name)
    index = cut.index_of(centre)
    found = Sampler(space, values).plane(cut, index, whole(space))
    row, column = np.nonzero(found > 0)
    plane = cut.plane(index)
    expected = plane.pixel(centre)
    assert np.mean(row) == pytest.approx(expected[0], abs=0.5)
    assert np.mean(column) == pytest.approx(expected[1], abs=0.5)
    off = abs(plane.distance(centre))
    across = 2 * np.sqrt(radius**2 - off**2)
    for extent in (np.ptp(row) + 1, np.ptp(column) + 1):
        assert extent * cut.pixel_mm == pytest.approx(across, abs=1.5)


def _itk(space: Space, values: NDArray[np.int16], cut: Cut, index: int) -> NDArray[np.int16]:
    import SimpleITK

    image = SimpleITK.GetImageFromArray(values)
    step = float(space.positions[1])
    image.SetSpacing((space.spacing[1], space.spacing[0], step))
    image.SetOrigin(tuple(space.origin.tolist()))
    image.SetDirection(np.stack((space.axes[2], space.axes[1], space.axes[0]), axis=1).ravel().tolist())
    first = cut.first + index * cut.step_mm * cut.normal
    way = np.stack((cut.along, cut.down, cut.normal), axis=1)
    found = SimpleITK.Resample(
        image,
        (cut.columns, cut.rows, 1),
        SimpleITK.Transform(),
        SimpleITK.sitkLinear,
        tuple(first.tolist()),
        (cut.pixel_mm, cut.pixel_mm, 1.0),
        tuple(way.ravel().tolist()),
        VOID,
        SimpleITK.sitkInt16,
    )
    return np.asarray(SimpleITK.GetArrayFromImage(found)[0])


@pytest.mark.parametrize("kind", ["regular", "oblique stack"])
@pytest.mark.parametrize("angle", [None, 17.0, 90.0, 141.0])
@pytest.mark.parametrize("name", list(ANATOMICAL))
def test_values_are_those_of_simpleitk_within_one(kind: str, name: str, angle: float | None) -> None:
    space = SPACES[kind]
    values = np.random.default_rng(3).integers(-1024, 1500, (space.count, ROWS, COLUMNS)).astype(np.int16)
    cut = standard(space, name)
    if angle is not None:
        axis = np.array([2.0, -1.0, 2.0]) / 3.0
        cut = turned(cut, space, axis, angle, space.middle + 0.37)
    index = cut.count // 2 + 1
    ours, theirs = Sampler(space, values).plane(cut, index, whole(space)), _itk(space, values, cut, index)
    known = (ours != VOID) & (theirs != VOID)
    assert known.sum() > 1000
    assert int(np.abs(ours.astype(int) - theirs)[known].max()) <= 1
    assert int(((ours == VOID) != (theirs == VOID)).sum()) <= 2 * (cut.rows + cut.columns), "a pixel at the edge"


@pytest.mark.parametrize("kind", SPACES)
@pytest.mark.parametrize("mode", ["max", "min", "mean"])
@pytest.mark.parametrize("name", [*ANATOMICAL, "turned"])
def test_a_slab_is_made_of_its_planes(kind: str, mode: str, name: str) -> None:
    space = SPACES[kind]
    values = np.random.default_rng(4).integers(-1024, 1500, (space.count, ROWS, COLUMNS)).astype(np.float32)
    cut = standard(space, "coronal" if name == "turned" else name)
    if name == "turned":
        cut = turned(cut, space, np.array([0.0, 0.6, 0.8]), 20.0, space.middle)
    sampler, depth, index = Sampler(space, values), whole(space), cut.count // 2
    slab = Slab.of(mode, 6.0)
    steps = slab.offsets(cut.step_mm)
    assert len(steps) == 2 * int(3.0 / cut.step_mm + 1e-6) + 1
    planes = np.stack([sampler.plane(cut, index + n, depth).copy() for n in steps])
    missing = planes == VOID
    masked = np.ma.masked_array(planes, missing)
    expected = {"max": masked.max(axis=0), "min": masked.min(axis=0), "mean": masked.mean(axis=0)}[mode]
    found = sampler.plane(cut, index, depth, slab)
    both = ~missing.any(axis=0)
    assert both.sum() > 500
    # Places in a tall picture are exact to 0.00025 of a voxel; neighbours in this noise differ by up to 2500.
    np.testing.assert_allclose(found[both], expected.data[both], atol=0.3)
    assert float(np.abs(found[both] - expected.data[both]).mean()) < 0.02


def test_a_gap_and_unread_slices_show_nothing() -> None:
    z = np.array([*range(10), *range(16, 26)], float)
    space = make_space(z)
    values = np.full((20, ROWS, COLUMNS), 50, np.int16)
    filled = np.ones(20, bool)
    filled[3] = False
    values[3] = 0
    cut = standard(space, "coronal")
    for planes in (cut, turned(cut, space, np.array([0.0, 0.0, 1.0]), 20.0, space.middle)):
        found = Sampler(space, values).plane(planes, planes.count // 2, Depth.of(space, filled))
        at = space.local(plane_points(planes, planes.count // 2))[..., 0]
        known = found != VOID
        assert set(np.unique(found[known])) == {50}, "no value between a slice and nothing"
        hidden = ((at > 2.51) & (at < 3.49)) | ((at > 9.51) & (at < 15.49))
        assert not known[hidden].any()
        column = known[:, planes.columns // 2]
        assert column[(~hidden & (at > 0) & (at < 25))[:, planes.columns // 2]].mean() > 0.9


def test_pixels_are_square_and_the_volume_is_not_copied() -> None:
    space = make_space(np.arange(30) * 4.0)
    values = np.zeros((30, ROWS, COLUMNS), np.int16)
    sampler = Sampler(space, values)
    assert sampler.values is values
    for name in ANATOMICAL:
        plane = standard(space, name).plane(0)
        assert plane.spacing[0] == plane.spacing[1] == pytest.approx(0.9)
    coronal = standard(space, "coronal")
    assert coronal.rows == int(29 * 4.0 / 0.9) + 1
    with pytest.raises(ValueError, match="does not lie"):
        Sampler(space, values[1:])


def test_the_plane_runs_through_the_point_it_is_turned_about() -> None:
    space = SPACES["uneven"]
    pivot = space.middle + np.array([3.3, -2.2, 1.1])
    cut = turned(standard(space, "coronal"), space, np.array([0.0, 0.0, 1.0]), 33.0, pivot)
    assert abs(cut.plane(cut.index_of(pivot)).distance(pivot)) < 1e-6
    back = turned(cut, space, np.array([0.0, 0.0, 1.0]), -33.0, pivot)
    np.testing.assert_allclose(back.normal, standard(space, "coronal").normal, atol=1e-12)
    there = moved(standard(space, "sagittal"), pivot)
    assert abs(there.plane(there.index_of(pivot)).distance(pivot)) < 1e-6


def test_a_draft_shows_the_same_at_the_same_places() -> None:
    space = SPACES["regular"]
    values = linear(points_of(space)).astype(np.float32)
    cut = turned(standard(space, "coronal"), space, np.array([0.0, 0.0, 1.0]), 30.0, space.middle)
    sampler, index = Sampler(space, values), cut.count // 2
    full, draft = (sampler.plane(cut, index, whole(space), every=n).copy() for n in (1, 3))
    known = (full != VOID) & (draft != VOID)
    assert known.mean() > 0.3
    slope = np.abs(np.array([7.0, -11.0, 5.0])).sum() * cut.pixel_mm
    assert float(np.abs(full - draft)[known].max()) <= 1.5 * slope


@pytest.mark.parametrize("bad", ["mip", ""])
def test_an_unknown_slab_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="no kind of slab"):
        Slab.of(bad, 10)
    assert Slab.of("max", 500).mm == 50.0
