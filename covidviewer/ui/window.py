"""The main window: puts the widgets together; they talk through the workspace, not to each other.

It comes in two steps, so that something is on screen at once: a frame in the theme's colours with hardly any import
behind it, and, after its first paint, `fill` with everything that reads the workspace.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QColor, QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFrame,
    QMainWindow,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QStatusBar,
    QStyle,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from covidviewer.ui import theme
from covidviewer.ui.docks import LEAST_WIDTHS, NARROW, WIDTHS, Docks

if TYPE_CHECKING:
    from covidviewer.ui.help_sheet import HelpSheet
    from covidviewer.ui.measure.history import History
    from covidviewer.ui.viewport import Viewport
    from covidviewer.workspace.crash import Report
    from covidviewer.workspace.objects import DicomObject
    from covidviewer.workspace.preferences import PreferenceStore
    from covidviewer.workspace.workspace import Workspace

SIZE = (1440, 900)
LEAST = (704, 420)  # docks at their least beside two tiles
ROOM = 420  # least width of the middle, where there is as much
SEPARATOR = QStyle.PixelMetric.PM_DockWidgetSeparatorExtent
HEAD_HEIGHT, FOOT_HEIGHT = 70, 28  # of the frame that stands before the head and the status line are built


class MainWindow(QMainWindow):
    """The window over one workspace."""

    demo_wanted = Signal()
    painted = Signal()  # once: the first frame is on screen

    def __init__(
        self,
        workspace: Workspace | None = None,
        *,
        preferences: PreferenceStore | None = None,
        history: History | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """With a workspace the window is whole at once; without one it waits for `fill`.

        history : steps to undo of the window whose place this one takes.
        """
        super().__init__(parent)
        self._inherited = history
        self._filled = False
        self._told = False
        self._help: HelpSheet | None = None
        self._dialogs: dict[str, QDialog] = {}
        self.docks = Docks(self)
        self._was_maximised = False
        self.setWindowTitle("covidviewer")
        self.setMinimumSize(*LEAST)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setDockOptions(QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks)
        store = workspace.preferences if workspace is not None else preferences
        if store is None or not self.restoreGeometry(store.layout("geometry")):
            # A screen at scale 2 has few logical pixels, and the window a frame.
            room = self.screen().availableSize() - QSize(4, 32)
            self.resize(QSize(*SIZE).boundedTo(room).expandedTo(QSize(*LEAST)))
        if workspace is not None:
            self.fill(workspace)

    def fill(self, workspace: Workspace) -> None:
        """Build everything that shows the workspace; once."""
        # Late: these bring numpy, the image layers and the readings, which the first frame needs not.
        from covidviewer.ui.actions import Actions
        from covidviewer.ui.commands import Commands
        from covidviewer.ui.focus_guard import FocusGuard
        from covidviewer.ui.head import Head
        from covidviewer.ui.measure.history import History
        from covidviewer.ui.measure.panel import MeasurePanel
        from covidviewer.ui.objects_panel import ObjectsPanel
        from covidviewer.ui.on_screen import bring_back
        from covidviewer.ui.out.exporter import Exporter
        from covidviewer.ui.overlay_panel import OverlayPanel
        from covidviewer.ui.readers_panel import ReadersPanel
        from covidviewer.ui.reading_panel import ReadingPanel
        from covidviewer.ui.slab_control import SlabControl
        from covidviewer.ui.status_line import StatusLine
        from covidviewer.ui.study_tree import StudyTree
        from covidviewer.ui.tags_panel import TagsPanel
        from covidviewer.ui.viewports import Viewports
        from covidviewer.ui.welcome import Welcome

        if self._filled:
            return
        application = QApplication.instance()
        if isinstance(application, QApplication):
            theme.apply(application)
        self._workspace = workspace
        self.setAcceptDrops(True)
        self.viewports = Viewports(workspace)
        self.welcome = Welcome(workspace)
        self._centre = QStackedWidget()
        self._centre.addWidget(self.welcome)
        self._centre.addWidget(self.viewports)
        self.setCentralWidget(self._centre)

        self.studies = StudyTree(workspace)
        self.reading = ReadingPanel(workspace)
        self.readers = ReadersPanel(workspace)
        self.overlay = OverlayPanel(workspace)
        self.docks.add("studies", self.tr("Studies"), self.studies, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.docks.add("reading", self.tr("Second reading"), self._side(), Qt.DockWidgetArea.RightDockWidgetArea)

        self.history = self._inherited or History(workspace, self)
        self.history.setParent(self)
        self.measure = MeasurePanel(workspace)
        self.docks.add("measure", self.tr("Measure"), self.measure, Qt.DockWidgetArea.RightDockWidgetArea)
        self.objects = ObjectsPanel(workspace)
        self.docks.add("objects", self.tr("Objects"), self.objects, Qt.DockWidgetArea.RightDockWidgetArea)
        self.tags = TagsPanel(workspace)
        self.docks.add("tags", self.tr("Tags"), self.tags, Qt.DockWidgetArea.RightDockWidgetArea)
        docks = self.docks.by_name
        for name in ("measure", "objects", "tags"):
            self.tabifyDockWidget(docks["reading"], docks[name])
        self.setTabPosition(Qt.DockWidgetArea.RightDockWidgetArea, QTabWidget.TabPosition.North)
        docks["reading"].raise_()
        docks["tags"].visibilityChanged.connect(self.tags.follow)  # behind another tab it reads nothing

        self.exporter = Exporter(workspace, self.viewports, self)
        self.commands = Commands(workspace, self.viewports, self, self)
        self.actions_table = Actions(workspace, self.commands, self, image=self.viewports)
        self.head = Head(workspace, self.actions_table)
        self.setMenuWidget(self.head)
        self.status = StatusLine(workspace)
        bar = QStatusBar()
        bar.setSizeGripEnabled(False)
        bar.setContentsMargins(0, 0, 0, 0)
        bar.addWidget(self.status, 1)
        self.slab = SlabControl(workspace)
        bar.addPermanentWidget(self.slab)
        self.setStatusBar(bar)

        self._guard = FocusGuard(self)
        for dock in docks.values():
            self._guard.watch(dock)
            dock.visibilityChanged.connect(self.actions_table.refresh_later)
        self.measure.note.left.connect(self._give_keys_back)
        self.welcome.folder_wanted.connect(self.open_folder)
        self.welcome.file_wanted.connect(self.open_file)
        self.welcome.demo_wanted.connect(self.open_demo)
        self.studies.left_out_wanted.connect(self.show_left_out)
        self.head.problems.list_wanted.connect(self.show_left_out)
        self.reading.card_wanted.connect(self.show_model_card)
        self.readers.card_wanted.connect(self.show_card_of)
        self.viewports.probe_changed.connect(self.status.set_probe)
        for signal in (self.viewports.tool_changed, self.viewports.cine_changed, self.viewports.maximised_changed):
            signal.connect(self.actions_table.refresh_later)
        self.viewports.context_menu_wanted.connect(self._show_context_menu)
        workspace.shown_changed.connect(self._on_series)
        workspace.layout_changed.connect(self._keep_room)
        workspace.active.series_changed.connect(self._set_title)
        workspace.preferences.changed.connect(self._set_title)
        workspace.objects.report_wanted.connect(self.show_object)
        self.docks.restore(workspace.preferences)
        bring_back((self, *docks.values()))
        self._filled = True
        self._on_series()
        self.actions_table.refresh()

    @property
    def viewport(self) -> Viewport:
        """The viewport of the active tile."""
        return self.viewports.active

    # -- building --

    def _side(self) -> QWidget:
        """Reading and overlay, one below the other, scrolling together."""
        column = QWidget()
        box = QVBoxLayout(column)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        rule = QFrame()
        rule.setProperty("role", "rule")
        box.addWidget(self.reading)
        box.addWidget(self.readers)
        box.addWidget(rule)
        box.addWidget(self.overlay)
        box.addStretch(1)
        area = QScrollArea()
        area.setObjectName("side")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(column)
        return area

    @Slot()
    def _give_keys_back(self) -> None:
        self.viewports.active.setFocus()

    # -- what the action table asks of the window --

    @Slot()
    def open_folder(self) -> None:
        from covidviewer.ui.open_dialogs import ask_folder

        folder = ask_folder(self, self._workspace.preferences)
        if folder is not None:
            self._workspace.open([folder])

    @Slot()
    def open_file(self) -> None:
        from covidviewer.ui.open_dialogs import ask_files

        files = ask_files(self, self._workspace.preferences)
        if files:
            self._workspace.open(files)

    @Slot()
    def open_demo(self) -> None:
        """The demo study is made above this layer: the program answers `demo_wanted`."""
        self.demo_wanted.emit()

    @Slot()
    def show_left_out(self) -> None:
        from covidviewer.ui.left_out import LeftOutDialog

        self._show_dialog("left_out", LeftOutDialog(self._workspace, self))

    def show_settings(self, page: int = 0) -> None:
        from covidviewer.ui.settings_dialog import SettingsDialog

        dialog = SettingsDialog(self._workspace, self)
        dialog.pages.setCurrentRow(page)
        self._show_dialog("settings", dialog)

    def settings_page(self) -> int:
        """The page of the settings that is open; -1 without."""
        dialog = self._dialogs.get("settings")
        pages = getattr(dialog, "pages", None)
        return pages.currentRow() if dialog is not None and dialog.isVisible() and pages is not None else -1

    @Slot()
    def show_study_list(self) -> None:
        from covidviewer.ui.study_list_dialog import StudyListDialog

        self._show_dialog("study_list", StudyListDialog(self._workspace, self))

    def show_export(self) -> None:
        from covidviewer.ui.out.dialog import ExportDialog

        self._show_dialog("export", ExportDialog(self._workspace, self.exporter, self.actions_table, self))

    def show_print(self) -> None:
        from covidviewer.ui.out.printing import PrintDialog

        self._show_dialog("print", PrintDialog(self.exporter.picture, self))

    def show_about(self) -> None:
        from covidviewer.ui.about import AboutDialog

        self._show_dialog("about", AboutDialog(self))

    def show_report(self, report: Report) -> None:
        """The report of an unexpected error."""
        from covidviewer.ui.crash_dialog import CrashDialog

        self._show_dialog("report", CrashDialog(report, self))

    @Slot()
    def show_model_card(self) -> None:
        found = self._workspace.current_readings()
        used = found.provenance.weights if found is not None and found.provenance is not None else ""
        self.show_card_of(used or self._workspace.choice.network)

    @Slot(str)
    def show_card_of(self, weights: str) -> None:
        """The card of weights by their id; the default's where there are none of this name."""
        from covidviewer.ui.model_card import ModelCardDialog, find_card

        card = find_card(self._workspace.networks, weights)
        if card is not None:
            self._show_dialog("card", ModelCardDialog(card, self))

    def show_series_info(self) -> None:
        from covidviewer.ui.series_info import SeriesInfoDialog

        self._show_dialog("series", SeriesInfoDialog(self._workspace, self))

    @Slot(object)
    def show_object(self, found: DicomObject) -> None:
        """Open the view of a report or document of others."""
        from covidviewer.ui.document_view import DocumentDialog
        from covidviewer.ui.report_view import ReportDialog

        kind = ReportDialog if found.report is not None else DocumentDialog
        self._show_dialog(f"object-{found.key}", kind(self._workspace, found, self))

    def show_help(self) -> None:
        from covidviewer.ui.help_sheet import HelpSheet

        if self._help is None:
            self._help = HelpSheet(self.actions_table, self._workspace.preferences, self)
        if self._help.isVisible():
            self._help.hide()
        else:
            self._help.open()

    def hide_help(self) -> bool:
        """Close the help sheet; False when it was not open."""
        if self._help is None or not self._help.isVisible():
            return False
        self._help.hide()
        return True

    def toggle_dock(self, name: str) -> None:
        self.docks.toggle(name)

    def show_dock(self, name: str) -> None:
        self.docks.show(name)

    def dock_shown(self, name: str) -> bool:
        return self.docks.shown(name)

    def toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showMaximized() if self._was_maximised else self.showNormal()
        else:
            self._was_maximised = self.isMaximized()
            self.showFullScreen()

    def is_full_screen(self) -> bool:
        return self.isFullScreen()

    def _show_dialog(self, name: str, dialog: QDialog) -> None:
        # One of each; a new one replaces the old, so that it shows what is so now. None of them is modal.
        old = self._dialogs.pop(name, None)
        if old is not None:
            old.close()
            old.deleteLater()
        self._dialogs[name] = dialog
        dialog.show()

    # -- following the workspace --

    @Slot()
    def _on_series(self) -> None:
        shown = any(tile.series is not None for tile in self._workspace.tiles)
        page = self.viewports if shown else self.welcome
        for each in (self.viewports, self.welcome):
            policy = each.sizePolicy()
            # The page that is not seen asks for no room.
            policy.setHorizontalPolicy(QSizePolicy.Policy.Preferred if each is page else QSizePolicy.Policy.Ignored)
            each.setSizePolicy(policy)
        if self._centre.currentWidget() is not page:
            self._centre.setCurrentWidget(page)
            if shown:
                self.viewport.setFocus()
        self._keep_room()
        self._set_title()

    @Slot()
    def _set_title(self) -> None:
        from covidviewer.ui.person import person_name

        series = self._workspace.active_tile.series
        if series is None:
            self.setWindowTitle("covidviewer")
            return
        hidden = self._workspace.preferences.value.hide_identity
        name = self.tr("Name hidden") if hidden else person_name(series.stack.patient.name)
        parts = (name, series.description or series.modality, "covidviewer")
        self.setWindowTitle(" – ".join(part for part in parts if part))

    @Slot(object)
    def _show_context_menu(self, place: QPoint) -> None:
        menu = self.context_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def context_menu(self) -> QMenu:
        """Menu of a right click on the image: windows, view, map."""
        from covidviewer.ui.preset_button import fill_menu

        menu = QMenu(self)
        fill_menu(menu, self._workspace.active_tile, self.actions_table)
        planes = menu.addMenu(self.tr("Planes"))
        for id in ("layout.mpr", "mpr.axial", "mpr.coronal", "mpr.sagittal", "mpr.plain"):
            planes.addAction(self.actions_table[id])
        measure = menu.addMenu(self.tr("Measure"))
        measure.addActions(self.actions_table.of_menu("measure"))
        menu.addAction(self.actions_table["measure.delete"])
        for id in ("image.key", "image.note"):
            menu.addAction(self.actions_table[id])
        for ids in (("tool.region", "view.invert"), ("view.fit", "view.reset"), ("overlay.toggle", "overlay.form",
                    "reading.top")):  # fmt: skip
            menu.addSeparator()
            for id in ids:
                menu.addAction(self.actions_table[id])
        return menu

    # -- files dropped anywhere --

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        from covidviewer.ui.series_card import SERIES_MIME

        if event.mimeData().hasUrls() or event.mimeData().hasFormat(SERIES_MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        from covidviewer.ui.series_card import SERIES_MIME

        data = event.mimeData()
        if data.hasFormat(SERIES_MIME):
            self._workspace.show(bytes(data.data(SERIES_MIME).data()).decode())
        else:
            paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
            if paths:
                self._workspace.open(paths)
        event.acceptProposedAction()

    # -- the window itself --

    def keep_layout(self) -> None:
        """Write down where the window and its docks are, for the next one."""
        preferences = self._workspace.preferences
        preferences.set_layout("geometry", bytes(self.saveGeometry().data()))
        self.docks.keep(preferences)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._filled:
            self.keep_layout()
            self.exporter.stop()
        for dialog in self._dialogs.values():
            dialog.close()
        super().closeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.WindowStateChange and self._filled:
            self.actions_table.refresh_later()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_room()
        if event.oldSize().width() < NARROW <= event.size().width() and self._filled:
            # Qt shrinks docks with the window, but does not grow them again.
            self.docks.give_widths()

    @Slot()
    def _keep_room(self) -> None:
        """In a narrow window the docks shrink to their least before the image loses more than `ROOM`."""
        if self._filled:
            docks = LEAST_WIDTHS["studies"] + LEAST_WIDTHS["reading"] + 2 * self.style().pixelMetric(SEPARATOR)
            page = (self._centre.currentWidget() or self._centre).minimumSizeHint().width()
            self._centre.setMinimumWidth(max(page, min(ROOM, self.width() - docks)))

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._filled:
            self._paint_frame()
        if not self._told:
            self._told = True
            QTimer.singleShot(0, self, self._tell_painted)  # after this frame was handed to the screen
        super().paintEvent(event)

    @Slot()
    def _tell_painted(self) -> None:
        self.painted.emit()

    def _paint_frame(self) -> None:
        """The coming places of head, docks and image, so that nothing jumps when they are filled."""
        painter = QPainter(self)
        whole = self.rect()
        painter.fillRect(whole, QColor(theme.COLORS["window"]))
        middle = whole.adjusted(0, HEAD_HEIGHT, 0, -FOOT_HEIGHT)
        painter.fillRect(middle, QColor(theme.COLORS["panel"]))
        left, right = WIDTHS["studies"], WIDTHS["reading"]
        painter.fillRect(
            QRect(left, middle.top(), whole.width() - left - right, middle.height()), QColor(theme.COLORS["viewport"])
        )
