"""The panel says by itself that a network is weak, with the figures of the manifest."""

from __future__ import annotations

from dataclasses import replace

from covidviewer.inference.manifest import Measured, WeightsCard, read_manifest
from covidviewer.ui.weakness import figures_text, weak_text

CARD = WeightsCard("x.v1", "x", "x.safetensors", "0" * 64, "CT", ("a", "b"), "b")


def test_the_shipped_network_is_called_what_it_is() -> None:
    card = next(card for card in read_manifest() if card.id == "resnet50_fpn_attention.ct_v3")
    text = weak_text(card)
    assert "24 to 35 %" in text
    assert "0.85, 0.94" in text
    assert "COVID-19" in text
    assert "COVID-CT test: 203 images, AUC 0.85, sensitivity 0.76, specificity 0.79" in figures_text(card)


def test_good_figures_need_no_word() -> None:
    assert weak_text(None) == ""
    assert weak_text(CARD) == ""
    assert weak_text(replace(CARD, measured=(Measured("t", 100, 0.95, 0.9, 0.9),))) == ""


def test_one_weak_set_is_enough() -> None:
    good, low = Measured("t", 100, 0.95, 0.9, 0.9), Measured("u", 50, 0.7)
    text = weak_text(replace(CARD, measured=(good, low)))
    assert "0.95, 0.70" in text
    assert "missed" not in text
    assert "sensitivity –" in figures_text(replace(CARD, measured=(low,)))
