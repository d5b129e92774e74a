"""Frames of every kind, from files made here: bytes in, stored values or colours out."""

from __future__ import annotations

import struct
import threading
import tracemalloc
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from covidviewer.dicom import frames, native
from covidviewer.dicom.catalog import Frame, PixelFormat
from covidviewer.dicom.encapsulated import walk_items
from covidviewer.dicom.walker import read_meta
from covidviewer.errors import DamagedFileError, FileError, LimitError, UnsupportedError

LE = "1.2.840.10008.1.2.1"
RLE = "1.2.840.10008.1.2.5"
BASELINE = "1.2.840.10008.1.2.4.50"
LOSSLESS = "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
J2K = "1.2.840.10008.1.2.4.90"
HTJ2K = "1.2.840.10008.1.2.4.201"

Make = Callable[..., Frame]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A frame whose pixel value lies in a file of its own behind 100 bytes of something else."""

    def build(data: bytes, shape: tuple[int, int], index: int = 0, **changes: Any) -> Frame:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.dcm"
        path.write_bytes(b"\xaa" * 100 + data)
        fields: dict[str, Any] = {"bits_allocated": 16, "bits_stored": 16, "signed": False, **changes}
        fields.setdefault("high_bit", fields["bits_stored"] - 1)
        fmt = PixelFormat(fields.pop("transfer_syntax", LE), *shape, **{"offset": 100, "length": len(data), **fields})
        return Frame(path, "1.2.3", index + 1, fmt)

    return build


def items(*bodies: bytes, table: tuple[int, ...] = ()) -> bytes:
    out = struct.pack("<HHI", 0xFFFE, 0xE000, 4 * len(table)) + struct.pack(f"<{len(table)}I", *table)
    for body in bodies:
        padded = body + b"\0" * (len(body) % 2)
        out += struct.pack("<HHI", 0xFFFE, 0xE000, len(padded)) + padded
    return out + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def encoded(make: Make, data: bytes, shape: tuple[int, int], index: int = 0, **changes: Any) -> Frame:
    found, _ = walk_items(lambda o, n: data[o : o + n], 0, len(data))
    shifted = tuple((o + 100, n) for o, n in found)
    return make(data, shape, index, fragments=shifted, offset=100, length=-1, **changes)


def picture(dtype: str = "<u2", top: int = 4096, shape: tuple[int, ...] = (24, 32)) -> np.ndarray:
    ramp = np.add.outer(np.arange(shape[0]) * 37, np.arange(shape[1]) * 11) % top
    if len(shape) == 3:
        ramp = (ramp[..., None] * np.array([1, 2, 5])) % top
    return ramp.astype(dtype)


# --- native ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["u1", "<u2", "<i2", "<u4", "<i4"])
def test_native_integers(make: Make, dtype: str) -> None:
    wanted = np.random.default_rng(0).integers(np.iinfo(dtype).min, np.iinfo(dtype).max, (6, 5)).astype(dtype)
    bits = wanted.dtype.itemsize * 8
    frame = make(wanted.tobytes(), (6, 5), bits_allocated=bits, bits_stored=bits, signed=wanted.dtype.kind == "i")
    got = frames.read(frame)
    assert got.dtype.kind == wanted.dtype.kind
    assert (got == wanted).all()


def test_native_frames_of_one_file_and_big_endian(make: Make) -> None:
    wanted = np.arange(3 * 4 * 5).reshape(3, 4, 5)
    for order in "<>":
        data = wanted.astype(f"{order}u2").tobytes()
        big = order == ">"
        syntax = "1.2.840.10008.1.2.2" if big else LE
        for i in range(3):
            frame = make(data, (4, 5), i, frames=3, big_endian=big, transfer_syntax=syntax)
            assert (frames.read(frame) == wanted[i]).all()


def test_garbage_above_the_high_bit_is_masked_and_the_sign_extended(make: Make) -> None:
    words = np.array([[0xF123, 0x0FFF, 0x5800]], "<u2")
    unsigned = make(words.tobytes(), (1, 3), bits_stored=12)
    assert frames.read(unsigned).tolist() == [[0x123, 0xFFF, 0x800]]
    signed = make(words.tobytes(), (1, 3), bits_stored=12, signed=True)
    assert frames.read(signed).tolist() == [[0x123, -1, -2048]]
    left = make(words.tobytes(), (1, 3), bits_stored=12, high_bit=15)
    assert frames.read(left).tolist() == [[0xF12, 0x0FF, 0x580]]
    left_signed = make(words.tobytes(), (1, 3), bits_stored=12, high_bit=15, signed=True)
    assert frames.read(left_signed).tolist() == [[0xF12 - 4096, 0x0FF, 0x580]]


def test_bits_stored_beyond_the_allocated_are_capped(make: Make) -> None:
    frame = make(np.array([[65535]], "<u2").tobytes(), (1, 1), bits_stored=24, high_bit=23)
    assert frames.read(frame).tolist() == [[65535]]


@pytest.mark.parametrize("size", [4, 8])
def test_float_pixels(make: Make, size: int) -> None:
    wanted = np.array([[0.25, -1e6, np.nan]], f"<f{size}")
    got = frames.read(make(wanted.tobytes(), (1, 3), bits_allocated=size * 8, bits_stored=0, floating=True))
    assert np.array_equal(got, wanted, equal_nan=True)


def test_one_bit_frames_are_not_byte_aligned(make: Make) -> None:
    bits = np.random.default_rng(1).integers(0, 2, (3, 5, 5)).astype(np.uint8)
    data = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    for i in range(3):
        frame = make(data, (5, 5), i, frames=3, bits_allocated=1, bits_stored=1)
        assert (frames.read(frame) == bits[i]).all()


def test_planar_configurations_agree(make: Make) -> None:
    rgb = picture("u1", 251, (6, 8, 3))
    colour = {"bits_allocated": 8, "bits_stored": 8, "samples": 3, "photometric": "RGB"}
    assert (frames.read(make(rgb.tobytes(), (6, 8), **colour)) == rgb).all()
    planes = np.ascontiguousarray(rgb.transpose(2, 0, 1))
    assert (frames.read(make(planes.tobytes(), (6, 8), planar=1, **colour)) == rgb).all()


def test_ybr_full_and_422_of_known_colours(make: Make) -> None:
    # Primaries of the equations in PS3.3 C.7.6.3.1.2
    ybr = np.array([[[76, 85, 255], [76, 85, 255], [150, 44, 21], [150, 44, 21]]], np.uint8)
    colour = {"bits_allocated": 8, "bits_stored": 8, "samples": 3}
    full = frames.read(make(ybr.tobytes(), (1, 4), photometric="YBR_FULL", **colour))
    assert np.abs(full[0, 0].astype(int) - [254, 0, 0]).max() <= 1
    assert np.abs(full[0, 2].astype(int) - [0, 255, 1]).max() <= 1
    pairs = np.array([76, 76, 85, 255, 150, 150, 44, 21], np.uint8)
    half = frames.read(make(pairs.tobytes(), (1, 4), photometric="YBR_FULL_422", **colour))
    assert (half == full).all()


def test_wide_colours_keep_their_highest_bits(make: Make) -> None:
    rgb = np.array([[[0xFF00, 0x1234, 0x00FF]]], "<u2")
    frame = make(rgb.tobytes(), (1, 1), samples=3, photometric="RGB")
    assert frames.read(frame).tolist() == [[[0xFF, 0x12, 0x00]]]


@pytest.mark.parametrize("cut", [1, 100, 287])
def test_cut_files_are_refused_with_the_figures(make: Make, cut: int) -> None:
    data = picture("<u2", 4096, (12, 12)).tobytes()
    frame = make(data[:-cut], (12, 12))
    with pytest.raises(DamagedFileError, match=f"holds {288 - cut} of the 288 bytes") as caught:
        frames.read(frame)
    assert caught.value.path == frame.path
    with pytest.raises(DamagedFileError, match="cut short"):
        native.read_plain(frame.path, 100, np.empty((12, 12), np.int16))


def test_a_huge_claim_is_refused_before_anything_is_allocated(make: Make) -> None:
    frame = make(b"\0" * 8192, (46341, 46341))
    with pytest.raises(DamagedFileError, match="of the 4294976562 bytes"):
        frames.read(frame)


def test_twice_the_data_is_refused(make: Make) -> None:
    frame = make(b"\1" * 512, (16, 16), bits_allocated=8, bits_stored=8)
    with pytest.raises(DamagedFileError, match="2 times as many bytes"):
        frames.read(frame)


def test_a_file_that_went_away_is_a_file_error(make: Make) -> None:
    frame = make(b"\0" * 8, (2, 2))
    frame.path.unlink()
    with pytest.raises(FileError, match="cannot be read"):
        frames.read(frame)


# --- encapsulated ---------------------------------------------------------------------------------------------------


def _encode(syntax: str, values: np.ndarray) -> bytes:
    import imagecodecs

    if syntax == LOSSLESS:
        return bytes(imagecodecs.ljpeg_encode(values, bitspersample=values.dtype.itemsize * 8))
    if syntax == JPEG_LS:
        return bytes(imagecodecs.jpegls_encode(values))
    if syntax == J2K:
        return bytes(imagecodecs.jpeg2k_encode(values, level=0, codecformat="j2k", reversible=True))
    return bytes(imagecodecs.htj2k_encode(values, reversible=True))


@pytest.mark.parametrize("syntax", [LOSSLESS, JPEG_LS, J2K, HTJ2K])
def test_lossless_streams_come_back_bit_equal(make: Make, syntax: str) -> None:
    wanted = picture()
    frame = encoded(make, items(_encode(syntax, wanted)), (24, 32), transfer_syntax=syntax)
    assert (frames.read(frame) == wanted).all()
    signed = replace(frame, format=replace(frame.format, signed=True, bits_stored=12, high_bit=11))
    assert (frames.read(signed) == np.where(wanted > 2047, wanted.astype(int) - 4096, wanted)).all()


def rle(values: np.ndarray) -> bytes:
    """PS3.5 G, literal runs only."""
    planes = values[..., None] if values.ndim == 2 else values
    segments = []
    for sample in range(planes.shape[2]):
        raw = np.ascontiguousarray(planes[..., sample]).astype(values.dtype.newbyteorder(">")).tobytes()
        for byte in range(values.dtype.itemsize):
            plane = raw[byte :: values.dtype.itemsize]
            runs = (plane[i : i + 128] for i in range(0, len(plane), 128))
            body = b"".join(bytes([len(run) - 1]) + run for run in runs)
            segments.append(body + b"\0" * (len(body) % 2))
    offsets, at = [], 64
    for segment in segments:
        offsets.append(at)
        at += len(segment)
    return struct.pack("<16I", len(segments), *offsets, *[0] * (15 - len(offsets))) + b"".join(segments)


def test_rle_grey_and_colour(make: Make) -> None:
    wanted = picture()
    assert (frames.read(encoded(make, items(rle(wanted)), (24, 32), transfer_syntax=RLE)) == wanted).all()
    rgb = picture("u1", 251, (6, 8, 3))
    frame = encoded(
        make,
        items(rle(rgb)),
        (6, 8),
        transfer_syntax=RLE,
        bits_allocated=8,
        bits_stored=8,
        samples=3,
        photometric="RGB",
    )
    assert (frames.read(frame) == rgb).all()


@pytest.mark.parametrize("table", [(), (0, 4, 8), (0, 99999, 5)])
def test_offset_tables_may_be_empty_or_wrong(make: Make, table: tuple[int, ...]) -> None:
    pictures = [picture() + i for i in range(3)]
    data = items(*(_encode(LOSSLESS, p) for p in pictures), table=table)
    for i in (2, 0, 1):
        frame = encoded(make, data, (24, 32), i, frames=3, transfer_syntax=LOSSLESS)
        assert (frames.read(frame) == pictures[i]).all()


def test_frames_in_several_fragments_are_put_together(make: Make) -> None:
    pictures = [picture() + i for i in range(2)]
    bodies = []
    for values in pictures:
        stream = _encode(LOSSLESS, values)
        third = len(stream) // 3 // 2 * 2
        bodies += [stream[:third], stream[third : 2 * third], stream[2 * third :]]
    for i in range(2):
        frame = encoded(make, items(*bodies), (24, 32), i, frames=2, transfer_syntax=LOSSLESS)
        assert (frames.read(frame) == pictures[i]).all()


def test_fragments_that_the_header_scan_left_open_are_walked_here(make: Make) -> None:
    pictures = [picture() + i for i in range(2)]
    halves = [(s[: len(s) // 2 // 2 * 2], s[len(s) // 2 // 2 * 2 :]) for s in (_encode(LOSSLESS, p) for p in pictures)]
    data = items(*halves[0], *halves[1], table=(0, 99999))
    for i in range(2):
        frame = make(data, (24, 32), i, frames=2, transfer_syntax=LOSSLESS, length=-1)
        assert (frames.read(frame) == pictures[i]).all()


def test_fragments_too_many_for_one_frame_do_not_spoil_it(make: Make) -> None:
    frame = encoded(make, items(rle(picture()), rle(picture() + 1)), (24, 32), transfer_syntax=RLE)
    assert (frames.read(frame) == picture()).all()


def test_a_picture_of_another_size_is_refused(make: Make) -> None:
    frame = encoded(make, items(_encode(LOSSLESS, picture())), (32, 24), transfer_syntax=LOSSLESS)
    with pytest.raises(DamagedFileError, match="32 x 24 where the header says 24 x 32"):
        frames.read(frame)


@pytest.mark.parametrize("syntax", [LOSSLESS, JPEG_LS, J2K, HTJ2K, RLE])
@pytest.mark.parametrize("damage", ["cut", "empty", "text", "start"])
def test_broken_streams_are_refused(make: Make, syntax: str, damage: str) -> None:
    stream = rle(picture()) if syntax == RLE else _encode(syntax, picture())
    broken = {
        "cut": stream[: len(stream) // 2 // 2 * 2],
        "empty": b"",
        "text": b"no picture at all. " * 20,
        "start": stream[:2] + b"\xff" * 30 + stream[32:],
    }[damage]
    frame = encoded(make, items(broken), (24, 32), transfer_syntax=syntax)
    with pytest.raises(DamagedFileError) as caught:
        frames.read(frame)
    assert str(caught.value).endswith(".")
    assert caught.value.path == frame.path


@pytest.mark.parametrize("offsets", [(64, 10_000_000), (10_000_000, 64), (64, 64), (0, 64), (64, 0xFFFFFFFF)])
def test_a_broken_segment_table_never_reaches_the_decoder(make: Make, offsets: tuple[int, int]) -> None:
    """imagecodecs reads where the table points, beyond the stream too, and takes the process with it."""
    stream = struct.pack("<16I", 2, *offsets, *[0] * 13) + rle(picture())[64:]
    with pytest.raises(DamagedFileError, match="table of its segments"):
        frames.read(encoded(make, items(stream), (24, 32), transfer_syntax=RLE))


def test_a_stream_that_unpacks_without_measure_is_refused(make: Make) -> None:
    bomb = struct.pack("<16I", 1, 64, *[0] * 14) + bytes([129, 7]) * (5 << 20)
    fmt = {"transfer_syntax": RLE, "bits_allocated": 8, "bits_stored": 8}
    tracemalloc.start()
    with pytest.raises(DamagedFileError, match="damaged"):
        frames.read(encoded(make, items(bomb), (64, 64), **fmt))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 << 20
    whole = struct.pack("<16I", 1, 64, *[0] * 14) + bytes([129, 7]) * 32
    assert (frames.read(encoded(make, items(whole), (64, 64), **fmt)) == 7).all()


@pytest.mark.parametrize("syntax", [BASELINE, LOSSLESS, JPEG_LS, J2K, HTJ2K])
def test_a_stream_that_claims_another_size_is_refused_before_decoding(
    make: Make, syntax: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import imagecodecs

    small = np.zeros((8, 8), np.uint8)
    stream = bytearray(imagecodecs.jpeg8_encode(small) if syntax == BASELINE else _encode(syntax, small))
    if syntax in (J2K, HTJ2K):
        at = stream.index(b"\xff\x51") + 6
        struct.pack_into(">2I", stream, at, 60000, 60000)
    else:
        marker = next(m for m in (b"\xff\xc0", b"\xff\xc3", b"\xff\xf7") if m in stream)
        struct.pack_into(">2H", stream, stream.index(marker) + 5, 60000, 60000)

    def never(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(frames, "_decode_stream", never)
    frame = encoded(make, items(bytes(stream)), (8, 8), transfer_syntax=syntax, bits_allocated=8, bits_stored=8)
    with pytest.raises(DamagedFileError, match="60000 x 60000 where the header says 8 x 8"):
        frames.read(frame)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.102", "1.2.3.4", "1.2.840.10008.1.2.4.110"])
def test_syntaxes_without_a_decoder_are_named(make: Make, syntax: str) -> None:
    with pytest.raises(UnsupportedError, match=syntax.replace(".", r"\.")):
        frames.read(encoded(make, items(b"x" * 100), (8, 8), transfer_syntax=syntax))


def test_an_item_beyond_the_end_is_refused() -> None:
    data = items(b"a" * 40)[:-20]
    with pytest.raises(DamagedFileError, match="beyond the end"):
        walk_items(lambda o, n: data[o : o + n], 0, len(data))


def test_colour_jpeg_follows_the_stream_before_the_header(make: Make) -> None:
    import imagecodecs

    rgb = np.zeros((16, 16, 3), np.uint8)
    rgb[..., 0] = 200
    colour = {"bits_allocated": 8, "bits_stored": 8, "samples": 3, "transfer_syntax": BASELINE}
    stream = bytes(imagecodecs.jpeg8_encode(rgb, level=95))  # JFIF: Y, Cb, Cr
    for photometric in ("YBR_FULL_422", "RGB"):
        got = frames.read(encoded(make, items(stream), (16, 16), photometric=photometric, **colour))
        assert np.abs(got.astype(int) - rgb).max() <= 4
    plain = bytes(imagecodecs.jpeg8_encode(rgb, level=95, colorspace="RGB", outcolorspace="RGB"))
    got = frames.read(encoded(make, items(plain), (16, 16), photometric="RGB", **colour))
    assert np.abs(got.astype(int) - rgb).max() <= 4


def test_decoding_may_happen_in_other_threads(make: Make) -> None:
    pictures = [picture() + i for i in range(6)]
    data = items(*(_encode(JPEG_LS, p) for p in pictures))
    reader = frames.Reader()
    todo = [reader.encoded(encoded(make, data, (24, 32), i, frames=6, transfer_syntax=JPEG_LS)) for i in range(6)]
    with ThreadPoolExecutor(3) as pool:
        got = list(pool.map(frames.Encoded.decode, todo))
    assert all((g == p).all() for g, p in zip(got, pictures, strict=True))
    assert threading.active_count() < 10


# --- what pydicom has to find ---------------------------------------------------------------------------------------


def write_dicom(path: Path, values: np.ndarray, syntax: str, **elements: Any) -> PixelFormat:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.filewriter import dcmwrite

    one = Dataset()
    one.file_meta = FileMetaDataset()
    one.file_meta.TransferSyntaxUID = syntax
    one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID = "1.2.3"
    one.Rows, one.Columns = values.shape[-2:]
    one.BitsAllocated = one.BitsStored = values.dtype.itemsize * 8
    one.HighBit = one.BitsStored - 1
    one.PixelRepresentation = 0
    one.SamplesPerPixel = 1
    one.PhotometricInterpretation = "MONOCHROME2"
    for name, value in elements.items():
        setattr(one, name, value)
    order = ">" if syntax.endswith("1.2.2") else "<"
    one.PixelData = values.astype(values.dtype.newbyteorder(order)).tobytes()
    one["PixelData"].VR = "OW"
    dcmwrite(path, one, enforce_file_format=True)
    return PixelFormat(
        syntax,
        one.Rows,
        one.Columns,
        one.BitsAllocated,
        one.BitsStored,
        one.HighBit,
        False,
        photometric=one.PhotometricInterpretation,
        big_endian=order == ">",
    )


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", LE, "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"])
def test_values_that_pydicom_must_find(tmp_path: Path, syntax: str) -> None:
    fmt = write_dicom(tmp_path / "a.dcm", picture(), syntax)
    assert (frames.read(Frame(tmp_path / "a.dcm", "1", 1, fmt)) == picture()).all()


def test_eight_bit_pixels_in_big_endian_words(tmp_path: Path) -> None:
    wanted = picture("u1", 251, (4, 6))
    fmt = write_dicom(tmp_path / "a.dcm", wanted.view(np.uint16), "1.2.840.10008.1.2.2")
    fmt = replace(fmt, columns=6, bits_allocated=8, bits_stored=8, high_bit=7)
    # A little endian host sees each pair turned round in the words that were written big endian.
    assert (frames.read(Frame(tmp_path / "a.dcm", "1", 1, fmt)) == wanted).all()


def test_deflate_bombs_are_refused(tmp_path: Path) -> None:
    fmt = write_dicom(tmp_path / "a.dcm", picture(), "1.2.840.10008.1.2.1.99")
    whole = (tmp_path / "a.dcm").read_bytes()
    meta = read_meta(whole)
    assert meta is not None
    start = meta[1]
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = engine.compress(bytes(200 << 20)) + engine.flush()
    (tmp_path / "b.dcm").write_bytes(whole[:start] + bomb)
    with pytest.raises(LimitError, match="unpack to more than"):
        frames.read(Frame(tmp_path / "b.dcm", "1", 1, fmt))
    (tmp_path / "c.dcm").write_bytes(whole[:start] + b"\xff" * 40)
    with pytest.raises(DamagedFileError):
        frames.read(Frame(tmp_path / "c.dcm", "1", 1, fmt))


def _palette(first: int, bits: int, planes: np.ndarray) -> dict[str, Any]:
    out: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name, plane in zip(("Red", "Green", "Blue"), planes, strict=True):
        out[f"{name}PaletteColorLookupTableDescriptor"] = [len(plane), first, bits]
        out[f"{name}PaletteColorLookupTableData"] = plane.astype("<u2").tobytes()
    return out


@pytest.mark.parametrize("bits", [8, 16])
def test_palette_colours_clamp_at_both_ends(tmp_path: Path, bits: int) -> None:
    planes = np.array([[10, 20, 30], [40, 50, 60], [70, 80, 255]]) * (257 if bits == 16 else 1)
    values = np.array([[0, 5, 6, 7, 8, 200]], "<u2")
    fmt = write_dicom(tmp_path / "a.dcm", values, LE, **_palette(5, bits, planes))
    got = frames.read(Frame(tmp_path / "a.dcm", "1", 1, fmt))
    a, b, c = [10, 40, 70], [20, 50, 80], [30, 60, 255]
    assert got.tolist() == [[a, a, b, c, c, c]]


def test_segmented_palettes_are_unrolled(tmp_path: Path) -> None:
    from covidviewer.dicom.colour import _expand_segments

    # discrete 2 values, linear 3 steps to 40, indirect: the first segment again
    assert _expand_segments([0, 2, 5, 10, 1, 3, 40, 2, 1, 0, 0], 7) == [5, 10, 20, 30, 40, 5, 10]
    with pytest.raises(DamagedFileError):
        _expand_segments([9, 9, 9, 9], 4)


def test_missing_palette_and_missing_pixels_have_a_sentence(tmp_path: Path) -> None:
    fmt = write_dicom(tmp_path / "a.dcm", picture(), LE, PhotometricInterpretation="PALETTE COLOR")
    with pytest.raises(DamagedFileError, match="no descriptor") as caught:
        frames.read(Frame(tmp_path / "a.dcm", "1", 1, fmt))
    assert caught.value.path == tmp_path / "a.dcm"
    (tmp_path / "b.dcm").write_bytes(b"not dicom at all")
    with pytest.raises(FileError):
        frames.read(Frame(tmp_path / "b.dcm", "1", 1, replace(fmt, photometric="MONOCHROME2")))
