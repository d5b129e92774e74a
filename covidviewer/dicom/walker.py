"""Shallow walk over the elements of a plain little endian file: wanted values, and where the pixels lie.

Twelve to twenty times as fast as a general reader, as it makes no object of an element. Whatever is odd (sequences
that matter, elements out of order, unknown value representations, another byte order) it declines, and pydicom
reads the file. Encodings: PS3.5 7.1; file meta information: PS3.10 7.1; encapsulated pixels: PS3.5 A.4.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from covidviewer.dicom import tags
from covidviewer.dicom.guard import MAX_DEPTH, Source
from covidviewer.errors import DamagedFileError, LimitError

HEAD = 16 * 1024
IMPLICIT_LE = "1.2.840.10008.1.2"
EXPLICIT_LE = "1.2.840.10008.1.2.1"
DEFLATED_LE = "1.2.840.10008.1.2.1.99"
EXPLICIT_BE = "1.2.840.10008.1.2.2"

UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_MAX_FRAGMENTS = 100_000

# Value representations with a length of 4 bytes after 2 reserved ones (PS3.5 7.1.2), and those with one of 2 bytes.
_LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_SHORT = frozenset(
    {b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL", b"SS"}
    | {b"ST", b"TM", b"UI", b"UL", b"US"}
)
_explicit = struct.Struct("<HH2sH").unpack_from
_implicit = struct.Struct("<HHI").unpack_from
_keyed = struct.Struct("<I2sH").unpack_from
# Wanted tags as the four bytes of a file read at once: group in the low half, element in the high one.
_WANTED = {(tag & 0xFFFF) << 16 | tag >> 16: tag for tag in tags.WANTED}
_long = struct.Struct("<I").unpack_from


@dataclass(frozen=True, slots=True)
class PixelPlace:
    """Where the pixel element lies.

    offset, length : of its value; the length as declared, `UNDEFINED` for encapsulated pixels.
    """

    tag: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk found: transfer syntax, wanted values, the tags that are signed, the pixels' place (or None)."""

    transfer_syntax: str
    raw: dict[int, bytes]
    signed: frozenset[int]
    pixels: PixelPlace | None


class Trail:
    """Bytes that decided the course of a walk: where another file has the same ones, its walk goes the same way.

    short, long : places of heads of 8 and of 12 bytes (elements, items, delimiters). values : tag -> place of a wanted
    value, (start, end). syntax : place of the transfer syntax. All from the first byte of the file. complete : the walk
    came to its end; else the trail is worth nothing.
    """

    __slots__ = ("complete", "long", "short", "syntax", "values")

    def __init__(self) -> None:
        self.short: list[int] = []
        self.long: list[int] = []
        self.values: dict[int, tuple[int, int]] = {}
        self.syntax = (0, 0)
        self.complete = False


class _Declined(Exception):  # noqa: N818  (no error: the general reader takes over)
    pass


def walk(source: Source, trail: Trail | None = None) -> Walked | None:
    """Walk a file with preamble in implicit or explicit little endian.

    Parameters
    ----------
    trail : filled with what decided the course of the walk, where it is wanted.

    Returns
    -------
    Walked or None
        None where the file is odd and the general reader should have it.

    Raises
    ------
    LimitError
        Sequences nested more than `MAX_DEPTH` deep.
    """
    head = source.read(0, HEAD)
    meta = read_meta(head, trail)
    if meta is None:
        return None
    syntax, start = meta
    if syntax in ("", EXPLICIT_BE, DEFLATED_LE):
        return None
    return walk_elements(source, start, syntax, head, trail)


def read_meta(head: bytes, trail: Trail | None = None) -> tuple[str, int] | None:
    """Transfer syntax and start of the data set, from the first bytes of a file; None where there is no such head.

    The group's own length (0002,0000) is often wrong and not used.
    """
    if head[128:132] != b"DICM":
        return None
    position, end, syntax = 132, len(head) - 12, ""
    while position <= end:
        group, element, representation, length = _explicit(head, position)
        if group != 2:
            return syntax, position
        if representation in _LONG:
            position, length = position + 12, _long(head, position + 8)[0]
            if trail is not None:
                trail.long.append(position - 12)
        elif representation in _SHORT:
            position += 8
            if trail is not None:
                trail.short.append(position - 8)
        else:
            return None
        if element == 0x0010:
            if trail is not None:
                trail.syntax = (position, position + length)
            syntax = head[position : position + length].decode("ascii", "replace").strip("\0 ")
        position += length
    return None


def walk_elements(
    source: Source, start: int, syntax: str, head: bytes = b"", trail: Trail | None = None
) -> Walked | None:
    """Walk a data set that begins at ``start``; ``head`` is what was read of the source from 0 on.

    Returns and raises as `walk`.
    """
    raw: dict[int, bytes] = {}
    signed: list[int] = []
    try:
        if syntax == IMPLICIT_LE:
            pixels = _walk_implicit(source, start, head, raw, trail)
        else:
            pixels = _walk_explicit(source, start, head, raw, signed, trail)
    except (_Declined, struct.error):
        return None
    if trail is not None:
        trail.complete = True
    return Walked(syntax, raw, frozenset(signed), pixels)


def _walk_explicit(
    source: Source, start: int, head: bytes, raw: dict[int, bytes], signed: list[int], trail: Trail | None
) -> PixelPlace | None:
    """The loop that decides the speed of a scan: most elements are short and unwanted, and cost one line each."""
    short, long, wanted, size = _SHORT, _LONG, _WANTED, source.size
    buffer, base, position, end = head, 0, start, len(head) - 12
    while True:
        filled = len(buffer)
        while position <= end:
            key, representation, length = _keyed(buffer, position)
            if representation in short:
                position += 8
                after = position + length
                if trail is not None:
                    trail.short.append(base + position - 8)
                    if key in wanted:
                        trail.values[wanted[key]] = (base + position, base + after)
                if key in wanted:
                    tag = wanted[key]
                    if after <= filled:
                        raw[tag] = buffer[position:after]
                    else:
                        raw[tag] = _value(source, buffer, base, position, length)
                    if representation == b"SS":
                        signed.append(tag)
                position = after
                continue
            if representation not in long:
                raise _Declined
            length = _long(buffer, position + 8)[0]
            position += 12
            tag = (key & 0xFFFF) << 16 | key >> 16
            if trail is not None:
                trail.long.append(base + position - 12)
                if key in wanted:
                    trail.values[tag] = (base + position, base + position + length)
            if tag in tags.PIXEL_TAGS:
                return PixelPlace(tag, base + position, length)
            if tag in tags.SEQUENCES and length:
                raise _Declined
            if length == UNDEFINED:
                # Unknown values of undefined length are sequences in implicit encoding (PS3.5 6.2.2).
                position = _skip_sequence(source, base + position, buffer, base, representation == b"UN", trail) - base
            else:
                if key in wanted and length <= tags.MAX_VALUE:
                    raw[tag] = _value(source, buffer, base, position, length)
                position += length
        base += position
        position = 0
        if base >= size - 7:
            if base != size:
                raise _Declined  # cut inside an element, or a value that reaches beyond the end
            return None
        buffer, end = _window(source, base)


def _walk_implicit(
    source: Source, start: int, head: bytes, raw: dict[int, bytes], trail: Trail | None
) -> PixelPlace | None:
    size, last = source.size, 0
    buffer, base, position, end = head, 0, start, len(head) - 12
    while True:
        while position <= end:
            group, element, length = _implicit(buffer, position)
            position += 8
            tag = group << 16 | element
            if trail is not None:
                trail.short.append(base + position - 8)
                if tag in tags.WANTED:
                    trail.values[tag] = (base + position, base + position + length)
            if tag <= last:
                raise _Declined  # without value representations, order is what tells data from noise
            last = tag
            if tag in tags.PIXEL_TAGS:
                return PixelPlace(tag, base + position, length)
            if tag in tags.SEQUENCES and length:
                raise _Declined
            if length == UNDEFINED:
                position = _skip_sequence(source, base + position, buffer, base, True, trail) - base
            else:
                if tag in tags.WANTED and length <= tags.MAX_VALUE:
                    raw[tag] = _value(source, buffer, base, position, length)
                position += length
        base += position
        position = 0
        if base >= size - 7:
            if base != size:
                raise _Declined
            return None
        buffer, end = _window(source, base)


def _value(source: Source, buffer: bytes, base: int, position: int, length: int) -> bytes:
    stop = position + length
    if stop <= len(buffer):
        return buffer[position:stop]
    value = source.read(base + position, length)
    if len(value) < length:
        raise _Declined
    return value


def _window(source: Source, base: int) -> tuple[bytes, int]:
    """The next bytes of a source, and the last place in them where an element's head is whole."""
    buffer = source.read(base, HEAD)
    if len(buffer) < 12:
        return buffer + bytes(12 - len(buffer)), 0  # a last element without a value is 8 bytes long
    return buffer, len(buffer) - 12


def _skip_sequence(source: Source, position: int, buffer: bytes, base: int, implicit: bool, trail: Trail | None) -> int:
    """Place after a value of undefined length, however deep it nests; no recursion.

    ``buffer`` holds what was read at ``base``.
    """
    nesting = [implicit]  # encoding of each open sequence
    while True:
        at = position - base
        if at < 0 or at + 12 > len(buffer):
            base, buffer, at = position, source.read(position, HEAD), 0
            if len(buffer) < 8:
                raise _Declined
            if len(buffer) < 12:
                buffer += bytes(12)
        group, element, length = _implicit(buffer, at)
        tag = group << 16 | element
        if trail is not None:
            trail.short.append(position)
        if group == 0xFFFE:
            position += 8
            if tag == _SEQUENCE_END:
                nesting.pop()
                if not nesting:
                    return position
            elif tag == _ITEM:
                if length != UNDEFINED:
                    position += length
            elif tag != _ITEM_END:
                raise _Declined
            continue
        implicit = nesting[-1]
        if implicit:
            position += 8
            representation = b""
        else:
            _, _, representation, length = _explicit(buffer, at)
            if representation in _SHORT:
                position += 8
            elif representation in _LONG:
                length = _long(buffer, at + 8)[0]
                if trail is not None:
                    trail.long.append(position)
                position += 12
            else:
                raise _Declined
        if length == UNDEFINED:
            nesting.append(implicit or representation == b"UN")
            if len(nesting) > MAX_DEPTH:
                raise LimitError(
                    f"This file nests sequences more than {MAX_DEPTH} deep. It was not opened.", code="F02"
                )
        else:
            position += length


def fragments(source: Source, start: int) -> tuple[tuple[int, int], ...]:
    """(offset, length) of each fragment of encapsulated pixels, without the offset table's item (PS3.5 A.4).

    Raises
    ------
    DamagedFileError
        The value does not begin with an item, or a fragment claims more than the file holds.
    """
    found: list[tuple[int, int]] = []
    position, first, size = start, True, source.size
    while position + 8 <= size and len(found) <= _MAX_FRAGMENTS:
        group, element, length = _implicit(source.read(position, 8), 0)
        tag = group << 16 | element
        if tag != _ITEM:
            if first:
                raise DamagedFileError("The compressed pixel data do not begin with an item.", code="F02")
            break
        position += 8
        if length > size - position:
            raise DamagedFileError(
                "The compressed pixel data are cut short: a piece claims more than the file holds.", code="F02"
            )
        if not first:
            found.append((position, length))
        first = False
        position += length
    return tuple(found)
