"""What was open, written down while it is open, so that a kill loses nothing but the last half second.

One small JSON file a running program, in the user's data folder: paths that were opened, layout, and what each tile
shows. A clean end removes it. A file whose program is gone tells the next start that the last one ended in the middle;
the reader is asked, in the bar that blocks nothing, and never put back by force: what was open may be why it ended.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLockFile, QObject, QTimer, Slot

from covidviewer.assets import data_dir
from covidviewer.imaging.voi import Window
from covidviewer.workspace.layouts import SINGLE, Layout

if TYPE_CHECKING:
    from covidviewer.workspace.tile import Tile
    from covidviewer.workspace.workspace import Workspace

log = logging.getLogger(__name__)

SCHEMA = 1
#: Milliseconds between a change and its writing; a run of changes (scrolling) is written once.
WRITE_AFTER_MS = 400
_PREFIX = "session-"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a tile showed. key : of the series, "" for an empty tile. index : in data order."""

    key: str = ""
    index: int = 0
    preset: str = ""
    center: float | None = None
    width: float | None = None
    invert: bool = False
    quarter_turns: int = 0
    flip_h: bool = False
    flip_v: bool = False


@dataclass(frozen=True, slots=True)
class SessionState:
    """All that is put back."""

    paths: tuple[str, ...] = ()
    layout: str = SINGLE.name
    active: int = 0
    tiles: tuple[Shown, ...] = ()


def folder() -> Path:
    """Where the files of running programs are."""
    return data_dir() / "sessions"


def state_of(workspace: Workspace) -> SessionState:
    """What is open now."""
    return SessionState(
        paths=tuple(str(p) for p in workspace.opened),
        layout=workspace.layout.name,
        active=workspace.tiles.index(workspace.active_tile),
        tiles=tuple(_shown(tile) for tile in workspace.tiles),
    )


def _shown(tile: Tile) -> Shown:
    if tile.series is None:
        return Shown()
    view = tile.view
    by_hand = view.window if isinstance(view.window, Window) and not view.preset else None
    return Shown(
        tile.series.key,
        # Computed planes come back as the images that they were made from.
        len(tile.series.instances) // 2 if tile.computed else tile.index,
        view.preset,
        by_hand.center if by_hand is not None else None,
        by_hand.width if by_hand is not None else None,
        view.invert,
        view.quarter_turns,
        view.flip_h,
        view.flip_v,
    )


def parse(text: str) -> SessionState | None:
    """The state of a file's text; None when it is not one (half written, another version)."""
    try:
        raw: Any = json.loads(text)
        if raw["schema"] != SCHEMA:
            return None
        tiles = tuple(Shown(**t) for t in raw["tiles"])
        state = SessionState(tuple(str(p) for p in raw["paths"]), str(raw["layout"]), int(raw["active"]), tiles)
        Layout.parse(state.layout)
    except (ValueError, KeyError, TypeError):
        return None
    return state


class SessionFile:
    """The file of this run, held by a lock that dies with the program.

    Parameters
    ----------
    where : folder; made when the first state is written.
    """

    def __init__(self, where: Path | None = None) -> None:
        self._where = where or folder()
        self.path = self._where / f"{_PREFIX}{os.getpid()}.json"
        self._lock: QLockFile | None = None

    def write(self, state: SessionState) -> bool:
        """Write whole or not at all; False (and a line in the log) when the disk says no."""
        text = json.dumps({"schema": SCHEMA, **asdict(state)})
        try:
            self._where.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self._lock is None:
                self._lock = _lock_of(self.path)
                if not self._lock.tryLock(0):
                    log.warning("the session of this run cannot be kept: its file belongs to another program")
            fresh = self.path.with_suffix(".new")
            with fresh.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
        except OSError as error:
            log.warning("the session could not be kept: %s", type(error).__name__)
            return False
        return True

    def remove(self) -> None:
        """Nothing to put back: a clean end, or everything was closed."""
        self.path.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def left_behind(self) -> tuple[Path, ...]:
        """Files of programs that are gone, newest first."""
        try:
            found = [p for p in self._where.glob(f"{_PREFIX}*.json") if p != self.path]
            found.sort(key=lambda p: p.stat().st_mtime, reverse=True)
        except OSError:
            return ()
        return tuple(p for p in found if _owner_is_gone(p))


def _lock_of(path: Path) -> QLockFile:
    lock = QLockFile(str(path.with_suffix(".lock")))
    lock.setStaleLockTime(0)  # stale only when its process is gone, however long it runs
    return lock


def _owner_is_gone(path: Path) -> bool:
    lock = _lock_of(path)
    if not lock.tryLock(0):
        return False
    lock.unlock()
    return True


class Session(QObject):
    """Keeps the file of this run up to date and puts back the last one when asked.

    Parameters
    ----------
    workspace : whose state is kept.
    where : folder of the files.
    """

    def __init__(self, workspace: Workspace, where: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._file = SessionFile(where)
        self._written: SessionState | None = None
        self._wanted: SessionState | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WRITE_AFTER_MS)
        self._timer.timeout.connect(self.write)
        for signal in (
            workspace.studies_changed,
            workspace.layout_changed,
            workspace.shown_changed,
            workspace.active.changed,
            workspace.active.slice_changed,
            workspace.active.view_changed,
        ):
            signal.connect(self._later)

    def last(self) -> SessionState | None:
        """What a program that ended in the middle had open, or None. Files that cannot be used are removed."""
        newest: SessionState | None = None
        for path in self._file.left_behind():
            try:
                state = parse(path.read_text(encoding="utf-8"))
            except OSError:
                state = None
            usable = state is not None and any(Path(p).exists() for p in state.paths)
            if usable and newest is None:
                newest = state
            path.unlink(missing_ok=True)
            path.with_suffix(".lock").unlink(missing_ok=True)
        return newest

    def restore(self, state: SessionState) -> None:
        """Open the paths again; tiles get their series when the scan has ended."""
        present = [Path(p) for p in state.paths if Path(p).exists()]
        if not present:
            return
        self._wanted = state
        self._workspace.set_layout(Layout.parse(state.layout))
        self._workspace.open(present, siblings=False)
        self._workspace.scan_changed.connect(self._put_back)

    @Slot()
    def write(self) -> None:
        """Write now what changed; an empty workspace has no file."""
        self._timer.stop()
        state = state_of(self._workspace)
        if state == self._written:
            return
        if not state.paths:
            self._file.remove()
            self._written = None
        elif self._file.write(state):
            self._written = state

    def close(self) -> None:
        """A clean end: there is nothing to put back."""
        self._timer.stop()
        self._file.remove()

    @Slot()
    def _later(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _put_back(self) -> None:
        """Give the tiles their series once the scan has ended: before, a series may hold a part of its slices."""
        state, workspace = self._wanted, self._workspace
        if state is None or not workspace.scan.finished:
            return
        self._wanted = None
        workspace.scan_changed.disconnect(self._put_back)
        for tile, shown in zip(workspace.tiles, state.tiles, strict=False):
            if shown.key and workspace.series(shown.key) is not None:
                workspace.show(shown.key, shown.index, tile)
                _look_as_before(tile, shown)
        if 0 <= state.active < len(workspace.tiles):
            workspace.activate(workspace.tiles[state.active])


def _look_as_before(tile: Tile, shown: Shown) -> None:
    tile.set_view(invert=shown.invert, quarter_turns=shown.quarter_turns, flip_h=shown.flip_h, flip_v=shown.flip_v)
    if shown.center is not None and shown.width is not None:
        tile.set_window(Window(shown.center, shown.width))
    elif shown.preset and not shown.preset.startswith("header"):
        tile.set_preset(shown.preset)
