"""Colour: samples of any photometric interpretation -> RGB, 8 bit (PS3.3 C.7.6.3.1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import PixelFormat
from covidviewer.dicom.codecs import CODECS, Family, Samples
from covidviewer.errors import DamagedFileError, UnsupportedError

Rgb = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """Palette colour look-up (PS3.3 C.7.6.3.1.5-6).

    table : (entries, 3) uint8.
    first : stored value that maps to the first entry; values outside clamp.
    """

    table: Rgb
    first: int

    def apply(self, stored: Samples) -> Rgb:
        """Stored values (rows, columns) -> (rows, columns, 3) uint8."""
        index = np.clip(stored.astype(np.int64) - self.first, 0, len(self.table) - 1)
        return np.take(self.table, index, axis=0)


def to_rgb(samples: Samples, fmt: PixelFormat) -> Rgb:
    """Three-sample pixels -> (rows, columns, 3) uint8 RGB.

    Samples wider than 8 bit keep their 8 highest stored bits. A lossy JPEG is RGB already (see `codecs`), and
    JPEG 2000 undoes YBR_RCT and YBR_ICT itself.

    Raises
    ------
    UnsupportedError
        A photometric interpretation without a rule here.
    """
    eight = _eight_bits(samples[..., :3], fmt)
    codec = CODECS.get(fmt.transfer_syntax)
    lossy_jpeg = codec is not None and codec.family is Family.JPEG and not codec.lossless_process
    if lossy_jpeg or fmt.photometric in ("RGB", "YBR_RCT", "YBR_ICT"):
        return eight
    if fmt.photometric in ("YBR_FULL", "YBR_FULL_422"):
        return ybr_full_to_rgb(eight)
    if fmt.photometric.startswith("MONOCHROME") or not fmt.photometric:
        return eight  # three samples and no colour model named: the likeliest reading
    raise UnsupportedError(f"Colour model {fmt.photometric[:32]} cannot be shown.")


def _eight_bits(samples: Samples, fmt: PixelFormat) -> Rgb:
    if samples.dtype == np.uint8 and fmt.bits_stored >= 8:
        return np.ascontiguousarray(samples)
    shift = fmt.bits_stored - 8
    step = samples.dtype.type(abs(shift))
    moved: Samples = np.right_shift(samples, step) if shift >= 0 else np.left_shift(samples, step)
    return moved.astype(np.uint8)


def ybr_full_to_rgb(ybr: Rgb) -> Rgb:
    """YBR_FULL, 8 bit -> RGB: the inverse of the equations of PS3.3 C.7.6.3.1.2, rounded, clipped."""
    y = ybr[..., 0].astype(np.float32)
    cb = ybr[..., 1].astype(np.float32) - 128.0
    cr = ybr[..., 2].astype(np.float32) - 128.0
    rgb = np.stack([y + 1.402 * cr, y - 0.344136286 * cb - 0.714136286 * cr, y + 1.772 * cb], axis=-1)
    return np.clip(np.floor(rgb + 0.5), 0, 255).astype(np.uint8)


def read_palette(path: Path) -> Palette:
    """The palette of a file, plain or segmented.

    Raises
    ------
    DamagedFileError
        The three tables are missing or contradict their descriptors.
    """
    from pydicom import dcmread

    from covidviewer.dicom.dataset import border

    with border(path):
        dataset = dcmread(path, stop_before_pixels=True, force=True)
        planes = [_plane(dataset, colour) for colour in ("Red", "Green", "Blue")]
    length = min(len(values) for values, _ in planes)
    if length == 0:
        raise DamagedFileError("The palette is empty.", path=path)
    return Palette(np.stack([values[:length] for values, _ in planes], axis=-1), planes[0][1])


def _plane(dataset: object, colour: str) -> tuple[Rgb, int]:
    name = f"{colour}PaletteColorLookupTable"
    descriptor = getattr(dataset, name + "Descriptor", None)
    if descriptor is None or len(descriptor) != 3:
        raise DamagedFileError("The palette has no descriptor.")
    entries, first, bits = int(descriptor[0]) or 65536, int(descriptor[1]), int(descriptor[2])
    order = ">" if getattr(dataset, "original_encoding", (False, True))[1] is False else "<"
    segmented = getattr(dataset, f"Segmented{name}Data", None)
    raw = getattr(dataset, name + "Data", None) if segmented is None else segmented
    if raw is None:
        raise DamagedFileError("The palette has no data.")
    values: NDArray[np.uint16]
    if segmented is not None:
        words = np.frombuffer(raw, np.uint8 if bits == 8 and len(raw) % 2 else f"{order}u2").tolist()
        values = np.asarray(_expand_segments(words, entries)).astype(np.uint16)
    elif len(raw) >= entries * 2:
        values = np.frombuffer(raw, f"{order}u2", count=entries).astype(np.uint16)
    else:
        values = np.frombuffer(raw, np.uint8)[:entries].astype(np.uint16)
        bits = 8
    if len(values) < entries:
        raise DamagedFileError(f"The palette holds {len(values)} of {entries} entries.")
    # Some writers put 8 bit entries into 16 bit words whatever the descriptor says.
    if bits > 8 and values.max(initial=0) > 255:
        values = np.right_shift(values, np.uint16(bits - 8))
    return values.astype(np.uint8), first


def _expand_segments(words: list[int], entries: int) -> list[int]:
    """Discrete, linear and indirect segments (PS3.3 C.7.9.2), never longer than ``entries``."""
    out: list[int] = []

    def run(position: int, segments: int, nested: bool) -> None:
        while position + 1 < len(words) and segments and len(out) < entries:
            opcode, length = words[position], words[position + 1]
            segments -= 1
            if opcode == 0:
                out.extend(words[position + 2 : position + 2 + length])
                position += 2 + length
            elif opcode == 1 and out and position + 2 < len(words):
                ramp = np.linspace(out[-1], words[position + 2], length + 1)[1:]
                out.extend(np.floor(ramp + 0.5).astype(int).tolist())
                position += 3
            elif opcode == 2 and not nested and position + 3 < len(words):
                run(words[position + 2] | words[position + 3] << 16, length, True)
                position += 4
            else:
                raise DamagedFileError("The palette has a segment of an unknown kind.")

    run(0, -1, False)
    return out[:entries]
