"""Frames at equal places: phases that belong in stacks of their own, true duplicates, and what cannot be told apart."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from covidviewer.dicom import geometry
from covidviewer.dicom.catalog import Frame
from covidviewer.dicom.guard import open_source
from covidviewer.dicom.headers import PHASE_NAMES, Header, Phase
from covidviewer.dicom.layout import bytes_of_frame
from covidviewer.errors import FileError

#: Index of the acquisition number in `PHASE_NAMES`.
_TIME_POINT, _ACQUISITION = 0, 1
_FEW = 8
_READ = 4 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """A frame with what grouping needs to know of it."""

    header: Header
    frame: Frame
    phase: Phase


@dataclass(frozen=True, slots=True)
class Part:
    """Items that make one stack.

    label : values that tell this phase from its siblings, "" for the first (or only) one.
    rule : name of what separated the phases, "" where nothing had to.
    siblings : number of phases.
    left : items shown by another of the same pixels and place: (item, the item shown).
    """

    items: tuple[Item, ...]
    label: str = ""
    rule: str = ""
    siblings: int = 1
    left: tuple[tuple[Item, Item], ...] = ()


def separate(items: Sequence[Item]) -> list[Part]:
    """Split frames of equal orientation and matrix so that no place is taken twice, where the header allows it.

    Parameters
    ----------
    items : all with position and orientation.

    Returns
    -------
    list of Part
        In order of time; frames that nothing tells apart stay together, and twins of equal pixels are set aside.
    """
    places = _places(items)
    most = _most(items, places)
    if most <= 1:
        return _interleaved(items, places)
    kept: Sequence[Item] = items
    left: tuple[tuple[Item, Item], ...] = ()
    if len(set(places.values())) == 1:
        # One place, many times: a loop in time. Cut apart, each image would be a stack of its own.
        kept, left = without_twins(items, places)
        return [Part(tuple(kept), left=left)]
    collisions = len(items) - len(set(places.values()))
    if collisions <= max(_FEW, len(items) // 10):
        kept, left = without_twins(items, places)
        most = _most(kept, places)
        if most <= 1:
            return [Part(tuple(kept), left=left)]
    used = _telling(kept, places, most)
    if used is not None:
        groups: dict[tuple[str, ...], list[Item]] = defaultdict(list)
        for item in kept:
            groups[tuple(item.phase[k] for k in used)].append(item)
        parts = _ordered(groups.values(), " and ".join(PHASE_NAMES[k] for k in used))
        return [Part(p.items, p.label, p.rule, p.siblings, left if i == 0 else ()) for i, p in enumerate(parts)]
    if not left:
        kept, left = without_twins(items, places)
    if len(set(_counts(kept, places).values())) == 1 and len(_counts(kept, places)) > 1 and _most(kept, places) > 1:
        parts = _ordered(_by_rank(kept, places), "instance number")
        return [Part(p.items, p.label, p.rule, p.siblings, left if i == 0 else ()) for i, p in enumerate(parts)]
    return [Part(tuple(kept), left=left)]


def _places(items: Sequence[Item]) -> dict[Item, int]:
    """Item -> number of its place: positions closer than `geometry.SAME_MM` along the normal are one place."""
    orientation = items[0].frame.orientation
    assert orientation is not None
    along = geometry.distances([item.frame for item in items], geometry.normal_of(orientation))
    ranked = np.argsort(along, kind="stable")
    numbers = np.concatenate(([0], np.cumsum(np.diff(along[ranked]) > geometry.SAME_MM)))
    return {items[int(i)]: int(number) for i, number in zip(ranked, numbers, strict=True)}


def _counts(items: Sequence[Item], places: dict[Item, int]) -> Counter[int]:
    return Counter(places[item] for item in items)


def _most(items: Sequence[Item], places: dict[Item, int]) -> int:
    return max(_counts(items, places).values(), default=0)


def _telling(items: Sequence[Item], places: dict[Item, int], most: int) -> tuple[int, ...] | None:
    """Which phase values, taken together, leave each place to one frame; None where none do.

    A value that differs from slice to slice (a time) tells nothing: it must not cut the stack to pieces.
    """
    used: list[int] = []
    for k in range(len(PHASE_NAMES)):
        trial = [*used, k]
        groups: Counter[tuple[str, ...]] = Counter()
        taken: Counter[tuple[object, ...]] = Counter()
        for item in items:
            value = tuple(item.phase[j] for j in trial)
            groups[value] += 1
            taken[(*value, places[item])] += 1
        now = max(taken.values())
        if now < most and (len(groups) <= max(_most(items, places), 2) or len(items) >= 3 * len(groups)):
            used, most = trial, now
            if most == 1:
                return tuple(used)
    return None


def _interleaved(items: Sequence[Item], places: dict[Item, int]) -> list[Part]:
    """Acquisitions whose ranges overlap are apart, though no place is taken twice; step-and-shoot ones are not."""
    for k in (_TIME_POINT, _ACQUISITION):
        groups: dict[str, list[Item]] = defaultdict(list)
        for item in items:
            groups[item.phase[k]].append(item)
        if len(groups) < 2 or min(map(len, groups.values())) < 3:
            continue
        ranges = sorted((min(places[i] for i in g), max(places[i] for i in g)) for g in groups.values())
        if any(later[0] < earlier[1] for earlier, later in pairwise(ranges)):
            return _ordered(groups.values(), PHASE_NAMES[k])
    return [Part(tuple(items))]


def _by_rank(items: Sequence[Item], places: dict[Item, int]) -> list[list[Item]]:
    at: dict[int, list[Item]] = defaultdict(list)
    for item in items:
        at[places[item]].append(item)
    ranked = [sorted(group, key=_sequence) for group in at.values()]
    return [[group[k] for group in ranked] for k in range(len(ranked[0]))]


def _sequence(item: Item) -> tuple[int, str, int]:
    return (item.frame.instance_number or 0, str(item.frame.path), item.frame.frame)


def _ordered(groups: Iterable[list[Item]], rule: str) -> list[Part]:
    lists = sorted(groups, key=lambda group: min(map(_sequence, group)))
    return [Part(tuple(group), "" if i == 0 else f"{rule} {i + 1}", rule, len(lists)) for i, group in enumerate(lists)]


def without_twins(
    items: Sequence[Item], places: dict[Item, int] | None = None
) -> tuple[list[Item], tuple[tuple[Item, Item], ...]]:
    """Set aside frames that have place and pixel bytes in common with another.

    Returns
    -------
    tuple
        Items to show, and pairs (item set aside, item shown in its stead).
    """
    at: dict[int, list[Item]] = defaultdict(list)
    for item in sorted(items, key=_sequence):
        at[places[item] if places is not None else 0].append(item)
    aside: dict[Item, Item] = {}
    for group in at.values():
        if len(group) < 2:
            continue
        seen: dict[tuple[object, ...], Item] = {}
        for item in group:
            digest = pixel_digest(item.frame)
            if digest is None:
                continue
            key = (digest, *_meaning(item.frame))
            if key in seen:
                aside[item] = seen[key]
            else:
                seen[key] = item
    return [item for item in items if item not in aside], tuple(aside.items())


def _meaning(frame: Frame) -> tuple[object, ...]:
    """All that decides how the same bytes are shown: two frames that differ here are no doubles."""
    fmt = frame.format
    tables = [t for t in (frame.modality_lut, *frame.voi_luts) if t is not None]
    return (
        (fmt.rows, fmt.columns, fmt.bits_allocated, fmt.bits_stored, fmt.high_bit, fmt.signed),
        (fmt.samples, fmt.photometric, fmt.planar, fmt.padding),
        (frame.slope, frame.intercept, frame.rescale_given, frame.rescale_type, frame.modality_lut is None),
        (frame.windows, frame.spacing, frame.spacing_kind),
        tuple((t.first, t.bits, t.data.tobytes()) for t in tables),
    )


def pixel_digest(frame: Frame) -> bytes | None:
    """Digest of the bytes of one frame as they lie in the file, None where they cannot be read."""
    pieces = bytes_of_frame(frame.format, frame.index)
    if not pieces:
        return None
    try:
        status = frame.path.stat()
    except OSError:
        return None
    return _digest(frame.path, pieces, (status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=8192)
def _digest(path: Path, pieces: tuple[tuple[int, int], ...], state: tuple[int, int]) -> bytes | None:
    """Digest of pieces of a file, kept, as a growing scan asks again; ``state`` makes a changed file another one."""
    digest = hashlib.blake2b(digest_size=16)
    try:
        with open_source(path) as source:
            for offset, length in pieces:
                while length > 0:
                    data = source.read(offset, min(length, _READ))
                    if not data:
                        return None
                    digest.update(data)
                    offset, length = offset + len(data), length - len(data)
    except (FileError, OSError):
        return None
    return digest.digest()
