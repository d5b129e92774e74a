"""Recipes refuse what they do not know; a whole run in miniature writes a file that loads."""

from __future__ import annotations

import argparse
import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
Image = pytest.importorskip("PIL.Image")

from covidviewer import assets  # noqa: E402
from covidviewer.errors import CovidViewerError, UsageError  # noqa: E402
from covidviewer.training.recipe import read_recipe  # noqa: E402


def shipped():
    return assets.resource_dir() / "recipes" / "ct_v1.toml"


def test_the_shipped_recipe_reads():
    recipe = read_recipe(shipped())
    assert recipe.positive == "covid"
    assert recipe.classes == ("covid", "noncovid")
    assert recipe.input.size == (224, 224)
    assert {"crawled", "medpix"} <= set(recipe.collections)


CHANGES = [
    ("rate = 1e-3", "raet = 1e-3"),
    ('id = "', 'idd = "'),
    ("\n[trunk]", "\n[trunc]"),
    ("\ncollections", "\n# collections"),
    ("strengths = [0.3]", "strengths = []"),
    ("strengths = [0.3]", "strengths = [0.0]"),
    ("strengths = [0.3]", "strengths = 0.3"),
    ("folds = 5", "folds = 1"),
    ("folds = 5", "folds = 5\ndeals = 0"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_misspelt_recipes_are_refused(tmp_path, change):
    path = tmp_path / "r.toml"
    path.write_text(shipped().read_text(encoding="utf-8").replace(*change, 1), encoding="utf-8")
    with pytest.raises(UsageError):
        read_recipe(path)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for name in ("covid-ct", "ct-sars"):
        (folder / name / "img").mkdir(parents=True)
        lines = ["file,label,split,patient,source,notes"]
        for i in range(24):
            label, split = ("covid", "noncovid")[i % 2], ("train", "val", "test")[i % 12 // 4]
            picture = rng.integers(0, 120, (70, 80), dtype=np.uint8)
            if label == "covid":
                picture[20:50, 10:40] += 120
            Image.fromarray(picture).save(folder / name / "img" / f"{i}.png")
            lines.append(f"img/{i}.png,{label},{split},p{i // 2}{label},here,")
        (folder / name / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def finished(data, tmp_path_factory):
    """Head, seeding, whole network and finish on a fresh network: all but the ImageNet steps."""
    from dataclasses import replace

    from covidviewer.inference.networks.resnet50_fpn_attention import build
    from covidviewer.training import run
    from covidviewer.training.data import read_sets
    from covidviewer.training.finish import finish, manifest_entry
    from covidviewer.training.loop import fit

    pytest.importorskip("sklearn")
    torch.manual_seed(0)
    recipe = read_recipe(shipped())
    small = replace(recipe.trunk, size=64, steps=2, batch=8, check_every=1)
    linear = replace(recipe.linear, head_strengths=(0.01, 0.1))
    recipe = replace(
        recipe, trunk=small, linear=linear, collections=("here",), input=replace(recipe.input, size=(64, 64))
    )
    train = read_sets(data, recipe.sets, ("train",), recipe.classes, recipe.collections)
    validation = read_sets(data, recipe.sets, ("val",), recipe.classes)
    out = tmp_path_factory.mktemp("out")
    told: list[str] = []
    shop = run.Workshop(recipe, train, validation, train, out, out, told.append, 1.0)
    model = run._first_head(shop, build(recipe.classes))
    choice = json.loads(told[-1])
    assert choice["head_strength"] in linear.head_strengths
    assert set(choice["out_of_fold_auc"]["0.01"]) == {"covid-ct", "ct-sars"}
    lines: list[str] = []
    best = fit(model, recipe.classes, "covid", train, validation, small, out / "trunk", log=lines.append)
    assert best.is_file()
    assert len(lines) == 3
    network = run.seeded(model, train, 64)
    card, fitted = finish(run.first_card(recipe), network, validation, out / f"{recipe.id}.safetensors")
    (out / "manifest.toml").write_text("schema = 1\n" + manifest_entry(card), encoding="utf-8")
    return out, card, fitted, network


def test_the_written_manifest_is_the_card(finished):
    from covidviewer.inference.manifest import read_manifest

    out, card, fitted, _ = finished
    (read,) = read_manifest(out)
    assert read.sha256 == card.sha256
    assert read.threshold == fitted.threshold
    assert read.positive == "covid"
    assert read.cam_scale["coarse"]["covid"] > 0


def test_the_file_loads_and_gives_the_same_logits(finished):
    from covidviewer.inference.loading import load_network
    from covidviewer.inference.manifest import read_manifest

    out, _, _, network = finished
    loaded = load_network(read_manifest(out)[0])
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(loaded(x), network.eval()(x))


def arguments(data, finished, *words):
    from covidviewer.cli import evaluate

    parser = argparse.ArgumentParser()
    evaluate.add_parser(parser.add_subparsers())
    return parser.parse_args(["evaluate", str(finished[0] / finished[1].file), "--data", str(data), *words])


def test_evaluate_reports_by_source_with_intervals(data, finished, tmp_path, capsys):
    words = ("--split", "test", "--replicates", "20", "--engine", "torch", "--no-shortcuts")
    out = ("--json", str(tmp_path / "r.json"), "--html", str(tmp_path / "r.html"))
    args = arguments(data, finished, *words, *out)
    assert args.run(args) == 0
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert set(report["per_set"]) == {"covid-ct", "ct-sars"}
    row = report["per_set"]["covid-ct"]
    assert row["n"] == 8
    assert row["auc"]["low"] <= row["auc"]["value"] <= row["auc"]["high"]
    assert "shortcuts" not in report
    assert "| group |" in capsys.readouterr().out
    assert "<svg" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_evaluate_never_chooses_a_threshold_on_test(data, finished, capsys):
    args = arguments(data, finished, "--split", "test", "--fit-threshold")
    assert args.run(args) == 2
    assert "never chosen" in capsys.readouterr().err


def test_a_file_without_manifest_entry_is_refused(data, finished, tmp_path):
    args = arguments(data, finished)
    args.weights = str(tmp_path / "other.safetensors")
    assert args.run(args) == 2


def test_unknown_data_is_one_sentence(tmp_path):
    from covidviewer.training.data import read_sets

    with pytest.raises(CovidViewerError):
        read_sets(tmp_path, ("covid-ct",), ("train",), ("covid",))
