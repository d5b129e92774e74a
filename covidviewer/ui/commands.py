"""What the rows of the action table do: each method asks the workspace, the viewport's tools, or the window."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject

from covidviewer.ui.mouse import Tool
from covidviewer.workspace.explanations import compare_methods
from covidviewer.workspace.layouts import Layout
from covidviewer.workspace.state import OverlayState
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

#: Factor of one zoom step by key.
ZOOM_STEP = 1.25
#: Preferences that rows of the menu turn on and off.
SWITCHES = ("link_view", "link_window", "reference_lines", "hang_by_protocol")
TEXT_LEVELS = ("all", "minimal", "none")


class CineFace(Protocol):
    """What is asked of the film."""

    def toggle(self) -> None: ...
    def faster(self) -> None: ...
    def slower(self) -> None: ...


class ViewportFace(Protocol):
    """What is asked of the viewports; the rest goes through the tile."""

    @property
    def tool(self) -> str: ...
    @property
    def cine(self) -> CineFace: ...
    def set_tool(self, tool: str) -> None: ...
    def zoom_by(self, factor: float) -> None: ...
    def cancel_drawing(self) -> bool: ...
    @property
    def maximised(self) -> bool: ...
    def toggle_maximised(self) -> None: ...
    def toggle_cursor(self) -> None: ...


class HistoryFace(Protocol):
    """What is asked of the history of measurements."""

    def undo(self) -> None: ...
    def redo(self) -> None: ...


class MeasureFace(Protocol):
    """What is asked of the list of measurements."""

    def write_note(self) -> None: ...
    def delete(self) -> None: ...
    def export_csv(self) -> None: ...
    def export_json(self) -> None: ...


class ExportFace(Protocol):
    """What is asked of what leaves the program."""

    def save(self) -> None: ...
    def copy(self) -> None: ...
    def save_cine(self) -> None: ...


class WindowFace(Protocol):
    """What is asked of the window."""

    @property
    def history(self) -> HistoryFace: ...
    @property
    def measure(self) -> MeasureFace: ...
    @property
    def exporter(self) -> ExportFace: ...
    def show_study_list(self) -> None: ...
    def show_export(self) -> None: ...
    def show_print(self) -> None: ...
    def open_folder(self) -> None: ...
    def open_file(self) -> None: ...
    def open_demo(self) -> None: ...
    def show_left_out(self) -> None: ...
    def show_settings(self) -> None: ...
    def show_help(self) -> None: ...
    def hide_help(self) -> bool: ...
    def show_about(self) -> None: ...
    def show_model_card(self) -> None: ...
    def show_series_info(self) -> None: ...
    def toggle_dock(self, name: str) -> None: ...
    def show_dock(self, name: str) -> None: ...
    def dock_shown(self, name: str) -> bool: ...
    def toggle_full_screen(self) -> None: ...
    def is_full_screen(self) -> bool: ...
    def close(self) -> bool: ...


class Commands(QObject):
    """Handlers of the action table, by name."""

    def __init__(self, workspace: Workspace, viewport: ViewportFace, window: WindowFace, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._viewport = viewport
        self._window = window

    @property
    def _tile(self) -> Tile:
        return self._workspace.active_tile

    def checks(self) -> dict[str, bool]:
        """State of each checkable row."""
        tile = self._tile
        states = {f"tool.{tool.value}": self._viewport.tool == tool for tool in Tool if tool is not Tool.REGION}
        states["view.invert"] = tile.view.invert
        states["view.identity"] = self._workspace.preferences.value.hide_identity
        states["view.studies"] = self._window.dock_shown("studies")
        states["view.reading"] = self._window.dock_shown("reading")
        frame = tile.frame()
        mark = self._workspace.image_marks.of((frame.sop_instance_uid, frame.frame)) if frame is not None else None
        states["image.key"] = mark is not None and mark.key
        for name in ("measure", "objects", "tags"):
            states[f"view.{name}"] = self._window.dock_shown(name)
        states["view.full_screen"] = self._window.is_full_screen()
        states["overlay.toggle"] = tile.overlay.visible
        states["tile.maximise"] = self._viewport.maximised
        states["tool.cursor"] = self._viewport.tool == "cursor"
        states["layout.mpr"] = self._workspace.reformats.hung
        states["link.tiles"] = self._workspace.links.on
        preferences = self._workspace.preferences.value
        states |= {f"link.{name}": getattr(preferences, name) for name in SWITCHES}
        shown = self._workspace.layout.name
        states |= {f"layout.{name}": shown == name for name in ("1", "1x2", "2x1", "2x2", "1+3")}
        return states

    # -- file --

    def open_folder(self) -> None:
        self._window.open_folder()

    def open_file(self) -> None:
        self._window.open_file()

    def study_list(self) -> None:
        self._window.show_study_list()

    def demo(self) -> None:
        self._window.open_demo()

    def left_out(self) -> None:
        self._window.show_left_out()

    def close_all(self) -> None:
        self._workspace.close_all()

    def settings(self) -> None:
        self._window.show_settings()

    def quit(self) -> None:
        self._window.close()

    # -- what leaves the program --

    def export(self) -> None:
        self._window.show_export()

    def export_picture(self) -> None:
        self._window.exporter.save()

    def export_copy(self) -> None:
        self._window.exporter.copy()

    def export_cine(self) -> None:
        self._window.exporter.save_cine()

    def export_measurements(self, kind: str) -> None:
        measure = self._window.measure
        measure.export_json() if kind == "json" else measure.export_csv()

    def print(self) -> None:
        self._window.show_print()

    # -- slices, series, studies --

    def step(self, slices: int) -> None:
        self._tile.step(slices)

    def page(self, direction: int) -> None:
        self._tile.step(direction * max(1, round(self._tile.count * 0.05)))

    def first(self) -> None:
        self._tile.go_to(0)

    def last(self) -> None:
        self._tile.go_to(self._tile.count - 1)

    def series_step(self, direction: int) -> None:
        """Next or previous series that holds images, over the borders of studies; stays at the ends."""
        keys = [s.key for study in self._workspace.studies for s in study.series if s.kind != "document"]
        self._move(keys, direction)

    def study_step(self, direction: int) -> None:
        """Hang the next or previous study."""
        studies = [study for study in self._workspace.studies if any(s.kind != "document" for s in study.series)]
        shown = self._tile.series
        here = next((i for i, study in enumerate(studies) if shown is not None and shown.study_uid == study.uid), None)
        target = 0 if here is None else here + direction
        if 0 <= target < len(studies):
            self._workspace.hanging.hang(studies[target])

    def _move(self, keys: list[str], direction: int) -> None:
        if not keys:
            return
        shown = self._tile.series
        here = keys.index(shown.key) if shown is not None and shown.key in keys else -direction
        target = here + direction
        if 0 <= target < len(keys):
            self._workspace.show(keys[target])

    def cine_toggle(self) -> None:
        self._viewport.cine.toggle()

    def cine_faster(self) -> None:
        self._viewport.cine.faster()

    def cine_slower(self) -> None:
        self._viewport.cine.slower()

    # -- tools, windows, view --

    def tool(self, name: str) -> None:
        self._viewport.set_tool(name)

    def preset(self, name: str) -> None:
        self._tile.set_preset(name)

    def fit(self) -> None:
        self._tile.set_view(zoom=None, center=None, part=None)

    def actual_size(self) -> None:
        """One image column per device pixel (`ViewState.zoom` counts in these)."""
        self._tile.set_view(zoom=1.0)

    def zoom(self, direction: int) -> None:
        self._viewport.zoom_by(ZOOM_STEP**direction)

    def invert(self) -> None:
        self._tile.set_view(invert=not self._tile.view.invert)

    def rotate(self) -> None:
        self._tile.set_view(quarter_turns=(self._tile.view.quarter_turns + 1) % 4)

    def flip(self, horizontal: bool) -> None:
        """Flip as the screen shows it. Flips come before turns in `ViewState`, so a quarter turn swaps the two."""
        view = self._tile.view
        if horizontal != (view.quarter_turns % 2 == 1):
            self._tile.set_view(flip_h=not view.flip_h)
        else:
            self._tile.set_view(flip_v=not view.flip_v)

    def escape(self) -> None:
        """Close the help sheet, else give up what is being drawn, else an explanation, else reset the view."""
        if self._window.hide_help() or self._viewport.cancel_drawing():
            return
        if not self._workspace.explanations.cancel():
            self._tile.reset_view()

    def cycle_texts(self) -> None:
        preferences = self._workspace.preferences
        now = preferences.value.corner_texts
        at = TEXT_LEVELS.index(now) if now in TEXT_LEVELS else -1
        preferences.update(corner_texts=TEXT_LEVELS[(at + 1) % len(TEXT_LEVELS)])

    def hide_identity(self) -> None:
        preferences = self._workspace.preferences
        preferences.update(hide_identity=not preferences.value.hide_identity)

    def toggle_dock(self, name: str) -> None:
        self._window.toggle_dock(name)

    def series_info(self) -> None:
        self._window.show_series_info()

    def full_screen(self) -> None:
        self._window.toggle_full_screen()

    # -- tiles --

    def tile_step(self, step: int) -> None:
        self._workspace.activate_next(step)

    def maximise(self) -> None:
        self._viewport.toggle_maximised()

    def cursor(self) -> None:
        self._viewport.toggle_cursor()

    def link(self) -> None:
        self._workspace.links.toggle()

    def switch(self, name: str) -> None:
        """Turn a yes-or-no preference round."""
        preferences = self._workspace.preferences
        preferences.update(**{name: not getattr(preferences.value, name)})

    def layout(self, name: str) -> None:
        self._workspace.hanging.choose_layout(Layout.parse(name))

    def mpr(self) -> None:
        self._workspace.reformats.hang()

    def planes(self, name: str) -> None:
        self._workspace.reformats.show(self._tile, name)

    def plain(self) -> None:
        self._workspace.reformats.plain(self._tile)

    def turn(self, about_rows: bool, steps: int) -> None:
        self._workspace.reformats.turn_by_key(self._tile, about_rows, steps)

    def straighten(self) -> None:
        self._workspace.reformats.straighten(self._tile)

    def slab(self) -> None:
        self._workspace.reformats.next_slab(self._tile)

    def thicken(self, steps: int) -> None:
        self._workspace.reformats.thicken(self._tile, steps)

    def hang(self) -> None:
        self._workspace.hanging.again()

    # -- measuring --

    def measure_delete(self) -> None:
        """Delete without a question: Ctrl+Z brings it back."""
        self._window.measure.delete()

    def key_image(self) -> None:
        if self._tile.series is not None and self._tile.frame() is not None:
            self._workspace.image_marks.toggle_key(self._tile.series, self._tile.index)

    def judge(self) -> None:
        """The reader's word on what the network says of the slice on screen."""
        tile, found, label = self._tile, self._workspace.current_readings(), self._workspace.label()
        if tile.series is None or found is None or found.provenance is None or tile.index not in found.slices:
            return
        score = float(found.column(label)[tile.index])
        self._workspace.image_marks.judge(tile.series, tile.index, found.provenance.weights, label, score)

    def note(self) -> None:
        self._window.show_dock("measure")
        self._window.measure.write_note()

    def undo(self) -> None:
        self._window.history.undo()

    def redo(self) -> None:
        self._window.history.redo()

    # -- second reading --

    def read(self) -> None:
        self._workspace.read()

    def cancel_reading(self) -> None:
        if not self._workspace.explanations.cancel():
            self._workspace.cancel_reading()

    def explain(self) -> None:
        self._workspace.explanations.ask_shown()

    def compare_methods(self) -> None:
        compare_methods(self._workspace)

    def overlay_toggle(self) -> None:
        self._tile.set_overlay(visible=not self._tile.overlay.visible)

    def overlay_form(self) -> None:
        forms = OverlayState.FORMS
        now = self._tile.overlay.form
        at = forms.index(now) if now in forms else -1
        form = forms[(at + 1) % len(forms)]
        self._tile.set_overlay(form=form)
        self._workspace.preferences.update(overlay_form=form)

    def overlay_threshold(self, change: float) -> None:
        self._tile.set_overlay(threshold=self._tile.overlay.threshold + change)
        self._workspace.preferences.update(overlay_threshold=self._tile.overlay.threshold)

    def jump_run(self, direction: int) -> None:
        self._workspace.jump_run(direction)

    def top_slice(self) -> None:
        self._workspace.go_to_top_slice()

    def model_card(self) -> None:
        self._window.show_model_card()

    # -- help --

    def help(self) -> None:
        self._window.show_help()

    def about(self) -> None:
        self._window.show_about()
