"""8-bit weights: the bound of the error, what stays whole, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from covidviewer.errors import WeightsError  # noqa: E402
from covidviewer.inference.storage import halved, quantised, restored  # noqa: E402


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 256, 5, bias=False), nn.BatchNorm2d(256), nn.ReLU(), nn.Conv2d(256, 64, 3, groups=4), nn.ReLU(),
        nn.Flatten(), nn.Linear(64 * 36, 32), nn.Linear(32, 2),
    )  # fmt: skip
    with torch.no_grad():
        network[0].weight *= torch.logspace(-6, 3, 256)[:, None, None, None]  # channels of very different size
        network[0].weight[5] = 0
        network[1].running_var.fill_(1e6)  # more than float16 holds
    return network.eval()


def test_every_value_is_within_half_a_step_of_its_channel(network: nn.Module) -> None:
    before = network.state_dict()
    stored = quantised(before)
    after = restored(stored)
    assert set(after) == set(before)
    eight_bit = {k for k, v in stored.items() if v.dtype == torch.int8}
    assert eight_bit == {"0.weight", "3.weight", "6.weight"}
    for name in eight_bit:
        rows, back = before[name].flatten(1), after[name].flatten(1)
        step = rows.abs().amax(dim=1, keepdim=True) / 127
        assert ((rows - back).abs() <= step * 0.501 + 1e-12).all()
        # ... and the largest of each channel is met exactly, whatever its size beside the other channels.
        largest = rows.abs().amax(dim=1)
        torch.testing.assert_close(back.abs().amax(dim=1), largest, rtol=1e-6, atol=1e-12)
    assert (after["0.weight"][5] == 0).all()


def test_vectors_stay_float32_and_small_matrices_float16(network: nn.Module) -> None:
    stored = quantised(network.state_dict())
    assert stored["1.running_var"].dtype == torch.float32
    assert stored["3.bias"].dtype == torch.float32
    assert stored["7.weight"].dtype == torch.float16
    assert stored["1.num_batches_tracked"].dtype == torch.int64
    assert all(v.dtype != torch.int8 for v in restored(stored).values())
    with pytest.raises(ValueError, match="running_var"):
        halved(network.state_dict())


def test_storing_twice_changes_nothing_more(network: nn.Module) -> None:
    once = restored(quantised(network.state_dict()))
    twice = restored(quantised(once))
    for name, value in once.items():
        torch.testing.assert_close(value, twice[name], rtol=1e-6, atol=0)


def test_a_scale_that_is_missing_or_does_not_fit_is_refused(network: nn.Module) -> None:
    stored = quantised(network.state_dict())
    without = {k: v for k, v in stored.items() if k != "3.weight.scale"}
    with pytest.raises(WeightsError, match=r"3\.weight have no scale"):
        restored(without)
    good = stored["3.weight.scale"]
    for wrong in (good[:-1], good[None], good * 0, -good, good * float("nan"), good.to(torch.int32)):
        with pytest.raises(WeightsError, match="does not fit"):
            restored({**stored, "3.weight.scale": wrong})


def test_a_parameter_that_happens_to_be_called_scale_is_one() -> None:
    state = {"block.scale": torch.ones(4, dtype=torch.float16), "block.weight": torch.ones(2, 2)}
    assert set(restored(state)) == set(state)
    assert set(restored(quantised(state))) == set(state)


def test_a_written_file_is_half_as_large_and_loads_as_it_was_measured(tmp_path: Path) -> None:
    from covidviewer.inference import registry
    from covidviewer.inference.loading import load_network
    from covidviewer.inference.manifest import InputSpec, WeightsCard
    from covidviewer.training.finish import save

    torch.manual_seed(1)
    network = registry.builder("resnet50_fpn_attention")(("a", "b")).eval()
    half = tmp_path / "half.safetensors"
    save(network, half)
    path = tmp_path / "net.safetensors"
    sha = save(network, path, "int8")
    assert path.stat().st_size < 0.52 * half.stat().st_size
    card = WeightsCard(
        "net", "resnet50_fpn_attention", path.name, sha, "CT", ("a", "b"), "a", InputSpec(), folder=tmp_path
    )
    loaded = load_network(card)
    for name, value in network.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name
    with pytest.raises(ValueError, match="no storage"):
        save(network, path, "int4")
