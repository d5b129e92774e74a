"""Hanging protocols: small TOML files that say which series of a study goes where (``resources/protocols``).

Here they are read, checked and matched; `hanging` puts them on the tiles. Ours come first, then the user's own folder,
where a file with the same id replaces ours.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from covidviewer.assets import protocol_dirs
from covidviewer.dicom.catalog import Kind, Stack
from covidviewer.errors import ProtocolError
from covidviewer.imaging import planes, voi
from covidviewer.workspace.layouts import Layout
from covidviewer.workspace.priors import best_match

SERIES = ("main", "other", "prior", "empty")
PLANES = ("axial", "coronal", "sagittal")
#: A protocol is a page of text; what is larger is something else.
MOST_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Match:
    """When a protocol applies; empty fields ask nothing. Words are compared in capitals."""

    modality: frozenset[str] = frozenset()
    body_part: frozenset[str] = frozenset()
    description: re.Pattern[str] | None = None
    least_images: int = 0
    prior: bool = False

    def fits(self, main: Stack, prior: bool) -> bool:
        """Whether it applies to a study whose reading starts with ``main``. prior : an earlier study is open."""
        if self.prior and not prior:
            return False
        if self.modality and main.modality.upper() not in self.modality:
            return False
        if self.body_part and main.body_part.strip().upper() not in self.body_part:
            return False
        texts = f"{main.study_description}\n{main.description}"
        if self.description is not None and not self.description.search(texts):
            return False
        return len(main.frames) >= self.least_images


@dataclass(frozen=True, slots=True)
class TileRule:
    """What one tile shows. ``like`` counts tiles from 0 here. window, map, linked : None leaves it as it is."""

    series: str = "main"
    like: int = 0
    modality: frozenset[str] = frozenset()
    description: re.Pattern[str] | None = None
    plane: str = ""
    window: str = ""
    map: bool | None = None
    linked: bool = True
    active: bool = False

    def admits(self, stack: Stack) -> bool:
        """Whether an "other" series is one that this tile asks for."""
        if stack.kind is Kind.DOCUMENT:
            return False
        if self.modality and stack.modality.upper() not in self.modality:
            return False
        if self.description is not None and not self.description.search(stack.description):
            return False
        orientation = stack.frames[0].orientation if stack.frames else None
        return not self.plane or planes.plane_name(orientation) == self.plane


@dataclass(frozen=True, slots=True)
class Protocol:
    """One file."""

    id: str
    name: str
    layout: Layout
    tiles: tuple[TileRule, ...]
    match: Match = Match()
    order: int = 50

    @property
    def active(self) -> int:
        """Number of the tile that keys and panels begin with, from 0."""
        return next((i for i, rule in enumerate(self.tiles) if rule.active), 0)

    def fill(self, main: Stack, study: Sequence[Stack], prior: Sequence[Stack]) -> tuple[Stack | None, ...]:
        """The series of each tile, None for an empty one.

        main : where the reading starts. study : all stacks of its study. prior : those of the earlier study.
        """
        found: list[Stack | None] = []
        for rule in self.tiles:
            if rule.series == "main":
                found.append(main)
            elif rule.series == "other":
                free = (s for s in study if s is not main and all(s is not f for f in found) and rule.admits(s))
                found.append(next(free, None))
            elif rule.series == "prior":
                model = found[rule.like] if rule.like < len(found) else main
                found.append(best_match(model, prior) if model is not None else None)
            else:
                found.append(None)
        return tuple(found)


def load(folders: Sequence[Path] | None = None) -> tuple[tuple[Protocol, ...], tuple[ProtocolError, ...]]:
    """All protocols in the order in which they are asked, and one error for each file that was skipped."""
    found: dict[str, Protocol] = {}
    errors = []
    for folder in protocol_dirs() if folders is None else folders:
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            try:
                protocol = read(path)
            except ProtocolError as error:
                errors.append(error)
            else:
                found[protocol.id] = protocol
    return tuple(sorted(found.values(), key=lambda p: (p.order, p.id))), tuple(errors)


def choose(protocols: Iterable[Protocol], main: Stack, prior: bool) -> Protocol | None:
    """The first protocol that fits."""
    return next((p for p in protocols if p.match.fits(main, prior)), None)


def read(path: Path) -> Protocol:
    """One file; raises ProtocolError that says what is wrong with it and where."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ProtocolError(f"{path.name} is too large for a hanging protocol.", path=path)
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProtocolError(f"{path.name} cannot be read: {error}", path=path) from error
    try:
        return _protocol(data)
    except _EntryError as error:
        raise ProtocolError(f"{path.name}: {error}", advice="It was skipped.", path=path) from error


class _EntryError(ValueError):
    """One sentence about one entry."""


def _protocol(data: dict[str, object]) -> Protocol:
    _known(data, ("id", "name", "order", "layout", "match", "tile"), "the file")
    id = _text(data, "id")
    if not re.fullmatch(r"\w+", id):
        raise _EntryError("id has to be of letters, digits and underscores.")
    try:
        layout = Layout.parse(_text(data, "layout"))
    except ValueError as error:
        raise _EntryError(str(error)) from error
    tiles = data.get("tile", [])
    if not isinstance(tiles, list) or len(tiles) != layout.count:
        count = len(tiles) if isinstance(tiles, list) else 0
        raise _EntryError(f"layout {layout.name} has {layout.count} tiles, the file describes {count}.")
    rules = tuple(_rule(entry, number) for number, entry in enumerate(tiles, start=1))
    return Protocol(
        id, _text(data, "name", id), layout, rules, _match(data.get("match", {})), _number(data, "order", 50)
    )


def _match(data: object) -> Match:
    if not isinstance(data, dict):
        raise _EntryError("match has to be a table.")
    _known(data, ("modality", "body_part", "description", "least_images", "prior"), "match")
    return Match(
        _words(data, "modality"),
        _words(data, "body_part"),
        _pattern(data, "description"),
        _number(data, "least_images", 0),
        bool(_switch(data, "prior", False)),
    )


def _rule(data: object, number: int) -> TileRule:
    where = f"tile {number}"
    if not isinstance(data, dict):
        raise _EntryError(f"{where} has to be a table.")
    _known(data, ("series", "like", "modality", "description", "plane", "window", "map", "linked", "active"), where)
    series, plane, window = _text(data, "series", "main"), _text(data, "plane", ""), _text(data, "window", "")
    if series not in SERIES:
        raise _EntryError(f"{where}: series is “{series}”, but can only be {', '.join(SERIES)}.")
    if plane and plane not in PLANES:
        raise _EntryError(f"{where}: plane is “{plane}”, but can only be {', '.join(PLANES)}.")
    if window and window not in ("header", "auto", *voi.presets()):
        raise _EntryError(f"{where}: there is no window “{window}”.")
    like = _number(data, "like", 1)
    if not 1 <= like <= max(number - 1, 1):
        raise _EntryError(f"{where}: like has to name a tile before it.")
    return TileRule(
        series,
        like - 1,
        _words(data, "modality"),
        _pattern(data, "description"),
        plane,
        window,
        _switch(data, "map", None),
        bool(_switch(data, "linked", True)),
        bool(_switch(data, "active", False)),
    )


def _known(data: dict[str, object], names: Sequence[str], where: str) -> None:
    unknown = sorted(set(data) - set(names))
    if unknown:
        raise _EntryError(f"{where} has an entry “{unknown[0]}” that means nothing.")


def _text(data: dict[str, object], name: str, default: str | None = None) -> str:
    value = data.get(name, default)
    if not isinstance(value, str) or (default is None and not value):
        raise _EntryError(f"{name} has to be a text.")
    return value


def _number(data: dict[str, object], name: str, default: int) -> int:
    value = data.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _EntryError(f"{name} has to be a whole number.")
    return value


def _switch(data: dict[str, object], name: str, default: bool | None) -> bool | None:
    value = data.get(name, default)
    if value is not default and not isinstance(value, bool):
        raise _EntryError(f"{name} has to be true or false.")
    return value if isinstance(value, bool) else default


def _words(data: dict[str, object], name: str) -> frozenset[str]:
    value = data.get(name, [])
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise _EntryError(f"{name} has to be a list of texts.")
    return frozenset(word.strip().upper() for word in value)


def _pattern(data: dict[str, object], name: str) -> re.Pattern[str] | None:
    text = _text(data, name, "")
    if not text:
        return None
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise _EntryError(f"{name} is no regular expression: {error}.") from error
