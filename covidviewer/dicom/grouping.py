"""Headers -> stacks: what can be scrolled as one. Grows with the scan; only what changed is built again.

A series is split by SOP class, matrix, samples and colour model, frame of reference, orientation (to 1e-3), localizer
or not, and by phase where two images claim one place (`phases`). Loops of frames, films and pictures stand alone.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from covidviewer.dicom import geometry, notes
from covidviewer.dicom.catalog import Kind, LeftOut, Note, NoteCode, Stack
from covidviewer.dicom.headers import Header
from covidviewer.dicom.phases import Item, Part, separate, without_twins

if TYPE_CHECKING:
    from covidviewer.dicom.scan import Batch

#: Orientations whose cosines differ by no more than this are one.
SAME_COSINE = 1e-3


@dataclass(slots=True)
class _Series:
    """What is known of one series; ``stacks`` and ``left_out`` are of the last build."""

    items: list[Item] = field(default_factory=list)
    stacks: tuple[Stack, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    changed: bool = True


class Catalog:
    """All that is open, grouped. Not for several threads at once."""

    def __init__(self) -> None:
        self._series: dict[Hashable, _Series] = {}
        self._left_out: list[LeftOut] = []
        self._seen: set[str] = set()

    def add(self, batch: Batch) -> None:
        """Take in what a scan found; a file that is known already is not taken twice."""
        self._left_out.extend(batch.left_out)
        for header in batch.headers:
            path = str(header.frames[0].path)
            if path in self._seen:
                continue
            self._seen.add(path)
            series = self._series.setdefault(_series_key(header), _Series())
            series.items.extend(map(Item, [header] * len(header.frames), header.frames, header.phases))
            series.changed = True

    def stacks(self) -> tuple[Stack, ...]:
        """All stacks: by study, then series number, then within a series the largest first and localizers last."""
        for key, series in self._series.items():
            if series.changed:
                series.stacks, series.left_out = _build(key, series.items)
                series.changed = False
        everything = [stack for series in self._series.values() for stack in series.stacks]
        rank = {id(stack): i for series in self._series.values() for i, stack in enumerate(series.stacks)}
        everything.sort(key=lambda s: (*_order_key(s), rank[id(s)]))
        return tuple(everything)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What is not shown, and why: of the scan, and doubles that `stacks` set aside."""
        return (*self._left_out, *(left for series in self._series.values() for left in series.left_out))


def _series_key(header: Header) -> Hashable:
    info, first = header.info, header.frames[0]
    if info.kind is Kind.PICTURE:
        return (info.study_uid, "picture", str(first.path))
    if not info.uid:
        # Files that do not say their series: those of one folder and modality belong together.
        return (info.study_uid, "folder", str(first.path.parent), info.modality)
    return (info.study_uid, "series", info.uid)


def _order_key(stack: Stack) -> tuple[Hashable, ...]:
    number = stack.number if stack.number is not None else 1 << 31
    return (
        stack.study_date,
        stack.study_time,
        stack.study_uid,
        stack.kind is Kind.DOCUMENT,
        number,
        stack.series_time,
        stack.uid if stack.kind is not Kind.PICTURE else stack.frames[0].origin or str(stack.frames[0].path),
    )


def _build(key: Hashable, items: Sequence[Item]) -> tuple[tuple[Stack, ...], tuple[LeftOut, ...]]:
    """All stacks of one series and the doubles among its files."""
    stacks: list[Stack] = []
    left_out: list[LeftOut] = []
    keys: set[str] = set()
    for signature, group in _groups(items).items():
        placed = all(geometry.has_place(item.frame) for item in group)
        parts = separate(group) if placed and len(group) > 1 else _unplaced(group)
        for part in parts:
            name = _key(key, signature, part.label)
            while name in keys:
                name = _key(key, signature, f"{name} again")
            keys.add(name)
            stacks.append(_stack(name, part))
            left_out.extend(
                LeftOut(_shown_path(item), f"Same position and same pixels as {_name(shown)}; that one is shown.")
                for item, shown in part.left
            )
    stacks.sort(key=_rank)
    return tuple(stacks), tuple(left_out)


def _rank(stack: Stack) -> tuple[bool, int, int]:
    first = stack.frames[0]
    return ("LOCALIZER" in first.image_type, -len(stack.frames), first.instance_number or 0)


def _shown_path(item: Item) -> Path:
    """Files out of an archive are named as the archive names them, not by where they were unpacked."""
    return Path(item.frame.origin) if item.frame.origin else item.frame.path


def _name(item: Item) -> str:
    frame = item.frame
    file = frame.origin.rsplit("/", 1)[-1] if frame.origin else frame.path.name
    return f"{file} frame {frame.frame}" if frame.format.frames > 1 else file


def _groups(items: Sequence[Item]) -> dict[tuple[Hashable, ...], list[Item]]:
    """Split by what never mixes in a stack."""
    groups: dict[tuple[Hashable, ...], list[Item]] = defaultdict(list)
    orientations: list[tuple[float, ...]] = []
    known: dict[tuple[float, ...], int] = {}
    cosines: list[tuple[float, ...]] = []  # of each cluster, rounded
    for item in items:
        header, frame = item.header, item.frame
        info, fmt = header.info, frame.format
        alone = header.cine or info.kind in (Kind.FILM, Kind.PICTURE, Kind.DOCUMENT)
        cluster = -1
        if frame.orientation is not None and not alone:
            found = known.get(frame.orientation)
            if found is None:
                found = _cluster(frame.orientation, orientations)
                known[frame.orientation] = found
                cosines.extend(tuple(round(v, 2) + 0.0 for v in one) for one in orientations[len(cosines) :])
            cluster = found
        groups[
            (
                info.sop_class,
                info.modality,
                info.frame_of_reference,
                fmt.rows,
                fmt.columns,
                fmt.samples,
                fmt.photometric,
                "LOCALIZER" in frame.image_type,
                frame.position is not None,
                None if cluster < 0 else cosines[cluster],
                cluster,
                (frame.sop_instance_uid or str(frame.path)) if alone else "",
            )
        ].append(item)
    return groups


def _cluster(orientation: tuple[float, ...], known: list[tuple[float, ...]]) -> int:
    for i, other in enumerate(known):
        if max(abs(a - b) for a, b in zip(orientation, other, strict=True)) <= SAME_COSINE:
            return i
    known.append(orientation)
    return len(known) - 1


def _unplaced(items: list[Item]) -> list[Part]:
    """Without places, twins are files with one SOP Instance UID and equal pixels (a file that was given twice)."""
    by_uid: dict[tuple[str, int], list[Item]] = defaultdict(list)
    for item in items:
        if item.frame.sop_instance_uid and item.frame.format.rows:
            by_uid[(item.frame.sop_instance_uid, item.frame.frame)].append(item)
    left: list[tuple[Item, Item]] = []
    for group in by_uid.values():
        if len(group) > 1:
            left.extend(without_twins(group)[1])
    aside = {item for item, _ in left}
    return [Part(tuple(item for item in items if item not in aside), left=tuple(left))]


def _key(series: Hashable, signature: tuple[Hashable, ...], label: str) -> str:
    # The number of the orientation cluster depends on the order of files; its cosines do not.
    stable = (*signature[:-2], signature[-1])
    return hashlib.blake2s(repr((series, stable, label)).encode("utf-8", "replace"), digest_size=10).hexdigest()


def _stack(key: str, part: Part) -> Stack:
    sequence, rule = geometry.order([item.frame for item in part.items])
    items = [part.items[i] for i in sequence]
    frames = tuple(item.frame for item in items)
    info = items[0].header.info
    shape = geometry.measure(frames)
    told = [
        *_doubles(part, shape),
        *_phase_note(part),
        *shape.notes,
        *notes.notes_of(info, frames, shape.spacing_mm),
        *_file_notes(items),
    ]
    if rule == geometry.RULE_GEOMETRY and part.rule:
        rule = f"{rule}; phases apart by {part.rule}"
    return Stack(
        key=key,
        kind=info.kind,
        modality=info.modality,
        description=info.description,
        uid=info.uid,
        study_uid=info.study_uid,
        frames=frames,
        number=info.number,
        positions_mm=shape.positions_mm,
        spacing_mm=shape.spacing_mm,
        affine=shape.affine,
        uniform=shape.uniform,
        sorting_rule=rule,
        notes=tuple(told),
        frame_of_reference=info.frame_of_reference,
        patient=info.patient,
        study_date=info.study_date,
        study_time=info.study_time,
        study_description=info.study_description,
        series_time=info.series_time,
        accession=info.accession,
        institution=info.institution,
        body_part=info.body_part,
        patient_position=info.patient_position,
        patient_orientation=info.patient_orientation,
        kernel=info.kernel,
        contrast=info.contrast,
        kvp=info.kvp,
        thickness=frames[0].thickness,
        tilt_degrees=shape.tilt_degrees,
        lossy_ratio=info.lossy_ratio,
        lossy=info.lossy,
        sop_class=info.sop_class,
        document=info.document,
    )


def _doubles(part: Part, shape: geometry.Geometry) -> list[Note]:
    told: list[Note] = []
    if part.left:
        count = len(part.left)
        told.append(
            Note(
                NoteCode.DUPLICATE,
                f"{count} {'image was' if count == 1 else 'images were'} given twice (same place, same pixels) - "
                "each is shown once - the list of what was left out names the others.",
            )
        )
    places = shape.positions_mm
    if places is not None and len(places) > 1:
        twins = [i for i in range(1, len(places)) if places[i] - places[i - 1] <= geometry.SAME_MM]
        if len(twins) == len(places) - 1:
            told.append(
                Note(
                    NoteCode.PHASES,
                    f"All {len(places)} images lie at one position - they are shown in the order of their numbers, "
                    "as a series in time - there is nothing to measure across them.",
                )
            )
        elif twins:
            sharing = tuple(sorted({k for i in twins for k in (i - 1, i)}))
            told.append(
                Note(
                    NoteCode.DUPLICATE,
                    f"{len(sharing)} images share a position with another of different pixels - all are shown, one "
                    "after the other - nothing tells which is meant.",
                    sharing,
                )
            )
    return told


def _phase_note(part: Part) -> list[Note]:
    if part.siblings < 2:
        return []
    return [
        Note(
            NoteCode.PHASES,
            f"This series holds {part.siblings} acquisitions of the same region - they were separated by {part.rule} "
            f"into {part.siblings} stacks - choose the one that is meant.",
        )
    ]


def _file_notes(items: Sequence[Item]) -> list[Note]:
    """Notes of single files, told once each with the slices that they concern."""
    at: dict[tuple[NoteCode, str], list[int]] = defaultdict(list)
    for i, item in enumerate(items):
        for note in item.header.notes:
            at[(note.code, note.text)].append(i)
    return [Note(code, text, tuple(where) if len(where) < len(items) else ()) for (code, text), where in at.items()]
