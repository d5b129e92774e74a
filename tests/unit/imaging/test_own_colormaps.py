"""Colour maps of one's own: read from TOML, refused where they would show what is not there."""

from __future__ import annotations

import numpy as np
import pytest

from covidviewer.errors import UsageError
from covidviewer.imaging import colormaps
from covidviewer.imaging.display import map_colors
from covidviewer.imaging.own_colormaps import ColorMapError, lightness, maps_of, parse

GOOD = 'name = "Amber"\nstops = ["#5a3200", "#b06a00", "#ffe9b0"]'
JET = 'name = "J"\nstops = ["#00007f", "#0000ff", "#00ffff", "#7fff7f", "#ffff00", "#ff0000", "#7f0000"]'


def test_evenly_spaced_and_at_places() -> None:
    table = parse(GOOD).table()
    assert [tuple(table[i]) for i in (0, 255)] == [(0x5A, 0x32, 0x00), (0xFF, 0xE9, 0xB0)]
    assert tuple(table[127]) == pytest.approx((0xB0, 0x6A, 0x00), abs=2)
    placed = parse('name = "A"\nstops = [[0, "#000000"], [0.8, "#404040"], [1.0, "#ffffff"]]').table()
    assert tuple(placed[204]) == (0x40, 0x40, 0x40)


def test_lightness_of_known_greys() -> None:
    """L* of black, of the grey of 18.4 % and of white (CIE 1976)."""
    found = lightness(np.array([[0, 0, 0], [119, 119, 119], [255, 255, 255]], np.uint8))
    assert found == pytest.approx([0.0, 50.0, 100.0], abs=0.1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (JET, "falls"),
        ('name = "back"\nstops = ["#ffe9b0", "#5a3200"]', "falls"),
        ('name = "flat"\nstops = ["#707070", "#808080"]', "differ"),
        ('name = "one"\nstops = ["#707070"]', "2 to"),
        ('name = "many"\nstops = [' + ", ".join('"#707070"' for _ in range(33)) + "]", "2 to"),
        ('name = "word"\nstops = ["red", "#ffffff"]', "Stop 1"),
        ('name = "order"\nstops = [[0, "#000000"], [0, "#808080"], [1, "#ffffff"]]', "grow from 0 to 1"),
        ('name = "ends"\nstops = [[0.1, "#000000"], [1, "#ffffff"]]', "grow from 0 to 1"),
        ('name = "nan"\nstops = [[0, "#000000"], [nan, "#808080"], [1, "#ffffff"]]', "grow from 0 to 1"),
        ('name = "pair"\nstops = [[0, "#000000", 1], [1, "#ffffff"]]', "A stop is"),
        ('stops = ["#000000", "#ffffff"]', "name"),
        ('name = "a~b"\nstops = ["#000000", "#ffffff"]', "name"),
        ("name = ", "TOML"),
        ("# " + "x" * 5000, "too long"),
    ],
)
def test_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ColorMapError, match=why):
        parse(text)
    assert maps_of([text]) == ()


@pytest.mark.parametrize("name", colormaps.NAMES)
def test_ours_would_pass_too(name: str) -> None:
    light = lightness(colormaps.table(name))
    assert (np.diff(light) > -0.6).all()
    assert light[-1] - light[0] >= 35


def test_beside_ours_by_an_id_of_its_colours() -> None:
    first = parse(GOOD)
    other = parse(GOOD.replace("#b06a00", "#a06a00"))
    assert first.id != other.id
    try:
        colormaps.set_own((first,))
        assert colormaps.own_names() == {first.id: "Amber"}
        assert tuple(colormaps.table(first.id)[255]) == (0xFF, 0xE9, 0xB0)
        assert map_colors(first.id, 0.35, 0.7)[255] & 0xFF == round(0xB0 * 0.7)
        colormaps.set_own((other,))
        with pytest.raises(UsageError):
            colormaps.table(first.id)
    finally:
        colormaps.set_own(())
