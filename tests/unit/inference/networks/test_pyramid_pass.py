"""The cheap pass gives the numbers of the plain one."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from covidviewer.inference.networks.fused import Fused
from covidviewer.inference.networks.pyramid_pass import shifted_means
from covidviewer.inference.networks.resnet50_fpn_attention import ResNet50FpnAttention, build


@pytest.fixture(scope="module", params=[1, 2])
def network(request: pytest.FixtureRequest) -> ResNet50FpnAttention:
    torch.manual_seed(4)
    made = build(["covid", "noncovid", "other"], experts=request.param)
    with torch.no_grad():
        # Zero starts and zero biases would hide a wrong term.
        for parameter in made.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    return made.eval()


@pytest.mark.parametrize("shape", [(7, 7), (4, 9), (2, 5), (2, 2)])
def test_shifted_means_are_those_of_the_convolution(shape: tuple[int, int]) -> None:
    x = torch.randn(2, 5, *shape, dtype=torch.float64)
    weight = torch.randn(3, 5, 3, 3, dtype=torch.float64)
    plain = functional.conv2d(x, weight, padding=1).mean(dim=(2, 3))
    torch.testing.assert_close(functional.conv2d(shifted_means(x), weight).flatten(1), plain)


def test_all_outputs_equal_the_plain_pass(network: ResNet50FpnAttention) -> None:
    x = torch.randn(2, 3, 96, 128)
    with torch.no_grad():
        features = network.backbone(x)
        logits, embedding = network.head(features)
        joint, coarse = network.class_maps(features), network.coarse_maps(features)
        fused = Fused(network)
        assert fused.shortcut is not None
        quick = fused(x)
    for mine, plain in zip(quick, (logits, embedding, joint, coarse), strict=True):
        torch.testing.assert_close(mine, plain, rtol=1e-3, atol=1e-4 * float(plain.abs().max()))


def test_the_maps_still_add_up_to_the_logits(network: ResNet50FpnAttention) -> None:
    with torch.no_grad():
        logits, embedding, joint, _ = Fused(network)(torch.randn(1, 3, 64, 64))
        bias = network.mixed(network.fc.bias[None], network.gates(embedding))
    torch.testing.assert_close(joint.sum(dim=(2, 3)) + bias, logits, rtol=1e-4, atol=1e-4)
