"""Encapsulated pixel values: items -> fragments -> the stream of one frame (PS3.5 A.4)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from covidviewer.dicom.catalog import PixelFormat
from covidviewer.dicom.codecs import Codec, codec_of, starts_frame
from covidviewer.errors import DamagedFileError

Fragment = tuple[int, int]
ReadRange = Callable[[int, int], bytes]

_ITEM = 0xE000FFFE
_END = 0xE0DDFFFE
_MAX_FRAGMENTS = 1_000_000


def walk_items(read: ReadRange, start: int, end: int) -> tuple[tuple[Fragment, ...], tuple[int, ...]]:
    """Fragments and basic offset table of an encapsulated value.

    Parameters
    ----------
    read : (offset, length) -> bytes.
    start, end : where the first item begins and where the value (or the file) ends.

    Returns
    -------
    tuple
        Fragments (offset, length) without the table's own item; the table's entries, empty where it is empty.

    Raises
    ------
    DamagedFileError
        An item reaches beyond the end, or there is none.
    """
    fragments: list[Fragment] = []
    table: tuple[int, ...] = ()
    position, first = start, True
    while position + 8 <= end and len(fragments) < _MAX_FRAGMENTS:
        tag_group, tag_element, length = struct.unpack("<HHI", read(position, 8))
        tag = tag_element << 16 | tag_group
        if tag == _END:
            break
        if tag != _ITEM:
            if first:
                raise DamagedFileError("The encapsulated pixels do not begin with an item.")
            break
        position += 8
        if position + length > end:
            raise DamagedFileError("The last piece of the encapsulated pixels reaches beyond the end of the file.")
        if first:
            table = struct.unpack(f"<{length // 4}I", read(position, length - length % 4))
            first = False
        else:
            fragments.append((position, length))
        position += length
    return tuple(fragments), table


def stream_of(
    fmt: PixelFormat, fragments: Sequence[Fragment], table: Sequence[int], index: int, read: ReadRange
) -> bytes:
    """The compressed stream of one frame.

    Offset tables are often empty and sometimes wrong, so they come last: one frame takes all fragments; as many
    fragments as frames are one each; else a frame begins where a stream begins.

    Parameters
    ----------
    fragments, table : as `walk_items` gives them.
    index : frame, counted from 0.

    Raises
    ------
    DamagedFileError
        There is no such frame.
    """
    codec = codec_of(fmt.transfer_syntax)
    pieces = _pieces(fmt, codec, [f for f in fragments if f[1] > 0], table, index, read)
    if not pieces:
        raise DamagedFileError("The file holds no pixel stream for this image.")
    if len(pieces) == 1:
        return read(*pieces[0])
    return b"".join(read(*piece) for piece in pieces)


def _pieces(
    fmt: PixelFormat,
    codec: Codec,
    fragments: Sequence[Fragment],
    table: Sequence[int],
    index: int,
    read: ReadRange,
) -> Sequence[Fragment]:
    frames = max(fmt.frames, 1)
    if len(fragments) == frames:
        return fragments[index : index + 1]
    if not fragments or (frames == 1 and index == 0 and not _repeated(codec, fragments, read)):
        return fragments
    starts = [i for i, (offset, length) in enumerate(fragments) if starts_frame(codec, read(offset, min(length, 16)))]
    # A table entry counts from the first byte after the table's item: from the first fragment's own item header.
    by_table = _by_table(fragments, table)
    if len(starts) < frames and len(by_table) >= frames:
        starts = by_table
    if index >= len(starts):
        return ()
    stop = starts[index + 1] if index + 1 < len(starts) else len(fragments)
    return fragments[starts[index] : stop]


def _repeated(codec: Codec, fragments: Sequence[Fragment], read: ReadRange) -> bool:
    """Whether a single frame comes with fragments too many, each a stream of its own."""
    return len(fragments) > 1 and all(starts_frame(codec, read(o, min(n, 16))) for o, n in fragments)


def _by_table(fragments: Sequence[Fragment], table: Sequence[int]) -> list[int]:
    if not table or not fragments:
        return []
    base = fragments[0][0] - 8
    place = {offset - 8 - base: i for i, (offset, _) in enumerate(fragments)}
    return [place[entry] for entry in table] if all(entry in place for entry in table) else []
