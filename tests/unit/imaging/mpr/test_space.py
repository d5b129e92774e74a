"""Where voxels lie, and what is refused: true positions, gaps, tilt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from covidviewer.dicom.catalog import Frame, Kind, PixelFormat, Stack
from covidviewer.dicom.geometry import measure
from covidviewer.errors import UnsupportedError
from covidviewer.imaging.mpr.depth import Depth
from covidviewer.imaging.mpr.space import Space, refusal

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def make_stack(z: list[float], **changes: object) -> Stack:
    frames = tuple(
        Frame(
            Path(f"{i}.dcm"),
            f"1.2.{i}",
            1,
            PixelFormat("1.2.840.10008.1.2.1", 20, 30, 16, 16, 15, True),
            position=(-10.0, -5.0, at),
            orientation=AXIAL,
            spacing=(0.8, 0.8),
            spacing_kind="patient",
        )
        for i, at in enumerate(z)
    )
    geometry = measure(frames)
    stack = Stack("key", Kind.CT, "CT", "", "1.2", "1.3", frames, positions_mm=geometry.positions_mm)
    return replace(stack, **changes)  # type: ignore[arg-type]


def test_a_regular_stack_is_straight_and_has_no_gaps() -> None:
    space = Space.of_stack(make_stack([0.0, 2.0, 4.0, 6.0]))
    assert space.straight
    assert not space.gaps.any()
    assert Depth.of(space, np.ones(4, bool)).uniform == 2.0
    np.testing.assert_allclose(space.local(np.array([-10.0, -5.0, 4.0])), (4.0, 0.0, 0.0))


def test_a_missing_slice_is_a_gap_and_slices_reach_half_a_step_into_it() -> None:
    space = Space.of_stack(make_stack([0.0, 1.0, 2.0, 5.0, 6.0, 7.0]))
    assert space.gaps.tolist() == [False, False, True, False, False]
    depth = Depth.of(space, np.ones(6, bool))
    assert depth.unknown() == (pytest.approx((2.5, 4.5)),)
    before, share, known = depth.at(np.array([2.4, 2.6, 4.4, 4.6, 5.5]))
    assert known.tolist() == [True, False, False, True, True]
    assert (before + share)[[0, 3]].tolist() == [2.0, 3.0]


def test_a_change_of_spacing_is_no_gap() -> None:
    """Thin slices through the lungs, thick ones below: each region is interpolated in its own steps."""
    z = [*np.arange(0, 10, 1.0), *np.arange(10, 60, 5.0)]
    space = Space.of_stack(make_stack(z))
    assert not space.gaps.any()
    depth = Depth.of(space, np.ones(len(z), bool))
    assert depth.uniform == 0.0
    before, share, _ = depth.at(np.array([4.5, 12.5]))
    np.testing.assert_allclose(before + share, (4.5, 10.5))


def test_slices_that_are_still_to_come_are_unknown() -> None:
    space = Space.of_stack(make_stack([0.0, 1.0, 2.0, 3.0, 4.0]))
    filled = np.array([True, True, False, True, True])
    depth = Depth.of(space, filled)
    assert depth.unknown() == (pytest.approx((1.5, 2.5)),)
    assert not depth.complete
    filled[:] = False
    assert depth.filled.any(), "the state of one moment is kept, not the array that changes under it"
    assert Depth.of(space, filled).unknown() == (pytest.approx((-0.5, 4.5)),)


def _with(stack: Stack, **changes: object) -> Stack:
    return replace(stack, frames=tuple(replace(f, **changes) for f in stack.frames))  # type: ignore[arg-type]


REGULAR = make_stack([0.0, 1.0, 2.0])


@pytest.mark.parametrize(
    ("stack", "word"),
    [
        (make_stack([0.0]), "single image"),
        (make_stack([0.0, 1.0, 1.0, 2.0]), "at one place"),
        (_with(REGULAR, spacing=None), "size of the pixels"),
        (_with(REGULAR, spacing_kind="detector"), "size of the pixels"),
        (replace(REGULAR, positions_mm=None), "positions"),
        (_with(REGULAR, format=replace(REGULAR.frames[0].format, samples=3, photometric="RGB")), "colour"),
        (
            replace(REGULAR, frames=(*REGULAR.frames[:2], replace(REGULAR.frames[2], spacing=(0.4, 0.4)))),
            "one orientation and pixel size",
        ),
    ],
)
def test_what_cannot_be_cut_truly_is_refused_with_the_reason(stack: Stack, word: str) -> None:
    assert word in refusal(stack)
    with pytest.raises(UnsupportedError, match=word):
        Space.of_stack(stack)


def test_a_good_stack_is_not_refused() -> None:
    assert refusal(REGULAR) == ""
