"""A new head on a shipped trunk: the file holds the head alone, and loads to what was fitted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

from safetensors.torch import load_file  # noqa: E402

from covidviewer import assets  # noqa: E402
from covidviewer.errors import UsageError, WeightsError  # noqa: E402
from covidviewer.inference import prepare, registry  # noqa: E402
from covidviewer.inference.loading import load_network  # noqa: E402
from covidviewer.inference.manifest import InputSpec, read_manifest  # noqa: E402
from covidviewer.training.data import read_sets  # noqa: E402
from covidviewer.training.new_head import HeadRecipe, read_head, train_head  # noqa: E402
from tests.unit.training.pictures import write_set  # noqa: E402


def shipped() -> HeadRecipe:
    return read_head(assets.resource_dir() / "recipes" / "ct_v3.toml")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, HeadRecipe, list[str]]:
    """Data, output, recipe and log of a run in miniature."""
    data, out = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("out")
    for i, name in enumerate(("covid-ct", "ct-sars")):
        write_set(data / name, {"covid": 20 + 30 * i, "noncovid": 120 + 20 * i}, per_class=16, seed=i)
    recipe = shipped()
    recipe = replace(
        recipe, collections=("here", "there"), input=InputSpec(size=(64, 64), crop="body+lungs"),
        head=replace(recipe.head, folds=2, deals=1, head_strengths=(0.01,)),
    )  # fmt: skip
    said: list[str] = []
    train_head(recipe, data, out, said.append)
    return data, out, recipe, said


def test_the_file_is_small_and_loads_beside_the_trunk(run: tuple[Path, Path, HeadRecipe, list[str]]) -> None:
    _, out, recipe, _ = run
    below = registry.choose(recipe.trunk)
    path = out / f"{recipe.id}.safetensors"
    keys = load_file(path).keys()
    assert not [key for key in keys if key.startswith(("layer", "conv1"))]
    (card,) = read_manifest(out)
    assert card.shares is not None
    with pytest.raises(WeightsError, match="missing"):
        load_network(card)  # the trunk's file is not there
    (out / below.file).write_bytes(below.path.read_bytes()[:-1] + b"\1")
    with pytest.raises(WeightsError, match="checksum"):
        load_network(card)
    (out / below.file).unlink()
    (out / below.file).hardlink_to(below.path)
    network = load_network(card)
    trunk = load_network(below).state_dict()
    assert all(torch.equal(v, trunk[k]) for k, v in network.state_dict().items() if k.startswith("layer"))
    assert registry.list_weights(out, checksum=True)[0].available


def test_it_tells_the_sets_apart_that_it_was_fitted_on(run: tuple[Path, Path, HeadRecipe, list[str]]) -> None:
    data, out, recipe, said = run
    assert any("out_of_fold_auc_gated" in line for line in said)
    (card,) = read_manifest(out)
    below = registry.choose(recipe.trunk)
    if not (out / below.file).exists():
        (out / below.file).hardlink_to(below.path)
    network = load_network(card)
    held = read_sets(data, recipe.sets, ("val",), recipe.classes)
    inputs = [prepare.forward(e.picture, card.input, units="grey")[0] for e in held]
    with torch.no_grad():
        logits = network(torch.from_numpy(prepare.batch(inputs, card.input)))[:, 0].numpy()
    truth = np.array([e.label == "covid" for e in held])
    assert logits[truth].min() > logits[~truth].max()


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    path = assets.resource_dir() / "recipes" / "ct_v3.toml"
    wrong = tmp_path / "r.toml"
    wrong.write_text(path.read_text("utf-8").replace("gate_shift", "gate_shfit"), "utf-8")
    with pytest.raises(UsageError, match="gate_shfit"):
        read_head(wrong)
    for name in ("covid-ct", "ct-sars"):
        write_set(tmp_path / name, {"covid": 20, "noncovid": 120}, per_class=8)
    with pytest.raises(UsageError, match="do not go together"):
        train_head(replace(shipped(), input=InputSpec(), collections=("here", "there")), tmp_path, tmp_path / "out")
