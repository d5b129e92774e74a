"""One frame -> its stored values or its colours, whatever the transfer syntax.

`Reader` keeps what several frames of one file share (the value that pydicom had to find, the fragment list, the
palette) and is used by one thread; decoding a stream that it read may happen in another (`Encoded.decode`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom import native
from covidviewer.dicom.catalog import Frame, PixelFormat
from covidviewer.dicom.codecs import NATIVE, Codec, Samples, check_stream, codec_of, decode_here
from covidviewer.dicom.colour import Palette, read_palette, to_rgb
from covidviewer.dicom.dataset import border, pixel_value
from covidviewer.dicom.encapsulated import Fragment, stream_of, walk_items
from covidviewer.errors import CovidViewerError, DamagedFileError

PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A frame read but not yet decoded: may go to another thread.

    stream : compressed bytes, or None when ``samples`` are there already.
    """

    frame: Frame
    stream: bytes | None = None
    samples: Samples | None = None
    palette: Palette | None = None

    def decode(self) -> Samples:
        """Stored values (rows, columns) or RGB uint8 (rows, columns, 3); see `read`."""
        try:
            return self._decode()
        except CovidViewerError as error:
            if error.path is None:
                error.path = self.frame.path
            raise

    def _decode(self) -> Samples:
        fmt = self.frame.format
        if self.stream is None:
            assert self.samples is not None
            samples = self.samples
        else:
            codec = codec_of(fmt.transfer_syntax)
            check_stream(codec, self.stream, fmt)
            samples = _decode_stream(codec, self.stream, fmt)
            _check_shape(samples, fmt)
        if fmt.transfer_syntax == PICTURE:
            return samples
        if fmt.samples >= 3:
            return to_rgb(samples, fmt)
        if samples.ndim == 3:
            samples = samples[..., 0]
        stored = stored_values(samples, fmt)
        return self.palette.apply(stored) if self.palette is not None else stored


def read(frame: Frame) -> Samples:
    """Stored values or colours of one frame.

    Returns
    -------
    ndarray
        (rows, columns) stored values, masked to BitsStored and sign-extended (PS3.5 8.1.1): the smallest of
        uint8, int8, uint16, int16, uint32, int32 of the allocated width, or float32/float64; or
        (rows, columns, 3) uint8 RGB for colour and palette images.

    Raises
    ------
    DamagedFileError
        The file is cut short, its stream is broken, or the picture has another size than the header says.
    UnsupportedError
        No decoder for this transfer syntax, depth or colour model.
    """
    return Reader().read(frame)


class Reader:
    """Reads frames; remembers one file. Not for several threads at once."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._value: bytes | None = None
        self._items: tuple[tuple[Fragment, ...], tuple[int, ...]] | None = None
        self._palette: Palette | None = None

    def read(self, frame: Frame) -> Samples:
        """As the function `read`."""
        return self.encoded(frame).decode()

    def encoded(self, frame: Frame) -> Encoded:
        """Read what is needed to decode this frame; errors as `read`."""
        self._turn_to(frame.path)
        with border(frame.path):
            return self._encoded(frame)

    def forget(self) -> None:
        """Let go of what was kept of the last file."""
        self._path = self._value = self._items = self._palette = None

    def _turn_to(self, path: Path) -> None:
        if path != self._path:
            self.forget()
            self._path = path

    def _encoded(self, frame: Frame) -> Encoded:
        fmt = frame.format
        if fmt.transfer_syntax == PICTURE:
            from covidviewer.dicom import pictures

            return Encoded(frame, samples=pictures.read(frame.path, frame.index))
        palette = self._palette_of(frame) if fmt.photometric.startswith("PALETTE") else None
        if fmt.transfer_syntax in NATIVE or fmt.floating:
            return Encoded(frame, samples=self._native(frame), palette=palette)
        codec_of(fmt.transfer_syntax)  # refuse before reading
        return Encoded(frame, stream=self._stream(frame), palette=palette)

    def _palette_of(self, frame: Frame) -> Palette:
        if self._palette is None:
            self._palette = read_palette(frame.path)
        return self._palette

    def _native(self, frame: Frame) -> Samples:
        fmt, index = frame.format, frame.index
        size = native.frame_bytes(fmt)
        if fmt.offset >= 0 and not (fmt.big_endian and fmt.bits_allocated == 8):  # their order hangs on the VR
            if fmt.length >= 0:
                native.check_length(fmt, fmt.length)
            if fmt.bits_allocated == 1:
                return self._native_bits_of_file(frame)
            return native.samples_from_bytes(native.read_range(frame.path, fmt.offset + index * size, size), fmt)
        value = self._value_of(frame)
        native.check_length(fmt, len(value))
        if fmt.bits_allocated == 1:
            return native.samples_from_bytes(value, fmt, index)
        return native.samples_from_bytes(memoryview(value)[index * size : (index + 1) * size], fmt)

    def _native_bits_of_file(self, frame: Frame) -> Samples:
        fmt = frame.format
        pixels = fmt.rows * fmt.columns * fmt.samples
        start, shift = divmod(frame.index * pixels, 8)
        data = native.read_range(frame.path, fmt.offset + start, (shift + pixels + 7) // 8)
        bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        return bits[shift : shift + pixels].reshape(fmt.rows, fmt.columns)

    def _stream(self, frame: Frame) -> bytes:
        fmt = frame.format
        if fmt.fragments:
            table: tuple[int, ...] = ()
            return stream_of(fmt, fmt.fragments, table, frame.index, self._piece_of_file)
        if fmt.offset >= 0:
            if self._items is None:
                self._items = walk_items(self._piece_of_file, fmt.offset, frame.path.stat().st_size)
            return stream_of(fmt, *self._items, frame.index, self._piece_of_file)
        value = self._value_of(frame)

        def piece(offset: int, length: int) -> bytes:
            return value[offset : offset + length]

        if self._items is None:
            self._items = walk_items(piece, 0, len(value))
        return stream_of(fmt, *self._items, frame.index, piece)

    def _piece_of_file(self, offset: int, length: int) -> bytes:
        assert self._path is not None
        return native.read_range(self._path, offset, length)

    def _value_of(self, frame: Frame) -> bytes:
        if self._value is None:
            self._value = pixel_value(frame.path, frame.format)
        return self._value


def _decode_stream(codec: Codec, stream: bytes, fmt: PixelFormat) -> Samples:
    if codec.guarded:
        from covidviewer.dicom.decode_child import pool

        return pool().decode(stream, fmt)
    return decode_here(codec, stream, fmt)


def _check_shape(samples: Samples, fmt: PixelFormat) -> None:
    wanted = (fmt.rows, fmt.columns) if fmt.samples == 1 else (fmt.rows, fmt.columns, fmt.samples)
    shape = samples.shape[:2] if samples.shape[2:] == (1,) else samples.shape
    if shape != wanted:
        said, found = (" x ".join(map(str, s)) for s in (wanted, shape))
        raise DamagedFileError(f"The stream holds a picture of {found} where the header says {said}.")


def stored_values(samples: Samples, fmt: PixelFormat) -> Samples:
    """Samples as read or decoded -> stored values: shifted down, masked, sign-extended (PS3.5 8.1.1).

    Parameters
    ----------
    samples : (rows, columns) integer of any width, or float (returned as it is).

    Returns
    -------
    ndarray
        (rows, columns), integer of the width of ``samples``; signed where PixelRepresentation says so.
    """
    if samples.dtype.kind == "f":
        return samples
    width = samples.dtype.itemsize * 8
    stored = min(max(fmt.bits_stored, 1), width)
    high = fmt.high_bit if stored - 1 <= fmt.high_bit < width else stored - 1
    signed: np.dtype[Any] = np.dtype(f"i{samples.dtype.itemsize}")
    unsigned: np.dtype[Any] = np.dtype(f"u{samples.dtype.itemsize}")
    if samples.dtype.kind == "i":
        # The decoder extended the sign itself (JPEG 2000); its values may need more bits than BitsStored admits.
        return samples if fmt.signed else samples.view(unsigned)
    if stored == width:
        return samples.view(signed) if fmt.signed else samples
    if fmt.signed:
        # Up to the top, dropping what lies above HighBit; down again, the sign following.
        up = np.left_shift(samples, unsigned.type(width - 1 - high)).view(signed)
        down: NDArray[Any] = np.right_shift(up, signed.type(width - stored))
        return down
    down = np.right_shift(samples, unsigned.type(high + 1 - stored))
    np.bitwise_and(down, unsigned.type((1 << stored) - 1), out=down)
    return down
