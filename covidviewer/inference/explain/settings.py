"""Numbers of the perturbation methods, from ``resources/presets/explain.toml``."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from typing import Any

from covidviewer.assets import resource_dir


@lru_cache(maxsize=1)
def settings() -> dict[str, dict[str, Any]]:
    """One table a method."""
    return tomllib.loads((resource_dir() / "presets" / "explain.toml").read_text(encoding="utf-8"))
