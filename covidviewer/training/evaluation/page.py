"""The report as one self-contained HTML file: no script, nothing fetched, light and dark by the reader's setting."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from covidviewer import assets
from covidviewer.training.evaluation import svg
from covidviewer.training.evaluation.text import OVERALL, test_effect

__all__ = ["html_page"]

VERDICTS = {"pass": "as it should be", "warn": "doubtful", "fail": "shortcut", "none": "not measured"}


def html_page(report: dict[str, Any]) -> str:
    """The whole report as a document."""
    style = (assets.resource_dir() / "style" / "report.css").read_text("utf-8")
    title = f"{report['weights']}: {report['split']} pictures of {', '.join(report['sets'])}"
    body = [
        _head(report),
        _warnings(report),
        _overall(report),
        _figures(report),
        _classes(report),
        _groups(report),
        _printed(report),
        _battery(report),
        _source(report),
        _origin(report),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body><main>{''.join(body)}</main></body></html>\n"
    )


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], kind: str = "") -> str:
    """Cells are HTML already; the first column heads its row."""
    top = "".join(f'<th scope="col">{h}</th>' for h in header)
    body = "".join(
        "<tr>" + f'<th scope="row">{row[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table class="{kind}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(cell: dict[str, Any] | None) -> str:
    """Value large, interval small."""
    if cell is None or cell["value"] is None:
        return '<span class="none">-</span>'
    mark = "" if cell["reliable"] else " *"
    if cell["low"] is None:
        return f"{cell['value']:.3f}{mark}"
    return f"{cell['value']:.3f}{mark} <small>{cell['low']:.3f} to {cell['high']:.3f}</small>"


def _head(report: dict[str, Any]) -> str:
    facts = [
        ("Pictures", f"{report['n']} ({report['split']})"),
        ("Patients or groups", ", ".join(f"{k} {v}" for k, v in report["patients"].items())),
        ("Sets", ", ".join(report["sets"])),
        ("Decides", report["rule"]),
        ("Temperature", f"{report['temperature']:.3f}"),
        ("Run on", report["engine"]),
    ]
    cells = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(str(v))}</dd></div>" for k, v in facts)
    return (
        f"<header><p class='kind'>Evaluation of a network, research use only</p><h1>{escape(report['weights'])}</h1>"
        f"<p class='sum'>sha256 {report['sha256'][:16]}…</p><dl>{cells}</dl></header>"
    )


def _warnings(report: dict[str, Any]) -> str:
    lines = "".join(f"<li>{escape(w)}</li>" for w in report["warnings"])
    return f'<section class="warnings"><h2>Before you read on</h2><ul>{lines}</ul></section>' if lines else ""


def _overall(report: dict[str, Any]) -> str:
    large = "".join(
        f'<div class="tile"><span>{escape(title)}</span><b>{_number(report[key])}</b>'
        f"<small>{_range(report[key])}</small></div>"
        for key, title in OVERALL[:6]
    )
    rest = _table(["", "value, 95 % interval"], [[escape(title), _cell(report[key])] for key, title in OVERALL[6:]])
    return (
        f"<section><h2>Overall</h2><div class='tiles'>{large}</div>{rest}"
        f"<p class='note'>95 % intervals: {report['replicates']} bootstrap draws of patients (or groups),"
        " not of pictures."
        " * fewer than 20 patients in a class: the interval is unreliable.</p></section>"
    )


def _number(cell: dict[str, Any]) -> str:
    return "-" if cell["value"] is None else f"{cell['value']:.3f}" + ("" if cell["reliable"] else " *")


def _range(cell: dict[str, Any]) -> str:
    return "" if cell["low"] is None else f"{cell['low']:.3f} to {cell['high']:.3f}"


def _figures(report: dict[str, Any]) -> str:
    areas = {name: cell["auc"]["value"] for name, cell in report["per_class"].items()}
    parts = [
        ("ROC, each class against the rest", svg.roc_plot(report["roc"], areas)),
        ("Confusion", svg.confusion_matrix(report["confusion"], report["classes"])),
        ("Calibration", svg.reliability_plot(report["reliability"], report["ece"]["value"])),
    ]
    cells = "".join(f"<figure><figcaption>{escape(t)}</figcaption>{picture}</figure>" for t, picture in parts)
    return f"<section><h2>Curves</h2><div class='figures'>{cells}</div></section>"


def _classes(report: dict[str, Any]) -> str:
    keys = ("recall", "precision", "specificity", "f1", "auc")
    header = ["Class", "pictures", "recall", "precision", "specificity", "F1", "AUC"]
    rows = [
        [escape(name), f"{cell['n']} <small>{cell['patients']} patients</small>", *(_cell(cell[k]) for k in keys)]
        for name, cell in report["per_class"].items()
    ]
    return f"<section><h2>Classes</h2>{_table(header, rows)}</section>"


def _groups(report: dict[str, Any]) -> str:
    groups: list[tuple[str, dict[str, Any]]] = [("all", report)]
    if len(report["per_set"]) > 1:
        groups += list(report["per_set"].items())
    groups += [(name, group) for name, group in report["per_source"].items() if name not in report["per_set"]]
    if "adults" in report:
        groups.append(("adults only", report["adults"]))
    merged = report.get("merged", {})
    groups += [
        (f"{name}, {len(merged['classes'])} classes", merged[key])
        for key, name in (("all", "all"), ("adults", "adults only"))
        if key in merged
    ]
    keys = ("accuracy", "balanced_accuracy", "auc", "ece", "brier")
    header = ["Group", "pictures", "accuracy", "balanced accuracy", "AUC", "ECE", "Brier"]
    rows = [[escape(name), str(g["n"]), *(_cell(g[k]) for k in keys)] for name, g in groups]
    plot = svg.forest([(n, g["n"], g["balanced_accuracy"]) for n, g in groups], "balanced accuracy")
    inside = [
        [escape(name), ", ".join(f"{escape(k)} {v}" for k, v in g["pictures"].items()), _cell(g["auc"]),
         _cell(g["balanced_accuracy"])]
        for name, g in report["inside_source"].items()
    ]  # fmt: skip
    text = (
        f"<h3>{escape(report['positive'])} or not, inside one source</h3>"
        "<p class='note'>Source cannot help here: this says"
        " most about disease.</p>" + _table(["Source", "pictures", "AUC", "balanced accuracy"], inside)
        if inside
        else "<p class='note'>No source holds the positive class and another: disease and source cannot be told apart"
        " here.</p>"
    )
    return f"<section><h2>Sources and adults</h2>{plot}{_table(header, rows)}{text}</section>"


def _printed(report: dict[str, Any]) -> str:
    if not report["printed"]:
        return ""
    blocks = []
    for entry in report["printed"]:
        rows = []
        judged = report["per_set"].get(entry["ours"], report)
        names = {"precision": "macro_precision", "recall": "balanced_accuracy", "f1": "macro_f1"}
        rows += [[escape(k), f"{v:.3f}", _cell(judged.get(names.get(k, k)))] for k, v in entry["figures"].items()]
        for key in ("precision", "recall", "f1"):
            for name, value in entry.get(key, {}).items():
                own = judged["per_class"].get(name, {}).get(key)
                rows.append([f"{escape(key)}, {escape(name)}", f"{value:.3f}", _cell(own)])
        doubts = "".join(f"<li>{escape(d)}</li>" for d in entry["doubts"])
        doubts = (
            f"<p class='note'>Does not fit together in the paper:</p><ul class='note'>{doubts}</ul>" if doubts else ""
        )
        blocks.append(
            f"<h3>{'Paper ' if entry['paper'].isdigit() else ''}{escape(entry['paper'])}</h3>"
            f"<p class='note'>{escape(entry['data'])}. Same data as here: <b>{escape(entry['same_data'])}</b>.</p>"
            + _table(["", "printed", f"ours, {escape(entry['ours'] or 'here')}"], rows)
            + doubts
        )
    return f"<section><h2>What the papers print</h2>{''.join(blocks)}</section>"


def _battery(report: dict[str, Any]) -> str:
    shortcuts = report.get("shortcuts")
    if not shortcuts:
        return ""
    rows = []
    for cell in shortcuts["tests"].values():
        badge = f'<span class="verdict {cell["verdict"]}">{VERDICTS[cell["verdict"]]}</span>'
        if cell["verdict"] == "none":
            rows.append(
                [escape(cell["title"]), cell["letter"], str(cell["n"]), "-", "-", escape(cell["reason"]), badge]
            )
            continue
        rows.append(
            [escape(cell["title"]), cell["letter"], str(cell["n"]), _cell(cell["balanced_accuracy"]),
             _cell(cell.get("auc")), escape(test_effect(cell)), badge]
        )  # fmt: skip
    measured = [
        (c["title"], c["n"], c["balanced_accuracy"]) for c in shortcuts["tests"].values() if c["verdict"] != "none"
    ]
    chance = 1 / len(report["classes"])
    lungs = shortcuts["masks"]
    return (
        "<section><h2>Shortcuts</h2><p class='note'>What an honest network must fail on (index near 0), must keep"
        " (retention near 1) or must not mind (change near 0). Index = (balanced accuracy"
        " of altered pictures - chance) /"
        " (of whole ones - chance); above 0.25 doubtful, above 0.5 a shortcut.</p>"
        + svg.forest(measured, "balanced accuracy on altered pictures; dashed: chance", chance)
        + _table(["Test", "", "pictures", "balanced accuracy", "AUC", "effect", ""], rows, "battery")
        + f"<p class='note'>Lungs: {escape(lungs['from'])}, {lungs['n']} of {lungs['of']} pictures.</p></section>"
    )


def _source(report: dict[str, Any]) -> str:
    shortcuts = report.get("shortcuts", {})
    if "source" not in shortcuts:
        return ""
    rows = [
        [escape(name), str(g["n"]), ", ".join(map(escape, g["sources"])) or "-", _cell(g["auc"])]
        for name, g in shortcuts["source"].items()
    ]
    parts = [
        "<section><h2>Does it know the source?</h2><p class='note'>A regression reads the source from the embedding,"
        " folds"
        " by patient. Within one class 0.5 would be honest.</p>",
        _table(["Within", "pictures", "sources", "AUC"], rows),
    ]
    if "left_out" in shortcuts:
        lines = [
            [escape(name), str(g["n"]), *([_cell(g["with"]), _cell(g["without"]), _cell(g["drop"])] if "drop" in g else
             ["-", "-", escape(g["reason"])])]
            for name, g in shortcuts["left_out"].items()
        ]  # fmt: skip
        parts.append("<h3>A source left out</h3>")
        parts.append(
            "<p class='note'>Last layer fitted again on frozen embeddings of the training pictures, with and"
            " without the"
            " source; the layers before it have seen the source, so the drop is at least this.</p>"
        )
        parts.append(_table(["Source", "pictures", "with it", "without it", "drop"], lines))
    if "frame_refit" in shortcuts:
        cell = shortcuts["frame_refit"]
        parts.append(
            f"<p>Last layer fitted on the outer 12 % frame alone: balanced accuracy"
            f" {_cell(cell['balanced_accuracy'])}; the"
            f" network on whole pictures is {cell['margin']:+.3f} from that.</p>"
        )
    return "".join(parts) + "</section>"


def _origin(report: dict[str, Any]) -> str:
    association = report["association"]
    value = association["cramers_v"]
    lines = [f"Cramer's V of label and source: {value:.2f}." if value is not None else "One source only."]
    lines += report["said"]
    found = report.get("duplicates")
    if found is not None:
        lines.append(f"Near-duplicates across splits: {found['count']}.")
        lines += [f"{p['first']} and {p['second']} (correlation {p['correlation']})" for p in found["pairs"][:5]]
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<section><h2>The data</h2><ul>{items}</ul></section>"
