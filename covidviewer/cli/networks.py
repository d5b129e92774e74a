"""``covidviewer networks``: which networks there are, what they know, where their data came from."""

from __future__ import annotations

import argparse
import json
from typing import Any

from covidviewer.inference.registry import METHODS, Listing


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("networks", help="list networks, weights, classes and where their data came from")
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the list; 0, or 1 when a network of the list cannot be used."""
    from covidviewer.inference.registry import list_weights

    listings = list_weights(checksum=True)
    if args.json:
        print(json.dumps({"networks": [record(x) for x in listings], "methods": sorted(METHODS)}, indent=2))
    elif not listings:
        print("There is no network: the weights folder holds no manifest.")
    else:
        for listing in listings:
            print(_text(listing))
    return 0 if all(x.available for x in listings) else 1


def record(listing: Listing) -> dict[str, Any]:
    """One network as plain values."""
    card = listing.card
    point = card.operating_point
    return {
        "id": card.id,
        "network": card.network,
        "version": card.version,
        "file": card.file,
        "sha256": card.sha256,
        "modality": card.modality,
        "classes": list(card.classes),
        "positive": card.positive,
        "threshold": card.threshold,
        "threshold_rule": point.rule if point else None,
        "threshold_source": point.source if point else None,
        "temperature": card.temperature,
        "input": {
            "size": list(card.input.size),
            "channels": card.input.channels,
            "window": {"center": card.input.window_center, "width": card.input.window_width},
        },
        "data_origin": card.data_origin,
        "licence": card.licence,
        "card": card.card,
        "available": listing.available,
        "reason": listing.reason,
    }


def _text(listing: Listing) -> str:
    card = listing.card
    threshold = "no operating point" if card.threshold is None else f"{card.threshold:.3f} for {card.positive}"
    rows = [
        ("network", card.network),
        ("modality", card.modality),
        ("classes", ", ".join(card.classes)),
        ("threshold", threshold),
        ("data", card.data_origin or "not reported"),
        ("licence", card.licence or "not reported"),
        ("sha256", card.sha256[:16]),
        ("state", "available" if listing.available else f"not available: {listing.reason}"),
    ]
    return "\n".join([card.id, *(f"  {name:10} {value}" for name, value in rows)])
