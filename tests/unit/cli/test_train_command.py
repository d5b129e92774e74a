"""``covidviewer train``: what a user types wrong is one sentence, and a small run ends in a file that is judged."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("torch")

from covidviewer.cli import parser


def run(*words: str) -> int:
    args = parser.build(words[0]).parse_args(list(words))
    return int(args.run(args))


def test_an_unknown_recipe_names_the_shipped_ones(capsys, tmp_path):
    assert run("train", "nosuch", "--data", str(tmp_path)) == 2
    said = capsys.readouterr().err
    assert "paper_003_da_covid_net" in said
    assert "Traceback" not in said


def test_a_staged_recipe_wants_its_pretrained_files(capsys, tmp_path):
    assert run("train", "ct_v1", "--data", str(tmp_path)) == 2
    assert "--pretrained" in capsys.readouterr().err


def test_a_wrong_folder_is_said_before_the_first_epoch(capsys, tmp_path):
    out = tmp_path / "out"
    assert run("train", "paper_003_da_covid_net", "--data", str(tmp_path / "absent"), "--out", str(out)) == 2
    assert "There is no folder" in capsys.readouterr().err
    assert not out.exists()


def test_an_unknown_network_is_said(capsys, tmp_path):
    words = ("train", "paper_003_da_covid_net", "--data", str(tmp_path), "--network", "absent")
    assert run(*words) == 2
    assert "No network is called absent" in capsys.readouterr().err


def test_evaluate_without_weights_says_what_to_name(capsys, tmp_path):
    assert run("evaluate", "--data", str(tmp_path)) == 2
    assert "--all" in capsys.readouterr().err


def test_a_kept_report_is_used_for_the_same_file_and_no_other(tmp_path):
    from covidviewer.cli.evaluate import _kept
    from covidviewer.inference.manifest import WeightsCard
    from covidviewer.training.evaluation.assess import SCHEMA

    card = WeightsCard("a.v1", "a", "a.v1.safetensors", "1" * 64, "CT", ("x", "y"), "x")
    report = {"sha256": "1" * 64, "schema": SCHEMA, "shortcuts": {}}
    (tmp_path / "a.v1.val.json").write_text(json.dumps(report), "utf-8")

    def kept(*words: str):
        return _kept(card, parser.build("evaluate").parse_args(["evaluate", "--all", "--data", ".", *words]))

    assert kept("--out", str(tmp_path)) == report
    assert kept("--out", str(tmp_path), "--fresh") is None
    assert kept("--out", str(tmp_path), "--split", "test") is None
    assert kept("--out", str(tmp_path), "--no-shortcuts") is None
    (tmp_path / "a.v1.val.json").write_text(json.dumps(report | {"sha256": "2" * 64}), "utf-8")
    assert kept("--out", str(tmp_path)) is None
