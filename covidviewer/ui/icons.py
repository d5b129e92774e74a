"""Icons by name: SVG files of our own, drawn by Qt at the size and scale that each place needs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon

from covidviewer import assets


def icon(name: str, on: str = "") -> QIcon:
    """The icon ``resources/icons/<name>.svg``, with its dim form for disabled controls; read when first painted.

    ``on`` names another icon, shown while its button is checked.
    """
    folder = assets.resource_dir() / "icons"
    found = QIcon(str(folder / f"{name}.svg"))
    # Fusion dims too little on a dark ground, so the dim forms are files of their own.
    _add(found, folder / "disabled" / f"{name}.svg", QIcon.Mode.Disabled, QIcon.State.Off)
    _add(found, folder / "disabled" / f"{name}.svg", QIcon.Mode.Disabled, QIcon.State.On)
    if on:
        _add(found, folder / f"{on}.svg", QIcon.Mode.Normal, QIcon.State.On)
    return found


def _add(found: QIcon, path: Path, mode: QIcon.Mode, state: QIcon.State) -> None:
    if path.is_file():
        found.addFile(str(path), QSize(), mode, state)
