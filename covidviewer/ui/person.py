"""Names of people as a reader writes them: the one place for corner, tree and title."""

from __future__ import annotations

_ISOLATE = ("\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}")


def person_name(value: str) -> str:
    """PN (PS3.5 6.2.1) for a reader: ``Doe^Jane^^Dr`` is ``Doe, Dr Jane``; the first component group that is filled."""
    group = next((g for g in value.split("=") if g.strip("^ ")), "")
    family, given, middle, prefix, suffix = ([p.strip() for p in group.split("^")] + [""] * 5)[:5]
    rest = " ".join(p for p in (prefix, given, middle, suffix) if p)
    return isolated(", ".join(p for p in (family, rest) if p))


def isolated(text: str) -> str:
    """Words in any script, white space made plain; a right-to-left one must not turn the rest of its line round."""
    text = " ".join(text.split())
    return f"{_ISOLATE[0]}{text}{_ISOLATE[1]}" if text and not text.isascii() else text
