"""The whole report on synthetic films, with "networks" whose behaviour is known: one honest, one that reads frames."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from pictures import film, write_set
from PIL import Image

pytest.importorskip("sklearn")

from covidviewer.errors import UsageError
from covidviewer.inference.manifest import InputSpec, WeightsCard
from covidviewer.training.evaluation.alterations import ALTERATIONS, without_marks
from covidviewer.training.evaluation.assess import Options, assess
from covidviewer.training.evaluation.masks import lungs_of_ct_picture
from covidviewer.training.evaluation.page import html_page
from covidviewer.training.evaluation.printed import papers, printed_for
from covidviewer.training.evaluation.scoring import Scorer
from covidviewer.training.evaluation.tables import put_between_markers, tables
from covidviewer.training.evaluation.text import markdown

SPEC = InputSpec(size=(32, 32), mean=(0.5,) * 3, std=(0.5,) * 3)
FOUR = ("normal", "bacterial", "viral", "covid")
LEVELS = {"normal": 30, "bacterial": 85, "viral": 140, "covid": 210}


def card(classes, modality="FILM", network="dpn92_se"):
    return WeightsCard("toy.v1", network, "toy.v1.safetensors", "0" * 64, modality, tuple(classes), "covid", SPEC)


def scorer(the_card, levels, where):
    """Logits by the distance of a region's mean grey to each class's level."""

    def run(batch):
        grey = (batch[:, 0] * 0.5 + 0.5) * 255
        value = grey[:, 10:22, 8:13].mean((1, 2)) if where == "lungs" else grey[:, :3, :].mean((1, 2))
        logits = -((value[:, None] - np.array(list(levels))[None]) ** 2) / 200
        return logits.astype(np.float32), np.exp(logits / 20).astype(np.float32)

    return Scorer(the_card, run, "toy")


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write_set(folder / "cxr", LEVELS | {"pneumonia": 110}, per_class=48)
    return folder


@pytest.fixture(scope="module")
def report(films):
    the_card = card(FOUR)
    return assess(the_card, scorer(the_card, LEVELS.values(), "lungs"), films, Options(replicates=100))


def test_the_json_holds_what_was_promised(report):
    assert {"n", "accuracy", "balanced_accuracy", "auc", "ece", "brier", "per_class", "per_source", "shortcuts"} <= set(
        report
    )
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert report["split"] == "val"
    assert report["n"] == 48
    assert report["accuracy"]["value"] == 1.0
    assert report["accuracy"]["low"] <= report["accuracy"]["value"] <= report["accuracy"]["high"]
    assert set(report["per_source"]) == {"cxr/here", "cxr/there"}
    assert report["inside_source"]["cxr/here"]["auc"]["value"] == 1.0
    assert report["said"] == ["12 pictures of pneumonia are left out: the network cannot name them."]


def test_merged_and_adult_rows(report):
    assert report["merged"]["classes"] == ["normal", "pneumonia", "covid"]
    assert report["merged"]["all"]["n"] == 60  # with the pneumonia whose kind is unknown
    assert 0 < report["adults"]["n"] < report["n"]


def test_an_honest_network_passes_the_battery(report):
    tests = report["shortcuts"]["tests"]
    assert tests["frame"]["index"]["value"] < 0.1
    assert tests["frame"]["verdict"] == "pass"
    assert tests["histogram"]["index"]["value"] < 0.25
    assert tests["jpeg"]["change"]["value"] > -0.05
    assert "own finder" in report["shortcuts"]["masks"]["from"]  # no outlines beside these films
    assert report["shortcuts"]["frame_refit"]["margin"] > 0.4
    assert set(report["shortcuts"]["left_out"]) == {"cxr/here", "cxr/there"}
    assert report["shortcuts"]["left_out"]["cxr/here"]["drop"]["value"] < 0.1


def test_a_network_that_reads_frames_is_caught(tmp_path):
    write_set(tmp_path / "cxr", {"normal": 60, "covid": 62}, 48, sources={"normal": "here", "covid": "there"})
    the_card = card(("normal", "covid"), network="toy")
    found = assess(the_card, scorer(the_card, (60, 90), "frame"), tmp_path, Options(replicates=50))
    assert found["accuracy"]["value"] == 1.0
    frame = found["shortcuts"]["tests"]["frame"]
    assert frame["verdict"] == "fail"
    assert frame["index"]["value"] > 0.9
    assert found["association"]["inseparable"]
    assert found["inside_source"] == {}
    assert any("must not be called validated" in line for line in found["warnings"])
    assert any("go together" in line for line in found["warnings"])


def test_lungs_are_taken_from_outlines(films, tmp_path):
    rng = np.random.default_rng(1)
    write_set(tmp_path / "cxr", LEVELS, 16)
    own = write_set(tmp_path / "cxr-masks", LEVELS, 16)
    (own / "lung").mkdir()
    for path in sorted((own / "img").glob("*.png")):
        outline = film(255, rng, border=0) > 128
        Image.fromarray(outline.astype(np.uint8)).save(own / "lung" / path.name)
    the_card = card(FOUR)
    found = assess(the_card, scorer(the_card, LEVELS.values(), "lungs"), tmp_path, Options(replicates=50, refit=False))
    tests = found["shortcuts"]["tests"]
    assert found["shortcuts"]["masks"]["n"] == 16
    assert tests["lungs_black"]["n"] == 16
    assert tests["lungs_black"]["balanced_accuracy"]["value"] == pytest.approx(0.25)
    assert tests["lungs_only"]["retention"]["value"] > 0.9


def test_a_folder_of_one_class_is_judged_as_far_as_it_goes(tmp_path):
    """A hospital that has covid alone: recall can be measured, nothing that needs a second class can."""
    rng = np.random.default_rng(0)
    (tmp_path / "COVID-19").mkdir()
    for i in range(9):
        Image.fromarray(film(210, rng)).save(tmp_path / "COVID-19" / f"{i}.png")
    the_card = card(("normal", "covid"), network="toy")
    found = assess(the_card, scorer(the_card, (30, 210), "lungs"), tmp_path, Options(replicates=20))
    assert found["split"] == "all"  # a folder without splits is judged whole
    assert found["n"] == 9
    assert found["per_class"]["covid"]["recall"]["value"] == 1.0
    assert found["auc"]["value"] is None
    assert found["roc"] == {}
    assert found["shortcuts"]["tests"]["frame"]["verdict"] == "none"
    assert "<svg" in html_page(found)
    assert "| covid |" in markdown(found)


def test_a_network_that_crops_to_the_lungs_keeps_its_crop(films):
    """The crop and the grey levels come from the unaltered place, so that blacked-out lungs do not move it."""
    from dataclasses import replace

    from covidviewer.training.evaluation.battery import altered_inputs, prepared
    from covidviewer.training.folder import read_folder

    spec = replace(SPEC, crop="lungs", percentiles=(1.0, 99.0))
    examples, _ = read_folder(films / "cxr", FOUR, ("val",))
    cases = prepared(replace(card(FOUR), input=spec), examples[:6])
    flip = next(t for t in ALTERATIONS if t.key == "flip")
    for case, flipped in zip(cases, altered_inputs(cases, flip, spec, 0, 0, 0), strict=True):
        _, left, _, right = case.placement.box
        if (left, right) == (0, case.example.picture.shape[1]):
            assert np.array_equal(flipped, case.shown[:, ::-1])
    frame = next(t for t in ALTERATIONS if t.key == "frame")
    for case, framed in zip(cases, altered_inputs(cases, frame, spec, 128, 0, 0), strict=True):
        assert framed.shape == case.shown.shape
        assert (framed == framed[16, 16]).mean() > 0.4  # the middle is filled, whatever was stretched


def test_the_page_is_whole_and_fetches_nothing(report):
    class Check(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open = []

        def handle_starttag(self, tag, attrs):
            assert not {"src", "href", "onload"} & {k for k, _ in attrs}
            if tag not in ("meta", "rect", "path", "circle", "polyline"):
                self.open.append(tag)

        def handle_endtag(self, tag):
            if tag not in ("meta", "rect", "path", "circle", "polyline"):
                assert self.open.pop() == tag

    page = html_page(report)
    checker = Check()
    checker.feed(page)
    assert checker.open == []
    assert page.count("<svg") >= 5
    assert "http" not in page
    assert "nan" not in re.findall(r"\bnan\b", page.lower())
    assert "Same data as here" in page


def test_tables_of_the_docs_keep_their_format(report):
    made = tables([report])
    assert set(made) == {"overall-val", "sources-val", "papers-val", "shortcuts-val"}
    for text in made.values():
        lines = text.splitlines()
        assert len({line.count("|") for line in lines}) == 1
        assert set(lines[1]) == {"|", "-"}
        assert len(lines) > 2
    page = "a\n<!-- table: overall-val -->\nold\n<!-- end -->\nb\n<!-- table: other -->\nkept\n<!-- end -->\n"
    filled = put_between_markers(page, made)
    assert "old" not in filled
    assert "kept" in filled
    assert "toy.v1" in filled
    assert put_between_markers(filled, made) == filled
    assert "shortcut test" in markdown(report)


def test_rows_of_other_networks_stay_and_own_ones_are_replaced_in_their_place(report):
    made = tables([report])
    head, line, *own = made["overall-val"].splitlines()
    columns = head.count("|") - 2
    first, stale, last = (f"| {name} |{' 0 |' * columns}" for name in ("a.v1", "toy.v1", "z.v1"))
    page = "<!-- table: overall-val -->\n\n" + "\n".join([head, line, first, stale, stale, last]) + "\n\n<!-- end -->\n"
    filled = put_between_markers(page, made, keep_others=True)
    assert filled.splitlines()[2:-2] == [head, line, first, *own, last]
    assert put_between_markers(filled, made, keep_others=True) == filled
    empty = put_between_markers("<!-- table: overall-val -->\n\n<!-- end -->\n", made, keep_others=True)
    assert empty.splitlines()[2:-2] == [head, line, *own]
    with pytest.raises(UsageError, match="other columns"):
        put_between_markers(page.replace(head, "| network | else |"), made, keep_others=True)


def test_papers_say_whose_data_it_was():
    assert {p["paper"] for p in papers()} >= {"000", "001", "002", "003", "004"}
    assert all(0 < v <= 1 for p in papers() for v in p["figures"].values())
    vgg = {p["paper"]: p["same_data"] for p in printed_for("vgg", "CT", ("covid-ct",), "val")}
    assert vgg["002"] == "yes"
    assert {p["same_data"] for p in printed_for("dresunet", "CT", ("covid-ct",), "test")} == {"no", "yes"}
    assert printed_for("dresunet", "FILM", ("cxr",), "test") == []


def test_alterations_keep_the_shape_and_the_original():
    rng = np.random.default_rng(0)
    picture = film(120, rng)
    before = picture.copy()
    mask = np.zeros(picture.shape, bool)
    mask[10:20, 10:20] = True
    for test in ALTERATIONS:
        result = test.change(picture, mask, 99, np.random.default_rng(0))
        assert result.shape == picture.shape, test.key
        assert result.dtype == np.uint8, test.key
        assert not np.array_equal(result, picture), test.key
    assert np.array_equal(picture, before)
    marked = picture.copy()
    marked[20, 20:22] = 255
    assert without_marks(marked, None, 0, rng)[20, 20] < 200


def test_lungs_are_found_on_a_ct_like_picture():
    rows, columns = np.mgrid[0:100, 0:140]
    body = ((rows - 50) / 46) ** 2 + ((columns - 70) / 66) ** 2 < 1
    lungs = ((rows - 50) / 28) ** 2 + ((columns - 40) / 20) ** 2 < 1
    lungs |= ((rows - 50) / 28) ** 2 + ((columns - 100) / 20) ** 2 < 1
    picture = np.where(lungs, 40, np.where(body, 200, 0)).astype(np.uint8)
    found = lungs_of_ct_picture(picture)
    assert (found & lungs).sum() / (found | lungs).sum() > 0.85
    assert lungs_of_ct_picture(np.full((60, 60), 128, np.uint8)) is None
