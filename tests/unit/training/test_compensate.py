"""8-bit rounding that makes up for its errors: on the grid, better than the nearest step, means kept."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from covidviewer.inference.storage import eight_bit_scales, quantised, restored  # noqa: E402
from covidviewer.training import compensate  # noqa: E402
from covidviewer.training.compensate import compensated, round_rows  # noqa: E402


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_rows_lie_on_their_grid_and_err_less_where_inputs_are_alike():
    torch.manual_seed(0)
    x = torch.randn(4000, 1) + 0.3 * torch.randn(4000, 200) + 1
    weight = torch.randn(32, 200)
    scale = weight.abs().amax(dim=1) / 127
    found = round_rows(weight, x.T @ x / len(x), scale)
    steps = found / scale[:, None]
    torch.testing.assert_close(steps, steps.round(), atol=1e-3, rtol=0)
    assert steps.abs().max() < 127.01
    nearest = (weight / scale[:, None]).round() * scale[:, None]
    error, plain = (x @ (found - weight).T).square().mean(), (x @ (nearest - weight).T).square().mean()
    assert error < plain / 10


def test_inputs_without_likeness_give_the_nearest_step():
    torch.manual_seed(0)
    weight = torch.randn(16, 50)
    scale = weight.abs().amax(dim=1) / 127
    nearest = (weight / scale[:, None]).round() * scale[:, None]
    torch.testing.assert_close(round_rows(weight, torch.eye(50), scale), nearest)


def test_columns_that_no_row_reads_stay_zero_and_cost_nothing(monkeypatch):
    torch.manual_seed(3)
    layer = nn.Conv2d(24, 32, 3, padding=1, bias=False).requires_grad_(False)
    with torch.no_grad():
        taps = layer.weight[:, :, 1, 1].clone()
        layer.weight.zero_()
        layer.weight[:, :, 1, 1] = taps
    point = nn.Conv2d(24, 32, 1, bias=False).requires_grad_(False)
    with torch.no_grad():
        point.weight.copy_(taps[:, :, None, None])
    sizes = []
    monkeypatch.setattr(compensate, "round_rows", lambda w, m, s: sizes.append(tuple(m.shape)) or round_rows(w, m, s))
    x = torch.rand(8, 24, 12, 12)
    scale = taps.abs().amax(dim=1) / 127
    compensate._round_layer(layer, x, scale)
    compensate._round_layer(point, x, scale)
    assert sizes == [(24, 24), (24, 24)]
    outer = layer.weight.clone()
    outer[:, :, 1, 1] = 0
    assert not outer.any()
    # The two see the same inputs, but draw other positions of them.
    error = [float((w - taps).abs().max() / scale.max()) for w in (layer.weight[:, :, 1, 1], point.weight[:, :, 0, 0])]
    assert max(error) < 8
    empty = nn.Conv2d(24, 32, 3, padding=1, bias=False)
    nn.init.zeros_(empty.weight)
    compensate._round_layer(empty, x, scale)
    assert not empty.weight.any()
    assert len(sizes) == 2


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(1)
    network = nn.Sequential(
        nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
        nn.Conv2d(64, 64, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
        nn.Conv2d(64, 128, 3, padding=1, groups=4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(128, 160), nn.ReLU(), nn.Linear(160, 2),
    )  # fmt: skip
    network.train()(torch.rand(16, 3, 32, 32))  # running statistics that are not those of the start
    return network.eval()


def test_a_network_moves_less_than_by_plain_rounding(network):
    torch.manual_seed(2)
    batch, others = torch.rand(24, 3, 32, 32), torch.rand(24, 3, 32, 32)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    rounded, scales = compensated(network, batch)
    assert all(torch.equal(v, before[k]) for k, v in network.state_dict().items())
    assert set(scales) == set(eight_bit_scales(before)) == {"3.weight", "6.weight", "10.weight"}
    stored = restored(quantised(rounded.state_dict(), scales))
    # What is written is what was compensated: nothing is rounded a second time.
    for name in scales:
        torch.testing.assert_close(stored[name], rounded.state_dict()[name], rtol=1e-5, atol=1e-8)
    plain = restored(quantised(before))
    with torch.no_grad():
        expected = network(others)
        network.load_state_dict(stored)
        ours = (network(others) - expected).abs()
        network.load_state_dict(plain)
        nearest = (network(others) - expected).abs()
        network.load_state_dict(before)
    assert ours.mean() < nearest.mean() / 2


def test_channels_last_weights_are_rounded_alike(network):
    torch.manual_seed(4)
    batch = torch.rand(8, 3, 32, 32)
    expected, _ = compensated(network, batch)
    found, _ = compensated(network.to(memory_format=torch.channels_last), batch)
    network.to(memory_format=torch.contiguous_format)
    for name, value in expected.state_dict().items():
        torch.testing.assert_close(found.state_dict()[name], value, atol=2e-2 if "weight" in name else 1e-3, rtol=1e-2)


def test_channel_means_are_kept(network):
    torch.manual_seed(3)
    batch = torch.rand(24, 3, 32, 32)
    rounded, _ = compensated(network, batch)
    with torch.no_grad():
        torch.testing.assert_close(
            rounded[:7](batch).mean(dim=(0, 2, 3)), network[:7](batch).mean(dim=(0, 2, 3)), atol=2e-5, rtol=1e-4
        )


def test_named_weights_stay_as_they_are_and_are_stored_in_half_precision(network):
    batch = torch.rand(8, 3, 32, 32)
    rounded, scales = compensated(network, batch, halves=("6.",))
    assert "6.weight" not in scales
    assert "3.weight" in scales
    torch.testing.assert_close(rounded.state_dict()["6.weight"], network.state_dict()["6.weight"], atol=0, rtol=0)
    stored = quantised(rounded.state_dict(), scales)
    assert stored["6.weight"].dtype == torch.float16
    assert stored["3.weight"].dtype == torch.int8
