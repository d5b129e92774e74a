"""Right dock: what the second reader says of this series and slice, on what ground, and how sure one may be of it."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from covidviewer.errors import NotEvaluableError
from covidviewer.inference.doubts import doubt_policy
from covidviewer.inference.results import Provenance
from covidviewer.ui.class_words import class_word, with_class_word
from covidviewer.ui.doubt_words import do_not_rely, range_text, sentences_of
from covidviewer.ui.icons import icon
from covidviewer.ui.image_name import name_on
from covidviewer.ui.model_card import find_card
from covidviewer.ui.score_bar import ScoreBar
from covidviewer.ui.sentences import say
from covidviewer.ui.shown_class import band_text
from covidviewer.ui.theme import COLORS
from covidviewer.ui.weakness import figures_text, weak_text
from covidviewer.workspace.readings import SeriesReadings, State
from covidviewer.workspace.workspace import Workspace

#: Texts follow scrolling after this pause, so that they cost the scroll nothing.
FOLLOW_MS = 40
TOP_SLICES = 3
MAX_CLASSES = 6


class ReadingPanel(QWidget):
    """Score card, classes, input check, provenance; open mode only. Reads the workspace, asks for runs and slices."""

    card_wanted = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 12, 14, 12)
        box.setSpacing(10)
        box.addLayout(self._build_head())
        box.addWidget(self._build_notice())
        box.addWidget(self._build_card())
        box.addWidget(self._build_classes())
        box.addWidget(self._build_facts())
        box.addWidget(self._build_foot())

        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(FOLLOW_MS)
        self._later.timeout.connect(self.refresh)
        active = workspace.active
        active.slice_changed.connect(self._refresh_later)
        active.overlay_changed.connect(self._refresh_later)
        workspace.readings.slices_changed.connect(self._refresh_later)
        workspace.networks_changed.connect(self._refresh_later)
        active.series_changed.connect(self.refresh)
        workspace.readings.series_changed.connect(self.refresh)
        self.refresh()

    # -- building --

    def _build_head(self) -> QHBoxLayout:
        mode = _label("chip", self.tr("Open mode"))
        mode.setToolTip(self.tr("Results appear as they are computed. They support, and do not replace, your reading."))
        self._run = QPushButton(icon("read"), self.tr("Run"))
        self._run.setToolTip(self.tr("Run the second reading (F5)"))
        self._run.setAccessibleName(self.tr("Run the second reading"))
        self._run.setProperty("primary", True)
        self._run.clicked.connect(self._workspace.read)
        self._cancel = QPushButton(icon("cancel"), self.tr("Cancel"))
        self._cancel.setToolTip(self.tr("Cancel the run (Shift+F5)"))
        self._cancel.setAccessibleName(self.tr("Cancel the run"))
        self._cancel.clicked.connect(self._workspace.cancel_reading)
        row = QHBoxLayout()
        row.addWidget(mode)
        row.addStretch(1)
        row.addWidget(self._run)
        row.addWidget(self._cancel)
        return row

    def _build_notice(self) -> QWidget:
        """What stands instead of a score: nothing yet, no network for this, a failure."""
        self._notice = QFrame()
        self._notice.setObjectName("card")
        self._notice_title = _label("strong")
        self._notice_text = _label("muted", wrap=True)
        box = QVBoxLayout(self._notice)
        box.setContentsMargins(14, 12, 14, 12)
        box.addWidget(self._notice_title)
        box.addWidget(self._notice_text)
        return self._notice

    def _build_card(self) -> QWidget:
        self._card = QFrame()
        self._card.setObjectName("card")
        self._caption = _label("muted")
        self._number = QLabel()
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 3.0)
        self._number.setFont(font)
        self._band = _label("muted", wrap=True)
        self._bar = ScoreBar()
        self._rule = _label("faint", wrap=True)
        self._doubts = _label("warning", wrap=True)
        self._slice_doubts = _label("warning", wrap=True)
        self._weak = _label("muted", wrap=True)
        self._slice_caption = _label("muted")
        self._slice_number = QLabel()
        middle = QFont(self.font())
        middle.setPointSizeF(middle.pointSizeF() * 1.2)
        middle.setWeight(QFont.Weight.DemiBold)
        self._slice_number.setFont(middle)
        self._slice_band = _label("muted", wrap=True)
        self._slice_bar = ScoreBar(scale=False)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName(self.tr("Progress of the second reading"))
        self._progress_text = _label("muted")

        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(self._number)
        top.addWidget(self._band, 1, Qt.AlignmentFlag.AlignBottom)
        self._band.setContentsMargins(0, 0, 0, 9)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._slice_caption)
        line.addWidget(self._slice_number)
        line.addWidget(self._slice_band, 1)
        self._slice_row = QWidget()
        slice_box = QVBoxLayout(self._slice_row)
        slice_box.setContentsMargins(0, 4, 0, 0)
        slice_box.setSpacing(2)
        slice_box.addLayout(line)
        slice_box.addWidget(self._slice_bar)
        slice_box.addWidget(self._slice_doubts)
        box = QVBoxLayout(self._card)
        box.setContentsMargins(14, 10, 14, 12)
        box.setSpacing(3)
        box.addWidget(self._caption)
        box.addLayout(top)
        box.addWidget(self._bar)
        box.addWidget(self._doubts)
        box.addWidget(self._weak)
        box.addWidget(self._rule)
        box.addWidget(self._slice_row)
        box.addSpacing(4)
        box.addWidget(self._progress)
        box.addWidget(self._progress_text)
        return self._card

    def _build_classes(self) -> QWidget:
        """Probability of each class, for the slice on screen and the series."""
        self._classes = QWidget()
        grid = QGridLayout(self._classes)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        heads = (self.tr("Class"), "", self.tr("Slice"), self.tr("Series"))
        for column, text in enumerate(heads):
            grid.addWidget(_label("head", text, right=column > 1), 0, column)
        self._class_rows: list[tuple[QLabel, ScoreBar, QLabel, QLabel]] = []
        for row in range(1, MAX_CLASSES + 1):
            cells = (_label(""), ScoreBar(scale=False), _label("", right=True), _label("", right=True))
            for column, widget in enumerate(cells):
                grid.addWidget(widget, row, column)
            self._class_rows.append(cells)
        return self._classes

    def _build_facts(self) -> QWidget:
        self._facts = QWidget()
        grid = QGridLayout(self._facts)
        grid.setContentsMargins(0, 2, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        self._check = _label("", wrap=True)
        self._attention = _label("", wrap=True)
        self._time = _label("", wrap=True)
        self._device = _label("", wrap=True)
        self._network = _label("", wrap=True)
        self._network.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._threshold = _label("", wrap=True)
        self._tops = [self._link() for _ in range(TOP_SLICES)]
        self._top_row = QWidget()
        tops = QVBoxLayout(self._top_row)  # beside each other whole names are wider than the dock
        tops.setContentsMargins(0, 0, 0, 0)
        tops.setSpacing(0)
        for link in self._tops:
            link.setAccessibleName(self.tr("One of the top slices"))  # until it is known which
            link.clicked.connect(self._on_top)
            tops.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
        rows: tuple[tuple[str, QWidget], ...] = (
            (self.tr("Input check"), self._check),
            (self.tr("Attention"), self._attention),
            (self.tr("Top slices"), self._top_row),
            (self.tr("Run time"), self._time),
            (self.tr("Device"), self._device),
            (self.tr("Network"), self._network),
            (self.tr("Threshold"), self._threshold),
        )
        self._fact_heads: dict[QWidget, QLabel] = {}
        for row, (text, widget) in enumerate(rows):
            head = _label("muted", text)
            self._fact_heads[widget] = head
            grid.addWidget(head, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(widget, row, 1)
        return self._facts

    def _build_foot(self) -> QWidget:
        foot = QWidget()
        self._card_link = self._link()
        self._card_link.setText(self.tr("Model card"))
        self._card_link.setToolTip(self.tr("What the network was trained on, how it was tested, where it fails"))
        self._card_link.clicked.connect(self.card_wanted)
        words = _label(
            "faint",
            self.tr("Supports, does not replace, your reading. Low scores do not exclude disease. Research use only."),
            wrap=True,
        )
        box = QVBoxLayout(foot)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addWidget(self._card_link, 0, Qt.AlignmentFlag.AlignLeft)
        box.addWidget(words)
        return foot

    def _link(self) -> QPushButton:
        button = QPushButton()
        button.setProperty("link", True)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        return button

    def sizeHint(self) -> QSize:
        return QSize(340, 560)

    # -- following the workspace --

    @Slot()
    def _refresh_later(self, *_args: object) -> None:
        if not self._later.isActive():
            self._later.start()

    @Slot()
    def refresh(self, *_args: object) -> None:
        """Show what the workspace holds now."""
        found = self._workspace.current_readings()
        state = found.state if found is not None else State.NONE
        busy = state in (State.WAITING, State.RUNNING)
        self._run.setVisible(not busy)
        self._run.setEnabled(self._workspace.active_tile.series is not None)
        self._run.setText(self.tr("Run") if state is State.NONE else self.tr("Run again"))
        self._cancel.setVisible(busy)
        title, text = self._notice_of(found, state)
        self._notice.setVisible(bool(title))
        self._notice_title.setText(title)
        self._notice_text.setText(text)
        self._notice_text.setVisible(bool(text))
        scored = found is not None and found.probabilities is not None and state is not State.REFUSED
        self._card.setVisible(scored or busy)
        self._classes.setVisible(scored)
        self._facts.setVisible(scored or (found is not None and found.gate is not None and state is not State.REFUSED))
        self._card_link.setVisible(bool(self._workspace.networks) and state is not State.REFUSED)
        if found is not None and (scored or busy):
            self._show_scores(found)
        if found is not None and state is not State.REFUSED:
            self._show_facts(found)

    def _notice_of(self, found: SeriesReadings | None, state: State) -> tuple[str, str]:
        if self._workspace.active_tile.series is None:
            return self.tr("No series"), self.tr("Open a chest CT to get a second reading.")
        if found is None or state is State.NONE:
            return self.tr("No result yet"), self.tr("Press F5 to run the network on this series.")
        if state is State.REFUSED:
            reasons = found.gate.reasons if found.gate is not None and found.gate.reasons else (found.message,)
            title = self.tr("No network for this")
            told = [say(reason).removeprefix(NotEvaluableError.title + ":").strip() for reason in reasons]
            return title, "\n".join(f"• {reason[:1].upper()}{reason[1:]}" for reason in told if reason)
        if state is State.FAILED:
            return self.tr("The second reading failed"), say(found.message)
        if state is State.CANCELLED:
            return self.tr("Cancelled"), say(found.message)
        return "", ""

    def _show_scores(self, found: SeriesReadings) -> None:
        workspace = self._workspace
        tile = workspace.active_tile
        label = workspace.label()
        threshold = self._threshold_of(found, label)
        own = found.count == tile.count and not tile.computed  # else no score belongs to what is on screen
        here = float(found.column(label)[tile.index]) if own else math.nan
        series = self._series_score(found, label)
        one = tile.count == 1
        slices_only = one or (found.gate is not None and not found.gate.series_score)
        caution = found.gate is not None and found.gate.verdict == "caution"
        name = class_word(label) if label else self.tr("Score")
        big = here if slices_only else series
        if one:
            self._caption.setText(self.tr("{name} · this image").format(name=name))
        elif slices_only:
            self._caption.setText(
                self.tr("{name} · {image} (slice scores only)").format(name=name, image=name_on(tile))
            )
        else:
            self._caption.setText(self.tr("{name} · whole series").format(name=name))
        self._number.setText(_two(big))
        here_doubts = sentences_of(found, label, tile.index) if own else []
        doubts = here_doubts if slices_only else sentences_of(found, label, None)
        self._show_doubts(self._doubts, doubts)
        self._show_doubts(self._slice_doubts, [] if slices_only else here_doubts)
        self._number.setStyleSheet(f"color: {COLORS['muted']}" if caution or doubts else "")
        self._slice_number.setStyleSheet(f"color: {COLORS['muted']}" if here_doubts else "")
        words = [self.tr("not yet") if math.isnan(big) else band_text(big, threshold)]
        words += [range_text(found, label, tile.index if slices_only else None, big)]
        words += [self.tr("caution: do not rely on it")] if caution else [do_not_rely()] if doubts else []
        self._band.setText("\n".join(word for word in words if word))
        self._bar.set_score(big, threshold)
        rule = found.score.rule if found.score is not None and not slices_only else ""
        self._rule.setText(say(with_class_word(rule, found.provenance.positive if found.provenance else "")))
        self._rule.setVisible(bool(self._rule.text()))
        self._show_weakness(found)
        self._slice_row.setVisible(not slices_only)
        self._slice_caption.setText(name_on(tile))
        self._slice_number.setText(_two(here))
        why = found.skipped.get(tile.index, "") if own else self.tr("scores are of the images")
        band = band_text(here, threshold) if not math.isnan(here) else self.tr("not yet")
        self._slice_band.setText(why or (f"{band}; {do_not_rely()}" if here_doubts else band))
        self._slice_band.setToolTip(why)
        self._slice_bar.set_score(here, threshold)
        self._show_progress(found)
        self._show_classes(found, tile.index if own else None, slices_only)

    def _show_doubts(self, widget: QLabel, sentences: list[str]) -> None:
        widget.setText("\n".join(f"⚑ {text}" for text in sentences))
        widget.setVisible(bool(sentences))

    def _show_weakness(self, found: SeriesReadings) -> None:
        p = found.provenance
        card = find_card(self._workspace.networks, p.weights) if p is not None else None
        known = card if card is not None and p is not None and card.id == p.weights else None
        self._weak.setText(weak_text(known))
        self._weak.setToolTip(figures_text(known))
        self._weak.setVisible(bool(self._weak.text()))

    def _show_progress(self, found: SeriesReadings) -> None:
        busy = found.state in (State.WAITING, State.RUNNING)
        self._progress.setVisible(busy)
        self._progress_text.setVisible(busy)
        if not busy:
            return
        if found.settled == 0:
            self._progress.setRange(0, 0)
            self._progress_text.setText(self.tr("Preparing the network…"))
        else:
            self._progress.setRange(0, found.count)
            self._progress.setValue(found.settled)
            self._progress_text.setText(
                self.tr("{done} of {count} slices").format(done=found.settled, count=found.count)
            )

    def _show_classes(self, found: SeriesReadings, index: int | None, slices_only: bool) -> None:
        for i, (name, bar, here, whole) in enumerate(self._class_rows):
            used = i < len(found.classes)
            for widget in (name, bar, here, whole):
                widget.setVisible(used)
            if not used:
                continue
            label = found.classes[i]
            value = float(found.column(label)[index]) if index is not None else math.nan
            name.setText(class_word(label))
            bar.set_score(value, self._threshold_of(found, label))
            here.setText(_two(value))
            whole.setText("–" if slices_only else _two(self._series_score(found, label)))

    def _show_facts(self, found: SeriesReadings) -> None:
        gate = found.gate
        if gate is None:
            check = self.tr("not yet")
        elif gate.verdict == "pass":
            check = self.tr("passed")
        else:
            check = " ".join((self.tr("Caution:"), *map(say, gate.reasons)))
        coarse = self._coarse(found)
        self._check.setText("\n".join(part for part in (check, coarse) if part))
        _set_role(self._check, "warning" if coarse or (gate is not None and gate.verdict == "caution") else "")
        tile = self._workspace.active_tile
        reading = found.slices.get(tile.index) if not tile.computed else None
        share = reading.inside_lungs if reading is not None else None
        outside = share is not None and 1 - share > doubt_policy().outside_share
        text = "" if share is None else self.tr("inside lungs {p} %").format(p=round(100 * share))
        self._fact(self._attention, text + (self.tr("; mind what lies outside") if outside else ""))
        _set_role(self._attention, "warning" if outside else "")
        self._show_tops(found)
        if found.state is State.DONE and found.seconds > 0:
            skipped = len(found.skipped)
            many = self.tr("{s:.1f} s, {n} slices") if found.count > 1 else "{s:.1f} s"
            text = many.format(s=found.seconds, n=found.evaluated)
            if skipped:
                text += ", " + self.tr("{n} not evaluated").format(n=skipped)
            self._fact(self._time, text)
        else:
            self._fact(self._time, "")
        p = found.provenance
        self._fact(self._device, ", ".join(found.devices))
        self._fact(self._network, _network_text(p) if p is not None else "")
        self._fact(self._threshold, self._threshold_text(found))

    def _coarse(self, found: SeriesReadings) -> str:
        """A mark for images with fewer pixels than the network looks at; "" for others."""
        p, series = found.provenance, self._workspace.active_tile.series
        card = find_card(self._workspace.networks, p.weights) if p is not None else None
        if p is None or card is None or card.id != p.weights or series is None:
            return ""
        rows, columns = card.input.size
        if series.rows >= rows and series.columns >= columns:
            return ""
        return self.tr("Low resolution: {r} × {c} pixels; the network looks at {rows} × {columns}.").format(
            r=series.rows, c=series.columns, rows=rows, columns=columns
        )

    def _threshold_text(self, found: SeriesReadings) -> str:
        p = found.provenance
        if p is None:
            return ""
        if p.threshold is None:
            return self.tr("no operating point")
        card = find_card(self._workspace.networks, p.weights)
        point = card.operating_point if card is not None and card.id == p.weights else None
        self._threshold.setToolTip(point.source if point is not None else "")
        rule = f"; {say(point.rule)}" if point is not None and point.rule else ""
        return self.tr("{t:.2f} for {name}").format(t=p.threshold, name=class_word(p.positive)) + rule

    def _show_tops(self, found: SeriesReadings) -> None:
        label = self._workspace.label()
        column = found.column(label)
        best = found.leading(label)
        tile = self._workspace.active_tile
        useful = len(best) > 1 and found.count == tile.count
        best = best[:TOP_SLICES]
        self._fact_heads[self._top_row].setVisible(useful)
        self._top_row.setVisible(useful)
        for i, link in enumerate(self._tops):
            link.setVisible(useful and i < len(best))
            if useful and i < len(best):
                index = int(best[i])
                image = name_on(tile, index)
                link.setText(f"{image}: {column[index]:.2f}")
                link.setToolTip(self.tr("Go to {image}").format(image=image))
                link.setAccessibleName(self.tr("{image}, score {s:.2f}").format(image=image, s=float(column[index])))
                link.setProperty("index", index)

    def _fact(self, widget: QLabel, text: str) -> None:
        widget.setText(text)
        widget.setVisible(bool(text))
        self._fact_heads[widget].setVisible(bool(text))

    def _threshold_of(self, found: SeriesReadings, label: str) -> float | None:
        p = found.provenance
        return p.threshold if p is not None and label == p.positive else None

    def _series_score(self, found: SeriesReadings, label: str) -> float:
        if found.score is None or label not in found.classes:
            return math.nan
        return float(found.score.probabilities[found.classes.index(label)])

    @Slot()
    def _on_top(self) -> None:
        button = self.sender()
        if isinstance(button, QPushButton):
            self._workspace.active_tile.go_to_index(int(button.property("index")))


def _network_text(p: Provenance) -> str:
    """Name, then version and the first 8 digits of the file's SHA-256."""
    version = p.weights.removeprefix(p.network).lstrip(".") or p.weights
    return f"{p.network}\n{version} · SHA-256 {p.weights_sha256[:8]}"


def _two(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"


def _label(role: str, text: str = "", *, wrap: bool = False, right: bool = False) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        label.setProperty("role", role)
    label.setWordWrap(wrap)
    if right:
        label.setAlignment(Qt.AlignmentFlag.AlignRight)
    return label


def _set_role(label: QLabel, role: str) -> None:
    if (label.property("role") or "") != role:
        label.setProperty("role", role)
        label.style().unpolish(label)
        label.style().polish(label)
