"""``covidviewer evaluate``: what a weight file is worth on labelled pictures, with intervals by patient."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from covidviewer.errors import CovidViewerError, UsageError

SETS = ("covid-ct", "ct-sars")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Arguments of the command."""
    parser = subparsers.add_parser("evaluate", help="figures of a weight file on labelled pictures")
    parser.add_argument("weights", help="id in the manifest, or a .safetensors file beside its manifest.toml")
    parser.add_argument("--data", type=Path, required=True, help="folder of the picture sets, or of one set")
    parser.add_argument("--split", choices=["train", "val", "test"], default="val")
    parser.add_argument("--sets", nargs="+", default=list(SETS), metavar="SET")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--shortcuts", action="store_true", help="also the frame, the thumbnail, shuffled pixels")
    parser.add_argument("--replicates", type=int, default=2000, help="of the bootstrap")
    parser.add_argument("--fit-threshold", action="store_true", help="choose the operating point here (val only)")
    parser.add_argument("--threads", type=int, default=0, help="0: as torch likes")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the table; 0, or 2 for a wrong call."""
    try:
        report, text = evaluate(args)
    except ImportError as error:
        print(f"covidviewer: evaluation needs the extra 'ai' ({error.name} is missing)", file=sys.stderr)
        return 2
    except CovidViewerError as error:
        print(f"covidviewer: {error}", file=sys.stderr)
        return 2
    print(text)
    if args.json is not None:
        args.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


def evaluate(args: argparse.Namespace) -> tuple[dict[str, object], str]:
    """The report as plain values and as text."""
    if args.fit_threshold and args.split != "val":
        raise UsageError(f"A threshold is never chosen on {args.split} pictures.", advice="Use --split val.")
    import dataclasses

    import torch

    from covidviewer.inference import registry
    from covidviewer.inference.loading import load_network
    from covidviewer.inference.manifest import OperatingPoint, read_manifest
    from covidviewer.training.data import read_sets
    from covidviewer.training.finish import RULE, source_weights
    from covidviewer.training.metrics import softmax, youden_threshold
    from covidviewer.training.report import judge, markdown, network_inputs, network_logits, shortcut_figures

    if args.threads:
        torch.set_num_threads(args.threads)
    path = Path(args.weights)
    if path.suffix == ".safetensors":
        found = [card for card in read_manifest(path.parent) if card.file == path.name]
        if not found:
            raise UsageError(f"The manifest beside {path.name} does not list it.")
        card = found[0]
    else:
        card = registry.choose(args.weights)
    network = load_network(card)
    examples = read_sets(args.data, args.sets, (args.split,), card.classes)
    logits = network_logits(card, network, network_inputs(card, examples))
    if args.fit_threshold:
        import numpy as np

        scores = softmax(logits, card.temperature)[:, card.classes.index(card.positive)]
        positive = np.array([e.label == card.positive for e in examples])
        value = youden_threshold(scores, positive, source_weights(examples))
        card = dataclasses.replace(card, operating_point=OperatingPoint(round(value, 3), RULE, "this split"))
    report: dict[str, object] = {
        "weights": card.id,
        "sha256": card.sha256,
        "split": args.split,
        "threshold": card.threshold,
        "temperature": card.temperature,
    }
    sources = {}
    for name in dict.fromkeys(e.set_name for e in examples):
        inside = [i for i, e in enumerate(examples) if e.set_name == name]
        part = [examples[i] for i in inside]
        sources[name] = judge(card, logits[inside], part, args.replicates)
        if args.shortcuts:
            full = sources[name]["balanced_accuracy"]["value"]
            sources[name]["shortcuts"] = shortcut_figures(card, network, part, full)
    report["sources"] = sources
    return report, markdown(report)
