"""What is said of the method behind a map: its name, whether it is exact, how stable, and why there is none yet."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from covidviewer.inference.explain.settings import settings
from covidviewer.inference.explanation import Explanation
from covidviewer.ui.class_words import class_word
from covidviewer.ui.legend import Sides
from covidviewer.ui.shown_class import Explained, ShownClass
from covidviewer.workspace.explanations import METHOD_NAMES, USUAL

#: Key of the row "explain.slice" of the action table, as it is named on the image.
EXPLAIN_KEY = "Shift+G"


def name_of(method: str) -> str:
    """Name of a method; proper names are the same in every language."""
    return _tr("Occlusion") if method == "occlusion" else METHOD_NAMES.get(method, METHOD_NAMES[USUAL])


def worth(method: str, exact: bool) -> str:
    """``Grad-CAM, exact`` or ``LIME, approximate``."""
    words = _tr("{name}, exact") if exact else _tr("{name}, approximate")
    return words.format(name=name_of(method))


def waiting(explained: Explained) -> str:
    """Why the slice has no map by this method."""
    name = name_of(explained.method)
    if explained.running is None:
        return _tr("no {name} map for this slice yet: press {key}").format(name=name, key=EXPLAIN_KEY)
    return _tr("{name} is at work on this slice (Esc cancels)").format(name=name)


def unstable(found: Explanation, label: str) -> str:
    """A warning where two seeds disagree on a class; "" where they agree or nothing is drawn by lot."""
    if found.stability is None or label not in found.reading.classes:
        return ""
    agreement = found.stability[found.reading.classes.index(label)]
    if agreement >= float(settings()["stability"]["warn_below"]):
        return ""
    return _tr("unstable: two seeds agree by {r:.2f} only").format(r=agreement)


def legend_lines(shown: ShownClass) -> tuple[str, ...]:
    """Lines below the legend's title: the method, and a warning where it is unstable."""
    if shown.explained is None:
        method = shown.readings.provenance.method if shown.readings.provenance is not None else USUAL
        return (worth(method, True),)
    found = shown.explained.found
    if found is None:
        return (name_of(shown.explained.method),)
    said = unstable(found, shown.label)
    return (worth(shown.explained.method, found.exact), *([said] if said else []))


def sides_of(shown: ShownClass) -> Sides | None:
    """How the two-sided legend is written; None for the maps of attention."""
    if shown.explained is None or not shown.signed:
        return None
    return Sides(
        float(settings()[shown.explained.method]["full"]),
        _tr("change of probability · {label}").format(label=class_word(shown.label)),
        _tr("upper colour for, lower colour against"),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("Explained", text)
