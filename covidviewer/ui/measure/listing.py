"""The model of the list: what the reader made on one series, by slice as the screen runs; words change in place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot

from covidviewer.imaging.planes import head_first
from covidviewer.ui.icons import icon
from covidviewer.ui.image_name import image_name
from covidviewer.ui.measure.judgements import judged_sentence
from covidviewer.ui.measure.words import brief, hint, kind_name, plane_name, summary, title
from covidviewer.workspace.image_marks import ImageMark
from covidviewer.workspace.measurement import Measurement
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

_Index = QModelIndex | QPersistentModelIndex
Entry = Measurement | ImageMark
VALUE = Qt.ItemDataRole.UserRole
PLACE = Qt.ItemDataRole.UserRole + 1


class Filter(StrEnum):
    """What is listed."""

    ALL = "all"
    MEASUREMENTS = "measurements"
    KEYS = "keys"


class Listing(QAbstractListModel):
    """One row a measurement, a key image or a note."""

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._rows: list[tuple[int, Entry]] = []
        self._tile: Tile | None = None
        self._filter = Filter.ALL
        workspace.measurements.changed.connect(self._on_changed)
        workspace.image_marks.changed.connect(self._on_changed)

    def follow(self, tile: Tile) -> None:
        """Show the measurements of a tile's series."""
        self._tile = tile
        self.refresh()

    @property
    def filter(self) -> Filter:
        return self._filter

    def set_filter(self, filter: Filter) -> None:
        """List everything, measurements alone, or key images alone (notes are with these)."""
        self._filter = filter
        self.refresh()

    def listed(self) -> tuple[tuple[int, Entry], ...]:
        """(index in data order, measurement), as shown."""
        return tuple(self._rows)

    def at(self, row: int) -> tuple[int, Entry]:
        return self._rows[row]

    def row_of(self, id: str) -> int:
        """-1 where it is not listed."""
        return next((i for i, (_, m) in enumerate(self._rows) if m.id == id), -1)

    # -- Qt --

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own signature)
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self._rows):
            return None
        at, measurement = self._rows[index.row()]
        if isinstance(measurement, ImageMark):
            return self._mark_data(at, measurement, role)
        if role == Qt.ItemDataRole.DisplayRole:
            return title(measurement)
        if role == Qt.ItemDataRole.EditRole:
            return measurement.text
        if role == Qt.ItemDataRole.DecorationRole:
            return icon(measurement.kind.value)
        if role == VALUE:
            return brief(measurement)
        if role == PLACE:
            return self._place(at, measurement)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (title(measurement), summary(measurement), hint(measurement))))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            parts = (kind_name(measurement.kind), measurement.text, summary(measurement), self._place(at, measurement))
            return ", ".join(filter(None, parts))
        return None

    def _mark_data(self, at: int, mark: ImageMark, role: int) -> object:
        judged = judged_sentence(mark.judged)
        title = self.tr("Key image") if mark.key else self.tr("Note") if mark.note or not judged else self.tr("Judged")
        words = " ".join(filter(None, (judged, *mark.note.split())))
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        if role == Qt.ItemDataRole.EditRole:
            return mark.note
        if role == Qt.ItemDataRole.DecorationRole:
            return icon("star" if mark.key else "note" if mark.note or not judged else "check")
        if role == VALUE:
            return words
        if role == PLACE:
            return self._place(at)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (title, judged, mark.note)))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, (title, words, self._place(at))))
        return None

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not 0 <= index.row() < len(self._rows):
            return False
        measurement, text = self._rows[index.row()][1], str(value).strip()
        if isinstance(measurement, ImageMark):
            self._workspace.image_marks.put(replace(measurement, note=text))
            return True
        if text == measurement.text:
            return False
        self._workspace.measurements.edit((measurement, replace(measurement, text=text)))
        return True

    def flags(self, index: _Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    # -- following --

    def _place(self, at: int, made: Entry | None = None) -> str:
        if isinstance(made, Measurement) and made.plane is not None:
            return plane_name(made.plane)
        series = self._tile.series if self._tile is not None else None
        if series is None or at < 0:
            return ""
        return image_name(series.instances[at].instance_number, self._position(at), len(series.instances))

    def _position(self, at: int) -> int:
        """Place of an image as the screen runs, whatever the tile shows; planes come last."""
        series = self._tile.series if self._tile is not None else None
        if series is None or at < 0:
            return len(series.instances) if series is not None else 0
        return len(series.instances) - 1 - at if head_first(series.stack) else at

    @Slot(object)
    def _on_changed(self, images: Iterable[object]) -> None:
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        rows = self._found()
        if [m.id for _, m in rows] == [m.id for _, m in self._rows]:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def _found(self) -> list[tuple[int, Entry]]:
        tile = self._tile
        if tile is None or tile.series is None:
            return []
        rows: list[tuple[int, Entry]] = []
        if self._filter is not Filter.MEASUREMENTS:
            rows += self._workspace.image_marks.of_series(tile.series)
        if self._filter is not Filter.KEYS:
            rows += self._workspace.measurements.of_series(tile.series)
        # By slice as the screen runs; of one slice the mark first, then in the order in which they were made.
        rows.sort(key=lambda row: self._position(row[0]))
        return rows
