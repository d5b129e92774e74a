"""``covidviewer evaluate``: what a weight file is worth on labelled pictures, with intervals by patient."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covidviewer.errors import CovidViewerError, UsageError

if TYPE_CHECKING:
    from covidviewer.inference.manifest import WeightsCard


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Arguments of the command."""
    parser = subparsers.add_parser("evaluate", help="figures of a weight file on labelled pictures")
    parser.add_argument(
        "weights", nargs="?", default="", help="id in the manifest, or a .safetensors file beside its manifest.toml"
    )
    parser.add_argument("--all", action="store_true", help="every network of the manifest: remakes the docs' tables")
    parser.add_argument(
        "--data", type=Path, required=True, help="labels.csv folder, folder of such, or a folder a class"
    )
    parser.add_argument("--split", choices=["train", "val", "test"], help="default: val; all where the folder has none")
    parser.add_argument("--sets", nargs="+", default=[], metavar="SET", help="of a folder of sets (by modality)")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--html", type=Path, help="write the report, one self-contained page")
    parser.add_argument("--out", type=Path, help="with --all: reports and tables; kept ones are not remade")
    parser.add_argument(
        "--docs",
        type=Path,
        help="put tables between the markers of this Markdown file; without --all other networks' rows stay",
    )
    parser.add_argument("--fresh", action="store_true", help="with --all: judge again what --out holds a report of")
    parser.add_argument(
        "--shortcuts", action=argparse.BooleanOptionalAction, default=True, help="the shortcut battery (on)"
    )
    parser.add_argument(
        "--refit",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="a source left out, needs the train split (on)",
    )
    parser.add_argument("--replicates", type=int, default=0, help="of the bootstrap (2000)")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--engine", choices=["shipped", "torch"], default="shipped", help="torch: eager float32")
    parser.add_argument("--fit-threshold", action="store_true", help="choose the operating point here (val only)")
    parser.add_argument("--threads", type=int, default=0, help="0: as torch likes")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the tables; 0, or 2 for a wrong call."""
    try:
        if args.all:
            return _all(args)
        if not args.weights:
            raise UsageError("No weights were named.", advice="Name one of `covidviewer networks`, or give --all.")
        report = evaluate(args)
        from covidviewer.training.evaluation.text import markdown

        print(markdown(report))
        _write(report, args.json, args.html)
        if args.docs is not None:
            _put([report], args.docs, keep_others=True)
    except ImportError as error:
        print(f"covidviewer: evaluation needs the extra 'ai' ({error.name} is missing)", file=sys.stderr)
        return 2
    except CovidViewerError as error:
        print(f"covidviewer: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"covidviewer: {error.filename} cannot be written ({error.strerror}).", file=sys.stderr)
        return 2
    return 0


def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """The report of one weight file as plain values."""
    if args.fit_threshold and args.split not in (None, "val"):
        raise UsageError(f"A threshold is never chosen on {args.split} pictures.", advice="Use --split val.")
    card = _card(args.weights)
    return _report(card, args, args.fit_threshold)


def _card(name: str) -> WeightsCard:
    from covidviewer.inference import registry
    from covidviewer.inference.manifest import read_manifest

    path = Path(name)
    if path.suffix != ".safetensors":
        return registry.choose(name)
    found = [card for card in read_manifest(path.parent) if card.file == path.name]
    if not found:
        raise UsageError(f"The manifest beside {path.name} does not list it.")
    return found[0]


def _report(card: WeightsCard, args: argparse.Namespace, fit_threshold: bool = False) -> dict[str, Any]:
    from covidviewer.training.evaluation.assess import Options, assess
    from covidviewer.training.evaluation.scoring import open_scorer

    if args.threads:
        from covidviewer.inference.engines.torch_engine import limit_threads

        limit_threads(args.threads)
    options = Options(
        args.split or "", tuple(args.sets), args.replicates, args.shortcuts, args.refit, duplicates=args.shortcuts
    )
    scorer = open_scorer(card, args.device, args.engine)
    if fit_threshold:
        from covidviewer.training.evaluation.assess import with_threshold

        card = with_threshold(card, scorer, args.data, options)
    return assess(card, scorer, args.data, options, lambda line: print(line, file=sys.stderr, flush=True))


def _write(report: dict[str, Any], json_file: Path | None, html_file: Path | None) -> None:
    if json_file is not None:
        json_file.write_text(json.dumps(report, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    if html_file is not None:
        from covidviewer.training.evaluation.page import html_page

        html_file.write_text(html_page(report), encoding="utf-8")


def _put(reports: list[dict[str, Any]], docs: Path, keep_others: bool = False) -> None:
    from covidviewer.training.evaluation.tables import put_between_markers, tables

    docs.write_text(put_between_markers(docs.read_text("utf-8"), tables(reports), keep_others), encoding="utf-8")


def _kept(card: WeightsCard, args: argparse.Namespace) -> dict[str, Any] | None:
    """The report of the same weight file on the same split in ``--out``, if there is one as thorough."""
    if args.out is None or args.fresh:
        return None
    from covidviewer.training.evaluation.assess import SCHEMA

    try:
        report = json.loads((args.out / f"{card.id}.{args.split or 'val'}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    same = report.get("sha256") == card.sha256 and report.get("schema") == SCHEMA
    return report if same and ("shortcuts" in report) == args.shortcuts else None


def _all(args: argparse.Namespace) -> int:
    """Every usable network of the manifest on the sets of its modality."""
    from covidviewer.inference import registry
    from covidviewer.training.evaluation.tables import tables

    reports = []
    for listing in registry.list_weights():
        if not listing.available:
            print(f"{listing.card.id}: {listing.reason}", file=sys.stderr)
            continue
        kept = _kept(listing.card, args)
        print(f"== {listing.card.id}{' (kept report)' if kept else ''}", file=sys.stderr, flush=True)
        reports.append(kept or _report(listing.card, args))
        if args.out is not None and not kept:  # at once: what was judged survives a later failure
            args.out.mkdir(parents=True, exist_ok=True)
            stem = f"{reports[-1]['weights']}.{reports[-1]['split']}"
            _write(reports[-1], args.out / f"{stem}.json", args.out / f"{stem}.html")
    made = tables(reports)
    if args.out is not None:
        for name, text in made.items():
            (args.out / f"{name}.md").write_text(text + "\n", encoding="utf-8")
    if args.docs is not None:
        _put(reports, args.docs)
    if args.out is None and args.docs is None:
        print("\n\n".join(made.values()))
    return 0
