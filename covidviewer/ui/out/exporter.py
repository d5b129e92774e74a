"""What menu, keys and dialog ask for when something shall leave the program."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter
from PySide6.QtWidgets import QFileDialog, QWidget

from covidviewer.errors import CovidViewerError
from covidviewer.jobs.queue import Priority, Ticket
from covidviewer.ui.out.cine_file import CineFile
from covidviewer.ui.out.picture import Look, render
from covidviewer.ui.viewports import Viewports
from covidviewer.workspace.problems import Problem
from covidviewer.workspace.workspace import Workspace


class Exporter(QObject):
    """Works on the active tile. Names of files say what is shown, never whom."""

    film_ended = Signal()  # written, given up or failed

    def __init__(self, workspace: Workspace, viewports: Viewports, window: QWidget) -> None:
        super().__init__(window)
        self._workspace, self._viewports, self._window = workspace, viewports, window
        self.film: CineFile | None = None

    @property
    def look(self) -> Look:
        """As the reader chose last; the identity is never remembered."""
        value = self._workspace.preferences.value
        return Look(texts=value.export_texts, scale=value.export_scale)

    def picture(self, look: Look | None = None) -> QImage:
        """The active tile as a picture."""
        return render(self._workspace, self._viewports.active.canvas, look or self.look)

    def suggested(self, ending: str) -> str:
        """A file name without anything of the patient: ``CT-series-4-image-37.png``."""
        tile = self._workspace.active_tile
        series = tile.series
        parts = [series.modality or "image"] if series is not None else ["image"]
        if series is not None and series.stack.number is not None:
            parts.append(f"series-{series.stack.number}")
        if ending == "png":
            parts.append(f"image-{tile.position + 1}")
        return "-".join(parts) + f".{ending}"

    # -- what is asked --

    def copy(self, look: Look | None = None) -> None:
        """Put the picture on the clipboard."""
        QGuiApplication.clipboard().setImage(self.picture(look))

    def save(self, look: Look | None = None) -> None:
        """Ask for a file and write the picture."""
        path = self._ask(self.tr("Save picture"), self.suggested("png"), self.tr("PNG picture (*.png)"), ".png")
        if path is not None:
            self.save_to(path, look)

    def save_to(self, path: Path, look: Look | None = None) -> None:
        """Write the picture as PNG in the background."""
        image = self.picture(look)
        problems = self._workspace.problems
        self._workspace.run_in_background(
            lambda ticket: _write(ticket, path, image), Priority.NEIGHBOUR, failed=problems.add_error
        )

    def save_cine(self, look: Look | None = None) -> None:
        """Ask for a file and film the series."""
        path = self._ask(self.tr("Save film"), self.suggested("gif"), self.tr("GIF film (*.gif)"), ".gif")
        if path is not None:
            self.save_cine_to(path, look)

    def save_cine_to(self, path: Path, look: Look | None = None) -> None:
        """Film the series of the active tile; one film at a time."""
        if self.film is not None:
            self._workspace.problems.add(
                Problem(self.tr("A film is being made"), self.tr("Wait for it or cancel it first."), severity="info")
            )
            return
        look = look or self.look
        look = Look(look.texts, look.identity, 1)
        fps = self._workspace.preferences.value.cine_fps
        canvas = self._viewports.active.canvas
        self.film = CineFile(self._workspace, canvas, path, look, fps, self._on_film, self)

    def _on_film(self, written: bool) -> None:
        self.film = None
        self.film_ended.emit()

    def stop(self) -> None:
        """The window closes: a film in the making is given up."""
        if self.film is not None:
            self.film.cancel()

    def _ask(self, title: str, name: str, kinds: str, ending: str) -> Path | None:
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, title, name, kinds, "", QFileDialog.Option.DontUseNativeDialog
        )
        if not chosen:
            return None
        path = Path(chosen)
        return path if path.suffix else path.with_suffix(ending)


def _write(ticket: Ticket, path: Path, image: QImage) -> None:
    if not QImageWriter(str(path), QByteArray(b"png")).write(image):
        raise CovidViewerError(
            "The picture could not be written to this file.",
            advice="Choose another folder; see that the disk is not full.",
            path=path,
        )
