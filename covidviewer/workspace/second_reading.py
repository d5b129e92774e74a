"""What is asked of the networks and what they answer; where the reader goes by their scores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from covidviewer.dicom.catalog import Kind
from covidviewer.errors import CovidViewerError
from covidviewer.inference.results import Choice, GateResult, SeriesScore, SliceReading
from covidviewer.workspace.readings import SeriesReadings, State, reading_key
from covidviewer.workspace.tile import Tile

if TYPE_CHECKING:
    from covidviewer.workspace.workspace import Workspace


class SecondReading(QObject):
    """Requests to the networks. The workspace's signals carry them to the device lane, `app` brings the answers."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._picture_kinds: dict[str, str] = {}
        self._asked: dict[str, set[str]] = {}  # of each series, the readings that were asked for
        p = workspace.preferences.value
        self.choice = Choice(network=p.network, device=p.device, precision=p.precision)
        workspace.reading_dropped.connect(workspace.explanations.call_off)

    # -- what there is --

    def key_of(self, tile: Tile) -> str:
        """Names the reading that a tile shows; "" for an empty tile."""
        return reading_key(tile.series.key, tile.overlay.network) if tile.series is not None else ""

    def current(self) -> SeriesReadings | None:
        """Readings of the series on the active tile."""
        tile = self._workspace.active_tile
        return self._workspace.readings.get(self.key_of(tile)) if tile.series is not None else None

    def label(self) -> str:
        """Class whose probability and map are shown: the reader's choice, else the network's positive class."""
        chosen = self._workspace.active_tile.overlay.label
        found = self.current()
        if found is None or found.provenance is None:
            return chosen
        return chosen if chosen in found.classes else found.provenance.positive

    def asked_of(self, key: str) -> set[str]:
        """Names of the readings that a series may have."""
        return self._asked.get(key, set()) | {key}

    # -- requests --

    def read_again(self, tile: Tile) -> None:
        """As `read`, and what has been read is forgotten first."""
        found = self._workspace.readings.get(self.key_of(tile)) if tile.series is not None else None
        if found is not None and found.state is State.DONE:
            self._workspace.readings.drop(found.key)
        self.read(tile)

    def read(self, tile: Tile) -> None:
        """Ask for the second reading of the series on a tile, by its network and by those beside it."""
        if tile.series is None or tile.volume is None:
            return
        self.ask(tile, self.key_of(tile), tile.overlay.network)
        self._workspace.readers.ask(tile)

    def ask(self, tile: Tile, key: str, network: str) -> bool:
        """Ask a network to read the series on a tile under a key; False when it is read already."""
        workspace = self._workspace
        readings = workspace.readings
        series, volume, found = tile.series, tile.volume, readings.get(key)
        if series is None or volume is None or (found is not None and found.state is State.DONE):
            return False
        plain = next((t for t in (tile, *workspace.tiles_of(series.key)) if not t.computed), None)
        first = plain.index if plain is not None else len(series.instances) // 2
        if found is not None and found.state in (State.REFUSED, State.FAILED, State.CANCELLED):
            readings.drop(key)
        readings.start(key, len(series.instances), series.stack.positions_mm)
        readings.set_state(key, State.WAITING)
        self._asked.setdefault(series.key, set()).add(key)
        kind = self.picture_kind(series.key)
        workspace.reading_wanted.emit((key, series, volume, first, kind, network))
        return True

    def read_shown(self) -> None:
        """Ask for the second reading of every series on screen, the active tile's last: the newest is read first."""
        workspace = self._workspace
        others = {self.key_of(t): t for t in workspace.tiles if t.series is not None}
        others.pop(self.key_of(workspace.active_tile), None)
        for tile in (*others.values(), workspace.active_tile):
            self.read(tile)

    def choose(self, **changes: str) -> None:
        """Change network, method, device or precision; restarts only what depends on it."""
        new = replace(self.choice, **changes)
        if new == self.choice:
            return
        workspace = self._workspace
        self.choice = new
        workspace.preferences.update(network=new.network, device=new.device, precision=new.precision)
        workspace.readings.reset()
        workspace.explanations.reset()
        workspace.choice_changed.emit()
        workspace.choice_made.emit(new)
        self.read_shown()

    def choose_network(self, network: str) -> None:
        """Network of the active tile alone; "" is the choice for all tiles."""
        tile = self._workspace.active_tile
        if tile.overlay.network == network:
            return
        tile.set_overlay(network=network, label="")
        if tile.series is not None:
            self.drop_unshown(tile.series.key)
        self.read(tile)

    def picture_kind(self, key: str) -> str:
        """What the reader says a picture shows: "ct", "film", or "" (it is guessed)."""
        return self._picture_kinds.get(key, "")

    def set_picture_kind(self, kind: str) -> None:
        """Say what the picture on the active tile shows; its reading starts again."""
        series = self._workspace.active_tile.series
        if series is None or series.kind is not Kind.PICTURE or self.picture_kind(series.key) == kind:
            return
        self._picture_kinds[series.key] = kind
        self.drop(series.key)
        self.read_shown()

    def cancel(self) -> None:
        """Call off all that is read of the series on the active tile, by whichever network."""
        workspace = self._workspace
        tile = workspace.active_tile
        for key in dict.fromkeys((self.key_of(tile), *workspace.readers.keys_of(tile))):
            found = workspace.readings.get(key)
            if found is None or found.state not in (State.WAITING, State.RUNNING):
                continue
            workspace.reading_dropped.emit(key)
            workspace.readings.set_state(
                key,
                State.CANCELLED,
                self.tr("Run cancelled after {done} of {count} slices. No series score was made.").format(
                    done=found.evaluated, count=found.count
                ),
            )

    def drop_unshown(self, key: str) -> None:
        """Call off the readings of a series that no tile shows any more."""
        workspace = self._workspace
        shown = {self.key_of(tile) for tile in workspace.tiles}
        shown |= {reading for tile in workspace.tiles_of(key) for reading in workspace.readers.keys_of(tile)}
        asked = self._asked.pop(key, set()) | {key}
        for reading in asked - shown:
            workspace.reading_dropped.emit(reading)
        if asked & shown:
            self._asked[key] = asked & shown

    def drop(self, key: str) -> None:
        """Forget all readings of a series, shown or not."""
        workspace = self._workspace
        for reading in self._asked.pop(key, set()) | {key}:
            workspace.reading_dropped.emit(reading)
            workspace.readings.drop(reading)
            workspace.explanations.drop(reading)

    # -- answers --

    def accept(self, key: str, readings: tuple[SliceReading, ...]) -> None:
        found = self._workspace.readings.get(key)
        if found is not None and found.state is State.WAITING:
            self._workspace.readings.set_state(key, State.RUNNING)
        self._workspace.readings.accept(key, readings)

    def accept_gate(self, key: str, gate: GateResult) -> None:
        self._workspace.readings.set_gate(key, gate)

    def accept_score(self, key: str, score: SeriesScore | None, seconds: float) -> None:
        self._workspace.readings.set_score(key, score)
        self._workspace.readings.set_state(key, State.DONE, seconds=seconds)

    def accept_failure(self, key: str, error: CovidViewerError) -> None:
        if key:
            self._workspace.readings.fail(key, error)
        self._workspace.problems.add_error(error)

    # -- going by scores --

    def jump_run(self, direction: int) -> bool:
        """Go to the first slice of the next (+1) or previous (-1) run over the threshold, as the screen runs."""
        found = self.current()
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
        """Show the slice with the highest probability of the shown class, of those with enough lung to lead."""
        found = self.current()
        if found is None or found.probabilities is None:
            return False
        best = found.leading(self.label())
        tile = self._images_tile()
        if best.size == 0 or tile is None:
            return False
        tile.go_to_index(int(best[0]))
        return True

    def _images_tile(self) -> Tile | None:
        """The active tile, or where it shows computed planes one with the images of its series; None without."""
        active = self._workspace.active_tile
        if not active.computed or active.series is None:
            return active
        return next((tile for tile in self._workspace.tiles_of(active.series.key) if not tile.computed), None)
