"""The cheap head and the network with the seeded pyramid are one function."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from covidviewer.inference.networks.resnet50_fpn_attention import build  # noqa: E402
from covidviewer.training.pyramid import LEVEL_CHANNELS, PooledTrunk, seed_pyramid  # noqa: E402


def test_seeding_keeps_logits_and_gives_each_level_its_own_evidence():
    torch.manual_seed(0)
    network = build(["covid", "noncovid"]).eval()
    pooled = PooledTrunk(network).eval()
    torch.nn.init.normal_(pooled.fc.weight, 0, 0.1)
    torch.nn.init.normal_(pooled.fc.bias)
    x = torch.randn(4, 3, 64, 64)
    with torch.no_grad():
        means = pooled.pooled(x)
        pooled.standardise.running_mean.copy_(means.mean(dim=0))
        pooled.standardise.running_var.copy_(means.var(dim=0) + 0.1)
        expected = pooled.fc(pooled.standardise(means))
        weight, bias = pooled.plain_weights()
        seed_pyramid(network, weight, bias, means, torch.Generator().manual_seed(0))
        logits = network(x)
        features = network.backbone(x)
        deep = network.coarse_maps(features).sum(dim=(2, 3))
    scale = expected.abs().max()
    assert ((logits - expected).abs().max() / scale) < 2e-3
    own = means[:, -LEVEL_CHANNELS[-1] :] @ weight[:, -LEVEL_CHANNELS[-1] :].T
    assert ((deep - own).abs().max() / own.abs().max()) < 2e-3
