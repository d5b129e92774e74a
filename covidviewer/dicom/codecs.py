"""Compressed streams: which transfer syntax needs which decoder, and one stream -> samples.

All decoders come from imagecodecs (BSD; bundles permissive libraries only). Those that were seen to stall on a
damaged stream (JPEG-LS, and HTJ2K for its kin) run in a child process with a time limit (`decode_child`);
the others are called in the caller's thread and release the interpreter lock.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import PixelFormat
from covidviewer.errors import DamagedFileError, UnsupportedError

Samples = NDArray[Any]


class Family(StrEnum):
    """Families of stream formats, as far as decoding differs."""

    JPEG = "JPEG"
    JPEG_LS = "JPEG-LS"
    JPEG_2000 = "JPEG 2000"
    HTJ2K = "HTJ2K"
    RLE = "RLE"


@dataclass(frozen=True, slots=True)
class Codec:
    """How one transfer syntax (PS3.5 Annex A.4, PS3.6 Annex A) is decoded.

    guarded : the decoder can stall and belongs into the child process.
    lossless_process : JPEG lossless (processes 14): libjpeg applies no colour transform to it.
    """

    family: Family
    guarded: bool = False
    lossless_process: bool = False


_ROOT = "1.2.840.10008.1.2."
CODECS: dict[str, Codec] = {
    _ROOT + "5": Codec(Family.RLE),
    # Baseline, extended, and the retired progressive and spectral ones (PS3.5 A.4.1): one decoder reads them all.
    **{_ROOT + f"4.{n}": Codec(Family.JPEG) for n in (50, 51, 52, 53, 54, 55, 56)},
    _ROOT + "4.57": Codec(Family.JPEG, lossless_process=True),
    _ROOT + "4.58": Codec(Family.JPEG, lossless_process=True),
    _ROOT + "4.70": Codec(Family.JPEG, lossless_process=True),
    _ROOT + "4.80": Codec(Family.JPEG_LS, guarded=True),
    _ROOT + "4.81": Codec(Family.JPEG_LS, guarded=True),
    _ROOT + "4.90": Codec(Family.JPEG_2000),
    _ROOT + "4.91": Codec(Family.JPEG_2000),
    _ROOT + "4.92": Codec(Family.JPEG_2000),
    _ROOT + "4.93": Codec(Family.JPEG_2000),
    **{_ROOT + f"4.{n}": Codec(Family.HTJ2K, guarded=True) for n in (201, 202, 203)},
}
NATIVE = frozenset({"1.2.840.10008.1.2", _ROOT + "1", _ROOT + "1.98", _ROOT + "1.99", _ROOT + "2"})

_NAMES = {
    _ROOT + "4.100": "MPEG-2 video",
    _ROOT + "4.101": "MPEG-2 video",
    **{_ROOT + f"4.{n}": "MPEG-4 video" for n in range(102, 107)},
    _ROOT + "4.107": "HEVC video",
    _ROOT + "4.108": "HEVC video",
    _ROOT + "4.110": "JPEG XL",
    _ROOT + "4.111": "JPEG XL",
    _ROOT + "4.112": "JPEG XL",
    _ROOT + "6.1": "MIME encapsulation",
    _ROOT + "6.2": "XML encoding",
}

_RLE_UNBOUNDED = 512 << 20
SOI = b"\xff\xd8"
EOI = b"\xff\xd9"
_J2K_START = b"\xff\x4f\xff\x51"
_JP2_START = b"\x00\x00\x00\x0cjP  "


def codec_of(transfer_syntax: str) -> Codec:
    """The codec of an encapsulated transfer syntax.

    Raises
    ------
    UnsupportedError
        Where this program has no decoder for it; the sentence names the syntax.
    """
    codec = CODECS.get(transfer_syntax)
    if codec is None:
        name = _NAMES.get(transfer_syntax, "an unknown transfer syntax")
        raise UnsupportedError(f"Pixels in {name} ({transfer_syntax[:64]}) cannot be decoded.", code="P01")
    return codec


def starts_frame(codec: Codec, head: bytes) -> bool:
    """Whether a fragment with these first bytes begins an image (needed where the offset table lies)."""
    if codec.family is Family.RLE:
        return True  # an RLE frame is exactly one fragment (PS3.5 A.4.2)
    if codec.family in (Family.JPEG, Family.JPEG_LS):
        return head.startswith(SOI)
    return head.startswith((_J2K_START, _JP2_START))


def check_stream(codec: Codec, stream: bytes, fmt: PixelFormat) -> None:
    """Refuse a stream that has no beginning or no end, or whose own header claims another picture.

    Decoders fill what is missing without complaint, and allocate whatever the stream's header asks for.

    Raises
    ------
    DamagedFileError
        Empty, wrong first bytes, cut short (PS3.5 A.4: every JPEG family stream ends with FFD9), another size.
    """
    if not stream:
        raise DamagedFileError("The file holds no pixel stream.")
    if codec.family is Family.RLE:
        if len(stream) < 64:
            raise DamagedFileError("The RLE stream is shorter than its own header.")
        return
    if not starts_frame(codec, stream[:16]):
        raise DamagedFileError(f"The pixel stream is no {codec.family} stream.")
    # One padding byte makes the length even; some writers pad with more.
    if not stream.startswith(_JP2_START) and EOI not in stream[-64:]:
        raise DamagedFileError(f"The {codec.family} stream is cut short.")
    declared = _declared_j2k(stream) if codec.family in (Family.JPEG_2000, Family.HTJ2K) else _declared_jpeg(stream)
    if declared is None:
        raise DamagedFileError(f"The {codec.family} stream does not say how large its picture is.")
    if declared != (fmt.rows, fmt.columns, fmt.samples):
        said, found = (_times(*size) for size in ((fmt.rows, fmt.columns, fmt.samples), declared))
        raise DamagedFileError(f"The stream holds a picture of {found} where the header says {said}.")


def _times(rows: int, columns: int, samples: int) -> str:
    return f"{columns} x {rows}" + (f" x {samples}" if samples > 1 else "")


def _declared_jpeg(stream: bytes) -> tuple[int, int, int] | None:
    """(rows, columns, components) of the first frame header (ISO 10918-1 B.2.2, ISO 14495-1 C.2.2)."""
    for marker, body in _segments(stream):
        # SOF0..SOF15 but DHT, JPG and DAC; SOF55 of JPEG-LS
        if (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)) or marker == 0xF7:
            if len(body) < 6:
                return None
            rows, columns, components = struct.unpack_from(">HHB", body, 1)
            return rows, columns, components
    return None


def _declared_j2k(stream: bytes) -> tuple[int, int, int] | None:
    """(rows, columns, components) of the SIZ segment (ISO 15444-1 A.5.1); in a JP2 file behind its boxes."""
    start = stream.find(_J2K_START, 0, 1 << 16)
    if start < 0 or len(stream) < start + 42:
        return None
    right, bottom, left, top = struct.unpack_from(">4I", stream, start + 8)
    (components,) = struct.unpack_from(">H", stream, start + 40)
    return bottom - top, right - left, components


def _segments(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and body of each segment before the first scan."""
    position = 2
    while position + 4 <= len(stream) and stream[position] == 0xFF:
        marker = stream[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
            continue
        length = int.from_bytes(stream[position + 2 : position + 4], "big")
        if marker == 0xDA or length < 2:
            return
        yield marker, stream[position + 4 : position + 2 + length]
        position += 2 + length


def decode_here(codec: Codec, stream: bytes, fmt: PixelFormat) -> Samples:
    """One stream -> samples as the decoder gives them, in this process and thread.

    Returns
    -------
    ndarray
        (rows, columns) or (rows, columns, samples); uint8, uint16, int8, int16 or 32 bit. Colour JPEG comes back
        as RGB where libjpeg knows the transform (`jpeg_is_rgb`); all else untransformed.

    Raises
    ------
    DamagedFileError
        The decoder refused the stream.
    """
    import imagecodecs

    try:
        if codec.family is Family.RLE:
            return _rle(stream, fmt)
        if codec.family is Family.JPEG:
            return _jpeg(codec, stream, fmt)
        if codec.family is Family.JPEG_LS:
            return np.asarray(imagecodecs.jpegls_decode(stream))
        # htj2k_decode is faster, yet was seen to run without end and to wrap samples.
        # Two threads: of the formats here only JPEG 2000 takes long enough for a reader to wait for one image.
        return np.asarray(imagecodecs.jpeg2k_decode(stream, numthreads=2))
    except (RuntimeError, ValueError, TypeError, OverflowError, MemoryError, IndexError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise DamagedFileError(f"The {codec.family} stream is damaged ({reason}).") from error


def _rle(stream: bytes, fmt: PixelFormat) -> Samples:
    import imagecodecs

    packed = fmt.bits_allocated == 1 and fmt.samples == 1
    if not packed and fmt.bits_allocated not in (8, 16, 32):
        raise UnsupportedError(f"RLE with {fmt.bits_allocated} bits a sample cannot be decoded.", code="P01")
    dtype = np.dtype("u1") if packed else np.dtype(f"<u{fmt.bits_allocated // 8}")
    segments = int.from_bytes(stream[:4], "little")
    wanted = fmt.samples * dtype.itemsize
    if segments != wanted:
        raise DamagedFileError(f"The RLE stream holds {segments} segments where {wanted} are needed.")
    # The decoder trusts these offsets: one beyond the stream ends the process.
    offsets = struct.unpack_from(f"<{wanted}I", stream, 4)
    if list(offsets) != sorted({*offsets}) or offsets[0] < 64 or offsets[-1] > len(stream):
        raise DamagedFileError("The RLE stream has a broken table of its segments.")
    # A frame of single bits is packed into bytes by itself, the first pixel in bit 0, and these are what RLE codes.
    need = -(-fmt.rows * fmt.columns // 8) if packed else fmt.rows * fmt.columns * wanted
    # Two bytes can stand for 128: a large stream may fill only what the picture needs, a small one what it says
    # (a picture of odd size may come with a padding byte).
    bounded = len(stream) * 64 > _RLE_UNBOUNDED
    data = imagecodecs.dicomrle_decode(stream, dtype, out=need if bounded else None)
    if len(data) < need:
        raise DamagedFileError(f"The RLE stream gives {len(data)} of {need} bytes.")
    if packed:
        bits = np.unpackbits(np.frombuffer(data, np.uint8, need), bitorder="little", count=fmt.rows * fmt.columns)
        return bits.reshape(fmt.rows, fmt.columns)
    # RLE stores planes whatever PlanarConfiguration says (PS3.5 G.2).
    planes = np.frombuffer(data, dtype, count=need // dtype.itemsize).reshape(fmt.samples, fmt.rows, fmt.columns)
    return planes[0] if fmt.samples == 1 else np.ascontiguousarray(planes.transpose(1, 2, 0))


def _jpeg(codec: Codec, stream: bytes, fmt: PixelFormat) -> Samples:
    import imagecodecs

    if fmt.samples == 1 or codec.lossless_process:
        return np.asarray(imagecodecs.jpeg8_decode(stream))
    colorspace = "RGB" if jpeg_is_rgb(stream, fmt.photometric) else "YCBCR"
    return np.asarray(imagecodecs.jpeg8_decode(stream, colorspace=colorspace, outcolorspace="RGB"))


def jpeg_is_rgb(stream: bytes, photometric: str) -> bool:
    """Whether the three components of a lossy JPEG are red, green, blue rather than Y, Cb, Cr.

    The stream's own word counts before the header's: an Adobe marker, a JFIF marker (always YCbCr), component
    names ``RGB``; only then PhotometricInterpretation (PS3.5 8.2.1 lets the two differ).
    """
    for marker, body in _segments(stream):
        if marker == 0xE0 and body.startswith(b"JFIF"):
            return False
        if marker == 0xEE and body.startswith(b"Adobe") and len(body) >= 12:
            return body[11] == 0
        if marker in (0xC0, 0xC1, 0xC2) and len(body) >= 15:
            if body[6] == ord("R") and body[9] == ord("G") and body[12] == ord("B"):
                return True
            break
    return photometric == "RGB"
