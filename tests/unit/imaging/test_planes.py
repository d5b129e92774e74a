"""Letters, names, points and order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from covidviewer.dicom.catalog import Frame, Kind, PixelFormat, Stack
from covidviewer.imaging import planes
from covidviewer.imaging.planes import EdgeLetters

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)


def test_letters_of_the_usual_planes() -> None:
    assert planes.edge_letters(AXIAL) == EdgeLetters("R", "A", "L", "P")
    assert planes.edge_letters(CORONAL) == EdgeLetters("R", "H", "L", "F")
    assert planes.edge_letters(SAGITTAL) == EdgeLetters("A", "H", "P", "F")


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ({"flip_h": True}, EdgeLetters("L", "A", "R", "P")),
        ({"flip_v": True}, EdgeLetters("R", "P", "L", "A")),
        ({"quarter_turns": 1}, EdgeLetters("P", "R", "A", "L")),
        ({"quarter_turns": 2}, EdgeLetters("L", "P", "R", "A")),
        ({"quarter_turns": 3}, EdgeLetters("A", "L", "P", "R")),
        ({"quarter_turns": 1, "flip_h": True}, EdgeLetters("P", "L", "A", "R")),
        ({"quarter_turns": 5, "flip_v": True}, EdgeLetters("A", "R", "P", "L")),
    ],
)
def test_letters_follow_the_view(view: dict[str, int], expected: EdgeLetters) -> None:
    assert planes.edge_letters(AXIAL, **view) == expected  # type: ignore[arg-type]


def test_letters_turn_with_a_picture_that_is_turned() -> None:
    # A pixel marked at the image's right edge must end at the edge that bears the letter of the right edge.
    for turns in range(4):
        for flip_h in (False, True):
            for flip_v in (False, True):
                picture = np.zeros((3, 3), int)
                picture[1, 2] = 1  # the edge of L in an axial image
                shown = picture[:, ::-1] if flip_h else picture
                shown = shown[::-1] if flip_v else shown
                shown = np.rot90(shown, -turns)
                row, column = np.argwhere(shown)[0]
                letters = planes.edge_letters(AXIAL, quarter_turns=turns, flip_h=flip_h, flip_v=flip_v)
                edge = {(1, 0): letters.left, (0, 1): letters.top, (1, 2): letters.right, (2, 1): letters.bottom}
                assert edge[int(row), int(column)] == "L"


def test_oblique_planes_bear_two_letters() -> None:
    angle = np.deg2rad(30)
    tipped = (1.0, 0.0, 0.0, 0.0, float(np.cos(angle)), float(np.sin(angle)))
    letters = planes.edge_letters(tipped)
    assert letters == EdgeLetters("R", "AF", "L", "PH")
    slightly = (1.0, 0.0, 0.0, 0.0, float(np.cos(0.1)), float(np.sin(0.1)))
    assert planes.edge_letters(slightly).bottom == "P"


def test_projections_use_patient_orientation_and_unknown_shows_nothing() -> None:
    assert planes.edge_letters(None, ("L", "F")) == EdgeLetters("R", "H", "L", "F")
    assert planes.edge_letters(None, ("LA", "F")).left == "RP"
    assert not planes.edge_letters(None)
    assert not planes.edge_letters(None, ("nonsense", "F"))
    assert not planes.edge_letters((0.0, 0.0, 0.0, 0.0, 1.0, 0.0))
    assert not planes.edge_letters((float("nan"), 0.0, 0.0, 0.0, 1.0, 0.0))


def test_plane_names() -> None:
    assert planes.plane_name(AXIAL) == "axial"
    assert planes.plane_name(CORONAL) == "coronal"
    assert planes.plane_name(SAGITTAL) == "sagittal"
    assert planes.plane_name(None) == ""
    angle = np.deg2rad(20)
    assert planes.plane_name((1, 0, 0, 0, float(np.cos(angle)), float(np.sin(angle)))) == "oblique"
    angle = np.deg2rad(6)
    assert planes.plane_name((1, 0, 0, 0, float(np.cos(angle)), float(np.sin(angle)))) == "axial"


def stack_of(orientation: planes.Orientation | None, positions: bool = True) -> Stack:
    frame = Frame(
        Path("a"), "1.2", 1, PixelFormat("1.2.840.10008.1.2.1", 4, 4, 16, 16, 15, True), orientation=orientation
    )
    return Stack(
        "k", Kind.CT, "CT", "", "1", "1", (frame, frame), positions_mm=np.array([0.0, 1.0]) if positions else None
    )


def test_axial_stacks_are_shown_head_first() -> None:
    assert planes.head_first(stack_of(AXIAL))
    # Rows that lead to the right: the normal points to the feet, the data come head first by themselves.
    assert not planes.head_first(stack_of((-1.0, 0.0, 0.0, 0.0, 1.0, 0.0)))
    assert not planes.head_first(stack_of(CORONAL))
    assert not planes.head_first(stack_of(SAGITTAL))
    assert not planes.head_first(stack_of(AXIAL, positions=False))
    assert not planes.head_first(stack_of(None))
    assert not planes.head_first(replace(stack_of(AXIAL), frames=()))


def test_points_go_there_and_back() -> None:
    affine = np.array([[0.1, 0.7, 0.2, -3.0], [0.0, -0.1, 0.8, 5.0], [2.5, 0.05, 0.0, 100.0], [0, 0, 0, 1.0]])
    point = planes.patient_point(affine, 3, 10.5, -2.0)
    assert point == pytest.approx([0.3 + 7.35 - 0.4 - 3, -1.05 - 1.6 + 5, 7.5 + 0.525 + 100])
    assert planes.voxel_of(affine, point) == pytest.approx([3, 10.5, -2.0])


def test_patient_text() -> None:
    assert planes.patient_text((-43.1, 12.0, 88.5)) == "R 43.1 A −12.0 H 88.5"
    assert planes.patient_text((0.01, -0.02, 0.0)) == "R 0.0 A 0.0 H 0.0"
