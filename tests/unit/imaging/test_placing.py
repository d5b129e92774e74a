"""Contours, drawings and outlines lie where they belong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from covidviewer.dicom.objects.records import Contour, Drawing, Grid, Part, Plane, Reference
from covidviewer.imaging.placing import PartPlacer, SlicePlane, edges


def plane(z: float = 0.0, spacing: float = 2.0, turn: float = 0.0) -> SlicePlane:
    """A slice of 30 x 20 non-square pixels at height z, turned about the row by some degrees."""
    t = np.radians(turn)
    row = np.array([0.0, np.cos(t), np.sin(t)]) * 1.5
    column = np.array([1.0, 0.0, 0.0]) * 0.5
    origin = np.array([10.0, -5.0, 0.0]) + z * np.array([0.0, -np.sin(t), np.cos(t)])
    return SlicePlane("1.2.3", 1, (30, 20), Grid(origin, row, column, (30, 20)), spacing)


def square(z: float, low: float = 2.0, high: float = 6.0, target: SlicePlane | None = None) -> Contour:
    """Corners at pixels (low, low) .. (high, high) of a slice at height z."""
    grid = (target or plane(z)).grid
    assert grid is not None
    corners = [(low, low), (low, high), (high, high), (high, low)]
    return Contour(np.array([grid.origin + r * grid.row + c * grid.column for r, c in corners]), True)


@pytest.mark.parametrize("turn", [0.0, 30.0, 90.0])
def test_a_contour_comes_back_at_its_pixels_on_its_slice_alone(turn: float) -> None:
    part = Part("p", "p", contours=(square(0, target=plane(4.0, turn=turn)),))
    placer = PartPlacer(part)
    (stroke,) = placer.place(plane(4.0, turn=turn)).strokes
    np.testing.assert_allclose(stroke.points, [(2, 2), (2, 6), (6, 6), (6, 2)], atol=1e-9)
    assert stroke.closed
    assert placer.place(plane(4.9, turn=turn)).strokes
    assert not placer.place(plane(5.2, turn=turn))
    assert not placer.place(plane(2.0, turn=turn))


def test_a_plane_across_cuts_a_contour_in_pieces_inside_it() -> None:
    part = Part("p", "p", contours=(square(4.0), square(6.0)))
    across = plane(turn=90.0)
    assert across.grid is not None
    # Row 4 of the square lies at y = -5 + 4 * 1.5 = 1.
    grid = replace(across.grid, origin=np.array([10.0, 1.0, 0.0]))
    strokes = PartPlacer(part).place(replace(across, grid=grid)).strokes
    assert len(strokes) == 2
    for stroke, height in zip(strokes, (4.0, 6.0), strict=True):
        np.testing.assert_allclose(stroke.points[:, 1], (2, 6), atol=1e-9)
        np.testing.assert_allclose(stroke.points[:, 0], height / 1.5, atol=1e-9)


def test_without_a_common_frame_of_reference_nothing_in_the_patient_is_drawn() -> None:
    part = Part("p", "p", contours=(square(4.0),))
    assert not PartPlacer(part, patient=False).place(plane(4.0))


def test_drawings_belong_to_the_images_and_frames_that_they_name() -> None:
    line = np.array([(1.0, 1.0), (2.0, 3.0)])
    here, there = Reference("1.2.3", (1,)), Reference("1.2.3", (2,))
    part = Part("p", "p", drawings=(Drawing(line, False, (here,)), Drawing(line, False, (there,))))
    assert len(PartPlacer(part).place(plane()).strokes) == 1
    unnamed = Part("p", "p", drawings=(Drawing(line, False, ()),))
    assert PartPlacer(unnamed, frozenset({"1.2.3"})).place(plane())
    assert not PartPlacer(unnamed, frozenset({"9"})).place(plane())


def test_a_plane_without_geometry_lies_on_the_image_that_it_names() -> None:
    values = np.full((2, 3), 255, np.uint8)
    part = Part("p", "p", planes=(Plane(values, 5, 7, (30, 20), None, Reference("1.2.3", (1,))),))
    (patch,) = PartPlacer(part).place(plane()).patches
    assert (patch.row, patch.column) == (5, 7)
    np.testing.assert_array_equal(patch.values, values)
    assert not PartPlacer(part).place(replace(plane(), sop_instance_uid="other"))
    assert not PartPlacer(part).place(replace(plane(), shape=(30, 21)))


def test_a_named_image_of_another_grid_is_not_believed() -> None:
    grid = plane().grid
    assert grid is not None
    moved = replace(grid, origin=grid.origin + 3 * grid.row)
    values = np.full((2, 3), 255, np.uint8)
    part = Part("p", "p", planes=(Plane(values, 5, 7, (30, 20), moved, Reference("1.2.3", (1,))),))
    (patch,) = PartPlacer(part).place(plane()).patches
    inside = np.argwhere(patch.values) + np.array([patch.row, patch.column])
    np.testing.assert_array_equal(inside.min(axis=0), (8, 7))
    np.testing.assert_array_equal(inside.max(axis=0), (9, 9))


def test_edges_run_along_the_borders_of_pixels() -> None:
    lines = edges(np.array([[True, True], [True, False]]), 10, 20)
    drawn = {tuple(line) for line in lines.tolist()}
    assert (9.5, 19.5, 9.5, 21.5) in drawn  # the top, one piece
    assert (9.5, 19.5, 11.5, 19.5) in drawn  # the left side
    length = sum(abs(a - c) + abs(b - d) for a, b, c, d in drawn)
    assert length == 8
    assert len(lines) == 6


def test_a_random_mask_is_enclosed_by_its_edges() -> None:
    mask = np.random.default_rng(1).random((13, 17)) > 0.5
    padded = np.pad(mask, 1)
    expected = (padded[1:] != padded[:-1]).sum() + (padded[:, 1:] != padded[:, :-1]).sum()
    lines = edges(mask)
    assert np.abs(lines[:, 0] - lines[:, 2]).sum() + np.abs(lines[:, 1] - lines[:, 3]).sum() == expected
