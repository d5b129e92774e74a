"""The list of measurements and key images: jump to, rename, delete, copy, export; the note of the image below."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QSize, Qt, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from covidviewer.errors import CovidViewerError
from covidviewer.jobs.queue import Priority, Ticket
from covidviewer.ui.icons import icon
from covidviewer.ui.measure.listing import PLACE, VALUE, Entry, Filter, Listing
from covidviewer.ui.measure.note_field import NoteField
from covidviewer.ui.measure.places import go_to, go_to_image
from covidviewer.ui.measure.row_painter import RowPainter
from covidviewer.ui.measure.words import summary
from covidviewer.workspace.image_marks import ImageMark
from covidviewer.workspace.measurement import Measurement
from covidviewer.workspace.measurement_export import to_csv, to_json
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

log = logging.getLogger(__name__)


class MeasureList(QListView):
    """A list whose Shift+arrows choose several rows, though the window has these keys too."""

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down)
        ):
            event.accept()
            return True
        return super().event(event)


class MeasurePanel(QWidget):
    """Follows the active tile; what is selected here is selected on the image, and the other way round."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("measurePanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._workspace = workspace
        self._tile: Tile = workspace.active_tile
        self._following = False
        self.listing = Listing(workspace, self)
        self.list = self._build_list()
        self._empty = QLabel(
            self.tr("Nothing here yet.\n\nL length, A angle, E ellipse, R rectangle, T text;\n"
                    "all tools are in the menu Measure. K keeps a key image.")
        )  # fmt: skip
        self._empty.setProperty("role", "muted")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._empty.setContentsMargins(14, 14, 14, 14)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.list)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self._build_filters())
        box.addWidget(self._pages, 1)
        box.addWidget(self._build_foot())
        self.note = NoteField(workspace)
        box.addWidget(self.note)
        self.listing.modelReset.connect(self._on_rows)
        workspace.measurements.selected_changed.connect(self._on_selected)
        workspace.active.changed.connect(self._on_active)
        workspace.active.series_changed.connect(self.listing.refresh)
        self.follow(workspace.active_tile)

    def follow(self, tile: Tile) -> None:
        """Show the measurements of a tile."""
        self._tile = tile
        self.listing.follow(tile)
        self.note.follow(tile)
        self._on_rows()

    # -- building --

    def _build_list(self) -> QListView:
        view = MeasureList()
        view.setObjectName("measurements")
        view.setAccessibleName(self.tr("Measurements of this series"))
        view.setModel(self.listing)
        view.setItemDelegate(RowPainter(view))
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        view.setMouseTracking(True)
        view.setUniformItemSizes(False)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(lambda at: self._menu().popup(view.viewport().mapToGlobal(at)))
        view.selectionModel().currentChanged.connect(self._on_current)
        view.selectionModel().selectionChanged.connect(self._refresh)
        view.clicked.connect(self._jump)
        view.activated.connect(self._jump)
        return view

    def _build_filters(self) -> QWidget:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(10, 8, 10, 6)
        row.setSpacing(0)
        names = {
            Filter.ALL: self.tr("All"),
            Filter.MEASUREMENTS: self.tr("Measurements"),
            Filter.KEYS: self.tr("Key images"),
        }
        self.filters = QButtonGroup(self)
        for filter, name in names.items():
            button = QPushButton(name)
            button.setCheckable(True)
            button.setChecked(filter is Filter.ALL)
            button.setProperty("segment", True)
            button.setObjectName(filter.value)
            button.setAccessibleName(self.tr("List: {what}").format(what=name))
            self.filters.addButton(button)
            row.addWidget(button, 1)
        self.filters.buttonClicked.connect(self._on_filter)
        return head

    def _build_foot(self) -> QWidget:
        foot = QWidget()
        foot.setObjectName("measureFoot")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(foot)
        row.setContentsMargins(8, 5, 8, 5)
        row.setSpacing(4)
        self._count = QLabel()
        self._count.setProperty("role", "muted")
        row.addWidget(self._count, 1)
        self.rename_action = self._action("rename", self.tr("Rename"), self.rename, "F2")
        self.copy_action = self._action("copy", self.tr("Copy as text"), self.copy, "Ctrl+C")
        self.delete_action = self._action("delete", self.tr("Delete"), self.delete, "Del")
        self.csv_action = self._action("export", self.tr("Export as CSV…"), self.export_csv)
        self.json_action = self._action("export", self.tr("Export as JSON…"), self.export_json)
        for action in (self.rename_action, self.copy_action, self.delete_action):
            row.addWidget(self._button(action))
        export = self._button(self.csv_action)
        export.setToolTip(self.tr("Export"))
        export.setAccessibleName(self.tr("Export"))
        menu = QMenu(export)
        menu.addAction(self.csv_action)
        menu.addAction(self.json_action)
        export.setMenu(menu)
        export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        row.addWidget(export)
        return foot

    def _action(self, picture: str, text: str, does: object, key: str = "") -> QAction:
        action = QAction(icon(picture), text, self)
        if key:
            # Of the list alone: the window has keys of its own for the image.
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.setToolTip(f"{text}  ({QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)})")
        action.triggered.connect(does)
        self.list.addAction(action)
        return action

    @staticmethod
    def _button(action: QAction) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(QSize(18, 18))
        button.setMinimumSize(28, 28)
        button.setAccessibleName(action.text())
        return button

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self.rename_action, self.copy_action, self.delete_action])
        menu.addSeparator()
        menu.addActions([self.csv_action, self.json_action])
        return menu

    # -- what is asked --

    def chosen(self) -> list[Entry]:
        """Selected rows, in their order."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedIndexes())
        return [self.listing.at(row)[1] for row in rows]

    @Slot()
    def rename(self) -> None:
        index = self.list.currentIndex()
        if index.isValid():
            self.list.edit(index)

    @Slot()
    def copy(self) -> None:
        """Chosen measurements to the clipboard, a line each, columns by tabs."""
        lines = []
        for made in self.chosen():
            index = self.listing.index(self.listing.row_of(made.id))
            numbers = summary(made) if isinstance(made, Measurement) else index.data(VALUE)
            lines.append("\t".join((index.data(), numbers, index.data(PLACE))))
        if lines:
            QGuiApplication.clipboard().setText("\n".join(lines))

    @Slot()
    def delete(self) -> None:
        """Without a question: Ctrl+Z brings them back, all in one step."""
        selected = self._workspace.measurements.selected
        chosen: list[Entry] = self.chosen() or ([selected] if selected is not None else [])
        if chosen:
            row = max(self.listing.row_of(chosen[0].id), 0)
            measured = [made for made in chosen if isinstance(made, Measurement)]
            if measured:
                self._workspace.measurements.edit(*((m, None) for m in measured))
            marks = (made for made in chosen if isinstance(made, ImageMark))
            self._workspace.image_marks.put(*(mark.emptied() for mark in marks))
            if self.listing.rowCount() and self.list.hasFocus():
                self.list.setCurrentIndex(self.listing.index(min(row, self.listing.rowCount() - 1)))

    @Slot()
    def export_csv(self) -> None:
        self._export("csv", self.tr("Comma separated values (*.csv)"))

    @Slot()
    def export_json(self) -> None:
        self._export("json", self.tr("JSON (*.json)"))

    def _export(self, ending: str, kinds: str) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export measurements"), f"measurements.{ending}", kinds, "",
            QFileDialog.Option.DontUseNativeDialog,
        )  # fmt: skip
        if name:
            path = Path(name)
            self.write_to(path if path.suffix else path.with_suffix(f".{ending}"))

    def write_to(self, path: Path) -> None:
        """Write the listed measurements to a file, JSON by its ending, else CSV; in the background."""
        series = self._tile.series
        if series is None:
            return
        listed = self.listing.listed()
        text = to_json(series, listed) if path.suffix.lower() == ".json" else to_csv(series, listed)
        problems = self._workspace.problems
        self._workspace.run_in_background(
            lambda ticket: _write(ticket, path, text), Priority.NEIGHBOUR, failed=problems.add_error
        )

    @Slot(QAbstractButton)
    def _on_filter(self, button: QAbstractButton) -> None:
        self.listing.set_filter(Filter(button.objectName()))
        self._on_rows()

    def write_note(self) -> None:
        """Take the keys to the note of the image on screen."""
        self.note.begin()

    # -- following --

    @Slot()
    def _on_active(self) -> None:
        self.follow(self._workspace.active_tile)

    @Slot()
    def _on_rows(self) -> None:
        count = self.listing.rowCount()
        self._pages.setCurrentWidget(self.list if count else self._empty)
        self._count.setText(self.tr("{n} in the list").format(n=count) if count else "")
        self._on_selected()
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        some = bool(self.list.selectionModel().selectedIndexes())
        for action in (self.rename_action, self.copy_action, self.delete_action):
            action.setEnabled(some)
        for action in (self.csv_action, self.json_action):
            action.setEnabled(self.listing.rowCount() > 0)

    @Slot()
    def _on_selected(self) -> None:
        """The image's selection becomes the list's."""
        selected = self._workspace.measurements.selected
        row = self.listing.row_of(selected.id) if selected is not None else -1
        chosen = self.list.currentIndex().row()
        if row == chosen and row >= 0:
            return
        if row < 0 and 0 <= chosen < self.listing.rowCount() and isinstance(self.listing.at(chosen)[1], ImageMark):
            return  # a key image is chosen in the list alone
        self._following = True
        model = self.list.selectionModel()
        if row >= 0:
            model.setCurrentIndex(self.listing.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect)
        else:
            model.clear()
        self._following = False
        self._refresh()

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, current: QModelIndex, before: QModelIndex) -> None:
        if current.isValid() and not self._following:
            self._jump(current)

    @Slot(QModelIndex)
    def _jump(self, index: QModelIndex) -> None:
        """Show the image of a row and select what was measured there."""
        at, made = self.listing.at(index.row())
        if isinstance(made, Measurement):
            go_to(self._workspace, self._tile, made)
        else:
            go_to_image(self._workspace, self._tile, at)
        self._workspace.measurements.select(made.id if isinstance(made, Measurement) else "")


def _write(ticket: Ticket, path: Path, text: str) -> None:
    try:
        # With a byte order mark spreadsheets read the words of any language; JSON must have none.
        path.write_text(text, "utf-8" if path.suffix.lower() == ".json" else "utf-8-sig", newline="")
    except OSError as error:
        raise CovidViewerError(
            "The measurements could not be written to this file.",
            advice="Choose another folder.",
            path=path,
        ) from error
