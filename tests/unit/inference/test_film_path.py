"""From a film to the network's input: which network, the input check, the cut to the lungs, both ways of grey."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from covidviewer.dicom.catalog import Kind
from covidviewer.imaging.film_lungs import find_film_lungs
from covidviewer.imaging.volume import Volume
from covidviewer.inference import film_gate, gate, prepare
from covidviewer.inference.manifest import GateLimits, InputSpec, WeightsCard, card_from
from covidviewer.inference.modality import modality_of

Make = Callable[..., Any]
SPEC = InputSpec(crop="lungs", percentiles=(1.0, 99.0))
CARD = WeightsCard("a", "n", "a.safetensors", "0" * 64, "FILM", ("normal", "pneumonia", "covid"), "covid", SPEC)


def drawn_chest(rows: int = 300, columns: int = 320) -> np.ndarray:
    """Bright body, two dark lungs, a heart."""
    y, x = np.mgrid[0 : 1 : rows * 1j, 0 : 1 : columns * 1j]
    film = np.full((rows, columns), 190.0)
    for centre, wide in ((0.31, 0.15), (0.69, 0.14)):
        film[((x - centre - 0.1 * (0.5 - y) * np.sign(0.5 - centre)) / wide) ** 2 + ((y - 0.47) / 0.3) ** 2 < 1] = 70
    film[((x - 0.56) / 0.12) ** 2 + ((y - 0.62) / 0.14) ** 2 < 1] = 200
    film += np.random.default_rng(0).normal(0, 4, film.shape)
    return np.clip(film, 1, 254).astype(np.uint8)


def film_stack(stack_of: Make, **changes: Any) -> Any:
    given = {"body_part": "CHEST", "patient_orientation": ("L", "F")} | changes
    return replace(stack_of(count=1), kind=Kind.FILM, modality="DX", **given)


def verdict(stack: Any) -> str:
    return gate.combine(gate.check_headers(stack, CARD)).verdict


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "pass"),
        ({"body_part": ""}, "pass"),
        ({"body_part": "PORT CHEST"}, "pass"),
        ({"body_part": "KNEE"}, "refuse"),
        ({"body_part": "SKULL"}, "refuse"),
        ({"patient_orientation": ("A", "F")}, "refuse"),
        ({"patient_orientation": ("P", "F")}, "refuse"),
        ({"patient_orientation": ("R", "F")}, "pass"),
        ({"patient_orientation": ()}, "pass"),
    ],
)
def test_headers(stack_of: Make, changes: dict[str, Any], expected: str) -> None:
    assert verdict(film_stack(stack_of, **changes)) == expected


@pytest.mark.parametrize(("likeness", "level"), [(0.9, None), (0.6, gate.Level.CAUTION), (0.3, gate.Level.REFUSE)])
def test_the_shape_of_the_lungs_decides(likeness: float, level: gate.Level | None) -> None:
    lungs = replace(find_film_lungs(drawn_chest()), likeness=likeness)
    found = film_gate.check_film_lungs(lungs, GateLimits())
    assert [f.level for f in found] == ([] if level is None else [level])


def test_values_are_looked_at() -> None:
    assert film_gate.check_film_values(drawn_chest(), CARD) == []
    refused = film_gate.check_film_values(np.full((100, 100), 90, np.uint8), CARD)
    assert refused[0].level is gate.Level.REFUSE


def test_the_cut_is_the_lungs_with_a_margin() -> None:
    film = drawn_chest()
    box = find_film_lungs(film).box
    assert box is not None
    picture, placement = prepare.forward(film, SPEC, units="")
    assert picture.shape == SPEC.size
    height, width = box[2] - box[0], box[3] - box[1]
    assert placement.box == pytest.approx(
        (box[0] - 0.05 * height, box[1] - 0.05 * width, box[2] + 0.05 * height, box[3] + 0.05 * width)
    )
    corner = placement.to_slice((7, 7)) @ np.array([-0.5, -0.5, 1])  # the first cell's outer corner
    assert tuple(corner) == pytest.approx((placement.box[0] - 0.5, placement.box[1] - 0.5))


def test_percentiles_make_the_same_of_any_contrast() -> None:
    film = drawn_chest()
    faint = (film.astype(float) * 0.4 + 60).round().astype(np.uint8)
    first, second = (prepare.stretched(f, (60, 60, 240, 260), (1, 99)) for f in (film, faint))
    assert np.abs(first.astype(int) - second.astype(int)).max() <= 4
    part = first[60:240, 60:260]
    assert part.min() == 0
    assert part.max() == 255


def test_monochrome1_gives_the_same_input() -> None:
    wide = drawn_chest().astype(np.int16) * 16
    straight = prepare.forward(wide, SPEC, units="")[0]
    turned = prepare.forward((4095 - wide).astype(np.int16), SPEC, units="", inverted=True)[0]
    assert np.abs(straight.astype(int) - turned.astype(int)).max() <= 3


def test_a_film_without_lungs_is_taken_whole() -> None:
    placement = prepare.forward(np.zeros((50, 60), np.uint8), SPEC, units="")[1]
    assert placement.box == (0.0, 0.0, 50.0, 60.0)


def test_which_network_is_asked(stack_of: Make) -> None:
    picture = replace(stack_of(count=1), kind=Kind.PICTURE)
    assert modality_of(stack_of()) == "CT"
    assert modality_of(film_stack(stack_of)) == "FILM"
    assert modality_of(picture, None, "film") == "FILM"
    assert modality_of(picture, None, "ct") == "CT"
    empty = Volume(np.zeros((1, 50, 60), np.uint8), np.eye(4), (1.0, 1.0, 1.0), "")
    empty.filled[:] = False
    assert modality_of(picture, empty) == "CT"


def test_percentiles_are_checked(tmp_path: Any) -> None:
    entry = {
        "network": "n",
        "file": "a.safetensors",
        "sha256": "0" * 64,
        "modality": "FILM",
        "classes": ["a", "b"],
        "positive": "a",
        "input": {"crop": "lungs", "percentiles": [1, 99]},
    }
    assert card_from(entry, tmp_path).input.percentiles == (1.0, 99.0)
    entry["input"] = {"percentiles": [99, 1]}
    with pytest.raises(Exception, match="percentiles"):
        card_from(entry, tmp_path)
