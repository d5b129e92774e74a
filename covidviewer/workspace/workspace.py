"""What the user has open: the one source of truth that every widget reads and asks.

Values are frozen; setters compare, store, emit. The workspace knows the disk lane, but neither engines nor the
worker of the second reading: it says what it wants by signals, `app` connects them. What it holds is kept by its parts
(`scans`, `loads`, `second_reading`, `links`, `hanging`, ...); tiles and layout are its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from covidviewer.dicom.catalog import Kind, LeftOut, ScanProgress, Stack
from covidviewer.errors import Cancelled, CovidViewerError
from covidviewer.imaging import colormaps, voi
from covidviewer.imaging.overlay_policy import overlay_policy
from covidviewer.imaging.own_colormaps import maps_of
from covidviewer.inference.results import Choice, GateResult, SeriesScore, SliceReading
from covidviewer.jobs.lane import Lane
from covidviewer.jobs.queue import Priority, Ticket
from covidviewer.study import Series
from covidviewer.workspace.active import ActiveTile
from covidviewer.workspace.explanations import Explanations
from covidviewer.workspace.hanging import Hanging
from covidviewer.workspace.headers import Headers
from covidviewer.workspace.image_marks import ImageMarks
from covidviewer.workspace.layouts import SINGLE, Layout
from covidviewer.workspace.links import Links
from covidviewer.workspace.loads import Loads
from covidviewer.workspace.measurements import Measurements
from covidviewer.workspace.objects import Objects
from covidviewer.workspace.own_settings import presets_of
from covidviewer.workspace.preferences import PreferenceStore
from covidviewer.workspace.problems import Problem, Problems, Task
from covidviewer.workspace.reader_data import ReaderData
from covidviewer.workspace.readers import Readers
from covidviewer.workspace.readings import Readings, SeriesReadings
from covidviewer.workspace.reformats import Reformats
from covidviewer.workspace.scans import OpenStudy as OpenStudy
from covidviewer.workspace.scans import Scans
from covidviewer.workspace.second_reading import SecondReading
from covidviewer.workspace.study_list import StudyList
from covidviewer.workspace.tile import Tile

#: The reader's slice is asked for after this pause in scrolling, milliseconds.
SLICE_DEBOUNCE_MS = 60


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
        self._own_colors = preferences.value.colormaps
        colormaps.set_own(maps_of(self._own_colors))
        preferences.changed.connect(self._take_presets)
        preferences.changed.connect(self._take_colors)
        self.problems = Problems(self)
        self.readings = Readings(self)
        #: Networks that read beside the chosen one.
        self.readers = Readers(self)
        #: Maps that are made on demand.
        self.explanations = Explanations(self)
        self.second_reading = SecondReading(self)
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
        self.headers = Headers(self, self._disk)
        self.scans = Scans(self, self._disk)
        self.loads = Loads(self, self._disk)
        self._series = self.scans.found
        self._networks: tuple[object, ...] = ()
        self._device_text = ""
        #: Whether showing a series asks for its second reading.
        self.read_automatically = preferences.value.read_on_open
        self._debounce = QTimer(self)
        self._debounce.setSingleShot(True)
        self._debounce.setInterval(SLICE_DEBOUNCE_MS)
        self._debounce.timeout.connect(self._ask_slice)
        self.active.slice_changed.connect(self.attend)
        self._adopt(self.active_tile)

    @Slot()
    def _take_presets(self) -> None:
        """The user's windows are where ours are."""
        lines = self.preferences.value.presets
        if lines != self._own_presets:
            self._own_presets = lines
            voi.set_own_presets(presets_of(lines))

    @Slot()
    def _take_colors(self) -> None:
        """The user's colour maps are where ours are; a tile whose map is gone goes back to ours."""
        texts = self.preferences.value.colormaps
        if texts == self._own_colors:
            return
        self._own_colors = texts
        colormaps.set_own(maps_of(texts))
        for tile in self.tiles:
            if tile.overlay.colormap not in (*colormaps.NAMES, *colormaps.own_names()):
                tile.set_overlay(colormap=overlay_policy().colormap)

    # -- what is open --

    @property
    def studies(self) -> tuple[OpenStudy, ...]:
        """Studies in the order in which they were found; series by number within."""
        return self.scans.studies

    @property
    def opened(self) -> tuple[Path, ...]:
        """Paths that the reader opened and has not closed, absolute, in that order."""
        return tuple(self.scans.opened)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        return self.scans.left_out

    @property
    def scan(self) -> ScanProgress:
        return self.scans.progress

    def series(self, key: str) -> Series | None:
        return self._series.get(key)

    def thumbnail(self, key: str) -> np.ndarray | None:
        """RGB uint8 (rows, columns, 3) of the middle image; asked for in the background when absent."""
        return self.loads.thumbnail(key)

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

    @Slot()
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
        known = p.overlay_colormap in (*colormaps.NAMES, *colormaps.own_names())
        tile.set_overlay(
            form=p.overlay_form,
            opacity=p.overlay_opacity,
            threshold=p.overlay_threshold,
            colormap=p.overlay_colormap if known else overlay_policy().colormap,
            lungs=p.overlay_lungs,
            signed_colormap=p.overlay_signed_colormap,
        )

    def _leave(self, key: str) -> None:
        """A tile shows this series no longer: when no other does, its loading and its reading end."""
        if not self.tiles_of(key):
            self.loads.stop(key)
        self.second_reading.drop_unshown(key)

    @Slot()
    def _ask_slice(self) -> None:
        series = self.active_tile.series
        if series is not None and not self.active_tile.computed:
            self.slice_wanted.emit((self.key_of(self.active_tile), self.active_tile.index))

    # -- opening --

    def open(self, paths: Sequence[Path | str], *, siblings: bool = True) -> None:
        """Scan paths in the background; series appear as they are found.

        A single DICOM file opens the series that it belongs to, at its slice, when ``siblings`` is set.
        """
        self.scans.start(paths, siblings)

    def open_study(self, place: Path, uid: str) -> None:
        """Show a study by its UID: one that is open at once, else after a scan of the place that it lies in."""
        found = next((study for study in self.studies if study.uid == uid), None)
        if found is not None:
            self.hanging.hang(found)
            return
        self.scans.start_for_study(place, uid)

    def cancel_scan(self) -> None:
        """Stop all running scans; what was found stays."""
        self.scans.cancel()

    def add_made(self, stack: Stack) -> None:
        """List images that were not found by a scan but in an object (a parametric map)."""
        if stack.key not in self._series:
            self._series[stack.key] = Series(stack)
            self.studies_changed.emit()

    def close_all(self) -> None:
        """Forget every study and free its memory."""
        self.cancel_scan()
        self.loads.stop_all()
        for key in self._series:
            self.second_reading.drop(key)
        for tile in self.tiles:
            tile.show(None, None)
        self.hanging.forget()
        self.scans.clear()
        self.loads.clear()
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
        if series.kind is Kind.DOCUMENT:
            self._show_document(series, target)
            return
        left = target.series
        shown = self.tiles_of(key)
        pinned = frozenset(t.series.key for t in self.tiles if t.series is not None and t is not target)
        try:
            volume = self.loads.volume_for(series, shown[0].volume if shown else None, pinned)
        except CovidViewerError as error:
            self.problems.add_error(error)
            return
        target.show(series, volume, index)
        if index is None:
            self.links.align(target)
        if left is not None:
            self._leave(left.key)
        self.loads.start(series, volume)
        if self.read_automatically and not any(self.key_of(t) == self.key_of(target) for t in shown):
            self.read(target)

    def _show_document(self, series: Series, tile: Tile) -> None:
        if self.objects.opens(series):
            self.objects.open(series, tile)
            return
        self.problems.add(
            Problem(
                self.tr("Not an image"),
                self.tr("“{name}” holds no image: {what}.").format(
                    name=series.description or series.modality, what=series.stack.document
                ),
                severity="info",
            )
        )

    def replace_shown(self, tiles: list[Tile], series: Series) -> None:
        """More images of a shown series were found: keep the reader's slices."""
        old = tiles[0].series
        assert old is not None
        here = [old.instances[min(tile.index, len(old.instances) - 1)] for tile in tiles]
        self.loads.stop(old.key)
        self.loads.volumes.drop(old.key)
        self.second_reading.drop(old.key)
        for tile in tiles:
            tile.show(None, None)
        for tile, at in zip(tiles, here, strict=True):
            places = (i for i, f in enumerate(series.instances) if f.path == at.path and f.frame == at.frame)
            self.show(series.key, next(places, None), tile)

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

    # -- second reading: see `second_reading`, whose words these are --

    @property
    def choice(self) -> Choice:
        return self.second_reading.choice

    @property
    def networks(self) -> tuple[object, ...]:
        """`WeightsCard` entries of the manifest, the unavailable ones too."""
        return self._networks

    @property
    def device_text(self) -> str:
        """Device of the reading on screen; while there is none, that of the worker's last answer."""
        shown = self.current_readings()
        return shown.devices[-1] if shown is not None and shown.devices else self._device_text

    def current_readings(self) -> SeriesReadings | None:
        return self.second_reading.current()

    def key_of(self, tile: Tile) -> str:
        return self.second_reading.key_of(tile)

    def label(self) -> str:
        return self.second_reading.label()

    def read(self, tile: Tile | None = None) -> None:
        """Ask for the second reading of the series on a tile (the active one by default), again if there is one."""
        self.second_reading.read_again(tile or self.active_tile)

    def ask_reading(self, tile: Tile, key: str, network: str) -> bool:
        return self.second_reading.ask(tile, key, network)

    def read_shown(self) -> None:
        self.second_reading.read_shown()

    def cancel_reading(self) -> None:
        self.second_reading.cancel()

    def drop_unshown(self, key: str) -> None:
        self.second_reading.drop_unshown(key)

    def choose(self, **changes: str) -> None:
        self.second_reading.choose(**changes)

    def choose_network(self, network: str) -> None:
        self.second_reading.choose_network(network)

    def picture_kind(self, key: str) -> str:
        return self.second_reading.picture_kind(key)

    def set_picture_kind(self, kind: str) -> None:
        self.second_reading.set_picture_kind(kind)

    def jump_run(self, direction: int) -> bool:
        return self.second_reading.jump_run(direction)

    def go_to_top_slice(self) -> bool:
        return self.second_reading.go_to_top_slice()

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
        self.second_reading.accept(key, readings)

    def accept_gate(self, key: str, gate: GateResult) -> None:
        self.second_reading.accept_gate(key, gate)

    def accept_score(self, key: str, score: SeriesScore | None, seconds: float) -> None:
        self.second_reading.accept_score(key, score, seconds)

    def accept_failure(self, key: str, error: CovidViewerError) -> None:
        self.second_reading.accept_failure(key, error)

    # -- ending --

    def shut_down(self) -> bool:
        """Call off all work and end the disk lane; idempotent."""
        self._debounce.stop()
        self.objects.stop()
        self.headers.stop()
        self.cancel_scan()
        self.loads.stop_all()
        self.preferences.sync()
        ended = self.reader_data.shut_down() & self.reformats.stop() & self.study_list.shut_down()
        return ended & self._disk.stop()
