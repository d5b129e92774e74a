"""The thesis's seven networks: counts, shapes, gradients, exact maps, sizes, learning (NETWORKS.md 1, 4, 11)."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional  # noqa: E402

from covidviewer.errors import WeightsError  # noqa: E402
from covidviewer.inference import registry  # noqa: E402
from covidviewer.inference.contract import LinearHeadNetwork  # noqa: E402
from covidviewer.inference.explain import gradcam, hirescam  # noqa: E402
from covidviewer.inference.networks.fused import Fused  # noqa: E402

CLASSES = ("covid", "noncovid")
FAMILY = ("resunet", "resunet_ecsa", "resunet_fprm", "dresunet")
SMALL = {
    "simple_cnn": {"size": 64},
    "vgg": {"width": 16},
    "unet": {"width": 16},
    **{name: {"width": 16} for name in FAMILY},
}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def build(name, channels=3, seed=0, **options):
    torch.manual_seed(seed)
    return registry.builder(name)(CLASSES, in_channels=channels, **options)


def count(module):
    return sum(p.numel() for p in module.parameters())


def alive(name, **options):
    """A network with a head that says something and offsets that move."""
    network = build(name, **(SMALL[name] | options)).eval()
    for key, parameter in network.named_parameters():
        if key.startswith("fc.") or ".offset." in key:
            torch.nn.init.normal_(parameter, 0, 0.2)
    return network


COUNTS = [
    ("simple_cnn", 3, {}, 1_049_474),
    ("simple_cnn", 1, {}, 1_048_898),
    ("simple_cnn", 3, {"size": 224}, 803_714),
    ("vgg", 3, {}, 14_397_570),
    ("vgg", 1, {}, 14_396_418),
    ("vgg", 3, {"width": 32}, 3_600_450),
    ("unet", 3, {}, 17_263_042),
    ("unet", 1, {}, 17_261_890),
    ("unet", 3, {"transposed": 1}, 31_037_698),
    ("unet", 3, {"width": 32}, 4_318_434),
    ("unet", 3, {"width": 32, "transposed": 1}, 7_763_074),
    ("unet", 3, {"width": 16, "transposed": 1}, 1_942_594),
    ("unet", 3, {"width": 16}, 1_080_946),
    ("resunet", 3, {}, 12_684_707),
    ("resunet_ecsa", 3, {}, 12_651_400),
    ("resunet_fprm", 3, {}, 13_091_619),
    ("dresunet", 3, {}, 13_142_482),
    ("dresunet", 3, {"modulation": 1}, 13_184_567),
    ("resunet", 1, {}, 12_683_555),
    ("resunet_ecsa", 1, {}, 12_650_248),
    ("resunet_fprm", 1, {}, 13_090_467),
    ("dresunet", 1, {}, 13_141_330),
    ("resunet", 3, {"width": 32}, 3_176_243),
    ("resunet_ecsa", 3, {"width": 32}, 3_167_784),
    ("resunet_fprm", 3, {"width": 32}, 3_552_435),
    ("dresunet", 3, {"width": 32}, 3_586_098),
    ("resunet", 3, {"width": 16}, 796_667),
    ("resunet_ecsa", 3, {"width": 16}, 794_488),
    ("resunet_fprm", 3, {"width": 16}, 1_157_499),
    ("dresunet", 3, {"width": 16}, 1_176_418),
]


@pytest.mark.parametrize(("name", "channels", "options", "expected"), COUNTS)
def test_parameter_counts(name, channels, options, expected):
    with torch.device("meta"):
        assert count(registry.builder(name)(CLASSES, in_channels=channels, **options)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("simple_cnn", 0), ("vgg", 0), ("unet", 8_832), ("resunet", 12_800), ("resunet_ecsa", 12_800),
     ("resunet_fprm", 14_208), ("dresunet", 14_208)],
)  # fmt: skip
def test_running_values_of_batch_norms(name, expected):
    with torch.device("meta"):
        network = registry.builder(name)(CLASSES)
    assert sum(b.numel() for n, b in network.named_buffers() if "running" in n) == expected


def test_parts_of_the_family():
    with torch.device("meta"):
        plain, refined, moved = (registry.builder(n)(CLASSES) for n in ("resunet", "resunet_fprm", "dresunet"))
        ecsa = registry.builder("resunet_ecsa")(CLASSES)
    assert [count(m) for m in (plain.stem, plain.x2, plain.x3, plain.x4, plain.x5)] == [
        1_856, 115_200, 394_496, 1_575_424, 7_380_001,
    ]  # fmt: skip
    assert count(ecsa.x5) == 7_346_694
    assert [count(m) for m in (plain.up44, plain.up33, plain.up22, plain.up11)] == [
        2_360_320, 590_336, 147_712, 110_848,
    ]  # fmt: skip
    assert (count(plain.point), count(plain.hidden), count(plain.fc)) == (4_224, 4_160, 130)
    assert (count(refined.refine), count(refined.hidden)) == (402_816, 8_256)
    assert [count(m) for m in (moved.x2, moved.x3, moved.x4, moved.x5, moved.point)] == [
        125_586, 404_882, 1_596_178, 7_388_184, 5_378,
    ]  # fmt: skip
    assert sum(p.numel() for n, p in moved.named_parameters() if ".offset." in n) == 84_170


def test_one_more_class_costs_what_it_should():
    with torch.device("meta"):
        more = {n: count(registry.builder(n)((*CLASSES, "x"))) - count(registry.builder(n)(CLASSES)) for n in SMALL}
    assert more == {"simple_cnn": 524_289, "vgg": 513, "unet": 65} | dict.fromkeys(FAMILY, 65)


SHAPES = [
    ("simple_cnn", {}, (32, 128, 128), 32),
    ("vgg", {"width": 32}, (256, 32, 32), 256),
    ("unet", {"width": 16}, (16, 256, 256), 16),
    ("resunet", {"width": 16}, (16, 16, 16), 16),
    ("resunet_ecsa", {"width": 16}, (16, 16, 16), 16),
    ("resunet_fprm", {"width": 16}, (128, 16, 16), 128),
    ("dresunet", {"width": 16}, (128, 16, 16), 128),
]


@pytest.mark.parametrize(("name", "options", "shape", "features"), SHAPES)
def test_shapes_at_the_paper_size(name, options, shape, features):
    network = build(name, **options)
    x = torch.randn(2, 3, 256, 256)
    with torch.no_grad():
        assert network.train()(x).shape == (2, 2)
        inside = network.eval().backbone(x)
        logits, embedding = network.head(inside)
    assert tuple(inside["cam"][0].shape) == (2, *shape)
    assert network.cam_spec.grids == (shape[1:],)
    assert logits.shape == (2, 2)
    assert embedding.shape == (2, features)


@pytest.mark.parametrize("name", SMALL)
def test_logits_are_head_of_backbone_and_one_pass_gives_all(name):
    network = alive(name)
    assert isinstance(network, LinearHeadNetwork)
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        expected = network(x)
        assert torch.equal(expected, network.head(network.backbone(x))[0])
    logits, _, fine, coarse = Fused(network)(x)
    torch.testing.assert_close(logits, expected)
    assert fine.shape == coarse.shape
    assert fine.shape[:2] == (2, 2)


@pytest.mark.parametrize("name", ["simple_cnn", "unet"])
def test_exact_maps_sum_to_the_logit(name):
    network = alive(name)
    assert network.cam_spec.exact
    bias = (network.fc if name == "simple_cnn" else network.outc).bias
    torch.nn.init.normal_(bias)
    x = torch.randn(3, 3, 64, 64)
    with torch.no_grad():
        maps = network.class_maps(network.backbone(x))
        torch.testing.assert_close(maps.sum(dim=(2, 3)) + bias, network(x), atol=1e-4, rtol=1e-4)


def test_grad_cam_is_not_exact_for_a_linear_layer_on_the_flattened_map():
    network = alive("simple_cnn")
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        expected = (network(x) - network.fc.bias)[:, 0].numpy()
    assert abs(hirescam.explain(network, x, 0)["fine"].sum(axis=(1, 2)) - expected).max() < 1e-3
    assert abs(gradcam.explain(network, x, 0)["fine"].sum(axis=(1, 2)) - expected).max() > 0.1


@pytest.mark.parametrize("name", SMALL)
def test_closed_forms_equal_what_the_gradient_gives(name):
    network = alive(name)
    method = {"hirescam": hirescam, "cam": hirescam, "gradcam": gradcam}[network.cam_spec.method]
    x = torch.randn(2, 3, 96 if name not in ("simple_cnn",) else 64, 96 if name not in ("simple_cnn",) else 64)
    with torch.no_grad():
        maps = network.class_maps(network.backbone(x)).numpy()
    for target in (0, 1):
        expected = method.explain(network, x, target)["fine"]
        assert abs(maps[:, target]).max() > 0
        assert abs(maps[:, target] - expected).max() <= 1e-4 * abs(expected).max()


def test_an_approximate_map_says_so():
    for name in ("vgg", *FAMILY):
        assert not build(name, **SMALL[name]).cam_spec.exact


@pytest.mark.parametrize("name", SMALL)
def test_gradients_reach_every_parameter(name):
    network = build(name, **SMALL[name]).train()
    for key, parameter in network.named_parameters():
        if key.startswith("fc.") or ".offset." in key:  # zeros at the start, which stop the gradient behind them
            torch.nn.init.normal_(parameter, 0, 0.05)
    functional.cross_entropy(network(torch.randn(4, 3, 64, 64)), torch.tensor([0, 1, 0, 1])).backward()
    dead = [n for n, p in network.named_parameters() if p.grad is None or p.grad.abs().max().item() == 0.0]
    assert not dead


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.parametrize("size", [(100, 96), (96, 72), (16, 16)])
def test_sizes_that_do_not_fit_are_refused_in_words(name, size):
    network = build(name, width=16).eval()
    with pytest.raises(ValueError, match="multiples of 16"):
        network(torch.zeros(1, 3, *size))


def test_other_sizes():
    with torch.no_grad():
        assert build("unet", width=16).eval()(torch.zeros(1, 3, 37, 50)).shape == (1, 2)
        assert build("vgg", width=16).eval()(torch.zeros(1, 3, 70, 90)).shape == (1, 2)
        assert build("resunet", width=16).eval()(torch.zeros(1, 3, 64, 112)).shape == (1, 2)
        for name, size in (("simple_cnn", 62), ("unet", 15), ("vgg", 31)):
            with pytest.raises(ValueError, match="pixels"):
                build(name, **SMALL[name])(torch.zeros(1, 3, size, size))
    with pytest.raises(ValueError, match="even"):
        build("simple_cnn", size=63)


@pytest.mark.parametrize("name", SMALL)
def test_unknown_options_are_refused(name):
    with pytest.raises(ValueError, match="knows no option"):
        build(name, depth=3)


@pytest.mark.parametrize("name", SMALL)
def test_a_seed_fixes_the_start(name):
    one, two, other = (build(name, seed=s, **SMALL[name]).state_dict() for s in (3, 3, 4))
    assert all(torch.equal(v, two[k]) for k, v in one.items())
    assert any(not torch.equal(v, other[k]) for k, v in one.items())


@pytest.mark.parametrize("name", SMALL)
def test_export_gives_the_same_numbers_for_any_batch(name):
    network = alive(name)
    fused = Fused(network)
    batch = torch.export.Dim("batch", min=1, max=64)
    exported = torch.export.export(fused, (torch.randn(2, 3, 64, 64),), dynamic_shapes={"x": {0: batch}}).module()
    x = torch.randn(3, 3, 64, 64)
    for found, expected in zip(exported(x), fused(x), strict=True):
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


LEARNING = [
    ("simple_cnn", {"size": 128}, 1e-5),
    ("vgg", {"width": 32}, 3e-4),
    ("unet", {"width": 16}, 1e-3),
    ("resunet", {"width": 16}, 3e-3),
    ("resunet_ecsa", {"width": 16}, 3e-3),
    ("resunet_fprm", {"width": 16}, 3e-3),
    ("dresunet", {"width": 16}, 3e-3),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options", "rate"), LEARNING)
def test_it_learns_left_from_right(name, options, rate):
    torch.manual_seed(5)
    x = 0.3 * torch.randn(8, 3, 128, 128)
    labels = torch.tensor([0, 1] * 4)
    x[0::2, :, 40:80, 10:50] += 2
    x[1::2, :, 40:80, 78:118] += 2
    network = build(name, seed=1, **options).train()
    for module in network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0  # thirty steps are too few to average its noise out
    optimiser = torch.optim.Adam(network.parameters(), rate)
    losses = []
    for _ in range(30):
        loss = functional.cross_entropy(network(x), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert min(losses[-3:]) < 0.7 * losses[0]


def test_weights_of_another_class_list_or_size_are_refused(tmp_path):
    from covidviewer.inference.loading import load_network
    from covidviewer.inference.manifest import InputSpec, WeightsCard
    from covidviewer.training.finish import save

    network = build("resunet", width=16)
    path = tmp_path / "net.safetensors"
    sha = save(network, path)

    def card(classes=CLASSES, size=(64, 64)):
        return WeightsCard(
            "net", "resunet", path.name, sha, "CT", classes, "covid", InputSpec(size=size), options={"width": 16},
            folder=tmp_path,
        )  # fmt: skip

    load_network(card())
    for wrong in (card(classes=("covid", "other", "normal")), card(size=(100, 100))):
        with pytest.raises(WeightsError, match="does not fit"):
            load_network(wrong)
