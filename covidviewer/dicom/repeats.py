"""Headers of files that resemble the ones before, as those of a series do: compared as bytes, not walked again.

The slices of a series have the same elements, of the same lengths, at the same places; a few values differ. Where all
bytes that decided the walk of an earlier file (heads of elements, the transfer syntax) are the same, the walk would
end the same way, so its result is taken; where the wanted values are the same too, but for number, place, times and
UID, so is the header that was made of them. Anything else is walked. What comes out is equal to the plain way's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom import tags, values
from covidviewer.dicom.catalog import Frame, Kind
from covidviewer.dicom.functional import FrameView, phase_of
from covidviewer.dicom.guard import Source
from covidviewer.dicom.headers import Header
from covidviewer.dicom.reading import Parsed, header_of, parse
from covidviewer.dicom.tags import Attributes, integer
from covidviewer.dicom.text import plain
from covidviewer.dicom.walker import EXPLICIT_LE, HEAD, IMPLICIT_LE, PixelPlace, Trail

#: Longest head that is compared; few headers are longer, and theirs would cost more to compare than to walk.
MAX_HEAD = 4 * HEAD
#: Layouts remembered of files of one size, and of all sizes together.
OF_ONE_SIZE, OF_ALL = 4, 256
#: So many files may differ from all before them; then files are remembered only while most of them are met again.
PATIENCE = 16

# What differs from slice to slice and is read anew for each; all other wanted values must be the same.
_TIMES = (tags.ACQUISITION_TIME, tags.ACQUISITION_DATETIME, tags.CONTENT_TIME)
_OWN = (tags.SOP_INSTANCE, tags.INSTANCE_NUMBER, tags.POSITION, *_TIMES)

_Words = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """One file as the model of those to come.

    words : its first bytes, up to the pixels. course : mask of the bytes that decided the walk. same : of these and of
    the wanted values that slices share. spans : tag -> (start, end) of a wanted value. own : the spans of `_OWN`.
    times : values of `_TIMES`.
    """

    words: _Words
    course: _Words
    same: _Words
    spans: dict[int, tuple[int, int]]
    own: tuple[tuple[int, int], ...]
    times: list[bytes]
    attributes: Attributes
    syntax: str
    pixels: PixelPlace
    header: Header


class Repeats:
    """Reads headers one after the other and remembers how they were laid out. Not for several threads at once."""

    def __init__(self) -> None:
        self._layouts: dict[int, list[_Layout]] = {}
        self._count = 0
        self.met = 0
        self.walked = 0

    def header_in(self, source: Source, path: Path, origin: str) -> Header:
        """The header of an open file; equal to `reading.header_in`, errors too."""
        known = self._layouts.get(source.size)
        if known is not None:
            head = source.read(0, 8 * max([len(layout.words) for layout in known]))
            for place, layout in enumerate(known):
                header = _met(layout, head, source, path, origin)
                if header is not None:
                    self.met += 1
                    if place:
                        known.insert(0, known.pop(place))
                    return header
        self.walked += 1
        if self.walked > PATIENCE and self.walked > self.met:
            return header_of(parse(source), path, origin)
        trail = Trail()
        parsed = parse(source, trail)
        header = header_of(parsed, path, origin)
        self._remember(source, trail, parsed, header)
        return header

    def _remember(self, source: Source, trail: Trail, parsed: Parsed, header: Header) -> None:
        layout = _layout(source, trail, parsed, header)
        if layout is None:
            return
        if self._count >= OF_ALL:
            self._layouts.clear()
            self._count = 0
        known = self._layouts.setdefault(source.size, [])
        known.insert(0, layout)
        if len(known) > OF_ONE_SIZE:
            known.pop()
        else:
            self._count += 1


def _layout(source: Source, trail: Trail, parsed: Parsed, header: Header) -> _Layout | None:
    """A model for later files; None where more than the head decided (streams, several frames, documents)."""
    pixels = parsed.pixels
    if (
        not trail.complete
        or pixels is None
        or pixels.offset > MAX_HEAD
        or parsed.transfer_syntax not in (IMPLICIT_LE, EXPLICIT_LE)
        or len(header.frames) != 1
        or header.info.kind is Kind.DOCUMENT
        or trail.syntax == (0, 0)
    ):
        return None
    count = -(-pixels.offset // 8) * 8
    head = source.read(0, count)
    mask = np.zeros(count + 12, np.uint8)
    mask[128:132] = 255
    for starts, length in ((trail.short, 8), (trail.long, 12)):
        mask[np.asarray(starts, np.intp)[:, None] + np.arange(length)] = 255
    mask[slice(*trail.syntax)] = 255
    course = mask[:count].copy()
    raw = parsed.attributes.raw
    spans = {tag: span for tag, span in trail.values.items() if tag in raw}
    if len(head) != count or set(spans) != set(raw) or any(end > count for _, end in spans.values()):
        return None
    for tag, (start, end) in spans.items():
        if tag not in _OWN:
            mask[start:end] = 255
    return _Layout(
        np.frombuffer(head, np.uint64),
        course.view(np.uint64),
        mask[:count].copy().view(np.uint64),
        spans,
        tuple(spans.get(tag, (0, 0)) for tag in _OWN),
        [raw.get(tag, b"") for tag in _TIMES],
        parsed.attributes,
        parsed.transfer_syntax,
        pixels,
        header,
    )


def _met(layout: _Layout, head: bytes, source: Source, path: Path, origin: str) -> Header | None:
    """The header, where the bytes of a file of equal size say that the model's walk is its own; else None."""
    count = len(layout.words)
    if len(head) < 8 * count:
        return None
    differing = np.frombuffer(head, np.uint64, count) ^ layout.words
    if np.count_nonzero(differing & layout.same):
        if np.count_nonzero(differing & layout.course):
            return None
        raw = {tag: head[start:end] for tag, (start, end) in layout.spans.items()}
        attributes = Attributes(raw, signed=layout.attributes.signed)
        return header_of(Parsed(attributes, layout.syntax, layout.pixels, source), path, origin)
    return _alike(layout, head, path, origin)


def _alike(layout: _Layout, head: bytes, path: Path, origin: str) -> Header:
    """The model's header with this file's own values."""
    uid, number, place, *times = [head[start:end] for start, end in layout.own]
    model = layout.header
    old, phase = model.frames[0], model.phases[0]
    acquired = old.acquisition_time
    if times != layout.times:
        own = Attributes({**layout.attributes.raw, **dict(zip(_TIMES, times, strict=True))})
        phase, acquired = phase_of(FrameView(own)), own.code(tags.ACQUISITION_TIME)
    frame = Frame(
        path,
        plain(uid),
        1,
        old.format,
        integer(number),
        values.position(place),
        old.orientation,
        old.spacing,
        old.spacing_kind,
        old.aspect,
        old.slope,
        old.intercept,
        old.rescale_given,
        old.rescale_type,
        old.modality_lut,
        old.windows,
        old.voi_luts,
        old.thickness,
        old.acquisition_number,
        acquired,
        old.image_type,
        origin,
        old.magnification,
    )
    return Header(model.info, (frame,), (phase,), model.notes, model.cine)
