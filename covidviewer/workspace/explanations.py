"""Explanations that were asked for, by slice, network and method: what is there, what is under way, what is told.

The maps that come with a reading are not here; these are the ones that take seconds. An answer is only ever found
under its own slice, so no map can stand over another.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from covidviewer.errors import CovidViewerError
from covidviewer.inference.explain.settings import settings
from covidviewer.inference.explanation import ExplainRequest, Explanation
from covidviewer.inference.methods import CLOSED_FORM, METHODS, PERTURBATIONS
from covidviewer.inference.results import SliceReading
from covidviewer.workspace.problems import Task
from covidviewer.workspace.tile import Tile

if TYPE_CHECKING:
    from covidviewer.workspace.workspace import Workspace

#: The method where the reader chose none: in closed form where the network allows, at no cost.
USUAL = "gradcam"
#: What is set beside a map that comes with the reading, when two methods are to be compared.
BESIDE = "lime"
MEGABYTE = 1 << 20

Place = tuple[str, int, str]  # key of the reading, slice, method


@dataclass(frozen=True, slots=True)
class Progress:
    """A request under way. total 0: not begun yet."""

    request: ExplainRequest
    done: int = 0
    total: int = 0


class Explanations(QObject):
    """Lives in the main thread; asks by signals, as the workspace does for readings."""

    wanted = Signal(object)  # ExplainRequest
    called_off = Signal(object)  # ExplainRequest
    changed = Signal(object)  # key of the reading whose explanations changed; "" means any

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._found: OrderedDict[Place, Explanation] = OrderedDict()
        self._running: dict[Place, Progress] = {}
        self._bytes = 0

    # -- what there is --

    def method_of(self, tile: Tile) -> str:
        """Name of the method that a tile shows."""
        return tile.overlay.method if tile.overlay.method in METHODS else USUAL

    def on_demand(self, tile: Tile) -> bool:
        """Whether the tile's method has to be asked for: its map does not come with the reading."""
        if self.method_of(tile) not in CLOSED_FORM:
            return True
        reading = self._reading(tile)
        return reading is not None and not reading.maps

    def get(self, tile: Tile) -> Explanation | None:
        """The answer for the slice on a tile by its method, if it was asked for and has come."""
        return self._found.get(self._place(tile))

    def running(self, tile: Tile) -> Progress | None:
        """The request for the slice on a tile, while it is under way."""
        return self._running.get(self._place(tile))

    @property
    def busy(self) -> bool:
        return bool(self._running)

    @property
    def bytes(self) -> int:
        """Memory of all maps that are kept."""
        return self._bytes

    def can_ask(self, tile: Tile) -> bool:
        """Whether `ask` would do something for a tile."""
        if self._reading(tile) is None or not self.on_demand(tile):
            return False
        found = self.get(tile)
        return found is None and self.running(tile) is None

    def askable(self) -> tuple[Tile, ...]:
        """Tiles that an order to explain concerns: the active one, else those beside it that show the same series."""
        active = self._workspace.active_tile
        if self.can_ask(active):
            return (active,)
        beside = (t for t in self._workspace.tiles if t is not active and t.series is active.series)
        return tuple(tile for tile in beside if self.can_ask(tile))

    # -- requests --

    def ask(self, tile: Tile) -> bool:
        """Explain the slice on a tile by its method; False when there is nothing to ask."""
        series, volume = tile.series, tile.volume
        if series is None or volume is None or not self.can_ask(tile):
            return False
        request = ExplainRequest(
            *self._place(tile), series, volume, self._workspace.picture_kind(series.key), tile.overlay.network
        )
        self._running[request.place] = Progress(request)
        self._show_task()
        self.changed.emit(request.key)
        self.wanted.emit(request)
        return True

    def ask_shown(self) -> bool:
        """Explain the slice on screen: the active tile's, else that of a tile beside it."""
        asked = [self.ask(tile) for tile in self.askable()]  # each of them, not only the first
        return any(asked)

    def cancel(self) -> bool:
        """Call off all that is under way; False when nothing was."""
        going = list(self._running.values())
        self._running.clear()
        for progress in going:
            self.called_off.emit(progress.request)
            self.changed.emit(progress.request.key)
        self._show_task()
        return bool(going)

    @Slot(str)
    def call_off(self, key: str) -> None:
        """A reading is not on screen any more: what is under way for it ends, what is there stays."""
        for place in [p for p in self._running if p[0] == key]:
            self.called_off.emit(self._running.pop(place).request)
        self._show_task()

    def drop(self, key: str) -> None:
        """Forget a reading's explanations: its series was closed or is read anew."""
        self.call_off(key)
        for place in [p for p in self._found if p[0] == key]:
            self._bytes -= self._found.pop(place).bytes

    def reset(self) -> None:
        """Another network or device: nothing old may be shown as new."""
        self.cancel()
        self._found.clear()
        self._bytes = 0
        self.changed.emit("")

    # -- answers --

    @Slot(object)
    def on_progress(self, packet: tuple[ExplainRequest, int, int]) -> None:
        request, done, total = packet
        if request.place in self._running:
            self._running[request.place] = Progress(request, done, total)
            self._show_task()
            self.changed.emit(request.key)

    @Slot(object)
    def on_arrived(self, packet: tuple[ExplainRequest, Explanation]) -> None:
        """Keep an answer; one that is not waited for any more is dropped."""
        request, found = packet
        if request.place not in self._running:
            return
        old = self._found.pop(request.place, None)
        self._bytes += found.bytes - (old.bytes if old is not None else 0)
        self._found[request.place] = found
        limit = int(settings()["memory"]["mb"]) * MEGABYTE
        while self._bytes > limit and len(self._found) > 1:
            self._bytes -= self._found.popitem(last=False)[1].bytes
        self.changed.emit(request.key)

    @Slot(object)
    def on_ended(self, packet: tuple[ExplainRequest, CovidViewerError | None]) -> None:
        request, error = packet
        if self._running.pop(request.place, None) is None:
            return
        if error is not None:
            self._workspace.problems.add_error(error, "warning")
        self._show_task()
        self.changed.emit(request.key)

    # -- parts --

    def _place(self, tile: Tile) -> Place:
        return self._workspace.key_of(tile), tile.index, self.method_of(tile)

    def _reading(self, tile: Tile) -> SliceReading | None:
        """What the network said of the slice on a tile; None also where planes are computed."""
        found = self._workspace.readings.get(self._workspace.key_of(tile)) if not tile.computed else None
        return found.slices.get(tile.index) if found is not None else None

    def _show_task(self) -> None:
        problems = self._workspace.problems
        if not self._running:
            problems.end_task("explain")
            return
        now = next(iter(self._running.values()))
        share = now.done / now.total if now.total else None
        name = METHOD_NAMES[now.request.method]
        problems.set_task(Task("explain", self.tr("Explaining by {name}").format(name=name), share, self._cancel_task))

    def _cancel_task(self) -> None:
        self.cancel()


#: Proper names; not translated.
METHOD_NAMES: dict[str, str] = {
    "cam": "CAM",
    "gradcam": "Grad-CAM",
    "gradcam++": "Grad-CAM++",
    "hirescam": "HiResCAM",
    "lime": "LIME",
    "occlusion": "Occlusion",
}


def signed(method: str) -> bool:
    """Whether a method's maps speak for and against a class, in changes of its probability."""
    return method in PERTURBATIONS


def compare_methods(workspace: Workspace) -> bool:
    """Set the series on the active tile beside itself with another method, and ask for that one's map.

    The second tile shows LIME, or what comes with the reading where the active tile does not show that already.
    """
    from covidviewer.workspace.layouts import Layout

    tile = workspace.active_tile
    if tile.series is None or tile.computed:
        return False
    if len(workspace.tiles) < 2:
        workspace.hanging.choose_layout(Layout.parse("1x2"))
    tiles = workspace.tiles
    other = tiles[(tiles.index(tile) + 1) % len(tiles)]
    workspace.show(tile.series.key, tile.index, other)
    view, overlay = tile.view, tile.overlay
    other.set_view(window=view.window, preset=view.preset, invert=view.invert)
    method = USUAL if workspace.explanations.on_demand(tile) else BESIDE
    other.set_overlay(
        visible=True,
        form=overlay.form,
        opacity=overlay.opacity,
        threshold=overlay.threshold,
        label=overlay.label,
        network=overlay.network,
        method=method,
    )
    workspace.activate(tile)
    workspace.explanations.ask(other)
    return True
