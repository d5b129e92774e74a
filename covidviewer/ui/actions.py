"""ONE table of all that can be asked by menu, key or button; menus, tool bar, keys and help sheet are made from it.

A row names its text, its keys, the method of `commands.Commands` that answers it, and the rule that says when it can
be asked. Keys bind to ids, never to texts, so that both may change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from covidviewer.ui.commands import Commands
from covidviewer.ui.icons import icon
from covidviewer.ui.measure.image import shown_image
from covidviewer.ui.texts import mark as _
from covidviewer.workspace.own_settings import keys_of
from covidviewer.workspace.readings import State
from covidviewer.workspace.reformats import planes_of
from covidviewer.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Spec:
    """One row.

    handler : method of `Commands`, called with ``args``. rule : key of `RULES`. menu : key of `MENUS`.
    where : "window", or "image" for keys that mean this only while the focus is on an image (Tab, Enter).
    """

    id: str
    text: str
    keys: tuple[str, ...]
    handler: str
    args: tuple[object, ...] = ()
    rule: str = "always"
    menu: str = ""
    icon: str = ""
    checkable: bool = False
    exclusive: str = ""
    where: str = "window"

    def label(self) -> str:
        """The text in the user's language."""
        return QCoreApplication.translate("actions", self.text)


MENUS: dict[str, str] = {
    "file": _("actions", "&File"),
    "export": _("actions", "&Export"),
    "go": _("actions", "&Go to"),
    "image": _("actions", "&Image"),
    "measure": _("actions", "&Measure"),
    "reading": _("actions", "Second &reading"),
    "view": _("actions", "&View"),
    "tiles": _("actions", "&Tiles"),
    "help": _("actions", "&Help"),
}

#: Sections of the help sheet: title and the ids under it, in the order of the sheet.
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        _("actions", "Slices and series"),
        ("slice.previous", "slice.next", "slice.back10", "slice.on10", "slice.page_up", "slice.page_down",
         "slice.first", "slice.last", "series.previous", "series.next", "study.previous", "study.next", "cine.toggle",
         "cine.faster", "cine.slower"),
    ),
    (
        _("actions", "Window"),
        ("preset.header", "preset.lung", "preset.lung_narrow", "preset.ground_glass", "preset.mediastinum",
         "preset.bone", "preset.soft_tissue", "preset.brain", "preset.emphysema", "preset.auto", "tool.region",
         "view.invert"),
    ),
    (
        _("actions", "Tools and view"),
        ("tool.window", "tool.pan", "tool.zoom", "tool.scroll", "view.fit", "view.actual", "view.zoom_in",
         "view.zoom_out", "view.rotate", "view.flip_h", "view.flip_v", "view.texts", "view.reset"),
    ),
    (
        _("actions", "Tiles"),
        ("tile.next", "tile.previous", "tile.maximise", "layout.1", "layout.1x2", "layout.2x1", "layout.2x2",
         "layout.1+3", "tiles.hang", "link.tiles", "tool.cursor"),
    ),
    (
        _("actions", "Planes"),
        ("layout.mpr", "mpr.turn_left", "mpr.turn_right", "mpr.turn_up", "mpr.turn_down", "mpr.straight", "mpr.slab",
         "mpr.thicker", "mpr.thinner"),
    ),
    (
        _("actions", "Measure"),
        ("tool.length", "tool.angle", "tool.cobb", "tool.ellipse", "tool.rectangle", "tool.freehand", "tool.polyline",
         "tool.probe", "tool.arrow", "tool.text", "measure.delete", "measure.undo", "measure.redo", "image.key",
         "image.note", "view.measure"),
    ),
    (
        _("actions", "Second reading"),
        ("reading.run", "reading.cancel", "overlay.toggle", "overlay.form", "overlay.lower", "overlay.higher",
         "reading.previous_run", "reading.next_run", "reading.top", "reading.judge", "explain.slice",
         "explain.compare"),
    ),
    (
        _("actions", "Program"),
        ("file.open_folder", "file.open_file", "file.study_list", "export.all", "export.copy", "export.print",
         "view.full_screen", "view.studies", "view.reading", "view.objects",
         "view.tags", "view.series_info", "file.settings",
         "help.keys"),
    ),
)  # fmt: skip

TABLE: tuple[Spec, ...] = (
    # -- file --
    Spec("file.open_folder", _("actions", "Open folder…"), ("Ctrl+O",), "open_folder", menu="file", icon="open-folder"),
    Spec("file.open_file", _("actions", "Open file, ZIP or DICOMDIR…"), ("Ctrl+Shift+O",), "open_file",
         menu="file", icon="open-file"),
    Spec("file.study_list", _("actions", "Study list…"), ("Ctrl+L",), "study_list", menu="file", icon="history"),
    Spec("file.demo", _("actions", "Open the demo study"), (), "demo", menu="file", icon="demo"),
    Spec("file.left_out", _("actions", "Files left out…"), (), "left_out", rule="left_out", menu="file"),
    Spec("file.close", _("actions", "Close all studies"), (), "close_all", rule="studies", menu="file"),
    Spec("file.settings", _("actions", "Settings…"), ("Ctrl+,",), "settings", menu="file", icon="settings"),
    Spec("file.quit", _("actions", "Quit"), ("Ctrl+Q",), "quit", menu="file"),
    # -- what leaves the program --
    Spec("export.all", _("actions", "Export…"), ("Ctrl+E",), "export", (), "image", "export", "export"),
    Spec("export.picture", _("actions", "Save picture…"), (), "export_picture", (), "image", "export"),
    Spec("export.copy", _("actions", "Copy picture"), ("Ctrl+Shift+C",), "export_copy", (), "image", "export", "copy"),
    Spec("export.cine", _("actions", "Save film (GIF)…"), (), "export_cine", (), "stack", "export", "play"),
    Spec("export.csv", _("actions", "Measurements as CSV…"), (), "export_measurements", ("csv",), "measured", "export",
         "measure"),
    Spec("export.json", _("actions", "Measurements as JSON…"), (), "export_measurements", ("json",), "measured",
         "export", "measure"),
    Spec("export.print", _("actions", "Print…"), ("Ctrl+P",), "print", (), "image", "export", "document"),
    # -- slices, series, studies --
    Spec("slice.previous", _("actions", "Previous slice"), ("Up",), "step", (-1,), "stack", "go"),
    Spec("slice.next", _("actions", "Next slice"), ("Down",), "step", (1,), "stack", "go"),
    Spec("slice.back10", _("actions", "10 slices back"), ("Shift+Up",), "step", (-10,), "stack", "go"),
    Spec("slice.on10", _("actions", "10 slices on"), ("Shift+Down",), "step", (10,), "stack", "go"),
    Spec("slice.page_up", _("actions", "5 % of the stack back"), ("PgUp",), "page", (-1,), "stack", "go"),
    Spec("slice.page_down", _("actions", "5 % of the stack on"), ("PgDown",), "page", (1,), "stack", "go"),
    Spec("slice.first", _("actions", "First slice"), ("Home",), "first", (), "stack", "go"),
    Spec("slice.last", _("actions", "Last slice"), ("End",), "last", (), "stack", "go"),
    Spec("series.previous", _("actions", "Previous series"), ("Left",), "series_step", (-1,), "studies", "go"),
    Spec("series.next", _("actions", "Next series"), ("Right",), "series_step", (1,), "studies", "go"),
    Spec("study.previous", _("actions", "Previous study"), ("Ctrl+Left",), "study_step", (-1,), "studies", "go"),
    Spec("study.next", _("actions", "Next study"), ("Ctrl+Right",), "study_step", (1,), "studies", "go"),
    Spec("cine.toggle", _("actions", "Cine: play or stop"), ("C",), "cine_toggle", (), "stack", "go", "play"),
    Spec("cine.faster", _("actions", "Cine faster"), ("+",), "cine_faster", (), "stack", "go"),
    Spec("cine.slower", _("actions", "Cine slower"), ("-",), "cine_slower", (), "stack", "go"),
    # -- tools --
    Spec("tool.window", _("actions", "Window / level"), ("W",), "tool", ("window",), "image", "image", "window",
         True, "tool"),
    Spec("tool.pan", _("actions", "Pan"), ("P",), "tool", ("pan",), "image", "image", "pan", True, "tool"),
    Spec("tool.zoom", _("actions", "Zoom"), ("Z",), "tool", ("zoom",), "image", "image", "zoom", True, "tool"),
    Spec("tool.scroll", _("actions", "Scroll"), ("S",), "tool", ("scroll",), "image", "image", "scroll", True, "tool"),
    Spec("tool.region", _("actions", "Window from a box, once"), ("Q",), "tool", ("region",), "grey", "image",
         "region"),
    # -- measuring: drawn once, then the tool before --
    Spec("tool.length", _("actions", "Length"), ("L",), "tool", ("length",), "image", "measure", "length", True,
         "tool"),
    Spec("tool.angle", _("actions", "Angle"), ("A",), "tool", ("angle",), "image", "measure", "angle", True, "tool"),
    Spec("tool.cobb", _("actions", "Cobb angle"), ("Shift+A",), "tool", ("cobb",), "image", "measure", "cobb", True,
         "tool"),
    Spec("tool.ellipse", _("actions", "Ellipse"), ("E",), "tool", ("ellipse",), "image", "measure", "ellipse", True,
         "tool"),
    Spec("tool.rectangle", _("actions", "Rectangle"), ("R",), "tool", ("rectangle",), "image", "measure", "rectangle",
         True, "tool"),
    Spec("tool.freehand", _("actions", "Freehand region"), ("Shift+E",), "tool", ("freehand",), "image", "measure",
         "freehand", True, "tool"),
    Spec("tool.polyline", _("actions", "Polyline (Enter or double click ends it)"), ("Shift+L",), "tool",
         ("polyline",), "image", "measure", "polyline", True, "tool"),
    Spec("tool.probe", _("actions", "Value at a point"), ("Shift+P",), "tool", ("probe",), "image", "measure", "probe",
         True, "tool"),
    Spec("tool.arrow", _("actions", "Arrow"), ("Shift+T",), "tool", ("arrow",), "image", "measure", "arrow", True,
         "tool"),
    Spec("tool.text", _("actions", "Text"), ("T",), "tool", ("text",), "image", "measure", "text", True, "tool"),
    Spec("measure.delete", _("actions", "Delete the selected measurement"), ("Del",), "measure_delete", (), "selected",
         "measure", "delete", where="image"),
    Spec("measure.undo", _("actions", "Undo"), ("Ctrl+Z",), "undo", (), "undo", "measure", "undo"),
    Spec("measure.redo", _("actions", "Redo"), ("Ctrl+Y", "Ctrl+Shift+Z"), "redo", (), "redo", "measure", "redo"),
    # -- what the reader keeps about an image --
    Spec("image.key", _("actions", "Key image"), ("K",), "key_image", (), "frame", "measure", "star", True),
    Spec("image.note", _("actions", "Note of this image"), ("N",), "note", (), "frame", "measure", "note"),
    # -- presets: keys bind to the preset's id --
    Spec("preset.header", _("actions", "Header window (again: the next)"), ("0",), "preset", ("header",), "header"),
    Spec("preset.lung", _("actions", "Lung"), ("1",), "preset", ("lung",), "hu"),
    Spec("preset.lung_narrow", _("actions", "Lung, narrow"), ("2",), "preset", ("lung_narrow",), "hu"),
    Spec("preset.ground_glass", _("actions", "Ground glass"), ("3",), "preset", ("ground_glass",), "hu"),
    Spec("preset.mediastinum", _("actions", "Mediastinum"), ("4",), "preset", ("mediastinum",), "hu"),
    Spec("preset.bone", _("actions", "Bone"), ("5",), "preset", ("bone",), "hu"),
    Spec("preset.soft_tissue", _("actions", "Soft tissue, abdomen"), ("6",), "preset", ("soft_tissue",), "hu"),
    Spec("preset.brain", _("actions", "Brain"), ("7",), "preset", ("brain",), "hu"),
    Spec("preset.emphysema", _("actions", "Emphysema"), ("8",), "preset", ("emphysema",), "hu"),
    Spec("preset.auto", _("actions", "Automatic"), ("9",), "preset", ("auto",), "grey"),
    # -- view --
    Spec("view.fit", _("actions", "Fit"), ("F",), "fit", (), "image", "image", "fit"),
    Spec("view.actual", _("actions", "1:1, image pixel per screen pixel"), ("Shift+F",), "actual_size", (), "image",
         "image", "actual"),
    Spec("view.zoom_in", _("actions", "Zoom in"), ("Ctrl+=", "Ctrl++"), "zoom", (1,), "image", "image"),
    Spec("view.zoom_out", _("actions", "Zoom out"), ("Ctrl+-",), "zoom", (-1,), "image", "image"),
    Spec("view.invert", _("actions", "Invert"), ("I",), "invert", (), "image", "image", "invert", True),
    Spec("view.rotate", _("actions", "Rotate by 90°"), ("Shift+R",), "rotate", (), "image", "image", "rotate"),
    Spec("view.flip_h", _("actions", "Flip left to right"), ("H",), "flip", (True,), "image", "image", "flip-h"),
    Spec("view.flip_v", _("actions", "Flip top to bottom"), ("V",), "flip", (False,), "image", "image", "flip-v"),
    Spec("view.reset", _("actions", "Reset the view"), ("Esc",), "escape", (), "always", "image", "reset"),
    Spec("view.texts", _("actions", "Corner texts: all, minimal, none"), ("D",), "cycle_texts", (), "always", "view"),
    Spec("view.identity", _("actions", "Hide identity"), (), "hide_identity", (), "always", "view", "identity", True),
    Spec("view.studies", _("actions", "Studies"), ("F8",), "toggle_dock", ("studies",), "always", "view", "dock-left",
         True),
    Spec("view.reading", _("actions", "Second reading"), ("F9",), "toggle_dock", ("reading",), "always", "view",
         "dock-right", True),
    Spec("view.measure", _("actions", "Measurements"), ("F7",), "toggle_dock", ("measure",), "always", "view",
         "measure", True),
    Spec("view.objects", _("actions", "Objects of others"), ("F6",), "toggle_dock", ("objects",), "always", "view",
         "overlay", True),
    Spec("view.tags", _("actions", "Tags of the file"), ("F4",), "toggle_dock", ("tags",), "always", "view",
         "document", True),
    Spec("view.series_info", _("actions", "Series information…"), ("Ctrl+I",), "series_info", (), "image", "view",
         "info"),
    Spec("view.full_screen", _("actions", "Full screen"), ("F11",), "full_screen", (), "always", "view", "fullscreen",
         True),
    # -- tiles: layouts by their written form --
    Spec("tile.next", _("actions", "Next tile"), ("Tab",), "tile_step", (1,), "several", "tiles", where="image"),
    Spec("tile.previous", _("actions", "Previous tile"), ("Shift+Tab",), "tile_step", (-1,), "several", "tiles",
         where="image"),
    Spec("tile.maximise", _("actions", "Tile alone, or all again"), ("Return", "Enter"), "maximise", (), "several",
         "tiles", checkable=True, where="image"),
    Spec("layout.1", _("actions", "One tile"), ("Ctrl+1",), "layout", ("1",), "image", "tiles", "layout-1", True,
         "layout"),
    Spec("layout.1x2", _("actions", "Two side by side"), ("Ctrl+2",), "layout", ("1x2",), "image", "tiles",
         "layout-1x2", True, "layout"),
    Spec("layout.2x1", _("actions", "Two, one above the other"), ("Ctrl+3",), "layout", ("2x1",), "image", "tiles",
         "layout-2x1", True, "layout"),
    Spec("layout.2x2", _("actions", "Four"), ("Ctrl+4",), "layout", ("2x2",), "image", "tiles", "layout-2x2", True,
         "layout"),
    Spec("layout.1+3", _("actions", "One large, three small"), ("Ctrl+5",), "layout", ("1+3",), "image", "tiles",
         "layout-1and3", True, "layout"),
    Spec("layout.mpr", _("actions", "Axial, coronal, sagittal and a free plane"), ("Ctrl+6",), "mpr", (), "planes",
         "tiles", "layout-mpr", True),
    Spec("mpr.coronal", _("actions", "Show as coronal"), (), "planes", ("coronal",), "planes", "tiles"),
    Spec("mpr.sagittal", _("actions", "Show as sagittal"), (), "planes", ("sagittal",), "planes", "tiles"),
    Spec("mpr.axial", _("actions", "Show as axial"), (), "planes", ("axial",), "planes", "tiles"),
    Spec("mpr.plain", _("actions", "Show the images as they are"), (), "plain", (), "computed", "tiles"),
    Spec("mpr.turn_left", _("actions", "Turn the plane to the left"), ("Alt+Left",), "turn", (False, -1), "computed",
         "tiles"),
    Spec("mpr.turn_right", _("actions", "Turn the plane to the right"), ("Alt+Right",), "turn", (False, 1),
         "computed", "tiles"),
    Spec("mpr.turn_up", _("actions", "Tip the plane backwards"), ("Alt+Up",), "turn", (True, -1), "computed", "tiles"),
    Spec("mpr.turn_down", _("actions", "Tip the plane forwards"), ("Alt+Down",), "turn", (True, 1), "computed",
         "tiles"),
    Spec("mpr.straight", _("actions", "Turn the plane back"), ("Alt+Home",), "straighten", (), "computed", "tiles"),
    Spec("mpr.slab", _("actions", "Slab: plane, MIP, MinIP, mean"), ("M",), "slab", (), "planes", "tiles"),
    Spec("mpr.thicker", _("actions", "Thicker slab"), ("Shift+M",), "thicken", (1,), "slab", "tiles"),
    Spec("mpr.thinner", _("actions", "Thinner slab"), ("Ctrl+M",), "thicken", (-1,), "slab", "tiles"),
    Spec("link.tiles", _("actions", "Link tiles at their present slices"), ("Y",), "link", (), "several", "tiles",
         "link", True),
    Spec("link.link_view", _("actions", "Linked zoom and pan"), (), "switch", ("link_view",), "always", "tiles",
         checkable=True),
    Spec("link.link_window", _("actions", "Linked window"), (), "switch", ("link_window",), "always", "tiles",
         checkable=True),
    Spec("link.reference_lines", _("actions", "Reference lines"), (), "switch", ("reference_lines",), "always",
         "tiles", checkable=True),
    Spec("link.hang_by_protocol", _("actions", "Hang studies by protocol"), (), "switch", ("hang_by_protocol",),
         "always", "tiles", checkable=True),
    Spec("tiles.hang", _("actions", "Hang the study anew"), ("Ctrl+0",), "hang", (), "image", "tiles"),
    Spec("tool.cursor", _("actions", "Shared cursor"), ("X",), "cursor", (), "image", "tiles", "cursor", True, "tool"),
    # -- second reading --
    Spec("reading.run", _("actions", "Run, or run again"), ("F5",), "read", (), "runnable", "reading", "read"),
    Spec("reading.cancel", _("actions", "Cancel the run"), ("Shift+F5",), "cancel_reading", (), "running", "reading",
         "cancel"),
    Spec("overlay.toggle", _("actions", "Show the map"), ("O",), "overlay_toggle", (), "read", "reading", "overlay",
         True),
    Spec("overlay.form", _("actions", "Map as contour, fill, blocks"), ("B",), "overlay_form", (), "read", "reading"),
    Spec("overlay.lower", _("actions", "Map threshold −0.05"), ("[",), "overlay_threshold", (-0.05,), "read",
         "reading"),
    Spec("overlay.higher", _("actions", "Map threshold +0.05"), ("]",), "overlay_threshold", (0.05,), "read",
         "reading"),
    Spec("reading.previous_run", _("actions", "Previous run above threshold"), (",",), "jump_run", (-1,), "read",
         "reading"),
    Spec("reading.next_run", _("actions", "Next run above threshold"), (".",), "jump_run", (1,), "read",
         "reading"),
    Spec("reading.top", _("actions", "Slice with highest score"), ("G",), "top_slice", (), "read",
         "reading", "top"),
    Spec("reading.judge", _("actions", "Judge this slice: agree, disagree, unsure"), ("J",), "judge", (), "judgeable",
         "reading", "check"),
    Spec("explain.slice", _("actions", "Explain this slice by the method chosen"), ("Shift+G",), "explain", (),
         "explainable", "reading"),
    Spec("explain.compare", _("actions", "Compare two methods side by side"), ("Shift+C",), "compare_methods", (),
         "read", "reading", "layout-1x2"),
    Spec("reading.card", _("actions", "Model card"), (), "model_card", (), "networks", "reading", "document"),
    # -- help --
    Spec("help.keys", _("actions", "Keys and mouse"), ("?", "F1"), "help", (), "always", "help", "help"),
    Spec("help.about", _("actions", "About covidviewer"), (), "about", (), "always", "help", "info"),
)  # fmt: skip


def _image(workspace: Workspace) -> bool:
    return any(tile.series is not None for tile in workspace.tiles)


def _grey(workspace: Workspace) -> bool:
    series = workspace.active_tile.series
    return series is not None and not series.stack.color


def _state(workspace: Workspace) -> State:
    found = workspace.current_readings()
    return found.state if found is not None else State.NONE


def _read(workspace: Workspace) -> bool:
    found = workspace.current_readings()
    return found is not None and found.evaluated > 0


def _judgeable(workspace: Workspace) -> bool:
    found, tile = workspace.current_readings(), workspace.active_tile
    return found is not None and tile.frame() is not None and not tile.computed and tile.index in found.slices


#: When a row can be asked.
RULES: dict[str, Callable[[Workspace], bool]] = {
    "always": lambda w: True,
    "studies": lambda w: bool(w.studies),
    "left_out": lambda w: bool(w.left_out),
    "image": _image,
    "several": lambda w: len(w.tiles) > 1,
    "planes": lambda w: w.reformats.possible(w.active_tile),
    "computed": lambda w: planes_of(w.active_tile) is not None,
    "slab": lambda w: w.reformats.slab(w.active_tile).on,
    "stack": lambda w: w.active_tile.count > 1,
    "grey": _grey,
    "hu": lambda w: _grey(w) and w.active_tile.presets_apply,
    "header": lambda w: _grey(w) and bool(w.active_tile.header_windows()),
    "read": _read,
    "judgeable": _judgeable,
    "running": lambda w: w.explanations.busy or _state(w) in (State.WAITING, State.RUNNING),
    "explainable": lambda w: bool(w.explanations.askable()),
    "runnable": lambda w: w.active_tile.series is not None and _state(w) not in (State.WAITING, State.RUNNING),
    "frame": lambda w: w.active_tile.frame() is not None,
    "measurable": lambda w: shown_image(w.active_tile) is not None,
    "selected": lambda w: w.measurements.selected is not None,
    "undo": lambda w: w.measurements.steps[0] > 0,
    "redo": lambda w: w.measurements.steps[1] > 0,
    "networks": lambda w: bool(w.networks),
    "measured": lambda w: w.active_tile.series is not None and bool(w.measurements.of_series(w.active_tile.series)),
}


def bindings(own: Mapping[str, tuple[str, ...]], table: Iterable[Spec] = TABLE) -> dict[str, tuple[str, ...]]:
    """Keys of each row by its id: the user's where there are any (or none are wanted), else those of the table."""
    return {spec.id: own.get(spec.id, spec.keys) for spec in table}


def conflicts(bound: Mapping[str, tuple[str, ...]] | None = None) -> dict[str, tuple[str, ...]]:
    """Keys that more than one row claims, each with the ids of those rows. bound : as `bindings` gives it."""
    owners: dict[str, list[str]] = {}
    for id, keys in (bindings({}) if bound is None else bound).items():
        for key in keys:
            owners.setdefault(QKeySequence(key).toString(), []).append(id)
    return {key: tuple(ids) for key, ids in owners.items() if len(ids) > 1}


class Actions(QObject):
    """The table come alive: one `QAction` a row, enabled by its rule, its keys bound to the window."""

    keys_changed = Signal()

    def __init__(
        self,
        workspace: Workspace,
        commands: Commands,
        window: QWidget,
        table: Sequence[Spec] = TABLE,
        *,
        image: QWidget | None = None,
    ) -> None:
        """``image`` is the widget over which rows with ``where="image"`` have their keys."""
        super().__init__(window)
        self._workspace = workspace
        self._commands = commands
        self._specs = {spec.id: spec for spec in table}
        self._actions: dict[str, QAction] = {}
        self._keys: dict[str, tuple[str, ...]] = {}
        groups: dict[str, QActionGroup] = {}
        for spec in table:
            action = QAction(spec.label(), self)
            action.setObjectName(spec.id)
            action.setCheckable(spec.checkable)
            if spec.id == "view.identity":
                action.setIcon(icon("identity", on="identity-off"))
            elif spec.icon:
                action.setIcon(icon(spec.icon))
            if spec.exclusive:
                groups.setdefault(spec.exclusive, QActionGroup(self)).addAction(action)
            action.triggered.connect(self._on_triggered)
            self._actions[spec.id] = action
            if spec.where == "image" and image is not None:
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                image.addAction(action)
            else:
                window.addAction(action)
        self._bind()
        workspace.preferences.changed.connect(self._bind)
        # Many signals of the workspace come in one breath; the rules are asked once after them.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self.refresh)
        active = workspace.active
        for signal in (
            workspace.layout_changed,
            workspace.links.changed,
            workspace.reformats.changed,
            workspace.studies_changed,
            workspace.left_out_changed,
            workspace.networks_changed,
            workspace.readings.series_changed,
            workspace.readings.slices_changed,
            workspace.explanations.changed,
            workspace.preferences.changed,
            active.series_changed,
            active.view_changed,
            active.overlay_changed,
            active.slice_filled,
            workspace.measurements.selected_changed,
            workspace.measurements.steps_changed,
            workspace.image_marks.changed,
            workspace.measurements.changed,
            active.slice_changed,
        ):
            signal.connect(self.refresh_later)
        self.refresh()

    def __getitem__(self, id: str) -> QAction:
        return self._actions[id]

    def spec(self, id: str) -> Spec:
        return self._specs[id]

    def keys_text(self, id: str) -> str:
        """Keys of a row as the user's system writes them."""
        sequences = (QKeySequence(key) for key in self._keys.get(id, ()))
        return ", ".join(s.toString(QKeySequence.SequenceFormat.NativeText) for s in sequences)

    @Slot()
    def _bind(self) -> None:
        """Give each row the keys of the table, or the user's own."""
        keys = bindings(keys_of(self._workspace.preferences.value.keys), self._specs.values())
        if keys == self._keys:
            return
        self._keys = keys
        for id, action in self._actions.items():
            action.setShortcuts([QKeySequence(key) for key in keys[id]])
            label = self._specs[id].label()
            action.setToolTip(f"{label}  ({self.keys_text(id)})" if keys[id] else label)
        self.keys_changed.emit()

    def of_menu(self, menu: str) -> list[QAction]:
        return [self._actions[spec.id] for spec in self._specs.values() if spec.menu == menu]

    def run(self, id: str) -> bool:
        """Ask a row by its id; False when its rule says no."""
        spec = self._specs[id]
        if not RULES[spec.rule](self._workspace):
            return False
        getattr(self._commands, spec.handler)(*spec.args)
        self.refresh_later()
        return True

    @Slot()
    def refresh_later(self, *_args: object) -> None:
        if not self._later.isActive():
            self._later.start()

    @Slot()
    def refresh(self) -> None:
        """Ask every rule once, and set check marks from the state."""
        answers = {name: rule(self._workspace) for name, rule in RULES.items()}
        for spec in self._specs.values():
            self._actions[spec.id].setEnabled(answers[spec.rule])
        for id, on in self._commands.checks().items():
            self._actions[id].setChecked(on)

    @Slot()
    def _on_triggered(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.run(action.objectName())
