"""Pages of an encapsulated document, drawn in a process apart and shown as pictures; nothing of it is executed."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QImage, QKeySequence, QPixmap, QResizeEvent, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from covidviewer.errors import Cancelled, CovidViewerError
from covidviewer.jobs.queue import Ticket
from covidviewer.workspace.objects import DicomObject
from covidviewer.workspace.workspace import Workspace

#: A page is drawn again this long after the window stopped changing its size, milliseconds.
SETTLE_MS = 250
ZOOMS = (1.0, 1.5, 2.0, 3.0)


class DocumentDialog(QDialog):
    """Non-modal window over one document: a page at a time, as wide as the window."""

    def __init__(self, workspace: Workspace, document: DicomObject, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._document = document
        self._page, self._pages, self._zoom = 0, 0, 0
        self._ticket: Ticket | None = None
        self.setWindowTitle(document.title or self.tr("Document"))
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.picture.setAccessibleName(self.tr("Page"))
        self.picture.setWordWrap(True)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setWidget(self.picture)
        self.back, self.on = QPushButton(self.tr("Previous page")), QPushButton(self.tr("Next page"))
        self.back.clicked.connect(self._on_back)
        self.on.clicked.connect(self._on_next)
        self._count = QLabel()
        self._count.setProperty("role", "muted")
        self.smaller, self.larger = QPushButton("−"), QPushButton("+")
        self.smaller.setAccessibleName(self.tr("Smaller"))
        self.larger.setAccessibleName(self.tr("Larger"))
        self.smaller.clicked.connect(self._on_smaller)
        self.larger.clicked.connect(self._on_larger)
        for button in (self.smaller, self.larger):
            button.setFixedWidth(32)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        for widget in (self.back, self.on, self._count):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.smaller, self.larger, close):
            row.addWidget(widget)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 12, 12, 12)
        box.setSpacing(10)
        box.addWidget(self._area, 1)
        box.addLayout(row)
        QShortcut(QKeySequence(Qt.Key.Key_PageDown), self, self._on_next)
        QShortcut(QKeySequence(Qt.Key.Key_PageUp), self, self._on_back)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._ask)
        self.picture.setText(self.tr("Drawing the page…"))
        self.resize(760, 900)
        self._show_state()
        self._settle.start()

    def _ask(self) -> None:
        ratio = self.devicePixelRatioF()
        width = round((self._area.viewport().width() - 4) * ratio * ZOOMS[self._zoom])
        ask = self._workspace.objects.page
        self._ticket = ask(self._document, self._page, max(width, 64), self._on_page, self._on_failed)

    def _on_page(self, value: object) -> None:
        assert isinstance(value, tuple)
        pixels, self._pages = value
        assert isinstance(pixels, np.ndarray)
        height, width = pixels.shape[:2]
        image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
        picture = QPixmap.fromImage(image)
        picture.setDevicePixelRatio(self.devicePixelRatioF())
        self.picture.setPixmap(picture)
        self._show_state()

    def _on_failed(self, error: object) -> None:
        if isinstance(error, CovidViewerError) and not isinstance(error, Cancelled):
            self.picture.setText(str(error))
            self._show_state()

    def _show_state(self) -> None:
        self.back.setEnabled(self._page > 0)
        self.on.setEnabled(self._page + 1 < self._pages)
        self.smaller.setEnabled(self._zoom > 0)
        self.larger.setEnabled(self._zoom + 1 < len(ZOOMS))
        self._count.setText(
            self.tr("page {n} of {all}").format(n=self._page + 1, all=self._pages) if self._pages else ""
        )

    def _turn_to(self, page: int) -> None:
        if 0 <= page < self._pages and page != self._page:
            self._page = page
            self._ask()
            self._show_state()

    @Slot()
    def _on_back(self) -> None:
        self._turn_to(self._page - 1)

    @Slot()
    def _on_next(self) -> None:
        self._turn_to(self._page + 1)

    @Slot()
    def _on_smaller(self) -> None:
        self._zoom = max(self._zoom - 1, 0)
        self._ask()
        self._show_state()

    @Slot()
    def _on_larger(self) -> None:
        self._zoom = min(self._zoom + 1, len(ZOOMS) - 1)
        self._ask()
        self._show_state()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle.start()

    def done(self, result: int) -> None:
        self._settle.stop()
        if self._ticket is not None:
            self._ticket.cancel()
        super().done(result)
