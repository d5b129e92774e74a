"""PNG, JPEG, TIFF: records, pixels, limits."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from covidviewer.dicom import pictures
from covidviewer.dicom.catalog import Kind, NoteCode
from covidviewer.dicom.grouping import Catalog
from covidviewer.errors import DamagedFileError, LimitError, NotDicomError

Open = Callable[..., Catalog]
GREY = np.arange(60, dtype=np.uint8).reshape(6, 10) * 4
DEEP = np.arange(60, dtype=np.uint16).reshape(6, 10) * 1000
COLOUR = np.stack([GREY, GREY[::-1], 255 - GREY], -1)


def saved(folder: Path, name: str, pixels: np.ndarray, **options: object) -> Path:  # type: ignore[type-arg]
    path = folder / name
    Image.fromarray(pixels).save(path, **options)
    return path


def test_grey_png(tmp_path: Path, stacks_of: Open) -> None:
    path = saved(tmp_path, "chest.png", GREY)
    (stack,) = stacks_of(path).stacks()
    assert stack.kind is Kind.PICTURE
    assert stack.description == "chest.png"
    assert (stack.rows, stack.columns, stack.color) == (6, 10, False)
    (frame,) = stack.frames
    assert frame.format.transfer_syntax == "picture"
    assert frame.format.bits_allocated == 8
    assert frame.spacing is None
    assert not frame.rescale_given
    assert NoteCode.PICTURE in {note.code for note in stack.notes}
    np.testing.assert_array_equal(pictures.read(path), GREY)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits(tmp_path: Path, suffix: str) -> None:
    path = saved(tmp_path, f"deep.{suffix}", DEEP)
    header = pictures.read_header(path)
    assert header.frames[0].format.bits_allocated == 16
    values = pictures.read(path)
    assert values.dtype == np.uint16
    np.testing.assert_array_equal(values, DEEP)


def test_big_endian_tiff(tmp_path: Path) -> None:
    path = tmp_path / "deep.tif"
    tags = [(256, 10), (257, 6), (258, 16), (259, 1), (262, 1), (273, 8), (277, 1), (278, 6), (279, 120)]
    body = DEEP.astype(">u2").tobytes()
    directory = struct.pack(">H", len(tags)) + b"".join(struct.pack(">HHII", t, 4, 1, v) for t, v in tags)
    path.write_bytes(b"MM\0*" + struct.pack(">I", 8 + len(body)) + body + directory + bytes(4))
    np.testing.assert_array_equal(pictures.read(path), DEEP)


def test_colour(tmp_path: Path, stacks_of: Open) -> None:
    path = saved(tmp_path, "colour.png", COLOUR)
    (stack,) = stacks_of(path).stacks()
    assert stack.color
    np.testing.assert_array_equal(pictures.read(path), COLOUR)


def test_transparency_lies_on_black(tmp_path: Path) -> None:
    alpha = np.full((6, 10), 255, np.uint8)
    alpha[:3] = 0
    path = saved(tmp_path, "alpha.png", np.dstack([COLOUR, alpha]))
    values = pictures.read(path)
    assert not values[:3].any()
    np.testing.assert_array_equal(values[3:], COLOUR[3:])


def test_grey_palette_is_grey(tmp_path: Path) -> None:
    picture = Image.fromarray(GREY)
    picture = picture.convert("P")
    picture.putpalette([v for k in range(256) for v in (k, k, k)])
    picture.save(tmp_path / "p.png")
    assert pictures.read_header(tmp_path / "p.png").frames[0].format.samples == 1
    np.testing.assert_array_equal(pictures.read(tmp_path / "p.png"), GREY)


def test_jpeg_is_lossy(tmp_path: Path, stacks_of: Open) -> None:
    path = saved(tmp_path, "chest.jpg", GREY, quality=95)
    (stack,) = stacks_of(path).stacks()
    assert stack.lossy
    assert NoteCode.LOSSY in {note.code for note in stack.notes}
    assert pictures.read(path).shape == (6, 10)


def test_pages_of_a_tiff_are_frames(tmp_path: Path, stacks_of: Open) -> None:
    pages = [Image.fromarray(np.full((6, 10), 10 * k, np.uint8)) for k in range(1, 5)]
    path = tmp_path / "pages.tiff"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    (stack,) = stacks_of(path).stacks()
    assert [frame.frame for frame in stack.frames] == [1, 2, 3, 4]
    assert [int(pictures.read(path, frame.index)[0, 0]) for frame in stack.frames] == [10, 20, 30, 40]


def test_page_of_another_size_is_told(tmp_path: Path, stacks_of: Open) -> None:
    pages = [Image.fromarray(np.full((6, w), 9, np.uint8)) for w in (10, 5, 10)]
    path = tmp_path / "pages.tiff"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    (stack,) = stacks_of(path).stacks()
    assert [frame.frame for frame in stack.frames] == [1, 3]
    assert NoteCode.DAMAGED in {note.code for note in stack.notes}


def test_each_picture_stands_alone(tmp_path: Path, stacks_of: Open) -> None:
    for k in range(3):
        saved(tmp_path, f"{k}.png", GREY)
    stacks = stacks_of(tmp_path).stacks()
    assert [s.description for s in stacks] == ["0.png", "1.png", "2.png"]
    assert len({s.key for s in stacks}) == 3


def png_of(width: int, height: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [15_000, 60_000, 2_000_000_000])
def test_bomb_is_refused_before_decoding(tmp_path: Path, side: int) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_of(side, side, bytes(1000)))
    with pytest.raises((LimitError, DamagedFileError)) as caught:
        pictures.read_header(path)
    assert caught.value.path == path
    with pytest.raises((LimitError, DamagedFileError)):
        pictures.read(path)


def test_limit_of_pillow_is_put_back(tmp_path: Path) -> None:
    before = Image.MAX_IMAGE_PIXELS
    pictures.read(saved(tmp_path, "a.png", GREY))
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("cut", [20, 60, 90])
def test_cut_picture(tmp_path: Path, cut: int) -> None:
    path = saved(tmp_path, "a.png", np.random.default_rng(1).integers(0, 256, (20, 20), np.uint8))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(DamagedFileError):
        pictures.read(path)


def test_no_picture(tmp_path: Path, stacks_of: Open) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"this is a text that calls itself a picture")
    (left,) = stacks_of(path).left_out
    assert "no PNG, JPEG or TIFF" in left.reason
    path.write_bytes(b"")
    with pytest.raises(NotDicomError):
        pictures.read_header(path)


def test_other_formats_are_not_tried(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(GREY).save(buffer, "GIF")
    (tmp_path / "a.png").write_bytes(buffer.getvalue())
    with pytest.raises(DamagedFileError):
        pictures.read_header(tmp_path / "a.png")


def test_dicom_named_like_a_picture(dicom: object, stacks_of: Open) -> None:
    path = dicom.file("slice.png")  # type: ignore[attr-defined]
    (stack,) = stacks_of(path).stacks()
    assert stack.kind is Kind.CT
