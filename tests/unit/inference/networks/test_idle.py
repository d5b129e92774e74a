"""What does nothing is left out, and nothing else: every output stays as it was, bit for bit."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from covidviewer.inference.networks import da_covid_net, dpn92_gc, dpn92_se, resnet50_fpn_attention  # noqa: E402
from covidviewer.inference.networks.fused import Fused  # noqa: E402
from covidviewer.inference.networks.idle import leave_out_idle  # noqa: E402

SHAPE = (3, 64, 64)


def answers(network: torch.nn.Module) -> list[torch.Tensor]:
    x = torch.randn(2, *SHAPE, generator=torch.Generator().manual_seed(3))
    return list(Fused(network)(x))


def built(name: str) -> torch.nn.Module:
    torch.manual_seed(0)
    network = {
        "resnet50_fpn_attention": lambda: resnet50_fpn_attention.build(("a", "b")),
        "da_covid_net": lambda: da_covid_net.build(("a", "b", "c"), output_stride=16),
        "dpn92_gc": lambda: dpn92_gc.build(("a", "b"), gc_ratio=0.0625),
        "dpn92_se": lambda: dpn92_se.build(("a", "b")),
    }[name]()
    return network.eval()


@pytest.mark.parametrize(("name", "parts"), [("resnet50_fpn_attention", 3), ("da_covid_net", 2), ("dpn92_gc", 30)])
def test_untrained_attentions_go_and_the_answers_stay(name: str, parts: int) -> None:
    network = built(name)
    before = answers(network)
    assert leave_out_idle(network, SHAPE) == parts
    assert all(torch.equal(now, then) for now, then in zip(answers(network), before, strict=True))
    assert not any(hasattr(part, "adds_nothing") for part in network.modules())


def test_what_was_trained_stays() -> None:
    network = built("da_covid_net")
    with torch.no_grad():
        network.position.gamma.fill_(0.5)
    before = answers(network)
    assert leave_out_idle(network, SHAPE) == 1  # the channel attention alone
    assert hasattr(network.position, "gamma")
    assert all(torch.equal(now, then) for now, then in zip(answers(network), before, strict=True))
    assert leave_out_idle(built("dpn92_se"), SHAPE) == 0  # factors of one half are not nothing


def test_a_path_that_reads_nothing_becomes_what_it_always_says() -> None:
    network = built("da_covid_net")
    with torch.no_grad():
        network.channel_in[0].weight.zero_()
        for norm in (network.channel_in[1], network.channel_out[1]):
            norm.bias.uniform_(-1, 1)
            norm.running_mean.uniform_(-1, 1)
        network.channel.gamma.fill_(0.3)
    before = answers(network)
    parts = sum(1 for _ in network.modules())
    assert leave_out_idle(network, SHAPE) == 2  # the position attention, and the other path as a whole
    assert sum(1 for _ in network.modules()) < parts
    for now, then in zip(answers(network), before, strict=True):
        assert torch.allclose(now, then, rtol=0, atol=1e-6 * float(then.abs().max()))
