"""Asking for a folder or for files; the last place is remembered."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from covidviewer.workspace.preferences import PreferenceStore


def ask_folder(parent: QWidget, preferences: PreferenceStore) -> Path | None:
    """A folder to look through, None when the user gave up."""
    name = QFileDialog.getExistingDirectory(parent, _tr("Open folder"), preferences.value.last_folder)
    return _remembered([name], preferences)[0] if name else None


def ask_files(parent: QWidget, preferences: PreferenceStore) -> list[Path]:
    """Files to open; DICOM files often have no suffix, so all files come first."""
    filters = ";;".join(
        (
            _tr("All files (*)"),
            _tr("DICOM (*.dcm *.dicom *.ima DICOMDIR)"),
            _tr("Archives (*.zip)"),
            _tr("Pictures (*.png *.jpg *.jpeg *.tif *.tiff)"),
        )
    )
    names, _ = QFileDialog.getOpenFileNames(
        parent, _tr("Open file, ZIP or DICOMDIR"), preferences.value.last_folder, filters
    )
    return _remembered(names, preferences) if names else []


def _remembered(names: list[str], preferences: PreferenceStore) -> list[Path]:
    paths = [Path(name) for name in names]
    preferences.update(last_folder=str(paths[0].parent if paths[0].is_file() else paths[0]))
    return paths


def _tr(text: str) -> str:
    return QCoreApplication.translate("open_dialogs", text)
