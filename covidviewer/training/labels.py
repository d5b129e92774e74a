"""Labels of a data folder to the classes of a network: synonyms, finer labels put together, the rest left out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from covidviewer import assets

__all__ = ["canonical", "class_of", "coarser_classes", "split_of"]


@lru_cache(maxsize=1)
def _policy() -> dict[str, Any]:
    return tomllib.loads((assets.resource_dir() / "labels.toml").read_text("utf-8"))


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-./]+", "", name).lower()


def _known(table: str, name: str) -> str | None:
    for key, others in _policy()[table].items():
        if _plain(name) in {_plain(key), *map(_plain, others)}:
            return str(key)
    return None


def canonical(name: str) -> str:
    """The one spelling of a label that the field writes in many; unknown names keep theirs, without decoration."""
    return _known("synonyms", name) or _plain(name)


def split_of(name: str) -> str | None:
    """ "train", "val" or "test" for a folder or an entry that means it, else None."""
    return _known("splits", name)


def class_of(label: str, classes: Sequence[str]) -> str | None:
    """Class of a network that a label belongs to.

    Parameters
    ----------
    label
        As in the data folder ("Bacterial pneumonia").
    classes
        Of the network, in its own spelling.

    Returns
    -------
    str or None
        The class itself, or the one that the finer label belongs to; None where the network cannot name it.
    """
    names = {canonical(name): name for name in classes}
    wanted = canonical(label)
    if wanted in names:
        return names[wanted]
    for coarse, finer in _policy()["finer"].items():
        if coarse in names and wanted in finer:
            return names[coarse]
    return None


def coarser_classes(classes: Sequence[str]) -> tuple[str, ...] | None:
    """Classes with the kinds of pneumonia put together, or None where there is nothing to put together.

    ("normal", "bacterial", "viral", "covid") -> ("normal", "pneumonia", "covid").
    """
    finer = _policy()["finer"]["pneumonia"]
    if sum(canonical(name) in finer for name in classes) < 2:
        return None
    return tuple(dict.fromkeys("pneumonia" if canonical(name) in finer else name for name in classes))
