"""What others wrote about the images that are open: read in the background, matched, switched on and off.

Objects are read on the disk lane at the lowest priority; one that cannot be read gives one message, and the images
stay as they are. Which of them belongs to a series is decided by what they name (SOP Instance UID) and by their
Frame of Reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from covidviewer.dicom.catalog import Frame, Kind
from covidviewer.dicom.objects.policy import object_policy
from covidviewer.dicom.objects.records import (
    Color,
    DicomObject,
    Node,
    ObjectKind,
    Part,
    Reference,
    Shutter,
)
from covidviewer.errors import Cancelled, CovidViewerError, DamagedFileError, LimitError
from covidviewer.imaging.placing import NOTHING, PartPlacer, Placed, slice_plane
from covidviewer.jobs.lane import Lane
from covidviewer.jobs.queue import Priority, Ticket
from covidviewer.study import Series
from covidviewer.workspace.object_work import overlay_job, page_job, read_job, shown_area, weight_of
from covidviewer.workspace.problems import Problem, Task

if TYPE_CHECKING:
    from covidviewer.workspace.tile import Tile
    from covidviewer.workspace.workspace import Workspace

__all__ = ["DicomObject", "Node", "ObjectKind", "Objects", "PartState", "Row", "Shutter", "object_policy"]

#: Looking for overlay planes waits for this pause in scrolling, milliseconds.
OVERLAY_DELAY_MS = 120
#: Files looked through for overlay planes in one job.
OVERLAY_CHUNK = 16
#: Slices whose placed parts are kept.
KEPT_SLICES = 128


@dataclass(frozen=True, slots=True)
class PartState:
    """visible : None until the reader decides. opacity : of the filled region, 0 to ``opacity_max``."""

    visible: bool | None = None
    opacity: float = 0.35


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list: a part, as it is for a slice."""

    key: str
    object_key: str
    kind: ObjectKind
    title: str
    label: str
    detail: str
    color: Color
    visible: bool
    opacity: float
    here: bool  # it puts something on the slice
    filled: bool  # it has an area that an opacity means something for
    scale: tuple[float, float] | None = None
    unit: str = ""
    shutter: bool = False  # it hides parts of the image


class Objects(QObject):
    """State of all objects of others. Lives in the main thread, belongs to the workspace."""

    changed = Signal()  # objects or their states
    report_wanted = Signal(object)  # DicomObject that is read, not laid over images

    def __init__(self, workspace: Workspace, disk: Lane) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._disk = disk
        self._objects: dict[str, DicomObject] = {}
        self._failed: dict[str, CovidViewerError] = {}
        self._reading: dict[str, Ticket] = {}
        self._open_when_read: dict[str, Tile] = {}
        self._states: dict[str, PartState] = {}
        self._colors: dict[str, Color] = {}
        self._placers: dict[tuple[str, str], PartPlacer] = {}
        self._placed: dict[tuple[str, int], dict[str, Placed]] = {}
        self._overlay_files: dict[str, set[Path]] = {}
        self._overlay_wanted: tuple[Series, int] | None = None
        self._pages: Lane | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(OVERLAY_DELAY_MS)
        self._later.timeout.connect(self._look_for_overlays)
        workspace.studies_changed.connect(self._on_studies)

    # -- what there is --

    def for_series(self, series: Series) -> tuple[DicomObject, ...]:
        """Objects that belong to a series, in the order in which they were found."""
        named = {frame.sop_instance_uid for frame in series.instances}
        place = series.stack.frame_of_reference
        return tuple(o for o in self._objects.values() if o.parts and _belongs(o, series.key, named, place))

    def go_to(self, target: Reference, tile: Tile) -> bool:
        """Show the image that an item of a report names; False when it is not open."""
        for study in self._workspace.studies:
            for series in study.series:
                for index, frame in enumerate(series.instances):
                    if target.names(frame.sop_instance_uid, frame.frame):
                        self._workspace.show(series.key, index, tile=tile)
                        return True
        return False

    def get(self, key: str) -> DicomObject | None:
        """An object by its key, None while it is not read."""
        return self._objects.get(key)

    def rows(self, series: Series, index: int) -> tuple[Row, ...]:
        """The list for one slice; parts that draw nothing at all are left out."""
        placed = self._placed_on(series, index)
        found = [(o, part) for o in self.for_series(series) for part in o.drawn()]
        crowded = len(found) > object_policy().auto_above
        rows = []
        for owner, part in found:
            key = f"{owner.key}/{part.key}"
            state = self._states.get(key) or _state_of(owner.kind)
            here = bool(placed.get(key))
            # A shutter hides what the camera saw: never before the reader asks for it.
            by_itself = (here or not crowded) and not part.shutters
            visible = by_itself if state.visible is None else state.visible
            rows.append(
                Row(
                    key, owner.key, owner.kind, owner.title, part.label, part.detail, self._color(key, part),
                    visible, state.opacity, here, bool(part.planes), part.scale, part.unit,
                    bool(part.shutters),
                )
            )  # fmt: skip
        return tuple(rows)

    def drawn(self, series: Series, index: int) -> tuple[tuple[Row, Placed], ...]:
        """What is switched on and lies on a slice, in the order of the list."""
        placed = self._placed_on(series, index)
        if not any(placed.values()):
            return ()
        return tuple((row, placed[row.key]) for row in self.rows(series, index) if row.visible and row.here)

    def values_at(self, series: Series, index: int, row: int, column: int) -> str:
        """Real world values of the maps that are on, at a pixel; "" where there are none."""
        said = []
        for line, placed in self.drawn(series, index):
            for patch in placed.patches if line.scale is not None else ():
                r, c = row - patch.row, column - patch.column
                if 0 <= r < patch.values.shape[0] and 0 <= c < patch.values.shape[1]:
                    value = float(patch.values[r, c])
                    if value == value:
                        said.append(f"{line.label} {value:.4g} {line.unit}".strip())
        return " · ".join(said)

    def page(
        self, owner: DicomObject, number: int, width: int, done: Callable[[object], None],
        failed: Callable[[object], None],
    ) -> Ticket:  # fmt: skip
        """A page of a document as (RGB uint8, pages), drawn apart: ``width`` pixels wide, ``number`` from 0."""
        if self._pages is None:
            # A lane of its own: drawing a page takes a second, and slices must not wait for it.
            self._pages = Lane("pages", parent=self)
        return self._pages.submit(page_job(owner.path, number, width), slot="page", done=done, failed=failed)

    # -- requests --

    def set_visible(self, keys: Iterable[str], visible: bool) -> None:
        """Switch parts on or off; from then on the reader's choice holds on all slices."""
        self._set(keys, visible=visible)

    def set_opacity(self, keys: Iterable[str], opacity: float) -> None:
        """Opacity of filled regions, clipped to what leaves the anatomy visible."""
        self._set(keys, opacity=min(max(opacity, 0.0), object_policy().opacity_max))

    def want(self, series: Series | None, index: int) -> None:
        """A slice is on screen: look for overlay planes in its file, after a pause in scrolling."""
        if series is not None and series.kind is not Kind.PICTURE and index < len(series.instances):
            self._overlay_wanted = (series, index)
            self._later.start()

    def opens(self, series: Series) -> bool:
        """Whether a document of the tree is more to this program than a name."""
        from covidviewer.dicom.objects import reading

        return reading.readable(series.stack.sop_class)

    def open(self, series: Series, tile: Tile) -> None:
        """Show what a document of the tree holds: its images with it, or itself."""
        known = [key for key, _ in _files(series)]
        read = [self._objects[key] for key in known if key in self._objects]
        for key in known:
            if key in self._failed:
                self._workspace.problems.add_error(self._failed[key])
                return
        if len(read) == len(known) and read:
            self._show(read[0], tile)
            return
        self._workspace.problems.set_task(Task(f"object-{series.key}", self.tr("Reading an object")))
        self._open_when_read[series.key] = tile
        self._read(series, Priority.VISIBLE)

    def apply(self, key: str, tile: Tile) -> bool:
        """Give a tile window, area and rotation of a presentation state, and its shutter; False without its slice."""
        from covidviewer.imaging import voi

        owner, series = self._objects.get(key), tile.series
        frame = tile.frame()
        if owner is None or owner.presentation is None or series is None or frame is None:
            return False
        if frame.sop_instance_uid not in owner.references:
            return False
        wish = owner.presentation
        changes: dict[str, object] = {
            "quarter_turns": wish.quarter_turns, "flip_h": wish.flip_h, "flip_v": False, "invert": wish.invert,
        }  # fmt: skip
        for shown in wish.windows:
            if not shown.references or any(r.names(frame.sop_instance_uid, frame.frame) for r in shown.references):
                windows = voi.windows_of(replace(frame, windows=shown.windows, voi_luts=shown.luts))
                if windows:
                    changes.update(window=windows[0], preset="")
                break
        tile.set_view(**changes, **shown_area(wish, frame))
        self.set_visible([f"{key}/{part.key}" for part in owner.parts if part.shutters], True)
        return True

    def clear(self) -> None:
        """Forget everything (all studies were closed)."""
        for ticket in self._reading.values():
            ticket.cancel()
        self._later.stop()
        for kept in (
            self._objects, self._failed, self._reading, self._open_when_read, self._states, self._colors,
            self._placers, self._placed, self._overlay_files,
        ):  # fmt: skip
            kept.clear()
        self._overlay_wanted = None
        self.changed.emit()

    def stop(self) -> None:
        """End all work of its own (the program ends); idempotent."""
        if self._pages is not None:
            self._pages.stop()
        self._later.stop()
        for ticket in self._reading.values():
            ticket.cancel()

    # -- reading --

    @Slot()
    def _on_studies(self) -> None:
        from covidviewer.dicom.objects import reading

        open_now: set[str] = set()
        for study in self._workspace.studies:
            for series in study.series:
                if series.kind is Kind.DOCUMENT and reading.readable(series.stack.sop_class):
                    open_now.update(key for key, _ in _files(series))
                    self._read(series, Priority.BACKGROUND)
                open_now.add(series.key)
        gone = [
            key for key, owner in self._objects.items() if key not in open_now and owner.kind is not ObjectKind.OVERLAY
        ]
        for key in gone:
            del self._objects[key]
        if gone:
            self._forget_places()

    def _read(self, series: Series, priority: Priority) -> None:
        from covidviewer.dicom.objects import reading

        sop_class = series.stack.sop_class
        if not reading.readable(sop_class):
            return
        for key, path in _files(series):
            running = self._reading.get(key)
            if key in self._objects or key in self._failed:
                continue
            if running is not None:
                if priority is not Priority.VISIBLE:
                    continue
                running.cancel()
            self._reading[key] = self._disk.submit(
                read_job(path, key, sop_class),
                priority=priority,
                done=self._on_read,
                failed=_Failed(self, key),
            )

    def _on_read(self, value: object) -> None:
        assert isinstance(value, DicomObject)
        self._reading.pop(value.key, None)
        self._objects[value.key] = value
        for note in value.notes:
            self._workspace.problems.add(
                Problem(self.tr("An object is not whole"), note, self.tr("The rest of it is shown."))
            )
        self._forget_places()
        stack_key = value.key.rsplit("#", 1)[0]
        tile = self._open_when_read.pop(stack_key, None)
        if tile is not None:
            self._workspace.problems.end_task(f"object-{stack_key}")
            self._show(value, tile)

    def on_failed(self, key: str, error: object) -> None:
        """An object could not be read: one message, and the images stay."""
        stack_key = key.rsplit("#", 1)[0]
        if isinstance(error, Cancelled):
            return
        self._reading.pop(key, None)
        self._open_when_read.pop(stack_key, None)
        self._workspace.problems.end_task(f"object-{stack_key}")
        if isinstance(error, CovidViewerError):
            self._failed[key] = error
            self._workspace.problems.add_error(error, severity="warning")

    # -- overlay planes --

    @Slot()
    def _look_for_overlays(self) -> None:
        if self._overlay_wanted is None:
            return
        series, index = self._overlay_wanted
        path = series.instances[index].path
        if path not in self._overlay_files.setdefault(series.key, set()):
            self._submit_overlays(series, (path,), Priority.NEIGHBOUR)

    def _submit_overlays(self, series: Series, paths: tuple[Path, ...], priority: Priority) -> None:
        self._overlay_files[series.key].update(paths)
        by_path: dict[Path, list[Frame]] = {path: [] for path in paths}
        for frame in series.instances:
            if frame.path in by_path:
                by_path[frame.path].append(frame)
        key = series.key
        self._disk.submit(
            overlay_job({path: tuple(frames) for path, frames in by_path.items()}),
            priority=priority,
            done=lambda value: self._on_overlays(key, value),
            failed=self._on_overlays_failed,
        )

    def _on_overlays_failed(self, error: object) -> None:
        # A file that cannot be read at all is told of by whoever loads its image.
        if isinstance(error, DamagedFileError | LimitError):
            self._workspace.problems.add_error(error, severity="warning")

    def _on_overlays(self, series_key: str, value: object) -> None:
        assert isinstance(value, dict)
        series = self._workspace.series(series_key)
        if series is None or not value:
            return
        key = f"{series_key}#overlays"
        old = self._objects.get(key)
        parts = {part.key: part for part in old.parts} if old is not None else {}
        for group, (label, planes) in value.items():
            name = f"overlay-{group:04x}"
            before = parts[name].planes if name in parts else ()
            text = label or self.tr("Overlay {group}").format(group=f"{group:04X}")
            parts[name] = Part(name, text, None, f"({group:04X},3000)", (*before, *planes))
        uids = frozenset(frame.sop_instance_uid for frame in series.instances)
        self._objects[key] = DicomObject(
            key, ObjectKind.OVERLAY, self.tr("Overlay planes"), series.instances[0].path, "",
            tuple(parts[name] for name in sorted(parts)), uids,
        )  # fmt: skip
        self._forget_places()
        done = self._overlay_files[series_key]
        rest = tuple(dict.fromkeys(f.path for f in series.instances if f.path not in done))
        for start in range(0, len(rest), OVERLAY_CHUNK):
            self._submit_overlays(series, rest[start : start + OVERLAY_CHUNK], Priority.BACKGROUND)

    # -- inside --

    def _show(self, owner: DicomObject, tile: Tile) -> None:
        """Bring an object before the reader: its images on the tile and itself on, or a view of its own."""
        if owner.report is not None or owner.kind is ObjectKind.DOCUMENT:
            self.report_wanted.emit(owner)
        parts = tuple(owner.drawn())
        if not parts and owner.presentation is None:
            return
        series = self._target(owner, tile)
        if series is None and owner.images is not None:
            self._workspace.add_made(owner.images)
            self._workspace.show(owner.images.key, tile=tile)
            return
        if series is None:
            if owner.report is None:
                self._workspace.problems.add(
                    Problem(
                        self.tr("Images are missing"),
                        self.tr("The images that “{name}” belongs to are not open.").format(name=owner.title),
                        self.tr("Open the folder that holds them."),
                        severity="info",
                    )
                )
            return
        self.set_visible([f"{owner.key}/{part.key}" for part in parts], True)
        self._workspace.show(series.key, self._best_slice(owner, series), tile=tile)
        self.apply(owner.key, tile)

    def _target(self, owner: DicomObject, tile: Tile) -> Series | None:
        shown = [tile.series] if tile.series is not None else []
        every = [s for study in self._workspace.studies for s in study.series if s.kind is not Kind.DOCUMENT]
        fits = [
            s
            for s in (*shown, *every)
            if _belongs(owner, s.key, {f.sop_instance_uid for f in s.instances}, s.stack.frame_of_reference)
        ]
        # Images that the object names come before those that only share its space.
        named = [s for s in fits if any(f.sop_instance_uid in owner.references for f in s.instances)]
        return next(iter(named or fits), None)

    def _best_slice(self, owner: DicomObject, series: Series) -> int | None:
        """The slice with the most on it."""
        best, most = None, 0
        placers = [self._placer(series, owner, part) for part in owner.drawn()]
        for index in range(len(series.instances)):
            target = slice_plane(series.stack, index)
            if owner.presentation is not None and not placers and target.sop_instance_uid in owner.references:
                return index
            found = [placer.place(target) for placer in placers]
            size = sum(weight_of(placed) for placed in found)
            if size > most:
                best, most = index, size
        return best

    def _placer(self, series: Series, owner: DicomObject, part: Part) -> PartPlacer:
        key = (series.key, f"{owner.key}/{part.key}")
        if key not in self._placers:
            named = any(f.sop_instance_uid in owner.references for f in series.instances)
            patient = named or series.stack.frame_of_reference in owner.frames_of_reference
            self._placers[key] = PartPlacer(part, owner.references, patient)
        return self._placers[key]

    def _placed_on(self, series: Series, index: int) -> dict[str, Placed]:
        found = self._placed.get((series.key, index))
        if found is None:
            found = {}
            owners = self.for_series(series)
            if owners and index < len(series.instances):
                target = slice_plane(series.stack, index)
                for owner in owners:
                    for part in owner.drawn():
                        placed = self._placer(series, owner, part).place(target)
                        if placed is not NOTHING:
                            found[f"{owner.key}/{part.key}"] = placed
            while len(self._placed) >= KEPT_SLICES:
                del self._placed[next(iter(self._placed))]
            self._placed[series.key, index] = found
        return found

    def _forget_places(self) -> None:
        self._placers.clear()
        self._placed.clear()
        self.changed.emit()

    def _color(self, key: str, part: Part) -> Color:
        if key not in self._colors:
            palette = [_rgb(text) for text in object_policy().colors]
            taken = set(self._colors.values())
            wish = part.color if part.color is not None and part.color not in taken else None
            free = [color for color in palette if color not in taken]
            self._colors[key] = wish or (free[0] if free else palette[len(self._colors) % len(palette)])
        return self._colors[key]

    def _set(self, keys: Iterable[str], **changes: object) -> None:
        before = dict(self._states)
        for key in keys:
            owner = self._objects.get(key.rsplit("/", 1)[0])
            state = self._states.get(key) or _state_of(owner.kind if owner is not None else ObjectKind.OTHER)
            self._states[key] = replace(state, **changes)  # type: ignore[arg-type]
        if self._states != before:
            self.changed.emit()


class _Failed:
    """Calls back into the main thread's object for one key."""

    def __init__(self, owner: Objects, key: str) -> None:
        self._owner, self._key = owner, key

    def __call__(self, error: object) -> None:
        self._owner.on_failed(self._key, error)


def _state_of(kind: ObjectKind) -> PartState:
    """Regions begin translucent; lines drawn into planes and quantities begin as strong as they may get."""
    strong = kind in (ObjectKind.OVERLAY, ObjectKind.MAP)
    return PartState(None, object_policy().opacity_max if strong else object_policy().opacity)


def _belongs(owner: DicomObject, series_key: str, named: set[str], place: str) -> bool:
    if owner.kind is ObjectKind.OVERLAY:
        return owner.key == f"{series_key}#overlays"
    if owner.images is not None and owner.images.key == series_key:
        return False  # a map is not laid over itself
    if not owner.references.isdisjoint(named):
        return True
    spatial = any(part.planes or part.contours for part in owner.parts)
    return bool(spatial and place and place in owner.frames_of_reference)


def _files(series: Series) -> tuple[tuple[str, Path], ...]:
    """(key, path) of each object of a document stack."""
    return tuple((f"{series.key}#{i}", frame.path) for i, frame in enumerate(series.instances))


def _rgb(text: str) -> Color:
    value = int(text.lstrip("#"), 16)
    return value >> 16 & 255, value >> 8 & 255, value & 255
