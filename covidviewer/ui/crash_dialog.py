"""The report of an unexpected error: shown, copied, saved where the reader wants; nothing is sent."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from covidviewer.workspace.crash import Report

SIZE = (640, 420)


class CrashDialog(QDialog):
    """One report. Not modal: the viewer goes on."""

    def __init__(self, report: Report, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report = report
        self.setWindowTitle(self.tr("Error report"))
        self.resize(*SIZE)
        words = QLabel(
            self.tr(
                "A step of the program failed. What you drew and wrote is kept. This report holds versions and the "
                "place in the program, no patient data, no file names and no values. Nothing is sent by itself."
            )
        )
        words.setWordWrap(True)
        self.text = QPlainTextEdit(report.text)
        self.text.setReadOnly(True)
        self.text.setAccessibleName(self.tr("Text of the report"))
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        saved = QLabel(
            self.tr("Saved as {path}").format(path=report.path)
            if report.path is not None
            else self.tr("It could not be saved; copy it if you want to keep it.")
        )
        saved.setWordWrap(True)
        saved.setProperty("role", "quiet")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = QPushButton(self.tr("Copy"))
        keep = QPushButton(self.tr("Save as…"))
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(keep, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.close)
        copy.clicked.connect(self.copy)
        keep.clicked.connect(self._ask_where)
        box = QVBoxLayout(self)
        for widget in (words, self.text, saved, buttons):
            box.addWidget(widget)

    @Slot()
    def copy(self) -> None:
        """The report to the clipboard."""
        QGuiApplication.clipboard().setText(self._report.text)

    @Slot()
    def _ask_where(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Save the report"), "covidviewer-report.txt")
        if name:
            self.save_as(Path(name))

    def save_as(self, path: Path) -> bool:
        """Write the report; False, and a word in the dialog, when the disk says no."""
        try:
            path.write_text(self._report.text, encoding="utf-8")
        except OSError:
            self.setWindowTitle(self.tr("The report could not be saved there"))
            return False
        return True
