"""Deformable convolution in plain torch against an ordinary one (NETWORKS.md 3.9, 11)."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional  # noqa: E402

from covidviewer.inference.networks.deformable import DeformableConv2d  # noqa: E402
from covidviewer.inference.networks.efficient_channel_attention import (  # noqa: E402
    EfficientChannelSpatialExcitation,
    kernel_size,
)


@pytest.mark.parametrize("kernel", [3, 1])
@pytest.mark.parametrize("stride", [1, 2])
def test_fresh_it_is_an_ordinary_convolution(kernel, stride):
    torch.manual_seed(0)
    layer = DeformableConv2d(5, 7, kernel, stride)
    x = torch.randn(2, 5, 12, 10)
    expected = functional.conv2d(x, layer.weight, stride=stride, padding=kernel // 2)
    with torch.no_grad():
        found = layer(x)
    assert found.shape == expected.shape
    assert (found - expected).abs().max() < 5e-6
    assert (found - expected).abs().mean() < 1e-6


@pytest.mark.parametrize("stride", [1, 2])
def test_whole_offsets_shift_the_picture(stride):
    torch.manual_seed(1)
    layer = DeformableConv2d(3, 4, 3, stride)
    with torch.no_grad():
        layer.offset.bias.copy_(torch.tensor([2.0, -3.0]).repeat(9))  # two down, three to the left
    x = torch.randn(1, 3, 14, 14)
    moved = torch.zeros_like(x)
    moved[:, :, :-2, 3:] = x[:, :, 2:, :-3]
    expected = functional.conv2d(moved, layer.weight, stride=stride, padding=1)
    inner = slice(2, 5) if stride == 2 else slice(4, -4)  # taps that fall outside differ: there is picture beyond
    with torch.no_grad():
        torch.testing.assert_close(layer(x)[:, :, inner, inner], expected[:, :, inner, inner], atol=1e-5, rtol=1e-5)


def test_each_tap_follows_its_own_offset():
    layer = DeformableConv2d(1, 1, 3)
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[0, 0, 0, 2] = 1.0  # the third tap: one up, one to the right
        layer.offset.bias[4:6] = torch.tensor([1.5, -1.0])  # dy, dx of that tap
    x = torch.arange(64.0).reshape(1, 1, 8, 8)
    with torch.no_grad():
        found = layer(x)[0, 0, 3, 3]
    assert float(found) == pytest.approx(float(x[0, 0, 3:5, 3].mean()), abs=1e-4)


def test_factors_of_version_two_start_at_one_half():
    torch.manual_seed(2)
    layer = DeformableConv2d(3, 4, modulation=True)
    x = torch.randn(1, 3, 9, 9)
    with torch.no_grad():
        torch.testing.assert_close(layer(x), 0.5 * functional.conv2d(x, layer.weight, padding=1), atol=1e-5, rtol=1e-4)


def test_gradients_by_finite_differences():
    torch.manual_seed(3)
    layer = DeformableConv2d(2, 2, 3, 2, modulation=True).double()
    torch.nn.init.normal_(layer.offset.weight, 0, 0.1)
    x = torch.randn(1, 2, 6, 6, dtype=torch.double, requires_grad=True)
    before = layer(x.detach())
    step = 1e-2  # positions are float32, so steps must be large beside their rounding
    layer(x).square().sum().backward()
    bias = layer.weight
    for index in ((0, 0, 1, 1), (1, 1, 2, 0)):
        analytic = float(bias.grad[index])
        with torch.no_grad():
            bias[index] += step
            up = layer(x).square().sum()
            bias[index] -= 2 * step
            down = layer(x).square().sum()
            bias[index] += step
        assert float((up - down) / (2 * step)) == pytest.approx(analytic, rel=1e-3, abs=1e-4)
    torch.testing.assert_close(layer(x.detach()), before)
    assert x.grad is not None
    assert layer.offset.weight.grad.abs().max() > 0


def test_kernel_of_eca_grows_with_the_channels():
    assert [kernel_size(c) for c in (64, 128, 256, 512)] == [3, 5, 5, 5]
    assert sum(p.numel() for p in EfficientChannelSpatialExcitation(512).parameters()) == 518


def test_both_poolings_share_one_kernel():
    torch.manual_seed(4)
    block = EfficientChannelSpatialExcitation(64)
    x = torch.rand(2, 64, 5, 5)
    kernel = block.along.weight[0, 0]
    means, largest = x.mean(dim=(2, 3)), x.amax(dim=(2, 3))
    both = functional.pad(means + largest, (1, 1)).unfold(1, 3, 1) @ kernel
    with torch.no_grad():
        torch.testing.assert_close(block.factors(x)[:, :, 0, 0], both.sigmoid())
