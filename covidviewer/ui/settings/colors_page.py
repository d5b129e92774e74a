"""Colour maps of the reader's own: a list of stops as text, its colours beside it, checked before it is kept."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontDatabase, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from covidviewer.imaging import colormaps
from covidviewer.imaging.own_colormaps import ColorMapError, OwnColorMap, maps_of, parse
from covidviewer.ui import theme
from covidviewer.ui.sentences import say
from covidviewer.workspace.workspace import Workspace

_NAME = Qt.ItemDataRole.UserRole
EXAMPLE = """# {words}
name = "{name}"
stops = [
    "#5a3200",
    "#b06a00",
    "#ffe9b0",
]
"""


class Strip(QWidget):
    """A colour map from 0 to 1, left to right, above the same in grey."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors: np.ndarray | None = None
        self.setFixedHeight(34)

    def show_colors(self, colors: np.ndarray | None) -> None:
        """colors : (256, 3) uint8, None for nothing."""
        self._colors = colors
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._colors is None:
            return
        light = np.rint(self._colors @ np.array([0.2126, 0.7152, 0.0722])).astype(np.uint8)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for rows, top, height in ((self._colors, 0, 22), (np.repeat(light[:, None], 3, axis=1), 24, 10)):
            data = np.ascontiguousarray(rows)
            image = QImage(data.data, 256, 1, 768, QImage.Format.Format_RGB888)
            painter.drawImage(QRectF(0, top, self.width(), height), image)


class ColorsPage(QWidget):
    """Reads and writes `Preferences.colormaps`, the texts as they were written."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._preferences = workspace.preferences
        words = QLabel(
            self.tr("Lightness must grow from one end to the other, so that no band shows what is not in the data: no "
                    "rainbow. The lower strip is the map in grey.")
        )  # fmt: skip
        words.setProperty("role", "muted")
        words.setWordWrap(True)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Colour maps"))
        self.list.setMaximumWidth(190)
        self.list.currentItemChanged.connect(self._on_current)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(self.tr("Text of the colour map"))
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setTabChangesFocus(True)
        self.text.textChanged.connect(self._on_text)
        self.strip = Strip()
        self.strip.setAccessibleName(self.tr("The colours, and the same in grey"))
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.state.setMinimumHeight(34)
        self.add = self._button(self.tr("New"), self._on_add)
        self.keep = self._button(self.tr("Keep"), self._on_keep)
        self.drop = self._button(self.tr("Remove"), self._on_drop)
        row = QHBoxLayout()
        row.addWidget(self.state, 1)
        for button in (self.add, self.keep, self.drop):
            row.addWidget(button)
        side = QVBoxLayout()
        side.addWidget(self.text, 1)
        side.addWidget(self.strip)
        side.addLayout(row)
        middle = QHBoxLayout()
        middle.addWidget(self.list)
        middle.addLayout(side, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(words)
        box.addLayout(middle, 1)
        self.refresh()

    def _button(self, text: str, does: object) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(does)
        return button

    @property
    def own(self) -> dict[str, str]:
        """Text of each map of the reader's by its name."""
        return {parse(text).name: text for text in self._preferences.value.colormaps if maps_of([text])}

    @Slot()
    def refresh(self, chosen: str = "") -> None:
        """List ours and the reader's; those can be changed."""
        own = self.own
        self.list.clear()
        for name in (*colormaps.NAMES, *own):
            item = QListWidgetItem(self.tr("{name} (own)").format(name=name) if name in own else name, self.list)
            item.setData(_NAME, name)
            item.setSizeHint(QSize(0, 30))
            if name == chosen:
                self.list.setCurrentItem(item)
        if self.list.currentItem() is None:
            self.list.setCurrentRow(0)

    @Slot()
    def _on_current(self) -> None:
        if self.list.currentRow() < 0:
            return
        name, own = str(self.list.currentItem().data(_NAME)), self.own
        ours = name not in own
        self.text.setReadOnly(ours)
        self.text.setPlainText(_text_of(name) if ours else own[name])
        self.keep.setEnabled(not ours)
        self.drop.setEnabled(not ours)
        if ours:
            self._tell(self.tr("Ours, as it is. New begins one of your own."), "muted")

    @Slot()
    def _on_text(self) -> None:
        """Say while writing whether it can be kept."""
        item = self.list.currentItem()
        name = str(item.data(_NAME)) if item is not None else ""
        if self.text.isReadOnly() and name in colormaps.NAMES:
            self.strip.show_colors(colormaps.table(name))
            return
        found = self._checked()
        self.strip.show_colors(found.table() if found is not None else None)
        self.keep.setEnabled(found is not None)
        if found is not None:
            self._tell(self.tr("It can be kept."), "muted")

    def _checked(self) -> OwnColorMap | None:
        try:
            found = parse(self.text.toPlainText())
        except ColorMapError as error:
            self._tell(say(error.message), "error")
            return None
        if found.name.casefold() in {name.casefold() for name in colormaps.NAMES}:
            self._tell(self.tr("One of ours has this name."), "error")
            return None
        return found

    @Slot()
    def _on_add(self) -> None:
        own = self.own
        names = (self.tr("Own colours {n}").format(n=n) for n in range(1, 1000))
        name = next(name for name in names if name not in own)
        self.list.setCurrentRow(-1)
        self.text.setReadOnly(False)
        self.drop.setEnabled(False)
        self.text.setPlainText(EXAMPLE.format(words=self.tr("Dark to light: colours, or [place, colour]."), name=name))
        self.text.setFocus()

    @Slot()
    def _on_keep(self) -> None:
        """Keep it under its name; tiles that were shown with the map of this name get the new colours."""
        found = self._checked()
        if found is None:
            return
        item = self.list.currentItem()
        before = str(item.data(_NAME)) if item is not None else found.name
        own = self.own
        old = {m.id for m in maps_of(own.values()) if m.name in (before, found.name)}
        texts = {name: text for name, text in own.items() if name != before} | {found.name: self.text.toPlainText()}
        shown = [tile for tile in self._workspace.tiles if tile.overlay.colormap in old]
        now: dict[str, object] = {"colormaps": tuple(texts.values())}
        if self._preferences.value.overlay_colormap in old:
            now["overlay_colormap"] = found.id
        self._preferences.update(**now)
        for tile in shown:
            tile.set_overlay(colormap=found.id)
        self.refresh(found.name)
        self._tell(self.tr("Kept. It is among the colours of the map."), "muted")

    @Slot()
    def _on_drop(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            gone = str(item.data(_NAME))
            self._preferences.update(colormaps=tuple(text for name, text in self.own.items() if name != gone))
            self.refresh()

    def _tell(self, text: str, color: str) -> None:
        self.state.setText(text)
        self.state.setStyleSheet(f"color: {theme.COLORS[color]}")


def _text_of(name: str) -> str:
    """One of ours as it would be written, in nine stops."""
    colors = colormaps.table(name)[np.linspace(0, 255, 9).round().astype(int)]
    stops = "".join(f'    "#{r:02x}{g:02x}{b:02x}",\n' for r, g, b in colors)
    return f'name = "{name}"\nstops = [\n{stops}]\n'
