"""Parts of a drawing that stay the same from paint to paint, kept as pictures by what they depend on."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from covidviewer.ui.replay import Surface


class Stamps:
    """While a reader scrolls or drags the window, most of what is written over the image does not change.

    limit : pixels kept in all, four bytes each; the least recently drawn go first.
    """

    def __init__(self, limit: int = 6_000_000) -> None:
        self.limit = limit
        self._pixels = 0
        self._kept: OrderedDict[Hashable, QPixmap] = OrderedDict()

    def clear(self) -> None:
        """Forget all pictures."""
        self._kept.clear()
        self._pixels = 0

    def draw(self, painter: Surface, key: Hashable, box: QRectF, paint: Callable[[QPainter], None]) -> None:
        """Draw what ``paint`` paints inside ``box``, painted once for equal ``key`` and place.

        Parameters
        ----------
        key : all that the drawing depends on but its place.
        box : logical pixels that it stays within; anything outside is cut away.
        paint : gets a painter with the same coordinates as ``painter``.
        """
        dpr = painter.device().devicePixelRatioF()
        left, top = math.floor(box.left() * dpr), math.floor(box.top() * dpr)
        width, height = math.ceil(box.right() * dpr) - left, math.ceil(box.bottom() * dpr) - top
        if width <= 0 or height <= 0:
            return
        whole = (key, left, top, width, height, dpr)
        picture = self._kept.get(whole)
        if picture is None:
            picture = QPixmap(width, height)
            picture.setDevicePixelRatio(dpr)
            picture.fill(Qt.GlobalColor.transparent)
            inner = QPainter(picture)
            inner.translate(-left / dpr, -top / dpr)
            paint(inner)
            inner.end()
            self._kept[whole] = picture
            self._pixels += width * height
            while self._pixels > self.limit and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._pixels -= gone.width() * gone.height()
        else:
            self._kept.move_to_end(whole)
        painter.drawPixmap(QPointF(left / dpr, top / dpr), picture)
