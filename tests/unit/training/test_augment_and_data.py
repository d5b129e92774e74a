"""Views, mixing, balanced batches, and that a split is never crossed."""

from __future__ import annotations

import numpy as np
import pytest

from covidviewer.training.augment import AugmentSettings, augment, mixup_pairs, plain

Image = pytest.importorskip("PIL.Image")


def picture(rows: int = 90, columns: int = 130) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (rows, columns), dtype=np.uint8)


def test_plain_squeezes_the_whole_picture():
    result = plain(picture(), 64)
    assert result.shape == (64, 64)
    assert result.dtype == np.uint8


def test_a_view_repeats_with_its_seed_and_only_then():
    settings = AugmentSettings()
    a, b, c = (augment(picture(), 64, np.random.default_rng(s), settings) for s in (1, 1, 2))
    assert a.shape == (64, 64)
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_mixup_without_alpha_is_the_identity():
    rng = np.random.default_rng(0)
    order, share = mixup_pairs(8, 0.0, rng)
    assert share == 1.0
    assert sorted(order) == list(range(8))
    assert 0.0 <= mixup_pairs(8, 0.4, rng)[1] <= 1.0


@pytest.fixture
def folder(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name / "img").mkdir(parents=True)
        lines = ["file,label,split,patient,source,notes"]
        for i in range(12):
            label = "covid" if i % 2 else "noncovid"
            split = ("train", "val", "test")[i // 4]
            Image.fromarray(picture()).save(tmp_path / name / "img" / f"{i}.png")
            lines.append(f"img/{i}.png,{label},{split},p{i},here,")
        (tmp_path / name / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_reading_keeps_to_the_split(folder):
    from covidviewer.training.data import read_sets

    examples = read_sets(folder, ("one", "two", "absent"), ("train",), ("covid", "noncovid"))
    assert len(examples) == 8
    assert {e.split for e in examples} == {"train"}
    assert {e.set_name for e in examples} == {"one", "two"}
    assert all(e.patient.startswith(e.set_name + "/") for e in examples)


def test_the_source_is_the_fold_group_but_in_a_collection(tmp_path):
    from covidviewer.training.data import read_set

    Image.fromarray(picture()).save(tmp_path / "a.png")
    rows = ["covid,p1,paper", "covid,p2,paper", "covid,p3,other", "noncovid,p4,crawled", "noncovid,p5,crawled"]
    rows.append("noncovid,p6,")
    lines = ["file,label,split,patient,source,notes"]
    lines += [f"a.png,{label},train,{patient},{source}," for label, patient, source in (r.split(",") for r in rows)]
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    read = read_set(tmp_path, ("train",), ("covid", "noncovid"), ("crawled",))
    groups = [e.fold_group for e in read]
    assert groups[0] == groups[1]
    assert len(set(groups)) == 5
    assert len({e.patient for e in read}) == 6  # intervals still resample patients
    unnamed = [e.fold_group for e in read_set(tmp_path, ("train",), ("covid", "noncovid"))]
    assert unnamed[3] == unnamed[4]  # a collection that nobody named is too coarse, it does not leak


def test_one_set_may_be_named_directly(folder):
    from covidviewer.training.data import DataError, find_sets, read_sets

    assert list(find_sets(folder / "one", ("one", "two"))) == ["one"]
    with pytest.raises(DataError):
        find_sets(folder / "one" / "img", ("one",))
    with pytest.raises(DataError):
        read_sets(folder, ("one",), ("nosuchsplit",), ("covid",))


def test_batches_hold_each_source_and_class_alike(folder):
    from covidviewer.training.data import DataError, SourceBalancedSampler, read_sets

    examples = read_sets(folder, ("one", "two"), ("train", "val"), ("covid", "noncovid"))
    examples = examples[:8] + examples[8:10]  # the second set is smaller
    sampler = SourceBalancedSampler(examples, 8)
    chosen = sampler.draw(np.random.default_rng(0))
    pairs = [(examples[i].set_name, examples[i].label) for i in chosen]
    assert {pair: pairs.count(pair) for pair in pairs} == dict.fromkeys(set(pairs), 2)
    assert len(set(pairs)) == 4
    with pytest.raises(DataError):
        SourceBalancedSampler(examples, 6)


def test_settings_are_plain_values():
    assert AugmentSettings() == AugmentSettings(min_area=0.65)
