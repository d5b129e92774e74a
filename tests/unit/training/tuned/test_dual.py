"""DPN-92 about to be tuned: it does what its trunk does, conv4 alone learns, and what was tuned is what is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from covidviewer import assets  # noqa: E402
from covidviewer.errors import UsageError  # noqa: E402
from covidviewer.inference import registry  # noqa: E402
from covidviewer.inference.loading import load_network  # noqa: E402
from covidviewer.inference.networks.dpn import DualPathNetwork  # noqa: E402
from covidviewer.training.tuned import dual  # noqa: E402
from covidviewer.training.tuned.recipe import FilmRecipe, read_film_recipe  # noqa: E402
from covidviewer.training.tuned.subject import Subject  # noqa: E402


def recipe(network: str) -> FilmRecipe:
    found = read_film_recipe(assets.resource_dir() / "recipes" / "dpn_se_film_v2.toml")
    return replace(found, network=network, options={"gc_ratio": 0.0625} if network == "dpn92_gc" else {})


@pytest.fixture(scope="module", params=["dpn92_se", "dpn92_gc"])
def made(request: pytest.FixtureRequest) -> Subject:
    return dual.subject(recipe(request.param))


def films(count: int = 3) -> torch.Tensor:
    return torch.randn(count, 3, 64, 64, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def read(subject: Subject, x: torch.Tensor) -> torch.Tensor:
    """The map that is read, in float32."""
    with torch.autocast("cpu", enabled=False):
        return subject.top.stage(torch.cat(subject.lower.blocks(x), dim=1))


def test_it_begins_as_the_trunk_that_it_is_given(made: Subject) -> None:
    below = load_network(registry.choose("dpn92_gc.ct_v1"))
    assert isinstance(below, DualPathNetwork)
    with torch.no_grad():
        wanted = below.features(films())
    assert float((read(made, films()) - wanted).abs().max()) < 1e-3 * float(wanted.abs().max())


def test_conv4_and_its_attentions_learn_and_nothing_else(made: Subject) -> None:
    network = made.top
    answers = network.answers(network.pooled(network.stage(torch.cat(made.lower.blocks(films()), dim=1))))
    answers.square().sum().backward()
    learning = {name for name, p in network.stage.named_parameters() if p.grad is not None}
    assert {name.split(".")[0] for name in learning} == {str(k) for k in range(20)}  # conv5 and the tail lie above
    for block in range(20):
        own = [p for name, p in network.stage.named_parameters() if name.startswith(f"{block}.attention.excite")]
        # A gate that is saturated, or an attention that nothing reads, would stay where it is.
        assert all(float(p.grad.abs().max()) > 0 for p in own)
    assert all(p.grad is None for p in made.lower.parameters())
    network.zero_grad()


def test_what_was_tuned_is_what_is_written(made: Subject) -> None:
    rng = torch.Generator().manual_seed(2)
    top = made.top
    with torch.no_grad():
        for name, p in top.stage.named_parameters():
            if p.requires_grad and "attention.excite" in name:
                p.add_(0.02 * torch.randn(p.shape, generator=rng))
        maps = read(made, films(8))
        pooled = top.pooled(maps)
        top.mean.copy_(pooled.mean(dim=0))
        top.deviation.copy_(torch.sqrt(pooled.var(dim=0) + 1e-4))
        top.reading.weight.copy_(torch.randn(top.reading.weight.shape, generator=rng))
        wanted = top.answers(pooled)
        network = made.write(top, pooled.double().numpy())
        features = network.backbone(films(8))
        logits, found = network.head(features)[0], network.class_maps(features)
    wanted = wanted - wanted.mean(dim=1, keepdim=True)
    assert torch.allclose(logits - logits.mean(dim=1, keepdim=True), wanted, atol=2e-3)
    # A usual film's map sums to nothing for each class: a cell at zero is a usual place.
    assert float(found.sum(dim=(2, 3)).mean(dim=0).abs().max()) < 1e-2 * float(found.abs().sum(dim=(2, 3)).mean())


def test_a_trunk_that_is_no_dpn_is_refused() -> None:
    with pytest.raises(UsageError, match="no DPN-92"):
        dual.subject(replace(recipe("dpn92_se"), trunk="resnet50_fpn_attention.ct_v4"))
