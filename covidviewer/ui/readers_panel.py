"""Several networks as a panel of readers: each with its probability and threshold, and how far they agree."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from covidviewer.ui.class_words import class_word
from covidviewer.ui.icons import icon
from covidviewer.ui.image_name import name_on
from covidviewer.ui.score_bar import ScoreBar
from covidviewer.workspace.readers import Agreement, Reader
from covidviewer.workspace.readings import State
from covidviewer.workspace.workspace import Workspace

#: Texts follow scrolling after this pause.
FOLLOW_MS = 40


class ReaderRow(QWidget):
    """One network: whether it reads, its name (a press shows its map), its numbers, its card."""

    toggled = Signal(str, bool)
    shown = Signal(str)
    card_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.id = ""
        self.reads = QCheckBox()
        self.reads.setMinimumSize(24, 24)
        self.reads.clicked.connect(self._on_reads)
        self.name = QPushButton()
        self.name.setProperty("link", True)
        self.name.setMinimumHeight(24)
        self.name.clicked.connect(self._on_name)
        self.card = QToolButton()
        self.card.setIcon(icon("document"))
        self.card.setIconSize(QSize(16, 16))
        self.card.setMinimumSize(24, 24)
        self.card.clicked.connect(self._on_card)
        self.bar = ScoreBar(scale=False)
        self.here, self.whole = QLabel(), QLabel()
        for number in (self.here, self.whole):
            number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            number.setMinimumWidth(self.fontMetrics().horizontalAdvance("Series"))
        self.state = QLabel()
        self.state.setProperty("role", "faint")
        self.state.setWordWrap(True)
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.reads)
        top.addWidget(self.name)
        top.addStretch(1)
        top.addWidget(self.card)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(0, 1)
        grid.addLayout(top, 0, 0, 1, 3)
        for column, widget in enumerate((self.bar, self.here, self.whole)):
            grid.addWidget(widget, 1, column)
        grid.addWidget(self.state, 2, 0, 1, 3)

    def show_reader(self, reader: Reader, here: float, whole: float, one: bool, state: str) -> None:
        """Set all parts; NaN is no answer. one : the series is one image."""
        name = reader.card.id
        self.id = name
        self.reads.setChecked(reader.reads)
        self.reads.setEnabled(not reader.reason and not reader.shown and not (reader.first and reader.reads))
        self.reads.setAccessibleName(self.tr("{name} reads").format(name=name))
        self.reads.setToolTip(reader.reason or self.tr("Let this network read the series too"))
        self.name.setText(f"● {name}" if reader.shown else name)
        self.name.setEnabled(reader.reads)
        tip = self.tr("Its map and track are shown") if reader.shown else self.tr("Show its map and track")
        self.name.setToolTip(reader.reason or tip)
        self.name.setAccessibleName(f"{name}: {tip}")
        self.card.setToolTip(self.tr("Model card of {name}").format(name=name))
        self.card.setAccessibleName(self.card.toolTip())
        number = here if one or math.isnan(whole) else whole
        self.bar.set_score(number, reader.card.threshold)
        self.here.setText(_two(here))
        self.whole.setText("" if one else _two(whole))
        answered = reader.reads and not (math.isnan(here) and math.isnan(whole))
        for widget in (self.bar, self.here, self.whole):
            widget.setVisible(answered)
        self.state.setText(state)
        self.state.setVisible(bool(state))

    @Slot(bool)
    def _on_reads(self, on: bool) -> None:
        self.toggled.emit(self.id, on)

    @Slot()
    def _on_name(self) -> None:
        self.shown.emit(self.id)

    @Slot()
    def _on_card(self) -> None:
        self.card_wanted.emit(self.id)


class ReadersPanel(QWidget):
    """Reads the workspace's readers; there while a modality has more than one network."""

    card_wanted = Signal(str)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.rows: list[ReaderRow] = []
        head, here, whole = QLabel(self.tr("Panel of readers")), QLabel(self.tr("Slice")), QLabel(self.tr("Series"))
        heads = QHBoxLayout()
        heads.setSpacing(10)
        for label in (head, here, whole):
            label.setProperty("role", "head")
            heads.addWidget(label)
        heads.insertStretch(1, 1)
        self._here, self._whole = here, whole
        self.agreement = QLabel()
        self.agreement.setWordWrap(True)
        self.agreement.setAccessibleName(self.tr("Agreement of the readers"))
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setProperty("role", "faint")
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 12, 14, 12)
        box.setSpacing(8)
        box.addLayout(heads)
        box.addLayout(self._list)
        box.addWidget(self.agreement)
        box.addWidget(self.words)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(FOLLOW_MS)
        self._later.timeout.connect(self.refresh)
        active = workspace.active
        for changed in (active.slice_changed, active.overlay_changed, workspace.readings.slices_changed):
            changed.connect(self._refresh_later)
        workspace.readings.series_changed.connect(self._refresh_later)
        active.series_changed.connect(self.refresh)
        workspace.readers.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    @Slot(object)
    def _refresh_later(self, *_args: object) -> None:
        if not self._later.isActive():
            self._later.start()

    @Slot()
    def refresh(self) -> None:
        """Show what the readers have said of the slice and the series on the active tile."""
        workspace, tile = self._workspace, self._workspace.active_tile
        found = workspace.readers.of(tile) if not tile.computed else ()
        self.setVisible(len(found) > 1)
        if len(found) < 2:
            return
        self._make_rows(len(found))
        count, index, one = tile.count, tile.index, tile.count == 1
        here = {r.card.id: workspace.readers.slice_score(r, count, index) for r in found}
        whole = {r.card.id: workspace.readers.series_score(r, count) for r in found}
        self._whole.setVisible(not one)
        self._here.setText(self.tr("Image") if one else self.tr("Slice"))
        for row, reader in zip(self.rows, found, strict=False):
            row.show_reader(reader, here[reader.card.id], whole[reader.card.id], one, self._state(reader))
        reading = [r for r in found if r.reads]
        lines = []
        if len(reading) > 1:
            scores = [(self.tr("Image") if one else name_on(tile), here)]
            if not one:
                scores.append((self.tr("Series"), whole))
            for name, values in scores:
                answers = [(values[r.card.id], r.card.threshold) for r in reading]
                lines.append(f"{name}: {self._agreement(Agreement.of(answers), len(reading))}")
        self.agreement.setText("\n".join(lines))
        self.agreement.setVisible(bool(lines))
        self.words.setText(self._caveats(reading))

    def _make_rows(self, count: int) -> None:
        while len(self.rows) < count:
            row = ReaderRow()
            row.toggled.connect(self._workspace.readers.set_reads)
            row.shown.connect(self._workspace.readers.show)
            row.card_wanted.connect(self.card_wanted)
            self._list.addWidget(row)
            self.rows.append(row)
        for i, row in enumerate(self.rows):
            row.setVisible(i < count)

    def _state(self, reader: Reader) -> str:
        if reader.reason:
            return self.tr("not available: {why}").format(why=reader.reason)
        found = self._workspace.readings.get(reader.key) if reader.reads else None
        if found is None:
            return ""
        if found.state in (State.WAITING, State.RUNNING):
            return self.tr("{done} of {count} slices read").format(done=found.settled, count=found.count)
        if found.state is State.REFUSED:
            return self.tr("no reading: {why}").format(why=found.message)
        if found.state is State.FAILED:
            return self.tr("failed: {why}").format(why=found.message)
        return self.tr("cancelled") if found.state is State.CANCELLED else ""

    def _agreement(self, found: Agreement, readers: int) -> str:
        if not found.answers:
            return self.tr("no answer yet")
        parts = []
        if found.answers < readers:
            parts.append(self.tr("{n} of {all} have read").format(n=found.answers, all=readers))
        if found.judged:
            parts.append(self.tr("{n} of {all} above their threshold").format(n=found.above, all=found.judged))
        if found.judged < found.answers:
            parts.append(self.tr("{n} without a threshold").format(n=found.answers - found.judged))
        parts.append(self.tr("mean {m:.2f}").format(m=found.mean))
        if found.answers > 1:
            parts.append(self.tr("range {low:.2f} to {high:.2f}").format(low=found.low, high=found.high))
        return ", ".join(parts)

    def _caveats(self, reading: list[Reader]) -> str:
        """What the numbers are of, and what their agreement is not."""
        if len(reading) < 2:
            return self.tr("Tick a network to let it read after the first.")
        positives = sorted({class_word(r.card.positive) for r in reading})
        text = self.tr("Numbers are probabilities of {name}.").format(name=", ".join(positives))
        if len({frozenset(r.card.classes) for r in reading}) > 1:
            text += " " + self.tr("The networks know different classes and are compared on {name} alone.").format(
                name=", ".join(positives)
            )
        return text + " " + self.tr("Networks share data and mistakes: their agreement confirms nothing.")


def _two(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"
