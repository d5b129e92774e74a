"""Each tool with mouse and keys on the real window; numbers against pixels that name their place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from covidviewer.imaging.measure import Kind

if TYPE_CHECKING:
    from tests.gui.measure.conftest import Hand

ROW, COLUMN = 0.8, 0.5  # mm, as the phantom of `hand` has them


@pytest.mark.parametrize("turned", [(0, False, False), (1, False, False), (2, True, False), (3, False, True)])
def test_length_by_a_drag_under_turns_and_flips(hand: Hand, turned: tuple[int, bool, bool]) -> None:
    tile = hand.workspace.active_tile
    tile.set_view(quarter_turns=turned[0], flip_h=turned[1], flip_v=turned[2])
    hand.keys("L")
    assert hand.window.viewport.tool == "length"
    hand.drag((20, 30), (50, 40), (60, 90))
    found = hand.only
    assert found.kind is Kind.LENGTH
    assert np.allclose(found.points, ((20, 30), (60, 90)), atol=0.01)
    assert found.result is not None
    assert found.result.length == pytest.approx(math.hypot(40 * ROW, 60 * COLUMN), abs=0.01)
    assert found.result.unit == "mm"
    assert hand.window.viewport.tool == "window"  # drawn once, then the tool before


def test_length_by_two_clicks(hand: Hand) -> None:
    hand.keys("P")
    hand.keys("L")
    hand.click((10, 10))
    assert not hand.on_slice()
    hand.move((30, 40))
    hand.click((40, 50))
    assert np.allclose(hand.only.points, ((10, 10), (40, 50)), atol=0.01)
    assert hand.window.viewport.tool == "pan"
