"""covidviewer: open a chest CT, read it, and get a second reading on every slice.

The Python face, for notebooks and scripts::

    import covidviewer as cv

    study = cv.open("folder")
    volume = study.series[0].load()
    reading = cv.read(study.series[0])

Everything is brought in at its first use: importing this imports neither Qt, torch nor pydicom.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from covidviewer.errors import __version__
    from covidviewer.imaging.volume import Volume
    from covidviewer.inference.pipeline import read
    from covidviewer.inference.results import Reading
    from covidviewer.study import Series, Study
    from covidviewer.study import open_study as open

__all__ = ["Reading", "Series", "Study", "Volume", "__version__", "open", "read"]

_HOMES = {
    "__version__": ("covidviewer.errors", "__version__"),
    "open": ("covidviewer.study", "open_study"),
    "read": ("covidviewer.inference.pipeline", "read"),
    "Reading": ("covidviewer.inference.results", "Reading"),
    "Series": ("covidviewer.study", "Series"),
    "Study": ("covidviewer.study", "Study"),
    "Volume": ("covidviewer.imaging.volume", "Volume"),
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(home[0]), home[1])
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
