"""Text of headers: character sets (PS3.3 C.12.1.1.2, PS3.5 6.1), invalid bytes, names, and a limit on length."""

from __future__ import annotations

from functools import lru_cache

#: Longer texts help nobody on screen, and a header may hold a megabyte in a name.
MAX_LETTERS = 256
_MAX_BYTES = 4 * MAX_LETTERS

_FAST = {b"": "ascii", b"ISO_IR 6": "ascii", b"ISO_IR 192": "utf-8", b"ISO_IR 100": "latin-1"}


def plain(raw: bytes) -> str:
    """A value of the default repertoire, without padding; bytes beyond ASCII become U+FFFD."""
    return raw[:_MAX_BYTES].decode("ascii", "replace").strip("\0 ") if raw else ""


@lru_cache(maxsize=512)
def decode(raw: bytes, charset: bytes = b"") -> str:
    """A text in the character set of its file.

    Parameters
    ----------
    raw : the value as in the file.
    charset : value of Specific Character Set (0008,0005), perhaps several.

    Returns
    -------
    str
        Without padding and control characters; invalid bytes are U+FFFD; a text in a character set that nobody
        knows is read as UTF-8 where it is valid UTF-8. At most `MAX_LETTERS` letters.
    """
    raw = raw[:_MAX_BYTES]
    if raw.isascii() and b"\x1b" not in raw:
        return _clean(raw.decode("ascii"))
    charset = charset.strip(b"\0 ")
    codec = _FAST.get(charset)
    if codec in ("utf-8", "latin-1"):
        return _clean(raw.decode(codec, "replace"))
    if codec == "ascii":
        return _clean(_unknown(raw))
    return _clean(_by_pydicom(raw, charset))


def _by_pydicom(raw: bytes, charset: bytes) -> str:
    from pydicom.charset import convert_encodings, decode_bytes, python_encoding

    names = [part.strip() for part in charset.decode("ascii", "replace").split("\\")]
    if not all(name in python_encoding for name in names):
        return _unknown(raw)
    try:
        return str(decode_bytes(raw, convert_encodings(names), {0x5C, 0x5E, 0x3D}))
    except (LookupError, ValueError, UserWarning):
        return _unknown(raw)


def _unknown(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("ascii", "replace")


def _clean(value: str) -> str:
    value = value.strip("\0 ")
    if not value.isprintable():
        value = "".join(letter if letter.isprintable() else " " for letter in value).strip()
    return value[:MAX_LETTERS]
