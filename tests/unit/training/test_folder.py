"""A user's data folder: its three forms, mapped labels, and every mistake said before the first epoch."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import film, write_set
from PIL import Image

from covidviewer.training.data import DataError
from covidviewer.training.folder import list_folder, read_folder
from covidviewer.training.labels import class_of, coarser_classes

THREE = ("normal", "pneumonia", "covid")
FOUR = ("normal", "bacterial", "viral", "covid")
LEVELS = {"normal": 30, "bacterial": 90, "viral": 120, "pneumonia": 150, "covid": 200}


def test_labels_are_mapped_or_left_out():
    assert class_of("Bacterial pneumonia", THREE) == "pneumonia"
    assert class_of("COVID-19", ("Covid", "NonCovid")) == "Covid"
    assert class_of("viral", FOUR) == "viral"
    assert class_of("pneumonia", FOUR) is None
    assert class_of("normal", ("covid", "noncovid")) == "noncovid"
    assert class_of("fracture", THREE) is None
    assert coarser_classes(FOUR) == ("normal", "pneumonia", "covid")
    assert coarser_classes(THREE) is None


def test_a_table_is_read_with_its_splits(tmp_path):
    write_set(tmp_path / "cxr", LEVELS)
    examples, listing = read_folder(tmp_path / "cxr", THREE, ("val",))
    assert not listing.dealt
    assert {e.split for e in examples} == {"val"}
    assert {e.label for e in examples} == set(THREE)
    assert {e.original for e in examples if e.label == "pneumonia"} == {"bacterial", "viral", "pneumonia"}
    assert {e.age for e in examples} <= {40.0, 6.0}
    assert any("count as pneumonia" in line for line in listing.said)
    four, listing = read_folder(tmp_path, FOUR, ("val",))  # a folder of sets
    assert {e.label for e in four} == set(FOUR)
    assert any("pneumonia are left out" in line for line in listing.said)


def test_named_sets_are_taken_from_a_folder_of_sets(tmp_path):
    write_set(tmp_path / "one", LEVELS)
    write_set(tmp_path / "two", LEVELS)
    assert {e.set_name for e in list_folder(tmp_path, ("two",)).entries} == {"two"}
    assert {e.set_name for e in list_folder(tmp_path, ("absent",)).entries} == {"one", "two"}


def test_a_folder_a_class_is_dealt_by_patient_and_always_alike(tmp_path):
    rng = np.random.default_rng(0)
    for name, level in (("Normal", 30), ("COVID-19", 200)):
        (tmp_path / name).mkdir()
        for i in range(20):
            Image.fromarray(film(level, rng)).save(tmp_path / name / f"{name}{i}.png")
    examples, listing = read_folder(tmp_path, ("normal", "covid"))
    assert listing.dealt
    assert {(e.split, e.label) for e in examples} == {
        (s, c) for s in ("train", "val", "test") for c in ("normal", "covid")
    }
    assert [e.split for e in examples] == [e.split for e in read_folder(tmp_path, ("normal", "covid"))[0]]
    assert any("own patient" in line for line in listing.said)


def test_folders_of_splits_keep_their_splits(tmp_path):
    for split in ("train", "validation"):
        for name in ("normal", "covid"):
            (tmp_path / split / name).mkdir(parents=True)
            Image.fromarray(film(30, np.random.default_rng(0))).save(tmp_path / split / name / f"{split}{name}.png")
    examples, listing = read_folder(tmp_path, ("normal", "covid"))
    assert not listing.dealt
    assert sorted(e.split for e in examples) == ["train", "train", "val", "val"]


def test_dicom_in_a_folder_a_class(tmp_path):
    """A CT series a patient: the patient is known, long series are thinned, the grey is that of the window."""
    from covidviewer.dicom import writing
    from covidviewer.inference.manifest import InputSpec

    affine = np.diag([5.0, 1.0, 1.0, 1.0])
    rows, columns = np.mgrid[0:64, 0:64]
    body = ((rows - 32) / 26) ** 2 + ((columns - 32) / 30) ** 2 < 1
    for label, hu in (("covid", 40), ("normal", -600)):
        for number in range(4):
            place = tmp_path / label / f"p{number}"
            place.mkdir(parents=True)
            study = writing.StudyHead(f"{label}{number}", "", f"{label}^{number}", f"ID{label}{number}", age="034Y")
            head = writing.SeriesHead(study, 1, "thorax")
            count = 40 if label == "covid" and number == 0 else 2
            for i in range(count):
                slice_hu = np.where(body, 40, -1000).astype(np.int16)
                slice_hu[28:36, 20:28] = hu
                writing.write_ct_slice(place / f"{i}.dcm", slice_hu, head, affine, i, i + 1)
    spec = InputSpec()
    examples, listing = read_folder(tmp_path, ("covid", "normal"), spec=spec)
    assert len({e.patient for e in examples}) == 8
    assert not any("ID" in e.patient for e in examples)
    assert {e.age for e in examples} == {34.0}
    long = [e for e in listing.entries if e.path.parent.name == "p0" and e.label == "covid"]
    assert len(long) == 24
    one = next(e for e in examples if e.label == "normal")
    grey = round((-600 - (spec.window_center - spec.window_width / 2)) / spec.window_width * 255)
    assert (one.picture == grey).sum() >= 60
    cut, _ = read_folder(tmp_path, ("covid", "normal"), spec=InputSpec(crop="body"))
    assert cut[0].picture.shape[0] < 64


def wrong(folder, classes=THREE, **options):
    with pytest.raises(DataError) as found:
        read_folder(folder, classes, **options)
    return str(found.value)


def test_wrong_folders_get_a_clear_message(tmp_path):
    assert "There is no folder" in wrong(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    assert "no labelled pictures" in wrong(tmp_path / "empty")
    good = write_set(tmp_path / "good", LEVELS)
    assert "its labels are" in wrong(good, ("cat", "dog"))
    table = good / "labels.csv"
    text = table.read_text("utf-8")
    table.write_text(text.replace("file,label", "path,label"), "utf-8")
    assert "lacks the columns file" in wrong(good)
    table.write_text(text.replace("img/covid0.png", "img/gone.png"), "utf-8")
    assert "img/gone.png" in wrong(good)
    table.write_text(text.replace(",val,", ",sometime,"), "utf-8")
    assert "'sometime'" in wrong(good)
    table.write_text(text.replace("covid0.png,covid,train,covid-p0", "covid0.png,covid,test,covid-p0"), "utf-8")
    assert "two splits" in wrong(good)
    table.write_text("\n".join(line for line in text.splitlines() if ",covid,val" not in line), "utf-8")
    assert "no picture of covid in the split val" in wrong(good, needed=("train", "val"))
    table.write_text(text, "utf-8")
    (good / "img" / "covid0.png").write_bytes(b"no picture")
    assert "img/covid0.png" in wrong(good)
