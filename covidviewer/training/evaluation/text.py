"""The report as text: Markdown for the terminal and the docs."""

from __future__ import annotations

from typing import Any

__all__ = ["OVERALL", "cell_text", "markdown", "markdown_table", "test_effect"]

#: Key of an overall figure and its name, the most asked for first.
OVERALL = (
    ("balanced_accuracy", "Balanced accuracy"),
    ("auc", "AUC"),
    ("accuracy", "Accuracy"),
    ("ece", "Calibration error (ECE)"),
    ("brier", "Brier score"),
    ("macro_f1", "F1, mean of classes"),
    ("macro_precision", "Precision, mean of classes"),
    ("nll", "Negative log likelihood"),
    ("ece_uncalibrated", "ECE before calibration"),
)


def cell_text(cell: dict[str, Any] | None) -> str:
    """``0.912 (0.880 to 0.941)``, with ``*`` where the interval is unreliable; ``-`` where nothing was measured."""
    if cell is None or cell["value"] is None:
        return "-"
    mark = "" if cell["reliable"] else " *"
    if cell["low"] is None:
        return f"{cell['value']:.3f}{mark}"
    return f"{cell['value']:.3f} ({cell['low']:.3f} to {cell['high']:.3f}){mark}"


def test_effect(cell: dict[str, Any]) -> str:
    """What a test of the battery found, in its own measure."""
    for key, name in (("index", "index"), ("retention", "retention"), ("change", "change")):
        if key in cell:
            value = cell[key]["value"]
            if value is None:
                return f"{name} not defined: the whole pictures are at chance"
            ranked = cell.get("auc_index", {}).get("value")
            by_order = f", by AUC {ranked:.2f}" if ranked is not None else ""
            return f"{name} {value:+.3f}" if key == "change" else f"{name} {value:.2f}{by_order}"
    return ""


def markdown_table(header: list[str], rows: list[list[str]]) -> str:
    """Header and rows as a Markdown table."""
    return "\n".join(_table(header, rows))


def _table(header: list[str], rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows)]


def markdown(report: dict[str, Any]) -> str:
    """All figures as tables."""
    groups: list[tuple[str, dict[str, Any]]] = [("all", report)]
    groups += list(report["per_set"].items()) if len(report["per_set"]) > 1 else []
    groups += [(name, group) for name, group in report["per_source"].items() if name not in report["per_set"]]
    if "adults" in report:
        groups.append(("adults only", report["adults"]))
    merged = report.get("merged", {})
    groups += [(f"{key}, {len(merged['classes'])} classes", merged[key]) for key in ("all", "adults") if key in merged]
    lines = [f"{report['weights']}, split {report['split']}, decides: {report['rule']}; {report['engine']}", ""]
    lines += [f"- {line}" for line in (*report["said"], *report["warnings"])]
    lines += [""] if report["said"] or report["warnings"] else []
    keys = ("accuracy", "balanced_accuracy", "auc", "ece", "brier")
    lines += _table(
        ["group", "pictures", "patients", "accuracy", "balanced accuracy", "AUC", "ECE", "Brier"],
        [
            [
                name,
                str(g["n"]),
                ", ".join(f"{k} {v}" for k, v in g["patients"].items()),
                *(cell_text(g[k]) for k in keys),
            ]
            for name, g in groups
        ],
    )
    lines.append("")
    keys = ("precision", "recall", "specificity", "f1", "auc")
    lines += _table(
        ["class", "pictures", "precision", "recall", "specificity", "F1", "AUC"],
        [[name, str(c["n"]), *(cell_text(c[k]) for k in keys)] for name, c in report["per_class"].items()],
    )
    if report["inside_source"]:
        lines.append("")
        lines += _table(
            [f"{report['positive']} or not, inside", "pictures", "AUC"],
            [
                [name, ", ".join(f"{k} {v}" for k, v in g["pictures"].items()), cell_text(g["auc"])]
                for name, g in report["inside_source"].items()
            ],
        )
    for entry in report["printed"]:
        lines += ["", f"Printed in {entry['paper']} ({entry['data']}; same data: {entry['same_data']}):", ""]
        names = {"precision": "macro_precision", "recall": "balanced_accuracy", "f1": "macro_f1"}
        own = report["per_set"].get(entry["ours"], report)
        rows = [[k, f"{v:.3f}", cell_text(own.get(names.get(k, k)))] for k, v in entry["figures"].items()]
        lines += _table(["", "printed", f"ours{', ' + entry['ours'] if entry['ours'] else ''}"], rows)
    lines += _shortcut_lines(report)
    return (
        "\n".join(lines)
        + "\n\n95 % intervals by bootstrap over patients (groups). * fewer than 20 in a class: unreliable."
    )


def _shortcut_lines(report: dict[str, Any]) -> list[str]:
    shortcuts = report.get("shortcuts")
    if not shortcuts:
        return []
    lines = [""]
    lines += _table(
        ["shortcut test", "pictures", "balanced accuracy", "effect", "verdict"],
        [
            [
                c["title"],
                str(c["n"]),
                cell_text(c.get("balanced_accuracy")),
                test_effect(c) or c.get("reason", ""),
                c["verdict"],
            ]
            for c in shortcuts["tests"].values()
        ],
    )
    lines += [
        "",
        f"Lungs: {shortcuts['masks']['from']}, {shortcuts['masks']['n']} of {shortcuts['masks']['of']} pictures.",
    ]
    if "source" in shortcuts:
        lines.append("")
        lines += _table(
            ["source from the embedding, within", "pictures", "AUC"],
            [[name, str(g["n"]), cell_text(g["auc"])] for name, g in shortcuts["source"].items()],
        )
    if "left_out" in shortcuts:
        lines.append("")
        lines += _table(
            ["source left out (last layer refitted)", "pictures", "with", "without", "drop"],
            [
                [
                    n,
                    str(g["n"]),
                    *(
                        [cell_text(g[k]) for k in ("with", "without", "drop")]
                        if "drop" in g
                        else ["-", "-", g["reason"]]
                    ),
                ]
                for n, g in shortcuts["left_out"].items()
            ],
        )
    if "frame_refit" in shortcuts:
        cell = shortcuts["frame_refit"]
        lines += [
            "",
            f"Last layer refitted on the frame alone: {cell_text(cell['balanced_accuracy'])}; whole pictures"
            f" {cell['margin']:+.3f}.",
        ]
    return lines
