"""Layouts as they are written, and where their tiles stand."""

from __future__ import annotations

import pytest

from covidviewer.workspace.layouts import Layout


@pytest.mark.parametrize(
    ("text", "count", "places"),
    [
        ("1", 1, ((0,),)),
        ("1x2", 2, ((0,), (1,))),
        ("2x1", 2, ((0, 1),)),
        ("2x2", 4, ((0, 2), (1, 3))),
        ("1+3", 4, ((0,), (1, 2, 3))),
        ("2X3", 6, ((0, 3), (1, 4), (2, 5))),
        (" 2+1 ", 3, ((0, 1), (2,))),
    ],
)
def test_written_form(text: str, count: int, places: tuple[tuple[int, ...], ...]) -> None:
    layout = Layout.parse(text)
    assert layout.count == count
    assert layout.places() == places
    assert Layout.parse(layout.name) == layout


@pytest.mark.parametrize("text", ["", "0x1", "5x1", "1x", "two", "1+9", "1+1+1+1+1", "-1x2", "2"])
def test_what_is_no_layout(text: str) -> None:
    with pytest.raises(ValueError, match=r"layout|tiles"):
        Layout.parse(text)
