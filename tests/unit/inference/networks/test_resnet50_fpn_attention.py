"""The CT network: counts, shapes, exact maps, identity of fresh attention, gradients (NETWORKS.md 1, 4.4, 11)."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from covidviewer.inference.contract import LinearHeadNetwork, Network  # noqa: E402
from covidviewer.inference.networks.blocks import Bottleneck, NonLocal  # noqa: E402
from covidviewer.inference.networks.fused import OUTPUT_NAMES, Fused  # noqa: E402
from covidviewer.inference.networks.resnet50_fpn_attention import build  # noqa: E402


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return build(["covid", "pneumonia", "normal"]).eval()


def count(module) -> int:
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(
    ("classes", "channels", "options", "expected"),
    [
        (3, 3, {}, 29_620_099),
        (2, 3, {}, 29_619_074),
        (3, 1, {}, 29_613_827),
        (3, 3, {"reduction": 2}, 37_881_667),
        (3, 3, {"experts": 2}, 29_620_099 + 3 * 1025 + 2 * 1025),
        (3, 3, {"looks": 2}, 29_620_099 + 3 * 1024),
        (3, 3, {"peaks": 1}, 29_620_099 + 256 * 3840),
    ],
)
def test_parameter_counts(classes, channels, options, expected):
    with torch.device("meta"):
        network = build([str(i) for i in range(classes)], channels, **options)
    assert count(network) == expected


def test_parts(network):
    assert sum(b.numel() for n, b in network.named_buffers() if "running" in n) == 60_288
    assert count(network.lateral) == 984_064
    assert count(network.smooth) == 2_360_320
    assert count(network.fc) == 3_075
    attention = sum(count(m) for m in network.modules() if isinstance(m, NonLocal))
    assert attention == 2_764_608
    trunk = count(network) - attention - 984_064 - 2_360_320 - 3_075
    assert trunk == 23_508_032


def test_trunk_has_the_common_key_names(network):
    keys = set(network.state_dict())
    wanted = {"conv1.weight", "bn1.running_mean", "layer1.0.downsample.1.weight", "layer4.2.bn3.bias", "fc.weight"}
    assert wanted <= keys


def test_shapes_and_exact_map_at_paper_size(network):
    x = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        features = network.backbone(x)
        assert [tuple(t.shape) for t in features["cam"]] == [(2, 256, n, n) for n in (56, 28, 14, 7)]
        logits, embedding, joint, coarse = Fused(network)(x)
    assert logits.shape == (2, 3)
    assert embedding.shape == (2, 1024)
    assert joint.shape == (2, 3, 56, 56)
    assert coarse.shape == (2, 3, 7, 7)
    assert len(OUTPUT_NAMES) == 4
    torch.testing.assert_close(joint.sum(dim=(2, 3)) + network.fc.bias, logits, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(network.head(features)[0], logits, atol=1e-4, rtol=1e-4)
    assert tuple(network.cam_spec.grids) == ((56, 56), (28, 28), (14, 14), (7, 7))


def test_logits_are_head_of_backbone(network):
    x = torch.randn(1, 3, 96, 96)
    with torch.no_grad():
        assert torch.equal(network(x), network.head(network.backbone(x))[0])


def test_odd_sizes_work_but_have_no_joint_map(network):
    x = torch.randn(1, 3, 100, 70)
    with torch.no_grad():
        assert network(x).shape == (1, 3)
        with pytest.raises(ValueError, match="multiples of 32"):
            network.class_maps(network.backbone(x))


def test_contract(network):
    assert isinstance(network, Network)
    assert isinstance(network, LinearHeadNetwork)
    with pytest.raises(TypeError):
        Fused(torch.nn.Linear(2, 2))


def test_experts_are_mixed_by_their_gates():
    torch.manual_seed(2)
    network = build(["covid", "noncovid"], experts=2).eval()
    features = {"cam": tuple(torch.randn(3, 256, n, n) for n in (16, 8, 4, 2))}
    with torch.no_grad():
        network.gate.weight.mul_(100)
        logits, embedding = network.head(features)
        gates = network.gates(embedding)
        each = [torch.nn.functional.linear(embedding, w, b) for w, b in _halves(network.fc)]
        joint, coarse = network.class_maps(features), network.coarse_maps(features)
    assert gates.min() < 0.4
    torch.testing.assert_close(gates.sum(dim=1), torch.ones(3))
    torch.testing.assert_close(logits, gates[:, :1] * each[0] + gates[:, 1:] * each[1])
    bias = gates @ network.fc.bias.view(2, 2)
    torch.testing.assert_close(joint.sum(dim=(2, 3)) + bias, logits, atol=1e-5, rtol=1e-4)
    assert coarse.shape == (3, 2, 2, 2)


def _halves(linear):
    return zip(linear.weight.chunk(2), linear.bias.chunk(2), strict=True)


def test_no_expert_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        build(["a", "b"], experts=0)


def test_unknown_option_is_refused():
    with pytest.raises(ValueError, match="knows no option"):
        build(["a", "b"], width=3)


@pytest.mark.parametrize("training", [True, False])
def test_fresh_attention_is_the_identity(training):
    block = build(["a", "b"]).layer2[3].attention.train(training)
    x = torch.randn(2, 512, 7, 7)
    assert torch.equal(block(x), x)


def test_attention_rows_sum_to_one():
    block = NonLocal(64)
    weights = block.attention(torch.randn(2, 64, 5, 6))
    assert weights.shape == (2, 30, 30)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 30))


def test_attention_stands_on_the_residual_branch():
    class Zero(torch.nn.Module):
        def forward(self, x):
            return x * 0

    block = Bottleneck(64, 16, attention=Zero()).eval()
    x = torch.rand(1, 64, 8, 8)
    assert torch.equal(block(x), x)


def test_gradients_reach_every_parameter():
    torch.manual_seed(1)
    network = build(["a", "b"]).train()
    for module in network.modules():
        if isinstance(module, NonLocal):
            torch.nn.init.ones_(module.bn.weight)
    logits = network(torch.randn(2, 3, 64, 64))
    torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1])).backward()
    missing = [n for n, p in network.named_parameters() if p.grad is None]
    assert not missing
    # A bias that shifts all keys alike cannot change a softmax; one before a batch norm is taken out again.
    excused = (".attention.phi.bias", ".attention.out.bias", ".attention.g.bias")
    dead = [n for n, p in network.named_parameters() if not n.endswith(excused) and p.grad.abs().max().item() == 0.0]
    assert not dead


@pytest.mark.parametrize("options", [{"looks": 2}, {"looks": 2, "experts": 2}, {"looks": 2, "experts": 2, "peaks": 1}])
def test_two_looks_are_read_together_and_maps_stay_exact(options):
    from covidviewer.inference.explain import gradcam

    torch.manual_seed(1)
    network = build(["covid", "noncovid"], **options).eval()
    x = torch.randn(2, 3, 64, 128)
    with torch.no_grad():
        features = network.backbone(x)
        logits, embedding = network.head(features)
        fine, coarse = network.class_maps(features), network.coarse_maps(features)
        once = network.one_pass()(x)
        swapped = network(torch.cat(x.chunk(2, dim=3)[::-1], dim=3))
    assert (len(features["cam"]), embedding.shape[1]) == (8, 2048)
    assert (fine.shape[2:], coarse.shape[2:]) == ((16, 32), (2, 4))
    bias = network.mixed(network.fc.bias[None].expand(2, -1), network.gates(embedding))
    scale = logits.abs().max()
    torch.testing.assert_close(fine.sum(dim=(2, 3)) + bias, logits, rtol=0, atol=float(2e-5 * scale))
    for found, expected in zip(once, (logits, embedding, fine, coarse), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-3, atol=float(1e-4 * expected.abs().max()))
    byhand = gradcam.explain(network, x, 1)
    torch.testing.assert_close(torch.from_numpy(byhand["fine"]), fine[:, 1], rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(torch.from_numpy(byhand["coarse"]), coarse[:, 1], rtol=1e-3, atol=1e-4)
    assert (swapped - logits).abs().max() > 1e-3, "each look has weights of its own"


def test_three_looks_are_refused():
    with pytest.raises(ValueError, match="looks is 1 or 2"):
        build(["a", "b"], looks=3)


def test_the_mean_of_a_peak_is_the_largest_value():
    network = build(["a", "b"], peaks=1).eval()
    level = torch.relu(torch.randn(2, 5, 7, 6))
    level[0, 0] = 0.0  # all cells share the peak
    level[1, 1, 2, 3] = level[1, 1, 4, 4] = 9.0  # two cells do
    beside = network.raised(level)
    torch.testing.assert_close(beside[:, :5], level)
    torch.testing.assert_close(beside[:, 5:].mean(dim=(2, 3)), level.amax(dim=(2, 3)))
    assert beside[1, 6].nonzero().tolist() == [[2, 3], [4, 4]]


def test_two_looks_are_exported_for_batches_of_any_size():
    network = Fused(build(["a", "b"], looks=2, peaks=1, experts=2).eval()).eval()
    batch = torch.export.Dim("batch", min=1, max=64)
    with torch.no_grad():
        graph = torch.export.export(network, (torch.randn(2, 3, 64, 128),), dynamic_shapes=({0: batch},)).module()
        x = torch.randn(3, 3, 64, 128)
        for found, expected in zip(graph(x), network(x), strict=True):
            torch.testing.assert_close(found, expected)


def test_a_network_that_ends_at_c4():
    torch.manual_seed(2)
    network = build(["covid", "noncovid"], levels=3, looks=2, peaks=1, experts=2, pyramid=64).eval()
    assert network.layer4 is None
    assert network.cam_spec.grids == ((56, 56), (28, 28), (14, 14)) * 2
    x = torch.randn(2, 3, 64, 128)
    with torch.no_grad():
        features = network.backbone(x)
        logits, embedding = network.head(features)
        fine, coarse = network.class_maps(features), network.coarse_maps(features)
        once = network.one_pass()(x)
    assert embedding.shape == (2, 2 * 3 * 64)
    assert (fine.shape[2:], coarse.shape[2:]) == ((16, 32), (4, 8))
    bias = network.mixed(network.fc.bias[None].expand(2, -1), network.gates(embedding))
    torch.testing.assert_close(fine.sum(dim=(2, 3)) + bias, logits, rtol=1e-4, atol=1e-4)
    for found, expected in zip(once, (logits, embedding, fine, coarse), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-3, atol=float(1e-4 * expected.abs().max()))
    with pytest.raises(ValueError, match="multiples of 16"):
        network.class_maps(network.backbone(torch.randn(1, 3, 72, 144)))
    with pytest.raises(ValueError, match="levels is 3 or 4"):
        build(["a", "b"], levels=2)
