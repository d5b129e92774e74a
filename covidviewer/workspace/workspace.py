"""What the user has open: the one source of truth that every widget reads and asks.

Values are frozen; setters compare, store, emit. The workspace knows the disk lane, but neither engines nor the
worker of the second reading: it says what it wants by signals, `app` connects them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from covidviewer.dicom.catalog import Kind, LeftOut, ScanProgress, Stack
from covidviewer.errors import Cancelled, CovidViewerError
from covidviewer.imaging import voi
from covidviewer.imaging.volume import Volume
from covidviewer.inference.results import Choice, GateResult, SeriesScore, SliceReading
from covidviewer.jobs.lane import Lane
from covidviewer.jobs.queue import Priority, Ticket
from covidviewer.study import Series
from covidviewer.workspace.active import ActiveTile
from covidviewer.workspace.explanations import Explanations
from covidviewer.workspace.hanging import Hanging, starting_series
from covidviewer.workspace.headers import Headers
from covidviewer.workspace.image_marks import ImageMarks
from covidviewer.workspace.layouts import SINGLE, Layout
from covidviewer.workspace.links import Links
from covidviewer.workspace.loading import ScanReport, fill_job, scan_job
from covidviewer.workspace.measurements import Measurements
from covidviewer.workspace.memory import VolumeCache, budget_bytes
from covidviewer.workspace.objects import Objects
from covidviewer.workspace.own_settings import presets_of
from covidviewer.workspace.preferences import PreferenceStore
from covidviewer.workspace.problems import Problem, Problems, Task
from covidviewer.workspace.reader_data import ReaderData
from covidviewer.workspace.readers import Readers
from covidviewer.workspace.readings import Readings, SeriesReadings, State, reading_key
from covidviewer.workspace.reformats import Reformats
from covidviewer.workspace.study_list import StudyList
from covidviewer.workspace.tile import Tile

log = logging.getLogger(__name__)

#: The reader's slice is asked for after this pause in scrolling, milliseconds.
SLICE_DEBOUNCE_MS = 60


@dataclass(frozen=True, slots=True)
class OpenStudy:
    """A study as the tree shows it: series of one Study Instance UID, from any number of opened paths."""

    uid: str
    series: tuple[Series, ...]

    @property
    def first(self) -> Series:
        return self.series[0]


class Workspace(QObject):
    """State and requests. Lives in the main thread."""

    studies_changed = Signal()
    scan_changed = Signal()
    left_out_changed = Signal()
    thumbnail_ready = Signal(str)  # series key
    choice_changed = Signal()
    networks_changed = Signal()
    device_changed = Signal()
    layout_changed = Signal()  # other tiles, or tiles in other places
    shown_changed = Signal()  # another series on any of the tiles

    # What `app` connects to the device lane.
    # Keys name readings: `key_of` a tile, the series' own key but where the tile has its own network.
    reading_wanted = Signal(object)  # (key, Series, Volume, first index, kind of a picture, network or "")
    slice_wanted = Signal(object)  # (key, index)
    slices_filled = Signal(object)  # (key, tuple of indices)
    reading_dropped = Signal(str)  # key
    choice_made = Signal(object)  # Choice

    def __init__(self, preferences: PreferenceStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.preferences = preferences
        self._own_presets: tuple[str, ...] = ()
        voi.set_own_presets(())
        self._take_presets()
        preferences.changed.connect(self._take_presets)
        self.problems = Problems(self)
        self.readings = Readings(self)
        #: Networks that read beside the chosen one.
        self.readers = Readers(self)
        #: Maps that are made on demand.
        self.explanations = Explanations(self)
        self.reading_dropped.connect(self.explanations.call_off)
        self.reader_data = ReaderData(self.problems, parent=self)
        self.measurements = Measurements(self.reader_data, self)
        self.image_marks = ImageMarks(self.reader_data, self)
        self.study_list = StudyList(preferences, self.problems, parent=self)
        self.tiles: tuple[Tile, ...] = (Tile(self),)
        #: Signals of whichever tile is active.
        self.active = ActiveTile(self.tiles[0], self)
        self._layout = SINGLE
        self.links = Links(self)
        self.hanging = Hanging(self)
        self._disk = Lane("disk", parent=self)
        #: Planes cut through series: coronal, sagittal, oblique, slabs.
        self.reformats = Reformats(self)
        #: What others wrote about the images: segmentations, contours, reports, overlays.
        self.objects = Objects(self, self._disk)
        self._volumes = VolumeCache(lambda: budget_bytes(preferences.value.memory_mb))
        self.headers = Headers(self, self._disk)
        self._series: dict[str, Series] = {}
        self._by_scan: dict[int, tuple[str, ...]] = {}
        self._left_out: dict[int, tuple[LeftOut, ...]] = {}
        self._scan_tickets: dict[int, Ticket] = {}
        self._scanned: dict[int, tuple[Path, ...]] = {}
        self._study_wanted: dict[int, str] = {}  # to be shown when its scan has ended
        self._scan = ScanProgress(finished=True)
        self._scans = 0
        self._opened: list[Path] = []
        self._loading: dict[str, Ticket] = {}
        self._picture_kinds: dict[str, str] = {}
        self._reading_keys: dict[str, set[str]] = {}  # of each series, those that were asked for
        self._thumbnails: dict[str, np.ndarray] = {}
        self._thumbnail_asked: set[str] = set()
        self._choice = Choice(
            network=preferences.value.network,
            device=preferences.value.device,
            precision=preferences.value.precision,
        )
        self._networks: tuple[object, ...] = ()
        self._device_text = ""
        #: Whether showing a series asks for its second reading.
        self.read_automatically = preferences.value.read_on_open
        self._debounce = QTimer(self)
        self._debounce.setSingleShot(True)
        self._debounce.setInterval(SLICE_DEBOUNCE_MS)
        self._debounce.timeout.connect(self._ask_slice)
        self.active.slice_changed.connect(self._on_slice_changed)
        self._adopt(self.active_tile)

    @Slot()
    def _take_presets(self) -> None:
        """The user's windows are where ours are."""
        lines = self.preferences.value.presets
        if lines != self._own_presets:
            self._own_presets = lines
            voi.set_own_presets(presets_of(lines))

    # -- what is open --

    @property
    def studies(self) -> tuple[OpenStudy, ...]:
        """Studies in the order in which they were found; series by number within."""
        groups: dict[str, list[Series]] = {}
        for series in self._series.values():
            groups.setdefault(series.study_uid, []).append(series)
        return tuple(
            OpenStudy(uid, tuple(sorted(found, key=lambda s: (s.stack.number is None, s.stack.number or 0, s.key))))
            for uid, found in groups.items()
        )

    @property
    def opened(self) -> tuple[Path, ...]:
        """Paths that the reader opened and has not closed, absolute, in that order."""
        return tuple(self._opened)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        return tuple(item for items in self._left_out.values() for item in items)

    @property
    def scan(self) -> ScanProgress:
        return self._scan

    @property
    def choice(self) -> Choice:
        return self._choice

    @property
    def networks(self) -> tuple[object, ...]:
        """`WeightsCard` entries of the manifest, the unavailable ones too."""
        return self._networks

    @property
    def device_text(self) -> str:
        return self._device_text

    def series(self, key: str) -> Series | None:
        return self._series.get(key)

    def current_readings(self) -> SeriesReadings | None:
        """Readings of the series on the active tile."""
        series = self.active_tile.series
        return self.readings.get(self.key_of(self.active_tile)) if series is not None else None

    def key_of(self, tile: Tile) -> str:
        """Names the reading that a tile shows; "" for an empty tile."""
        return reading_key(tile.series.key, tile.overlay.network) if tile.series is not None else ""

    def label(self) -> str:
        """Class whose probability and map are shown: the reader's choice, else the network's positive class."""
        chosen = self.active_tile.overlay.label
        found = self.current_readings()
        if found is None or found.provenance is None:
            return chosen
        return chosen if chosen in found.classes else found.provenance.positive

    # -- tiles --

    @property
    def active_tile(self) -> Tile:
        """The tile that keys, panels and menus speak of. Its signals come through `active`, whichever it is."""
        return self.active.tile

    @property
    def layout(self) -> Layout:
        return self._layout

    def activate(self, tile: Tile) -> None:
        """Make one of the tiles the active one."""
        if tile in self.tiles:
            self.active.set_tile(tile)

    def activate_next(self, step: int) -> None:
        """Make the tile ``step`` places on the active one; runs round."""
        self.activate(self.tiles[(self.tiles.index(self.active_tile) + step) % len(self.tiles)])

    def set_layout(self, layout: Layout) -> None:
        """Have as many tiles as the layout asks for. What is shown stays; fewer tiles keep the active one."""
        if layout == self._layout:
            return
        tiles = list(self.tiles)
        active = self.active_tile
        if len(tiles) > layout.count and tiles.index(active) >= layout.count:
            tiles.remove(active)
            tiles.insert(layout.count - 1, active)
        gone = tiles[layout.count :]
        tiles = tiles[: layout.count]
        while len(tiles) < layout.count:
            tiles.append(Tile(self))
            self._adopt(tiles[-1])
        self._layout, self.tiles = layout, tuple(tiles)
        self.layout_changed.emit()
        for tile in gone:
            left = tile.series
            tile.show(None, None)
            if left is not None:
                self._leave(left.key)
            self.links.forget(tile)
            tile.deleteLater()

    def empty(self, tile: Tile) -> None:
        """Show nothing on a tile."""
        left = tile.series
        if left is not None:
            tile.show(None, None)
            self._leave(left.key)

    def attend(self) -> None:
        """The active tile's slice is what the reader waits for, whatever was opened after it."""
        self._debounce.start()

    def tiles_of(self, key: str) -> tuple[Tile, ...]:
        """Tiles that show a series."""
        return tuple(tile for tile in self.tiles if tile.series is not None and tile.series.key == key)

    def _adopt(self, tile: Tile) -> None:
        tile.series_changed.connect(self.shown_changed)
        self.links.watch(tile)
        p = self.preferences.value
        tile.set_overlay(
            form=p.overlay_form,
            opacity=p.overlay_opacity,
            threshold=p.overlay_threshold,
            colormap=p.overlay_colormap,
            lungs=p.overlay_lungs,
            signed_colormap=p.overlay_signed_colormap,
        )

    def _leave(self, key: str) -> None:
        """A tile shows this series no longer: when no other does, its loading and its reading end."""
        if not self.tiles_of(key):
            self._stop_loading(key)
        self.drop_unshown(key)

    def drop_unshown(self, key: str) -> None:
        """Call off the readings of a series that no tile shows any more."""
        shown = {self.key_of(tile) for tile in self.tiles}
        shown |= {reading for tile in self.tiles_of(key) for reading in self.readers.keys_of(tile)}
        asked = self._reading_keys.pop(key, set()) | {key}
        for reading in asked - shown:
            self.reading_dropped.emit(reading)
        if asked & shown:
            self._reading_keys[key] = asked & shown

    def _drop_readings(self, key: str) -> None:
        """Forget all readings of a series, shown or not."""
        for reading in self._reading_keys.pop(key, set()) | {key}:
            self.reading_dropped.emit(reading)
            self.readings.drop(reading)
            self.explanations.drop(reading)

    def choose_network(self, network: str) -> None:
        """Network of the active tile alone; "" is the choice for all tiles."""
        tile = self.active_tile
        if tile.overlay.network == network:
            return
        tile.set_overlay(network=network, label="")
        if tile.series is not None:
            self.drop_unshown(tile.series.key)
        self.read(tile)

    # -- opening --

    def open(self, paths: Sequence[Path | str], *, siblings: bool = True) -> None:
        """Scan paths in the background; series appear as they are found.

        A single DICOM file opens the series that it belongs to, at its slice, when ``siblings`` is set.
        """
        wanted = tuple(Path(p) for p in paths)
        if not wanted:
            return
        at: Path | None = None
        if siblings and len(wanted) == 1 and wanted[0].is_file():
            at = wanted[0]
        self._scans += 1
        number = self._scans
        self._scan = ScanProgress()
        ticket = self._disk.submit(
            lambda t: scan_job(wanted, t, at),
            priority=Priority.NEIGHBOUR,
            report=lambda value: self._on_scan(number, value),
            done=lambda value: self._on_scan_done(number, value, at),
            failed=lambda error: self._on_scan_failed(number, error),
        )
        self._scan_tickets[number] = ticket
        self._scanned[number] = wanted
        self.problems.set_task(Task(f"scan-{number}", self.tr("Looking for images"), None, self.cancel_scan))
        self.scan_changed.emit()
        for path in paths:
            whole = Path(path).absolute()
            if whole.exists():
                self.preferences.add_recent(whole)
                if whole not in self._opened:
                    self._opened.append(whole)

    def open_study(self, place: Path, uid: str) -> None:
        """Show a study by its UID: one that is open at once, else after a scan of the place that it lies in."""
        found = next((study for study in self.studies if study.uid == uid), None)
        if found is not None:
            self.hanging.hang(found)
            return
        self.open([place], siblings=False)
        self._study_wanted[self._scans] = uid

    def cancel_scan(self) -> None:
        """Stop all running scans; what was found stays."""
        for ticket in self._scan_tickets.values():
            ticket.cancel()

    def close_all(self) -> None:
        """Forget every study and free its memory."""
        self.cancel_scan()
        for ticket in self._loading.values():
            ticket.cancel()
        for key in self._series:
            self._drop_readings(key)
        for tile in self.tiles:
            tile.show(None, None)
        self.hanging.forget()
        self._opened.clear()
        self._series.clear()
        self._by_scan.clear()
        self._left_out.clear()
        self._loading.clear()
        self._thumbnails.clear()
        self._thumbnail_asked.clear()
        self._volumes.clear()
        self.problems.clear()
        self.objects.clear()
        self.studies_changed.emit()
        self.left_out_changed.emit()

    def show(self, key: str, index: int | None = None, tile: Tile | None = None) -> None:
        """Show a series on a tile (the active one by default)."""
        series = self._series.get(key)
        if series is None:
            return
        target = tile or self.active_tile
        if target.series is series and not target.computed:
            if index is not None:
                target.go_to_index(index)
            return
        if series.kind is Kind.DOCUMENT and self.objects.opens(series):
            self.objects.open(series, target)
            return
        if series.kind is Kind.DOCUMENT:
            self.problems.add(
                Problem(
                    self.tr("Not an image"),
                    self.tr("“{name}” holds no image: {what}.").format(
                        name=series.description or series.modality, what=series.stack.document
                    ),
                    severity="info",
                )
            )
            return
        left = target.series
        shown = self.tiles_of(key)
        volume = self._volumes.get(key) or (shown[0].volume if shown else None)
        if volume is None:
            pinned = frozenset(t.series.key for t in self.tiles if t.series is not None and t is not target)
            try:
                volume = self._volumes.allocate(series, pinned)
            except CovidViewerError as error:
                self.problems.add_error(error)
                return
            self._volumes.put(key, volume, pinned | {key})
        target.show(series, volume, index)
        if index is None:
            self.links.align(target)
        if left is not None:
            self._leave(left.key)
        if not volume.complete and key not in self._loading:
            self._load(series, volume)
        if self.read_automatically and not any(self.key_of(t) == self.key_of(target) for t in shown):
            self.read(target)

    # -- second reading --

    def read(self, tile: Tile | None = None) -> None:
        """Ask for the second reading of the series on a tile (the active one by default)."""
        tile = tile or self.active_tile
        if tile.series is None or tile.volume is None:
            return
        self.ask_reading(tile, self.key_of(tile), tile.overlay.network)
        self.readers.ask(tile)

    def ask_reading(self, tile: Tile, key: str, network: str) -> bool:
        """Ask a network to read the series on a tile under a key; False when it is read already."""
        series, volume, found = tile.series, tile.volume, self.readings.get(key)
        if series is None or volume is None or (found is not None and found.state is State.DONE):
            return False
        plain = next((t for t in (tile, *self.tiles_of(series.key)) if not t.computed), None)
        first = plain.index if plain is not None else len(series.instances) // 2
        if found is not None and found.state in (State.REFUSED, State.FAILED, State.CANCELLED):
            self.readings.drop(key)
        self.readings.start(key, len(series.instances))
        self.readings.set_state(key, State.WAITING)
        self._reading_keys.setdefault(series.key, set()).add(key)
        kind = self.picture_kind(series.key)
        self.reading_wanted.emit((key, series, volume, first, kind, network))
        return True

    def read_shown(self) -> None:
        """Ask for the second reading of every series on screen, the active tile's last: the newest is read first."""
        others = {self.key_of(t): t for t in self.tiles if t.series is not None}
        others.pop(self.key_of(self.active_tile), None)
        for tile in (*others.values(), self.active_tile):
            self.read(tile)

    def add_made(self, stack: Stack) -> None:
        """List images that were not found by a scan but in an object (a parametric map)."""
        if stack.key not in self._series:
            self._series[stack.key] = Series(stack)
            self.studies_changed.emit()

    def picture_kind(self, key: str) -> str:
        """What the reader says a picture shows: "ct", "film", or "" (it is guessed)."""
        return self._picture_kinds.get(key, "")

    def set_picture_kind(self, kind: str) -> None:
        """Say what the picture on the active tile shows; its reading starts again."""
        series = self.active_tile.series
        if series is None or series.kind is not Kind.PICTURE or self.picture_kind(series.key) == kind:
            return
        self._picture_kinds[series.key] = kind
        self._drop_readings(series.key)
        self.read_shown()

    def cancel_reading(self) -> None:
        """Call off all that is read of the series on the active tile, by whichever network."""
        for key in dict.fromkeys((self.key_of(self.active_tile), *self.readers.keys_of(self.active_tile))):
            found = self.readings.get(key)
            if found is None or found.state not in (State.WAITING, State.RUNNING):
                continue
            self.reading_dropped.emit(key)
            self.readings.set_state(
                key,
                State.CANCELLED,
                self.tr("Run cancelled after {done} of {count} slices. No series score was made.").format(
                    done=found.evaluated, count=found.count
                ),
            )

    def choose(self, **changes: str) -> None:
        """Change network, method, device or precision; restarts only what depends on it."""
        new = replace(self._choice, **changes)
        if new == self._choice:
            return
        self._choice = new
        self.preferences.update(network=new.network, device=new.device, precision=new.precision)
        self.readings.reset()
        self.explanations.reset()
        self.choice_changed.emit()
        self.choice_made.emit(new)
        self.read_shown()

    def jump_run(self, direction: int) -> bool:
        """Go to the first slice of the next (+1) or previous (-1) run over the threshold, as the screen runs."""
        found = self.current_readings()
        if found is None or found.provenance is None or found.provenance.threshold is None:
            return False
        tile = self._images_tile()
        if tile is None:
            return False
        runs = found.runs_above(found.provenance.positive, found.provenance.threshold)
        places = sorted(tuple(sorted((tile.to_position(a), tile.to_position(b)))) for a, b in runs)
        here = tile.position
        if direction > 0:
            after = [first for first, _ in places if first > here]
            target = after[0] if after else None
        else:
            before = [first for first, last in places if last < here]
            target = before[-1] if before else None
        if target is None:
            return False
        tile.go_to(target)
        return True

    def go_to_top_slice(self) -> bool:
        """Show the slice with the highest probability of the shown class."""
        found = self.current_readings()
        if found is None or found.probabilities is None:
            return False
        column = found.column(self.label())
        if np.isnan(column).all():
            return False
        tile = self._images_tile()
        if tile is None:
            return False
        tile.go_to_index(int(np.nanargmax(column)))
        return True

    def _images_tile(self) -> Tile | None:
        """The active tile, or where it shows computed planes one with the images of its series; None without."""
        active = self.active_tile
        if not active.computed or active.series is None:
            return active
        return next((tile for tile in self.tiles_of(active.series.key) if not tile.computed), None)

    # -- pictures of the series --

    def thumbnail(self, key: str) -> np.ndarray | None:
        """RGB uint8 (rows, columns, 3) of the middle image; asked for in the background when absent."""
        found = self._thumbnails.get(key)
        series = self._series.get(key)
        if found is None and series is not None and key not in self._thumbnail_asked:
            self._thumbnail_asked.add(key)
            self._disk.submit(
                lambda ticket: series.thumbnail(96),
                priority=Priority.BACKGROUND,
                done=lambda value: self._on_thumbnail(key, value),
            )
        return found

    # -- what app tells --

    def set_networks(self, networks: tuple[object, ...]) -> None:
        if networks != self._networks:
            self._networks = networks
            self.networks_changed.emit()

    @Slot(str)
    def set_device_text(self, text: str) -> None:
        if text != self._device_text:
            self._device_text = text
            self.device_changed.emit()

    def accept_readings(self, key: str, readings: tuple[SliceReading, ...]) -> None:
        found = self.readings.get(key)
        if found is not None and found.state is State.WAITING:
            self.readings.set_state(key, State.RUNNING)
        self.readings.accept(key, readings)

    def accept_gate(self, key: str, gate: GateResult) -> None:
        self.readings.set_gate(key, gate)

    def accept_score(self, key: str, score: SeriesScore | None, seconds: float) -> None:
        self.readings.set_score(key, score)
        self.readings.set_state(key, State.DONE, seconds=seconds)

    def accept_failure(self, key: str, error: CovidViewerError) -> None:
        if key:
            self.readings.fail(key, error)
        self.problems.add_error(error)

    def open_made(self, make: Callable[[], Path], text: str) -> None:
        """Open what ``make`` gives, which is called on the disk lane; ``text`` says what is being made."""
        self.problems.set_task(Task("make", text))
        self._disk.submit(
            lambda ticket: make(),
            priority=Priority.NEIGHBOUR,
            done=self._on_made,
            failed=self._on_make_failed,
        )

    def _on_made(self, value: object) -> None:
        assert isinstance(value, Path)
        self.problems.end_task("make")
        self.open([value])

    def _on_make_failed(self, error: object) -> None:
        self.problems.end_task("make")
        if isinstance(error, CovidViewerError) and not isinstance(error, Cancelled):
            self.problems.add_error(error)

    def run_in_background(
        self,
        job: Callable[[Ticket], object],
        priority: Priority,
        *,
        failed: Callable[[CovidViewerError], object] | None = None,
    ) -> None:
        """Put a job without an answer on the disk lane; ``failed`` hears of an error, not of a calling off."""

        def told(error: object) -> None:
            if failed is not None and isinstance(error, CovidViewerError) and not isinstance(error, Cancelled):
                failed(error)

        self._disk.submit(job, priority=priority, failed=told)

    # -- ending --

    def shut_down(self) -> bool:
        """Call off all work and end the disk lane; idempotent."""
        self._debounce.stop()
        self.objects.stop()
        self.headers.stop()
        self.cancel_scan()
        for ticket in self._loading.values():
            ticket.cancel()
        self.preferences.sync()
        ended = self.reader_data.shut_down() & self.reformats.stop() & self.study_list.shut_down()
        return ended & self._disk.stop()

    # -- slots --

    def _on_scan(self, number: int, value: object) -> None:
        assert isinstance(value, ScanReport)
        # A scan that runs ends in `_end_scan`, when its series can be shown.
        self._scan = replace(value.state, finished=value.state.finished and number not in self._scan_tickets)
        known: list[str] = []
        fresh = False
        for stack in value.stacks:
            known.append(stack.key)
            old = self._series.get(stack.key)
            if old is None or old.stack is not stack:
                shown = [t for t in self.tiles if old is not None and t.series is old]
                if shown and len(old.instances) == len(stack.frames):  # type: ignore[union-attr]
                    continue  # the same images; what is on screen stays
                self._series[stack.key] = series = Series(stack)
                fresh = True
                if shown:
                    self._replace(shown, series)
        for gone in set(self._by_scan.get(number, ())) - set(known):
            self._series.pop(gone, None)
            fresh = True
        self._by_scan[number] = tuple(known)
        left = value.left_out
        if left != self._left_out.get(number, ()):
            self._left_out[number] = left
            self.left_out_changed.emit()
        if fresh:
            self.studies_changed.emit()
        self.scan_changed.emit()

    def _on_scan_done(self, number: int, value: object, at: Path | None) -> None:
        assert isinstance(value, ScanReport)
        self._on_scan(number, value)
        self.study_list.add(self._scanned.get(number, ()), value.stacks)
        wanted = self._study_wanted.get(number)  # None is no study; files without a UID have ""
        self._end_scan(number)
        keys = self._by_scan.get(number, ())
        images = [self._series[k] for k in keys if self._series[k].kind is not Kind.DOCUMENT]
        if value.left_out:
            self.problems.add(
                Problem(
                    self.tr("Files left out"),
                    self.tr("{n} of {all} files are not shown.").format(
                        n=len(value.left_out), all=max(value.state.files_found, len(value.left_out))
                    ),
                    self.tr("The list says why for each."),
                    severity="info" if images else "warning",
                    code="F01",
                )
            )
        study = next((study for study in self.studies if study.uid == wanted), None)
        if study is not None:
            self.hanging.hang(study)
            return
        if at is not None:
            for key in keys:  # a report or a segmentation asked for by name
                found = self._series[key]
                if found.kind is Kind.DOCUMENT and any(frame.path == at for frame in found.instances):
                    self.show(key)
                    return
            for series in images:
                for i, frame in enumerate(series.instances):
                    if frame.path == at:
                        self.show(series.key, i)
                        return
        if images and all(tile.series is None for tile in self.tiles):
            # The selection is never stolen later.
            best = starting_series(images)
            self.hanging.hang(next(study for study in self.studies if study.uid == best.study_uid), best)
        else:
            self.hanging.look_for_prior()

    def _on_scan_failed(self, number: int, error: object) -> None:
        self._end_scan(number)
        if isinstance(error, CovidViewerError) and not isinstance(error, Cancelled):
            self.problems.add_error(error)

    def _end_scan(self, number: int) -> None:
        self._scan_tickets.pop(number, None)
        self._scanned.pop(number, None)
        self._study_wanted.pop(number, None)
        self._scan = replace(self._scan, finished=not self._scan_tickets)
        self.problems.end_task(f"scan-{number}")
        self.scan_changed.emit()

    def _replace(self, tiles: list[Tile], series: Series) -> None:
        """More images of a shown series were found: keep the reader's slices."""
        old = tiles[0].series
        assert old is not None
        here = [old.instances[min(tile.index, len(old.instances) - 1)] for tile in tiles]
        self._stop_loading(old.key)
        self._volumes.drop(old.key)
        self._drop_readings(old.key)
        for tile in tiles:
            tile.show(None, None)
        for tile, at in zip(tiles, here, strict=True):
            places = (i for i, f in enumerate(series.instances) if f.path == at.path and f.frame == at.frame)
            self.show(series.key, next(places, None), tile)

    def _wanted_slice(self, key: str, volume: Volume) -> int:
        """The slice that a reader waits for: of the active tile first, then of the others. Asked from the lane."""
        showing = [t for t in (self.active_tile, *self.tiles) if t.series is not None and t.series.key == key]
        here = [t.index for t in showing if not t.computed and t.index < len(volume)]
        waiting = [i for i in here if not volume.filled[i] and i not in volume.failed]
        return (waiting or here or [len(volume) // 2])[0]

    def _load(self, series: Series, volume: Volume) -> None:
        key = series.key
        self._stop_loading(key)
        self._loading[key] = self._disk.submit(
            lambda ticket: fill_job(series, volume, lambda: self._wanted_slice(key, volume), ticket),
            priority=Priority.VISIBLE,
            report=lambda value: self._on_filled(key, value),
            done=lambda value: self._on_loaded(key),
            failed=lambda error: self._on_load_failed(key, error),
        )
        if len(volume) > 1:
            self.problems.set_task(Task(f"load-{key}", self.tr("Loading {n} images").format(n=len(volume)), 0.0))

    def _stop_loading(self, key: str) -> None:
        ticket = self._loading.pop(key, None)
        if ticket is not None:
            ticket.cancel()
            self.problems.end_task(f"load-{key}")

    def _on_filled(self, key: str, value: object) -> None:
        assert isinstance(value, tuple)
        for tile in self.tiles_of(key):
            tile.mark_filled(value)
            volume = tile.volume
            if volume is not None and len(volume) > 1 and key in self._loading:
                share = float(volume.filled.mean())
                self.problems.set_task(Task(f"load-{key}", self.tr("Loading {n} images").format(n=len(volume)), share))
        for reading in self._reading_keys.get(key, set()) | {key}:
            self.slices_filled.emit((reading, value))

    def _on_loaded(self, key: str) -> None:
        self._loading.pop(key, None)
        self.problems.end_task(f"load-{key}")
        volume = self._volumes.get(key)
        series = self._series.get(key)
        if volume is not None and volume.failed and series is not None:
            first = min(volume.failed)
            self.problems.add(
                Problem(
                    self.tr("Images not shown"),
                    self.tr("{n} of {all} images cannot be shown: {why}").format(
                        n=len(volume.failed), all=len(volume), why=volume.failed[first]
                    ),
                    self.tr("The rest of the series stays usable."),
                    code="P01",
                    details="\n".join(f"{i + 1}: {why}" for i, why in sorted(volume.failed.items())),
                )
            )

    def _on_load_failed(self, key: str, error: object) -> None:
        self._loading.pop(key, None)
        self.problems.end_task(f"load-{key}")
        if isinstance(error, CovidViewerError) and not isinstance(error, Cancelled):
            self.problems.add_error(error)

    def _on_thumbnail(self, key: str, value: object) -> None:
        assert isinstance(value, np.ndarray)
        self._thumbnails[key] = value
        self.thumbnail_ready.emit(key)

    @Slot()
    def _on_slice_changed(self) -> None:
        self._debounce.start()

    @Slot()
    def _ask_slice(self) -> None:
        series = self.active_tile.series
        if series is not None and not self.active_tile.computed:
            self.slice_wanted.emit((self.key_of(self.active_tile), self.active_tile.index))
