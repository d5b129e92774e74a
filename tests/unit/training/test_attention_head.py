"""A linear model written into DA-COVID-Net is that model, and its map is zero where nothing is said."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from covidviewer.inference.networks.da_covid_net import build  # noqa: E402
from covidviewer.training.attention_head import carry_layer3, write_evidence  # noqa: E402


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    network = build(["normal", "pneumonia", "covid"], output_stride=16).eval()
    rng = np.random.default_rng(0)
    carry_layer3(network, rng.uniform(0, 0.5, 1024), rng.uniform(0.5, 1, 1024), 0.5)
    return network


def deep(network, c4):
    with torch.no_grad():
        return network.layer4(c4)


def test_layer4_carries_the_map_and_what_rises_above_it(network):
    rng = np.random.default_rng(0)
    mean, deviation = rng.uniform(0, 0.5, 1024), rng.uniform(0.5, 1, 1024)
    c4 = torch.rand(2, 1024, 4, 5) * 3
    c5 = deep(network, c4)
    torch.testing.assert_close(c5[:, :1024], c4, atol=1e-4, rtol=1e-4)
    a, b = (torch.as_tensor(v, dtype=torch.float32)[:, None, None] for v in (mean, deviation))
    torch.testing.assert_close(c5[:, 1024:], torch.relu((c4 - a) / b - 0.5), atol=1e-4, rtol=1e-4)


def test_the_map_may_be_carried_in_deviations():
    torch.manual_seed(0)
    network = build(["normal", "pneumonia", "covid"], output_stride=16).eval()
    rng = np.random.default_rng(0)
    mean, deviation = rng.uniform(0, 0.5, 1024), rng.uniform(0.5, 1, 1024)
    carry_layer3(network, mean, deviation, 0.5, unit=True)
    c4 = torch.rand(2, 1024, 4, 5) * 3
    c5 = deep(network, c4)
    a, b = (torch.as_tensor(v, dtype=torch.float32)[:, None, None] for v in (mean, deviation))
    torch.testing.assert_close(c5[:, :1024], c4 / b, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(c5[:, 1024:], torch.relu((c4 - a) / b - 0.5), atol=1e-4, rtol=1e-4)


def test_logits_are_the_linear_model(network):
    rng = np.random.default_rng(1)
    weight, bias, centre = rng.normal(0, 0.1, (2048, 3)), rng.normal(0, 1, 3), rng.uniform(0, 1, 2048)
    write_evidence(network, weight, bias, centre)
    c5 = deep(network, torch.rand(3, 1024, 4, 4) * 3)
    features = {"cam": (network.fuse(c5),)}
    with torch.no_grad():
        logits, _ = network.head(features)
        maps = network.class_maps(features)
    wanted = c5.mean(dim=(2, 3)).numpy().astype(float) @ weight + bias
    np.testing.assert_allclose(logits.numpy(), wanted, atol=2e-3)
    here = torch.einsum(
        "nchw,ck->nkhw",
        c5 - torch.as_tensor(centre, dtype=torch.float32)[:, None, None],
        torch.as_tensor(weight, dtype=torch.float32),
    )
    torch.testing.assert_close(maps * 16, here, atol=2e-3, rtol=1e-3)


def test_trained_attention_is_not_written_over():
    network = build(["a", "b"], output_stride=16)
    torch.nn.init.ones_(network.position.gamma)
    with pytest.raises(ValueError, match="trained"):
        write_evidence(network, np.zeros((2048, 2)), np.zeros(2), np.zeros(2048))


def test_a_halving_layer4_is_refused():
    with pytest.raises(ValueError, match="output stride 32"):
        carry_layer3(build(["a", "b"], output_stride=32), np.zeros(1024), np.ones(1024))
