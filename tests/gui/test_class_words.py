"""Classes on screen have the reader's words, in every shipped network."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from covidviewer.inference import registry
from covidviewer.ui.class_words import class_word, with_class_word


def test_every_class_of_a_shipped_network_has_a_word(qtbot: QtBot) -> None:
    cards = [listing.card for listing in registry.cards()]
    assert len(cards) > 5
    for card in cards:
        words = [class_word(name) for name in card.classes]
        assert len(set(words)) == len(words)  # two classes are never called the same
        assert not set(words) & set(card.classes) - {"normal"}


@pytest.mark.parametrize("name", ["granuloma", "", "class 7"])
def test_an_unknown_class_keeps_its_name(qtbot: QtBot, name: str) -> None:
    assert class_word(name) == name


def test_a_sentence_of_the_core_is_told_with_the_word(qtbot: QtBot) -> None:
    rule = "mean of the 3 of 5 slices with the highest probability of covid (top 10%, at least 3)"
    assert with_class_word(rule, "covid") == rule.replace("of covid", "of COVID-19")
    assert with_class_word("probability of covid-free slices", "covid") == "probability of covid-free slices"
    assert with_class_word(rule, "") == rule
