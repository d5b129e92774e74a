"""The layout button of the tool bar: layouts by picture, a chooser of rows and columns, hanging protocols."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QToolButton, QWidget, QWidgetAction

from covidviewer.assets import protocol_dirs
from covidviewer.ui.actions import Actions
from covidviewer.ui.icons import icon
from covidviewer.ui.theme import color
from covidviewer.workspace.layouts import MOST, Layout
from covidviewer.workspace.workspace import Workspace

SHOWN = ("1", "1x2", "2x1", "2x2", "1+3")
CELL, EDGE = QSize(34, 26), 10
_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class GridChooser(QWidget):
    """Cells of which one drags a rectangle: rows x columns, by pointer or by arrow keys and Enter."""

    chosen = Signal(str)  # the layout as it is written

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows, self._columns = 1, 1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Rows and columns of tiles"))
        self._describe()

    def sizeHint(self) -> QSize:
        return QSize(MOST * CELL.width() + 2 * EDGE, MOST * CELL.height() + 2 * EDGE + self.fontMetrics().height() + 6)

    @property
    def choice(self) -> tuple[int, int]:
        """(rows, columns) under the pointer."""
        return self._rows, self._columns

    def set_choice(self, rows: int, columns: int) -> None:
        """Mark a rectangle of cells; kept within what is possible."""
        rows, columns = (min(max(n, 1), MOST) for n in (rows, columns))
        if (rows, columns) != (self._rows, self._columns):
            self._rows, self._columns = rows, columns
            self._describe()
            self.update()

    def _describe(self) -> None:
        self.setAccessibleDescription(self.text())

    def text(self) -> str:
        return self.tr("rows × columns: {rows} × {columns}").format(rows=self._rows, columns=self._columns)

    def _left(self) -> int:
        return (self.width() - MOST * CELL.width()) // 2

    def _cell(self, row: int, column: int) -> QRect:
        place = QPoint(self._left() + column * CELL.width(), EDGE + row * CELL.height())
        return QRect(place, CELL).adjusted(2, 2, -2, -2)

    def _at(self, point: QPoint) -> tuple[int, int]:
        return (point.y() - EDGE) // CELL.height() + 1, (point.x() - self._left()) // CELL.width() + 1

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row in range(MOST):
            for column in range(MOST):
                inside = row < self._rows and column < self._columns
                painter.setPen(QPen(color("accent" if inside else "line"), 1.4))
                painter.setBrush(color("accent_dim" if inside else "raised"))
                painter.drawRoundedRect(self._cell(row, column), 3, 3)
        painter.setPen(color("text"))
        below = QRect(0, EDGE + MOST * CELL.height() + 4, self.width(), self.fontMetrics().height())
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.set_choice(*self._at(event.position().toPoint()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.set_choice(*self._at(event.position().toPoint()))
            self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None:
            self.set_choice(self._rows + step[0], self._columns + step[1])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._tell()
        else:
            super().keyPressEvent(event)

    def _tell(self) -> None:
        self.chosen.emit(Layout.grid(self._rows, self._columns).name)


class LayoutButton(QToolButton):
    """Shows the present layout; opens all of them."""

    def __init__(self, workspace: Workspace, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.setObjectName("layout")
        self.setIconSize(QSize(20, 20))
        self.setMinimumSize(44, 30)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        for name in SHOWN:
            menu.addAction(actions[f"layout.{name}"])
        menu.addAction(actions["layout.mpr"])
        menu.addSeparator()
        self.grid = GridChooser()
        self.grid.chosen.connect(self._on_grid)
        holder = QWidgetAction(menu)
        holder.setDefaultWidget(self.grid)
        menu.addAction(holder)
        menu.addSeparator()
        self._protocols = menu.addMenu(self.tr("Hanging"))
        self._protocols.aboutToShow.connect(self._fill_protocols)
        menu.addAction(actions["tiles.hang"])
        menu.aboutToShow.connect(self._on_open)
        self.setMenu(menu)
        workspace.layout_changed.connect(self.refresh)
        workspace.shown_changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        name = self._workspace.layout.name
        picture = {"1+3": "layout-1and3"}.get(name, f"layout-{name}" if name in SHOWN else "layout-2x2")
        self.setIcon(icon(picture))
        self.setToolTip(
            self.tr("Tiles: {name}. Ctrl+1 to Ctrl+5 choose, Ctrl+0 hangs the study anew.").format(name=name)
        )
        self.setAccessibleName(self.tr("Tiles: {name}").format(name=name))
        self.setEnabled(any(tile.series is not None for tile in self._workspace.tiles))

    @Slot()
    def _on_open(self) -> None:
        layout = self._workspace.layout
        if layout.uniform:
            self.grid.set_choice(layout.columns[0], len(layout.columns))

    @Slot(str)
    def _on_grid(self, name: str) -> None:
        menu = self.menu()
        if menu is not None:
            menu.close()
        self._workspace.hanging.choose_layout(Layout.parse(name))

    @Slot()
    def _fill_protocols(self) -> None:
        fill_protocols(self._protocols, self._workspace)


def fill_protocols(menu: QMenu, workspace: Workspace) -> None:
    """All hanging protocols, the present one marked, and where the reader's own lie."""
    menu.clear()
    menu.setToolTipsVisible(True)
    for protocol in workspace.hanging.protocols:
        action = menu.addAction(f"{_name(protocol.name)}   {protocol.layout.name}")
        action.setObjectName(protocol.id)
        action.setCheckable(True)
        action.setChecked(protocol.id == workspace.hanging.protocol)
        action.triggered.connect(_Choice(workspace, protocol.id, menu).choose)
    menu.addSeparator()
    own = menu.addAction(_tr("Your own: *.toml in the folder “{name}” of the settings").format(name="protocols"))
    own.setToolTip(str(protocol_dirs()[1]))
    own.setEnabled(False)


def _name(name: str) -> str:
    """A protocol's name in the reader's language; the reader's own ones keep theirs."""
    return QCoreApplication.translate("protocols", name)


class _Choice(QObject):
    """Hangs by one protocol; lives as long as its menu."""

    def __init__(self, workspace: Workspace, id: str, menu: QMenu) -> None:
        super().__init__(menu)
        self._workspace, self._id = workspace, id

    @Slot()
    def choose(self) -> None:
        self._workspace.hanging.use(self._id)


def _tr(text: str) -> str:
    return QCoreApplication.translate("LayoutButton", text)
