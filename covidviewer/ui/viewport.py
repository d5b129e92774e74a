"""One viewport: the image, its slice bar, its score track; the face that actions and window talk to."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from covidviewer.ui import ink
from covidviewer.ui.canvas import Canvas
from covidviewer.ui.cine import Cine
from covidviewer.ui.mouse import Tool
from covidviewer.ui.score_track import ScoreTrack
from covidviewer.ui.slice_bar import SliceBar
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

FRAME = 2  # logical pixels around each of several tiles


class Viewport(QWidget):
    """A tile of the workspace on screen.

    What the tile keeps (slice, window, zoom, overlay) is asked of the tile; here is only what is the mouse's: the
    tool in hand, zoom about the middle, the film, giving up a box.
    """

    tool_changed = Signal(str)
    probe_changed = Signal(str)  # value under the pointer, "" when there is none
    context_menu_wanted = Signal(object)  # QPoint, global position
    maximise_wanted = Signal()

    def __init__(self, workspace: Workspace, tile: Tile, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tile = tile
        self.canvas = Canvas(workspace, tile, self)
        self._bar = SliceBar(tile, self)
        self._track = ScoreTrack(workspace, tile, self)
        self._cine = Cine(tile, workspace.preferences, self)
        layout = self._row = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(self._bar)
        layout.addWidget(self._track)
        self._framed = self._active = False
        self.setFocusProxy(self.canvas)
        self.setAccessibleName(self.tr("Viewport"))
        mouse = self.canvas.mouse
        mouse.tool_changed.connect(self.tool_changed)
        mouse.context_menu_wanted.connect(self.context_menu_wanted)
        mouse.maximise_wanted.connect(self.maximise_wanted)
        self.canvas.probe_changed.connect(self.probe_changed)

    def sizeHint(self) -> QSize:
        return QSize(720, 640)

    @property
    def tile(self) -> Tile:
        return self._tile

    def sides(self) -> tuple[QWidget, ...]:
        """What stands beside the image: slice bar and score track."""
        return self._bar, self._track

    def set_frame(self, framed: bool, active: bool) -> None:
        """Stand among several tiles, or alone; the active one of several has the accent's frame."""
        if (framed, active) != (self._framed, self._active):
            self._framed, self._active = framed, active
            edge = FRAME if framed else 0
            self._row.setContentsMargins(edge, edge, edge, edge)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._framed:
            painter = QPainter(self)
            painter.fillRect(self.rect(), ink.ACCENT if self._active else ink.LINE)
            painter.fillRect(self.rect().adjusted(FRAME, FRAME, -FRAME, -FRAME), ink.STRIP)
            painter.end()

    @property
    def tool(self) -> str:
        """What a left drag does: "window", "pan", "zoom", "scroll" or, for one box, "region"."""
        return self.canvas.mouse.tool.value

    def set_tool(self, tool: str) -> None:
        """Choose the tool by name; a name that is none raises ValueError."""
        self.canvas.mouse.set_tool(Tool(tool))

    @property
    def cine(self) -> Cine:
        return self._cine

    def zoom_by(self, factor: float) -> None:
        """Zoom about the middle of the image area."""
        self.canvas.mouse.zoom_by(factor)

    def cancel_drawing(self) -> bool:
        """Give up a box or a drag (Esc); True when there was one."""
        return self.canvas.planes.cancel() or self.canvas.measure.cancel() or self.canvas.mouse.cancel()

    def set_peek(self, on: bool) -> None:
        """Hide the map while True."""
        self.canvas.set_peek(on)
