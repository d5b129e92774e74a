"""Whether the measured figures of a network are weak, in a sentence for the panel: the card is read by few."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication

from covidviewer.inference.manifest import Measured, WeightsCard
from covidviewer.inference.scoring_policy import scoring_policy
from covidviewer.ui.class_words import class_word


def weak_text(card: WeightsCard | None) -> str:
    """One sentence with the figures of the manifest; "" where they are good, or where there are none.

    Weak is what falls below the bars of ``resources/presets/scoring.toml`` on any one test set.
    """
    if card is None or not any(map(_is_weak, card.measured)):
        return ""
    missed = [1 - m.sensitivity for m in card.measured if math.isfinite(m.sensitivity)]
    areas = [m.auc for m in card.measured if math.isfinite(m.auc)]
    if missed and max(missed) > 1 - scoring_policy().weak_sensitivity:
        words = _tr(
            "Weak: in its tests this network missed {share} of the {name} images (AUC {auc}). See the model card."
        )
        return words.format(share=_share(missed), name=class_word(card.positive), auc=_listed(areas))
    return _tr("Weak: in its tests this network reached an AUC of {auc} only. See the model card.").format(
        auc=_listed(areas)
    )


def figures_text(card: WeightsCard | None) -> str:
    """The figures of each test set, a line each, for the tooltip."""
    if card is None:
        return ""
    line = _tr("{set}: {n} images, AUC {auc}, sensitivity {sens}, specificity {spec}")
    return "\n".join(
        line.format(
            set=m.name, n=m.images, auc=_figure(m.auc), sens=_figure(m.sensitivity), spec=_figure(m.specificity)
        )
        for m in card.measured
    )


def _is_weak(measured: Measured) -> bool:
    policy = scoring_policy()
    return measured.auc < policy.weak_auc or measured.sensitivity < policy.weak_sensitivity


def _share(values: list[float]) -> str:
    low, high = (f"{100 * v:.0f}" for v in (min(values), max(values)))
    return f"{low} %" if low == high else _tr("{low} to {high} %").format(low=low, high=high)


def _listed(values: list[float]) -> str:
    return ", ".join(map(_figure, values)) or "–"


def _figure(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "–"


def _tr(text: str) -> str:
    return QCoreApplication.translate("Weakness", text)
