"""Training by gradient: it learns, resumes to the same bits, keeps the best, stops when told, and refuses nonsense."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from covidviewer import assets
from covidviewer.errors import CovidViewerError, UsageError
from covidviewer.inference import registry
from covidviewer.inference.loading import load_network
from covidviewer.inference.manifest import read_manifest
from covidviewer.training.folder import read_folder
from covidviewer.training.gradient import fitting
from covidviewer.training.gradient.batches import Batches, class_weights, epoch_order, load_epoch
from covidviewer.training.gradient.optimising import Average, make_optimiser, rate_share
from covidviewer.training.gradient.run import build_network, take_fitting, train_gradient
from covidviewer.training.gradient.settings import OptimiserSettings, ScheduleSettings, read_gradient_recipe

REPOSITORY = Path(__file__).resolve().parents[4]


def history(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]


def quiet(_: str) -> None:
    return None


@pytest.mark.usefixtures("toy")
def test_a_recipe_learns_and_writes_a_file_that_loads(films, shorter, tmp_path):
    said = []
    recipe = shorter(epochs=8)
    card, outcome = train_gradient(recipe, films, tmp_path, log=said.append)
    rows = history(tmp_path)
    assert rows[-1]["loss"] < 0.8 * rows[0]["loss"]
    assert outcome.value > 0.8
    (read,) = read_manifest(tmp_path)
    assert read.classes == recipe.classes
    assert read.sha256 == card.sha256
    assert load_network(read)(torch.zeros(1, 3, 32, 32)).shape == (1, 3)
    text = "\n".join(said)
    assert "count as pneumonia" in text
    assert "Cramer's V" in text
    assert "near-duplicates across splits" in text
    assert "train: 36 pictures of 18 patients" in text
    assert list((tmp_path / "curves").glob("events*"))


@pytest.mark.usefixtures("toy")
def test_a_resumed_run_ends_on_the_same_bits(films, recipe, tmp_path, monkeypatch):
    train_gradient(recipe, films, tmp_path / "whole", log=quiet)
    real = fitting._epoch

    def killed(*args, **kwargs):
        if args[5] == 2:
            raise OSError("the power went")
        return real(*args, **kwargs)

    monkeypatch.setattr(fitting, "_epoch", killed)
    with pytest.raises(OSError, match="power"):
        train_gradient(recipe, films, tmp_path / "part", log=quiet)
    monkeypatch.setattr(fitting, "_epoch", real)
    train_gradient(recipe, films, tmp_path / "part", resume=True, log=quiet)
    whole = torch.load(tmp_path / "whole" / "last.pt", weights_only=True)
    part = torch.load(tmp_path / "part" / "last.pt", weights_only=True)
    for kind in ("model", "average"):
        assert all(torch.equal(whole[kind][k], part[kind][k]) for k in whole[kind])
    assert history(tmp_path / "whole") == history(tmp_path / "part")
    one, two = (next((tmp_path / n).glob("*.safetensors")).read_bytes() for n in ("whole", "part"))
    assert one == two
    with pytest.raises(UsageError, match="another recipe"):
        train_gradient(replace(recipe, optimiser=OptimiserSettings(rate=1e-4)), films, tmp_path / "part", resume=True)


@pytest.mark.usefixtures("toy")
def test_ctrl_c_keeps_the_best(films, recipe, tmp_path, monkeypatch):
    real = fitting._epoch

    def pressed(*args, **kwargs):
        if args[5] == 2:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(fitting, "_epoch", pressed)
    card, outcome = train_gradient(recipe, films, tmp_path, log=quiet)
    assert outcome.stopped == "Ctrl+C"
    assert card.path.is_file()
    assert len(history(tmp_path)) == 2


@pytest.mark.usefixtures("toy")
def test_it_stops_without_progress_and_after_its_time(films, shorter, tmp_path, monkeypatch):
    monkeypatch.setattr(fitting, "_validate", lambda *_: {"auc": 0.5, "balanced_accuracy": 0.3, "nll": 1.0})
    _, outcome = train_gradient(shorter(epochs=20, patience=2), films, tmp_path / "a", log=quiet)
    assert "no better validation" in outcome.stopped
    assert len(history(tmp_path / "a")) == 3
    card, outcome = train_gradient(shorter(epochs=20), films, tmp_path / "b", minutes=-1.0, log=quiet)
    assert card is None
    assert outcome.epoch == 0


def test_batches_are_the_same_from_workers_and_in_parts(films, recipe):
    examples, _ = read_folder(films, recipe.classes, ("train",))
    squares = [np.resize(e.picture, (40, 40)) for e in examples]
    alone = list(load_epoch(Batches(squares, examples, recipe, 0), 0, False))
    workers = list(load_epoch(Batches(squares, examples, recipe, 0), 2, False))
    halves = [list(load_epoch(Batches(squares, examples, recipe, 0, rank, 2), 0, False)) for rank in (0, 1)]
    assert len(alone) == len(workers)
    for whole, same, left, right in zip(alone, workers, *halves, strict=True):
        for k in range(3):
            assert torch.equal(whole[k], same[k])
            assert torch.equal(whole[k], torch.cat([left[k], right[k]]))
    other = next(iter(load_epoch(Batches(squares, examples, recipe, 1), 0, False)))
    assert not torch.equal(alone[0][0], other[0])
    with pytest.raises(CovidViewerError, match="evenly"):
        Batches(squares, examples, recipe, 0, 0, 3)


def test_balance(films, shorter):
    examples, _ = read_folder(films, ("normal", "pneumonia", "covid"), ("train",))
    few = [e for e in examples if e.label != "covid"] + [e for e in examples if e.label == "covid"][:2]
    drawn = Counter(few[i].label for i in epoch_order(few, shorter(balance="class"), 0))
    assert max(drawn.values()) - min(drawn.values()) <= 1
    plain = Counter(int(i) for i in epoch_order(few, shorter(balance="none"), 0))
    assert max(plain.values()) <= 2
    weights = class_weights(np.array([0, 0, 0, 1]), 2)
    assert weights[1] / weights[0] == pytest.approx(3.0)
    assert (weights[0] * 3 + weights[1]) / 4 == pytest.approx(1.0)


def test_schedules():
    cosine = ScheduleSettings(warm_up=1.0, final=0.1)
    assert rate_share(0.5, 10, cosine) == pytest.approx(0.5 * rate_share(0.5, 10, ScheduleSettings(final=0.1)))
    assert rate_share(10, 10, cosine) == pytest.approx(0.1)
    waves = ScheduleSettings(period=2.0)
    assert rate_share(2.001, 10, waves) == pytest.approx(1.0, abs=1e-3)
    assert rate_share(7, 10, ScheduleSettings("constant")) == 1.0


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd", "adadelta", "adagrad"])
def test_optimisers_rates_and_frozen_parts(name):
    from toynet import ToyNet

    net = ToyNet(("a", "b"))
    made = make_optimiser(net, OptimiserSettings(name, 0.1, 0.5, rate_of={"second": 0.1, "first": 0.0}))
    assert not net.first.weight.requires_grad
    assert sorted({round(g["lr"], 6) for g in made.param_groups}) == [0.01, 0.1]
    biases = [g for g in made.param_groups if any(p is net.fc.bias for p in g["params"])]
    assert biases[0]["weight_decay"] == 0.0


def test_the_average_follows():
    net = torch.nn.Linear(1, 1)
    average = Average(net, 0.5)
    start = net.weight.item()
    with torch.no_grad():
        net.weight.fill_(start + 1)
    average.follow(net, 1000)
    assert average.model.weight.item() == pytest.approx(start + 0.5)
    assert Average(net, 0.0).model is net


@pytest.mark.usefixtures("toy")
def test_wrong_calls_are_said_before_the_first_epoch(films, recipe, tmp_path):
    with pytest.raises(CovidViewerError, match="fracture"):
        train_gradient(replace(recipe, classes=("normal", "fracture", "covid")), films, tmp_path, log=quiet)
    with pytest.raises(UsageError, match="No network is called"):
        train_gradient(replace(recipe, network="absent"), films, tmp_path, log=quiet)
    with pytest.raises(UsageError, match="does not fit"):
        train_gradient(replace(recipe, options={"depth": 3}), films, tmp_path, log=quiet)
    assert not list(tmp_path.rglob("*.pt"))


GRADIENT = [
    p for p in sorted((assets.resource_dir() / "recipes").glob("*.toml")) if 'kind = "gradient"' in p.read_text()
]


@pytest.mark.parametrize("path", GRADIENT, ids=lambda p: p.stem)
def test_shipped_recipes_read_and_say_what_was_run(path):
    recipe = read_gradient_recipe(path)
    assert recipe.differs
    assert recipe.ran
    assert path.read_text("utf-8").startswith("#")
    if recipe.network in registry.NETWORKS:
        assert registry.builder(recipe.network)


def test_each_paper_has_its_recipe():
    assert {"000", "001", "002", "003", "004"} <= {read_gradient_recipe(p).paper for p in GRADIENT}


@pytest.mark.parametrize(
    "change",
    [("rate =", "raet ="), ("[mix]", "[mixx]"), ('kind = "cosine"', 'kind = "saw"'), ("batch = 16", "batch = 1")],
)
def test_misspelt_recipes_are_refused(tmp_path, change):
    text = (assets.resource_dir() / "recipes" / "paper_002_dresunet.toml").read_text("utf-8")
    assert change[0] in text
    (tmp_path / "r.toml").write_text(text.replace(*change), "utf-8")
    with pytest.raises(UsageError):
        read_gradient_recipe(tmp_path / "r.toml")


@pytest.mark.slow
@pytest.mark.usefixtures("toy")
def test_two_processes_give_the_loss_of_one(films, tmp_path):
    """torchrun's environment, gloo, two processes on one processor: each takes half of every batch."""
    from two_processes import train_here

    script = Path(__file__).with_name("two_processes.py")
    base = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(script.parents[1])]),
        "OMP_NUM_THREADS": "1",
    }

    def start(folder: str, **extra: str) -> subprocess.Popen:
        command = [sys.executable, str(script), str(films), str(tmp_path / folder)]
        return subprocess.Popen(command, env=base | extra)

    common = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(29500 + os.getpid() % 400)}
    running = [start("two", RANK=str(r), LOCAL_RANK=str(r), **common) for r in (0, 1)]
    assert [p.wait(timeout=150) for p in running] == [0, 0]
    train_here(films, tmp_path / "one")
    one, two = history(tmp_path / "one"), history(tmp_path / "two")
    assert len(one) == len(two) == 2
    for a, b in zip(one, two, strict=True):
        assert math.isclose(a["loss"], b["loss"], abs_tol=2e-5)
        assert math.isclose(a["nll"], b["nll"], abs_tol=2e-4)
    whole = torch.load(tmp_path / "one" / "last.pt", weights_only=True)["model"]
    parts = torch.load(tmp_path / "two" / "last.pt", weights_only=True)["model"]
    assert all(torch.allclose(whole[k], parts[k], atol=1e-5) for k in whole)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
@pytest.mark.usefixtures("toy")
def test_half_precision_trains(films, shorter, tmp_path, precision):
    _, outcome = train_gradient(shorter(precision=precision, epochs=2), films, tmp_path, log=quiet)
    assert np.isfinite(outcome.value)


class _Normed(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm, self.linear = torch.nn.BatchNorm2d(3), torch.nn.Linear(3, 3)

    def forward(self, x):
        return self.linear(self.norm(x).mean(dim=(2, 3)))


@pytest.mark.parametrize("norms", ["live", "fixed"])
def test_fixed_norms_keep_their_statistics_and_still_learn(films, shorter, tmp_path, norms):
    recipe = shorter(epochs=1, norms=norms)
    train = [e for e in read_folder(films, recipe.classes, ("train", "val"), (), recipe.input)[0] if e.split == "train"]
    grey = np.full((40, 40), 200, np.uint8)
    network = _Normed()
    inputs = [np.zeros((32, 32), np.uint8)] * len(train)
    pictures = fitting.Pictures(train, [grey] * len(train), train, inputs)
    fitting.fit_gradient(network, pictures, recipe, tmp_path, log=quiet)
    moved = not torch.equal(network.norm.running_mean, torch.zeros(3))
    assert moved == (norms == "live")
    assert not torch.equal(network.norm.weight, torch.ones(3))


@pytest.mark.usefixtures("toy")
def test_weights_to_start_from_may_be_a_plain_pytorch_file_and_nothing_in_it_is_run(recipe, tmp_path):
    source, target = build_network(recipe), build_network(replace(recipe, train=replace(recipe.train, seed=9)))
    torch.save(source.state_dict(), tmp_path / "w.pth")
    taken, whole = take_fitting(target, tmp_path / "w.pth")
    assert taken == whole
    assert all(torch.equal(a, b) for a, b in zip(source.parameters(), target.parameters(), strict=True))
    torch.save(_Normed(), tmp_path / "code.pth")  # a whole module: reading it would run its class
    (tmp_path / "noise.safetensors").write_bytes(b"noise")
    for name in ("code.pth", "noise.safetensors", "absent.pth"):
        with pytest.raises(UsageError, match="no readable file of weights"):
            take_fitting(target, tmp_path / name)
