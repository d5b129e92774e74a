"""The shortcut battery (NETWORKS 8): altered copies, and what can be told without looking at lungs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.inference import prepare
from covidviewer.inference.manifest import InputSpec, WeightsCard
from covidviewer.training.data import Example
from covidviewer.training.evaluation.alterations import ALTERATIONS, Alteration
from covidviewer.training.evaluation.figures import interval, patient_weights, weighted_auc
from covidviewer.training.evaluation.masks import dilated

__all__ = ["Case", "altered_inputs", "balanced_rows", "prepared", "run_battery"]

Grey = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Decide = Callable[[Floats], tuple[Floats, NDArray[np.int64]]]


@dataclass(frozen=True)
class Case:
    """A picture, what the network sees of it, and where that lies in it; ``mask`` is the lungs, None if unknown."""

    example: Example
    shown: Grey
    placement: prepare.Placement
    mask: Mask | None = None


def prepared(card: WeightsCard, examples: Sequence[Example], masks: Sequence[Mask | None] | None = None) -> list[Case]:
    """Pictures through the same preparation as on the screen."""
    cases = []
    for i, example in enumerate(examples):
        shown, placement = prepare.forward(example.picture, card.input, units="grey")
        cases.append(Case(example, shown, placement, masks[i] if masks is not None else None))
    return cases


def _again(picture: Grey, placement: prepare.Placement, spec: InputSpec) -> Grey:
    """An altered picture through the preparation, with the place that the unaltered one had."""
    if spec.percentiles:
        picture = prepare.stretched(picture, placement.box, spec.percentiles)
    return prepare.render(picture, placement)


def altered_inputs(
    cases: Sequence[Case], test: Alteration, spec: InputSpec, fill: int, seed: int, dilate: int
) -> list[Grey]:
    """What the network sees of altered pictures.

    The picture is altered and then brought to the same place as before, so that a network that looks at a part of the
    picture goes on looking at that part. Where the preparation does more than that, what it gave is altered itself.
    """
    rng = np.random.default_rng(seed)
    result = []
    for case in cases:
        picture = case.example.picture
        mask = dilated(case.mask, dilate if test.expect == "chance" else 0) if case.mask is not None else None
        whole = np.zeros(picture.shape, bool) if mask is None else mask
        if np.array_equal(_again(picture, case.placement, spec), case.shown):
            result.append(_again(test.change(picture, whole, fill, rng), case.placement, spec))
        else:
            small = prepare.render(whole.astype(np.uint8) * 255, case.placement) > 127
            result.append(test.change(case.shown, small, fill, rng))
    return result


def balanced_rows(labels: NDArray[np.int64], called: NDArray[np.int64], weights: Floats) -> Floats:
    """Mean recall over the classes that are there, a value a row of weights."""
    rows = []
    right = (labels == called).astype(np.float64)
    with np.errstate(invalid="ignore"):
        for c in np.unique(labels):
            own = (labels == c).astype(np.float64)
            rows.append(weights @ (own * right) / (weights @ own))
    result: Floats = np.stack(rows).mean(axis=0)
    return result


def index_rows(altered: Floats, full: Floats, chance: float) -> Floats:
    """S = (BA altered - chance) / (BA full - chance), not below 0; NaN where the full figure is not above chance."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(full > chance, (altered - chance) / (full - chance), np.nan)
    result: Floats = np.maximum(ratio, 0.0)
    return result


def run_battery(
    cases: Sequence[Case],
    score: Callable[[Sequence[Grey]], tuple[Floats, Any]],
    decide: Decide,
    classes: Sequence[str],
    spec: InputSpec,
    rules: dict[str, Any],
    replicates: int,
    enough: int,
    wanted: Sequence[Alteration] = ALTERATIONS,
    tell: Callable[[str], None] = lambda _: None,
    known: tuple[Floats, NDArray[np.int64]] | None = None,
) -> dict[str, dict[str, Any]]:
    """All tests that alter pictures, each in one batched pass.

    Parameters
    ----------
    cases
        Pictures; tests that need lungs use those with a mask.
    score
        8-bit inputs to logits and embeddings.
    decide
        Logits to probabilities (N, K) and the class decided for.
    spec
        Input of the weights.
    rules
        ``[battery]`` of ``resources/evaluation.toml``.
    replicates, enough
        Of the bootstrap by patient.
    known
        Probabilities and decisions of the unaltered cases, where they are known already.

    Returns
    -------
    dict
        Key of a test -> ``title, letter, expect, n, balanced_accuracy, full, auc, index or retention or change,
        verdict``.
    """
    results: dict[str, dict[str, Any]] = {}
    plain: dict[bool, tuple[Floats, NDArray[np.int64]]] = {} if known is None else {False: known}
    fill = int(np.mean([case.example.picture.mean() for case in cases])) if cases else 0
    for test in wanted:
        chosen = [c for c in cases if c.mask is not None] if test.masked else list(cases)
        labels = np.array([classes.index(c.example.label) for c in chosen], dtype=np.int64)
        if len(np.unique(labels)) < 2:
            results[test.key] = {
                "title": test.title, "letter": test.letter, "expect": test.expect, "n": len(chosen), "verdict": "none",
                "reason": "fewer than two classes have pictures" + (" with a lung mask" if test.masked else ""),
            }  # fmt: skip
            continue
        tell(test.title)
        if test.masked not in plain:
            plain[test.masked] = decide(score([c.shown for c in chosen])[0])
        inputs = altered_inputs(chosen, test, spec, fill, int(rules["seed"]), int(rules["dilate_px"]))
        probabilities, called = decide(score(inputs)[0])
        patients = [c.example.patient for c in chosen]
        weights = patient_weights(patients, labels, replicates, int(rules["seed"]))
        counts = [len({p for p, y in zip(patients, labels, strict=True) if y == c}) for c in np.unique(labels)]
        results[test.key] = _verdict(
            test, labels, plain[test.masked], (probabilities, called), weights, min(counts) >= enough, rules
        )
    return results


def _mean_auc(labels: NDArray[np.int64], probabilities: Floats, weights: Floats) -> Floats:
    """Mean over the classes that are there of one against the rest, a value a row of weights."""
    with np.errstate(invalid="ignore"):
        rows = [weighted_auc(probabilities[:, c], labels == c, weights) for c in np.unique(labels)]
    result: Floats = np.stack(rows).mean(axis=0)
    return result


def _verdict(
    test: Alteration,
    labels: NDArray[np.int64],
    plain: tuple[Floats, NDArray[np.int64]],
    altered: tuple[Floats, NDArray[np.int64]],
    weights: Floats,
    reliable: bool,
    rules: dict[str, Any],
) -> dict[str, Any]:
    chance = 1 / len(np.unique(labels))
    full, low = balanced_rows(labels, plain[1], weights), balanced_rows(labels, altered[1], weights)
    full_auc, auc = _mean_auc(labels, plain[0], weights), _mean_auc(labels, altered[0], weights)
    cell: dict[str, Any] = {
        "title": test.title,
        "letter": test.letter,
        "expect": test.expect,
        "n": len(labels),
        "chance": chance,
        "full": interval(full, reliable),
        "balanced_accuracy": interval(low, reliable),
        "auc": interval(auc, reliable),
    }
    if test.expect in ("chance", "lower"):
        cell["index"] = interval(index_rows(low, full, chance), reliable)
        # Altered pictures often fall on one side of the threshold, all of them: then decisions are at chance while the
        # order of the pictures still tells the classes apart. So a second index looks at the area under the curve.
        cell["auc_index"] = interval(index_rows(auc, full_auc, 0.5), reliable)
        value, ranked = cell["index"]["value"] or 0.0, cell["auc_index"]["value"] or 0.0
        bad, doubtful = value > rules["block"], max(value, ranked) > rules["warn"]
        cell["verdict"] = "fail" if bad and test.expect == "chance" else "warn" if doubtful else "pass"
    elif test.expect == "keep":
        cell["retention"] = interval(index_rows(low, full, chance), reliable)
        value = cell["retention"]["value"]
        cell["verdict"] = "warn" if value is None or value < rules["retention"] else "pass"
    else:
        cell["change"] = interval(low - full, reliable)
        cell["changed_decisions"] = float((plain[1] != altered[1]).mean())
        cell["verdict"] = "warn" if cell["change"]["value"] < -rules["invariance"] else "pass"
    return cell
