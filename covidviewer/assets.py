"""Where resources and weights are: an override, the installed wheel's copy, or the checkout."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent


def resource_dir() -> Path:
    """Folder of icons, style sheets, presets and texts (``COVIDVIEWER_RESOURCES`` overrides)."""
    return _find("resources", "COVIDVIEWER_RESOURCES")


def preset(name: str) -> dict[str, Any]:
    """Entries of ``presets/<name>.toml``, lists as tuples. It belongs to the program: errors are raised as met."""
    with (resource_dir() / "presets" / f"{name}.toml").open("rb") as file:
        entries = tomllib.load(file)
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entries.items()}


def weights_dir() -> Path:
    """Folder of ``manifest.toml``, weight files and model cards (``COVIDVIEWER_WEIGHTS`` overrides)."""
    return _find("weights", "COVIDVIEWER_WEIGHTS")


def protocol_dirs() -> tuple[Path, Path]:
    """Folders of hanging protocols: ours, then the user's own (``COVIDVIEWER_PROTOCOLS`` overrides; may be absent)."""
    override = os.environ.get("COVIDVIEWER_PROTOCOLS")
    if override:
        own = Path(override)
    else:
        from platformdirs import user_config_path

        own = user_config_path("covidviewer", appauthor=False) / "protocols"
    return resource_dir() / "protocols", own


def cache_dir() -> Path:
    """The user's cache folder: demo study, converted graphs (``COVIDVIEWER_CACHE`` overrides). Made if absent."""
    override = os.environ.get("COVIDVIEWER_CACHE")
    if override:
        path = Path(override)
    else:
        from platformdirs import user_cache_path

        path = user_cache_path("covidviewer", appauthor=False)
    path.mkdir(parents=True, exist_ok=True)
    return path


def data_dir() -> Path:
    """The user's data folder: what the reader made (``COVIDVIEWER_DATA`` overrides). Made when first written to."""
    override = os.environ.get("COVIDVIEWER_DATA")
    if override:
        return Path(override)
    from platformdirs import user_data_path

    return user_data_path("covidviewer", appauthor=False)


def _find(name: str, variable: str) -> Path:
    override = os.environ.get(variable)
    if override:
        return Path(override)
    wheel = _PACKAGE / "_data" / name
    return wheel if wheel.is_dir() else _PACKAGE.parent / name
