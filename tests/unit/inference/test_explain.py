"""Closed form against automatic differentiation, on the shipped network and on the toy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from covidviewer.errors import UsageError
from covidviewer.inference import registry
from covidviewer.inference.loading import load_network

torch = pytest.importorskip("torch")


def test_cam_equals_gradcam_on_the_ct_network() -> None:
    torch.manual_seed(3)
    network = registry.builder("resnet50_fpn_attention")(("covid", "noncovid")).eval()
    batch = torch.randn(2, 3, 64, 96)
    for target in (0, 1):
        closed = registry.method("cam")(network, batch, target)
        gradient = registry.method("gradcam")(network, batch, target)
        assert set(closed) == set(gradient) == {"fine", "coarse"}
        assert closed["fine"].shape == (2, 16, 24)
        for grid, values in closed.items():
            scale = np.abs(values).max()
            assert scale > 0
            assert np.abs(values - gradient[grid]).max() < 1e-4 * scale
        with torch.no_grad():
            logits = network(batch)[:, target].numpy()
        total = closed["fine"].sum(axis=(1, 2)) + float(network.fc.bias[target].detach())
        assert total == pytest.approx(logits, rel=1e-3, abs=1e-4)


def test_gradcam_of_a_head_that_is_not_linear() -> None:
    """Weights are the mean gradients: checked on a head whose gradient is known by hand."""

    class Squared(torch.nn.Module):  # type: ignore[name-defined,misc]
        def backbone(self, x: torch.Tensor) -> dict[str, tuple[torch.Tensor, ...]]:
            return {"cam": (x,)}

        def head(self, features: dict[str, tuple[torch.Tensor, ...]]) -> tuple[torch.Tensor, torch.Tensor]:
            level = features["cam"][0]
            pooled = (level**2).mean(dim=(2, 3))
            return pooled, pooled

    x = torch.rand(1, 2, 4, 4)
    found = registry.method("gradcam")(Squared(), x, 1)["fine"][0]
    weight = (2 * x[0, 1] / 16).mean()
    assert found == pytest.approx((weight * x[0, 1]).numpy(), abs=1e-6)
    with pytest.raises(UsageError, match="gradcam"):
        registry.method("cam")(Squared(), x, 0)


def test_the_toy_has_an_exact_map(toy_weights: Path) -> None:
    network = load_network(registry.choose())
    batch = torch.rand(1, 3, 224, 224)
    closed = registry.method("cam")(network, batch, 0)["fine"]
    gradient = registry.method("gradcam")(network, batch, 0)["fine"]
    assert closed == pytest.approx(gradient, abs=1e-6)
