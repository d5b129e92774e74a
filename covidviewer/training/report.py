"""What a weight file is worth: figures by source with intervals by patient, and the shortcut battery's cheap part.

One preprocessing for training reports, command line and screen: ``covidviewer.inference.prepare``. Nothing here
chooses a threshold or a temperature; both come from the manifest, where they were fixed on validation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.inference import prepare
from covidviewer.inference.manifest import WeightsCard
from covidviewer.training import metrics
from covidviewer.training.data import Example
from covidviewer.training.shortcuts import ALTERATIONS

__all__ = ["judge", "markdown", "network_inputs", "network_logits", "shortcut_figures"]

Grey = NDArray[np.uint8]
Floats = NDArray[np.float64]


def network_inputs(card: WeightsCard, examples: Sequence[Example]) -> list[Grey]:
    """Pictures as the network sees them, 8-bit, by the same code as on the screen."""
    return [prepare.forward(e.picture, card.input, units="grey")[0] for e in examples]


def network_logits(
    card: WeightsCard, network: Callable[[Any], Any], inputs: Sequence[Grey], device: str = "cpu", batch: int = 16
) -> Floats:
    """Logits N x K in float32 of prepared pictures."""
    import torch

    parts = []
    with torch.inference_mode():
        for start in range(0, len(inputs), batch):
            x = torch.from_numpy(prepare.batch(inputs[start : start + batch], card.input)).to(device)
            parts.append(network(x).float().cpu().numpy())
    return np.concatenate(parts).astype(np.float64)


def judge(
    card: WeightsCard, logits: Floats, examples: Sequence[Example], replicates: int = 2000, seed: int = 0
) -> dict[str, Any]:
    """All figures of one group of pictures.

    Returns
    -------
    dict
        Plain numbers; each figure with an interval is ``{value, low, high, patients, reliable}``.
    """
    index = card.classes.index(card.positive)
    labels = np.array([card.classes.index(e.label) for e in examples], dtype=np.int64)
    positive = labels == index
    probabilities = metrics.softmax(logits, card.temperature)
    scores = probabilities[:, index]
    patients = [e.patient for e in examples]
    threshold = card.threshold if card.threshold is not None else 0.5

    def interval(statistic: Callable[[NDArray[np.int64]], float]) -> dict[str, Any]:
        found = metrics.bootstrap_by_patient(statistic, patients, positive, replicates, seed)
        return {
            "value": found.value,
            "low": found.low,
            "high": found.high,
            "patients": list(found.patients),
            "reliable": found.reliable,
        }

    called = scores >= threshold
    return {
        "pictures": len(examples),
        "positive": int(positive.sum()),
        "threshold": card.threshold,
        "auc": interval(lambda i: metrics.auc(scores[i], positive[i])),
        "accuracy": interval(lambda i: float((called[i] == positive[i]).mean())),
        "balanced_accuracy": interval(lambda i: metrics.balanced_accuracy(scores[i], positive[i], threshold)),
        "sensitivity": interval(lambda i: metrics.sensitivity_specificity(scores[i], positive[i], threshold)[0]),
        "specificity": interval(lambda i: metrics.sensitivity_specificity(scores[i], positive[i], threshold)[1]),
        "ece": metrics.ece(probabilities, labels),
        "ece_uncalibrated": metrics.ece(metrics.softmax(logits), labels),
        "brier": metrics.brier(probabilities, labels),
        "nll": metrics.nll(probabilities, labels),
    }


def shortcut_figures(
    card: WeightsCard,
    network: Callable[[Any], Any],
    examples: Sequence[Example],
    full_accuracy: float,
    seed: int = 0,
) -> dict[str, dict[str, float]]:
    """AUC, balanced accuracy and shortcut index of altered pictures (NETWORKS.md 8, tests B, E, F).

    The index is (BA altered - 1/2) / (BA full - 1/2), not below 0: 0 is honest, above 0.25 is a warning.
    """
    inputs = network_inputs(card, examples)
    positive = np.array([e.label == card.positive for e in examples])
    index = card.classes.index(card.positive)
    fill = int(np.mean([picture.mean() for picture in inputs]))
    result = {}
    for name, change in ALTERATIONS.items():
        rng = np.random.default_rng(seed)
        altered = [change(picture, fill, rng) for picture in inputs]
        scores = metrics.softmax(network_logits(card, network, altered), card.temperature)[:, index]
        threshold = card.threshold if card.threshold is not None else 0.5
        accuracy = metrics.balanced_accuracy(scores, positive, threshold)
        result[name] = {
            "auc": metrics.auc(scores, positive),
            "balanced_accuracy": accuracy,
            "index": max(0.0, (accuracy - 0.5) / (full_accuracy - 0.5)) if full_accuracy > 0.5 else float("nan"),
        }
    return result


def _figure(cell: dict[str, Any]) -> str:
    mark = "" if cell["reliable"] else " *"
    return f"{cell['value']:.3f} ({cell['low']:.3f} to {cell['high']:.3f}){mark}"


def markdown(report: dict[str, Any]) -> str:
    """The report as a table; ``*`` marks intervals that rest on fewer than 20 patients (groups) in a class."""
    names = ("auc", "accuracy", "balanced_accuracy", "sensitivity", "specificity")
    lines = [
        f"{report['weights']}, split {report['split']}, threshold {report['threshold']}",
        "",
        "| | " + " | ".join(report["sources"]) + " |",
        "|---|" + "---|" * len(report["sources"]),
    ]
    rows = list(report["sources"].values())
    lines.append("| pictures | " + " | ".join(f"{r['pictures']} ({r['positive']} positive)" for r in rows) + " |")
    counts = [r["auc"]["patients"] for r in rows]
    lines.append("| patients or groups (positive, negative) | " + " | ".join(f"{a}, {b}" for a, b in counts) + " |")
    lines += [f"| {n.replace('_', ' ')} | " + " | ".join(_figure(r[n]) for r in rows) + " |" for n in names]
    plain = ("ece", "ece_uncalibrated", "brier", "nll")
    lines += [f"| {n.replace('_', ', ')} | " + " | ".join(f"{r[n]:.3f}" for r in rows) + " |" for n in plain]
    for test in rows[0].get("shortcuts", {}):
        cells = [r["shortcuts"][test] for r in rows]
        text = (
            f"AUC {c['auc']:.3f}, balanced accuracy {c['balanced_accuracy']:.3f}, index {c['index']:.2f}" for c in cells
        )
        lines.append(f"| {test} | " + " | ".join(text) + " |")
    lines.append("")
    lines.append("95 % intervals by bootstrap over patients (groups). * fewer than 20 in a class: unreliable.")
    return "\n".join(lines)
