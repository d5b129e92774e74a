"""The manifest is the only truth about a weight file; what contradicts itself is refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from covidviewer.errors import NotEvaluableError, UsageError, WeightsError
from covidviewer.inference import registry
from covidviewer.inference.loading import load_network, verify
from covidviewer.inference.manifest import GateLimits, card_from, read_manifest

ENTRY: dict[str, Any] = {
    "id": "a.ct_v1",
    "network": "resnet50_fpn_attention",
    "file": "a.ct_v1.safetensors",
    "sha256": "ab" * 32,
    "modality": "CT",
    "classes": ["covid", "noncovid"],
    "positive": "covid",
    "input": {"size": [224, 192], "window": {"center": -600, "width": 1500}, "crop": "body"},
    "operating_point": {"threshold": 0.4, "rule": "r", "source": "s"},
    "cam_scale": {"fine": {"covid": 0.5}},
    "gate": {"thickness_pass_mm": 2.0, "field_pass_mm": [200, 400]},
}


def test_an_entry_and_its_defaults() -> None:
    card = card_from(ENTRY, Path("w"))
    assert card.path == Path("w/a.ct_v1.safetensors")
    assert card.input.size == (224, 192)
    assert (card.input.window_center, card.input.window_width) == (-600.0, 1500.0)
    assert card.input.resize == "squeeze"
    assert card.threshold == 0.4
    assert card.scale("fine", "covid") == 0.5
    assert card.scale("coarse", "covid") == 1.0
    assert card.gate.thickness_pass_mm == 2.0
    assert card.gate.field_pass_mm == (200, 400)
    assert card.gate.slices_pass == GateLimits().slices_pass
    assert card.temperature == 1.0


def test_a_network_without_operating_point_has_no_threshold() -> None:
    entry = {k: v for k, v in ENTRY.items() if k != "operating_point"}
    assert card_from(entry, Path("w")).threshold is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sha256": "12"}, "sha256"),
        ({"modality": "MR"}, "modality"),
        ({"classes": ["covid"]}, "classes"),
        ({"classes": ["covid", "covid"]}, "classes"),
        ({"positive": "flu"}, "positive"),
        ({"file": "a.pt"}, "safetensors"),
        ({"file": "../a.safetensors"}, "beside the manifest"),
        ({"temperature": 0}, "temperature"),
        ({"input": {"channels": 2}}, "channels"),
        ({"input": {"channels": 1}}, "mean and std"),
        ({"input": {"std": [1, 0, 1]}}, "std"),
        ({"input": {"resize": "stretch"}}, "resize"),
        ({"input": {"crop": "bones"}}, "crop"),
        ({"input": {"window": {"center": 0, "width": 0}}}, "width"),
        ({"input": {"sice": 224}}, "unknown field sice"),
        ({"gate": {"thicknes_pass_mm": 2.0}}, "unknown field thicknes_pass_mm"),
        ({"operating_point": {"threshold": 1.5}}, "threshold"),
        ({"cam_scale": {"fine": {"covid": 0.0}}}, "cam_scale"),
        ({"operating_point": {"rule": "none"}}, "lacks 'threshold'"),
    ],
)
def test_what_cannot_be_is_refused_by_name(change: dict[str, Any], said: str) -> None:
    with pytest.raises(WeightsError, match=said) as error:
        card_from({**ENTRY, **change}, Path("w"))
    assert "a.ct_v1" in error.value.message


@pytest.mark.parametrize("field", ["network", "file", "sha256", "modality", "classes", "positive"])
def test_what_is_missing_is_named(field: str) -> None:
    entry = {k: v for k, v in ENTRY.items() if k not in (field, "id")}
    with pytest.raises(WeightsError, match=field):
        card_from({**entry, **({} if field == "file" else {"id": "x"})}, Path("w"))


def test_no_manifest_is_no_network_and_a_broken_one_is_said(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) == ()
    path = tmp_path / "manifest.toml"
    path.write_text("schema = 2\n", "utf-8")
    with pytest.raises(WeightsError, match="schema 2"):
        read_manifest(tmp_path)
    path.write_text("[[weights\n", "utf-8")
    with pytest.raises(WeightsError, match="cannot be read"):
        read_manifest(tmp_path)
    path.write_text("weights = 3\n", "utf-8")
    with pytest.raises(WeightsError, match="no \\[\\[weights\\]\\]"):
        read_manifest(tmp_path)


def test_the_toy_is_listed_chosen_and_loaded(toy_weights: Path) -> None:
    (listing,) = registry.cards()
    assert listing.available
    card = registry.choose()
    assert card.id == "toy.ct_v1"
    assert registry.choose("toy.ct_v1") == card == registry.choose("toy_of_the_tests")
    network = load_network(card)
    assert not network.training
    assert {str(v.dtype) for v in network.state_dict().values()} == {"torch.float32"}
    with pytest.raises(UsageError, match="There are: toy"):
        registry.choose("other")
    with pytest.raises(NotEvaluableError, match="chest films"):
        registry.choose(modality="FILM")


def test_a_missing_file_makes_the_network_unavailable_with_the_reason(toy_weights: Path) -> None:
    (toy_weights / "toy.ct_v1.safetensors").unlink()
    (listing,) = registry.list_weights()
    assert "missing" in listing.reason
    with pytest.raises(WeightsError, match="missing"):
        registry.choose()
    with pytest.raises(WeightsError, match="missing"):
        verify(listing.card)


def test_a_changed_file_is_not_loaded(toy_weights: Path) -> None:
    path = toy_weights / "toy.ct_v1.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    (listing,) = registry.list_weights(checksum=True)
    assert "checksum" in listing.reason
    with pytest.raises(WeightsError) as error:
        load_network(listing.card)
    assert error.value.code == "A05"


def rewritten(folder: Path, data: bytes, old: str = "", new: str = "") -> Path:
    """Another weight file with its right checksum."""
    from covidviewer.inference.loading import sha256_of

    path = folder / "toy.ct_v1.safetensors"
    before = sha256_of(path)
    path.write_bytes(data)
    manifest = folder / "manifest.toml"
    text = manifest.read_text("utf-8").replace(before, sha256_of(path))
    manifest.write_text(text.replace(old, new) if old else text, "utf-8")
    return path


def test_a_file_that_is_no_safetensors_is_refused(toy_weights: Path) -> None:
    rewritten(toy_weights, b"\x80\x04pickle")
    with pytest.raises(WeightsError, match="no readable safetensors"):
        load_network(registry.choose())


def test_keys_and_shapes_must_fit_exactly(toy_weights: Path) -> None:
    import torch
    from safetensors.torch import save

    good = {"weight": torch.zeros(2, 3), "bias": torch.zeros(2)}
    for wrong in (
        {**good, "more": torch.zeros(1)},
        {"weight": good["weight"]},
        {**good, "bias": torch.zeros(3)},
    ):
        rewritten(toy_weights, save(wrong))
        with pytest.raises(WeightsError, match="does not fit"):
            load_network(registry.choose())
    rewritten(toy_weights, save(good))
    load_network(registry.choose())


def test_an_unknown_network_is_listed_with_the_reason(toy_weights: Path) -> None:
    path = toy_weights / "manifest.toml"
    path.write_text(path.read_text("utf-8").replace("toy_of_the_tests", "from_the_future"), "utf-8")
    (listing,) = registry.list_weights()
    assert "knows no network from_the_future" in listing.reason


def test_networks_command_prints_json(toy_weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from covidviewer.__main__ import main

    assert main(["networks", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["networks"]
    assert entry["id"] == "toy.ct_v1"
    assert entry["classes"] == ["covid", "noncovid"]
    assert entry["threshold"] == 0.5
    assert entry["data_origin"] == "none: a toy"
    assert entry["available"] is True
    (toy_weights / "toy.ct_v1.safetensors").unlink()
    assert main(["networks"]) == 1
    assert "not available: The weight file toy.ct_v1.safetensors is missing." in capsys.readouterr().out
