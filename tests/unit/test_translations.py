"""The translation: every text of the source has one, none is left over, placeholders are the same, files are built."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("covidviewer_i18n_tool", ROOT / "tools" / "i18n.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tool = _tool()
found = tool.collect()
known = tool.read()


def _places(text: str) -> list[str]:
    """Names of what is put in, without their formats, doubled braces aside."""
    return sorted(re.findall(r"\{(\w+)[^{}]*\}", text.replace("{{", "").replace("}}", "")))


def test_every_text_has_a_finished_translation() -> None:
    lacking = [f"{context}: {text} ({file})" for (context, text), file in found.items()
               if not known.get((context, text), tool.Entry("", False)).done]  # fmt: skip
    assert not lacking, "run `make i18n` and translate:\n" + "\n".join(lacking)


def test_no_translation_of_a_text_that_is_gone() -> None:
    gone = [f"{context}: {text}" for context, text in known if (context, text) not in found]
    assert not gone, "run `make i18n`:\n" + "\n".join(gone)


@pytest.mark.parametrize("context", sorted({context for context, _text in known}))
def test_placeholders_are_the_same(context: str) -> None:
    wrong = [(text, entry.text) for (name, text), entry in known.items()
             if name == context and entry.done and _places(text) != _places(entry.text)]  # fmt: skip
    assert not wrong


def test_units_are_not_translated() -> None:
    for (_context, text), entry in known.items():
        for unit in ("HU", "mm", "MB", "DICOM"):
            if entry.done and re.search(rf"\b{unit}\b", text):
                assert unit in entry.text, (text, entry.text)


def test_menus_keep_their_letter() -> None:
    for (_context, text), entry in known.items():
        if entry.done and re.search(r"&\w", text):
            assert re.search(r"&\w", entry.text), (text, entry.text)


def test_the_compiled_file_is_that_of_the_source(tmp_path: Path) -> None:
    copy = tmp_path / tool.TS.name
    copy.write_bytes(tool.TS.read_bytes())
    assert tool.compile_(copy) == 0
    assert copy.with_suffix(".qm").read_bytes() == tool.TS.with_suffix(".qm").read_bytes(), "run `make i18n`"


def test_the_forms_of_sentences_are_those_of_the_source() -> None:
    forms = json.loads((tool.FOLDER / "sentences.json").read_text("utf-8"))
    assert forms == sorted(text for context, text in known if context == tool.SENTENCES), "run `make i18n`"


def test_the_collector_finds_each_way_of_writing_a_text(tmp_path: Path) -> None:
    """On a small package of known texts, not on our own."""
    package = tmp_path / "covidviewer"
    (package / "dicom").mkdir(parents=True)
    for name in ("presets", "protocols"):
        (tmp_path / "resources" / name).mkdir(parents=True)
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "manifest.toml").write_text('[[weights]]\n[weights.point]\nrule = "by hand"\n', "utf-8")
    (tmp_path / "resources" / "presets" / "windows.toml").write_text('[[preset]]\nname = "Lung"\n', "utf-8")
    (tmp_path / "resources" / "protocols" / "a.toml").write_text('name = "Chest"\n', "utf-8")
    (package / "one.py").write_text(
        'ROWS = [_("table", "Row")]\n'
        "class Panel:\n"
        '    def a(self):\n        return self.tr("Said {n}").format(n=1)\n'
        'def b():\n    return _tr("Own"), QCoreApplication.translate("Named", "Text")\n'
        'def _tr(text):\n    return QCoreApplication.translate("Module", text)\n',
        "utf-8",
    )
    (package / "dicom" / "two.py").write_text(
        '"""Not shown."""\n'
        'def c(n):\n    """Not shown either."""\n'
        '    raise FileError(f"Cut after {n} of {n + 1} bytes.", advice="Fetch it.")\n'
        'def d():\n    raise ValueError("never on screen.")\n',
        "utf-8",
    )
    assert set(tool.collect(tmp_path)) - {(tool.SENTENCES, part) for part in tool.PARTS} == {
        ("table", "Row"), ("Panel", "Said {n}"), ("Module", "Own"), ("Named", "Text"), ("actions", "Lung"),
        ("protocols", "Chest"), ("Sentences", "by hand"), ("Sentences", "Fetch it."),
        ("Sentences", "Cut after {0} of {1} bytes."),
    }  # fmt: skip
