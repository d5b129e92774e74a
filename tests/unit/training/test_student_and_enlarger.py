"""Recipes of small networks and of the enlarger, in miniature: files that load, and what is refused."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
Image = pytest.importorskip("PIL.Image")
pytest.importorskip("sklearn")

from covidviewer import assets  # noqa: E402
from covidviewer.errors import UsageError  # noqa: E402
from covidviewer.training import student  # noqa: E402
from covidviewer.training.enlarger import halves, psnr, read_enlarger, start_bilinear, train_enlarger  # noqa: E402
from covidviewer.training.student import principal_targets, read_student, train_student  # noqa: E402

RECIPES = assets.resource_dir() / "recipes"
FAMILY = ("simple_cnn", "vgg", "unet", "resunet", "resunet_ecsa", "resunet_fprm", "dresunet")


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for name, labels in (("covid-ct", ("covid", "noncovid")), ("cxr", ("normal", "covid"))):
        (folder / name / "img").mkdir(parents=True)
        lines = ["file,label,split,patient,source,notes"]
        for i in range(36):
            split = ("train", "train", "val")[i % 3]
            picture = np.kron(rng.integers(0, 200, (12, 13)), np.ones((8, 8))).astype(np.uint8)
            Image.fromarray(picture).save(folder / name / "img" / f"{i}.png")
            lines.append(f"img/{i}.png,{labels[i % 2]},{split},p{i},here,")
        (folder / name / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", FAMILY)
def test_the_shipped_recipes_read_and_name_what_they_build(name):
    recipe = read_student(RECIPES / f"thesis_{name}.toml")
    assert recipe.network == name
    assert recipe.positive == "covid"
    with torch.device("meta"):
        from covidviewer.inference import registry

        network = registry.builder(name)(recipe.classes, in_channels=recipe.input.channels, **recipe.options)
    network.check_size(recipe.input.size)
    assert all(size == recipe.input.size[0] for size in recipe.student.sizes[-1:])


@pytest.mark.parametrize(
    "change", [("minutes =", "minuets ="), ("[student]", "[studnet]"), ("shares = [0.65", "shares = [0.75")]
)
def test_misspelt_recipes_are_refused(tmp_path, change):
    path = tmp_path / "r.toml"
    path.write_text((RECIPES / "thesis_dresunet.toml").read_text("utf-8").replace(*change, 1), encoding="utf-8")
    with pytest.raises(UsageError):
        read_student(path)


def test_principal_targets_have_unit_variance_and_are_uncorrelated():
    rng = np.random.default_rng(1)
    view = rng.normal(size=(200, 5)) @ rng.normal(size=(5, 30))
    first, mirrored = principal_targets([view, view + 0.01 * rng.normal(size=view.shape)], 4)
    assert first.shape == (200, 4)
    np.testing.assert_allclose(np.cov(first.T), np.eye(4), atol=0.05)
    assert np.abs(first - mirrored).max() < 0.5  # the same directions for both


class Teacher:
    def statistics(self, x):
        return torch.cat([x.mean(dim=1).flatten(1)[:, :2048], x.flatten(1)[:, :2048]], dim=1)


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(student, "load_teacher", lambda folder: Teacher())
    recipe = read_student(RECIPES / "thesis_dresunet.toml")
    settings = replace(
        recipe.student, minutes=0.02, sizes=(32, 48), shares=(0.5, 0.5), batch=4, teacher_size=64, components=6,
        check_minutes=0.01,
    )  # fmt: skip
    return replace(
        recipe, collections=("here",), student=settings, input=replace(recipe.input, size=(48, 48)), storage="int8"
    )


def test_a_student_in_miniature_writes_a_file_that_loads(tiny, data, tmp_path):
    from covidviewer.inference.loading import load_network
    from covidviewer.inference.manifest import read_manifest

    lines: list[str] = []
    card, fitted = train_student(tiny, data, tmp_path, tmp_path / "out", log=lines.append)
    rows = [json.loads(line) for line in lines[1:-1]]
    assert rows[-1]["size"] == 48
    assert rows[-1]["step"] >= 2
    assert {"covid-ct"} < set(rows[-1])
    (read,) = read_manifest(tmp_path / "out")
    assert read.options == {"width": 16}
    assert read.input.size == (48, 48)
    assert 0 <= fitted.storage_change <= 0.05
    network = load_network(read)
    assert network(torch.zeros(1, 3, 48, 48)).shape == (1, 2)
    assert card.sha256 == read.sha256


def test_a_student_goes_on_where_it_stopped(tiny, data, tmp_path):
    out = tmp_path / "out"
    train_student(tiny, data, tmp_path, out, log=lambda line: None)
    done = torch.load(out / "last.pt", weights_only=False)["step"]
    lines: list[str] = []
    longer = replace(tiny, student=replace(tiny.student, minutes=0.03))
    train_student(longer, data, tmp_path, out, resume=True, log=lines.append)
    assert json.loads(lines[1])["step"] > done


def test_the_enlarger_starts_as_the_bilinear_one():
    from covidviewer.inference.networks.esrgan import build

    network = build(1)
    start_bilinear(network)
    x = torch.rand(1, 1, 9, 11)
    expected = torch.nn.functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
    with torch.no_grad():
        found = network(x)
    assert found.shape == (1, 1, 18, 22)
    torch.testing.assert_close(found[..., 1:-1, 1:-1], expected[..., 1:-1, 1:-1], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("channels", "options", "expected"),
    [
        (3, {"features": 64, "blocks": 23, "growth": 32, "scale": 4}, 16_697_987),
        (1, {"features": 64, "blocks": 23, "growth": 32, "scale": 4}, 16_695_681),
        (3, {"features": 64, "blocks": 6, "growth": 32, "scale": 4}, 4_467_779),
        (1, {"blocks": 6, "scale": 4}, 1_117_601),
        (1, {}, 748_353),
    ],
)
def test_parameter_counts_of_the_enlarger(channels, options, expected):
    from covidviewer.inference.networks.esrgan import build

    with torch.device("meta"):
        assert sum(p.numel() for p in build(channels, **options).parameters()) == expected


def test_the_enlarger_learns_and_its_file_loads(data, tmp_path):
    from safetensors.torch import load_file

    from covidviewer.inference.networks.esrgan import build

    recipe = replace(read_enlarger(RECIPES / "esrgan_x2.toml"), minutes=0.15, patch=16, batch=4, rate=1e-3)
    lines: list[str] = []
    figures = train_enlarger(recipe, data, tmp_path, log=lines.append)
    assert figures["psnr"] > json.loads(lines[0])["start psnr"] + 0.1
    network = build(1, **recipe.options)
    network.load_state_dict({k: v.float() for k, v in load_file(tmp_path / f"{recipe.id}.safetensors").items()})


def test_halves_and_psnr():
    large, small = halves(np.arange(35, dtype=np.uint8).reshape(5, 7))
    assert large.shape == (4, 6)
    assert small.shape == (2, 3)
    assert small[0, 0] == pytest.approx((0 + 1 + 7 + 8) / 4 / 255)
    assert psnr(large, large) == pytest.approx(120)
    assert psnr(np.clip(large + 0.1, 0, 1), large) == pytest.approx(20, abs=0.1)


def test_the_command_says_what_is_missing(data, tmp_path, capsys):
    from covidviewer.cli import train

    parser = argparse.ArgumentParser()
    train.add_parser(parser.add_subparsers())
    args = parser.parse_args(["train", "thesis_dresunet", "--data", str(data), "--out", str(tmp_path)])
    assert args.run(args) == 2
    assert "--pretrained" in capsys.readouterr().err
