"""Collects every text of the screen, keeps its translations, compiles them: ``make i18n``.

``pyside6-lupdate`` finds plain ``self.tr("...")`` only. This reads the syntax tree and finds as well: a module's own
``_tr("...")`` (its context stands in that function), ``translate("Context", "...")``, rows of tables marked with
``_("Context", "...")``, names in the TOML files under ``resources/``, and the sentences that the layers below the
screen make (context ``Sentences``, f-strings with ``{0}``, ``{1}``, ... in place of what is put in).

Written: ``resources/i18n/covidviewer_zh_CN.ts`` (Qt Linguist opens it), the ``.qm`` beside it, and ``sentences.json``,
the English forms that `covidviewer.ui.sentences` matches.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "i18n"
TS = FOLDER / "covidviewer_zh_CN.ts"
SENTENCES = "Sentences"
#: Layers below the screen whose sentences a reader may see.
CORE = ("dicom", "imaging", "inference", "jobs", "workspace", "study.py", "errors.py", "assets.py")
#: Calls whose texts are shown, besides all whose name ends in ``Error``.
TELLING = frozenset({"Note", "Finding", "LeftOut", "Notice", "Cuda", "Problem", "_whole", "damaged"})
#: Names that hold phrases for the screen which are no sentences: titles, rules of order and score.
NAMED = frozenset({"title", "rule", "among"})
#: What the core puts into its sentences.
PARTS = (
    "slice is",
    "slices are",
    "image is",
    "images are",
    "{0} slices are missing",
    "{0} slice is missing",
    "an HTML or XML page",
    "a PDF document",
    "chest CT",
    "chest films",
    "a chest film",
    "a CT slice",
    "uneven slice spacing",
    "uneven slice spacing ({0})",
    "image was",
    "images were",
    "a gzip archive; unpack it first",
    "a JPEG picture, whose name should end in .jpg",
    "a PNG picture, whose name should end in .png",
    "a TIFF picture, whose name should end in .tif",
    "a GIF picture",
    "a BMP picture",
    "a ZIP archive (open it by itself) or an office document",
    "an archive of another kind than ZIP; unpack it first",
    "a NIfTI volume",
    "{0} and {1} more",
    "Header",
    "Header {0}",
    "As stored",
    "Look-up table",
)
#: Tables of names for the screen: module -> its dictionaries (values) and tuples of pairs (second of each).
WORDS = {
    "covidviewer/dicom/documents.py": ("_NAMES", "_FAMILIES", "_MODALITIES"),
    "covidviewer/dicom/syntaxes.py": ("_NAMES",),
}
#: Errors of the interpreter: for programmers, never on screen.
SILENT = frozenset({"ValueError", "TypeError", "KeyError", "RuntimeError", "OSError", "EOFError", "AttributeError"})

Key = tuple[str, str]  # context, text


@dataclass(frozen=True, slots=True)
class Entry:
    """One text of the .ts file; ``done`` is False for "unfinished"."""

    text: str
    done: bool


def main() -> int:
    parser = argparse.ArgumentParser(description="Collect, keep and compile the translations.")
    parser.add_argument("--missing", action="store_true", help="print what has no translation, as JSON, and stop")
    parser.add_argument("--fill", type=Path, help="JSON of text -> translation (or context|text) to take in")
    args = parser.parse_args()
    found = collect()
    known = read()
    if args.fill is not None:
        _take_in(known, found, json.loads(args.fill.read_text("utf-8")))
    if args.missing:
        lacking = [f"{c}|{t}" for c, t in found if not known.get((c, t), Entry("", False)).done]
        print(json.dumps(lacking, ensure_ascii=False, indent=0))
        return 0
    write(found, known)
    return compile_()


# -- what is in the source --


def collect(root: Path = ROOT) -> dict[Key, str]:
    """Every (context, text) of the program and a file where it stands."""
    found: dict[Key, str] = {}
    for path in sorted((root / "covidviewer").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        tree = ast.parse(path.read_text("utf-8"))
        for key in _of_screen(tree):
            found.setdefault(key, name)
        if name.split("/")[1] in CORE:
            for text in _sentences(tree):
                found.setdefault((SENTENCES, text), name)
        for text in _words(tree, WORDS.get(name, ())):
            found.setdefault((SENTENCES, text), name)
    for key, name in _of_tables(root):
        found.setdefault(key, name)
    return dict(sorted(found.items()))


def _words(tree: ast.Module, names: tuple[str, ...]) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in names:
            pairs = node.value
            values = pairs.values if isinstance(pairs, ast.Dict) else [p.elts[1] for p in getattr(pairs, "elts", ())]
            yield from (text for value in values if " " in (text := _constant(value)) or text.isalpha())


def _of_screen(tree: ast.Module) -> Iterator[Key]:
    own = _own_context(tree)
    owners: dict[int, str] = {}
    for node in ast.walk(tree):  # breadth first: an inner class overwrites the outer
        if isinstance(node, ast.ClassDef):
            owners.update({id(inner): node.name for inner in ast.walk(node)})
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        texts = [_constant(arg) for arg in call.args]
        if name == "tr" and texts and texts[0]:
            yield owners[id(call)], texts[0]
        elif name == "_tr" and own and texts and texts[0]:
            yield own, texts[0]
        elif name in ("translate", "_", "mark") and len(texts) >= 2 and texts[0] and texts[1]:
            yield texts[0], texts[1]


def _own_context(tree: ast.Module) -> str:
    """The context that a module's ``_tr`` asks in."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "_tr":
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args:
                    return _constant(call.args[0])
    return ""


def _constant(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _of_tables(root: Path) -> Iterator[tuple[Key, str]]:
    resources = root / "resources"
    windows = tomllib.loads((resources / "presets" / "windows.toml").read_text("utf-8"))
    for preset in windows["preset"]:
        yield ("actions", preset["name"]), "resources/presets/windows.toml"
    for part in PARTS:
        yield (SENTENCES, part), "tools/i18n.py"
    for rule in _rules(tomllib.loads((root / "weights" / "manifest.toml").read_text("utf-8"))):
        yield (SENTENCES, rule), "weights/manifest.toml"
    for path in sorted((resources / "protocols").glob("*.toml")):
        yield ("protocols", tomllib.loads(path.read_text("utf-8"))["name"]), f"resources/protocols/{path.name}"


def _rules(value: object) -> Iterator[str]:
    """How operating points were chosen: every ``rule`` of the manifest."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "rule" and isinstance(inner, str):
                yield inner
            else:
                yield from _rules(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _rules(inner)


def _sentences(tree: ast.Module) -> Iterator[str]:
    """Sentences of a core module: arguments of errors, notes and findings, and what else ends like a sentence."""
    parents: dict[int, ast.AST] = {}
    skipped: set[int] = set()
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            parents[id(child)] = node
        if isinstance(node, ast.Expr):  # docstrings
            skipped.update(id(inner) for inner in ast.walk(node.value) if isinstance(node.value, ast.Constant))
        if isinstance(node, ast.JoinedStr):
            skipped.update(id(v) for v in node.values if isinstance(v, ast.Constant))
            # what a placeholder's format says is no text
            skipped.update(
                id(inner) for v in node.values if isinstance(v, ast.FormattedValue) and v.format_spec
                for inner in ast.walk(v.format_spec)
            )  # fmt: skip
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        text = _constant(node) or (template(node) if isinstance(node, ast.JoinedStr) else "")
        if len(text) > 3 and _shown(node, text, parents):
            yield text


def template(node: ast.JoinedStr) -> str:
    """``f"{n} of {m}"`` as ``"{0} of {1}"``."""
    parts, at = [], 0
    for value in node.values:
        if isinstance(value, ast.Constant):
            parts.append(str(value.value))
        else:
            parts.append(f"{{{at}}}")
            at += 1
    return "".join(parts)


def _shown(node: ast.AST, text: str, parents: dict[int, ast.AST]) -> bool:
    letters = [c for c in text if c.isalpha()]
    if not letters or (text.count(" ") < 1 and not text[0].isupper()):
        return False
    above = parents.get(id(node))
    while above is not None and not isinstance(above, ast.Call | ast.stmt):
        if isinstance(above, ast.FormattedValue):
            break
        above = parents.get(id(above))
    if isinstance(above, ast.Assign) and isinstance(above.targets[0], ast.Name):
        name = above.targets[0].id
        if name in NAMED or name.startswith("RULE_"):
            return True
    ends = text.rstrip().endswith(".") and (text[0].isupper() or text[0] in "{ ") and " " in text
    if isinstance(above, ast.Call):
        name = above.func.attr if isinstance(above.func, ast.Attribute) else getattr(above.func, "id", "")
        if name in ("tr", "_tr", "translate") or name in SILENT or name in ("warning", "info", "error", "exception"):
            return False
        if name in TELLING or name.endswith("Error"):
            return " " in text
    return ends


# -- the .ts file --


def read(path: Path = TS) -> dict[Key, Entry]:
    """What the .ts file holds."""
    if not path.is_file():
        return {}
    found: dict[Key, Entry] = {}
    for context in ET.parse(path).getroot().iter("context"):
        name = context.findtext("name", "")
        for message in context.iter("message"):
            translation = message.find("translation")
            text = "" if translation is None else translation.text or ""
            done = bool(text) and (translation is None or translation.get("type") is None)
            found[name, message.findtext("source", "")] = Entry(text, done)
    return found


def _take_in(known: dict[Key, Entry], found: dict[Key, str], new: dict[str, str]) -> None:
    for context, text in found:
        translation = new.get(f"{context}|{text}", new.get(text, ""))
        if translation:
            known[context, text] = Entry(translation, True)


def write(found: dict[Key, str], known: dict[Key, Entry], path: Path = TS) -> None:
    """Texts that are gone leave the file; a new text that another context has translated begins with that."""
    elsewhere = {text: entry for (context, text), entry in known.items() if entry.done and context != SENTENCES}
    root = ET.Element("TS", version="2.1", language="zh_CN", sourcelanguage="en")
    contexts: dict[str, ET.Element] = {}
    for (context, text), file in found.items():
        if context not in contexts:
            contexts[context] = ET.SubElement(root, "context")
            ET.SubElement(contexts[context], "name").text = context
        message = ET.SubElement(contexts[context], "message")
        ET.SubElement(message, "location", filename=f"../../{file}")
        ET.SubElement(message, "source").text = text
        entry = known.get((context, text)) or elsewhere.get(text) or Entry("", False)
        translation = ET.SubElement(message, "translation")
        translation.text = entry.text
        if not entry.done:
            translation.set("type", "unfinished")
    ET.indent(root, "    ")
    path.parent.mkdir(parents=True, exist_ok=True)
    body = ET.tostring(root, encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n', "utf-8", newline="\n")
    sentences = sorted(text for context, text in found if context == SENTENCES)
    rows = json.dumps(sentences, ensure_ascii=False, indent=0)
    (path.parent / "sentences.json").write_text(rows + "\n", "utf-8", newline="\n")


def compile_(path: Path = TS) -> int:
    """Run Qt's own compiler of translations, from beside this interpreter; returns its exit code."""
    tool = Path(sys.executable).parent / "pyside6-lrelease"
    return subprocess.run(
        [str(tool), "-silent", str(path), "-qm", str(path.with_suffix(".qm"))], check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
