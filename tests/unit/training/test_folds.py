"""Folds never split a paper, and the penalty is chosen by them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("sklearn")

from covidviewer.training.data import DataError, Example
from covidviewer.training.linear import choose_strength, cross_fitted, deal_folds
from covidviewer.training.metrics import auc

PICTURE = np.zeros((4, 4), np.uint8)
STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)


def papers(by_paper: bool, count: int = 20, patients: int = 4) -> list[Example]:
    """One set; ``count`` papers of one class each, one picture of each of their patients."""
    return [
        Example(
            PICTURE,
            ("covid", "noncovid")[p % 2],
            "train",
            f"a/p{p} {i}",
            "a",
            f"{p} {i}",
            f"a/source {p}" if by_paper else f"a/p{p} {i}",
        )
        for p in range(count)
        for i in range(patients)
    ]


def truth_of(examples: list[Example]) -> np.ndarray:
    return np.array([e.label == "covid" for e in examples])


def looks(examples: list[Example], columns: int, seed: int = 0) -> np.ndarray:
    """Features that say of which paper a picture is, and nothing of its class."""
    rng = np.random.default_rng(seed)
    names = [e.patient.split()[0] for e in examples]
    of_paper = {name: rng.normal(size=columns) for name in dict.fromkeys(names)}
    return np.stack([of_paper[name] for name in names]) + 0.3 * rng.normal(size=(len(examples), columns))


@pytest.mark.parametrize("seed", range(10))
def test_two_patients_of_one_paper_are_never_split(seed):
    examples = papers(by_paper=True)
    fold = deal_folds(examples, 5, seed)
    assert set(fold) == set(range(5))
    for group in {e.fold_group for e in examples}:
        assert len({f for f, e in zip(fold, examples, strict=True) if e.fold_group == group}) == 1


def test_folds_repeat_with_their_seed_and_hold_classes_evenly():
    examples = papers(by_paper=True)
    fold = deal_folds(examples, 5, 3)
    assert np.array_equal(fold, deal_folds(examples, 5, 3))
    assert not np.array_equal(fold, deal_folds(examples, 5, 4))
    truth = truth_of(examples)
    assert [int((truth & (fold == k)).sum()) for k in range(5)] == [8] * 5


def test_soft_labels_do_not_recognise_papers():
    """The finding that brought the rule: dealt by patient, looks alone seem to tell the classes apart."""
    for by_paper in (True, False):
        examples = papers(by_paper)
        soft = cross_fitted([looks(examples, 4096)], examples, "covid")
        value = auc(soft, truth_of(examples))
        assert (value < 0.7) if by_paper else (value > 0.95)


def test_soft_labels_never_saw_the_picture():
    # Pure noise: a regression that had seen the picture would know it by heart.
    examples = papers(by_paper=False, count=10)
    soft = cross_fitted([np.random.default_rng(0).normal(size=(40, 4096))], examples, "covid")
    assert soft.shape == (40,)
    assert ((soft > 0.5) == truth_of(examples)).mean() < 0.85


def test_what_cannot_be_dealt_is_refused():
    examples = papers(by_paper=True)
    one = [replace(e, fold_group="a/source all") if e.label == "covid" else e for e in examples]
    with pytest.raises(DataError, match="collections"):
        deal_folds(one)
    torn = [*examples, replace(examples[0], fold_group="a/source other")]
    with pytest.raises(DataError, match="two fold groups"):
        deal_folds(torn)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_penalty_is_not_chosen_for_remembering_papers(seed):
    """Dealt by patient a weak penalty looks best, because it learns each paper; other papers are worse off by it."""
    by_paper, by_patient = papers(True), papers(False)
    rng = np.random.default_rng(seed)
    look = np.repeat(rng.normal(size=(20, 60)), 4, axis=0)
    sign = np.where(truth_of(by_paper), 1.0, -1.0)[:, None]
    features = look + rng.normal(size=look.shape) + sign * 0.3 * rng.normal(size=60)
    strict, figures = choose_strength([features], by_paper, "covid", STRENGTHS)
    loose, flattered = choose_strength([features], by_patient, "covid", STRENGTHS)
    assert strict <= 1e-3
    assert loose >= 1e-2
    assert flattered[loose]["a"] > figures[loose]["a"] + 0.05
    assert figures[strict]["a"] == max(figures[c]["a"] for c in STRENGTHS)


def test_a_weak_penalty_is_chosen_where_it_is_needed():
    examples = papers(by_paper=True, count=40)
    rng = np.random.default_rng(0)
    disturbance = rng.normal(size=len(examples)) * 5
    told = np.where(truth_of(examples), 1.0, -1.0) + 0.2 * rng.normal(size=len(examples))
    # Only the difference of the two columns tells the class, and a strong penalty keeps the second near zero.
    features = np.stack([told + disturbance, disturbance], axis=1)
    strength, figures = choose_strength([features], examples, "covid", STRENGTHS)
    assert strength == 1.0
    assert figures[1.0]["a"] > 0.95 > figures[1e-2]["a"]


def test_one_penalty_alone_is_taken_without_a_fit():
    assert choose_strength([], papers(True), "covid", (0.3,)) == (0.3, {})
