"""The tables of the docs, made from reports and put between markers, so that no figure is typed by hand.

A marker pair in a Markdown file is ``<!-- table: NAME -->`` and ``<!-- end -->``, each on a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from covidviewer.errors import UsageError
from covidviewer.training.evaluation.text import cell_text, markdown_table, test_effect

__all__ = ["put_between_markers", "tables"]

_MARKED = re.compile(r"(<!-- table: (?P<name>[\w.-]+) -->\n)(?P<old>.*?)(\n<!-- end -->)", re.DOTALL)


def tables(reports: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Name of a table -> Markdown, one of each kind over all reports.

    ``overall-SPLIT``, ``sources-SPLIT``, ``shortcuts-SPLIT``, ``papers-SPLIT``; reports of several splits make several.
    """
    made: dict[str, str] = {}
    for split in dict.fromkeys(r["split"] for r in reports):
        own = [r for r in reports if r["split"] == split]
        made[f"overall-{split}"] = _overall(own)
        made[f"sources-{split}"] = _sources(own)
        made[f"papers-{split}"] = _papers(own)
        if any("shortcuts" in r for r in own):
            made[f"shortcuts-{split}"] = _shortcuts(own)
    return made


def put_between_markers(text: str, made: dict[str, str], keep_others: bool = False) -> str:
    """A Markdown file with its marked tables replaced; tables that were not made stay as they are.

    Parameters
    ----------
    keep_others
        Rows of networks that are not in a new table stay; those of a network that is take the place of its old ones,
        or come last.

    Raises
    ------
    UsageError
        The file has no marker at all.
    """
    if not _MARKED.search(text):
        raise UsageError(
            "The file has no marked tables.", advice="Mark a place with <!-- table: overall-val --> and <!-- end -->."
        )

    def fill(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in made:
            return match[0]
        new = _with_others(match["old"], made[name]) if keep_others else made[name]
        return match[1] + "\n" + new + "\n" + match[4]

    return _MARKED.sub(fill, text)


def _with_others(old: str, new: str) -> str:
    """Both tables in one; the first column names whose row it is."""
    head, rows = _parted(new)
    before, kept = _parted(old)
    if before and before != head:
        raise UsageError("A marked table has other columns than the new one.", advice="Remake all of them with --all.")
    # In a union, a key that was there keeps its place.
    groups = _by_owner(kept) | _by_owner(rows)
    return "\n".join([*head, *(row for group in groups.values() for row in group)])


def _by_owner(rows: Sequence[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for row in rows:
        groups.setdefault(row.split("|")[1].strip(), []).append(row)
    return groups


def _parted(table: str) -> tuple[list[str], list[str]]:
    """The two lines of the header, and the rows."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return lines[:2], lines[2:]


def _overall(reports: Sequence[dict[str, Any]]) -> str:
    keys = ("accuracy", "balanced_accuracy", "auc", "ece", "brier")
    rows = []
    for r in reports:
        groups = list(r["per_set"].items()) if len(r["per_set"]) > 1 else [(r["sets"][0], r)]
        rows += [[r["weights"], name, str(g["n"]), *(cell_text(g[k]) for k in keys)] for name, g in groups]
    return markdown_table(["network", "set", "pictures", "accuracy", "balanced accuracy", "AUC", "ECE", "Brier"], rows)


def _sources(reports: Sequence[dict[str, Any]]) -> str:
    rows = []
    for r in reports:
        groups = [("adults only", r["adults"])] if "adults" in r else []
        merged = r.get("merged", {})
        groups += [(f"{k}, {len(merged['classes'])} classes", merged[k]) for k in ("all", "adults") if k in merged]
        groups += list(r["per_source"].items())
        rows += [
            [r["weights"], name, str(g["n"]), cell_text(g["balanced_accuracy"]), cell_text(g["auc"])]
            for name, g in groups
        ]
        rows += [
            [r["weights"], f"{r['positive']} or not inside {name}", str(g["n"]), cell_text(g["balanced_accuracy"]),
             cell_text(g["auc"])]
            for name, g in r["inside_source"].items()
        ]  # fmt: skip
    return markdown_table(["network", "group", "pictures", "balanced accuracy", "AUC"], rows)


def _papers(reports: Sequence[dict[str, Any]]) -> str:
    rows = []
    for r in reports:
        for entry in r["printed"]:
            own = r["per_set"].get(entry["ours"], r)
            value = entry["figures"].get("accuracy")
            area = entry["figures"].get("auc")
            rows.append(
                [r["weights"], entry["paper"], f"{value:.3f}" if value else "-", f"{area:.3f}" if area else "-",
                 cell_text(own["accuracy"]), cell_text(own["auc"]), entry["same_data"]]
            )  # fmt: skip
    header = ["network", "paper", "printed accuracy", "printed AUC", "our accuracy", "our AUC", "same data"]
    return markdown_table(header, rows)


def _shortcuts(reports: Sequence[dict[str, Any]]) -> str:
    rows = []
    for r in reports:
        shortcuts = r.get("shortcuts")
        if not shortcuts:
            continue
        own = r["weights"]
        rows += [
            [own, c["title"], str(c["n"]), cell_text(c["balanced_accuracy"]), test_effect(c), c["verdict"]]
            for c in shortcuts["tests"].values()
            if c["verdict"] != "none"
        ]
        rows += [
            [own, f"{name} left out", str(g["n"]), cell_text(g["without"]), f"drop {g['drop']['value']:+.3f}", ""]
            for name, g in shortcuts.get("left_out", {}).items()
            if "drop" in g
        ]
        if "frame_refit" in shortcuts:
            cell, margin = shortcuts["frame_refit"]["balanced_accuracy"], shortcuts["frame_refit"]["margin"]
            title = "last layer refitted on the frame"
            rows.append([own, title, str(r["n"]), cell_text(cell), f"whole pictures {margin:+.3f}", ""])
    return markdown_table(["network", "test", "pictures", "balanced accuracy", "effect", "verdict"], rows)
