"""The reader's judgement of a second reading in words, and its triangles on the track."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from covidviewer.ui import ink
from covidviewer.ui.class_words import class_word
from covidviewer.workspace.image_marks import Judged, Judgement
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

__all__ = ["draw_triangles", "judged_sentence", "judgement_word"]

SIZE = 7.0


def judgement_word(says: Judgement) -> str:
    """``AGREE``, ``DISAGREE``, ``UNSURE``: a mark on the image."""
    words = {Judgement.AGREE: _tr("AGREE"), Judgement.DISAGREE: _tr("DISAGREE"), Judgement.UNSURE: _tr("UNSURE")}
    return words.get(says, "")


def judged_sentence(judged: Judged) -> str:
    """What was judged: ``You agree with resnet50...: covid 0.63.``"""
    forms = {
        Judgement.AGREE: _tr("You agree with {weights}: {label} {score:.2f}."),
        Judgement.DISAGREE: _tr("You disagree with {weights}: {label} {score:.2f}."),
        Judgement.UNSURE: _tr("You are unsure about {weights}: {label} {score:.2f}."),
    }
    form = forms.get(judged.says, "")
    return form.format(weights=judged.weights, label=class_word(judged.label), score=judged.score)


def draw_triangles(painter: QPainter, workspace: Workspace, tile: Tile, area: QRectF) -> None:
    """A triangle at each judged image, at the right of the track: filled for agree, empty for disagree, half for
    unsure, so that no colour is needed to tell them apart."""
    if tile.series is None or tile.computed:
        return
    found = [(i, mark.judged.says) for i, mark in workspace.image_marks.of_series(tile.series) if mark.judged.says]
    if not found:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for index, says in found:
        y = area.top() + (tile.to_position(index) + 0.5) * area.height() / tile.count
        y = min(max(y, area.top() + SIZE), area.bottom() - SIZE)
        tip, back = area.right() - SIZE - 1, area.right() - 1
        whole = QPolygonF([QPointF(tip, y), QPointF(back, y - SIZE / 1.7), QPointF(back, y + SIZE / 1.7)])
        painter.setPen(QPen(ink.HALO_LINE, 3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolygon(whole)
        painter.setPen(QPen(ink.MEASURE, 1.2))
        painter.setBrush(ink.MEASURE if says is Judgement.AGREE else QColor(ink.HALO_LINE))
        painter.drawPolygon(whole)
        if says is Judgement.UNSURE:
            painter.setBrush(ink.MEASURE)
            painter.drawPolygon(QPolygonF([QPointF(tip, y), QPointF(back, y), QPointF(back, y + SIZE / 1.7)]))
    painter.restore()


def _tr(text: str) -> str:
    return QCoreApplication.translate("Judgements", text)
