"""Order, spacing, gaps, tilt, affine: on frames made in memory."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from covidviewer.dicom import geometry
from covidviewer.dicom.catalog import Frame, NoteCode, PixelFormat

FORMAT = PixelFormat("1.2.840.10008.1.2.1", 4, 5, 16, 16, 15, False)
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def frame(
    number: int,
    position: tuple[float, float, float] | None,
    orientation: tuple[float, float, float, float, float, float] | None = AXIAL,
) -> Frame:
    return Frame(
        Path(f"{number:03d}"),
        f"1.{number}",
        1,
        FORMAT,
        instance_number=number,
        position=position,
        orientation=orientation,
        spacing=(0.5, 0.75),
    )


def along_z(*places: float) -> list[Frame]:
    return [frame(i, (1.0, 2.0, z)) for i, z in enumerate(places)]


def test_order_follows_the_normal_not_the_number() -> None:
    sequence, rule = geometry.order(along_z(30, 10, 20))
    assert sequence == [1, 2, 0]
    assert rule == geometry.RULE_GEOMETRY


def test_order_of_a_normal_that_points_to_the_feet() -> None:
    flipped = (1.0, 0.0, 0.0, 0.0, -1.0, 0.0)
    frames = [frame(i, (0.0, 0.0, z), flipped) for i, z in enumerate((30.0, 10.0, 20.0))]
    assert geometry.order(frames)[0] == [0, 2, 1]
    shape = geometry.measure([frames[i] for i in geometry.order(frames)[0]])
    assert shape.positions_mm is not None
    assert shape.positions_mm.tolist() == [-30.0, -20.0, -10.0]


def test_order_without_places() -> None:
    frames = [frame(2, None), frame(1, (0.0, 0.0, 5.0)), frame(3, None)]
    assert geometry.order(frames) == ([1, 0, 2], geometry.RULE_NUMBER)


def test_order_by_name_where_nothing_else_is_there() -> None:
    frames = [Frame(Path(name), "", 1, FORMAT) for name in ("b", "c", "a")]
    assert geometry.order(frames) == ([2, 0, 1], geometry.RULE_NAME)


def test_positions_spacing_affine() -> None:
    shape = geometry.measure(along_z(10, 12.5, 15, 17.5))
    assert shape.spacing_mm == (2.5, 0.5, 0.75)
    assert shape.uniform is True
    assert shape.notes == ()
    np.testing.assert_allclose(shape.affine @ [2, 3, 4, 1], [1 + 4 * 0.75, 2 + 3 * 0.5, 15, 1])


def test_affine_of_an_oblique_stack() -> None:
    angle = math.radians(30)
    row = np.array([math.cos(angle), math.sin(angle), 0.0])
    column = np.array([0.0, 0.0, -1.0])
    normal = np.cross(row, column)
    oblique = (*row.tolist(), *column.tolist())
    start = np.array([5.0, -7.0, 11.0])
    frames = [frame(i, tuple((start + 4.0 * i * normal).tolist()), oblique) for i in range(5)]
    shape = geometry.measure(frames)
    expected = start + 2 * 4.0 * normal + 3 * 0.5 * column + 4 * 0.75 * row
    np.testing.assert_allclose((shape.affine @ [2, 3, 4, 1])[:3], expected, atol=1e-9)
    assert shape.tilt_degrees == 0.0
    assert shape.uniform is True


def test_missing_slices() -> None:
    shape = geometry.measure(along_z(*[5.0 * k for k in range(20) if k not in (7, 8)]))
    (note,) = shape.notes
    assert note.code is NoteCode.GAP
    assert note.text.startswith("2 slices are missing (at 30.0 - 45.0 mm)")
    assert note.slices == (6, 7)
    assert shape.uniform is False
    assert shape.spacing_mm[0] == 5.0


def test_steps_that_are_no_multiple_are_uneven() -> None:
    shape = geometry.measure(along_z(0, 5, 10, 15, 22, 27, 32, 37))
    (note,) = shape.notes
    assert note.code is NoteCode.UNEVEN
    assert note.slices == (3, 4)


def test_one_percent_is_regular_and_two_are_not() -> None:
    assert geometry.measure(along_z(0, 5, 10.04, 15.04, 20.04)).uniform is True
    assert geometry.measure(along_z(0, 5, 10.1, 15.1, 20.1)).uniform is False


def test_tilt_is_a_shear() -> None:
    angle = math.radians(15)
    tilted = (1.0, 0.0, 0.0, 0.0, math.cos(angle), math.sin(angle))
    shape = geometry.measure([frame(i, (0.0, 0.0, 10.0 * i), tilted) for i in range(4)])
    assert shape.tilt_degrees == pytest.approx(15.0)
    assert [note.code for note in shape.notes] == [NoteCode.TILT]
    assert shape.spacing_mm[0] == pytest.approx(10 * math.cos(angle))
    np.testing.assert_allclose(shape.affine[:3, 0], [0, 0, 10], atol=1e-9)


def test_slices_shifted_sideways_are_told() -> None:
    frames = [frame(i, (4.0 if i == 2 else 0.0, 0.0, 10.0 * i)) for i in range(5)]
    assert NoteCode.UNEVEN in {note.code for note in geometry.measure(frames).notes}


def test_one_slice() -> None:
    shape = geometry.measure(along_z(7.0))
    assert shape.uniform is None
    assert math.isnan(shape.spacing_mm[0])
    assert shape.positions_mm is not None
    assert shape.positions_mm.tolist() == [7.0]
    assert np.linalg.det(shape.affine) != 0


def test_twins_do_not_spoil_the_spacing() -> None:
    shape = geometry.measure(along_z(0, 5, 5, 10, 15))
    assert shape.spacing_mm[0] == 5.0
    assert not shape.uniform
    assert shape.notes == ()


def test_all_at_one_place() -> None:
    shape = geometry.measure(along_z(3, 3, 3))
    assert math.isnan(shape.spacing_mm[0])
    assert np.isfinite(shape.affine).all()


def test_without_places() -> None:
    shape = geometry.measure([frame(1, None), frame(2, None)])
    assert shape.positions_mm is None
    assert shape.uniform is None
    np.testing.assert_array_equal(shape.affine, np.eye(4))
