"""What the program remembers for the user: one frozen value, read and written in one place."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

log = logging.getLogger(__name__)

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Preferences:
    """The user's memory. Unknown keys of a newer version are ignored, wrong values fall back to these defaults."""

    recent: tuple[str, ...] = ()
    language: str = "system"  # system, en, zh_CN
    theme: str = "dark"  # dark, contrast
    text_size: int = 100  # percent, 90 to 200
    last_folder: str = ""
    hide_identity: bool = False
    remember_studies: bool = True  # study list and recent paths
    corner_texts: str = "all"  # all, minimal, none
    up_is_brighter: bool = True
    mouse_left: str = "window"  # the tool in hand at the start; what a drag does: window, pan, zoom, scroll
    mouse_middle: str = "pan"
    mouse_right: str = "zoom"
    mouse_shift: str = "pan"  # Shift and the left button
    mouse_sensitivity: float = 1.0  # of dragging the window
    left_handed: bool = False  # left and right button change places over images
    wheel_plain: str = "slices"  # what the wheel does: slices, fast, zoom, opacity
    wheel_ctrl: str = "zoom"
    wheel_alt: str = "fast"
    wheel_shift: str = "opacity"
    wheel_reversed: bool = False
    keys: tuple[str, ...] = ()  # own bindings, as `own_settings` writes them
    presets: tuple[str, ...] = ()  # own windows, likewise
    colormaps: tuple[str, ...] = ()  # own colours of the map, each a text as `own_colormaps` reads it
    smooth: bool = True
    device: str = "auto"
    precision: str = "auto"
    network: str = ""
    overlay_form: str = "contour"
    overlay_opacity: float = 0.30
    overlay_threshold: float = 0.35
    overlay_colormap: str = "inferno"
    overlay_lungs: bool = False
    overlay_signed_colormap: str = "red-blue"
    readers: tuple[str, ...] = ()  # weights that read beside the chosen network
    read_on_open: bool = True
    track_median: bool = False  # bars of the score track: median of three slices
    track_wide: bool = False
    cine_fps: int = 10
    memory_mb: int = 0  # for images, 0: half of the machine's memory less 1 GB
    link_view: bool = True  # zoom and pan of linked tiles
    link_window: bool = False
    reference_lines: bool = True
    hang_by_protocol: bool = True
    export_texts: bool = True  # corner texts on pictures; the identity is never remembered
    export_scale: int = 2  # pixels to a logical pixel


class PreferenceStore(QObject):
    """Reads and writes `Preferences` and the window's layout as an INI file in the user's configuration folder.

    ``COVIDVIEWER_SETTINGS`` names another file; ``COVIDVIEWER_<FIELD>`` overrides one field for this run and is not
    written back.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        override = os.environ.get("COVIDVIEWER_SETTINGS")
        if override:
            self._settings = QSettings(override, QSettings.Format.IniFormat)
        else:
            self._settings = QSettings(
                QSettings.Format.IniFormat, QSettings.Scope.UserScope, "covidviewer", "covidviewer"
            )
        self._saved = self._read()
        self._forced = _from_environment(Preferences())
        self._value = replace(self._saved, **self._forced)  # type: ignore[arg-type]

    @property
    def value(self) -> Preferences:
        return self._value

    def update(self, **changes: object) -> None:
        """Change fields, keep them for the next start; equal values emit nothing."""
        new = replace(self._value, **changes)  # type: ignore[arg-type]
        if new == self._value:
            return
        self._value = new
        kept = {k: v for k, v in changes.items() if k not in self._forced}
        self._saved = replace(self._saved, **kept)  # type: ignore[arg-type]
        self._settings.setValue("schema", SCHEMA)
        self._settings.setValue("preferences", json.dumps(asdict(self._saved)))
        self.changed.emit()

    def add_recent(self, path: Path, limit: int = 10) -> None:
        """Put a path at the head of the recent list, unless nothing shall be remembered."""
        if not self._value.remember_studies:
            return
        name = str(path)
        others = tuple(p for p in self._value.recent if p != name)
        self.update(recent=(name, *others)[:limit])

    def layout(self, name: str) -> bytes:
        """Geometry or dock state as Qt saved it; empty when there is none."""
        value = self._settings.value(f"layout/{name}", b"")
        return bytes(value.data()) if isinstance(value, QByteArray) else b""

    def set_layout(self, name: str, data: bytes) -> None:
        self._settings.setValue(f"layout/{name}", QByteArray(data))

    def sync(self) -> None:
        self._settings.sync()

    def _read(self) -> Preferences:
        text = self._settings.value("preferences", "")
        try:
            stored = json.loads(str(text)) if text else {}
        except json.JSONDecodeError:
            log.warning("preferences could not be read; defaults are used")
            stored = {}
        return checked(stored) if isinstance(stored, dict) else Preferences()


def checked(stored: dict[str, object]) -> Preferences:
    """Preferences of stored values: unknown names are ignored, values of a wrong kind fall back to the defaults."""
    default = Preferences()
    good: dict[str, object] = {}
    for f in fields(Preferences):
        if f.name not in stored:
            continue
        value, wanted = stored[f.name], getattr(default, f.name)
        if isinstance(wanted, tuple) and isinstance(value, list):
            good[f.name] = tuple(str(v) for v in value)
        elif isinstance(wanted, float) and isinstance(value, int | float):
            good[f.name] = float(value)
        elif type(value) is type(wanted):
            good[f.name] = value
    return replace(default, **good)  # type: ignore[arg-type]


def _from_environment(default: Preferences) -> dict[str, object]:
    forced: dict[str, object] = {}
    for f in fields(Preferences):
        text = os.environ.get(f"COVIDVIEWER_{f.name.upper()}")
        wanted = getattr(default, f.name)
        if text is None or isinstance(wanted, tuple):
            continue
        try:
            forced[f.name] = text.lower() in ("1", "true", "yes") if isinstance(wanted, bool) else type(wanted)(text)
        except ValueError:
            log.warning("COVIDVIEWER_%s has no usable value", f.name.upper())
    return forced
