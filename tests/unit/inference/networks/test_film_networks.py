"""DPN-92 with its two attentions and DA-COVID-Net (NETWORKS.md 1, 3, 4.1 to 4.3, 11)."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from covidviewer.errors import UsageError  # noqa: E402
from covidviewer.inference import registry  # noqa: E402
from covidviewer.inference.contract import LinearHeadNetwork, Network  # noqa: E402
from covidviewer.inference.explain import gradcam  # noqa: E402
from covidviewer.inference.networks.channel_attention import ChannelAttention  # noqa: E402
from covidviewer.inference.networks.dpn import DualPathNetwork, load_trunk  # noqa: E402
from covidviewer.inference.networks.dpn92_se import open_gates  # noqa: E402
from covidviewer.inference.networks.fused import Fused  # noqa: E402
from covidviewer.inference.networks.global_context import GlobalContext  # noqa: E402
from covidviewer.inference.networks.position_attention import PositionAttention  # noqa: E402
from covidviewer.inference.networks.squeeze_excitation import SqueezeExcitation  # noqa: E402

FILMS = ("dpn92_gc", "dpn92_se", "da_covid_net")
LIGHT = {"dpn92_gc": {"gc_ratio": 1 / 16}, "dpn92_se": {}, "da_covid_net": {"output_stride": 16}}


def build(name, classes, channels=3, seed=0, **options):
    torch.manual_seed(seed)
    return registry.builder(name)([str(i) for i in range(classes)], channels, **options)


def count(module) -> int:
    return sum(p.numel() for p in module.parameters())


def running(module) -> int:
    return sum(b.numel() for n, b in module.named_buffers() if "running" in n)


@pytest.mark.parametrize(
    ("name", "classes", "channels", "options", "expected"),
    [
        ("dpn92_gc", 3, 3, {}, 52_468_257),
        ("dpn92_gc", 3, 3, {"gc_ratio": 1 / 16}, 39_401_841),
        ("dpn92_gc", 3, 1, {}, 52_461_985),
        ("dpn92_gc", 4, 3, {}, 52_468_257 + 2_689),
        ("dpn92_se", 4, 3, {}, 39_371_380),
        ("dpn92_se", 4, 1, {}, 39_365_108),
        ("dpn92_se", 4, 3, {"se_on": "all"}, 39_698_651),
        ("da_covid_net", 3, 3, {}, 47_434_949),
        ("da_covid_net", 3, 3, {"output_stride": 16}, 47_434_949),
        ("da_covid_net", 3, 1, {}, 47_428_677),
        ("da_covid_net", 4, 3, {}, 47_434_949 + 513),
    ],
)
def test_parameter_counts(name, classes, channels, options, expected):
    with torch.device("meta"):
        network = build(name, classes, channels, **options)
    assert count(network) == expected
    assert running(network) == (57_216 if name == "da_covid_net" else 125_216)


@pytest.mark.parametrize(("classes", "expected"), [(1000, 37_668_392), (3, 34_987_459), (4, 34_990_148)])
def test_plain_dpn92_has_the_published_count(classes, expected):
    with torch.device("meta"):
        assert count(DualPathNetwork([str(i) for i in range(classes)])) == expected


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (lambda c: GlobalContext(c), {256: 33_473, 512: 132_481, 1024: 527_105, 2048: 2_102_785}),
        (lambda c: GlobalContext(c, 1 / 16), {256: 8_753, 512: 33_889, 1024: 133_313, 2048: 528_769}),
        (lambda c: SqueezeExcitation(c), {256: 8_464, 512: 33_312, 1024: 132_160, 2048: 526_464}),
        (lambda c: PositionAttention(c), {512: 328_321}),
        (lambda c: ChannelAttention(), {512: 1}),
    ],
)
def test_counts_of_blocks(block, expected):
    assert {channels: count(block(channels)) for channels in expected} == expected


def test_da_covid_net_parts():
    network = build("da_covid_net", 3)
    assert count(network.position_in) == count(network.channel_in) == 9_438_208
    assert count(network.position_out) == count(network.channel_out) == 2_360_320
    assert count(network.fc) == 1_539
    trunk = [network.conv1, network.bn1, network.layer1, network.layer2, network.layer3, network.layer4]
    assert sum(count(part) for part in trunk) == 23_508_032


def test_key_names_are_those_of_the_ports():
    with torch.device("meta"):
        keys = set(build("dpn92_se", 4).state_dict())
        ours = set(build("da_covid_net", 3).state_dict())
    for key in (
        "features.conv1_1.conv.weight",
        "features.conv2_1.c1x1_w_s1.bn.weight",
        "features.conv3_1.c1x1_w_s2.conv.weight",
        "features.conv4_20.c3x3_b.conv.weight",
        "features.conv5_3.c1x1_c.bn.running_var",
        "features.conv5_bn_ac.bn.bias",
        "last_linear.weight",
    ):
        assert key in keys
    assert {"conv1.weight", "layer1.0.downsample.1.weight", "layer4.2.bn3.bias", "fc.weight"} <= ours


@pytest.mark.parametrize("name", FILMS)
def test_shapes_maps_and_contract_at_paper_size(name):
    network = build(name, 4, **LIGHT[name]).eval()
    assert isinstance(network, Network)
    assert isinstance(network, LinearHeadNetwork)
    linear = network.fc if name == "da_covid_net" else network.last_linear
    torch.nn.init.normal_(linear.weight)
    torch.nn.init.normal_(linear.bias)
    x = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        features = network.backbone(x)
        logits, embedding, joint, coarse = Fused(network)(x)
        direct = network(x)
    grid = network.cam_spec.grids[0]
    assert grid == ((14, 14) if name == "da_covid_net" else (7, 7))
    width = 512 if name == "da_covid_net" else 2688
    assert tuple(features["cam"][0].shape) == (2, width, *grid)
    assert logits.shape == (2, 4)
    assert embedding.shape == (2, width)
    assert joint.shape == (2, 4, *grid)
    assert torch.equal(joint, coarse)
    scale = float(logits.abs().max())
    torch.testing.assert_close(joint.sum(dim=(2, 3)) + linear.bias, logits, atol=1e-4 * scale, rtol=0)
    assert torch.equal(direct, logits)
    # The closed form is Grad-CAM for such a head: the same numbers by automatic differentiation.
    found = torch.from_numpy(gradcam.explain(network, x, 1)["fine"])
    torch.testing.assert_close(found, joint[:, 1], atol=1e-4 * scale, rtol=1e-3)


@pytest.mark.parametrize(("stride", "grid"), [(8, 28), (16, 14), (32, 7)])
def test_output_stride_changes_the_grid_alone(stride, grid):
    network = build("da_covid_net", 3, output_stride=stride).eval()
    with torch.no_grad():
        assert network.trunk(torch.randn(1, 3, 224, 224)).shape == (1, 2048, grid, grid)
    assert network.cam_spec.grids == ((grid, grid),)


@pytest.mark.parametrize("name", FILMS)
def test_other_sizes_work(name):
    network = build(name, 2, 1, **LIGHT[name]).eval()
    with torch.no_grad():
        assert network(torch.randn(1, 1, 100, 70)).shape == (1, 2)


@pytest.mark.parametrize("name", FILMS)
def test_a_seed_fixes_the_start(name):
    first, second = (build(name, 3, seed=5, **LIGHT[name]).state_dict() for _ in range(2))
    assert all(torch.equal(first[key], second[key]) for key in first)
    other = build(name, 3, seed=6, **LIGHT[name]).state_dict()
    assert any(not torch.equal(first[key], other[key]) for key in first)


def test_global_context_leaves_plain_weights_bit_for_bit():
    torch.manual_seed(0)
    plain = DualPathNetwork(["a", "b"]).eval()
    network = build("dpn92_gc", 2, gc_ratio=1 / 16, seed=3).eval()
    load_trunk(network, {f"module.{k}": v for k, v in plain.state_dict().items()})
    network.last_linear.load_state_dict(plain.last_linear.state_dict())
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(network(x), plain(x))


def test_a_stem_may_lie_beside_the_features():
    torch.manual_seed(0)
    plain = DualPathNetwork(["a", "b"])
    state = {k.replace("features.conv1_1", "conv1_1"): v for k, v in plain.state_dict().items()}
    network = build("dpn92_se", 4)
    load_trunk(network, state)
    assert torch.equal(network.features.conv1_1.conv.weight, plain.features.conv1_1.conv.weight)
    state.pop("conv1_1.conv.weight")
    with pytest.raises(ValueError, match="of no DPN-92"):
        load_trunk(network, state)


def test_opened_gates_are_near_one():
    network = build("dpn92_se", 4)
    block = network.features.conv3_2.attention
    x = torch.randn(2, 512, 4, 4)
    assert block.factors(x).mean().item() == pytest.approx(0.5, abs=0.15)
    open_gates(network)
    assert block.factors(x).min().item() == pytest.approx(0.9526, abs=1e-4)


@pytest.mark.parametrize(
    "block", [GlobalContext(64), PositionAttention(64), ChannelAttention(), ChannelAttention("plain")]
)
def test_fresh_attention_is_the_identity(block):
    x = torch.randn(2, 64, 5, 6)
    assert torch.equal(block(x), x)


def test_attention_sums_to_one():
    x = torch.randn(2, 64, 5, 6)
    for block, shape in (
        (GlobalContext(64), (2, 30)),
        (PositionAttention(64), (2, 30, 30)),
        (ChannelAttention(), (2, 64, 64)),
    ):
        weights = block.attention(x)
        assert weights.shape == shape
        torch.testing.assert_close(weights.sum(dim=-1), torch.ones(shape[:-1]))


def test_position_attention_by_hand():
    torch.manual_seed(0)
    block = PositionAttention(8)
    torch.nn.init.ones_(block.gamma)
    x = torch.randn(1, 8, 2, 3)
    q, k, v = (part(x).flatten(2)[0] for part in (block.query, block.key, block.value))
    wanted = torch.zeros(8, 6)
    for i in range(6):
        energy = torch.stack([(q[:, i] * k[:, j]).sum() for j in range(6)])
        wanted[:, i] = (torch.softmax(energy, 0) * v).sum(dim=1)
    torch.testing.assert_close(block(x), x + wanted.reshape(1, 8, 2, 3))


def test_reversed_energy_attends_to_unlike_channels():
    x = torch.zeros(1, 3, 1, 2)
    x[0, 0, 0], x[0, 1, 0], x[0, 2, 0] = torch.tensor([3.0, 0.0]), torch.tensor([3.0, 0.0]), torch.tensor([0.0, 1.0])
    assert ChannelAttention().attention(x)[0, 0].argmax().item() == 2
    assert ChannelAttention("plain").attention(x)[0, 0].argmax().item() in (0, 1)


@pytest.mark.parametrize("name", FILMS)
def test_gradients_reach_every_parameter(name):
    torch.manual_seed(1)
    network = build(name, 2, **LIGHT[name]).train()
    for module in network.modules():
        if isinstance(module, GlobalContext):
            torch.nn.init.normal_(module.excite.weight, 0, 0.01)
        elif isinstance(module, PositionAttention | ChannelAttention):
            torch.nn.init.ones_(module.gamma)
    logits = network(torch.randn(2, 3, 64, 64))
    torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1])).backward()
    assert not [n for n, p in network.named_parameters() if p.grad is None]
    # Biases that shift a whole softmax change nothing (NETWORKS.md 11.2).
    excused = (".mask.bias", "position.key.bias")
    dead = [n for n, p in network.named_parameters() if not n.endswith(excused) and p.grad.abs().max().item() == 0.0]
    assert not dead


@pytest.mark.parametrize("name", FILMS)
def test_learns_a_bright_side(name):
    torch.set_num_threads(1)
    network = build(name, 2, **LIGHT[name]).train()
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(8, 3, 64, 64, generator=generator) * 0.3
    y = torch.arange(8) % 2
    x[y == 0, :, 16:48, :32] += 1.5
    x[y == 1, :, 16:48, 32:] += 1.5
    optimiser = torch.optim.Adam(network.parameters(), 3e-4)
    losses = []
    for _ in range(8):
        loss = torch.nn.functional.cross_entropy(network(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.parametrize("name", FILMS)
def test_exports(name):
    network = build(name, 3, **LIGHT[name])
    x = torch.randn(2, 3, 64, 64)
    fused = Fused(network)
    exported = torch.export.export(fused, (x,), dynamic_shapes={"x": {0: torch.export.Dim("batch", min=1, max=64)}})
    for ours, theirs in zip(exported.module()(x[:1]), fused(x[:1]), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("dpn92_gc", {"ratio": 3}, "knows no option"),
        ("dpn92_gc", {"gc_ratio": 0}, "between 0 and 1"),
        ("dpn92_se", {"se_on": "dense"}, "se_on must be"),
        ("da_covid_net", {"output_stride": 4}, "output_stride must be"),
        ("da_covid_net", {"energy": "odd"}, "energy must be"),
        ("da_covid_net", {"width": 4}, "knows no option"),
    ],
)
def test_wrong_options_are_refused(name, options, message):
    with pytest.raises(ValueError, match=message):
        build(name, 2, **options)


def test_unknown_names_are_refused():
    with pytest.raises(UsageError, match="No network is called"):
        registry.builder("dpn68")
