"""The prepared picture sets as data folders: counts of their own notes, mapped labels, how label follows source."""

from __future__ import annotations

from collections import Counter

import pytest

from covidviewer.training.folder import list_folder, load_entries, policy
from covidviewer.training.labels import class_of
from covidviewer.training.leaks import cramers_v, near_duplicates, refuse_torn_patients

THREE = ("normal", "pneumonia", "covid")
FOUR = ("normal", "bacterial", "viral", "covid")


@pytest.fixture(scope="module")
def images(shared_data):
    return shared_data / "images"


def test_films_in_three_and_four_classes(images):
    listing = list_folder(images, policy()["sets"]["FILM"])
    refuse_torn_patients(listing.entries)
    test = [e for e in listing.entries if e.split == "test"]
    assert Counter(class_of(e.label, THREE) for e in test) == {"normal": 135, "pneumonia": 254, "covid": 101}
    four = Counter(class_of(e.label, FOUR) for e in test)
    assert four == {"normal": 135, "bacterial": 106, "viral": 94, "covid": 101, None: 54}
    adults = [e for e in test if e.age is not None and e.age >= policy()["figures"]["adult_age"]]
    assert len(adults) == 173
    assert cramers_v([e.label for e in test], [e.source for e in test]) > 0.5


def test_ct_sets_are_found_beside_the_others(images):
    listing = list_folder(images, policy()["sets"]["CT"])
    refuse_torn_patients(listing.entries)
    assert Counter((e.set_name, e.split) for e in listing.entries) == {
        ("covid-ct", "train"): 423, ("covid-ct", "val"): 118, ("covid-ct", "test"): 203,
        ("ct-sars", "train"): 1033, ("ct-sars", "val"): 135, ("ct-sars", "test"): 302,
    }  # fmt: skip


def test_what_the_notes_removed_as_duplicates_is_not_there(images):
    entries = [e for e in list_folder(images / "covid-ct").entries if e.split != "train"]
    examples = load_entries(entries, ("covid", "noncovid"))
    rule = policy()["duplicates"]
    pairs = near_duplicates(
        [e.picture for e in examples], [e.split for e in examples], rule["hash_bits"], rule["correlation"]
    )
    assert len(pairs) <= 2, [(examples[p.first].file, examples[p.second].file) for p in pairs]
