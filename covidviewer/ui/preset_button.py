"""The window on screen as words, and the menu of windows to choose from."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, Slot
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from covidviewer.imaging import voi
from covidviewer.ui.actions import TABLE, Actions
from covidviewer.ui.sentences import say
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

#: Ids of the presets in menu order (UX 3), without the header's and the automatic one.
PRESETS: tuple[str, ...] = tuple(
    spec.id.removeprefix("preset.")
    for spec in TABLE
    if spec.id.startswith("preset.") and spec.id not in ("preset.header", "preset.auto")
)
_NAMES = {spec.id.removeprefix("preset."): spec for spec in TABLE if spec.id.startswith("preset.")}


def window_text(tile: Tile) -> str:
    """``Lung  1500 / −600``; after a change by hand ``W 1380  L −555 *``; "" without a window."""
    window, preset = tile.view.window, tile.view.preset
    if window is None:
        return ""
    width, level = number(window.width), number(window.center)
    if not preset:
        return f"W {width}  L {level} *"
    return f"{preset_name(tile, preset)}  {width} / {level}"


def preset_name(tile: Tile, preset: str) -> str:
    """Name of a preset id for the user: of ours by the table, of the header by its explanation."""
    if preset.startswith("header"):
        windows = tile.header_windows()
        at = int(preset.partition(":")[2] or 0)
        return say(windows[at].name if at < len(windows) else "") or _tr("Header")
    if preset == "auto":
        return _tr("Automatic")
    own = next((p for p in voi.preset_records() if p.id == preset), None)
    ours = next((p for p in voi.file_presets() if p.id == preset), None)
    if preset in _NAMES and (own is None or ours is None or own.name == ours.name):
        return _NAMES[preset].label()
    return own.name if own is not None else preset


def number(value: float) -> str:
    """Whole where it is whole, with a true minus sign."""
    text = f"{value:.0f}" if abs(value) >= 10 or value == round(value) else f"{value:.2g}"
    return text.replace("-", "\u2212")


def fill_menu(menu: QMenu, tile: Tile, actions: Actions) -> None:
    """Header windows with their explanation, ours, automatic (UX 3). The active one has a mark."""
    now = tile.view.preset
    for i, window in enumerate(tile.header_windows()):
        name = say(window.name) or _tr("Header")
        action = menu.addAction(f"{name}   {number(window.width)} / {number(window.center)}")
        action.setCheckable(True)
        action.setChecked(now == f"header:{i}")
        action.triggered.connect(_HeaderChoice(tile, i, menu).choose)
    if tile.header_windows():
        menu.addSeparator()
    ours = voi.presets() if tile.presets_apply else {}
    for id in (*PRESETS, "auto"):
        if id == "auto":
            _own_presets(menu, tile, now)
            menu.addSeparator()
        spec = _NAMES[id]
        text = spec.label() if id == "auto" else preset_name(tile, id)
        if id in ours:
            text += f"   {number(ours[id].width)} / {number(ours[id].center)}"
        keys = actions.keys_text(spec.id)
        action = menu.addAction(f"{text}\t{keys}" if keys else text)
        action.setCheckable(True)
        action.setChecked(now == id)
        action.setEnabled(actions[spec.id].isEnabled())
        action.triggered.connect(actions[spec.id].trigger)


def _own_presets(menu: QMenu, tile: Tile, now: str) -> None:
    """The user's own windows, after ours."""
    ours = {p.id for p in voi.file_presets()}
    for record in voi.preset_records():
        if record.id in ours:
            continue
        action = menu.addAction(f"{record.name}   {number(record.width)} / {number(record.level)}")
        action.setCheckable(True)
        action.setChecked(now == record.id)
        action.setEnabled(tile.presets_apply)
        action.triggered.connect(_OwnChoice(tile, record.id, menu).choose)


class PresetButton(QToolButton):
    """Shows the window of the active tile; opens the menu."""

    def __init__(self, workspace: Workspace, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preset")
        self._workspace = workspace
        self._actions = actions
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self.setMenu(self._menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolTip(self.tr("Window: width / level. Keys 0 to 9 choose, a left drag changes it."))
        workspace.active.view_changed.connect(self.refresh)
        workspace.active.series_changed.connect(self.refresh)
        workspace.active.slice_filled.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        text = window_text(self._workspace.active_tile) or self.tr("Window")
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(self.tr("Window: {text}").format(text=text))
        self.setEnabled(self._workspace.active_tile.view.window is not None)

    @Slot()
    def _fill(self) -> None:
        self._menu.clear()
        fill_menu(self._menu, self._workspace.active_tile, self._actions)


class _HeaderChoice(QObject):
    """Chooses the n-th window of the header; lives as long as its menu."""

    def __init__(self, tile: Tile, at: int, menu: QMenu) -> None:
        super().__init__(menu)
        self._tile, self._at = tile, at

    @Slot()
    def choose(self) -> None:
        windows = self._tile.header_windows()
        if self._at < len(windows):
            self._tile.set_window(windows[self._at], f"header:{self._at}")


class _OwnChoice(QObject):
    """Chooses an own window; lives as long as its menu."""

    def __init__(self, tile: Tile, id: str, menu: QMenu) -> None:
        super().__init__(menu)
        self._tile, self._id = tile, id

    @Slot()
    def choose(self) -> None:
        self._tile.set_preset(self._id)


def _tr(text: str) -> str:
    return QCoreApplication.translate("PresetButton", text)
