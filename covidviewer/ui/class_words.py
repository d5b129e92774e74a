"""Classes of the networks in the reader's words; files and tables keep the names of the manifest."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication


def class_word(name: str) -> str:
    """What a class is called on screen: ``covid`` is ``COVID-19``; a name that is not known stays as it is."""
    words = {
        "covid": _tr("COVID-19"),
        "noncovid": _tr("not COVID-19"),
        "non-covid": _tr("not COVID-19"),
        "normal": _tr("normal"),
        "pneumonia": _tr("other pneumonia"),
        "bacterial": _tr("bacterial pneumonia"),
        "viral": _tr("other viral pneumonia"),
    }
    return words.get(name.lower(), name)


def with_class_word(sentence: str, name: str) -> str:
    """A sentence of the core that tells something ``of`` a class, with the class in the reader's words."""
    return (
        re.sub(rf"\bof {re.escape(name)}(?![\w-])", lambda _: f"of {class_word(name)}", sentence) if name else sentence
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("ClassWords", text)
