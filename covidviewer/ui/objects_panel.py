"""Right dock: objects that others wrote about the series on screen; each part with swatch, eye and opacity."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from covidviewer.ui.focus_guard import FocusGuard
from covidviewer.ui.icons import icon
from covidviewer.workspace.objects import ObjectKind, Row, object_policy
from covidviewer.workspace.workspace import Workspace

STEP = 5


class _Swatch(QWidget):
    """The colour of a part: a square, hollow while it is not on the slice."""

    def __init__(self) -> None:
        super().__init__()
        self._color = QColor()
        self._full = True
        self.setFixedSize(16, 16)

    def show_color(self, shade: QColor, full: bool) -> None:
        if (shade, full) != (self._color, self._full):
            self._color, self._full = shade, full
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._color)
        fill = QColor(self._color)
        fill.setAlphaF(0.9 if self._full else 0.12)
        painter.setBrush(fill)
        painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), 3, 3)
        painter.end()


class PartLine(QWidget):
    """One part: eye, swatch, name, opacity."""

    eye_toggled = Signal(str, bool)
    opacity_changed = Signal(str, float)

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key
        self.eye = QToolButton()
        self.eye.setCheckable(True)
        self.eye.setIcon(icon("eye-off", on="eye"))
        self.eye.setIconSize(QSize(16, 16))
        self.eye.setMinimumSize(26, 26)
        self.eye.setAutoRaise(True)
        self.eye.clicked.connect(self._on_eye)
        self._swatch = _Swatch()
        self._name = QLabel()
        self._name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._detail = QLabel()
        self._detail.setProperty("role", "faint")
        self._detail.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, round(object_policy().opacity_max * 100))
        self.opacity.setSingleStep(STEP)
        self.opacity.setPageStep(STEP)
        self.opacity.setFixedWidth(76)
        self.opacity.setMinimumHeight(24)
        self.opacity.valueChanged.connect(self._on_opacity)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._name)
        words.addWidget(self._detail)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 2, 0, 2)
        line.setSpacing(8)
        line.addWidget(self.eye)
        line.addWidget(self._swatch)
        line.addLayout(words, 1)
        line.addWidget(self.opacity)

    def show_row(self, row: Row) -> None:
        """Show the state of the part."""
        self.eye.setChecked(row.visible)
        says = self.tr("Hide {name}") if row.visible else self.tr("Show {name}")
        name = self.tr("Shutter") if row.shutter else row.label
        self.eye.setToolTip(says.format(name=name))
        self.eye.setAccessibleName(says.format(name=name))
        self._swatch.show_color(QColor(*row.color), row.visible and row.here)
        self._name.setText(name)
        self._name.setToolTip(name)
        self._name.setEnabled(row.here)
        detail = row.detail
        if row.scale is not None:
            detail = f"{row.scale[0]:.4g} – {row.scale[1]:.4g} {row.unit}".strip()
        if not row.here:
            detail = self.tr("not on this slice")
        self._detail.setText(detail)
        self._detail.setToolTip(row.detail)
        self._detail.setVisible(bool(detail))
        self.opacity.blockSignals(True)
        self.opacity.setValue(round(row.opacity * 100))
        self.opacity.blockSignals(False)
        self.opacity.setVisible(row.filled)
        self.opacity.setEnabled(row.visible)
        self.opacity.setAccessibleName(self.tr("Opacity of {name}").format(name=row.label))
        self.opacity.setToolTip(self.tr("Opacity {percent} %").format(percent=round(row.opacity * 100)))

    @Slot()
    def _on_eye(self) -> None:
        self.eye_toggled.emit(self.key, self.eye.isChecked())

    @Slot(int)
    def _on_opacity(self, percent: int) -> None:
        self.opacity_changed.emit(self.key, percent / 100)


class ObjectsPanel(QWidget):
    """Follows the active tile and its slice."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._shape: tuple[tuple[str, ...], bool] = ((), False)
        self._lines: dict[str, PartLine] = {}
        self._views: dict[str, QPushButton] = {}
        self._unfolded = False
        self._guard = FocusGuard(self)
        self.setObjectName("objectsPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._empty = QLabel(
            self.tr("Nobody else has written on these images: no segmentation, contour, report or overlay is open.")
        )
        self._empty.setWordWrap(True)
        self._empty.setProperty("role", "faint")
        self._empty.setContentsMargins(14, 16, 14, 0)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.all_on, self.all_off = QPushButton(self.tr("Show all")), QPushButton(self.tr("Hide all"))
        self.all_on.clicked.connect(self._show_all)
        self.all_off.clicked.connect(self._hide_all)
        head = QHBoxLayout()
        head.setContentsMargins(14, 10, 14, 4)
        head.addWidget(self.all_on)
        head.addWidget(self.all_off)
        head.addStretch(1)
        self._head = QWidget()
        self._head.setLayout(head)
        self._list = QWidget()
        self._box = QVBoxLayout(self._list)
        self._box.setContentsMargins(14, 4, 14, 14)
        self._box.setSpacing(2)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._list)
        self._area.setAccessibleName(self.tr("Objects of others"))
        self._more = QPushButton()
        self._more.setProperty("link", True)
        self._more.setCheckable(True)
        self._more.clicked.connect(self._on_more)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self._head)
        box.addWidget(self._empty)
        box.addWidget(self._area, 1)
        workspace.objects.changed.connect(self.refresh)
        workspace.active.series_changed.connect(self.refresh)
        workspace.active.slice_changed.connect(self.refresh)
        self.refresh()

    def sizeHint(self) -> QSize:
        return QSize(340, 420)

    def rows(self) -> tuple[Row, ...]:
        """What the list is made of."""
        tile = self._workspace.active_tile
        if tile.series is None:
            return ()
        return self._workspace.objects.rows(tile.series, tile.index)

    @Slot()
    def refresh(self) -> None:
        """Show what is so now; lines are made anew only when other parts are listed."""
        rows = self.rows()
        crowded = len(rows) > object_policy().auto_above
        listed = tuple(row for row in rows if row.here or not crowded or self._unfolded)
        shape = (tuple(row.key for row in listed), crowded)
        if shape != self._shape:
            self._build(listed)
            self._shape = shape
        for row in listed:
            self._lines[row.key].show_row(row)
        hidden = len(rows) - sum(row.here for row in rows)
        self._more.setVisible(crowded and hidden > 0)
        self._more.setText(
            self.tr("Only those on this slice")
            if self._unfolded
            else self.tr("{n} more on other slices").format(n=hidden)
        )
        self._empty.setVisible(not rows)
        self._head.setVisible(bool(rows))
        self._area.setVisible(bool(rows))

    def _build(self, rows: tuple[Row, ...]) -> None:
        self._lines.clear()
        self._views.clear()
        while self._box.count():
            item = self._box.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None and widget is not self._more:
                widget.hide()
                widget.deleteLater()
        owner = ""
        for row in rows:
            if row.object_key != owner:
                owner = row.object_key
                self._box.addWidget(self._object_head(row))
            line = PartLine(row.key)
            line.eye_toggled.connect(self._on_eye)
            line.opacity_changed.connect(self._on_opacity)
            self._guard.watch(line)
            self._lines[row.key] = line
            self._box.addWidget(line)
        self._box.addWidget(self._more)
        self._box.addStretch(1)

    def _object_head(self, row: Row) -> QWidget:
        head = QWidget()
        kind = QLabel(self.kind_text(row.kind))
        font = QFont(kind.font())
        font.setWeight(QFont.Weight.DemiBold)
        kind.setFont(font)
        title = QLabel(row.title)
        title.setProperty("role", "muted")
        title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        title.setToolTip(row.title)
        line = QHBoxLayout(head)
        line.setContentsMargins(0, 10, 0, 2)
        line.setSpacing(8)
        line.addWidget(kind)
        line.addWidget(title, 1)
        found = self._workspace.objects.get(row.object_key)
        if found is not None and found.presentation is not None:
            line.addWidget(self._button(row, self.tr("Apply its view"), self._on_apply))
        if found is not None and found.report is not None:
            line.addWidget(self._button(row, self.tr("Read"), self._on_open))
        return head

    def _button(self, row: Row, text: str, slot: object) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("object_key", row.object_key)
        button.setMinimumHeight(24)
        button.setAccessibleName(f"{text}: {row.title}")
        button.clicked.connect(slot)
        self._views[row.object_key] = button
        return button

    def kind_text(self, kind: ObjectKind) -> str:
        """What an object is, in the reader's language."""
        return {
            ObjectKind.SEGMENTATION: self.tr("Segmentation"),
            ObjectKind.CONTOURS: self.tr("Contours"),
            ObjectKind.PRESENTATION: self.tr("Presentation"),
            ObjectKind.OVERLAY: self.tr("In the images"),
            ObjectKind.MEASUREMENTS: self.tr("Report"),
            ObjectKind.MAP: self.tr("Parametric map"),
        }.get(kind, self.tr("Object"))

    # -- asking --

    @Slot(str, bool)
    def _on_eye(self, key: str, on: bool) -> None:
        self._workspace.objects.set_visible([key], on)

    @Slot(str, float)
    def _on_opacity(self, key: str, opacity: float) -> None:
        self._workspace.objects.set_opacity([key], opacity)

    @Slot()
    def _show_all(self) -> None:
        self._workspace.objects.set_visible([row.key for row in self.rows()], True)

    @Slot()
    def _hide_all(self) -> None:
        self._workspace.objects.set_visible([row.key for row in self.rows()], False)

    @Slot()
    def _on_more(self) -> None:
        self._unfolded = not self._unfolded
        self.refresh()

    @Slot()
    def _on_apply(self) -> None:
        key = str(self.sender().property("object_key"))
        self._workspace.objects.apply(key, self._workspace.active_tile)

    @Slot()
    def _on_open(self) -> None:
        found = self._workspace.objects.get(str(self.sender().property("object_key")))
        if found is not None:
            self._workspace.objects.report_wanted.emit(found)
