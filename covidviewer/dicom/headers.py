"""What one file says: records between reading and grouping. Frozen, picklable, without pixels."""

from __future__ import annotations

from dataclasses import dataclass

from covidviewer.dicom.catalog import Frame, Kind, Note, Patient

NOBODY = Patient()


@dataclass(frozen=True, slots=True)
class SeriesInfo:
    """What the instances of a series share (PS3.3 C.7.1 to C.7.3); `Stack` explains the fields."""

    kind: Kind
    modality: str = ""
    description: str = ""
    uid: str = ""
    study_uid: str = ""
    number: int | None = None
    frame_of_reference: str = ""
    patient: Patient = NOBODY
    study_date: str = ""
    study_time: str = ""
    study_description: str = ""
    series_time: str = ""
    accession: str = ""
    institution: str = ""
    body_part: str = ""
    patient_position: str = ""
    patient_orientation: tuple[str, ...] = ()
    kernel: str = ""
    contrast: str = ""
    kvp: str = ""
    lossy: bool = False
    lossy_ratio: float | None = None
    sop_class: str = ""
    document: str = ""


#: Names of what may tell two phases apart, in the order in which they are tried.
PHASE_NAMES = (
    "time point",
    "acquisition",
    "echo",
    "diffusion weighting",
    "trigger time",
    "image type",
    "acquisition time",
    "content time",
)
Phase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """One instance.

    phases : a tuple of `PHASE_NAMES` values for each frame, "" where absent.
    cine : frames of a classic multi-frame object without places in space: a loop of its own, never mixed with others.
    notes : what is odd about the file, concerning all of its frames.
    """

    info: SeriesInfo
    frames: tuple[Frame, ...]
    phases: tuple[Phase, ...]
    notes: tuple[Note, ...] = ()
    cine: bool = False
