"""What can be told without the disease: class from meta data, source from embeddings; and a source left out.

Regressions on frozen values, never on the network itself. "Left out" means that the last layer is fitted again without
a source; the layers before it have seen that source, so the figure flatters, and is named so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.training.data import Example
from covidviewer.training.evaluation.battery import balanced_rows, index_rows
from covidviewer.training.evaluation.figures import interval, patient_weights, weighted_auc

__all__ = ["grouped_folds", "leave_source_out", "metadata_classifier", "origins", "refit_on", "source_classifier"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def origins(examples: Sequence[Example], least: int) -> list[str]:
    """Where each picture was made: its set, or set and source where the set has several; small ones put together."""
    sources: dict[str, set[str]] = {}
    for e in examples:
        sources.setdefault(e.set_name, set()).add(e.source)
    full = [e.set_name if len(sources[e.set_name]) == 1 else f"{e.set_name}/{e.source}" for e in examples]
    counts = Counter(full)
    small: dict[str, set[str]] = {}
    for name, e in zip(full, examples, strict=True):
        if counts[name] < least and "/" in name:
            small.setdefault(e.set_name, set()).add(name)
    # One small source alone keeps its name: there is nothing to put it together with.
    return [
        f"{e.set_name}/other" if name in small.get(e.set_name, ()) and len(small[e.set_name]) > 1 else name
        for name, e in zip(full, examples, strict=True)
    ]


def grouped_folds(groups: Sequence[str], strata: Sequence[Any], folds: int, seed: int) -> Ints:
    """Fold of each picture; no group in two folds, the groups of each stratum dealt evenly."""
    home: dict[str, Any] = {}
    for group, stratum in zip(groups, strata, strict=True):
        home.setdefault(group, stratum)
    rng = np.random.default_rng(seed)
    order = sorted(rng.permutation(sorted(home)).tolist(), key=lambda g: str(home[g]))
    place = {g: i % folds for i, g in enumerate(order)}
    return np.array([place[g] for g in groups], dtype=np.int64)


def _fit(features: Floats, labels: Ints, strength: float) -> Any:
    """Logistic regression on standardised columns, classes weighted alike: a function of features -> (N, K) scores."""
    from sklearn.linear_model import LogisticRegression

    mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-6
    model = LogisticRegression(C=strength, max_iter=300, class_weight="balanced").fit(
        (features - mean) / deviation, labels
    )
    known = np.asarray(model.classes_)
    k = int(known.max()) + 1

    def predict(rows: Floats) -> Floats:
        scores = np.zeros((len(rows), k))
        scores[:, known] = model.predict_proba((rows - mean) / deviation)
        return scores

    return predict


def _cross_fitted(features: Floats, labels: Ints, fold: Ints, strength: float) -> Floats:
    scores = np.zeros((len(labels), int(labels.max()) + 1))
    for number in np.unique(fold):
        seen = fold != number
        if len(np.unique(labels[seen])) < 2:
            continue
        part = _fit(features[seen], labels[seen], strength)(features[~seen])
        scores[~seen, : part.shape[1]] = part
    return scores


def _metadata(examples: Sequence[Example]) -> Floats:
    kinds = sorted({Path(e.file).suffix.lower() for e in examples})
    rows = []
    for e in examples:
        p = e.picture
        quantiles = np.percentile(p, (5, 25, 50, 75, 95))
        rows.append(
            [p.shape[1], p.shape[0], p.shape[1] / p.shape[0], 8.0, p.mean(), p.std(), *quantiles,
             *(float(Path(e.file).suffix.lower() == kind) for kind in kinds)]
        )  # fmt: skip
    return np.asarray(rows, dtype=np.float64)


def metadata_classifier(
    examples: Sequence[Example],
    classes: Sequence[str],
    full: Floats,
    weights: Floats,
    reliable: bool,
    rules: dict[str, Any],
) -> dict[str, Any]:
    """Test G: width, height, aspect, bit depth, mean, deviation, five quantiles and file type, nothing else.

    ``full`` is the network's balanced accuracy on the same pictures, a value a row of ``weights``.
    """
    labels = np.array([classes.index(e.label) for e in examples], dtype=np.int64)
    fold = grouped_folds([e.patient for e in examples], labels.tolist(), int(rules["folds"]), int(rules["seed"]))
    scores = _cross_fitted(_metadata(examples), labels, fold, 1.0)
    rows = balanced_rows(labels, scores.argmax(axis=1), weights)
    chance = 1 / len(np.unique(labels))
    index = interval(index_rows(rows, full, chance), reliable)
    value = index["value"] or 0.0
    return {
        "title": "Meta data and grey levels only",
        "letter": "G",
        "expect": "chance",
        "n": len(labels),
        "chance": chance,
        "full": interval(full, reliable),
        "balanced_accuracy": interval(rows, reliable),
        "index": index,
        "verdict": "fail" if value > rules["block"] else "warn" if value > rules["warn"] else "pass",
    }


def source_classifier(
    embeddings: Floats, examples: Sequence[Example], names: Sequence[str], replicates: int, rules: dict[str, Any]
) -> dict[str, Any]:
    """Test H: the source of a picture from its embedding, over all and within each class, folds by patient.

    The figure is the mean one-against-the-rest AUC over the sources of a group; 0.5 is honest within a class.
    """
    labels = [e.label for e in examples]
    rows: dict[str, Any] = {"all": _source_auc(embeddings, examples, names, replicates, rules)}
    for label in sorted(set(labels)):
        inside = np.array([own == label for own in labels])
        part = [e for e, i in zip(examples, inside, strict=True) if i]
        own_names = [n for n, i in zip(names, inside, strict=True) if i]
        rows[label] = _source_auc(embeddings[inside], part, own_names, replicates, rules)
    return rows


def _source_auc(
    embeddings: Floats, examples: Sequence[Example], names: Sequence[str], replicates: int, rules: dict[str, Any]
) -> dict[str, Any]:
    patients = [e.patient for e in examples]
    by_source = {name: len({p for p, n in zip(patients, names, strict=True) if n == name}) for name in set(names)}
    usable = sorted(name for name, count in by_source.items() if count >= 5)
    inside = np.array([n in usable for n in names], dtype=bool)
    if len(usable) < 2:
        return {"sources": usable, "n": int(inside.sum()), "auc": None}
    labels = np.array([usable.index(n) for n in names if n in usable], dtype=np.int64)
    own = [p for p, i in zip(patients, inside, strict=True) if i]
    fold = grouped_folds(own, labels.tolist(), int(rules["folds"]), int(rules["seed"]))
    scores = _cross_fitted(embeddings[inside], labels, fold, 0.01)
    weights = patient_weights(own, labels, replicates, int(rules["seed"]))
    auc = np.stack([weighted_auc(scores[:, c], labels == c, weights) for c in range(len(usable))]).mean(axis=0)
    return {"sources": usable, "n": len(labels), "auc": interval(auc, min(by_source[u] for u in usable) >= 20)}


def leave_source_out(
    train: tuple[Floats, Sequence[Example], Sequence[str]],
    test: tuple[Floats, Sequence[Example], Sequence[str]],
    classes: Sequence[str],
    replicates: int,
    rules: dict[str, Any],
) -> dict[str, Any]:
    """Test I on frozen embeddings: last layer fitted with all sources, and without one; both judged on that one.

    Parameters
    ----------
    train, test
        Embeddings, examples and origins (``origins``) of the training pictures and of the judged ones.

    Returns
    -------
    dict
        Source -> ``n, classes, with, without, drop`` (balanced accuracy over the classes that the source has), or the
        reason why it cannot be left out.
    """
    features, examples, names = train
    labels = np.array([classes.index(e.label) for e in examples], dtype=np.int64)
    origin, judged_origin = np.asarray(names), np.asarray(test[2])
    truth = np.array([classes.index(e.label) for e in test[1]], dtype=np.int64)
    everything = _fit(features, labels, 0.01)
    rows: dict[str, Any] = {}
    for name in sorted(set(names) & set(test[2])):
        inside = judged_origin == name
        seen = origin != name
        lost = sorted({classes[c] for c in truth[inside]} - {classes[c] for c in labels[seen]})
        if lost or len(np.unique(labels[seen])) < 2:
            rows[name] = {"n": int(inside.sum()), "reason": f"no other source has {', '.join(lost) or 'two classes'}"}
            continue
        patients = [e.patient for e, i in zip(test[1], inside, strict=True) if i]
        own = truth[inside]
        weights = patient_weights(patients, own, replicates, int(rules["seed"]))
        reliable = len(set(patients)) >= 20
        with_it = balanced_rows(own, everything(test[0][inside]).argmax(axis=1), weights)
        without = balanced_rows(own, _fit(features[seen], labels[seen], 0.01)(test[0][inside]).argmax(axis=1), weights)
        rows[name] = {
            "n": int(inside.sum()),
            "classes": sorted({classes[c] for c in own}),
            "with": interval(with_it, reliable),
            "without": interval(without, reliable),
            "drop": interval(with_it - without, reliable),
        }
    return rows


def refit_on(
    train: tuple[Floats, Sequence[Example]],
    test: tuple[Floats, Sequence[Example]],
    classes: Sequence[str],
    weights: Floats,
    reliable: bool,
) -> dict[str, Any]:
    """Balanced accuracy of a last layer fitted on embeddings of altered training pictures, judged on such pictures."""
    labels = np.array([classes.index(e.label) for e in train[1]], dtype=np.int64)
    truth = np.array([classes.index(e.label) for e in test[1]], dtype=np.int64)
    called = _fit(train[0], labels, 0.01)(test[0]).argmax(axis=1)
    return interval(balanced_rows(truth, called, weights), reliable)
