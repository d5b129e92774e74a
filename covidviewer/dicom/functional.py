"""Frames of an instance: shared and per-frame functional groups (PS3.3 C.7.6.16) as one view of each frame.

A plain instance is the case without groups. The nearest place wins: the frame's own group, the shared group, the top
of the data set (where old writers leave a value that the groups should hold).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from covidviewer.dicom import tags, values
from covidviewer.dicom.catalog import Frame, LookupTable, PixelFormat
from covidviewer.dicom.headers import Phase
from covidviewer.dicom.tags import Attributes

_FRAME_TYPES = (
    tags.CT_FRAME_TYPE,
    tags.MR_FRAME_TYPE,
    tags.PET_FRAME_TYPE,
    tags.XA_FRAME_TYPE,
    tags.US_FRAME_TYPE,
)


class FrameView:
    """Attributes of one frame, wherever they are kept."""

    __slots__ = ("_levels", "root")

    def __init__(self, root: Attributes, levels: tuple[Attributes, ...] = ()) -> None:
        self.root = root
        self._levels = levels

    @property
    def plain(self) -> bool:
        """Whether there are no functional groups."""
        return not self._levels

    def holder(self, sequence: int, tag: int) -> Attributes:
        """The data set or item that holds ``tag`` for this frame; the top where nobody does."""
        for level in self._levels:
            for item in level.items(sequence):
                if tag in item.raw:
                    return item
        return self.root

    def nested_items(self, sequence: int, tag: int) -> tuple[Attributes, ...]:
        """Items of the sequence ``tag`` inside the nearest group ``sequence`` that has it; empty where none has."""
        for level in self._levels:
            for item in level.items(sequence):
                if item.items(tag):
                    return item.items(tag)
        return ()

    def raw(self, sequence: int, tag: int) -> bytes:
        """The value's bytes, empty where absent."""
        return self.holder(sequence, tag).raw.get(tag, b"")


def frame_views(root: Attributes, count: int) -> tuple[FrameView, ...]:
    """A view of each of ``count`` frames; frames beyond the per-frame groups have the shared ones alone."""
    shared = root.items(tags.SHARED_GROUPS)[:1]
    per_frame = root.items(tags.PER_FRAME_GROUPS)
    if not shared and not per_frame:
        return (FrameView(root),) * count
    return tuple(FrameView(root, (*per_frame[i : i + 1], *shared)) for i in range(count))


def frames_of(
    path: Path, root: Attributes, fmt: PixelFormat, origin: str = ""
) -> tuple[tuple[Frame, ...], tuple[Phase, ...], bool]:
    """The frames of an instance.

    Parameters
    ----------
    path, origin : as `Frame` keeps them.
    root : attributes of the instance.
    fmt : its pixel format; ``fmt.frames`` frames are made.

    Returns
    -------
    tuple
        Frames in the order of the file, the values of `headers.PHASE_NAMES` of each, and whether this is a loop
        of frames without places of their own.
    """
    modality_lut: tuple[LookupTable, ...] = ()
    voi_luts: tuple[LookupTable, ...] = ()
    if root.sequences:
        modality_lut = values.lookup_tables(root.items(tags.MODALITY_LUTS)[:1], signed=fmt.signed)
        voi_luts = values.lookup_tables(root.items(tags.VOI_LUTS), signed=fmt.signed or _negative(root))
    grouped = bool(root.items(tags.SHARED_GROUPS) or root.items(tags.PER_FRAME_GROUPS))
    base = _Shared(
        path,
        root.code(tags.SOP_INSTANCE),
        fmt,
        root.integer(tags.INSTANCE_NUMBER),
        modality_lut[0] if modality_lut else None,
        voi_luts,
        values.aspect(root.raw.get(tags.ASPECT, b"")),
        origin,
    )
    if fmt.frames == 1:
        view = frame_views(root, 1)[0]
        return (_frame(base, view, 1),), (phase_of(view),), False
    views = frame_views(root, fmt.frames)
    if grouped:
        frames = tuple(_frame(base, view, i + 1) for i, view in enumerate(views))
        return frames, tuple(map(phase_of, views)), all(frame.position is None for frame in frames)
    first, phase = _frame(base, views[0], 1), phase_of(views[0])
    places = _offset_places(root, first, fmt.frames)
    if places is None:
        loop = tuple(replace(first, frame=i + 1, position=None) for i in range(fmt.frames))
        return loop, (phase,) * fmt.frames, True
    return tuple(replace(first, frame=i + 1, position=p) for i, p in enumerate(places)), (phase,) * fmt.frames, False


class _Shared(NamedTuple):
    """What all frames of an instance have in common."""

    path: Path
    sop_instance_uid: str
    format: PixelFormat
    instance_number: int | None
    modality_lut: LookupTable | None
    voi_luts: tuple[LookupTable, ...]
    aspect: tuple[float, float] | None
    origin: str


def _frame(base: _Shared, view: FrameView, number: int) -> Frame:
    root = view.root
    spacing, spacing_kind = values.spacing_of(
        view.raw(tags.PIXEL_MEASURES, tags.SPACING),
        root.raw.get(tags.IMAGER_SPACING, b""),
        root.raw.get(tags.SCANNED_SPACING, b""),
    )
    transformation = view.holder(tags.VALUE_TRANSFORMATION, tags.SLOPE)
    slope, intercept, given = values.rescale(
        transformation.raw.get(tags.SLOPE, b""), transformation.raw.get(tags.INTERCEPT, b"")
    )
    content = view.holder(tags.FRAME_CONTENT, tags.FRAME_ACQUISITION_NUMBER)
    acquisition = content.integer(tags.ACQUISITION_NUMBER)
    if acquisition is None:
        acquisition = content.unsigned(tags.FRAME_ACQUISITION_NUMBER)
    return Frame(
        path=base.path,
        sop_instance_uid=base.sop_instance_uid,
        frame=number,
        format=base.format,
        instance_number=base.instance_number,
        position=values.position(view.raw(tags.PLANE_POSITION, tags.POSITION)),
        orientation=values.orientation(view.raw(tags.PLANE_ORIENTATION, tags.ORIENTATION)),
        spacing=spacing,
        spacing_kind=spacing_kind,
        aspect=base.aspect if spacing is None else None,
        magnification=_positive(root.number(tags.MAGNIFICATION)) if spacing_kind == "detector" else None,
        slope=slope,
        intercept=intercept,
        rescale_given=given,
        rescale_type=transformation.code(tags.RESCALE_TYPE).upper(),
        modality_lut=base.modality_lut,
        windows=values.windows_of(view.holder(tags.FRAME_VOI, tags.WINDOW_CENTER)),
        voi_luts=base.voi_luts if view.plain else _frame_luts(view, base),
        thickness=_positive(view.holder(tags.PIXEL_MEASURES, tags.THICKNESS).number(tags.THICKNESS)),
        acquisition_number=acquisition,
        acquisition_time=root.code(tags.ACQUISITION_TIME),
        image_type=_frame_type(view),
        origin=base.origin,
    )


def _frame_luts(view: FrameView, base: _Shared) -> tuple[LookupTable, ...]:
    items = view.nested_items(tags.FRAME_VOI, tags.VOI_LUTS)
    signed = base.format.signed or _negative(view.holder(tags.VALUE_TRANSFORMATION, tags.INTERCEPT))
    return values.lookup_tables(items, signed=signed) if items else base.voi_luts


def _frame_type(view: FrameView) -> tuple[str, ...]:
    if view.plain:
        return view.root.codes(tags.IMAGE_TYPE)
    for sequence in _FRAME_TYPES:
        holder = view.holder(sequence, tags.FRAME_TYPE)
        if holder is not view.root:
            return holder.codes(tags.FRAME_TYPE)
    return view.root.codes(tags.IMAGE_TYPE)


def phase_of(view: FrameView) -> Phase:
    """Values of `headers.PHASE_NAMES`; only ever compared, so bytes may stay as they are."""
    root = view.root
    if view.plain:
        get = root.raw.get
        stamp = get(tags.ACQUISITION_DATETIME) or get(tags.ACQUISITION_DATE, b"") + get(tags.ACQUISITION_TIME, b"")
        echo_value = get(tags.ECHO_NUMBER, b"") + b"/" + get(tags.ECHO_TIME, b"")
        return (
            _word(get(tags.TEMPORAL_POSITION, b"")),
            _word(get(tags.ACQUISITION_NUMBER, b"")),
            _word(echo_value),
            "",
            _word(get(tags.TRIGGER_TIME, b"")),
            _word(get(tags.IMAGE_TYPE, b"")),
            _word(stamp),
            _word(get(tags.CONTENT_TIME, b"")),
        )
    content = view.holder(tags.FRAME_CONTENT, tags.TEMPORAL_INDEX)
    temporal = content.unsigned(tags.TEMPORAL_INDEX)
    acquisition = view.holder(tags.FRAME_CONTENT, tags.FRAME_ACQUISITION_NUMBER)
    number = acquisition.unsigned(tags.FRAME_ACQUISITION_NUMBER)
    echo = view.holder(tags.MR_ECHO, tags.EFFECTIVE_ECHO_TIME).double(tags.EFFECTIVE_ECHO_TIME)
    b_value = view.holder(tags.MR_DIFFUSION, tags.B_VALUE).double(tags.B_VALUE)
    return (
        root.code(tags.TEMPORAL_POSITION) if temporal is None else str(temporal),
        root.code(tags.ACQUISITION_NUMBER) if number is None else str(number),
        f"{root.code(tags.ECHO_NUMBER)}/{root.code(tags.ECHO_TIME)}" if echo is None else repr(echo),
        "" if b_value is None else repr(b_value),
        root.code(tags.TRIGGER_TIME),
        "\\".join(_frame_type(view)),
        _time(view),
        root.code(tags.CONTENT_TIME),
    )


def _word(raw: bytes) -> str:
    return raw.decode("latin-1").strip("\0 ")


def _time(view: FrameView) -> str:
    """When the frame was acquired, as text that sorts: date and time, the most precise that there is."""
    stamp = view.holder(tags.FRAME_CONTENT, tags.FRAME_ACQUISITION_DATETIME).code(tags.FRAME_ACQUISITION_DATETIME)
    root = view.root
    return (
        stamp
        or root.code(tags.ACQUISITION_DATETIME)
        or root.code(tags.ACQUISITION_DATE) + root.code(tags.ACQUISITION_TIME)
    )


def _offset_places(root: Attributes, first: Frame, count: int) -> list[tuple[float, float, float]] | None:
    """Places of the frames of a dose grid: along the normal from the first (PS3.3 C.8.8.3.2)."""
    offsets = root.numbers(tags.FRAME_OFFSETS)
    if len(offsets) < count or first.position is None or first.orientation is None or not tags.finite(offsets[:count]):
        return None
    x, y, z = first.position
    a, b, c, d, e, f = first.orientation
    normal = (b * f - c * e, c * d - a * f, a * e - b * d)
    # The vector is relative where it begins with 0 and else counts from the origin: relative to its first either way.
    steps = [offset - offsets[0] for offset in offsets[:count]]
    return [(x + normal[0] * step, y + normal[1] * step, z + normal[2] * step) for step in steps]


def _negative(root: Attributes) -> bool:
    """Whether modality values may fall below 0, so that a VOI LUT may begin below 0 (PS3.3 C.11.2.1.1)."""
    intercept = root.number(tags.INTERCEPT)
    return intercept is not None and intercept < 0


def _positive(value: float | None) -> float | None:
    return value if value is not None and 0 < value < 1e4 else None
