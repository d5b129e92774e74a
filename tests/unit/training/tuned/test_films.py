"""Films tuned on labels and outlines: the sampling, the reading of classes, and a run in miniature."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

from covidviewer import assets  # noqa: E402
from covidviewer.errors import UsageError  # noqa: E402
from covidviewer.inference import prepare  # noqa: E402
from covidviewer.inference.loading import load_network  # noqa: E402
from covidviewer.inference.manifest import read_manifest  # noqa: E402
from covidviewer.inference.networks.da_covid_net import DaCovidNet  # noqa: E402
from covidviewer.training.data import DataError, Example  # noqa: E402
from covidviewer.training.folder import read_folder  # noqa: E402
from covidviewer.training.tuned import films  # noqa: E402
from covidviewer.training.tuned.films import film_shares, train_tuned_films  # noqa: E402
from covidviewer.training.tuned.pictures import read_outlined_films  # noqa: E402
from covidviewer.training.tuned.recipe import FilmRecipe, read_film_recipe  # noqa: E402
from covidviewer.training.tuned.top import ClassTop  # noqa: E402

CLASSES = ("normal", "pneumonia", "covid")


def shipped() -> FilmRecipe:
    return read_film_recipe(assets.resource_dir() / "recipes" / "film_v2.toml")


def film(label: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A bright chest with two dark lungs; pneumonia is a bright patch, covid a chequered one. And the patch's mask."""
    picture = np.full((112, 120), 190.0)
    picture[20:100, 18:52] = picture[20:100, 68:102] = 60
    mask = np.zeros(picture.shape, np.uint8)
    if label != "normal":
        row, column = int(rng.integers(28, 70)), int(rng.choice([22, 74]))
        patch = slice(row, row + 24), slice(column, column + 24)
        mask[patch] = 1
        picture[patch] = 150
        if label == "covid":
            stripes = np.add.outer(np.arange(24), np.arange(24)) // 4 % 2
            picture[patch] = np.where(stripes, 170, 70)
    return np.clip(picture + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8), mask


def write(folder: Path, per_class: int = 16, outlined: bool = False) -> None:
    rng = np.random.default_rng(5)
    (folder / "images").mkdir(parents=True)
    (folder / "lesion").mkdir()
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as handle:
        table = csv.writer(handle)
        table.writerow(["file", "label", "split", "patient", "source", "view", "age", "notes"])
        for label in ("normal", "bacterial", "covid"):
            for i in range(per_class):
                picture, mask = film(label if label != "bacterial" else "pneumonia", rng)
                name = f"{label}_{i}"
                Image.fromarray(picture).save(folder / "images" / f"{name}.png")
                if outlined and mask.any():
                    Image.fromarray(mask).save(folder / "lesion" / f"{name}.png")
                split = ("train", "train", "val", "test")[i // 2 % 4]
                age = "" if i % 4 == 3 else str(5 + 20 * (i % 3))
                table.writerow(
                    [f"images/{name}.png", label, split, f"{label}{i // 2}", ("a", "b")[i % 2], "PA", age, ""]
                )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    write(folder / "cxr", 16)
    write(folder / "cxr-masks", 12, outlined=True)
    return folder


def small(**tuning: float) -> FilmRecipe:
    recipe = shipped()
    settings = {"steps": 4, "batch": 8, "outlined": 4, "check_every": 2, "warm_up": 2, **tuning}
    return replace(
        recipe, storage="float16", input=replace(recipe.input, size=(64, 64)),
        view=replace(recipe.view, resize=72), tuning=replace(recipe.tuning, **settings),
    )  # fmt: skip


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    out, said = tmp_path_factory.mktemp("out"), list[str]()
    train_tuned_films(small(twins=3), data, out, log=said.append)
    return out, said


def example(label: str, source: str, age: float | None) -> Example:
    return Example(np.zeros((2, 2), np.uint8), label, "train", "p", "s", "f", "g", source, age, label)


def test_shares_are_even_over_classes_and_heavier_for_adults() -> None:
    rows = [example("covid", "a", 40.0)] * 3 + [example("normal", "a", 4.0)] * 4 + [example("normal", "b", None)]
    rows += [example("pneumonia", "b", 30.0), example("pneumonia", "b", 3.0)]
    share = film_shares(rows, 3.0)
    assert share.mean() == pytest.approx(1.0)
    sums = [share[:3].sum(), share[3:8].sum(), share[8:].sum()]
    assert sums == pytest.approx([share.sum() / 3] * 3)
    assert share[3] / share[7] == pytest.approx(0.5)  # four of one source, one of another: by the root
    assert share[8] / share[9] == pytest.approx(3.0)


def test_evidence_is_zero_where_a_place_is_as_usual_and_sums_to_nothing_over_classes() -> None:
    torch.manual_seed(0)
    top = ClassTop(torch.nn.Sequential(), 3, 0.0).train(False)
    top.mean.uniform_(0, 1)
    top.deviation.uniform_(0.5, 2)
    usual = top.mean[None, :, None, None].expand(1, -1, 2, 2)
    c4 = torch.rand(1, 1024, 4, 4)
    with torch.no_grad():
        assert float(top.evidence(usual, torch.tensor([1])).abs().max()) < 1e-5
        each = [top.evidence(c4, torch.tensor([k])) for k in range(3)]
        assert float(sum(each).abs().max()) < 1e-5
        # The mean of the evidence is what the reading says of the picture, but for the constant.
        pooled = top.pooled(c4)
        logits = top.answers(pooled) - top.answers(top.mean[None])
        wanted = (logits - logits.mean())[0]
        assert torch.allclose(torch.stack(each).mean(dim=(2, 3))[:, 0], wanted, atol=1e-4)


def test_outlines_of_films(data: Path, tmp_path: Path) -> None:
    spec = small().input
    found = read_outlined_films(data / "cxr-masks", ("train",), spec, 96)
    assert set(found.labels) == {"bacterial", "covid"}
    assert found.looks.shape == found.masks.shape == (len(found.labels), 1, 96, 96)
    for picture, mask, label in zip(found.looks[:, 0], found.masks[:, 0], found.labels, strict=True):
        inside = picture[mask > 200].astype(float)
        assert len(inside) > 100
        if label == "bacterial":  # one grey inside the patch
            assert inside.std() < 12
    write(tmp_path / "none", 4)
    with pytest.raises(DataError, match="no picture with outlines"):
        read_outlined_films(tmp_path / "none", ("train",), spec, 96)


def test_the_file_holds_what_was_tuned(run: tuple[Path, list[str]], data: Path) -> None:
    out, said = run
    figures = [json.loads(line) for line in said if line.startswith('{"step"')]
    assert [f["step"] for f in figures] == [0, 2, 4]
    assert "bacterial count as pneumonia" in " ".join(said)
    (card,) = read_manifest(out)
    assert card.classes == CLASSES
    network = load_network(card)
    assert isinstance(network, DaCovidNet)
    held, _ = read_folder(data, CLASSES, ("val",), ("cxr",), card.input)
    inputs = [prepare.forward(e.picture, card.input, units="grey")[0] for e in held]
    with torch.no_grad():
        features = network.backbone(torch.from_numpy(prepare.batch(inputs, card.input)))
        logits = network.head(features)[0]
        maps = network.class_maps(features)
    # What the log says of the tuned state is what the file does.
    called = logits.argmax(dim=1).numpy()
    truth = np.array([CLASSES.index(e.label) for e in held])
    assert films._balanced(called, truth) == pytest.approx(figures[-1]["balanced"], abs=0.01)
    rest = logits - maps.sum(dim=(2, 3))
    assert float((rest - rest.mean(dim=0)).abs().max()) < 0.02  # sum over the grid and a constant is the logit


def test_maps_learn_where_lesions_lie(data: Path, tmp_path: Path) -> None:
    said: list[str] = []
    recipe = small(steps=14, check_every=14, outline_weight=1.0)
    recipe = replace(recipe, input=replace(recipe.input, size=(112, 112)), view=replace(recipe.view, resize=120))
    train_tuned_films(recipe, data, tmp_path, log=said.append)
    figures = [json.loads(line) for line in said if line.startswith('{"step"')]
    before, after = figures[0]["lesion"], figures[-1]["lesion"]
    assert after["energy"] > before["energy"] + 0.04
    assert after["hit"] >= before["hit"]
    assert after["energy"] > 4 * after["blind"]


def test_a_broken_run_goes_on_to_the_same_weights(data: Path, tmp_path: Path, run: tuple[Path, list[str]]) -> None:
    def stop(line: str) -> None:
        if line.startswith('{"step": 2'):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_tuned_films(small(twins=3), data, tmp_path, log=stop)
    said: list[str] = []
    train_tuned_films(small(twins=3), data, tmp_path, resume=True, log=said.append)
    assert "going on at step 2" in said
    (one,), (other,) = read_manifest(tmp_path), read_manifest(run[0])
    assert one.sha256 == other.sha256


def test_what_does_not_go_together_is_refused(data: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "r.toml"
    text = (assets.resource_dir() / "recipes" / "film_v2.toml").read_text("utf-8")
    wrong.write_text(text.replace("[tuning]\n", "[tuning]\nspeed = 3\n"), "utf-8")
    with pytest.raises(UsageError, match="speed"):
        read_film_recipe(wrong)
    with pytest.raises(UsageError, match="tunes one of da_covid_net"):
        train_tuned_films(replace(shipped(), network="vgg"), data, tmp_path)
    with pytest.raises(UsageError, match="output_stride = 16"):
        train_tuned_films(replace(shipped(), options={"output_stride": 8}), data, tmp_path)
    with pytest.raises(UsageError, match="no ResNet-50"):
        train_tuned_films(replace(shipped(), trunk="dpn92_gc.film_v1"), data, tmp_path)
    with pytest.raises(UsageError, match="attention in"):
        train_tuned_films(replace(shipped(), trunk="resnet50_fpn_attention.ct_v4"), data, tmp_path)
