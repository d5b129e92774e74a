"""Training and screen must feed a network the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("PIL.Image")

from covidviewer.inference import prepare  # noqa: E402
from covidviewer.inference.manifest import InputSpec  # noqa: E402
from covidviewer.training.augment import plain  # noqa: E402
from covidviewer.training.loop import normalise  # noqa: E402


@pytest.mark.parametrize("shape", [(90, 130), (512, 512), (224, 224), (61, 115)])
def test_training_and_inference_prepare_alike(shape):
    picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    spec = InputSpec(crop="body")
    grey, _ = prepare.forward(picture, spec, units="grey")
    assert np.array_equal(grey, plain(picture, 224))
    np.testing.assert_allclose(prepare.batch([grey], spec), normalise([grey]).numpy(), atol=1e-5)
