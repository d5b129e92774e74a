"""Names of transfer syntaxes (PS3.6 Table A-1), short, for a reader; without importing pydicom."""

from __future__ import annotations

_NAMES = {
    "1.2.840.10008.1.2": "implicit little endian",
    "1.2.840.10008.1.2.1": "explicit little endian",
    "1.2.840.10008.1.2.1.99": "deflated explicit little endian",
    "1.2.840.10008.1.2.2": "explicit big endian",
    "1.2.840.10008.1.2.5": "RLE",
    "1.2.840.10008.1.2.4.50": "JPEG baseline, 8 bit, lossy",
    "1.2.840.10008.1.2.4.51": "JPEG extended, 12 bit, lossy",
    "1.2.840.10008.1.2.4.57": "JPEG lossless",
    "1.2.840.10008.1.2.4.70": "JPEG lossless, first order",
    "1.2.840.10008.1.2.4.80": "JPEG-LS lossless",
    "1.2.840.10008.1.2.4.81": "JPEG-LS near-lossless",
    "1.2.840.10008.1.2.4.90": "JPEG 2000 lossless",
    "1.2.840.10008.1.2.4.91": "JPEG 2000",
    "1.2.840.10008.1.2.4.201": "HTJ2K lossless",
    "1.2.840.10008.1.2.4.202": "HTJ2K lossless, progressive",
    "1.2.840.10008.1.2.4.203": "HTJ2K",
}


def syntax_name(uid: str) -> str:
    """A name for a transfer syntax UID; the UID itself where it is not known, "picture file" for pictures."""
    return _NAMES.get(uid, "picture file" if uid == "picture" else uid)
