"""Structured reports (PS3.3 A.35, C.17.3): any of them as a tree to read, their places as parts to draw.

The tree is walked without recursion and within limits. An item that names another item of the same report (by
reference) is told as such and not followed, so that no cycle can be met.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from covidviewer.dicom.objects import shapes, source
from covidviewer.dicom.objects.policy import object_policy
from covidviewer.dicom.objects.records import (
    Contour,
    DicomObject,
    Drawing,
    Node,
    ObjectKind,
    Part,
    Reference,
    Report,
)
from covidviewer.dicom.objects.references import referenced_images
from covidviewer.dicom.objects.source import array, code_meaning, first, items, numbers, text
from covidviewer.errors import LimitError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_RELATIONS = {
    "CONTAINS": "contains",
    "HAS PROPERTIES": "has property",
    "HAS OBS CONTEXT": "observed in",
    "HAS ACQ CONTEXT": "acquired in",
    "HAS CONCEPT MOD": "is",
    "INFERRED FROM": "inferred from",
    "SELECTED FROM": "selected from",
}
_PLAIN = {"TEXT": "TextValue", "DATE": "Date", "TIME": "Time", "DATETIME": "DateTime", "UIDREF": "UID"}
_NAMELESS = {"CONTAINER": "Section", "SCOORD": "Region", "SCOORD3D": "Region", "TCOORD": "Times", "NUM": "Number"}
#: Concepts that name a group of measurements (PS3.16 TID 1411, 1501).
_TRACKING = "112039"  # Tracking Identifier, DCM
_FINDING = "121071"  # Finding, DCM


@dataclass(slots=True)
class _Group:
    """What one container (or one measurement with a place of its own) says and draws."""

    name: str
    tracking: str = ""
    finding: str = ""
    values: list[str] = field(default_factory=list)
    drawings: list[Drawing] = field(default_factory=list)
    contours: list[Contour] = field(default_factory=list)


def read(path: Path, key: str, cancelled: Callable[[], bool] = lambda: False) -> DicomObject:
    """A report as a tree, and its regions as parts.

    Raises
    ------
    LimitError
        More than ``max_nodes`` items, deeper than ``max_depth``, or more than ``max_points`` points.
    DamagedFileError, FileError
        The file cannot be read.
    """
    data = source.load(path).dataset
    walk = _Walk(data)
    title = code_meaning(data, "ConceptNameCodeSequence") or text(data, "SeriesDescription", 64)
    references = referenced_images(data) | walk.images
    return DicomObject(
        key,
        ObjectKind.MEASUREMENTS,
        title,
        path,
        text(data, "SOPInstanceUID", 64),
        tuple(part for i, group in enumerate(walk.groups) if (part := _part(i, group)) is not None),
        references,
        frozenset(walk.spaces),
        report=Report(title, tuple(walk.nodes), _status(data)),
    )


def _status(data: Dataset) -> str:
    said = (text(data, "CompletionFlag", 16), text(data, "VerificationFlag", 16), text(data, "PreliminaryFlag", 16))
    return ", ".join(part.lower() for part in said if part)


class _Walk:
    """One pass over the tree, depth first, in the order of reading."""

    def __init__(self, data: Dataset) -> None:
        self.nodes: list[Node] = []
        self.groups: list[_Group] = []
        self.images: set[str] = set()
        self.spaces: set[str] = set()
        self._room = object_policy().max_points
        limit, depth = object_policy().max_nodes, object_policy().max_depth
        root = _Group(code_meaning(data, "ConceptNameCodeSequence"))
        self.groups.append(root)
        waiting = [(item, 1, root) for item in reversed(items(data, "ContentSequence"))]
        self.nodes.append(Node(0, "", root.name or "Report", "", "CONTAINER"))
        while waiting:
            item, level, group = waiting.pop()
            if len(self.nodes) >= limit:
                raise LimitError(f"This report has more than {limit:,} items. It was not opened.")
            if level > depth:
                raise LimitError(f"This report nests its items more than {depth} deep. It was not opened.")
            kind = text(item, "ValueType", 16).upper()
            below = items(item, "ContentSequence")
            group = self._group_of(item, kind, below, group)
            self.nodes.append(self._node(item, level, kind, group))
            waiting += [(child, level + 1, group) for child in reversed(below)]

    def _group_of(self, item: Dataset, kind: str, below: tuple[Dataset, ...], group: _Group) -> _Group:
        own_place = kind == "NUM" and any(text(c, "ValueType", 16).upper().startswith("SCOORD") for c in below)
        if kind == "CONTAINER" or own_place:
            group = _Group(code_meaning(item, "ConceptNameCodeSequence"))
            self.groups.append(group)
        return group

    def _node(self, item: Dataset, level: int, kind: str, group: _Group) -> Node:
        name = code_meaning(item, "ConceptNameCodeSequence")
        relation = _RELATIONS.get(text(item, "RelationshipType", 20).upper(), "")
        if not kind:
            target = ".".join(str(int(n)) for n in numbers(item, "ReferencedContentItemIdentifier"))
            return Node(level, relation, name or "See item", target, "REFERENCE")
        value, target_image = self._value(item, kind, group)
        code = text(first(item, "ConceptNameCodeSequence"), "CodeValue", 32)
        if code == _TRACKING:
            group.tracking = value
        elif code == _FINDING:
            group.finding = value
        elif kind == "NUM":
            group.values.append(f"{name} {value}".strip())
        return Node(
            level, relation, name or _NAMELESS.get(kind, kind.capitalize()), value, kind, target_image, kind == "PNAME"
        )

    def _value(self, item: Dataset, kind: str, group: _Group) -> tuple[str, Reference | None]:
        if kind in _PLAIN:
            return text(item, _PLAIN[kind]), None
        if kind == "PNAME":
            return text(item, "PersonName", 256), None
        if kind == "CODE":
            return code_meaning(item, "ConceptCodeSequence"), None
        if kind == "NUM":
            return _measured(item), None
        if kind == "SCOORD":
            return self._drawn(item, group), None
        if kind == "SCOORD3D":
            return self._drawn_in_space(item, group), None
        named = source.reference(first(item, "ReferencedSOPSequence"))
        if named is not None:
            if kind == "IMAGE":
                self.images.add(named.sop_instance_uid)
            frames = ", ".join(map(str, named.frames[:8]))
            return (f"frame {frames}" if frames else ""), named
        return "", None

    def _drawn(self, item: Dataset, group: _Group) -> str:
        kind = text(item, "GraphicType", 16).upper()
        points = shapes.image_points(array(item, "GraphicData", 2 * object_policy().max_points))
        self._take(len(points))
        images = []
        for child in items(item, "ContentSequence"):
            named = source.reference(first(child, "ReferencedSOPSequence"))
            if named is not None:
                images.append(named)
                self.images.add(named.sop_instance_uid)
        if images:  # coordinates that name no image have no place
            group.drawings += [Drawing(line, closed, tuple(images)) for line, closed in shapes.polylines(kind, points)]
        return f"{kind.lower()}, {len(points)} points"

    def _drawn_in_space(self, item: Dataset, group: _Group) -> str:
        kind = text(item, "GraphicType", 16).upper()
        values = array(item, "GraphicData", 3 * object_policy().max_points)
        points = values[: values.size // 3 * 3].reshape(-1, 3)
        self._take(len(points))
        place = text(item, "ReferencedFrameOfReferenceUID", 64)
        if place:
            self.spaces.add(place)
            group.contours += [Contour(np.asarray(line), closed) for line, closed in shapes.polylines(kind, points)]
        return f"{kind.lower()}, {len(points)} points in the patient"

    def _take(self, count: int) -> None:
        self._room -= count
        if self._room < 0:
            raise LimitError(f"This report draws more than {object_policy().max_points:,} points. It was not opened.")


def _measured(item: Dataset) -> str:
    measured = first(item, "MeasuredValueSequence")
    if measured is None:
        return code_meaning(item, "NumericValueQualifierCodeSequence")
    value = text(measured, "NumericValue", 32)
    unit = first(measured, "MeasurementUnitsCodeSequence")
    code, meaning = text(unit, "CodeValue", 32), text(unit, "CodeMeaning", 64)
    if code == "1" or meaning.lower() == "no units":
        return value
    return f"{value} {meaning if code.startswith(('[', '{')) else code or meaning}".strip()


def _part(number: int, group: _Group) -> Part | None:
    if not group.drawings and not group.contours:
        return None
    label = group.tracking or group.finding or group.name or "Region"
    said = ([group.finding] if group.finding and group.finding != label else []) + group.values
    return Part(
        f"group-{number}",
        label,
        detail=" · ".join(said[:6]),
        contours=tuple(group.contours),
        drawings=tuple(group.drawings),
    )
