"""Left dock: studies, their series as thumbnails, what a scan is doing, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QModelIndex, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from covidviewer.study import Series
from covidviewer.ui.person import person_name
from covidviewer.ui.sentences import say, say_note
from covidviewer.ui.series_card import CARD_ROLE, KEY_ROLE, SERIES_MIME, CardDelegate, CardText, badges_of
from covidviewer.ui.series_info import tooltip_lines
from covidviewer.ui.series_menu import SeriesMenu
from covidviewer.workspace.readings import State
from covidviewer.workspace.workspace import OpenStudy, Workspace


class StudyModel(QStandardItemModel):
    """Studies over series. Made anew when a study or series comes or goes; else rows are rewritten in place."""

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._shape: tuple[tuple[str, tuple[str, ...]], ...] = ()
        self._places: dict[str, tuple[int, int]] = {}

    def index_of(self, key: str) -> QModelIndex:
        """Where a series is; invalid when it is not there."""
        study, row = self._places.get(key, (-1, -1))
        return self.index(row, 0, self.index(study, 0)) if study >= 0 else QModelIndex()

    def study_uid(self, row: int) -> str:
        return self._shape[row][0] if 0 <= row < len(self._shape) else ""

    def mimeTypes(self) -> list[str]:
        return [SERIES_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        keys = [str(i.data(KEY_ROLE)) for i in indexes if i.data(KEY_ROLE)]
        if keys:
            data.setData(SERIES_MIME, keys[0].encode())
        return data

    def bring_up_to_date(self) -> bool:
        """Show what the workspace holds; True when rows came or went, and every index is a new one."""
        studies = self._workspace.studies
        shape = tuple((study.uid, tuple(series.key for series in study.series)) for study in studies)
        anew = shape != self._shape
        if anew:
            self._shape = shape
            self._places = {key: (at, row) for at, (_, keys) in enumerate(shape) for row, key in enumerate(keys)}
            self.clear()
            for _, keys in shape:
                head = QStandardItem()
                head.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                head.appendRows([_series_item(key) for key in keys])
                self.appendRow(head)
        for at, study in enumerate(studies):
            head = self.item(at)
            self._write(head, self._study_card(study))
            for row, series in enumerate(study.series):
                self._write(head.child(row), self._series_card(series))
        return anew

    def _write(self, item: QStandardItem, card: CardText) -> None:
        if item.data(CARD_ROLE) != card:
            item.setData(card, CARD_ROLE)
            item.setData(card.spoken(), int(Qt.ItemDataRole.AccessibleTextRole))
            item.setToolTip(card.tip)

    def images_text(self, count: int) -> str:
        return self.tr("1 image") if count == 1 else self.tr("{n} images").format(n=count)

    def _study_card(self, study: OpenStudy) -> CardText:
        stack = study.first.stack
        hidden = self._workspace.preferences.value.hide_identity
        name = self.tr("Name hidden") if hidden else (person_name(stack.patient.name) or self.tr("No name"))
        parts = [_date(stack.study_date), stack.study_description]
        return CardText(title=name, line=" · ".join(p for p in parts if p) or self.tr("No date"))

    def _series_card(self, series: Series) -> CardText:
        stack = series.stack
        found = self._workspace.readings.get(series.key)
        badges = badges_of(stack.notes)
        if found is not None and found.state is State.DONE:
            badges += ("AI",)
        count = len(stack.frames)
        if series.kind == "document":
            line = say(stack.document) or self.tr("Not an image")
        else:
            line = " · ".join((series.modality or "?", self.images_text(count)))
        tip = [series.description, line]
        if stack.frames:
            tip += tooltip_lines(series)
        tip += [say_note(str(note)) for note in stack.notes]
        return CardText(
            title=series.description or self.tr("No description"),
            line=line,
            badges=badges,
            document=series.kind == "document",
            tip="\n".join(t for t in tip if t),
        )


def _series_item(key: str) -> QStandardItem:
    item = QStandardItem()
    item.setData(key, KEY_ROLE)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
    return item


class _Tree(QTreeView):
    """Enter and Space show the series under the cursor; the arrow keys stay the tree's own."""

    chosen = Signal(QModelIndex)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self.currentIndex())
            event.accept()
            return
        super().keyPressEvent(event)


class StudyTree(QWidget):
    """Reads the workspace's studies and scan; asks it to show a series and to stop a scan."""

    left_out_wanted = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.setObjectName("studyDock")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = StudyModel(workspace, self)
        self._folded: set[str] = set()  # UIDs of studies that the user folded
        self.tree = _Tree()
        self.tree.setObjectName("studies")
        self.tree.setAccessibleName(self.tr("Studies and series"))
        self.tree.setModel(self.model)
        self.tree.setItemDelegate(CardDelegate(workspace, self.tree))
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(0)
        self.tree.setRootIsDecorated(False)
        self.tree.setExpandsOnDoubleClick(False)
        self.tree.setUniformRowHeights(False)
        self.tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.tree.setDragEnabled(True)
        self.tree.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.tree.viewport().setMouseTracking(True)
        self.tree.clicked.connect(self._on_chosen)
        self.tree.chosen.connect(self._on_chosen)
        self.menu = SeriesMenu(workspace, self.tree)

        self._empty = QLabel(self.tr("Nothing is open yet."))
        self._empty.setProperty("role", "faint")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._empty.setContentsMargins(12, 24, 12, 0)
        self._foot = self._build_foot()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self._empty, 1)
        box.addWidget(self.tree, 1)
        box.addWidget(self._foot)

        workspace.studies_changed.connect(self._on_studies)
        workspace.scan_changed.connect(self._on_scan)
        workspace.left_out_changed.connect(self._on_scan)
        workspace.thumbnail_ready.connect(self._on_thumbnail)
        workspace.readings.series_changed.connect(self._on_studies)
        workspace.preferences.changed.connect(self._on_studies)
        workspace.active.series_changed.connect(self._on_shown)
        workspace.shown_changed.connect(self.tree.viewport().update)
        self._on_studies()
        self._on_scan()

    def sizeHint(self) -> QSize:
        return QSize(250, 400)

    def _build_foot(self) -> QWidget:
        foot = QWidget()
        foot.setObjectName("scanFoot")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._scan_text = QLabel()
        self._scan_text.setProperty("role", "muted")
        self._scan_text.setWordWrap(True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the scan"))
        self._cancel = QPushButton(self.tr("Cancel"))
        self._cancel.setAccessibleName(self.tr("Cancel the scan"))
        self._cancel.clicked.connect(self._workspace.cancel_scan)
        self._left_out = QPushButton()
        self._left_out.setProperty("link", True)
        self._left_out.setCursor(Qt.CursorShape.PointingHandCursor)
        self._left_out.setToolTip(self.tr("Show what was left out and why"))
        self._left_out.clicked.connect(self.left_out_wanted)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._left_out)
        row.addStretch(1)
        row.addWidget(self._cancel)
        box = QVBoxLayout(foot)
        box.setContentsMargins(12, 8, 8, 8)
        box.setSpacing(6)
        box.addWidget(self._scan_text)
        box.addWidget(self._bar)
        box.addLayout(row)
        return foot

    @Slot()
    def _on_studies(self, *_key: object) -> None:
        scroll = self.tree.verticalScrollBar().value()
        if self.model.bring_up_to_date():
            for row in range(self.model.rowCount()):
                self.tree.setExpanded(self.model.index(row, 0), self.model.study_uid(row) not in self._folded)
            self._put_current()
            self.tree.executeDelayedItemsLayout()
            self.tree.verticalScrollBar().setValue(scroll)
        any_study = bool(self._workspace.studies)
        self.tree.setVisible(any_study)
        self._empty.setVisible(not any_study)
        self.tree.viewport().update()

    @Slot()
    def _on_shown(self) -> None:
        """Another series is on the tile: mark it, and bring it into view."""
        self._put_current()
        self.tree.scrollTo(self.tree.currentIndex())
        self.tree.viewport().update()

    def _put_current(self) -> None:
        series = self._workspace.active_tile.series
        index = self.model.index_of(series.key) if series is not None else QModelIndex()
        if index != self.tree.currentIndex():
            self.tree.setCurrentIndex(index)

    @Slot()
    def _on_scan(self) -> None:
        scan = self._workspace.scan
        left = len(self._workspace.left_out)
        running = not scan.finished
        images = max(scan.images, sum(len(s.stack.frames) for study in self._workspace.studies for s in study.series))
        if running and scan.files_found:
            text = self.tr("{read} of {found} files read · {images} images").format(
                read=scan.files_read, found=scan.files_found, images=images
            )
        elif running:
            text = self.tr("Looking for images…")
        else:
            series = sum(len(study.series) for study in self._workspace.studies)
            text = self.tr("{n} series").format(n=series) + " · " + self.model.images_text(images)
        self._scan_text.setText(text)
        self._bar.setRange(0, scan.files_found)
        self._bar.setValue(scan.files_read)
        self._bar.setVisible(running)
        self._cancel.setVisible(running)
        self._left_out.setText(self.tr("{n} left out").format(n=left))
        self._left_out.setVisible(left > 0)
        self._foot.setVisible(running or left > 0 or bool(self._workspace.studies))

    @Slot(str)
    def _on_thumbnail(self, key: str) -> None:
        index = self.model.index_of(key)
        if index.isValid():
            self.tree.update(index)

    @Slot(QModelIndex)
    def _on_chosen(self, index: QModelIndex) -> None:
        key = index.data(KEY_ROLE) if index.isValid() else None
        if key:
            self._workspace.show(str(key))
        elif index.isValid():
            folded = self.model.study_uid(index.row())
            self._folded ^= {folded}
            self.tree.setExpanded(index, folded not in self._folded)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._on_studies()
            self._on_scan()
        super().changeEvent(event)


def _date(value: str) -> str:
    """``YYYYMMDD`` (PS3.5 6.2, DA) as ISO date; anything else as it is."""
    return f"{value[:4]}-{value[4:6]}-{value[6:8]}" if len(value) == 8 and value.isdigit() else value
