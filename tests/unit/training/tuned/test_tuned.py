"""A shipped trunk tuned on labels and outlines: views, the folded stage, and a run in miniature."""

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
from covidviewer.inference.manifest import InputSpec, read_manifest  # noqa: E402
from covidviewer.inference.networks.resnet50_fpn_attention import ResNet50FpnAttention  # noqa: E402
from covidviewer.training.data import DataError, SourceBalancedSampler, read_sets  # noqa: E402
from covidviewer.training.gradient.settings import ViewSettings  # noqa: E402
from covidviewer.training.gradient.views import made_otherwise  # noqa: E402
from covidviewer.training.tuned.fitting import Material, losses, normalised  # noqa: E402
from covidviewer.training.tuned.pictures import joint_view, looks_of, read_outlined, shares, with_twins  # noqa: E402
from covidviewer.training.tuned.recipe import TunedRecipe, TuneSettings, of_run, read_tuned  # noqa: E402
from covidviewer.training.tuned.run import train_tuned  # noqa: E402
from covidviewer.training.tuned.top import Top, averaged, carry_into, folded, lower_trunk  # noqa: E402

SPEC = InputSpec(size=(64, 64), crop="body+lungs")


def shipped() -> TunedRecipe:
    return read_tuned(assets.resource_dir() / "recipes" / "ct_v4.toml")


def slice_with(lesion: tuple[int, int] | None, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A body with two dark lungs, a bright patch at ``lesion`` (row, column), and the mask of the patch."""
    picture = np.full((120, 140), 10.0)
    picture[10:110, 10:130] = 190
    picture[30:90, 25:65] = picture[30:90, 75:115] = 35
    mask = np.zeros((120, 140), np.uint8)
    if lesion is not None:
        row, column = lesion
        picture[row : row + 18, column : column + 18] = 120
        mask[row : row + 18, column : column + 18] = 1
    return np.clip(picture + rng.normal(0, 5, picture.shape), 0, 255).astype(np.uint8), mask


def write_outlined(folder: Path, count: int = 12) -> Path:
    rng = np.random.default_rng(3)
    (folder / "img").mkdir(parents=True)
    (folder / "mask").mkdir()
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as handle:
        table = csv.writer(handle)
        table.writerow(["file", "label", "split", "patient", "source", "notes"])
        for i in range(count):
            place = (int(rng.integers(32, 70)), int(rng.choice([28, 45, 78, 95])))
            picture, mask = slice_with(place, rng)
            Image.fromarray(picture).save(folder / "img" / f"{i}.png")
            Image.fromarray(mask).save(folder / "mask" / f"{i}.png")
            split = ("train", "train", "val", "test")[i % 4]
            table.writerow([f"img/{i}.png", "covid", split, f"p{i}", "here", f"mask=mask/{i}.png; official=train"])
    return folder


def write_labelled(folder: Path, seed: int, per_class: int = 24) -> None:
    rng = np.random.default_rng(seed)
    (folder / "img").mkdir(parents=True)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as handle:
        table = csv.writer(handle)
        table.writerow(["file", "label", "split", "patient", "source", "notes"])
        for label in ("covid", "noncovid"):
            for i in range(per_class):
                place = (int(rng.integers(32, 70)), int(rng.choice([28, 45, 78, 95]))) if label == "covid" else None
                picture = slice_with(place, rng)[0]
                picture = np.clip(picture.astype(int) + 30 * seed, 0, 255).astype(np.uint8)  # a source's own print
                Image.fromarray(picture).save(folder / "img" / f"{label}{i}.png")
                split = ("train", "train", "val", "test")[i // 2 % 4]
                source = ("here", "there")[i // 8 % 2]
                table.writerow([f"img/{label}{i}.png", label, split, f"{label}{i // 2}", source, ""])


def small(recipe: TunedRecipe, **tuning: float) -> TunedRecipe:
    settings = {"steps": 8, "batch": 8, "outlined": 4, "check_every": 4, "warm_up": 2, **tuning}
    return replace(
        recipe, collections=("here", "there"), input=SPEC, storage="float16",
        view=replace(recipe.view, resize=72), tuning=replace(recipe.tuning, **settings),
    )  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for seed, name in enumerate(("covid-ct", "ct-sars")):
        write_labelled(folder / name, seed)
    write_outlined(folder / "ct-masks")
    return folder


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    out, said = tmp_path_factory.mktemp("out"), list[str]()
    train_tuned(small(shipped()), data, out, log=said.append)
    return out, said


def test_a_folded_stage_and_the_one_it_is_carried_into_give_the_same() -> None:
    torch.manual_seed(0)
    network = ResNet50FpnAttention(("a", "b"), levels=3, pyramid=32)
    with torch.no_grad():
        for norm in network.layer3.modules():
            if isinstance(norm, torch.nn.BatchNorm2d):
                norm.weight.uniform_(0.5, 1.5)
                norm.bias.normal_(0, 0.2)
                norm.running_mean.normal_(0, 0.2)
                norm.running_var.uniform_(0.5, 2)
    network.eval()
    x = torch.rand(2, 512, 8, 8)
    with torch.no_grad():
        wanted = network.layer3(x)
        changed = ResNet50FpnAttention(("a", "b"), levels=3, pyramid=32).eval()
        plain = folded(network.layer3)
        assert not [m for m in plain.modules() if isinstance(m, torch.nn.BatchNorm2d) and m.num_features == 256]
        carry_into(changed.layer3, plain)
        assert float((plain(x) - wanted).abs().max()) < 1e-3 * float(wanted.abs().max())
        assert float((changed.layer3(x) - wanted).abs().max()) < 1e-3 * float(wanted.abs().max())


def test_readings_of_raw_values_are_those_that_it_began_with() -> None:
    top = Top(torch.nn.Sequential(), 2, 2, 0.0)
    top.mean.normal_(generator=torch.Generator().manual_seed(0))
    top.deviation.uniform_(0.5, 2)
    weight, bias = torch.randn(4, 2048), torch.randn(4)
    top.read_as(weight, bias)
    pooled, row = torch.randn(5, 2048), torch.tensor([0, 1, 2, 3, 1])
    wanted = (pooled * weight[row]).sum(1) + bias[row]
    with torch.no_grad():
        assert torch.allclose(top.train(False).logits(pooled, row), wanted, atol=1e-2)
    found, constant = top.rows()
    assert torch.allclose(found, weight, atol=1e-5)
    assert torch.allclose(constant, bias, atol=1e-3)


def test_the_evidence_of_cells_adds_up_to_the_reading_of_means() -> None:
    top = Top(torch.nn.Sequential(), 2, 2, 0.0).train(False)
    c4, row = torch.rand(3, 1024, 4, 5), torch.tensor([0, 3, 2])
    weight, _ = top.rows()
    with torch.no_grad():
        wanted = (c4.mean(dim=(2, 3)) * weight[row][:, :1024]).sum(1)
        assert torch.allclose(top.evidence(c4, row).mean(dim=(1, 2)), wanted, atol=1e-4)


def test_the_average_of_runs_lies_in_their_middle() -> None:
    tops = [Top(torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1)), 2, 2, 0.0).train(False) for _ in range(3)]
    weights = torch.stack([top.stage[0].weight.detach().clone() for top in tops])
    pooled, row = torch.randn(5, 2048), torch.tensor([0, 1, 2, 3, 1])
    with torch.no_grad():
        answers = torch.stack([top.logits(pooled, row) for top in tops]).mean(dim=0)
        middle = averaged(tops)
        assert torch.allclose(middle.stage[0].weight, weights.mean(dim=0), atol=1e-6)
        assert torch.allclose(middle.logits(pooled, row), answers, atol=1e-5)  # readings are linear


def test_several_runs_are_kept_and_averaged(data: Path, tmp_path: Path) -> None:
    said: list[str] = []
    recipe = small(shipped(), steps=4)
    recipe = replace(recipe, tuning=replace(recipe.tuning, seeds=(1, 2)))
    train_tuned(recipe, data, tmp_path, log=said.append)
    assert any(line.startswith('{"runs": 2') for line in said)
    kept = [torch.load(tmp_path / f"tuned.{seed}.pt", weights_only=True)["average"] for seed in (1, 2)]
    name = "stage.0.conv1.weight"
    assert not torch.equal(kept[0][name], kept[1][name])
    (card,) = read_manifest(tmp_path)
    network = load_network(card)
    assert isinstance(network, ResNet50FpnAttention)
    found = network.layer3[0].conv1.weight
    assert torch.allclose(found, (kept[0][name] + kept[1][name]) / 2, atol=1e-3)


def test_a_gate_that_saw_views_made_otherwise_knows_the_source_of_such(data: Path, tmp_path: Path) -> None:
    """Between two gates above one trunk: with fewer pixels, the share of the right reading."""
    view = ViewSettings(resize=72, coarse=1.0, coarse_scale=(0.2, 0.2))
    held = read_sets(data, ("covid-ct", "ct-sars"), ("val",), ("covid", "noncovid"))
    looks = looks_of(held, SPEC, 64)
    coarse = [[made_otherwise(look, np.random.default_rng(0), view) for look in both] for both in looks]
    x = normalised(np.concatenate(np.array(coarse).transpose(1, 0, 2, 3), axis=2), SPEC)
    right = np.array([("covid-ct", "ct-sars").index(e.set_name) for e in held])
    found = []
    for count in (0, 3):
        recipe = small(shipped(), steps=2)
        recipe = replace(recipe, view=view, gate=replace(recipe.gate, shift=0.0, strength=0.01, otherwise=count))
        train_tuned(recipe, data, tmp_path / str(count), log=lambda line: None)
        (card,) = read_manifest(tmp_path / str(count))
        network = load_network(card)
        assert isinstance(network, ResNet50FpnAttention)
        with torch.no_grad():
            gates = network.gates(network.head(network.backbone(x))[1])
        assert gates is not None
        found.append(float(gates.numpy()[np.arange(len(right)), right].mean()))
    assert found[1] > found[0] + 0.1


def test_a_mask_goes_where_its_picture_goes() -> None:
    picture = np.zeros((72, 72), np.uint8)
    picture[10:30, 40:60] = 255
    settings = ViewSettings(resize=72, flip_horizontal=0.5, rotation=15, crop_area=(0.5, 1.0), crop_aspect=0.2)
    seen = set()
    for seed in range(6):
        one, other = joint_view([picture, picture], 64, np.random.default_rng(seed), settings)
        assert np.array_equal(one, other)
        seen.add(one.tobytes())
    assert len(seen) == 6


def test_a_mask_is_not_made_otherwise() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    settings = ViewSettings(coarse=1.0, coarse_scale=(0.3, 0.3), corners=1.0, brightness=0.3)
    view, mask = joint_view([picture, picture], 64, np.random.default_rng(1), settings)
    assert np.array_equal(mask, picture)
    assert view.astype(float).std() < 0.7 * picture.std()


def test_twins_stand_behind_the_views_and_are_made_otherwise() -> None:
    rng = np.random.default_rng(0)
    views = [rng.integers(0, 255, (16, 16)).astype(np.uint8) for _ in range(6)]
    settings = ViewSettings(coarse=1.0, coarse_scale=(0.4, 0.5), otherwise=0.0)
    both, of = with_twins(views, 4, np.random.default_rng(1), settings)
    assert len(both) == 10
    assert of[:6].tolist() == list(range(6))
    assert len(set(of[6:].tolist())) == 4
    assert all(np.array_equal(a, b) for a, b in zip(both[:6], views, strict=True))
    for twin, origin in zip(both[6:], of[6:], strict=True):
        assert not np.array_equal(twin, views[origin])
        # Of its own view, and of no other.
        near = [np.corrcoef(twin.ravel(), view.ravel())[0, 1] for view in views]
        assert int(np.argmax(near)) == origin
    alone, of = with_twins(views, 0, np.random.default_rng(1), settings)
    assert len(alone) == 6
    assert of.tolist() == list(range(6))


def test_how_far_answers_lie_apart_is_what_answers_differ_by() -> None:
    torch.manual_seed(0)
    top = Top(torch.nn.Sequential(), looks=2, sources=2, dropout=0.5).train()
    top.deviation.uniform_(0.5, 2)
    one, other = torch.randn(3, 2048), torch.randn(3, 2048)
    apart = top.apart(one, other)
    top.train(False)
    assert torch.allclose(apart, top.answers(one) - top.answers(other), atol=1e-5)


def test_how_far_twins_are_told_apart_is_a_loss_of_its_own(data: Path) -> None:
    recipe = small(shipped(), twins=6, dropout=0.0)
    train = read_sets(data, recipe.sets, ("train",), recipe.classes)
    source = np.array([recipe.sets.index(e.set_name) for e in train])
    positive = np.array([e.label == recipe.positive for e in train])
    outlined = read_outlined(data / "ct-masks", ("train",), SPEC, 72)
    made = Material(train, looks_of(train, SPEC, 72), positive, source, outlined)
    torch.manual_seed(0)
    trunk = ResNet50FpnAttention(("a", "b"), levels=3, pyramid=32).eval()
    lower = lower_trunk(trunk)
    top = Top(folded(trunk.layer3), looks=2, sources=2, dropout=0.0, peaks=False)
    sampler = SourceBalancedSampler(train, recipe.tuning.batch)

    def labels(weight: float, view: ViewSettings) -> float:
        tuning = replace(recipe.tuning, twin_weight=weight)
        return float(losses(top, lower, made, sampler, np.random.default_rng(5), SPEC, view, tuning)[0].detach())

    view = replace(recipe.view, coarse=1.0, coarse_scale=(0.3, 0.4))
    none, one, two = (labels(weight, view) for weight in (0.0, 1.0, 2.0))
    assert one > none
    assert two - one == pytest.approx(one - none, rel=1e-3)
    # Twins that are no other cost nothing.
    assert labels(1.0, recipe.view) == pytest.approx(labels(0.0, recipe.view), rel=1e-6)


def test_the_first_runs_of_a_recipe_may_see_views_as_they_are_alone(data: Path) -> None:
    view, tuning = ViewSettings(coarse=1.0, otherwise=0.5), TuneSettings(twins=4, plain_runs=1, seeds=(2, 1))
    assert of_run(view, tuning, 1) == (view, tuning)
    seen, settings = of_run(view, tuning, 0)
    assert settings.twins == 0
    picture = np.random.default_rng(0).integers(0, 255, (32, 32)).astype(np.uint8)
    assert np.array_equal(made_otherwise(picture, np.random.default_rng(1), seen), picture)


def test_shares_of_cells() -> None:
    mask = np.zeros((1, 32, 32), np.uint8)
    mask[0, 4:12, 16:32] = 255
    assert shares(mask, 16)[0].tolist() == [[0.0, 0.5], [0.0, 0.0]]


def test_outlines_lie_on_their_lesions_in_every_look(data: Path) -> None:
    made = read_outlined(data / "ct-masks", ("train", "val"), SPEC, 96)
    assert made.looks.shape == made.masks.shape == (9, 2, 96, 96)
    for picture, mask in zip(made.looks.reshape(-1, 96, 96), made.masks.reshape(-1, 96, 96), strict=True):
        inside = picture[mask > 200].astype(float)
        assert len(inside) > 60
        assert abs(inside.mean() - 120) < 12
    sizes = [(masks > 127).mean() for masks in made.masks.transpose(1, 0, 2, 3)]
    assert sizes[1] > 1.3 * sizes[0]  # the second look is closer


def test_what_is_no_set_with_outlines_is_refused(tmp_path: Path, data: Path) -> None:
    with pytest.raises(DataError, match="outlines"):
        read_outlined(tmp_path, ("train",), SPEC, 64)
    with pytest.raises(DataError, match="no picture with outlines"):
        read_outlined(data / "covid-ct", ("train",), SPEC, 64)
    folder = write_outlined(tmp_path / "set", 4)
    Image.fromarray(np.zeros((5, 5), np.uint8)).save(folder / "mask" / "0.png")
    with pytest.raises(DataError, match="different sizes"):
        read_outlined(folder, ("train",), SPEC, 64)


def test_the_file_says_what_was_tuned(run: tuple[Path, list[str]], data: Path) -> None:
    out, said = run
    figures = [json.loads(line) for line in said if line.startswith('{"step"')]
    assert [f["step"] for f in figures] == [0, 4, 8]
    (card,) = read_manifest(out)
    assert card.shares is None
    network = load_network(card)
    assert isinstance(network, ResNet50FpnAttention)
    assert network.layer4 is None
    held = read_sets(data, card_sets(), ("val",), card.classes)
    inputs = [prepare.forward(e.picture, card.input, units="grey")[0] for e in held]
    with torch.no_grad():
        x = torch.from_numpy(prepare.batch(inputs, card.input))
        features = network.backbone(x)
        logits = network.head(features)[0]
        maps = network.class_maps(features).sum(dim=(2, 3))
        coarse = network.coarse_maps(features)
    truth = np.array([e.label == "covid" for e in held])
    scores = (logits[:, 0] - logits[:, 1]).numpy()
    assert scores[truth].mean() > scores[~truth].mean() + 0.5
    assert torch.allclose(maps[:, 0] - maps[:, 0].mean(), logits[:, 0] - logits[:, 0].mean(), atol=0.5)
    assert coarse.shape == (len(held), 2, 4, 8)


def card_sets() -> tuple[str, ...]:
    return shipped().sets


def test_maps_learn_where_lesions_lie(data: Path, tmp_path: Path) -> None:
    said: list[str] = []
    train_tuned(small(shipped(), steps=30, check_every=30, outline_weight=1.0), data, tmp_path, log=said.append)
    figures = [json.loads(line) for line in said if line.startswith('{"step"')]
    before, after = figures[0]["lesion"], figures[-1]["lesion"]
    assert after["energy"] > before["energy"] + 0.05
    assert after["energy"] > 2 * after["blind"]


def test_a_broken_run_goes_on_to_the_same_weights(data: Path, tmp_path: Path, run: tuple[Path, list[str]]) -> None:
    recipe = small(shipped())

    def stop(line: str) -> None:
        if line.startswith('{"step": 4'):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_tuned(recipe, data, tmp_path, log=stop)
    said: list[str] = []
    train_tuned(recipe, data, tmp_path, resume=True, log=said.append)
    assert "going on at step 4" in said
    (one,), (other,) = read_manifest(tmp_path), read_manifest(run[0])
    assert one.sha256 == other.sha256


def test_what_does_not_go_together_is_refused(data: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "r.toml"
    text = (assets.resource_dir() / "recipes" / "ct_v4.toml").read_text("utf-8")
    wrong.write_text(text.replace("[tuning]\n", "[tuning]\nspeed = 3\n"), "utf-8")
    with pytest.raises(UsageError, match="speed"):
        read_tuned(wrong)
    with pytest.raises(UsageError, match="do not go together"):
        train_tuned(replace(shipped(), input=InputSpec()), data, tmp_path)
    with pytest.raises(UsageError, match="levels = 3"):
        train_tuned(replace(shipped(), options={"looks": 2.0}), data, tmp_path)
    with pytest.raises(UsageError, match="two sets"):
        train_tuned(replace(shipped(), sets=("covid-ct",)), data, tmp_path)


def test_looks_are_what_the_network_is_given(data: Path) -> None:
    held = read_sets(data, ("covid-ct",), ("val",), ("covid", "noncovid"))
    looks = looks_of(held, SPEC, 64)
    wanted = prepare.forward(held[0].picture, SPEC, units="grey")[0]
    assert np.array_equal(np.concatenate(list(looks[0]), axis=1), wanted)
