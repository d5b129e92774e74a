"""One weight file on one data folder: the whole report as plain values (the JSON file).

Nothing here chooses a threshold or a temperature: both come from the manifest, where validation fixed them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.inference.manifest import OperatingPoint, WeightsCard
from covidviewer.training import metrics
from covidviewer.training.data import Example
from covidviewer.training.evaluation import battery, masks, telling
from covidviewer.training.evaluation.alterations import ALTERATIONS
from covidviewer.training.evaluation.figures import Judged, curves, figures_of, patient_weights
from covidviewer.training.evaluation.printed import printed_for
from covidviewer.training.evaluation.scoring import Scorer
from covidviewer.training.folder import Folder, list_folder, load_entries, mapped_labels, policy, read_folder
from covidviewer.training.labels import canonical, coarser_classes
from covidviewer.training.leaks import cramers_v, near_duplicates

__all__ = ["SCHEMA", "Options", "assess", "decider", "with_threshold"]

#: Of the report; another number means other keys or other meanings.
SCHEMA = 3

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """How thorough a report is. ``sets``: none named means those of the modality in ``evaluation.toml``."""

    split: str = ""
    sets: tuple[str, ...] = ()
    replicates: int = 0
    shortcuts: bool = True
    refit: bool = True
    duplicates: bool = True


def decider(card: WeightsCard) -> tuple[Callable[[Floats], tuple[Floats, Ints]], str]:
    """From logits to probabilities and the class decided for, and the rule in words.

    Two classes with an operating point: the positive class from its threshold on. Else the most probable class.
    """
    index = card.classes.index(card.positive)
    threshold = card.threshold if len(card.classes) == 2 else None

    def decide(logits: Floats) -> tuple[Floats, Ints]:
        probabilities = metrics.softmax(logits, card.temperature)
        if threshold is not None:
            return probabilities, np.where(probabilities[:, index] >= threshold, index, 1 - index).astype(np.int64)
        return probabilities, probabilities.argmax(axis=1).astype(np.int64)

    return decide, f"{card.positive} from p = {threshold} on" if threshold is not None else "the most probable class"


def assess(
    card: WeightsCard, scorer: Scorer, data: Path, options: Options, tell: Tell = lambda _: None
) -> dict[str, Any]:
    """Judge a network on a data folder.

    Parameters
    ----------
    card, scorer
        The weights, and the network on its engine.
    data
        A data folder (``training.folder``).
    options
        Split, sets, what to leave out.
    tell
        Called with a line for each step.

    Returns
    -------
    dict
        Plain values: ``n, accuracy, balanced_accuracy, auc, ece, brier, ...`` (each ``{value, low, high, reliable}``),
        ``per_class, per_source, shortcuts`` and what the figures need.

    Raises
    ------
    DataError
        The folder cannot be used.
    """
    rules = policy()["figures"]
    replicates = options.replicates or int(rules["replicates"])
    sets = options.sets or tuple(policy()["sets"].get(card.modality, ()))
    listing = list_folder(data, sets)
    said = list(listing.said)
    splits = (options.split,) if options.split else ("train", "val", "test") if listing.dealt else ("val",)
    wide = coarser_classes(card.classes)
    examples, listing = read_folder(data, wide or card.classes, splits, sets, card.input)
    tell(f"{len(examples)} pictures; {scorer.label}")
    cases = battery.prepared(card, examples)
    logits, embeddings = scorer([c.shown for c in cases])
    decide, rule = decider(card)
    everything = _judged(card, logits, examples, decide)
    named = everything.labels >= 0
    judged = everything.part(named)
    # From here on each picture carries the network's own name of its class, not the coarser one it was read under.
    own_cases = [
        replace(c, example=replace(c.example, label=card.classes[k]))
        for c, k in zip(cases, everything.labels, strict=True)
        if k >= 0
    ]
    own = [c.example for c in own_cases]
    report: dict[str, Any] = {
        "schema": SCHEMA,
        "weights": card.id,
        "network": card.network,
        "sha256": card.sha256,
        "modality": card.modality,
        "classes": list(card.classes),
        "positive": card.positive,
        "temperature": card.temperature,
        "threshold": card.threshold,
        "rule": rule,
        "engine": scorer.label,
        "split": "+".join(splits) if len(splits) < 3 else "all",
        "sets": list(dict.fromkeys(e.set_name for e in own)),
        "replicates": replicates,
        "said": said + mapped_labels([e for e in listing.entries if e.split in splits], card.classes),
    }

    def figures(part: Judged) -> dict[str, Any]:
        return figures_of(part, replicates, int(rules["seed"]), int(rules["patients"]), int(rules["bins"]))

    tell("figures with intervals")
    report |= figures(judged)
    report |= curves(judged, int(rules["bins"]))
    report |= _groups(judged, own, figures, rules)
    if wide is not None:
        report["merged"] = _merged(card, logits, examples, wide, decide, figures, rules)
    report["association"] = _association(own)
    report["printed"] = printed_for(card.network, card.modality, tuple(report["sets"]), report["split"])
    if options.duplicates and not listing.dealt and len(listing.splits) > 1:
        tell("near-duplicates across splits")
        report["duplicates"] = _duplicates(listing, card)
    if options.shortcuts:
        report["shortcuts"] = _shortcuts(
            card, scorer, decide, judged, own_cases, embeddings[named], data, listing, splits, options, replicates, tell
        )
    report["warnings"] = _warnings(report, rules)
    return report


def with_threshold(card: WeightsCard, scorer: Scorer, data: Path, options: Options) -> WeightsCard:
    """The card with an operating point chosen on the validation split (highest Youden index, sources alike)."""
    from covidviewer.training.finish import RULE, source_weights

    sets = options.sets or tuple(policy()["sets"].get(card.modality, ()))
    examples, _ = read_folder(data, card.classes, ("val",), sets, card.input)
    logits, _ = scorer([c.shown for c in battery.prepared(card, examples)])
    scores = metrics.softmax(logits, card.temperature)[:, card.classes.index(card.positive)]
    positive = np.array([e.label == card.positive for e in examples])
    value = metrics.youden_threshold(scores, positive, source_weights(examples))
    return replace(card, operating_point=OperatingPoint(round(value, 3), RULE, "this split"))


def _judged(
    card: WeightsCard, logits: Floats, examples: Sequence[Example], decide: Callable[[Floats], tuple[Floats, Ints]]
) -> Judged:
    """Answers with labels; -1 where the network has no class of that name (kept for the merged rows)."""
    names = [canonical(c) for c in card.classes]
    fine = [canonical(e.original or e.label) for e in examples]
    labels = [
        names.index(f) if f in names else card.classes.index(e.label) if e.label in card.classes else -1
        for f, e in zip(fine, examples, strict=True)
    ]
    probabilities, called = decide(logits)
    return Judged(
        probabilities,
        metrics.softmax(logits),
        np.array(labels, dtype=np.int64),
        called,
        tuple(e.patient for e in examples),
        card.classes,
        card.positive,
    )


def _groups(
    judged: Judged, examples: Sequence[Example], figures: Callable[[Judged], dict[str, Any]], rules: dict[str, Any]
) -> dict[str, Any]:
    """Rows by set, by source, of adults alone, and the positive class against the rest inside one source."""
    sets = np.array([e.set_name for e in examples])
    names = telling.origins(examples, int(rules["source_pictures"]))
    origin = np.array(names)
    result: dict[str, Any] = {"per_set": {}, "per_source": {}, "inside_source": {}}
    for name in dict.fromkeys(sets.tolist()):
        result["per_set"][name] = figures(judged.part(sets == name))
    index = judged.classes.index(judged.positive)
    for name in sorted(set(names)):
        part = judged.part(origin == name)
        result["per_source"][name] = figures(part)
    own = np.array(telling.origins(examples, 1))  # never several small sources together: they are not one
    for name in sorted(set(own.tolist())):
        part = judged.part(own == name)
        if (part.labels == index).any() and (part.labels != index).any():
            result["inside_source"][name] = _one_against_rest(part, figures)
    ages = np.array([np.nan if e.age is None else e.age for e in examples])
    adults = ages >= rules["adult_age"]
    if adults.any() and not adults.all():
        result["adults"] = figures(judged.part(adults))
    return result


def _one_against_rest(part: Judged, figures: Callable[[Judged], dict[str, Any]]) -> dict[str, Any]:
    """The positive class or not, as a two-class question, by its probability."""
    index = part.classes.index(part.positive)

    def two(probabilities: Floats) -> Floats:
        return np.stack([probabilities[:, index], 1 - probabilities[:, index]], axis=1)

    rest = "not " + part.positive
    found = figures(
        Judged(
            two(part.probabilities),
            two(part.uncalibrated),
            (part.labels != index).astype(np.int64),
            (part.called != index).astype(np.int64),
            part.patients,
            (part.positive, rest),
            part.positive,
        )
    )
    return {k: found[k] for k in ("n", "patients", "auc", "balanced_accuracy")} | {
        "pictures": {part.positive: found["per_class"][part.positive]["n"], rest: found["per_class"][rest]["n"]}
    }


def _merged(
    card: WeightsCard,
    logits: Floats,
    examples: Sequence[Example],
    wide: tuple[str, ...],
    decide: Callable[[Floats], tuple[Floats, Ints]],
    figures: Callable[[Judged], dict[str, Any]],
    rules: dict[str, Any],
) -> dict[str, Any]:
    """The same answers with the kinds of pneumonia put together, also on pictures whose kind is unknown."""
    probabilities, _ = decide(logits)
    raw = metrics.softmax(logits)
    home = np.array([wide.index(c) if c in wide else wide.index("pneumonia") for c in card.classes])
    together = np.eye(len(wide))[home]
    judged = Judged(
        probabilities @ together,
        raw @ together,
        np.array([wide.index(e.label) for e in examples], dtype=np.int64),
        (probabilities @ together).argmax(axis=1).astype(np.int64),
        tuple(e.patient for e in examples),
        wide,
        card.positive,
    )
    result = {"classes": list(wide), "all": figures(judged)}
    adults = np.array([e.age is not None and e.age >= rules["adult_age"] for e in examples])
    if adults.any():
        result["adults"] = figures(judged.part(adults))
    return result


def _association(examples: Sequence[Example]) -> dict[str, Any]:
    """Cramer's V of label and source, every source by itself (one of few pictures too: a paper is a source)."""
    names = telling.origins(examples, 1)
    value = cramers_v([e.label for e in examples], names)
    limit = float(policy()["association"]["inseparable"])
    return {
        "cramers_v": value if np.isfinite(value) else None,
        "sources": len(set(names)),
        "inseparable": bool(value > limit),
    }


def _duplicates(listing: Folder, card: WeightsCard) -> dict[str, Any]:
    """Pairs across splits, all labels; pictures of every split are looked at, their labels are not."""
    rule = policy()["duplicates"]
    labels = tuple(dict.fromkeys(e.label for e in listing.entries))
    examples = load_entries(listing.entries, labels, card.input)
    pairs = near_duplicates(
        [e.picture for e in examples], [e.split for e in examples], int(rule["hash_bits"]), float(rule["correlation"])
    )
    return {
        "count": len(pairs),
        "pairs": [
            {
                "first": f"{examples[p.first].set_name}/{examples[p.first].file} ({examples[p.first].split})",
                "second": f"{examples[p.second].set_name}/{examples[p.second].file} ({examples[p.second].split})",
                "correlation": round(p.correlation, 4),
                "bits": p.bits,
            }
            for p in pairs[:20]
        ],
    }


def _shortcuts(
    card: WeightsCard,
    scorer: Scorer,
    decide: Callable[[Floats], tuple[Floats, Ints]],
    judged: Judged,
    cases: list[battery.Case],
    embeddings: NDArray[np.float32],
    data: Path,
    listing: Folder,
    splits: tuple[str, ...],
    options: Options,
    replicates: int,
    tell: Tell,
) -> dict[str, Any]:
    rules = policy()["battery"]
    enough = int(policy()["figures"]["patients"])
    examples = [c.example for c in cases]
    with_lungs, said = _lung_cases(card, cases, data, splits)
    plain = [t for t in ALTERATIONS if not t.masked]
    masked = [t for t in ALTERATIONS if t.masked]
    run = battery.run_battery
    tests = run(with_lungs, scorer, decide, card.classes, card.input, rules, replicates, enough, masked, tell)
    known = (judged.probabilities, judged.called)
    tests |= run(cases, scorer, decide, card.classes, card.input, rules, replicates, enough, plain, tell, known)
    weights = patient_weights(judged.patients, judged.labels, replicates, int(rules["seed"]))
    full = battery.balanced_rows(judged.labels, judged.called, weights)
    reliable = all(
        len({p for p, y in zip(judged.patients, judged.labels, strict=True) if y == c}) >= enough
        for c in np.unique(judged.labels)
    )
    result: dict[str, Any] = {"tests": tests, "masks": said}
    try:
        import sklearn  # noqa: F401
    except ImportError:
        result["without"] = "the regressions (meta data, source, source left out) need scikit-learn"
        return result
    if len(np.unique(judged.labels)) > 1:
        tell("meta data, source classifier")
        tests["metadata"] = telling.metadata_classifier(examples, card.classes, full, weights, reliable, rules)
    names = telling.origins(examples, int(policy()["figures"]["source_pictures"]))
    values = embeddings.astype(np.float64)
    result["source"] = telling.source_classifier(values, examples, names, replicates, rules)
    if options.refit and "train" in listing.splits and "train" not in splits:
        result |= _refits(card, scorer, cases, values, names, data, options, weights, full, reliable, replicates, tell)
    return result


def _lung_cases(
    card: WeightsCard, cases: list[battery.Case], data: Path, splits: tuple[str, ...]
) -> tuple[list[battery.Case], dict[str, Any]]:
    """Cases whose lungs are known: a set with outlines beside the judged one, else what the finder finds (CT alone)."""
    name = policy()["lungs"].get(card.modality)
    folder = (
        next((p for p in (data / name, data.parent / name) if (p / "labels.csv").is_file()), None) if name else None
    )
    if folder is not None:
        outlined, _ = read_folder(folder, card.classes, splits, (), card.input)
        found = masks.outlined_lungs(folder, outlined)
        known = battery.prepared(card, outlined, found)
        count = sum(m is not None for m in found)
        return known, {"from": f"outlines of {name}", "n": count, "of": len(outlined)}
    find = masks.lungs_of_ct_picture if card.modality == "CT" else masks.lungs_of_film
    known = [battery.Case(c.example, c.shown, c.placement, find(c.example.picture)) for c in cases]
    count = sum(c.mask is not None for c in known)
    how = "dark regions inside the slice's body" if card.modality == "CT" else "the program's own finder, no outlines"
    return known, {"from": f"found on the picture ({how})", "n": count, "of": len(cases)}


def _refits(
    card: WeightsCard,
    scorer: Scorer,
    cases: list[battery.Case],
    values: Floats,
    names: list[str],
    data: Path,
    options: Options,
    weights: Floats,
    full: Floats,
    reliable: bool,
    replicates: int,
    tell: Tell,
) -> dict[str, Any]:
    """Last layers fitted again on training pictures: a source left out; the frame alone."""
    rules = policy()["battery"]
    sets = options.sets or tuple(policy()["sets"].get(card.modality, ()))
    train, _ = read_folder(data, card.classes, ("train",), sets, card.input)
    most = int(rules["refit_pictures"])
    if len(train) > most:
        train = [train[i] for i in np.sort(np.random.default_rng(int(rules["seed"])).permutation(len(train))[:most])]
    shown = battery.prepared(card, train)
    tell(f"embeddings of {len(train)} training pictures, plain and frame only")
    features = scorer([c.shown for c in shown])[1].astype(np.float64)
    examples = [c.example for c in cases]
    of_train = telling.origins(train, int(policy()["figures"]["source_pictures"]))
    known = set(of_train)
    of_test = [
        n if n in known else f"{e.set_name}/other" if f"{e.set_name}/other" in known else n
        for n, e in zip((_full_name(e, examples) for e in examples), examples, strict=True)
    ]
    left_out = telling.leave_source_out(
        (features, train, of_train), (values, examples, of_test), card.classes, replicates, rules
    )
    frame = next(t for t in ALTERATIONS if t.key == "frame")
    fill = int(np.mean([e.picture.mean() for e in train]))
    seed = int(rules["seed"])
    framed = [
        scorer(battery.altered_inputs(part, frame, card.input, fill, seed, 0))[1].astype(np.float64)
        for part in (shown, cases)
    ]
    refit = telling.refit_on((framed[0], train), (framed[1], examples), card.classes, weights, reliable)
    margin = float(full[0]) - (refit["value"] or 0.0)
    return {"left_out": left_out, "frame_refit": {"balanced_accuracy": refit, "margin": margin}}


def _full_name(e: Example, examples: Sequence[Example]) -> str:
    several = len({x.source for x in examples if x.set_name == e.set_name}) > 1
    return f"{e.set_name}/{e.source}" if several else e.set_name


def _warnings(report: dict[str, Any], rules: dict[str, Any]) -> list[str]:
    """What a reader of the report must not overlook, as sentences."""
    said = []
    few = [f"{name} ({count})" for name, count in report["patients"].items() if count < rules["patients"]]
    if few:
        said.append(f"Fewer than {rules['patients']} patients or groups in {', '.join(few)}: intervals are unreliable.")
    association = report["association"]
    if association["inseparable"]:
        said.append(
            f"Label and source go together (Cramer's V {association['cramers_v']:.2f}): no figure over all sources"
            " tells disease from source. Look at the rows inside one source."
        )
    count = report.get("duplicates", {}).get("count", 0)
    if count:
        said.append(f"{count} pairs of pictures of different splits look alike: figures may be too good.")
    tests = report.get("shortcuts", {}).get("tests", {})
    for cell in tests.values():
        if cell["verdict"] == "fail":
            said.append(
                f"{cell['title']}: shortcut index {cell['index']['value']:.2f}, above {policy()['battery']['block']}:"
                " the network must not be called validated."
            )
        elif cell["verdict"] == "warn" and cell["expect"] == "chance":
            value, ranked = cell["index"]["value"] or 0.0, cell.get("auc_index", {"value": None})["value"] or 0.0
            said.append(
                f"{cell['title']}: shortcut index {value:.2f}, by AUC {ranked:.2f}: part of the answer is no disease."
            )
    return said
