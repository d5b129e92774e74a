"""What an object is, when it is no image: names of SOP classes (PS3.4 B.5, PS3.6 A)."""

from __future__ import annotations

from functools import lru_cache

_ROOT = "1.2.840.10008.5.1.4.1.1."
CT_CLASSES = frozenset({_ROOT + "2", _ROOT + "2.1", _ROOT + "2.2"})
FILM_CLASSES = frozenset({_ROOT + "1", _ROOT + "1.1", _ROOT + "1.1.1"})
DIRECTORY = "1.2.840.10008.1.3.10"

#: Objects that hold no image for a reader, or an image that means something else than grey (SEG, parametric map).
_NAMES = {
    _ROOT + "66.4": "Segmentation",
    _ROOT + "66.5": "Surface segmentation",
    _ROOT + "66.7": "Label map segmentation",
    _ROOT + "66.8": "Height map segmentation",
    _ROOT + "30": "Parametric map",
    _ROOT + "66": "Raw data",
    _ROOT + "66.1": "Spatial registration",
    _ROOT + "66.2": "Spatial fiducials",
    _ROOT + "66.3": "Deformable spatial registration",
    _ROOT + "67": "Real world value mapping",
    _ROOT + "481.2": "Radiotherapy dose",
    _ROOT + "481.3": "Radiotherapy structure set",
    _ROOT + "481.5": "Radiotherapy plan",
    _ROOT + "481.8": "Radiotherapy ion plan",
    _ROOT + "104.1": "PDF document",
    _ROOT + "104.2": "CDA document",
    _ROOT + "104.3": "STL model",
    _ROOT + "104.4": "OBJ model",
    _ROOT + "104.5": "MTL material",
    _ROOT + "11.1": "Presentation state",
    _ROOT + "88.59": "Key object selection",
    _ROOT + "88.67": "Radiation dose report",
}
_FAMILIES = (
    (_ROOT + "11.", "Presentation state"),
    (_ROOT + "88.", "Structured report"),
    (_ROOT + "481.", "Radiotherapy object"),
    (_ROOT + "9.", "Waveform"),
    (_ROOT + "104.", "Encapsulated document"),
)
#: Radiotherapy objects that are images after all.
_IMAGES = frozenset({_ROOT + "481.1", _ROOT + "481.2"})
_MODALITIES = {
    "SR": "Structured report",
    "SEG": "Segmentation",
    "RTSTRUCT": "Radiotherapy structure set",
    "RTPLAN": "Radiotherapy plan",
    "PR": "Presentation state",
    "KO": "Key object selection",
    "DOC": "Document",
    "REG": "Spatial registration",
    "ECG": "Waveform",
}


@lru_cache(maxsize=256)
def document_name(sop_class: str) -> str:
    """Name of a class of objects that are shown by name alone; "" where the class may be an image."""
    if sop_class in _IMAGES:
        return ""
    name = _NAMES.get(sop_class, "")
    if name:
        return name
    return next((family for prefix, family in _FAMILIES if sop_class.startswith(prefix)), "")


@lru_cache(maxsize=256)
def is_image_class(sop_class: str) -> bool:
    """Whether the standard calls the class an image, by its registered name."""
    return "Image Storage" in _registered(sop_class)


def name_without_pixels(sop_class: str, modality: str) -> str:
    """Name of an object of an unknown class that holds no pixels."""
    registered = _registered(sop_class)
    name = _NAMES.get(sop_class) or _MODALITIES.get(modality)
    if name:
        return name
    return registered.removesuffix(" Storage") if registered and registered != sop_class else "Object without an image"


@lru_cache(maxsize=256)
def _registered(sop_class: str) -> str:
    if not sop_class or not sop_class.isascii() or len(sop_class) > 64:
        return ""
    from pydicom.config import IGNORE
    from pydicom.uid import UID

    return str(UID(sop_class, validation_mode=IGNORE).name)
