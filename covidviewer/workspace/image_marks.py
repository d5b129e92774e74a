"""Key images, notes and judgements: what the reader keeps about a whole image. In the same store as measurements."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from PySide6.QtCore import QObject, Signal, Slot

from covidviewer.study import Series
from covidviewer.workspace.measurement import ImageKey
from covidviewer.workspace.reader_data import ReaderData
from covidviewer.workspace.reader_store import Row

KIND = "image"


class Judgement(StrEnum):
    """What the reader says of the second reading of an image."""

    NONE = ""
    AGREE = "agree"
    DISAGREE = "disagree"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement with what was judged, as it stood then. score : probability of ``label``, 0 to 1."""

    says: Judgement = Judgement.NONE
    weights: str = ""
    label: str = ""
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class ImageMark:
    """Of one image, by SOP Instance UID and frame number.

    key : a key image. note : the reader's words, or "". judged : the reader's word on the second reading.
    """

    sop: str
    frame: int
    key: bool = False
    note: str = ""
    series_uid: str = ""
    study_uid: str = ""
    judged: Judged = Judged()

    @property
    def image(self) -> ImageKey:
        return self.sop, self.frame

    @property
    def id(self) -> str:
        return f"{KIND}:{self.sop}:{self.frame}"

    def __bool__(self) -> bool:
        return self.key or bool(self.note) or self.judged.says is not Judgement.NONE

    def emptied(self) -> ImageMark:
        """The same image with nothing kept about it."""
        return replace(self, key=False, note="", judged=Judged())


class ImageMarks(QObject):
    """Marks of all images that were shown. Lives in the main thread."""

    changed = Signal(object)  # frozenset of ImageKey

    def __init__(self, data: ReaderData, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._data = data
        self._marks: dict[ImageKey, ImageMark] = {}
        data.loaded.connect(self._on_rows)

    def of(self, image: ImageKey) -> ImageMark | None:
        """None where the reader kept nothing about an image."""
        return self._marks.get(image)

    def of_series(self, series: Series) -> tuple[tuple[int, ImageMark], ...]:
        """(index in data order, mark) of a series, by slice."""
        if not self._marks:  # asked at every paint of the track
            return ()
        found = ((i, self.of((f.sop_instance_uid, f.frame))) for i, f in enumerate(series.instances))
        return tuple((i, mark) for i, mark in found if mark is not None)

    def toggle_key(self, series: Series, index: int) -> None:
        """Make an image (by data order) a key image, or one no longer."""
        mark = self._mark(series, index)
        self.put(replace(mark, key=not mark.key))

    def set_note(self, series: Series, index: int, text: str) -> None:
        """The reader's words about an image; "" for none. Saved at once."""
        self.put(replace(self._mark(series, index), note=text.strip()))

    def judge(self, series: Series, index: int, weights: str, label: str, score: float) -> Judgement:
        """The next judgement of an image's second reading: agree, disagree, unsure, none. Saved at once.

        weights, label, score : what is judged; a judgement of other weights begins anew.
        """
        mark = self._mark(series, index)
        order = list(Judgement)
        before = mark.judged.says if mark.judged.weights == weights else Judgement.NONE
        says = order[(order.index(before) + 1) % len(order)]
        self.put(replace(mark, judged=Judged(says, weights, label, round(score, 4)) if says else Judged()))
        return says

    def put(self, *marks: ImageMark) -> None:
        """Keep marks as they are now; one that says nothing any more is removed."""
        fresh = [mark for mark in marks if mark != (self._marks.get(mark.image) or mark.emptied())]
        if not fresh:
            return
        for mark in fresh:
            if mark:
                self._marks[mark.image] = mark
            else:
                self._marks.pop(mark.image, None)
        self._data.save({mark.id: _to_row(mark) if mark else None for mark in fresh})
        self.changed.emit(frozenset(mark.image for mark in fresh))

    def _mark(self, series: Series, index: int) -> ImageMark:
        frame = series.instances[index]
        image = (frame.sop_instance_uid, frame.frame)
        return self._marks.get(image) or ImageMark(*image, series_uid=series.uid, study_uid=series.study_uid)

    @Slot(object)
    def _on_rows(self, rows: tuple[Row, ...]) -> None:
        found = [mark for row in rows if (mark := _from_row(row)) is not None and mark.image not in self._marks]
        self._marks |= {mark.image: mark for mark in found}
        if found:
            self.changed.emit(frozenset(mark.image for mark in found))


def _to_row(mark: ImageMark) -> Row:
    body: dict[str, object] = {
        "key": mark.key,
        "note": mark.note,
        "series": mark.series_uid,
        "study": mark.study_uid,
    }
    if mark.judged.says:
        body["judged"] = asdict(mark.judged)
    return Row(mark.id, mark.sop, mark.frame, KIND, json.dumps(body))


def _from_row(row: Row) -> ImageMark | None:
    if row.kind != KIND:
        return None
    try:
        body = json.loads(row.body)
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    mark = ImageMark(
        row.sop,
        row.frame,
        body.get("key") is True,
        str(body.get("note", "")),
        str(body.get("series", "")),
        str(body.get("study", "")),
        _judged(body.get("judged")),
    )
    return mark if mark else None


def _judged(kept: object) -> Judged:
    """What another version wrote in another form is no judgement."""
    if not isinstance(kept, dict) or kept.get("says") not in tuple(Judgement):
        return Judged()
    score = kept.get("score")
    known = float(score) if isinstance(score, int | float) else 0.0
    return Judged(Judgement(kept["says"]), str(kept.get("weights", "")), str(kept.get("label", "")), known)
