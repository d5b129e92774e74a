"""The centre of the window: one viewport a tile, in splitters; the active one is framed, and may hide the others."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QSplitter, QVBoxLayout, QWidget

from covidviewer.ui.cine import Cine
from covidviewer.ui.mouse import STEADY
from covidviewer.ui.viewport import Viewport
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

HANDLE = 4  # logical pixels between tiles
#: A column that holds a single tile beside fuller ones is this much wider.
WIDE = 2


class Viewports(QWidget):
    """All tiles of the workspace. Tools are the reader's: one in hand is in hand over every tile."""

    tool_changed = Signal(str)
    probe_changed = Signal(str)
    cine_changed = Signal()
    context_menu_wanted = Signal(object)  # QPoint, global position
    maximised_changed = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._shown: dict[Tile, Viewport] = {}
        self._splitters: list[QSplitter] = []
        self._root: QSplitter | None = None
        self._maximised = False
        self._moving = False  # widgets are moved or hidden: the focus then goes about by itself
        left = workspace.preferences.value.mouse_left
        self._tool = self._before_cursor = left if left in STEADY else "window"
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self.setObjectName("viewports")
        self.setAccessibleName(self.tr("Viewports"))
        workspace.layout_changed.connect(self.rebuild)
        workspace.layout_changed.connect(self._drop_cursor)
        workspace.reformats.changed.connect(self._drop_cursor)
        workspace.active.changed.connect(self._on_active)
        self.rebuild()

    # -- the viewports --

    @property
    def active(self) -> Viewport:
        """The viewport of the active tile."""
        return self._shown[self._workspace.active_tile]

    @property
    def all(self) -> tuple[Viewport, ...]:
        """In the order of the tiles."""
        return tuple(self._shown[tile] for tile in self._workspace.tiles)

    def of(self, tile: Tile) -> Viewport | None:
        return self._shown.get(tile)

    @Slot()
    def rebuild(self) -> None:
        """Put the tiles of the workspace where its layout says."""
        focused = self._has_focus()
        self._moving = True
        tiles, layout = self._workspace.tiles, self._workspace.layout
        gone = [self._shown.pop(tile) for tile in tuple(self._shown) if tile not in tiles]
        for tile in tiles:
            if tile not in self._shown:
                self._shown[tile] = self._make(tile)
        old_root = self._root
        root = QSplitter(Qt.Orientation.Horizontal)
        self._splitters = [root]
        for column in layout.places():
            holder = root
            if len(column) > 1:
                holder = QSplitter(Qt.Orientation.Vertical)
                root.addWidget(holder)
                self._splitters.append(holder)
            for place in column:
                holder.addWidget(self._shown[tiles[place]])
            if holder is not root:
                holder.setSizes([1000] * len(column))
        most = max(layout.columns)
        root.setSizes([1000 * (WIDE if n == 1 < most else 1) for n in layout.columns])
        for splitter in self._splitters:
            splitter.setHandleWidth(HANDLE)
            splitter.setChildrenCollapsible(False)
        self._root = root
        self._box.addWidget(root)
        for view in gone:
            view.hide()
            view.setParent(None)
            view.deleteLater()
        if old_root is not None:
            self._box.removeWidget(old_root)
            old_root.hide()
            old_root.deleteLater()
        self._maximised = False  # who asks for tiles wants to see them
        for view in self._shown.values():
            view.show()
        self._mark()
        self._order_tabs()
        self._moving = False
        if focused:
            self.active.setFocus()

    def _make(self, tile: Tile) -> Viewport:
        view = Viewport(self._workspace, tile, self)
        view.set_tool(self._tool)
        view.tool_changed.connect(self._on_tool)
        view.probe_changed.connect(self.probe_changed)
        view.context_menu_wanted.connect(self.context_menu_wanted)
        view.maximise_wanted.connect(self.toggle_maximised)
        view.cine.changed.connect(self.cine_changed)
        for part in (view.canvas, *view.sides()):
            part.installEventFilter(self)
        return view

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._workspace.hanging.room = self.width()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A press on any part of a viewport, or the focus on it, makes its tile the active one."""
        if not self._moving and event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.FocusIn):
            above = watched.parent()
            if isinstance(above, Viewport) and above.tile in self._workspace.tiles:
                self._workspace.activate(above.tile)
        return False

    def _order_tabs(self) -> None:
        views = self.all
        for before, after in pairwise(views):
            QWidget.setTabOrder(before.canvas, after.canvas)

    # -- the active one --

    @Slot()
    def _on_active(self) -> None:
        focused = self._has_focus()
        self._moving = True
        self._mark()
        self._moving = False
        if focused and not self.active.isAncestorOf(QApplication.focusWidget() or self):
            self.active.setFocus()

    def _has_focus(self) -> bool:
        widget = QApplication.focusWidget()
        return widget is not None and self.isAncestorOf(widget)

    def _mark(self) -> None:
        """Frame the active tile; a single one, or one that fills the place, needs no frame."""
        views, active = self.all, self.active
        several = len(views) > 1 and not self._maximised
        for number, view in enumerate(views, start=1):
            view.set_frame(several, view is active)
            name = self.tr("Viewport {n} of {count}").format(n=number, count=len(views))
            view.setAccessibleName(name if len(views) > 1 else self.tr("Viewport"))
            view.setAccessibleDescription(self.tr("active") if view is active else "")
            view.setVisible(not self._maximised or view is active)
        for splitter in self._splitters[1:]:
            splitter.setVisible(any(view.parent() is splitter and not view.isHidden() for view in views))

    @property
    def maximised(self) -> bool:
        """True while the active tile hides the others."""
        return self._maximised

    @Slot()
    def toggle_maximised(self) -> None:
        """Let the active tile fill the place, or bring the others back."""
        if len(self._shown) > 1:
            self._maximised = not self._maximised
            self._mark()
            self.maximised_changed.emit()

    @Slot()
    def _drop_cursor(self) -> None:
        """Planes share a cursor whatever the tool; once none is left, it stays only with its tool in hand."""
        if self.tool != "cursor" and not any(tile.computed for tile in self._workspace.tiles):
            self._workspace.links.clear_cursor()

    # -- what actions ask --

    @property
    def tool(self) -> str:
        """What a left drag does, over every tile."""
        return self.active.tool

    def set_tool(self, tool: str) -> None:
        """Choose the tool by name; a name that is none raises ValueError."""
        self.active.set_tool(tool)

    @Slot(str)
    def _on_tool(self, tool: str) -> None:
        if tool == self._tool:
            return
        self._tool = tool
        for view in self._shown.values():
            view.set_tool(tool)
        self.tool_changed.emit(tool)

    @property
    def cine(self) -> Cine:
        """The film of the active tile."""
        return self.active.cine

    def toggle_cursor(self) -> None:
        """Take the shared cursor in hand and put it under the pointer, or put it away."""
        if self.tool == "cursor":
            self.set_tool(self._before_cursor)
            self._workspace.links.clear_cursor()
        else:
            self._before_cursor = self.tool if self.tool in STEADY else "window"
            self.set_tool("cursor")
            self.active.canvas.point_here()

    def zoom_by(self, factor: float) -> None:
        """Zoom the active tile about its middle."""
        self.active.zoom_by(factor)

    def cancel_drawing(self) -> bool:
        """Give up a box or a drag; True when there was one."""
        return self.active.cancel_drawing()

    def set_peek(self, on: bool) -> None:
        """Hide the map of the active tile while True."""
        self.active.set_peek(on)
