"""What a reader must know about a stack: what happened - what it means - what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from covidviewer.dicom.catalog import Frame, Kind, Note, NoteCode
from covidviewer.dicom.headers import SeriesInfo

_TOMOGRAPHIC = frozenset({"CT", "MR", "PT"})
_SPATIAL = frozenset({Kind.CT, Kind.FILM})


def notes_of(info: SeriesInfo, frames: Sequence[Frame], spacing_mm: tuple[float, float, float]) -> list[Note]:
    """Notes that follow from the headers of the frames of a stack, in order of weight.

    Parameters
    ----------
    info : what the frames share.
    frames : in the order of the stack.
    spacing_mm : (slice, row, column), NaN where unknown.
    """
    if info.kind in (Kind.DOCUMENT, Kind.PICTURE):
        return []
    notes: list[Note | None] = [
        _places(info, frames),
        _rescale(info, frames),
        _spacing(info, frames),
        _thickness(frames, spacing_mm[0]),
        _lossy(info),
        _whole(
            frames,
            lambda f: "LOCALIZER" in f.image_type,
            NoteCode.LOCALIZER,
            "This is a localizer (scout view) - it was kept out of the other slices - no network judges it.",
        ),
        _whole(
            frames,
            lambda f: f.image_type[:1] == ("DERIVED",),
            NoteCode.DERIVED,
            "These images were computed from others (DERIVED) - values may have been changed - "
            "compare with the originals.",
        ),
        _window(info, frames),
    ]
    return [note for note in notes if note is not None]


def _some(frames: Sequence[Frame], test: Callable[[Frame], bool]) -> tuple[bool, tuple[int, ...]]:
    """Whether a test holds for some frames, and for which if not for all."""
    hit = [i for i, frame in enumerate(frames) if test(frame)]
    return bool(hit), tuple(hit) if len(hit) < len(frames) else ()


def _whole(frames: Sequence[Frame], test: Callable[[Frame], bool], code: NoteCode, text: str) -> Note | None:
    any_hit, slices = _some(frames, test)
    return Note(code, text, slices) if any_hit else None


def _places(info: SeriesInfo, frames: Sequence[Frame]) -> Note | None:
    if info.modality not in _TOMOGRAPHIC:
        return None
    missing, slices = _some(frames, lambda f: f.position is None)
    if missing:
        return Note(
            NoteCode.NO_POSITION,
            "Positions are missing or unusable in the header - the order follows instance numbers, distances across "
            "slices are unknown - do not measure across slices.",
            slices,
        )
    return _whole(
        frames,
        lambda f: f.orientation is None,
        NoteCode.NO_ORIENTATION,
        "The orientation is missing or unusable in the header - sides cannot be told, distances across slices are "
        "unknown - do not rely on left and right.",
    )


def _rescale(info: SeriesInfo, frames: Sequence[Frame]) -> Note | None:
    if info.kind is not Kind.CT:
        return None
    missing, slices = _some(frames, lambda f: not f.rescale_given and f.modality_lut is None)
    if missing:
        return Note(
            NoteCode.NO_RESCALE,
            "No valid rescale in the header - values are as stored and not Hounsfield units - "
            "do not read HU from them.",
            slices,
        )
    if len({(f.slope, f.intercept) for f in frames}) > 1:
        return Note(
            NoteCode.MIXED_RESCALE,
            "Rescale changes from slice to slice - each slice was converted by its own values - "
            "nothing needs to be done.",
        )
    return None


def _spacing(info: SeriesInfo, frames: Sequence[Frame]) -> Note | None:
    first = frames[0]
    if first.format.samples > 1 and info.kind not in _SPATIAL:
        return None
    if any(f.spacing is None for f in frames):
        return _whole(
            frames,
            lambda f: f.spacing is None,
            NoteCode.NO_SPACING,
            "No valid pixel spacing in the header - millimetres are unknown - lengths are in pixels.",
        )
    if first.spacing_kind == "detector":
        return Note(
            NoteCode.DETECTOR_SPACING,
            "Pixel spacing is that of the detector - the body is magnified by an unknown factor - "
            "lengths are too long.",
        )
    return None


def _thickness(frames: Sequence[Frame], step: float) -> Note | None:
    thickness = frames[0].thickness
    if thickness is None or not step > 0 or thickness >= 0.9 * step or len(frames) < 2:
        return None
    return Note(
        NoteCode.THICKNESS,
        f"Slices are {thickness:g} mm thick and {step:.2f} mm apart - what lies between them was not imaged - small "
        "findings may be missed.",
    )


def _lossy(info: SeriesInfo) -> Note | None:
    if not info.lossy:
        return None
    ratio = f" (ratio {info.lossy_ratio:g}:1)" if info.lossy_ratio is not None else ""
    return Note(
        NoteCode.LOSSY,
        f"The images were compressed with loss{ratio} - fine detail and values may differ from the originals - compare "
        "with the originals.",
    )


def _window(info: SeriesInfo, frames: Sequence[Frame]) -> Note | None:
    if info.kind is not Kind.CT or any(f.voi_luts or any(w.width >= 1 for w in f.windows) for f in frames):
        return None
    return Note(NoteCode.NO_WINDOW, "No usable window in the header - a preset was chosen - set another if need be.")
