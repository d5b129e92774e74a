"""The model of the list: measurements of one series, by slice as the screen runs; the words can be changed in place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot

from covidviewer.ui.icons import icon
from covidviewer.ui.measure.words import brief, hint, kind_name, summary, title
from covidviewer.workspace.measurement import Measurement
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

_Index = QModelIndex | QPersistentModelIndex
VALUE = Qt.ItemDataRole.UserRole
PLACE = Qt.ItemDataRole.UserRole + 1


class Listing(QAbstractListModel):
    """One row a measurement."""

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._rows: list[tuple[int, Measurement]] = []
        self._tile: Tile | None = None
        workspace.measurements.changed.connect(self._on_changed)

    def follow(self, tile: Tile) -> None:
        """Show the measurements of a tile's series."""
        self._tile = tile
        self.refresh()

    def listed(self) -> tuple[tuple[int, Measurement], ...]:
        """(index in data order, measurement), as shown."""
        return tuple(self._rows)

    def at(self, row: int) -> tuple[int, Measurement]:
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
        if role == Qt.ItemDataRole.DisplayRole:
            return title(measurement)
        if role == Qt.ItemDataRole.EditRole:
            return measurement.text
        if role == Qt.ItemDataRole.DecorationRole:
            return icon(measurement.kind.value)
        if role == VALUE:
            return brief(measurement)
        if role == PLACE:
            return self._place(at)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (title(measurement), summary(measurement), hint(measurement))))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            parts = (kind_name(measurement.kind), measurement.text, summary(measurement), self._place(at))
            return ", ".join(filter(None, parts))
        return None

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not 0 <= index.row() < len(self._rows):
            return False
        measurement, text = self._rows[index.row()][1], str(value).strip()
        if text == measurement.text:
            return False
        self._workspace.measurements.edit((measurement, replace(measurement, text=text)))
        return True

    def flags(self, index: _Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    # -- following --

    def _place(self, at: int) -> str:
        assert self._tile is not None
        return self.tr("Im {n}").format(n=self._tile.to_position(at) + 1)

    @Slot(object)
    def _on_changed(self, images: Iterable[object]) -> None:
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        tile = self._tile
        rows: list[tuple[int, Measurement]] = []
        if tile is not None and tile.series is not None:
            rows = list(self._workspace.measurements.of_series(tile.series))
            if tile.reversed:
                # By slice as the screen runs; those of one slice stay in the order in which they were made.
                rows.sort(key=lambda row: -row[0])
        if [m.id for _, m in rows] == [m.id for _, m in self._rows]:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()
