"""A tile on paper, through Qt's own preview and print dialogs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtPrintSupport import QPrinter, QPrintPreviewDialog
from PySide6.QtWidgets import QWidget

from covidviewer.ui.out.policy import export_policy


class PrintDialog(QPrintPreviewDialog):
    """Preview of one page; its tool bar prints, sets the page up, zooms. Not modal.

    Parameters
    ----------
    picture : makes the picture; called once for each drawing of the page, so that it is that of the moment.
    """

    def __init__(self, picture: Callable[[], QImage], parent: QWidget | None = None) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setResolution(max(export_policy().print_dpi, 72))
        printer.setDocName("covidviewer")  # a queue of print jobs may be read by anybody: no name of a patient
        super().__init__(printer, parent)
        self._printer = printer  # Qt keeps no reference of its own
        self._picture = picture
        self.setModal(False)
        self.setWindowTitle(self.tr("Print"))
        self.setAccessibleName(self.tr("Print: preview of the page"))
        self.paintRequested.connect(self._paint)
        self.resize(900, 760)

    def _paint(self, printer: QPrinter) -> None:
        draw_page(printer, self._picture())


def draw_page(printer: QPrinter, image: QImage) -> QRectF:
    """Draw a picture as large as the page allows; returns where it lies, in the printer's pixels."""
    painter = QPainter(printer)
    try:
        page = QRectF(painter.viewport())
        scale = min(page.width() / max(image.width(), 1), page.height() / max(image.height(), 1))
        place = QRectF(0, 0, image.width() * scale, image.height() * scale)
        place.moveCenter(page.center())
        place.moveTop(page.top())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, image, QRectF(image.rect()), Qt.ImageConversionFlag.ColorOnly)
    finally:
        painter.end()
    return place
