"""Distance from the training pictures: fitted on a known cloud, kept in a file, used by the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from covidviewer.inference import registry
from covidviewer.inference.familiarity import load_familiarity, path_of
from covidviewer.inference.pipeline import Pipeline
from covidviewer.inference.results import Choice
from covidviewer.training.familiarity import fit_familiarity, save_familiarity

Make = Callable[..., Any]


def cloud(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two classes in 12 values, far apart along the first, ten times as wide along the second."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    rows = rng.normal(size=(count, 12))
    rows[:, 1] *= 10
    rows[:, 0] += 40 * labels
    return rows, labels


def test_distances_are_by_the_spread_of_the_class_not_of_all() -> None:
    train, labels = cloud(600, 0)
    held, _ = cloud(400, 1)
    found = fit_familiarity(train, labels, held, directions=12)
    fresh, _ = cloud(2000, 2)
    assert (found.strangeness(fresh.astype(np.float32)) > 1).mean() == pytest.approx(0.05, abs=0.03)
    middle = np.zeros((1, 12), np.float32)
    middle[0, 0] = 20  # between the classes: near the mean of all, near no class
    along, across = np.zeros((1, 12), np.float32), np.zeros((1, 12), np.float32)
    along[0, 1], across[0, 2] = 12, 12
    assert found.strangeness(middle)[0] > 1.5
    assert found.strangeness(along)[0] < 1 < found.strangeness(across)[0]


def test_fewer_pictures_than_values() -> None:
    rng = np.random.default_rng(3)
    train = rng.normal(size=(20, 200))
    found = fit_familiarity(train, np.arange(20) % 2, rng.normal(size=(10, 200)))
    assert found.directions.shape[1] <= 20
    assert np.isfinite(found.strangeness(rng.normal(size=(3, 200)).astype(np.float32))).all()


def test_kept_and_read_again_for_the_same_weights_alone(toy_weights: Path) -> None:
    card = registry.choose(modality="CT")
    assert load_familiarity(card) is None
    train, labels = cloud(200, 0)
    found = fit_familiarity(train, labels, cloud(100, 1)[0])
    save_familiarity(found, path_of(card), card.sha256)
    again = load_familiarity(card)
    assert again is not None
    rows = cloud(50, 4)[0].astype(np.float32)
    np.testing.assert_allclose(again.strangeness(rows), found.strangeness(rows), rtol=0.02)
    assert load_familiarity(replace(card, sha256="0" * 64)) is None
    path_of(card).write_bytes(b"no such file")
    assert load_familiarity(card) is None


@pytest.mark.usefixtures("on_torch")
def test_the_pipeline_tells_the_distance(toy_weights: Path, stack_of: Make, volume_of: Make) -> None:
    stack = stack_of(count=4, rows=96, columns=96, spacing=(3.0, 3.0))
    volume = volume_of(stack)

    def read() -> list[float | None]:
        pipeline = Pipeline(Choice(device="cpu"))
        try:
            return [r.strangeness for r in pipeline.read_slices(volume, stack, range(4)).readings]
        finally:
            pipeline.close()

    assert read() == [None] * 4
    card = registry.choose(modality="CT")
    rng = np.random.default_rng(0)
    size = 3  # the toy's embedding
    far = rng.normal(size=(50, size)) + 1000
    save_familiarity(fit_familiarity(far, np.arange(50) % 2, far), path_of(card), card.sha256)
    told = read()
    assert all(value is not None and value > 100 for value in told)
