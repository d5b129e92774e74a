"""Keys and windows of the user's own, as `Preferences` keeps them, and all settings as a file to carry elsewhere.

A key binding is written ``id<tab>key<tab>key``, a window ``id<tab>name<tab>width<tab>level``. What is not written is as
the program has it, so that defaults of a later version are not frozen by an earlier one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path

from covidviewer.errors import CovidViewerError
from covidviewer.imaging.voi import Preset
from covidviewer.workspace.preferences import Preferences, checked

KIND = "covidviewer settings"
#: Places that the reader opened belong to nobody else and to no other machine.
PRIVATE = frozenset({"recent", "last_folder", "remember_studies"})
MOST_BYTES = 1_000_000


class SettingsError(CovidViewerError):
    """A settings file cannot be read or written."""

    title = "Settings"


def keys_of(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Own keys by the id of their action; an id without keys has none."""
    found = {}
    for line in lines:
        id, *keys = line.split("\t")
        found[id] = tuple(key for key in keys if key)
    return found


def key_lines(keys: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The opposite of `keys_of`."""
    return tuple("\t".join((id, *keys[id])) for id in sorted(keys))


def presets_of(lines: Iterable[str]) -> tuple[Preset, ...]:
    """Own windows; lines that say none are left out. Width at least 1."""
    found = []
    for line in lines:
        parts = line.split("\t")
        if len(parts) != 4 or not parts[0]:
            continue
        try:
            width, level = float(parts[2]), float(parts[3])
        except ValueError:
            continue
        if math.isfinite(width) and math.isfinite(level) and width >= 1:
            found.append(Preset(parts[0], parts[1], width, level, "CT", ""))
    return tuple(found)


def preset_lines(presets: Iterable[Preset]) -> tuple[str, ...]:
    """The opposite of `presets_of`."""
    return tuple(f"{p.id}\t{' '.join(p.name.split())}\t{p.width:g}\t{p.level:g}" for p in presets)


def to_file(path: Path, preferences: Preferences) -> None:
    """Write all settings but the places that were opened.

    Raises
    ------
    SettingsError
        The file cannot be written.
    """
    values = {name: value for name, value in asdict(preferences).items() if name not in PRIVATE}
    try:
        path.write_text(json.dumps({"kind": KIND, "settings": values}, indent=2, ensure_ascii=False), "utf-8")
    except OSError as error:
        raise SettingsError("The settings could not be written.", advice="Choose another folder.", path=path) from error


def from_file(path: Path) -> dict[str, object]:
    """Settings of a file as changes for `PreferenceStore.update`; values of a wrong kind are left out.

    Raises
    ------
    SettingsError
        It cannot be read, or is no file of settings.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        data = json.loads(path.read_text("utf-8"))
        if data["kind"] != KIND or not isinstance(data["settings"], dict):
            raise ValueError("another kind of file")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(
            "This is no file of settings of this program.", advice="Nothing was changed.", path=path
        ) from error
    stored = {name: value for name, value in data["settings"].items() if name not in PRIVATE}
    good = checked(stored)
    return {f.name: getattr(good, f.name) for f in fields(Preferences) if f.name in stored}
