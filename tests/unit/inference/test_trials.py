"""Altered copies of slices: the right lungs are blacked out, and the answers belong to the right slice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from covidviewer.inference import prepare
from covidviewer.inference.pipeline import Pipeline
from covidviewer.inference.results import Choice
from covidviewer.inference.trials import in_input, try_slices

pytestmark = pytest.mark.usefixtures("toy_weights", "on_torch")
Make = Callable[..., Any]


@pytest.mark.parametrize("box", [(0.0, 0.0, 60.0, 90.0), (10.0, 20.0, 50.0, 80.0)])
@pytest.mark.parametrize("step", [(1, 1), (3, 3), (2, 3)])
def test_a_mask_is_looked_up_where_the_input_shows_it(box: tuple[float, ...], step: tuple[int, int]) -> None:
    big = np.zeros((60, 90), bool)
    big[12:36, 30:66] = True  # whole cells of every step
    small = big[:: step[0], :: step[1]]
    placement = prepare.Placement((60, 90), (120, 120), box, (0, 0, 120, 120))  # type: ignore[arg-type]
    found = in_input(small, step, placement)
    drawn = prepare.render((big * np.uint8(255)).astype(np.uint8), placement) > 127
    assert (found != drawn).mean() < 0.01
    assert found.any()


def test_outside_the_slice_there_is_no_mask() -> None:
    placement = prepare.Placement((40, 40), (80, 120), (0.0, 0.0, 40.0, 40.0), (0, 20, 80, 100))
    found = in_input(np.ones((40, 40), bool), (1, 1), placement)
    assert found[:, 20:100].all()
    assert not found[:, :20].any()
    assert not found[:, 100:].any()


def test_trials_equal_the_network_on_altered_inputs(stack_of: Make, volume_of: Make) -> None:
    stack = stack_of(count=6, rows=96, columns=96, spacing=(3.0, 3.0))
    volume = volume_of(stack)
    pipeline = Pipeline(Choice(device="cpu"))
    try:
        readings = pipeline.read_slices(volume, stack, range(6)).readings
        volume.filled[5] = False  # dropped from memory meanwhile
        trials = try_slices(pipeline, volume, stack, readings)
        assert [t.slice_index for t in trials] == [0, 1, 2, 3, 4]
        picture, placement = pipeline.input_of(volume, stack, 3)
        lungs = in_input(readings[3].lungs.mask(), readings[3].lungs.step, placement)
        assert 0.05 < lungs.mean() < 0.8
        black = picture.copy()
        black[lungs] = 0
        mirrored, out = pipeline.predict(np.stack([picture[:, ::-1], black]))
        np.testing.assert_allclose(trials[3].mirrored, mirrored, atol=1e-6)
        np.testing.assert_allclose(trials[3].lungs_out, out, atol=1e-6)
        # The toy network reads brightness alone: a mirror changes nothing, black lungs do.
        np.testing.assert_allclose(trials[3].mirrored, readings[3].probabilities, atol=1e-4)
        assert abs(float(out[0] - readings[3].probabilities[0])) > 0.01
    finally:
        pipeline.close()


def test_calling_off_stops_between_passes(stack_of: Make, volume_of: Make) -> None:
    stack = stack_of(count=8, rows=96, columns=96, spacing=(3.0, 3.0))
    volume = volume_of(stack)
    pipeline = Pipeline(Choice(device="cpu"))
    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) > 1:
            raise InterruptedError

    try:
        readings = pipeline.read_slices(volume, stack, range(8)).readings
        with pytest.raises(InterruptedError):
            try_slices(pipeline, volume, stack, readings, check)
    finally:
        pipeline.close()
    assert len(calls) == 2
