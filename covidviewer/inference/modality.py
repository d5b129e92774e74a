"""Which networks may be asked about an input: those for chest CT or those for chest films."""

from __future__ import annotations

from covidviewer.dicom.catalog import Kind, Stack
from covidviewer.imaging.volume import Volume

__all__ = ["modality_of"]


def modality_of(stack: Stack, volume: Volume | None = None, kind: str = "") -> str:
    """ "FILM" or "CT".

    Parameters
    ----------
    stack
        The series.
    volume
        Its values; a picture without tags is guessed by its first filled image.
    kind
        What the reader says that a picture shows, "ct" or "film"; "" lets it be guessed.
    """
    if stack.kind is Kind.FILM:
        return "FILM"
    if stack.kind is not Kind.PICTURE:
        return "CT"
    if not kind and volume is not None and bool(volume.filled.any()):
        from covidviewer.inference.picture_kind import guess_picture_kind

        kind = guess_picture_kind(volume.slice(int(volume.filled.argmax())))
    return "FILM" if kind == "film" else "CT"
