"""How a series came about: order, spacing, gaps, window's source, encoding, what was split off and why."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, Qt, Slot
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from covidviewer.study import Series
from covidviewer.ui.sentences import say, say_note
from covidviewer.workspace.series_facts import SeriesFacts, facts_of, split_reasons, syntax_name
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

#: Gaps and split-off stacks that are named one by one; the rest is counted.
NAMED = 12

Section = tuple[str, tuple[tuple[str, str], ...]]


class SeriesInfoDialog(QDialog):
    """Non-modal window over the series of the active tile; follows it."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.setWindowTitle(self.tr("Series information"))
        self._title = QLabel()
        font = QFont(self._title.font())
        font.setPointSizeF(font.pointSizeF() * 1.2)
        font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        self._title.setWordWrap(True)
        self._body = QWidget()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(self.tr("Series information"))
        area.setWidget(self._body)
        self._area = area
        copy = QPushButton(self.tr("Copy"))
        copy.clicked.connect(self.copy)
        close = QPushButton(self.tr("Close"))
        close.setDefault(True)
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addWidget(copy)
        buttons.addStretch(1)
        buttons.addWidget(close)
        box = QVBoxLayout(self)
        box.setContentsMargins(18, 16, 18, 14)
        box.setSpacing(10)
        box.addWidget(self._title)
        box.addWidget(area, 1)
        box.addLayout(buttons)
        self._sections: tuple[Section, ...] = ()
        active = workspace.active
        for signal in (active.series_changed, active.view_changed, active.slice_changed, workspace.studies_changed):
            signal.connect(self.refresh)
        self.refresh()
        self.resize(600, 640)

    @Slot()
    def refresh(self) -> None:
        """Show what is so now; nothing is rebuilt while nothing changed."""
        tile = self._workspace.active_tile
        series = tile.series
        sections = sections_of(self._workspace, tile) if series is not None else ()
        if sections == self._sections and self._title.text():
            return
        self._sections = sections
        self._title.setText(_name(series) if series is not None else _tr("No series is shown"))
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        row = 0
        for title, lines in sections:
            head = QLabel(title)
            font = QFont(head.font())
            font.setWeight(QFont.Weight.DemiBold)
            head.setFont(font)
            head.setContentsMargins(0, 10 if row else 0, 0, 2)
            grid.addWidget(head, row, 0, 1, 2)
            row += 1
            for label, text in lines:
                left, right = QLabel(label), QLabel(text)
                left.setProperty("role", "muted")
                left.setAlignment(Qt.AlignmentFlag.AlignTop)
                right.setWordWrap(True)
                right.setTextInteractionFlags(
                    Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
                )
                right.setAccessibleName(f"{label}: {text}")
                if label:
                    grid.addWidget(left, row, 0)
                    grid.addWidget(right, row, 1)
                else:
                    grid.addWidget(right, row, 0, 1, 2)
                row += 1
        grid.setRowStretch(row, 1)
        old = self._area.takeWidget()
        if old is not None:
            old.deleteLater()
        self._area.setWidget(body)

    @Slot()
    def copy(self) -> None:
        """Put all of it on the clipboard as lines."""
        lines = [self._title.text()]
        for title, pairs in self._sections:
            lines += ["", title, *(f"{label}: {text}" if label else text for label, text in pairs)]
        QGuiApplication.clipboard().setText("\n".join(lines))


def sections_of(workspace: Workspace, tile: Tile) -> tuple[Section, ...]:
    """Everything that the dialog says of the series on a tile."""
    series = tile.series
    assert series is not None
    facts = facts_of(series)
    found: list[Section] = [
        (_tr("Order and place"), _order(facts)),
        (_tr("Window"), _window(tile, facts)),
        (_tr("Images"), _images(facts)),
        (_tr("Split off from the same series"), _split(workspace, series)),
    ]
    if facts.notes:
        found.append((_tr("Notes"), tuple(("", say_note(note)) for note in facts.notes)))
    return tuple((title, lines) for title, lines in found if lines)


def tooltip_lines(series: Series) -> tuple[str, ...]:
    """The short form, for the list of series: made for every series of every study, so it looks at one image only."""
    stack = series.stack
    lines = [_tr("Order: {rule}").format(rule=say(stack.sorting_rule))] if stack.sorting_rule else []
    if math.isfinite(stack.spacing_mm[0]) or math.isfinite(stack.spacing_mm[1]):
        lines.append(_tr("Spacing: {spacing}").format(spacing=_spacing(stack.spacing_mm, stack.frames[0].spacing_kind)))
    if series.kind != "document":
        lines.append(_tr("Encoding: {name}").format(name=say(syntax_name(stack.frames[0].format.transfer_syntax))))
    return tuple(lines)


def _order(facts: SeriesFacts) -> tuple[tuple[str, str], ...]:
    lines = [(_tr("Sorted by"), say(facts.sorting_rule) or _tr("as found"))]
    if facts.plane:
        plane = {"axial": _tr("axial"), "coronal": _tr("coronal"), "sagittal": _tr("sagittal")}
        lines.append((_tr("Plane"), plane.get(facts.plane, _tr("oblique"))))
    lines.append((_tr("Spacing"), _spacing(facts.spacing, facts.spacing_kind)))
    if math.isfinite(facts.least) and facts.greatest - facts.least > 0.01:
        lines.append((_tr("Between slices"), f"{facts.least:.3g} – {facts.greatest:.3g} mm"))
    if facts.thickness is not None:
        lines.append((_tr("Slice thickness"), f"{facts.thickness:.3g} mm"))
    if facts.tilt:
        lines.append((_tr("Gantry tilt"), f"{facts.tilt:.1f}°"))
    if facts.images > 1:
        gaps = [
            _tr("after image {n}: {distance:.3g} mm").format(n=gap.after + 1, distance=gap.distance)
            for gap in facts.gaps[:NAMED]
        ]
        if len(facts.gaps) > NAMED:
            gaps.append(_tr("{n} more").format(n=len(facts.gaps) - NAMED))
        lines.append((_tr("Gaps"), "\n".join(gaps) or _tr("none")))
    if facts.duplicates:
        lines.append((_tr("Doubles"), _tr("{n} images at the place of another").format(n=facts.duplicates)))
    return tuple(lines)


def _spacing(spacing: tuple[float, float, float], kind: str) -> str:
    step, row, column = spacing
    parts = []
    if math.isfinite(step):
        parts.append(_tr("slices {mm:.4g} mm").format(mm=step))
    if math.isfinite(row) and math.isfinite(column):
        parts.append(_tr("rows {row:.4g} mm, columns {column:.4g} mm").format(row=row, column=column))
    if kind == "detector":
        parts.append(_tr("at the detector, not in the body"))
    return ", ".join(parts) or _tr("unknown: lengths are in pixels")


def _window(tile: Tile, facts: SeriesFacts) -> tuple[tuple[str, str], ...]:
    view = tile.view
    if view.window is None:
        return ()
    if view.preset.startswith("header"):
        windows = tile.header_windows()
        number = int(view.preset.partition(":")[2] or 0) + 1
        source = _tr("header of this image, {n} of {all}").format(n=number, all=len(windows))
        if view.window.function == "TABLE":
            source = _tr("VOI LUT of the header")
    elif view.preset == "auto":
        source = _tr("made from the values of the image")
    elif view.preset:
        source = _tr("preset “{name}”").format(
            name=QCoreApplication.translate("actions", view.window.name) or view.preset
        )
    else:
        source = _tr("set by hand, or by a presentation state")
    lines = [
        (_tr("Now"), f"W {view.window.width:.6g}  L {view.window.center:.6g}".replace("-", "−")),
        (_tr("From"), source),
    ]
    if not facts.windows:
        lines.append((_tr("In the header"), _tr("none that can be used")))
    elif facts.windows < facts.images:
        lines.append((_tr("In the header"), _tr("on {n} of {all} images").format(n=facts.windows, all=facts.images)))
    if view.window.function not in ("LINEAR", "TABLE"):
        lines.append((_tr("Function"), view.window.function))
    return tuple(lines)


def _images(facts: SeriesFacts) -> tuple[tuple[str, str], ...]:
    counts = _tr("{images} in {files} files").format(images=facts.images, files=facts.files)
    sign = _tr("signed") if facts.signed else _tr("unsigned")
    lines = [
        (_tr("Images"), counts),
        (_tr("Matrix"), f"{facts.columns} × {facts.rows}"),
        (_tr("Pixels"), f"{facts.bits} bit, {sign}, {facts.photometric}"),
        (_tr("Values"), facts.units or _tr("as stored")),
        (_tr("Encoding"), ", ".join(f"{say(name)} ({count})" if len(facts.syntaxes) > 1 else say(name)
                                    for name, count in facts.syntaxes)),
    ]  # fmt: skip
    if facts.rescales > 1:
        lines.append((_tr("Rescale"), _tr("{n} different ones; each image by its own").format(n=facts.rescales)))
    if not facts.frame_of_reference:
        lines.append((_tr("Frame of reference"), _tr("none: nothing is laid over it by position")))
    return tuple(lines)


def _split(workspace: Workspace, series: Series) -> tuple[tuple[str, str], ...]:
    lines = []
    for study in workspace.studies:
        for other in study.series:
            if other is series or not series.uid or other.uid != series.uid:
                continue
            reasons = [_reason(word) for word in split_reasons(series.stack, other.stack)]
            text = _tr("{n} images: {why}").format(
                n=len(other.instances), why=", ".join(reasons) or _tr("another acquisition")
            )
            lines.append((other.description or other.modality, text))
    return tuple(lines[:NAMED])


def _reason(word: str) -> str:
    return {
        "kind": _tr("another kind of object"),
        "localizer": _tr("one of them is a localizer"),
        "matrix": _tr("another matrix"),
        "colour": _tr("colour beside grey"),
        "orientation": _tr("another orientation"),
        "frame of reference": _tr("another frame of reference"),
        "phases": _tr("several images at each place: phases"),
        "image type": _tr("another image type"),
    }[word]


def _name(series: Series) -> str:
    number = f"{series.number}  " if series.number is not None else ""
    return f"{number}{series.description or series.modality}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("SeriesInfo", text)
