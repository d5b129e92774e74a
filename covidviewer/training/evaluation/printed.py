"""What the papers printed, from ``resources/papers.toml``: shown beside our figures, never mixed with them."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from typing import Any

from covidviewer import assets

__all__ = ["papers", "printed_for"]


@lru_cache(maxsize=1)
def papers() -> tuple[dict[str, Any], ...]:
    """All entries, in the order of the file."""
    data = tomllib.loads((assets.resource_dir() / "papers.toml").read_text("utf-8"))
    return tuple(data["printed"])


def printed_for(network: str, modality: str, sets: tuple[str, ...], split: str) -> list[dict[str, Any]]:
    """Printed figures of a network, each with ``same_data`` ("yes", or "no" and perhaps why) and ``ours``.

    The data is the same where the paper's set and split are judged here; ``ours`` names the set whose figures then
    stand beside the paper's ("": all pictures).
    """
    rows = []
    for entry in papers():
        if entry["network"] not in (network, "*") or entry.get("modality", modality) != modality:
            continue
        own, wanted = entry.get("set", ""), entry.get("split", "test")
        if not own or own not in sets:
            same = "no"
        else:
            same = "yes" if split == wanted else f"no: the same set, but its {wanted} pictures"
        rows.append({**entry, "same_data": same, "ours": own if own in sets and len(sets) > 1 else ""})
    return rows
