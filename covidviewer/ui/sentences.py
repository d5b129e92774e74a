"""Sentences of the layers below the screen, in the reader's language.

Files, arrays and networks know no Qt: what they say is English, often with numbers put in. Where such a sentence is
shown, `say` looks it up; one with something put in is matched with its form (``resources/i18n/sentences.json``, made
by ``tools/i18n.py`` from the source), the form is translated and the parts are put in again. What is unknown stays as
it is: a sentence in English is better than none.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache

from PySide6.QtCore import QCoreApplication

from covidviewer import assets

CONTEXT = "Sentences"
_NEGATIVE = re.compile(r"(?<![\w.-])-(?=\d)")
DEPTH = 3  # a part put in may be a sentence itself


def say(text: str) -> str:
    """A sentence of the core in the reader's language; unchanged where there is no translation."""
    return _say(text, DEPTH)


def say_note(text: str) -> str:
    """A note of a stack for the screen: as `say`, its parts parted by dashes, negative numbers with a minus.

    Notes hold no names of files, which must stay as they are.
    """
    return _NEGATIVE.sub("\N{MINUS SIGN}", say(text).replace(" - ", " \N{EN DASH} "))


def _say(text: str, depth: int) -> str:
    if not text or not _translated():
        return text
    exact = QCoreApplication.translate(CONTEXT, text)
    if exact != text:
        return exact
    for form, pattern in _forms():
        match = pattern.fullmatch(text)
        if match is None:
            continue
        translation = QCoreApplication.translate(CONTEXT, form)
        if translation != form:
            parts = [_say(part, depth - 1) if depth else part for part in match.groups()]
            return translation.format(*parts)
    return text


def _translated() -> bool:
    # A word that every translation has: without a translator it comes back as it is.
    return QCoreApplication.translate("ProblemsBar", "Warning") != "Warning"


@lru_cache(maxsize=1)
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Forms with places to fill, those with most words of their own first."""
    path = assets.resource_dir() / "i18n" / "sentences.json"
    forms = [form for form in json.loads(path.read_text("utf-8")) if "{0}" in form]
    forms.sort(key=lambda form: -len(re.sub(r"\{\d+\}", "", form)))
    return tuple((form, _pattern(form)) for form in forms)


def _pattern(form: str) -> re.Pattern[str]:
    parts = re.split(r"\{\d+\}", form)
    return re.compile("(.*?)".join(re.escape(part) for part in parts), re.DOTALL)
