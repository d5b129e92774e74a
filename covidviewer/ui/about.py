"""What this program is, what it is for, and the versions of everything in it."""

from __future__ import annotations

import platform
from importlib import metadata

from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from covidviewer.errors import __version__

#: Distributions whose versions a report of a fault needs; asked by name, not imported.
PARTS = ("PySide6-Essentials", "numpy", "pydicom", "SimpleITK", "imagecodecs", "openvino", "torch", "scipy")


def versions() -> list[tuple[str, str]]:
    """Names and versions of the program and its parts; "not installed" where one is absent."""
    rows = [("covidviewer", __version__), ("Python", platform.python_version()), ("Qt", qVersion())]
    for name in PARTS:
        try:
            rows.append((name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            rows.append((name, "not installed"))
    rows.append(("System", f"{platform.system()} {platform.machine()}"))
    return rows


class AboutDialog(QDialog):
    """Non-modal; the versions can be copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About covidviewer"))
        rows = "".join(f"<tr><td>{name}&nbsp;&nbsp;</td><td>{version}</td></tr>" for name, version in versions())
        text = QTextBrowser()
        text.setAccessibleName(self.tr("About covidviewer"))
        text.document().setDocumentMargin(12)
        text.setHtml(
            f"<h2>covidviewer {__version__}</h2><p>"
            + self.tr("A DICOM viewer for chest CT and films with an offline second reading by neural networks.")
            + "</p><p><b>"
            + self.tr("Intended use:")
            + "</b> "
            + self.tr(
                "Research and teaching. It is no medical device. It supports, and does not replace, the reading of a "
                "radiologist; low scores do not exclude disease."
            )
            + "</p><p>"
            + self.tr("Code: Apache License 2.0. Weights: see the terms on their model cards. Nothing calls home.")
            + f"</p><p></p><table>{rows}</table>"
        )
        copy = QPushButton(self.tr("Copy versions"))
        copy.clicked.connect(self._copy)
        close = QPushButton(self.tr("Close"))
        close.setDefault(True)
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addWidget(copy)
        row.addStretch(1)
        row.addWidget(close)
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 14, 14, 12)
        box.addWidget(text, 1)
        box.addLayout(row)
        self.resize(540, 560)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(f"{name} {version}" for name, version in versions()))
