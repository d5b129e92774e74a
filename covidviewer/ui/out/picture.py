"""A tile as a picture: the canvas of the screen, drawn at another size, with a foot that cannot be left off."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter

from covidviewer.ui import ink
from covidviewer.ui.canvas import Canvas
from covidviewer.ui.class_words import class_word
from covidviewer.ui.doubt_words import sentences_of
from covidviewer.ui.explained_words import name_of
from covidviewer.ui.marks import wrapped
from covidviewer.ui.out.policy import export_policy
from covidviewer.ui.shown_class import ShownClass, shown_class
from covidviewer.workspace.preferences import Preferences
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

FOOT_MARGIN = 10.0  # logical pixels around the lines of the foot


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture differs from the screen.

    texts : the texts in the corners. identity : name, ID and dates of the patient among them; off unless asked for.
    scale : pixels to a logical pixel.
    """

    texts: bool = True
    identity: bool = False
    scale: int = 1


class Copy:
    """A tile for pictures: shows what another shows, and may be scrolled without anybody seeing it.

    Parameters
    ----------
    source : canvas on screen, whose tile, lines of other tiles and proportions are taken.
    """

    def __init__(self, workspace: Workspace, source: Canvas, look: Look, size: QSize | None = None) -> None:
        self._workspace = workspace
        self._look = look
        shown = source.tile
        self.tile = Tile()
        self.tile.show_slices(shown.slices, shown.series, shown.volume, shown.index)
        view = shown.view
        self.size = picture_size(source.size(), view.zoom is None) if size is None else size
        if view.zoom is not None:
            # `ViewState.zoom` counts device pixels: the picture has others than the screen.
            growth = min(self.size.width() / source.width(), self.size.height() / source.height())
            view = replace(view, zoom=view.zoom * growth * look.scale / source.devicePixelRatioF())
        self.tile.set_view(**{f.name: getattr(view, f.name) for f in fields(view)})
        overlay = shown.overlay
        self.tile.set_overlay(**{f.name: getattr(overlay, f.name) for f in fields(overlay)})
        self._canvas = Canvas(workspace, self.tile)
        self._canvas.resize(self.size)
        self._canvas.become_copy(float(look.scale), look_of(workspace.preferences.value, look), source)

    def render(self) -> QImage:
        """The slice that the tile stands at: RGB32, ``size`` (and the foot below) times the scale."""
        scale = self._look.scale
        lines = foot_lines(self._workspace, self.tile)
        font = _foot_font(self._canvas.font())
        rows = [row for line in lines for row in wrapped(line, font, self.size.width() - 2 * FOOT_MARGIN)]
        height = QFontMetricsF(font).height()
        foot = round(len(rows) * height + 2 * FOOT_MARGIN) if rows else 0
        width, tall = self.size.width(), self.size.height() + foot
        image = QImage(width * scale, tall * scale, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale)
        image.fill(ink.SURFACE)
        painter = QPainter(image)
        try:
            painter.save()
            painter.setClipRect(QRectF(0, 0, width, self.size.height()))
            self._canvas.paint_on(painter)
            painter.restore()
            painter.fillRect(QRectF(0, self.size.height(), width, foot), ink.STRIP)
            painter.setFont(font)
            painter.setPen(ink.TEXT)
            for i, row in enumerate(rows):
                place = QRectF(FOOT_MARGIN, self.size.height() + FOOT_MARGIN + i * height, width, height)
                painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft), row)
        finally:
            painter.end()
        image.setDevicePixelRatio(1.0)  # for who reads the file, pixels are pixels
        return image

    def close(self) -> None:
        """The copy is not needed any more."""
        self._canvas.deleteLater()
        self.tile.deleteLater()


def render(workspace: Workspace, source: Canvas, look: Look) -> QImage:
    """One picture of what a canvas shows."""
    copy = Copy(workspace, source, look)
    try:
        return copy.render()
    finally:
        copy.close()


def picture_size(size: QSize, fitted: bool) -> QSize:
    """Logical size of a picture of a canvas: as on screen, but large enough for legend and band.

    fitted : the whole image is shown, so that a long tile's empty ends may be cut off.
    """
    policy = export_policy()
    short = max(min(size.width(), size.height()), 1)
    most = round(short * policy.most_aspect) if fitted else max(size.width(), size.height())
    growth = max(policy.least_edge / short, 1.0)
    return QSize(round(min(size.width(), most) * growth), round(min(size.height(), most) * growth))


def look_of(preferences: Preferences, look: Look) -> Preferences:
    """The reader's preferences as they hold for a picture. An identity hidden on screen stays hidden."""
    return replace(
        preferences,
        corner_texts=("all" if preferences.corner_texts == "none" else preferences.corner_texts)
        if look.texts
        else "none",
        hide_identity=preferences.hide_identity or not look.identity or not look.texts,
    )


def foot_lines(workspace: Workspace, tile: Tile) -> tuple[str, ...]:
    """What has to stand in every picture that shows something of a network; empty where it shows nothing of one."""
    shown = shown_class(workspace, tile)
    if shown is None:
        return ()
    lines = [_network_line(tile, shown)]
    if shown.flagged(tile.index):
        why = sentences_of(shown.readings, shown.label, tile.index)
        lines.append(" ".join([_tr("Caution: do not rely on the score or the map of this image."), *why]))
    lines.append(
        _tr(
            "Research use only. It supports, and does not replace, a reading by a radiologist; low scores do not "
            "exclude disease."
        )
    )
    return tuple(lines)


def _network_line(tile: Tile, shown: ShownClass) -> str:
    provenance = shown.readings.provenance
    assert provenance is not None
    version = provenance.weights.removeprefix(provenance.network).lstrip(".")
    parts = [
        _tr("Network {name}, version {version}, weights {hash}").format(
            name=provenance.network, version=version or "–", hash=provenance.weights_sha256[:8]
        )
    ]
    method = shown.drawn_method(tile.index)
    if tile.overlay.visible and method:
        parts.append(
            _tr("map of attention ({method}) for {label}, relative, above {threshold:.2f}").format(
                method=name_of(method), label=class_word(shown.label), threshold=tile.overlay.threshold
            )
        )
    return " · ".join(parts)


def _foot_font(font: QFont) -> QFont:
    small = QFont(font)
    small.setPointSizeF(max(font.pointSizeF(), 8.0))
    return small


def _tr(text: str) -> str:
    return QCoreApplication.translate("Picture", text)
